"""Workers that do a delivery step by step, a mail server that answers as it is told, and what must hold between steps.

Each step is the delivery's own: only the conversation with a server is left out, whose outcome the play chooses.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import col

from domain.matters import Outgoing
from domain.offices import Audience
from domain.trail import SYSTEM
from models import checks, outbox
from models.installation import installation
from models.notice import Delivery, DeliveryState, Firing, FiringRecipient, FiringState
from models.obligation import Obligation, Wake
from models.results import Ended
from models.session import reading, transaction
from notifications.smtp import Outcome, SendResult, Stage
from tasks import delivering, sending
from tasks.writing import Prepared
from tests.looking import entries

SUPERIORS = (Audience.SUPERIOR, Audience.SUPERIOR_HEAD)
#: what a server may do with a message; in the last two it has it, and only one of the two says so
ANSWERS = {
    "deferred": SendResult(Outcome.DEFERRED, 451, "later", connection_lost=False),
    "refused": SendResult(Outcome.REFUSED, 550, "no such user", connection_lost=False, stage=Stage.RCPT),
    "unreachable": SendResult(Outcome.DEFERRED, None, "", connection_lost=True, stage=Stage.CONNECT),
    "uncertain": SendResult(Outcome.UNCERTAIN, None, "", connection_lost=True),
    "accepted": SendResult(Outcome.ACCEPTED, 250, "kept", connection_lost=False),
}
HANDED_OVER = ("uncertain", "accepted")


@dataclass
class Post:
    """All that the server has got: (firing, address) -> the Message-IDs that brought it, one for each copy."""

    got: dict[tuple[int, str], list[str]] = field(default_factory=lambda: defaultdict(list))

    def take(self, outgoing: Outgoing) -> None:
        for matter in outgoing.matters:
            self.got[matter.firing_id, outgoing.address].append(outgoing.message_id)


class Clock:
    """The one clock of a play."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


class StepwiseWorker:
    """A delivery run that stops after each step until it is told to go on."""

    def __init__(self, clock: Clock, post: Post) -> None:
        self._clock, self._post = clock, post
        self.start()

    def start(self) -> None:
        """Begin a run; what an earlier one had in its hands is lost, as by a kill."""
        self._run = sending.Run(self._clock)
        self._letters: deque[Outgoing] = deque()
        self._ended: Ended | None = None
        self._marked: Prepared | None = None
        self._prepared: Prepared | None = None

    def claim(self, limit: int) -> None:
        now = self._clock()
        with transaction(SYSTEM, now) as work:
            self._run.here = installation(work.session)
            numbers = outbox.claim(
                work.session, now, worker=self._run.worker, lease_until=now + sending.LEASE, limit=limit,
                working=self._run.here.calendar.is_working_time(now),
            )  # fmt: skip
        self._letters.extend(sending.with_matters(self._run, sending.load(self._run, numbers)))

    def in_hand(self) -> list[int]:
        """Return the obligations that the message it works on tells of."""
        for prepared in (self._prepared, self._marked):
            if prepared is not None:
                return [matter.obligation_id for matter in prepared.outgoing.matters if matter.obligation_id]
        return []

    def render(self) -> None:
        self._prepared = sending._prepared(self._run, self._letters.popleft())

    def mark(self) -> None:
        """Record the message before, and mark the one that is rendered: it still tells only what holds."""
        assert self._prepared is not None
        prepared, self._prepared = self._prepared, None
        ended, self._ended = self._ended, None
        if sending._advance(self._run, [ended] if ended else [], [prepared]):
            self._marked = prepared
            assert_it_still_holds(prepared.outgoing)
        else:
            self._letters.extendleft(sending._made_anew(self._run, prepared.outgoing))

    def send(self, answer: str) -> None:
        assert self._marked is not None
        prepared, self._marked = self._marked, None
        if answer in HANDED_OVER:
            self._post.take(prepared.outgoing)
        self._ended = sending._ended(self._run, prepared, ANSWERS[answer])

    def record(self) -> None:
        if self._ended is not None:
            ended, self._ended = self._ended, None
            sending._record(self._run, ended)

    def step(self, limit: int, answer: str) -> None:
        """Do whatever comes next in this run; a message that is handed over gets this answer."""
        if self._marked is not None:
            self.send(answer)
        elif self._prepared is not None:
            self.mark()
        elif self._letters:
            self.render()
        elif self._ended is not None:
            self.record()
        else:
            self.claim(limit)

    def finish(self) -> None:
        """End the run in order: record what has ended, give back what was claimed."""
        if self._marked is not None:
            self.send("accepted")
        self.record()
        with transaction(SYSTEM, self._clock()) as work:
            outbox.release(work.session, self._run.worker)
        self.start()


def assemble(clock: Clock) -> None:
    delivering._assemble(clock)


