"""Mails that offices send in, made as mail programs make them, and what the tests of taking them look up."""

from __future__ import annotations

from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from itertools import count
from typing import Any

from models.inbound import InboundMessage
from models.notice import Delivery
from notifications.compose import with_token
from tasks.collecting import take_mail
from tasks.delivering import deliver, set_mail_mode
from tasks.incoming import Taken
from tests.cast import OPERATOR
from tests.looking import rows

OURS = "duban@example.org"
_numbers = count(1)


def mail(
    text: str,
    *,
    sender: str,
    to: str = OURS,
    answers: Delivery | None = None,
    subject: str = "",
    at: datetime | None = None,
    files: dict[str, bytes] | None = None,
    message_id: str = "",
    **headers: str,
) -> bytes:
    """Return one mail; `answers` is referred to as a mail program does, `headers` with _ for -."""
    made = EmailMessage()
    made["From"], made["To"] = sender, to
    made["Subject"] = subject or ("回复：" + answers.subject if answers is not None else "来信")
    made["Message-ID"] = message_id or make_msgid(idstring=f"test{next(_numbers)}", domain="office.example.org")
    if at is not None:
        made["Date"] = format_datetime(at)
    if answers is not None:
        made["In-Reply-To"] = made["References"] = answers.message_id
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    made.set_content(text)
    for name, content in (files or {}).items():
        made.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return made.as_bytes()


def reply_to(delivery: Delivery) -> str:
    """Return the address that a delivery asks to be answered at, with its token."""
    return with_token(OURS, delivery.message_id.strip("<>").partition("@")[0])


def sent(now: datetime, address: str, kind: str = "") -> Delivery:
    """Let what waits go out (captured), and return the last delivery to an address, of a kind where one is named."""
    from models.notice import Notice

    set_mail_mode.fn("capture", actor=OPERATOR, now=now)
    deliver.fn(now=now)
    kinds = {notice.id: notice.kind for notice in rows(Notice)}
    found = [each for each in rows(Delivery, Delivery.address == address) if not kind or kinds[each.notice_id] == kind]
    return found[-1]  # type: ignore[no-any-return]


def take(raw: bytes, now: datetime, **more: Any) -> Taken:
    """Take one mail."""
    return take_mail.fn(raw, now=now, **more)


def inbox() -> list[InboundMessage]:
    """Return all that came in."""
    return list(rows(InboundMessage))
