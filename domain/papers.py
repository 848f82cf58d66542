"""Papers that bear a signature: which there are, and what each is called."""

from __future__ import annotations

from enum import StrEnum


class PaperKind(StrEnum):
    """What bears a signature."""

    #: 督办通知单
    SUPERVISION_LETTER = "supervision_letter"
    #: 挂牌督办
    LISTED_SUPERVISION = "listed_supervision"
    #: 通报
    CRITICISM_BULLETIN = "criticism_bulletin"
    #: 汇总稿
    COMPILED_REPORT = "compiled_report"

    @property
    def label(self) -> str:
        """The Chinese name."""
        return _LABELS[self]


_LABELS = {
    PaperKind.SUPERVISION_LETTER: "督办通知单",
    PaperKind.LISTED_SUPERVISION: "挂牌督办通知",
    PaperKind.CRITICISM_BULLETIN: "通报",
    PaperKind.COMPILED_REPORT: "汇总稿",
}

#: What a rung may draft, or a person by hand, about one late matter.
SUPERVISING = (PaperKind.SUPERVISION_LETTER, PaperKind.LISTED_SUPERVISION, PaperKind.CRITICISM_BULLETIN)
