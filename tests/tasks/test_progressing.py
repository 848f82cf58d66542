"""Progress of instructions at offices: recorded by people, moved by reports, rolled up over the circular."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.errors import Refused
from domain.progress import ProgressState
from tasks.auditing import audit_head
from tasks.handling import submit_report
from tasks.progressing import progress_of_circular, record_progress
from tests.cast import (
    ADDRESSED,
    AT_ANY_TIME,
    COVER,
    DONGAN,
    LINJIANG,
    MONTHLY,
    OPERATOR,
    STATE_COUNCIL,
    beijing,
    forward_cover,
    import_cast,
    register_pair,
)

SENT = beijing("2020-02-14 09:30")
LATER = SENT + timedelta(days=3)


@pytest.fixture(autouse=True)
def forwarded(database: str) -> None:
    import_cast(SENT)
    register_pair(SENT)
    forward_cover(SENT)


def record(office: str, instruction: str, state: ProgressState, note: str = "") -> str:
    return record_progress.fn(COVER, office, instruction, state, note, actor=OPERATOR, now=LATER)


def test_it_counts_every_office_as_not_started_at_first() -> None:
    shown = progress_of_circular.fn(COVER)
    assert [each.number for each in shown] == ["一", "二", "三"]
    assert all(each.offices["not_started"] == len(ADDRESSED) for each in shown)


def test_it_records_how_far_an_office_is() -> None:
    assert "办理中" in record(DONGAN, "一", ProgressState.UNDER_WAY, "已召开会议")
    first, second, _ = progress_of_circular.fn(COVER, office=DONGAN)
    assert (first.state, first.note) == ("办理中", "已召开会议")
    assert first.offices["under_way"] == 1
    assert first.offices["not_started"] == len(ADDRESSED) - 1
    assert second.state == ""


def test_it_records_every_change_in_the_trail() -> None:
    before = audit_head.fn().seq
    record(DONGAN, "一", ProgressState.UNDER_WAY)
    record(DONGAN, "一", ProgressState.DONE)
    assert audit_head.fn().seq == before + 2


def test_it_lets_a_report_move_the_instruction_that_asks_for_it() -> None:
    submit_report.fn(COVER, LINJIANG, "三月情况", actor=OPERATOR, now=LATER, ordinal=MONTHLY, period="2020-03")
    states = {each.number: each.state for each in progress_of_circular.fn(COVER, office=LINJIANG)}
    assert states == {"一": "", "二": "", "三": "办理中"}


def test_it_lets_a_report_on_occurrence_move_it_too() -> None:
    submit_report.fn(COVER, LINJIANG, "出台了文件", actor=OPERATOR, now=LATER, ordinal=AT_ANY_TIME)
    assert progress_of_circular.fn(COVER, office=LINJIANG)[2].state == "办理中"


def test_it_never_lets_a_report_move_an_instruction_back() -> None:
    record(LINJIANG, "三", ProgressState.DONE, "全部落实")
    submit_report.fn(COVER, LINJIANG, "三月情况", actor=OPERATOR, now=LATER, ordinal=MONTHLY, period="2020-03")
    assert progress_of_circular.fn(COVER, office=LINJIANG)[2].state == "已落实"


def test_it_names_the_instructions_there_are() -> None:
    with pytest.raises(Refused, match="没有编号为“九”的任务；已有：一、二、三"):
        record(DONGAN, "九", ProgressState.DONE)


def test_it_refuses_an_office_that_never_got_the_circular() -> None:
    with pytest.raises(Refused, match="没有发给"):
        record(STATE_COUNCIL, "一", ProgressState.DONE)
