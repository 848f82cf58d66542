"""One report upward made of those below: drafted of what was accepted, its gaps named, handed in by a person."""

from __future__ import annotations

import io
import threading
from datetime import date, datetime
from typing import Any

import openpyxl
import pytest
from docx import Document

from domain.errors import Refused
from domain.planning import ForwardingMode
from domain.statuses import Status
from models.obligation import Obligation, Report
from models.paper import Paper, PaperState
from tasks.compiling import Compiled, compile_report, compiled_sheet
from tasks.contesting import contest
from tasks.forwarding import forward_circular
from tasks.handling import accept, return_report, submit_report, waive
from tasks.papers import discard_paper, draft_paper, list_papers, paper_file, show_paper, sign_paper
from tasks.restating import restate
from tasks.sweeping import sweep
from tasks.withdrawing import supersede_circular, withdraw_circular
from tests.cast import (
    AT_ANY_TIME,
    BEILING,
    COVER,
    DONGAN,
    EDUCATION,
    LINJIANG,
    MONTHLY,
    OPERATOR,
    PROVINCE,
    QINGPING,
    SHIQIAO,
    UPSTREAM,
    WANGCHUAN,
    beijing,
    import_cast,
    notice_text,
    officer,
    register_pair,
    register_text,
    set_out,
)
from tests.looking import code_of, deliveries, entries, firings, rows, the_one
from tests.tasks.stage import audit_is_whole

SENT = beijing("2020-02-17 09:30")
NUMBER = "江扶组办发〔2020〕20号"
#: Due by 24:00 of Friday 28 February.
ASKED = "请各地于2月28日前将工作总结报省扶贫办。"
NOW = beijing("2020-03-02 09:00")
LOCALITIES = "各市（地）、县（市、区）扶贫开发领导小组"


def play(*sentences: str, mode: ForwardingMode = ForwardingMode.DIRECT, addressees: str = LOCALITIES) -> None:
    import_cast(beijing("2020-02-13 09:00"))
    register_text(notice_text(NUMBER, *(sentences or (ASKED,)), addressees=addressees), SENT)
    forward_circular.fn(NUMBER, actor=OPERATOR, now=SENT, mode=mode)


def report(
    office: str, text: str, at: str = "2020-02-27 10:00", *, number: str = NUMBER, accepted: bool = True, **which: Any
) -> int:
    """Hand in, and let the report be accepted an hour later."""
    done = submit_report.fn(number, office, text, actor=officer(office), now=beijing(at), **which)
    if accepted:
        accept.fn(done.obligation_id, actor=OPERATOR, now=beijing(at))
    return done.obligation_id


def compiled(now: datetime = NOW, number: str = NUMBER, ordinal: int = 1, **which: Any) -> Compiled:
    return compile_report.fn(number, ordinal, actor=OPERATOR, now=now, **which)


def sign(number: int, **how: Any) -> Any:
    return sign_paper.fn(number, "孙一", actor=OPERATOR, now=how.pop("now", NOW), **how)


def six_offices() -> None:
    """One of each: accepted in time, accepted late, awaiting review, returned, missing, released."""
    play()
    report(DONGAN, "已走访 320 户。\n\n已办结 300 件。")
    report(LINJIANG, "已走访 900 户。", "2020-03-01 10:00")
    report(SHIQIAO, "待审的内容。", accepted=False)
    returned = report(WANGCHUAN, "被退的内容。", accepted=False)
    return_report.fn(returned, "缺数据，电话13800000000", actor=OPERATOR, now=beijing("2020-02-28 09:00"))
    waive.fn(the_one("report", BEILING, NUMBER).id or 0, "无此项工作", actor=OPERATOR, now=beijing("2020-02-28 09:30"))


