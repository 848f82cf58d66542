"""How names of offices are told apart in addressee lines, signatures and red heads."""

from __future__ import annotations

import pytest

from domain.reading.office_names import (
    ends_like_office,
    parted,
    signs_like_office,
    split_offices,
    split_signatures,
    without_blanks,
)


@pytest.mark.parametrize(
    ("line", "offices"),
    [
        ("各市林业局，厅属各单位", ("各市林业局", "厅属各单位")),
        ("国务院各部委、各直属机构", ("国务院各部委", "各直属机构")),
        ("各省、自治区、直辖市人民政府", ("各省、自治区、直辖市人民政府",)),
        ("各市（州）、县（市、区）林业局", ("各市（州）、县（市、区）林业局",)),
        ("各市林业局、财政局，各国有林场", ("各市林业局、财政局", "各国有林场")),
        ("省公安厅、省财政厅、省民政厅", ("省公安厅", "省财政厅", "省民政厅")),
        ("省林业局、公安厅、应急管理厅", ("省林业局", "公安厅", "应急管理厅")),
        ("省有关部门、单位", ("省有关部门、单位",)),
        ("省有关部门、单位党组（党委）", ("省有关部门、单位党组（党委）",)),
        ("各市防火办、省防火指挥部各成员单位", ("各市防火办", "省防火指挥部各成员单位")),
        ("各科室、各镇街", ("各科室", "各镇街")),
        ("各乡镇党委、人民政府，县直各部门", ("各乡镇党委、人民政府", "县直各部门")),
        ("各院系、各部门", ("各院系", "各部门")),
        ("各林区省、自治区林业部门、草原管理部门", ("各林区省、自治区林业部门、草原管理部门",)),
        ("甲乙、丙丁、戊己军区", ("甲乙、丙丁、戊己军区",)),
        ("各县（市、区）人民政府,市政府各部门", ("各县（市、区）人民政府", "市政府各部门")),
        ("各 市 林 业 局：", ("各市林业局",)),
        ("各位老师、各位同学", ("各位老师", "各位同学")),
        ("市场监管局、应急管理局", ("市场监管局", "应急管理局")),
        ("各市住建局（房管局）、城管局，各市供水公司", ("各市住建局（房管局）、城管局", "各市供水公司")),
        ("甲河市水务局、乙山县水务局", ("甲河市水务局", "乙山县水务局")),
        ("", ()),
        ("，，", ()),
    ],
)
def test_it_splits_an_addressee_line(line: str, offices: tuple[str, ...]) -> None:
    assert split_offices(line) == offices


@pytest.mark.parametrize(
    ("names", "issuers"),
    [
        ("云河省林业局", ("云河省林业局",)),
        ("云河省林业局　云河省财政厅", ("云河省林业局", "云河省财政厅")),
        ("云河省林业局\n云河省财政厅\n", ("云河省林业局", "云河省财政厅")),
        ("云河省林业局云河省财政厅云河省公安厅", ("云河省林业局", "云河省财政厅", "云河省公安厅")),
        ("青原市教育局中共青原市委宣传部", ("青原市教育局", "中共青原市委宣传部")),
        ("国家林业局办公室国家能源局综合司", ("国家林业局办公室", "国家能源局综合司")),
        ("云河省人民政府办公厅", ("云河省人民政府办公厅",)),
        ("中共云河省委办公厅", ("中共云河省委办公厅",)),
        ("云河省防火办公室（云河省林业局代章）", ("云河省防火办公室",)),
        ("云河省云河大学", ("云河省云河大学",)),
        ("云河大学安全委员会（代）", ("云河大学安全委员会",)),
        ("云河市林业局国家税务总局云河市税务局", ("云河市林业局", "国家税务总局云河市税务局")),
        ("", ()),
    ],
)
def test_it_splits_a_signature(names: str, issuers: tuple[str, ...]) -> None:
    assert split_signatures(names) == issuers


@pytest.mark.parametrize(
    "name",
    [
        "省林业局",
        "市委",
        "县人民政府",
        "教育厅（教委）",
        "各有关单位",
        "各成员单位",
        "第一中学校",
        "乙镇",
        "各位老师",
        "某公司",
    ],
)
def test_it_knows_the_names_of_offices(name: str) -> None:
    assert ends_like_office(name)


@pytest.mark.parametrize("name", ["有关情况", "总结报告", "名单", "5月10日", "各省", "每季度", "电子邮箱"])
def test_it_knows_what_is_no_office(name: str) -> None:
    assert not ends_like_office(name)


@pytest.mark.parametrize(
    ("name", "signs"), [("省林业局", True), ("领导小组", True), ("各位老师", False), ("各有关单位", False)]
)
def test_it_knows_who_can_sign(name: str, signs: bool) -> None:
    assert signs_like_office(name) is signs


def test_it_parts_outside_brackets_only() -> None:
    assert parted("甲（乙、丙）、丁", "、") == ["甲（乙、丙）", "丁"]


def test_it_leaves_out_all_blanks() -> None:
    assert without_blanks(" 通\n知　书 ") == "通知书"
