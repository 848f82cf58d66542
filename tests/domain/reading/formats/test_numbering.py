"""Word's automatic numbers, counted as Word counts them."""

from __future__ import annotations

import pytest

from domain.reading.formats import read_source
from domain.reading.formats.numbers import circled, counted, written
from tests.word import abstract, docx, level, num, paragraph, style

OUTLINE = abstract(
    0,
    level(0, "chineseCounting", "%1、"),
    level(1, "chineseCounting", "（%2）"),
    level(2, "decimal", "%3．"),
    level(3, "decimalEnclosedCircle", "%4"),
)


def lines(body: str, numbering: str, styles: str = "") -> list[str]:
    return read_source(docx(body, numbering=numbering, styles=styles), "来文.docx").text.split("\n")


def numbered(*places: tuple[int, int], numbering: str, styles: str = "") -> list[str]:
    """The numbers of paragraphs that stand in the given lists and levels."""
    body = "".join(paragraph("某事", number=place) for place in places)
    return [line.removesuffix("某事") for line in lines(body, numbering, styles)]


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (7, "decimal", "7"),
        (7, "decimalZero", "07"),
        (12, "decimalFullWidth", "１２"),
        (1, "decimalEnclosedCircle", "①"),
        (20, "decimalEnclosedCircle", "⑳"),
        (21, "decimalEnclosedCircleChinese", "㉑"),
        (35, "decimalEnclosedCircle", "㉟"),
        (36, "decimalEnclosedCircle", "㊱"),
        (50, "decimalEnclosedCircle", "㊿"),
        (51, "decimalEnclosedCircle", "51"),
        (3, "decimalEnclosedParen", "⑶"),
        (3, "decimalEnclosedFullstop", "⒊"),
        (2, "numberInDash", "- 2 -"),
        (1, "chineseCounting", "一"),
        (10, "chineseCounting", "十"),
        (11, "chineseCounting", "十一"),
        (20, "chineseCounting", "二十"),
        (99, "chineseCounting", "九十九"),
        (100, "chineseCounting", "一〇〇"),
        (12, "japaneseCounting", "十二"),
        (100, "chineseCountingThousand", "一百"),
        (101, "chineseCountingThousand", "一百零一"),
        (110, "chineseCountingThousand", "一百一十"),
        (1001, "chineseCountingThousand", "一千零一"),
        (1010, "chineseCountingThousand", "一千零一十"),
        (20, "ideographDigital", "二〇"),
        (1, "ideographTraditional", "甲"),
        (10, "ideographTraditional", "癸"),
        (11, "ideographTraditional", "11"),
        (3, "ideographZodiac", "寅"),
        (1, "ideographZodiacTraditional", "甲子"),
        (60, "ideographZodiacTraditional", "癸亥"),
        (2, "ideographEnclosedCircle", "㊁"),
        (12, "chineseLegalSimplified", "壹拾贰"),
        (12, "ideographLegalTraditional", "壹拾貳"),
        (1, "upperLetter", "A"),
        (26, "upperLetter", "Z"),
        (27, "upperLetter", "AA"),
        (28, "lowerLetter", "bb"),
        (4, "upperRoman", "IV"),
        (1994, "lowerRoman", "mcmxciv"),
        (5, "none", ""),
        (0, "chineseCounting", "0"),
        (5, "hebrew1", None),
    ],
)
def test_each_format_writes_as_word_does(value: int, kind: str, text: str | None) -> None:
    assert written(value, kind) == text


def test_every_number_to_32767_is_counted_without_two_zeros_in_a_row() -> None:
    seen = {counted(value) for value in range(1, 32_768)}
    assert len(seen) == 32_767
    assert not any("零零" in text or text.endswith("零") for text in seen)
    assert len({circled(value) for value in range(1, 51)}) == 50


def test_a_list_counts_and_an_inner_level_begins_again() -> None:
    places = ((1, 0), (1, 1), (1, 1), (1, 2), (1, 2), (1, 3), (1, 1), (1, 2), (1, 0), (1, 1), (1, 2))
    assert numbered(*places, numbering=OUTLINE + num(1, 0)) == [
        "一、", "（一）", "（二）", "1．", "2．", "① ", "（三）", "1．", "二、", "（一）", "1．",
    ]  # fmt: skip


def test_lists_of_one_abstract_list_go_on_together() -> None:
    assert numbered((1, 0), (2, 0), (1, 0), numbering=OUTLINE + num(1, 0) + num(2, 0)) == ["一、", "二、", "三、"]


def test_lists_of_two_abstract_lists_count_apart() -> None:
    two = OUTLINE + abstract(1, level(0, "decimal", "%1．")) + num(1, 0) + num(2, 1)
    assert numbered((1, 0), (2, 0), (1, 0), (2, 0), numbering=two) == ["一、", "1．", "二、", "2．"]


def test_a_list_that_says_where_to_start_begins_again_where_it_is_first_used() -> None:
    override = '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride>'
    again = OUTLINE + num(1, 0) + num(2, 0, override)
    assert numbered((1, 0), (1, 0), (2, 0), (2, 0), numbering=again) == ["一、", "二、", "一、", "二、"]


