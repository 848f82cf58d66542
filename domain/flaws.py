"""What is wrong with a paper that an office sends back (退回来文)."""

from __future__ import annotations

from enum import StrEnum


class Flaw(StrEnum):
    """What is wrong with a paper that is sent back."""

    WRONG_ADDRESSEE = "wrong-addressee"
    UNREADABLE = "unreadable"
    WRONG_FILE = "wrong-file"

    @property
    def label(self) -> str:
        """The Chinese name."""
        return _FLAWS[self]


_FLAWS = {
    Flaw.WRONG_ADDRESSEE: "发错单位",
    Flaw.UNREADABLE: "无法辨读",
    Flaw.WRONG_FILE: "文件有误",
}
