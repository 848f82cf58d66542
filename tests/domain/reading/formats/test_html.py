"""HTML to text: the lines that a browser shows, whatever the page claims of itself."""

from __future__ import annotations

import codecs
import random
import time
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.reading.draft import draft_as_json, read_document
from domain.reading.formats import SourceText, UnreadableDocument, read_source
from domain.reading.formats.html import MAX_DEPTH, MAX_TAGS


def source_of(body: str) -> SourceText:
    return read_source(f"<html><body>{body}</body></html>".encode(), "来文.html")


def lines_of(body: str) -> list[str]:
    return source_of(body).text.split("\n")


def refusal_of(data: bytes) -> str:
    with pytest.raises(UnreadableDocument) as refusal:
        read_source(data, "某页.htm")
    message = str(refusal.value)
    assert message.startswith("文件“某页.htm”")
    assert message.count("。") == 1
    assert message.endswith("。")
    return message


def outcome(data: bytes) -> str:
    """The text of a file, or what is said of it."""
    try:
        return read_source(data, "某页.htm").text
    except UnreadableDocument as refusal:
        return str(refusal)


@pytest.mark.parametrize(
    ("body", "lines"),
    [
        ("<p>甲</p><p>乙</p>", ["甲", "乙"]),
        ("甲<br>乙<br/>丙", ["甲", "乙", "丙"]),
        ("<div>甲<div>乙</div>丙</div>", ["甲", "乙", "丙"]),
        ("<p>请于<b>3月</b><span>5</span>日前<font color=red>报送</font></p>", ["请于3月5日前报送"]),
        ("<p>请于3月\n      5日前\r\n报送</p>", ["请于3月 5日前报送"]),
        ("<p>请各县\n    报送</p>", ["请各县报送"]),
        ("<p>　　&nbsp;&nbsp;各县：</p>", ["各县："]),
        ("<p>甲局&nbsp;&nbsp;&nbsp;2021年</p>", ["甲局   2021年"]),
        ("<p>甲&lt;乙&gt;&amp;&#20108;&ldquo;丙&rdquo;</p>", ["甲<乙>&二“丙”"]),
        ("<h1>关于防汛的通知</h1>各县：<ul><li>甲<li>乙</ul>", ["关于防汛的通知", "各县：", "甲", "乙"]),
        ("<pre>第一行\n  第二行\n</pre>后", ["第一行", "第二行", "后"]),
        ("<p>甲<p>乙<div>丙", ["甲", "乙", "丙"]),
        ("<form><div>正文</div><input value='查'><button>提交</button><select><option>全部</select></form>", ["正文"]),
        ("<nav>首页</nav><script>var a='<p>乙</p>'</script><style>p{}</style><p>甲</p><noscript>丙</noscript>", ["甲"]),
        ("<p>甲<!-- 乙 --><![if !supportLists]>丙<![endif]><o:p>丁</o:p></p>", ["甲丙丁"]),
        ("<ruby>通<rp>(</rp><rt>tong</rt></ruby>知<del>旧</del><ins>新</ins>", ["通知新"]),
        ("<p>甲</p></body></html><p>乙</p>", ["甲", "乙"]),
    ],
)  # fmt: skip
def test_a_block_is_a_line_and_only_what_is_shown_is_read(body: str, lines: list[str]) -> None:
    assert lines_of(body) == lines


def test_rows_of_a_table_are_lines_with_tabs() -> None:
    body = (
        "前<table><caption>任务表</caption><tr><th>任务</th><th>时限</th></tr>"
        "<tr><td rowspan=2>清淤<td><p>3月</p><p>底前</p></tr><tr><td></td><td>4月</td></tr></table>后"
    )
    assert lines_of(body) == ["前", "任务表", "任务\t时限", "清淤\t3月 底前", "清淤\t\t4月", "后"]


