"""Checking for silence: the instants of these plays, and what a check finds at one."""

from __future__ import annotations

from datetime import datetime

from domain.trail import SYSTEM
from domain.watching import CADENCES
from models.audit import RunLog
from models.session import transaction
from tasks.checking import Finding, Health, check_installation, tell_operators
from tests.cast import beijing
from tests.tasks.stage import deliver_at

FORWARDED = beijing("2020-02-14 09:30")
SENT = beijing("2020-02-14 09:40")
REMINDED = beijing("2020-02-14 13:40")


def ran(now: datetime) -> None:
    """Let all that has to come by regularly have come by at `now`, with nothing to do."""
    with transaction(SYSTEM, now) as work:
        for cadence in CADENCES:
            work.session.add(RunLog(name=cadence.run, as_of=now, ended_at=now, counts={}))


def found(now: datetime, *, regularly: bool = True) -> dict[str, Finding]:
    """Check at `now`; return what is not well by the names of the checks."""
    if regularly:
        ran(now)
    return {each.name: each for each in check_installation.fn(now=now).findings}


def errors(now: datetime) -> dict[str, Finding]:
    return {name: each for name, each in found(now).items() if each.level == "error"}


def checked(now: datetime) -> Health:
    """Check and log it, as the flow does."""
    ran(now)
    health = check_installation.fn(now=now)
    tell_operators.fn(health, now=now)
    deliver_at(now)
    return health
