"""Urgent reports: raising, following up, responding, passing on, regrading; each delivers at once."""

from typing import Annotated

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.events import emit_event

from domain.urgent import Severity
from flows import words
from flows.calls import show_calls
from flows.case_words import case_lines, cases_lines
from flows.form import AS_OF, OFFICER, Choice, Moment, answered, claimed, finished, given, instant, shown
from tasks.alerting import follow_up
from tasks.alerting import pass_on as pass_on_case
from tasks.alerting import raise_urgent_report as raise_case
from tasks.alerting import regrade as regrade_case
from tasks.alerting import respond as respond_to_case
from tasks.announcing import UrgentEvent, resource_of
from tasks.delivering import deliver
from tasks.retelling import tell_case

CASE = shown("紧急信息编号", "见上报时的结果。")


class Grade(Choice):
    """How grave an event is, as the form shows it."""

    PARTICULARLY_SERIOUS = "特别重大"
    SERIOUS = "重大"
    RELATIVELY_SERIOUS = "较大"
    ORDINARY = "一般"


def _moved(event: UrgentEvent, case_id: int, line: str, as_of: Moment, detail: str = "") -> State:
    """End an act on a case: announce it, deliver at once what it has to tell, then show it and whom to call.

    All of it after the act's commit: a mail server that does not answer takes nothing back, and the event and the
    delivery of every minute try again. Mail comes before what is shown, which takes the server a second.
    """
    now = instant(as_of)
    emit_event(event, resource=resource_of(case_id))
    done = deliver.fn(now=given(as_of), urgent_only=True)
    told = tell_case.fn(case_id, now=now)
    show_calls(now)
    line = f"{line}{words.delivery_line(done)}。" if done.accepted or done.trouble else line
    return finished(line, "urgent-report", f"紧急信息 {case_id}", "\n".join([detail or line, "", *case_lines(told)]))


@flow(name="紧急信息上报", flow_run_name="紧急-{office}-{title}", timeout_seconds=600)
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
    line = f"编号 {done.case_id}：{done.message}"
    return _moved(UrgentEvent.RAISED, done.case_id, line, as_of, words.raised(done))


@flow(name="紧急信息续报", flow_run_name="续报-{case_id}", timeout_seconds=600)
@answered
def follow_up_urgent_report(
    case_id: Annotated[int, CASE],
    text: Annotated[str, shown("续报内容", "最新情况。", format="textarea")],
    officer: Annotated[str, OFFICER],
    final: Annotated[bool, shown("终报", "勾选后该紧急信息办结，不再续报。")] = False,
    as_of: Annotated[Moment, AS_OF] = "",
) -> State:
    """为已上报的紧急信息续报或终报；已接报的各级随即收到。"""
    line = follow_up.fn(case_id, text, actor=claimed(officer), now=instant(as_of), final=final)
    return _moved(UrgentEvent.FOLLOWED_UP, case_id, line, as_of)


@flow(name="回应紧急信息", flow_run_name="回应-{case_id}", timeout_seconds=600)
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
    return _moved(UrgentEvent.ANSWERED, case_id, line, as_of)


@flow(name="调整紧急信息级别", flow_run_name="调级-{case_id}", timeout_seconds=600)
@answered
def regrade_urgent_report(
    case_id: Annotated[int, CASE],
    severity: Annotated[Grade, shown("调整为", "按国家突发事件分级标准。")],
    reason: Annotated[str, shown("理由", "必填，随通知告知各级。")],
    officer: Annotated[str, OFFICER],
    as_of: Annotated[Moment, AS_OF] = "",
) -> State:
    """调整一件紧急信息的级别：未办的回应、续转和续报按新的级别自现在起计时，各级随即收到通知。"""
    actor, now = claimed(officer), instant(as_of)
    line = regrade_case.fn(case_id, Severity[severity.name], reason, actor=actor, now=now)
    return _moved(UrgentEvent.REGRADED, case_id, line, as_of)


@flow(name="紧急信息全程", flow_run_name="全程-{case_id}", timeout_seconds=120)
@answered
def show_urgent_report(case_id: Annotated[int, CASE], as_of: Annotated[Moment, AS_OF] = "") -> State:
    """一件紧急信息的全程：每一环节用了多久、是否逾期，各次报告和续报时限。"""
    told = tell_case.fn(case_id, now=instant(as_of))
    (line,) = cases_lines([told])
    return finished(line, "urgent-report", f"紧急信息 {case_id}", "\n".join(case_lines(told)))