def test_a_cell_that_reaches_down_is_said_in_each_of_its_rows() -> None:
    head = "<table><tr><th>任务<th>责任单位<th>时限</tr>"
    merged = "<tr><td>清淤<td rowspan='2'>市水务局<td>3月底</tr><tr><td>护岸<td>4月底</tr>"
    rows = f"{merged}<tr><td>巡堤<td>市应急局<td>5月底</tr>"
    assert lines_of(f"{head}{rows}</table>") == [
        "任务\t责任单位\t时限", "清淤\t市水务局\t3月底", "护岸\t市水务局\t4月底", "巡堤\t市应急局\t5月底",
    ]  # fmt: skip
    wide = "<tr><td colspan=2 rowspan=2>合计<td>甲</tr><tr><td>乙</tr><tr><td>丙<td>丁<td>戊</tr>"
    assert lines_of(f"<table>{wide}</table>") == ["合计\t甲", "合计\t乙", "丙\t丁\t戊"]
    last = "<tr><td>一<td rowspan=9>市水务局</tr><tr><td>二</tr>"
    assert lines_of(f"<table>{last}</table><table><tr><td>三<td>四</table>") == [
        "一\t市水务局",
        "二\t市水务局",
        "三\t四",
    ]


@pytest.mark.parametrize("span", ["0", "", "x", "-1", "1000000", "１"])
def test_a_span_that_is_none_counts_as_one(span: str) -> None:
    table = f"<table><tr><td rowspan='{span}'>甲<td>乙</tr><tr><td>丙<td>丁</table>"
    assert lines_of(table) == ["甲\t乙", "丙\t丁"]


def test_a_row_or_table_that_was_never_opened_or_closed_loses_nothing() -> None:
    assert lines_of("<table><td>甲<td>乙<tr><td>丙<td>丁") == ["甲\t乙", "丙\t丁"]
    assert lines_of("<td>甲</td><tr>乙</table>丙") == ["甲", "乙丙"]
    assert lines_of("甲</table>乙</td>丙</tr>丁") == ["甲乙丙丁"]


def test_tables_in_tables_and_frames_of_a_page() -> None:
    assert lines_of("<table><tr><td>甲<td><table><tr><td>乙<td>丙</table><td>丁</table>") == ["甲\t乙 丙\t丁"]
    page = "".join(f"<p>第{number}段。</p>" for number in range(20))
    assert lines_of(f"<table><tr><td>栏目</td><td>{page}</td></tr></table>")[:3] == ["栏目", "第0段。", "第1段。"]


@pytest.mark.parametrize(
    ("body", "lines"),
    [
        ("<ol><li>甲<li>乙</ol>", ["1. 甲", "2. 乙"]),
        ("<ol start=3><li>甲<li value=7>乙<li>丙</ol>", ["3. 甲", "7. 乙", "8. 丙"]),
        ("<ol type=a><li>甲</ol><ol type=I><li>乙</ol>", ["a. 甲", "I. 乙"]),
        ("<ol style='list-style-type: cjk-ideographic'><li><p>甲</p><li>乙</ol>", ["一、甲", "二、乙"]),
        ("<ol style='list-style:none'><li>甲</ol>", ["甲"]),
        ("<ol><li>一、甲<li>（二）乙<li>3.丙<li>第四条 丁</ol>", ["一、甲", "（二）乙", "3.丙", "第四条 丁"]),
        ("<ol><li>甲<ol><li>乙</ol><li>丙</ol>", ["1. 甲", "1. 乙", "2. 丙"]),
        ("<li>甲", ["甲"]),
    ],
)
def test_the_numbers_of_a_list_are_read_unless_the_words_have_their_own(body: str, lines: list[str]) -> None:
    assert lines_of(body) == lines


@pytest.mark.parametrize(
    "tag",
    ["<p hidden>", "<p style='display: none'>", "<p style='width:0;DISPLAY:NONE'>", "<p style=visibility:hidden>"],
)
def test_hidden_words_are_left_out_and_said(tag: str) -> None:
    source = source_of(f"<p>甲</p>{tag}藏<b>着</b></p><p>乙</p>")
    assert source.text == "甲\n乙"
    assert source.warnings == ("网页中有 1 处隐藏文字，未读取。",)