@pytest.mark.usefixtures("database")
def test_it_makes_one_report_of_those_accepted_and_names_the_gaps() -> None:
    six_offices()
    done = compiled()
    assert done.office == "江北省扶贫开发领导小组办公室"
    assert done.counts == {"accepted": 2, "received": 0, "awaiting": 1, "returned": 1, "missing": 1, "waived": 1}
    assert [(each.code, each.standing) for each in done.gaps] == [
        (QINGPING, "未报送"), (SHIQIAO, "待审核"), (WANGCHUAN, "已退回"), (BEILING, "免办"),
    ]  # fmt: skip
    assert done.title == f"《江北省扶贫开发领导小组办公室关于做好有关工作的通知》（{NUMBER}）第 1 项要求报送情况汇总"
    assert done.text.splitlines() == [
        "一、报送要求",
        ASKED,
        "二、报送情况",
        "截至2020年3月2日（星期一）9时，应向江北省扶贫开发领导小组办公室报送的单位共 5 个："
        "已通过 2 个（其中逾期报送 1 个），未报送 1 个，待审核 1 个，已退回 1 个；另有免办 1 个。",
        "三、各单位报送内容",
        "市（地）级：",
        "1．临江市扶贫开发领导小组办公室：2020年3月1日（星期日）10时报送，逾期报送",
        "已走访 900 户。",
        "县（市、区）级：",
        "2．东岸区扶贫开发领导小组办公室：2020年2月27日（星期四）10时报送",
        "已走访 320 户。",
        "已办结 300 件。",
        "四、未计入本稿的单位",
        "（一）未报送（1 个）",
        "青坪县扶贫开发领导小组办公室：时限2020年2月28日（星期五）24时前，已逾期。",
        "（二）待审核（1 个）",
        "石桥县扶贫开发领导小组办公室：2020年2月27日（星期四）10时报送。",
        "（三）已退回（1 个）",
        "望川市扶贫开发领导小组办公室：时限2020年3月3日（星期二）24时前，退回理由：缺数据，电话（联系方式略）。",
        "（四）免办（1 个）",
        "北岭县扶贫开发领导小组办公室。",
    ]
    assert audit_is_whole()


@pytest.mark.usefixtures("database")
def test_it_renews_the_draft_that_waits_and_tells_nobody() -> None:
    six_offices()
    told = (len(deliveries()), len(firings()))
    first = compiled()
    report(QINGPING, "补报。", "2020-03-02 10:00")
    second = compiled(beijing("2020-03-02 11:00"))
    assert (second.paper_id, first.renewed, second.renewed) == (first.paper_id, False, True)
    (paper,) = rows(Paper)
    assert "补报。" in paper.text
    assert paper.drafted_at == beijing("2020-03-02 11:00")
    assert len(paper.lines) == 6
    assert [subject for subject, _ in entries("paper.drafted")] == [f"paper:{paper.id}"]
    ((_, payload),) = entries("paper.renewed")
    assert (payload["accepted"], payload["missing"]) == (3, 0)
    assert (len(deliveries()), len(firings(rung="act:report_received"))) == (told[0], 5)


