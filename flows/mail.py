"""Mail: delivering what waits, sending a notice again."""

from typing import Annotated

from prefect import flow
from prefect.artifacts import create_markdown_artifact
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from flows import words
from flows.form import AS_OF, OFFICER, Moment, answered, claimed, finished, given, instant, shown, stamped
from tasks import addresses, resending
from tasks.delivering import deliver


@flow(name="投递通知", flow_run_name=stamped("投递"), timeout_seconds=1800)
@answered
def deliver_notices(as_of: Annotated[Moment, AS_OF] = "") -> State:
    """投递待发通知：同一收件人的提醒合并为一封；平件和加急件只在工作时间发出，特急和紧急信息随时发出。"""
    done = deliver.fn(now=given(as_of))
    line = words.delivery_line(done)
    if done.accepted or done.refused or done.deferred or done.uncertain or done.trouble:
        create_markdown_artifact(line, key="delivered-notices", description="**投递结果**")
    return Failed(message=line) if done.trouble or done.is_blocked else Completed(message=line)


@flow(name="紧急即时投递", flow_run_name=stamped("紧急投递"), timeout_seconds=600)
@answered
def deliver_urgent(as_of: Annotated[Moment, AS_OF] = "") -> State:
    """紧急信息一有动静就投递：只投特急和紧急的通知，任何时间，不等每分钟的投递。"""
    done = deliver.fn(now=given(as_of), urgent_only=True)
    line = words.delivery_line(done)
    return Failed(message=line) if done.trouble or done.is_blocked else Completed(message=line)


@flow(name="重发通知", flow_run_name="重发-{notice_id}", timeout_seconds=120)
@answered
def resend_notice(
    notice_id: Annotated[int, shown("通知编号", "见 duban notice list。", minimum=1)],
    reason: Annotated[str, shown("理由", "必填，如“来电称未收到”。")],
    officer: Annotated[str, OFFICER],
    to: Annotated[str, shown("改发给", "该单位或其上级的名册邮箱，或单位名称；留空为名册现有的收件人。")] = "",
    as_of: Annotated[Moment, AS_OF] = "",
) -> State:
    """应要求重发一件通知：另成一封新邮件，只含仍然有效的事项；照常遵守工作时间和演练模式。"""
    done = resending.resend_notice.fn(notice_id, reason, actor=claimed(officer), now=instant(as_of), to=to)
    return finished(done.message, "resent-notice", f"通知 {notice_id} 的重发")


@flow(name="恢复使用邮箱", flow_run_name=stamped("恢复使用邮箱"), timeout_seconds=120)
@answered
def clear_address(
    address: Annotated[str, shown("邮箱", "见 duban mail trouble。")],
    reason: Annotated[str, shown("理由", "必填，如“来电称邮箱已清理”。")],
    officer: Annotated[str, OFFICER],
    as_of: Annotated[Moment, AS_OF] = "",
) -> State:
    """恢复使用一个因退信而停用的邮箱，自下一封通知起；其间改送他人的不再重发。"""
    done = addresses.clear_address.fn(address, reason, actor=claimed(officer), now=instant(as_of))
    return finished(done, "cleared-address", "恢复使用的邮箱")
