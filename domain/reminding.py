"""When a reminder by hand is held back: within the pause since the last one, or beyond the cap."""

from __future__ import annotations

from datetime import datetime, timedelta

from domain.calendar import WorkCalendar
from domain.deadlines import format_instant
from domain.policies import PolicySet

_MINUTES = "reminder_cooldown_minutes"
_WORKING_HOURS = "reminder_cooldown_working_hours"


def held_back(
    sent: int, last_at: datetime | None, grade: str, policies: PolicySet, calendar: WorkCalendar, now: datetime
) -> str:
    """Say in Chinese why a reminder is held back at `now`; empty where it may go (docs/rules.md, Ladder 9).

    sent: how many went out for the obligation; last_at: when the last did (aware). Extra urgent matters and urgent
    reports pause for minutes of the clock, the others for working hours.
    """
    cap = policies.limit("reminder_cap", grade)
    if sent >= cap:
        return f"该事项已手动催办 {sent} 次，达到上限（{cap} 次）。"
    if last_at is None:
        return ""
    instant, pause = again_at(last_at, grade, policies, calendar)
    if now >= instant:
        return ""
    return f"距上次催办（{format_instant(last_at)}）不足{pause}，{format_instant(instant)}以后可再催办。"


def again_at(last_at: datetime, grade: str, policies: PolicySet, calendar: WorkCalendar) -> tuple[datetime, str]:
    """Return from when a person may press again what last went at `last_at` (aware), and the pause in Chinese."""
    if f"{_MINUTES}.{grade}" in policies.limits:
        minutes = policies.limit(_MINUTES, grade)
        return last_at + timedelta(minutes=minutes), f" {minutes} 分钟"
    hours = policies.limit(_WORKING_HOURS, grade)
    return calendar.add_working_time(last_at, timedelta(hours=hours)), f" {hours} 个工作小时"
