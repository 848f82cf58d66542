"""OFD: what its pages print as lines, and one sentence for each file that is no text."""

from __future__ import annotations

import time
from io import BytesIO
from zipfile import ZipFile

import pytest

from domain.reading.draft import read_document
from domain.reading.formats import UnreadableDocument, read_source
from domain.reading.formats import ofd as reader
from tests.printed import (
    CIRCULAR,
    HEIGHT,
    WIDTH,
    Item,
    Page,
    Picture,
    Stroke,
    Text,
    ofd,
    printed,
    said_by,
    set_pages,
    table,
)


def text_of(data: bytes) -> str:
    return read_source(data, "来文.ofd").text


def lines_on(*items: Item) -> list[str]:
    return text_of(ofd([items])).split("\n")


def refusal_of(data: bytes) -> str:
    with pytest.raises(UnreadableDocument) as refusal:
        read_source(data, "某件.ofd")
    message = str(refusal.value)
    assert message.startswith("文件“某件.ofd”")
    assert message.count("。") == 1
    assert message.endswith("。")
    return message


def with_part(data: bytes, name: str, content: bytes | None) -> bytes:
    """The container with another content of one part, or without it."""
    into = BytesIO()
    with ZipFile(BytesIO(data)) as source, ZipFile(into, "w") as target:
        for each in source.namelist():
            kept = source.read(each) if each != name else content
            if kept is not None:
                target.writestr(each, kept)
    return into.getvalue()


# A whole circular


@pytest.mark.parametrize("packed", [True, False])
def test_it_reads_a_printed_circular_as_its_text(packed: bool) -> None:
    assert said_by(ofd(set_pages(CIRCULAR), steps_are_packed=packed)) == said_by(CIRCULAR)


def test_it_reads_it_as_it_reads_the_same_pages_in_a_pdf() -> None:
    pages = [*set_pages(CIRCULAR), table(60, 700, [40, 180], [["序号", "任务"], ["1", "开展水源地排查整治"]])]
    assert text_of(ofd(pages)) == read_source(printed(pages), "来文.pdf").text


@pytest.mark.parametrize(
    ("namespace", "prefix"),
    [
        ("", ""),
        (' xmlns="http://www.ofdspec.org/2016"', ""),
        (' xmlns:x="http://www.ofdspec.org"', "x:"),
        (' xmlns="urn:another"', ""),
    ],
)
def test_it_reads_whatever_namespace_a_writer_uses(namespace: str, prefix: str) -> None:
    assert text_of(ofd(set_pages(CIRCULAR), namespace=namespace, prefix=prefix)) == text_of(ofd(set_pages(CIRCULAR)))


# Which pages, in which order


def test_it_follows_the_order_of_the_document_not_of_the_names() -> None:
    pages = [[Text(74, 700, name)] for name in ("第一页", "第二页", "第三页")]
    assert text_of(ofd(pages, order=[2, 0, 1])) == "第三页\n第一页\n第二页"


def test_it_reads_all_documents_of_a_container() -> None:
    assert text_of(ofd([[Text(74, 700, "正文")]], documents=2)) == "正文\n正文"


def test_it_prints_templates_on_every_page() -> None:
    pages = [[Text(74, 700, "第一页")], [Text(74, 700, "第二页")]]
    assert text_of(ofd(pages, templates=[[Text(74, 800, "青川市水务局文件")]])).split("\n") == [
        "青川市水务局文件", "第一页", "青川市水务局文件", "第二页"
    ]  # fmt: skip


@pytest.mark.parametrize("place", ["/Doc_0/Pages/Page_0/Content.xml", "Doc_0/Pages/Page_0/Content.xml"])
def test_it_finds_parts_that_are_named_from_the_root(place: str) -> None:
    data = ofd([[Text(74, 700, "正文")]])
    document = ZipFile(BytesIO(data)).read("Doc_0/Document.xml").replace(b"Pages/Page_0/Content.xml", place.encode())
    assert text_of(with_part(data, "Doc_0/Document.xml", document)) == "正文"


# Signs and lines


def test_it_reads_from_top_to_bottom_and_left_to_right_whatever_was_written_first() -> None:
    assert lines_on(Text(74, 600, "第三行"), Text(74, 650, "第二行"), Text(90, 700, "右"), Text(74, 700, "左")) == [
        "左右", "第二行", "第三行"
    ]  # fmt: skip


def test_it_shows_gaps_as_blanks() -> None:
    assert lines_on(Text(74, 700, "联系人：某某"), Text(200, 700, "电话：123")) == ["联系人：某某\u3000\u3000电话：123"]
    assert lines_on(Text(74, 700, "通知", spaced=2)) == ["通\u3000\u3000知"]
    assert lines_on(Text(74, 700, "A 12 of shuiwu@example.org")) == ["A 12 of shuiwu@example.org"]


