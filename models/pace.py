"""How fast mail may go: what a server asked for, and the messages a minute that all workers share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, or_, select, text
from sqlmodel import Session, col

from models.audit import Choice
from models.notice import Delivery, DeliveryState
from models.session import Transaction
from models.statements import is_postgresql

_KEY = "mail_pace"
#: Any number, the same in every process: claims under a limit a minute are made one after another.
_CLAIM_LOCK = 712_020_4
#: However often a server asks, it is asked again within the hour.
_LONGEST = timedelta(hours=1)
_LEVEL_AT_MOST = 6
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Pace:
    """How slow a server has made us: 0 is full speed, each level halves the connections."""

    level: int = 0
    #: until when only what passes at any hour is sent
    until: datetime | None = None

    def holds(self, now: datetime) -> bool:
        """Tell whether routine mail waits at `now` (aware)."""
        return self.until is not None and now < self.until

    def connections(self, chosen: int) -> int:
        """Return how many of the chosen connections are opened: at least one."""
        return max(1, chosen >> self.level)


def pace(session: Session) -> Pace:
    """Return how fast we are to go now, as every worker sees it."""
    row = session.get(Choice, _KEY, populate_existing=True)
    if row is None:
        return Pace()
    level, _, until = row.value.partition(" ")
    return Pace(int(level), datetime.fromisoformat(until) if until else None)


def slow_down(work: Transaction, first: timedelta) -> None:
    """Go slower: half the connections, and a pause that begins with `first` and doubles each time.

    Answers that come while a pause runs already ask for the same thing.
    """
    before = pace(work.session)
    if before.holds(work.now):
        return
    level = min(before.level + 1, _LEVEL_AT_MOST)
    pause = min(first * 2 ** (level - 1), _LONGEST)
    _store(work, Pace(level, work.now + pause if pause else None))


def speed_up(work: Transaction) -> None:
    """Go one step faster again, after a run in which nobody asked us to go slower."""
    before = pace(work.session)
    if before.level and not before.holds(work.now):
        _store(work, Pace(before.level - 1))


def _store(work: Transaction, new: Pace) -> None:
    until = new.until.astimezone(UTC).isoformat() if new.until else ""
    value = f"{new.level} {until}".strip()
    work.session.merge(Choice(key=_KEY, value=value, chosen_at=work.now, chosen_by=str(work.actor)))
    work.session.flush()
    work.record("mail.pace", "installation", {"level": new.level, "until": new.until})


def allowance(session: Session, now: datetime, per_minute: int) -> int:
    """Return how many messages may still be claimed so that no minute before `now` has more than `per_minute`.

    What was marked within the last minute counts, by whichever worker, and what is claimed and not marked yet. To be
    asked in the transaction that claims: two of them wait for one another.
    """
    if is_postgresql(session):
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _CLAIM_LOCK})
    marked = col(Delivery.marked_at) > now - _MINUTE
    claimed = (col(Delivery.state) == DeliveryState.QUEUED) & (col(Delivery.lease_until) > now)
    used = session.scalar(select(func.count()).select_from(Delivery).where(or_(marked, claimed))) or 0
    return max(0, per_minute - used)
