"""Reminders by hand: a reason, a pause, a cap; pressed five times one mail goes and four are on record."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest

from domain.errors import Refused
from domain.urgent import Severity
from models.notice import Firing, FiringState
from tasks.alerting import raise_urgent_report
from tasks.auditing import verify_audit
from tasks.calling import open_calls
from tasks.delivering import deliver
from tasks.handling import submit_report, waive
from tasks.reminding import Reminded, remind
from tests.cast import COVER, DONGAN, LINJIANG, MONTHLY, OPERATOR, beijing, officer, set_out
from tests.looking import entries, firings, the_one
from tests.tasks.stage import deliveries

SENT = beijing("2020-02-14 09:30")
#: A Monday morning, in working hours.
NOW = beijing("2020-03-02 09:30")


@pytest.fixture(autouse=True)
def _cast(request: pytest.FixtureRequest) -> None:
    request.getfixturevalue("database" if "database" in request.fixturenames else "sqlite")
    set_out(SENT)
    deliver.fn(now=beijing("2020-02-14 09:45"))


def monthly() -> int:
    return the_one("report", DONGAN, COVER, "2020-03-05").id or 0


def press(now: datetime = NOW, number: int | None = None) -> Reminded:
    return remind.fn(number or monthly(), "省里明日开会要用，电话 13812345678。", actor=OPERATOR, now=now)


def pressed() -> list[Firing]:
    return firings(rung="act:reminder")


def mails() -> list[str]:
    """The addresses that mail has been made for since the play began."""
    return [each.address for each in deliveries() if each.subject.startswith("催办")]


def test_it_sends_the_officer_a_mail_that_says_why(database: str) -> None:
    done = press()
    assert (done.sent, done.number, done.telephone_first) == (True, 1, False)
    assert deliver.fn(now=NOW).accepted >= 1
    assert mails() == ["officer.230102@example.org"]
    ((subject, payload),) = entries("reminder.pressed")
    assert (subject, payload["number"], payload["held_back"]) == (f"obligation:{monthly()}", 1, "")
    assert "13812345678" not in str(entries())


def test_it_sends_one_mail_where_it_is_pressed_five_times_in_a_minute(database: str) -> None:
    done = [press(NOW + timedelta(seconds=10 * each)) for each in range(5)]
    assert [each.sent for each in done] == [True, False, False, False, False]
    assert [(each.repeat, each.state) for each in pressed()] == [
        (1, FiringState.OPEN), *((number, FiringState.SUPPRESSED) for number in (2, 3, 4, 5)),
    ]  # fmt: skip
    assert all("不足 4 个工作小时" in each.why for each in pressed()[1:])
    deliver.fn(now=NOW + timedelta(minutes=1))
    assert len(mails()) == 1
    assert len(entries("reminder.pressed")) == 5, "what was held back is on record too"


def test_it_sends_one_mail_where_five_press_at_the_same_moment(database: str) -> None:
    number, start = monthly(), threading.Barrier(5)
    done, failed = list[bool](), list[BaseException]()

    def go() -> None:
        start.wait()
        try:
            done.append(press(number=number).sent)
        except BaseException as error:  # noqa: BLE001  shown below
            failed.append(error)

    threads = [threading.Thread(target=go) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (sorted(done), failed) == ([False] * 4 + [True], [])
    assert sorted(each.repeat for each in pressed()) == [1, 2, 3, 4, 5]
    assert verify_audit.fn().whole


def test_it_goes_again_after_the_pause_until_the_cap(database: str) -> None:
    days = [NOW + timedelta(days=each) for each in range(4)]
    done = [press(each) for each in days]
    assert [each.sent for each in done] == [True, True, True, False]
    assert "达到上限（3 次）" in done[-1].message
    assert [each.sent_in_all for each in done] == [1, 2, 3, 3]


def test_it_counts_only_what_was_sent() -> None:
    press()
    for minute in range(1, 9):
        press(NOW + timedelta(minutes=minute))
    assert press(NOW + timedelta(days=1)).sent, "eight were held back: they count for nothing"


def test_it_waits_for_working_hours_and_says_so() -> None:
    saturday = beijing("2020-02-29 10:00")
    assert "2020年3月2日（星期一）8时30分送出" in press(saturday).message
    deliver.fn(now=saturday)
    assert mails() == []
    deliver.fn(now=beijing("2020-03-02 08:30"))
    assert len([each for each in deliveries() if each.address == "officer.230102@example.org"]) == 2


def test_it_takes_back_a_reminder_that_has_not_gone_when_the_office_reports() -> None:
    press(beijing("2020-02-29 10:00"))
    submit_report.fn(
        COVER, DONGAN, "进展。", actor=officer(DONGAN), now=beijing("2020-02-29 11:00"), ordinal=MONTHLY,
        period="2020-03",
    )  # fmt: skip
    assert [each.state for each in pressed()] == [FiringState.WITHDRAWN]


def test_it_refuses_without_a_reason_and_what_waits_for_somebody_else() -> None:
    with pytest.raises(Refused, match="必须说明理由"):
        remind.fn(monthly(), " ", actor=OPERATOR, now=NOW)
    with pytest.raises(Refused, match="没有编号为 99999 的事项"):
        press(number=99999)
    submit_report.fn(COVER, DONGAN, "进展。", actor=officer(DONGAN), now=NOW, ordinal=MONTHLY, period="2020-03")
    with pytest.raises(Refused, match="正在等待审核"):
        press()
    other = the_one("report", LINJIANG, COVER, "2020-03-05").id or 0
    waive.fn(other, "本市无此项工作", actor=OPERATOR, now=NOW)
    with pytest.raises(Refused, match="已免办，无须再催办"):
        press(number=other)
    assert pressed() == []


def test_it_telephones_first_where_the_matter_is_urgent(database: str) -> None:
    night = beijing("2020-03-14 22:40")
    raise_urgent_report.fn(
        DONGAN, "火灾", "处置中。", Severity.ORDINARY, occurred_at=night, learned_at=night, actor=officer(DONGAN),
        now=night,
    )  # fmt: skip
    number = the_one("respond", LINJIANG).id or 0
    done = press(night + timedelta(minutes=1), number)
    assert done.telephone_first
    assert "请先打电话" in done.message
    assert deliver.fn(now=night + timedelta(minutes=1)).accepted >= 2, "at any hour"
    (reminder,) = firings(the_one("respond", LINJIANG), rung="act:reminder")
    assert (reminder.role, reminder.call_list, reminder.urgency_tag) == ("duty", True, "紧急")
    assert "火灾" not in str([each.why for each in open_calls.fn(now=night)])
    assert len([each for each in open_calls.fn(now=night + timedelta(minutes=1)) if each.person == "郑一"]) == 1
    assert not press(night + timedelta(minutes=30), number).sent
    assert press(night + timedelta(minutes=31), number).sent
