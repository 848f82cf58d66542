"""Acts, sweeps and the steps of several deliveries in any order: what must hold holds after each of them.

INTERLEAVINGS in the environment sets how many plays are tried; the default takes less than a minute.
"""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import create_engine, make_url, select, text
from sqlmodel import col

from domain.errors import Refused
from domain.statuses import Hold, Status
from domain.trail import Actor
from models.installation import work_calendar
from models.notice import Delivery, DeliveryState, Firing, FiringRecipient, FiringState
from models.obligation import Obligation
from models.petition import Petition, PetitionKind
from models.session import open_engine, reading
from tasks.contesting import contest, decide_contest
from tasks.delivering import deliver
from tasks.extending import ask_extension, decide_extension, extend
from tasks.handling import accept, receive, return_report, submit_report, waive
from tasks.holding import acknowledge, resume, suspend
from tasks.reminding import remind
from tasks.sweeping import sweep
from tasks.withdrawing import withdraw_circular
from tests.cast import DONGAN, LINJIANG, OPERATOR, SHIQIAO, beijing, import_cast, notice_text, officer, register_text
from tests.cast import forward_cover as forward
from tests.tasks import interleaving
from tests.tasks.interleaving import ANSWERS, Clock, Post, StepwiseWorker
from tests.tasks.stage import audit_is_whole

FORWARDED = beijing("2020-02-14 09:30")
#: the circulars have arrived, and each office's first reminders of receipt and report have just become due
BEGINS = beijing("2020-03-02 09:01")
NUMBER = "江扶组办发〔2020〕31号"
OFFICES = (LINJIANG, DONGAN, SHIQIAO)
TO = "临江市、东岸区、石桥县扶贫开发领导小组"
WORKERS = 3
PLAYS = int(os.environ.get("INTERLEAVINGS", "25"))
STEPS = 60
LATER = [timedelta(minutes=minutes) for minutes in (1, 1, 3, 6, 16, 60, 4 * 60, 24 * 60, 4 * 24 * 60)]

#: an act and what it leaves in the trail; nothing: more than one act leaves that
ACTS: dict[str, tuple[Any, str]] = {
    "receive": (receive, "receipt.received"),
    "report": (submit_report, "report.submitted"),
    "accept": (accept, "report.accepted"),
    "return": (return_report, "report.returned"),
    "waive": (waive, "obligation.waived"),
    "extend": (extend, ""),
    "ask_extension": (ask_extension, "extension.asked"),
    "decide_extension": (decide_extension, "extension.decided"),
    "contest": (contest, "obligation.contested"),
    "decide_contest": (decide_contest, "contest.decided"),
    "suspend": (suspend, "obligation.suspended"),
    "resume": (resume, ""),
    "acknowledge": (acknowledge, "obligation.acknowledged"),
    "remind": (remind, "reminder.pressed"),
    "withdraw_circular": (withdraw_circular, "circular.withdrawn"),
}
DECISIONS = ("accept", "return", "decide_extension", "decide_contest", "resume")
ASKED_BY_NOBODY = sorted(set(ACTS) - set(DECISIONS))
limits = st.integers(1, 4)
answers = st.sampled_from([*ANSWERS, "accepted", "accepted", "accepted"])
workers = st.integers(0, WORKERS - 1)
which = st.integers(0, 11)


