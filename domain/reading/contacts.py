"""联系人, 电话, 邮箱: who answers questions, one entry for each number."""

from __future__ import annotations

import re
from itertools import zip_longest
from typing import TYPE_CHECKING

from domain.documents import ContactLine
from domain.reading.office_names import OFFICE_END

if TYPE_CHECKING:
    from collections.abc import Iterator

#: A digit, or the X that masks one.
_D = "[0-9Xx]"
_LANDLINE = rf"[（(]?0{_D}{{2,3}}[）)]?[-—－–一 X]?{_D}{{7,9}}(?:[-—－]\d{{1,5}})?"
_TOKEN = re.compile(
    rf"(?P<email>[A-Za-z0-9_.+-]{{1,64}}@[A-Za-z0-9-]{{1,63}}(?:\.[A-Za-z0-9-]{{1,63}}){{1,4}})"
    rf"|(?P<phone>(?<![A-WY-Za-z0-9])(?:{_LANDLINE}|1[3-9X]{_D}{{9,10}}|[1-9]{_D}{{6,7}})(?![0-9A-Za-z@.]))"
    rf"|(?P<fax>（?传\s{{0,4}}真）?)|(?P<break>联系人|联系方式)"
    rf"|(?P<name>XXX|[一-鿿]{{2,24}}|[一-鿿](?:[ \u3000]{{1,2}}[一-鿿])(?![一-鿿]))"
)
_BEGIN = re.compile(
    r"联\s?系\s?人|联系方式|联系电话|联系邮箱|电子邮箱|电子邮件|电子信箱|发送?[至到](?=[A-Za-z0-9_.]{1,40}@)|邮箱|咨询电话|电\s{0,4}话[：:]|邮\s{1,4}箱[：:]|E-?mail",
    re.IGNORECASE,
)
_NOT_NAME = re.compile(r"电话|邮箱|信箱|邮件|地址|传真|手机|联系|方式|同号|微信|附件|邮编|号码|带")
#: The telephone of an inn is no contact: （云岭宾馆，电话：…）
_PLACE = re.compile(r"(?:会议|报到|培训|活动)?地点|宾馆|饭店|酒店|招待所")
_FAX_AFTER = re.compile(r"\s?[（(]\s?传真\s?[）)]")
_CHAT = re.compile(r"(?:QQ|微信)[^\d，；]{0,8}$")
_STOP = re.compile(r"附\s?件|[。！？]|\d{4}年\d{1,2}月\d{1,2}日|\n[一二三四五六七八九十]、")
_BLOCK_LENGTH = 600
_LINE_GAP = 40


def contacts(text: str, start: int, end: int) -> tuple[ContactLine, ...]:
    """The contacts of a stretch of text, each number once. Fax numbers are no contacts."""
    found: list[ContactLine] = []
    for begin, stop in _blocks(text, start, end):
        for contact in _read_block(text[begin:stop]):
            if not any(_covers(other, contact) for other in found):
                found.append(contact)
    return tuple(found)


def _covers(one: ContactLine, other: ContactLine) -> bool:
    return (
        (other.phone in (None, one.phone)) and (other.email in (None, one.email)) and (other.name in (None, one.name))
    )


def _blocks(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Stretches that begin at a word such as 联系人 and run until the next stop."""
    at = start
    while begin := _BEGIN.search(text, at, end):
        limit = min(end, begin.start() + _BLOCK_LENGTH)
        line = text[text.rfind("\n", 0, begin.start()) + 1 : begin.start()]
        if "电" in begin[0] and "联系人" not in line and _PLACE.search(line[-60:]):
            at = begin.end()
            continue
        stop = next((m.start() for m in _STOP.finditer(text, begin.end(), limit)), limit)
        yield begin.start(), stop
        at = max(stop, begin.end())


def _read_block(block: str) -> Iterator[ContactLine]:
    """The contacts of a block: 甲，乙 电话：1，2 are two people; a mailbox belongs to those before it."""
    group: dict[str, list[str]] = {"name": [], "phone": [], "email": []}
    for kind, value in _tokens(block):
        starts_anew = (kind == "name" and (group["phone"] or group["email"])) or (
            kind == "email" and len(group["email"]) > 0
        )
        if kind == "break" or starts_anew:
            yield from _entries(group)
            group = {"name": [], "phone": [], "email": []}
        if kind != "break":
            group[kind].append(value)
    yield from _entries(group)


def _entries(group: dict[str, list[str]]) -> Iterator[ContactLine]:
    if not (group["phone"] or group["email"]):
        return
    names, phones = group["name"], group["phone"]
    if phones and len(names) == len(phones):
        pairs = list(zip_longest(names, phones))
    elif len(phones) > 1:  # several numbers of the first who is named
        pairs = [(names[0] if names else None, phone) for phone in phones]
    else:
        pairs = list(zip_longest(names[:1], phones[:1])) or [(None, None)]
    email = group["email"][0] if group["email"] else None
    for name, phone in pairs:
        yield ContactLine(name=name, phone=phone, email=email)


def _tokens(block: str) -> Iterator[tuple[str, str]]:
    is_fax = False
    for match in _TOKEN.finditer(block):
        kind, value = match.lastgroup or "", match[0]
        if kind == "name":
            is_fax = "传真" in value or (is_fax and not _NOT_NAME.search(value) and len(value) > 4)
            if name := _person(value):
                yield "name", name
        elif kind == "phone":
            if not is_fax and not _FAX_AFTER.match(block, match.end()) and not _CHAT.search(block[: match.start()]):
                yield "phone", re.sub(r"[—－–一]", "-", value).strip()
        elif kind == "fax":
            is_fax = True
        else:
            is_fax = False
            yield kind, value


def _person(words: str) -> str | None:
    """The name of a person in a run of words, an office before it left out; None if there is none."""
    words = re.sub(r"\s", "", words)
    if words == "XXX":
        return words
    if _NOT_NAME.search(words) or OFFICE_END.search(words):
        return None
    return words if 2 <= len(words) <= 4 else None
