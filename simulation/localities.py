"""How localities behave in a play: who confirms and reports punctually, who at the last minute, who late, who never."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from domain.calendar import WorkCalendar, at_local, local_day
from domain.deadlines import due_day


class Manner(StrEnum):
    """How one office deals with what it owes."""

    PUNCTUAL = "punctual"
    #: only after 9:00 of the last working day before the due day
    LAST_MINUTE = "last_minute"
    LATE = "late"
    #: neither confirms nor reports
    SILENT = "silent"


#: The share of each manner; the rest is punctual.
SHARES = {Manner.LAST_MINUTE: 0.25, Manner.LATE: 0.08, Manner.SILENT: 0.025}
#: Acts of one day come in at these hours: offices work through their mail a few times a day.
_HOURS = (time(8, 50), time(10, 30), time(14, 30), time(16, 40))


@dataclass(frozen=True, slots=True)
class Behaviour:
    """The manners of all offices, drawn from one seed; the same seed gives the same play."""

    seed: int
    manners: dict[str, Manner]
    calendar: WorkCalendar

    def receipt_at(self, office: str, document: str, sent_at: datetime) -> datetime | None:
        """Return when an office confirms receipt of a document that reached it at `sent_at`; None: never."""
        manner, draw = self.manners[office], self._draw(office, f"receipt of {document}")
        first = self.calendar.next_working_time(sent_at)
        if manner is Manner.SILENT:
            return None
        if manner is Manner.LATE:
            return self._on_workday(local_day(first), draw.choice((2, 3, 4)), draw)
        if manner is Manner.LAST_MINUTE:
            return self._on_workday(local_day(first), 1, draw)
        return self.calendar.add_working_time(first, timedelta(minutes=draw.choice((40, 90, 150, 300))))

    def report_at(self, office: str, key: str, issued_at: datetime, due_at: datetime | None) -> datetime | None:
        """Return when an office hands in what is due at `due_at` (None: undated); None: never."""
        manner, draw = self.manners[office], self._draw(office, key)
        if manner is Manner.SILENT:
            return None
        if due_at is None:
            return self._on_workday(local_day(issued_at), draw.randint(3, 12), draw)
        last = due_day(due_at)
        last_workday = self.calendar.subtract_workdays(last, 1)
        if manner is Manner.LATE:
            return self._on_workday(last, draw.choice((1, 2, 4, 6)), draw)
        if manner is Manner.LAST_MINUTE:
            return at_local(last_workday, draw.choice((time(10, 30), time(14, 30), time(16, 40))))
        return self._early(last_workday, issued_at, draw)

    def decides(self, office: str) -> bool:
        """Tell whether an office looks through what was handed in to it."""
        return self.manners.get(office) is not Manner.SILENT

    def reports_at_any_time(self, office: str, share: float) -> bool:
        """Tell whether an office is among the share that also reports whenever something happens."""
        return self.manners[office] is not Manner.SILENT and self._draw(office, "at any time").random() < share

    def _early(self, last_workday: date, issued_at: datetime, draw: random.Random) -> datetime:
        day = self.calendar.subtract_workdays(last_workday, draw.randint(1, 5))
        at = at_local(day, draw.choice(_HOURS))
        return max(at, self.calendar.add_working_time(issued_at, timedelta(hours=2)))

    def _on_workday(self, start: date, workdays: int, draw: random.Random) -> datetime:
        return at_local(self.calendar.add_workdays(start, workdays), draw.choice(_HOURS))

    def _draw(self, office: str, key: str) -> random.Random:
        return random.Random(f"{self.seed}/{office}/{key}")  # noqa: S311 - a play, not a secret


def behaviour(
    offices: Sequence[str], seed: int, calendar: WorkCalendar, shares: Mapping[Manner, float] = SHARES,
    fixed: Mapping[str, Manner] | None = None,
) -> Behaviour:  # fmt: skip
    """Draw the manners of `offices` in the given shares; those of `fixed` offices stand."""
    order = sorted(offices)
    random.Random(seed).shuffle(order)  # noqa: S311 - a play, not a secret
    return Behaviour(seed, dict(_shared_out(order, shares)) | dict(fixed or {}), calendar)


def _shared_out(order: Sequence[str], shares: Mapping[Manner, float]) -> Iterator[tuple[str, Manner]]:
    start = 0
    for manner, share in shares.items():
        # However few the offices are, a manner that has a share is played by somebody.
        count = max(1, round(share * len(order))) if share else 0
        yield from ((office, manner) for office in order[start : start + count])
        start += count
    yield from ((office, Manner.PUNCTUAL) for office in order[start:])
