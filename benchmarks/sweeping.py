"""A full sweep with 10,000 obligations due among 1,000,000, against the same effects by the plain driver."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Engine

from benchmarks import reference
from benchmarks.databases import installed
from benchmarks.measure import Measured, Run, alternate
from benchmarks.world import DUE_GROUPS, MADE, NOW, Size, build, due_count, make_due
from domain.statuses import ObligationKind
from models.installation import installation
from models.session import reading
from tasks.sweeping import sweep


def measure(run: Run) -> list[Measured]:
    """Sweep in turns with the reference, over one table."""
    size = Size(run.size(1_000_000))
    due = run.size(10_000)
    url = build(run.server, size)
    with installed(url, run.server.folder) as engine:
        turns = iter(range(100))
        ours, theirs = alternate(
            3, lambda _: _ours(engine, due, next(turns)), lambda _: _reference(engine, due, next(turns))
        )
        if due_count():
            message = f"{due_count()} wake-ups are still due after the sweeps"
            raise RuntimeError(message)
    run.server.drop(url)
    sizes = {"open obligations": size.obligations, "due": due}
    more = {"rounds": [[round(each, 3) for each in times] for times in (ours, theirs)]}
    return [Measured(sizes, min(ours), min(theirs), more=more)]


def _ours(engine: Engine, due: int, turn: int) -> Callable[[], object]:
    make_due(engine, due, turn=turn)
    return lambda: sweep.fn(now=NOW)


def _reference(engine: Engine, due: int, turn: int) -> Callable[[], object]:
    make_due(engine, due, turn=turn)
    return lambda: swept_by_hand(engine)


def swept_by_hand(engine: Engine) -> int:
    """Do by hand what a sweep at `NOW` does; return how many rungs fired."""
    with reading() as session:
        here = installation(session)
    ladder = here.policies.ladder(ObligationKind.REPORT, "routine")
    todo = reference.steps(ladder, here.calendar, {group.due_at: group.fired for group in DUE_GROUPS}, MADE, NOW)
    with reference.raw(engine) as on:
        return reference.sweep(on, NOW, todo)
