"""One hop that makes 100,000 obligations, against `executemany` of the same rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, text

from benchmarks import reference
from benchmarks.databases import Server, installed
from benchmarks.measure import Measured, Run, seconds_of
from benchmarks.world import NOW, OPERATOR, Size, add_circular, build
from models.circular import Circular
from models.hops import open_hop, store_hop
from models.installation import installation
from models.session import reading, transaction

_ROUNDS = 3
_TABLES = ("forwarding", "obligation", "wake")


def measure(run: Run) -> list[Measured]:
    """Forward a circular with 31 requirements to every office below the province; each turn on a fresh copy."""
    size = Size(1, counties=run.size(3000))
    made = 32 * (size.counties + size.cities)
    empty = build(run.server, size)
    circular = _circular(run.server, empty, 31)
    times: tuple[list[float], list[float]] = ([], [])
    rows: list[_Rows] = []
    for _ in range(_ROUNDS):
        _on_copy(run.server, empty, times[0], lambda _: lambda: _forward(circular), rows)
        _on_copy(run.server, empty, times[1], lambda engine: lambda: _insert(engine, rows))
    run.server.drop(empty)
    if len(rows[1].values) != made:
        message = f"{len(rows[1].values)} obligations were made, not {made}"
        raise RuntimeError(message)
    more = {"rounds": [[round(each, 3) for each in which] for which in times]}
    return [Measured({"obligations": made}, min(times[0]), min(times[1]), more=more)]


@dataclass(frozen=True)
class _Rows:
    """What the hop left in a table."""

    table: str
    columns: Sequence[str]
    values: Sequence[tuple[Any, ...]]


def _circular(server: Server, url: str, requirements: int) -> int:
    with installed(url, server.folder), transaction(OPERATOR, NOW) as work:
        province = installation(work.session).view.id_of["230000"]
        return add_circular(work.session, 99, requirements, province, document=1)


def _on_copy(
    server: Server, template: str, times: list[float], prepared: Callable[[Engine], Callable[[], object]],
    keep: list[_Rows] | None = None,
) -> None:  # fmt: skip
    url = server.copy(template)
    with installed(url, server.folder) as engine:
        with reading() as session:
            installation(session)  # a process that runs has read its roster
        times.append(seconds_of(prepared(engine)))
        if keep is not None:
            keep[:] = [_rows(engine, table) for table in _TABLES]
    server.drop(url)


def _forward(circular_id: int) -> None:
    with transaction(OPERATOR, NOW) as work:
        here = installation(work.session)
        circular = work.session.get_one(Circular, circular_id)
        addressees = [office.code for office in here.view.roster.below("230000")]
        hop = open_hop(work, here, circular, sender="230000", addressees=addressees, sent_at=NOW)
        store_hop(work, here, circular, hop)


def _rows(engine: Engine, table: str) -> _Rows:
    with engine.connect() as connection:
        # as the driver gives them, so that it can take them back
        which = "" if table == "forwarding" else f" WHERE {'id' if table == 'obligation' else 'obligation_id'} > 1"
        found = connection.execute(text(f"SELECT * FROM {table}{which}"))  # noqa: S608
        return _Rows(table, list(found.keys()), [tuple(row) for row in found])


def _insert(engine: Engine, rows: Sequence[_Rows]) -> None:
    with reference.raw(engine) as on:
        for each in rows:
            on.insert(each.table, each.columns, each.values)
