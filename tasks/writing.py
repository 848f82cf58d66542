"""Writing one message: what it tells put into words, and all that goes with it put into one set of bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from config.secret_key import secret_key
from config.settings import settings
from domain.calendar import WorkCalendar
from domain.matters import Outgoing
from models.choices import MailMode
from models.installation import Installation
from notifications.alike import render_alike
from notifications.calendar_entries import calendar_files, entries_of
from notifications.compose import compose, with_token
from notifications.messages import Attachment, Envelope, Letter
from notifications.wording import letter_for


@dataclass(frozen=True, slots=True)
class Prepared:
    """One message ready to go."""

    outgoing: Outgoing
    to_address: str
    subject: str
    message: bytes
    digest: str


def prepare(
    outgoing: Outgoing, here: Installation, now: datetime, mode: MailMode, original: Callable[[int], Attachment]
) -> Prepared:
    """Render and compose one message as things stand at `now`; `original` reads the document to attach.

    Raises BadAddress, and whatever a broken template or document raises.
    """
    chosen = settings()
    office = here.view.roster[chosen.operating_office].name
    days = here.policies.limit("contest_workdays")
    return made(
        outgoing, now=now, mode=mode, original=original, calendar=here.calendar, sender_office=office,
        contest_workdays=days if chosen.imap_host else None,
    )  # fmt: skip


def made(
    outgoing: Outgoing, *, now: datetime, mode: MailMode, original: Callable[[int], Attachment],
    calendar: WorkCalendar, sender_office: str, contest_workdays: int | None,
) -> Prepared:  # fmt: skip
    """Render and compose one message, without a database; `contest_workdays` as `letter_for` has it.

    Its words are those of the minute, which is what they show: so letters of a run that are alike are made once.
    """
    chosen, minute = settings(), now.replace(second=0, microsecond=0)
    letter = letter_for(
        outgoing, now=minute, calendar=calendar, sender_office=sender_office, contact_text=chosen.contact_text,
        contest_workdays=contest_workdays,
    )  # fmt: skip
    captured = mode is MailMode.CAPTURE
    to_address = chosen.capture_to if captured and chosen.capture_to else outgoing.address
    rendered = render_alike(letter)
    envelope = _envelope(outgoing, letter, now, to_address, captured=captured)
    attachments = [original(outgoing.document_id)] if outgoing.document_id is not None else []
    if entries := entries_of(outgoing, minute):
        attachments += calendar_files(entries, now=minute, key=secret_key(), domain=_own_domain())
    message = compose(rendered, envelope, attachments)
    return Prepared(outgoing, to_address, rendered.subject, message, hashlib.sha256(message).hexdigest())


def _envelope(outgoing: Outgoing, letter: Letter, now: datetime, to_address: str, *, captured: bool) -> Envelope:
    chosen = settings()
    thread = (_message_id_of_thread(outgoing.thread),) if outgoing.thread else ()
    return Envelope(
        sender=chosen.sender_address, sender_name=chosen.sender_name, to_address=to_address,
        to_name=letter.recipient_name, message_id=outgoing.message_id, references=(*thread, *outgoing.again_of),
        reply_to=_reply_to(outgoing.message_id), sent_at=now, importance="high" if outgoing.urgency_tag else "normal",
        intended_for=outgoing.address if captured else "",
    )  # fmt: skip


def _reply_to(message_id: str) -> str:
    """Return where an answer goes: the mailbox that is read, with the message's own token; '' where there is none."""
    mailbox = settings().reply_address
    return with_token(mailbox, token_of(message_id)) if mailbox else ""


def token_of(message_id: str) -> str:
    """Return the token that a Message-ID of ours bears."""
    return message_id.strip("<>").rpartition("@")[0]


def _own_domain() -> str:
    return settings().sender_address.rpartition("@")[2]


def _message_id_of_thread(thread: str) -> str:
    """Return the id that all messages of one circular and office refer to, so that clients show them together."""
    token = hashlib.sha256(thread.encode()).hexdigest()[:24]
    return f"<thread.{token}@{_own_domain()}>"
