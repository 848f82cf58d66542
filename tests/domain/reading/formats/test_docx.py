"""DOCX to text: everything that Word prints, once and in its order, and a word on everything else."""

from __future__ import annotations

import random
import time
import zipfile
from io import BytesIO

import pytest
from docx import Document
from docx.enum.text import WD_BREAK

from domain.errors import Refused
from domain.reading.draft import draft_as_json, read_document
from domain.reading.formats import SourceText, UnreadableDocument, read_source
from tests.word import STRICT, abstract, cell, docx, level, num, paragraph, run, stored, style, table

VANISH = "<w:vanish/>"
FIELD = '<w:r><w:fldChar w:fldCharType="{}"/></w:r>'


def source_of(body: str, **parts: str) -> SourceText:
    return read_source(docx(body, **parts), "来文.docx")


def text_of(body: str, **parts: str) -> str:
    return source_of(body, **parts).text


def warning_of(body: str, **parts: str) -> str:
    (warning,) = source_of(body, **parts).warnings
    assert warning.endswith("。")
    return warning


def refusal_of(data: bytes, filename: str = "来文.docx") -> str:
    with pytest.raises(UnreadableDocument) as refusal:
        read_source(data, filename)
    message = str(refusal.value)
    assert filename in message
    assert message.count("。") == 1
    assert message.endswith("。")
    return message


def outcome(data: bytes) -> str:
    """The text of a file, or what is said of it."""
    try:
        return read_source(data, "来文.docx").text
    except UnreadableDocument as refusal:
        return str(refusal)


def box(*lines: str) -> str:
    """A text box as Word writes it: once for new readers, once for old ones."""
    content = f"<w:txbxContent>{''.join(paragraph(line) for line in lines)}</w:txbxContent>"
    return (
        '<w:r><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><wps:wsp><wps:txbx>'
        f"{content}</wps:txbx></wps:wsp></w:drawing></mc:Choice><mc:Fallback><w:pict><v:shape><v:textbox>"
        f"{content}</v:textbox></v:shape></w:pict></mc:Fallback></mc:AlternateContent></w:r>"
    )


def picture() -> str:
    return '<w:r><w:drawing><a:blip r:embed="r9"/></w:drawing></w:r>'


def field(code: str, result: str | None = None) -> str:
    inner = FIELD.format("begin") + f"<w:r><w:instrText>{code}</w:instrText></w:r>"
    if result is not None:
        inner += FIELD.format("separate") + run(result)
    return inner + FIELD.format("end")


def test_it_reads_what_python_docx_writes() -> None:
    document = Document()
    document.add_heading("关于报送春灌情况的通知", 1)
    document.add_paragraph("各县水务局：")
    line = document.add_paragraph("请于").add_run("3月5日")
    line.bold = True
    line.add_break(WD_BREAK.PAGE)
    grid = document.add_table(2, 2)
    for place, words in enumerate(("单位", "时限", "甲县", "3月5日前")):
        grid.cell(*divmod(place, 2)).text = words
    document.add_paragraph("特此通知。")
    into = BytesIO()
    document.save(into)
    source = read_source(into.getvalue(), "来文.docx")
    assert source.text.split("\n") == [
        "关于报送春灌情况的通知", "各县水务局：", "请于3月5日", "", "单位\t时限", "甲县\t3月5日前", "特此通知。",
    ]  # fmt: skip
    assert source.warnings == ()


def test_a_sentence_of_many_runs_is_one_line() -> None:
    runs = run("请于", "<w:b/>") + run("3月") + run("5日前", '<w:rStyle w:val="none"/>') + run("报送")
    assert text_of(paragraph(inner=runs)) == "请于3月5日前报送"


def test_blanks_at_the_ends_of_a_text_count_only_where_word_keeps_them() -> None:
    runs = '<w:r><w:t> 甲 </w:t></w:r><w:r><w:t xml:space="preserve"> 乙\n</w:t></w:r><w:r><w:t>丙</w:t></w:r>'
    assert text_of(paragraph(inner=runs)) == "甲 乙 丙"


