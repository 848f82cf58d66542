"""PDF: what stands on its pages as lines, and one sentence for each file that is no text."""

from __future__ import annotations

import shutil
import subprocess
import time
from html import escape
from pathlib import Path

import pytest

from domain.errors import Refused
from domain.reading.draft import read_document
from domain.reading.formats import SourceText, UnreadableDocument, pdf, read_source
from tests.printed import (
    CIRCULAR,
    HEIGHT,
    TOP,
    WIDTH,
    Item,
    Page,
    Pdf,
    Picture,
    Stroke,
    Text,
    printed,
    said_by,
    set_pages,
    table,
)


def lines_of(data: bytes) -> list[str]:
    return read_source(data, "来文.pdf").text.split("\n")


def lines_on(*items: Item) -> list[str]:
    return lines_of(printed([items]))


def refusal_of(data: bytes) -> str:
    with pytest.raises(UnreadableDocument) as refusal:
        read_source(data, "某件.pdf")
    message = str(refusal.value)
    assert message.startswith("文件“某件.pdf”")
    assert message.count("。") == 1
    assert message.endswith("。")
    return message


# A whole circular


@pytest.mark.parametrize("size", [14.0, 16.0])
def test_it_reads_a_printed_circular_as_its_text(size: float) -> None:
    assert said_by(printed(set_pages(CIRCULAR, size=size))) == said_by(CIRCULAR)


def test_it_reads_pages_that_are_printed_across() -> None:
    turned = [
        [Text(TOP + 60 - each.y, each.x, each.text, turn=1) for each in page if isinstance(each, Text)]
        for page in set_pages(CIRCULAR)
    ]
    assert said_by(printed(turned, rotate=90)) == said_by(CIRCULAR)


def test_it_reads_pages_that_lie_on_their_heads() -> None:
    turned = [
        [Text(WIDTH - each.x, HEIGHT - each.y, each.text, turn=2) for each in page if isinstance(each, Text)]
        for page in set_pages(CIRCULAR)
    ]
    assert said_by(printed(turned)) == said_by(CIRCULAR)


def test_it_reads_what_a_browser_prints(tmp_path: Path) -> None:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no Chromium on this machine")
    rows = "".join(f"<p>{escape(line)}</p>" for line in CIRCULAR.replace("^", "").replace("\t", "").split("\n") if line)
    page = tmp_path / "来文.html"
    page.write_text(f"<meta charset=utf-8><style>p {{ text-indent: 2em; font-size: 16pt }}</style>{rows}", "utf-8")
    target = tmp_path / "来文.pdf"
    command = [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer",
               f"--user-data-dir={tmp_path / 'profile'}", f"--print-to-pdf={target}", page.as_uri()]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    if "放心水" not in (text := read_source(target.read_bytes(), "来文.pdf").text):
        pytest.skip(f"Chromium has no Chinese font here: {text[:20]}")
    assert said_by(target.read_bytes()) == said_by(CIRCULAR)


# Lines, blanks and the way they join


def test_it_reads_from_top_to_bottom_and_left_to_right_whatever_was_written_first() -> None:
    assert lines_on(Text(74, 600, "第三行"), Text(250, 700, "右"), Text(74, 650, "第二行"), Text(74, 700, "左")) == [
        "左\u3000\u3000\u3000\u3000\u3000\u3000\u3000\u3000右", "第二行", "第三行"
    ]  # fmt: skip


@pytest.mark.parametrize("height", [808, 802, 796])
def test_it_reads_the_names_of_a_joint_head_before_the_word_beside_them(height: float) -> None:
    two = [Text(100, 820, "青川市水务局", 30), Text(100, 784, "青川市财政局", 30), Text(300, height, "文件", 40)]
    assert lines_on(*two, Text(230, 740, "青水发〔2020〕12号")) == [
        "青川市水务局\u3000青川市财政局文件", "青水发〔2020〕12号"
    ]  # fmt: skip
    three = [Text(100, y, name, 24) for y, name in ((830, "青川市水务局"), (802, "青川市财政局"), (774, "市教育局"))]
    assert lines_on(*three, Text(300, height, "文件", 40))[0] == "青川市水务局\u3000青川市财政局\u3000市教育局文件"


def test_it_leaves_the_head_of_one_office_as_it_is() -> None:
    lines = ["青川市水务局文件", "关于排查", "文件"]
    assert lines_on(*(Text(100, 800 - 40 * at, line, 30) for at, line in enumerate(lines))) == lines


