"""What is planned in a play, instant by instant."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from domain.calendar import local
from simulation.script import Event, Outage


@dataclass(frozen=True, slots=True)
class AtAnyTimeReport:
    """An office's report on occurrence."""

    document: str
    office: str
    ordinal: int


@dataclass(slots=True)
class Planned:
    """Everything that happens at one instant: first the events of the script, then what offices do by themselves."""

    events: list[Event] = field(default_factory=list)
    #: ids of obligations, each in the order in which they were planned
    receipts: list[int] = field(default_factory=list)
    forwards: list[int] = field(default_factory=list)
    reports: list[int] = field(default_factory=list)
    at_any_time: list[AtAnyTimeReport] = field(default_factory=list)
    #: reviewers look through what waits for them
    review: bool = False
    #: routine mail leaves (docs/simulation.md, cadence)
    delivery: bool = False


class Agenda:
    """What is planned, by instants."""

    def __init__(self) -> None:
        self._planned: dict[datetime, Planned] = {}
        self._instants: list[datetime] = []

    def at(self, instant: datetime) -> Planned:
        """Return what is planned at an instant, to be added to."""
        planned = self._planned.get(instant)
        if planned is None:
            planned = self._planned[instant] = Planned()
            heapq.heappush(self._instants, instant)
        return planned

    @property
    def next(self) -> datetime | None:
        return self._instants[0] if self._instants else None

    def take(self, instant: datetime) -> Planned | None:
        """Take what is planned at an instant off the agenda; None where there is nothing."""
        if self.next != instant:
            return None
        heapq.heappop(self._instants)
        return self._planned.pop(instant)


def on_grid(instant: datetime, minutes: int) -> datetime:
    """Return the first instant not before this one on a grid of minutes that begins at midnight in Asia/Shanghai."""
    midnight = local(instant).replace(hour=0, minute=0, second=0, microsecond=0)
    step = timedelta(minutes=minutes)
    steps = -((midnight - instant) // step)
    return (midnight + steps * step).astimezone(UTC)


def after_outages(instant: datetime, outages: Sequence[Outage]) -> datetime:
    """Return the instant itself, or the end of the outage it lies in: an outage ends before its last instant."""
    for outage in sorted(outages, key=lambda each: each.begins_at):
        if outage.begins_at <= instant < outage.ends_at:
            instant = outage.ends_at
    return instant
