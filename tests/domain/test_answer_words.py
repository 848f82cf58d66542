"""By which words a mail can be answered, and the numbers of several matters."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from domain.answer_words import Answer, answers_to, matter_number, matter_numbers
from domain.inbound import Facts, InboundKind, classify, said
from domain.mail_orders import order_of
from domain.statuses import TABLE, Hold, ObligationKind, State, Status

NOW = datetime(2020, 4, 3, 1, tzinfo=UTC)
LATER, BEFORE = NOW + timedelta(days=3), NOW - timedelta(days=3)


def words(
    kind: ObligationKind, status: Status = Status.PENDING, hold: Hold = Hold.NONE, *, due_at: datetime | None = LATER,
    contest_until: datetime | None = BEFORE,
) -> str:  # fmt: skip
    state = State(status, hold)
    return " ".join(answers_to(kind, state, due_at=due_at, contest_until=contest_until, now=NOW))


@pytest.mark.parametrize(
    ("kind", "offered"),
    [
        (ObligationKind.RECEIPT, "签收 退文"),
        (ObligationKind.REPORT, "报送 延期 知悉"),
        (ObligationKind.COMPLETE, "报送 延期 知悉"),
        (ObligationKind.FORWARD, "延期 知悉"),
        (ObligationKind.RESPOND, "收到"),
        (ObligationKind.PASS_ON, ""),
        (ObligationKind.FOLLOW_UP, "紧急信息续报 紧急信息终报"),
        (ObligationKind.DECIDE, ""),
    ],
)
def test_it_offers_only_what_fits_what_is_owed(kind: ObligationKind, offered: str) -> None:
    assert words(kind) == offered


def test_it_offers_no_extension_once_the_day_is_past_and_one_for_what_has_no_date() -> None:
    assert words(ObligationKind.REPORT, due_at=NOW) == "报送 知悉"
    assert words(ObligationKind.REPORT, due_at=None) == "报送 延期 知悉"


def test_it_offers_a_contest_only_for_as_long_as_it_would_be_taken() -> None:
    assert words(ObligationKind.REPORT, contest_until=LATER) == "报送 延期 异议 知悉"
    for until in (None, NOW, BEFORE):
        assert "异议" not in words(ObligationKind.REPORT, contest_until=until)


@pytest.mark.parametrize("status", [status for status in Status if status.is_final or status is Status.SUBMITTED])
def test_it_offers_nothing_where_nothing_is_open(status: Status) -> None:
    for kind in ObligationKind:
        assert words(kind, status) == ""


def test_it_offers_to_hand_in_what_is_suspended_but_no_more_time_for_it() -> None:
    assert words(ObligationKind.REPORT, hold=Hold.SUSPENSION, contest_until=LATER) == "报送"


def test_it_never_offers_what_the_table_of_acts_refuses() -> None:
    for kind in ObligationKind:
        for status in Status:
            for hold in Hold:
                state = State(status, hold)
                for answer in answers_to(kind, state, due_at=LATER, contest_until=LATER, now=NOW):
                    assert (kind, state, answer.act) in TABLE


def test_it_gives_a_number_that_is_read_back_from_what_comes_in() -> None:
    assert matter_number(12) == "事项12"
    assert matter_numbers(f"报送 {matter_number(12)}") == (12,)
    assert matter_numbers("签收 事项编号：7，另 事项 8、编号8、事项编号 9") == (7, 8, 9)


@pytest.mark.parametrize("text", ["", "报送", "事项", "12", "8个事项", "事项" + "9" * 40, "编号：报送-41-1"])
def test_it_reads_no_number_where_none_is_named(text: str) -> None:
    assert matter_numbers(text) == ()


@pytest.mark.parametrize("behind", ["", " 事项12", "，事项12", "（编号：12）", "\n事项编号：12"])
@pytest.mark.parametrize(
    ("answer", "asked", "rest"),
    [
        (Answer.RECEIPT, ObligationKind.RECEIPT, ""),
        (Answer.RETURNED_PAPER, ObligationKind.RECEIPT, "发错单位，本件应发西岸区扶贫办。"),
        (Answer.REPORT, ObligationKind.REPORT, "3月共组织外出务工1200人，其中省外800人，均已稳定就业。"),
        (Answer.EXTENSION_REQUEST, ObligationKind.REPORT, "2020年4月10日\n目前进展：已汇总7个乡镇。\n理由：道路中断。"),
        (Answer.CONTEST, ObligationKind.REPORT, "理由：该项工作由市农业局牵头，不属我办职责。"),
        (Answer.ACKNOWLEDGEMENT, ObligationKind.REPORT, ""),
    ],
)
def test_it_offers_only_words_that_are_taken_for_what_they_say(
    answer: Answer, asked: ObligationKind, rest: str, behind: str
) -> None:
    """What mails offer is what the reader of answers takes, with the number of the matter behind it or without."""
    facts = Facts(written=f"{answer}{behind}\n{rest}", mailed_on=date(2020, 4, 3), asked=(asked,), is_reply=True)
    kind, why = classify(facts)
    assert (kind, said(facts).lacks) == (InboundKind[answer.name], ()), why
    assert matter_numbers(facts.written) == ((12,) if behind else ())


def test_it_takes_a_reason_in_the_first_line() -> None:
    facts = Facts(written="异议 该项工作由市农业局牵头，不属我办职责", mailed_on=date(2020, 4, 3), is_reply=True)
    assert said(facts).reason == "该项工作由市农业局牵头，不属我办职责"


@pytest.mark.parametrize(
    ("answer", "kind", "final"),
    [
        (Answer.RESPONSE, InboundKind.ACKNOWLEDGEMENT, False),
        (Answer.FOLLOW_UP, InboundKind.URGENT_REPORT, False),
        (Answer.FINAL_REPORT, InboundKind.URGENT_REPORT, True),
    ],
)
def test_it_offers_to_an_urgent_report_what_is_taken_as_its_answer(
    answer: Answer, kind: InboundKind, *, final: bool
) -> None:
    rest = "" if answer is Answer.RESPONSE else "群众已全部转移，县道抢通过半。"
    facts = Facts(written=f"{answer}\n{rest}", asked=(ObligationKind.RESPOND,), is_reply=True)
    assert classify(facts)[0] is kind
    assert order_of(kind, facts, said(facts), text=facts.written, attachments=(), now=NOW).final is final
