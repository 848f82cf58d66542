"""Severity of an urgent report (紧急信息) and the level it climbs to."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

#: What no hop of an urgent report may exceed, whatever its severity (State Council Order 493, article 11).
LONGEST_HOP = timedelta(hours=2)


class Severity(StrEnum):
    """事件分级, gravest first."""

    #: 特别重大
    PARTICULARLY_SERIOUS = "particularly_serious"
    #: 重大
    SERIOUS = "serious"
    #: 较大
    RELATIVELY_SERIOUS = "relatively_serious"
    #: 一般
    ORDINARY = "ordinary"

    @property
    def label(self) -> str:
        """The Chinese name."""
        return _LABELS[self]

    @property
    def copies_the_level_above(self) -> bool:
        """Whether the level above the superior gets a copy at once (the two highest)."""
        return self in (Severity.PARTICULARLY_SERIOUS, Severity.SERIOUS)


_LABELS = {
    Severity.PARTICULARLY_SERIOUS: "特别重大",
    Severity.SERIOUS: "重大",
    Severity.RELATIVELY_SERIOUS: "较大",
    Severity.ORDINARY: "一般",
}


class UrgentReportKind(StrEnum):
    """Which report of its case it is."""

    #: 首报
    INITIAL = "initial"
    #: 续报
    FOLLOW_UP = "follow_up"
    #: 终报
    FINAL = "final"
