"""Recurring due days by the rules of RFC 5545, and the Chinese words for the simple ones."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from itertools import takewhile
from typing import Final

from dateutil.rrule import rrule, rrulestr

from domain.calendar import local_day
from domain.errors import Refused

_FREQUENCIES: Final = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
#: The parts a rule of days may have, and the largest absolute number allowed in a list of numbers.
_NUMBERS: Final = {"BYMONTH": 12, "BYMONTHDAY": 31, "BYYEARDAY": 366, "BYWEEKNO": 53, "BYSETPOS": 366}
_OTHERS: Final = ("FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "WKST")
_BYDAY: Final = re.compile(r"([+-]?[1-9]\d?)?(MO|TU|WE|TH|FR|SA|SU)")
_UNTIL: Final = re.compile(r"(\d{8})(T\d{6}Z?)?")
#: A rule that names no day in so many years names none at all (29 February on a Monday comes every 28 or 40).
_YEARS_TRIED: Final = 100
#: How many days apart the nearest due day is looked for.
_REACH: Final = 2000
_WEEKDAYS: Final = dict(zip(("MO", "TU", "WE", "TH", "FR", "SA", "SU"), "一二三四五六日", strict=True))


class BadRule(Refused):
    """The rule cannot be used; the message is one Chinese sentence."""


def due_days(rrule: str, starts_on: date, not_before: date) -> Iterator[date]:
    """The due days of a rule, in order, that lie on or after both days (local days of Asia/Shanghai).

    `starts_on` is RFC 5545's DTSTART: COUNT and INTERVAL are counted from it, but it is a due day only if the rule
    matches it. BYMONTHDAY=31 skips the shorter months, as the RFC wants; the last day of each is BYMONTHDAY=-1.
    Ends with the rule's UNTIL or COUNT. Raises BadRule at once for a text that is no rule or names no day at all.
    """
    rule = _rule(rrule, starts_on)
    begins = datetime.combine(max(starts_on, not_before), time())
    return (day.date() for day in rule.xafter(begins, inc=True))


def next_due_day(rrule: str, starts_on: date, not_before: date) -> date | None:
    """The first due day on or after both days; None when the rule has ended. Raises BadRule."""
    return next(due_days(rrule, starts_on, not_before), None)


def nearest_due_day(rrule: str, starts_on: date, day: date) -> date | None:
    """The due day nearest to `day`, of two as near the later one; None where the rule names none. Raises BadRule."""
    found, reach = None, 1
    while found is None and reach < _REACH:
        reach *= 4
        begins = day - timedelta(days=reach)
        near = takewhile(lambda each: each <= day + timedelta(days=reach), due_days(rrule, starts_on, begins))  # noqa: B023
        found = min(near, key=lambda each: (abs(each - day), each < day), default=None)
    return found


def is_valid(rrule: str) -> bool:
    """Whether the text is a rule that names days; when it begins and ends is left aside."""
    try:
        parts = _parts(rrule)
        _refuse_empty(parts, rrule, date(2000, 1, 1))
    except BadRule:
        return False
    return True


def _rule(text: str, starts_on: date) -> rrule:
    parts = _parts(text)
    until = _until(parts.get("UNTIL"))
    if until is not None and until < starts_on:
        raise BadRule(f"周期规则“{text}”在起始日{starts_on}之前就已结束。")
    _refuse_empty(parts, text, starts_on)
    if until is not None:
        parts["UNTIL"] = f"{until:%Y%m%d}"
    rule = _parsed(parts, text, starts_on)
    if next(iter(rule), None) is None:
        raise BadRule(f"周期规则“{text}”在结束日之前没有任何一天。")
    return rule


def _parts(text: str) -> dict[str, str]:
    """The rule's parts, checked: dateutil passes over BYMONTHDAY=32 in silence."""
    body = text.strip().upper().removeprefix("RRULE:").rstrip(";")
    pairs = [part.partition("=") for part in body.split(";")]
    parts = {key: value for key, _, value in pairs}
    if len(parts) < len(pairs) or not all(value for value in parts.values()):
        raise BadRule(f"“{text}”不是周期规则，应写成如 FREQ=MONTHLY;BYMONTHDAY=5 的形式。")
    for key, value in parts.items():
        if not _fits(key, value):
            raise BadRule(f"周期规则“{text}”中的 {key}={value} 无效。")
    if "FREQ" not in parts:
        raise BadRule(f"周期规则“{text}”缺少频率 FREQ。")
    if "UNTIL" in parts and "COUNT" in parts:
        raise BadRule(f"周期规则“{text}”不能同时写 UNTIL 和 COUNT。")
    return parts


