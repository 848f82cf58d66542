"""An act that is begun while another's transaction is open, and ends after it: what two people at once do."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from domain.errors import Refused

_SECONDS = 20.0


class Beside:
    """An act in a thread of its own; it has to wait for what is open when it is begun."""

    def __init__(self, act: Callable[[], object]) -> None:
        self._act, self._ended = act, list[Any]()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        self._thread.join(0.4)
        assert not self._ended, f"it waits for what is open, but ended with {self._ended}"

    def _run(self) -> None:
        try:
            self._ended.append(self._act())
        except Refused as refused:
            self._ended.append(refused)

    def end(self) -> Any:
        """Return what it did, or its refusal."""
        self._thread.join(_SECONDS)
        assert self._ended, "it did not end"
        return self._ended[0]
