"""What the tests of sweep and delivery share: firings and deliveries read back, mails as people see them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from sqlalchemy import select
from sqlmodel import col

from config.settings import settings
from domain.calendar import local
from models.circular import Circular
from models.notice import Delivery, Firing, FiringRecipient, Notice
from models.obligation import Obligation, Wake
from models.office import Office
from models.session import reading
from simulation.mail_server import MailFolderServer
from tasks.auditing import verify_audit
from tasks.delivering import Delivered, deliver, set_mail_mode
from tasks.forwarding import forward_circular
from tasks.rostering import import_roster
from tasks.sweeping import next_wake, sweep
from tests.cast import LINJIANG, OPERATOR, ROSTER_CSV, notice_text, register_text
from tests.notifications.scripted_server import ScriptedServer

ROOT = Path(__file__).resolve().parents[2]


class Fired(NamedTuple):
    """One firing as a person would tell it; offices are codes, times local."""

    owes: str
    owed: str
    period: str
    rung: str
    repeat: int
    to: str
    role: str
    kind: str
    state: str
    at: str


def told(instant: datetime) -> str:
    """An instant as `2020-04-03 09:00`, local."""
    return f"{local(instant):%Y-%m-%d %H:%M}"


def firings(**wanted: Any) -> list[Fired]:
    """Return the firings with these values, in the order in which they fired."""
    with reading() as session:
        codes = dict(session.execute(select(col(Office.id), col(Office.code))).all())
        rows = session.execute(
            select(Firing, Obligation)
            .outerjoin(Obligation, col(Obligation.id) == col(Firing.obligation_id))
            .order_by(col(Firing.id))
        ).all()
    found = [
        Fired(
            codes[owed.office_id] if owed else "", owed.kind.value if owed else "", owed.period if owed else "",
            firing.rung, firing.repeat, codes[firing.office_id], firing.role, firing.kind, firing.state.value,
            told(firing.at),
        )
        for firing, owed in rows
    ]  # fmt: skip
    return [each for each in found if all(getattr(each, name) == value for name, value in wanted.items())]


def rungs(owes: str, owed: str, period: str = "", **wanted: Any) -> list[tuple[str, str, str]]:
    """Return (rung, role, instant) of what was told about one obligation."""
    found = firings(owes=owes, owed=owed, period=period, state="open", **wanted)
    return [(each.rung, each.role, each.at) for each in found if not each.rung.startswith("act:")]


def obligation(owes: str, owed: str, period: str = "", number: str | None = None) -> Obligation:
    """Return the one obligation of this office and kind (and circular)."""
    statement = (
        select(Obligation)
        .join(Office, col(Office.id) == col(Obligation.office_id))
        .outerjoin(Circular, col(Circular.id) == col(Obligation.circular_id))
        .where(col(Office.code) == owes, col(Obligation.kind) == owed, col(Obligation.period) == period)
    )
    if number is not None:
        statement = statement.where(col(Circular.number) == number)
    with reading() as session:
        return session.scalars(statement).one()


def obligations(owed: str) -> list[tuple[str, str]]:
    """Return (office, period) of all obligations of a kind, sorted."""
    statement = (
        select(col(Office.code), col(Obligation.period))
        .join(Obligation, col(Obligation.office_id) == col(Office.id))
        .where(col(Obligation.kind) == owed)
    )
    with reading() as session:
        return sorted(session.execute(statement).all())


def wake_at(obligation_id: int | None) -> datetime | None:
    """Return when the sweep looks at an obligation again."""
    with reading() as session:
        return session.scalar(select(col(Wake.wake_at)).where(col(Wake.obligation_id) == obligation_id))


def deliveries(**wanted: Any) -> list[Delivery]:
    """Return the deliveries with these values in their order."""
    with reading() as session:
        rows = session.scalars(select(Delivery).order_by(col(Delivery.id))).all()
    return [each for each in rows if all(getattr(each, name) == value for name, value in wanted.items())]


def notices() -> dict[int, Notice]:
    """Return all notices by id."""
    with reading() as session:
        return {notice.id or 0: notice for notice in session.scalars(select(Notice))}


def items_of(notice_id: int) -> list[Firing]:
    """Return what a notice carries."""
    statement = (
        select(Firing)
        .join(FiringRecipient, col(FiringRecipient.firing_id) == col(Firing.id))
        .where(col(FiringRecipient.notice_id) == notice_id)
    )
    with reading() as session:
        return list(session.scalars(statement.order_by(col(Firing.id))))


def states() -> dict[str, int]:
    """Count the deliveries by state."""
    found: dict[str, int] = {}
    for each in deliveries():
        found[each.state.value] = found.get(each.state.value, 0) + 1
    return found


def sweep_until(begin: datetime, end: datetime, *, mails: bool = False) -> datetime:
    """Sweep (and deliver) at every wake-up after `begin` until `end`, as a punctual installation does."""
    now = begin
    while (wake := next_wake(now)) is not None and wake <= end:
        now = wake
        sweep.fn(now=now)
        if mails:
            deliver.fn(now=now)
    return now


def audit_is_whole() -> bool:
    return verify_audit.fn().whole


@dataclass(frozen=True)
class Mail:
    """One message that a mail server has taken."""

    to: str
    subject: str
    text: str
    html: str
    message: EmailMessage

    @property
    def message_id(self) -> str:
        return str(self.message["Message-ID"])


def as_mail(data: bytes, to: str = "") -> Mail:
    """Read a message as a mail program does."""
    message = message_from_bytes(data, policy=policy.default)
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    assert text is not None
    assert html is not None
    address = to or message["To"].addresses[0].addr_spec
    return Mail(address, str(message["Subject"]), text.get_content(), html.get_content(), message)


def mails_in(folder: Path) -> list[Mail]:
    """Return the messages of a folder, in the order of their file names, recipients sorted."""
    return [as_mail(path.read_bytes(), path.parent.name) for path in sorted(folder.glob("*/*.eml"))]


def use(monkeypatch: pytest.MonkeyPatch, **chosen: object) -> None:
    """Work by other settings: `use(monkeypatch, smtp_port=2525)`."""
    for name, value in chosen.items():
        monkeypatch.setenv(f"DUBAN_{name.upper()}", str(value))
    settings.cache_clear()


def go_live(monkeypatch: pytest.MonkeyPatch, port: int, now: datetime, **chosen: object) -> None:
    """Send mail to the server on this port from now on, over one connection where nothing else is said."""
    patience = chosen.get("smtp_timeout_seconds", 5)
    own = {"smtp_connections": 1, "smtp_timeout_seconds": patience, "smtp_final_timeout_seconds": patience}
    use(monkeypatch, smtp_port=port, **(own | chosen))
    set_mail_mode.fn("live", actor=OPERATOR, now=now)


@contextmanager
def post_office(monkeypatch: pytest.MonkeyPatch, folder: Path, now: datetime) -> Iterator[MailFolderServer]:
    """A mail server that keeps what it gets in a folder, as the installation's."""
    with MailFolderServer(folder) as server:
        go_live(monkeypatch, server.port, now)
        yield server


