"""The story of an urgent report: every report and every step, how long each took and how late it was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from prefect import task
from sqlmodel import Session

from domain.deadlines import format_due
from domain.statuses import ObligationKind
from domain.urgent import Severity, Step, UrgentReportKind
from models.cases import cases, owed_by_case, reports_by_case, steps_by_case
from models.installation import Installation, installation
from models.obligation import Obligation, UrgentCase, UrgentReport
from models.session import reading


@dataclass(frozen=True)
class StepTold:
    """One step; minutes are rounded up, so that a limit exceeded by a second shows."""

    kind: str
    label: str
    office: str
    since: datetime
    due_at: datetime | None
    done_at: datetime | None
    took_minutes: int
    late_minutes: int
    words: str


@dataclass(frozen=True)
class ReportTold:
    """One report of the case."""

    seq: int
    kind: str
    label: str
    officer: str
    at: datetime
    text: str


@dataclass(frozen=True)
class FollowUpTold:
    """One follow-up that is or was owed."""

    obligation_id: int
    due_at: datetime | None
    status: str
    label: str
    done_at: datetime | None
    late_minutes: int


@dataclass(frozen=True)
class CaseTold:
    """A whole case at one instant."""

    case_id: int
    reference: str
    office: str
    title: str
    severity: str
    severity_label: str
    occurred_at: datetime
    learned_at: datetime
    raised_at: datetime
    closed_at: datetime | None
    reports: tuple[ReportTold, ...]
    steps: tuple[StepTold, ...]
    follow_ups: tuple[FollowUpTold, ...]


@task(name="紧急信息全程")
def tell_case(case_id: int, *, now: datetime) -> CaseTold:
    """Return the whole story of a case as of `now` (aware); raises Refused where there is no such case."""
    (told,) = _told(now, case_id)
    return told


@task(name="紧急信息清单")
def tell_cases(*, now: datetime, only_open: bool = False) -> list[CaseTold]:
    """Return the story of every case, or of those without a final report, as of `now` (aware)."""
    return _told(now, only_open=only_open)


def _told(now: datetime, case_id: int | None = None, *, only_open: bool = False) -> list[CaseTold]:
    with reading() as session:
        here = installation(session)
        return told_cases(session, here, cases(session, case_id, only_open=only_open), now)


def told_cases(session: Session, here: Installation, found: Sequence[UrgentCase], now: datetime) -> list[CaseTold]:
    """Return the story of these cases as of `now` (aware): four queries, whatever their number."""
    numbers = [each.id or 0 for each in found]
    reports, owed = reports_by_case(session, numbers), owed_by_case(session, numbers)
    taken = steps_by_case(session, here, found, owed)
    return [_case(here, each, reports[each.id or 0], owed[each.id or 0], taken[each.id or 0], now) for each in found]


def _case(
    here: Installation, case: UrgentCase, reports: list[UrgentReport], owed: list[Obligation],
    taken: tuple[Step, ...], now: datetime,
) -> CaseTold:  # fmt: skip
    return CaseTold(
        case_id=case.id or 0, reference=case.reference, office=here.view.office(case.office_id).name, title=case.title,
        severity=case.severity, severity_label=Severity(case.severity).label, occurred_at=case.occurred_at,
        learned_at=case.learned_at, raised_at=case.raised_at, closed_at=case.closed_at,
        reports=tuple(
            ReportTold(r.seq, r.kind, UrgentReportKind(r.kind).label, r.officer, r.raised_at, r.text) for r in reports
        ),
        steps=tuple(step_told(each, now) for each in taken),
        follow_ups=tuple(_follow_up(each, now) for each in owed if each.kind is ObligationKind.FOLLOW_UP),
    )  # fmt: skip


def step_told(step: Step, now: datetime) -> StepTold:
    """Return a step with its minutes and its words, as of `now`."""
    took, late = _minutes(step.took(now).total_seconds()), _minutes(step.late_by(now).total_seconds())
    return StepTold(
        step.kind.value, step.kind.label, step.office, step.since, step.due_at, step.done_at, took, late,
        _words(step, took, late),
    )  # fmt: skip


def _minutes(seconds: float) -> int:
    return -(-int(seconds) // 60)


def _words(step: Step, took: int, late: int) -> str:
    if step.released:
        return "不再要求"
    done = f"用时 {took} 分钟" if step.done_at is not None else f"尚未办理，已 {took} 分钟"
    if late:
        return f"{done}，{'逾期' if step.done_at is not None else '已逾期'} {late} 分钟"
    if step.due_at is None:
        return done
    return f"{done}，在时限内" if step.done_at is not None else f"{done}，应于{format_due(step.due_at)}"


def _follow_up(owed: Obligation, now: datetime) -> FollowUpTold:
    late = 0.0
    if owed.due_at is not None and owed.status.value in ("pending", "accepted"):
        late = max(((owed.ended_at or now) - owed.due_at).total_seconds(), 0.0)
    return FollowUpTold(
        owed.id or 0, owed.due_at, owed.status.value, owed.status.label, owed.ended_at, _minutes(late)
    )  # fmt: skip
