"""Climbing a ladder: when each rung fires, and what a sweep has to do about one obligation."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from domain.calendar import RUNG_HOUR, WorkCalendar, at_local, local_day
from domain.deadlines import Deadline, RunningTerm, due_day
from domain.documents import Urgency
from domain.offices import Audience
from domain.policies import Anchor, Ladder, PolicySet, Rung, Term, Unit
from domain.statuses import ObligationKind
from domain.urgent import Severity

__all__ = [
    "TOLERANCE", "Anchor", "Decision", "Due", "FiringKey", "Ladder", "PolicySet", "Rung", "Running", "Term", "Unit",
    "decide", "first_wake", "rung_at", "superior_may_hear", "term_deadline",
]  # fmt: skip

#: What a firing is claimed by, beside its obligation and revision: rung, repeat, audience.
FiringKey = tuple[str, int, Audience]

#: How late a rung may fire and still be punctual: one round of the sweep that looks after its grade (Cadence). Urgent
#: matters (加急) are the full sweep's, every 15 minutes; only extra urgent ones and urgent reports the minute's.
TOLERANCE: Mapping[str, timedelta] = {
    Urgency.ROUTINE: timedelta(minutes=15),
    Urgency.URGENT: timedelta(minutes=15),
    Urgency.EXTRA_URGENT: timedelta(minutes=2),
    **{severity: timedelta(minutes=2) for severity in Severity},
}
#: The office that owes.
OWN = (Audience.OFFICER, Audience.HEAD, Audience.DUTY)
_SUPERIORS = (Audience.SUPERIOR, Audience.SUPERIOR_HEAD)
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Running:
    """The facts a ladder hangs on; instants are aware. `grade` is a value of Urgency, for urgent reports of Severity.

    `issued_at` is when the notice was sent, after any waiting time; for a term that runs from receipt, its start.
    """

    kind: ObligationKind
    grade: str
    issued_at: datetime
    due_at: datetime | None
    occurred_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """A rung to record for one audience: as superseded or suppressed (no message) or to be told."""

    rung: Rung
    repeat: int
    audience: Audience
    at: datetime
    superseded: bool
    #: it fires beyond its tolerance, or was already due when the obligation was made
    catch_up: bool
    #: a repeat that the office has acknowledged
    suppressed: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """What to record now, in the order of time, and when to look again (UTC); None: there is nothing left to do.

    Nobody needs to look before `wake_at` unless the facts have changed.
    """

    due: tuple[Due, ...]
    wake_at: datetime | None


def term_deadline(term: Term, start: datetime, calendar: WorkCalendar) -> Deadline:
    """When a term that starts at `start` ends (rule 13)."""
    return RunningTerm(start, term.amount, term.unit.value).end(calendar)


def rung_at(rung: Rung, running: Running, calendar: WorkCalendar, repeat: int = 0) -> datetime | None:
    """When a rung fires, in UTC; None without its anchor or for a repeat it does not have (Ladder 1).

    Working days count from the local day of the anchor and fire at 9:00; working hours and minutes are exact.
    """
    anchors = {Anchor.ISSUED: running.issued_at, Anchor.DUE: running.due_at, Anchor.OCCURRED: running.occurred_at}
    anchor = anchors[rung.anchor]
    if anchor is None or not 0 <= repeat < rung.times:
        return None
    if rung.half_way and timedelta() < anchor - running.issued_at < _ONE_DAY:
        return running.issued_at + (anchor - running.issued_at) / 2
    if rung.unit is Unit.MINUTES:
        return anchor + timedelta(minutes=rung.offset)
    if rung.unit is Unit.WORKING_HOURS:
        return calendar.add_working_time(anchor, timedelta(hours=rung.offset))
    day = due_day(anchor) if rung.anchor is Anchor.DUE else local_day(anchor)
    return at_local(_rung_day(rung, day, calendar, repeat), RUNG_HOUR)


def _rung_day(rung: Rung, day: date, calendar: WorkCalendar, repeat: int) -> date:
    if rung.offset < 0:
        return calendar.subtract_workdays(day, -rung.offset)
    if rung.offset == 0 and rung.every_days is None:
        return calendar.workday_on_or_before(day)
    day = calendar.add_workdays(day, rung.offset)
    if rung.every_days is None:
        return day
    # each repeat is counted from the same day, so that a rest day moves one of them and not all that follow
    return calendar.workday_on_or_after(day + timedelta(days=rung.every_days * (repeat + 1)))


class Step(NamedTuple):
    at: datetime
    #: its place in the ladder, over all rungs and repeats
    height: int
    rung: Rung
    repeat: int
    audience: Audience
    key: FiringKey


@lru_cache(maxsize=4096)
def steps_of(ladder: Ladder, running: Running, calendar: WorkCalendar) -> tuple[Step, ...]:
    """All that a ladder will do, in the order of time; cached, for most obligations share their facts."""
    steps: list[Step] = []
    every = ((rung, repeat) for rung in ladder.rungs for repeat in range(rung.times))
    for height, (rung, repeat) in enumerate(every):
        at = rung_at(rung, running, calendar, repeat)
        if at is not None:
            steps += (Step(at, height, rung, repeat, who, (rung.name, repeat, who)) for who in rung.audiences)
    return tuple(sorted(steps, key=lambda step: step[:2]))


def first_wake(ladder: Ladder, running: Running, calendar: WorkCalendar) -> datetime | None:
    """The earliest instant of any rung, past or not; None where nothing is due, and so nothing climbs."""
    steps = steps_of(ladder, running, calendar) if running.due_at is not None else ()
    return steps[0].at if steps else None


def decide(
    ladder: Ladder, running: Running, fired: Collection[FiringKey], calendar: WorkCalendar, now: datetime,
    told_at: datetime | None, made_at: datetime | None = None, unreachable: bool = False,
    acknowledged_until: datetime | None = None,
) -> Decision:  # fmt: skip
    """Say which rungs an obligation has to record at `now` and when to look again (docs/rules.md, Ladder 1-4).

    fired: what is recorded already, told or not. told_at: the first accepted notice of this obligation to the
    office that owes it. made_at: when the obligation was made, if not at its issue. acknowledged_until: repeats to the
    office itself that fall due before are suppressed. Instants are aware.

    Per audience only the highest due rung is told, those below are superseded; nothing is told below a rung that has
    fired, nor before the issue. While the obligation catches up, a superior's rung is withheld until the office has
    had its notice for long enough (`superior_may_hear`) or is `unreachable`.
    """
    if running.due_at is None:
        return Decision((), None)
    fired = fired if isinstance(fired, AbstractSet) else frozenset(fired)
    steps = steps_of(ladder, running, calendar)
    unfired = [step for step in steps if step.key not in fired]
    if not unfired or now < running.issued_at:
        return Decision((), max(unfired[0].at, running.issued_at) if unfired else None)
    due = [step for step in unfired if step.at <= now]
    wake_at = unfired[len(due)].at if len(due) < len(unfired) else None
    if not due:
        return Decision((), wake_at)
    hushed = [step for step in due if _is_hushed(step, acknowledged_until)]
    due = [step for step in due if step not in hushed]
    told = _highest(step for step in steps if step.key in fired)
    climbing = [step for step in due if step.height > told.get(step.audience, -1)]
    late_before = max(made_at or running.issued_at, running.issued_at, now - TOLERANCE[running.grade])
    if not unreachable and any(step.at < late_before for step in climbing):
        waiting = [step for step in climbing if step.audience in _SUPERIORS]
        look_again = _look_again(told_at, running.grade, calendar, now) if waiting else None
        if look_again is not None:
            due = [step for step in due if step not in waiting]
            wake_at = min(look_again, wake_at or look_again)
    suppressed = (Due(step.rung, step.repeat, step.audience, step.at, False, False, True) for step in hushed)
    return Decision((*_recorded(due, told, late_before), *suppressed), wake_at)


def _is_hushed(step: Step, until: datetime | None) -> bool:
    """Tell whether an acknowledgement holds a step back: only repeats, only to the office itself (Ladder 4)."""
    return until is not None and step.rung.every_days is not None and step.audience in OWN and step.at < until


def _highest(steps: Iterable[Step]) -> dict[Audience, int]:
    highest: dict[Audience, int] = {}
    for step in steps:
        highest[step.audience] = max(step.height, highest.get(step.audience, -1))
    return highest


def _recorded(due: Sequence[Step], told: Mapping[Audience, int], late_before: datetime) -> tuple[Due, ...]:
    highest = _highest(due)
    return tuple(
        Due(
            rung=step.rung, repeat=step.repeat, audience=step.audience, at=step.at,
            superseded=step.height < max(highest[step.audience], told.get(step.audience, -1)),
            catch_up=step.at < late_before,
        )
        for step in due
    )  # fmt: skip


def superior_may_hear(told_at: datetime, grade: str, calendar: WorkCalendar) -> datetime:
    """From when a catching-up ladder may speak to a superior, the office having been told at `told_at` (Ladder 3).

    Routine: 9:00 of the working day after the one it was told on (told on a rest day counts for the next working day).
    Urgent: after one working hour. Extra urgent matters and urgent reports: after 15 minutes of the clock.
    """
    if grade == Urgency.ROUTINE:
        day = calendar.workday_on_or_after(local_day(told_at))
        return at_local(calendar.add_workdays(day, 1), RUNG_HOUR)
    if grade == Urgency.URGENT:
        return calendar.add_working_time(told_at, timedelta(hours=1))
    return told_at + timedelta(minutes=15)


def _look_again(told_at: datetime | None, grade: str, calendar: WorkCalendar, now: datetime) -> datetime | None:
    """When a superior's rung that has to wait is worth another look; None if it need not wait any longer."""
    if told_at is not None:
        hears_at = superior_may_hear(told_at, grade, calendar)
        return hears_at if hears_at > now else None
    if grade == Urgency.ROUTINE:
        return at_local(calendar.add_workdays(local_day(now), 1), RUNG_HOUR)
    return superior_may_hear(now, grade, calendar)
