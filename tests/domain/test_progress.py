"""The progress of an instruction, cell by cell: only closing closes, only reopening opens again."""

from __future__ import annotations

from itertools import product

import pytest

from domain.errors import Refused
from domain.progress import TABLE, ProgressAct, ProgressState, progressed

#: Rows are acts, columns states: N not started, U under way, D done, C closed; a dot is a refusal.
WRITTEN = """
                 N U D C
report           U U D C
accept           D D D C
record_under_way U U U .
record_done      D D D .
close            C C C .
look_back        . . . C
reopen           . . . U
"""
STATES = dict(zip("NUDC", ProgressState, strict=True))


def cells() -> dict[tuple[ProgressState, ProgressAct], str]:
    head, *lines = WRITTEN.strip().splitlines()
    rows = [line.split() for line in lines]
    return {
        (STATES[state], ProgressAct(act)): cell
        for act, *row in rows
        for state, cell in zip(head.split(), row, strict=True)
    }


@pytest.mark.parametrize(("state", "act"), list(product(ProgressState, ProgressAct)))
def test_it_does_what_the_table_says_or_refuses(state: ProgressState, act: ProgressAct) -> None:
    cell = cells()[state, act]
    if cell != ".":
        assert progressed(state, act) is STATES[cell]
        return
    with pytest.raises(Refused) as refused:
        progressed(state, act)
    closed = f"该任务在该单位已销号，不能{act.label}；须重新办理的，请用 duban reopen 并说明理由。"
    still_open = f"该任务在该单位为“{state.label}”，尚未销号，不能{act.label}。"
    assert str(refused.value) == (closed if state is ProgressState.CLOSED else still_open)


def test_it_closes_by_closing_only_and_opens_by_reopening_only() -> None:
    for (state, act), after in TABLE.items():
        if after is ProgressState.CLOSED and state is not ProgressState.CLOSED:
            assert act is ProgressAct.CLOSE
        if state is ProgressState.CLOSED and after is not ProgressState.CLOSED:
            assert act is ProgressAct.REOPEN


def test_no_report_ever_moves_it_back() -> None:
    for (state, act), after in TABLE.items():
        if act in (ProgressAct.REPORT, ProgressAct.ACCEPT):
            assert not after.is_behind(state)
