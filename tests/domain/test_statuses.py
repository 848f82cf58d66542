"""The table of acts, cell by cell: what each act does to each kind of obligation in each state, or why it may not."""

from __future__ import annotations

from itertools import product

import pytest

from domain.statuses import (
    TABLE,
    Act,
    Hold,
    IllegalTransition,
    LadderEffect,
    ObligationKind,
    State,
    Status,
    Unsent,
    transition,
)

REVIEWED = [ObligationKind.REPORT, ObligationKind.COMPLETE]
#: A cell is the state afterwards and, after the colon, what becomes of the ladder; a dot is a refusal. Rows are acts,
#: columns states: +s suspended, +c contested, +p the paper sent back. What no column names refuses every act.
REPORT = """
                 pending    pending+s  pending+c  pending+p  returned   returned+s returned+c returned+p submitted
receive          .          .          .          .          .          .          .          .          .
forward          .          .          .          .          .          .          .          .          .
respond          .          .          .          .          .          .          .          .          .
pass_on          .          .          .          .          .          .          .          .          .
follow_up        .          .          .          .          .          .          .          .          .
decide           .          .          .          .          .          .          .          .          .
submit           S:r        S:r        S:r        .          S:r        S:r        S:r        .          .
accept           .          .          .          .          .          .          .          .          A:e
return           .          .          .          .          .          .          .          .          R:n
waive            W:e        W:e        W:e        W:e        W:e        W:e        W:e        W:e        W:e
extend           P:n        .          .          .          R:n        .          .          .          .
acknowledge      P:h        .          .          .          R:h        .          .          .          .
ask_extension    P:=        .          .          .          R:=        .          .          .          .
grant_extension  P:n        .          .          .          R:n        .          .          .          .
refuse_extension P:=        Ps:=       Pc:=       Pp:=       R:=        Rs:=       Rc:=       Rp:=       .
suspend          Ps:r       .          .          .          Rs:r       .          .          .          .
resume           .          P:n        .          .          .          R:n        .          .          .
contest          Pc:r       .          .          .          Rc:r       .          .          .          .
return_paper     Pp:r       .          .          .          Rp:r       .          .          .          .
uphold           .          .          W:e        X:e        .          .          W:e        X:e        .
dismiss          .          .          P:g        P:g        .          .          R:g        R:g        .
withdraw         X:e        X:e        X:e        X:e        X:e        X:e        X:e        X:e        X:e
supersede        U:e        U:e        U:e        U:e        U:e        U:e        U:e        U:e        U:e
"""
FORWARD = """
                 pending    pending+s  pending+c  pending+p
receive          .          .          .          .
forward          A:e        A:e        A:e        .
respond          .          .          .          .
pass_on          .          .          .          .
follow_up        .          .          .          .
decide           .          .          .          .
submit           .          .          .          .
accept           .          .          .          .
return           .          .          .          .
waive            W:e        W:e        W:e        W:e
extend           P:n        .          .          .
acknowledge      P:h        .          .          .
ask_extension    P:=        .          .          .
grant_extension  P:n        .          .          .
refuse_extension P:=        Ps:=       Pc:=       Pp:=
suspend          Ps:r       .          .          .
resume           .          P:n        .          .
contest          Pc:r       .          .          .
return_paper     Pp:r       .          .          .
uphold           .          .          W:e        X:e
dismiss          .          .          P:g        P:g
withdraw         X:e        X:e        X:e        X:e
supersede        U:e        U:e        U:e        U:e
"""
RECEIPT = """
                 pending    pending+s  pending+p
receive          A:e        A:e        .
forward          .          .          .
respond          .          .          .
pass_on          .          .          .
follow_up        .          .          .
decide           .          .          .
submit           .          .          .
accept           .          .          .
return           .          .          .
waive            W:e        W:e        W:e
extend           P:n        .          .
acknowledge      .          .          .
ask_extension    .          .          .
grant_extension  .          .          .
refuse_extension .          .          .
suspend          Ps:r       .          .
resume           .          P:n        .
contest          .          .          .
return_paper     Pp:r       .          .
uphold           .          .          X:e
dismiss          .          .          P:g
withdraw         X:e        X:e        X:e
supersede        U:e        U:e        U:e
"""
RESPOND = """
                 pending
receive          .
forward          .
respond          A:e
pass_on          .
follow_up        .
decide           .
submit           .
accept           .
return           .
waive            W:e
extend           P:n
acknowledge      .
ask_extension    .
grant_extension  .
refuse_extension .
suspend          .
resume           .
contest          .
return_paper     .
uphold           .
dismiss          .
withdraw         X:e
supersede        U:e
"""
DECIDE = """
                 pending
receive          .
forward          .
respond          .
pass_on          .
follow_up        .
decide           A:e
submit           .
accept           .
return           .
waive            W:e
extend           P:n
acknowledge      .
ask_extension    .
grant_extension  .
refuse_extension .
suspend          .
resume           .
contest          .
return_paper     .
uphold           .
dismiss          .
withdraw         X:e
supersede        U:e
"""
TABLES = {
    ObligationKind.REPORT: REPORT,
    ObligationKind.COMPLETE: REPORT,
    ObligationKind.FORWARD: FORWARD,
    ObligationKind.RECEIPT: RECEIPT,
    ObligationKind.RESPOND: RESPOND,
    ObligationKind.PASS_ON: RESPOND.replace("respond ", "*").replace("pass_on ", "respond ").replace("*", "pass_on "),
    ObligationKind.FOLLOW_UP: RESPOND.replace("respond ", "*")
    .replace("follow_up ", "respond ")
    .replace("*", "follow_up "),
    ObligationKind.DECIDE: DECIDE,
}
STATUSES = {
    "P": Status.PENDING, "S": Status.SUBMITTED, "R": Status.RETURNED, "A": Status.ACCEPTED, "W": Status.WAIVED,
    "X": Status.WITHDRAWN, "U": Status.SUPERSEDED,
}  # fmt: skip
HOLDS = {"": Hold.NONE, "s": Hold.SUSPENSION, "c": Hold.CONTEST, "p": Hold.PAPER}
LADDERS = {
    "=": LadderEffect.NONE, "e": LadderEffect.ENDS, "r": LadderEffect.RESTS, "g": LadderEffect.GOES_ON,
    "n": LadderEffect.RESTARTS, "h": LadderEffect.HUSHED,
}  # fmt: skip
#: What each act does to messages that are not marked as sending when it commits.
UNSENT = {
    Act.RECEIVE: Unsent.RUNGS,
    Act.FORWARD: Unsent.RUNGS,
    Act.RESPOND: Unsent.RUNGS,
    Act.PASS_ON: Unsent.RUNGS,
    Act.FOLLOW_UP: Unsent.RUNGS,
    Act.DECIDE: Unsent.RUNGS,
    Act.SUBMIT: Unsent.RUNGS,
    Act.ACCEPT: Unsent.RUNGS,
    Act.RETURN: Unsent.RUNGS,
    Act.WAIVE: Unsent.RUNGS,
    Act.EXTEND: Unsent.RUNGS,
    Act.ACKNOWLEDGE: Unsent.REPEATS,
    Act.ASK_EXTENSION: Unsent.KEPT,
    Act.GRANT_EXTENSION: Unsent.RUNGS,
    Act.REFUSE_EXTENSION: Unsent.KEPT,
    Act.SUSPEND: Unsent.RUNGS,
    Act.RESUME: Unsent.RUNGS,
    Act.CONTEST: Unsent.RUNGS,
    Act.RETURN_PAPER: Unsent.RUNGS,
    Act.UPHOLD: Unsent.RUNGS,
    Act.DISMISS: Unsent.KEPT,
    Act.WITHDRAW: Unsent.ALL,
    Act.SUPERSEDE: Unsent.ALL,
}
FIRST = {Hold.SUSPENSION: "请先恢复计时", Hold.CONTEST: "请先裁决异议", Hold.PAPER: "请先裁决退文"}