def test_it_may_start_anywhere_and_at_any_level() -> None:
    override = '<w:lvlOverride w:ilvl="1"><w:startOverride w:val="5"/></w:lvlOverride>'
    numbering = OUTLINE + num(1, 0) + num(2, 0, override)
    places = ((1, 0), (1, 1), (2, 1), (2, 1), (2, 0), (2, 1))
    assert numbered(*places, numbering=numbering) == ["一、", "（一）", "（五）", "（六）", "二、", "（五）"]


def test_a_list_may_replace_a_level_of_its_abstract_list() -> None:
    override = f'<w:lvlOverride w:ilvl="0">{level(0, "upperRoman", "%1）", start=3)}</w:lvlOverride>'
    assert numbered((1, 0), (1, 0), numbering=OUTLINE + num(1, 0, override)) == ["III）", "IV）"]


def test_a_level_may_start_late_and_without_a_start_begins_at_nought() -> None:
    late = abstract(0, level(0, "decimal", "%1、", start=6)) + num(1, 0)
    assert numbered((1, 0), (1, 0), numbering=late) == ["6、", "7、"]
    nought = late.replace('<w:start w:val="6"/>', "")
    assert numbered((1, 0), (1, 0), numbering=nought) == ["0、", "1、"]


def test_a_level_says_which_deeper_use_lets_it_begin_again() -> None:
    never = abstract(0, level(0, "decimal", "%1章"), level(1, "decimal", "%2条", '<w:lvlRestart w:val="0"/>')) + num(
        1, 0
    )
    places = ((1, 0), (1, 1), (1, 1), (1, 0), (1, 1))
    assert numbered(*places, numbering=never) == ["1章 ", "1条 ", "2条 ", "2章 ", "3条 "]


def test_articles_of_all_chapters_may_begin_again_with_the_part_alone() -> None:
    levels = (
        level(0, "chineseCountingThousand", "第%1编"),
        level(1, "chineseCountingThousand", "第%2章"),
        level(2, "chineseCountingThousand", "第%3条", '<w:lvlRestart w:val="1"/>'),
    )
    places = ((1, 0), (1, 1), (1, 2), (1, 1), (1, 2), (1, 0), (1, 1), (1, 2))
    assert numbered(*places, numbering=abstract(0, *levels) + num(1, 0)) == [
        "第一编 ", "第一章 ", "第一条 ", "第二章 ", "第二条 ", "第二编 ", "第一章 ", "第一条 ",
    ]  # fmt: skip


def test_a_pattern_may_show_the_levels_above() -> None:
    dotted = abstract(0, level(0, "chineseCounting", "第%1章"), level(1, "decimal", "%1.%2", "<w:isLgl/>")) + num(1, 0)
    assert numbered((1, 0), (1, 1), (1, 1), (1, 0), (1, 1), numbering=dotted) == [
        "第一章 ", "1.1 ", "1.2 ", "第二章 ", "2.1 ",
    ]  # fmt: skip


def test_a_level_above_that_was_never_used_shows_where_it_would_start() -> None:
    dotted = abstract(0, level(0, "decimal", "%1"), level(1, "decimal", "%1.%2")) + num(1, 0)
    assert numbered((1, 1), (1, 1), (1, 0), (1, 1), numbering=dotted) == ["1.1 ", "1.2 ", "1 ", "1.1 "]


def test_what_the_pattern_says_is_what_stands_there() -> None:
    words = abstract(0, level(0, "none", "附件："), level(1, "bullet", "\uf06c"), level(2, "bullet", "注：")) + num(
        1, 0
    )
    assert numbered((1, 0), (1, 1), (1, 2), numbering=words) == ["附件：", "", "注："]


def test_a_number_is_parted_from_digits_that_follow() -> None:
    dotted = abstract(0, level(0, "decimal", "%1."), level(1, "decimal", "%2.", '<w:suff w:val="nothing"/>')) + num(
        1, 0
    )
    body = paragraph("2021年计划", number=(1, 0)) + paragraph("年度计划", number=(1, 1))
    assert lines(body, dotted) == ["1. 2021年计划", "1.年度计划"]


def test_list_nought_is_no_list() -> None:
    styled = style("标题甲", properties='<w:numPr><w:numId w:val="1"/></w:numPr>')
    body = (
        paragraph("有号", style="标题甲")
        + paragraph("无号", style="标题甲", number=(0, 0))
        + paragraph("又有", style="标题甲")
    )
    assert lines(body, OUTLINE + num(1, 0), styled) == ["一、有号", "无号", "二、又有"]


@pytest.mark.parametrize("place", [(9, 0), (1, 8), (1, 99)])
def test_a_list_or_level_that_is_not_there_gives_no_number(place: tuple[int, int]) -> None:
    assert numbered(place, (1, 0), numbering=OUTLINE + num(1, 0) + num(2, 77)) == ["", "一、"]
    assert numbered((2, 0), numbering=OUTLINE + num(2, 77)) == [""]


