"""What a message says is as of the minute that it shows; when it was sent is told to the second."""

from __future__ import annotations

from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage

from domain.calendar import WorkCalendar
from domain.published import published_calendar
from models.choices import MailMode
from notifications.alike import _rendered
from notifications.messages import NoticeKind
from notifications.samples import SAMPLED_AT, original, sample
from tasks.writing import made


def written(at: datetime, calendar: WorkCalendar) -> EmailMessage:
    outgoing = sample(NoticeKind.DUE_SOON, lambda number, _: f"<{number}.ab@example.org>")
    assert outgoing is not None
    message = made(
        outgoing, now=at, mode=MailMode.LIVE, original=lambda _: original(), calendar=calendar, sender_office="省",
        contest_workdays=None,
    )  # fmt: skip
    return message_from_bytes(message.message, policy=policy.default)


def html(message: EmailMessage) -> str:
    body = message.get_body(("html",))
    assert body is not None
    return str(body.get_content())


def test_it_says_the_same_words_within_a_minute_and_another_time_of_sending() -> None:
    first, second = (written(SAMPLED_AT + timedelta(seconds=each), published_calendar()) for each in (3, 41))
    assert html(first) == html(second)
    assert [each.as_bytes() for each in first.iter_attachments()] == [
        each.as_bytes() for each in second.iter_attachments()
    ]
    assert first["Date"].datetime == SAMPLED_AT + timedelta(seconds=3)
    assert second["Date"].datetime == SAMPLED_AT + timedelta(seconds=41)


def test_letters_of_one_minute_that_are_alike_are_rendered_once() -> None:
    _rendered.cache_clear()
    for seconds in (3, 41):
        written(SAMPLED_AT + timedelta(seconds=seconds), published_calendar())
    assert (_rendered.cache_info().misses, _rendered.cache_info().hits) == (1, 1)
