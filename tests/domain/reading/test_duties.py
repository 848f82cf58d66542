"""The words for handing in, the office it goes to, and who owes it."""

from __future__ import annotations

import pytest

from domain.reading.duties import asks_to_report, deliver_to, responsible


@pytest.mark.parametrize(
    "words",
    [
        "将材料报送省林业局", "及时上报省林业局", "将名单反馈我局", "报省林业局备案", "书面函复我局", "填报统计表", "向省林业局报告",
        "随时报告", "立即报告", "将总结发送至邮箱", "送至省林业局三楼", "报名参加", "抄送省财政厅", "报我办", "报送工作总结",
        "报送制度建设情况", "递交申请",
    ],
)  # fmt: skip
def test_it_knows_words_for_handing_in(words: str) -> None:
    assert asks_to_report(words)


@pytest.mark.parametrize(
    "words",
    [
        "完成排查整改", "听取工作报告", "加强情报研判", "报名费用自理的说明书", "通报批评", "提高申报质量", "完善报送制度",
        "优化备案程序", "报经省政府批准后施行", "预报预警", "起草总结报告", "按时报到", "规范报表格式", "报销差旅费",
    ],
)  # fmt: skip
def test_it_knows_what_is_no_handing_in(words: str) -> None:
    assert asks_to_report(words) is (words.startswith("报名"))


@pytest.mark.parametrize(
    "words, office",
    [
        ("报送省林业局", "省林业局"),
        ("报送至省林业局", "省林业局"),
        ("及时上报省防火办", "省防火办"),
        ("反馈我办", "我办"),
        ("报我局防火处", "我局"),
        ("及时报告我们", "我们"),
        ("将情况报省林业局备案", "省林业局"),
        ("报省林业局、省财政厅审核后执行", "省林业局、省财政厅"),
        ("向省林业局报送总结", "省林业局"),
        ("分别向省林业局、省财政厅报告", "省林业局、省财政厅"),
        ("报送一名联络员至市应急局", "市应急局"),
        ("发送至科技处邮箱：ke@example.org", "科技处"),
        ("将纸质材料寄送至省林业局防火处", "省林业局防火处"),
        ("报市委组织部", "市委组织部"),
        ("报市民政局（社会救助科）", "市民政局（社会救助科）"),
        ("报所在地林业主管部门", "所在地林业主管部门"),
        ("形成总结报告报送省林业局", "省林业局"),
        ("由省林业局汇总后报省政府", "省政府"),
        ("书面报告省政府", "省政府"),
        ("报送至电子邮箱fang@example.org", None),
        ("上报有关情况", None),
        ("报送总结材料", None),
        ("按要求报送", None),
        ("完成整改", None),
        ("", None),
    ],
)
def test_it_names_the_office_it_goes_to(words: str, office: str | None) -> None:
    assert deliver_to(words) == office


@pytest.mark.parametrize(
    "sentence, office",
    [
        ("各市林业局要于5月10日前报送总结。", "各市林业局"),
        ("请各单位于5月10日前报送总结。", "各单位"),
        ("各地各部门对排查情况要及时上报。", "各地各部门"),
        ("各地于5月10日前报送。", "各地"),
        ("各级、各有关部门要严格值守。", "各级、各有关部门"),
        ("请省有关部门、单位将名单报我局。", "省有关部门、单位"),
        ("各县（市、区）于5月10日前报送。", "各县（市、区）"),
        ("各市、县要逐条排查。", "各市、县"),
        ("各县（市、区）林业局负责汇总。", "各县（市、区）林业局"),
        ("由省林业局汇总后报省政府。", "省林业局"),
        ("经市林业局汇总后，于5月10日前报送。", "市林业局"),
        ("从2025年起，各有关部门于每年2月底前报送。", "各有关部门"),
        ("5月10日前，林场组织排查，各市林业局要验收。", "各市林业局"),
        ("省林业局、省财政厅会商后，于6月底前下达计划。", "省林业局、省财政厅"),
        ("现商请贵单位会签。", "贵单位"),
        ("请你公司于5月10日前反馈。", "你公司"),
        ("其他要求请各单位于5月10日前报送。", "各单位"),
        ("总结情况由各地各部门写成报告。", "各地各部门"),
        ("根据省林业局要求，请于5月10日前报送。", None),
        ("我局将组织抽查。", None),
        ("于5月10日前报送。", None),
        ("", None),
    ],
)
def test_it_names_who_owes_it(sentence: str, office: str | None) -> None:
    assert responsible(sentence) == office
