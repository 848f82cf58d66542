"""Statuses, cell by cell: what each act does to each kind of obligation in each status."""

from __future__ import annotations

import pytest

from domain.statuses import Act, IllegalTransition, ObligationKind, Status, transition

REVIEWED = [ObligationKind.REPORT, ObligationKind.COMPLETE]
#: The kinds that an act of their own fulfils.
FULFILLED = {
    ObligationKind.RECEIPT: Act.RECEIVE,
    ObligationKind.FORWARD: Act.FORWARD,
    ObligationKind.RESPOND: Act.RESPOND,
    ObligationKind.PASS_ON: Act.PASS_ON,
    ObligationKind.FOLLOW_UP: Act.FOLLOW_UP,
    ObligationKind.DECIDE: Act.DECIDE,
}
#: Reports and completions. A letter is the status afterwards, a dot an error. Rows are statuses, columns acts.
REVIEWED_TABLE = """
            submit accept return waive extend withdraw receive forward respond pass_on decide follow_up
pending     S      .      .      W     P      X        .       .       .       .       .      .
submitted   .      A      R      W     .      X        .       .       .       .       .      .
returned    S      .      .      W     R      X        .       .       .       .       .      .
accepted    .      .      .      .     .      .        .       .       .       .       .      .
waived      .      .      .      .     .      .        .       .       .       .       .      .
withdrawn   .      .      .      .     .      .        .       .       .       .       .      .
superseded  .      .      .      .     .      .        .       .       .       .       .      .
"""
#: The others; `own` is the act that fulfils the kind, `foreign` each act that fulfils another.
FULFILLED_TABLE = """
            own foreign submit accept return waive extend withdraw
pending     A   .       .      .      .      W     P      X
submitted   .   .       .      .      .      .     .      .
returned    .   .       .      .      .      .     .      .
accepted    .   .       .      .      .      .     .      .
waived      .   .       .      .      .      .     .      .
withdrawn   .   .       .      .      .      .     .      .
superseded  .   .       .      .      .      .     .      .
"""
LETTERS = {
    "P": Status.PENDING,
    "S": Status.SUBMITTED,
    "R": Status.RETURNED,
    "A": Status.ACCEPTED,
    "W": Status.WAIVED,
    "X": Status.WITHDRAWN,
    ".": None,
}


def cells(table: str) -> list[tuple[Status, str, Status | None]]:
    head, *rows = [line.split() for line in table.strip().splitlines()]
    return [(Status(row[0]), act, LETTERS[letter]) for row in rows for act, letter in zip(head, row[1:], strict=True)]


def check(kind: ObligationKind, status: Status, act: Act, after: Status | None) -> None:
    if after is not None:
        assert transition(kind, status, act) is after
        return
    with pytest.raises(IllegalTransition) as refused:
        transition(kind, status, act)
    assert str(refused.value) == f"{kind.label}事项当前为“{status.label}”，不能再“{act.label}”。"


@pytest.mark.parametrize("kind", REVIEWED)
@pytest.mark.parametrize(("status", "act", "after"), cells(REVIEWED_TABLE))
def test_it_moves_reports_and_completions(kind: ObligationKind, status: Status, act: str, after: Status | None) -> None:
    check(kind, status, Act(act), after)


@pytest.mark.parametrize("kind", list(FULFILLED))
@pytest.mark.parametrize(("status", "act", "after"), cells(FULFILLED_TABLE))
def test_it_moves_what_an_act_fulfils(kind: ObligationKind, status: Status, act: str, after: Status | None) -> None:
    own = FULFILLED[kind]
    named = {"own": [own], "foreign": [each for each in FULFILLED.values() if each is not own]}
    for each in named.get(act) or [Act(act)]:
        check(kind, status, each, after)


def test_it_has_a_cell_for_every_status_and_act() -> None:
    assert {(status, act) for status, act, _ in cells(REVIEWED_TABLE)} == {(s, a.value) for s in Status for a in Act}
    acts = {act for _, act, _ in cells(FULFILLED_TABLE)} - {"own", "foreign"} | set(FULFILLED.values())
    assert acts == set(Act)
    assert {status for status, _, _ in cells(FULFILLED_TABLE)} == set(Status)
    assert {*REVIEWED, *FULFILLED} == set(ObligationKind)


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


def test_it_knows_nothing_that_leaves_a_final_status() -> None:
    for status in [each for each in Status if each.is_final]:
        for kind in ObligationKind:
            for act in Act:
                check(kind, status, act, None)


def test_it_reviews_reports_and_completions_only() -> None:
    assert [kind for kind in ObligationKind if kind.is_reviewed] == REVIEWED


@pytest.mark.parametrize("member", [*ObligationKind, *Status, *Act])
def test_it_has_a_chinese_name_for_each(member: ObligationKind | Status | Act) -> None:
    assert member.label
    assert not member.label.isascii()


def test_it_gives_each_status_and_kind_a_name_of_its_own() -> None:
    for group in (ObligationKind, Status, Act):
        labels = [member.label for member in group]
        assert len(set(labels)) == len(labels)
