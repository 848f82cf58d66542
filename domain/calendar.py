"""The work calendar: local days of Asia/Shanghai, working days with their in-lieu workdays, working hours."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")
#: Working hours are half-open, [8:30, 17:30), without a noon break (docs/rules.md, rule 13).
WORK_BEGINS = time(8, 30)
WORK_ENDS = time(17, 30)
#: When the rungs that count in days fire.
RUNG_HOUR = time(9, 0)

_ONE_DAY = timedelta(days=1)
_FRIDAY = 4


def local(instant: datetime) -> datetime:
    """The same instant on the clock of Asia/Shanghai; ValueError for a naive one, whose meaning hangs on the server."""
    if instant.tzinfo is None:
        raise ValueError(f"an instant needs its time zone: {instant!r}")
    return instant.astimezone(ZONE)


def local_day(instant: datetime) -> date:
    """The day in Asia/Shanghai on which `instant` lies; midnight belongs to the day that begins."""
    return local(instant).date()


def at_local(day: date, clock: time) -> datetime:
    """The instant, in UTC, when the clock of Asia/Shanghai shows `clock` on `day`."""
    return datetime.combine(day, clock, tzinfo=ZONE).astimezone(UTC)


def end_of_day(day: date) -> datetime:
    """24:00 of `day` in Asia/Shanghai, which is the next midnight, in UTC (docs/rules.md, rule 5)."""
    return at_local(day + _ONE_DAY, time())


@dataclass(frozen=True)
class WorkCalendar:
    """A calendar that knows all its days itself: it means the same for ever, whatever is published or installed later.

    Monday to Friday but for the `rest_days` among them, and the `workdays` among Saturdays and Sundays. A year that is
    not `published` is taken as Monday to Friday too, and `is_provisional` says so (docs/rules.md, Deadlines 9).
    """

    rest_days: frozenset[date]
    workdays: frozenset[date]
    published: frozenset[int]
    _known: dict[date, bool] = field(default_factory=dict, init=False, repr=False, compare=False)

    @classmethod
    def of(cls, rest_days: Iterable[date], workdays: Iterable[date], published: Iterable[int]) -> WorkCalendar:
        """Keep only the days that depart from Monday to Friday, so that calendars with the same days are equal."""
        return cls(
            frozenset(day for day in rest_days if day.weekday() <= _FRIDAY),
            frozenset(day for day in workdays if day.weekday() > _FRIDAY),
            frozenset(published),
        )

    def changed(self, extra_rest_days: Iterable[date] = (), extra_workdays: Iterable[date] = ()) -> WorkCalendar:
        """The calendar with an installation's own days, which come first; they make no year published."""
        rest, work = frozenset(extra_rest_days), frozenset(extra_workdays)
        return WorkCalendar.of((self.rest_days | rest) - work, (self.workdays | work) - rest, self.published)

    @classmethod
    def from_canonical(cls, text: str) -> WorkCalendar:
        """Rebuild a stored version; KeyError or ValueError for a text that is none."""
        content = json.loads(text)
        rest, work = (map(date.fromisoformat, content[name]) for name in ("rest_days", "workdays"))
        return cls.of(rest, work, content["published"])

    def canonical(self) -> str:
        """All that it knows as one sorted JSON text: equal calendars give equal texts."""
        content = {
            "published": sorted(self.published),
            "rest_days": [day.isoformat() for day in sorted(self.rest_days)],
            "workdays": [day.isoformat() for day in sorted(self.workdays)],
        }
        return json.dumps(content, separators=(",", ":"))

    @cached_property
    def digest(self) -> str:
        """Twelve hexadecimal digits of the canonical text's SHA-256: the key of a calendar version."""
        return hashlib.sha256(self.canonical().encode()).hexdigest()[:12]

    @cached_property
    def _hash(self) -> int:
        return hash((self.rest_days, self.workdays, self.published))

    def __hash__(self) -> int:
        """As of its days, computed once: calendars key the cache of the sweep's hot path."""
        return self._hash

    def is_published(self, year: int) -> bool:
        """Whether the State Council's days for `year` are known here; overrides do not make a year published."""
        return year in self.published

    def is_provisional(self, start: date, end: date) -> bool:
        """Whether any year from `start` to `end` is not published."""
        return not self.published.issuperset(range(start.year, end.year + 1))

    def is_workday(self, day: date) -> bool:
        known = self._known.get(day)
        if known is None:
            departs = self.rest_days if day.weekday() <= _FRIDAY else self.workdays
            known = self._known[day] = (day in departs) is (day.weekday() > _FRIDAY)
        return known

    def add_workdays(self, day: date, n: int) -> date:
        """The n-th working day strictly after `day`; `day` itself for 0; ValueError for a negative n."""
        return self._step(day, n, _ONE_DAY)

    def subtract_workdays(self, day: date, n: int) -> date:
        """The n-th working day strictly before `day`; `day` itself for 0; ValueError for a negative n."""
        return self._step(day, n, -_ONE_DAY)

    def _step(self, day: date, n: int, one: timedelta) -> date:
        if n < 0:
            raise ValueError(f"a number of working days is not negative: {n}")
        for _ in range(n):
            day += one
            while not self.is_workday(day):
                day += one
        return day

    def workday_on_or_before(self, day: date) -> date:
        return day if self.is_workday(day) else self.subtract_workdays(day, 1)

    def workday_on_or_after(self, day: date) -> date:
        return day if self.is_workday(day) else self.add_workdays(day, 1)

    def is_working_time(self, instant: datetime) -> bool:
        here = local(instant)
        return WORK_BEGINS <= here.time() < WORK_ENDS and self.is_workday(here.date())

    def next_working_time(self, instant: datetime) -> datetime:
        """The instant itself inside working hours, else when they next begin."""
        if self.is_working_time(instant):
            return instant
        here = local(instant)
        today = here.date() if here.time() < WORK_BEGINS else here.date() + _ONE_DAY
        return at_local(self.workday_on_or_after(today), WORK_BEGINS)

    def add_working_time(self, instant: datetime, amount: timedelta) -> datetime:
        """The earliest instant by which `amount` of working time has passed since `instant`.

        So a term may end at 17:30 sharp, though 17:30 is no working time any more, and nothing added is the instant
        itself. A negative amount goes back: the latest instant from which `-amount` of working time is left.
        """
        if amount < timedelta():
            return self._back(instant, -amount)
        instant, day = instant.astimezone(UTC), local_day(instant)
        while amount:
            begins, ends = max(instant, at_local(day, WORK_BEGINS)), at_local(day, WORK_ENDS)
            if begins < ends and self.is_workday(day):
                if begins + amount <= ends:
                    return begins + amount
                amount -= ends - begins
            day += _ONE_DAY
        return instant

    def _back(self, instant: datetime, amount: timedelta) -> datetime:
        instant, day = instant.astimezone(UTC), local_day(instant)
        while True:
            begins, ends = at_local(day, WORK_BEGINS), min(instant, at_local(day, WORK_ENDS))
            if begins < ends and self.is_workday(day):
                if ends - amount >= begins:
                    return ends - amount
                amount -= ends - begins
            day -= _ONE_DAY
