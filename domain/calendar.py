"""The work calendar: local days of Asia/Shanghai, working days with their in-lieu workdays, working hours."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property, lru_cache
from zoneinfo import ZoneInfo

import chinese_calendar

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


@lru_cache(maxsize=256)
def _is_published(year: int) -> bool:
    try:
        chinese_calendar.is_workday(date(year, 1, 1))
    except NotImplementedError:
        return False
    return True


@lru_cache(maxsize=1)
def _published_data() -> str:
    """The days on which the published calendar departs from Monday to Friday, one line each."""
    rest = sorted(f"-{day}" for day in chinese_calendar.holidays)
    work = sorted(f"+{day}" for day in chinese_calendar.workdays)
    return "\n".join(rest + work)


@dataclass(frozen=True)
class WorkCalendar:
    """China's published calendar and what an installation changes in it: its own days come first (rule 9).

    A year that is not published yet is taken as Monday to Friday, and `is_provisional` says so.
    """

    extra_rest_days: frozenset[date] = frozenset()
    extra_workdays: frozenset[date] = frozenset()
    _known: dict[date, bool] = field(default_factory=dict, init=False, repr=False, compare=False)

    def is_published(self, year: int) -> bool:
        """Whether the State Council's days for `year` are known here; overrides do not make a year published."""
        return _is_published(year)

    def is_provisional(self, start: date, end: date) -> bool:
        """Whether any year from `start` to `end` is not published."""
        return not all(_is_published(year) for year in range(start.year, end.year + 1))

    def is_workday(self, day: date) -> bool:
        known = self._known.get(day)
        if known is None:
            known = self._known[day] = self._look_up(day)
        return known

    def _look_up(self, day: date) -> bool:
        if day in self.extra_workdays:
            return True
        if day in self.extra_rest_days:
            return False
        if _is_published(day.year):
            return bool(chinese_calendar.is_workday(day))
        return day.weekday() <= _FRIDAY

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

    @cached_property
    def digest(self) -> str:
        """Twelve hexadecimal digits that change whenever a day that a deadline may rest on changes."""
        own = [f"-{day}" for day in sorted(self.extra_rest_days)] + [f"+{day}" for day in sorted(self.extra_workdays)]
        return hashlib.sha256("\n\n".join([_published_data(), "\n".join(own)]).encode()).hexdigest()[:12]
