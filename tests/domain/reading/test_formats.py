"""Bytes to text: what can be read, and one clear sentence for what cannot."""

from __future__ import annotations

import codecs
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.reading.formats import MAX_TEXT_BYTES, UnreadableDocument, read_source

SENTENCE = "请各市水务局于5月10日前报送材料。"


def read_text(data: bytes, filename: str) -> str:
    return read_source(data, filename).text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030", "gbk", "gb2312"])
def test_it_reads_the_encodings_that_offices_use(encoding: str) -> None:
    assert read_text(SENTENCE.encode(encoding), "来文.txt") == SENTENCE


@pytest.mark.parametrize(("bom", "encoding"), [(codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")])
def test_it_follows_the_byte_order_mark(bom: bytes, encoding: str) -> None:
    assert read_text(bom + SENTENCE.encode(encoding), "来文.txt") == SENTENCE


def test_it_leaves_out_the_byte_order_mark() -> None:
    assert not read_text(codecs.BOM_UTF8 + SENTENCE.encode(), "来文.txt").startswith("\ufeff")


@pytest.mark.parametrize("line_end", ["\r\n", "\r", "\n"])
def test_it_makes_all_line_ends_alike(line_end: str) -> None:
    assert read_text(f"甲{line_end}乙{line_end}".encode(), "来文.txt") == "甲\n乙\n"


def test_it_prefers_utf_8_where_gb18030_would_read_something_else() -> None:
    assert read_text("通知".encode(), "来文.txt") == "通知"


@pytest.mark.parametrize("data", [b"", b"   ", b"\n\r\n\t", "\u3000\u3000\n".encode(), codecs.BOM_UTF8])
def test_it_refuses_an_empty_file(data: bytes) -> None:
    with pytest.raises(UnreadableDocument, match=r"“空白\.txt”是空的"):
        read_text(data, "空白.txt")


@pytest.mark.parametrize(
    ("data", "called"),
    [
        (b"PK\x05\x06" + bytes(18), "压缩包"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "旧版 Office"),
        (b"{\\rtf1 text", "RTF 文件"),
        (b"\x89PNG\r\n\x1a\n", "图片"),
        (b"\xff\xd8\xff\xe0JFIF", "图片"),
        (b"GIF89a", "图片"),
        (b"Rar!\x1a\x07", "压缩包"),
        (b"7z\xbc\xaf\x27\x1c", "压缩包"),
        (b"\x1f\x8b\x08", "压缩包"),
    ],
)
def test_it_names_the_kind_of_a_file_it_cannot_read_yet(data: bytes, called: str) -> None:
    with pytest.raises(UnreadableDocument) as refusal:
        read_text(data, "来文.bin")
    assert called in str(refusal.value)
    assert "UTF-8、UTF-16 或 GB18030" in str(refusal.value)


@pytest.mark.parametrize("data", [b"abc\x00def", b"\x01\x02\x03text", "通知\x07内容".encode()])
def test_it_refuses_a_binary_file(data: bytes) -> None:
    with pytest.raises(UnreadableDocument, match="二进制文件"):
        read_text(data, "来文.dat")


def test_it_refuses_bytes_that_no_encoding_takes() -> None:
    with pytest.raises(UnreadableDocument, match="编码无法识别"):
        read_text(b"\xff\xff\xff\xff", "来文.txt")


def test_it_never_replaces_a_broken_byte() -> None:
    with pytest.raises(UnreadableDocument, match="编码无法识别"):
        read_text(codecs.BOM_UTF8 + b"\xe9\x80\xff", "来文.txt")


def test_it_reads_a_file_of_the_largest_size() -> None:
    assert len(read_text(b"a" * MAX_TEXT_BYTES, "来文.txt")) == MAX_TEXT_BYTES


def test_it_refuses_fifty_megabytes_at_once_and_undecoded() -> None:
    data = "督".encode() * (50 * 1024 * 1024 // 3)
    begin = time.perf_counter()
    with pytest.raises(UnreadableDocument, match=r"“大.txt”有 50.0 MB，超过 10 MB"):
        read_text(data, "大.txt")
    assert time.perf_counter() - begin < 0.5


@pytest.mark.parametrize("data", [b"", b"%PDF", b"a\x00b", b"\xff\xff\xff\xff", b"a" * (MAX_TEXT_BYTES + 1)])
def test_it_says_why_in_one_sentence_that_names_the_file(data: bytes) -> None:
    with pytest.raises(UnreadableDocument) as refusal:
        read_text(data, "某件.txt")
    message = str(refusal.value)
    assert message.count("。") == 1
    assert message.endswith("。")
    assert "某件.txt" in message


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200))
def test_it_reads_or_refuses_whatever_bytes_come(data: bytes) -> None:
    try:
        text = read_text(data, "来文")
    except UnreadableDocument:
        return
    assert text.strip()
    assert "\r" not in text


@settings(max_examples=40, deadline=None)
@given(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), min_size=1, max_size=60))
def test_it_reads_any_chinese_text_in_utf_8(text: str) -> None:
    assert read_text(text.encode(), "来文") == text