class Interleavings(RuleBasedStateMachine):
    """One circular with a monthly report to three offices; anything may happen to it in any order."""

    begin: ClassVar[Callable[[], None]]
    #: over all plays: acts that succeeded, what became of messages
    happened: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.clock, self.post = Clock(BEGINS), Post()
        self.acts: Counter[str] = Counter()
        self.steps = 0

    @initialize()
    def set_out(self) -> None:
        type(self).begin()
        self.workers = [StepwiseWorker(self.clock, self.post) for _ in range(WORKERS)]

    # ------------------------------------------------------------ time, sweeps, deliveries

    @rule(later=st.sampled_from(LATER))
    def time_passes(self, later: timedelta) -> None:
        self.clock.now += later

    @rule(later=st.sampled_from(LATER))
    def the_next_working_hour_comes_and_a_sweep(self, later: timedelta) -> None:
        self.clock.now = work_calendar().next_working_time(self.clock.now + later)
        self.sweep()

    @rule()
    def sweep(self) -> None:
        before = interleaving.newest_firing()
        sweep.fn(now=self.clock.now)
        interleaving.assert_a_sweep_was_right(before, self.clock.now)

    @rule()
    def assemble(self) -> None:
        interleaving.assemble(self.clock)

    @rule()
    def recover(self) -> None:
        interleaving.recover(self.clock)

    @rule(worker=workers, limit=limits, answer=answers)
    def a_worker_takes_a_step(self, worker: int, limit: int, answer: str) -> None:
        self.workers[worker].step(limit, answer)

    @rule(worker=workers, limit=limits, answer=answers)
    def a_worker_takes_several_steps(self, worker: int, limit: int, answer: str) -> None:
        """Nothing comes between: without it few messages would get all the way."""
        interleaving.assemble(self.clock)
        for _ in range(5):
            self.workers[worker].step(limit, answer)

    @rule(worker=workers, is_killed=st.booleans())
    def a_run_ends(self, worker: int, is_killed: bool) -> None:
        if is_killed:
            self.workers[worker].start()
        else:
            self.workers[worker].finish()

    # ------------------------------------------------------------ acts

    @rule(act=st.sampled_from(ASKED_BY_NOBODY), number=which, days=st.integers(1, 20), yes=st.booleans())
    def somebody_acts(self, act: str, number: int, days: int, yes: bool) -> None:
        """Do an act on one of the offices or obligations."""
        if act == "withdraw_circular" and days < 19:
            return  # seldom: nothing is left to do after it
        new = self.clock.now + timedelta(days=days)
        office, owed = OFFICES[number % len(OFFICES)], newest(Obligation, number)
        by_act: dict[str, tuple[Any, ...]] = {
            "receive": (NUMBER, office), "report": (NUMBER, office, "本月情况"), "extend": (owed, new, "疫情"),
            "ask_extension": (owed, new, "已完成一半", "疫情"), "acknowledge": (owed,),
            "withdraw_circular": (NUMBER, "发错了文件"),
        }  # fmt: skip
        more = {"until": new if yes else None} if act == "suspend" else {}
        self.act(act, *by_act.get(act, (owed, "情况如此")), actor=officer(office), **more)

    @rule(
        worker=workers,
        act=st.sampled_from(["waive", "extend", "suspend", "acknowledge", "remind"]),
        number=which,
        answer=answers,
    )
    def somebody_acts_on_what_is_in_a_workers_hands(self, worker: int, act: str, number: int, answer: str) -> None:
        """The message is rendered, and what it tells ends, moves or is held before it is marked."""
        told = self.workers[worker].in_hand()
        if told:
            by_act = {"extend": (self.clock.now + timedelta(days=20), "疫情"), "acknowledge": ()}
            more = by_act.get(act, ("合并办理",))
            self.act(act, told[number % len(told)], *more, actor=OPERATOR)
        for _ in range(2):
            self.workers[worker].step(1, answer)

    @rule(office=st.sampled_from(OFFICES), number=which)
    def an_office_receives_and_says_no(self, office: str, number: int) -> None:
        """Only within two days of its receipt it may."""
        self.act("receive", NUMBER, office, actor=officer(office))
        self.act("contest", newest(Obligation, number), "不属我单位职责", actor=officer(office))

    @rule(number=which, yes=st.booleans())
    def somebody_decides(self, number: int, yes: bool) -> None:
        """Decide one of the things that wait for it."""
        handed_in = [(each, "accept" if yes else "return") for each in ids(Obligation, status=Status.SUBMITTED)]
        contests = [(each, "decide_contest") for each in ids(Petition, kind=PetitionKind.CONTEST, decided_at=None)]
        more_time = [(each, "decide_extension") for each in ids(Petition, kind=PetitionKind.EXTENSION, decided_at=None)]
        stopped = [(each, "resume") for each in ids(Obligation, hold=Hold.SUSPENSION)]
        waiting = [*handed_in, *contests, *more_time, *stopped]
        if not waiting:
            return
        subject, act = waiting[number % len(waiting)]
        more = {"decide_contest": {"uphold": yes}, "decide_extension": {"grant": yes}}.get(act, {})
        words = () if act == "accept" else ("数字不符",)
        if act.startswith("decide"):
            self.act(act, subject, actor=OPERATOR, reason="经核实", **more)
        else:
            self.act(act, subject, *words, actor=OPERATOR)

    def act(self, name: str, *args: Any, actor: Actor, **more: Any) -> None:
        """Do an act; one that is refused changes nothing."""
        task, recorded = ACTS[name]
        try:
            task.fn(*args, actor=actor, now=self.clock.now, **more)
        except Refused:
            self.happened["refused"] += 1
            return
        self.happened[name] += 1
        if recorded:
            self.acts[recorded] += 1

    # ------------------------------------------------------------ what must hold

    @invariant()
    def nothing_is_lost_or_doubled(self) -> None:
        self.steps += 1
        interleaving.assert_nothing_is_lost()
        interleaving.assert_copies_are_known(self.post)

    def teardown(self) -> None:
        if not self.steps:
            return
        for worker in self.workers:
            worker.start()
        # A day at a time until all that waited has gone, what was deferred and what killed workers had too.
        for _ in range(12):
            # ten in the morning of the next day
            self.clock.now = (self.clock.now + timedelta(days=1)).replace(hour=2, minute=0)
            deliver.fn(now=self.clock.now)
        assert_all_has_ended()
        interleaving.assert_every_firing_has_its_entry()
        self.happened["copies"] += sum(map(len, self.post.got.values()))
        self.happened["second copies"] += sum(len(copies) > 1 for copies in self.post.got.values())
        interleaving.assert_acts_are_recorded(self.acts)
        assert audit_is_whole()


