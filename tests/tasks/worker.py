"""A process of its own for the tests: does what each line of JSON on its input orders, and answers with a line.

An order with `child` is done by a forked child, whose number is told first: it can be killed and a next one begun.
With `stop_at` it says `stopped` before its commit of that number, and waits to be killed. With `kill_at` it kills
itself just before its step of that number, where a step is a statement, a commit, or a word with a mail server; 0
only counts them.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from aiosmtplib.protocol import SMTPProtocol
from sqlalchemy import Engine, event

from config.settings import Settings, settings
from domain.errors import Refused
from domain.trail import Actor, ActorKind
from models import policies, recomputing
from models.session import open_engine
from notifications.imap_wire import Wire
from tasks import sweeping
from tasks.collecting import collect_mail, take_mail
from tasks.delivering import deliver
from tasks.drafting import correct_draft
from tasks.handling import receive
from tasks.recomputing import apply_calendar
from tasks.repolicing import apply_policies
from tasks.sweeping import sweep
from tests.cast import OPERATOR


def say(**answer: Any) -> None:
    """Answer with one line, at once."""
    os.write(1, json.dumps(answer).encode() + b"\n")


def stop_at(number: int) -> None:
    """Stop for good just before the commit of this number."""
    numbers = count(1)

    def commits(_connection: Any) -> None:
        if next(numbers) == number:
            say(stopped=number)
            time.sleep(600)

    event.listen(Engine, "commit", commits)


class Steps:
    """Counts every step of this process, and kills it just before one of them."""

    def __init__(self, kill_at: int) -> None:
        self.taken = 0
        self._kill_at = kill_at
        self._counting = threading.Lock()
        event.listen(Engine, "before_cursor_execute", self.step)
        event.listen(Engine, "commit", self.step)
        self._watch_the_conversation()

    def step(self, *_args: Any) -> None:
        with self._counting:
            self.taken += 1
            if self.taken == self._kill_at:
                os.kill(os.getpid(), signal.SIGKILL)

    def _watch_the_conversation(self) -> None:
        """Before a word is written, when it has been written, and when the answer has come."""
        protocol: Any = SMTPProtocol
        write, read = protocol.write, protocol.read_response

        def writing(self_: Any, data: bytes) -> None:
            self.step()
            write(self_, data)
            self.step()

        async def reading(self_: Any, timeout: float | None = None) -> Any:
            answer = await read(self_, timeout=timeout)
            self.step()
            return answer

        protocol.write, protocol.read_response = writing, reading
        wire: Any = Wire
        send = wire.send

        def sending(self_: Any, data: Any) -> None:
            self.step()
            send(self_, data)
            self.step()

        wire.send = sending


def do_sweep(now: datetime, order: dict[str, Any]) -> dict[str, Any]:
    sweeping._BATCH = order.get("batch", 1000)
    instants = [now + timedelta(hours=hour) for hour in range(order.get("times", 1))]
    done = [sweep.fn(now=each, urgent_only=order.get("urgent", False)) for each in instants]
    return {"fired": sum(each.fired for each in done), "periods": sum(each.periods for each in done)}


def do_deliver(now: datetime, _order: dict[str, Any]) -> dict[str, Any]:
    done = deliver.fn(now=now)
    return {"accepted": done.accepted, "uncertain": done.uncertain, "trouble": done.trouble}


def do_receive(now: datetime, order: dict[str, Any]) -> dict[str, Any]:
    done = 0
    for office in order["offices"]:
        try:
            receive.fn(order["number"], office, actor=Actor(ActorKind.OFFICER, office), now=now)
            done += 1
        except Refused:
            pass  # another worker was faster: only the winner counts
    return {"received": done}


def do_take(now: datetime, order: dict[str, Any]) -> dict[str, Any]:
    done = take_mail.fn(Path(order["file"]).read_bytes(), now=now)
    return {"state": done.state, "is_new": done.is_new}


def do_collect(now: datetime, _order: dict[str, Any]) -> dict[str, Any]:
    done = collect_mail.fn(now=now)
    return {"taken": len(done.taken), "trouble": done.trouble}


def do_apply_policies(now: datetime, order: dict[str, Any]) -> dict[str, Any]:
    policies.PIECE = order["batch"]
    return {"moved": apply_policies.fn(order["reason"], actor=OPERATOR, now=now).moved}


def do_apply_calendar(now: datetime, order: dict[str, Any]) -> dict[str, Any]:
    recomputing.PIECE = order["batch"]
    return {"moved": apply_calendar.fn(order["reason"], actor=OPERATOR, now=now).moved}


def do_accept_draft(now: datetime, order: dict[str, Any]) -> dict[str, Any]:
    done = correct_draft.fn(order["draft"], order["lines"], actor=OPERATOR, now=now, accept=True)
    return {"registered": len(done[1].circulars) if done[1] else 0}


_ACTS: dict[str, Callable[[datetime, dict[str, Any]], dict[str, Any]]] = {
    "sweep": do_sweep, "deliver": do_deliver, "receive": do_receive,
    "take": do_take, "accept_draft": do_accept_draft, "collect": do_collect,
    "apply_policies": do_apply_policies, "apply_calendar": do_apply_calendar,
}  # fmt: skip


def obey(order: dict[str, Any]) -> None:
    """Do one order and answer."""
    os.environ.update(order["environment"])
    settings.cache_clear()
    if "stop_at" in order:
        stop_at(order["stop_at"])
    steps = Steps(order["kill_at"]) if "kill_at" in order else None
    time.sleep(max(0.0, order.get("begin_at", 0.0) - time.time()))
    try:
        done = _ACTS[order["act"]](datetime.fromisoformat(order["now"]), order)
        say(**done, **({"steps": steps.taken} if steps is not None else {}))
    except Exception as error:  # noqa: BLE001 - the test looks at it
        say(error=f"{type(error).__name__}: {error}")
    open_engine(settings().url).dispose()
    open_engine.cache_clear()


def main() -> None:
    """Obey until the input ends."""
    Settings.model_config["env_file"] = None
    say(ready=os.getpid())
    for line in sys.stdin:
        order = json.loads(line)
        if not order.get("child"):
            obey(order)
            continue
        child = os.fork()
        if child == 0:
            obey(order)
            os._exit(0)
        say(child=child)
        os.waitpid(child, 0)
        say(ended=child)


if __name__ == "__main__":
    main()
