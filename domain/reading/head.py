"""The head of a document: red head, number, urgency, title, addressees."""

from __future__ import annotations

import re
from dataclasses import dataclass

from domain.documents import DocumentKind, Urgency
from domain.reading.dates import numeral
from domain.reading.office_names import ends_like_office, split_offices, split_signatures, without_blanks
from domain.reading.outline import marks

#: How far into a document its head can reach.
HEAD_LENGTH = 3000
_TITLE_LENGTH = 300

NUMBER = re.compile(
    r"(?P<prefix>[一-鿿]{1,30})\s?[〔\[［（(【]\s?(?P<year>(?:19|20)\d\d|[一二][〇○零一二三四五六七八九]{3})\s?[〕\]］）)】]"
    r"\s?(?P<serial>第?\s?\d{1,5})\s?号"
)
_NUMBER_PREFIX = re.compile(r"(?:文件|办公室|委员会|领导小组|特急|加急|平急|特提|字号|文号|编号|稿纸|号)(?=[一-鿿])")
_TELEGRAM = re.compile(r"^(?:明电|密电)(?=[一-鿿]{2})")

_FINAL_KINDS = "通知|通报|[的复公]函|意见|公告|通告|批复|决定|决议|报告|请示|命令|纪要|倡议书|公报"
_ANNEXED_KINDS = (
    "方案|办法|规定|规则|细则|计划|要点|预案|制度|条例|纲要|规划|指南|章程|规程|标准|规范|措施|预案|意见|手册"
)
_KINDS = {
    "通知": DocumentKind.NOTICE,
    "意见": DocumentKind.OPINIONS,
    "方案": DocumentKind.PLAN,
    "计划": DocumentKind.PLAN,
    "规划": DocumentKind.PLAN,
    "函": DocumentKind.LETTER,
    "报告": DocumentKind.REPORT,
}
_BRACKET = r"(?:[ \t]{0,2}[（(][^（）()\n]{1,12}[）)])?"
_TITLE_END = re.compile(
    rf"(?:{_FINAL_KINDS}){_BRACKET}(?![〔\[［（(]\s?\d{{4}})|(?:{_ANNEXED_KINDS}){_BRACKET}(?=\s*\n)"
)
_ANNEX_TITLE_END = re.compile(rf"(?:{_FINAL_KINDS}|{_ANNEXED_KINDS}){_BRACKET}")
_ABOUT = re.compile("关于|印发|转发|批转|商请")
_SECOND_TITLE = re.compile(rf"(?:{_FINAL_KINDS})(?=关于)")
_RED_HEAD = re.compile(r"(?P<offices>[^\n。，：:]{2,200}?)\s*文件(?=\s|$|[一-鿿]{1,12}\s?[〔\[［（(])")
#: What shows that a title without a line break after it has ended.
_TITLE_IS_OVER = re.compile(
    r"\s*(?:$|\n|[（(]|第?[一二三四五六七八九十]{1,3}[、章]|为|根据|按照|因|依据|现|各|1[.．、])|[一-鿿“]{1,30}(?:是|，)"
)
_NOT_TITLE = re.compile(r"稿纸|机发\d*号|[一-鿿]{2,20}[（(]?盖章[）)]?")
_GRADE_LINE = re.compile(r"^.{0,12}(?:特急|加急|平急|特提|明电|机密|秘密|绝密|签发|急件|平件|★).{0,12}$", re.MULTILINE)

_LABELS = re.compile(
    r"(?:抄报|抄送|等级|程度|签发人?|签批|密级|份号|编号|单位代码|发电单位|发文机关|标题|索引号|文号|字号|日期|时间|分类|主题词|有效性|来源|发布机构|如下|通知|事项)$"
)
_URGENCIES = (
    (re.compile("特急|特提"), Urgency.EXTRA_URGENT),
    (re.compile("加急"), Urgency.URGENT),
    (re.compile("平急|平件"), Urgency.ROUTINE),
)
_CLASSIFICATION = re.compile(r"绝密|机密|秘密(?!局)")
_IN_BRACKETS = re.compile(r"[（(][^（）()]{0,100}[）)]")
_IN_INNER_MARKS = re.compile(r"[〈<][^〈〉<>《》]{0,200}[〉>]")
_IN_MARKS = re.compile(r"《(?:[^《》]|《[^《》]{0,200}》){0,200}》")
_COVERED = re.compile(r"[^\n]")
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


def masked(text: str) -> str:
    """The text with what stands inside 《》 and （） covered, sign for sign: what is said in there is another's."""
    for pattern in (_IN_BRACKETS, _IN_INNER_MARKS, _IN_MARKS):  # from the inside out
        text = pattern.sub(lambda match: match[0][0] + _COVERED.sub("□", match[0][1:-1]) + match[0][-1], text)
    return text


