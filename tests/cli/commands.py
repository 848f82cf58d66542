"""Running `duban` for a test: in this process, or as a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cli.main import main

ROOT = Path(__file__).resolve().parents[2]
DUBAN = Path(sys.executable).parent / "duban"


@dataclass(frozen=True)
class Answer:
    """What a command said, and its exit code."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def sentence(self) -> str:
        """The one sentence of a command that was refused: nothing on stdout, no traceback."""
        assert self.out == "", self.out
        assert self.err.startswith("错误："), self.err
        assert "Traceback" not in self.err
        return self.err.removeprefix("错误：").rstrip("\n")


class Duban:
    """The command in this process, as `main` runs it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def __call__(self, *words: object) -> Answer:
        self._monkeypatch.setattr(sys, "argv", ["duban", *map(str, words)])
        self._capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        said = self._capsys.readouterr()
        return Answer(int(ended.value.code or 0), said.out, said.err)

    def refused(self, *words: object, code: int = 1) -> str:
        """Run a command that must be refused; return its one sentence."""
        answer = self(*words)
        assert answer.code == code, answer
        return answer.sentence

    def said(self, *words: object) -> str:
        """Run a command that must succeed; return what it printed."""
        answer = self(*words)
        assert answer.code == 0, answer
        assert answer.err == ""
        return answer.out


def process(*words: object, environment: Mapping[str, str] | None = None, cwd: Path | None = None) -> Answer:
    """Run the installed `duban` as a process of its own."""
    done = subprocess.run(
        [DUBAN, *map(str, words)], env=environment, cwd=cwd, capture_output=True, text=True, check=False, timeout=60
    )
    return Answer(done.returncode, done.stdout, done.stderr)