def cells(kind: ObligationKind) -> dict[tuple[State, Act], str]:
    """Return the written cells of a kind."""
    head, *lines = TABLES[kind].strip().splitlines()
    states = [State(Status(name.partition("+")[0]), HOLDS[name.partition("+")[2]]) for name in head.split()]
    found: dict[tuple[State, Act], str] = {}
    for line in lines:
        act, *row = line.split()
        found |= {(state, Act(act)): cell for state, cell in zip(states, row, strict=True)}
    return found


ALL = [(kind, State(status, hold), act) for kind, status, hold, act in product(ObligationKind, Status, Hold, Act)]


@pytest.mark.parametrize(("kind", "state", "act"), ALL)
def test_it_does_what_the_table_says_or_refuses(kind: ObligationKind, state: State, act: Act) -> None:
    cell = cells(kind).get((state, act), ".")
    if cell == ".":
        with pytest.raises(IllegalTransition) as refused:
            transition(kind, state, act)
        words = f"{kind.label}事项当前为“{state.label}”，不能再“{act.label}”"
        free = cells(kind).get((State(state.status), act), ".")
        assert str(refused.value) == words + (f"；{FIRST[state.hold]}。" if state.hold and free != "." else "。")
        return
    after, _, ladder = cell.partition(":")
    effect = transition(kind, state, act)
    assert effect.after == State(STATUSES[after[0]], HOLDS[after[1:]])
    assert (effect.ladder, effect.unsent) == (LADDERS[ladder], UNSENT[act])


