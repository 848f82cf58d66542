"""What a play has to see of the installation: what was made, what is still open, when something has to be done next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select
from sqlmodel import Session, col

from domain.calendar import WorkCalendar
from domain.documents import RequirementKind
from domain.errors import Refused
from domain.offices import Office, Roster
from domain.statuses import ObligationKind, Status
from models.audit import AuditEntry, RunLog
from models.circular import Circular, NextPeriod, Requirement
from models.circulars import need_circular
from models.installation import Installation, installation, work_calendar
from models.lookup import need_office, need_owed
from models.notice import Delivery, DeliveryState, Firing, FiringRecipient, FiringState
from models.obligation import Obligation, Report, UrgentCase, Wake
from models.outbox import AT_ANY_HOUR
from models.petition import Petition, PetitionKind
from models.session import reading
from models.statements import batches


@dataclass(frozen=True, slots=True)
class Made:
    """One new obligation, as the office that owes it sees it."""

    id: int
    kind: ObligationKind
    office: str
    document: str
    ordinal: int
    period: str
    issued_at: datetime
    due_at: datetime | None


def made_since(last: int) -> list[Made]:
    """Return the obligations with an id above `last` that nobody has fulfilled yet, in their order."""
    statement = _MADE.where(col(Obligation.id) > last, col(Obligation.status) == Status.PENDING)
    with reading() as session:
        return _made(session, session.execute(statement.order_by(col(Obligation.id))).all())


_MADE = (
    select(
        col(Obligation.id), col(Obligation.kind), col(Obligation.office_id), col(Circular.number),
        col(Circular.title), col(Requirement.ordinal), col(Obligation.period), col(Obligation.issued_at),
        col(Obligation.due_at),
    )
    .outerjoin(Circular, col(Circular.id) == col(Obligation.circular_id))
    .outerjoin(Requirement, col(Requirement.id) == col(Obligation.requirement_id))
)  # fmt: skip


def _made(session: Session, rows: Sequence[Row[Any]]) -> list[Made]:
    code_of = installation(session).view.code_of if rows else {}
    return [
        Made(
            row.id, row.kind, code_of[row.office_id], row.number or row.title or "", row.ordinal or 0, row.period,
            row.issued_at, row.due_at,
        )
        for row in rows
    ]  # fmt: skip


def last_obligation() -> int:
    """Return the highest id of an obligation, 0 where there is none."""
    with reading() as session:
        return int(session.scalar(select(func.max(col(Obligation.id)))) or 0)


def owed_among(obligation_ids: Sequence[int]) -> list[Made]:
    """Return those of these obligations that their offices still have to do something about, in the same order."""
    found: dict[int, Made] = {}
    with reading() as session:
        for batch in batches(obligation_ids):
            statement = _MADE.where(
                col(Obligation.id).in_(batch), col(Obligation.status).in_([Status.PENDING, Status.RETURNED])
            )
            found |= {owed.id: owed for owed in _made(session, session.execute(statement).all())}
    return [found[number] for number in obligation_ids if number in found]


@dataclass(frozen=True, slots=True)
class AtAnyTime:
    """A requirement to report whenever something happens, and who has the circular that asks for it."""

    document: str
    ordinal: int
    offices: tuple[str, ...]


def reports_at_any_time(documents: Sequence[str]) -> list[AtAnyTime]:
    """Return what may be reported on occurrence under these circulars, and by whom."""
    with reading() as session:
        here = installation(session)
        statement = (
            select(col(Circular.id), col(Circular.number), col(Circular.title), col(Requirement.ordinal))
            .join(Requirement, col(Requirement.circular_id) == col(Circular.id))
            .where(col(Requirement.kind) == RequirementKind.ON_OCCURRENCE)
            .order_by(col(Requirement.id))
        )
        return [
            AtAnyTime(row.number or row.title, row.ordinal, _holders(session, row.id, here.view.code_of))
            for row in session.execute(statement)
            if (row.number or row.title) in documents
        ]


def _holders(session: Session, circular_id: int, code_of: dict[int, str]) -> tuple[str, ...]:
    statement = select(col(Obligation.office_id)).where(
        col(Obligation.circular_id) == circular_id, col(Obligation.kind) == ObligationKind.RECEIPT
    )
    return tuple(sorted(code_of[number] for number in session.scalars(statement)))


@dataclass(frozen=True, slots=True)
class Awaited:
    """One report that waits for a decision."""

    obligation_id: int
    reviewer: str
    round: int


def awaiting_decision() -> list[Awaited]:
    """Return everything that waits for a reviewer, first handed in first."""
    latest = (
        select(col(Report.obligation_id), func.max(col(Report.round)).label("round"))
        .where(col(Report.decision).is_(None), col(Report.obligation_id).is_not(None))
        .group_by(col(Report.obligation_id))
        .subquery()
    )
    statement = (
        select(col(Obligation.id), col(Obligation.reviewer_id), latest.c.round)
        .join(latest, latest.c.obligation_id == col(Obligation.id))
        .where(col(Obligation.status) == Status.SUBMITTED, col(Obligation.reviewer_id).is_not(None))
        .order_by(col(Obligation.submitted_at), col(Obligation.id))
    )
    with reading() as session:
        code_of = installation(session).view.code_of
        return [Awaited(row.id, code_of[row.reviewer_id], row.round) for row in session.execute(statement)]


def obligation_of(
    document: str, office: str, *, kind: ObligationKind | None, ordinal: int | None, period: str | None,
    submitted: bool = False,
) -> int:  # fmt: skip
    """Return the id of the obligation that a script means: of several the one that is open and due first.

    `submitted` looks for what waits for a decision before anything else. Raises Refused where nothing fits.
    """
    with reading() as session:
        here = installation(session)
        receiver = need_office(here, office)
        if kind is not None and not kind.is_reviewed:
            return _need_single(session, here, document, receiver, kind).id or 0
        waits = _submitted(session, here, document, receiver, ordinal, period) if submitted else None
        return waits or need_owed(session, here, document, receiver, ordinal=ordinal, period=period).id or 0


def _submitted(
    session: Session, here: Installation, document: str, office: Office, ordinal: int | None, period: str | None
) -> int | None:
    statement = (
        select(col(Obligation.id))
        .join(Requirement, col(Requirement.id) == col(Obligation.requirement_id))
        .where(
            col(Obligation.circular_id) == need_circular(session, document).id,
            col(Obligation.office_id) == here.view.id_of[office.code],
            col(Obligation.status) == Status.SUBMITTED,
            col(Obligation.period).startswith(period or ""),
        )
        .order_by(col(Obligation.submitted_at), col(Obligation.id))
    )
    if ordinal is not None:
        statement = statement.where(col(Requirement.ordinal) == ordinal)
    return session.scalars(statement).first()


def _need_single(
    session: Session, here: Installation, document: str, office: Office, kind: ObligationKind
) -> Obligation:
    circular = need_circular(session, document)
    statement = select(Obligation).where(
        col(Obligation.circular_id) == circular.id,
        col(Obligation.kind) == kind,
        col(Obligation.office_id) == here.view.id_of[office.code],
    )
    found = session.scalars(statement.order_by(col(Obligation.id).desc())).first()
    if found is None:
        message = f"{office.name}在公文“{circular.number}”下没有{kind.label}事项。"
        raise Refused(message)
    return found


@dataclass(frozen=True, slots=True)
class NextWakes:
    """When a sweep has something to do next: any obligation or period, and extra urgent matters alone."""

    any: datetime | None
    urgent: datetime | None


def next_wakes() -> NextWakes:
    """Return when the sweeps have something to do next, past or future; None: nothing is planned."""
    with reading() as session:
        wake = session.scalar(select(func.min(col(Wake.wake_at))))
        urgent = session.scalar(select(func.min(col(Wake.wake_at))).where(col(Wake.urgent)))
        period = session.scalar(select(func.min(col(NextPeriod.wake_at))))
    return NextWakes(min((each for each in (wake, period) if each is not None), default=None), urgent)


def petition_about(kind: PetitionKind, obligation_id: int) -> int:
    """Return the number of what was asked about an obligation and waits. Raises Refused where nothing does."""
    statement = select(col(Petition.id)).where(
        col(Petition.obligation_id) == obligation_id, col(Petition.kind) == kind, col(Petition.decision).is_(None)
    )
    with reading() as session:
        number = session.scalar(statement)
    if number is None:
        message = "此事项没有等待决定的申请。"
        raise Refused(message)
    return number


def case_of(reference: str) -> int:
    """Return the number of the urgent case that was raised under a reference."""
    with reading() as session:
        statement = select(col(UrgentCase.id)).where(col(UrgentCase.reference) == reference)
        return int(session.execute(statement).scalar_one())


def roster_in_use() -> Roster:
    """Return the roster, offices that are out of use too."""
    with reading() as session:
        return installation(session).view.roster


def last_instant() -> datetime | None:
    """Return when something happened last in this installation: an act or a run; None where nothing ever did."""
    with reading() as session:
        run = session.scalar(select(func.max(col(RunLog.as_of))))
        entry = session.scalar(select(col(AuditEntry.at)).order_by(col(AuditEntry.seq).desc()).limit(1))
    acted = datetime.fromisoformat(entry) if entry else None
    return max((each for each in (run, acted) if each is not None), default=None)


def check_offices(names: Sequence[tuple[str, str]]) -> None:
    """Check that the roster knows each office; `names` are pairs of where it is named and its name.

    Raises Refused with the first place and what is wrong there.
    """
    with reading() as session:
        here = installation(session)
        for where, name in names:
            try:
                need_office(here, name)
            except Refused as error:
                raise Refused(f"{where}{error}") from error


@dataclass(frozen=True, slots=True)
class NextDelivery:
    """When mail may leave next: at any hour or in working hours, and a circular among it."""

    any: datetime | None
    #: what passes at any hour, and the circulars themselves
    prompt: datetime | None


def next_delivery(now: datetime) -> NextDelivery:
    """Return when something that waits may leave, `now` at the earliest; routine mail in working hours only."""
    firings = (
        select(col(Firing.urgency_tag), col(Firing.kind), func.min(col(Firing.not_before)))
        .join(FiringRecipient, col(FiringRecipient.firing_id) == col(Firing.id))
        .where(col(FiringRecipient.notice_id).is_(None), col(Firing.state) == FiringState.OPEN)
        .group_by(col(Firing.urgency_tag), col(Firing.kind))
    )
    retries = select(func.min(col(Delivery.next_attempt_at))).where(col(Delivery.state) == DeliveryState.QUEUED)
    calendar = work_calendar()
    with reading() as session:
        waiting = session.execute(firings).all()
        retry = session.scalar(retries)
    any_at = [_leaves_at(tag, at, now, calendar) for tag, _, at in waiting]
    prompt = [
        _leaves_at(tag, at, now, calendar) for tag, kind, at in waiting if tag in AT_ANY_HOUR or kind == "circular"
    ]
    if retry is not None:
        any_at.append(max(retry, now))
    return NextDelivery(min(any_at, default=None), min(prompt, default=None))


def _leaves_at(tag: str, not_before: datetime, now: datetime, calendar: WorkCalendar) -> datetime:
    at = max(not_before, now)
    return at if tag in AT_ANY_HOUR else calendar.next_working_time(at)
