"""From facts to words: what a mail says about its matters, and that it never says more than is known."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from domain.matters import Case, CaseReport, Matter, Outgoing
from domain.published import published_calendar
from domain.statuses import ObligationKind, Status
from domain.urgent import Severity
from notifications.messages import Item, Letter, NoticeKind, Tone
from notifications.render import render
from notifications.wording import item_for, letter_for

BEIJING = timezone(timedelta(hours=8))
#: Friday 3 April 2020, 9:00
NOW = datetime(2020, 4, 3, 9, 0, tzinfo=BEIJING).astimezone(UTC)
#: 24:00 of Sunday 5 April, a holiday
DUE = datetime(2020, 4, 6, 0, 0, tzinfo=BEIJING).astimezone(UTC)
CALENDAR = published_calendar()
REPORT = Matter(
    firing_id=1, kind="due_soon", rung="due-0", why="您是东岸区登记的经办人", obligation_id=7,
    obligation_kind=ObligationKind.REPORT, status=Status.PENDING, office="东岸区扶贫办", due_at=DUE,
    circular_title="关于春季帮扶的通知", document_number="江扶组办发〔2020〕8号", requirement="报送最新进展",
    period="2020-04-05", deliver_to="省扶贫办",
)  # fmt: skip
ALARM = Matter(
    firing_id=2, kind="alarm", rung="alarm:alarm", why="您负责值守", office="省扶贫办", detail={"matter": "出了事"}
)


def matter(**changes: Any) -> Matter:
    return replace(REPORT, **changes)


def item(now: datetime = NOW, **changes: Any) -> Item:
    return item_for(matter(**changes), now, CALENDAR)


def outgoing(*matters: Matter, kind: str = "digest", **changes: Any) -> Outgoing:
    plain = Outgoing(
        delivery_id=1, notice_id=1, kind=kind, address="officer@example.org", message_id="<1@x>", attempts=0,
        was_uncertain=False, urgency_tag="", name="王一", office="东岸区扶贫办", matters=matters,
    )  # fmt: skip
    return replace(plain, **changes)


def letter(*matters: Matter, kind: str = "digest", **changes: Any) -> Letter:
    return letter_for(
        outgoing(*matters, kind=kind, **changes), now=NOW, calendar=CALENDAR, sender_office="江北省扶贫办",
        contact_text="0400-0000000",
    )  # fmt: skip


# ---------------------------------------------------------------- one matter


def test_it_names_the_day_with_its_weekday_and_the_hour() -> None:
    assert item().due_text == "2020年4月5日（星期日）24时前"
    assert item(provisional=True).due_text == "2020年4月5日（星期日）24时前（暂定）"
    assert item(due_at=None).due_text == ""


@pytest.mark.parametrize(
    ("now", "words", "tone"),
    [
        ("2020-03-20", "还有 10 个工作日", Tone.GREEN),
        ("2020-04-01", "还有 2 个工作日", Tone.YELLOW),
        ("2020-04-03", "还有 2 天，其间没有工作日", Tone.YELLOW),
        ("2020-04-05", "今日到期", Tone.YELLOW),
        ("2020-04-06", "已逾期", Tone.RED),
        ("2020-04-07", "已逾期 1 个工作日", Tone.RED),
        ("2020-04-09", "已逾期 3 个工作日", Tone.RED),
    ],
)
def test_it_says_how_far_it_is_in_a_word_beside_the_colour(now: str, words: str, tone: Tone) -> None:
    shown = item(datetime.fromisoformat(f"{now}T09:00:00+08:00"))
    assert (shown.light_text, shown.tone) == (words, tone)


@pytest.mark.parametrize(
    ("status", "words", "tone"),
    [
        (Status.SUBMITTED, "待审核", Tone.GREEN),
        (Status.ACCEPTED, "已完成", Tone.GREEN),
        (Status.WAIVED, "已免办", Tone.GREY),
        (Status.WITHDRAWN, "已撤回", Tone.GREY),
    ],
)
def test_it_says_where_a_matter_stands_that_is_not_open(status: Status, words: str, tone: Tone) -> None:
    shown = item(DUE + timedelta(days=9), status=status)
    assert (shown.light_text, shown.tone) == (words, tone)


def test_it_tells_the_requirement_its_period_and_where_it_goes() -> None:
    shown = item()
    assert (shown.matter, shown.period_text, shown.deliver_to) == ("报送最新进展", "2020年4月5日这一期", "省扶贫办")
    assert item(requirement="").matter == "报送"


def test_it_tells_a_decision_as_the_one_about_the_office_that_waits_for_it() -> None:
    shown = item(
        kind="review_wanted", obligation_kind=ObligationKind.DECIDE, office="省扶贫办", about_office="东岸区扶贫办"
    )
    assert (shown.office_name, shown.matter) == ("东岸区扶贫办", "审核东岸区扶贫办的报送：报送最新进展")
    assert shown.deliver_to == "", "it is not the decider who hands it in"


def test_it_names_in_a_circulars_mail_what_else_is_due_a_few_lines_of_it() -> None:
    receipt = matter(kind="circular", rung="act:circular", obligation_id=1, obligation_kind=ObligationKind.RECEIPT)
    dates = tuple(matter(obligation_id=number, requirement=f"报送第{number}项") for number in range(2, 14))
    (shown,) = letter(receipt, kind="circular", dates=(receipt, *dates)).items
    lines = shown.detail.splitlines()
    assert lines[0] == "报送第2项：2020年4月5日（星期日）24时前，报省扶贫办"
    assert (len(lines), lines[-1]) == (9, "另有4项，见所附日历文件。")
    assert letter(receipt, kind="circular").items[0].detail == ""


def test_it_says_that_a_receipt_is_not_confirmed() -> None:
    assert item(receipt_not_confirmed=True).detail == "签收未确认，期限自应签收时起算。"


def test_it_says_when_it_should_have_come_where_it_comes_late() -> None:
    missed = datetime(2020, 3, 2, 1, tzinfo=UTC)
    assert item(missed_at=missed).detail == "补发：本应于2020年3月2日（星期一）9时提醒。"
    assert item(missed_at=missed, receipt_not_confirmed=True).detail == (
        "补发：本应于2020年3月2日（星期一）9时提醒。签收未确认，期限自应签收时起算。"
    )


def test_it_never_leaves_out_the_reason_of_a_return() -> None:
    returned = item(kind="returned", detail={"reason": "数字不符"}, receipt_not_confirmed=True)
    assert returned.detail == "数字不符"


def test_it_confirms_when_and_by_whom_something_was_received() -> None:
    detail = {"at": "2020年4月3日（星期五）9时", "by": "王一", "reference": "签收-7"}
    shown = item(kind="receipt_confirmed", detail=detail)
    assert shown.detail == "签收时间：2020年4月3日（星期五）9时，签收人：王一。"
    assert shown.reference == "签收-7"


def test_it_says_where_a_report_came_late() -> None:
    late = item(kind="report_received", detail={"at": "2020年4月7日（星期二）9时", "late": "1"})
    assert late.detail == "收件时间：2020年4月7日（星期二）9时（逾期报送）。"


@pytest.mark.parametrize(("kind", "words"), [("due_soon", "请按时转发"), ("overdue", "请立即转发")])
def test_it_asks_for_the_forwarding_where_that_is_what_is_owed(kind: str, words: str) -> None:
    shown = item(kind=kind, obligation_kind=ObligationKind.FORWARD, requirement="")
    assert shown.what_to_do.startswith(words)
    assert "报送" not in shown.what_to_do


def test_it_names_the_office_that_cannot_be_reached_not_the_one_that_is_told() -> None:
    detail = {
        "office": "东岸区扶贫办",
        "number": "江扶组办发〔2020〕8号",
        "title": "关于春季帮扶的通知",
        "reason": "550",
    }
    told = Matter(
        firing_id=3, kind="undeliverable", rung="alarm:undeliverable", why="w", office="临江市扶贫办", detail=detail
    )
    shown = item_for(told, NOW, CALENDAR)
    assert (shown.office_name, shown.document_number) == ("东岸区扶贫办", "江扶组办发〔2020〕8号")
    subject = render(letter(told, kind="undeliverable")).subject
    assert subject == "无法送达：东岸区扶贫办（江扶组办发〔2020〕8号《关于春季帮扶的通知》）"


@pytest.mark.parametrize("kind", [kind for kind in NoticeKind if kind not in (NoticeKind.DIGEST, NoticeKind.TEST)])
def test_it_has_words_for_every_kind(kind: NoticeKind) -> None:
    shown = item(kind=kind.value)
    assert shown.what_to_do
    assert shown.why
    assert render(letter(matter(kind=kind.value), kind=kind.value)).subject


# ---------------------------------------------------------------- one letter


def test_it_tells_a_digest_of_one_as_that_one() -> None:
    single = letter(REPORT)
    assert single.kind is NoticeKind.DUE_SOON
    assert letter(REPORT, kind="due_soon").kind is NoticeKind.DUE_SOON


def test_it_tells_several_as_a_digest_whatever_the_notice_was_made_as() -> None:
    assert letter(REPORT, matter(firing_id=2, obligation_id=8), kind="due_soon").kind is NoticeKind.DIGEST


def test_it_tells_one_obligation_once_by_its_highest_rung() -> None:
    waited = [matter(firing_id=number, rung=rung) for number, rung in enumerate(("due-3", "due-1", "due-0"), start=1)]
    late = matter(firing_id=4, rung="due+1", kind="overdue")
    told = letter(*waited, late)
    assert [each.kind for each in told.items] == [NoticeKind.OVERDUE]
    assert told.kind is NoticeKind.OVERDUE


def test_it_tells_two_roles_of_one_rung_as_the_first() -> None:
    told = letter(matter(why="经办人"), matter(firing_id=2, why="负责人"))
    assert [each.why for each in told.items] == ["经办人"]


def test_it_leaves_out_no_act_and_no_alarm() -> None:
    confirmed = matter(firing_id=2, rung="act:report_received", kind="report_received")
    accepted = matter(firing_id=3, rung="act:accepted", kind="accepted")
    told = letter(REPORT, confirmed, accepted, ALARM, replace(ALARM, firing_id=9))
    assert [each.kind.value for each in told.items] == ["due_soon", "report_received", "accepted", "alarm", "alarm"]


def test_it_keeps_apart_the_obligations_of_two_offices() -> None:
    told = letter(matter(kind="escalation"), matter(firing_id=2, obligation_id=8, kind="escalation", office="石桥县"))
    assert [each.office_name for each in told.items] == ["东岸区扶贫办", "石桥县"]


def test_it_quotes_the_beginning_of_a_circular_and_leaves_the_rest_to_the_attachment() -> None:
    text = "# 文件\n\n**一要**" + "抓" * 900
    shown = letter(matter(kind="circular"), kind="circular", text=text).body_text
    assert shown.startswith("文件\n一要抓")
    assert shown.endswith("……（全文见附件）")
    assert len(shown) < 620


def test_it_names_whom_the_circular_names_to_ask_else_the_installation() -> None:
    assert letter(REPORT, contact="李示例，0400-1").contact_text == "李示例，0400-1"
    assert letter(REPORT).contact_text == "0400-0000000"


# ---------------------------------------------------------------- an urgent report

CASE = Case(
    id=1, title="山洪", severity=Severity.SERIOUS, reporter="东岸区扶贫办", occurred_at=NOW - timedelta(minutes=50),
    learned_at=NOW - timedelta(minutes=40), raised_at=NOW - timedelta(minutes=5),
    reports=(CaseReport(1, "initial", "某村进水，已转移 30 人。", NOW - timedelta(minutes=5)),),
    written_due_at=NOW - timedelta(minutes=10),
)  # fmt: skip
URGENT = Matter(
    firing_id=5, kind="urgent_report", rung="issued+0m", why="w", obligation_id=9, status=Status.PENDING, case=CASE,
    obligation_kind=ObligationKind.RESPOND, office="临江市扶贫办", due_at=NOW + timedelta(minutes=10),
)  # fmt: skip


def test_it_puts_the_facts_of_an_urgent_report_above_its_text() -> None:
    told = letter(URGENT, kind="urgent_report", urgency_tag="紧急")
    assert dict(told.summary)["级别"] == "重大"
    assert dict(told.summary)["发生时间"] == "2020年4月3日（星期五）8时10分"
    assert dict(told.summary)["获知时间"] == "2020年4月3日（星期五）8时20分（发生后10分钟）"
    assert dict(told.summary)["上报时间"].endswith("8时55分（获知后35分钟，超过书面报告时限5分钟）")
    assert told.body_text == "某村进水，已转移 30 人。"
    assert render(told).subject == "【紧急】紧急信息：东岸区扶贫办 山洪（紧急信息第1号）"


def test_it_says_no_lateness_of_a_report_that_was_in_time() -> None:
    punctual = replace(CASE, raised_at=NOW - timedelta(minutes=10))
    assert dict(letter(replace(URGENT, case=punctual)).summary)["上报时间"].endswith("8时50分（获知后30分钟）")
    unknown = replace(CASE, written_due_at=None)
    assert dict(letter(replace(URGENT, case=unknown)).summary)["上报时间"].endswith("（获知后35分钟）")


LATER = replace(CASE, reports=(*CASE.reports, CaseReport(2, "follow_up", "水位回落。", NOW)))


def test_it_tells_a_follow_up_by_its_number_and_alone() -> None:
    told = letter(
        replace(URGENT, kind="urgent_follow_up", rung="act:urgent_follow_up", case=LATER, detail={"seq": "2"})
    )
    assert render(told).subject == "紧急信息续报：东岸区扶贫办 山洪（第2次报告）（紧急信息第1号）"
    assert told.body_text == "续报（第2次，2020年4月3日（星期五）9时）：\n水位回落。"


def test_it_tells_a_level_that_hears_later_all_there_is() -> None:
    told = letter(replace(URGENT, kind="urgent_report", case=LATER))
    first, second = told.body_text.split("\n\n")
    assert first.startswith("首报（第1次")
    assert second.startswith("续报（第2次")


def test_it_asks_the_office_itself_for_its_follow_up_without_its_own_words() -> None:
    owed = replace(URGENT, kind="overdue", obligation_kind=ObligationKind.FOLLOW_UP, case=LATER, period="2020-04-03")
    told = letter(replace(owed, due_at=NOW - timedelta(minutes=3)))
    assert told.body_text == ""
    assert told.items[0].what_to_do == "请立即续报；处置完毕的，请终报。"
    assert render(told).subject == "逾期催办：山洪（紧急信息续报），已超过时限 3 分钟（紧急信息第1号）"


def test_it_says_that_a_person_reminds_and_why() -> None:
    told = letter(matter(kind="reminder", rung="act:reminder", detail={"reason": "省里明日开会要用。"}))
    assert render(told).subject.startswith("催办：报送最新进展")
    assert "省里明日开会要用。" in render(told).text


def test_it_asks_nothing_of_those_who_get_a_copy() -> None:
    asked = item_for(URGENT, NOW, CALENDAR).what_to_do
    copied = item_for(replace(URGENT, detail={"copy": "1"}), NOW, CALENDAR).what_to_do
    assert "请立即回应" in asked
    assert "请立即回应" not in copied
    assert "抄告" in copied
