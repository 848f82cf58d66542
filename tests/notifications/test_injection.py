"""What comes from outside stays text: no header, no element, no line of a calendar is made of it, in any kind."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields, replace
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html as lxml_html

from domain.matters import Case, CaseReport, Matter, Outgoing
from domain.published import published_calendar
from notifications.calendar_entries import calendar_files, entries_of
from notifications.compose import compose
from notifications.messages import Attachment, Envelope, NoticeKind
from notifications.render import render
from notifications.samples import SAMPLED_AT, sample
from notifications.wording import letter_for
from tests.notifications.letters import parsed

#: What a field may hold at its worst; none has a line break that would rightly make another paragraph or line.
EVIL = (
    "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "</td></table><a href='https://x.example'>x</a>",
    "{{ letter }}{% include 'x' %}", "<!--", "<!--capture-->", "\x00\x07\x1b[31m", "\u202e\u2066\u200f\u061c",
    "]]>&lt;&#60;svg/onload=x&#62;", "=?utf-8?b?QmNjOiB4QGV4YW1wbGUub3Jn?=", "\x85\u2028\u2029",
)  # fmt: skip
BREAKS = ("\r\nBcc: evil@example.org", "\nX-Evil: 1\n\n<html>", "\rATTENDEE:mailto:x@example.org\r")
#: Enumerations, numbers and instants are ours, and so is what a rung is called.
OURS = ("kind", "rung", "thread", "message_id", "address", "again_of", "matters", "dates", "period", "decides", "hold")
FLAGS = ("seq", "copy", "refused", "upheld")
KINDS = [kind for kind in NoticeKind if kind is not NoticeKind.TEST]


def as_evil(value: Any, evil: str) -> Any:
    """Return the same value with `evil` in every text of it that comes from outside."""
    if isinstance(value, Matter | Outgoing | Case | CaseReport):
        changes = {
            each.name: as_evil(getattr(value, each.name), evil)
            for each in fields(value)
            if each.name not in OURS and each.name != "severity"
        }
        return replace(value, **changes)
    if type(value) is str:
        return value + evil
    if isinstance(value, tuple):
        return tuple(as_evil(each, evil) for each in value)
    if isinstance(value, dict):
        return {
            name: text if name in ("seq", "copy", "refused", "upheld") else text + evil for name, text in value.items()
        }
    return value


def message_of(kind: NoticeKind, evil: str) -> EmailMessage:
    outgoing = sample(kind, lambda number, _: f"<{number}.ab@example.org>")
    assert outgoing is not None
    told = replace(
        as_evil(outgoing, evil),
        urgency_tag=outgoing.urgency_tag,
        matters=tuple(as_evil(each, evil) for each in outgoing.matters),
        dates=tuple(as_evil(each, evil) for each in outgoing.dates),
    )
    letter = letter_for(
        told, now=SAMPLED_AT, calendar=published_calendar(), sender_office="江北省扶贫办" + evil,
        contact_text="督查处" + evil, contest_workdays=2,
    )  # fmt: skip
    envelope = Envelope(
        sender="duban@example.org", sender_name="督办" + evil, to_address="officer@example.org",
        to_name=letter.recipient_name, message_id=told.message_id, references=("<thread.1@example.org>",),
        reply_to="duban+1.ab@example.org", sent_at=datetime(2020, 4, 3, 1, tzinfo=UTC), importance="high",
        intended_for="true@example.org" + evil,
    )  # fmt: skip
    scan = Attachment(filename=f"江府发〔2020〕3号{evil}.pdf", content=b"%PDF", media_type="application/pdf")
    entries = calendar_files(entries_of(told, SAMPLED_AT), now=SAMPLED_AT, key=b"key", domain="example.org")
    return parsed(compose(render(letter), envelope, (scan, *entries)))


def elements(mail: EmailMessage) -> Counter[tuple[str, tuple[str, ...]]]:
    """Count the elements of the HTML, each with the names of its attributes, as a tolerant parser finds them."""
    part = mail.get_body(("html",))
    assert part is not None
    tree = lxml_html.document_fromstring(part.get_content())
    return Counter((str(each.tag), tuple(sorted(each.attrib))) for each in tree.iter())


def headers(mail: EmailMessage) -> list[list[str]]:
    return [sorted(part.keys()) for part in mail.walk()]


@pytest.mark.parametrize("kind", KINDS)
def test_it_hands_no_null_character_to_any_client(kind: NoticeKind) -> None:
    for part in message_of(kind, "\x00").walk():
        if part.get_content_maintype() == "text" and part.get_content_type() != "text/calendar":
            assert "\x00" not in part.get_content()


@pytest.mark.parametrize("kind", KINDS)
def test_it_makes_the_same_headers_and_elements_whatever_a_field_holds(kind: NoticeKind) -> None:
    plain = message_of(kind, "好")
    for evil in EVIL:
        mail = message_of(kind, evil)
        assert headers(mail) == headers(plain), repr(evil)
        assert set(elements(mail)) == set(elements(plain)), repr(evil)
        if "\u2028" not in evil:  # a separator of lines rightly parts the lines of a report
            assert elements(mail) == elements(plain), repr(evil)


@pytest.mark.parametrize("kind", KINDS)
def test_it_makes_no_header_and_no_new_element_of_a_line_break(kind: NoticeKind) -> None:
    plain = message_of(kind, "好")
    for evil in BREAKS:
        mail = message_of(kind, evil)
        assert headers(mail) == headers(plain), repr(evil)
        assert set(elements(mail)) <= set(elements(plain)) | {("br", ()), ("p", ("class", "style"))}, repr(evil)
        assert {each.addr_spec for each in mail["To"].addresses} == {"officer@example.org"}
        assert mail["Subject"].count("\n") == 0


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet=st.characters(exclude_characters="\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"), max_size=40))
def test_it_makes_the_same_mail_of_any_text(text: str) -> None:
    for kind in (NoticeKind.CIRCULAR, NoticeKind.DIGEST, NoticeKind.URGENT_REPORT):
        mail, plain = message_of(kind, f"好{text}"), message_of(kind, "好")
        assert headers(mail) == headers(plain)
        assert elements(mail) == elements(plain)


@pytest.mark.parametrize("kind", KINDS)
def test_it_belongs_to_its_thread_and_is_never_answered_by_a_machine(kind: NoticeKind) -> None:
    mail = message_of(kind, "")
    assert mail["References"] == mail["In-Reply-To"] == "<thread.1@example.org>"
    assert (mail["Auto-Submitted"], mail["X-Auto-Response-Suppress"]) == ("auto-generated", "All")
    assert mail["Reply-To"] == "duban+1.ab@example.org"
    assert mail["Importance"] == "high"
