"""What the words of a mail ask to be done: progress, flaw, instants and numbers, as offices write them."""

from __future__ import annotations

from datetime import date

import pytest

from domain.answering import is_reply, numbers_in, one_line, plain_text, token_of
from domain.flaws import Flaw
from domain.inbound import Facts, InboundKind, said
from domain.mail_orders import flaw_in, order_of, ordinal_in, progress_in
from domain.urgent import Severity
from tests.cast import beijing

NOW = beijing("2020-03-15 09:00")


def order(text: str, kind: InboundKind, subject: str = "", *, is_reply: bool = True):  # type: ignore[no-untyped-def]
    facts = Facts(subject=subject, written=text, mailed_on=date(2020, 3, 15), is_reply=is_reply)
    return order_of(kind, facts, said(facts), text=text, attachments=("ab",), now=NOW)


@pytest.mark.parametrize(
    ("text", "progress"),
    [
        ("申请延期至3月20日。目前进展：已完成八成。理由：路断。", "已完成八成"),
        ("延期至3月20日。进度为六成，其余待核。", "六成，其余待核"),
        ("延期至3月20日，目前已走访二十个村，因路断未完。", "目前已走访二十个村，因路断未完"),
        ("延期至3月20日。已完成入户三百户，余下下周完成。", "已完成入户三百户"),
        ("延期至3月20日。理由：路断。", ""),
    ],
)
def test_it_reads_how_far_the_work_is(text: str, progress: str) -> None:
    assert progress_in(text) == progress


@pytest.mark.parametrize(
    ("text", "flaw"),
    [
        ("退文：附件打不开，请重发。", Flaw.UNREADABLE),
        ("退文。该件不属于我县职责，系误发。", Flaw.WRONG_ADDRESSEE),
        ("退文。附件是另一份文件。", Flaw.WRONG_FILE),
        ("退文。", None),
        ("退文。发错单位，而且打不开。", None),
    ],
)
def test_it_reads_what_is_wrong_with_a_paper_where_one_thing_is_named(text: str, flaw: Flaw | None) -> None:
    assert flaw_in(text) is flaw


@pytest.mark.parametrize(
    ("line", "ordinal"),
    [("报送第2项要求", 2), ("报送第二项", 2), ("报送第十项", 10), ("报送第2项、第3项", None), ("报送进展", None)],
)
def test_it_reads_which_requirement_is_named(line: str, ordinal: int | None) -> None:
    assert ordinal_in(line) == ordinal


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("3月14日22时50分，某厂爆炸。", "2020-03-14 22:50"),
        ("2020年3月14日晚10点半，某厂爆炸。", "2020-03-14 22:30"),
        ("3月14日下午3:05，某厂爆炸。", "2020-03-14 15:05"),
        ("12月31日23时，某厂爆炸。", "2019-12-31 23:00"),
    ],
)
def test_it_reads_when_it_occurred(text: str, at: str) -> None:
    read = order(f"【紧急信息】某厂爆炸\n{text}事件等级：较大。", InboundKind.URGENT_REPORT)
    assert read.occurred_at == beijing(at)
    assert (read.title, read.severity) == ("某厂爆炸", Severity.RELATIVELY_SERIOUS)


def test_it_tells_when_it_occurred_from_when_the_office_knew() -> None:
    text = "【紧急信息】某厂爆炸\n3月14日22时50分，某厂爆炸，我区3月14日23时10分接报。等级：重大。"
    read = order(text, InboundKind.URGENT_REPORT)
    assert (read.occurred_at, read.learned_at) == (beijing("2020-03-14 22:50"), beijing("2020-03-14 23:10"))


def test_it_makes_up_no_instant() -> None:
    read = order("【紧急信息】某厂爆炸\n昨晚某厂爆炸，2月30日25时。", InboundKind.URGENT_REPORT)
    assert (read.occurred_at, read.severity) == (None, None)


def test_it_takes_the_title_of_an_urgent_report_from_its_own_subject() -> None:
    read = order("3月14日22时50分起火。", InboundKind.URGENT_REPORT, "【紧急信息】某厂起火", is_reply=False)
    assert read.title == "某厂起火"


def test_it_knows_a_final_report_by_its_first_line() -> None:
    assert order("终报：处置完毕。", InboundKind.URGENT_REPORT).final
    assert not order("续报：终报另行报送。", InboundKind.URGENT_REPORT).final


def test_it_ends_the_day_that_is_asked_for_at_its_own_midnight() -> None:
    read = order("延期至3月20日。目前进展：八成。理由：路断。", InboundKind.EXTENSION_REQUEST)
    assert read.wanted == beijing("2020-03-21 00:00")


def test_it_reads_the_matters_that_are_named_and_those_of_the_first_line() -> None:
    read = order("报送 事项12\n另见事项编号：7。", InboundKind.REPORT)
    assert (read.matters, read.first_matters) == ((12, 7), (12,))
    assert order("报送，编号：12", InboundKind.REPORT).matters == (12,)


def test_it_makes_one_safe_line_of_what_strangers_write() -> None:
    assert one_line("a\r\nBcc: x\x00\u202eb\u2028c") == "a Bcc: x b c"
    assert one_line("字" * 400) == "字" * 300 + "…"
    assert plain_text("a\r\n\x00b\ud800\rc\n") == "a\nb\nc"


def test_it_knows_tokens_numbers_and_answers() -> None:
    assert token_of("<7.ab@example.org>") == "7.ab"
    assert numbers_in("关于黑扶组办发〔2020〕3号和〔2020〕") == ["关于黑扶组办发〔2020〕3号"]
    assert is_reply("回复：x")
    assert is_reply("RE: x")
    assert not is_reply("关于回复的通知")
