"""Papers that bear a signature: which there are, how they are numbered, and the facts that they state."""

from __future__ import annotations

from dataclasses import dataclass
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
#: What stands before the year of its number.
_PREFIXES = {
    PaperKind.SUPERVISION_LETTER: "督办",
    PaperKind.LISTED_SUPERVISION: "挂牌督办",
    PaperKind.CRITICISM_BULLETIN: "督办通报",
    PaperKind.COMPILED_REPORT: "汇总",
}
#: What a rung may draft, or a person by hand, about one late matter.
SUPERVISING = (PaperKind.SUPERVISION_LETTER, PaperKind.LISTED_SUPERVISION, PaperKind.CRITICISM_BULLETIN)


def paper_number(kind: PaperKind, year: int, running: int) -> str:
    """The number of a signed paper, as 督办〔2020〕1号."""
    return f"{_PREFIXES[kind]}〔{year}〕{running}号"


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperFacts:
    """What a paper about one late matter states, in words; '' is what there is not."""

    office: str
    #: the circular, or 紧急信息
    document: str
    matter: str
    period: str
    due: str
    #: 已逾期 5 个工作日
    late: str
    #: the day it is drafted on
    today: str
    #: what the office and those above it were told already, one line each
    told: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A paper as it is laid out on a page."""

    kind: PaperKind
    #: empty until it is signed
    number: str
    #: the line in the place of a title
    heading: str
    office: str
    text: str
    sender: str
    #: whose signature it bears, and the day; empty until then
    signer: str
    day: str