def assert_all_has_ended() -> None:
    """Everything open has reached a server, or has failed with somebody told; nothing waits any more."""
    statement = (
        select(col(Firing.kind), col(FiringRecipient.address), col(Delivery.state))
        .join(FiringRecipient, col(FiringRecipient.firing_id) == col(Firing.id))
        .outerjoin(Delivery, col(Delivery.notice_id) == col(FiringRecipient.notice_id))
        .where(col(Firing.state) == FiringState.OPEN)
    )
    ended = (DeliveryState.ACCEPTED, DeliveryState.REFUSED, DeliveryState.UNCERTAIN)
    with reading() as session:
        assert [row for row in session.execute(statement) if row[2] not in ended] == []


def ids(table: type[Any], **wanted: Any) -> list[int]:
    """Return the ids of the rows with these values, the newest first."""
    conditions = [
        col(getattr(table, name)).is_(None) if value is None else col(getattr(table, name)) == value
        for name, value in wanted.items()
    ]
    with reading() as session:
        return list(session.scalars(select(col(table.id)).where(*conditions).order_by(col(table.id).desc())))


def newest(table: type[Any], number: int) -> int:
    """Return the id of a row, counted from the newest."""
    found = ids(table)
    return found[number % len(found)]


def prepared(url: str) -> Callable[[], None]:
    """Forward the circular and let it be reminded of; return what puts the database back to that moment."""
    import_cast(FORWARDED)
    register_text(notice_text(NUMBER, "自3月份起，每月5日前报送一次最新进展。", addressees=TO), FORWARDED)
    forward(FORWARDED, NUMBER)
    deliver.fn(now=FORWARDED + timedelta(minutes=10))
    sweep.fn(now=BEGINS)
    path = Path(make_url(url).database or "")
    copy = path.with_suffix(".kept")
    open_engine(url).dispose()
    with create_engine(url).connect() as connection:
        connection.execute(text(f"VACUUM INTO '{copy}'"))

    def begin() -> None:
        open_engine(url).dispose()
        for suffix in ("", "-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        shutil.copyfile(copy, path)

    return begin


def test_what_must_hold_holds_in_whatever_order_things_happen(sqlite: str) -> None:
    Interleavings.begin = staticmethod(prepared(sqlite))
    run_state_machine_as_test(
        Interleavings,
        settings=settings(
            max_examples=PLAYS, stateful_step_count=STEPS, deadline=None, database=None, derandomize=True,
            suppress_health_check=list(HealthCheck), phases=[Phase.generate],
        ),
    )  # fmt: skip
    # The plays did something: acts succeeded, mails arrived.
    happened = {name for name, times in Interleavings.happened.items() if times}
    assert {"receive", "report", "accept", "waive", "extend", "suspend", "copies"} <= happened
