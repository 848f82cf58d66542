"""The bytes of a mail that came in to what it says: who wrote what, what it answers, what came along.

Pure: no network, no database, nothing is fetched, run or opened. Whatever the bytes are, something comes back.
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING

from domain.quoting import written
from notifications.attachments import attachments_of
from notifications.automatic_mail import automatic, loop
from notifications.bounce_reading import BounceReading, read_bounce
from notifications.inbound_mail import Attached, Bounced, InboundMail
from notifications.mail_headers import dated, message_ids, one_line, sender, words
from notifications.mail_text import body_text
from notifications.mime import read_parts
from notifications.mime_fields import Problems

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from notifications.mime import Part

__all__ = ["Attached", "Bounced", "InboundMail", "read_mail"]

#: tokens of one mail that are looked up
TOKENS = 50
_ADDRESSED = ("to", "cc", "delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-delivered-to")
_BEHIND_PLUS = re.compile(rb"\+(\d{1,18}\.[0-9a-f]{24})@", re.IGNORECASE)
_LOCAL_PART = re.compile(r"(\d{1,18}\.[0-9a-f]{24})@", re.IGNORECASE)
_SUBJECT_LENGTH = 500


def read_mail(raw: bytes, *, own_addresses: Collection[str], max_bytes: int) -> InboundMail:
    """Read one mail. Never raises, whatever the bytes are; the same bytes give the same.

    `own_addresses` are those we send from and are answered at, without tokens. Of a mail of more than `max_bytes` only
    the headers are read. What could not be read is named in `problems`.
    """
    problems = Problems()
    too_large = len(raw) > max_bytes
    if too_large:
        problems.add(f"邮件超过 {max_bytes // 1_048_576 or '不足 1'} MB 的限制，只读取了邮件头")
    top = read_parts(raw, problems, only_headers=too_large)
    digest = sha256(raw).hexdigest()
    charset = _charset(top)
    subject = words(top.first("subject"), problems, charset)[:_SUBJECT_LENGTH]
    from_address, from_name = sender(top.first("from"), problems, charset)
    message_id = next(iter(message_ids(top.first("message-id"))), "")
    text = "" if too_large else body_text(top, problems)
    own_words = written(text)
    bounce = BounceReading() if too_large else read_bounce(top, raw, subject, text, from_address, own_addresses)
    return InboundMail(
        key=message_id or f"sha256:{digest}",
        sha256=digest,
        size=len(raw),
        message_id=message_id,
        references=_references(top),
        tokens=_tokens(top, bounce.returned),
        from_address=from_address,
        from_name=from_name,
        subject=subject,
        dated_at=dated(top.first("date")),
        text=text,
        written=own_words,
        attachments=() if too_large or bounce.is_bounce else attachments_of(top, problems, charset),
        automatic="" if bounce.is_bounce else bounce.delayed or automatic(top, subject, own_words),
        bounced=bounce.bounced,
        is_bounce=bounce.is_bounce,
        is_loop=loop(top, message_id, from_address, own_addresses),
        problems=tuple(one_line(problem, 200) for problem in problems.all()),
    )


def _charset(top: Part) -> str:
    """What the first part that has a charset says: raw bytes in headers are most often of the same."""
    return next((found for part in top.walk()[:10] if (found := part.parameter("charset"))), "")


def _references(top: Part) -> tuple[str, ...]:
    found = dict.fromkeys(message_ids(b" ".join(top.every("references"))))
    found.update(dict.fromkeys(message_ids(b" ".join(top.every("in-reply-to")))))
    return tuple(found)


def _tokens(top: Part, returned: Iterable[str]) -> tuple[str, ...]:
    """Those in the addresses it came to, of what it answers, of the thread upwards, of what came back."""
    found: dict[str, None] = {}
    for name in _ADDRESSED:
        for value in top.every(name):
            found.update((match.decode("ascii").lower(), None) for match in _BEHIND_PLUS.findall(value))
    answered = message_ids(b" ".join(top.every("in-reply-to")))
    for reference in (*answered, *reversed(message_ids(b" ".join(top.every("references"))))):
        match = _LOCAL_PART.match(reference)
        if match:
            found[match[1].lower()] = None
    found.update(dict.fromkeys(returned))
    return tuple(found)[:TOKENS]
