"""The light of an obligation and the roll-up of many: computed from facts and `now`, never stored."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache

from domain.calendar import WorkCalendar, end_of_day, local_day
from domain.deadlines import due_day, format_day
from domain.statuses import Hold, Status

#: Working days before the due day from which the light is yellow (the first reminder of the default ladder).
NEAR_WORKDAYS = 3


class Light(StrEnum):
    """灯: always shown with its word; never blue, China's lowest warning."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"
    TICK = "tick"
    GREY = "grey"
    #: a hold: the clock is stopped, whatever the day
    HELD = "held"

    @property
    def label(self) -> str:
        """The Chinese word beside the colour."""
        return _LABELS[self]


_LABELS = {
    Light.GREEN: "正常",
    Light.YELLOW: "临期",
    Light.RED: "逾期",
    Light.TICK: "办结",
    Light.GREY: "免办或撤回",
    Light.HELD: "暂停",
}


def near_until(now: datetime, calendar: WorkCalendar) -> datetime:
    """Return the instant up to which a due instant counts as near at `now`."""
    return _near_until(local_day(now), calendar)


@lru_cache(maxsize=64)
def _near_until(today: date, calendar: WorkCalendar) -> datetime:
    return end_of_day(calendar.add_workdays(today, NEAR_WORKDAYS))


def light(status: Status, due_at: datetime | None, now: datetime, near_at: datetime, hold: str = Hold.NONE) -> Light:
    """Return the light: what awaits review or is held is never red, what has no date never yellow."""
    if status is Status.ACCEPTED:
        return Light.TICK
    if status.is_final:
        return Light.GREY
    if hold:
        return Light.HELD
    if status is Status.SUBMITTED or due_at is None:
        return Light.GREEN
    if now >= due_at:
        return Light.RED
    return Light.YELLOW if due_at <= near_at else Light.GREEN


def is_late(due_at: datetime | None, submitted_at: datetime | None, ended_at: datetime | None, now: datetime) -> bool:
    """Tell whether it was submitted (or done) after its deadline, or is still open past it."""
    return due_at is not None and (submitted_at or ended_at or now) >= due_at


def light_text(
    status: Status, due_at: datetime | None, now: datetime, calendar: WorkCalendar, hold: str = Hold.NONE,
    held_since: datetime | None = None,
) -> str:  # fmt: skip
    """Return the words beside the light: how far it is, in working days; of what is held, since when."""
    if status.is_final or status is Status.SUBMITTED:
        return status.label
    if hold:
        return Hold(hold).label + (f"（自{format_day(local_day(held_since))}）" if held_since else "")
    if due_at is None:
        return "未定日期"
    today, last = local_day(now), due_day(due_at)
    if now < due_at:
        if last == today:
            return "今日到期"
        left = _workdays(calendar, now, due_at)
        return f"还有 {left} 个工作日" if left else f"还有 {(last - today).days} 天，其间没有工作日"
    overdue = _workdays(calendar, due_at - timedelta(microseconds=1), now)
    return f"已逾期 {overdue} 个工作日" if overdue else "已逾期"


def _workdays(calendar: WorkCalendar, start: datetime, end: datetime) -> int:
    """Count the working days after the day of `start` up to and with the last day that `end` belongs to."""
    return _workdays_after(calendar, local_day(start), due_day(end))


@lru_cache(maxsize=4096)
def _workdays_after(calendar: WorkCalendar, first: date, last: date) -> int:
    days = (first + timedelta(days=offset) for offset in range(1, (last - first).days + 1))
    return sum(calendar.is_workday(day) for day in days)


@dataclass(frozen=True, slots=True)
class Tally:
    """How many obligations of a group show each light, and how many were or are late."""

    green: int = 0
    yellow: int = 0
    red: int = 0
    tick: int = 0
    grey: int = 0
    held: int = 0
    late: int = 0

    @property
    def total(self) -> int:
        return self.green + self.yellow + self.red + self.tick + self.grey + self.held

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.green + other.green, self.yellow + other.yellow, self.red + other.red, self.tick + other.tick,
            self.grey + other.grey, self.held + other.held, self.late + other.late,
        )  # fmt: skip


def total(tallies: Iterable[Tally]) -> Tally:
    """Add tallies up."""
    return sum(tallies, Tally())
