"""Signs that nobody can read: where they decide something nobody registers the circular unseen."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.reading.draft import draft_as_json, read_circular
from domain.reading.formats.damage import damage

CIRCULAR = """青川市水务局文件

青水发〔2020〕12号

青川市水务局关于做好农村饮水排查工作的通知

各县（市、区）水务局，局属各单位：

为让群众喝上放心水，现将有关事项通知如下。

一、逐一排查。各县（市、区）水务局要对供水工程逐一排查，于3月20日前将排查情况报市水务局。

二、广泛宣传。要讲清节水的好处，引导群众爱护水源。

青川市水务局
2020年2月20日
"""
DAMAGES = ["\ufffd", "\ue123", "\U000f1234", "(cid:12)", "⻏"]


def damaged(printed: str, left: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    assert printed in CIRCULAR
    draft = read_circular(CIRCULAR.replace(printed, left))
    return draft.damaged, tuple(each for each in draft.warnings if "无法辨认" in each)


def test_it_finds_no_damage_in_a_whole_text() -> None:
    assert damaged("通知", "通知") == ((), ())


@pytest.mark.parametrize("sign", DAMAGES)
@pytest.mark.parametrize(
    ("printed", "left", "field"),
    [
        ("12号", "1{}号", "发文字号"),
        ("〔2020〕12号", "〔20{}0〕12号", "发文字号"),
        ("青水发〔", "青{}发〔", "发文字号"),
        ("排查工作的通知", "{}查工作的通知", "标题"),
        ("各县（市、区）水务局，局属", "各县（市、{}）水务局，局属", "主送机关"),
        ("局属各单位：", "局属各单{}：", "主送机关"),
        ("青川市水务局文件", "青川市{}务局文件", "文头"),
        ("3月20日前", "3月{}日前", "涉及时限的语句"),
        ("于3月20日前将", "于3{}20日前将", "涉及时限的语句"),
        ("报市水务局", "报市{}务局", "涉及时限的语句"),
        ("2020年2月20日", "2020年{}月20日", "涉及时限的语句"),
    ],
)
def test_it_says_where_damage_decides_something(printed: str, left: str, field: str, sign: str) -> None:
    deciding, _ = damaged(printed, left.format(sign))
    (sentence,) = deciding
    assert len(sentence) < 80
    assert sentence.startswith(f"{field}中有无法辨认的字：“")
    assert "□" in sentence
    assert sign not in sentence
    assert sentence.count("。") == 1


@pytest.mark.parametrize("sign", DAMAGES)
def test_it_only_warns_of_damage_elsewhere(sign: str) -> None:
    deciding, warnings = damaged("引导群众", f"引导{sign}众")
    assert deciding == ()
    assert warnings == ("另有1处文字无法辨认，如“要讲清节水的好处，引导□众爱护水源”，请对照原件。",)


def test_it_says_of_a_sentence_once_that_it_is_damaged() -> None:
    deciding, _ = damaged("于3月20日前将", "于\ufffd月\ufffd\ufffd日前将")
    assert len(deciding) == 1


def test_it_takes_the_bullets_of_a_symbol_font_for_bullets() -> None:
    assert damaged("一、逐一排查", "\uf0d8 逐一排查") == ((), ())
    assert damaged("一、逐一排查", "\uf06c逐一排查") == ((), ())


@pytest.mark.parametrize("whole", ["□已完成", "①逐一排查", "②", "★", "〇", "㎡", "⽉", "😀"])
def test_it_takes_rare_signs_for_what_they_are(whole: str) -> None:
    assert damaged("引导群众", f"引导{whole}群众") == ((), ())


def test_it_looks_at_a_head_that_no_rule_recognises() -> None:
    draft = read_circular("青\ufffd\ufffd\n关于做\ufffd排查\ufffd作的通\ufffd\n各县水务局\ufffd\n请抓好落实。")
    assert draft.damaged


def test_it_lets_nobody_register_what_is_mostly_damage() -> None:
    deciding, _ = damaged("引导群众", "爱\ufffd水源。" * 1_200)
    assert deciding == ("全文有大量无法辨认的字，请对照原件。",)


def test_it_tells_the_damage_of_an_annex_with_the_annex() -> None:
    annexed = CIRCULAR + "\n附件\n\n青川市节水工作方案\n\n一、各县于5月\ufffd日前将节水方案报市水务局。二、抓好落实。\n"
    draft = read_circular(annexed)
    assert draft.damaged == ()
    assert any(annex.damaged for annex in draft.annexes)


def test_it_shows_the_damage_in_json() -> None:
    shown = draft_as_json(read_circular(CIRCULAR.replace("12号", "1\ufffd号")))
    assert shown["damaged"] == ["发文字号中有无法辨认的字：“青水发〔2020〕1□号”，请对照原件。"]


@given(st.text("年月日前12报各关于通知：。\n（cid:1）\ufffd\ue000\uf0d8", max_size=200), st.data())
def test_it_never_fails(text: str, data: st.DataObject) -> None:
    start, body, end = sorted(data.draw(st.tuples(*[st.integers(0, len(text))] * 3)))
    deciding, rest = damage(text, start, body, end, {"标题": text[start:body]})
    assert all(sentence.endswith("请对照原件。") for sentence in (*deciding, *rest))


@pytest.mark.parametrize("piece", ["\ufffd", "\ufffd。", "(cid:", "年\ufffd月", "关于\ufffd\n"])
def test_it_takes_a_megabyte_in_less_than_a_second(piece: str) -> None:
    text = piece * (1_000_000 // len(piece))
    begin = time.perf_counter()
    damage(text, 0, 300, len(text), {})
    assert time.perf_counter() - begin < 1