def test_it_joins_what_only_the_margin_ended() -> None:
    paragraph = "各县要对供水工程逐一排查，" * 6
    assert lines_of(printed(set_pages(paragraph)))[0] == paragraph


def test_it_joins_a_number_that_was_broken_and_parts_words() -> None:
    text = "请各县水务局按照要求认真组织开展排查工作并于20" + "20年3月20日前报送情况说明"
    assert lines_of(printed(set_pages(text)))[0] == text
    words = "For each county water bureau of this city please send your"
    assert lines_on(Text(74, 700, words), Text(74, 672, "report by the end of March")) == [
        f"{words} report by the end of March"
    ]


def test_it_goes_on_after_a_sentence_that_ends_at_the_margin() -> None:
    paragraph = (
        "请各县水务局认真排查，逐一登记造册，建立台账。" + "整改情况要按月通报，问题突出的要约谈主要负责人。" * 2
    )
    assert len(paragraph[:26]) == 26
    text = "请各县水务局认真开展排查工作，逐一登记造册建立台账。整改情况要按月通报，问题突出的要约谈，并抄送本级政府。"
    assert text[25] == "。"
    assert lines_of(printed(set_pages(f"{text}\n{text}")))[:2] == [text, text]


def test_it_begins_a_line_where_a_paragraph_begins() -> None:
    full = "各县水务局要把这项工作作为一项政治任务来抓一级抓一级"
    assert lines_of(printed(set_pages(f"{full}\n{full * 2}")))[:2] == [full, full * 2]


def test_it_keeps_a_title_apart_from_the_addressees() -> None:
    lines = lines_of(printed(set_pages(CIRCULAR)))
    assert lines[2:4] == ["青川市水务局关于做好农村饮水安全排查整治工作的通知", "各县（市、区）水务局，局属各单位："]


@pytest.mark.parametrize("spaced", [0.3, 1.0, 2.0])
def test_it_reads_spaced_out_headings(spaced: float) -> None:
    body = set_pages(CIRCULAR.replace("^青川市水务局文件\n", ""))
    first = [Text(80, 800, "青川市水务局文件", spaced=spaced), *body[0]]
    said = said_by(printed([first, *body[1:]]))
    assert said["document_number"] == "青水发〔2020〕12号"
    assert said["issuing_authority"] == ["青川市水务局"]


def test_it_puts_no_blank_where_a_line_was_only_stretched() -> None:
    assert lines_on(Text(74, 700, "请各县水务局认真开展排查工作", spaced=0.15)) == ["请各县水务局认真开展排查工作"]


def test_it_parts_words_of_letters_and_names() -> None:
    assert lines_on(Text(74, 700, "A 12 of shuiwu@example.org"), Text(74, 650, "联系人：某例例 电话：123")) == [
        "A 12 of shuiwu@example.org", "联系人：某例例 电话：123"
    ]  # fmt: skip


def test_it_reads_signs_that_stand_alone() -> None:
    """PDFium drops a lone sign for which no font has an outline."""
    assert lines_on(*(Text(74 + 16 * at, 700, sign) for at, sign in enumerate("于二月五日前报"))) == ["于二月五日前报"]


def test_it_reads_once_what_is_printed_twice_to_look_bold() -> None:
    assert lines_on(Text(74, 700, "2月20日前"), Text(74.4, 700, "2月20日前"), Text(74, 660, "11月11日、好好先生")) == [
        "2月20日前", "11月11日、好好先生"
    ]  # fmt: skip


def test_it_keeps_a_raised_figure_on_its_line() -> None:
    assert lines_on(Text(74, 700, "共30m"), Text(114, 705, "2", 9), Text(119, 700, "以上")) == ["共30m2以上"]


def test_it_reads_two_columns_one_after_the_other() -> None:
    left, right = "左栏的文字从这里开始写满一行，" * 12, "右栏接着左栏写下去直到末尾为止，" * 12
    items = [Text(50 if column is left else 320, 700 - 20 * row, column[row * 15 : row * 15 + 15])
             for row in range(12) for column in (left, right)]  # fmt: skip
    text = "".join(lines_on(Text(150, 760, "两栏的公报"), *items))
    assert left[:180] in text
    assert right[:180] in text


def test_it_takes_names_beside_one_another_for_no_columns() -> None:
    items = [Text(x, 700 - 20 * row, f"某某县第{row}水厂") for row in range(10) for x in (74, 320)]
    assert all(line.count("水厂") == 2 for line in lines_on(*items))


# Tables

