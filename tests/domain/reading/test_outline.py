"""Item numbers and sentences, on lines of their own and in text that lost its line breaks."""

from __future__ import annotations

import pytest

from domain.reading.outline import marks, sentences


def numbers(text: str) -> list[tuple[int, str]]:
    return [(mark.level, mark.number) for mark in marks(text, 0, len(text))]


def spoken(text: str) -> list[str]:
    return [sentence.text for sentence in sentences(text, 0, len(text))]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("一、防火\n二、防汛", [(1, "一"), (1, "二")]),
        ("一、防火\n（一）巡护\n(二)值守\n二、防汛", [(1, "一"), (2, "（一）"), (2, "(二)"), (1, "二")]),
        ("一、防火\n1.巡护\n2．值守", [(1, "一"), (3, "1"), (3, "2")]),
        ("一要抓早。\n二要抓小。", [(1, "一"), (1, "二")]),
        ("第一章 总则\n第一条 为了防火。\n第二条 防汛。", [(0, "第一章"), (1, "第一条"), (1, "第二条")]),
        ("如下：一、防火。巡护到位。二、防汛。", [(1, "一"), (1, "二")]),
        ("如下:一、防火工作1.巡护。2.值守。二、防汛", [(1, "一"), (3, "1"), (3, "2"), (1, "二")]),
        ("如下：一是抓早；二是抓小。", [(5, "一"), (5, "二")]),
        ("（1）巡护\n（2）值守", [(4, "1"), (4, "2")]),
        ("九、甲\n十、乙\n十一、丙", [(1, "九"), (1, "十"), (1, "十一")]),
        ("检查时间：5月10日 二、范围：林场", []),
        ("如下：一、时间：5月10日 二、范围：林场 三、要求。", [(1, "一"), (1, "二"), (1, "三")]),
        ("如下：1.早部署。  2.早落实。", [(3, "1"), (3, "2")]),
        ("如下：1.部署 2.落实", [(3, "1")]),
        ("如下。2月16日开会。", []),
        ("一、甲。\n1.上午开会。\n2.2月16日测试。", [(1, "一"), (3, "1"), (3, "2")]),
    ],
)
def test_it_finds_the_numbers_of_items(text: str, found: list[tuple[int, str]]) -> None:
    assert numbers(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "每周一、周四值班",
        "统一、规范地执行",
        "距离不小于1. 5米",
        "共1.5万亩",
        "三要素齐全",
        "详见附件二、附件三",
        "",
        "五是的",
    ],
)
def test_it_takes_no_other_numeral_for_a_number(text: str) -> None:
    assert numbers(text) in ([], [(5, "五")])


def test_it_wants_numbers_inside_a_line_in_their_order() -> None:
    assert numbers("如下：一、防火。五、防汛。二、值守。") == [(1, "一"), (1, "二")]


def test_it_begins_to_count_anew_below_each_heading() -> None:
    text = "如下：一、防火。1.巡护。2.值守。二、防汛。1.堤坝。2.泵站。"
    assert [number for level, number in numbers(text) if level == 3] == ["1", "2", "1", "2"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("甲去。乙来。", ["甲去。", "乙来。"]),
        ("一、防火\n甲去。乙来。", ["防火", "甲去。", "乙来。"]),
        ("如下：一是甲去；二是乙来。", ["如下：", "一是甲去；", "二是乙来。"]),
        ("甲去；乙来。", ["甲去；乙来。"]),
        ("（一）甲去。", ["甲去。"]),
        ("他说“甲去。”乙来。", ["他说“甲去。”", "乙来。"]),
        ("甲去！乙来？", ["甲去！", "乙来？"]),
        ("。", []),
        ("", []),
    ],
)
def test_it_parts_sentences_without_their_numbers(text: str, found: list[str]) -> None:
    assert spoken(text) == found


def test_it_says_where_a_sentence_stands() -> None:
    text = "一、防火。甲去。"
    for sentence in sentences(text, 0, len(text)):
        assert text[sentence.start : sentence.end].strip() == sentence.text


def test_it_knows_which_sentences_stand_together() -> None:
    together = [sentence.paragraph for sentence in sentences("一、甲。乙。\n二、丙。一是丁；二是戊。", 0, 26)]
    assert together[0] == together[1]
    assert together[1] != together[2]
    assert len(set(together[2:])) == 1