def test_it_writes_a_row_for_every_act_and_kind() -> None:
    for kind in ObligationKind:
        assert {act for _, act in cells(kind)} == set(Act), kind
    assert set(UNSENT) == set(Act)


def test_it_knows_nothing_that_leaves_a_final_status() -> None:
    assert not [key for key in TABLE if key[1].status.is_final]


def test_it_ends_the_ladder_wherever_it_ends_the_obligation_and_nowhere_else() -> None:
    for key, effect in TABLE.items():
        assert (effect.ladder is LadderEffect.ENDS) is effect.after.status.is_final, key


def test_it_lets_no_act_end_up_held_but_in_a_state_that_runs() -> None:
    for key, effect in TABLE.items():
        assert not effect.after.hold or effect.after.status.runs, key


def test_it_lets_every_hold_be_ended_by_a_person() -> None:
    """Nothing is held for ever: each hold has an act of its own that ends it, besides those from above."""
    for kind, state, _ in TABLE:
        if state.hold:
            ends = {act for (k, s, act), e in TABLE.items() if (k, s) == (kind, state) and e.after.hold is Hold.NONE}
            own = {Act.RESUME} if state.hold is Hold.SUSPENSION else {Act.UPHOLD, Act.DISMISS}
            assert own <= ends, (kind, state)


@pytest.mark.parametrize(
    ("status", "final", "runs"),
    [
        (Status.PENDING, False, True),
        (Status.SUBMITTED, False, False),  # submitting holds the ladder
        (Status.RETURNED, False, True),
        (Status.ACCEPTED, True, False),
        (Status.WAIVED, True, False),
        (Status.WITHDRAWN, True, False),
        (Status.SUPERSEDED, True, False),
    ],
)
def test_it_says_where_the_ladder_runs(status: Status, final: bool, runs: bool) -> None:
    assert (status.is_final, status.runs) == (final, runs)
    assert State(status).runs is runs
    assert not any(State(status, hold).runs for hold in Hold if hold)


def test_it_reviews_reports_and_completions_only() -> None:
    assert [kind for kind in ObligationKind if kind.is_reviewed] == REVIEWED


@pytest.mark.parametrize("member", [*ObligationKind, *Status, *Act, *[hold for hold in Hold if hold]])
def test_it_has_a_chinese_name_for_each(member: ObligationKind | Status | Act | Hold) -> None:
    assert member.label
    assert not member.label.isascii()


def test_it_gives_each_name_to_one_only() -> None:
    for group in (ObligationKind, Status, Act, Hold):
        labels = [member.label for member in group]
        assert len(set(labels)) == len(labels)
