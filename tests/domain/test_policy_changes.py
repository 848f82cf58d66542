"""A changed policy beside a running matter: its deadline from where the term started, its rungs anew or never."""

from __future__ import annotations

from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st

from domain.deadlines import RunningTerm
from domain.ladders import Anchor, FiringKey, Ladder, Rung, Running, Term, Unit, decide, steps_of
from domain.offices import Audience
from domain.policies import PolicySet
from domain.policy_changes import LadderChange, compared, moved_deadline, policy_term
from domain.published import published_calendar
from domain.statuses import ObligationKind
from tests.cast import beijing

CALENDAR = published_calendar()
ISSUED, DUE = beijing("2020-03-02 09:00"), beijing("2020-03-14 00:00")  # due on Friday 13 March
RUNNING = Running(ObligationKind.REPORT, "routine", ISSUED, DUE)
WEDNESDAY = beijing("2020-03-11 10:00")


def rung(name: str, offset: int, *audiences: Audience) -> Rung:
    return Rung(name, Anchor.DUE, offset, Unit.WORKDAYS, audiences or (Audience.OFFICER,))


OLD = Ladder((rung("due-3", -3), rung("due-1", -1), rung("due+1", 1, Audience.OFFICER, Audience.HEAD)))
FIRED: frozenset[FiringKey] = frozenset({("due-3", 0, Audience.OFFICER)})


def names(found: LadderChange) -> list[str]:
    return [each.rung.name for each in found.passed]


def keys(found: LadderChange) -> set[FiringKey]:
    return {(each.rung.name, each.repeat, each.audience) for each in found.passed}


def test_it_finds_nothing_where_the_ladders_agree() -> None:
    change = compared(OLD, OLD, RUNNING, FIRED, CALENDAR, WEDNESDAY)
    assert not change.changes
    assert change.next_old == change.next_new
    assert change.next_new is not None
    assert change.next_new.rung.name == "due-1"


def test_it_tells_rungs_that_come_anew_earlier_later_or_never() -> None:
    new = Ladder((rung("due-3", -3), rung("due-0", 0), rung("due+1", 2, Audience.OFFICER), rung("due+3", 3)))
    change = compared(OLD, new, RUNNING, FIRED, CALENDAR, WEDNESDAY)
    assert (change.anew, change.earlier, change.later, change.never) == (2, 0, 1, 2)
    assert change.passed == ()
    sooner = Ladder((rung("due-1", -1), rung("due+1", 0, Audience.OFFICER, Audience.HEAD)))
    assert compared(OLD, sooner, RUNNING, FIRED, CALENDAR, WEDNESDAY).earlier == 2


def test_it_passes_over_what_lies_behind_by_the_new_ladder_alone() -> None:
    new = Ladder((rung("due-5", -5), rung("due-4", -4, Audience.HEAD), *OLD.rungs))
    change = compared(OLD, new, RUNNING, FIRED, CALENDAR, WEDNESDAY)
    assert names(change) == ["due-5", "due-4"]
    assert change.anew == 0


def test_it_passes_over_a_rung_that_moves_behind_us() -> None:
    new = Ladder((rung("due-3", -3), rung("due-1", -3), rung("due+1", 1)))
    assert names(compared(OLD, new, RUNNING, FIRED, CALENDAR, WEDNESDAY)) == ["due-1"]


def test_it_leaves_to_the_sweep_what_the_sweep_owes_already() -> None:
    """Of a rung that is due and not fired nothing may be lost: no sweep has run since."""
    new = Ladder((rung("due-3", -3), rung("due-2", -2, Audience.OFFICER, Audience.HEAD), *OLD.rungs[1:]))
    change = compared(OLD, new, RUNNING, frozenset(), CALENDAR, WEDNESDAY)
    assert [(step.rung.name, step.audience) for step in change.passed] == [("due-2", Audience.HEAD)]
    told = decide(new, RUNNING, keys(change), CALENDAR, WEDNESDAY, None)
    assert [(each.rung.name, each.superseded) for each in told.due] == [("due-3", True), ("due-2", False)]


def test_it_owes_nothing_where_the_old_ladder_cannot_be_read() -> None:
    assert names(compared(None, OLD, RUNNING, frozenset(), CALENDAR, WEDNESDAY)) == ["due-3"]