def test_it_reads_the_row_of_a_table_as_one_line() -> None:
    rows = [["序号", "任务", "责任单位", "完成时限"],
            ["1", "开展水源地排查整治，形成问题清单并逐项销号", "市水务局、市生态环境局", "2020年4月底前"]]  # fmt: skip
    assert lines_on(*table(60, 700, [40, 180, 130, 110], rows)) == ["\t".join(row) for row in rows]


def of_code(code: str, attributes: str = "") -> str:
    """The text of a page with one text object, given as XML."""
    thing = f'<TextObject Boundary="20 20 100 8" Size="5" {attributes}>{code}</TextObject>'
    page = f"<Page><Content><Layer>{thing}</Layer></Content></Page>"
    return text_of(with_part(ofd([[]]), "Doc_0/Pages/Page_0/Content.xml", page.encode()))


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ('<TextCode X="0" Y="5" DeltaX="5 5">二月内</TextCode>', "二月内"),
        ('<TextCode X="0" Y="5" DeltaX="g 2 5">二月内</TextCode>', "二月内"),
        ('<TextCode X="0" Y="5" DeltaX="5 g 1 5 5">于二月内</TextCode>', "于二月内"),
        ('<TextCode X="0" Y="5">于2月内</TextCode>', "于2月内"),
        ('<TextCode X="0" Y="5" DeltaX="g 99999999 5">二月内</TextCode>', "二月内"),
        ('<TextCode X="0" Y="5" DeltaX="g x y z">二月内</TextCode>', "二月内"),
        ('<TextCode X="0" Y="5" DeltaX="5">二月</TextCode><TextCode X="10" DeltaX="5">内报</TextCode>', "二月内报"),
        (
            '<TextCode X="0" Y="5" DeltaX="5">下行</TextCode><TextCode X="0" Y="-5" DeltaX="5">上行</TextCode>',
            "上行\n下行",
        ),
        ('<TextCode X="0" Y="5" DeltaX="5 5">二¤内</TextCode>', "二\ufffd内"),
        ('<TextCode X="0" Y="5" DeltaX="5 5">\n  二月内\n</TextCode>', "二月内"),
        ('<TextCode X="0" Y="5" DeltaX="5 5">甲&amp;乙</TextCode>', "甲&乙"),
    ],
)  # fmt: skip
def test_it_reads_the_steps_of_a_text_code(code: str, text: str) -> None:
    assert of_code(code) == text


def test_it_leaves_out_what_is_not_visible() -> None:
    assert of_code('<TextCode X="0" Y="5">正文</TextCode></TextObject><TextObject Boundary="20 40 9 9" Size="5" '
                   'Visible="false"><TextCode X="0" Y="5">草稿</TextCode>') == "正文"  # fmt: skip


def test_it_reads_a_scaled_object_where_it_is_printed() -> None:
    assert of_code('<TextCode X="0" Y="10" DeltaX="5 5">二月内</TextCode>', 'CTM="0.5 0 0 0.5 0 0"') == "二月内"


def test_it_reads_pages_that_are_printed_across() -> None:
    turned = [
        [Text(HEIGHT - each.y, each.x, each.text, turn=1) for each in page if isinstance(each, Text)]
        for page in set_pages(CIRCULAR)
    ]
    assert said_by(ofd(turned)) == said_by(CIRCULAR)


def test_it_writes_radicals_as_the_characters_that_are_meant() -> None:
    assert lines_on(Text(74, 700, "各部⻔于2⽉前报局⻓")) == ["各部门于2月前报局长"]


def test_it_lets_a_sign_without_a_code_count_as_damage() -> None:
    draft = read_document(ofd(set_pages(CIRCULAR.replace("3月20日前", "3¤20日前"))), "来文.ofd")
    assert any("3□20日前" in sentence for sentence in draft.damaged)


# What is not read is said


@pytest.mark.parametrize("item", [Picture(0, 0, WIDTH, HEIGHT), Stroke(74, 700, 90, 715)])
def test_it_refuses_a_scan(item: Item) -> None:
    assert refusal_of(ofd([[item]])) == "文件“某件.ofd”是扫描件，没有文字层，请先做文字识别（OCR）再提供。"


def test_it_refuses_empty_pages() -> None:
    assert refusal_of(ofd([[]])) == "文件“某件.ofd”中没有文字，请提供有正文的公文。"


def warnings_of(*pages: Page, in_document: str = "", more: dict[str, str] | None = None) -> tuple[str, ...]:
    return read_source(ofd(pages, in_document=in_document, more=more), "来文.ofd").warnings


