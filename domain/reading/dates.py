"""Chinese numerals, days and hours; the year a day without one belongs to."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, time

_DIGITS = {
    sign: value
    for value, signs in enumerate(("〇零○Ｏ", "一", "二两", "三", "四", "五", "六", "七", "八", "九"))
    for sign in signs
}

YEAR = r"(?:(?:19|20)\d\d|[一二][〇零○Ｏ一二三四五六七八九]{3})"
MONTH = r"(?:1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九])"
DAY = r"(?:[12]\d|3[01]|0?[1-9]|[二三]?十[一二三四五六七八九]?|[一二三四五六七八九])"
COUNT = r"(?:\d{1,3}|[一二两三四五六七八九]?十[一二三四五六七八九]?|[一二两三四五六七八九])"
#: A year, month and day in full.
FULL_DAY = re.compile(rf"(?<!\d)(?P<year>{YEAR})\s?年\s?(?P<month>{MONTH})\s?月\s?(?P<day>{DAY})\s?日")

_HALF = r"(?P<half>上午|下午|午后|中午|晚上?|傍晚|夜间|凌晨|早上?|早晨)"
_CHINESE_HOUR = r"(?:二?十[一二三四五六七八九]?|[零〇一二两三四五六七八九])"
#: An hour of the day; without a half it needs 时, 点 or a colon, so that no other number is taken for one.
HOUR = (
    rf"(?:{_HALF}?\s?(?P<hour>\d{{1,2}}(?=\s?[:：∶时点])|{_CHINESE_HOUR}(?=[时点]))\s?"
    r"(?:[:：∶](?P<minute>\d{2})(?:时|分)?|(?:时|点钟?)(?:(?P<minutes>\d{1,2}|[二三四五]?十[一二三四五六七八九]?)分|(?P<thirty>半))?整?))"
)
_HOURS = re.compile(rf"[、和及与]?\s?{HOUR}(?=(?P<before>(?:之|以)?前(?=[、和及与]))?)")
_AFTERNOON = ("下午", "午后", "晚", "晚上", "傍晚", "夜间")


@dataclass(frozen=True, slots=True)
class Basis:
    """What a document says of its own time: its day where it has one, else a year."""

    day: date | None = None
    stated_year: int | None = None

    @property
    def year(self) -> int | None:
        """The year that a day without one belongs to."""
        return self.day.year if self.day else self.stated_year

    def is_past(self, day: date) -> bool:
        """Whether the day lies before the document."""
        if self.day:
            return day < self.day
        return self.stated_year is not None and day.year < self.stated_year


def numeral(text: str) -> int | None:
    """The number that Arabic or Chinese numerals up to 99 write, or a year digit by digit; None if they write none."""
    text = text.strip()
    if text.isascii() and text.isdigit():
        return int(text)
    if "十" in text:
        tens, _, ones = text.partition("十")
        if len(tens) > 1 or len(ones) > 1 or any(sign not in _DIGITS for sign in tens + ones):
            return None
        return _DIGITS.get(tens, 1) * 10 + _DIGITS.get(ones, 0)
    if not text or any(sign not in _DIGITS for sign in text):
        return None
    return int("".join(str(_DIGITS[sign]) for sign in text))


def calendar_day(year: int | None, month: int | None, day: int | None) -> date | None:
    """The day; -1 is the last of the month. None where the calendar has no such day."""
    if year is None or month is None or day is None:
        return None
    try:
        return date(year, month, monthrange(year, month)[1] if day == -1 else day)
    except ValueError:
        return None


def full_day(match: re.Match[str]) -> date | None:
    """The day a match of FULL_DAY writes."""
    return calendar_day(numeral(match["year"]), numeral(match["month"]), numeral(match["day"]))


def dated(basis: Basis, month: int | None, day: int | None, *, year: int | None = None) -> date | None:
    """The day meant: in the year given, else in the document's; what would lie before the document is next year's."""
    found = calendar_day(year or basis.year, month, day)
    if found and year is None and basis.day and found < basis.day:
        return calendar_day(found.year + 1, month, day)
    return found


def hour_of_day(match: re.Match[str]) -> time | None:
    """The hour in a match that contains HOUR; None if it names none, or one that no clock shows (27时)."""
    if not match["hour"]:
        return None
    hour, half = numeral(match["hour"]) or 0, match["half"] or ""
    minute = 30 if match["thirty"] else numeral(match["minute"] or match["minutes"] or "0") or 0
    if (half in _AFTERNOON and hour < 12) or (half == "中午" and hour < 3):
        hour += 12
    if (hour, minute) == (24, 0):  # 24时 is the end of the day, which a deadline without an hour has anyway
        return None
    return time(hour, minute) if hour < 24 and minute < 60 else None


def hours_at(sentence: str, at: int) -> tuple[tuple[time | None, ...], int]:
    """The hours that stand at an offset (上午9时和下午4时), and where they end; (None,) where none does."""
    found: list[time | None] = []
    while match := _HOURS.match(sentence, at):
        if not found and match[0][0] in "、和及与":
            break
        found.append(hour_of_day(match))
        at = match.end("before") if match["before"] else match.end()
    return tuple(found) or (None,), at
