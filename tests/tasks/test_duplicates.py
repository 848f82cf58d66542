"""Before it goes out: what another circular already asks of the same offices is shown, and asked about."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import event

from flows.words import forwarding
from models.session import engine
from tasks.forwarding import Forwarded, forward_circular, recall_forwarding
from tasks.handling import accept, submit_report, waive
from tasks.restating import restate
from tasks.withdrawing import withdraw_circular
from tests.cast import OPERATOR, beijing, import_cast, notice_text, register_text
from tests.looking import code_of, owed
from tests.tasks.stage import sweep_until

FIRST, SECOND = "江扶组办发〔2020〕11号", "江扶组办发〔2020〕12号"
THEN = beijing("2020-02-14 09:30")
NOW = beijing("2020-02-17 10:00")
MONTHLY = "自3月份起，各地各部门每月5日前向省扶贫办报送一次扶贫车间复工复产情况。"
AGAIN = "请各地各部门于每月20日前将扶贫车间复工复产工作进展情况报省扶贫办。"


@pytest.fixture(autouse=True)
def _cast(request: pytest.FixtureRequest) -> None:
    request.getfixturevalue("database" if "database" in request.fixturenames else "sqlite")
    import_cast(beijing("2020-02-13 09:00"))


def first(*sentences: str, to: tuple[str, ...] = (), now: datetime = THEN) -> None:
    register_text(notice_text(FIRST, *sentences), now)
    forward_circular.fn(FIRST, actor=OPERATOR, now=now, to=to)


def preview(*sentences: str, now: datetime = NOW, to: tuple[str, ...] = ()) -> Forwarded:
    register_text(notice_text(SECOND, *sentences), now)
    return forward_circular.fn(SECOND, actor=OPERATOR, now=now, to=to, dry_run=True)


def doubles(*sentences: str, now: datetime = NOW, to: tuple[str, ...] = ()) -> list[str]:
    return [each for each in preview(*sentences, now=now, to=to).questions if "相近" in each]


def test_it_names_what_is_asked_twice_and_of_how_many(database: str) -> None:
    first(MONTHLY)
    (question,) = doubles(AGAIN)
    assert question.startswith("第 1 项要求与《江北省扶贫开发领导小组办公室关于做好有关工作的通知》")
    assert f"（{FIRST}）第 1 项要求相近" in question
    assert "扶贫车间复工复产情况" in question
    assert "8 个单位将重复报送，能否合并" in question


def test_its_preview_shows_it_and_blocks_nothing(database: str) -> None:
    first(MONTHLY)
    shown = preview(AGAIN)
    assert shown.dry_run
    assert "- **请确认**：第 1 项要求与《" in forwarding(shown)
    done = forward_circular.fn(SECOND, actor=OPERATOR, now=NOW)
    assert len(done.offices) == 8
    assert len(owed("report", number=SECOND)) == 8


def test_it_counts_only_the_offices_that_owe_both(database: str) -> None:
    first(MONTHLY, to=("临江市", "东岸区"))
    assert "2 个单位将重复报送" in doubles(AGAIN)[0]


def test_it_asks_nothing_where_no_office_owes_both() -> None:
    first(MONTHLY, to=("临江市",))
    assert doubles(AGAIN, to=("望川市",)) == []


@pytest.mark.parametrize(
    "other",
    [
        "各地各部门每月5日前向省扶贫办报送一次春耕备耕情况。",
        "各地各部门每月5日前向省教育厅报送一次扶贫车间复工复产情况。",
        "各地各部门要认真抓好扶贫车间复工复产。",
        "遇有扶贫车间复工复产的重大情况，随时报告省扶贫办。",
    ],
)
def test_it_asks_nothing_about_other_matters_recipients_or_times(other: str) -> None:
    first(MONTHLY)
    assert doubles(other) == []


def test_it_compares_single_reports_by_their_month() -> None:
    first("请各地各部门于3月10日前将贫困劳动力务工情况报省扶贫办。")
    assert len(doubles("3月25日前，各地各部门向省扶贫办报送贫困劳动力外出务工情况。")) == 1


def test_it_lets_single_reports_of_other_months_be() -> None:
    first("请各地各部门于3月10日前将贫困劳动力务工情况报省扶贫办。")
    assert doubles("4月25日前，各地各部门向省扶贫办报送贫困劳动力外出务工情况。") == []


def test_what_is_over_is_asked_no_more(database: str) -> None:
    first(MONTHLY)
    withdraw_circular.fn(FIRST, "不再需要", actor=OPERATOR, now=NOW)
    assert doubles(AGAIN) == []


def test_what_was_recalled_is_asked_no_more() -> None:
    first(MONTHLY)
    recall_forwarding.fn(FIRST, "发错", actor=OPERATOR, now=NOW)
    assert doubles(AGAIN) == []


def test_who_was_freed_of_it_is_not_counted() -> None:
    first(MONTHLY)
    waive.fn(owed("report", number=FIRST)[0].id or 0, "合并办理", actor=OPERATOR, now=NOW)
    assert "7 个单位" in doubles(AGAIN)[0]


def test_a_monthly_report_counts_between_two_periods_too() -> None:
    first(MONTHLY)
    later = beijing("2020-03-03 10:00")
    sweep_until(THEN, later)
    for each in owed("report", number=FIRST):
        submit_report.fn(FIRST, code_of(each.office_id), "已办", actor=OPERATOR, now=later, period="2020-03-05")
        accept.fn(each.id or 0, actor=OPERATOR, now=later)
    assert "8 个单位" in doubles(AGAIN, now=later)[0]


def test_what_a_person_has_marked_as_restated_is_owed_once_and_not_asked_about(database: str) -> None:
    first(MONTHLY)
    assert len(doubles(AGAIN)) == 1
    restate.fn(SECOND, 1, FIRST, 1, "同一份月报", actor=OPERATOR, now=NOW)
    shown = forward_circular.fn(SECOND, actor=OPERATOR, now=NOW, dry_run=True)
    assert [each for each in shown.questions if "相近" in each] == []


def test_it_asks_the_database_as_often_for_many_as_for_one(database: str) -> None:
    """Set-based: the number of statements does not grow with what other circulars ask."""
    first(MONTHLY)
    few = _statements(lambda: doubles(AGAIN))
    for number in range(20, 26):
        register_text(notice_text(f"江扶组办发〔2020〕{number}号", MONTHLY), THEN)
        forward_circular.fn(f"江扶组办发〔2020〕{number}号", actor=OPERATOR, now=THEN)
    shown = list[Forwarded]()
    many = _statements(lambda: shown.append(forward_circular.fn(SECOND, actor=OPERATOR, now=NOW, dry_run=True)))
    assert len([each for each in shown[0].questions if "相近" in each]) == 7
    assert many <= few, "and those before registered the circular too"


def _statements(act: Callable[[], object]) -> int:
    seen: list[str] = []

    def note(*arguments: object) -> None:
        seen.append(str(arguments[2]))

    event.listen(engine(), "before_cursor_execute", note)
    try:
        act()
    finally:
        event.remove(engine(), "before_cursor_execute", note)
    return len(seen)