def test_it_moves_a_deadline_from_where_its_term_started() -> None:
    two, four = Term(2, Unit.WORKDAYS, "自拟"), Term(4, Unit.WORKING_HOURS, "自拟")
    running = RunningTerm(beijing("2020-04-24 10:00"), 2, "workdays")
    found = moved_deadline(two, Term(3, Unit.WORKDAYS, "自拟"), running, CALENDAR)
    assert found is not None
    assert found.at == beijing("2020-04-29 00:00"), "Sunday the 26th counts"
    assert found.term == RunningTerm(running.start, 3, "workdays")
    hours = moved_deadline(two, four, running, CALENDAR)
    assert hours is not None
    assert hours.at == beijing("2020-04-24 14:00")


def test_it_moves_no_deadline_that_ends_another_term_or_none() -> None:
    two, three = Term(2, Unit.WORKDAYS, "自拟"), Term(3, Unit.WORKDAYS, "本省规定")
    start = beijing("2020-04-24 10:00")
    assert moved_deadline(two, three, None, CALENDAR) is None, "a day as a person set it"
    assert moved_deadline(two, three, RunningTerm(start, 5, "workdays"), CALENDAR) is None, "the circular's own term"
    assert moved_deadline(two, Term(2, Unit.WORKDAYS, "本省规定"), RunningTerm(start, 2, "workdays"), CALENDAR) is None
    assert moved_deadline(None, three, RunningTerm(start, 2, "workdays"), CALENDAR) is None


def test_it_takes_the_term_of_a_decision_by_what_is_decided() -> None:
    terms = {("decide", "review"): Term(3, Unit.WORKDAYS, "自拟"), ("receipt", "urgent"): Term(2, Unit.MINUTES, "自拟")}
    policies = PolicySet(terms, {})
    assert policy_term(policies, ObligationKind.DECIDE, "urgent", "review:40/1") == terms["decide", "review"]
    assert policy_term(policies, ObligationKind.DECIDE, "urgent", "contest:7") is None
    assert policy_term(policies, ObligationKind.RECEIPT, "urgent", "forwarding:1") == terms["receipt", "urgent"]
    assert policy_term(policies, ObligationKind.REPORT, "urgent", "requirement:1") is None


_audiences = st.sampled_from([Audience.OFFICER, Audience.HEAD, Audience.SUPERIOR])
_ladders = st.lists(st.tuples(st.integers(-5, 5), _audiences), min_size=1, max_size=6, unique=True).map(
    lambda cut: Ladder(tuple(rung(f"due{n:+}-{a}", n, a) for n, a in sorted(cut)))
)
_instants = st.integers(0, 24 * 20).map(lambda hour: beijing("2020-03-02 09:30").timestamp() + hour * 3600)


@given(_ladders, _ladders, _instants, st.integers(0, 24 * 20))
def test_it_floods_nobody(old: Ladder, new: Ladder, moment: float, swept: float) -> None:
    """After a change at any moment: a sweep tells an audience something only if the old ladder owed it something."""
    now = datetime.fromtimestamp(moment, tz=ISSUED.tzinfo)
    fired = {step.key for step in steps_of(old, RUNNING, CALENDAR) if step.at.timestamp() <= moment - swept * 3600}
    passed = keys(compared(old, new, RUNNING, fired, CALENDAR, now))
    kept = {step.key for step in steps_of(new, RUNNING, CALENDAR)} - fired
    owed = {step.audience for step in steps_of(old, RUNNING, CALENDAR) if step.at <= now and step.key in kept}
    told = decide(new, RUNNING, fired | passed, CALENDAR, now, None, unreachable=True)
    speaking = {each.audience for each in told.due if not each.superseded}
    assert speaking <= owed
    assert not passed & fired


def test_it_passes_over_nothing_of_an_urgent_report() -> None:
    minutes = {
        name: Rung(name, Anchor.DUE, n, Unit.MINUTES, (Audience.SUPERIOR,), next_level=True)
        for name, n in (("due+0m", 0), ("due-10m", -10))
    }
    respond = Running(ObligationKind.RESPOND, "serious", ISSUED, beijing("2020-03-02 09:15"))
    change = compared(
        Ladder((minutes["due+0m"],)), Ladder((minutes["due-10m"],)), respond, (), CALENDAR, beijing("2020-03-02 09:06")
    )
    assert (change.passed, change.anew, change.never) == ((), 1, 1)
    told = decide(Ladder((minutes["due-10m"],)), respond, (), CALENDAR, beijing("2020-03-02 09:06"), ISSUED)
    assert [each.rung.name for each in told.due] == ["due-10m"], "the case climbs"
