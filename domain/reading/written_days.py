"""The days that a sentence writes: one, several that share a word (3月、6月、9月底前), or from one to another."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from domain.reading.dates import DAY, MONTH, YEAR, Basis, calendar_day, dated, hours_at, numeral

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import time

#: The day that a part of a month ends with; -1 is the last.
PART_ENDS = {"底": -1, "末": -1, "下旬": -1, "中旬": 20, "上旬": 10}
PART = "底|末|[上中下]旬"
#: By, not around, some day; and what may stand in brackets behind it.
BEFORE = r"(?:(?:[上下]午)?[上下]班)?(?:(?:之|以)?前(?![后期述\d]|提(?![供交出报请]))(?:[（(]含[^（）()]{0,10}[）)])?)"
_BEFORE = re.compile(
    rf"{BEFORE}|下班前|止|截止|为(?:报[送名]|上报|提交|反馈)?(?:的)?(?:截止|最[后终])(?:日期?|期限|时间)"
)
_NEAR_YEARS = {"今": 0, "本": 0, "当": 0, "明": 1, "次": 1, "来": 1, "翌": 1}
_NEAR_MONTHS = {"本": 0, "当": 0, "这": 0, "下": 1}
_NEAR_DAYS = {"今": 0, "明": 1, "后": 2}
_YEAR = rf"(?:(?P<year>{YEAR})\s?年度?|(?P<near>[今本当明次来翌])年)?的?"
_WEEKDAYS = "一二三四五六日"

_ISO = re.compile(r"(?<![\d.])(?P<year>20\d\d)(?P<mark>[-./])(?P<month>\d{1,2})(?P=mark)(?P<day>\d{1,2})(?![\d.-])")
_MONTH = re.compile(
    rf"{_YEAR}(?<![\d第])(?P<month>{MONTH})月份?的?(?:(?P<day>{DAY})[日号](?!常|均|内|游)|(?P<part>{PART}|初))?"
)
#: 3、6、9月底: months without their word, where nothing before them could be counted with them
_NUMBERS = re.compile(
    rf"(?:(?<=[于在年，。：；（每前])|^)(?P<months>(?:{MONTH}[、和及]){{1,11}}|{MONTH}(?=(?:至|到|[-—－~～–−]{{1,2}}){MONTH}月))(?={MONTH}月|[^、和及])"
)
_NEAR_MONTH = re.compile(
    rf"(?<![每\d])(?P<near>[本当这下])个?月份?的?(?:(?P<day>{DAY})[日号]|月?(?P<part>{PART}|初|内))"
    rf"|(?<![每\d个{_WEEKDAYS}七八九十])月(?P<bare>[底末])(?!端)"
)
_YEAR_END = re.compile(
    rf"(?:(?P<year>{YEAR})\s?年年?|(?P<near>[今本当明次来翌])年年?|(?<![\d每历近多半个两{_WEEKDAYS}七八九十几])年)"
    r"(?P<part>[底末终]|度?内)(?!端)"
)
_HALF = re.compile(
    rf"(?:(?P<year>{YEAR})年|(?P<near>[今本明])年)?(?<![每下])(?:(?P<half>[上下])半年|第?(?P<quarter>[一二三四1-4])季度)[末底]?(?!度)"
)
_WEEK = re.compile(
    r"(?<![每上逢个第])(?:(?P<near>[本这下])个?)?(?:周|星期)(?P<weekday>[一二三四五六日天])(?![次个期届天\d])"
)
_THIS_WEEK = re.compile(r"[本这下]个?周(?:之?内|末)")
_DAY_NAME = re.compile(r"(?P<near>[今明后])(?:[日天](?!常)|(?=[早晚]))")
_BARE_DAY = re.compile(rf"(?<![\d月第])(?P<day>{DAY})[日号](?!常|内|之?[以内]|起|后|游|工)")
_TODAY = re.compile("即日起?")

_LIST = re.compile(r"[、和及与]|以及|或")
_RANGE = re.compile(r"(?:起|开始)?(?:至|到|[-—－~～–−]{1,2})")
#: What may stand behind a day: the day of the week, or a deferral that was masked.
_ASIDE = re.compile(r"[（(](?!\d)(?:[^（）()]{1,8}|□{1,80})[）)]")


@dataclass(frozen=True, slots=True)
class Written:
    """One day as it is written, and where; what it leaves out it may take from those it stands with."""

    start: int
    end: int
    year: int | None = None
    month: int | None = None
    #: -1 is the last of the month
    day: int | None = None
    #: found without a month: 本周五, 明日
    fixed: date | None = None
    times: tuple[time | None, ...] = (None,)
    #: 上半年, 年内: a stretch of time that has a last day
    is_period: bool = False
    #: a day or a month alone, nothing it stands with says more
    is_part: bool = False
    #: 周五, 明日: a deadline only with 前
    needs_before: bool = False
    is_today: bool = False
    #: 月初, 2月30日: names no day that can be told
    is_unclear: bool = False


@dataclass(frozen=True, slots=True)
class Days:
    """Days that one word governs. Of a stretch from one day to another `begin` is the first day and `days` the last."""

    start: int
    end: int
    days: tuple[Written, ...]
    #: 前, 止, 为截止日期
    before: str
    begin: Written | None = None


def written_days(sentence: str, basis: Basis) -> list[Days]:
    """All days of a sentence from left to right; those that stand together share month, year and 前."""
    groups: list[Days] = []
    for group in _joined(sentence, _each(sentence, basis)):
        is_range = len(group) == 2 and bool(_RANGE.fullmatch(sentence, group[0].end, group[1].start))
        if (group[0].is_today and not is_range) or (groups and group[0].start < groups[-1].end):
            continue
        whole = _completed(group, is_range=is_range)
        begin, days = (whole[0], whole[1:]) if is_range else (None, whole)
        before = _BEFORE.match(sentence, group[-1].end)
        end = group[-1].end if before is None or before[0].startswith("为") else before.end()
        groups.append(Days(group[0].start, end, days, before[0] if before else "", begin))
    return groups


def day_of(written: Written, basis: Basis) -> date | None:
    """The day meant, None where it cannot be told: without a year that of the document, or the next if it is past.

    A day without a month is of the document's own, where it is not past.
    """
    if written.is_unclear:
        return None
    if written.month is None and not written.fixed:
        day = calendar_day(basis.day.year, basis.day.month, written.day) if basis.day else None
        return None if day and basis.is_past(day) else day
    return written.fixed or dated(basis, written.month, written.day, year=written.year)


def is_moved(written: Written, basis: Basis) -> bool:
    """Whether the day is put into the next year only because it is past in the document's own."""
    day = day_of(written, basis)
    return bool(day and written.year is None and not written.fixed and basis.day and day.year > basis.day.year)


