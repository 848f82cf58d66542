"""The terms in a sentence: by a day, every so often, so long after receipt."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from domain.documents import RequirementKind
from domain.reading.dates import COUNT, DAY, HOUR, MONTH, YEAR, Basis, calendar_day, dated, hour_of_day, numeral
from domain.reading.recurring import recurrences

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import time

_BEFORE = r"(?:下班)?(?:之|以)?前"
_NEAR_YEAR = {"今": 0, "本": 0, "当": 0, "明": 1, "次": 1}
#: What says that the day is told, not ordered: a meeting, the issuer's own doing, a closing of figures.
_TOLD = re.compile(r"(?:将|拟|定|计划|已|截至|截止到?|自|从|至|到)(?:于|在)?$")
_YEAR_PREFIX = rf"(?:(?P<year>{YEAR})\s?年|(?P<near>[今本当明次])年)?\s?"

_BY_DAY = re.compile(
    rf"{_YEAR_PREFIX}(?P<also>(?:{MONTH}月{DAY}[日号][、和及]){{0,4}})(?<![\d第])(?P<month>{MONTH})\s?月\s?(?P<day>{DAY})\s?[日号]"
    rf"(?:[（(][^（）()]{{1,8}}[）)])?(?:\s?{HOUR})?\s?(?P<before>{_BEFORE}|止|截止)?"
)
_BY_MONTH_END = re.compile(
    rf"{_YEAR_PREFIX}(?<![\d第])(?P<month>{MONTH})\s?月份?(?P<part>底|末|上旬|中旬|下旬)\s?(?P<before>{_BEFORE})"
)
_BY_YEAR_END = re.compile(
    rf"(?:(?P<year>{YEAR})\s?年|(?P<near>[今本当明次])年)?年?(?<=年)[底末终](?P<before>{_BEFORE})"
)
_BY_HALF = re.compile(
    rf"(?:(?P<year>{YEAR})\s?年|(?P<near>[今本明])年)(?:(?P<half>[上下])半年|第?(?P<quarter>[一二三四1-4])季度)(?P<before>[末底]?前|内|，)"
)
_BY_THIS_MONTH_END = re.compile(rf"本月(?:月)?[底末](?P<before>{_BEFORE})")
_BY_DAY_ONLY = re.compile(rf"(?:于|在|请|，|^)(?<![月\d])(?P<day>{DAY})日(?:\s?{HOUR})?(?P<before>{_BEFORE})")
_DEADLINE_LABEL = re.compile(
    r"(?:截止|报送|上报|反馈|报名|申报|提交)(?:时间|日期|期限)(?:截[止至]?(?:到|至|于)?|为|是)?[：:]?$"
)
#: 报名时间：即日起至5月10日: the window's last day
_REPORT_WINDOW = re.compile(
    rf"(?:报送|上报|反馈|报名|申报|提交|填报|征集)(?:时间|日期|期限|阶段)?(?:为|是)?[：:]?"
    rf"(?:自|从)?(?:即日|(?:{YEAR}年)?{MONTH}月{DAY}日)起?(?:至|到|—|－|-|~|～)$"
)
_BEGINS_WINDOW = re.compile(r"起?(?:至|到|—|－|-|~|～)")
_ON_DAY_REPORT = re.compile(r"[^，。；：、]{0,12}(?:报送|上报|报至|反馈|提交|送交|送至|发至|报我)")

_WITHIN = rf"(?P<count>{COUNT})个?(?P<unit>工作日|日|天|小时|月)(?:之|以)?内"
_AFTER_RECEIPT = re.compile(rf"(?:收到|接到|收文)[^，。；]{{0,20}}?(?:之日起|之日|后|起)?的?{_WITHIN}")
_AFTER_ISSUE = re.compile(rf"(?:印发|发布|下发|公布|发文|颁布)(?:之日起|之日|后|起)的?{_WITHIN}")
_AFTER_EVENT = re.compile(rf"(?:之日起|之日|后|起)的?{_WITHIN}")


@dataclass(frozen=True, slots=True)
class Term:
    """One deadline of a sentence and where it stands. A term with none of its values could not be told."""

    start: int
    end: int
    kind: RequirementKind
    due_on: date | None = None
    due_time: time | None = None
    rrule: str | None = None
    starts_on: date | None = None
    workdays: int | None = None
    days: int | None = None
    #: names a period, no day: counts only beside the words for handing in
    is_plain: bool = False
    #: a day without 前: counts only beside the words for handing in
    is_on_day: bool = False
    #: why a person must look, in Chinese
    doubt: str | None = None


def terms(sentence: str, basis: Basis) -> list[Term]:
    """Every term of a sentence from left to right. Titles in 《》 are to be masked beforehand."""
    found = [
        Term(
            one.start, one.end, RequirementKind.RECURRING, due_time=one.due_time, rrule=one.rrule,
            starts_on=one.starts_on, is_plain=one.is_plain,
        )
        for one in recurrences(sentence, basis)
    ]  # fmt: skip
    for reader in (
        _after_receipt,
        _after_issue,
        _after_event,
        _by_day,
        _by_month_end,
        _by_year_end,
        _by_half,
        _by_day_only,
    ):
        taken = tuple(found)  # terms of one reader may share a span: 3月10日、6月10日前
        found += [
            one
            for one in reader(sentence, basis)
            if all(one.end <= other.start or other.end <= one.start for other in taken)
        ]
    return sorted(found, key=lambda one: (one.start, one.end))


def _once(match: re.Match[str], due_on: date | None, *, start: int | None = None, **more: object) -> Term:
    doubt = None if due_on else f"“{match[0].strip('，')}”的日期无法确定，请人工填写。"
    values = {"due_on": due_on, "doubt": doubt, **more}
    return Term(match.start() if start is None else start, match.end(), RequirementKind.ONCE, **values)  # type: ignore[arg-type]


def _year_of(match: re.Match[str], basis: Basis) -> int | None:
    """The year the match states, or that 今年 and 明年 name."""
    groups = match.groupdict()
    if groups.get("year"):
        return numeral(groups["year"])
    near = groups.get("near")
    return basis.year + _NEAR_YEAR[near] if near and basis.year else None


def _is_told(sentence: str, start: int) -> bool:
    return bool(_TOLD.search(sentence[max(0, start - 4) : start]))


def _by_day(sentence: str, basis: Basis) -> Iterator[Term]:
    for match in _BY_DAY.finditer(sentence):
        labelled = bool(_DEADLINE_LABEL.search(sentence[max(0, match.start() - 14) : match.start()]))
        labelled = labelled or bool(_REPORT_WINDOW.search(sentence[max(0, match.start() - 40) : match.start()]))
        on_day = not match["before"] and not labelled
        if not labelled and _is_told(sentence, match.start()):
            continue
        if not match["before"] and _BEGINS_WINDOW.match(sentence, match.end()):
            continue
        if on_day and not _ON_DAY_REPORT.match(sentence, match.end()):
            continue
        year = _year_of(match, basis)
        for month, day in re.findall(rf"({MONTH})月({DAY})[日号]", match["also"]):
            yield _once(match, dated(basis, numeral(month), numeral(day), year=year))
        due_on = dated(basis, numeral(match["month"]), numeral(match["day"]), year=year)
        start = match.end("also") if match["also"] else match.start()
        yield _once(match, due_on, start=start, due_time=hour_of_day(match), is_on_day=on_day)


def _by_month_end(sentence: str, basis: Basis) -> Iterator[Term]:
    days = {"底": -1, "末": -1, "下旬": -1, "中旬": 20, "上旬": 10}
    for match in _BY_MONTH_END.finditer(sentence):
        if not _is_told(sentence, match.start()):
            yield _once(match, dated(basis, numeral(match["month"]), days[match["part"]], year=_year_of(match, basis)))
    for match in _BY_THIS_MONTH_END.finditer(sentence):
        month = basis.day.month if basis.day else None
        yield _once(match, dated(basis, month, -1))


def _by_year_end(sentence: str, basis: Basis) -> Iterator[Term]:
    for match in _BY_YEAR_END.finditer(sentence):
        if not _is_told(sentence, match.start()):
            yield _once(match, dated(basis, 12, 31, year=_year_of(match, basis)))


def _by_half(sentence: str, basis: Basis) -> Iterator[Term]:
    for match in _BY_HALF.finditer(sentence):
        month = {"上": 6, "下": 12}[match["half"]] if match["half"] else (numeral(match["quarter"]) or 0) * 3
        due_on = calendar_day(_year_of(match, basis) or basis.year, month, -1)
        if due_on and not _is_told(sentence, match.start()):
            yield _once(match, due_on)


def _by_day_only(sentence: str, basis: Basis) -> Iterator[Term]:
    """25日前: of the document's own month, where that is not past; else nobody can tell."""
    for match in _BY_DAY_ONLY.finditer(sentence):
        due_on = calendar_day(basis.day.year, basis.day.month, numeral(match["day"])) if basis.day else None
        yield _once(match, None if due_on and basis.is_past(due_on) else due_on, due_time=hour_of_day(match))


