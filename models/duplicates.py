"""What other circulars already ask of the offices that one is about to be sent to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import takewhile

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import defer
from sqlmodel import Session, col

from domain.calendar import local_day
from domain.deadlines import due_day
from domain.documents import Duty, RequirementKind
from domain.likeness import ALIKE, Asked, is_asked_already, likeness
from domain.recurrence import due_days
from domain.statuses import Status
from models.acting import FINAL
from models.circular import Circular, CircularState, NextPeriod, Requirement
from models.installation import Installation
from models.obligation import Obligation
from models.statements import among

_A_YEAR = timedelta(days=366)
#: So many characters of another requirement are shown.
_SHOWN = 60
#: What an office was freed of, or never had: such a report is not asked twice.
_NOT_OWED = (Status.WITHDRAWN, Status.SUPERSEDED, Status.WAIVED)


@dataclass(frozen=True, slots=True)
class Double:
    """A requirement that another circular in force already makes, of so many of the same offices."""

    #: the ordinal in the circular that is about to be sent
    ordinal: int
    title: str
    #: empty where the other has none
    number: str
    other_ordinal: int
    other_text: str
    offices: int


def double_words(double: Double) -> str:
    """Return the question that a double puts to the operator, in Chinese."""
    number = f"（{double.number}）" if double.number else ""
    title = double.title.replace("《", "〈").replace("》", "〉")
    text = double.other_text if len(double.other_text) <= _SHOWN else f"{double.other_text[:_SHOWN]}……"
    return (
        f"第 {double.ordinal} 项要求与《{title}》{number}第 {double.other_ordinal} 项要求相近：“{text}”，"
        f"{double.offices} 个单位将重复报送，能否合并（duban circular restates）？"
    )


def asked_already(
    session: Session, here: Installation, circular: Circular, offices: Iterable[str], now: datetime
) -> list[Double]:
    """Return what other circulars ask of these offices (codes) for the same recipient, in like words, due together.

    In the order of the requirements of `circular`, whose obligations have been made; three queries, whatever their
    number. Left out are reports on occurrence, which come as they come, and what a person has marked as restated: that
    is owed once already. `now` (aware) begins the year that is looked at.
    """
    own = _reports(session, col(Requirement.circular_id) == circular.id)
    recipients = {each.id: each.deliver_to_id or source.issuer_id for each, source in own}
    others = _reports(
        session, col(Requirement.circular_id) != circular.id, col(Circular.state) == CircularState.ACTIVE,
        _RECIPIENT.in_({number for number in recipients.values() if number is not None}),
    )  # fmt: skip
    like = [
        (mine, other, source)
        for mine, _ in own
        for other, source in others
        if recipients[mine.id] == (other.deliver_to_id or source.issuer_id)
        and mine.id != other.restates_id
        and other.id != mine.restates_id
        and likeness(mine.text, other.text, _names(here, mine, recipients[mine.id])) >= ALIKE
    ]
    numbers = {each.id or 0 for mine, other, _ in like for each in (mine, other)}
    owing = _owing(session, sorted(numbers), [here.view.id_of[code] for code in offices])
    return [
        Double(mine.ordinal, source.title, source.number or "", other.ordinal, other.text, owing[other.id or 0].offices)
        for mine, other, source in like
        if other.id in owing
        and is_asked_already(
            _asked(here, mine, recipients[mine.id], owing, now), _asked(here, other, recipients[mine.id], owing, now)
        )
    ]


_RECIPIENT = func.coalesce(col(Requirement.deliver_to_id), col(Circular.issuer_id))


def _reports(session: Session, *conditions: ColumnElement[bool]) -> list[tuple[Requirement, Circular]]:
    statement = (
        select(Requirement, Circular)
        .options(defer(Circular.text))  # type: ignore[arg-type]
        .join(Circular, col(Circular.id) == col(Requirement.circular_id))
        .where(
            col(Requirement.duty) == Duty.REPORT, col(Requirement.kind) != RequirementKind.ON_OCCURRENCE, *conditions
        )
        .order_by(col(Circular.id), col(Requirement.ordinal))
    )
    return [(requirement, source) for requirement, source in session.execute(statement)]


def _names(here: Installation, requirement: Requirement, recipient: int | None) -> tuple[str, ...]:
    """Return the names of whom a report goes to: they tell nothing of what it is about."""
    office = here.view.office(recipient) if recipient is not None else None
    return (requirement.deliver_to or "", *(office.names if office is not None else ()))


def _asked(
    here: Installation, requirement: Requirement, recipient: int | None, owing: Mapping[int, _Owing], now: datetime
) -> Asked:
    today = local_day(now)
    found = owing.get(requirement.id or 0)
    days = found.days if found is not None else ()
    if requirement.rrule:
        coming = due_days(requirement.rrule, requirement.starts_on or today, today)
        days = tuple(takewhile(lambda day: day <= today + _A_YEAR, coming))
    names = _names(here, requirement, recipient)
    return Asked(text=requirement.text, deliver_to=names, rrule=requirement.rrule or "", days=days)


@dataclass(frozen=True, slots=True)
class _Owing:
    """How many of the offices a requirement is already asked of, and the days it is due."""

    offices: int
    days: tuple[date, ...]


def _owing(session: Session, numbers: Sequence[int], offices: Sequence[int]) -> dict[int, _Owing]:
    """Return, of these requirements, those that some of the offices owe: something open, or a next period to come."""
    periods = select(col(NextPeriod.requirement_id))
    statement = (
        select(
            col(Obligation.requirement_id), func.count(func.distinct(col(Obligation.office_id))),
            func.min(col(Obligation.due_at)), func.max(col(Obligation.due_at)),
        )
        .where(
            among(Obligation.requirement_id, numbers), among(Obligation.office_id, offices),
            or_(
                col(Obligation.status).not_in(FINAL),
                col(Obligation.status).not_in(_NOT_OWED) & col(Obligation.requirement_id).in_(periods),
            ),
        )
        .group_by(col(Obligation.requirement_id))
    )  # fmt: skip
    rows = session.execute(statement).all() if numbers else []
    return {
        number: _Owing(count, tuple(due_day(each) for each in (first, last) if each is not None))
        for number, count, first, last in rows
    }
