"""The foot of a document: signature and day, scope, copies, imprint."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.reading.dates import FULL_DAY, YEAR, full_day
from domain.reading.office_names import (
    ends_like_office,
    signs_like_office,
    split_offices,
    split_signatures,
    without_blanks,
)
from domain.reading.tables import is_row

if TYPE_CHECKING:
    from datetime import date

#: A day in full, or the blank day of a draft (2021年 月 日).
_SIGNED_DAY = re.compile(rf"(?<!\d){YEAR}\s?年\s?\S{{0,3}}?\s?月\s?\S{{0,3}}?\s?日")
_ISSUED = re.compile(
    rf"(?P<day>{YEAR}\s?年\s?\S{{1,3}}?\s?月\s?\S{{1,3}}?\s?日)\s*印发?(?![一-鿿《])|(?P<glued>{YEAR}年\S{{1,3}}?月\S{{1,3}}?日)\s*印发(?=附件|共印|抄)"
)
_SEALED = re.compile(r"[（(](?:[^（）()\n]{2,40}代章|代章?)[）)]\s*$")
_RUN = re.compile(r"[一-鿿（）() \u3000]{3,200}$")
_LAST_ITEM = re.compile(
    r"(?:[^代]表|名单|清单|目录|名册|回执|凭证|方案|预案|通知|意见|办法|[规细]则|的函|报告|计划|要点|制度|提纲|[初草签]稿|样式|模板|[）)])(?=[一-鿿])"
)
_NO_SIGNATURE = re.compile(r"^(?:经|由|按|据|于|自|在|向|报|被|对|以|和|与|至|到|从|根据|按照|截至)")
#: What may follow the day of a signature.
_AFTER_DAY = re.compile(r"\s*(?:$|\n|[（(]|抄[送报]|附\s?[件表]|主题词|《)|(?=\S{2,60}\d{4}年\S{1,3}月\S{1,3}日印发)")
#: What follows a day inside a sentence.
_IN_SENTENCE = re.compile(
    r"\s*(?:[，,。、；;：:前至起的之\d]|[上下]午|以[前来后内]|印发?|批准|召开|举[行办]|发[布生出起现]|开[始展])"
)

#: 2014.9.9 alone on its line, below the name
NUMERIC_DAY = re.compile(
    r"(?<=\n)[ \u3000]{0,60}(?P<year>(?:19|20)\d\d)(?P<mark>[.\-/])(?P<month>1[0-2]|0?[1-9])(?P=mark)"
    r"(?P<day>[12]\d|3[01]|0?[1-9])[ \u3000]{0,9}(?=\n|\Z)"
)
#: The day on the last line, under which nobody signs.
_LONE_DAY = re.compile(
    rf"(?<=\n)[ \u3000]{{0,60}}(?P<alone>{FULL_DAY.pattern})[ \u3000]{{0,9}}"
    r"(?=\n?\Z|\n(?:附\s?件|抄\s?[送报]|主题词|[（(]此件))"
)

_BELOW = re.compile(r"(?:(?<=[。！X\d])|(?:^|\n)\s*)(?=附\s?件\s?[：:]|抄\s?[送报][：:])")
_CONTACTS = re.compile(
    r"(?:(?<=[。！])|\n\s*)(?=[（(]?(?:联\s?系\s?人|联系方式|联系电话|[^\n，。]{0,12}联系人)[^\n]{0,8}[：:])"
)
_SCOPE = re.compile(r"[（(]\s*(?P<scope>此件[^（）()\n]{2,40})\s*[）)]")
_COPIES = re.compile(
    r"抄\s?[送报][：:]\s*(?P<offices>[^。]{2,800}?)(?:。|$|(?=\n[^\n]{0,40}\n?\d{4}年\S{1,3}月\S{1,3}日)|(?=\n抄)|(?=\n\n))"
)
_MORE_COPIES = re.compile(r"\s{0,20}(?P<offices>[^。：:；\d]{2,300})。")
_TAIL = re.compile(
    r"\s*(?:[（(][^（）()\n]{2,200}(?:[）)]|(?=\n|$))|主题词[^\n]{0,80}|(?:政府)?信息公开(?:选项|属性|形式|类别|方式)[^\n]{0,20}|公开(?:选项|属性|方式|类别)[：:][^\n]{0,20}|抄\s?[送报][：:][^。\n]{0,600}(?:。(?:\s{0,20}[^。：:；\d\n]{2,300}。){0,3})?|共印\S{1,8}份|[（(]?联\s?系\s?人[^\n]{2,200}"
    rf"|[^\n。：:，]{{0,60}}?\n?{YEAR}年\S{{1,3}}?月\S{{1,3}}?日\s*印发?(?![《的]))"
)


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signed and when; `start` is where the names begin, `end` where the day ends."""

    start: int
    end: int
    issuers: tuple[str, ...]
    dated_on: date | None


