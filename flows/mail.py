"""Mail: delivering what waits."""

from typing import Annotated

from prefect import flow
from prefect.artifacts import create_markdown_artifact
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from flows import words
from flows.form import AS_OF, Moment, answered, given, stamped
from tasks.delivering import deliver


@flow(name="投递通知", flow_run_name=stamped("投递"), timeout_seconds=1800)
@answered
def deliver_notices(as_of: Annotated[Moment, AS_OF] = "") -> State:
    """投递待发通知：同一收件人的提醒合并为一封；平件和加急件只在工作时间发出，特急和紧急信息随时发出。"""
    done = deliver.fn(now=given(as_of))
    line = words.delivery_line(done)
    if done.accepted or done.refused or done.deferred or done.uncertain or done.trouble:
        create_markdown_artifact(line, key="delivered-notices", description="**投递结果**")
    return Failed(message=line) if done.trouble else Completed(message=line)


@flow(name="紧急即时投递", flow_run_name=stamped("紧急投递"), timeout_seconds=600)
@answered
def deliver_urgent(as_of: Annotated[Moment, AS_OF] = "") -> State:
    """紧急信息一有动静就投递：只投特急和紧急的通知，任何时间，不等每分钟的投递。"""
    done = deliver.fn(now=given(as_of), urgent_only=True)
    line = words.delivery_line(done)
    return Failed(message=line) if done.trouble else Completed(message=line)
