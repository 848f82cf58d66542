"""What holds for every text: reading never fails, shows what it claims, and depends on nothing but the words."""

from __future__ import annotations

import importlib
import json
import pkgutil
import re
import unicodedata
from collections.abc import Iterator
from re import _constants, _parser  # type: ignore[attr-defined]
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import domain.reading
from domain.documents import CircularDraft
from domain.reading.draft import draft_as_json, read_circular
from domain.reading.formats import UnreadableDocument

PLACES = st.sampled_from(["云河省", "甲市", "乙县", "云河省甲市"])
TRADES = st.sampled_from(["水务局", "教育厅", "应急管理局", "人民政府办公室", "扶贫开发办公室"])
TASKS = st.sampled_from(["河道清淤", "校车安全检查", "“三防”值守", "2023年度普查（第一批）"])
DAYS = st.tuples(st.integers(1, 12), st.integers(1, 28))
SENTENCES = st.sampled_from(
    [
        "请各市于{month}月{day}日前将{task}总结报送{office}。",
        "各县（市、区）每月{day}日17:00前向{office}报送进度(附表格)。",
        "收到本通知后{day}个工作日内反馈联络员名单。",
        "{task}于{month}月底前完成；逾期的，说明原因。",
        "发现重大问题，随时报告{office}。",
        "2022年{month}月{day}日，{office}召开了会议。",
        "做到应查尽查、不留死角，切实提高认识。",
    ]
)
JUNK = st.sampled_from(
    ["", "\n— 2 —\n", "\n---\n", "**", "　　", " ", "\n\n", "<br>", "\n| 甲 | 乙 |\n|---|---|\n", "\x0c"]
)
#: Signs that are typed in either width.
WIDE = str.maketrans({chr(sign): chr(sign + 0xFEE0) for sign in range(ord("0"), ord("9") + 1)})
NARROW = str.maketrans("：；，（）", ":;,()")


@st.composite
def circulars(draw: st.DrawFn) -> str:
    """A made-up circular, as clean or as spoilt as files are."""
    office, task = draw(PLACES) + draw(TRADES), draw(TASKS)
    month, day = draw(DAYS)
    words = {"office": office, "task": task, "month": month, "day": day}
    items = [draw(SENTENCES).format(**words) for _ in range(draw(st.integers(1, 5)))]
    body = "".join(f"{draw(JUNK)}\n{number}、{item}" for number, item in zip("一二三四五", items, strict=False))
    head = f"{office}文件\n云发〔2023〕{day}号\n{office}关于做好{task}工作的通知\n各市、县人民政府，厅属各单位：\n"
    foot = f"\n附件：进度表\n{office}\n2023年{month}月{day}日\n（此件公开发布）\n（联系人：钱例，电话：0999-1234567）\n"
    return (
        head
        + body
        + draw(JUNK)
        + foot
        + draw(st.sampled_from(["", f"抄送：{office}。\n{office} 2023年{month}月{day}日印发\n"]))
    )


def every(draft: CircularDraft) -> Iterator[CircularDraft]:
    yield draft
    yield from draft.annexes


def bare(text: str) -> str:
    """The signs of a text in one width, brackets of numbers alike, without white space."""
    return re.sub(r"[\[〔(【]", "(", re.sub(r"[\]〕)】]", ")", re.sub(r"\s", "", unicodedata.normalize("NFKC", text))))


def values(draft: CircularDraft) -> Any:
    """All that was read, in signs of one width and without its places."""
    found = draft_as_json(draft)

    def stripped(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: stripped(each) for name, each in value.items() if name not in ("span", "spans", "text")}
        if isinstance(value, list):
            return [stripped(each) for each in value]
        return bare(value) if isinstance(value, str) else value

    return stripped(found) | {"texts": [bare(each.text) for each in draft.requirements]}


