"""A play: the clock jumps from one instant with something to do to the next, and everybody does what is planned."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from domain.errors import Refused
from simulation.agenda import Agenda, AtAnyTimeReport, Planned, after_outages, on_grid
from simulation.responses import Responses
from simulation.script import Event, Outage, Script
from tasks.watching import (
    Awaited,
    NextWakes,
    awaiting_decision,
    last_obligation,
    made_since,
    next_delivery,
    next_wakes,
)


class Doors(Protocol):
    """The ways into the installation that a play uses: the tasks themselves, or the flows."""

    returned: list[int]
    forwarded: list[str]

    def perform(self, event: Event, now: datetime) -> None: ...
    def receive(self, obligation_ids: Sequence[int], now: datetime) -> None: ...
    def forward(self, obligation_ids: Sequence[int], now: datetime) -> None: ...
    def submit(self, obligation_ids: Sequence[int], now: datetime) -> None: ...
    def report_at_any_time(self, reports: Sequence[AtAnyTimeReport], now: datetime) -> None: ...
    def accept(self, awaited: Sequence[Awaited], now: datetime) -> None: ...
    def send_back(self, awaited: Sequence[Awaited], reason: str, now: datetime) -> None: ...
    def sweep(self, now: datetime) -> None: ...
    def sweep_urgent(self, now: datetime) -> None: ...
    def deliver(self, now: datetime) -> None: ...


@dataclass(frozen=True, slots=True)
class RefusedEvent:
    """An event of the script that the installation refused, and the sentence it said."""

    at: datetime
    do: str
    error: Refused

    @property
    def sentence(self) -> str:
        return str(self.error)


@dataclass
class Play:
    """One script, played through some doors."""

    script: Script
    doors: Doors
    responses: Responses
    agenda: Agenda
    #: called after each instant
    on_step: Callable[[datetime], None] = lambda _: None
    refused: list[RefusedEvent] = field(default_factory=list)
    now: datetime = field(init=False)
    _seen: int = 0
    _swept_at: datetime | None = None
    _swept_urgent_at: datetime | None = None
    _delivered_at: datetime | None = None

    def __post_init__(self) -> None:
        self.now = self.script.begins_at

    def run(self) -> None:
        """Play until the end of the script: what is planned at its very last instant still happens."""
        self._seen = last_obligation()
        for event in self.script.events:
            self.agenda.at(event.at).events.append(event)
        self.responses.plan_hours()
        while (instant := self._next()) is not None and instant <= self.script.ends_at:
            self.now = instant
            self._step()
            self.on_step(instant)

    def _next(self) -> datetime | None:
        wakes = next_wakes()
        instants = (self.agenda.next, self._sweep_at(wakes), self._sweep_urgent_at(wakes), self._deliver_at())
        return min((each for each in instants if each is not None), default=None)

    def _step(self) -> None:
        planned = self.agenda.take(self.now)
        if planned is not None:
            self._do(planned)
        swept, wakes = False, next_wakes()
        if self._sweep_urgent_at(wakes) == self.now:
            self._swept_urgent_at, swept = self.now, True
            self.doors.sweep_urgent(self.now)
        if self._sweep_at(wakes) == self.now:
            self._swept_at, swept = self.now, True
            self.doors.sweep(self.now)
        if swept or planned is not None:
            self._see()
        asked = bool(self.script.cadence.delivery_hours) and (swept or (planned is not None and planned.delivery))
        if self._deliver_at(asked=asked) == self.now:
            self._delivered_at = self.now
            self.doors.deliver(self.now)

    def _do(self, planned: Planned) -> None:
        """Let everything happen that is planned at this instant: the script first, then the offices, then reviewers."""
        for event in planned.events:
            try:
                self.doors.perform(event, self.now)
            except Refused as error:
                self.refused.append(RefusedEvent(self.now, event.do, error))
        self.doors.receive(planned.receipts, self.now)
        self.doors.forward(planned.forwards, self.now)
        self.doors.submit(planned.reports, self.now)
        self.doors.report_at_any_time(planned.at_any_time, self.now)
        if planned.review:
            accepted, returned = self.responses.judge(awaiting_decision())
            self.doors.accept(accepted, self.now)
            self.doors.send_back(returned, self.script.review.return_reason, self.now)

    def _see(self) -> None:
        """Let the offices see what they newly owe."""
        made = made_since(self._seen)
        if made:
            self._seen = made[-1].id
            self.responses.see(made, self.now)
        if self.doors.forwarded:
            self.responses.see_forwarded(self.doors.forwarded, self.now)
            self.doors.forwarded.clear()
        self.responses.see_returned(self.doors.returned, self.now)
        self.doors.returned.clear()

    def _sweep_at(self, wakes: NextWakes) -> datetime | None:
        outages = self.script.sweeper_outages
        return self._tick(wakes.any, self.script.cadence.sweep, self._swept_at, outages=outages)

    def _sweep_urgent_at(self, wakes: NextWakes) -> datetime | None:
        minutes, outages = self.script.cadence.urgent_sweep, self.script.sweeper_outages
        return self._tick(wakes.urgent, minutes, self._swept_urgent_at, outages=outages)

    def _deliver_at(self, *, asked: bool = False) -> datetime | None:
        waiting, cadence = next_delivery(self.now), self.script.cadence
        at = waiting.prompt if cadence.delivery_hours and not asked else waiting.any
        return self._tick(at, cadence.delivery, self._delivered_at, outages=self.script.mail_outages)

    def _tick(
        self, wanted: datetime | None, minutes: int, last: datetime | None, *, outages: Sequence[Outage]
    ) -> datetime | None:
        """Return the first run of its kind that finds what is wanted then: on its grid, after the last, no outage."""
        if wanted is None:
            return None
        at = on_grid(after_outages(max(wanted, self.now), outages), minutes)
        if last is not None and at <= last:
            at = on_grid(after_outages(last + timedelta(minutes=minutes), outages), minutes)
        return at
