"""The ZIP container: what it gives, and one sentence for each way in which it can be wrong, harmful or too large."""

from __future__ import annotations

import random
import struct
import time
import tracemalloc
import zipfile
from io import BytesIO

import pytest

from domain.reading.formats import UnreadableDocument, archive, read_source
from domain.reading.formats.archive import Archive

MEBIBYTE = 1024 * 1024


def packed(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    into = BytesIO()
    with zipfile.ZipFile(into, "w", method) as target:
        for name, content in members:
            target.writestr(name, content)
    return into.getvalue()


def opened_part(data: bytes, part: str, *, xml: bool) -> None:
    opened = Archive(data, "某件.docx")
    if xml:
        opened.xml(part)
    else:
        opened.read(part)


def refusal_of(data: bytes, part: str = "a.xml", *, xml: bool = False) -> str:
    with pytest.raises(UnreadableDocument) as refusal:
        opened_part(data, part, xml=xml)
    message = str(refusal.value)
    assert message.startswith("文件“某件.docx”")
    assert message.count("。") == 1
    assert message.endswith("。")
    return message


def with_claimed_size(data: bytes, size: int) -> bytes:
    """The same archive, its headers claiming that the first member unpacks to `size` bytes."""
    changed = bytearray(data)
    struct.pack_into("<I", changed, data.index(b"PK\x03\x04") + 22, size)
    struct.pack_into("<I", changed, data.index(b"PK\x01\x02") + 24, size)
    return bytes(changed)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_it_unpacks_a_part(method: int) -> None:
    opened = Archive(packed(("a.xml", b"one"), ("b/c.xml", b"two"), method=method), "来文.docx")
    assert opened.names == ("a.xml", "b/c.xml")
    assert opened.read("b/c.xml") == b"two"
    assert "a.xml" in opened
    assert "d.xml" not in opened


@pytest.mark.parametrize("name", ["Word/Document.XML", "/word/document.xml", "word\\document.xml"])
def test_names_are_alike_whatever_their_case_slashes_and_beginning(name: str) -> None:
    assert Archive(packed((name, b"text")), "来文.docx").read("word/document.xml") == b"text"


def test_a_name_that_leads_outside_is_but_a_name() -> None:
    opened = Archive(packed(("../../outside.xml", b"text"), ("/root.xml", b"more")), "来文.docx")
    assert opened.read("../../outside.xml") == b"text"
    assert opened.read("root.xml") == b"more"


def test_a_missing_part_is_a_damage() -> None:
    assert "已损坏或不完整" in refusal_of(packed(("b.xml", b"text")))


def test_of_two_parts_with_one_name_none_is_taken() -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        data = packed(("a.xml", b"one"), ("a.xml", b"two"))
    assert "两个同名的部分" in refusal_of(data)
    assert "两个同名的部分" in refusal_of(packed(("a.xml", b"one"), ("A.xml", b"two")))


def test_a_part_that_is_not_read_does_no_harm() -> None:
    opened = Archive(packed(("a.xml", b"one"), ("A.xml", b"two"), ("b.xml", b"three")), "来文.docx")
    assert opened.read("b.xml") == b"three"


@pytest.mark.parametrize("flag", [0x1, 0x41])
def test_an_encrypted_part_is_called_encrypted(flag: int) -> None:
    data = bytearray(packed(("a.xml", b"text")))
    data[data.index(b"PK\x03\x04") + 6] |= flag
    data[data.index(b"PK\x01\x02") + 8] |= flag
    assert "已加密" in refusal_of(bytes(data))


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_only_deflate_is_unpacked_for_other_methods_give_all_at_once(method: int) -> None:
    bomb = packed(("a.xml", bytes(60 * MEBIBYTE)), method=method)
    tracemalloc.start()
    assert "已损坏" in refusal_of(bomb)
    assert tracemalloc.get_traced_memory()[1] < MEBIBYTE
    tracemalloc.stop()


def test_a_bomb_is_left_long_before_it_is_unpacked() -> None:
    bomb = packed(("a.xml", bytes(200 * MEBIBYTE)))
    begin = time.process_time()
    tracemalloc.start()
    assert "过于庞大" in refusal_of(bomb)
    assert tracemalloc.get_traced_memory()[1] < archive.MAX_PART_BYTES + 4 * MEBIBYTE
    tracemalloc.stop()
    assert time.process_time() - begin < 2


def test_what_packs_too_well_is_left_below_the_size_limit() -> None:
    bomb = packed(("a.xml", bytes(10 * MEBIBYTE)))
    tracemalloc.start()
    assert "过于庞大" in refusal_of(bomb)
    assert tracemalloc.get_traced_memory()[1] < 5 * MEBIBYTE
    tracemalloc.stop()
    assert len(Archive(packed(("a.xml", bytes(MEBIBYTE))), "空表.docx").read("a.xml")) == MEBIBYTE


@pytest.mark.parametrize("claimed", [1, 1000])
def test_a_bomb_whose_header_claims_little_is_refused(claimed: int) -> None:
    bomb = with_claimed_size(packed(("a.xml", bytes(50 * MEBIBYTE))), claimed)
    tracemalloc.start()
    assert "已损坏" in refusal_of(bomb)
    assert tracemalloc.get_traced_memory()[1] < 5 * MEBIBYTE
    tracemalloc.stop()


def test_a_header_that_claims_too_much_is_not_believed() -> None:
    assert Archive(with_claimed_size(packed(("a.xml", b"text")), 4_000_000_000), "来文.docx").read("a.xml") == b"text"


def test_a_part_may_be_as_large_as_the_limit_and_no_larger(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_PART_BYTES", 1000)
    content = random.Random(1).randbytes(1001)
    assert len(Archive(packed(("a.xml", content[:1000])), "来文.docx").read("a.xml")) == 1000
    assert "过于庞大" in refusal_of(packed(("a.xml", content)))


def test_all_parts_together_have_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_TOTAL_BYTES", 1500)
    content = random.Random(2).randbytes(1000)
    opened = Archive(packed(("a.xml", content), ("b.xml", content)), "来文.docx")
    opened.read("a.xml")
    with pytest.raises(UnreadableDocument, match="过于庞大"):
        opened.read("b.xml")


def test_an_archive_of_very_many_parts_is_refused_at_once() -> None:
    data = packed(*((f"{number}.xml", b"") for number in range(archive.MAX_MEMBERS + 1)))
    assert "超过 10000 个" in refusal_of(data)


def test_an_archive_in_an_archive_is_not_opened() -> None:
    inner = packed(("word/document.xml", bytes(100 * MEBIBYTE)))
    with pytest.raises(UnreadableDocument, match="是压缩包"):
        read_source(packed(*((f"{number}.zip", inner) for number in range(16))), "套娃.zip")


def test_xml_is_read_in_the_encodings_in_use() -> None:
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "gb18030"):
        markup = f'<?xml version="1.0" encoding="{encoding}"?><a>请各市报送材料</a>'.encode(encoding)
        assert Archive(packed(("a.xml", markup)), "来文.docx").xml("a.xml").text == "请各市报送材料"


def test_an_entity_is_never_looked_at() -> None:
    outside = b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/hostname">]><a>&e;</a>'
    laughs = b'<!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;">]><a b="&y;"/>'
    assert "实体定义" in refusal_of(packed(("a.xml", outside)), xml=True)
    assert "实体定义" in refusal_of(packed(("a.xml", laughs)), xml=True)
    assert "实体定义" in refusal_of(packed(("a.xml", outside.decode().encode("utf-16"))), xml=True)


@pytest.mark.parametrize("markup", [b"", b"no markup", b"<a><b></a>", b"<a>\x00</a>", b"<a>&unknown;</a>", b"\xff\xff"])
def test_broken_xml_is_a_damage(markup: bytes) -> None:
    assert "已损坏" in refusal_of(packed(("a.xml", markup)), xml=True)


def test_deep_nesting_is_refused_in_no_time() -> None:
    deep = b"<a>" * 100_000 + b"</a>" * 100_000
    begin = time.process_time()
    assert "已损坏" in refusal_of(packed(("a.xml", deep)), xml=True)
    assert time.process_time() - begin < 1


@pytest.mark.parametrize("piece", [b"<a/>", b'<a b="" c="" d="" e=""/>'])
def test_a_tree_of_too_many_nodes_is_never_made(piece: bytes) -> None:
    flat = b"<r>" + piece * (archive.MAX_NODES // piece.count(b"=") if b"=" in piece else archive.MAX_NODES) + b"</r>"
    assert "过于庞大" in refusal_of(packed(("a.xml", flat), method=zipfile.ZIP_STORED), xml=True)


def test_whatever_is_cut_off_the_rest_is_refused() -> None:
    data = packed(*((f"{number}.xml", random.Random(number).randbytes(300)) for number in range(20)))
    for size in range(4, len(data), 100):
        assert "已损坏" in refusal_of(data[:size], "0.xml")


def test_a_changed_byte_gives_the_part_or_a_refusal() -> None:
    content = "请各市于5月10日前报送材料。".encode() * 20
    data = packed(("a.xml", content), ("b.xml", content))
    chance = random.Random(7)
    for _ in range(3000):
        changed = bytearray(data)
        for _ in range(chance.randint(1, 4)):
            changed[chance.randrange(4, len(data))] = chance.randrange(256)
        try:
            assert Archive(bytes(changed), "来文.docx").read("a.xml") == content
        except UnreadableDocument:
            continue


def test_a_file_of_office_that_needs_a_password_is_told_from_an_old_one() -> None:
    container = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
    with pytest.raises(UnreadableDocument, match=r"“来文\.docx”已加密，请解密后再提供。"):
        read_source(container + "EncryptedPackage".encode("utf-16-le") + bytes(100), "来文.docx")
    with pytest.raises(UnreadableDocument, match="旧版 Office"):
        read_source(container + "WordDocument".encode("utf-16-le") + bytes(100), "来文.doc")