def test_breaks_tabs_and_hyphens_are_what_they_look_like_and_a_tab_is_no_cell() -> None:
    hyphens = "<w:r><w:noBreakHyphen/><w:softHyphen/></w:r>"
    runs = f"<w:r><w:br/></w:r>{run('乙')}<w:r><w:tab/></w:r>{run('丙')}{hyphens}{run('1')}"
    assert text_of(paragraph("甲", inner=runs)) == "甲\n乙    丙-1"


@pytest.mark.parametrize(
    ("font", "code", "shown"),
    [
        ("Wingdings", "F081", "①"), ("Wingdings", "F08C", "①"), ("Wingdings", "F0FE", "☑"), ("Symbol", "F0B7", "·"),
        ("宋体", "25CB", "○"), ("Wingdings", "F0B9", "\ufffd"), ("Webdings", "F081", "\ufffd"),
        ("Symbol", "zz", "\ufffd"),
    ],
)  # fmt: skip
def test_a_sign_is_what_it_shows_or_is_marked_as_unknown(font: str, code: str, shown: str) -> None:
    assert text_of(paragraph("第", inner=f'<w:r><w:sym w:font="{font}" w:char="{code}"/></w:r>')) == f"第{shown}"


def test_links_controls_and_smart_tags_are_read_through() -> None:
    inner = (
        f"<w:hyperlink r:id='r1'>{run('网站')}</w:hyperlink>"
        f"<w:smartTag>{run('二月')}</w:smartTag>"
        f"<w:sdt><w:sdtPr/><w:sdtContent>{run('甲县')}</w:sdtContent></w:sdt>"
        f"<w:fldSimple w:instr='DATE'>{run('3月5日')}</w:fldSimple>"
    )
    assert text_of(paragraph(inner=inner)) == "网站二月甲县3月5日"
    wrapped = f"<w:sdt><w:sdtContent>{paragraph('段落')}{table(('甲', '乙'))}</w:sdtContent></w:sdt>"
    assert text_of(wrapped) == "段落\n甲\t乙"


def test_words_that_only_ask_to_be_replaced_are_left_out() -> None:
    asking = f"<w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent>{run('单击此处输入')}</w:sdtContent></w:sdt>"
    assert text_of(paragraph("日期：", inner=asking)) == "日期："


def test_of_a_field_the_result_is_read_and_not_the_code() -> None:
    assert text_of(paragraph("第", inner=field("PAGE", "3") + run("页"))) == "第3页"
    nested = FIELD.format("begin") + run("条件") + field("MERGEFIELD a", "里") + FIELD.format("separate") + run("果")
    assert text_of(paragraph("前", inner=nested + FIELD.format("end") + run("后"))) == "前果后"


def test_a_field_that_never_ends_swallows_no_more_than_its_paragraph() -> None:
    assert text_of(paragraph("甲", inner=FIELD.format("begin") + run("乙")) + paragraph("丙")) == "甲\n丙"
    assert text_of(paragraph("甲", inner=FIELD.format("end") + FIELD.format("separate") + run("乙"))) == "甲乙"


@pytest.mark.parametrize(("inside", "shown"), [("3", "③"), ("12", "⑫"), ("甲", "甲")])
def test_a_number_in_a_circle_that_word_draws_is_read(inside: str, shown: str) -> None:
    assert text_of(paragraph(inner=field(rf" eq \o\ac(○,{inside}) ") + run("水库"))) == f"{shown}水库"


def test_of_words_with_a_reading_above_the_words_are_read() -> None:
    ruby = f"<w:r><w:ruby><w:rt>{run('tong')}</w:rt><w:rubyBase>{run('通')}</w:rubyBase></w:ruby></w:r>"
    assert text_of(paragraph(inner=ruby + run("知"))) == "通知"


