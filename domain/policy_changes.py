"""A changed policy beside a running matter: what its deadline becomes, and which of its rungs come anew, or never."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from domain.calendar import WorkCalendar
from domain.deadlines import Deadline, RunningTerm
from domain.ladders import Due, FiringKey, Ladder, Running, Step, steps_of, term_deadline
from domain.offices import Audience
from domain.policies import PolicySet, Term
from domain.statuses import ObligationKind

#: What urgent reports make owed: their limits are minutes.
URGENT_KINDS = (ObligationKind.RESPOND, ObligationKind.PASS_ON, ObligationKind.FOLLOW_UP)


@dataclass(frozen=True, slots=True)
class LadderChange:
    """What another ladder does to one running matter that keeps its deadline; the counts leave out what has fired."""

    #: the rung that comes next, by the old ladder and by the new one
    next_old: Step | None
    next_new: Step | None
    anew: int
    earlier: int
    later: int
    never: int
    #: rungs that the next sweep owes
    pending: int
    #: rungs of the new ladder that lie behind us and that no sweep owes: recorded as superseded, told to nobody
    passed: tuple[Due, ...]

    @property
    def changes(self) -> bool:
        """Whether anything comes otherwise than before."""
        return bool(self.anew or self.earlier or self.later or self.never or self.passed)


def policy_term(policies: PolicySet, kind: ObligationKind, grade: str, origin: str) -> Term | None:
    """The term that the policy sets: for a decision by what is decided (`review:40/1`); None where it sets none."""
    of_decision = origin.partition(":")[0] if kind is ObligationKind.DECIDE else grade
    return policies.terms.get((kind, of_decision))


def moved_deadline(
    old: Term | None, new: Term | None, running: RunningTerm | None, calendar: WorkCalendar
) -> Deadline | None:
    """The deadline by the new term, from where the old one started; None where the policy's term does not end there.

    A day that a person or the circular set ends no term of the policy, and stays.
    """
    if old is None or new is None or running is None or (running.amount, running.unit) != (old.amount, old.unit):
        return None
    if (new.amount, new.unit) == (old.amount, old.unit):
        return None
    return term_deadline(new, running.start, calendar)


def compared(
    old: Ladder | None, new: Ladder, running: Running, fired: Collection[FiringKey], calendar: WorkCalendar,
    now: datetime,
) -> LadderChange:  # fmt: skip
    """Compare what is left of two ladders for one matter; what fired under a name never fires again under it.

    What lies behind us by the new ladder alone is `passed`. What a sweep owes already (due by the old ladder, and not
    fired) stays owed, and with it the higher rungs of the same audience: that sweep tells the highest, once. Of an
    urgent report nothing is passed over: it would stop climbing.
    """
    return _compared(old, new, running, frozenset(fired), calendar, now)


@lru_cache(maxsize=4096)
def _compared(
    old: Ladder | None, new: Ladder, running: Running, fired: frozenset[FiringKey], calendar: WorkCalendar,
    now: datetime,
) -> LadderChange:  # fmt: skip
    """As `compared`; cached, for most matters share their facts."""
    before = {step.key: step for step in (steps_of(old, running, calendar) if old else ()) if step.key not in fired}
    after = {step.key: step for step in steps_of(new, running, calendar) if step.key not in fired}
    owed = {key for key, step in before.items() if step.at <= now and key in after}
    owing: set[Audience] = {audience for _, _, audience in owed}
    behind = [step for step in after.values() if step.at <= now and step.audience not in owing]
    if running.kind in URGENT_KINDS:
        behind = []
    both = [(before[key].at, after[key].at) for key in before.keys() & after.keys()]
    return LadderChange(
        next_old=min(before.values(), key=_time, default=None),
        next_new=min((step for step in after.values() if step not in behind), key=_time, default=None),
        anew=sum(key not in before and step not in behind for key, step in after.items()),
        earlier=sum(then < at for at, then in both),
        later=sum(then > at for at, then in both),
        never=sum(key not in after for key in before),
        pending=sum(step.at <= now for step in after.values()) - len(behind),
        passed=tuple(
            Due(step.rung, step.repeat, step.audience, step.at, superseded=True, catch_up=False)
            for step in sorted(behind, key=_time)
        ),
    )


def _time(step: Step) -> tuple[datetime, int]:
    return step.at, step.height