def recover(clock: Clock) -> None:
    delivering._recover(clock)


# ---------------------------------------------------------------- what must hold


def assert_it_still_holds(outgoing: Outgoing) -> None:
    """Nothing is marked that is superseded or withdrawn, or whose obligation has ended, moved or is held."""
    numbers = [matter.firing_id for matter in outgoing.matters]
    assert numbers
    for firing, owed in _with_obligations(col(Firing.id).in_(numbers)):
        assert firing.state is FiringState.OPEN
        if owed is not None and not firing.rung.startswith("act:"):
            assert owed.status.runs, (firing.rung, owed.status)
            assert owed.hold == "", (firing.rung, owed.hold)
            assert firing.revision == owed.revision


def _with_obligations(*conditions: Any) -> list[tuple[Firing, Obligation | None]]:
    statement = (
        select(Firing, Obligation)
        .outerjoin(Obligation, col(Obligation.id) == col(Firing.obligation_id))
        .where(*conditions)
        .order_by(col(Firing.id))
    )
    with reading() as session:
        return [(firing, owed) for firing, owed in session.execute(statement)]


def newest_firing() -> int:
    with reading() as session:
        return session.scalar(select(col(Firing.id)).order_by(col(Firing.id).desc()).limit(1)) or 0


def assert_a_sweep_was_right(before: int, now: datetime) -> None:
    """Its new firings are of what runs and is not held; a superior's that was caught up on came after the office's."""
    for firing, owed in _with_obligations(col(Firing.id) > before, col(Firing.obligation_id).is_not(None)):
        if owed is None or firing.rung.startswith("act:"):
            continue
        assert owed.status.runs, firing
        assert owed.hold == "", firing
        assert firing.at <= now, firing
        if firing.catch_up and firing.audience in SUPERIORS and firing.state is FiringState.OPEN:
            assert _was_told_or_is_unreachable(owed, now), firing


def _was_told_or_is_unreachable(owed: Obligation, now: datetime) -> bool:
    statement = (
        select(col(Delivery.state), col(Delivery.ended_at))
        .join(FiringRecipient, col(FiringRecipient.notice_id) == col(Delivery.notice_id))
        .join(Firing, col(Firing.id) == col(FiringRecipient.firing_id))
        .where(
            col(Firing.obligation_id) == owed.id, col(Firing.office_id) == owed.office_id,
            col(Delivery.ended_at).is_not(None),
        )
    )  # fmt: skip
    with reading() as session:
        rows = session.execute(statement).all()
    told = (DeliveryState.ACCEPTED, DeliveryState.UNCERTAIN)
    return any(state is DeliveryState.REFUSED or (state in told and ended_at < now) for state, ended_at in rows)


def assert_nothing_is_lost() -> None:
    """What is open has a message that is on its way or has ended, or none yet; and what runs has its wake-up."""
    statement = (
        select(col(Firing.id), col(Firing.kind), col(FiringRecipient.address))
        .join(FiringRecipient, col(FiringRecipient.firing_id) == col(Firing.id))
        .join(Delivery, col(Delivery.notice_id) == col(FiringRecipient.notice_id))
        .where(col(Firing.state) == FiringState.OPEN, col(Delivery.state) == DeliveryState.WITHDRAWN)
    )
    with reading() as session:
        assert session.execute(statement).all() == []
        assert checks.lost_wakes(session).examples == ()
        asleep = (
            select(col(Obligation.id), col(Obligation.status))
            .join(Wake, col(Wake.obligation_id) == col(Obligation.id))
            .where(~col(Obligation.status).in_(["pending", "returned"]))
        )
        assert session.execute(asleep).all() == []


def assert_copies_are_known(post: Post) -> None:
    """Nothing came twice but in the one copy that the record calls uncertain, under the same Message-ID."""
    with reading() as session:
        uncertain = set(session.scalars(select(col(Delivery.message_id)).where(col(Delivery.was_uncertain))))
        marked = set(
            session.scalars(select(col(Delivery.message_id)).where(col(Delivery.state) == DeliveryState.SENDING))
        )
    for key, copies in post.got.items():
        assert len(set(copies)) == 1, (key, copies)
        assert len(copies) <= 2, (key, copies)
        assert len(copies) == 1 or copies[0] in uncertain | marked, (key, copies)


def assert_every_firing_has_its_entry() -> None:
    recorded = Counter(payload["firing"] for _, payload in entries("firing.fired"))
    with reading() as session:
        fired = set(session.scalars(select(col(Firing.id))))
    assert set(recorded) == fired
    assert set(recorded.values()) <= {1}


def assert_acts_are_recorded(acts: Counter[str]) -> None:
    """No act that succeeded is missing from the trail, and none stands there that did not."""
    for name, times in acts.items():
        assert len(entries(name)) == times, name
