"""What offices ask and their superiors decide: more time, a contest, a paper sent back."""

from typing import Annotated

from prefect import flow
from prefect.artifacts import create_table_artifact
from prefect.client.schemas.objects import State

from domain import flaws
from domain.calendar import end_of_day
from domain.errors import Refused
from flows import words
from flows.form import AS_OF, OFFICER, Choice, Day, Moment, answered, claimed, day, finished, instant, shown
from flows.review import OBLIGATION, acted
from tasks import contesting, extending, petitions

PETITION = shown("申请编号", "见“待决申请”。")


class Answer(Choice):
    """What is decided about more time."""

    GRANT = "批准"
    REFUSE = "不予批准"


class Ruling(Choice):
    """What is decided about a contest or a returned paper."""

    UPHOLD = "成立"
    DISMISS = "不成立"


class Flaw(Choice):
    """What is wrong with a paper."""

    WRONG_ADDRESSEE = "发错单位"
    UNREADABLE = "无法辨读"
    WRONG_FILE = "文件有误"


@flow(name="申请延期", flow_run_name="申请延期-{obligation_id}", timeout_seconds=120)
@answered
def ask_for_extension(
    obligation_id: Annotated[int, OBLIGATION],
    due_on: Annotated[Day, shown("希望延至", "如 2020-04-10（当日 24 时止）。")],
    progress: Annotated[str, shown("目前进展", "必填：已办到什么程度。", format="textarea")],
    reason: Annotated[str, shown("理由", "必填。")],
    officer: Annotated[str, OFFICER],
    as_of: Annotated[Moment, AS_OF] = "",
) -> State:
    """代某单位在到期前申请延期，由审核单位或上级决定；决定前原时限不变，逾期不决定不等于同意。"""
    new = day(due_on)
    if new is None:
        message = "请填写希望延至的日期。"
        raise Refused(message)
    done = extending.ask_extension.fn(
        obligation_id, end_of_day(new), progress, reason, actor=claimed(officer), now=instant(as_of)
    )
    return acted(done, "申请延期")


@flow(name="决定延期", flow_run_name="决定延期-{petition_id}", timeout_seconds=120)
@answered
def decide_on_extension(
    petition_id: Annotated[int, PETITION],
    decision: Annotated[Answer, shown("决定", "不予批准须写明理由。")],
    officer: Annotated[str, OFFICER],
    reason: Annotated[str, shown("理由", "不予批准时必填。")] = "",
    due_on: Annotated[Day, shown("延至", "与申请不同时填写；留空为申请的日期。")] = "",
    as_of: Annotated[Moment, AS_OF] = "",
) -> State:
    """决定一件延期申请。"""
    new = day(due_on)
    done = extending.decide_extension.fn(
        petition_id, grant=decision is Answer.GRANT, actor=claimed(officer), now=instant(as_of), reason=reason,
        due_at=end_of_day(new) if new else None,
    )  # fmt: skip
    return acted(done, "决定延期")


@flow(name="提出异议", flow_run_name="提出异议-{obligation_id}", timeout_seconds=120)
@answered
def contest_obligation(
    obligation_id: Annotated[int, OBLIGATION],
    reason: Annotated[str, shown("理由", "必填：为何不属本单位职责，或为何届时无法完成。")],
    officer: Annotated[str, OFFICER],
    as_of: Annotated[Moment, AS_OF] = "",
) -> State:
    """代某单位在签收后 2 个工作日内提出异议；上级裁决前不催办、不上报。"""
    done = contesting.contest.fn(obligation_id, reason, actor=claimed(officer), now=instant(as_of))
    return acted(done, "提出异议")


@flow(name="裁决异议", flow_run_name="裁决异议-{petition_id}", timeout_seconds=120)
@answered
def decide_on_contest(
    petition_id: Annotated[int, PETITION],
    decision: Annotated[Ruling, shown("裁决", "成立则免办，不成立则照常办理。")],
    reason: Annotated[str, shown("理由", "必填；将告知该单位。")],
    officer: Annotated[str, OFFICER],
    due_on: Annotated[Day, shown("新的时限", "不成立时可另定，如 2020-04-10；留空为原时限。")] = "",
    as_of: Annotated[Moment, AS_OF] = "",
) -> State:
    """裁决一件异议。"""
    new = day(due_on)
    done = contesting.decide_contest.fn(
        petition_id, uphold=decision is Ruling.UPHOLD, reason=reason, actor=claimed(officer), now=instant(as_of),
        due_at=end_of_day(new) if new else None,
    )  # fmt: skip
    return acted(done, "裁决异议")


@flow(name="退回来文", flow_run_name="退回来文-{document_number}-{office}", timeout_seconds=120)
@answered
def return_paper(
    document_number: Annotated[str, shown("发文字号", "已转发给该单位的公文。")],
    office: Annotated[str, shown("退文单位", "单位代码、全称或别名。")],
    flaw: Annotated[Flaw, shown("原因", "发错单位、无法辨读，或文件有误。")],
    reason: Annotated[str, shown("说明", "必填。")],
    officer: Annotated[str, OFFICER],
    as_of: Annotated[Moment, AS_OF] = "",
) -> State:
    """代某单位退回一份公文；上级裁决前，该单位在此文下的事项都不催办。"""
    done = contesting.return_paper.fn(
        document_number, office, flaws.Flaw[flaw.name], reason, actor=claimed(officer), now=instant(as_of)
    )
    return acted(done, "退回来文")


@flow(name="裁决退文", flow_run_name="裁决退文-{petition_id}", timeout_seconds=120)
@answered
def decide_on_paper(
    petition_id: Annotated[int, PETITION],
    decision: Annotated[Ruling, shown("裁决", "成立则收回此文，该单位不再承担其事项。")],
    reason: Annotated[str, shown("理由", "必填；将告知该单位。")],
    officer: Annotated[str, OFFICER],
    as_of: Annotated[Moment, AS_OF] = "",
) -> State:
    """裁决一件退文。"""
    done = contesting.decide_paper.fn(
        petition_id, accepted=decision is Ruling.UPHOLD, reason=reason, actor=claimed(officer), now=instant(as_of)
    )
    return acted(done, "裁决退文")


@flow(name="待决申请", flow_run_name="待决申请", timeout_seconds=120)
@answered
def show_petitions(decider: Annotated[str, shown("决定单位", "留空为全部。")] = "") -> State:
    """列出等待决定的延期申请、异议和退文。"""
    found = petitions.waiting_petitions.fn(decider=decider.strip() or None)
    create_table_artifact(table=words.petition_rows(found), key="petitions", description="**等待决定**")
    return finished(words.petitions_line(found), "petitions-line", "等待决定")