def test_insertions_are_in_deletions_out_and_the_reader_is_told() -> None:
    inner = (
        f"<w:ins>{run('3月10日')}</w:ins><w:del><w:r><w:delText>3月5日</w:delText></w:r></w:del>"
        f"<w:moveFrom>{run('旧处')}</w:moveFrom><w:moveTo>{run('前')}</w:moveTo>"
    )
    assert text_of(paragraph("请于", inner=inner)) == "请于3月10日前"
    assert "未接受的修订" in warning_of(paragraph("请于", inner=inner))


def test_a_paragraph_whose_end_is_deleted_runs_on() -> None:
    assert text_of(paragraph("请于3月", mark="<w:del/>") + paragraph("5日前报送")) == "请于3月5日前报送"
    assert text_of(paragraph("最后", mark="<w:del/>")) == "最后"


def test_a_deleted_row_is_out_and_an_inserted_one_in() -> None:
    rows = "<w:tr><w:trPr><w:{}/></w:trPr>" + cell("甲") + cell("乙") + "</w:tr>"
    body = f"<w:tbl>{rows.format('del')}</w:tbl>" + paragraph("后")
    assert text_of(body) == "后"
    assert "修订" in warning_of(body)
    assert text_of(f"<w:tbl>{rows.format('ins')}</w:tbl>") == "甲\t乙"


def test_hidden_words_are_out_however_they_are_hidden() -> None:
    styles = style("暗", runs=VANISH) + style("暗字", runs=VANISH, kind="character") + style("更暗", based_on="暗")
    body = (
        paragraph(
            "明", inner=run("藏", VANISH) + run("显", '<w:vanish w:val="0"/>') + run("藏", '<w:rStyle w:val="暗字"/>')
        )
        + paragraph("藏", style="暗", mark=VANISH)
        + paragraph("藏", style="更暗", mark=VANISH)
    )
    assert text_of(body, styles=styles) == "明显"
    assert "4 处隐藏文字" in warning_of(body, styles=styles)


def test_a_heading_whose_end_is_hidden_stands_before_the_words_that_follow() -> None:
    numbering = abstract(0, level(0, "decimal", "%1．")) + num(1, 0)
    body = paragraph("组织。", number=(1, 0), mark=f"{VANISH}<w:specVanish/>") + paragraph("各县要落实。")
    assert text_of(body + paragraph("督查。", number=(1, 0)), numbering=numbering) == "1．组织。各县要落实。\n2．督查。"


def test_a_table_of_contents_is_left_out() -> None:
    styles = style("toc 1")
    assert text_of(paragraph("一、总则\t1", style="toc1") + paragraph("一、总则"), styles=styles) == "一、总则"


def test_a_table_gives_a_line_for_each_row_in_its_place() -> None:
    body = paragraph("前") + table(("序号", "任务", "时限"), ("1", "清淤", "3月底前")) + paragraph("后")
    assert text_of(body) == "前\n序号\t任务\t时限\n1\t清淤\t3月底前\n后"


def test_a_cell_of_several_lines_stays_one_cell_and_an_empty_one_keeps_its_place() -> None:
    assert text_of(table((cell("清淤", "加固"), cell(), cell("甲县\t乙县")))) == "清淤 加固\t\t甲县 乙县"


def test_cells_merged_across_are_read_once_and_a_label_that_reaches_down_is_said_in_each_row() -> None:
    wide = cell("防汛任务", properties='<w:gridSpan w:val="2"/>')
    first, next_one = (cell("甲县", properties=f"<w:vMerge{value}/>") for value in (' w:val="restart"', ""))
    body = table((wide, "时限"), (first, "清淤", "3月"), (next_one, "加固", "4月"))
    assert text_of(body) == "防汛任务\t时限\n甲县\t清淤\t3月\n甲县\t加固\t4月"


def test_a_long_cell_that_reaches_down_is_said_once_and_alone_makes_no_row() -> None:
    long = "各县要在汛前全面排查水库堤防，" * 4
    first, next_one = (cell(long, properties=f"<w:vMerge{value}/>") for value in (' w:val="restart"', ""))
    assert text_of(table((first, "甲县"), (next_one, "乙县"), (next_one, ""))) == f"{long}\t甲县\n乙县"
    label, goes_on = (cell("甲县", properties=f"<w:vMerge{value}/>") for value in (' w:val="restart"', ""))
    assert text_of(table((label, "清淤"), (goes_on, ""), (goes_on, "加固"))) == "甲县\t清淤\n甲县\t加固"