def first_day_of(written: Written, basis: Basis, *, not_after: date) -> date | None:
    """The day on which a stretch that ends with `not_after` begins; a month or year alone begins with its first."""
    if written.is_today:
        return basis.day
    if written.fixed:
        return written.fixed
    year = written.year or not_after.year
    first = calendar_day(year, written.month or 1, 1 if written.is_part or written.day in (None, -1) else written.day)
    if first and first > not_after and written.year is None:
        return calendar_day(year - 1, first.month, first.day)
    return first


def _each(sentence: str, basis: Basis) -> list[Written]:
    """Every day by itself with its hours; of what overlaps, what begins first, of that the longest."""
    found = [(m.start(), -m.end(), m, reader) for pattern, reader in _READERS for m in pattern.finditer(sentence)]
    days: list[Written] = []
    for start, _, match, reader in sorted(found, key=lambda one: one[:2]):
        if not match[0] or (days and start < days[-1].end):
            continue
        for one in reader(match, basis):
            first, end = one.start, one.end
            if aside := _ASIDE.match(sentence, end):
                end = aside.end()
            elif days and sentence[days[-1].end : first] in ("（", "(") and sentence[end : end + 1] in ("）", ")"):
                first, end = days.pop().start, end + 1  # 本周四（3月9日）: said twice
            times, end = hours_at(sentence, end)
            days.append(replace(one, start=first, end=end, times=times))
    return days


def _joined(sentence: str, days: list[Written]) -> Iterator[list[Written]]:
    """Days with nothing but 、, 和 or 至 between them."""
    group: list[Written] = days[:1]
    for before, after in pairwise(days):
        gap = sentence[before.end : after.start]
        if _LIST.fullmatch(gap) or (len(group) == 1 and _RANGE.fullmatch(gap)):
            group.append(after)
        else:
            yield group
            group = [after]
    if group:
        yield group


def _completed(group: list[Written], *, is_range: bool) -> tuple[Written, ...]:
    """A month alone takes its day from the one behind it, a day alone its month from the one before; so does a year.

    A stretch that ends with a month ends with its last day.
    """
    whole: list[Written] = []
    if is_range and group[-1].is_part and group[-1].month is not None:
        group = [group[0], replace(group[-1], day=-1, is_part=False)]
    for one in reversed(group):
        if one.is_part and one.day is None and one.month is not None and whole and whole[-1].fixed is None:
            one = replace(one, day=whole[-1].day, is_part=is_range or whole[-1].day is None)  # noqa: PLW2901
        whole.append(one)
    whole.reverse()
    for index in range(1, len(whole)):
        whole[index] = _continued(whole[index - 1], whole[index])
    return tuple(whole)


