"""Urgent reports (紧急信息): severity, the steps a case takes on its way up, and how late each of them is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

#: What no hop of an urgent report may exceed, whatever its severity (State Council Order 493, article 11).
LONGEST_HOP = timedelta(hours=2)


class Severity(StrEnum):
    """事件分级, gravest first."""

    #: 特别重大
    PARTICULARLY_SERIOUS = "particularly_serious"
    #: 重大
    SERIOUS = "serious"
    #: 较大
    RELATIVELY_SERIOUS = "relatively_serious"
    #: 一般
    ORDINARY = "ordinary"

    @property
    def label(self) -> str:
        """The Chinese name."""
        return _LABELS[self]

    @property
    def copies_the_level_above(self) -> bool:
        """Whether the level above the superior gets a copy at once (the two highest)."""
        return self in (Severity.PARTICULARLY_SERIOUS, Severity.SERIOUS)


_LABELS = {
    Severity.PARTICULARLY_SERIOUS: "特别重大",
    Severity.SERIOUS: "重大",
    Severity.RELATIVELY_SERIOUS: "较大",
    Severity.ORDINARY: "一般",
}


class UrgentReportKind(StrEnum):
    """Which report of its case it is."""

    #: 首报
    INITIAL = "initial"
    #: 续报
    FOLLOW_UP = "follow_up"
    #: 终报
    FINAL = "final"

    @property
    def label(self) -> str:
        """The Chinese name."""
        return _REPORT_LABELS[self]


_REPORT_LABELS = {
    UrgentReportKind.INITIAL: "首报",
    UrgentReportKind.FOLLOW_UP: "续报",
    UrgentReportKind.FINAL: "终报",
}


class StepKind(StrEnum):
    """One step of an urgent report on its way up."""

    LEARN = "learn"
    TELEPHONE = "telephone"
    WRITTEN = "written"
    #: the same act, counted from the event itself
    WRITTEN_SINCE_EVENT = "written_since_event"
    RESPOND = "respond"
    PASS_ON = "pass_on"  # noqa: S105  no password
    #: what the operating office passes on to the outside: a person's act that the operators record
    STATE_COUNCIL = "state_council"

    @property
    def label(self) -> str:
        """The Chinese name."""
        return _STEP_LABELS[self]


_STEP_LABELS = {
    StepKind.LEARN: "获知",
    StepKind.TELEPHONE: "电话报告",
    StepKind.WRITTEN: "书面报告",
    StepKind.WRITTEN_SINCE_EVENT: "书面报告（自事发起）",
    StepKind.RESPOND: "回应",
    StepKind.PASS_ON: "续转",
    StepKind.STATE_COUNCIL: "报国务院",
}


@dataclass(frozen=True, slots=True)
class Step:
    """One step of one office: since when it counts, its limit, when it was done; instants are aware.

    How long it took and how late it is are computed, never stored; without a limit nothing is late. An act that was
    waived or withdrawn is `released`: its clock stops there and it is not late.
    """

    kind: StepKind
    office: str
    since: datetime
    due_at: datetime | None
    done_at: datetime | None
    released: bool = False

    def took(self, now: datetime) -> timedelta:
        """How long it took, or has taken by `now`."""
        return max((self.done_at or now) - self.since, timedelta())

    def late_by(self, now: datetime) -> timedelta:
        """By how much the limit was, or is by `now`, exceeded; zero where it was kept or there is none."""
        if self.due_at is None or self.released:
            return timedelta()
        return max((self.done_at or now) - self.due_at, timedelta())


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What the first steps of a case are computed from; instants are aware."""

    office: str
    occurred_at: datetime
    learned_at: datetime
    raised_at: datetime
    #: the earliest recorded call that reached the first level; None: no call is recorded
    telephoned_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """What one level owes in a case: to respond, or to pass it on."""

    kind: StepKind
    office: str
    told_at: datetime
    due_at: datetime | None
    done_at: datetime | None
    released: bool = False


def steps(
    event: Event, owed: Sequence[Owed], *, telephone: timedelta | None, written: timedelta | None
) -> tuple[Step, ...]:
    """Return every step of a case in its order, each with its limit (docs/rules.md, Urgent reports).

    `telephone` and `written` are the limits of its severity, counted from `learned_at`. Learning has no limit, it is
    told how long it took. No recorded call is no lateness: nobody can know of a call that was not recorded.
    """
    called = event.telephoned_at
    first = [
        Step(StepKind.LEARN, event.office, event.occurred_at, None, event.learned_at),
        *_telephone(event, called, telephone),
        Step(StepKind.WRITTEN, event.office, event.learned_at, _after(event.learned_at, written), event.raised_at),
        Step(
            StepKind.WRITTEN_SINCE_EVENT, event.office, event.occurred_at, _after(event.occurred_at, written),
            event.raised_at,
        ),
    ]  # fmt: skip
    return (*first, *(Step(o.kind, o.office, o.told_at, o.due_at, o.done_at, o.released) for o in owed))


def _telephone(event: Event, called: datetime | None, limit: timedelta | None) -> list[Step]:
    if called is None:
        return []
    return [Step(StepKind.TELEPHONE, event.office, event.learned_at, _after(event.learned_at, limit), called)]


def _after(start: datetime, limit: timedelta | None) -> datetime | None:
    return None if limit is None else start + limit


def state_council_due(told_at: datetime, occurred_at: datetime, limit: timedelta, latest: timedelta) -> datetime:
    """When the operating office has to have passed a case on to the State Council.

    `limit` runs from when it was told; but never past `latest` from the event, even if that has gone by when it hears.
    """
    return min(told_at + limit, occurred_at + latest)