def test_each_row_of_a_table_of_tasks_has_the_office_that_reaches_down_to_it() -> None:
    office, goes_on = (cell("甲县水务局", properties=f"<w:vMerge{value}/>") for value in (' w:val="restart"', ""))
    tasks = table(
        ("工作任务", "责任单位", "完成时限", "备注"),
        ("清淤河道", office, "2021年4月10日前", ""),
        ("加固堤防", goes_on, "2021年4月20日前", ""),
    )
    head = paragraph("丙市水务局关于防汛任务的通知") + paragraph("各县水务局：") + paragraph("请按时完成任务。")
    draft = read_document(docx(head + tasks), "来文.docx")
    assert [(str(each.due_on), each.responsible) for each in draft.requirements] == [
        ("2021-04-10", "甲县水务局"),
        ("2021-04-20", "甲县水务局"),
    ]


def test_a_table_in_a_cell_is_read_in_its_place() -> None:
    assert text_of(table(("甲", cell(table(("乙", "丙")), "丁"), "戊"))) == "甲\t乙 丙 丁\t戊"


def test_a_table_that_is_but_a_frame_gives_its_lines() -> None:
    frame = table((cell("关于防汛的通知", "各县水务局：", table(("甲", "乙"))),))
    assert text_of(frame) == "关于防汛的通知\n各县水务局：\n甲\t乙"
    page = [f"第{number}段。" for number in range(20)]
    assert text_of(table((cell("目录"), cell(*page)))).split("\n") == ["目录", *page]


def test_numbers_run_on_through_a_table() -> None:
    numbering = abstract(0, level(0, "decimal", "%1")) + num(1, 0)
    numbered = [cell(paragraph(number=(1, 0))) for _ in range(2)]
    body = table((numbered[0], "清淤"), (numbered[1], "加固")) + paragraph("后", number=(1, 0))
    assert text_of(body, numbering=numbering) == "1\t清淤\n2\t加固\n3 后"


def test_a_text_box_is_read_once_before_its_paragraph_and_said() -> None:
    body = paragraph("前") + paragraph("各县：", inner=box("联系人：王某", "电话：123"))
    assert text_of(body) == "前\n联系人：王某\n电话：123\n各县："
    assert "1 处文本框" in warning_of(body)


def test_the_numbers_of_a_text_box_do_not_move_those_of_the_text() -> None:
    numbering = abstract(0, level(0, "chineseCounting", "%1、")) + num(1, 0)
    inside = box("某").replace(paragraph("某"), paragraph("框内", number=(1, 0)))
    body = paragraph("甲", number=(1, 0)) + paragraph("乙", number=(1, 0), inner=inside)
    assert text_of(body, numbering=numbering) == "一、甲\n一、框内\n二、乙"


def test_letters_drawn_as_a_picture_are_read() -> None:
    drawn = '<w:r><w:pict><v:shape><v:textpath string="甲市水务局文件"/></v:shape></w:pict></w:r>'
    assert text_of(paragraph("正文", inner=drawn)) == "甲市水务局文件\n正文"


@pytest.mark.parametrize("grade", ["机密★1年", "秘密", "绝密★", "密级：秘密", "机 密", "特急 秘密"])
def test_a_grade_of_secrecy_is_found_wherever_it_is_printed(grade: str) -> None:
    body = paragraph("关于防汛工作的通知") + paragraph("各县水务局：") + paragraph("请做好工作。")
    drawn = f'<w:r><w:pict><v:shape><v:textpath string="{grade}"/></v:shape></w:pict></w:r>'
    files = {
        "页眉": docx(body, header1=paragraph(grade)),
        "页脚": docx(body, footer2=paragraph("000012", inner=f"<w:r><w:tab/></w:r>{run(grade)}")),
        "水印": docx(body, header1=paragraph(inner=drawn)),
        "文本框": docx(body + paragraph("附注", inner=box(grade))),
    }
    for place, data in files.items():
        with pytest.raises(Refused, match="涉密"):
            read_document(data, f"{place}.docx")


