"""Terms that are counted: so many days after receipt, after the issuing, after some event."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from domain.documents import RequirementKind
from domain.published import published_calendar
from domain.reading.dates import COUNT, Basis, calendar_day, numeral

if TYPE_CHECKING:
    from collections.abc import Iterator

#: A count that is a length of time. 一个月 and 24小时 are no number of days.
WITHIN = (
    rf"(?:(?P<half>半(?:个?月|年))|(?P<count>{COUNT})个?(?P<unit>工作日|日|天|周|星期|月|小时|分钟|年))(?:之|以)?内"
)
_DAYS = {"日": 1, "天": 1, "周": 7, "星期": 7}
_HALF_MONTH = 15
_AFTER = r"(?:(?:之日|当日|当天|之时|时)起?|之?后|以后|起)的?(?:计算)?"
_GLUE = "，?(?:请|应当?|须|要|必须|务必)?(?:于|在)?"
_AFTER_RECEIPT = re.compile(
    rf"(?:(?:收到|接到|接获|收悉|签收|接(?![报警诉]))[^，。；]{{0,20}}?|收文|收件|接文|到文)(?:{_AFTER})?的?{_GLUE}(?P<within>{WITHIN})"
)
#: What an office gets that is not the circular itself.
_OTHER_RECEIPT = re.compile("举报|投诉|申请|报告|申报|信息|线索|反映|来访|来信|货款|发票|样品|报警|预警")
_AFTER_ISSUE = re.compile(
    rf"(?:(?:印发|发布|下发|公布|发文|颁布|制发|发出|印制){_AFTER}|(?:自|从)?(?:即日|今日|本日)起?)(?P<within>{WITHIN})"
)
_AFTER_EVENT = re.compile(rf"{_AFTER}{_GLUE}(?P<within>{WITHIN})")
_CONDITION = re.compile("发生|发现|出现|遇有|变[动更化]|故障|异常|事故|险情|凡|一旦")
#: 请于5个工作日内反馈: from receipt, as nothing else is named
_BARE = re.compile(rf"(?:(?<=[于在请限须应，。；：、])|^)(?P<within>{WITHIN})")


@dataclass(frozen=True, slots=True)
class Counted:
    """A counted term in a sentence and where it stands. With no number at all it cannot be told in days."""

    start: int
    end: int
    kind: RequirementKind
    due_on: date | None = None
    workdays: int | None = None
    days: int | None = None
    #: names no event: counts only beside words for handing in
    is_bare: bool = False
    doubt: str | None = None


def counted_terms(sentence: str, basis: Basis) -> list[Counted]:
    """Every counted term from left to right: what names its beginning before what does not."""
    found: list[Counted] = []
    for read in (_after_receipt, _after_issue, _after_event, _bare):
        for one in read(sentence, basis):
            if all(one.end <= other.start or other.end <= one.start for other in found):
                found.append(one)
    return sorted(found, key=lambda one: one.start)


def _after_receipt(sentence: str, _basis: Basis) -> Iterator[Counted]:
    for match in _AFTER_RECEIPT.finditer(sentence):
        other = _OTHER_RECEIPT.search(match[0], 0, match.start("within") - match.start())
        yield _term(match, RequirementKind.ON_OCCURRENCE if other else RequirementKind.AFTER_RECEIPT)


def _after_issue(sentence: str, basis: Basis) -> Iterator[Counted]:
    """Counted from the issuing itself: a day of its own, where the document has one and the calendar is known."""
    for match in _AFTER_ISSUE.finditer(sentence):
        if match["unit"] in ("小时", "分钟"):
            continue
        due_on = _after(basis.day, match) if basis.day else None
        doubt = None if due_on else f"“{match[0]}”的日期无法确定，请人工填写。"
        yield Counted(match.start(), match.end(), RequirementKind.ONCE, due_on=due_on, doubt=doubt)


def _after_event(sentence: str, _basis: Basis) -> Iterator[Counted]:
    for match in _AFTER_EVENT.finditer(sentence):
        if match["unit"] != "年":  # 后三年内不得申报: how long something holds
            yield _term(match, RequirementKind.ON_OCCURRENCE)


def _bare(sentence: str, _basis: Basis) -> Iterator[Counted]:
    for match in _BARE.finditer(sentence):
        if match["unit"] == "年":  # 在两年之内: how long something holds
            continue
        occurs = match["unit"] in ("小时", "分钟") or _CONDITION.search(sentence, 0, match.start())
        yield _term(match, RequirementKind.ON_OCCURRENCE if occurs else RequirementKind.AFTER_RECEIPT, is_bare=True)


def _term(match: re.Match[str], kind: RequirementKind, *, is_bare: bool = False) -> Counted:
    workdays = numeral(match["count"]) if match["unit"] == "工作日" else None
    days = _days(match)
    doubt = None if workdays or days else f"“{match[0]}”的时限不是按天计算，请人工确定。"
    return Counted(match.start(), match.end(), kind, workdays=workdays, days=days, is_bare=is_bare, doubt=doubt)


def _days(match: re.Match[str]) -> int | None:
    if match["half"]:
        return None if match["half"] == "半年" else _HALF_MONTH
    return (numeral(match["count"]) or 0) * _DAYS.get(match["unit"], 0) or None


def _after(day: date, match: re.Match[str]) -> date | None:
    """The last day of the term; None for working days of a year whose calendar nobody has published."""
    if days := _days(match):
        return day + timedelta(days)
    count, unit = numeral(match["count"] or "") or 0, match["unit"]
    if unit == "工作日":
        calendar = published_calendar()
        due_on = calendar.add_workdays(day, count)
        return None if calendar.is_provisional(day, due_on) else due_on
    months = day.month - 1 + (6 if match["half"] else count * (12 if unit == "年" else 1))
    year, month = day.year + months // 12, months % 12 + 1
    return calendar_day(year, month, day.day) or calendar_day(year, month, -1)
