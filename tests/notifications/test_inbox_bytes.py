"""Whatever bytes come in, they are read, and read the same each time."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from notifications.inbox import InboundMail, read_mail

LIMIT = 1_048_576
_BREAK = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
#: pieces that make random bytes look like mail, so that what they meet lies deeper
_PIECES = st.sampled_from(
    [
        b"From: a@example.org\r\n", b"Subject: ", b"=?gb2312?B?", b"=?utf-8?q?", b"?=", b"\r\n", b"\n", b"\r\n\r\n",
        b"Content-Type: multipart/mixed; boundary=a\r\n", b"--a\r\n", b"--a--", b"Content-Type: text/html\r\n\r\n",
        b"Content-Transfer-Encoding: base64\r\n", b"Content-Type: message/delivery-status\r\n\r\n", b"\xb6\xfe\xa9\x96",
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=a\r\n", b"Action: failed\r\n",
        b"Final-Recipient: rfc822;b@example.org\r\n", b"Return-Path: <>\r\n", b"<blockquote type=cite>", b"> ",
        b"Content-Disposition: attachment; filename*=gbk''%B6%FE.doc\r\n",
        b"References: <1.0123456789abcdef01234567@x>",
        b"Date: Fri, 14 Feb 2020 09:40:12 +0800\r\n", b"charset=utf-7", b"\x00", b"\xff\xfe", b" ", b";", b'"', b"'",
    ]
)  # fmt: skip


def read(raw: bytes) -> InboundMail:
    return read_mail(raw, own_addresses=["duban@example.org"], max_bytes=LIMIT)


def holds_no_break(mail: InboundMail) -> bool:
    shown = [
        mail.key, mail.message_id, mail.from_address, mail.from_name, mail.subject, mail.automatic, mail.is_loop,
        *mail.references, *mail.tokens, *mail.problems, *(each.reason for each in mail.bounced),
        *(each.address for each in mail.bounced), *(each.filename for each in mail.attachments),
        *(each.media_type for each in mail.attachments),
    ]  # fmt: skip
    return not any(_BREAK.search(text) for text in shown)


@settings(max_examples=10_000, deadline=None)
@given(st.binary(max_size=400))
def test_it_reads_any_bytes_and_never_raises(raw: bytes) -> None:
    mail = read(raw)
    assert mail.size == len(raw)
    assert holds_no_break(mail)


@settings(max_examples=2_000, deadline=None)
@given(st.lists(st.one_of(_PIECES, st.binary(max_size=20)), max_size=30).map(b"".join))
def test_it_reads_what_looks_like_mail_the_same_each_time(raw: bytes) -> None:
    mail = read(raw)
    assert mail == read(raw)
    assert holds_no_break(mail)
