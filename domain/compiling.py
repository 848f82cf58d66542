"""One report made of those that were accepted (汇总稿): what stands in it, in which order, and what is missing.

Facts only: when each was handed in, whether that was late, who has not reported and how it stands with them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from domain.deadlines import format_due, format_instant
from domain.masking import without_contacts
from domain.offices import Tier
from domain.rollup import is_late
from domain.statuses import Hold, Status


class Standing(StrEnum):
    """How one report stands, for whoever compiles."""

    ACCEPTED = "accepted"
    #: received on occurrence: nobody reviews it
    RECEIVED = "received"
    AWAITING = "awaiting"
    RETURNED = "returned"
    MISSING = "missing"
    WAIVED = "waived"

    @property
    def label(self) -> str:
        """The Chinese name."""
        return _LABELS[self]

    @property
    def is_gap(self) -> bool:
        """Whether the report is not in the compiled one."""
        return self not in (Standing.ACCEPTED, Standing.RECEIVED)


_LABELS = {
    Standing.ACCEPTED: "已通过",
    Standing.RECEIVED: "已收到",
    Standing.AWAITING: "待审核",
    Standing.RETURNED: "已退回",
    Standing.MISSING: "未报送",
    Standing.WAIVED: "免办",
}
#: The gaps in the order in which they are named.
GAPS = (Standing.MISSING, Standing.AWAITING, Standing.RETURNED, Standing.WAIVED)
_STANDING = {
    Status.ACCEPTED: Standing.ACCEPTED,
    Status.SUBMITTED: Standing.AWAITING,
    Status.RETURNED: Standing.RETURNED,
    Status.PENDING: Standing.MISSING,
    Status.WAIVED: Standing.WAIVED,
}
_TIERS = list(Tier)
_NUMERALS = "一二三四"
#: What neither a document nor a workbook can hold.
_UNFIT = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """What one office owes of what is compiled, and the report it handed in last; all instants are aware."""

    code: str
    office: str
    tier: Tier
    status: Status
    hold: str = ""
    due_at: datetime | None = None
    provisional: bool = False
    submitted_at: datetime | None = None
    ended_at: datetime | None = None
    text: str = ""
    #: why it was returned
    reason: str = ""
    #: handed in as something happened: owed by nobody, reviewed by nobody
    on_occurrence: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One office in the compiled report, as it is kept beside the paper; '' is what there is not."""

    code: str
    office: str
    tier: str
    standing: Standing
    #: aware; None for what is not handed in
    handed_in_at: datetime | None
    late: bool
    text: str
    #: what is to be said about a gap
    note: str

    def stored(self) -> dict[str, Any]:
        """The line as JSON has it."""
        return asdict(self) | {"handed_in_at": self.handed_in_at.isoformat() if self.handed_in_at else None}

    @classmethod
    def restored(cls, stored: Mapping[str, Any]) -> Line:
        """Read a stored line back."""
        at = stored["handed_in_at"]
        told = {"standing": Standing(stored["standing"]), "handed_in_at": datetime.fromisoformat(at) if at else None}
        return cls(**{**stored, **told})


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """What is compiled, for whom, as of when (aware)."""

    compiler: str
    #: the circular, as 《…》（文号）
    document: str
    ordinal: int
    asked: str
    #: the due day of the period, as 2020-03-05; '' for a single one
    period: str
    #: of what is handed in on occurrence: from this day on
    since: date | None
    as_of: datetime


def lines(owed: Iterable[Owed], as_of: datetime) -> list[Line]:
    """One line for each report that is or was owed, by tier and then as the roster has the offices (no ranking).

    What was withdrawn or superseded is owed no longer: it is neither in the report nor a gap.
    """
    counted = [each for each in owed if each.status in _STANDING]
    counted.sort(key=lambda each: (_TIERS.index(each.tier), each.code, _instant(each.submitted_at)))
    return [_line(each, as_of) for each in counted]


def _instant(at: datetime | None) -> float:
    return at.timestamp() if at else 0.0


def _line(each: Owed, as_of: datetime) -> Line:
    standing = Standing.RECEIVED if each.on_occurrence else _STANDING[each.status]
    handed_in = standing in (Standing.ACCEPTED, Standing.RECEIVED, Standing.AWAITING)
    judged = handed_in or (standing is not Standing.WAIVED and not each.hold)
    late = judged and is_late(each.due_at, each.submitted_at, each.ended_at, as_of)
    return Line(
        code=each.code, office=each.office, tier=each.tier.label, standing=standing,
        handed_in_at=each.submitted_at if handed_in else None, late=late,
        text="" if standing.is_gap else plain(each.text), note=_note(each, standing, late=late),
    )  # fmt: skip


