"""Look-alike radicals become the characters that are meant, one for one."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.reading.draft import read_circular
from domain.reading.formats.radicals import RADICALS, without_radicals
from domain.reading.page import clean


@pytest.mark.parametrize(
    ("printed", "meant"),
    [
        ("2⽉20⽇前", "2月20日前"),
        ("各部⻔", "各部门"),
        ("局⻓、⺠政", "局长、民政"),
        ("⻋⻢⻛⻚⻅⻉⻰⻬⻩", "车马风页见贝龙齐黄"),
        ("⺝⺜", "月日"),
        ("⼀⼆⼗⼋", "一二十八"),
    ],
)
def test_it_writes_what_is_meant(printed: str, meant: str) -> None:
    assert without_radicals(printed) == meant


def test_it_repairs_every_kangxi_radical() -> None:
    for code in range(0x2F00, 0x2FD6):
        assert without_radicals(chr(code)) == unicodedata.normalize("NFKC", chr(code)) != chr(code)


def test_it_agrees_with_unicode_where_unicode_says_something() -> None:
    for code, character in RADICALS.items():
        normal = unicodedata.normalize("NFKC", chr(code))
        assert normal in (chr(code), character)


def test_it_knows_the_simplified_radicals_by_their_names() -> None:
    simplified = {
        code
        for code in range(0x2E80, 0x2F00)
        if unicodedata.name(chr(code), "").startswith(("CJK RADICAL C-SIMPLIFIED", "CJK RADICAL J-SIMPLIFIED"))
    }
    assert simplified <= set(RADICALS)
    assert len(simplified) > 20


@pytest.mark.parametrize("part", "⺈⺌⺼⻏")
def test_it_leaves_what_is_only_a_part_of_characters(part: str) -> None:
    assert without_radicals(part) == part


def test_it_gives_ideographs_that_are_no_radicals() -> None:
    assert not set(RADICALS) & {ord(character) for character in RADICALS.values()}


@given(st.text(st.characters(min_codepoint=0x2E00, max_codepoint=0xFAFF, exclude_categories=["Cs"])))
def test_it_moves_no_offset_and_is_done_at_once(text: str) -> None:
    repaired = without_radicals(text)
    assert len(repaired) == len(text)
    assert without_radicals(repaired) == repaired


PASTED = "各县⽔务局、各有关部⻔：\n请各县于2020年3⽉5⽇前将整治方案报送市⽔务局。\n青川市⽔务局\n2020年2⽉1⽇\n"


def test_it_reads_text_that_was_pasted_from_a_pdf() -> None:
    (owed,) = read_circular(PASTED).requirements
    assert str(owed.due_on) == "2020-03-05"
    assert owed.deliver_to == "市水务局"


def test_it_keeps_what_was_printed_behind_the_clean_text() -> None:
    page = clean(PASTED)
    assert page.original(0, len(page.text)) == PASTED.strip()
