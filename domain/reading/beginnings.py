"""From when and until when something recurs: 从3月份开始, 自2020年3月起至12月止, 6月1日至9月30日, 4月期间."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from domain.reading.dates import DAY, MONTH, YEAR, Basis, calendar_day, numeral

if TYPE_CHECKING:
    from datetime import date

    from domain.documents import Span

_NEAR_YEARS = {"今": 0, "本": 0, "当": 0, "明": 1, "次": 1, "来": 1, "翌": 1}


def _point(name: str) -> str:
    """A year, a month, a day, as much of them as is written; every part may lack."""
    return (
        rf"(?:(?P<{name}year>{YEAR})\s?年|(?P<{name}near>[今本当明次来翌])年)?(?:第?(?P<{name}quarter>[一二三四1-4])季度"
        rf"|(?<![\d第])(?P<{name}month>{MONTH})月份?(?:(?P<{name}day>{DAY})[日号]|[底末])?)?(?:[（(](?:星期|周)[一二三四五六日天][）)])?"
    )


_PERIOD = re.compile(
    rf"(?:(?P<today>即日)|{_point('first_')})(?:起|开始)?(?:至|到|[-—－~～–]{{1,2}}){_point('last_')}(?:底|末)?"
    r"(?P<close>止|为止|结束|期间|，|）|\)|；|（|每|各|、|。|$)"
)
_DURING = re.compile(rf"(?<!\d)(?P<month>{MONTH})月份?期间")
_ENDING = re.compile(rf"(?:至|到){_point('last_')}(?:底|末)?(?:止|为止|结束)")
_NEAR_BEGINNING = re.compile("(?P<near>[本当下这])个?月份?(?:起|开始)")
_BEGINNING = re.compile(rf"(?:(?P<today>即日)|{_point('first_')})(?:开始|起)(?!草|来|点|到|步|诉|源|至|重|伏)")


def bounds(sentence: str, basis: Basis) -> tuple[date | None, date | None, Span | None]:
    """The first and the last day of the time in which the terms of a sentence recur, and where it says so.

    Nothing is owed before the document's own day. What is over by then is no such time, but one of statistics.
    """
    first, last, span = _stated(sentence, basis)
    return max(first, basis.day) if first and basis.day else first, last, span


def _stated(sentence: str, basis: Basis) -> tuple[date | None, date | None, Span | None]:
    for match in _PERIOD.finditer(sentence):
        first, last = _first(match, basis), _last(match, basis)
        if first and last and first <= last and not basis.is_past(last):
            return first, last, (match.start(), match.start("close"))
    for match in _DURING.finditer(sentence):
        month = numeral(match["month"])
        first, last = calendar_day(basis.year, month, 1), calendar_day(basis.year, month, -1)
        if first and last and not basis.is_past(last):
            return first, last, match.span()
    if basis.day and (near := _NEAR_BEGINNING.search(sentence)):
        return basis.day if near["near"] != "下" else next_month(basis.day), None, near.span()
    for match in _BEGINNING.finditer(sentence):
        if first := _first(match, basis):
            until = next((_last(one, basis) for one in _ENDING.finditer(sentence, match.end())), None)
            return first, until if until and until >= first else None, match.span()
    return None, None, None


def next_month(day: date) -> date:
    """The first day of the month after that of `day`."""
    return (day.replace(day=28) + timedelta(4)).replace(day=1)


def _first(match: re.Match[str], basis: Basis) -> date | None:
    if match["today"]:
        return basis.day
    year, month = _year(match, "first_", basis), _month(match, "first_")
    if not (match["first_year"] or match["first_near"] or month):
        return None
    first = calendar_day(year, month or 1, numeral(match["first_day"]) if match["first_day"] else 1)
    is_written = match["first_year"] or match["first_near"]
    if first and not is_written and match.re is _BEGINNING and basis.day and first < basis.day.replace(day=1):
        return calendar_day(first.year + 1, first.month, first.day)
    return first


def _last(match: re.Match[str], basis: Basis) -> date | None:
    month, year = _month(match, "last_"), _year(match, "last_", basis)
    is_written = match["last_year"] or match["last_near"]
    if not (is_written or month):
        return None
    first = None if match.re is _ENDING else _first(match, basis)
    if month is None:
        return calendar_day(year, 12, 31)
    if match["last_quarter"]:
        month += 2
    day = numeral(match["last_day"]) if match["last_day"] else -1
    last = calendar_day(first.year if first and not is_written else year, month, day)
    if last and first and not is_written and last < first:
        return calendar_day(last.year + 1, month, day)
    return last


def _year(match: re.Match[str], name: str, basis: Basis) -> int | None:
    if match[f"{name}year"]:
        return numeral(match[f"{name}year"])
    near = match[f"{name}near"]
    return basis.year + _NEAR_YEARS[near] if near and basis.year else basis.year


def _month(match: re.Match[str], name: str) -> int | None:
    if match[f"{name}quarter"]:
        return (numeral(match[f"{name}quarter"]) or 0) * 3 - 2
    return numeral(match[f"{name}month"]) if match[f"{name}month"] else None
