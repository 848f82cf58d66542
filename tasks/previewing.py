"""One mail of each kind, made as a delivery makes them, of made-up data: for a look, without a database."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from email import message_from_bytes
from email.policy import default
from pathlib import Path

from pydantic import SecretStr

from config.settings import Settings, settings
from domain.published import published_calendar
from models.choices import MailMode
from notifications.compose import compose, token_for
from notifications.messages import Envelope, Letter, NoticeKind
from notifications.render import render
from notifications.samples import SAMPLED_AT, SENDER_ADDRESS, SENDER_OFFICE, original, sample
from tasks.writing import made

_KEY = b"preview"
_CONTEST_WORKDAYS = 2


@dataclass(frozen=True, slots=True)
class Previewed:
    """A mail that was written: as a mail server gets it, and its HTML alone, as a browser shows it."""

    kind: NoticeKind
    label: str
    subject: str
    eml: Path
    html: Path


def preview(kinds: Iterable[NoticeKind], folder: Path) -> list[Previewed]:
    """Write one mail of each kind into a folder, the same bytes each time; raises OSError where that is impossible."""
    folder.mkdir(parents=True, exist_ok=True)
    with settings.replaced(_made_up()):
        return [_written(kind, message_of(kind), folder) for kind in kinds]


def message_of(kind: NoticeKind) -> bytes:
    """Return the bytes of one sample, by the settings in force."""
    outgoing = sample(kind, lambda number, address: f"<{token_for(number, address, _KEY)}@example.org>")
    if outgoing is None:
        return _test_mail()
    return made(
        outgoing, now=SAMPLED_AT, mode=MailMode.LIVE, original=lambda _: original(), calendar=published_calendar(),
        sender_office=SENDER_OFFICE, contest_workdays=_CONTEST_WORKDAYS,
    ).message  # fmt: skip


def _made_up() -> Settings:
    return settings().model_copy(
        update={
            "sender_address": SENDER_ADDRESS, "sender_name": "江北省扶贫督办", "reply_address": SENDER_ADDRESS,
            "return_path": "", "imap_host": "imap.example.org", "contact_text": "督查处，0400-0000000",
            "secret_key": SecretStr(_KEY.decode()),
        }
    )  # fmt: skip


def _test_mail() -> bytes:
    letter = Letter(
        kind=NoticeKind.TEST, urgency_tag="", recipient_name="", recipient_office="", items=(),
        sender_office=settings().sender_name, contact_text=settings().contact_text, sent_at=SAMPLED_AT,
    )  # fmt: skip
    envelope = Envelope(
        sender=settings().sender_address, sender_name=settings().sender_name, to_address="officer@example.org",
        to_name="", message_id="<test.0@example.org>", sent_at=SAMPLED_AT,
    )  # fmt: skip
    return compose(render(letter), envelope)


def _written(kind: NoticeKind, message: bytes, folder: Path) -> Previewed:
    mail = message_from_bytes(message, policy=default)
    body = mail.get_body(("html",))
    found = Previewed(kind, kind.label, mail["Subject"], folder / f"{kind}.eml", folder / f"{kind}.html")
    found.eml.write_bytes(message)
    found.html.write_text(body.get_content() if body is not None else "", encoding="utf-8")
    return found
