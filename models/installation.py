"""What a transaction works by: the roster, the policies in force, the work calendar."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from sqlalchemy import select
from sqlmodel import Session, col

from config.policies import load_policies
from config.settings import settings
from config.work_days import load_work_days
from domain.calendar import WorkCalendar
from domain.planning import Planner
from domain.policies import PolicySet
from models.obligation import CalendarVersion, PolicyVersion
from models.roster import RosterView, load_roster


@dataclass(frozen=True)
class Installation:
    """The roster, policies and calendar of this installation, read at the beginning of a transaction.

    The calendar is the one in use: new terms, working hours and mails follow it. What runs keeps the calendar it was
    made under (`calendars_of`).
    """

    view: RosterView
    policies: PolicySet
    calendar: WorkCalendar

    @cached_property
    def planner(self) -> Planner:
        return Planner(self.view.roster, self.policies, self.calendar)


def installation(session: Session) -> Installation:
    """Read what this transaction works by."""
    return Installation(load_roster(session), policies_in_force(settings().policies_file), work_calendar())


@lru_cache(maxsize=4)
def policies_in_force(path: Path | None) -> PolicySet:
    """Return the policies of a file, read once per process; raises PolicyError."""
    return load_policies(path)


@lru_cache(maxsize=4)
def _calendar(path: Path | None) -> WorkCalendar:
    return load_work_days(path)


def work_calendar() -> WorkCalendar:
    """Return the work calendar of this installation."""
    return _calendar(settings().work_days_file)


@lru_cache(maxsize=32)
def _policy_set(canonical: str) -> PolicySet:
    return PolicySet.from_canonical(canonical)


def policies_of(session: Session, policy_ids: Iterable[int]) -> dict[int, PolicySet]:
    """Return the policy sets that obligations were made under, by id."""
    rows = session.execute(
        select(col(PolicyVersion.id), col(PolicyVersion.canonical)).where(col(PolicyVersion.id).in_(set(policy_ids)))
    )
    return {number: _policy_set(canonical) for number, canonical in rows}


@lru_cache(maxsize=32)
def _work_calendar(canonical: str) -> WorkCalendar:
    return WorkCalendar.from_canonical(canonical)


def calendars_of(session: Session, digests: Iterable[str]) -> dict[str, WorkCalendar]:
    """Return the calendars that obligations run by; one that was never stored counts as the one in use."""
    in_use = work_calendar()
    found = dict.fromkeys(digests, in_use)
    if others := found.keys() - {in_use.digest}:
        rows = session.execute(
            select(col(CalendarVersion.digest), col(CalendarVersion.canonical)).where(
                col(CalendarVersion.digest).in_(others)
            )
        )
        found |= {digest: _work_calendar(canonical) for digest, canonical in rows}
    return found


def calendar_of(session: Session, digest: str) -> WorkCalendar:
    """Return the calendar that one obligation runs by."""
    return calendars_of(session, [digest])[digest]
