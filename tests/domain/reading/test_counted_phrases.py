"""Terms counted from receipt, issuing or an event, in many fields. Made up; read as of 6 March 2023, a Monday."""

from __future__ import annotations

from datetime import date

import pytest

from tests.domain.reading.told import told

FROM_RECEIPT_AND_ISSUING = [
    ("请在收到通知后5个工作日内将贯彻意见报市委督查室。", ["report 5 workdays after receipt"]),
    ("请各单位接到本通知之日起10日内报送整改方案。", ["report 10 days after receipt"]),
    ("请自收到本函之日起15个工作日内书面答复我局。", ["report 15 workdays after receipt"]),
    ("各县接通知后3日内上报联络员名单。", ["report 3 days after receipt"]),
    ("请于接到此通知后两周内反馈落实情况。", ["report 14 days after receipt"]),
    ("接此通知后一周内将自查结果报教育局安全科。", ["report 7 days after receipt"]),
    ("收到本通知之日起三十日内完成备案。", ["report 30 days after receipt"]),
    ("请你单位收文后5日内将处理结果函告我办。", ["report 5 days after receipt"]),
    ("请于收到本通知书之日起7日内提交书面说明。", ["report 7 days after receipt"]),
    ("收到转办件后10个工作日内办结，并将办理结果报区信访局。", ["report 10 workdays after receipt"]),
    ("收到本通知24小时内回复是否参会。", ["report after receipt"]),
    ("接到督办单后2个工作日内反馈办理进展。", ["report 2 workdays after receipt"]),
    ("请于5个工作日内反馈书面意见。", ["report 5 workdays after receipt"]),
    ("文件下发后3日内，各乡镇报送任务分解表。", ["report 2023-03-09"]),
    ("本通知下发后10个工作日内报送实施方案。", ["report 2023-03-20"]),
    ("自印发之日起30日内，各县制定实施细则并报市政府备案。", ["report 2023-04-05"]),
    ("各市自本通知印发之日起60日内报送细化方案。", ["report 2023-05-05"]),
    ("自发文之日起一个月内将整改结果报省审计厅。", ["report 2023-04-06"]),
    ("本意见印发后两个月内，各部门出台配套措施并报国务院办公厅备案。", ["report 2023-05-06"]),
    ("本方案印发后15日内完成动员部署。", ["complete 2023-03-21"]),
    ("自本通知发布之日起20日内完成清理。", ["complete 2023-03-26"]),
    ("自公布之日起10日内将有关目录报送我局。", ["report 2023-03-16"]),
    ("自即日起15日内完成自查自纠。", ["complete 2023-03-21"]),
    ("即日起一个月内完成整改。", ["complete 2023-04-06"]),
    ("限一周内报送情况说明。", ["report 7 days after receipt"]),
    ("三日内书面报告整改情况。", ["report 3 days after receipt"]),
    ("即日起至3月31日，各单位报送征订数量。", ["report 2023-03-31"]),
    ("申报时间为即日起至4月20日止。", ["report 2023-04-20"]),
    ("征求意见时间为即日起至2023年4月10日，请将意见反馈至市司法局。", ["report 2023-04-10"]),
]
FROM_EVENTS = [
    ("事发后2小时内向县委、县政府报告。", ["report after the event"]),
    ("生产安全事故发生后1小时内，必须向县级应急管理部门报告。", ["report after the event"]),
    ("会后3日内将会议落实情况报送市政府办。", ["report 3 days after the event"]),
    ("活动结束后15日内将总结报送团省委。", ["report 15 days after the event"]),
    ("重要情况随时上报。", ["report after the event"]),
    ("遇有突发事件，随时报告，不受时间限制。", ["report after the event"]),
    ("发现疑似病例，第一时间报告县疾控中心。", ["report after the event"]),
    ("如遇险情，立即报告县防汛抗旱指挥部。", ["report after the event"]),
    ("工作中遇到的重大问题，请及时报告我委。", ["report after the event"]),
    ("发生动物疫情要在24小时内上报省动物疫病预防控制中心。", ["report after the event"]),
    ("接到群众举报后3日内核实处理并反馈举报人。", ["report 3 days after the event"]),
    ("处罚决定作出之日起7个工作日内报送信用信息平台。", ["report 7 workdays after the event"]),
    ("中标结果确定后5个工作日内将合同报财政部门备案。", ["report 5 workdays after the event"]),
    ("培训班结束后一周内将培训总结报人事处。", ["report 7 days after the event"]),
    ("人员发生变动的，应在5日内报区人社局备案。", ["report 5 days after the event"]),
    ("企业迁入后30日内到住所地环保部门备案。", ["report 30 days after the event"]),
    ("检查组离开后10日内，被检查单位将整改方案报省厅。", ["report 10 days after the event"]),
]
#: Written on another day than the rest.
OTHER_DAYS = [
    ("请接通知后即抓紧落实，5个工作日内将情况报我办。", ["report 5 workdays after receipt"], "2021-05-12"),
    ("请你局自收到本建议书之日起两个月内书面回复整改情况。", ["report after receipt"], "2021-05-12"),
    ("请自收到交办函之日起20个工作日内办结并书面回复。", ["report 20 workdays after receipt"], "2021-05-12"),
    ("请在收到本通知书后十五日内提出书面意见。", ["complete 15 days after receipt"], "2021-05-12"),
    ("各镇在收到本方案后一周内制定实施细则报县农办。", ["report 7 days after receipt"], "2021-05-12"),
    ("自本通知印发之日起15个工作日内，各市报送实施方案。", ["report 2021-06-02"], "2021-05-12"),
    ("通知印发后20日内完成机构备案。", ["report 2021-06-01"], "2021-05-12"),
    ("自本方案公布之日起三个月内完成清理工作。", ["complete 2021-08-12"], "2021-05-12"),
    ("自发布之日起半年内完成存量整改。", ["complete 2021-11-12"], "2021-05-12"),
    ("自即日起30日内，各企业完成自查并上报。", ["report 2021-06-11"], "2021-05-12"),
    ("自发文之日起半个月内报送专班名单。", ["report 2021-05-27"], "2021-05-12"),
    ("现场检查结束后3个工作日内，检查组将检查报告报局办公室。", ["report 3 workdays after the event"], "2021-05-12"),
    ("会议结束后2个工作日内报送会议纪要。", ["report 2 workdays after the event"], "2021-05-12"),
    ("项目竣工验收后30日内向档案馆移交档案并备案。", ["report 30 days after the event"], "2021-05-12"),
    ("应急响应终止后7日内报送总结评估报告。", ["report 7 days after the event"], "2021-05-12"),
    ("发现疫情后2小时内向县级兽医主管部门报告。", ["report after the event"], "2021-05-12"),
    ("有关重大舆情第一时间上报，不受时间限制。", ["report after the event"], "2021-05-12"),
    ("情况紧急时可随时报告，不受上述时间限制。", ["report after the event"], "2021-05-12"),
    ("遇有重大汛情、险情、灾情，及时报告省防指。", ["report after the event"], "2021-05-12"),
    ("重要紧急情况须随时报送，不得迟报漏报。", ["report after the event"], "2021-05-12"),
    ("合同签订后10日内报县采购办备案。", ["report 10 days after the event"], "2021-05-12"),
    ("自事故发生之日起30日内提交事故调查报告。", ["report 30 days after the event"], "2021-05-12"),
    ("收到本通知后，请于3个工作日内确定联络员并反馈我办。", ["report 3 workdays after receipt"], "2022-10-18"),
    ("请于收文后2日内反馈是否参展。", ["report 2 days after receipt"], "2022-10-18"),
    ("接到通知后24小时内将名单上报。", ["report after receipt"], "2022-10-18"),
    ("请接函后15日内函复。", ["report 15 days after receipt"], "2022-10-18"),
    (
        "事故发生后，现场人员应当立即向本单位负责人报告；单位负责人接到报告后，应当于1小时内向县级应急管理部门报告。",
        ["report after the event", "report after the event"],
        "2022-10-18",
    ),
    ("抽检不合格结果应在24小时内报告所在地市场监管部门。", ["report after the event"], "2022-10-18"),
    ("公示结束后5个工作日内将结果报送市教育局人事科。", ["report 5 workdays after the event"], "2022-10-18"),
    ("项目完工后2个月内提交验收申请报告。", ["report after the event"], "2022-10-18"),
    ("任务完成后10日内书面报告完成情况。", ["report 10 days after the event"], "2022-10-18"),
    ("出现聚集性疫情的，须第一时间报告属地疾控机构。", ["report after the event"], "2022-10-18"),
    ("如有重要进展，请随时报送。", ["report after the event"], "2022-10-18"),
    ("对发现的重大隐患，要立即整改并及时上报。", ["report after the event"], "2022-10-18"),
    ("各单位遇有人员调整，应于5个工作日内报组织部备案。", ["report 5 workdays after the event"], "2022-10-18"),
]


@pytest.mark.parametrize(("sentence", "asked"), FROM_RECEIPT_AND_ISSUING + FROM_EVENTS)
def test_it_reads(sentence: str, asked: list[str]) -> None:
    assert told(sentence) == asked


@pytest.mark.parametrize(("sentence", "asked", "written_on"), OTHER_DAYS)
def test_it_reads_by_the_day_on_which_it_was_written(sentence: str, asked: list[str], written_on: str) -> None:
    assert told(sentence, date.fromisoformat(written_on)) == asked