def test_it_says_what_it_has_not_read() -> None:
    page, scan = set_pages(CIRCULAR)[0], [Picture(0, 0, WIDTH, HEIGHT)]
    assert warnings_of(page, scan) == ("第2页是扫描图像，没有文字层，未读取。",)
    assert warnings_of([*page, Text(200, 300, "内部资料", 60, turn=0.5)]) == (
        "第1页有倾斜或转向的文字（如水印），未读取。",
    )
    hidden = [Text(each.x, each.y, each.text, each.size, is_hidden=True) for each in page if isinstance(each, Text)]
    assert warnings_of([*scan, *hidden]) == ("第1页的文字来自图像识别（OCR），可能有错字，请对照原件。",)
    assert warnings_of(page, in_document="<o:Attachments>Attachs/Attachments.xml</o:Attachments>") == (
        "OFD 内嵌的附件未读取。",
    )


def test_it_says_that_words_of_figures_are_not_read() -> None:
    data = ofd([set_pages(CIRCULAR)[0]], in_document="<o:PublicRes>PublicRes.xml</o:PublicRes>",
               more={"Doc_0/PublicRes.xml": "<o:Res{ns}><o:TextObject/></o:Res>"})  # fmt: skip
    page = ZipFile(BytesIO(data)).read("Doc_0/Pages/Page_0/Content.xml")
    assert read_source(data, "来文.ofd").warnings == ()
    page = page.replace(b"<ofd:PageBlock>", b'<ofd:PageBlock><ofd:CompositeObject ResourceID="1"/>')
    data = with_part(data, "Doc_0/Pages/Page_0/Content.xml", page)
    assert read_source(data, "来文.ofd").warnings == ("OFD 组合图形中的文字未读取。",)


# Damaged, encrypted, hostile


@pytest.mark.parametrize("name", ["Doc_0/Document.xml", "Doc_0/Pages/Page_0/Content.xml"])
@pytest.mark.parametrize("content", [None, b"", b"<Page", b"\x00\x01\x02", b"<a></b>"])
def test_it_refuses_a_package_with_a_broken_part(name: str, content: bytes | None) -> None:
    assert "已损坏或不完整" in refusal_of(with_part(ofd(set_pages(CIRCULAR)), name, content))


def test_it_refuses_a_package_without_a_document() -> None:
    assert "已损坏或不完整" in refusal_of(with_part(ofd([[]]), "OFD.xml", b"<OFD/>"))


@pytest.mark.parametrize("kept", [0.3, 0.9])
def test_it_refuses_a_package_that_is_cut_off(kept: float) -> None:
    data = ofd(set_pages(CIRCULAR))
    assert "已损坏或不完整" in refusal_of(data[: int(len(data) * kept)])


@pytest.mark.parametrize("name", ["Encryptions.xml", "Doc_0/EncryptInfo.xml"])
def test_it_refuses_what_is_encrypted(name: str) -> None:
    data = ofd(set_pages(CIRCULAR), more={name: "<o:Encryptions{ns}/>"})
    assert refusal_of(data) == "文件“某件.ofd”已加密，请解密后再提供。"
    assert "已加密" in refusal_of(with_part(data, "OFD.xml", None))


def test_it_reads_a_renamed_file_by_its_content() -> None:
    assert "排查" in read_source(ofd(set_pages(CIRCULAR)), "来文.docx").text


def test_it_refuses_more_pages_and_signs_than_a_circular_has(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "超过 1000 页" in refusal_of(ofd([[Text(74, 700, "页")]], order=[0] * 1_001))
    monkeypatch.setattr(reader, "MAX_SIGNS", 100)
    assert "超过 500000 字" in refusal_of(ofd(set_pages(CIRCULAR)))


def test_it_follows_no_entity() -> None:
    page = b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><Page>&x;</Page>'
    assert "实体定义" in refusal_of(with_part(ofd([[]]), "Doc_0/Pages/Page_0/Content.xml", page))


@pytest.mark.parametrize("path", ["M 0 0 " + "L 1 1 " * 200_000, "M" * 500_000, "C " * 300_000, "9" * 500_000])
def test_it_reads_endless_paths_in_bounded_time(path: str) -> None:
    drawn = f'<PathObject Boundary="0 0 90 90"><AbbreviatedData>{path}</AbbreviatedData></PathObject>'
    words = '<TextObject Boundary="20 20 100 8" Size="5"><TextCode X="0" Y="5">正文</TextCode></TextObject>'
    page = f"<Page>{drawn}{words}</Page>"
    begin = time.perf_counter()
    assert text_of(with_part(ofd([[]]), "Doc_0/Pages/Page_0/Content.xml", page.encode())) == "正文"
    assert time.perf_counter() - begin < 3


@pytest.mark.parametrize(
    "numbers", ["1e999 0 0 1 0 0", "nan nan nan nan nan nan", "0 0 0 0 0 0", "-", "1e99 1e99 1e99 1e99 1e99 1e99"]
)
def test_it_outlives_numbers_that_are_none(numbers: str) -> None:
    code = '<TextCode X="999999999999e99" Y="-1e99" DeltaX="1e99 -1e99">二月内</TextCode>'
    assert of_code(code, f'CTM="{numbers}"') == "二月内"
