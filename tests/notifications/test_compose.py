"""The bytes of a mail, read back by a parser that is not ours."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from notifications.compose import BadAddress, compose, message_id_for, short_filename, token_for, with_token
from notifications.messages import Attachment, NoticeKind
from notifications.render import Rendered, render
from tests.notifications.letters import envelope, item, letter, parsed, rate

if TYPE_CHECKING:
    from email.message import EmailMessage

WORDS = Rendered(
    subject="【特急】请签收：清政办发〔2020〕7号", text="正文第一行\n第二行\n", html="<p>正文</p><!--capture-->"
)
SCAN = Attachment(filename="清政办发〔2020〕7号.pdf", content=bytes(range(256)) * 9, media_type="application/pdf")


def body(mail: EmailMessage, form: str) -> str:
    part = mail.get_body((form,))
    assert part is not None
    content = part.get_content()
    assert isinstance(content, str)
    return content


def test_it_is_read_back_as_it_was_written() -> None:
    rendered = render(letter(item(NoticeKind.OVERDUE), urgency_tag="特急"))
    mail = parsed(compose(rendered, envelope()))
    assert mail.get_content_type() == "multipart/alternative"
    assert mail["Subject"] == rendered.subject
    assert mail["From"].addresses[0].display_name == "清江省督办"
    assert mail["From"].addresses[0].addr_spec == "duban@example.org"
    assert mail["To"].addresses[0].display_name == "周明"
    assert mail["To"].addresses[0].addr_spec == "zhou@dongshan.example.org"
    assert body(mail, "plain").splitlines() == rendered.text.splitlines()
    assert body(mail, "html").splitlines() == rendered.html.splitlines()
    assert [part.defects for part in mail.walk()] == [[], [], []]
    assert all(not value.defects for value in mail.values())


def test_it_shows_a_zero_as_a_character_that_is_none() -> None:
    mail = parsed(compose(Rendered(subject="督办", text="前\0后\n末行", html="<p>前\0后</p>"), envelope()))
    assert body(mail, "plain").splitlines() == ["前\ufffd后", "末行"]
    assert body(mail, "html").splitlines() == ["<p>前\ufffd后</p>"]


def test_it_gives_the_date_in_beijing_time() -> None:
    assert b"\r\nDate: Wed, 08 Apr 2020 09:05:00 +0800\r\n" in compose(WORDS, envelope())


def test_it_refuses_a_date_without_a_zone() -> None:
    with pytest.raises(ValueError, match="aware"):
        compose(WORDS, envelope(sent_at=datetime(2020, 4, 8, 9, 5)))  # noqa: DTZ001


def test_it_marks_itself_as_automatic_so_that_no_loop_begins() -> None:
    mail = parsed(compose(WORDS, envelope()))
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["X-Auto-Response-Suppress"] == "All"
    assert mail["MIME-Version"] == "1.0"


def test_it_stands_in_its_thread() -> None:
    mail = parsed(compose(WORDS, envelope(references=("<root@example.org>", "last@example.org"))))
    assert mail["Message-ID"] == "<123.abc@example.org>"
    assert mail["References"] == "<root@example.org> <last@example.org>"
    assert mail["In-Reply-To"] == "<last@example.org>"
    alone = parsed(compose(WORDS, envelope()))
    assert alone["In-Reply-To"] is None
    assert alone["References"] is None


def test_it_marks_only_what_is_urgent_as_important() -> None:
    urgent = parsed(compose(WORDS, envelope(importance="high")))
    assert (urgent["Importance"], urgent["X-Priority"]) == ("high", "1 (Highest)")
    assert parsed(compose(WORDS, envelope()))["Importance"] is None


def test_it_asks_for_replies_elsewhere_only_when_told_to() -> None:
    assert parsed(compose(WORDS, envelope(reply_to="r+t0ken@example.org")))["Reply-To"] == "r+t0ken@example.org"
    assert parsed(compose(WORDS, envelope()))["Reply-To"] is None


def test_it_makes_the_same_bytes_from_the_same_input_and_other_boundaries_for_another_message() -> None:
    assert compose(WORDS, envelope(), (SCAN,)) == compose(WORDS, envelope(), (SCAN,))
    other = compose(WORDS, envelope(message_id="<124.abc@example.org>"))
    assert parsed(other).get_boundary() != parsed(compose(WORDS, envelope())).get_boundary()


def test_it_has_only_short_ascii_lines_that_end_in_crlf() -> None:
    long = Rendered(subject="督办" * 40, text="字" * 5000, html="<p>" + "字" * 5000)
    message = compose(long, envelope(sender_name="办" * 100), (SCAN,))
    assert message.isascii()
    lines = message.split(b"\r\n")
    assert not any(b"\r" in line or b"\n" in line for line in lines)
    assert max(len(line) for line in lines if not line.startswith(b" filename*=")) <= 78
    assert parsed(message)["Subject"] == "督办" * 40


def test_it_carries_the_original_byte_by_byte() -> None:
    large = Attachment(filename="附件.zip", content=bytes(range(256)) * 2000, media_type="application/zip")
    mail = parsed(compose(WORDS, envelope(), (SCAN, large)))
    assert mail.get_content_type() == "multipart/mixed"
    assert body(mail, "plain").splitlines() == ["正文第一行", "第二行"]
    first, second = mail.iter_attachments()
    assert first.get_content_type() == "application/pdf"
    assert first.get_payload(decode=True) == SCAN.content
    assert second.get_payload(decode=True) == large.content
    assert [first.get_filename(), second.get_filename()] == ["清政办发〔2020〕7号.pdf", "附件.zip"]


@pytest.mark.parametrize(
    ("filename", "shown", "plain"),
    [
        ("清政办发〔2020〕3号.pdf", "清政办发〔2020〕3号.pdf", "attachment-1.pdf"),
        ('关于"转发";的通知.docx', "关于_转发_;的通知.docx", "attachment-1.docx"),
        ("a/b\\c:d.pdf", "a_b_c_d.pdf", "a_b_c_d.pdf"),
        ("..\\..\\etc\r\nBcc: x.pdf", "etc_Bcc_ x.pdf", "attachment-1.pdf"),
        ("\u202efdp.exe", "fdp.exe", "fdp.exe"),
        ("报\u200f告\u061c\u200b表.xlsx", "报_告_表.xlsx", "attachment-1.xlsx"),
        ("100%;'完成'.pdf", "100%;'完成'.pdf", "attachment-1.pdf"),
        ("表😀👨‍👩‍👧.et", "表😀👨_👩_👧.et", "attachment-1.et"),
        ("没有后缀", "没有后缀", "attachment-1"),
        ("README", "README", "README"),
        ("名.p;d%f", "名.p;d%f", "attachment-1"),
        ("名.文档", "名.文档", "attachment-1"),
        ("", "附件", "attachment-1"),
        ("...", "附件", "attachment-1"),
        ("\u202e\u200f..", "附件", "attachment-1"),
        ("字" * 60 + ".wps", "字" * 36 + ".wps", "attachment-1.wps"),
        ("字" * 300, "字" * 40, "attachment-1"),
        ("a" * 300 + ".ofd", "a" * 36 + ".ofd", "a" * 36 + ".ofd"),
        ("deadline.ics", "deadline.ics", "deadline.ics"),
    ],
)
def test_it_keeps_an_attachments_name_and_ending_in_every_client(filename: str, shown: str, plain: str) -> None:
    message = compose(WORDS, envelope(), (Attachment(filename=filename, content=b"x", media_type="application/x"),))
    (part,) = parsed(message).iter_attachments()
    assert part.get_filename() == shown
    assert part.get_param("name") == shown
    assert f' filename="{plain}"'.encode() in message
    assert len(re.findall(rb"filename\*=UTF-8''[^\r\n]*;\r\n", message)) == 1
    assert len(short_filename(filename)) <= 40


@given(st.text())
@example("\xa0")
@example(".\u3000_\xa0.")
def test_it_gives_any_file_one_unbroken_name_of_at_most_forty_characters(filename: str) -> None:
    message = compose(WORDS, envelope(), (Attachment(filename=filename, content=b"x", media_type="text/plain"),))
    (part,) = parsed(message).iter_attachments()
    assert len(re.findall(rb"filename\*=UTF-8''[^\s;\"]+;\r\n filename=\"[A-Za-z0-9._-]+\"\r\n\r\n", message)) == 1
    assert set(part.keys()) == {"Content-Type", "Content-Transfer-Encoding", "Content-Disposition"}
    assert 0 < len(short_filename(filename)) <= 40


def test_it_says_the_character_set_and_method_of_a_calendar() -> None:
    entry = Attachment(
        filename="deadline.ics", content=b"BEGIN", media_type="text/calendar",
        parameters="charset=utf-8; method=PUBLISH",
    )  # fmt: skip
    (part,) = parsed(compose(WORDS, envelope(), (entry,))).iter_attachments()
    assert part.get_content_type() == "text/calendar"
    assert (part.get_param("method"), part.get_content_charset()) == ("PUBLISH", "utf-8")
    assert part.get_filename() == part.get_param("name") == "deadline.ics"


def test_it_calls_an_attachment_of_no_sound_type_a_stream_of_bytes() -> None:
    for media_type in ("message/rfc822", "multipart/mixed", "text/html\r\nX: y", "", "pdf"):
        odd = Attachment(filename="a.bin", content=b"\x00", media_type=media_type)
        (part,) = parsed(compose(WORDS, envelope(), (odd,))).iter_attachments()
        assert part.get_content_type() == "application/octet-stream"


@pytest.mark.parametrize(
    "address",
    [
        "a@example.org\r\nBcc: b@example.org",
        "a@example.org,b@example.org",
        "A <a@example.org>",
        "a b@example.org",
        "a@b@example.org",
        "no-at",
        "@example.org",
        "a@",
        "",
        "a@example.org\x00",
        "a" * 250 + "@example.org",
    ],
)
def test_it_refuses_what_is_not_one_plain_address(address: str) -> None:
    with pytest.raises(BadAddress):
        compose(WORDS, envelope(to_address=address))
    with pytest.raises(BadAddress):
        compose(WORDS, envelope(sender=address))


def test_it_writes_the_domain_of_an_address_in_ascii() -> None:
    assert (
        parsed(compose(WORDS, envelope(to_address="a@例子.example")))["To"].addresses[0].domain == "xn--fsqu00a.example"
    )


def test_it_keeps_a_name_outside_ascii_before_the_at_sign() -> None:
    assert "<王@example.org>".encode() in compose(WORDS, envelope(to_address="王@example.org"))


@pytest.mark.parametrize("message_id", ["<a@b>\r\nX: y z@c", "no", "<a b@c,d>", ""])
def test_it_refuses_a_message_id_that_is_none(message_id: str) -> None:
    with pytest.raises(ValueError, match="message id"):
        compose(WORDS, envelope(message_id=message_id))


@given(st.text(), st.text())
def test_it_lets_no_name_subject_or_true_address_make_a_header(name: str, subject: str) -> None:
    injected = "\r\nBcc: evil@example.org\n\nbody\x0b\x0c\x85\u2028" + subject
    words = Rendered(subject=injected, text="t", html="h")
    message = compose(words, envelope(sender_name=name + injected, to_name=injected + name, intended_for=injected))
    mail = parsed(message)
    assert set(mail.keys()) == {
        "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "X-Auto-Response-Suppress",
        "X-Duban-Intended-For", "MIME-Version", "Content-Type",
    }  # fmt: skip
    assert len(mail["From"].addresses) == len(mail["To"].addresses) == 1
    assert mail["To"].addresses[0].addr_spec == "zhou@dongshan.example.org"


@pytest.mark.parametrize("name", ["Duban Office", 'A "B" \\ C', "=?utf-8?b?5L2g?=", "Doe, John <x@y>", "王 (代)"])
def test_it_quotes_a_name_so_that_it_is_read_back(name: str) -> None:
    sender = parsed(compose(WORDS, envelope(sender_name=name)))["From"].addresses[0]
    assert (sender.display_name, sender.addr_spec) == (name, "duban@example.org")


def test_it_shows_in_capture_mode_whom_the_mail_was_meant_for() -> None:
    mail = parsed(compose(WORDS, envelope(to_address="sink@example.org", intended_for="<true>@example.org")))
    assert mail["X-Duban-Intended-For"] == "<true>@example.org"
    assert body(mail, "plain").startswith("【试运行】本件未发给实际收件人，原应发往：<true>@example.org")
    assert "原应发往：&lt;true&gt;@example.org" in body(mail, "html")
    real = render(letter(item()))
    assert "原应发往：a@example.org" in body(parsed(compose(real, envelope(intended_for="a@example.org"))), "html")


def test_it_survives_text_that_cannot_be_encoded() -> None:
    broken = Rendered(subject="\ud800题", text="\udcff文", html="\ud83d")
    assert parsed(compose(broken, envelope(), (Attachment(filename="\ud800.pdf", content=b"", media_type="a/b"),)))


def test_it_derives_a_token_from_notice_address_and_key() -> None:
    one = token_for(7, "a@example.org", b"key")
    assert one == token_for(7, "a@example.org", b"key")
    others = {
        token_for(8, "a@example.org", b"key"), token_for(7, "b@example.org", b"key"), token_for(7, "a@example.org", b"")
    }  # fmt: skip
    assert one not in others
    assert len(others) == 3
    assert re.fullmatch(r"7\.[0-9a-f]{24}", one)


def test_it_bears_the_token_in_message_id_and_reply_address() -> None:
    assert message_id_for("7.ab", "duban.example.org") == "<7.ab@duban.example.org>"
    assert message_id_for("7.ab", "例子.example").endswith("@xn--fsqu00a.example>")
    assert with_token("duban@example.org", "7.ab") == "duban+7.ab@example.org"
    longest = with_token("duban@example.org", token_for(10**12, "a@example.org", b"key"))
    assert len(longest.rpartition("@")[0]) <= 64


def test_it_composes_more_than_four_thousand_mails_a_second() -> None:
    rendered = render(letter(item()))
    whole = envelope()
    assert rate(lambda: compose(rendered, whole)) > 4000
