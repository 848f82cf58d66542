"""What a benchmark measures: seconds, a ratio to a reference, peak memory; alternating, so that noise hits both."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any

from sqlalchemy import Engine, event

from benchmarks.databases import Server

#: Makes a round ready, by its number, and returns what is timed.
Prepare = Callable[[int], Callable[[], object]]


@dataclass(frozen=True)
class Run:
    """How a benchmark is asked to run: where, and whether in full size; `scale` shrinks it for a smoke test."""

    server: Server
    full: bool = False
    scale: float = 1.0

    def size(self, usual: int, full: int | None = None) -> int:
        """Return a number of rows: the usual one, or the full one where that was asked for."""
        return max(1, int((full if self.full and full else usual) * self.scale))


@dataclass
class Measured:
    """One line of a benchmark's result; a time in seconds, memory in megabytes."""

    sizes: dict[str, int]
    seconds: float
    reference_seconds: float | None = None
    peak_memory_mb: float | None = None
    #: what else is worth telling: rates, plans, each round
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def ratio(self) -> float | None:
        return None if not self.reference_seconds else self.seconds / self.reference_seconds

    def as_json(self) -> dict[str, Any]:
        """Return what `results.json` keeps."""
        values = {
            "sizes": self.sizes, "seconds": round(self.seconds, 4),
            "reference_seconds": _rounded(self.reference_seconds, 4), "ratio": _rounded(self.ratio, 2),
            "peak_memory_mb": _rounded(self.peak_memory_mb, 0),
        }  # fmt: skip
        return {name: value for name, value in values.items() if value is not None} | self.more

    def line(self) -> str:
        """Return what a person reads."""
        parts = [", ".join(f"{number:,} {what}" for what, number in self.sizes.items()), f"{self.seconds:.3f} s"]
        if self.ratio is not None:
            parts.append(f"{self.ratio:.2f}x of {self.reference_seconds:.3f} s")
        if self.peak_memory_mb is not None:
            parts.append(f"peak {self.peak_memory_mb:.0f} MB")
        return "; ".join(
            parts + [f"{name} {value}" for name, value in self.more.items() if not isinstance(value, list | dict)]
        )


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


def seconds_of(act: Callable[[], object]) -> float:
    """Return how long an act takes.

    What was left over from before is cleared away first, and the modules that are loaded are set aside: their number
    is no business of the act, though the collector of garbage would look at each of their objects meanwhile.
    """
    gc.collect()
    gc.freeze()
    begun = perf_counter()
    act()
    seconds = perf_counter() - begun
    gc.unfreeze()
    return seconds


def alternate(rounds: int, ours: Prepare, reference: Prepare) -> tuple[list[float], list[float]]:
    """Run both in turns and return the seconds of each round; what prepares a round returns what is timed."""
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(rounds):
        for which in (0, 1) if number % 2 else (1, 0):
            prepared = (ours, reference)[which](number)
            times[which].append(seconds_of(prepared))
    return times


@contextmanager
def database_time(engine: Engine) -> Iterator[Callable[[], float]]:
    """Add up the time that statements take inside; the callable tells it."""
    begun, spent = [0.0], [0.0]

    def before(*_: Any) -> None:
        begun[0] = perf_counter()

    def after(*_: Any) -> None:
        spent[0] += perf_counter() - begun[0]

    event.listen(engine, "before_cursor_execute", before)
    event.listen(engine, "after_cursor_execute", after)
    try:
        yield lambda: spent[0]
    finally:
        event.remove(engine, "before_cursor_execute", before)
        event.remove(engine, "after_cursor_execute", after)


def forget_peak() -> None:
    """Let `peak_memory_mb` count from now on (Linux)."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def peak_memory_mb() -> float:
    """Return the most memory this process held since it began, or since `forget_peak`, in megabytes (Linux).

    `getrusage` will not do: it counts what the process that started this one held before it did.
    """
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024