ROWS = [
    ["序号", "任务", "责任单位", "完成时限"],
    ["1", "开展水源地排查整治，形成问题清单并逐项销号", "市水务局、市生态环境局", "2020年4月底前"],
    ["2", "完成老旧管网改造任务", "市住房城乡建设局，各县（市、区）人民政府", "2020年11月30日前"],
]


def test_it_reads_the_row_of_a_table_as_one_line() -> None:
    items = table(60, 700, [40, 180, 130, 110], ROWS)
    assert lines_on(Text(60, 740, "任务分工表"), *items, Text(60, 300, "说明：以上任务按月调度。")) == [
        "任务分工表", *("\t".join(row) for row in ROWS), "说明：以上任务按月调度。"
    ]  # fmt: skip


def test_it_reads_a_table_that_goes_on_overleaf() -> None:
    widths = [40, 180, 130, 110]
    data = printed([table(60, 700, widths, ROWS[:2]), table(60, 700, widths, ROWS[2:])])
    assert lines_of(data) == ["\t".join(row) for row in ROWS]


def test_it_reads_prose_in_a_frame_as_prose() -> None:
    framed: Page = [*set_pages("请各县于3月5日前报送方案。\n联系人：某某")[0], *table(50, 800, [500], [["框"]])]
    assert lines_of(printed([framed]))[:3] == ["框", "请各县于3月5日前报送方案。", "联系人：某某"]


def test_it_takes_a_rule_under_the_head_for_no_table() -> None:
    assert lines_on(Text(74, 700, "青川市水务局文件"), Stroke(74, 690, 500, 690), Text(74, 660, "通知")) == [
        "青川市水务局文件", "通知"
    ]  # fmt: skip


# Characters


def test_it_writes_radicals_as_the_characters_that_are_meant() -> None:
    data = printed([[Text(74, 700, "各部门于2月20日前报局长")]], given={"门": "⻔", "月": "⽉", "日": "⽇", "长": "⻓"})
    assert lines_of(data) == ["各部门于2月20日前报局长"]


def test_it_opens_ligatures() -> None:
    assert lines_of(printed([[Text(74, 700, "oFce")]], given={"F": "ﬃ"})) == ["office"]
    assert lines_of(printed([[Text(74, 700, "oFce")]], given={"F": "ffi"})) == ["office"]


def test_it_keeps_the_mark_of_a_sign_without_a_character() -> None:
    draft = read_document(printed(set_pages(CIRCULAR), given={"月": "\ufffd"}), "来文.pdf")
    assert any("2020年3□20日前" in sentence for sentence in draft.damaged)


def test_it_reads_signs_beyond_the_basic_plane() -> None:
    assert lines_of(printed([[Text(74, 700, "王X镇")]], given={"X": "𣲗"})) == ["王𣲗镇"]


def test_it_refuses_text_without_characters() -> None:
    assert "没有可用的编码" in refusal_of(printed(set_pages(CIRCULAR), tells_characters=False))


@pytest.mark.parametrize(
    ("encoding", "codec"), [("GBK-EUC-H", "gbk"), ("GB-EUC-H", "gb2312"), ("UniGB-UCS2-H", "utf-16-be")]
)
def test_it_reads_a_font_that_the_file_only_names(encoding: str, codec: str) -> None:
    """As many offices print: SimSun is neither in the file nor on this machine, and each sign is set by itself."""
    out = Pdf()
    within = out.add(
        b"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /SimSun /DW 1000 /FontDescriptor << /Type /FontDescriptor"
        b" /FontName /SimSun /Flags 4 /FontBBox [0 -120 1000 880] /Ascent 880 /Descent -120 /StemV 80 /ItalicAngle 0"
        b" /CapHeight 700 >> /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 2 >> >>"
    )
    font = out.add(f"<< /Type /Font /Subtype /Type0 /BaseFont /SimSun /Encoding /{encoding} /DescendantFonts"
                   f" [{within} 0 R] >>".encode())  # fmt: skip
    signs = enumerate("各部门于二月二十日前报局长")
    drawn = (f"BT /F 16 Tf {74 + 16 * at} 700 Td <{sign.encode(codec).hex()}> Tj ET" for at, sign in signs)
    content = out.stream("\n".join(drawn).encode())
    page = out.add(f"<< /Type /Page /Parent 5 0 R /MediaBox [0 0 595 842] /Contents {content} 0 R /Resources"
                   f" << /Font << /F {font} 0 R >> >> >>".encode())  # fmt: skip
    tree = out.add(f"<< /Type /Pages /Count 1 /Kids [{page} 0 R] >>".encode())
    data = out.written(out.add(f"<< /Type /Catalog /Pages {tree} 0 R >>".encode()))
    assert lines_of(data) == ["各部门于二月二十日前报局长"]


