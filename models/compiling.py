"""What is compiled: who owes the report to an office, what was handed in, and the paper that is drafted of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlmodel import Session, col

from domain.calendar import at_local
from domain.causes import Cause
from domain.compiling import Line, Owed, lines
from domain.errors import Refused
from domain.papers import PaperKind
from domain.statuses import Status
from models.circular import Requirement
from models.installation import Installation
from models.lookup import REVIEWED
from models.obligation import Obligation, ObligationSource, Report
from models.paper import Paper, PaperState
from models.session import Transaction
from models.statements import among, changed, insert_new


def periods_of(session: Session, requirement_id: int) -> list[str]:
    """Return the periods of a requirement that were made, in their order; '' stands for a single one."""
    statement = select(col(Obligation.period)).where(
        col(Obligation.requirement_id) == requirement_id, col(Obligation.kind).in_(REVIEWED),
        col(Obligation.status) != Status.WITHDRAWN,
    )  # fmt: skip
    return list(session.scalars(statement.distinct().order_by(col(Obligation.period))))


def compilers_of(session: Session, here: Installation, requirement_id: int, period: str) -> list[int]:
    """Return the offices to which reports of this period go, as ids.

    What goes outside is recorded by the operating office, which compiles it; its own report is none of those below.
    """
    reviewer = _reviewer(here)
    statement = select(reviewer).where(*_of(requirement_id, period), reviewer != col(Obligation.office_id))
    return sorted(session.scalars(statement.distinct()))


def _reviewer(here: Installation) -> ColumnElement[int]:
    operating = here.view.id_of[here.view.roster.operating]
    return func.coalesce(col(Obligation.reviewer_id), operating)


def _of(requirement_id: int, period: str) -> list[ColumnElement[bool]]:
    return [
        col(Obligation.requirement_id) == requirement_id, col(Obligation.period) == period,
        col(Obligation.kind).in_(REVIEWED), col(Obligation.status) != Status.WITHDRAWN,
    ]  # fmt: skip


def found_lines(session: Session, here: Installation, cause: Cause, now: datetime) -> list[Line]:
    """Return the lines of a compiled report as of `now` (aware): every office that is to report, or what came in."""
    found = _received(session, here, cause, now) if cause.since is not None else _owed_to(session, here, cause)
    return lines(found, now)


def _owed_to(session: Session, here: Installation, cause: Cause) -> list[Owed]:
    """Return what is owed to the compiling office, each with the report handed in last.

    What was united with a requirement that restates it, or that it restates (Chain 1), counts as the one obligation
    that is left of the two, whoever reviews that.
    """
    goes_here = [_reviewer(here) == cause.office, col(Obligation.office_id) != cause.office]
    own = list(session.scalars(select(Obligation).where(*_of(cause.requirement, cause.period), *goes_here)))
    found = [each for each in own if each.status is not Status.SUPERSEDED]
    found += _united(session, cause, [each.office_id for each in own if each.status is Status.SUPERSEDED])
    reports = _last_reports(session, found)
    return [_owed(here, each, reports.get(each.id or 0)) for each in found]


def _united(session: Session, cause: Cause, offices: Sequence[int]) -> list[Obligation]:
    """Return the obligations in which those of these offices were united; their periods fall in the same month."""
    sources = select(col(ObligationSource.obligation_id)).where(
        col(ObligationSource.requirement_id) == cause.requirement
    )
    statement = select(Obligation).where(
        col(Obligation.id).in_(sources), among(col(Obligation.office_id), offices),
        col(Obligation.requirement_id) != cause.requirement,
        col(Obligation.status).not_in([Status.WITHDRAWN, Status.SUPERSEDED]),
        _same_month(cause.period),
    )  # fmt: skip
    found = sorted(session.scalars(statement), key=lambda each: _days_apart(each.period, cause.period))
    return list({each.office_id: each for each in reversed(found)}.values())


def _same_month(period: str) -> ColumnElement[bool]:
    if not period:
        return col(Obligation.period) == ""
    return col(Obligation.period).startswith(f"{period[:7]}-")


def _days_apart(period: str, other: str) -> int:
    if not period or not other:
        return 0
    return abs((date.fromisoformat(period) - date.fromisoformat(other)).days)


def _last_reports(session: Session, found: Iterable[Obligation]) -> dict[int, Report]:
    statement = select(Report).where(among(col(Report.obligation_id), [each.id for each in found]))
    return {each.obligation_id or 0: each for each in session.scalars(statement.order_by(col(Report.round)))}


def _owed(here: Installation, each: Obligation, report: Report | None) -> Owed:
    office = here.view.office(each.office_id)
    return Owed(
        code=office.code, office=office.name, tier=office.tier, status=each.status, hold=each.hold,
        due_at=each.due_at, provisional=each.provisional, submitted_at=each.submitted_at, ended_at=each.ended_at,
        text=report.text if report else "", reason=report.reason if report else "",
    )  # fmt: skip


def _received(session: Session, here: Installation, cause: Cause, until: datetime) -> list[Owed]:
    """Return what came in on occurrence from the beginning of the cause's day (Beijing) up to `until`.

    Whom such reports go to gets all of them; another office compiles those of the offices below it.
    """
    requirement = session.get_one(Requirement, cause.requirement)
    statement = select(Report).where(
        col(Report.requirement_id) == cause.requirement, col(Report.obligation_id).is_(None),
        col(Report.office_id) != cause.office, col(Report.submitted_at) >= at_local(cause.since or date.max, time()),
        col(Report.submitted_at) <= until,
    )  # fmt: skip
    if cause.office != goes_to(here, requirement):
        below = here.view.roster.below(here.view.code_of[cause.office])
        statement = statement.where(among(col(Report.office_id), [here.view.id_of[each.code] for each in below]))
    return [_came_in(here, each) for each in session.scalars(statement.order_by(col(Report.id)))]


def _came_in(here: Installation, report: Report) -> Owed:
    office = here.view.office(report.office_id)
    return Owed(
        code=office.code, office=office.name, tier=office.tier, status=Status.ACCEPTED, on_occurrence=True,
        submitted_at=report.submitted_at, text=report.text,
    )  # fmt: skip


def goes_to(here: Installation, requirement: Requirement) -> int:
    """Return to which office what a requirement asks for goes, as an id: the operating one for what goes outside."""
    named = here.view.code_of[requirement.deliver_to_id] if requirement.deliver_to_id else None
    return here.view.id_of[named if named in here.view.roster.inside else here.view.roster.operating]


def need_owed_upward(session: Session, here: Installation, cause: Cause) -> Obligation:
    """Return what the compiling office owes itself and may hand the compiled report in for.

    By level that is the report of the same requirement and period; else that of the requirement which this one
    restates for those below, or of the one in which the two were united. Raises Refused where nothing is owed.
    """
    restated = session.scalar(select(col(Requirement.restates_id)).where(col(Requirement.id) == cause.requirement))
    for wanted in (cause.requirement, restated):
        found = [] if wanted is None or cause.since else _own(session, cause, wanted)
        if found:
            return min(found, key=lambda each: (_days_apart(each.period, cause.period), not each.status.runs, each.id))
    office = here.view.office(cause.office).name
    message = f"{office}就该项要求没有应当向上报送的事项，不能随签发报送；请只签发，不加 --hand-in（“随即报送”）。"
    raise Refused(message)


def _own(session: Session, cause: Cause, requirement_id: int) -> list[Obligation]:
    sources = select(col(ObligationSource.obligation_id)).where(col(ObligationSource.requirement_id) == requirement_id)
    statement = select(Obligation).where(
        or_(col(Obligation.requirement_id) == requirement_id, col(Obligation.id).in_(sources)),
        col(Obligation.kind).in_(REVIEWED), col(Obligation.office_id) == cause.office, _same_month(cause.period),
        col(Obligation.status).not_in([Status.WITHDRAWN, Status.SUPERSEDED]),
    )  # fmt: skip
    return list(session.scalars(statement))


@dataclass(frozen=True)
class Draft:
    """A compiled report as it is drafted."""

    cause: Cause
    title: str
    text: str
    lines: Sequence[Line]
    circular_id: int


def keep_draft(work: Transaction, wanted: Draft) -> tuple[Paper, bool]:
    """Store a draft, or renew the words of the one that waits already; return it, and whether it is new.

    The cause is unique: of two that draft at once, one makes the paper and the other renews it. One that was signed or
    discarded is never touched: after it a new one begins. Raises Refused where it is signed at this very moment.
    """
    decided = select(func.count()).where(
        col(Paper.cause).startswith(wanted.cause.stem, autoescape=True), col(Paper.state) != PaperState.DRAFTED
    )
    cause = wanted.cause.turn(int(work.session.scalar(decided) or 0) + 1)
    row: dict[str, Any] = {
        "kind": PaperKind.COMPILED_REPORT, "cause": cause, "office_id": wanted.cause.office,
        "circular_id": wanted.circular_id, "title": wanted.title, "text": wanted.text,
        "lines": [each.stored() for each in wanted.lines], "state": PaperState.DRAFTED, "drafted_at": work.now,
        "decided_by": "", "note": "",
    }  # fmt: skip
    made = insert_new(work.session, Paper, [row], col(Paper.id))
    if not made:
        renewed = {name: row[name] for name in ("title", "text", "lines", "drafted_at")}
        waiting = [col(Paper.cause) == cause, col(Paper.state) == PaperState.DRAFTED]
        statement = update(Paper).where(*waiting).values(**renewed).execution_options(synchronize_session=False)
        if changed(work.session, statement) != 1:
            message = "这份汇总稿刚刚已由他人签发或作废，请再运行一次。"
            raise Refused(message)
    kept = select(Paper).where(col(Paper.cause) == cause).execution_options(populate_existing=True)
    return work.session.scalars(kept).one(), bool(made)


def signed_before(session: Session, cause: Cause) -> list[str]:
    """Return the numbers of the compiled reports of this cause that were signed already."""
    statement = select(col(Paper.number)).where(
        col(Paper.cause).startswith(cause.stem, autoescape=True), col(Paper.state) == PaperState.SIGNED
    )
    return [number or "" for number in session.scalars(statement.order_by(col(Paper.id)))]
