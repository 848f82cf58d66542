"""Processes that work on the test's database at the same time as it does, and that can be killed."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.tasks.stage import ROOT

_SECONDS = 60.0


class Worker:
    """One process (`worker.py`), started once and given orders; each answer is a line of JSON."""

    def __init__(self) -> None:
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        script = Path(__file__).with_name("worker.py")
        self._process = subprocess.Popen(
            [sys.executable, str(script)], cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._answers: queue.Queue[dict[str, Any]] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.child = 0

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._answers.put(json.loads(line))

    def order(self, act: str, now: datetime, **more: Any) -> None:
        """Let it begin; its settings are those of the test at this moment."""
        environment = {name: value for name, value in os.environ.items() if name.startswith("DUBAN_")}
        line = json.dumps({"act": act, "now": now.isoformat(), "environment": environment} | more)
        assert self._process.stdin is not None
        self._process.stdin.write(line.encode() + b"\n")
        self._process.stdin.flush()

    def order_child(self, act: str, now: datetime, **more: Any) -> None:
        """Let a child of it begin, which `kill` ends."""
        self.order(act, now, child=True, **more)
        self.child = self.answer()["child"]

    def answer(self) -> dict[str, Any]:
        """Return its next answer."""
        return self._answers.get(timeout=_SECONDS)

    def kill(self) -> None:
        """SIGKILL the child; what it had still answered is dropped."""
        os.kill(self.child, signal.SIGKILL)
        while "ended" not in self.answer():
            pass

    def steps_until(self, act: str, now: datetime, kill_at: int, **more: Any) -> int:
        """Let a child kill itself before its step of this number (0: never); return how many it took, 0 if killed."""
        self.order_child(act, now, kill_at=kill_at, **more)
        answer = self.answer()
        if "ended" in answer:
            return 0
        assert "error" not in answer, answer
        assert "ended" in self.answer()
        return int(answer["steps"])

    def wait_until_ready(self) -> None:
        assert "ready" in self.answer()

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(_SECONDS)
        self._reader.join(_SECONDS)
        if self._process.stdout is not None:
            self._process.stdout.close()


@contextmanager
def running(number: int) -> Iterator[list[Worker]]:
    """Start so many workers; they are ready when they are given."""
    workers = [Worker() for _ in range(number)]
    try:
        for worker in workers:
            worker.wait_until_ready()
        yield workers
    finally:
        for worker in workers:
            worker.close()


def soon() -> float:
    """An instant at which several processes can begin together."""
    return time.time() + 0.15


def wait_until(condition: Callable[[], bool], seconds: float = _SECONDS) -> None:
    """Wait for something to come true; AssertionError where it does not."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come true"
        time.sleep(0.002)