def _after_receipt(sentence: str, _basis: Basis) -> Iterator[Term]:
    for match in _AFTER_RECEIPT.finditer(sentence):
        yield _counted(match, RequirementKind.AFTER_RECEIPT)


def _after_issue(sentence: str, basis: Basis) -> Iterator[Term]:
    """Counted from the issuing itself: a day of its own, unless it counts working days, which needs the calendar."""
    for match in _AFTER_ISSUE.finditer(sentence):
        count, unit = numeral(match["count"]), match["unit"]
        if unit == "小时" or count is None:
            continue
        due_on = None
        if basis.day and unit in ("日", "天"):
            due_on = basis.day + timedelta(count)
        elif basis.day and unit == "月":
            months = basis.day.month - 1 + count
            year, month = basis.day.year + months // 12, months % 12 + 1
            due_on = calendar_day(year, month, basis.day.day) or calendar_day(year, month, -1)
        yield _once(match, due_on)


def _after_event(sentence: str, _basis: Basis) -> Iterator[Term]:
    for match in _AFTER_EVENT.finditer(sentence):
        yield _counted(match, RequirementKind.ON_OCCURRENCE)


def _counted(match: re.Match[str], kind: RequirementKind) -> Term:
    count, unit = numeral(match["count"]), match["unit"]
    workdays = count if unit == "工作日" else None
    days = count if unit in ("日", "天") else None
    doubt = None if workdays or days else f"“{match[0]}”的时限不是按天计算，请人工确定。"
    return Term(match.start(), match.end(), kind, workdays=workdays, days=days, doubt=doubt)
