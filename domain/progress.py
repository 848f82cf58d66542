"""How far one office is with one instruction (落实进展)."""

from __future__ import annotations

from enum import StrEnum


class ProgressState(StrEnum):
    """办理进展, in the order in which it moves; closing (销号) is an act of its own."""

    NOT_STARTED = "not_started"
    UNDER_WAY = "under_way"
    DONE = "done"
    CLOSED = "closed"

    @property
    def label(self) -> str:
        """The Chinese name."""
        return _LABELS[self]

    def is_behind(self, other: ProgressState) -> bool:
        """Tell whether `other` lies further on."""
        order = list(ProgressState)
        return order.index(self) < order.index(other)


_LABELS = {
    ProgressState.NOT_STARTED: "未开始",
    ProgressState.UNDER_WAY: "办理中",
    ProgressState.DONE: "已落实",
    ProgressState.CLOSED: "已销号",
}
