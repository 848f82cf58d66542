"""Telling a message again on request: what of it is still true, under which rung, and how soon."""

from __future__ import annotations

from datetime import datetime

from domain.calendar import WorkCalendar
from domain.deadlines import format_instant
from domain.policies import PolicySet
from domain.reminding import again_at
from domain.statuses import Hold, State

_AGAIN = "/again"
#: Rungs of a person's own reminder: told again it stays what asks for what is owed, not the message of an act.
_REMINDER = "act:reminder"
#: Messages of acts that ask their reader to do something: past once the matter runs no more.
_ASKING = frozenset(
    {
        "returned", "extension_decided", "resumed", "reopened", "deadline_moved", "review_wanted", "decision_wanted",
        "supervision_letter", "listed_supervision",
    }
)  # fmt: skip


def rung_again(rung: str) -> str:
    """Return the rung under which a firing of `rung` is told again; ladder and acts end it as they end that one."""
    return (rung.removeprefix("act:") if rung == _REMINDER else rung) + _AGAIN


def is_still_true(kind: str, state: State, due_at: datetime | None, now: datetime) -> bool:
    """Tell whether what an act or a rung of this kind said may be said again at `now` (aware).

    `state` and `due_at` are the obligation's. What merely tells a fact (a receipt confirmed, a report accepted) stays
    true; what asks for something is past when the matter no longer runs, a reminder of a coming day when it has come.
    """
    if kind == "suspended":
        return state.hold is Hold.SUSPENSION
    if kind == "due_soon" and due_at is not None and now >= due_at:
        return False
    return state.runs or kind not in _ASKING


def too_soon(last_at: datetime, grade: str, policies: PolicySet, calendar: WorkCalendar, now: datetime) -> str:
    """Say in Chinese why nothing is told again yet at `now`; empty where it may be (docs/rules.md, Mending a mistake).

    last_at: when it was told again last (aware). The pause is that of reminders by hand (Ladder 9).
    """
    instant, pause = again_at(last_at, grade, policies, calendar)
    if now >= instant:
        return ""
    return f"该通知已于{format_instant(last_at)}重发过，距今不足{pause}，{format_instant(instant)}以后可再重发。"
