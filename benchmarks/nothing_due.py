"""A sweep that finds nothing due: it may not take longer because the table is large."""

from __future__ import annotations

from datetime import timedelta

from benchmarks.databases import installed
from benchmarks.measure import Measured, Run, database_time, seconds_of
from benchmarks.world import NOW, Size, build
from tasks.sweeping import sweep

_ROUNDS = 20


def measure(run: Run) -> list[Measured]:
    """Sweep tables of three sizes a few times each; the median counts."""
    return [_measured(run, run.size(number)) for number in (10_000, 100_000, 1_000_000)]


def _measured(run: Run, obligations: int) -> Measured:
    url = build(run.server, Size(obligations))
    with installed(url, run.server.folder) as engine:
        sweep.fn(now=NOW)
        whole, inside = [], []
        for number in range(_ROUNDS):
            with database_time(engine) as spent:
                at = NOW + timedelta(minutes=number + 1)
                whole.append(seconds_of(lambda at=at: sweep.fn(now=at)))  # type: ignore[misc]
                inside.append(spent())
    run.server.drop(url)
    middle = _ROUNDS // 2
    more = {
        "statements_ms": round(sorted(inside)[middle] * 1000, 2),
        "whole_ms": round(sorted(whole)[middle] * 1000, 2),
    }
    return Measured({"open obligations": obligations}, sorted(whole)[middle], more=more)
