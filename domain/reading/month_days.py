"""Which days of a month a rule names: 5日, 15日和25日, 最后一个工作日, 第一个周一, 上旬, 结束后10日内."""

from __future__ import annotations

import re

from domain.reading.dates import COUNT, DAY, numeral

WORKDAYS = "MO,TU,WE,TH,FR"
WEEKDAYS = dict(zip("一二三四五六日天", ("MO", "TU", "WE", "TH", "FR", "SA", "SU", "SU"), strict=True))
_PART_ENDS = {"上旬": 10, "中旬": 20, "下旬": -1}

#: What may stand behind 每月 and its like.
IN_MONTH = re.compile(
    rf"(?:的|于|在)?(?:前?(?:{DAY}[日号]?(?:至|到|[-—－~～]))?(?P<days>{DAY}[日号]?(?:[、，和及]{DAY}[日号]?){{0,5}})[日号](?!内|常)(?P<and_end>[、和及]月[底末])?|(?P<end>月?[底末](?!端|前\d)|最后一[天日])"
    rf"|(?P<part>[上中下]旬)"
    rf"|(?:(?P<last>最后一|末)|(?P<first>首|头一)|(?P<back>倒数)?[第前](?P<nth>{COUNT}))个?工作日(?:之?内)?"
    r"|(?:(?P<last_week>最后一)|第(?P<nth_week>[一二三四1-4]))个(?:周|星期)(?P<weekday>[一二三四五六日天])"
    rf"|前(?P<first_days>{COUNT})[日天](?:之|以)?内"
    rf"|(?:度?(?:结束|终了|过|终)?)(?:之|以)?后的?(?P<after>{COUNT})(?P<unit>个?工作日|[日天])(?:之|以)?内)"
)


def days_of(match: re.Match[str]) -> str:
    """The part of an RFC 5545 rule for a match of IN_MONTH: by number, by working day, by day of the week.

    Working days are Monday to Friday: no rule knows the holidays.
    """
    if match["weekday"]:
        return f"BYDAY={-1 if match['last_week'] else numeral(match['nth_week'])}{WEEKDAYS[match['weekday']]}"
    if match["last"] or match["first"]:
        return _workday(-1 if match["last"] else 1)
    if match["nth"] or (match["unit"] or "").endswith("工作日"):
        nth = numeral(match["nth"] or match["after"]) or 1
        return _workday(-nth if match["back"] else nth)
    if match["days"]:
        return (
            "BYMONTHDAY="
            + ",".join(str(numeral(day)) for day in re.findall(DAY, match["days"]))
            + ",-1" * bool(match["and_end"])
        )
    count = match["after"] or match["first_days"]
    return f"BYMONTHDAY={numeral(count) if count else _PART_ENDS.get(match['part'], -1)}"


def rule_of(months: tuple[int, ...], days: str) -> str:
    """The rule of such days in some months, or in all; a position is one in the month only if it is MONTHLY."""
    if not months:
        return f"FREQ=MONTHLY;{days}"
    named = ",".join(str(month) for month in months)
    return f"FREQ={'YEARLY' if days.startswith('BYMONTHDAY') else 'MONTHLY'};BYMONTH={named};{days}"


def _workday(position: int) -> str:
    return f"BYDAY={WORKDAYS};BYSETPOS={position}"
