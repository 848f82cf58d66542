"""Stopping a clock or a reminder: suspending, resuming, acknowledging."""

from typing import Annotated

from prefect import flow
from prefect.client.schemas.objects import State

from domain.calendar import end_of_day
from flows.form import AS_OF, OFFICER, Day, Moment, answered, claimed, day, instant, shown
from flows.review import OBLIGATION, acted
from tasks import holding


@flow(name="暂停计时", flow_run_name="暂停计时-{obligation_id}", timeout_seconds=120)
@answered
def suspend_clock(
    obligation_id: Annotated[int, OBLIGATION],
    reason: Annotated[str, shown("理由", "必填；将告知该单位。")],
    officer: Annotated[str, OFFICER],
    until: Annotated[Day, shown("暂停至", "如 2020-04-10（当日 24 时自动恢复）；留空为人工恢复。")] = "",
    as_of: Annotated[Moment, AS_OF] = "",
) -> State:
    """暂停一项事项的计时：其间不催办、不上报，恢复时剩余时间不变。"""
    last = day(until)
    done = holding.suspend.fn(
        obligation_id, reason, actor=claimed(officer), now=instant(as_of), until=end_of_day(last) if last else None
    )
    return acted(done, "暂停计时")


@flow(name="恢复计时", flow_run_name="恢复计时-{obligation_id}", timeout_seconds=120)
@answered
def resume_clock(
    obligation_id: Annotated[int, OBLIGATION],
    officer: Annotated[str, OFFICER],
    reason: Annotated[str, shown("说明", "将告知该单位，可留空。")] = "",
    as_of: Annotated[Moment, AS_OF] = "",
) -> State:
    """恢复计时：暂停时剩多少，恢复后还剩多少；已逾期的仍为逾期。"""
    return acted(holding.resume.fn(obligation_id, reason, actor=claimed(officer), now=instant(as_of)), "恢复计时")


@flow(name="知悉", flow_run_name="知悉-{obligation_id}", timeout_seconds=120)
@answered
def acknowledge_reminder(
    obligation_id: Annotated[int, OBLIGATION],
    officer: Annotated[str, OFFICER],
    as_of: Annotated[Moment, AS_OF] = "",
) -> State:
    """代某单位登记知悉：一段时间内不再重复催办该单位，逐级告知照常。"""
    return acted(holding.acknowledge.fn(obligation_id, actor=claimed(officer), now=instant(as_of)), "知悉")
