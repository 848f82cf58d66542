"""Titles: where they end, what kind of document they name, and who issues it."""

from __future__ import annotations

import re

from domain.documents import DocumentKind
from domain.reading.office_names import ends_like_office, split_signatures, without_blanks

TITLE_LENGTH = 300
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
TITLE_END = re.compile(
    rf"(?:{_FINAL_KINDS}){_BRACKET}(?![〔\[［（(]\s?\d{{4}})|(?:{_ANNEXED_KINDS}){_BRACKET}(?=\s*\n)"
)
_ANNEX_TITLE_END = re.compile(rf"(?:{_FINAL_KINDS}|{_ANNEXED_KINDS}){_BRACKET}")
ABOUT = re.compile("关于|印发|转发|批转|商请")
SECOND_TITLE = re.compile(rf"(?:{_FINAL_KINDS})(?=关于)")
#: What shows that a title without a line break after it has ended.
TITLE_IS_OVER = re.compile(
    r"\s*(?:$|\n|[（(]|第?[一二三四五六七八九十]{1,3}[、章]|为|根据|按照|因|依据|现|各|1[.．、])|[一-鿿“]{1,30}(?:是|，)"
)
#: （试行） on the line below a title
_STATUS = re.compile(r"\s{0,12}[（(](?:试行|暂行|修订版?|草案|征求意见稿|送审稿)[）)](?=\s|$)")
_IN_BRACKETS = re.compile(r"[（(][^（）()]{0,100}[）)]")
_IN_INNER_MARKS = re.compile(r"[〈<][^〈〉<>《》]{0,200}[〉>]")
_IN_MARKS = re.compile(r"《(?:[^《》]|《[^《》]{0,200}》){0,200}》")
_COVERED = re.compile(r"[^\n]")


def masked(text: str) -> str:
    """The text with what stands inside 《》 and （） covered, sign for sign: what is said in there is another's."""
    for pattern in (_IN_BRACKETS, _IN_INNER_MARKS, _IN_MARKS):  # from the inside out
        text = pattern.sub(lambda match: match[0][0] + _COVERED.sub("□", match[0][1:-1]) + match[0][-1], text)
    return text


def with_status(text: str, title_end: int) -> int:
    """Where a title ends with the （试行） that may stand on the line below it."""
    status = _STATUS.match(text, title_end)
    return status.end() if status else title_end


def issuers_of(title: str | None) -> tuple[str, ...]:
    """Who issues, as far as the title says so: 甲省财政厅关于…."""
    about = ABOUT.search(title) if title else None
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
        if title and at > 0 and re.search(_FINAL_KINDS, masked(title[:at])) and ABOUT.match(title, at + len(issuer)):
            return title[at:]
    return title


def annex_title(text: str, start: int, end: int) -> tuple[str, int] | None:
    """The title of an annex that has no addressees, and where it ends: its first lines, or what runs up to its kind."""
    window = text[start : min(end, start + TITLE_LENGTH)]
    cover = masked(window)
    for match in _ANNEX_TITLE_END.finditer(cover):
        before = cover[: match.start()]
        if re.search("[。，；：]", before):
            return None
        if TITLE_IS_OVER.match(window, match.end()):
            title_end = with_status(window, match.end())
            return without_blanks(window[:title_end]), start + title_end
    return None