def test_a_style_brings_its_list_and_one_that_rests_on_it_too() -> None:
    styles = style("甲", properties='<w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr>') + style(
        "乙", based_on="甲"
    )
    body = paragraph("一事", style="甲") + paragraph("二事", style="乙") + paragraph("三事")
    assert lines(body, OUTLINE + num(1, 0), styles) == ["一、一事", "二、二事", "三事"]


def test_the_level_of_a_style_is_the_one_that_names_it() -> None:
    linked = abstract(
        0,
        level(0, "chineseCounting", "%1、", '<w:pStyle w:val="标题1"/>'),
        level(1, "chineseCounting", "（%2）", '<w:pStyle w:val="标题2"/>'),
    )
    list_one = '<w:numPr><w:numId w:val="1"/></w:numPr>'
    styles = style("标题1", properties=list_one) + style("标题2", based_on="标题1", properties=list_one)
    body = paragraph("甲", style="标题1") + paragraph("乙", style="标题2") + paragraph("丙", style="标题2")
    assert lines(body, linked + num(1, 0), styles) == ["一、甲", "（一）乙", "（二）丙"]


def test_a_style_may_take_its_list_from_one_and_its_level_from_itself() -> None:
    styles = style("甲", properties='<w:numPr><w:numId w:val="1"/></w:numPr>') + style(
        "乙", based_on="甲", properties='<w:numPr><w:ilvl w:val="1"/></w:numPr>'
    )
    body = paragraph("一事", style="甲") + paragraph("二事", style="乙")
    assert lines(body, OUTLINE + num(1, 0), styles) == ["一、一事", "（一）二事"]


def test_the_default_style_may_be_numbered() -> None:
    default = style("正文", properties='<w:numPr><w:numId w:val="1"/></w:numPr>').replace(
        "<w:style ", '<w:style w:default="1" '
    )
    assert lines(paragraph("一事") + paragraph("二事"), OUTLINE + num(1, 0), default) == ["一、一事", "二、二事"]


def test_styles_that_rest_on_each_other_end_somewhere() -> None:
    styles = style("甲", based_on="乙") + style("乙", based_on="甲")
    assert lines(paragraph("一事", style="甲"), OUTLINE + num(1, 0), styles) == ["一事"]


def test_a_list_may_take_its_levels_from_a_numbering_style() -> None:
    linking = '<w:abstractNum w:abstractNumId="5"><w:numStyleLink w:val="公文编号"/></w:abstractNum>'
    styles = style("公文编号", kind="numbering", properties='<w:numPr><w:numId w:val="1"/></w:numPr>')
    assert numbered((2, 0), (1, 0), numbering=OUTLINE + linking + num(1, 0) + num(2, 5), styles=styles) == [
        "一、",
        "二、",
    ]


def test_a_format_of_ones_own_is_written_as_its_fallback() -> None:
    custom = (
        '<mc:AlternateContent><mc:Choice Requires="w14"><w:numFmt w:val="custom" w:format="001, 002"/></mc:Choice>'
        '<mc:Fallback><w:numFmt w:val="decimal"/></mc:Fallback></mc:AlternateContent>'
    )
    own = f'<w:lvl w:ilvl="0"><w:start w:val="1"/>{custom}<w:lvlText w:val="%1、"/></w:lvl>'
    assert numbered((1, 0), numbering=abstract(0, own) + num(1, 0)) == ["1、"]


def test_a_format_that_we_do_not_know_is_written_in_digits_and_said() -> None:
    body = paragraph("某事", number=(1, 0))
    numbering = abstract(0, level(0, "hebrew1", "%1、")) + num(1, 0)
    source = read_source(docx(body, numbering=numbering), "来文.docx")
    assert source.text == "1、某事"
    assert any("“hebrew1”不认识" in warning for warning in source.warnings)


def test_a_number_never_grows_without_bound() -> None:
    endless = abstract(0, level(0, "lowerRoman", "%1" * 5000, start=3888)) + num(1, 0)
    assert len(numbered((1, 0), numbering=endless)[0]) < 150


def test_a_removed_paragraph_is_not_counted() -> None:
    removed = (
        '<w:p><w:pPr><w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr><w:rPr><w:del/></w:rPr></w:pPr></w:p>'
    )
    body = paragraph("甲", number=(1, 0)) + removed + paragraph("乙", number=(1, 0))
    assert lines(body, OUTLINE + num(1, 0)) == ["一、甲", "二、乙"]


def test_what_the_list_was_before_a_tracked_change_does_not_count() -> None:
    before = "<w:pPr><w:numPr><w:ilvl w:val='0'/><w:numId w:val='1'/></w:numPr></w:pPr>"
    changed = f"<w:p><w:pPr><w:pPrChange>{before}</w:pPrChange></w:pPr><w:r><w:t>甲</w:t></w:r></w:p>"
    assert lines(changed, OUTLINE + num(1, 0)) == ["甲"]