@pytest.mark.usefixtures("database")
def test_it_keeps_one_paper_however_many_draft_at_once() -> None:
    play()
    report(DONGAN, "已完成。")
    together = threading.Barrier(3)

    def draft() -> None:
        together.wait()
        compiled()

    threads = [threading.Thread(target=draft) for _ in range(3)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(rows(Paper)) == 1
    assert (len(entries("paper.drafted")), len(entries("paper.renewed"))) == (1, 2)
    assert audit_is_whole()


@pytest.mark.usefixtures("sqlite")
def test_it_signs_with_a_number_and_tells_nobody() -> None:
    six_offices()
    number, told = compiled().paper_id, len(firings())
    assert show_paper.fn(number, now=NOW).office == "江北省扶贫开发领导小组办公室"
    signed = sign(number)
    assert signed.number == "汇总〔2020〕1号"
    assert signed.message == "已签发汇总稿 汇总〔2020〕1号，未报送，也未通知任何单位；报送可用 duban report。"
    assert len(firings()) == told
    ((_, payload),) = entries("paper.signed")
    assert (payload["signer"], payload["handed_in"]) == ("孙一", None)
    with pytest.raises(Refused, match=r"已签发.*不能再次处理"):
        sign(number, even_so=True)


@pytest.mark.usefixtures("sqlite")
@pytest.mark.parametrize("decide", [sign, lambda number: discard_paper.fn(number, "另起", actor=OPERATOR, now=NOW)])
def test_it_begins_a_new_one_after_one_was_decided_about(decide: Any) -> None:
    play()
    first = compiled()
    decide(first.paper_id)
    words = rows(Paper)[0].text
    second = compiled(beijing("2020-03-02 11:00"))
    assert (second.renewed, second.paper_id == first.paper_id) == (False, False)
    assert rows(Paper)[0].text == words, "what was decided about is never rewritten"
    assert second.signed_before == (["汇总〔2020〕1号"] if decide is sign else [])


@pytest.mark.usefixtures("sqlite")
def test_it_asks_again_before_a_draft_is_signed_that_has_been_overtaken() -> None:
    six_offices()
    number = compiled().paper_id
    assert show_paper.fn(number, now=NOW).meanwhile == ""
    report(QINGPING, "补报。", "2020-03-02 10:00")
    accept.fn(the_one("report", SHIQIAO, NUMBER).id or 0, actor=OPERATOR, now=beijing("2020-03-02 10:30"))
    later = beijing("2020-03-02 11:00")
    (listed,) = list_papers.fn(now=later)
    assert listed.meanwhile == "起草后有 2 个单位的报送情况发生变化"
    with pytest.raises(Refused, match=r"2 个单位.*--even-so.*否则请再次汇总（duban compile）"):
        sign(number, now=later)
    compiled(later)
    assert list_papers.fn(now=later)[0].meanwhile == ""
    report(WANGCHUAN, "再报。", "2020-03-02 11:10")
    assert sign(number, now=later, even_so=True).number == "汇总〔2020〕1号"


BY_LEVEL = "请各地于2月28日前将工作总结报省扶贫办。"


def by_level() -> None:
    """The prefectures compile what their counties report."""
    play(BY_LEVEL, mode=ForwardingMode.BY_LEVEL)
    report(DONGAN, "东岸已走访 320 户。")
    report(SHIQIAO, "石桥已走访 80 户。")


@pytest.mark.usefixtures("database")
def test_it_hands_in_by_level_what_a_superior_owes_upward_as_it_is_signed() -> None:
    by_level()
    done = compiled(office="临江市")
    assert (done.office, done.gaps) == ("临江市扶贫开发领导小组办公室", [])
    signed = sign(done.paper_id, hand_in=True, now=beijing("2020-02-28 16:00"))
    own = the_one("report", LINJIANG, NUMBER)
    assert (own.status, own.submitted_at) == (Status.SUBMITTED, beijing("2020-02-28 16:00"))
    assert signed.obligation_id == own.id
    assert signed.message == (
        f"已签发汇总稿 汇总〔2020〕1号，并作为临江市扶贫开发领导小组办公室的报送登记（事项编号 {own.id}），等待审核。"
    )
    (kept,) = [each for each in rows(Report) if each.obligation_id == own.id]
    assert kept.text == f"{done.title}\n{done.text}"
    assert [each.kind for each in firings(own, rung="act:report_received")] == ["report_received"]
    (review,) = [each for each in rows(Obligation) if each.subject_id == own.id]
    assert code_of(review.office_id) == PROVINCE, "the superior owes a decision, as about any report"
    assert entries("paper.signed")[0][1]["handed_in"] == own.id
    accept.fn(own.id or 0, actor=OPERATOR, now=beijing("2020-02-28 17:00"))
    above = compiled(office=PROVINCE)
    assert "东岸已走访 320 户。" in above.text
    assert [each.code for each in above.gaps] == [WANGCHUAN]
    assert audit_is_whole()


@pytest.mark.usefixtures("sqlite")
def test_it_asks_who_compiles_where_several_do() -> None:
    by_level()
    with pytest.raises(Refused, match=r"3 个单位收取报送，请指明汇总单位（--office）：.*临江市.*（230100）.*望川市"):
        compiled()
    with pytest.raises(Refused, match="没有单位就该项要求向东岸区扶贫开发领导小组办公室报送；收取报送的是"):
        compiled(office=DONGAN)
    assert [each.code for each in compiled(office=WANGCHUAN).gaps] == [QINGPING, BEILING]


@pytest.mark.usefixtures("sqlite")
def test_it_keeps_the_draft_where_it_cannot_be_handed_in() -> None:
    play()
    number = compiled().paper_id
    with pytest.raises(Refused, match=r"江北省扶贫开发领导小组办公室就该项要求没有应当向上报送的事项.*不加 --hand-in"):
        sign(number, hand_in=True)
    (paper,) = rows(Paper)
    assert (paper.state, paper.number) == (PaperState.DRAFTED, None)
    assert entries("paper.signed") == []
    assert sign(number).number == "汇总〔2020〕1号", "no number is lost by the refusal"


@pytest.mark.usefixtures("sqlite")
def test_it_hands_in_no_second_report_while_one_awaits_review() -> None:
    by_level()
    number = compiled(office=LINJIANG).paper_id
    report(LINJIANG, "已另行报送。", accepted=False)
    with pytest.raises(Refused, match="待审核"):
        sign(number, hand_in=True)
    assert rows(Paper)[0].state is PaperState.DRAFTED


@pytest.mark.usefixtures("sqlite")
def test_it_hands_in_no_paper_of_another_kind() -> None:
    play()
    letter = draft_paper.fn(
        "supervision_letter", the_one("report", DONGAN, NUMBER).id or 0, "催办未果", actor=OPERATOR, now=NOW
    )
    with pytest.raises(Refused, match="督办通知单；只有汇总稿可以随签发报送"):
        sign(letter.id, hand_in=True)
    with pytest.raises(Refused, match="督办通知单，只能存为 Word 文档"):
        compiled_sheet.fn(letter.id)


@pytest.mark.usefixtures("database")
def test_it_hands_in_what_the_operating_office_owes_to_the_capital() -> None:
    """An internal, earlier day restates the upstream's requirement: what came in below is what goes up."""
    import_cast(SENT)
    register_pair(SENT)
    forward_circular.fn(COVER, actor=OPERATOR, now=SENT, internal={1: date(2020, 2, 18)})
    report(DONGAN, "东岸贯彻落实情况。", "2020-02-18 10:00", number=COVER, ordinal=4)
    done = compiled(beijing("2020-02-19 09:00"), COVER, 4)
    assert "东岸贯彻落实情况。" in done.text
    signed = sign(done.paper_id, hand_in=True, now=beijing("2020-02-19 10:00"))
    owed = the_one("report", PROVINCE, UPSTREAM)
    assert (signed.obligation_id, owed.status) == (owed.id, Status.SUBMITTED)
    assert not [each for each in firings(owed) if each.kind == "escalation"]
    with pytest.raises(Refused, match="没有单位须就该项要求向下级收取报送"):
        compiled(number=UPSTREAM)


MONTHLY_SENTENCE = "自2020年3月起，各地每月5日前向省扶贫办报送进展。"


@pytest.mark.usefixtures("database")
def test_it_compiles_one_period_at_a_time() -> None:
    play(MONTHLY_SENTENCE)
    report(DONGAN, "三月进展。", "2020-03-04 10:00")
    sweep.fn(now=beijing("2020-03-31 10:00"))
    now = beijing("2020-04-01 09:00")
    with pytest.raises(Refused, match="有 2 期，请指明期次（--period，如 2020-04-05）；已有的期次：2020-03-05、"):
        compiled(now)
    with pytest.raises(Refused, match="没有“2020-07”这一期"):
        compiled(now, period="2020-07")
    march = compiled(now, period="2020-03")
    assert march.title.endswith("（2020年3月5日期）")
    assert (march.counts["accepted"], march.counts["missing"]) == (1, 5)
    april = compiled(now, period="2020-04-05")
    assert (april.paper_id != march.paper_id, april.counts["accepted"]) == (True, 0)
    assert "已逾期" not in april.text, "what is not due is missing and not late"


@pytest.mark.usefixtures("database")
def test_it_compiles_what_came_in_on_occurrence_since_a_day() -> None:
    set_out(SENT)
    cities = {DONGAN: "东岸受灾。", QINGPING: "青坪新政。", EDUCATION: "助学办法。"}
    for office, text in cities.items():
        report(office, text, "2020-03-02 10:00", number=COVER, ordinal=AT_ANY_TIME, accepted=False)
    report(DONGAN, "早先的。", "2020-02-20 10:00", number=COVER, ordinal=AT_ANY_TIME, accepted=False)
    now = beijing("2020-03-02 18:00")
    done = compiled(now, COVER, AT_ANY_TIME, since=date(2020, 3, 2))
    assert done.title.endswith("（2020年3月2日以来）")
    assert done.counts["received"] == 3
    assert "共收到随时报送 3 份，来自 3 个单位。" in done.text
    assert "四、" not in done.text, "nobody owes these: there are no gaps"
    assert [text in done.text for text in (*cities.values(), "早先的。")] == [True, True, True, False]
    below = compiled(now, COVER, AT_ANY_TIME, since=date(2020, 2, 1), office=LINJIANG)
    assert [text in below.text for text in ("东岸受灾。", "早先的。", "青坪新政。")] == [True, True, False]
    with pytest.raises(Refused, match="没有应当向上报送的事项"):
        sign(done.paper_id, hand_in=True, now=now)


@pytest.mark.usefixtures("sqlite")
def test_it_says_what_is_missing_to_compile() -> None:
    set_out(SENT)
    with pytest.raises(Refused, match="随时报送，没有期次；请指明起始日期"):
        compiled(number=COVER, ordinal=AT_ANY_TIME)
    with pytest.raises(Refused, match="随时报送，没有期次；请指明起始日期"):
        compiled(number=COVER, ordinal=AT_ANY_TIME, since=date(2020, 3, 1), period="2020-03")
    with pytest.raises(Refused, match="2020-03-03 在今天之后"):
        compiled(number=COVER, ordinal=AT_ANY_TIME, since=date(2020, 3, 3))
    with pytest.raises(Refused, match="--since 只用于随时报送"):
        compiled(number=COVER, ordinal=MONTHLY, since=date(2020, 3, 1))
    with pytest.raises(Refused, match="只有 3 项要求，没有第 9 项"):
        compiled(number=COVER, ordinal=9)
    with pytest.raises(Refused, match="没有登记过文号"):
        compiled(number="无〔2020〕1号")
    with pytest.raises(Refused, match="名册中没有“火星市”"):
        compiled(number=COVER, ordinal=MONTHLY, office="火星市")
    withdraw_circular.fn(COVER, "部署调整", actor=OPERATOR, now=NOW)
    with pytest.raises(Refused, match="尚未转发，或事项已全部撤回"):
        compiled(number=COVER, ordinal=MONTHLY)


@pytest.mark.usefixtures("sqlite")
def test_it_compiles_what_was_done_before_a_circular_was_replaced_and_nothing_else() -> None:
    play()
    new = "江扶组办发〔2020〕21号"
    register_text(notice_text(new, ASKED, addressees=LOCALITIES), SENT, "new.md")
    report(DONGAN, "已完成。")
    supersede_circular.fn(NUMBER, new, "要求有变", actor=OPERATOR, now=beijing("2020-02-28 09:00"))
    done = compiled()
    assert (done.counts["accepted"], done.gaps) == (1, [])
    with pytest.raises(Refused, match="尚未转发"):
        compiled(number=new)


@pytest.mark.usefixtures("sqlite")
def test_it_compiles_nothing_where_all_was_replaced() -> None:
    play()
    new = "江扶组办发〔2020〕21号"
    register_text(notice_text(new, ASKED, addressees=LOCALITIES), SENT, "new.md")
    supersede_circular.fn(NUMBER, new, "要求有变", actor=OPERATOR, now=beijing("2020-02-28 09:00"))
    with pytest.raises(Refused, match="已全部由其他公文替代"):
        compiled()
    assert rows(Paper) == []


@pytest.mark.usefixtures("database")
def test_it_counts_what_is_owed_once_under_two_circulars_in_either() -> None:
    play()
    below = "临扶组办发〔2020〕5号"
    text = notice_text(below, "请各地将总结于2月26日前报临江市扶贫办。", addressees="各县（市、区）扶贫开发领导小组")
    text = text.replace("江北省扶贫开发领导小组办公室", "临江市扶贫开发领导小组办公室")
    register_text(text, SENT, "below.md")
    forward_circular.fn(below, actor=officer(LINJIANG), now=SENT, sender=LINJIANG)
    restate.fn(below, 1, NUMBER, 1, "同一份总结", actor=OPERATOR, now=SENT)
    report(DONGAN, "东岸总结。", number=below)
    for number, missing in ((below, [SHIQIAO]), (NUMBER, [LINJIANG, WANGCHUAN, SHIQIAO, QINGPING, BEILING])):
        done = compiled(number=number)
        assert "东岸总结。" in done.text
        assert [each.code for each in done.gaps] == missing


@pytest.mark.usefixtures("sqlite")
def test_it_calls_nobody_late_whose_clock_stands() -> None:
    play()
    receipt_limit = beijing("2020-02-17 15:00")
    contest.fn(the_one("report", DONGAN, NUMBER).id or 0, "不属我区职责", actor=officer(DONGAN), now=receipt_limit)
    (gap,) = [each for each in compiled().gaps if each.code == DONGAN]
    assert (gap.standing, gap.note) == ("未报送", "时限2020年2月28日（星期五）24时前，异议待决")


def document(number: int) -> list[str]:
    return [each.text for each in Document(io.BytesIO(paper_file.fn(number))).paragraphs]


def sheet(number: int) -> list[tuple[Any, ...]]:
    book = openpyxl.load_workbook(io.BytesIO(compiled_sheet.fn(number)))
    return list(book["汇总"].iter_rows(values_only=True))


def clock(*shown: int) -> datetime:
    """What a clock in Beijing shows, as a workbook has it."""
    return datetime(*shown)  # type: ignore[arg-type]  # noqa: DTZ001  a workbook knows no zone


@pytest.mark.usefixtures("sqlite")
def test_it_lays_a_compiled_report_out_as_a_document_of_the_compiling_office() -> None:
    by_level()
    done = compiled(office=LINJIANG)
    assert document(done.paper_id)[:2] == [done.title, "（待签发，未编号）"]
    sign(done.paper_id)
    text = document(done.paper_id)
    assert text[1] == "汇总〔2020〕1号"
    assert text[-3:] == ["临江市扶贫开发领导小组办公室", "2020年3月2日", "签发人：孙一"]
    assert all(line in text for line in done.text.splitlines())


@pytest.mark.usefixtures("database")
def test_it_writes_a_sheet_of_the_same_instant_with_counts_and_one_line_for_each_office() -> None:
    six_offices()
    done = compiled()
    report(QINGPING, "起草之后的补报。", "2020-03-02 10:00")
    found = [tuple(cell for cell in row if cell is not None) for row in sheet(done.paper_id)]
    header = found.index(("单位", "层级", "报送情况", "报送时间", "是否逾期", "报送内容", "说明"))
    assert found[:header] == [
        (done.title,), ("截至2020年3月2日（星期一）9时",), ("共计", 6), ("已通过", 2), ("待审核", 1), ("已退回", 1),
        ("未报送", 1), ("免办", 1), ("已计入的报送中逾期报送", 1), (),
    ]  # fmt: skip
    city, county, office = "市（地）级", "县（市、区）级", "扶贫开发领导小组办公室"
    assert found[header + 1 :] == [
        (f"临江市{office}", city, "已通过", clock(2020, 3, 1, 10), "是", "已走访 900 户。", "逾期报送"),
        (f"望川市{office}", city, "已退回", "否",
         "时限2020年3月3日（星期二）24时前，退回理由：缺数据，电话（联系方式略）"),
        (f"东岸区{office}", county, "已通过", clock(2020, 2, 27, 10), "否", "已走访 320 户。\n已办结 300 件。"),
        (f"石桥县{office}", county, "待审核", clock(2020, 2, 27, 10), "否", "2020年2月27日（星期四）10时报送"),
        (f"青坪县{office}", county, "未报送", "是", "时限2020年2月28日（星期五）24时前，已逾期"),
        (f"北岭县{office}", county, "免办", "否"),
    ]  # fmt: skip


@pytest.mark.usefixtures("sqlite")
def test_it_lets_nothing_that_was_handed_in_become_a_formula_a_link_or_a_broken_file() -> None:
    play()
    report(DONGAN, '=HYPERLINK("http://example.org","看")')
    report(SHIQIAO, "http://example.org/a")
    report(QINGPING, "表\x0b格\x01乱\ufffe码")
    report(BEILING, "长" * 40_000)
    done = compiled()
    book = openpyxl.load_workbook(io.BytesIO(compiled_sheet.fn(done.paper_id)))
    cells = {cell.value: cell for row in book["汇总"].iter_rows() for cell in row if cell.value}
    formula = cells['=HYPERLINK("http://example.org","看")']
    assert formula.data_type == "s"
    assert cells["http://example.org/a"].hyperlink is None
    assert "表\n格 乱 码" in cells
    (long,) = [value for value in cells if str(value).startswith("长长")]
    assert long == "长" * 32_000 + "……（未完，全文见文稿）"
    assert "长" * 40_000 in document(done.paper_id)