def read_head(text: str, start: int, end: int, *, known_title: str | None = None) -> Head:
    """Read the head of the document that begins at `start`. `known_title` is what a covering document calls it."""
    window = text[start : min(end, start + HEAD_LENGTH)]
    cover = masked(window)
    stop = _first_stop(window, cover)
    titled = _known(window, known_title)
    colon = None if titled else _addressee_colon(cover, stop)
    limit = stop if colon is None else colon
    number = _own_number(window, cover, limit)
    title_end = titled or _title_end(cover, limit, has_addressees=colon is not None)
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
        addressees=split_offices(window[addressees_from:colon]) if colon is not None else (),
        urgency=_urgency(window[:before_title], title),
        classification=match[0] if (match := _CLASSIFICATION.search(window[: min(before_title, 200)])) else None,
    )


def issuers_of(title: str | None) -> tuple[str, ...]:
    """Who issues, as far as the title says so: 甲省财政厅关于…."""
    about = _ABOUT.search(title) if title else None
    names = split_signatures(title[: about.start()]) if title and about else ()
    return names if names and all(ends_like_office(name) for name in names) else ()


def kind_of(title: str | None) -> DocumentKind:
    """文种 by the title's verb, else by its last word."""
    name = re.sub(r"[（(][^（）()]{1,12}[）)]$", "", title or "")
    outside = masked(name)
    if name.endswith("通知") and (about := re.search(r"转发|批转|印发|颁发|下发", outside)):
        forwards = about[0] in ("转发", "批转")
        return DocumentKind.FORWARDING_NOTICE if forwards else DocumentKind.ISSUING_NOTICE
    return next((kind for ending, kind in _KINDS.items() if name.endswith(ending)), DocumentKind.OTHER)


def trimmed_title(title: str | None, issuers: tuple[str, ...]) -> str | None:
    """The title without another one before it, as on a drafting sheet: it begins where its issuer is named."""
    for issuer in issuers:
        at = title.rfind(issuer) if title else -1
        if title and at > 0 and re.search(_FINAL_KINDS, masked(title[:at])) and _ABOUT.match(title, at + len(issuer)):
            return title[at:]
    return title


def annex_title(text: str, start: int, end: int) -> tuple[str, int] | None:
    """The title of an annex that has no addressees, and where it ends: its first lines, or what runs up to its kind."""
    window = text[start : min(end, start + _TITLE_LENGTH)]
    cover = masked(window)
    for match in _ANNEX_TITLE_END.finditer(cover):
        before = cover[: match.start()]
        if re.search("[。，；：]", before):
            return None
        if _TITLE_IS_OVER.match(window, match.end()):
            return without_blanks(window[: match.end()]), start + match.end()
    return None


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
        if _LABELS.search(before) or before[-1:].isdigit():
            continue
        end = _title_end(cover, len(before), has_addressees=True) or 0
        number = [m.end() for m in NUMBER.finditer(before)]
        line = before.rfind("\n") + 1
        names = before[max([end, *number, 0 if end or number else line]) :].strip()
        if 1 < len(names) <= 600 and (ends_like_office(names) or _ADDRESSED.search(names)):
            return match.start()
        return None
    return None


def _own_number(window: str, cover: str, limit: int) -> re.Match[str] | None:
    """The first number of the head that no bracket or title mark encloses."""
    for match in NUMBER.finditer(window, 0, limit):
        if "□" not in cover[match.start() : match.start() + len(match["prefix"])]:
            return match
    return None


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
    for match in _TITLE_END.finditer(cover, 0, limit):
        if has_addressees:
            last = match.end()
        elif not re.search("[，；。]", cover[: match.start()]) and _TITLE_IS_OVER.match(cover, match.end()):
            return match.end()
    return last


def _title(window: str, cover: str, number: re.Match[str] | None, end: int) -> str | None:
    begin = max(0, end - _TITLE_LENGTH)
    if number and number.end() < end:
        begin = max(begin, number.end())
    about = _ABOUT.search(cover, begin, end)
    heads = [m.end() for m in _RED_HEAD.finditer(window, 0, about.start() if about else end)]
    heads += [m.end() for m in _NOT_TITLE.finditer(cover, begin, end)]
    heads += [m.end() for m in re.finditer("签发人?[：:][^\n]*\n|[：:]", cover[:end])]
    begin = max([begin, *(at for at in heads if at < end)])
    for second in _SECOND_TITLE.finditer(cover, begin, end):
        begin = second.end()
    region = _GRADE_LINE.sub("", window[begin:end])
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


def _urgency(before: str, title: str | None) -> Urgency | None:
    marked = re.match(r"[【\[（(](特急|加急)[】\]）)]", title or "")
    looked_at = before[-200:] + (marked[0] if marked else "")
    return next((urgency for pattern, urgency in _URGENCIES if pattern.search(looked_at)), None)
