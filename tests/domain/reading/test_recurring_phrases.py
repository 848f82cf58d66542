"""What recurs, as circulars of many fields write it. Made up; read as of 6 March 2023, a Monday."""

from __future__ import annotations

from datetime import date

import pytest

from tests.domain.reading.told import told

MONTHLY = [
    ("各县每月5日前将上月禁毒工作情况报市禁毒办。", ["report FREQ=MONTHLY;BYMONTHDAY=5"]),
    ("请于每月5日前报送上月统计表。", ["report FREQ=MONTHLY;BYMONTHDAY=5"]),
    ("各企业应于每个月的10日之前申报上月污染物排放量，报送市生态环境局。", ["report FREQ=MONTHLY;BYMONTHDAY=10"]),
    ("每月月底前将信访积案化解情况报县信访局。", ["report FREQ=MONTHLY;BYMONTHDAY=-1"]),
    ("每月底前报送当月工作小结。", ["report FREQ=MONTHLY;BYMONTHDAY=-1"]),
    ("每月末报送库存物资报表。", ["report FREQ=MONTHLY;BYMONTHDAY=-1"]),
    ("每月最后一天报送当月出勤统计表。", ["report FREQ=MONTHLY;BYMONTHDAY=-1"]),
    ("每月最后一个工作日前将帮扶台账报县乡村振兴局。", ["report FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1"]),
    ("各部门每月第一个工作日报送上月督办事项进展。", ["report FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1"]),
    ("各院系于每月前3个工作日内上报考勤汇总表。", ["report FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=3"]),
    ("每月最后一个星期五前报送本月安全检查记录。", ["report FREQ=MONTHLY;BYDAY=-1FR"]),
    ("每月第一个周一前向局办公室报送工作计划。", ["report FREQ=MONTHLY;BYDAY=1MO"]),
    ("从今年4月起，各县于每月8日前报送粮食收储进度。", ["report FREQ=MONTHLY;BYMONTHDAY=8 from 2023-04-08"]),
    (
        "2023年4月至11月，每月25日前报送露天焚烧巡查情况。",
        ["report FREQ=MONTHLY;BYMONTHDAY=25;UNTIL=20231130 from 2023-04-25"],
    ),
    ("自4月1日起，各医疗机构每月3日前报送上月抗菌药物使用情况。", ["report FREQ=MONTHLY;BYMONTHDAY=3 from 2023-04-03"]),
    ("各镇（街）于次月5日前报送当月违建查处情况。", ["report FREQ=MONTHLY;BYMONTHDAY=5"]),
    ("当月监测数据于次月10日前报送省站。", ["report FREQ=MONTHLY;BYMONTHDAY=10"]),
    ("每月的监督检查情况应于下月5日前上报。", ["report FREQ=MONTHLY;BYMONTHDAY=5"]),
    ("每月结束后7日内，将财政收支月报报送市财政局国库科。", ["report FREQ=MONTHLY;BYMONTHDAY=7"]),
    ("月度终了后10日内报送会计月报。", ["report FREQ=MONTHLY;BYMONTHDAY=10"]),
    ("每月5日、15日、25日前各报送一次施工进度。", ["report FREQ=MONTHLY;BYMONTHDAY=5,15,25"]),
    ("每月10日和25日前将旬报报市农业农村局。", ["report FREQ=MONTHLY;BYMONTHDAY=10,25"]),
    ("每月上旬报送上月信用信息归集情况。", ["report FREQ=MONTHLY;BYMONTHDAY=10"]),
    ("每月20日17时前通过系统上报。", ["report FREQ=MONTHLY;BYMONTHDAY=20 17:00"]),
    ("请各单位每月25日下班前将工作动态报局办公室。", ["report FREQ=MONTHLY;BYMONTHDAY=25"]),
    ("实行月报制度，请各市于每月28日前报送。", ["report FREQ=MONTHLY;BYMONTHDAY=28"]),
    ("按月报送帮扶工作进展情况。", ["report FREQ=MONTHLY"]),
    ("各县每月报送一次工作信息。", ["report FREQ=MONTHLY"]),
    ("每两个月报送一次督查情况。", ["report FREQ=MONTHLY;INTERVAL=2"]),
    ("双月10日前报送联席会议议题。", ["report FREQ=YEARLY;BYMONTH=2,4,6,8,10,12;BYMONTHDAY=10"]),
    ("各网格员每半月上报一次巡查情况。", ["report FREQ=MONTHLY;BYMONTHDAY=15,-1"]),
    ("每旬末将蝗虫防控进度报省植保站。", ["report FREQ=MONTHLY;BYMONTHDAY=10,20,-1"]),
    ("其后每月20日前报送一次整改进展情况。", ["report FREQ=MONTHLY;BYMONTHDAY=20"]),
    ("请于3月15日前报送首期数据，以后每月15日前报送一次。", ["report 2023-03-15", "report FREQ=MONTHLY;BYMONTHDAY=15"]),
]
LONGER_PERIODS = [
    ("各市州于每季度首月10日前报送上季度安全生产形势分析。", ["report FREQ=YEARLY;BYMONTH=1,4,7,10;BYMONTHDAY=10"]),
    ("每季度第一个月5日前报上季度重点项目进展。", ["report FREQ=YEARLY;BYMONTH=1,4,7,10;BYMONTHDAY=5"]),
    ("每季度结束后10日内，将债务化解情况报省财政厅。", ["report FREQ=YEARLY;BYMONTH=1,4,7,10;BYMONTHDAY=10"]),
    ("每季度终了后15日内报送季度财务报表。", ["report FREQ=YEARLY;BYMONTH=1,4,7,10;BYMONTHDAY=15"]),
    ("各地要在每季度结束后的5日内报送监测分析报告。", ["report FREQ=YEARLY;BYMONTH=1,4,7,10;BYMONTHDAY=5"]),
    ("每季度末将水源地水质监测结果报市生态环境局。", ["report FREQ=YEARLY;BYMONTH=3,6,9,12;BYMONTHDAY=-1"]),
    ("每季度末前报送培训台账。", ["report FREQ=YEARLY;BYMONTH=3,6,9,12;BYMONTHDAY=-1"]),
    ("每季度末月20日前报送本季度宣传计划。", ["report FREQ=YEARLY;BYMONTH=3,6,9,12;BYMONTHDAY=20"]),
    ("每季度最后一个月25日前将巡察整改进展报县纪委监委。", ["report FREQ=YEARLY;BYMONTH=3,6,9,12;BYMONTHDAY=25"]),
    ("每季度第二个月底前上报抽检合格率。", ["report FREQ=YEARLY;BYMONTH=2,5,8,11;BYMONTHDAY=-1"]),
    ("每季末月底前报送专户余额。", ["report FREQ=YEARLY;BYMONTH=3,6,9,12;BYMONTHDAY=-1"]),
    (
        "各乡镇于每季度的最后一个工作日前报送网格化工作开展情况。",
        ["report FREQ=MONTHLY;BYMONTH=3,6,9,12;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1"],
    ),
    ("下一季度首月8日前报送本季度运行分析。", ["report FREQ=YEARLY;BYMONTH=1,4,7,10;BYMONTHDAY=8"]),
    ("季度报告应于下季度第一个月15日前报送。", ["report FREQ=YEARLY;BYMONTH=1,4,7,10;BYMONTHDAY=15"]),
    (
        "每年4月、7月、10月和次年1月的10日前报送上一季度工作情况。",
        ["report FREQ=YEARLY;BYMONTH=1,4,7,10;BYMONTHDAY=10"],
    ),
    ("每季度报送一次项目储备情况。", ["report FREQ=MONTHLY;INTERVAL=3"]),
    ("按季度上报养殖业保险理赔情况。", ["report FREQ=MONTHLY;INTERVAL=3"]),
    ("每半年报送一次妇幼健康工作总结。", ["report FREQ=MONTHLY;INTERVAL=6"]),
    ("每半年末报送病媒生物监测结果。", ["report FREQ=YEARLY;BYMONTH=6,12;BYMONTHDAY=-1"]),
    ("每半年结束后15日内将执法情况报司法厅。", ["report FREQ=YEARLY;BYMONTH=1,7;BYMONTHDAY=15"]),
    ("每年6月底和12月底前将河长制工作情况报省河长办。", ["report FREQ=YEARLY;BYMONTH=6,12;BYMONTHDAY=-1"]),
    ("每年6月30日、12月31日前报送档案移交清单。", ["report FREQ=YEARLY;BYMONTH=6,12;BYMONTHDAY=-1"]),
    ("每年6月25日和12月25日前分别报送半年和年度总结。", ["report FREQ=YEARLY;BYMONTH=6,12;BYMONTHDAY=25"]),
    ("每年7月15日和次年1月15日前报送半年度和年度报告。", ["report FREQ=YEARLY;BYMONTH=1,7;BYMONTHDAY=15"]),
    (
        "每年3月10日、9月20日前报送春秋两季征兵准备情况。",
        ["report FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=10", "report FREQ=YEARLY;BYMONTH=9;BYMONTHDAY=20"],
    ),
    ("各学校每年1月15日前报上年度资助资金使用情况。", ["report FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=15"]),
    ("每年12月10日前将本年度法治建设情况报县委依法治县办。", ["report FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=10"]),
    ("于每年11月底以前将来年项目计划报送省体育局。", ["report FREQ=YEARLY;BYMONTH=11;BYMONTHDAY=-1"]),
    ("每年年底前报送年度总结。", ["report FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=-1"]),
    ("每年年初报送年度培训计划。", ["report FREQ=YEARLY"]),
    ("从2024年起，每年3月底前报送上年度内部审计报告。", ["report FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=-1 from 2024-03-31"]),
    (
        "自2023年起，各市每年10月15日前将冬修水利计划报省水利厅。",
        ["report FREQ=YEARLY;BYMONTH=10;BYMONTHDAY=15 from 2023-10-15"],
    ),
    ("每年第一季度末前报送上年度审批清单。", ["report FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=-1"]),
    ("每年度终了后30日内报送年度决算。", ["report FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=30"]),
    ("每年报送一次履职报告。", ["report FREQ=YEARLY"]),
    ("每年5月上旬报送防灾减灾宣传周活动方案。", ["report FREQ=YEARLY;BYMONTH=5;BYMONTHDAY=10"]),
    (
        "2023年至2025年，每年12月5日前报送年度实施情况。",
        ["report FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=5;UNTIL=20251231 from 2023-12-05"],
    ),
]
SHORTER_PERIODS = [
    ("各施工单位每周五下午5时前将进度报送县重点办。", ["report FREQ=WEEKLY;BYDAY=FR 17:00"]),
    ("每周一、周四报送疫情防控物资消耗情况。", ["report FREQ=WEEKLY;BYDAY=MO,TH"]),
    ("每周一和周四下班前报送舆情周报。", ["report FREQ=WEEKLY;BYDAY=MO,TH"]),
    ("每周二、四、六上午10时前报送墒情。", ["report FREQ=WEEKLY;BYDAY=TU,TH,SA 10:00"]),
    ("每周星期三前上报学生缺勤情况。", ["report FREQ=WEEKLY;BYDAY=WE"]),
    ("每周日20:00前报送下周值班安排。", ["report FREQ=WEEKLY;BYDAY=SU 20:00"]),
    ("每星期五中午12点前将接种数据报县疾控中心。", ["report FREQ=WEEKLY;BYDAY=FR 12:00"]),
    ("每周报送一次复工企业名单。", ["report FREQ=WEEKLY"]),
    ("各乡镇按周报送秸秆禁烧情况。", ["report FREQ=WEEKLY"]),
    ("每两周报送一次专项整治工作进展。", ["report FREQ=WEEKLY;INTERVAL=2"]),
    ("每周末报送一周重点工作。", ["report FREQ=WEEKLY"]),
    ("从3月13日起，每周一上午12时前报送上周接诊情况。", ["report FREQ=WEEKLY;BYDAY=MO 12:00 from 2023-03-13"]),
    ("即日起至6月30日，每周五前报送道路养护进度。", ["report FREQ=WEEKLY;BYDAY=FR;UNTIL=20230630 from 2023-03-10"]),
    ("4月期间，每周三16:00前报送活动统计表。", ["report FREQ=WEEKLY;BYDAY=WE;UNTIL=20230430 16:00 from 2023-04-05"]),
    ("每日17时前将当日疫情报送县指挥部。", ["report FREQ=DAILY 17:00"]),
    ("每天上午9时和下午4时向市防办报告水位。", ["report FREQ=DAILY 09:00", "report FREQ=DAILY 16:00"]),
    ("每日8时、20时报送水库水位。", ["report FREQ=DAILY 08:00", "report FREQ=DAILY 20:00"]),
    ("实行日报告和零报告制度，每日16:00前报送排查情况。", ["report FREQ=DAILY 16:00"]),
    ("每天下午5点前报送车辆检查数量。", ["report FREQ=DAILY 17:00"]),
    ("自即日起，各县每日18时前报送隔离点情况。", ["report FREQ=DAILY 18:00 from 2023-03-06"]),
    ("从3月8日起每天15时前报送返乡人员情况。", ["report FREQ=DAILY 15:00 from 2023-03-08"]),
    ("汛期（6月1日至9月30日）每日8时前报送水情。", ["report FREQ=DAILY;UNTIL=20230930 08:00 from 2023-06-01"]),
    ("6月1日至9月30日，各水库每日17时前报送蓄水情况。", ["report FREQ=DAILY;UNTIL=20230930 17:00 from 2023-06-01"]),
    ("每个工作日17:30前报送窗口办件量。", ["report FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR 17:30"]),
    ("每日报送森林火险巡查情况。", ["report FREQ=DAILY"]),
    ("每两天报送一次抗旱浇地进度。", ["report FREQ=DAILY;INTERVAL=2"]),
    ("每日上午10点30分前，将前一日用工情况报镇人社所。", ["report FREQ=DAILY 10:30"]),
    ("当日数据于当日18:00前报送。", ["report FREQ=DAILY 18:00"]),
    ("每逢周五报送工作周报。", ["report FREQ=WEEKLY;BYDAY=FR"]),
    ("每晚9时前报送宿舍查寝情况。", ["report FREQ=DAILY 21:00"]),
]
DEFERRED = [
    ("每月5日前报送，遇节假日顺延。", ["report FREQ=MONTHLY;BYMONTHDAY=5 deferred to working day 1"]),
    (
        "各市每月10日前（遇法定节假日顺延）报送上月数据。",
        ["report FREQ=MONTHLY;BYMONTHDAY=10 deferred to working day 1"],
    ),
    (
        "每季度首月15日前申报，如遇法定节假日，顺延至节后第一个工作日。",
        ["report FREQ=YEARLY;BYMONTH=1,4,7,10;BYMONTHDAY=15 deferred to working day 1"],
    ),
    (
        "每周一12时前报送，遇法定节假日顺延至节后第二个工作日12时前。",
        ["report FREQ=WEEKLY;BYDAY=MO 12:00 deferred to working day 2 12:00"],
    ),
    ("请于每月3日前报送（节假日顺延）。", ["report FREQ=MONTHLY;BYMONTHDAY=3 deferred to working day 1"]),
    ("每月25日前上报，逢节假日、双休日顺延。", ["report FREQ=MONTHLY;BYMONTHDAY=25 deferred to working day 1"]),
    ("每月5日前报送，节假日不顺延。", ["report FREQ=MONTHLY;BYMONTHDAY=5"]),
    (
        "每月7日前报送（如遇周末或节假日，顺延至下一个工作日）。",
        ["report FREQ=MONTHLY;BYMONTHDAY=7 deferred to working day 1"],
    ),
]
#: Written on another day than the rest.
OTHER_DAYS = [
    (
        "从3月份开始，每个月5日前将脱贫攻坚进展情况报省扶贫办。",
        ["report FREQ=MONTHLY;BYMONTHDAY=5 from 2020-03-05"],
        "2020-02-20",
    ),
    (
        "自2020年3月起至12月止，每月10日前报送复工复产情况。",
        ["report FREQ=MONTHLY;BYMONTHDAY=10;UNTIL=20201231 from 2020-03-10"],
        "2020-02-20",
    ),
    (
        "各县每月3日前上报上月地质灾害巡查记录，遇节假日顺延。",
        ["report FREQ=MONTHLY;BYMONTHDAY=3 deferred to working day 1"],
        "2021-05-12",
    ),
    (
        "自6月份起，各镇每月末向县防火办报送一次巡护情况。",
        ["report FREQ=MONTHLY;BYMONTHDAY=-1 from 2021-06-30"],
        "2021-05-12",
    ),
    (
        "2021年6月至12月，每月28日前，各市将督导情况报省纪委监委驻省农业农村厅纪检监察组。",
        ["report FREQ=MONTHLY;BYMONTHDAY=28;UNTIL=20211231 from 2021-06-28"],
        "2021-05-12",
    ),
    (
        "活动期间（6月1日至6月30日），每周五16:00前报送活动信息。",
        ["report FREQ=WEEKLY;BYDAY=FR;UNTIL=20210630 16:00 from 2021-06-04"],
        "2021-05-12",
    ),
    (
        "自5月17日起，各区每天17:00前向市专班报送核查人数，至6月30日结束。",
        ["report FREQ=DAILY;UNTIL=20210630 17:00 from 2021-05-17"],
        "2021-05-12",
    ),
    ("各县区须于每月月末前3日报送补贴发放情况。", ["report FREQ=MONTHLY"], "2021-05-12"),
    ("每月1日、11日、21日报送价格采集数据。", ["report FREQ=MONTHLY;BYMONTHDAY=1,11,21"], "2021-05-12"),
    ("每月15日和月底前各报送一次案件查办情况。", ["report FREQ=MONTHLY;BYMONTHDAY=15,-1"], "2021-05-12"),
    ("于每月倒数第二个工作日前报送资金计划。", ["report FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2"], "2021-05-12"),
    (
        "每月的第一个工作日前，将上月用水量报送水务局。",
        ["report FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1"],
        "2021-05-12",
    ),
    ("每月第二个星期三前报送志愿服务计划。", ["report FREQ=MONTHLY;BYDAY=2WE"], "2021-05-12"),
    (
        "月报表于次月5日前报送，季报表于季后10日内报送，年报表于次年1月31日前报送。",
        [
            "report FREQ=MONTHLY;BYMONTHDAY=5",
            "report FREQ=YEARLY;BYMONTH=1,4,7,10;BYMONTHDAY=10",
            "report FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=31",
        ],
        "2021-05-12",
    ),
    ("月度数据于月后5日内报送。", ["report FREQ=MONTHLY;BYMONTHDAY=5"], "2021-05-12"),
    ("季报应于季度结束后15日内报送。", ["report FREQ=YEARLY;BYMONTH=1,4,7,10;BYMONTHDAY=15"], "2021-05-12"),
    ("年报应于每年2月15日前报送。", ["report FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=15"], "2021-05-12"),
    ("每个季度的首月5日前，将上季度情况报我局。", ["report FREQ=YEARLY;BYMONTH=1,4,7,10;BYMONTHDAY=5"], "2021-05-12"),
    ("每季度第1个月8日前报送上季度统计表。", ["report FREQ=YEARLY;BYMONTH=1,4,7,10;BYMONTHDAY=8"], "2021-05-12"),
    (
        "各市每季度首月前5个工作日内上报季度报告。",
        ["report FREQ=MONTHLY;BYMONTH=1,4,7,10;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=5"],
        "2021-05-12",
    ),
    (
        "每季度结束后5个工作日内报送基金收支情况。",
        ["report FREQ=MONTHLY;BYMONTH=1,4,7,10;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=5"],
        "2021-05-12",
    ),
    ("每季度次月10日前报送上季度数据。", ["report FREQ=YEARLY;BYMONTH=1,4,7,10;BYMONTHDAY=10"], "2021-05-12"),
    (
        "每季末最后一个工作日前报送头寸表。",
        ["report FREQ=MONTHLY;BYMONTH=3,6,9,12;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1"],
        "2021-05-12",
    ),
    (
        "每年1月、4月、7月、10月的15日前报送上季度报告。",
        ["report FREQ=YEARLY;BYMONTH=1,4,7,10;BYMONTHDAY=15"],
        "2021-05-12",
    ),
    ("每年的3月、6月、9月、12月底前报送。", ["report FREQ=YEARLY;BYMONTH=3,6,9,12;BYMONTHDAY=-1"], "2021-05-12"),
    (
        "于3月、6月、9月、12月的25日前报送当季工作进展。",
        ["report 2022-03-25", "report 2021-06-25", "report 2021-09-25", "report 2021-12-25"],
        "2021-05-12",
    ),
    (
        "各县于每年7月10日、次年1月10日前上报半年和全年情况。",
        ["report FREQ=YEARLY;BYMONTH=1,7;BYMONTHDAY=10"],
        "2021-05-12",
    ),
    (
        "每年6月和12月的最后一个工作日前报送资产盘点表。",
        ["report FREQ=MONTHLY;BYMONTH=6,12;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1"],
        "2021-05-12",
    ),
    ("每年年底前、次年年初分别报送。", ["report FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=-1"], "2021-05-12"),
    ("每年12月31日前，向登记机关报送年度工作报告。", ["report FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=31"], "2021-05-12"),
    ("每年上半年结束后20日内报送半年总结。", ["report FREQ=YEARLY;BYMONTH=7;BYMONTHDAY=20"], "2021-05-12"),
    (
        "每半年结束后的10个工作日内上报一次。",
        ["report FREQ=MONTHLY;BYMONTH=1,7;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=10"],
        "2021-05-12",
    ),
    (
        "每年5月31日前，将上年度决算草案报同级人大常委会备案。",
        ["report FREQ=YEARLY;BYMONTH=5;BYMONTHDAY=31"],
        "2021-05-12",
    ),
    (
        "从2022年开始，每年1月底前将上年度评估报告报省委政法委。",
        ["report FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=-1 from 2022-01-31"],
        "2021-05-12",
    ),
    ("各站每周一上午10:00前上报上周苗情。", ["report FREQ=WEEKLY;BYDAY=MO 10:00"], "2021-05-12"),
    ("每周二、周五下班前各报送一次整治情况。", ["report FREQ=WEEKLY;BYDAY=TU,FR"], "2021-05-12"),
    ("每周一至周五17时前报送当日就诊量。", ["report FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR 17:00"], "2021-05-12"),
    ("各县每周报送一次工作动态，周五12时前发至邮箱。", ["report FREQ=WEEKLY;BYDAY=FR 12:00"], "2021-05-12"),
    ("实行周报制度，每周四报送一次。", ["report FREQ=WEEKLY;BYDAY=TH"], "2021-05-12"),
    ("每隔一周报送一次巡河记录。", ["report FREQ=WEEKLY;INTERVAL=2"], "2021-05-12"),
    ("每日早8时前、晚8时前报送水位。", ["report FREQ=DAILY 08:00", "report FREQ=DAILY 20:00"], "2021-05-12"),
    (
        "各监测站每日8:00、14:00、20:00报送一次数据。",
        ["report FREQ=DAILY 08:00", "report FREQ=DAILY 14:00", "report FREQ=DAILY 20:00"],
        "2021-05-12",
    ),
    ("值班信息实行日报制，每天17时30分前报送。", ["report FREQ=DAILY 17:30"], "2021-05-12"),
    ("每日24时前汇总上报当天数据。", ["report FREQ=DAILY"], "2021-05-12"),
    ("各县每周调度一次，每月28日前报送一次综合情况。", ["report FREQ=MONTHLY;BYMONTHDAY=28"], "2021-05-12"),
    (
        "每周五前报送周报，每月25日前报送月报，每季度末月20日前报送季报。",
        [
            "report FREQ=WEEKLY;BYDAY=FR",
            "report FREQ=MONTHLY;BYMONTHDAY=25",
            "report FREQ=YEARLY;BYMONTH=3,6,9,12;BYMONTHDAY=20",
        ],
        "2021-05-12",
    ),
    (
        "各县于每月25日前报市局，市局汇总后于28日前报省局。",
        ["report FREQ=MONTHLY;BYMONTHDAY=25", "report FREQ=MONTHLY;BYMONTHDAY=28"],
        "2021-05-12",
    ),
    (
        "各县每年1月20日前报市局，市局审核后于1月底前报省厅。",
        ["report FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=20", "report FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=-1"],
        "2021-05-12",
    ),
    ("每月5日前（1月、7月为10日前）报送报表。", ["report FREQ=MONTHLY;BYMONTHDAY=5"], "2021-05-12"),
    ("按旬报送春播进度。", ["report FREQ=MONTHLY;BYMONTHDAY=10,20,-1"], "2021-05-12"),
    ("每旬逢3日前报送旬报。", ["report FREQ=MONTHLY;BYMONTHDAY=10,20,-1"], "2021-05-12"),
    ("从本月起，各镇每月25日前报送土地流转台账。", ["report FREQ=MONTHLY;BYMONTHDAY=25 from 2022-10-25"], "2022-10-18"),
    ("自下月起，每月10日前报送能耗数据。", ["report FREQ=MONTHLY;BYMONTHDAY=10 from 2022-11-10"], "2022-10-18"),
    (
        "自明年1月起，各医院每月8日前上报医保结算清单。",
        ["report FREQ=MONTHLY;BYMONTHDAY=8 from 2023-01-08"],
        "2022-10-18",
    ),
    ("自本通知印发之日起，每周五15:00前报送排查进度。", ["report FREQ=WEEKLY;BYDAY=FR 15:00"], "2022-10-18"),
    (
        "2022年11月至2023年3月，各县每周一前报送冬季取暖保障情况。",
        ["report FREQ=WEEKLY;BYDAY=MO;UNTIL=20230331 from 2022-11-07"],
        "2022-10-18",
    ),
    ("采暖季期间每日16时前报送天然气供应情况。", ["report FREQ=DAILY 16:00"], "2022-10-18"),
    (
        "请于10月底前一次性报送前三季度数据，之后每季度首月7日前报送上季度数据。",
        ["report 2022-10-31", "report FREQ=YEARLY;BYMONTH=1,4,7,10;BYMONTHDAY=7"],
        "2022-10-18",
    ),
    ("11月至12月，每半月报送一次工作小结。", ["report FREQ=MONTHLY;BYMONTHDAY=15,-1;UNTIL=20221231"], "2022-10-18"),
    (
        "各市每季末月25日前将问题清单、整改清单报省生态环境保护督察办。",
        ["report FREQ=YEARLY;BYMONTH=3,6,9,12;BYMONTHDAY=25"],
        "2022-10-18",
    ),
    ("各市于每季度第三个月20日前报送。", ["report FREQ=YEARLY;BYMONTH=3,6,9,12;BYMONTHDAY=20"], "2022-10-18"),
    (
        "各省属企业每季度第一个月的前10个工作日内报送财务快报。",
        ["report FREQ=MONTHLY;BYMONTH=1,4,7,10;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=10"],
        "2022-10-18",
    ),
    ("每年6月20日、11月20日前各报送一次。", ["report FREQ=YEARLY;BYMONTH=6,11;BYMONTHDAY=20"], "2022-10-18"),
    ("各县每年10月底前完成秋季造林作业设计审批。", ["complete FREQ=YEARLY;BYMONTH=10;BYMONTHDAY=-1"], "2022-10-18"),
    ("每年3月、9月中旬前报送两次巡查记录。", ["report FREQ=YEARLY;BYMONTH=3,9;BYMONTHDAY=20"], "2022-10-18"),
    (
        "各省（区、市）于每年12月15日前将当年工作总结和下一年工作计划报送国家粮食局。",
        ["report FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=15"],
        "2022-10-18",
    ),
    ("每年一季度末前，各部门报送上年度政务公开报告。", ["report FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=-1"], "2022-10-18"),
    ("每月1日和15日上午10时前报送库存。", ["report FREQ=MONTHLY;BYMONTHDAY=1,15 10:00"], "2022-10-18"),
    ("每周三、周日18:00前报送防疫物资消耗。", ["report FREQ=WEEKLY;BYDAY=WE,SU 18:00"], "2022-10-18"),
    ("各学校实行晨检日报制度，每日上午8:30前上报缺课学生情况，节假日除外。", ["report FREQ=DAILY 08:30"], "2022-10-18"),
    (
        "每月10日前上报，如遇国家法定节假日，则顺延至节后第一个工作日上报。",
        ["report FREQ=MONTHLY;BYMONTHDAY=10 deferred to working day 1"],
        "2022-10-18",
    ),
    (
        "各县于每月最后一个工作日17时前报送项目进度，遇节假日不顺延。",
        ["report FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1 17:00"],
        "2022-10-18",
    ),
]


@pytest.mark.parametrize(("sentence", "asked"), MONTHLY + LONGER_PERIODS + SHORTER_PERIODS + DEFERRED)
def test_it_reads(sentence: str, asked: list[str]) -> None:
    assert told(sentence) == asked


@pytest.mark.parametrize(("sentence", "asked", "written_on"), OTHER_DAYS)
def test_it_reads_by_the_day_on_which_it_was_written(sentence: str, asked: list[str], written_on: str) -> None:
    assert told(sentence, date.fromisoformat(written_on)) == asked
