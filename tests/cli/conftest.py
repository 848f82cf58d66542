"""The command for tests, on an empty installation or on one where the cast has set out."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.cast import PAIR, PAIR_FILE, ROSTER_CSV, set_out
from tests.cli.commands import Duban


@pytest.fixture
def duban(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Duban:
    for name in ("DO_NOT_TRACK", "NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "1" if name == "DO_NOT_TRACK" else "")
    return Duban(monkeypatch, capsys)


@pytest.fixture
def roster_file(tmp_path: Path) -> Path:
    path = tmp_path / "名册.csv"
    path.write_text(ROSTER_CSV, encoding="utf-8")
    return path


@pytest.fixture
def pair_file(tmp_path: Path) -> Path:
    path = tmp_path / PAIR_FILE
    path.write_text(PAIR, encoding="utf-8")
    return path


@pytest.fixture
def set_out_now(sqlite: str) -> datetime:
    """The cast, the pair registered and forwarded just now."""
    now = datetime.now(UTC)
    set_out(now)
    return now
