"""The benchmarks do not rot: tiny ones run, and what they compare with has the same effects. No time is judged."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from benchmarks import results
from benchmarks.__main__ import BENCHMARKS, ONLY_ON, measure_of, run
from benchmarks.databases import Server, installed
from benchmarks.measure import Measured, Run, forget_peak, peak_memory_mb
from benchmarks.reading import figures
from benchmarks.sweeping import swept_by_hand
from benchmarks.world import DUE_GROUPS, NOW, Size, build, due_count, make_due
from tasks.auditing import verify_audit
from tasks.sweeping import sweep
from tests.conftest import ROOT

SMALL = Size(400, counties=20, cities=7)


@pytest.fixture(params=["sqlite", "postgresql"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Server:
    """A place for databases of each kind; PostgreSQL is the session's server."""
    address = request.getfixturevalue("postgres") if request.param == "postgresql" else ""
    return Server(request.param, tmp_path, address)


def rows(engine: Engine, table: str, order: str) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(text(f"SELECT * FROM {table} ORDER BY {order}")))  # noqa: S608


def effects(server: Server, url: str, *, by_hand: bool) -> dict[str, list[Any]]:
    """What a sweep leaves in the database, done by the product or by hand."""
    with installed(url, server.folder) as engine:
        if by_hand:
            swept_by_hand(engine)
        else:
            sweep.fn(now=NOW)
        assert not due_count()
        assert verify_audit.fn().whole
        tables = {"firing": "id", "firing_recipient": "firing_id", "wake": "obligation_id", "audit_entry": "seq"}
        return {table: rows(engine, table, order) for table, order in tables.items()}


def test_it_compares_the_sweep_with_the_same_effects_to_the_byte(server: Server) -> None:
    world = build(server, SMALL)
    with installed(world, server.folder) as engine:
        make_due(engine, 40, turn=1)
        assert due_count() == 40
    other = server.copy(world)
    ours, theirs = effects(server, world, by_hand=False), effects(server, other, by_hand=True)
    assert len(ours["audit_entry"]) > 40
    assert {each.rung for each in ours["firing"]} == {group.rung for group in DUE_GROUPS}
    assert ours == theirs


@pytest.mark.parametrize("name", BENCHMARKS)
def test_it_runs_every_benchmark_in_a_tiny_size(name: str, server: Server) -> None:
    if ONLY_ON.get(name, server.kind) != server.kind:
        pytest.skip("on the other database only")
    measured = measure_of(name)(Run(server, scale=0.001))
    assert measured
    for each in measured:
        assert each.seconds > 0
        assert each.line()
        json.dumps(each.as_json())


def test_it_takes_the_figures_of_reading_from_what_the_scorer_tells() -> None:
    told = """| field | precision | recall | F1 | annotated | read | accuracy |
|---|---|---|---|---|---|---|
| title | 1.000 | 0.500 | 0.667 | 2 | 1 | 0.500 |
| classification | - | - | - | 0 | 0 | 1.000 |
| report: found and right | 0.900 | 0.800 | 0.847 | 10 | 9 |
invented date: 3
"""
    assert figures(told) == {"f1": {"title": 0.667, "report: found and right": 0.847}, "invented_dates": 3}


def test_it_keeps_the_figures_of_what_was_not_run(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    results.store(path, "sweep", "sqlite", "3.40", [Measured({"due": 10}, 3.0, 2.0)])
    results.store(path, "sweep", "postgresql", "18", [Measured({"due": 10}, 5.0, 4.0)])
    results.store(path, "roll_up", "sqlite", "3.40", [Measured({"rows": 10}, 1.0)])
    results.store(path, "sweep", "sqlite", "3.40", [Measured({"due": 10}, 2.0, 2.0, more={"rounds": [[2.0]]})])
    kept = json.loads(path.read_text())
    assert kept["machine"]["processors"] > 0
    assert kept["sections"]["sweep"]["sqlite"]["figures"] == [
        {"sizes": {"due": 10}, "seconds": 2.0, "reference_seconds": 2.0, "ratio": 1.0, "rounds": [[2.0]]}
    ]
    assert kept["sections"]["sweep"]["postgresql"]["figures"][0]["ratio"] == 1.25
    assert kept["sections"]["roll_up"]["sqlite"]["figures"] == [{"sizes": {"rows": 10}, "seconds": 1.0}]


def test_it_runs_by_name_on_one_database(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "results.json"
    run(["roll_up"], ["sqlite"], full=False, scale=0.001, path=path)
    assert capsys.readouterr().out.startswith("roll_up on sqlite: 1,000 obligations; ")
    assert list(json.loads(path.read_text())["sections"]) == ["roll_up"]


def test_it_counts_the_memory_of_its_own_process_from_when_it_is_told() -> None:
    held = b"x" * (200 * 2**20)
    told = "from benchmarks.measure import peak_memory_mb; print(peak_memory_mb())"
    child = subprocess.run([sys.executable, "-c", told], check=True, capture_output=True, text=True, cwd=ROOT)
    assert float(child.stdout) < peak_memory_mb() - 100, "what the parent held is not the child's"
    del held
    before = peak_memory_mb()
    forget_peak()
    assert peak_memory_mb() < before - 100
