"""每月5日前, 每周四, 每季度首月10日前: recurring terms as RFC 5545 rules."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING

from domain.reading.beginnings import bounds, next_month
from domain.reading.dates import DAY, HOUR, MONTH, Basis, hours_at, numeral
from domain.reading.month_days import IN_MONTH, WEEKDAYS, WORKDAYS, days_of, rule_of
from domain.reading.written_days import BEFORE
from domain.recurrence import BadRule, is_valid, next_due_day

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import time

    from domain.documents import Span

#: No sentence has more terms of one kind.
_MOST = 24
_BEFORE = re.compile(BEFORE)
_PYTHON_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_BARE = {
    "周": "FREQ=WEEKLY", "星期": "FREQ=WEEKLY", "月": "FREQ=MONTHLY", "季": "FREQ=MONTHLY;INTERVAL=3",
    "半年": "FREQ=MONTHLY;INTERVAL=6", "年": "FREQ=YEARLY", "日": "FREQ=DAILY", "天": "FREQ=DAILY",
    "半月": "FREQ=MONTHLY;BYMONTHDAY=15,-1", "半个月": "FREQ=MONTHLY;BYMONTHDAY=15,-1",
    "旬": "FREQ=MONTHLY;BYMONTHDAY=10,20,-1", "工作日": f"FREQ=WEEKLY;BYDAY={WORKDAYS}",
}  # fmt: skip

_EACH_MONTH = re.compile(
    r"每(?:一)?个?月(?!度?均)(?:度)?(?:的|于|在)?(?:(?:次|下个?|当)月)?|(?<![\d上本当下这个一二三四五六七八九十两底])月[度末]?(?=终了|(?:结束)?后[\d一二三五七八十])|逢?(?P<parity>[双单])月"
)
_NEXT_MONTH = re.compile(r"(?:次|下个?)月(?:的|于)?")
_MONTHLY_WORDS = re.compile("每(?:一)?个?月|当月|月报|按月|月度|逐月")
_SAME_MONTH = re.compile("当月|月报")
_EACH_QUARTER = re.compile(
    r"每(?:一)?个?季度?的?|(?<![一二三四1-4上本当下这首])季[度末]?(?=终了|(?:结束)?后[\d一二三五七八十])"
)
_NEXT_QUARTER = re.compile(r"[下次](?:一?个?)季度?的?")
_ONE_QUARTER = re.compile(r"(?<![下次])[一二三四1-4]季度")
_EACH_HALF = re.compile(r"每个?半年度?的?|半年度?(?=终了)")
#: Which month of the quarter or half-year.
_MONTH_OF = re.compile(
    r"(?P<first>(?:后)?(?:的)?(?:首月|首个月|第[一1]个?月|次月))|(?P<second>第[二2]个?月|中间月)|(?P<last>末月|季末月|最后一?个?月|第[三3]个?月)"
    r"|(?P<end>[底末](?!月)|结束(?!后))"
)
_QUARTERS: Mapping[str, tuple[int, ...]] = {
    "first": (1, 4, 7, 10),
    "second": (2, 5, 8, 11),
    "last": (3, 6, 9, 12),
    "end": (3, 6, 9, 12),
}
_HALVES: Mapping[str, tuple[int, ...]] = {"first": (1, 7), "last": (6, 12), "end": (6, 12)}
_EACH_YEAR = re.compile(r"每(?:一)?年度?的?(?:于|在)?|年度?(?=终了)")
_YEAR_PART = re.compile(
    r"(?:年(?P<mid>中[和、及]年)|年)?(?P<end>[底末终])(?!了)|(?:第?(?P<quarter>[一二三四])季度|(?P<half>[上下])半年)年?(?P<day>[末底])?"
)
_MID_AND_END = re.compile(r"年中[和、及]年[末底]")
_NEXT_YEAR = re.compile("(?:次|翌|下一?)年(?:的|于)?")
_YEARLY_WORDS = re.compile(r"每年|当年|年报|(?<![\d年])年度(?:报表|报告|决算|财务)")
_YEARS_MONTH = re.compile(rf"[、和及与]?(?:次年|翌年|当年)?的?(?P<month>{MONTH})月份?")
_EACH_WEEK = re.compile(
    r"每(?:逢|个)?(?:周|星期)的?(?:周|星期)?(?P<days>[一二三四五六日天](?:[、，和及](?:周|星期)?[一二三四五六日天]|[至到](?:周|星期)?[一二三四五六日天]){0,6})"
    r"(?![次期篇条例个小天会题]|报[，。；])"
)
_EACH_DAY = re.compile(r"(?:每(?:一)?[日天]|每(?=[晚早])|每个?(?P<work>工作日)|逐日)(?:于|的)?")
_SAME_DAY = re.compile(r"当[日天](?:于)?")
_DAILY_WORDS = re.compile("每[日天]|日报|当[日天].{0,30}当[日天]")
_EVERY = re.compile(r"每隔?(?P<count>[一两二三四五六七八九十]|\d{1,2})个?(?P<unit>周|星期|天|日|月|年)")
_LATER = re.compile("[次下翌](?:一?个?)[月季年]|后")
_UNTIL = re.compile("[至到—~-]")
_TEN_DAYS_END = re.compile("每旬[末底]")
_PLAIN = re.compile(
    r"(?:每(?:一)?个?|按)(?P<unit>半年|半个?月|年|季|月|周|星期|旬|工作日|日|天)(?!以|来|均|个|龄|度?均)度?"
)
#: What names a day only by the period named before it.
_CARRIED = {
    "WEEKLY": re.compile(r"(?<=[于在，])(?:周|星期)(?P<day>[一二三四五六日天])"),
    "MONTHLY": re.compile(rf"(?<=[于在，])(?={DAY}[日号])"),
    "YEARLY": re.compile(rf"(?<=[于在，])(?={MONTH}月)"),
    "DAILY": re.compile(rf"(?<=[于在，])(?:次日|翌日|第[二三]日)?(?={HOUR})"),
}
_FREQUENCIES = {"周": "WEEKLY", "星期": "WEEKLY", "天": "DAILY", "日": "DAILY", "月": "MONTHLY", "年": "YEARLY"}


@dataclass(frozen=True, slots=True)
class Recurrence:
    """A recurring term in a sentence and where it stands; `is_plain` if it names a period but no day."""

    start: int
    end: int
    rrule: str
    due_time: time | None = None
    starts_on: date | None = None
    is_plain: bool = False
    has_before: bool = False
    #: due in the month after the period that it is about
    is_later: bool = False
    #: where the sentence says from when and until when
    window: Span | None = None


def recurrences(sentence: str, basis: Basis) -> list[Recurrence]:
    """Every recurring term of a sentence, from left to right; terms that name a day win over those that do not."""
    found: list[Recurrence] = []
    for read in _READERS:
        for one in islice(read(sentence), _MOST):
            if all(_apart(one, other) for other in found):
                found.append(one)
    for one in tuple(found):
        for more in _carried(sentence, one):
            if all(_apart(more, other) for other in found):
                found.append(more)
    dated = {_period(one) for one in found if not one.is_plain}
    # 每月…，于次月5日前: the day belongs to the period named before
    kept = [one for one in found if not one.is_plain or _period(one) not in dated]
    begin, until, window = bounds(sentence, basis)
    if window:
        kept = [_bounded(one, begin, until, window) for one in kept]
    return sorted(kept, key=lambda one: one.start)


def _apart(one: Recurrence, other: Recurrence) -> bool:
    """Whether neither is read from words of the other; of one span are the hours of a day, the days of a year."""
    same = (one.start, one.end, one.is_plain) == (other.start, other.end, other.is_plain)
    return same or one.end <= other.start or other.end <= one.start


def _carried(sentence: str, one: Recurrence) -> Iterator[Recurrence]:
    """What a later day takes from a rule before it: 每月25日前报市局，市局于28日前报省局; 每周汇总，周五前报送."""
    frequency, _, rest = one.rrule.removeprefix("FREQ=").partition(";")
    if one.is_plain and rest:  # 每两周, 每季度
        return
    is_quarterly = rest.count(",") > 1 and "BYMONTHDAY" in rest
    pattern = _CARRIED.get("MONTHLY" if is_quarterly else frequency)
    end = re.compile("；|首[次期报]|[本当]月|今年|$").search(sentence, one.end)
    for match in pattern.finditer(sentence, one.end, end.start() if end else len(sentence)) if pattern else ():
        if frequency == "WEEKLY":
            read = _timed(sentence, match.start(), match.end(), f"FREQ=WEEKLY;BYDAY={WEEKDAYS[match['day']]}")
        elif frequency == "DAILY":
            read = _timed(sentence, match.start(), match.end(), one.rrule)
        elif pattern is _CARRIED["YEARLY"]:
            read = _in_named_months(sentence, match) if rest else iter(())
        else:
            months = re.findall(r"BYMONTH=([\d,]+)", rest)
            read = _within(
                sentence, match.start(), match.end(), tuple(int(m) for each in months for m in each.split(","))
            )
        yield from (more for more in read if more.has_before)


@lru_cache(maxsize=1024)
def first_due(rule: str, begin: date) -> date | None:
    """The first day of the rule at or after the beginning; None if none comes within five years."""
    try:
        return next_due_day(rule, begin, begin)
    except BadRule:
        return None


def _bounded(one: Recurrence, begin: date | None, until: date | None, window: Span) -> Recurrence:
    """With its beginning and end; a period without a day has no first day, unless it is counted from the beginning."""
    rule = f"{one.rrule};UNTIL={until:%Y%m%d}" if until else one.rrule
    if begin and one.is_later:  # 自4月起，次月5日前报送当月情况: first in May
        begin = next_month(begin)
    has_first = not one.is_plain or "INTERVAL" in rule
    return replace(one, rrule=rule, window=window, starts_on=first_due(rule, begin) if begin and has_first else None)


def _period(one: Recurrence) -> str:
    """What a rule is a matter of: a month's rule leaves a week's beside it."""
    parts = dict(part.split("=", 1) for part in one.rrule.split(";"))
    months = parts.get("BYMONTH", "").count(",") + 1 if "BYMONTH" in parts else 0
    return {4: "quarter", 2: "half"}.get(months, "year") if months else _PLAIN_PERIODS.get(one.rrule, parts["FREQ"])


_PLAIN_PERIODS = {"FREQ=YEARLY": "year", "FREQ=MONTHLY;INTERVAL=3": "quarter", "FREQ=MONTHLY;INTERVAL=6": "half"}


def _monthly(sentence: str) -> Iterator[Recurrence]:
    for match in _EACH_MONTH.finditer(sentence):
        months = {"双": (2, 4, 6, 8, 10, 12), "单": (1, 3, 5, 7, 9, 11)}.get(match["parity"] or "", ())
        yield from _within(sentence, match.start(), match.end(), months)
    for match in _NEXT_MONTH.finditer(sentence):
        told = _MONTHLY_WORDS.search(sentence, 0, match.start())
        if told or (match[0].startswith("次") and _SAME_MONTH.search(sentence, match.end())):
            yield from _within(sentence, match.start(), match.end(), ())


def _quarterly(sentence: str) -> Iterator[Recurrence]:
    for match in _EACH_QUARTER.finditer(sentence):
        yield from _of_months(sentence, match, _QUARTERS)
    if "季" in sentence and not _ONE_QUARTER.search(sentence):
        for match in _NEXT_QUARTER.finditer(sentence):
            yield from _of_months(sentence, match, _QUARTERS)


def _half_yearly(sentence: str) -> Iterator[Recurrence]:
    for match in _EACH_HALF.finditer(sentence):
        yield from _of_months(sentence, match, _HALVES)


def _of_months(sentence: str, match: re.Match[str], months: Mapping[str, tuple[int, ...]]) -> Iterator[Recurrence]:
    """The days of one month in each quarter or half-year; after its end they lie in the first of the next."""
    which = _MONTH_OF.match(sentence, match.end())
    name = (which.lastgroup or "") if which else ""
    at = which.end() if which else match.end()
    inner = IN_MONTH.match(sentence, at)
    if inner and inner["after"]:
        yield from _within(sentence, match.start(), at, months["first"])
    elif name in months and inner:
        yield from _within(sentence, match.start(), at, months[name])
    elif name == "end":
        yield from _timed(sentence, match.start(), at, rule_of(months["end"], "BYMONTHDAY=-1"))
    elif not name and inner and (inner["last"] or inner["end"]):
        yield from _within(sentence, match.start(), at, months["last"])
    elif not name and inner and (inner["first"] or inner["nth"]):
        yield from _within(sentence, match.start(), at, months["first"])


def _yearly(sentence: str) -> Iterator[Recurrence]:
    for match in _EACH_YEAR.finditer(sentence):
        part = _YEAR_PART.match(sentence, match.end())
        at, ends = (part.end(), _ends(part)) if part else (match.end(), (12,))
        inner = IN_MONTH.match(sentence, at)
        if inner and inner["after"]:
            yield from _within(sentence, match.start(), at, tuple(month % 12 + 1 for month in ends))
        elif part and (part["end"] or part["day"]):
            yield from _timed(sentence, match.start(), at, rule_of(ends, "BYMONTHDAY=-1"))
        elif not part:
            yield from _in_named_months(sentence, match)
    for match in _NEXT_YEAR.finditer(sentence):
        if _YEARLY_WORDS.search(sentence, 0, match.start()):
            yield from _in_named_months(sentence, match)
    for match in _MID_AND_END.finditer(sentence):
        yield from _timed(sentence, match.start(), match.end(), rule_of((6, 12), "BYMONTHDAY=-1"))


def _ends(part: re.Match[str]) -> tuple[int, ...]:
    """The last months of the parts of a year that are named."""
    if part["quarter"]:
        return ((numeral(part["quarter"]) or 0) * 3,)
    if part["half"]:
        return (6 if part["half"] == "上" else 12,)
    return (12,) if part["mid"] is None else (6, 12)


def _in_named_months(sentence: str, match: re.Match[str]) -> Iterator[Recurrence]:
    """每年6月底和12月底, 每年4月、10月的10日: a rule for each day of the month that is named."""
    at = match.end()
    waiting: list[int] = []
    named: list[tuple[int, str]] = []
    while month := _YEARS_MONTH.match(sentence, at):
        waiting.append(numeral(month["month"]) or 0)
        at = month.end()
        if inner := IN_MONTH.match(sentence, at):
            named += [(each, days_of(inner)) for each in waiting]
            waiting, at = [], inner.end()
            if _UNTIL.match(sentence, at):  # 3月1日至3月10日: the last day counts
                named, at = named[:-1], at + 1
        elif sentence[at : at + 1] not in ("、", "和", "及", "与"):
            break
    if waiting or not named:
        return
    if all(days in ("BYMONTHDAY=-1", _end_of(month)) for month, days in named):  # 6月30日和12月31日 are both last days
        named = [(month, "BYMONTHDAY=-1") for month, _ in named] if len({days for _, days in named}) > 1 else named
    for days in dict.fromkeys(days for _, days in named):
        months = sorted(month for month, each in named if each == days)
        yield from _timed(sentence, match.start(), at, rule_of(tuple(months), days))


def _weekly(sentence: str) -> Iterator[Recurrence]:
    for match in _EACH_WEEK.finditer(sentence):
        found = re.findall("([至到])?(?:周|星期)?([一二三四五六日天])", match["days"])
        days: list[str] = []
        for joint, sign in found:
            day = _PYTHON_WEEKDAYS.index(WEEKDAYS[sign])
            since = _PYTHON_WEEKDAYS.index(days[-1]) + 1 if joint and days else day
            days += _PYTHON_WEEKDAYS[since : day + 1]
        yield from _timed(sentence, match.start(), match.end(), f"FREQ=WEEKLY;BYDAY={','.join(days)}")


def _daily(sentence: str) -> Iterator[Recurrence]:
    for match in _EACH_DAY.finditer(sentence):
        rule = f"FREQ=WEEKLY;BYDAY={WORKDAYS}" if match["work"] else "FREQ=DAILY"
        yield from (one for one in _timed(sentence, match.start(), match.end(), rule) if one.due_time)
    for match in _SAME_DAY.finditer(sentence):
        if _DAILY_WORDS.search(sentence, 0, match.end()):
            yield from (one for one in _timed(sentence, match.start(), match.end(), "FREQ=DAILY") if one.due_time)
    for match in _TEN_DAYS_END.finditer(sentence):
        yield from _timed(sentence, match.start(), match.end(), _BARE["旬"])


def _plain(sentence: str) -> Iterator[Recurrence]:
    for match in _EVERY.finditer(sentence):
        count = numeral(match["count"]) or 1
        interval = count + match[0].startswith("每隔")
        if interval > 1:
            rule = f"FREQ={_FREQUENCIES[match['unit']]};INTERVAL={interval}"
            yield Recurrence(match.start(), match.end(), rule, is_plain=True)
    for match in _PLAIN.finditer(sentence):
        yield Recurrence(match.start(), match.end(), _BARE[match["unit"]], is_plain=True)


_READERS: tuple[Callable[[str], Iterator[Recurrence]], ...] = (
    _monthly, _weekly, _daily, _quarterly, _half_yearly, _yearly, _plain,
)  # fmt: skip


_is_valid = lru_cache(maxsize=1024)(is_valid)


def _within(sentence: str, start: int, at: int, months: tuple[int, ...]) -> Iterator[Recurrence]:
    """The rule of the days of a month that stand at an offset; nothing where none do."""
    if (inner := IN_MONTH.match(sentence, at)) and _is_valid(rule := rule_of(months, days_of(inner))):
        yield from _timed(sentence, start, inner.end(), rule)


def _timed(sentence: str, start: int, end: int, rule: str) -> Iterator[Recurrence]:
    """The rule once for each hour that stands behind it."""
    times, end = hours_at(sentence, end)
    if times != (None,) and _UNTIL.match(sentence, end):  # 每日20时至次日20时的数据
        return
    if before := _BEFORE.match(sentence, end):
        end = before.end()
    is_later = bool(_LATER.search(sentence, start, end))
    for due_time in times:
        yield Recurrence(start, end, rule, due_time, has_before=bool(before), is_later=is_later)


def _end_of(month: int) -> str:
    return f"BYMONTHDAY={(date(2023, month % 12 + 1, 1) - timedelta(1)).day}"
