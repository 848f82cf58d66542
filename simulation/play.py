"""A play: a script of events on a simulated clock that jumps from one instant with something to do to the next."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from prefect import Flow
from prefect.client.schemas.objects import State

from flows.deadlines import sweep_deadlines
from flows.mail import deliver_notices
from tasks.delivering import anything_to_deliver
from tasks.sweeping import is_awake, next_wake

#: What an event does at its instant; a true answer asks for a delivery at once.
Event = Callable[[datetime], bool | None]


class PlayFailed(RuntimeError):
    """A flow of the play did not complete; the message is its own."""


def run(flow: Flow[..., Any], **parameters: Any) -> str:
    """Run a flow in process and return its final message; raises PlayFailed where it did not complete."""
    state = cast("State[Any]", flow(**parameters, return_state=True))
    if not state.is_completed():
        message = f"{flow.name}：{state.message}"
        raise PlayFailed(message)
    return state.message or ""


@dataclass
class Play:
    """Events in the order of their instants, and the sweeps and deliveries between them."""

    now: datetime
    end: datetime
    #: called after each step, with the instant
    on_step: Callable[[datetime], None] = lambda _: None
    _events: list[tuple[datetime, int, Event]] = field(default_factory=list)
    _order: itertools.count[int] = field(default_factory=itertools.count)

    def at(self, instant: datetime, event: Event) -> None:
        """Put an event on the script; those of one instant happen in the order they were put."""
        heapq.heappush(self._events, (instant, next(self._order), event))

    def run(self) -> None:
        """Play until the end: the clock jumps to the next event or wake-up, whichever is earlier."""
        while (instant := self._next()) is not None and instant <= self.end:
            self.now = instant
            self._step()
            self.on_step(instant)

    def _next(self) -> datetime | None:
        wake = next_wake(self.now)
        event = self._events[0][0] if self._events else None
        return min((each for each in (wake, event) if each is not None), default=None)

    def _step(self) -> None:
        asked, wake = False, is_awake(self.now)
        while self._events and self._events[0][0] <= self.now:
            asked |= bool(heapq.heappop(self._events)[2](self.now))
        if wake:
            run(sweep_deadlines, as_of=self.now)
        if (wake or asked) and anything_to_deliver(self.now):
            run(deliver_notices, as_of=self.now)