# What is not read is said


def test_it_refuses_a_scan() -> None:
    message = refusal_of(printed([[Picture(0, 0, WIDTH, HEIGHT)]] * 3))
    assert message == "文件“某件.pdf”是扫描件，没有文字层，请先做文字识别（OCR）再提供。"


def test_it_refuses_a_scan_with_printed_page_numbers() -> None:
    assert "扫描件" in refusal_of(printed([[Picture(0, 0, WIDTH, HEIGHT), Text(290, 40, "— 1 —")]] * 2))


def test_it_refuses_letters_that_were_drawn() -> None:
    assert "扫描件" in refusal_of(printed([[Stroke(74, 700, 90, 715), Stroke(90, 700, 74, 715)]]))


def test_it_refuses_empty_pages() -> None:
    assert refusal_of(printed([[], []])) == "文件“某件.pdf”中没有文字，请提供有正文的公文。"


def warnings_of(*pages: Page, catalog: str = "") -> tuple[str, ...]:
    return read_source(printed(pages, catalog=catalog), "来文.pdf").warnings


def test_it_names_the_pages_that_are_scans() -> None:
    page, scan = set_pages(CIRCULAR)[0], [Picture(0, 0, WIDTH, HEIGHT)]
    assert warnings_of(page, scan, page, [*scan, Text(290, 40, "— 4 —")], []) == (
        "第2、4页是扫描图像，没有文字层，未读取。",
    )


def test_it_takes_a_seal_for_no_scan() -> None:
    assert warnings_of([*set_pages(CIRCULAR)[0], Picture(400, 100, 120, 120)]) == ()


def test_it_leaves_out_a_watermark_and_says_so() -> None:
    source = read_source(printed([[*set_pages(CIRCULAR)[0], Text(200, 300, "内部资料", 60, turn=0.5)]]), "来文.pdf")
    assert "内部资料" not in source.text
    assert source.warnings == ("第1页有倾斜或转向的文字（如水印），未读取。",)


@pytest.mark.parametrize("turn", [0.5, 0.3, 1])
def test_it_refuses_a_watermark_of_secrecy(turn: float) -> None:
    page = [*set_pages(CIRCULAR)[0], *(Text(100, y, "机密", 60, turn=turn) for y in (100, 300, 500))]
    with pytest.raises(Refused, match="密级"):
        read_document(printed([page]), "来文.pdf")


def test_it_says_that_text_behind_a_picture_was_recognised() -> None:
    hidden = [Text(each.x, each.y, each.text, each.size, is_hidden=True)
              for each in set_pages(CIRCULAR)[0] if isinstance(each, Text)]  # fmt: skip
    (warning,) = warnings_of([Picture(0, 0, WIDTH, HEIGHT), *hidden])
    assert warning == "第1页的文字来自图像识别（OCR），可能有错字，请对照原件。"


def test_it_says_that_a_form_and_attachments_are_not_read() -> None:
    names = "/Names << /EmbeddedFiles << /Names [(a) << /Type /Filespec /F (a.txt) >>] >> >>"
    form = "/AcroForm << /Fields [] >>"
    assert warnings_of(set_pages(CIRCULAR)[0], catalog=names) == ("PDF 内嵌的附件未读取。",)
    assert warnings_of(set_pages(CIRCULAR)[0], catalog=form) == ("PDF 表单中填写的内容未读取。",)


# Damaged, encrypted, hostile


def test_it_reads_a_file_whose_table_of_places_is_wrong() -> None:
    assert lines_of(printed(set_pages(CIRCULAR), shift=11)) == lines_of(printed(set_pages(CIRCULAR)))


def test_it_reads_a_renamed_file_by_its_content() -> None:
    assert "排查" in read_source(printed(set_pages(CIRCULAR)), "来文.txt").text


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9, 0.99])
def test_it_refuses_a_file_that_is_cut_off(kept: float) -> None:
    data = printed(set_pages(CIRCULAR))
    assert "已损坏或不完整" in refusal_of(data[: int(len(data) * kept)])


def test_it_reads_a_file_with_something_after_its_end() -> None:
    assert "排查" in read_source(printed(set_pages(CIRCULAR)) + b"\r\n<!-- sent by a portal -->\0\0", "来文.pdf").text


def test_it_refuses_what_only_begins_as_a_pdf() -> None:
    assert "已损坏或不完整" in refusal_of(b"%PDF-1.7\n" + "这不是 PDF".encode() * 100 + b"%%EOF")


