"""Terms are kept beside the deadlines that end them; a day that is written, or that a person set, is none."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from domain.urgent import Severity
from models.obligation import Adjustment, AdjustmentKind, Obligation
from tasks.alerting import raise_urgent_report
from tasks.extending import extend
from tasks.handling import receive, return_report, submit_report
from tests.cast import (
    COVER,
    LINJIANG,
    OPERATOR,
    PROVINCE,
    WANGCHUAN,
    beijing,
    forward_cover,
    import_cast,
    notice_text,
    officer,
    register_text,
    set_out,
)
from tests.looking import again, rows, the_one, wake_of

NUMBER = "江扶组办发〔2020〕9号"
CITIES = "各市（地）扶贫开发领导小组"
START = beijing("2020-02-14 09:30")
LAST_MOMENT = beijing("2020-02-18 00:00") - timedelta.resolution

pytestmark = pytest.mark.usefixtures("sqlite")


def term(owed: Obligation) -> tuple[datetime | None, int | None, str | None]:
    return owed.term_start, owed.term_amount, owed.term_unit


def send(*sentences: str, urgency: str = "") -> None:
    import_cast(START)
    register_text(notice_text(NUMBER, *sentences, urgency=urgency, addressees=CITIES), START)
    forward_cover(START, NUMBER)


def test_it_keeps_the_term_of_a_receipt_and_none_of_a_written_day() -> None:
    set_out(START)
    assert term(the_one("receipt", LINJIANG, COVER)) == (beijing("2020-02-14 09:40"), 1, "workdays")
    assert term(the_one("report", LINJIANG, COVER, "2020-03-05")) == (None, None, None)


def test_it_keeps_a_term_from_receipt_and_starts_it_anew_at_the_receipt() -> None:
    send("各地各部门收到本通知后5个工作日内将情况报送省扶贫办。")
    owed = the_one("report", LINJIANG)
    assert term(owed) == (LAST_MOMENT, 5, "workdays")
    receive.fn(NUMBER, LINJIANG, actor=OPERATOR, now=beijing("2020-02-14 15:00"))
    owed = again(owed)
    assert term(owed) == (beijing("2020-02-14 15:00"), 5, "workdays")
    assert (owed.due_at, owed.receipt_not_confirmed) == (beijing("2020-02-22 00:00"), False)


def test_it_starts_the_term_of_forwarding_at_the_receipt() -> None:
    send("各地各部门要抓好落实。")
    owed = the_one("forward", WANGCHUAN)
    assert (owed.due_at, owed.receipt_not_confirmed) == (beijing("2020-02-21 00:00"), True)
    receive.fn(NUMBER, WANGCHUAN, actor=officer(WANGCHUAN), now=beijing("2020-02-14 15:00"))
    owed = again(owed)
    assert (owed.due_at, owed.receipt_not_confirmed, owed.revision) == (beijing("2020-02-20 00:00"), False, 1)
    (adjusted,) = [each for each in rows(Adjustment) if each.obligation_id == owed.id]
    assert (adjusted.kind, adjusted.old_due_at) == (AdjustmentKind.RECOMPUTATION, beijing("2020-02-21 00:00"))
    wake = wake_of(owed)
    assert wake is not None
    assert wake.wake_at == beijing("2020-02-19 09:00"), "the officer is reminded on the due day"


def test_it_reminds_half_way_from_the_receipt_of_an_extra_urgent_circular() -> None:
    send("各地各部门要抓好落实。", urgency="特急")
    owed = the_one("forward", WANGCHUAN)
    receive.fn(NUMBER, WANGCHUAN, actor=officer(WANGCHUAN), now=beijing("2020-02-14 20:00"))
    wake = wake_of(owed)
    assert wake is not None
    assert wake.wake_at == beijing("2020-02-14 22:00")


def test_it_dates_a_forwarding_from_a_late_receipt_as_well() -> None:
    send("各地各部门要抓好落实。")
    owed = the_one("forward", WANGCHUAN)
    receive.fn(NUMBER, WANGCHUAN, actor=officer(WANGCHUAN), now=beijing("2020-02-20 15:00"))
    assert again(owed).due_at == beijing("2020-02-26 00:00"), "a late receipt is late itself, and chased as that"


def test_it_leaves_a_day_that_a_person_set_before_the_receipt() -> None:
    send("各地各部门收到本通知后5个工作日内将情况报送省扶贫办。")
    owed = the_one("report", LINJIANG)
    extend.fn(owed.id or 0, beijing("2020-03-10 00:00"), "分两批报送", actor=OPERATOR, now=beijing("2020-02-14 10:00"))
    assert term(again(owed)) == (None, None, None)
    receive.fn(NUMBER, LINJIANG, actor=OPERATOR, now=beijing("2020-02-14 15:00"))
    owed = again(owed)
    assert (owed.due_at, owed.receipt_not_confirmed) == (beijing("2020-03-10 00:00"), False)


@pytest.mark.parametrize("day", [None, beijing("2020-03-03 00:00")])
def test_it_keeps_the_term_of_a_return_without_a_day_only(day: datetime | None) -> None:
    send("请各地各部门将情况于2020年2月20日前报省扶贫办。")
    now = beijing("2020-02-20 10:00")
    owed = the_one("report", LINJIANG)
    submit_report.fn(NUMBER, LINJIANG, "已安排。", actor=officer(LINJIANG), now=now)
    review = the_one("decide", PROVINCE)
    assert term(review) == (now, 3, "workdays")
    return_report.fn(owed.id or 0, "缺数据", actor=OPERATOR, now=now, due_on=day)
    assert term(again(owed)) == ((None, None, None) if day else (now, 2, "workdays"))


def test_it_keeps_the_minutes_of_an_urgent_report() -> None:
    import_cast(START)
    raise_urgent_report.fn(
        LINJIANG, "某地暴雪封路", "一处道路中断", severity=Severity.RELATIVELY_SERIOUS, actor=OPERATOR, now=START,
        occurred_at=START - timedelta(minutes=10), learned_at=START - timedelta(minutes=5), reference="a",
    )  # fmt: skip
    assert term(the_one("respond", PROVINCE)) == (START, 30, "minutes")