@settings(max_examples=150, deadline=None)
@given(circulars())
def test_every_claim_is_shown_by_its_place(source: str) -> None:
    cover = read_circular(source)
    text = cover.page
    for draft in every(cover):
        assert 0 <= draft.span[0] <= draft.span[1] <= len(text)
        for name in ("document_number", "title", "scope"):
            if value := getattr(draft, name):
                assert bare(text[slice(*draft.spans[name][0])]) == bare(value)
        for name in ("issuing_authority", "addressees", "cc_authorities"):
            shown = [bare(text[slice(*span)]) for span in draft.spans.get(name, ())]
            assert shown == [bare(value) for value in getattr(draft, name)]
        assert ("dated_on" in draft.spans) == (draft.dated_on is not None)
        for owed in draft.requirements:
            assert draft.span[0] <= owed.span[0] < owed.span[1] <= draft.span[1]
            assert bare(text[slice(*owed.span)]) == bare(owed.text)
        for one in draft.instructions:
            assert one.number in text[slice(*one.span)]
    assert draft_as_json(cover)["text"] == text


@settings(max_examples=60, deadline=None)
@given(circulars())
def test_the_same_text_gives_the_same_draft(source: str) -> None:
    assert read_circular(source) == read_circular(source)


@settings(max_examples=100, deadline=None)
@given(circulars())
def test_both_widths_of_a_sign_are_read_alike(source: str) -> None:
    plain = values(read_circular(source))
    assert values(read_circular(source.translate(WIDE))) == plain
    assert values(read_circular(source.translate(NARROW))) == plain


@settings(max_examples=100, deadline=None)
@given(circulars(), st.data())
def test_a_damaged_text_is_read_without_failing(source: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(source)))
    spoilt = source[:at] + data.draw(st.text(max_size=12)) + source[at + data.draw(st.integers(0, 40)) :]
    try:
        cover = read_circular(spoilt)
    except UnreadableDocument:
        return
    json.dumps(draft_as_json(cover))
    for draft in every(cover):
        for spans in (*draft.spans.values(), [each.span for each in draft.requirements]):
            assert all(0 <= start <= end <= len(cover.page) for start, end in spans)


@settings(max_examples=80, deadline=None)
@given(circulars())
def test_no_day_is_invented(source: str) -> None:
    """Each day that was read is one that the text writes: its month and its day stand in the sentence."""
    for owed in read_circular(source).requirements:
        if owed.due_on is not None:
            written = re.search(r"(\d+)月(\d+|底)", owed.text)
            assert written
            assert int(written[1]) == owed.due_on.month
            assert written[2] == "底" or int(written[2]) == owed.due_on.day


def modules() -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(domain.reading.__path__, "domain.reading."):
        yield importlib.import_module(found.name)


def patterns() -> list[tuple[str, re.Pattern[str]]]:
    found = []
    for module in modules():
        for name, value in vars(module).items():
            held = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else [value]
            flat = [part for each in held for part in (each if isinstance(each, tuple) else [each])]
            found += [(f"{module.__name__}.{name}", each) for each in flat if isinstance(each, re.Pattern)]
    return [(name, each) for name, each in found if isinstance(each.pattern, str)]


def repeats_without_bound(parsed: Any, *, within: bool = False) -> bool:
    """Whether an unbounded repetition stands inside another repetition: there a match can take for ever."""
    for operator, argument in parsed:
        if operator in (_constants.MAX_REPEAT, _constants.MIN_REPEAT):
            _, most, inner = argument
            if within and most is _constants.MAXREPEAT:
                return True
            parts, inside = [inner], within or most > 1
        elif operator is _constants.SUBPATTERN:
            parts, inside = [argument[3]], within
        elif operator is _constants.BRANCH:
            parts, inside = argument[1], within
        elif operator in (_constants.ASSERT, _constants.ASSERT_NOT):
            parts, inside = [argument[1]], within
        else:
            continue
        if any(repeats_without_bound(part, within=inside) for part in parts):
            return True
    return False


def test_no_regular_expression_backtracks_without_bound() -> None:
    known = patterns()
    assert len(known) > 100
    assert [name for name, each in known if repeats_without_bound(_parser.parse(each.pattern, each.flags))] == []


@pytest.mark.parametrize("pattern", ["(a+)+b", "(?:a|b*)*c", r"(?:x\s*){2,9}"])
def test_it_would_notice_such_an_expression(pattern: str) -> None:
    assert repeats_without_bound(_parser.parse(pattern))


def test_a_megabyte_is_read() -> None:
    """How long it takes is measured by `make bench B=reading`; an expression that explodes would never end."""
    sentence = "请各市于3月10日前将防汛总结报送省水务厅，"
    cover = read_circular(f"甲省水务厅关于防汛的通知\n各市水务局：\n{sentence * 17_000}")
    assert len(cover.page.encode()) > 1_000_000
