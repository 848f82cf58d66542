"""Reading circulars: how fast, and, where annotated ones are at hand, how right by their own scorer."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.measure import Measured, Run, alternate
from domain.reading.draft import draft_as_json, read_circular, read_document

#: Annotated circulars with their `score.py`; they lie beside the project, or nowhere.
FOLDER = Path(__file__).resolve().parents[2] / "shared" / "circulars"
EXAMPLE = Path(__file__).resolve().parents[1] / "examples" / "circular.md"
_SIZE = 1_000_000
_DATES = re.compile(r"[^。；\n]{0,200}\d{1,2}月\d{1,2}日[^。；\n]{0,200}")
#: | field | precision | recall | F1 | annotated | read | accuracy |
_ROW = re.compile(r"^\| (?P<name>[^|]+?) \| [^|]+ \| [^|]+ \| (?P<f1>[\d.]+) \|")


def measure(run: Run) -> list[Measured]:
    """Read 1 MB of text, against one search for the sentences that hold a day; then score what is annotated."""
    source = EXAMPLE.read_text(encoding="utf-8")
    text = source * (run.size(_SIZE) // len(source.encode()) + 1)
    ours, theirs = alternate(3, lambda _: lambda: read_circular(text), lambda _: lambda: _DATES.findall(text))
    more: dict[str, Any] = {"characters": len(text)}
    if FOLDER.is_dir():
        told = scored(FOLDER)
        print(told)
        more |= figures(told)
    return [Measured({"bytes": len(text.encode())}, min(ours), min(theirs), more=more)]


def scored(folder: Path) -> str:
    """Return what the scorer of a folder of annotated circulars says of ours, every miss named (Markdown)."""
    with TemporaryDirectory() as place:
        for path in sorted(folder.glob("[0-9]*.txt")):
            draft = draft_as_json(read_document(path.read_bytes(), path.name))
            Path(place, f"{path.stem}.json").write_text(json.dumps(draft, ensure_ascii=False), encoding="utf-8")
        command = [sys.executable, str(folder / "score.py"), str(folder), place, "--misses"]
        return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout  # noqa: S603


def figures(told: str) -> Mapping[str, Any]:
    """Return F1 by row of the scorer's tables, and what it counts of invented dates."""
    rows = filter(None, map(_ROW.match, told.splitlines()))
    invented = re.search(r"^invented date: (\d+)$", told, re.MULTILINE)
    return {
        "f1": {row["name"]: float(row["f1"]) for row in rows},
        "invented_dates": int(invented[1]) if invented else None,
    }
