"""遇节假日顺延: whether a due day on a rest day moves, to which working day, until which hour."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import time

from domain.deadlines import HolidayRule
from domain.reading.dates import COUNT, HOUR, hour_of_day, numeral

_REST = r"(?:国家)?(?:法定)?(?:节假日|节日|假日|假期|休息日|公休日|双休日|周末)"
_RESTS = rf"{_REST}(?:(?:、|和|及|或|以及|或者){_REST}){{0,3}}"
_WIDE = str.maketrans({chr(wide): chr(wide - 0xFEE0) for wide in range(ord("０"), ord("９") + 1)} | {"：": ":"})
#: 遇法定节假日，报送时间顺延至节后第二个工作日中午12时前
_CLAUSE = re.compile(
    rf"(?:如|若|凡|适|恰)?(?:遇|逢|遇到|适逢)?{_RESTS}(?:的|时)?[，,]?\s?"
    rf"(?:则|均|可|其)?(?:(?:报送|上报|提交|反馈|完成|截止)?(?:时间|日期|时限|期限))?(?:可|均|则|相应|依次|自动|往后|向后)*"
    rf"(?:顺延|延至|推迟|延后|后延)(?:到|至)?"
    rf"(?:(?:{_REST}|节|假)?(?:结束|期满)?(?:之|以)?后)?的?"
    rf"(?:(?:第(?P<count>{COUNT})个?|(?P<first>首个|下一?个?|次一?个?))工作日)?"
    rf"(?:的?\s?{HOUR}|(?P<noon>中午|下班))?(?:之|以)?前?"
)
_NOT = re.compile(rf"{_RESTS}[^，。；]{{0,8}}(?:不|无需|不再|不予)(?:得|作)?顺延")
#: What may stand around the clause in a sentence that says nothing else.
_ALONE = re.compile(r"[（(）)，,。；;：:\s□注]*(?:以上|上述)?[（(）)，,。；;\s□]*")
_NOON = time(12)


@dataclass(frozen=True, slots=True)
class Deferral:
    """The clause that defers a due day, and where it stands in its sentence."""

    start: int
    end: int
    rule: HolidayRule


def deferrals(sentence: str) -> list[Deferral]:
    """Every clause of a sentence that defers what falls on a rest day; digits may be of full width."""
    plain = sentence.translate(_WIDE)
    if "延" not in plain and "推迟" not in plain:
        return []
    plain = _NOT.sub(lambda match: "□" * len(match[0]), plain)
    return [Deferral(match.start(), match.end(), _rule(match)) for match in _CLAUSE.finditer(plain)]


def _rule(match: re.Match[str]) -> HolidayRule:
    count = numeral(match["count"]) if match["count"] else None
    return HolidayRule(count or 1, hour_of_day(match) or (_NOON if match["noon"] == "中午" else None))


def without(sentence: str, found: list[Deferral]) -> str:
    """The sentence with its clauses masked: their hours and days are no terms of their own."""
    for each in found:
        sentence = sentence[: each.start] + "□" * (each.end - each.start) + sentence[each.end :]
    return sentence


def stands_alone(sentence: str) -> HolidayRule | None:
    """The rule of a sentence that only defers: it belongs to the requirement before it."""
    found = deferrals(sentence)
    return found[0].rule if len(found) == 1 and _ALONE.fullmatch(without(sentence, found)) else None


def rule_for(found: list[Deferral], start: int, until: int, *, only: bool) -> HolidayRule | None:
    """The rule of the term at `start`: its clause stands before the next term begins; of an only term, anywhere."""
    near = [each for each in found if start <= each.start < until]
    chosen = near or (found if only else [])
    return chosen[0].rule if chosen else None
