"""Papers that need a signature: drafted, compiled, listed, signed, discarded by hand."""

from typing import Annotated

from prefect import flow
from prefect.artifacts import create_table_artifact
from prefect.client.schemas.objects import State
from prefect.states import Completed

from flows import words
from flows.form import AS_OF, OFFICER, Choice, Day, Moment, answered, claimed, day, finished, instant, shown
from tasks import compiling, papers

PAPER = shown("文稿编号", "见“待签发文稿”。", minimum=1)


class Kind(Choice):
    """Which paper, as the form shows it."""

    SUPERVISION_LETTER = "督办通知单"
    LISTED_SUPERVISION = "挂牌督办通知"
    CRITICISM_BULLETIN = "通报"


@flow(name="起草文稿", flow_run_name="起草-{obligation_id}", timeout_seconds=120)
@answered
def draft_paper(
    kind: Annotated[Kind, shown("文种", "签发后才编号、发出。")],
    obligation_id: Annotated[int, shown("事项编号", "逾期的事项，编号见总览的逾期事项。", minimum=1)],
    reason: Annotated[str, shown("理由", "必填。")],
    officer: Annotated[str, OFFICER],
    as_of: Annotated[Moment, AS_OF] = "",
) -> State:
    """就一项逾期事项起草文稿，等待签发，不发出。"""
    done = papers.draft_paper.fn(kind.value, obligation_id, reason, actor=claimed(officer), now=instant(as_of))
    return finished(done.message, "paper", "待签发文稿", words.as_markdown(words.paper(done)))


@flow(name="汇总报告", flow_run_name="汇总-{document_number}-{ordinal}", timeout_seconds=120)
@answered
def compile_report(
    document_number: Annotated[str, shown("发文字号", "提出报送要求的公文。")],
    ordinal: Annotated[int, shown("第几项要求", "见该公文的报送要求。", minimum=1)],
    officer: Annotated[str, OFFICER],
    period: Annotated[str, shown("期次", "定期报送的，如 2020-03 或 2020-03-05；只有一期的留空。")] = "",
    since: Annotated[Day, shown("起始日期", "随时报送的，自哪一天起，如 2020-03-01；其他留空。")] = "",
    office: Annotated[str, shown("汇总单位", "单位代码、全称或别名；只有一个单位收取报送的留空。")] = "",
    as_of: Annotated[Moment, AS_OF] = "",
) -> State:
    """把已通过的报送汇成一份向上的报告，点明未报送的单位，等待签发；再次运行则更新，不发出。"""
    done = compiling.compile_report.fn(
        document_number, ordinal, actor=claimed(officer), now=instant(as_of), period=period, since=day(since),
        office=office,
    )  # fmt: skip
    return finished(done.message, "compiled-report", "汇总稿", words.as_markdown(words.compiled(done)))


@flow(name="待签发文稿", flow_run_name="待签发文稿", timeout_seconds=120)
@answered
def list_papers(
    decided: Annotated[bool, shown("连同已签发、已作废的", "不勾选则只列待签发的。")] = False,
    as_of: Annotated[Moment, AS_OF] = "",
) -> State:
    """列出等待签发的督办通知单、挂牌督办、通报和汇总稿；其间的变化会注明。"""
    found = papers.list_papers.fn(now=instant(as_of), decided_too=decided)
    create_table_artifact(words.paper_rows(found), key="papers", description="**待签发文稿**")
    return Completed(message=f"待签发文稿 {sum(each.state == '待签发' for each in found)} 份")


@flow(name="签发文稿", flow_run_name="签发-{paper_id}", timeout_seconds=120)
@answered
def sign_paper(
    paper_id: Annotated[int, PAPER],
    signer: Annotated[str, shown("签发人", "签发人姓名，必填。")],
    officer: Annotated[str, OFFICER],
    even_so: Annotated[bool, shown("仍要签发", "事项已办结或不再逾期、报送情况有变化时，须勾选才能签发。")] = False,
    hand_in: Annotated[bool, shown("随即报送", "汇总稿：同时登记为汇总单位向上的报送，转入审核。")] = False,
    as_of: Annotated[Moment, AS_OF] = "",
) -> State:
    """签发一份文稿：编定文号，并通知有关单位；汇总稿不通知任何单位，可随即登记为向上的报送。"""
    done = papers.sign_paper.fn(
        paper_id, signer, actor=claimed(officer), now=instant(as_of), even_so=even_so, hand_in=hand_in
    )
    return finished(done.message, "paper", "已签发文稿", words.as_markdown(words.paper(done)))


@flow(name="作废文稿", flow_run_name="作废-{paper_id}", timeout_seconds=120)
@answered
def discard_paper(
    paper_id: Annotated[int, PAPER],
    reason: Annotated[str, shown("理由", "必填。")],
    officer: Annotated[str, OFFICER],
    as_of: Annotated[Moment, AS_OF] = "",
) -> State:
    """作废一份待签发的文稿，不占用文号。"""
    done = papers.discard_paper.fn(paper_id, reason, actor=claimed(officer), now=instant(as_of))
    return finished(done.message, "paper", "已作废文稿", words.as_markdown(words.paper(done)))
