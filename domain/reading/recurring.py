"""每月5日前, 每周四, 每年2月底前: recurring terms as RFC 5545 rules."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from domain.reading.dates import COUNT, DAY, HOUR, MONTH, YEAR, Basis, calendar_day, hour_of_day, numeral

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import time

_BEFORE = r"(?:下班)?(?:之|以)?前"
_WEEKDAYS = dict(zip("一二三四五六日天", ("MO", "TU", "WE", "TH", "FR", "SA", "SU", "SU"), strict=True))
_PYTHON_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_QUARTER_ENDS, _QUARTER_BEGINNINGS = "3,6,9,12", "1,4,7,10"
_BARE = {
    "周": "FREQ=WEEKLY", "星期": "FREQ=WEEKLY", "月": "FREQ=MONTHLY", "季": "FREQ=MONTHLY;INTERVAL=3",
    "半年": "FREQ=MONTHLY;INTERVAL=6", "年": "FREQ=YEARLY", "日": "FREQ=DAILY", "天": "FREQ=DAILY",
}  # fmt: skip

_MONTHLY = re.compile(
    rf"(?:每(?:个)?月(?:度)?|(?:次|下个?)月)(?:的|于)?(?:次月|下月)?(?:前)?"
    rf"(?P<days>{DAY}日?(?:[、和及]{DAY}日?){{0,3}})[日号](?:\s?{HOUR})?(?P<before>{_BEFORE})?"
)
_MONTH_END = re.compile(rf"每(?:个)?月(?:的)?(?:月)?[底末](?:{_BEFORE})?")
_WEEKLY = re.compile(
    rf"(?:(?P<month>{MONTH})月份?(?:期间)?)?每(?:个)?(?:周|星期)(?P<days>[一二三四五六日天](?:[、和及](?:周|星期)?[一二三四五六日天]){{0,3}})"
    rf"(?:\s?{HOUR})?(?:{_BEFORE})?"
)
_DAILY = re.compile(rf"每(?:日|天)\s?{HOUR}(?:{_BEFORE})?")
_QUARTERLY = re.compile(
    rf"每(?:个)?季度?的?(?:(?P<last>末月|最后一?个?月|末)的?(?P<last_day>{DAY})日|(?:的)?(?P<first>首月|第一个?月)的?(?P<first_day>{DAY})日"
    rf"|(?:结束|终了)后的?(?P<after>{COUNT})[日天](?:之|以)?内|(?P<end>[末底]|结束))(?:{_BEFORE})?"
)
_NEXT_QUARTER = re.compile(rf"(?:下|次)(?:一?个?)季度?的?(?:首月|第一个?月)的?(?P<first_day>{DAY})日(?:{_BEFORE})?")
_YEARLY = re.compile(
    rf"每年(?:度)?(?:的|于)?(?P<days>(?:{MONTH}月(?:份)?(?:{DAY}[日号]|[底末])?[、和及]){{0,5}}{MONTH}月(?:份)?(?:{DAY}[日号]|[底末]))"
    rf"(?:\s?{HOUR})?(?:{_BEFORE})?"
)
_YEAR_END = re.compile(rf"每年(?:的)?(?:年)?[底末](?:{_BEFORE})?")
_MID_AND_END_OF_YEAR = re.compile(r"每?年中和?[、]?年[末底]")
_MONTH_DAY = re.compile(rf"(?P<month>{MONTH})月(?:份)?(?:(?P<day>{DAY})[日号])?")
_PLAIN = re.compile(r"(?:每(?:一)?个?|按)(?P<unit>半年|年|季|月|周|星期|日|天)(?!以|来|均|个|龄)度?")
_BEGINNING = re.compile(
    rf"(?:(?P<year>{YEAR})年)?(?:(?P<month>{MONTH})月份?)?(?:(?P<day>{DAY})日)?(?:开始|起)(?!草|来|点|到|步|诉|源)"
)


@dataclass(frozen=True, slots=True)
class Recurrence:
    """A recurring term in a sentence and where it stands; `is_plain` if it names a period but no day."""

    start: int
    end: int
    rrule: str
    due_time: time | None = None
    starts_on: date | None = None
    is_plain: bool = False


def recurrences(sentence: str, basis: Basis) -> list[Recurrence]:
    """Every recurring term of a sentence, from left to right; terms that name a day win over those that do not."""
    found: list[Recurrence] = []
    for read in _READERS:
        for one in read(sentence, basis):
            if all(one.end <= other.start or other.end <= one.start for other in found):
                found.append(one)
    if any(not one.is_plain for one in found):  # 每月…，于次月5日前: the day belongs to the period named before
        found = [one for one in found if not one.is_plain]
    return sorted((_begun(one, sentence, basis) for one in found), key=lambda one: one.start)


def _monthly(sentence: str, _basis: Basis) -> Iterator[Recurrence]:
    for match in _MONTHLY.finditer(sentence):
        if match[0].startswith("每") or (match["before"] and "每" in sentence[: match.start()]):
            days = ",".join(str(numeral(day.rstrip("日"))) for day in re.split("[、和及]", match["days"]))
            yield _dated_rule(match, f"FREQ=MONTHLY;BYMONTHDAY={days}")
    for match in _MONTH_END.finditer(sentence):
        yield Recurrence(match.start(), match.end(), "FREQ=MONTHLY;BYMONTHDAY=-1")


def _weekly(sentence: str, basis: Basis) -> Iterator[Recurrence]:
    for match in _WEEKLY.finditer(sentence):
        days = ",".join(_WEEKDAYS[sign] for sign in match["days"] if sign in _WEEKDAYS)
        rule, first = f"FREQ=WEEKLY;BYDAY={days}", None
        month = numeral(match["month"]) if match["month"] else None
        if (begin := calendar_day(basis.year, month, 1)) and (end := calendar_day(basis.year, month, -1)):
            rule, first = f"{rule};UNTIL={end:%Y%m%d}", first_due(rule, begin)
        yield Recurrence(match.start(), match.end(), rule, hour_of_day(match), first)


def _daily(sentence: str, _basis: Basis) -> Iterator[Recurrence]:
    for match in _DAILY.finditer(sentence):
        yield _dated_rule(match, "FREQ=DAILY")


def _quarterly(sentence: str, _basis: Basis) -> Iterator[Recurrence]:
    for match in _QUARTERLY.finditer(sentence):
        months, day = _QUARTER_ENDS, numeral(match["last_day"]) if match["last_day"] else -1
        if beginning := match["first_day"] or match["after"]:
            months, day = _QUARTER_BEGINNINGS, numeral(beginning)
        yield Recurrence(match.start(), match.end(), f"FREQ=YEARLY;BYMONTH={months};BYMONTHDAY={day}")
    for match in _NEXT_QUARTER.finditer(sentence):
        rule = f"FREQ=YEARLY;BYMONTH={_QUARTER_BEGINNINGS};BYMONTHDAY={numeral(match['first_day'])}"
        if "每" in sentence[: match.start()]:
            yield Recurrence(match.start(), match.end(), rule)


def _yearly(sentence: str, _basis: Basis) -> Iterator[Recurrence]:
    for match in _YEARLY.finditer(sentence):
        parts = [
            (numeral(m["month"]), numeral(m["day"]) if m["day"] else -1) for m in _MONTH_DAY.finditer(match["days"])
        ]
        days = {day for _, day in parts}
        if len(days) == 1:  # 每年6月10日和12月20日前 is no single rule: left to a person
            months = ",".join(str(month) for month, _ in parts)
            yield _dated_rule(match, f"FREQ=YEARLY;BYMONTH={months};BYMONTHDAY={days.pop()}")
    for match in _YEAR_END.finditer(sentence):
        yield Recurrence(match.start(), match.end(), "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=-1")
    for match in _MID_AND_END_OF_YEAR.finditer(sentence):
        yield Recurrence(match.start(), match.end(), "FREQ=YEARLY;BYMONTH=6,12;BYMONTHDAY=-1")


def _plain(sentence: str, _basis: Basis) -> Iterator[Recurrence]:
    for match in _PLAIN.finditer(sentence):
        yield Recurrence(match.start(), match.end(), _BARE[match["unit"]], is_plain=True)


_READERS: tuple[Callable[[str, Basis], Iterator[Recurrence]], ...] = (
    _monthly, _weekly, _daily, _quarterly, _yearly, _plain,
)  # fmt: skip


def _dated_rule(match: re.Match[str], rule: str) -> Recurrence:
    return Recurrence(match.start(), match.end(), rule, hour_of_day(match))


def _begun(one: Recurrence, sentence: str, basis: Basis) -> Recurrence:
    """With its first due day, where the sentence gives a beginning (从3月份起) before the term."""
    if one.starts_on or one.is_plain:
        return one
    for match in _BEGINNING.finditer(sentence):
        if not match["month"] and not match["year"]:
            continue
        year = numeral(match["year"]) if match["year"] else basis.year
        month = numeral(match["month"]) if match["month"] else 1
        begin = calendar_day(year, month, numeral(match["day"]) if match["day"] else 1)
        if begin and not match["year"] and basis.day and begin < basis.day.replace(day=1):
            begin = calendar_day(begin.year + 1, begin.month, begin.day)
        if begin:
            return Recurrence(one.start, one.end, one.rrule, one.due_time, first_due(one.rrule, begin))
    return one


def first_due(rule: str, begin: date) -> date | None:
    """The first day of the rule at or after the beginning; None if none comes within three years."""
    parts = dict(part.split("=", 1) for part in rule.split(";"))
    months = {int(month) for month in parts.get("BYMONTH", "").split(",") if month}
    days = {int(day) for day in parts.get("BYMONTHDAY", "").split(",") if day}
    weekdays = set(parts.get("BYDAY", "").split(",")) - {""}
    for offset in range(3 * 366):
        day = begin + timedelta(offset)
        from_end = (day - (day.replace(day=28) + timedelta(4)).replace(day=1)).days
        if (
            (not months or day.month in months)
            and (not days or days & {day.day, from_end})
            and (not weekdays or _PYTHON_WEEKDAYS[day.weekday()] in weekdays)
        ):
            return day
    return None
