"""The numbered paragraphs of a circular as a tree, with the offices that the text charges with each."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from domain.documents import InstructionDraft
from domain.reading.foot import without_contacts
from domain.reading.office_names import ends_like_office, parted, split_offices
from domain.reading.outline import marks

if TYPE_CHECKING:
    from domain.reading.outline import Mark
    from domain.reading.page import Page

_WORDS = "牵头|负责|配合|责任单位|责任部门|主办|协办|参与|参加"
_INSIDE = r"(?:[^（）()]|[（(][^（）()]{0,20}[）)]){0,300}"
_CHARGE = re.compile(
    rf"[（(](?P<inside>(?=[^。]{{0,300}}(?:{_WORDS})){_INSIDE})[）)]"
    r"|(?:^|(?<=[。；\n]))(?P<line>(?:牵头|责任|主办)(?:单位|部门)[：:][^。\n]{2,300})"
)
_LABEL = re.compile(r"(?:(?P<lead>牵头|主办)|责任|配合|参与|参加|协办)(?:单位|部门|处室)[：:]\s*")
_ROLE = re.compile("牵头|主办|配合|协办|参与|参加|负责")
_TAIL = re.compile(
    r"(?:等)?(?:有关|相关)?(?:部门|单位)?(?:按(?:照)?职责)?(?:分工)?(?:牵头)?(?:负责|配合|参与|参加|协办|牵头|主办)(?:落实)?$|等$"
)
_ANY_OFFICE = re.compile("各?(?:有关|相关)(?:部门|单位)|等部门|部门|单位")
_LONGEST_HEADING = 60


def instructions(page: Page, start: int, end: int) -> tuple[InstructionDraft, ...]:
    """The numbered paragraphs between two offsets; 一是, 二是 inside a paragraph are no paragraphs of their own.

    A chapter only ends the paragraph before it.
    """
    found = [mark for mark in marks(page.text, start, end) if mark.style != "is"]
    if found:
        end = without_contacts(page.text, found[-1].end, end)
    return _tree(page, found, end)


def _tree(page: Page, found: list[Mark], end: int) -> tuple[InstructionDraft, ...]:
    """Each mark with those below it that are deeper; what begins too deep stands beside what comes after it."""
    built: list[InstructionDraft] = []
    index = 0
    while index < len(found):
        mark = found[index]
        if mark.style == "chapter":
            index += 1
            continue
        after = next((n for n in range(index + 1, len(found)) if found[n].level <= mark.level), len(found))
        stop = found[after].start if after < len(found) else end
        built.append(_instruction(page, mark, found[index + 1 : after], stop))
        index = after
    return tuple(built)


def _instruction(page: Page, mark: Mark, below: list[Mark], end: int) -> InstructionDraft:
    own_end = below[0].start if below else end
    own = page.text[mark.end : own_end].strip()
    lead, supporting = charged_offices(own)
    return InstructionDraft(
        number=mark.number, heading=_heading(own), text=own,
        span=page.span(mark.start, end),
        lead_office=lead, supporting_offices=supporting, children=_tree(page, below, end),
    )  # fmt: skip


def _heading(own: str) -> str:
    """The first line or sentence; nothing where a lost line break leaves no way to tell where it ended."""
    first = re.split(r"[\n。]", own, maxsplit=1)[0].strip(" \u3000；：")
    return first if len(first) <= _LONGEST_HEADING else ""


def charged_offices(text: str) -> tuple[str | None, tuple[str, ...]]:
    """The lead office and the supporting ones that the text names: （省教育厅牵头，省财政厅、省民政厅配合）.

    A single responsible office leads. Several without a word of who leads are all supporting: a lead is never guessed.
    """
    for match in _CHARGE.finditer(text):
        leads, others = _by_role(match["inside"] or match["line"] or "")
        if len(leads) == 1 or (not leads and len(others) == 1):
            lead = (leads or others)[0]
            return lead, tuple(name for name in others if name != lead)
        if leads or others:
            return None, tuple(dict.fromkeys((*leads, *others)))
    return None, ()


def _by_role(charge: str) -> tuple[list[str], list[str]]:
    """Who leads, and who else is named."""
    leads: list[str] = []
    others: list[str] = []
    leading = False
    for clause in parted(charge, "；;，,。"):
        label = _LABEL.match(clause)
        words = clause[label.end() :] if label else clause
        if label or _ROLE.search(words):  # 牵头单位：甲，乙: a name without a word of its own goes with the one before
            leading = bool(label and label["lead"]) or bool(re.search("牵头|主办", words))
        first, joined, second = words.partition("会同")
        (leads if leading or joined else others).extend(_names(first))
        others += _names(second)
    return leads, others


def _names(words: str) -> list[str]:
    bare = _TAIL.sub("", words.strip())
    return [
        name
        for name in split_offices(bare)
        if len(name) > 1 and ends_like_office(name) and not _ANY_OFFICE.fullmatch(name)
    ]
