"""100,000 obligations due at once after an outage: what it takes in memory, in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

from benchmarks.databases import installed
from benchmarks.measure import Measured, Run, peak_memory_mb, seconds_of
from benchmarks.world import NOW, Size, build, make_due

#: Three days: whoever was to be told at 9:00 on Wednesday is told on Saturday, once, of the highest rung.
BACK_AT = NOW + timedelta(days=3)


def measure(run: Run) -> list[Measured]:
    """Sweep in a process of its own that does nothing else."""
    size, due = Size(run.size(200_000, 1_000_000)), run.size(100_000)
    url = build(run.server, size)
    with installed(url, run.server.folder) as engine:
        make_due(engine, due, turn=0)
    command = [sys.executable, "-m", "benchmarks.outage", url, str(run.server.folder)]
    root = Path(__file__).resolve().parent.parent
    told = subprocess.run(command, check=True, capture_output=True, text=True, cwd=root)  # noqa: S603
    found = json.loads(told.stdout.splitlines()[-1])
    run.server.drop(url)
    more = {"fired": found["fired"], "superseded": found["superseded"], "per_second": int(due / found["seconds"])}
    sizes = {"open obligations": size.obligations, "due": due}
    return [Measured(sizes, found["seconds"], peak_memory_mb=found["peak_memory_mb"], more=more)]


def _sweep(url: str, folder: Path) -> None:
    from tasks.sweeping import Sweep, sweep  # noqa: PLC0415 - its memory counts too, so it is loaded here alone

    done: list[Sweep] = []
    with installed(url, folder):
        seconds = seconds_of(lambda: done.append(sweep.fn(now=BACK_AT)))
    found = {"fired": done[0].fired, "superseded": done[0].superseded, "looked_at": done[0].looked_at}
    print(json.dumps(found | {"seconds": seconds, "peak_memory_mb": peak_memory_mb()}))


if __name__ == "__main__":
    _sweep(sys.argv[1], Path(sys.argv[2]))