def test_a_sentence_about_secrets_is_no_grade() -> None:
    body = paragraph("关于防汛工作的通知") + paragraph("各县水务局：") + paragraph("请做好工作。")
    draft = read_document(docx(body, header1=paragraph("保守国家秘密 人人有责")), "来文.docx")
    assert draft.classification is None
    assert any("人人有责" in warning for warning in draft.warnings)


def test_a_number_that_only_the_header_has_is_read() -> None:
    body = paragraph("甲市水务局关于防汛的通知") + paragraph("各县水务局：")
    source = source_of(body, header1=paragraph("甲水发〔2021〕5号"))
    assert source.text.startswith("甲水发〔2021〕5号\n甲市")
    assert source.warnings == ("发文字号“甲水发〔2021〕5号”印在页眉或页脚，请核对。",)
    again = source_of(paragraph("甲水发〔2021〕5号") + body, header1=paragraph("甲水发〔2021〕5号"))
    assert again.text.count("5号") == 1
    assert again.warnings == ()


def test_words_of_margins_and_notes_are_said_and_page_numbers_are_not() -> None:
    notes = f"<w:footnote>{paragraph('指规模以上企业。')}</w:footnote>"
    assert "脚注、尾注中的文字未读入正文：“指规模以上企业。”" in warning_of(paragraph("正文"), footnotes=notes)
    assert "页眉、页脚中的文字未读入正文：“内部资料”" in warning_of(paragraph("正文"), header1=paragraph("内部资料"))
    assert source_of(paragraph("正文"), footer1=paragraph("— 3 —"), footer2=paragraph("第1页 共3页")).warnings == ()
    assert source_of(paragraph("防汛通知"), header1=paragraph("防汛通知")).warnings == ()


def test_comments_and_unnamed_parts_are_not_read() -> None:
    source = source_of(paragraph("正文"), comments=f"<w:comment>{paragraph('批注')}</w:comment>")
    assert (source.text, source.warnings) == ("正文", ())


def test_pictures_objects_formulas_and_pieces_are_counted() -> None:
    assert "2 处图片" in warning_of(paragraph("甲", inner=picture() + picture()))
    formula = "<m:oMath><m:r><m:t>12</m:t></m:r></m:oMath>"
    embedded = "<w:r><w:object><o:OLEObject r:id='r5'/></w:object></w:r>"
    assert text_of(paragraph("甲", inner=formula + embedded)) == "甲"
    assert "2 处嵌入的对象" in warning_of(paragraph("甲", inner=formula + embedded))
    assert "1 处插入的其他文件" in warning_of(paragraph("甲") + '<w:altChunk r:id="r7"/>')


def test_a_scan_in_a_document_is_refused_as_a_scan() -> None:
    message = refusal_of(docx(paragraph(inner=picture())))
    assert "只有图片" in message
    assert "文字识别" in message


@pytest.mark.parametrize("body", ["", paragraph(), paragraph("　 "), table(("", ""))])
def test_a_document_without_words_is_empty(body: str) -> None:
    assert "是空的" in refusal_of(docx(body))


def test_strict_and_oddly_placed_documents_are_read() -> None:
    assert read_source(docx(paragraph("正文"), namespace=STRICT), "来文.docx").text == "正文"
    moved = docx(
        paragraph("正文", number=(1, 0)),
        main="word/document2.xml",
        numbering=abstract(0, level(0, "decimal", "%1．")) + num(1, 0),
    )
    assert read_source(moved, "来文.docx").text == "1．正文"


def test_nothing_outside_the_file_is_looked_at() -> None:
    data = docx(paragraph("正文"), styles="")
    outside = data.replace(b"styles.xml", b"styles.xm/")  # the same length: the archive stays whole
    assert read_source(outside, "来文.docx").text == "正文"


