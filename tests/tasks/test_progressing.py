"""Progress of instructions at offices: recorded by people, moved by reports, rolled up over the circular."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from domain.errors import Refused
from domain.progress import ProgressState
from domain.statuses import Status
from models.obligation import Obligation, Progress
from tasks.auditing import audit_head
from tasks.handling import accept, submit_report
from tasks.progressing import look_back, look_backs_due, progress_of_circular, record_progress, reopen
from tasks.sweeping import sweep
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
    notice_text,
    register_pair,
    register_text,
)
from tests.looking import code_of, entries, firings, owed, rows, wake_of

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


# --- closing, looking back, reopening

NUMBER = "江扶组办发〔2020〕20号"
COMPLETE = "一、落实帮扶措施。各地各部门要在3月20日前完成入户走访。"


def row_of(office: str = DONGAN) -> Progress:
    found: Progress
    (found,) = [each for each in rows(Progress) if code_of(each.office_id) == office]
    return found


def close(office: str = DONGAN, look_back_on: date | None = None, at: datetime = LATER) -> str:
    return record_progress.fn(
        COVER, office, "一", ProgressState.CLOSED, "已落实到人", actor=OPERATOR, now=at, look_back_on=look_back_on
    )


def look(finding: str = "成效巩固", at: datetime = LATER) -> str:
    return look_back.fn(COVER, DONGAN, "一", finding, actor=OPERATOR, now=at)


def again_(reason: str = "发现反弹", at: datetime = LATER, due_at: datetime | None = None, number: str = COVER) -> str:
    return reopen.fn(number, DONGAN, "一", reason, actor=OPERATOR, now=at, due_at=due_at)


def test_it_closes_with_an_instant_and_a_day_to_look_back() -> None:
    assert "进展已记为“已销号”，定于2020年6月1日（星期一）回头看" in close(look_back_on=date(2020, 6, 1))
    row = row_of()
    assert (row.state, row.closed_at, row.look_back_on) == (ProgressState.CLOSED, LATER, date(2020, 6, 1))
    assert progress_of_circular.fn(COVER, office=DONGAN)[0].state == "已销号（2020年6月1日（星期一）回头看）"
    ((_, payload),) = entries("instruction.closed")
    assert payload["look_back_on"] == "2020-06-01"
    with pytest.raises(Refused, match="已销号，不能再次销号"):
        close()
    with pytest.raises(Refused, match="已销号，不能改为办理中"):
        record(DONGAN, "一", ProgressState.UNDER_WAY)


def test_it_refuses_a_day_to_look_back_that_makes_no_sense() -> None:
    with pytest.raises(Refused, match="必须晚于今天"):
        close(look_back_on=date(2020, 2, 17))
    with pytest.raises(Refused, match="只有销号时才能定回头看的日子"):
        record_progress.fn(
            COVER, DONGAN, "一", ProgressState.DONE, "", actor=OPERATOR, now=LATER, look_back_on=date(2020, 6, 1)
        )
    with pytest.raises(Refused, match="尚未销号，不能回头看"):
        look()
    assert not [each for each in rows(Progress) if each.state is ProgressState.CLOSED]


def test_it_tells_the_operators_once_when_the_day_has_come_and_lists_it() -> None:
    close(look_back_on=date(2020, 6, 1))
    sweep.fn(now=beijing("2020-05-31 23:59"))
    assert not firings(rung="alarm:look_back_due")
    assert not look_backs_due.fn(now=beijing("2020-05-31 23:59"))
    for at in ("2020-06-01 00:00", "2020-06-01 00:15", "2020-06-02 09:00"):
        sweep.fn(now=beijing(at))
    (told,) = firings(rung="alarm:look_back_due")
    assert told.detail["office"] == "东岸区扶贫开发领导小组办公室"
    (listed,) = look_backs_due.fn(now=beijing("2020-06-02 09:00"))
    assert (listed.office, listed.instruction, listed.look_back_on) == (
        "东岸区扶贫开发领导小组办公室", "一", "2020年6月1日（星期一）"
    )  # fmt: skip
    look(at=beijing("2020-06-02 10:00"))
    assert not look_backs_due.fn(now=beijing("2020-06-02 10:00"))
    row = row_of()
    assert (row.state, row.looked_back_at) == (ProgressState.CLOSED, beijing("2020-06-02 10:00"))
    assert "已回头看" in progress_of_circular.fn(COVER, office=DONGAN)[0].state
    with pytest.raises(Refused, match="回头看必须写明查看的结果"):
        look(" ")


def test_it_reopens_with_a_reason_and_tells_the_office() -> None:
    with pytest.raises(Refused, match="尚未销号，不能重新办理"):
        again_()
    close(look_back_on=date(2020, 6, 1))
    with pytest.raises(Refused, match="重新办理必须说明理由"):
        again_(" ")
    assert "已重新办理" in again_()
    row = row_of()
    assert (row.state, row.closed_at, row.look_back_on, row.note) == (ProgressState.UNDER_WAY, None, None, "发现反弹")
    (told,) = firings(rung="act:reopened")
    assert (told.detail["reason"], code_of(told.office_id)) == ("发现反弹", DONGAN)
    close()
    again_("又反弹")
    assert len(firings(rung="act:reopened")) == 2, "each is told"


def test_it_refuses_a_new_day_that_nothing_asks_for_or_that_is_past() -> None:
    close()
    with pytest.raises(Refused, match="没有给任务“一”定落实期限"):
        again_(due_at=beijing("2020-06-30 00:00"))
    with pytest.raises(Refused, match="必须晚于现在"):
        again_(due_at=LATER)
    assert row_of().state is ProgressState.CLOSED


def of_completion() -> list[Obligation]:
    register_text(notice_text(NUMBER, COMPLETE), SENT)
    forward_cover(SENT, NUMBER)
    return owed("complete", DONGAN, NUMBER)


def test_it_lets_the_office_owe_the_completion_again_by_a_new_day() -> None:
    (first,) = of_completion()
    record_progress.fn(NUMBER, DONGAN, "一", ProgressState.CLOSED, "", actor=OPERATOR, now=LATER)
    due_at = beijing("2020-06-30 00:00")
    with pytest.raises(Refused, match=rf"落实事项（编号 {first.id}）尚未办结，不能另立"):
        again_(due_at=due_at, number=NUMBER)
    submit_report.fn(NUMBER, DONGAN, "已走访。", actor=OPERATOR, now=LATER)
    accept.fn(first.id or 0, actor=OPERATOR, now=LATER)
    assert row_of().state is ProgressState.CLOSED, "an acceptance neither closes nor opens"
    assert "应于2020年6月29日（星期一）24时前完成" in again_(due_at=due_at, number=NUMBER)
    _, second = owed("complete", DONGAN, NUMBER)
    assert (second.origin, second.due_at, second.status) == (f"{first.origin}/2", due_at, Status.PENDING)
    assert second.reviewer_id == first.reviewer_id
    wake = wake_of(second)
    assert wake is not None
    assert wake.wake_at == beijing("2020-06-23 09:00"), (
        "three working days before Monday 29 June: the 25th and 26th rest"
    )
    assert [each.obligation_id for each in firings(rung="act:reopened")] == [second.id]


def test_an_acceptance_never_closes_an_instruction() -> None:
    (first,) = of_completion()
    submit_report.fn(NUMBER, DONGAN, "已走访。", actor=OPERATOR, now=LATER)
    accept.fn(first.id or 0, actor=OPERATOR, now=LATER)
    assert (row_of().state, row_of().closed_at) == (ProgressState.DONE, None)
