"""`results.json`: the machine, and each benchmark's last figures; a partial run keeps the others."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.measure import Measured

PATH = Path(__file__).with_name("results.json")


def machine() -> dict[str, Any]:
    """Return what the figures were measured on."""
    return {"processors": os.cpu_count(), "system": platform.machine(), "python": platform.python_version()}


def store(
    path: Path, name: str, kind: str, version: str, measured: Sequence[Measured], *, on: Mapping[str, Any] | None = None
) -> None:
    """Put the figures of one benchmark on one database in the place of its last ones."""
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    known["machine"] = dict(on or machine())
    section = known.setdefault("sections", {}).setdefault(name, {})
    section[kind] = {
        "measured_at": f"{datetime.now(UTC):%Y-%m-%dT%H:%MZ}",
        "version": version,
        "figures": [each.as_json() for each in measured],
    }
    path.write_text(json.dumps(known, ensure_ascii=False, indent=2, sort_keys=True) + "\n", encoding="utf-8")