def _fits(key: str, value: str) -> bool:
    if key in _NUMBERS:
        numbers = value.split(",")
        signed = r"[1-9]\d*" if key == "BYMONTH" else r"[+-]?[1-9]\d*"
        return all(re.fullmatch(signed, each) and abs(int(each)) <= _NUMBERS[key] for each in numbers)
    if key == "BYDAY":
        return all(_BYDAY.fullmatch(each) for each in value.split(","))
    if key in ("INTERVAL", "COUNT"):
        return re.fullmatch(r"[1-9]\d{0,3}", value) is not None
    if key == "UNTIL":
        return _is_until(value)
    return (key == "FREQ" and value in _FREQUENCIES) or (key == "WKST" and value in _WEEKDAYS)


def _is_until(value: str) -> bool:
    try:
        return _UNTIL.fullmatch(value) is not None and _until(value) is not None
    except ValueError:
        return False


def _until(value: str | None) -> date | None:
    """The last day a rule may name: of an instant in UTC (…Z) its local day, else the day as written."""
    if value is None:
        return None
    if value.endswith("Z"):
        return local_day(datetime.strptime(value, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC))
    return datetime.strptime(value, "%Y%m%dT%H%M%S" if "T" in value else "%Y%m%d").replace(tzinfo=UTC).date()


def _refuse_empty(parts: Mapping[str, str], text: str, starts_on: date) -> None:
    """Raise BadRule if the rule, its end left aside, names no day: 30 February, or an odd year's 29th."""
    endless = {key: value for key, value in parts.items() if key not in ("UNTIL", "COUNT")}
    last = min(starts_on.year + _YEARS_TRIED, date.max.year)
    if next(iter(_parsed({**endless, "UNTIL": f"{last}1231"}, text, starts_on)), None) is None:
        raise BadRule(f"周期规则“{text}”没有对应任何一天。")


def _parsed(parts: Mapping[str, str], text: str, starts_on: date) -> rrule:
    body = ";".join(f"{key}={value}" for key, value in parts.items())
    try:
        rule = rrulestr(body, dtstart=datetime.combine(starts_on, time()))
    except ValueError as error:
        raise BadRule(f"周期规则“{text}”无法识别。") from error
    if not isinstance(rule, rrule):
        raise BadRule(f"“{text}”应只写一条周期规则。")
    return rule


def describe(rrule: str) -> str:
    """The rule in Chinese, such as 每月5日前; a rule too involved for a phrase is given as it is. Raises BadRule."""
    parts = _parts(rrule)
    ends: dict[str, str] = {key: parts.pop(key) for key in ("UNTIL", "COUNT") if key in parts}
    parts.pop("WKST", None)
    words = _phrase(parts)
    return words + _ending(ends) if words else rrule


def _phrase(parts: dict[str, str]) -> str | None:
    every, frequency = int(parts.pop("INTERVAL", "1")), parts.pop("FREQ")
    known = {key: parts.pop(key, "") for key in ("BYMONTH", "BYMONTHDAY", "BYDAY")}
    if parts:
        return None
    months, days, weekdays = known.values()
    match frequency, bool(months), bool(days), bool(weekdays):
        case "DAILY", False, False, False:
            return "每日" if every == 1 else f"每{every}日"
        case "WEEKLY", False, False, True:
            return _weekly(every, weekdays.split(","))
        case "MONTHLY", False, True, False:
            return f"{'每月' if every == 1 else f'每{every}个月'}{_days(days)}前"
        case (("MONTHLY" | "YEARLY"), True, True, False) if every == 1:
            return f"每年{'、'.join(f'{month}月' for month in months.split(','))}{_days(days)}前"
    return None


def _weekly(every: int, weekdays: list[str]) -> str | None:
    if not all(day in _WEEKDAYS for day in weekdays):
        return None
    week = "每周" if every == 1 else f"每{every}周的周"
    return f"{week}{'、'.join(_WEEKDAYS[day] for day in weekdays)}前"


def _days(days: str) -> str:
    return "、".join(_day(int(each)) for each in days.split(","))


def _day(number: int) -> str:
    if number > 0:
        return f"{number}日"
    return "最后一日" if number == -1 else f"倒数第{-number}日"


def _ending(ends: Mapping[str, str]) -> str:
    until = _until(ends.get("UNTIL"))
    if until is not None:
        return f"（至{until.year}年{until.month}月{until.day}日）"
    return f"（共{ends['COUNT']}次）" if "COUNT" in ends else ""
