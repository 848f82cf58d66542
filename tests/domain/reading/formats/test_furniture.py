"""What a site prints around a document is left out where the page says which line its title is, and only then."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import Refused
from domain.reading.draft import read_document
from domain.reading.formats import read_source
from domain.reading.formats.furniture import without_furniture

TITLE = "丁县林业局关于做好春季防火工作的通知"
TEXT = ["各乡镇林业站：", "请于2021年3月20日前将值班表报送县林业局。", "丁县林业局", "2021年3月1日"]
ABOVE = ["首页 | 政务公开", "要闻", "当前位置：首页 > 通知公告", "索引号：\t0123/2021\t发布日期：\t2021年3月2日"]
BELOW = ["分享到：微信", "上一篇：无", "主办：丁县人民政府 联系电话：0123-4567890", "某ICP备12345号"]


def kept(lines: list[str], *names: str) -> list[str]:
    return without_furniture(lines, names)[0]


@pytest.mark.parametrize(
    "name", [TITLE, f"{TITLE}_通知公告_丁县人民政府", f"{TITLE} - 丁县", f"{TITLE}|丁县", f" {TITLE}\n"]
)
def test_menus_above_and_links_below_are_left_out(name: str) -> None:
    assert without_furniture([*ABOVE, TITLE, *TEXT, *BELOW], [name]) == ([TITLE, *TEXT], len(ABOVE) + len(BELOW))


def test_a_title_may_be_broken_into_lines() -> None:
    broken = ["丁县林业局", "关于做好春季防火工作", "的通知"]
    assert kept([*ABOVE, *broken, *TEXT], TITLE) == [*broken, *TEXT]


@pytest.mark.parametrize("names", [(), ("丁县人民政府网",), ("通知",), (TITLE[:-1],), ("",)])
def test_where_no_line_is_what_the_page_calls_its_document_all_is_read(names: tuple[str, ...]) -> None:
    lines = [*ABOVE, TITLE, *TEXT, *BELOW]
    assert without_furniture(lines, names) == (lines, 0)


def test_a_red_head_above_the_title_stays() -> None:
    head = ["特急", "丁县林业局文件", "丁林发〔2021〕3号"]
    assert kept([*head, TITLE, *TEXT], TITLE) == [*head, TITLE, *TEXT]
    assert kept([*ABOVE, *head, TITLE, *TEXT], TITLE) == [*head, TITLE, *TEXT]


def test_a_number_that_only_the_index_has_is_kept_and_one_that_the_text_has_is_not_doubled() -> None:
    index = [*["栏目"] * 200, *ABOVE, "发文字号：\t丁林发〔2021〕3号\t发布时间：\t2021年3月2日"]
    assert kept([*index, TITLE, *TEXT], TITLE) == ["丁林发〔2021〕3号", TITLE, *TEXT]
    assert kept([*index, TITLE, "丁林发〔2021〕3号", *TEXT], TITLE) == [TITLE, "丁林发〔2021〕3号", *TEXT]


def test_lines_of_the_site_between_title_and_text_are_left_out() -> None:
    between = ["发布时间：2021-03-02 10:00 来源：丁县林业局", "浏览次数：12", "【字体：大 中 小】"]
    assert kept([*ABOVE, TITLE, *between[:2], *TEXT], TITLE) == [TITLE, *TEXT]
    assert "信息来源：各站上报。" in kept([TITLE, *TEXT, "信息来源：各站上报。"], TITLE)


@pytest.mark.parametrize(
    "line",
    [
        "主办单位：丁县林业局",
        "打印登记表并盖章后报送。",
        "扫一扫二维码填报。",
        "分享经验做法。",
        "联系我们前请先看附件。",
    ],
)
def test_words_that_a_circular_may_use_end_nothing(line: str) -> None:
    lines = [TITLE, *TEXT[:2], line, *TEXT[2:]]
    assert kept(lines, TITLE) == lines


def page(*lines: str, head: str) -> bytes:
    return f"<html><head>{head}</head><body>{''.join(f'<p>{line}</p>' for line in lines)}</body></html>".encode()


@pytest.mark.parametrize(
    "head", [f"<title>{TITLE}_丁县</title>", f'<title>丁县</title><meta name="ArticleTitle" content="{TITLE}">']
)
def test_a_page_says_its_title_in_either_place_and_is_read_without_the_site(head: str) -> None:
    data = page(*ABOVE, TITLE, *TEXT, *BELOW, head=head)
    source = read_source(data, "来文.html")
    assert source.text.split("\n") == [TITLE, *TEXT]
    assert source.warnings == ("网页上公文前后的栏目、导航等 8 行未读入，请核对。",)
    draft = read_document(data, "来文.html")
    assert (draft.title, draft.addressees, draft.contacts) == (TITLE, ("各乡镇林业站",), ())


def test_a_grade_of_secrecy_is_never_left_out() -> None:
    with pytest.raises(Refused, match="涉密"):
        read_document(page("机密★1年", *ABOVE, TITLE, *TEXT, head=f"<title>{TITLE}</title>"), "来文.html")


def test_a_long_page_takes_no_time() -> None:
    begin = time.process_time()
    without_furniture(["丁县林业局"] * 300_000, [TITLE])
    without_furniture([TITLE, *["首页"] * 300_000], [TITLE])
    assert time.process_time() - begin < 5


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from([TITLE, *ABOVE, *TEXT, *BELOW, ""]), max_size=30))
def test_what_is_kept_is_a_part_of_what_was_there_and_the_rest_is_counted(lines: list[str]) -> None:
    rest, dropped = without_furniture(lines, [TITLE])
    assert len(rest) + dropped == len(lines)
    assert set(rest) <= set(lines)
