"""Who owes what a sentence asks for."""

from __future__ import annotations

import pytest

from domain.reading.responsible import charged, responsible, responsible_by, subjects


@pytest.mark.parametrize(
    ("sentence", "office"),
    [
        ("各市林业局要于5月10日前报送总结。", "各市林业局"),
        ("请各单位于5月10日前报送总结。", "各单位"),
        ("各地各部门对排查情况要及时上报。", "各地各部门"),
        ("各地于5月10日前报送。", "各地"),
        ("各级、各有关单位须加强值守。", "各级、各有关单位"),
        ("请省有关部门、单位将名单报我局。", "省有关部门、单位"),
        ("各县（市、区）于5月10日前报送。", "各县（市、区）"),
        ("各市、县要逐条排查。", "各市、县"),
        ("各县（市、区）林业局负责汇总。", "各县（市、区）林业局"),
        ("由省林业局汇总后报省政府。", "省林业局"),
        ("经市林业局汇总后，于5月10日前报送。", "市林业局"),
        ("自2025年起，厅属各单位于每年9月底前报送。", "厅属各单位"),
        ("5月10日前，林场组织排查，各市林业局要验收。", "林场"),
        ("省林业局、省财政厅会商后，于6月底前下达计划。", "省林业局、省财政厅"),
        ("现商请贵单位会签。", "贵单位"),
        ("请你公司于5月10日前反馈。", "你公司"),
        ("其他要求请各单位于5月10日前报送。", "各单位"),
        ("总结情况由各地各部门写成报告。", "各地各部门"),
        ("一是各市林业局要报送总结。", "各市林业局"),
        ("各社会组织应当报送总结。", "各社会组织"),
        ("各市应急管理局要报送总结。", "各市应急管理局"),
        ("自然保护区管理部门应当报送总结。", "自然保护区管理部门"),
        ("省级档案馆全部完成。", "省级档案馆"),
        ("由市林业局会同市气象局制定办法。", "市林业局会同市气象局"),
        ("请各市林业局，省属林场于5月10日前报送。", "各市林业局，省属林场"),
        ("市林业局：5月10日前下达计划。", "市林业局"),
        ("各单位整改情况请于5月10日前报送。", "各单位"),
        ("值班人员要立即报告。", "值班人员"),
        ("省林业集团有限公司要完成林区道路、桥梁、隧道巡查，各市林业局要验收。", "省林业集团有限公司"),
        ("由所涉及的省林业局、省财政厅、省公安厅等省级部门牵头完成。", "省林业局、省财政厅、省公安厅等省级部门"),
        ("一旦出现火情，现场人员要立即报告。", "现场人员"),
        ("各院系应于5月10日前报送。", "各院系"),
        ("平台于5月10日前开放。", None),
        ("根据省林业局要求，请于5月10日前报送。", None),
        ("我局将组织抽查。", None),
        ("于5月10日前报送。", None),
        ("", None),
    ],
)
def test_it_names_who_owes_it(sentence: str, office: str | None) -> None:
    assert responsible(sentence) == office


@pytest.mark.parametrize(
    ("words", "office"),
    [
        ("（省林业局牵头，省财政厅配合）", "省林业局"),
        ("（牵头单位：省林业局；配合单位：省财政厅；完成时间：5月底前）", "省林业局"),
        ("（责任单位：省林业局、省财政厅）", "省林业局、省财政厅"),
        ("责任单位：省林业局，完成时限：5月底前。", "省林业局"),
        ("责任部门：省林业局 完成时限：5月底前", "省林业局"),
        ("（各有关部门按职责分工负责，5月底前完成）", "各有关部门"),
        ("制定办法（省林业局负责，5月底前完成）。", "省林业局"),
        ("（由省林业局负责）", "省林业局"),
        ("（责任单位：略）", None),
        ("责任落实到人。", None),
        ("（5月底前完成）", None),
        ("", None),
    ],
)
def test_it_reads_the_tag_of_an_item(words: str, office: str | None) -> None:
    assert charged(words) == office


@pytest.mark.parametrize(
    ("sentence", "owed"),
    [
        ("县局于5月底前报市局，市局于6月底前报省局。", ["县局", "市局"]),
        ("县级于5月底前、市级于6月底前完成。", ["县级", "市级"]),
        ("林场自查后，5月底前各县完成复查；6月底前，各市完成抽查。", ["各县", "各市"]),
        ("各市要抓紧，5月底前完成排查，6月底前完成整改。", ["各市", None]),
        ("方案一（省林业局牵头，5月底前完成）；方案二（省财政厅牵头，6月底前完成）。", ["省林业局", "省财政厅"]),
        ("于5月底前报市局，6月底前报省局。", [None, None]),
        ("林场应于5月底前，将计划报市局，由市局汇总，6月底前报省局。", ["林场", "市局"]),
    ],
)
def test_it_tells_who_owes_what_by_which_term(sentence: str, owed: list[str | None]) -> None:
    standing = subjects(sentence)
    first, second = sentence.index("5月底前"), sentence.index("6月底前")
    assert responsible_by(sentence, standing, first, first + 4, since=0, until=second) == owed[0]
    assert responsible_by(sentence, standing, second, second + 4, since=first + 4, until=len(sentence)) == owed[1]


def test_it_keeps_to_who_owed_what_the_sentence_said_so_far() -> None:
    sentence = "5月底前，各单位完成测评，6月底前报县委组织部，县人社局汇总。"
    at = sentence.index("6月底前")
    where = {"since": 4, "until": len(sentence)}
    standing = subjects(sentence)
    assert responsible_by(sentence, standing, at, at + 4, **where, owing="各处室") == "各单位"
    assert (
        responsible_by(
            "6月底前报县委组织部，县人社局汇总。",
            subjects("6月底前报县委组织部，县人社局汇总。"),
            0,
            4,
            since=0,
            until=17,
            owing="各处室",
        )
        == "各处室"
    )
