"""Notices claimed, rendered, sent and recorded, against what sends the same letters without keeping any record."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from time import process_time
from typing import Any

from sqlalchemy import Engine, text

from benchmarks import mail_senders
from benchmarks.databases import installed
from benchmarks.mail_sink import running
from benchmarks.measure import Measured, Run, forget_peak, peak_memory_mb, seconds_of
from benchmarks.world import DUE_GROUPS, NOW, OPERATOR, Size, build, settle, stored
from config.settings import settings
from domain.matters import Outgoing
from models import outbox
from models.choices import MailMode, choose_mail_mode
from models.installation import Installation, installation
from models.session import transaction
from notifications.messages import Letter
from notifications.wording import letter_for
from tasks.delivering import Delivered, deliver, kind_merges, notice_message_id

_SIZES = (1_000, 10_000, 100_000)
#: letters that the others send: their pace does not hang on how many there are
_OTHERS = 1_000
#: each with a connection of its own
_FEW = 300
_ROUNDS = 2
_CONNECTIONS = 20


def measure(run: Run) -> list[Measured]:
    """Deliver so many notices, each in a database and a process of its own; the others before and after each."""
    url = _waiting(run, run.size(_OTHERS))
    paces, found = [_others_pace(run, url)], list[Measured]()
    for size in _SIZES if run.scale == 1 else _SIZES[-1:]:
        ours = _delivered(run, run.size(size))
        paces.append(_others_pace(run, url))
        found.append(_measured(run.size(size), ours, paces[-2:]))
    run.server.drop(url)
    return found


def _waiting(run: Run, count: int) -> str:
    url = build(run.server, Size(count))
    with installed(url, run.server.folder) as engine:
        let_notices_wait(engine)
    return url


def _others_pace(run: Run, url: str) -> dict[str, float]:
    with running() as sink:
        return _in_a_process("others", url, run.server.folder, sink.port)


def _delivered(run: Run, count: int) -> dict[str, Any]:
    url = _waiting(run, count)
    with running() as sink:
        ours = _in_a_process("ours", url, run.server.folder, sink.port)
    run.server.drop(url)
    if (ours["accepted"], sink.taken) != (count, count):
        message = f"of {count} notices {ours['accepted']} were accepted, and {sink.taken} came"
        raise RuntimeError(message)
    return ours


def _measured(count: int, ours: dict[str, Any], others: Sequence[dict[str, float]]) -> Measured:
    pace = {name: max(each[name] for each in others) for name in others[0]}
    more: dict[str, Any] = {"per_second": round(count / ours["seconds"])}
    alone = pace.pop("kept_connection_of_processor")
    more |= {f"{name}_per_second": round(each) for name, each in pace.items()}
    more |= {
        "times_kept_connection": round(count / ours["seconds"] / pace["kept_connection"], 2),
        "processor_microseconds_each": round(ours["processor_seconds"] / count * 1e6),
        "kept_connection_processor_microseconds_each": round(1e6 / alone),
        "connections": _CONNECTIONS,
    }
    seconds, reference = ours["seconds"], count / pace["kept_connection"]
    return Measured({"notices": count}, seconds, reference, ours["peak_memory_mb"], more=more)


def let_notices_wait(engine: Engine) -> None:
    """Let every obligation have a reminder that waits, each for another officer."""
    with engine.begin() as connection:
        # A reminder goes out so many working days before the day: those that wait together have one day.
        day = {"due": stored(connection, DUE_GROUPS[0].due_at)}
        connection.execute(text("UPDATE obligation SET period = '2020-03-16', due_at = :due, base_due_at = :due"), day)
        connection.execute(
            text(
                """INSERT INTO firing (obligation_id, revision, rung, repeat, office_id, role, audience, kind,
                state, at, fired_at, not_before, urgency_tag, catch_up, call_list, why, detail)
                SELECT obligation.id, revision, 'due-3', 0, office_id, 'officer', 'officer', 'due_soon', 'open', :now,
                :now, :now, '', false, false, '您是' || office.name || '登记的经办人，该报送事项由贵单位承担。', '{}'
                FROM obligation JOIN office ON office.id = office_id ORDER BY obligation.id"""
            ),
            {"now": stored(connection, NOW)},
        )
        connection.execute(
            text(
                """INSERT INTO firing_recipient (firing_id, address, name, on_behalf_of)
                SELECT id, 'officer.' || id || '@example.org', '周' || office_id, '' FROM firing"""
            )
        )
    settle(engine)


def _in_a_process(what: str, url: str, folder: Path, port: int) -> dict[str, Any]:
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.mail", what, url, str(folder), str(port)]
    root = Path(__file__).resolve().parent.parent
    told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=root)  # noqa: S603
    found: dict[str, Any] = json.loads(told.stdout.splitlines()[-1])
    return found


def _ours() -> dict[str, Any]:
    with transaction(OPERATOR, NOW) as work:
        choose_mail_mode(work, MailMode.LIVE)
    done: list[Delivered] = []
    forget_peak()
    begun = process_time()
    seconds = seconds_of(lambda: done.append(deliver.fn(now=NOW)))
    spent = process_time() - begun
    found = {"seconds": seconds, "processor_seconds": spent, "peak_memory_mb": peak_memory_mb()}
    return found | {"accepted": done[0].accepted}


def _others(port: int) -> dict[str, float]:
    letters = _letters()
    few = letters[:_FEW]
    begun = process_time()
    mail_senders.kept_connection(port, letters)
    spent = process_time() - begun
    send = mail_senders.prepared_bytes(letters)
    return {
        "kept_connection": _pace(len(letters), lambda: mail_senders.kept_connection(port, letters)),
        "connection_each": _pace(len(few), lambda: mail_senders.connection_each(port, few)),
        "prepared_bytes": _pace(len(letters), lambda: send(port)),
        "kept_connection_of_processor": len(letters) / spent,
    }


def _pace(count: int, act: Callable[[], None]) -> float:
    return count / min(seconds_of(act) for _ in range(_ROUNDS))


def _letters() -> Sequence[mail_senders.Addressed]:
    """Return the letters as the product makes them, ready to render; nothing of it stays in the database."""
    with transaction(OPERATOR, NOW) as work:
        here = installation(work.session)
        outbox.assemble(work.session, NOW, working=True, merges=kind_merges, message_id=notice_message_id)
        numbers = outbox.claim(work.session, NOW, worker="others", lease_until=NOW, limit=_OTHERS, working=True)
        claimed = outbox.claimed(work.session, "others", here.view, numbers)
        work.session.rollback()
    return [mail_senders.Addressed(each.address, each.message_id, _letter(each, here)) for each in claimed]


def _letter(outgoing: Outgoing, here: Installation) -> Letter:
    return letter_for(
        outgoing, now=NOW, calendar=here.calendar, sender_office=here.view.roster["230000"].name, contact_text=""
    )


def _main(what: str, url: str, folder: Path, port: int) -> None:
    with installed(url, folder):
        settings.change(smtp_port=port, smtp_connections=_CONNECTIONS)
        print(json.dumps(_ours() if what == "ours" else _others(port)))


if __name__ == "__main__":
    _main(sys.argv[1], sys.argv[2], Path(sys.argv[3]), int(sys.argv[4]))
