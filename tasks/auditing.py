"""The audit: verifying the trail, its head, and who passed what to whom and when."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from prefect import task
from sqlalchemy import Engine, make_url, select
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlmodel import Session, col

from domain.calendar import local_day
from domain.errors import Refused
from domain.offices import Audience, Tier
from domain.statuses import ObligationKind, Status
from domain.trail import GENESIS, SYSTEM, Entry, Head, Verdict, verify
from models.acting import sound
from models.audit import AuditEntry
from models.circular import Circular
from models.circulars import forwardings_of, need_circular, requirements_of
from models.forwarding import Forwarding, OutsideAddressee
from models.installation import Installation, installation
from models.obligation import Obligation
from models.session import engine, open_engine, reading, transaction

_PAGE = 10_000


@task(name="核验留痕")
def verify_audit(*, database: str | None = None, against: Head | None = None) -> Verdict:
    """Walk the whole trail of this installation, or of another database URL; stop at the first bad row.

    Raises Refused where the database cannot be read or holds no trail.
    """
    on = _existing(database) if database else engine()
    last = 0

    def counted(session: Session) -> Iterator[Entry]:
        nonlocal last
        for entry in _entries(session):
            yield entry
            last = entry.seq

    try:
        with reading(on=on) as session, _bad_bytes_kept(session):
            return verify(counted(session), against)
    except SQLAlchemyError as error:
        cause = str(error.__cause__ or error).splitlines()[0]
        if last:
            return Verdict(last, Head(last, ""), f"第 {last + 1} 条无法读取，数据库文件已损坏：{cause}。")
        message = f"无法读取审计记录：{cause}。请检查 --database 指向的数据库。"
        raise Refused(message) from error


def _existing(url: str) -> Engine:
    """Return the engine of a database that is there: looking must not make one."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        message = f"数据库地址“{url}”无法识别，应写作 sqlite:///路径 或 postgresql://…。"
        raise Refused(message) from error
    if parsed.get_backend_name() not in ("sqlite", "postgresql"):
        message = f"不支持“{parsed.get_backend_name()}”数据库，只能核验 SQLite 和 PostgreSQL。"
        raise Refused(message)
    if parsed.get_backend_name() == "sqlite" and not Path(parsed.database or "").is_file():
        message = f"没有数据库文件“{parsed.database}”。"
        raise Refused(message)
    return open_engine(url)


@contextmanager
def _bad_bytes_kept(session: Session) -> Iterator[None]:
    """Let SQLite hand over text that is not UTF-8 any more: the hash then names the row, not an error of the driver."""
    if session.get_bind().dialect.name != "sqlite":
        yield
        return
    connection: Any = session.connection().connection.dbapi_connection
    connection.text_factory = lambda data: data.decode(errors="surrogateescape")
    try:
        yield
    finally:
        connection.text_factory = str


def _entries(session: Session) -> Iterator[Entry]:
    """Yield the rows in the order of `seq`, a page at a time, exactly as stored."""
    last: int | None = None
    columns = [getattr(AuditEntry, name) for name in Entry._fields]
    while True:
        statement = select(*columns).order_by(col(AuditEntry.seq)).limit(_PAGE)
        rows = session.execute(statement if last is None else statement.where(col(AuditEntry.seq) > last)).all()
        for row in rows:
            yield Entry(*row)
        if len(rows) < _PAGE:
            return
        last = rows[-1].seq


@task(name="链首")
def audit_head(*, on: Engine | None = None) -> Head:
    """Return the last entry's number and hash: kept elsewhere, it shows a cut or rehashed end."""
    with reading(on=on) as session:
        row = session.execute(
            select(col(AuditEntry.seq), col(AuditEntry.hash)).order_by(col(AuditEntry.seq).desc()).limit(1)
        ).first()
    return Head(*row) if row else Head(0, GENESIS)


@dataclass(frozen=True)
class HopTaken:
    """One passing-on in a chain: times are aware, counts are offices."""

    sender: str
    tiers: dict[str, int]
    offices: tuple[str, ...]
    sent_at: datetime
    received: int
    #: since it was sent to the office that now passed it on
    took: timedelta | None
    not_received: tuple[str, ...]
    not_forwarded: tuple[str, ...]


@dataclass(frozen=True)
class Link:
    """One circular of a chain and how it was passed on."""

    number: str
    title: str
    issuer: str
    outside: tuple[str, ...]
    unresolved: tuple[str, ...]
    hops: tuple[HopTaken, ...]
    #: requirements of the upstream that this circular sets no earlier day for
    uncovered: tuple[str, ...] = ()


