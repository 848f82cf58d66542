"""What a mail says about answering it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from domain.answer_words import matter_numbers
from domain.matters import Matter
from domain.statuses import ObligationKind, Status
from notifications.messages import Letter
from notifications.render import render
from notifications.wording import letter_for
from tests.notifications.test_render import visible
from tests.notifications.test_wording import ALARM, CALENDAR, NOW, REPORT, outgoing

OWN = replace(REPORT, own=True, made_at=NOW - timedelta(days=30))
RECEIPT = replace(OWN, kind="receipt_reminder", obligation_id=3, obligation_kind=ObligationKind.RECEIPT)


def letter(*matters: Matter, contest_workdays: int | None = 2, now: datetime = NOW, **changes: Any) -> Letter:
    return letter_for(
        outgoing(*matters, **changes), now=now, calendar=CALENDAR, sender_office="江北省扶贫办", contact_text="",
        contest_workdays=contest_workdays,
    )  # fmt: skip


def test_it_says_in_one_line_how_a_receipt_is_confirmed_by_answering() -> None:
    rendered = render(letter(RECEIPT))
    line = (
        "如何答复：可直接回复本邮件办理，正文第一行写："
        "“签收”；或“退文”，写明原因（发错单位、无法辨读或文件有误）和说明。"
    )
    assert line in rendered.text
    assert line in visible(rendered.html)


def test_it_says_how_a_report_is_handed_in_or_more_time_asked_for() -> None:
    assert letter(OWN).answer_text == (
        "可直接回复本邮件办理，正文第一行写：“报送”，下面写正文，或附上文件；"
        "或“延期至×年×月×日”，下面写“目前进展：”和“理由：”；或“知悉”，表示已看到，暂缓重复提醒。"
    )
    assert "“异议”" in letter(replace(OWN, made_at=NOW - timedelta(hours=3))).answer_text
    assert "“延期" not in letter(OWN, now=NOW + timedelta(days=30)).answer_text


@pytest.mark.parametrize(
    "matter",
    [
        replace(OWN, own=False),
        replace(OWN, status=Status.ACCEPTED, kind="accepted"),
        replace(OWN, obligation_kind=ObligationKind.DECIDE, kind="review_wanted"),
        ALARM,
    ],
)
def test_it_says_nothing_of_answers_where_none_would_be_taken(matter: Matter) -> None:
    assert letter(matter).answer_text == ""
    assert "如何答复" not in render(letter(matter)).text


def test_it_says_nothing_of_answers_where_none_is_read() -> None:
    rendered = render(letter(RECEIPT, OWN, contest_workdays=None))
    for words in (rendered.text, rendered.html):
        assert "答复" not in words
        assert "答复时写" not in words


def test_it_numbers_what_can_be_answered_in_a_digest_and_asks_for_the_number() -> None:
    others = replace(OWN, firing_id=9, obligation_id=9, own=False, office="西岸区扶贫办")
    rendered = render(letter(replace(RECEIPT, firing_id=3), OWN, others))
    for words in (rendered.text, visible(rendered.html)):
        assert words.count("答复时写：") == 2
        assert "正文第一行写“签收”、“报送”、“延期”、“退文”、“知悉”之一和所列编号，如“签收 事项3”" in words
    assert matter_numbers(rendered.text) == (3, 7)


def test_it_says_how_an_urgent_report_is_answered_in_a_mail_of_its_own_alone() -> None:
    alert = replace(OWN, kind="urgent_report", obligation_kind=ObligationKind.RESPOND, obligation_id=9, firing_id=9)
    assert letter(alert, kind="urgent_report").answer_text.endswith("“收到”，即为回应（续转仍须照常办理）。")
    follow_up = replace(OWN, obligation_kind=ObligationKind.FOLLOW_UP, obligation_id=9, firing_id=9)
    assert "“紧急信息终报”，下面写处置结果" in letter(follow_up).answer_text
    several = letter(follow_up, OWN)
    assert "紧急信息" not in several.answer_text
    assert [each.number for each in several.items] == ["", "事项7"]
