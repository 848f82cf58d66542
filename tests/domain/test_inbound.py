"""What a mail is taken for by the words its author wrote, and what stays a matter for a person."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.inbound import Facts, InboundKind, Said, classify, said
from domain.statuses import ObligationKind
from domain.urgent import Severity

MAILED = date(2020, 2, 14)
CIRCULAR = (ObligationKind.RECEIPT,)
REPORT = (ObligationKind.REPORT,)
SETTLED = (ObligationKind.COMPLETE,)
NONE: tuple[ObligationKind, ...] = ()
K = InboundKind


def facts(written: str, asked: tuple[ObligationKind, ...] = CIRCULAR, attachments: int = 0, subject: str = "") -> Facts:
    return Facts(
        subject=subject or "回复：请尽快签收",
        written=written,
        asked=asked,
        attachments=attachments,
        mailed_on=MAILED,
        is_reply=True,
    )


LONG = (
    "截至2月14日，全县共排查返乡贫困劳动力2316人，已落实就近就业岗位418个，"
    "公益性岗位安置126人，其余正在逐户核实，情况平稳。"
)
MOVED = (
    "我单位联系人张三已调离，今后请发给李四，电话0451-1234567，邮箱另行告知，给工作带来不便敬请谅解，谢谢你们的支持。"
)
ASKED = (
    "请问这个月的报表按什么口径统计？我县与去年口径不同，去年含易地搬迁户，今年不含，"
    "请予以明确为盼，以便我们及时统计上报。"
)

OPINION = (
    "你们发的通知里关于第三条的要求，与省里上次会议的精神有出入，基层执行的难度很大，"
    "还是应当统一口径以后再下发，以免造成被动。"
)
ELSEWHERE = (
    "我县2月份报表已于2月13日通过政务内网邮箱报送至贵办综合处王处长，共3张表，"
    "相关说明也一并寄出，有关情况以该表为准，谢谢。"
)

TAKEN = [
    ("签收", CIRCULAR, 0, K.RECEIPT),
    ("已签收。", CIRCULAR, 0, K.RECEIPT),
    ("收到", CIRCULAR, 0, K.RECEIPT),
    ("收到！谢谢。", CIRCULAR, 0, K.RECEIPT),
    ("已收到，我单位将认真抓好落实。", CIRCULAR, 0, K.RECEIPT),
    ("您好，文件已收悉。", CIRCULAR, 0, K.RECEIPT),
    ("我办已签收此件", CIRCULAR, 0, K.RECEIPT),
    ("来文收悉，请放心。", CIRCULAR, 0, K.RECEIPT),
    ("省扶贫办：\n已签收。\n\n平安县扶贫办 张三\n0451-12345678\n2020年2月14日", CIRCULAR, 0, K.RECEIPT),
    ("您好！\n确认收到，谢谢！\n张三", CIRCULAR, 0, K.RECEIPT),
    ("已签收，回执见附件", CIRCULAR, 1, K.UNKNOWN),
    ("已签收", CIRCULAR, 1, K.RECEIPT),
    ("收到。平安县扶贫办 张三", CIRCULAR, 0, K.RECEIPT),
    ("已签收（张三）", CIRCULAR, 0, K.RECEIPT),
    ("签收：\n平安县扶贫办", CIRCULAR, 0, K.RECEIPT),
    ("好的，已收到。马上安排落实。", CIRCULAR, 0, K.RECEIPT),
    ("【签收】", CIRCULAR, 0, K.RECEIPT),
    ("收到收到", CIRCULAR, 0, K.RECEIPT),
    ("已收到，签收人：张三，签收时间：2月14日9:40", CIRCULAR, 0, K.RECEIPT),
    ("已收悉。\n联系人：张三\n电话：0451-1234567\n手机13800000000", CIRCULAR, 0, K.RECEIPT),
    ("我单位已收到《关于不再延期开学的通知》", CIRCULAR, 0, K.RECEIPT),
    ("零报告", REPORT, 0, K.REPORT),
    ("我县2月份零报告。", REPORT, 0, K.REPORT),
    ("希望能延期至3月10日，人手不足", REPORT, 0, K.EXTENSION_REQUEST),
    ("此件不属于我局职责，退文", CIRCULAR, 0, K.RETURNED_PAPER),
    ("紧急：平安镇发生火灾", NONE, 0, K.URGENT_REPORT),
    ("知悉", CIRCULAR, 0, K.ACKNOWLEDGEMENT),
    ("已知悉。", REPORT, 0, K.ACKNOWLEDGEMENT),
    ("收到", REPORT, 0, K.ACKNOWLEDGEMENT),
    ("收到，将按时报送。", REPORT, 0, K.ACKNOWLEDGEMENT),
    ("收到", (ObligationKind.RECEIPT, ObligationKind.REPORT), 0, K.RECEIPT),
    ("收到", NONE, 0, K.ACKNOWLEDGEMENT),
    ("报送：2月份就业帮扶情况见附件。", REPORT, 1, K.REPORT),
    ("现将我县2月份有关情况报告如下：\n" + LONG, REPORT, 0, K.REPORT),
    ("省扶贫办：\n现将我县有关情况报送你办，请审阅。", REPORT, 1, K.REPORT),
    ("附件为我县2月份报表。", REPORT, 2, K.REPORT),
    ("请查收。", REPORT, 1, K.REPORT),
    ("", REPORT, 1, K.REPORT),
    (LONG, REPORT, 0, K.REPORT),
    (LONG, SETTLED, 0, K.REPORT),
    ("我县情况见附件", REPORT, 1, K.REPORT),
    ("现将我县有关情况报送如下：\n" + LONG, CIRCULAR, 0, K.REPORT),
    ("申请延期至2020年3月10日，因乡镇数据尚未收齐。", REPORT, 0, K.EXTENSION_REQUEST),
    ("延期至3月10日。理由：部分行政村封闭管理，无法入户。", REPORT, 0, K.EXTENSION_REQUEST),
    ("因疫情防控，部分村屯封闭，现申请延期至2020-03-10报送。", REPORT, 0, K.EXTENSION_REQUEST),
    ("我办申请将第3号报送时限延长至3月10日，数据尚在核对。", REPORT, 0, K.EXTENSION_REQUEST),
    ("申请延期", REPORT, 0, K.EXTENSION_REQUEST),
    ("恳请宽限三天，人手不足", REPORT, 0, K.EXTENSION_REQUEST),
    ("关于申请延期报送2月份报表的函\n因乡镇数据未收齐，现申请延期至3月10日。", REPORT, 0, K.EXTENSION_REQUEST),
    ("异议：此项工作由人社局负责，不属我办职责。", REPORT, 0, K.CONTEST),
    ("我办对该事项的牵头分工提出异议，理由是职责已划转人社局。", REPORT, 0, K.CONTEST),
    ("退文：我局不是主送单位，请发县人社局。", CIRCULAR, 0, K.RETURNED_PAPER),
    ("申请退回来文，原因：附件缺页。", CIRCULAR, 0, K.RETURNED_PAPER),
    ("紧急信息：平安镇发生较大火灾事故，3人受伤，正在救援。", NONE, 0, K.URGENT_REPORT),
    ("【紧急】平安镇山体滑坡", NONE, 0, K.URGENT_REPORT),
    ("紧急信息：\n平安镇山体滑坡", NONE, 0, K.URGENT_REPORT),
]

DOUBTFUL = [
    ("收到，请问附件二是否需要加盖公章？", CIRCULAR, 0),
    ("收到，但是附件打不开。", CIRCULAR, 0),
    ("没有收到附件", CIRCULAR, 0),
    ("未收到正文", CIRCULAR, 0),
    ("收到吗", CIRCULAR, 0),
    ("已签收。申请延期至3月10日，因数据未齐。", CIRCULAR, 0),
    ("已签收，申请延期至3月10日", CIRCULAR, 0),
    ("已签收。\n现将情况报送如下：\n" + LONG, (ObligationKind.RECEIPT, ObligationKind.REPORT), 0),
    ("收到", (ObligationKind.RECEIPT, ObligationKind.REPORT), 1),
    ("收到了一封奇怪的邮件", CIRCULAR, 0),
    ("请签收", CIRCULAR, 0),
    ("尽快签收", CIRCULAR, 0),
    ("不签收", CIRCULAR, 0),
    ("尚未签收", CIRCULAR, 0),
    ("签收人已调离，请改发李四", CIRCULAR, 0),
    ("好的", CIRCULAR, 0),
    ("", CIRCULAR, 0),
    ("", CIRCULAR, 1),
    ("   \n\n", REPORT, 0),
    ("报送", REPORT, 0),
    ("正在整理，下周报送。", REPORT, 0),
    (ASKED, REPORT, 0),
    ("附件打不开，请重发，截图见附件。", REPORT, 1),
    (MOVED, REPORT, 0),
    ("我县有3家企业申请延期复工。", REPORT, 0),
    ("延期开学有关情况另报", CIRCULAR, 0),
    ("无异议", REPORT, 0),
    ("我办没有异议。", REPORT, 0),
    ("不申请延期", REPORT, 0),
    ("申请延期至3月10日可以吗？因数据未齐", REPORT, 0),
    ("异议：职责不清。另申请延期至3月10日，因人手不足", REPORT, 0),
    ("异议：职责不清。\n申请延期至3月10日，因人手不足", REPORT, 0),
    ("情况已了解。\n申请延期至3月10日，因人手不足", REPORT, 0),
    ("我县情况见附件", CIRCULAR, 1),
    ("根据要求，延期至3月10日复工的企业有3家。", REPORT, 0),
    ("延期至3月10日复工的企业有3家。", REPORT, 0),
    ("紧急信息处理办法已经传达", CIRCULAR, 0),
    ("收到，已转发各乡镇。", CIRCULAR, 0),
    ("收到，请转发给县人社局", CIRCULAR, 0),
    ("已签收\n请转县人社局", CIRCULAR, 0),
    ("收到，退回", CIRCULAR, 0),
    ("收到，作废", CIRCULAR, 0),
    ("收到。有异议", CIRCULAR, 0),
    ("收到，再说", CIRCULAR, 0),
    ("收到，将推迟报送", CIRCULAR, 0),
    ("签收人：张三", CIRCULAR, 0),
    ("我县已实行零报告制度", REPORT, 0),
    ("收到。不同意", CIRCULAR, 0),
    ("已签收\n不同意", CIRCULAR, 0),
    ("已签收（附件打不开）", CIRCULAR, 0),
    ("收到，将不落实", CIRCULAR, 0),
    ("关于企业延期复工有关情况的报告", CIRCULAR, 0),
    (OPINION, REPORT, 0),
    (ELSEWHERE, REPORT, 0),
    ("ok", CIRCULAR, 0),
    ("1", CIRCULAR, 0),
]


@pytest.mark.parametrize(("written", "asked", "attachments", "kind"), TAKEN)
def test_it_takes_an_act_by_its_words(
    written: str, asked: tuple[ObligationKind, ...], attachments: int, kind: InboundKind
) -> None:
    found, why = classify(facts(written, asked, attachments))
    assert (found, bool(why)) == (kind, True), why


@pytest.mark.parametrize(("written", "asked", "attachments"), DOUBTFUL)
def test_it_leaves_what_is_ambiguous_to_a_person(
    written: str, asked: tuple[ObligationKind, ...], attachments: int
) -> None:
    found, why = classify(facts(written, asked, attachments))
    assert found is K.UNKNOWN, why
    assert why


def test_it_puts_a_loop_before_a_bounce_before_an_automatic_reply_before_words() -> None:
    all_of_them = replace(facts("签收"), loop="发件人是本系统自己", is_bounce=True, automatic="已读回执")
    assert classify(all_of_them) == (K.LOOP, "发件人是本系统自己")
    assert classify(replace(all_of_them, loop=""))[0] is K.BOUNCE
    assert classify(replace(all_of_them, loop="", is_bounce=False)) == (K.AUTOMATIC, "已读回执")
    assert classify(replace(all_of_them, loop="", is_bounce=False, automatic=""))[0] is K.RECEIPT


DAYS = [
    ("申请延期至2020年3月10日，因数据未齐", date(2020, 3, 10)),
    ("申请延期至3月10日，因数据未齐", date(2020, 3, 10)),
    ("申请延期至２０２０年３月１０日，因数据未齐", date(2020, 3, 10)),
    ("申请延期至2020-03-10，因数据未齐", date(2020, 3, 10)),
    ("申请延期至2020/3/10，因数据未齐", date(2020, 3, 10)),
    ("申请延期至二〇二〇年三月十日，因数据未齐", date(2020, 3, 10)),
    ("原定2月27日报送，因数据未齐，申请延期至3月10日", date(2020, 3, 10)),
    ("因2月10日以来村屯封闭，申请延期到3月10日前报送", date(2020, 3, 10)),
]


@pytest.mark.parametrize(("written", "day"), DAYS)
def test_it_reads_the_day_an_extension_is_asked_for(written: str, day: date) -> None:
    named = said(facts(written, REPORT))
    assert named.day == day
    assert named.lacks == ()


def test_it_takes_a_day_without_a_year_for_the_next_after_the_mail() -> None:
    december = replace(facts("申请延期至1月10日，因年底结账", REPORT), mailed_on=date(2020, 12, 28))
    assert said(december).day == date(2021, 1, 10)


LACKING = [
    ("申请延期", ("没有写明延期到哪一天", "没有写明理由")),
    ("申请延期，因数据未齐", ("没有写明延期到哪一天",)),
    ("申请延期至下周五，因数据未齐", ("没有写明延期到哪一天",)),
    ("申请延期至3月10日。", ("没有写明理由",)),
    ("申请延期至3月10日。\n平安县扶贫办 张三\n2020年2月14日", ("没有写明理由",)),
    ("申请延期至2月10日，因数据未齐", ("写的日期（2020-02-10）不晚于来信之日",)),
    ("申请延期至2月30日，因数据未齐", ("写的日期无法确定是哪一天",)),
    ("申请延期至3月10日，至迟延期至3月20日，因数据未齐", ("写了不止一个日期",)),
    ("异议", ("没有写明理由",)),
    ("退文", ("没有写明理由",)),
    ("【紧急】平安镇山体滑坡", ("没有写明等级（特别重大、重大、较大、一般）",)),
]


@pytest.mark.parametrize(("written", "lacks"), LACKING)
def test_it_names_what_an_act_lacks_and_still_takes_it_for_one(written: str, lacks: tuple[str, ...]) -> None:
    assert said(facts(written, REPORT)).lacks == lacks
    kind, why = classify(facts(written, REPORT))
    assert kind.is_act
    assert all(lack in why for lack in lacks)


REASONS = [
    ("申请延期至3月10日，因乡镇数据未收齐。", "乡镇数据未收齐"),
    ("因疫情防控，村屯封闭，现申请延期至3月10日报送。", "疫情防控，村屯封闭"),
    ("延期至3月10日。理由：部分村封闭管理，无法入户。", "部分村封闭管理，无法入户"),
    ("延期至3月10日。乡镇数据未收齐。\n平安县扶贫办 张三", "乡镇数据未收齐"),
    ("异议：此项工作由人社局负责。", "此项工作由人社局负责"),
    ("退文：我局不是主送单位。", "我局不是主送单位"),
    ("此件不属于我局职责，申请退文", "此件不属于我局职责"),
    ("申请退回来文，原因：附件缺页。", "附件缺页"),
]


@pytest.mark.parametrize(("written", "reason"), REASONS)
def test_it_keeps_the_reason_in_its_authors_words(written: str, reason: str) -> None:
    assert said(facts(written, REPORT)).reason == reason


SEVERITIES = [
    ("紧急信息：平安镇发生较大火灾事故", Severity.RELATIVELY_SERIOUS),
    ("紧急信息（特别重大）：煤矿透水", Severity.PARTICULARLY_SERIOUS),
    ("紧急报告：发生重大交通事故", Severity.SERIOUS),
    ("紧急信息：平安镇山体滑坡\n等级：一般\n无重大人员伤亡", Severity.ORDINARY),
    ("紧急信息：一般情况下不会溃坝", None),
    ("紧急信息：较大火灾事故，可能升级为重大事故", None),
    ("紧急信息：平安镇山体滑坡", None),
]


@pytest.mark.parametrize(("written", "severity"), SEVERITIES)
def test_it_reads_the_severity_that_is_named_and_guesses_none(written: str, severity: Severity | None) -> None:
    assert classify(facts(written, NONE))[0] is K.URGENT_REPORT
    assert said(facts(written, NONE)).severity is severity


def test_it_takes_a_subject_of_its_authors_own_for_an_urgent_report_and_never_one_that_answers_ours() -> None:
    new = Facts(subject="【紧急】平安镇发生重大火灾事故", written="详情如下。", mailed_on=MAILED)
    assert classify(new)[0] is K.URGENT_REPORT
    assert said(new).severity is Severity.SERIOUS
    answer = replace(new, is_reply=True, written="已知悉。")
    assert classify(answer)[0] is K.ACKNOWLEDGEMENT


def test_it_names_numbers_and_the_month_a_report_is_for() -> None:
    text = "现将我县2月份情况报送如下，编号：17，对应黑扶办发〔2020〕3号。" + LONG
    assert said(facts(text, REPORT)) == Said(
        acts=(K.REPORT,), references=("17",), document_numbers=("黑扶办发〔2020〕3号",), period="2020-02"
    )
    assert said(facts("现将12月份情况报送如下", REPORT)).period == "2019-12"
    assert said(facts("现将1月份、2月份情况报送如下", REPORT)).period == ""


DENIALS = ["不", "未", "尚未", "没有", "拒绝", "无法", "请", "请尽快", "不予", "暂不", "何时", "谁来", "等待"]


@pytest.mark.parametrize("before", DENIALS)
@pytest.mark.parametrize("word", ["签收", "收到", "知悉", "申请延期至3月10日，因数据未齐", "退文", "收到异议"])
def test_it_takes_no_denial_or_demand_for_an_act(before: str, word: str) -> None:
    for asked in (CIRCULAR, REPORT):
        kind, why = classify(facts(before + word, asked))
        assert kind is K.UNKNOWN, why


NUMBERS = [
    ("已收到黑扶办发〔2020〕3号", ("黑扶办发〔2020〕3号",)),
    ("根据你办《关于报送的通知》（黑扶办发[2020]3号）", ("黑扶办发[2020]3号",)),
    ("对国开办司发〔2020〕1号和黑扶办发〔2020〕 3 号的答复", ("国开办司发〔2020〕1号", "黑扶办发〔2020〕3号")),
    ("按照国开办司发〔2020〕1号", ("国开办司发〔2020〕1号",)),
    ("第3号文件", ()),
]


@pytest.mark.parametrize(("text", "numbers"), NUMBERS)
def test_it_names_document_numbers_without_the_words_before_them(text: str, numbers: tuple[str, ...]) -> None:
    assert said(facts(text)).document_numbers == numbers


@given(st.text(max_size=300), st.booleans(), st.integers(0, 2))
def test_it_says_something_of_any_text(written: str, is_reply: bool, attachments: int) -> None:
    any_facts = Facts(written=written, is_reply=is_reply, attachments=attachments, mailed_on=MAILED, asked=REPORT)
    kind, why = classify(any_facts)
    assert why
    assert kind is classify(any_facts)[0]
    assert said(any_facts) == said(any_facts)


@given(st.text(alphabet="收到签已，。？吗不未没请问延期申异议退文报送附件至3月10日因\n 见无", max_size=25))
def test_it_takes_no_question_for_an_act(written: str) -> None:
    kind, _ = classify(facts(written + "？", REPORT))
    assert kind is K.UNKNOWN