@task(name="转发链")
def chain_of(number: str) -> tuple[Link, ...]:
    """Return the chain that a circular belongs to, from its first upstream down: who passed what to whom, and when.

    Raises Refused for an unknown number.
    """
    with reading() as session:
        circular = need_circular(session, number)
        path = [circular]
        while path[0].upstream_id is not None:
            path.insert(0, session.get_one(Circular, path[0].upstream_id))
        here = installation(session)
        return tuple(_link(session, here, each) for each in (*path, *_downstream(session, circular)))


def _downstream(session: Session, circular: Circular) -> Iterator[Circular]:
    """Yield the circulars that pass this one on, and what passes those on in its turn."""
    statement = select(Circular).where(col(Circular.upstream_id) == circular.id).order_by(col(Circular.id))
    for each in session.scalars(statement).all():
        yield each
        yield from _downstream(session, each)


def _link(session: Session, here: Installation, circular: Circular) -> Link:
    outside = session.scalars(select(OutsideAddressee).where(col(OutsideAddressee.circular_id) == circular.id)).all()
    groups: dict[tuple[int | None, datetime], list[Forwarding]] = {}
    for row in sorted(forwardings_of(session, circular.id or 0), key=lambda row: row.sent_at):
        groups.setdefault((row.from_office_id, row.sent_at), []).append(row)
    arrived = _arrivals(session, circular)
    return Link(
        number=circular.number or circular.title, title=circular.title, issuer="、".join(circular.issuing_authority),
        outside=tuple(row.phrase for row in outside if row.resolved),
        unresolved=tuple(row.phrase for row in outside if not row.resolved),
        hops=tuple(
            _hop(session, here, circular, sender, sent_at, rows, arrived.get(sender))
            for (sender, sent_at), rows in groups.items()
        ),
        uncovered=_uncovered(session, circular),
    )  # fmt: skip


def _arrivals(session: Session, circular: Circular) -> dict[int | None, datetime]:
    """Return when the circular, or what it forwards, was sent to each office that has it."""
    arrived: dict[int | None, datetime] = {}
    for number in (circular.upstream_id, circular.id):
        rows = forwardings_of(session, number) if number is not None else ()
        arrived |= {row.to_office_id: row.sent_at for row in rows}
    return arrived


def _hop(
    session: Session, here: Installation, circular: Circular, sender: int | None, sent_at: datetime,
    rows: Sequence[Forwarding], arrived: datetime | None,
) -> HopTaken:  # fmt: skip
    offices = [here.view.office(row.to_office_id) for row in rows]
    return HopTaken(
        sender=here.view.office(sender).name if sender else "、".join(circular.issuing_authority),
        tiers={tier.value: count for tier in Tier if (count := sum(office.tier is tier for office in offices))},
        offices=tuple(office.name for office in offices),
        sent_at=sent_at,
        received=sum(row.received_at is not None for row in rows),
        took=sent_at - arrived if arrived else None,
        not_received=tuple(office.name for office, row in zip(offices, rows, strict=True) if row.received_at is None),
        not_forwarded=_not_forwarded(session, here, circular, {row.to_office_id for row in rows}),
    )


def _uncovered(session: Session, circular: Circular) -> tuple[str, ...]:
    """Return the dated requirements of the upstream that no requirement of this circular restates or comes before."""
    if circular.upstream_id is None:
        return ()
    own = requirements_of(session, circular.id or 0)
    days = [row.due_on for row in own if row.due_on is not None]
    restated = {row.restates_id for row in own}
    return tuple(
        row.text
        for row in requirements_of(session, circular.upstream_id)
        if row.due_on is not None and row.id not in restated and not any(day < row.due_on for day in days)
    )


def _not_forwarded(session: Session, here: Installation, circular: Circular, offices: set[int]) -> tuple[str, ...]:
    statement = select(col(Obligation.office_id)).where(
        col(Obligation.circular_id) == circular.id,
        col(Obligation.kind) == ObligationKind.FORWARD,
        col(Obligation.status) == Status.PENDING,
        col(Obligation.office_id).in_(offices),
    )
    return tuple(here.view.office(number).name for number in session.scalars(statement))


@task(name="寄送链首")
def send_audit_head(head: Head, *, now: datetime) -> bool:
    """Queue the day's head for the operators' mail; False where today's is queued already, or nobody is to get it."""
    with transaction(SYSTEM, now) as work:
        here = installation(work.session)
        recipient = here.view.roster.audience(here.view.roster.operating, Audience.OPERATORS, work.now)
        if not recipient.contacts:
            return False
        detail = {"matter": f"留痕链首：第 {head.seq} 条", "reason": head.as_text().strip()}
        cause = f"audit-head:{local_day(now).isoformat()}"
        return sound(
            work, here.view, recipient, "audit_head", cause, detail, why="您负责督办系统值守，请另行妥存链首。"
        )
