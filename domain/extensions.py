"""Whether more time may be given: before the day, to a later one, so often, so much (docs/rules.md, Deadlines 11)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.deadlines import format_due
from domain.errors import Refused

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Given:
    """The extensions an obligation has had: how many, and how much they added up to."""

    count: int = 0
    total: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class Cap:
    """How many extensions one obligation may have, and how many days they may add up to."""

    count: int
    days: int


def check_in_time(due_at: datetime | None, now: datetime) -> None:
    """Refuse what is asked once the day is past; what has no date can be dated at any time. Raises Refused."""
    if due_at is not None and now >= due_at:
        message = f"该事项已于{format_due(due_at)}到期，延期须在到期前提出。"
        raise Refused(message)


def check_new_day(due_at: datetime | None, new: datetime, now: datetime, given: Given, cap: Cap) -> None:
    """Refuse a new deadline that is past, no later than the old one, or more than the cap allows. Raises Refused.

    Instants are aware. To date what has no date is no extension, and no cap applies.
    """
    if new <= now:
        message = f"新时限（{format_due(new)}）必须晚于现在。"
    elif due_at is None:
        return
    elif new <= due_at:
        message = f"新时限必须晚于现时限（{format_due(due_at)}）。"
    elif given.count >= cap.count:
        message = f"该事项已延期 {given.count} 次，最多 {cap.count} 次。"
    elif given.total + (new - due_at) > cap.days * _ONE_DAY:
        left = max(cap.days * _ONE_DAY - given.total, timedelta())
        message = f"延期累计最多 {cap.days} 天，该事项最晚可延至{format_due(due_at + left)}。"
    else:
        return
    raise Refused(message)
