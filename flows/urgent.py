"""Urgent reports: raising, following up, responding, passing on."""

from typing import Annotated

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.events import emit_event

from domain.urgent import Severity
from flows import words
from flows.calls import show_calls
from flows.form import AS_OF, OFFICER, Choice, Moment, answered, claimed, finished, instant, shown
from tasks.alerting import follow_up
from tasks.alerting import pass_on as pass_on_case
from tasks.alerting import raise_urgent_report as raise_case
from tasks.alerting import respond as respond_to_case

URGENT_RAISED = "duban.urgent.raised"
CASE = shown("紧急信息编号", "见上报时的结果。")


class Grade(Choice):
    """How grave an event is, as the form shows it."""

    PARTICULARLY_SERIOUS = "特别重大"
    SERIOUS = "重大"
    RELATIVELY_SERIOUS = "较大"
    ORDINARY = "一般"


@flow(name="紧急信息上报", flow_run_name="紧急-{office}-{title}", timeout_seconds=120)
@answered
def raise_urgent_report(
    office: Annotated[str, shown("报告单位", "单位代码、全称或别名。")],
    title: Annotated[str, shown("事件", "一句话概括。")],
    text: Annotated[str, shown("情况", "时间、地点、经过、伤亡损失、已采取的措施。", format="textarea")],
    severity: Annotated[Grade, shown("事件级别", "按国家突发事件分级标准。")],
    occurred_at: Annotated[Moment, shown("发生时间", "如 2020-03-14 22:40（北京时间）。")],
    learned_at: Annotated[Moment, shown("获知时间", "如 2020-03-14 22:45（北京时间）。")],
    officer: Annotated[str, OFFICER],
    reference: Annotated[str, shown("单位编号", "报告单位自己的编号；重复提交同一编号不会重复上报。")] = "",
    as_of: Annotated[Moment, AS_OF] = "",
) -> State:
    """上报紧急信息：任何时间立即通知上级；上级须在时限内回应并续转，无人回应即报更上一级。"""
    done = raise_case.fn(
        office, title, text, Severity[severity.name], occurred_at=instant(occurred_at), learned_at=instant(learned_at),
        actor=claimed(officer), now=instant(as_of), reference=reference.strip(),
    )  # fmt: skip
    emit_event(URGENT_RAISED, resource={"prefect.resource.id": f"duban.urgent-case.{done.case_id}"})
    show_calls()
    return finished(f"编号 {done.case_id}：{done.message}", "urgent-report", "紧急信息", words.raised(done))


@flow(name="紧急信息续报", flow_run_name="续报-{case_id}", timeout_seconds=120)
@answered
def follow_up_urgent_report(
    case_id: Annotated[int, CASE],
    text: Annotated[str, shown("续报内容", "最新情况。", format="textarea")],
    officer: Annotated[str, OFFICER],
    final: Annotated[bool, shown("终报", "勾选后该紧急信息办结。")] = False,
    as_of: Annotated[Moment, AS_OF] = "",
) -> State:
    """为已上报的紧急信息续报或终报。"""
    line = follow_up.fn(case_id, text, actor=claimed(officer), now=instant(as_of), final=final)
    return finished(line, "urgent-report", f"紧急信息 {case_id}")


@flow(name="回应紧急信息", flow_run_name="回应-{case_id}", timeout_seconds=120)
@answered
def respond_to_urgent_report(
    case_id: Annotated[int, CASE],
    office: Annotated[str, shown("回应单位", "单位代码、全称或别名。")],
    officer: Annotated[str, OFFICER],
    pass_on: Annotated[bool, shown("同时续转上一级", "勾选后上一级随即收到通知。")] = False,
    as_of: Annotated[Moment, AS_OF] = "",
) -> State:
    """记录某一级对紧急信息的回应，并可同时续转上一级。"""
    actor, now = claimed(officer), instant(as_of)
    line = respond_to_case.fn(case_id, office, actor=actor, now=now)
    if pass_on:
        line += pass_on_case.fn(case_id, office, actor=actor, now=now)
        show_calls()
    emit_event(URGENT_RAISED, resource={"prefect.resource.id": f"duban.urgent-case.{case_id}"})
    return finished(line, "urgent-report", f"紧急信息 {case_id}")
