"""The values that the words of a mail name: day, reason, severity, numbers, the month of a report."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta

from domain.inbound_words import acts_in, is_courtesy_or_signature, sentences
from domain.reading.dates import DAY, MONTH, YEAR, Basis, calendar_day, dated, numeral
from domain.urgent import Severity

#: a day without a year may lie this far ahead of the mail; what lies further is a day gone by
AHEAD = timedelta(days=200)
#: characters of a reason that are kept
REASON_LENGTH = 300

_DATE = re.compile(
    rf"(?:(?P<year>{YEAR})\s?年\s?)?(?<![\d.])(?P<month>{MONTH})\s?月\s?(?P<day>{DAY})\s?[日号]"
    r"|(?<![\d./-])(?P<y>20\d\d)(?P<s>[-/.])(?P<m>1[0-2]|0?[1-9])(?P=s)(?P<d>[12]\d|3[01]|0?[1-9])(?![\d./-])"
)
_UNTIL = re.compile(r"(?:延期|延长|宽限|推迟|顺延|延后|延)[^。；;\n\d]{0,16}?(?:至|到)(?:了)?\s*$")
_REASON_LABEL = re.compile(
    r"(?:延期|申请|异议|退回|退文)?(?:原因|理由|事由)\s*(?:如下|是|为)?\s*[：:]?\s*([^\n]{2,300})"
)
_BECAUSE = re.compile(r"(?:因为|由于|鉴于|因(?!此|而|地|素))\s*([^。；;\n]{2,200})")
_SEVERITY_LABEL = re.compile(r"(?:等级|级别|分级|严重程度|事件性质)\s*[：:]?\s*(特别重大|重大|较大|一般)")
_SEVERITY = re.compile(
    r"(特别重大|(?<!特别)重大|较大|一般)(?=(?:突发|公共|社会|安全|生产|交通|道路|自然|森林|火灾|事故|事件|灾害"
    r"|险情|疫情|舆情|地震|洪|滑坡|泥石流|群体|食品|环境|级|[）)】\]]))"
)
_REFERENCE = re.compile(r"编号\s*(?:为|是)?\s*[：:]?\s*(?:第)?([A-Za-z]{0,10}[-—]?\d[\d-]{0,20})")
_DOCUMENT_NUMBER = re.compile(r"[一-鿿]{1,16}[〔\[［（(]\s?20\d\d\s?[〕\]］）)]\s?\d{1,5}\s?号")
#: what a sentence says before the number begins
_BEFORE_A_NUMBER = re.compile(
    r"^.*(?:根据|按照|依据|对应|关于|贯彻|落实|收到|签收|收悉|来文|文件|通知|[你贵][办局委厅部]的?|[的和及与对将按])(?=[一-鿿]{2,}[〔\[［（(])"
)
_PERIOD = re.compile(
    rf"(?:(?P<year>{YEAR})\s?年\s?)?(?<![\d.])(?P<month>{MONTH})\s?月(?!\s?(?:{DAY})\s?[日号])(?:份|度|报|的|情|工"
    rf"|末|底)"
)


def severity_of(lines: Sequence[str]) -> Severity | None:
    """The severity that is named, where one and only one is; a label for it decides."""
    text = "\n".join(lines)[:3_000]
    named = set(_SEVERITY_LABEL.findall(text)) or set(_SEVERITY.findall("\n".join(lines[:3])[:1_000]))
    if len(named) != 1:
        return None
    word = named.pop()
    return next(severity for severity in Severity if severity.label == word)


def day_asked_for(lines: Sequence[str], mailed_on: date | None) -> tuple[date | None, str]:
    """The day a request names, and '' or what is wrong with it. A day without a year is the next after the mail."""
    text = "\n".join(lines)[:5_000]
    found = [(match, _day(match, mailed_on)) for match in _DATE.finditer(text)]
    days = {day for match, day in found if _UNTIL.search(text[max(match.start() - 40, 0) : match.start()])}
    days = days or {day for _, day in found}
    if not days:
        return None, "没有写明延期到哪一天"
    if len(days) > 1:
        return None, "写了不止一个日期"
    day = days.pop()
    if day is None:
        return None, "写的日期无法确定是哪一天"
    if mailed_on and day <= mailed_on:
        return None, f"写的日期（{day:%Y-%m-%d}）不晚于来信之日"
    return day, ""


def _day(match: re.Match[str], mailed_on: date | None) -> date | None:
    if match["y"]:
        return calendar_day(int(match["y"]), int(match["m"]), int(match["d"]))
    month, day = numeral(match["month"]), numeral(match["day"])
    if match["year"]:
        return calendar_day(numeral(match["year"]), month, day)
    found = dated(Basis(day=mailed_on), month, day) if mailed_on else None
    if found and mailed_on and found > mailed_on + AHEAD:
        return calendar_day(mailed_on.year, month, day)
    return found


def reason_in(lines: Sequence[str]) -> str:
    """Why, in the author's words: behind a label or a 因, else what else the text says. '' where it says nothing."""
    text = "\n".join(lines)[:5_000]
    for pattern in (_REASON_LABEL, _BECAUSE):
        match = pattern.search(text)
        if match:
            return _tidied(_without_request(match[1]))
    rest = []
    for sentence in sentences(lines):
        before = _without_request(sentence)
        if acts_in(sentence) and len(before) >= 4 and before != sentence:
            rest.append(before)
        elif acts_in(sentence):
            behind = re.split(r"[，,：:]|(?<=\S)\s+", sentence, maxsplit=1)
            if len(behind) == 2 and not acts_in(behind[1]) and len(behind[1].strip()) >= 4 and not _is_day(behind[1]):
                rest.append(behind[1])
        elif not is_courtesy_or_signature(sentence):
            rest.append(sentence)
    return _tidied("；".join(rest)) if len("".join(rest)) >= 4 else ""


def _without_request(reason: str) -> str:
    """`因数据未收齐，申请延期至…`: the reason ends where the request begins."""
    pieces = re.split(r"([，,])", reason)
    for number in range(2, len(pieces), 2):
        if acts_in(pieces[number]):
            return "".join(pieces[: number - 1])
    return reason


def _is_day(text: str) -> bool:
    return _DATE.fullmatch(text.strip().rstrip("前。")) is not None


def _tidied(reason: str) -> str:
    return reason.strip(" ，,。；;：:！!")[:REASON_LENGTH]


def references_in(text: str) -> tuple[str, ...]:
    """The numbers (编号) a text names, each once."""
    return tuple(dict.fromkeys(_REFERENCE.findall(text[:10_000])))[:20]


def document_numbers_in(text: str) -> tuple[str, ...]:
    """The document numbers (发文字号) a text names, each once, in its own spelling without blanks."""
    found = ("".join(each.split()) for each in _DOCUMENT_NUMBER.findall(text[:10_000]))
    return tuple(dict.fromkeys(_BEFORE_A_NUMBER.sub("", each) for each in found))[:20]


def period_in(text: str, mailed_on: date | None) -> str:
    """The month a report is for, as `2020-03`, where one and only one is named; one without a year is the last such."""
    found = set()
    for match in _PERIOD.finditer(text[:10_000]):
        month, year = numeral(match["month"]), numeral(match["year"]) if match["year"] else None
        if year is None and mailed_on and month:
            year = mailed_on.year - (month > mailed_on.month)
        if year and month:
            found.add(f"{year:04d}-{month:02d}")
    return found.pop() if len(found) == 1 else ""