def _continued(before: Written, after: Written) -> Written:
    """A day with what it leaves out taken from the one before it."""
    if after.fixed or after.is_today:
        return after
    if after.month is None and before.month is not None:
        return replace(after, month=before.month, year=before.year, is_part=False, needs_before=False)
    if after.year is None and before.year is not None:
        return replace(after, year=before.year + ((after.month or 0) < (before.month or 0)))
    return after


def _year_of(match: re.Match[str], basis: Basis) -> int | None:
    if match["year"]:
        return numeral(match["year"])
    return basis.year + _NEAR_YEARS[match["near"]] if match["near"] and basis.year else None


def _iso(match: re.Match[str], _basis: Basis) -> Iterator[Written]:
    year, month, day = (int(match[name]) for name in ("year", "month", "day"))
    if calendar_day(year, month, day):
        yield Written(match.start(), match.end(), year, month, day)


def _month(match: re.Match[str], basis: Basis) -> Iterator[Written]:
    part = match["part"]
    day = numeral(match["day"]) if match["day"] else PART_ENDS.get(part or "")
    yield Written(
        match.start(), match.end(), _year_of(match, basis), numeral(match["month"]), day,
        is_part=day is None and part is None, is_unclear=part == "初",
    )  # fmt: skip


def _numbers(match: re.Match[str], _basis: Basis) -> Iterator[Written]:
    for each in re.finditer(MONTH, match["months"]):
        start = match.start() + each.start()
        yield Written(start, start + len(each[0]), month=numeral(each[0]), is_part=True)


def _near_month(match: re.Match[str], basis: Basis) -> Iterator[Written]:
    if basis.day is None:
        yield Written(match.start(), match.end(), month=1, is_unclear=True)
        return
    month = basis.day.month + _NEAR_MONTHS[match["near"] or "本"]
    part = match["part"] or match["bare"]
    day = numeral(match["day"]) if match["day"] else -1 if part == "内" else PART_ENDS.get(part)
    yield Written(
        match.start(), match.end(), basis.day.year + (month > 12), (month - 1) % 12 + 1, day,
        is_period=part == "内", is_unclear=day is None,
    )  # fmt: skip


def _year_end(match: re.Match[str], basis: Basis) -> Iterator[Written]:
    is_period = match["part"].endswith("内")
    yield Written(match.start(), match.end(), _year_of(match, basis), 12, 31, is_period=is_period)


def _half(match: re.Match[str], basis: Basis) -> Iterator[Written]:
    month = {"上": 6, "下": 12}[match["half"]] if match["half"] else (numeral(match["quarter"]) or 0) * 3
    yield Written(match.start(), match.end(), _year_of(match, basis), month, -1, is_period=True)


def _week(match: re.Match[str], basis: Basis) -> Iterator[Written]:
    """本周五 and 下周一 lie in the document's week and in the next; 周五 is the first one that is not past."""
    if basis.day is None:
        yield Written(match.start(), match.end(), month=1, is_unclear=True, needs_before=True)
        return
    monday = basis.day - timedelta(basis.day.weekday())
    day = monday + timedelta(_WEEKDAYS.index(match["weekday"].replace("天", "日")))
    if match["near"] == "下" or (match["near"] is None and day < basis.day):
        day += timedelta(7)
    yield Written(match.start(), match.end(), fixed=day, needs_before=match["near"] is None)


def _this_week(match: re.Match[str], _basis: Basis) -> Iterator[Written]:
    """本周内: Friday or Sunday, nobody can tell."""
    yield Written(match.start(), match.end(), month=1, is_unclear=True, is_period=True)


def _day_name(match: re.Match[str], basis: Basis) -> Iterator[Written]:
    day = basis.day + timedelta(_NEAR_DAYS[match["near"]]) if basis.day else None
    yield Written(match.start(), match.end(), month=1, fixed=day, is_unclear=day is None, needs_before=True)


def _bare_day(match: re.Match[str], _basis: Basis) -> Iterator[Written]:
    yield Written(match.start(), match.end(), day=numeral(match["day"]), is_part=True, needs_before=True)


def _today(match: re.Match[str], _basis: Basis) -> Iterator[Written]:
    yield Written(match.start(), match.end(), is_today=True)


_READERS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], Basis], Iterator[Written]]], ...] = (
    (_ISO, _iso), (_NUMBERS, _numbers), (_MONTH, _month), (_NEAR_MONTH, _near_month), (_YEAR_END, _year_end),
    (_HALF, _half), (_THIS_WEEK, _this_week), (_WEEK, _week), (_DAY_NAME, _day_name), (_BARE_DAY, _bare_day),
    (_TODAY, _today),
)  # fmt: skip
