"""Open obligations that run by another policy than a given one: set beside it, and brought to it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import Session, col

from domain.calendar import WorkCalendar
from domain.deadlines import Deadline
from domain.ladders import Due, FiringKey, Running, decide
from domain.policies import PolicySet
from domain.policy_changes import URGENT_KINDS, LadderChange, compared, moved_deadline, policy_term
from models.acting import fire
from models.adjusting import passed_row
from models.firings import fired_keys, occurred_of, running
from models.installation import Installation, calendars_of, policies_of
from models.making import term_of
from models.obligation import Obligation, PolicyVersion, Wake
from models.recomputing import OPEN
from models.session import Transaction

#: Obligations looked at in one piece, so that memory does not grow with their number.
PIECE = 1000


@dataclass(frozen=True, slots=True)
class Change:
    """What another policy does to one open obligation."""

    owed: Obligation
    #: the deadline that its new term ends, where that is another one
    deadline: Deadline | None
    #: what comes otherwise by the new ladder, where it climbs; by the moved deadline where there is one
    ladder: LadderChange | None
    running: Running | None
    fired: frozenset[FiringKey]
    calendar: WorkCalendar


def versions_in_force(session: Session) -> dict[str, int]:
    """Return how many open obligations run by each policy version, by its digest."""
    statement = (
        select(col(PolicyVersion.digest), func.count())
        .join(Obligation, col(Obligation.policy_id) == col(PolicyVersion.id))
        .where(col(Obligation.status).in_(OPEN))
        .group_by(col(PolicyVersion.digest))
    )
    return dict(session.execute(statement).all())


def digests_of(session: Session, numbers: Iterable[int]) -> dict[int, str]:
    """Return the digests of stored versions, by id."""
    statement = select(col(PolicyVersion.id), col(PolicyVersion.digest)).where(col(PolicyVersion.id).in_(set(numbers)))
    return {number or 0: digest for number, digest in session.execute(statement)}


def stored_id(session: Session, policies: PolicySet) -> int:
    """Return the id of this version, 0 where nothing was ever made under it."""
    found = session.scalar(select(col(PolicyVersion.id)).where(col(PolicyVersion.digest) == policies.digest))
    return int(found or 0)


def piece_after(session: Session, policy: int, after: int, *, locked: bool = False) -> Sequence[Obligation]:
    """Return the next open obligations after an id that run by another version, locked where they are to be changed.

    The obligations are locked first and their wake-ups then, in the order of an act; what a sweep is at is waited for,
    so that what it has fired is seen.
    """
    statement = (
        select(Obligation)
        .where(col(Obligation.status).in_(OPEN), col(Obligation.policy_id) != policy, col(Obligation.id) > after)
        .order_by(col(Obligation.id))
        .limit(PIECE)
    )
    if not locked:
        return session.scalars(statement).all()
    piece = session.scalars(statement.with_for_update(key_share=True)).all()
    wakes = select(col(Wake.obligation_id)).where(col(Wake.obligation_id).in_([owed.id for owed in piece]))
    session.execute(wakes.order_by(col(Wake.obligation_id)).with_for_update()).all()
    return piece


def changes(session: Session, piece: Sequence[Obligation], policies: PolicySet, now: datetime) -> list[Change]:
    """Say for each what the new policy does to it; what is held, or handed in, gets the policy and nothing else."""
    calendars = calendars_of(session, {owed.calendar_digest for owed in piece})
    before = _readable(session, {owed.policy_id for owed in piece})
    fired, occurred = fired_keys(session, piece), occurred_of(session, piece)
    return [
        _change(
            owed, before.get(owed.policy_id), policies, fired.get(owed.id or 0, frozenset()),
            calendars[owed.calendar_digest], running(owed, occurred.get(owed.case_id)), now,
        )
        for owed in piece
    ]  # fmt: skip


def _readable(session: Session, numbers: Iterable[int]) -> dict[int, PolicySet]:
    """Return the old versions, without those that this program does not understand any more."""
    found: dict[int, PolicySet] = {}
    for number in numbers:
        try:
            found |= policies_of(session, [number])
        except (ValueError, KeyError, TypeError):
            continue  # of an older program: what ran by it is shown without its ladder, and applying mends it
    return found


def _change(
    owed: Obligation, old: PolicySet | None, new: PolicySet, fired: frozenset[FiringKey], calendar: WorkCalendar,
    runs: Running, now: datetime,
) -> Change:  # fmt: skip
    if not owed.status.runs or owed.hold or owed.due_at is None:
        return Change(owed, None, None, None, fired, calendar)
    terms = (policy_term(old, owed.kind, owed.grade, owed.origin) if old else None,
             policy_term(new, owed.kind, owed.grade, owed.origin))  # fmt: skip
    deadline = moved_deadline(*terms, term_of(owed), calendar)
    if deadline is not None and (deadline.at == owed.due_at or (owed.kind in URGENT_KINDS and deadline.at <= now)):
        # The limit of an urgent report never moves behind us: its ladder would have nothing left to climb.
        deadline = None
    before = old.ladders.get((owed.kind, owed.grade)) if old else None
    ladder = compared(before, new.ladder(owed.kind, owed.grade), runs, fired, calendar, now)
    return Change(owed, deadline, ladder, runs, fired, calendar)


def told_next(change: Change, policies: PolicySet, now: datetime) -> list[Due]:
    """Return the rungs that a sweep at `now` would tell after the change: at most, for a superior may have to wait."""
    if change.running is None or change.ladder is None or change.deadline is not None or not change.ladder.pending:
        return []
    passed = {(due.rung.name, due.repeat, due.audience) for due in change.ladder.passed}
    decision = decide(
        policies.ladder(change.owed.kind, change.owed.grade), change.running, change.fired | passed, change.calendar,
        now, None, change.owed.made_at, unreachable=True,
    )  # fmt: skip
    return [due for due in decision.due if not due.superseded]


def pass_over(work: Transaction, here: Installation, found: Sequence[Change]) -> int:
    """Record the rungs that lie behind us by the new ladder alone as superseded; return how many."""
    rows = [
        passed_row(work, here, change.owed, due)
        for change in found
        if change.ladder is not None
        for due in change.ladder.passed
    ]
    return len(fire(work, rows))