@pytest.mark.parametrize("name", ["来文.pdf", "来文.txt", "来文", "来文.docm"])
def test_a_document_is_known_by_what_it_is(name: str) -> None:
    assert read_source(docx(paragraph("正文")), name).text == "正文"


def test_text_that_is_called_a_document_is_text() -> None:
    assert read_source("请各县报送。".encode(), "来文.docx").text == "请各县报送。"


@pytest.mark.parametrize(
    ("part", "kind"), [("xl/workbook.xml", "Excel"), ("ppt/presentation.xml", "演示文稿"), ("说明.txt", "压缩包")]
)
def test_other_archives_are_called_by_their_names(part: str, kind: str) -> None:
    into = BytesIO()
    with zipfile.ZipFile(into, "w") as target:
        target.writestr(part, "<a/>")
    assert f"是{kind}" in refusal_of(into.getvalue())


@pytest.mark.parametrize(
    ("content", "words"),
    [("<w:p/>", "已损坏"), ("<a><b></a>", "已损坏"), ("", "已损坏"), ("<!DOCTYPE a><a/>", "内含实体定义")],
)
def test_a_main_part_that_is_no_document_is_refused(content: str, words: str) -> None:
    into = BytesIO()
    with zipfile.ZipFile(into, "w") as target:
        target.writestr("word/document.xml", content)
    assert words in refusal_of(into.getvalue())


def test_whatever_is_cut_off_the_rest_is_refused() -> None:
    data = docx(paragraph("正文") * 50, styles=style("甲"), numbering=num(1, 0), header1=paragraph("页眉"))
    for size in range(4, len(data) - 1, 100):
        assert "已损坏" in refusal_of(data[:size])


def test_changed_files_are_read_or_refused() -> None:
    body = paragraph("甲", number=(1, 0)) + table(("乙", "丙")) + paragraph(inner=box("丁") + field("EQ", "戊"))
    parts = {"styles": style("甲"), "numbering": abstract(0, level(0, "decimal", "%1、")) + num(1, 0)}
    data, chance = stored(docx(body, **parts)), random.Random(11)
    begin = time.process_time()
    for _ in range(1500):
        changed = bytearray(data)
        for _ in range(chance.randint(1, 6)):
            changed[chance.randrange(4, len(data))] = chance.randrange(256)
        assert outcome(bytes(changed))
    assert time.process_time() - begin < 60


def test_xml_that_was_changed_and_packed_again_is_read_or_refused() -> None:
    chance = random.Random(13)
    names = ("p", "r", "t", "tbl", "tr", "tc", "sdt", "sdtContent", "ins", "del", "numPr", "pPr", "rPr", "fldChar")
    body = paragraph("甲", number=(1, 0)) + table(("乙", cell("丙", table(("丁",))))) + paragraph(inner=box("戊"))
    numbering = abstract(0, level(0, "decimal", "%1、"), level(1, "upperRoman", "%1.%2")) + num(1, 0)
    for _ in range(1500):
        swapped = {chance.choice(names): chance.choice(names) for _ in range(3)}
        changed, lists = body, numbering
        for old, new in swapped.items():
            changed = changed.replace(f"w:{old}>", f"w:{new}>").replace(f"w:{old} ", f"w:{new} ")
            changed = changed.replace(f"w:{old}/", f"w:{new}/")
        lists = lists.replace('"0"', chance.choice(('"0"', '"8"', '"-1"', '"x"', '""', '"99999999999999999999"')))
        assert outcome(docx(changed, numbering=lists))


@pytest.mark.parametrize(
    "body",
    [
        paragraph("正文") + "<w:tbl><w:tr><w:tc>" * 80 + paragraph("深") + "</w:tc></w:tr></w:tbl>" * 80,
        "<w:sdt><w:sdtContent>" * 120 + paragraph("深") + "</w:sdtContent></w:sdt>" * 120,
        f"<w:p>{'<w:ins>' * 240}{run('深')}{'</w:ins>' * 240}</w:p>",
    ],
)
def test_depth_that_the_parser_allows_is_no_trouble_to_us(body: str) -> None:
    assert text_of(body).endswith("深")