def deliver_at(*instants: datetime) -> Delivered:
    """Deliver at these instants; return what the last did."""
    done = [deliver.fn(now=now) for now in instants]
    return done[-1]


def addresses(mails: Sequence[Mail]) -> list[str]:
    return sorted(mail.to for mail in mails)


class SlowServer(ScriptedServer):
    """A mail server that has each message a while before it says so."""

    def __init__(self, seconds: float, script: Mapping[str, Sequence[Any] | Any] | None = None) -> None:
        super().__init__(script)
        self._seconds = seconds

    async def _step(self, name: str, writer: asyncio.StreamWriter, usual: str = "") -> str:
        if name == "DOT":
            await asyncio.sleep(self._seconds)
        return await super()._step(name, writer, usual)


def import_counties(number: int, now: datetime) -> list[str]:
    """Import the cast's roster with so many more counties below 临江市; return their codes."""
    codes = [f"2301{each:03}C" for each in range(number)]
    lines = [
        f"{code},试验{code}县扶贫办,试验{code}县,县级,{LINJIANG},{code[:6]},试验员,经办人,officer.{code}@example.org,"
        for code in codes
    ]
    import_roster.fn((ROSTER_CSV + "\n".join(lines) + "\n").encode(), "roster.csv", actor=OPERATOR, now=now)
    return codes


def forward_to_counties(number: str, counties: int, now: datetime) -> list[str]:
    """Register and forward a circular with a monthly report to so many counties; return their codes."""
    codes = import_counties(counties, now)
    text = notice_text(number, "自3月份起，各地各部门每月5日前向省扶贫办报送一次最新进展。")
    register_text(text, now)
    forward_circular.fn(number, actor=OPERATOR, now=now, to=[f"试验{code}县" for code in codes])
    return codes
