"""The work calendar: what an amendment of it would move, and moving it."""

from typing import Annotated

from prefect import flow
from prefect.client.schemas.objects import State

from flows import calendar_words
from flows.form import AS_OF, OFFICER, Moment, answered, claimed, finished, instant, shown, stamped
from tasks import recomputing


@flow(name="日历调整", flow_run_name=stamped("日历调整"), timeout_seconds=3600)
@answered
def amend_calendar(
    officer: Annotated[str, OFFICER],
    apply: Annotated[bool, shown("执行", "不选则只预览将变动的时限，不作任何改动。")] = False,
    reason: Annotated[str, shown("理由", "执行时必填，如“国务院办公厅通知延长春节假期”；将告知时限变动的单位。")] = "",
    as_of: Annotated[Moment, AS_OF] = "",
) -> State:
    """按现行工作日历重算在办事项的时限：先预览，确认后执行；人工确定的时限和已发出的邮件不变。"""
    actor, now = claimed(officer), instant(as_of)
    done = recomputing.apply_calendar.fn(reason, actor=actor, now=now) if apply else recomputing.preview_calendar.fn()
    about = "日历调整结果" if apply else "日历调整预览（未执行）"
    return finished(calendar_words.amendment_line(done), "amended-calendar", about, calendar_words.amendment(done))