@pytest.mark.parametrize(("times", "words"), [(1000, "已损坏"), (100_000, "过于庞大")])
def test_more_depth_is_refused(times: int, words: str) -> None:
    assert words in refusal_of(docx("<w:ins>" * times + "</w:ins>" * times))


@pytest.mark.parametrize(
    "piece",
    [
        paragraph("各县要于3月5日前报送。", number=(1, 0)), table(("甲", "乙")), paragraph("甲", mark="<w:del/>"),
        f"<w:p>{FIELD.format('begin') * 20}{run('甲') * 20}</w:p>",
        "<w:p><w:r><w:instrText>EQ EQ EQ EQ EQ</w:instrText></w:r></w:p>",
    ],
)  # fmt: skip
def test_the_longest_document_allowed_is_read_in_seconds(piece: str) -> None:
    nodes = piece.count("<") + piece.count("=")
    body = paragraph("首") + piece * (990_000 // nodes)
    numbering = abstract(0, level(0, "chineseCounting", "%1、")) + num(1, 0)
    data = stored(docx(body, numbering=numbering))
    begin = time.process_time()
    assert read_source(data, "长.docx").text.startswith("首")
    assert time.process_time() - begin < 20


def test_one_paragraph_of_open_fields_takes_no_longer_than_any_other() -> None:
    body = f"<w:p>{(FIELD.format('begin') + run('甲')) * 60_000}</w:p>{paragraph('乙')}"
    begin = time.process_time()
    assert text_of(body) == "\n乙"
    assert time.process_time() - begin < 10


CIRCULAR = """丙水发〔2021〕8号
丙市水务局关于做好汛前检查工作的通知
各县水务局：
为做好汛前准备，现通知如下：
一、明确任务
（一）各县水务局要对水库逐座检查。
（二）建立问题清单，逐项整改。
二、及时报送
请各县水务局于2021年4月20日前将检查情况报送市水务局。
序号\t任务\t时限
1\t水库检查\t4月10日
丙市水务局
2021年3月15日"""


def test_a_circular_in_word_gives_the_draft_of_its_text() -> None:
    numbering = (
        abstract(0, level(0, "chineseCounting", "%1、"), level(1, "chineseCounting", "（%2）"))
        + abstract(1, level(0, "decimal", "%1"))
        + num(1, 0) + num(2, 1)
    )  # fmt: skip
    styles = style("节", properties='<w:numPr><w:numId w:val="1"/></w:numPr>')
    plain = CIRCULAR.split("\n")
    body = (
        "".join(paragraph(line) for line in plain[:4])
        + paragraph("明确任务", style="节")
        + paragraph("各县水务局要对水库逐座检查。", number=(1, 1))
        + paragraph("建立问题清单，逐项整改。", number=(1, 1))
        + paragraph("及时报送", style="节")
        + paragraph(plain[8])
        + table(("序号", "任务", "时限"), (cell(paragraph(number=(2, 0))), "水库检查", "4月10日"))
        + "".join(paragraph(line) for line in plain[-2:])
    )
    data = docx(body, numbering=numbering, styles=styles)
    assert read_source(data, "来文.docx").text == CIRCULAR
    draft = read_document(data, "来文.docx")
    assert draft_as_json(draft) == draft_as_json(read_document(CIRCULAR.encode(), "来文.txt"))
    assert draft.document_number == "丙水发〔2021〕8号"
    assert [each.heading for each in draft.instructions] == ["明确任务", "及时报送"]


def test_the_words_of_warnings_stand_in_the_draft() -> None:
    draft = read_document(docx(paragraph("关于防汛的通知", inner=picture())), "来文.docx")
    assert draft.warnings[0] == "文件中有 1 处图片，未读取。"


def test_more_text_than_a_plain_file_may_have_is_refused() -> None:
    long = "a" * 2_000_000
    data = stored(docx(paragraph(long) * 6))
    assert "超过 1048 万字" in refusal_of(data)
