"""Deadlines: the sweeps."""

from datetime import datetime
from typing import Annotated

from prefect import flow
from prefect.artifacts import create_table_artifact
from prefect.client.schemas.objects import State
from prefect.events import emit_event
from prefect.states import Completed

from domain.errors import Refused
from flows import words
from flows.calls import show_calls
from flows.form import AS_OF, Moment, answered, given, instant, stamped
from tasks.announcing import UrgentEvent, resource_of
from tasks.forwarding import forward_circular as forward
from tasks.summarising import lines
from tasks.sweeping import open_requests, refuse_request, sweep

#: Rows of an artifact; the register holds all.
_SHOWN = 200


@flow(name="巡检时限", flow_run_name=stamped("巡检"), timeout_seconds=600)
@answered
def sweep_deadlines(as_of: Annotated[Moment, AS_OF] = "") -> State:
    """检查所有事项的时限：生成到期的期次，催办临期和逾期的单位，逐级告知上级；同一梯级只催一次。"""
    now = instant(as_of)
    done = sweep.fn(now=now, explicit=given(as_of) is not None)
    forwarded = _forward_requested(now)
    if done.looked_at:
        overdue = lines.fn(now=now, overdue=True, limit=_SHOWN)
        about = words.overdue_title(overdue, _SHOWN)
        create_table_artifact(words.line_rows(overdue), key="sweep-overdue", description=about)
    if done.calls or done.passed_on:
        show_calls(now)
        emit_event(UrgentEvent.CLIMBED, resource=resource_of())
    return Completed(message=words.sweep_line(done) + (f"；补办转发 {forwarded} 件" if forwarded else ""))


@flow(name="紧急巡检", flow_run_name=stamped("紧急巡检"), timeout_seconds=120)
@answered
def sweep_urgent(as_of: Annotated[Moment, AS_OF] = "") -> State:
    """每分钟检查特急事项和紧急信息：催办、告知上级、列出须电话联系的名单。"""
    now = instant(as_of)
    done = sweep.fn(now=now, explicit=given(as_of) is not None, urgent_only=True)
    calls = show_calls(now)
    if done.fired or done.passed_on:
        emit_event(UrgentEvent.CLIMBED, resource=resource_of())
    return Completed(message=words.sweep_line(done) + (f"；待打电话 {calls} 个" if calls else ""))


def _forward_requested(now: datetime) -> int:
    """Do the hops whose event was lost; one that cannot be done is recorded, and stops nobody else's."""
    done = 0
    for request in open_requests.fn():
        try:
            forward.fn(request.number, actor=request.actor, now=now, sender=request.sender)
            done += 1
        except Refused as error:
            refuse_request.fn(request.id, str(error), now=now)
    return done
