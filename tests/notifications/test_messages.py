"""What kinds of mail there are, and which of them may share one."""

from __future__ import annotations

from notifications.messages import NoticeKind, Tone
from tests.notifications.letters import item, letter


def test_it_merges_reminders_and_confirmations_but_no_circular_decision_or_alarm() -> None:
    assert {kind for kind in NoticeKind if kind.merges} == {
        NoticeKind.RECEIPT_REMINDER,
        NoticeKind.DUE_SOON,
        NoticeKind.OVERDUE,
        NoticeKind.ESCALATION,
        NoticeKind.UNSIGNED_LIST,
        NoticeKind.REVIEW_WANTED,
        NoticeKind.DECISION_WANTED,
        NoticeKind.LOOK_BACK_DUE,
        NoticeKind.DEADLINE_MOVED,
        NoticeKind.ACCEPTED,
        NoticeKind.RECEIPT_CONFIRMED,
        NoticeKind.REPORT_RECEIVED,
        NoticeKind.REMINDER,
    }


def test_it_gives_every_kind_a_chinese_name_of_its_own() -> None:
    labels = {kind.label for kind in NoticeKind}
    assert len(labels) == len(NoticeKind)
    assert all(not label.isascii() for label in labels)


def test_it_never_shows_anything_in_blue() -> None:
    assert "blue" not in {tone.value for tone in Tone}


def test_it_tells_a_digest_of_one_item_as_that_item() -> None:
    assert letter(item(NoticeKind.DUE_SOON), kind=NoticeKind.DIGEST).shown_kind is NoticeKind.DUE_SOON
    assert letter(item(), item(), kind=NoticeKind.DIGEST).shown_kind is NoticeKind.DIGEST


def test_it_takes_the_colour_of_the_kind_unless_the_item_has_its_own() -> None:
    assert item(NoticeKind.RECEIPT_REMINDER).shown_tone is Tone.YELLOW
    assert item(NoticeKind.RECEIPT_REMINDER, tone=Tone.RED).shown_tone is Tone.RED
