"""The head of a document: red head, number, urgency, title, addressees."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.reading.dates import numeral
from domain.reading.grades import classification, urgency, without_mark_lines
from domain.reading.office_names import ends_like_office, split_offices, split_signatures, without_blanks
from domain.reading.outline import marks
from domain.reading.titles import (
    ABOUT,
    SECOND_TITLE,
    TITLE_END,
    TITLE_IS_OVER,
    TITLE_LENGTH,
    issuers_of,
    masked,
    with_status,
)

if TYPE_CHECKING:
    from domain.documents import Urgency

#: How far into a document its head can reach.
HEAD_LENGTH = 3000

NUMBER = re.compile(
    r"(?P<prefix>[一-鿿]{1,30})\s?[〔\[［（(【]\s?(?P<year>(?:19|20)\d\d|[一二][〇○零一二三四五六七八九]{3})\s?[〕\]］）)】]"
    r"\s?(?P<serial>第?\s?\d{1,5})\s?号"
)
#: （云政办〔2009〕74号） on a line of its own, below the title
_BRACKETED_NUMBER = re.compile(rf"(?<=\n)\s{{0,20}}[（(]\s?{NUMBER.pattern}\s?[）)]\s{{0,4}}(?=\n)")
_NUMBER_PREFIX = re.compile(
    r"(?:的?通知|的[复公]?函|的意见|的批复|的决定|的通报|的公告|的请示|的报告|文件|办公室|委员会|领导小组|特急|加急|平急|特提|字号|文号|编号|稿纸|号)(?=[一-鿿])"
)
_TELEGRAM = re.compile(r"^(?:明电|密电)(?=[一-鿿]{2})")

_RED_HEAD = re.compile(r"(?P<offices>[^\n。，：:]{2,200}?)\s*文件(?=\s|$|[一-鿿]{1,12}\s?[〔\[［（(])")
_NOT_TITLE = re.compile(r"稿纸|[一-鿿]{0,2}机发\s{0,4}\d*\s?号|[一-鿿]{2,20}[（(]?盖章[）)]?")
_LABELS = re.compile(
    r"(?:抄报|抄送|等级|程度|签发人?|签批|密级|份号|编号|单位代码|发电单位|发文机关|标题|索引号|文号|字号|日期|时间|分类|主题词|有效性|来源|发布机构|如下|通知|事项)$"
)
_LONGEST_LABEL = 24
#: A line of so few signs before a colon is a label whatever it says.
_LONGEST_LINE_LABEL = 6
#: The lines that a web page prints above a document: 发文字号：…, 标 题：…
_METADATA = re.compile(
    r"^(?:索\s{0,4}引\s{0,4}号|[主题体裁\s]{0,8}分\s{0,8}类|发文机关|发文单位|发布机构|成文日期|发文日期|发布日期|公开日期|生成日期|标\s{0,8}题|名\s{0,8}称|发文字号|文\s{0,8}号"
    r"|主\s{0,4}题\s{0,4}词|关键词|来\s{0,8}源|有\s{0,2}效\s{0,2}性|效力状态|公开方式|信息类别|发布时间|发布人|发布者|信息来源|文章来源|作\s{0,4}者|责任编辑|浏览次数|浏览量|点击(?:次)?数|点击率|阅读(?:次)?数|阅读量)\s{0,4}[：:][^\n]*$",
    re.MULTILINE,
)
_ADDRESSED = re.compile(r"各|同志|老师|有关")


@dataclass(frozen=True, slots=True)
class Head:
    """What stands before the body; `body` is where the body begins."""

    body: int
    number: str | None = None
    year: int | None = None
    title: str | None = None
    #: the issuers that the red head names, and the one that the title begins with
    red_head: tuple[str, ...] = ()
    title_issuers: tuple[str, ...] = ()
    addressees: tuple[str, ...] = ()
    urgency: Urgency | None = None
    classification: str | None = None


def read_head(text: str, start: int, end: int, *, known_title: str | None = None) -> Head:
    """Read the head of the document that begins at `start`. `known_title` is what a covering document calls it."""
    window = text[start : min(end, start + HEAD_LENGTH)]
    cover = _METADATA.sub(lambda match: "□" * len(match[0]), masked(window))
    stop = _first_stop(window, cover)
    titled = _known(window, known_title)
    colon = None if titled else _addressee_colon(cover, stop)
    limit = stop if colon is None else colon
    number = _own_number(window, cover, limit)
    title_end = titled or _title_end(cover, limit, has_addressees=colon is not None)
    title_end = with_status(window, title_end) if title_end else None
    before_title = title_end or (number.start() if number else 0)
    title = _title(window, cover, number, title_end) if title_end else None
    title = without_blanks(known_title) if titled and known_title else title
    addressees_from = max(title_end or 0, number.end() if number else 0)
    body = colon + 1 if colon is not None else addressees_from
    return Head(
        body=start + body,
        number=printed_number(number) if number else None,
        year=numeral(number["year"]) if number else None,
        title=title,
        red_head=_red_head(window[: before_title or limit]),
        title_issuers=issuers_of(title),
        addressees=split_offices(_METADATA.sub("", window[addressees_from:colon])) if colon is not None else (),
        urgency=urgency(window[:before_title], title),
        classification=classification(window[: body if title_end or colon is not None else stop]),
    )


def _first_stop(window: str, cover: str) -> int:
    """Where the head must have ended: the first full stop or numbered item."""
    stops = [at for sign in "。；" if (at := cover.find(sign)) >= 0]
    stops += [
        mark.start for mark in marks(window, 0, len(window))[:1] if mark.style in ("one", "chapter", "article", "must")
    ]
    return min([*stops, len(window)])


def _addressee_colon(cover: str, stop: int) -> int | None:
    for match in re.finditer("[：:]", cover[:stop]):
        before = cover[: match.start()].rstrip()
        if _LABELS.search(without_blanks(before[-_LONGEST_LABEL:])) or before[-1:].isdigit():
            continue
        end = _title_end(cover, len(before), has_addressees=True) or 0
        number = [m.end() for m in NUMBER.finditer(before)]
        line = before.rfind("\n") + 1
        names = before[max([end, *number, 0 if end or number else line]) :].strip()
        if 1 < len(names) <= 600 and (ends_like_office(names) or _ADDRESSED.search(names)):
            return match.start()
        if len(before) - line > _LONGEST_LINE_LABEL:
            return None
    return None


def _own_number(window: str, cover: str, limit: int) -> re.Match[str] | None:
    """The first number of the head that no mark encloses, else the one that a web page prints above it."""
    for match in (*NUMBER.finditer(window, 0, limit), *_BRACKETED_NUMBER.finditer(window, 0, limit)):
        if match.re is _BRACKETED_NUMBER or "□" not in cover[match.start() : match.start() + len(match["prefix"])]:
            return match
    above = next((line for line in _METADATA.finditer(window) if "号" in line[0][:8] and "引" not in line[0][:4]), None)
    return NUMBER.search(window, above.start(), above.end()) if above else None


def printed_number(number: re.Match[str]) -> str:
    """A match of NUMBER as printed, with 〔〕 and without what ran into it from the red head."""
    prefix = number["prefix"]
    for match in _NUMBER_PREFIX.finditer(number["prefix"]):
        prefix = number["prefix"][match.end() :]
    prefix = _TELEGRAM.sub("", prefix)
    serial = without_blanks(number["serial"])
    return f"{prefix}〔{numeral(number['year'])}〕{serial}号"


def _title_end(cover: str, limit: int, *, has_addressees: bool) -> int | None:
    """Where the title ends: at the last kind before the addressees; without these, at the first that ends a line."""
    last = None
    for match in TITLE_END.finditer(cover, 0, limit):
        if has_addressees:
            last = match.end()
        elif not re.search("[，；。]", cover[: match.start()]) and TITLE_IS_OVER.match(cover, match.end()):
            return match.end()
    return last


def _title(window: str, cover: str, number: re.Match[str] | None, end: int) -> str | None:
    begin = max(0, end - TITLE_LENGTH)
    if number and number.end() < end:
        begin = max(begin, number.end())
    about = ABOUT.search(cover, begin, end)
    heads = [m.end() for m in _RED_HEAD.finditer(window, 0, about.start() if about else end)]
    heads += [m.end() for m in _NOT_TITLE.finditer(cover, begin, end)]
    heads += [m.end() for m in _METADATA.finditer(window, 0, end)]
    heads += [m.end() for m in re.finditer(r"签发人?[：:][^\n]*\n|[：:](?:[\d\s.-]{0,20}\n)?", cover[:end])]
    begin = max([begin, *(at for at in heads if at < end)])
    for second in SECOND_TITLE.finditer(cover, begin, end):
        begin = second.end()
    region = without_mark_lines(window[begin:end])
    return without_blanks(region) or None


def _red_head(before: str) -> tuple[str, ...]:
    """The offices before 文件; 关于规范性文件… is none."""
    match = _RED_HEAD.search(before)
    names = split_signatures(re.sub(r"部门$", "", match["offices"].strip())) if match else ()
    return names if all(ends_like_office(name) for name in names) else ()


def _known(window: str, title: str | None) -> int | None:
    """Where the title ends that a covering document announced, if the window begins with it; marks and blanks aside."""
    wanted = [sign for sign in title or "" if sign not in "《》 \n"]
    if not wanted:
        return None
    index = 0
    for at, sign in enumerate(window):
        if sign in "《》 \n\u3000":
            continue
        if index == len(wanted):
            return at
        if sign != wanted[index]:
            return None
        index += 1
    return len(window) if index == len(wanted) else None
