"""Choices an operator makes by an audited act."""

from __future__ import annotations

from enum import StrEnum

from sqlmodel import Session

from models.audit import Choice
from models.session import Transaction


class MailMode(StrEnum):
    """Where mail goes."""

    #: to a folder, or all to one address: the state of a new installation
    CAPTURE = "capture"
    LIVE = "live"


_MAIL_MODE = "mail_mode"


def mail_mode(session: Session) -> MailMode:
    """Return where mail goes now; a new installation captures it."""
    row = session.get(Choice, _MAIL_MODE)
    return MailMode(row.value) if row is not None else MailMode.CAPTURE


def choose_mail_mode(work: Transaction, mode: MailMode) -> None:
    """Set where mail goes from now on."""
    row = work.session.get(Choice, _MAIL_MODE)
    if row is None:
        work.session.add(Choice(key=_MAIL_MODE, value=mode, chosen_at=work.now, chosen_by=str(work.actor)))
    else:
        row.value, row.chosen_at, row.chosen_by = mode, work.now, str(work.actor)
    work.record("mail.mode", "installation", {"mode": mode})