def _note(each: Owed, standing: Standing, *, late: bool) -> str:
    said = []
    if standing is Standing.AWAITING and each.submitted_at:
        said.append(f"{format_instant(each.submitted_at)}报送")
    if standing in (Standing.MISSING, Standing.RETURNED):
        said += [f"时限{format_due(each.due_at, provisional=each.provisional)}"] if each.due_at else ["未定日期"]
        said += [Hold(each.hold).label] if each.hold else []
    if late:
        said.append("已逾期" if standing in (Standing.MISSING, Standing.RETURNED) else "逾期报送")
    if each.reason and standing is Standing.RETURNED:
        said.append(f"退回理由：{plain(without_contacts(each.reason)).rstrip('。')}")
    return "，".join(said)


def plain(text: str) -> str:
    """Return what others wrote as lines without blank ones, and without what no document or workbook can hold."""
    kept = (_UNFIT.sub(" ", line).strip() for line in text.splitlines())
    return "\n".join(line for line in kept if line)


def title(matter: Matter) -> str:
    """Return the title of a compiled report."""
    return plain(f"{matter.document}第 {matter.ordinal} 项要求报送情况汇总{_period(matter)}")


def _period(matter: Matter) -> str:
    if matter.since is not None:
        return f"（{_day(matter.since)}以来）"
    return f"（{_day(date.fromisoformat(matter.period))}期）" if matter.period else ""


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def text(matter: Matter, found: Sequence[Line]) -> str:
    """Return the words of a compiled report: what was asked, how many reported, each report, and the gaps by name."""
    reported = [each for each in found if not each.standing.is_gap]
    parts = [f"一、报送要求\n{plain(matter.asked)}", f"二、报送情况\n{summary(matter, found)}"]
    parts.append("三、各单位报送内容\n" + ("\n".join(_reports(reported)) or "目前没有可计入的报送。"))
    if matter.since is None:
        parts.append("四、未计入本稿的单位\n" + ("\n".join(_gaps(found)) or "无。"))
    return "\n".join(parts)


def summary(matter: Matter, found: Sequence[Line]) -> str:
    """Return one sentence: how many are to report, how many of them did, and what became of the others."""
    as_of = f"截至{format_instant(matter.as_of)}"
    reported = [each for each in found if not each.standing.is_gap]
    if matter.since is not None:
        offices = len({each.code for each in reported})
        return f"{as_of}，共收到随时报送 {len(reported)} 份，来自 {offices} 个单位。"
    late = sum(each.late for each in reported)
    told = [f"已通过 {len(reported)} 个" + (f"（其中逾期报送 {late} 个）" if late else "")]
    count = counts(found)
    told += [f"{each.label} {count[each]} 个" for each in GAPS if count[each] and each is not Standing.WAIVED]
    waived = f"；另有免办 {count[Standing.WAIVED]} 个" if count[Standing.WAIVED] else ""
    owing = len(found) - count[Standing.WAIVED]
    return f"{as_of}，应向{matter.compiler}报送的单位共 {owing} 个：{'，'.join(told)}{waived}。"


def counts(found: Iterable[Line]) -> dict[Standing, int]:
    """Return how many reports stand how."""
    standings = [each.standing for each in found]
    return {each: standings.count(each) for each in Standing}


def _reports(reported: Sequence[Line]) -> Iterable[str]:
    tier = ""
    for number, each in enumerate(reported, start=1):
        if each.tier != tier:
            tier = each.tier
            yield f"{tier}："
        facts = [f"{format_instant(each.handed_in_at)}报送"] if each.handed_in_at else []
        facts += ["逾期报送"] if each.late else []
        yield f"{number}．{each.office}：{'，'.join(facts)}"
        yield each.text


def _gaps(found: Sequence[Line]) -> Iterable[str]:
    """Yield the gaps by standing; offices of which the same is to be said stand together."""
    named = [(standing, [each for each in found if each.standing is standing]) for standing in GAPS]
    for numeral, (standing, those) in zip(_NUMERALS, [each for each in named if each[1]], strict=False):
        yield f"（{numeral}）{standing.label}（{len(those)} 个）"
        alike: dict[str, list[str]] = {}
        for each in those:
            alike.setdefault(each.note, []).append(each.office)
        for note, offices in alike.items():
            yield "、".join(offices) + (f"：{note}" if note else "") + "。"


def changed_since(drafted: Iterable[Line], now: Iterable[Line]) -> int:
    """Return how many offices' reports stand otherwise now than when the report was drafted."""

    def facts(found: Iterable[Line]) -> set[tuple[str, Standing, datetime | None]]:
        return {(each.code, each.standing, each.handed_in_at) for each in found}

    return len({code for code, *_ in facts(drafted) ^ facts(now)})
