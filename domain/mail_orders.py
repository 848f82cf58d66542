"""What the words of a mail ask to be done, as values: what classifying leaves open is read here, nothing guessed."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from domain.answer_words import matter_numbers
from domain.answering import Order
from domain.calendar import ZONE, end_of_day, local
from domain.flaws import Flaw
from domain.inbound import Facts, InboundKind, Said
from domain.inbound_words import author_lines

_PROGRESS_LENGTH = 300
_PROGRESS = re.compile(
    r"(?:(?:目前|当前|现|办理|工作)*(?:进展|进度)(?:情况)?\s*(?:如下|是|为)?\s*[：:]?\s*)(?P<labelled>[^\n。]{2,300})"
    r"|(?P<told>(?:目前|截至目前|截至|现已|至今)[^\n。；;]{2,300})"
    r"|(?P<done>(?:已|基本|大部分)(?:经)?(?:完成|办结|收齐|报送|核实|走访|汇总|统计|入户)[^\n。；;，,]{0,200})"
)
_FLAWS = (
    (
        Flaw.WRONG_FILE,
        re.compile(r"(?:附件|文件|正文)[^。\n]{0,8}(?:有误|不符|不对|错了|是另一份)|发错(?:了)?文件|另一份文件"),
    ),
    (Flaw.UNREADABLE, re.compile(r"打不开|无法打开|看不清|无法辨读|无法辨认|字迹模糊|模糊不清|乱码|不清晰")),
    (
        Flaw.WRONG_ADDRESSEE,
        re.compile(
            r"发错(?:单位|对象|地方|了?[，,。；;]|$)|误发|错发|(?:非|不是|不应)发?给?我|不属(?:于)?我"
            r"|与我[^。\n]{0,8}无关|我[^。\n]{0,8}(?:无此|没有此)"
        ),
    ),
)
_MARK = re.compile(
    r"^\s*(?:(?:回复|答复|转发|Re|Fw|Fwd)\s*[：:]\s*)*[【\[（(]?\s*"
    r"(?:紧急信息首报|紧急信息|紧急报告|紧急情况报告|紧急情况|突发事件|紧急)\s*[】\]）)]?\s*[：:，,、]?\s*"
)
_MOMENT = re.compile(
    r"(?:(?P<year>20\d\d)\s?年\s?)?(?P<month>1[0-2]|0?[1-9])\s?月\s?(?P<day>[12]\d|3[01]|0?[1-9])\s?[日号]\s?"
    r"(?:(?P<part>凌晨|清晨|早上|上午|中午|下午|傍晚|晚上|晚|夜间)\s?)?"
    r"(?P<hour>2[0-4]|1\d|0?\d)\s?(?:时|点|[:：])\s?(?:(?P<minute>[0-5]?\d)\s?分?|(?P<half>半))?"
)  # fmt: skip
_LEARNED = re.compile(r"(?:获知|得知|接报|接到|获悉|知悉时间)")
_AFTERNOON = ("下午", "傍晚", "晚上", "晚", "夜间")
_FINAL = re.compile(r"\s*[【\[（(]?\s*(?:紧急信息)?终报")
_FOLLOW_UP = re.compile(r"\s*[【\[（(]?\s*(?:紧急信息)?(?:续报|终报)")
_ORDINAL = re.compile(r"第\s?(?P<number>[一二三四五六七八九十]|\d{1,2})\s?项")
_DIGITS = re.compile(r"\d{1,12}")
_NUMERALS = "一二三四五六七八九十"
_LINE = re.compile(r"[，,。；;：:\n]")


def order_of(
    kind: InboundKind, facts: Facts, said: Said, *, text: str, attachments: tuple[str, ...], now: datetime
) -> Order:  # fmt: skip
    """Return what a mail that was taken for `kind` asks to be done; the day it names ends at 24:00 in Beijing.

    `text` is what its author wrote, `attachments` the digests of its files. What it does not say stays empty.
    """
    lines = author_lines(facts.written)
    occurred, learned = _moments(lines, now) if kind is InboundKind.URGENT_REPORT else (None, None)
    return Order(
        kind=kind,
        text=text,
        attachments=attachments,
        ordinal=ordinal_in(lines[0]) if lines else None,
        matters=tuple(dict.fromkeys((*matter_numbers(f"{facts.subject}\n{text}"), *_numbers(said.references)))),
        first_matters=matter_numbers(lines[0]) if lines else (),
        wanted=end_of_day(said.day) if said.day else None,
        progress=progress_in(text),
        reason=said.reason,
        flaw=flaw_in(text),
        title=_title(facts, lines),
        severity=said.severity,
        occurred_at=occurred,
        learned_at=learned,
        final=bool(lines) and _FINAL.match(lines[0]) is not None,
    )


def _numbers(references: tuple[str, ...]) -> list[int]:
    """Return the obligations behind numbers that are named as 编号."""
    return [int(found[0]) for each in references if (found := _DIGITS.search(each))]


def is_follow_up(text: str) -> bool:
    """Tell whether the first line begins as a follow-up or a final report does (续报, 终报)."""
    lines = author_lines(text)
    return bool(lines) and _FOLLOW_UP.match(lines[0]) is not None


def progress_in(text: str) -> str:
    """Return how far a request for more time says the work is; '' where it does not say."""
    match = _PROGRESS.search(text[:5_000])
    if match is None:
        return ""
    words = match["labelled"] or match["told"] or match["done"]
    return words.strip(" ，,。；;：:")[:_PROGRESS_LENGTH]


def flaw_in(text: str) -> Flaw | None:
    """Return what is wrong with a paper that is sent back, where one thing and only one is named."""
    found = [flaw for flaw, pattern in _FLAWS if pattern.search(text[:5_000])]
    return found[0] if len(found) == 1 else None


def ordinal_in(line: str) -> int | None:
    """Return the number of the requirement that a first line names (第2项), where it names one."""
    found = {match["number"] for match in _ORDINAL.finditer(line[:200])}
    if len(found) != 1:
        return None
    number = found.pop()
    return _NUMERALS.index(number) + 1 if number in _NUMERALS else int(number)


def _title(facts: Facts, lines: list[str]) -> str:
    """Return the title of an urgent report: its own subject, of an answer its first line; without the mark."""
    written = facts.subject if facts.subject.strip() and not facts.is_reply else next(iter(lines), "")
    plain = _MARK.sub("", written).strip()
    if not plain and len(lines) > 1:
        plain = _LINE.split(lines[1])[0].strip()
    return plain[:60]


def _moments(lines: list[str], now: datetime) -> tuple[datetime | None, datetime | None]:
    """Return when it occurred and when the office knew: the first instant, and the one beside 获知 or 接报."""
    occurred: datetime | None = None
    learned: datetime | None = None
    text = "\n".join(lines)[:5_000]
    for match in _MOMENT.finditer(text):
        at = _moment(match, now)
        if at is None:
            continue
        beside = text[max(match.start() - 6, 0) : match.start()] + text[match.end() : match.end() + 8]
        if _LEARNED.search(beside):
            learned = learned or at
        else:
            occurred = occurred or at
    return occurred, learned


def _moment(match: re.Match[str], now: datetime) -> datetime | None:
    """Return the instant a match names; one without a year is the last such before `now` (aware)."""
    hour = int(match["hour"])
    if match["part"] in _AFTERNOON and hour < 12:
        hour += 12
    minute = 30 if match["half"] else int(match["minute"] or 0)
    year = int(match["year"]) if match["year"] else local(now).year
    try:
        at = datetime(year, int(match["month"]), int(match["day"]), tzinfo=ZONE) + timedelta(hours=hour, minutes=minute)
        if at > now and not match["year"]:
            at = at.replace(year=year - 1)
    except ValueError:
        return None
    return at