@dataclass(frozen=True, slots=True)
class Imprint:
    """版记: the day of issue."""

    start: int
    issued_on: date | None


def find_signature(text: str, start: int, end: int, known: tuple[str, ...]) -> Signature | None:
    """The first signature with its day. `known`, the issuers that the head names, are recognised in running text."""
    for match in _SIGNED_DAY.finditer(text, start, end):
        if _IN_SENTENCE.match(text, match.end(), end) or is_row(_line_around(text, match.start(), match.end())):
            continue
        before = text[max(start, match.start() - 500) : match.start()]
        names_at = _names_on_lines(before) if before.rstrip(" \u3000").endswith("\n") else None
        if names_at is None:
            names_at = _names_in_run(
                before, known, follows=bool(_AFTER_DAY.match(text[match.end() : match.end() + 120]))
            )
        if names_at is not None:
            begin = match.start() - len(before) + names_at
            day = FULL_DAY.match(match[0])
            return Signature(begin, match.end(), split_signatures(before[names_at:]), full_day(day) if day else None)
    for match in NUMERIC_DAY.finditer(text, start, end):
        before = text[max(start, match.start() - 500) : match.start()]
        if (names_at := _names_on_lines(before)) is not None:
            names = before[names_at:]
            return Signature(match.start() - len(names), match.end(), split_signatures(names), full_day(match))
    if lone := _LONE_DAY.search(text, start, end):
        return Signature(lone.start("alone"), lone.end("alone"), (), full_day(lone))
    return None


def _line_around(text: str, start: int, end: int) -> str:
    after = text.find("\n", end)
    return text[text.rfind("\n", 0, start) + 1 : after if after >= 0 else len(text)]


def end_of_document(text: str, signature_end: int, end: int) -> int:
    """Where the document ends that is signed there: after its scope, copies and imprint."""
    at = signature_end
    while (match := _TAIL.match(text, at, end)) and match.end() > at:
        at = match.end()
    return at


def find_imprint(text: str, start: int, end: int) -> Imprint | None:
    """The last …日印发 of a stretch of text."""
    last = None
    for match in _ISSUED.finditer(text, start, end):
        last = match
    if last is None:
        return None
    day = FULL_DAY.match(last["day"] or last["glued"])
    return Imprint(last.start(), full_day(day) if day else None)


def text_end(text: str, start: int, end: int) -> int:
    """Where the text itself ends: before the list of annexes and the copies."""
    match = _BELOW.search(text, start, end)
    return match.start() if match else end


def without_contacts(text: str, start: int, end: int) -> int:
    """Where the text ends if the lines of contacts below the last paragraph are left out."""
    match = _CONTACTS.search(text, start, end)
    return match.start() if match else end


def copies(text: str, start: int, end: int) -> tuple[str, ...]:
    """The offices named after 抄送 at the foot, also in the lines below."""
    found: list[str] = []
    for match in _COPIES.finditer(text, start, end):
        found += [name for name in split_offices(match["offices"]) if name not in found]
        at = match.end()
        while more := _MORE_COPIES.match(text, at, end):
            names = split_offices(more["offices"])
            if not all(ends_like_office(name) for name in names):
                break
            found += [name for name in names if name not in found]
            at = more.end()
    return tuple(found)


def scope_of(text: str, start: int, end: int) -> str | None:
    """印发范围 as printed: 此件公开发布, 此件发至县团级."""
    match = _SCOPE.search(text, start, end)
    return without_blanks(match["scope"]) if match else None


def _names_on_lines(before: str) -> int | None:
    """Where the lines of names begin that stand directly above the line of the day."""
    begin = None
    at = len(before.rstrip())
    for _ in range(12):
        line_start = before.rfind("\n", 0, at) + 1
        line = before[line_start:at].strip()
        if not 1 < len(line) <= 60 or re.search("[，。：:；]", line) or not signs_like_office(_SEALED.sub("", line)):
            break
        begin = line_start
        if line_start == 0:
            break
        at = len(before[:line_start].rstrip())
    return begin


def _names_in_run(before: str, known: tuple[str, ...], *, follows: bool) -> int | None:
    """Where the names begin that run into the day: those the head names, else what stands after the last stop."""
    bare = _SEALED.sub("", before.rstrip()).rstrip()
    begin = len(bare)
    while name := next((name for name in known if bare[:begin].rstrip().endswith(name)), None):
        begin = len(bare[:begin].rstrip()) - len(name)
    if begin < len(bare):
        return None if bare[:begin].endswith(("经", "由", "报", "向", "请", "据")) else begin
    run = _RUN.search(bare)
    if not follows or not run or not signs_like_office(bare):
        return None
    begin = run.start()
    for cut in _LAST_ITEM.finditer(bare, begin, len(bare) - 4):
        begin = cut.end()
    names = bare[begin:].strip()
    if not len(names) > 2 or _NO_SIGNATURE.match(names) or any(len(name) > 40 for name in split_signatures(names)):
        return None
    return begin
