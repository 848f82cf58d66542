"""A small play in a process of its own, for the tests of time zones: prints what is due and what was mailed."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

from sqlalchemy import select
from sqlmodel import col

from config.settings import settings
from models.obligation import Obligation
from models.session import reading
from simulation.mail_server import MailFolderServer
from tasks.delivering import deliver, set_mail_mode
from tasks.forwarding import forward_circular
from tasks.handling import receive
from tasks.sweeping import next_wake, sweep
from tests.cast import COVER, LINJIANG, OPERATOR, beijing, import_cast, officer, register_pair

_ENDS = beijing("2020-03-02 18:00")


def play(folder: Path) -> None:
    """Play two weeks of the cast's circular, mails into a folder."""
    now = beijing("2020-02-14 23:50")
    with MailFolderServer(folder) as server:
        settings().smtp_port = server.port
        set_mail_mode.fn("live", actor=OPERATOR, now=now)
        import_cast(now)
        register_pair(now)
        forward_circular.fn(COVER, actor=OPERATOR, now=now, to=["临江市", "东岸区"])
        receive.fn(COVER, LINJIANG, actor=officer(LINJIANG), now=beijing("2020-02-17 09:00"))
        while (wake := next_wake(now)) is not None and wake <= _ENDS:
            now = wake
            sweep.fn(now=now)
            deliver.fn(now=now)


def main() -> None:
    """Print the due instants, then the SHA-256 of every mail."""
    folder = Path(sys.argv[1])
    play(folder)
    with reading() as session:
        rows = session.execute(
            select(col(Obligation.kind), col(Obligation.period), col(Obligation.due_at)).order_by(col(Obligation.id))
        )
        for kind, period, due_at in rows:
            print(kind, period, due_at.isoformat() if due_at else "")  # noqa: T201
    for path in sorted(folder.glob("*/*.eml")):
        print(path.parent.name, hashlib.sha256(path.read_bytes()).hexdigest())  # noqa: T201


if __name__ == "__main__":
    main()