def test_what_lies_elsewhere_is_not_fetched_but_said() -> None:
    source = source_of("<p>甲</p><iframe src='http://127.0.0.1:1/x'></iframe><embed src='a.pdf'><img src='b.png'>")
    assert source.text == "甲"
    assert source.warnings == ("网页中有 2 处内嵌的其他页面或文件，未读取。",)


PAGE = '<html><head><meta charset="{}"><title>门户</title></head><body><p>请各县于3月5日前报送。</p></body></html>'


@pytest.mark.parametrize(
    ("claimed", "encoding"),
    [
        ("gb2312", "gb18030"), ("GBK", "gbk"), ("utf-8", "utf-8"), ("gb2312", "utf-8"), ("utf-8", "gb18030"),
        ("iso-8859-1", "gb18030"), ("big5", "utf-8"), ("utf-16", "utf-16"), ("utf-8", "utf-8-sig"), ("big5", "utf-16"),
    ],
)  # fmt: skip
def test_the_bytes_say_the_encoding_and_not_the_page(claimed: str, encoding: str) -> None:
    assert read_source(PAGE.format(claimed).encode(encoding), "来文.htm").text == "请各县于3月5日前报送。"


def test_another_encoding_is_refused_by_its_name() -> None:
    assert "网页编码是“big5”" in refusal_of('<html><meta charset="big5"><p>請各縣報送'.encode("big5"))
    older = '<html><meta http-equiv="Content-Type" content="text/html; charset=Shift_JIS"><p>報告'
    assert "“Shift_JIS”" in refusal_of(older.encode("shift_jis"))
    assert "编码无法识别" in refusal_of(b"<html><body>\xff\xff\xff\xff")


@pytest.mark.parametrize(
    "begin",
    [
        "<!DOCTYPE html>", "<!doctype HTML PUBLIC '-//W3C//DTD HTML 4.01//EN'>", "<HTML>", "\n\n<html lang=zh>",
        "<body>",
        "<?xml version='1.0'?>\n<html>", "<!-- 保存自 某网 -->\n<!-- a --><html>", "<head>", "<meta charset=utf-8>",
        "<!DOCTYPE html [<!ENTITY a SYSTEM 'file:///etc/hostname'>]><html>",
    ],
)  # fmt: skip
def test_a_page_is_known_by_how_it_begins(begin: str) -> None:
    for name in ("来文.html", "来文.doc", "来文.txt"):
        text = read_source(f"{begin}<p>甲&amp;&a;</p>".encode(), name).text
        assert text.endswith("甲&&a;")
        assert "<" not in text


@pytest.mark.parametrize(
    "text",
    [
        "# 通知\n<br>各县：",
        "<div align=center>通知</div>",
        "<table><tr><td>甲</td></tr></table>",
        "各县：<html>",
        "<p>甲</p>",
    ],
)
def test_markdown_with_tags_stays_text(text: str) -> None:
    assert read_source(text.encode(), "来文.md").text == text


def test_a_page_in_the_shape_of_a_mail_is_refused_with_its_name() -> None:
    mail = b"From: <Saved by Blink>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related;\r\n\tboundary=x\r\n\r\n--x"
    assert "单个文件的网页（MHTML）" in refusal_of(mail)


@pytest.mark.parametrize(
    "body", ["", "<img src='a.png'>", "<script>show()</script>", "<p>&nbsp;</p>", "<title>甲</title>"]
)
def test_a_page_without_words_is_refused(body: str) -> None:
    assert "没有文字" in refusal_of(f"<html>{body}</html>".encode())


def test_depth_is_limited_and_a_bomb_takes_no_time() -> None:
    assert source_of("<div>" * (MAX_DEPTH - 10) + "深").text == "深"
    begin = time.process_time()
    assert f"超过 {MAX_DEPTH} 层" in refusal_of(b"<html>" + b"<div>" * 100_000 + "深".encode())
    assert time.process_time() - begin < 1


def test_too_many_tags_are_refused_at_once() -> None:
    assert "过于庞大" in refusal_of(b"<html>" + b"<b>" * MAX_TAGS)


