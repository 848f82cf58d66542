"""A circular that defers what falls on a holiday: from its words to the instants that people are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.circular import Requirement
from tasks.forwarding import forward_circular
from tasks.sweeping import sweep
from tests.cast import LINJIANG, OPERATOR, beijing, forward_cover, import_cast, notice_text, register_text
from tests.looking import again, firings, owed, rows, the_one
from tests.tasks.stage import mails_in, post_office, sweep_until, told

NUMBER = "江扶组办发〔2020〕1号"
START = beijing("2020-01-06 09:00")
CLAUSE = "，节假日顺延至节假日结束后的第二个工作日中午12时前"


def send(clause: str) -> None:
    text = notice_text(NUMBER, f"请各地各部门自2020年1月起每周二前将进展报省扶贫办{clause}。")
    import_cast(START)
    register_text(text.replace("2020年2月14日", "2020年1月6日"), START)
    forward_cover(START, NUMBER)


def due(period: str) -> str:
    at = the_one("report", LINJIANG, NUMBER, period).due_at
    assert at is not None
    return told(at)


def test_it_defers_the_tuesday_in_the_holiday(database: str) -> None:
    send(CLAUSE)
    sweep_until(START, beijing("2020-02-05 00:00"))
    assert [due(period) for period in ("2020-01-21", "2020-01-28", "2020-02-04")] == [
        "2020-01-22 00:00", "2020-02-04 12:00", "2020-02-05 00:00",
    ]  # fmt: skip


@pytest.mark.usefixtures("sqlite")
def test_it_leaves_the_written_day_without_a_clause() -> None:
    send("")
    sweep_until(START, beijing("2020-02-05 00:00"))
    assert [due(period) for period in ("2020-01-21", "2020-01-28", "2020-02-04")] == [
        "2020-01-22 00:00", "2020-01-29 00:00", "2020-02-05 00:00",
    ]  # fmt: skip


@pytest.mark.usefixtures("sqlite")
def test_it_reminds_by_the_deferred_day() -> None:
    send(CLAUSE)
    sweep_until(START, beijing("2020-02-04 11:00"))
    (last,) = firings(the_one("report", LINJIANG, NUMBER, "2020-01-28"), rung="due-0")
    assert told(last.at) == "2020-02-04 09:00"


@pytest.mark.usefixtures("sqlite")
def test_it_takes_up_a_period_whose_deferred_instant_is_ahead_when_forwarding() -> None:
    text = notice_text(NUMBER, f"请各地各部门自2020年1月起每周二前将进展报省扶贫办{CLAUSE}。")
    import_cast(START)
    register_text(text.replace("2020年2月14日", "2020年1月6日"), START)
    forward_cover(beijing("2020-02-03 10:00"), NUMBER)
    assert [each.period for each in owed("report", LINJIANG, NUMBER)] == ["2020-01-28"]
    sweep.fn(now=beijing("2020-02-03 10:15"))
    assert [each.period for each in owed("report", LINJIANG, NUMBER)] == ["2020-01-28", "2020-02-04"]


@pytest.mark.usefixtures("sqlite")
def test_it_stores_and_shows_the_clause() -> None:
    text = notice_text(NUMBER, "请各地各部门将情况于2020年4月5日前报省扶贫办，遇节假日顺延至节后第二个工作日12时前。")
    import_cast(START)
    register_text(text, START)
    (requirement,) = rows(Requirement)
    assert (requirement.defer_workdays, str(requirement.defer_time)) == (2, "12:00:00")
    shown = forward_circular.fn(NUMBER, actor=OPERATOR, now=beijing("2020-02-17 10:00"), dry_run=True)
    assert "2020年4月8日（星期三）12时前（原定2020年4月5日（星期日），遇节假日顺延至节后第2个工作日12时前）" in {
        each.due for each in shown.due
    }


@pytest.mark.usefixtures("sqlite")
def test_it_keeps_the_base_of_a_deferred_day() -> None:
    send(CLAUSE)
    sweep_until(START, beijing("2020-01-29 00:00"))
    first = the_one("report", LINJIANG, NUMBER, "2020-01-28")
    assert again(first).base_due_at == first.due_at == beijing("2020-02-04 12:00")


@pytest.mark.usefixtures("sqlite")
def test_it_tells_in_the_mail_from_which_day_it_was_deferred(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    send(CLAUSE)
    with post_office(monkeypatch, tmp_path / "mails", START):
        sweep_until(START, beijing("2020-02-04 09:30"), mails=True)
    mails = [mail for mail in mails_in(tmp_path / "mails") if mail.to == "officer.230100@example.org"]
    deferred = "2020年2月4日（星期二）12时前（原定2020年1月28日（星期二），遇节假日顺延）"
    assert any(deferred in mail.text for mail in mails)
    assert not any("原定2020年1月21日" in mail.text for mail in mails), "a working day is not deferred"
