"""Nothing below a door reads the clock by itself, but where it says so: `now` is a parameter everywhere."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("domain", "config", "models", "notifications", "tasks")
#: what reads a clock, by the name that is called and what it is called on
CLOCKS = {
    ("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today"), ("time", "time"),
    ("time", "time_ns"), ("time", "monotonic"), ("time", "localtime"), ("time", "gmtime"), ("func", "now"),
    ("func", "current_timestamp"), ("func", "localtimestamp"),
}  # fmt: skip
#: file and function -> why it may
ALLOWED = {
    ("tasks/delivering.py", "deliver"): "a delivery without an instant runs by the real clock; `ended_at` of its run",
    ("tasks/sweeping.py", "sweep"): "`ended_at` of its run: when it was really over",
    ("tasks/announcing.py", "announce"): "when an event was sent, as its receiver dates everything",
    ("tasks/checking.py", "_log"): "`ended_at` of its run: when it was really over",
    ("tasks/collecting.py", "_log"): "`ended_at` of its run: when it was really over",
    ("notifications/imap_wire.py", "read"): "how long a server may take over so many bytes",
    ("notifications/imap_wire.py", "readline"): "how long a server may take over a line",
    ("notifications/imap_wire.py", "idle_for"): "how long to wait for news",
    ("notifications/mailbox.py", "wait"): "how long to wait for news",
    ("tasks/serving.py", "_wait_until_healthy"): "how long a server process may take to start",
}


def reading_a_clock(source: str) -> Iterator[tuple[str, int]]:
    """Yield the function and the line of each call that reads a clock."""
    yield from _walk(ast.parse(source), "")


def _walk(node: ast.AST, function: str) -> Iterator[tuple[str, int]]:
    for child in ast.iter_child_nodes(node):
        is_outer = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) and not function
        inside = child.name if is_outer else function  # type: ignore[attr-defined]
        if isinstance(child, ast.Call) and _name(child.func) in CLOCKS:
            yield function, child.lineno
        yield from _walk(child, inside)


def _name(called: ast.expr) -> tuple[str, str]:
    if not isinstance(called, ast.Attribute):
        return "", ""
    on = called.value
    return (on.id if isinstance(on, ast.Name) else on.attr if isinstance(on, ast.Attribute) else ""), called.attr


def files() -> list[Path]:
    return sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))


def test_no_rule_table_mail_or_task_reads_the_clock_unless_it_says_why() -> None:
    found = {
        (str(path.relative_to(ROOT)), function)
        for path in files()
        for function, _ in reading_a_clock(path.read_text(encoding="utf-8"))
    }
    assert found == set(ALLOWED)


@pytest.mark.parametrize(
    "line",
    [
        "datetime.now(UTC)", "datetime.datetime.now()", "date.today()", "time.time()", "func.now()",
        "(lambda: datetime.now(UTC))()",
    ],
)  # fmt: skip
def test_the_search_finds_a_clock(line: str) -> None:
    assert list(reading_a_clock(f"def rule():\n    return {line}\n")) == [("rule", 2)]


def test_no_clock_is_imported_by_its_bare_name() -> None:
    for path in files():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module == "time":
                assert not {alias.name for alias in node.names} & {name for on, name in CLOCKS if on == "time"}, path