@pytest.mark.parametrize(
    "page",
    [
        "<p " + " ".join(f"a{number}=1" for number in range(400_000)) + ">甲",
        "<p>" + "甲" * 3_000_000,
        "<b>" * 900 + "</p>" * 290_000 + "甲",
        "<b>" * 900 + "<p>甲" * 290_000,
        "<table><tr><td>" * 300 + "甲" + "</table>" * 300,
        "<table>" + "<tr><td>甲<td>乙" * 95_000,
        "甲" + "<!-- a " * 290_000,
        "甲" + "&" * 5_000_000,
        "<p style='" + "display " * 300_000 + "'>甲",
        "<ol>" + "<li>甲" * 290_000,
        "<pre>" + "甲\n" * 900_000,
        "甲" + " \n" * 4_000_000 + "乙",
        "<!---->" * 500 + "甲",
    ],
    ids=range(13),
)
def test_the_worst_page_takes_seconds(page: str) -> None:
    data = f"<html>{page}".encode()
    begin = time.process_time()
    assert "甲" in outcome(data)
    assert time.process_time() - begin < 12


def test_a_page_of_ten_megabytes_takes_little_more_memory_than_itself() -> None:
    data = b"<html>" + "<p>请各县于3月5日前报送。</p>".encode() * 140_000
    tracemalloc.start()
    assert outcome(data)
    assert tracemalloc.get_traced_memory()[1] < 20 * len(data)
    tracemalloc.stop()


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["甲", " ", "\n", "<p>", "</p>", "<table>", "</table>", "<tr>", "</tr>", "<td>", "</td>", "<ol>", "</ol>",
             "<li>", "<pre>", "</pre>", "<div hidden>", "</div>", "<script>", "</script>", "<nav>", "</nav>", "<br>",
             "<!--", "-->", "<", ">", "&#", "\x00", "\x0c", "<th", "</body>", "</html>", "<frameset>", "<select>", "'",
             "</select>", '"']
        ),
        max_size=40,
    )
)  # fmt: skip
def test_whatever_tags_come_in_whatever_order_the_page_is_read_or_refused(pieces: list[str]) -> None:
    text = outcome(f"<html>始{''.join(pieces)}".encode())
    assert text.startswith(("始", "文件“某页.htm”"))


@pytest.mark.parametrize("begin", [b"", b"<html>", codecs.BOM_UTF8 + b"<html>", b"PK\x03\x04", b"\xff\xfe<\x00h\x00"])
def test_ten_thousand_random_files_are_read_or_refused(begin: bytes) -> None:
    chance = random.Random(5)
    for _ in range(2_000):
        assert outcome(begin + chance.randbytes(chance.randrange(1, 300)))


def test_changed_and_cut_pages_are_read_or_refused() -> None:
    page = PAGE.format("gb2312").encode("gb18030") * 3
    chance = random.Random(6)
    for size in range(0, len(page), 10):
        assert outcome(page[:size])
    for _ in range(2_000):
        changed = bytearray(page)
        for _ in range(chance.randint(1, 5)):
            changed[chance.randrange(len(page))] = chance.randrange(256)
        assert outcome(bytes(changed))


CIRCULAR = """丙水发〔2021〕8号
丙市水务局关于做好汛前检查工作的通知
各县水务局：
为做好汛前准备，现通知如下：
一、明确任务
各县水务局要对水库逐座检查。
二、及时报送
请各县水务局于2021年4月20日前将检查情况报送市水务局。
丙市水务局
2021年3月15日"""


def test_a_circular_on_a_page_gives_the_draft_of_its_text() -> None:
    body = "".join(f"<p style='text-indent:2em'>　　{line}</p>\r\n" for line in CIRCULAR.split("\n"))
    page = f"<html><head><meta charset=gb2312><title>某网</title></head><body><nav>首页</nav>{body}</body></html>"
    data = page.encode("gb18030")
    assert read_source(data, "来文.htm").text == CIRCULAR
    assert draft_as_json(read_document(data, "来文.htm")) == draft_as_json(read_document(CIRCULAR.encode(), "来文.txt"))