def test_it_refuses_what_needs_a_password() -> None:
    entries = f"/Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <{'ab' * 32}> /U <{'cd' * 32}> >> /ID [<00> <00>]"
    assert refusal_of(printed(set_pages(CIRCULAR), trailer=entries)) == "文件“某件.pdf”已加密，请解密后再提供。"


def test_it_refuses_an_encryption_that_it_does_not_know() -> None:
    entries = "/Encrypt << /Filter /Other /V 9 /R 9 >> /ID [<00> <00>]"
    assert "已加密" in refusal_of(printed(set_pages(CIRCULAR), trailer=entries))


def test_it_refuses_more_pages_than_a_circular_has() -> None:
    assert "超过 1000 页" in refusal_of(printed([[Text(74, 700, "页")]] * 1_001))


def test_it_refuses_more_signs_than_a_circular_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "MAX_SIGNS", 300)
    assert "超过 500000 字" in refusal_of(printed(set_pages(CIRCULAR)))


def hostile(kind: str) -> bytes:
    out = Pdf()
    if kind == "tree without end":
        out.add(b"<< /Type /Pages /Count 9 /Kids [1 0 R 1 0 R] /Parent 1 0 R >>")
        return out.written(out.add(b"<< /Type /Catalog /Pages 1 0 R >>"))
    if kind == "deep nesting":
        out.add(b"[" * 200_000 + b"]" * 200_000)
        return out.written(out.add(b"<< /Type /Catalog /Pages 1 0 R >>"))
    if kind == "deep tree":
        for number in range(1, 30_001):
            out.add(f"<< /Type /Pages /Count 1 /Kids [{number + 1} 0 R] >>".encode())
        return out.written(out.add(b"<< /Type /Catalog /Pages 1 0 R >>"))
    if kind == "form that draws itself":
        content = out.stream(b"/X Do", "/Type /XObject /Subtype /Form /BBox [0 0 9 9]"
                                       " /Resources << /XObject << /X 1 0 R >> >>")  # fmt: skip
        page = out.add(f"<< /Type /Page /Parent 3 0 R /MediaBox [0 0 9 9] /Contents {content} 0 R"
                       f" /Resources << /XObject << /X {content} 0 R >> >> >>".encode())  # fmt: skip
        tree = out.add(f"<< /Type /Pages /Count 1 /Kids [{page} 0 R] >>".encode())
        return out.written(out.add(f"<< /Type /Catalog /Pages {tree} 0 R >>".encode()))
    assert kind == "graphics without end"
    content = out.stream(b"q " * 2_000_000 + b"1 1 m 2 2 l S " * 500_000)
    page = out.add(f"<< /Type /Page /Parent 3 0 R /MediaBox [0 0 9 9] /Contents {content} 0 R >>".encode())
    tree = out.add(f"<< /Type /Pages /Count 1 /Kids [{page} 0 R] >>".encode())
    return out.written(out.add(f"<< /Type /Catalog /Pages {tree} 0 R >>".encode()))


@pytest.mark.parametrize(
    "kind", ["tree without end", "deep nesting", "deep tree", "form that draws itself", "graphics without end"]
)
def test_it_refuses_what_is_made_to_do_harm(kind: str) -> None:
    begin = time.perf_counter()
    assert refusal_of(hostile(kind))
    assert time.perf_counter() - begin < 10


def test_it_ends_a_reading_that_takes_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "MAX_SECONDS", 0.01)
    assert "读取用时过长" in refusal_of(printed(set_pages(CIRCULAR)))


def test_it_outlives_a_crash_of_the_reader(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    crash = tmp_path / "crash.py"
    crash.write_text("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n")
    monkeypatch.setattr(pdf, "_PROGRAM", crash)
    assert "已损坏或不完整" in refusal_of(printed(set_pages(CIRCULAR)))


def test_it_gives_the_reader_nothing_of_our_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked = tmp_path / "asked.py"
    asked.write_text("import json, os\nprint(json.dumps({'refused': os.environ.get('DUBAN_SECRET', 'encrypted')}))\n")
    monkeypatch.setattr(pdf, "_PROGRAM", asked)
    monkeypatch.setenv("DUBAN_SECRET", "signs")
    assert "已加密" in refusal_of(printed(set_pages(CIRCULAR)))


def test_it_reads_a_book_in_bounded_time() -> None:
    page = set_pages("各县水务局要逐一排查。" * 60)[0]
    begin = time.perf_counter()
    source: SourceText = read_source(printed([page] * 200), "来文.pdf")
    assert source.text.count("— 1 —") == 200
    assert time.perf_counter() - begin < 20
