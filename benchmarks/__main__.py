"""`make bench`: run the benchmarks, print a line for each figure, keep them in `results.json`."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks import results
from benchmarks.databases import KINDS, SQLITE, server_of
from benchmarks.measure import Measured, Run

#: Each benchmark's module, which has a `measure(run)`; in the order in which they run.
BENCHMARKS = {
    "sweep": "benchmarks.sweeping",
    "nothing_due": "benchmarks.nothing_due",
    "outage": "benchmarks.outage",
    "fan_out": "benchmarks.fan_out",
    "roll_up": "benchmarks.roll_up",
    "mail": "benchmarks.mail",
    "simulated_year": "benchmarks.simulated_year",
    "urgent_latency": "benchmarks.urgent_latency",
    "reading": "benchmarks.reading",
}
#: Those that make sense on one database only: a play has a file of its own, a served report waits for
#: processes, and reading needs none.
ONLY_ON = {"simulated_year": SQLITE, "urgent_latency": SQLITE, "reading": SQLITE}


def measure_of(name: str) -> Callable[[Run], list[Measured]]:
    """Return what runs a benchmark."""
    found: Callable[[Run], list[Measured]] = importlib.import_module(BENCHMARKS[name]).measure
    return found


def run(names: Sequence[str], kinds: Sequence[str], *, full: bool, scale: float, path: Path) -> None:
    """Run these benchmarks on these databases; each figure is kept as soon as it is there."""
    for kind in kinds:
        with server_of(kind) as server:
            for name in (each for each in names if ONLY_ON.get(each, kind) == kind):
                measured = measure_of(name)(Run(server, full, scale))
                for each in measured:
                    print(f"{name} on {kind}: {each.line()}", flush=True)
                results.store(path, name, kind, server.version(), measured)


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHMARKS)}; none: all")
    parser.add_argument("--database", choices=KINDS, action="append", help="one database only")
    parser.add_argument("--full", action="store_true", help="full sizes everywhere (takes half an hour)")
    parser.add_argument("--scale", type=float, default=1.0, help="a part of the sizes, to try something out")
    parser.add_argument("--out", type=Path, default=results.PATH, help="where the figures are kept")
    chosen = parser.parse_args(arguments)
    unknown = sorted(set(chosen.names) - set(BENCHMARKS))
    if unknown:
        parser.error(f"no such benchmark: {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}")
    kinds = chosen.database or KINDS
    run(chosen.names or list(BENCHMARKS), kinds, full=chosen.full, scale=chosen.scale, path=chosen.out)


if __name__ == "__main__":
    main()
