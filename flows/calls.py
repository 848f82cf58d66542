"""The telephone first: the call list, recorded calls, and a person's own reminder."""

from datetime import datetime
from typing import Annotated

from prefect import flow
from prefect.artifacts import create_table_artifact
from prefect.client.schemas.objects import State

from flows import words
from flows.form import AS_OF, OFFICER, Moment, answered, claimed, finished, given, instant, shown
from tasks import reminding
from tasks.calling import open_calls
from tasks.calling import record_call as record

OBLIGATION = shown("事项编号", "见电话清单、总览或台账中的编号。")


def show_calls(now: datetime) -> int:
    """Leave whom to telephone at `now` as an artifact; return how many there are."""
    calls = open_calls.fn(now=now)
    if calls:
        create_table_artifact(words.call_rows(calls), key="call-list", description="**须立即电话联系**")
    return len(calls)


@flow(name="登记电话", flow_run_name="电话-{obligation_id}-{person}", timeout_seconds=120)
@answered
def record_call(
    obligation_id: Annotated[int, OBLIGATION],
    person: Annotated[str, shown("通话对象", "对方姓名。")],
    officer: Annotated[str, OFFICER],
    reached: Annotated[bool, shown("已接通", "无人接听的请取消勾选；仍会留在电话清单上。")] = True,
    note: Annotated[str, shown("通话内容", "一两句话。", format="textarea")] = "",
    office: Annotated[str, shown("对方单位", "留空为电话清单上该人所在单位，不在清单上的为承担单位。")] = "",
    called_at: Annotated[Moment, shown("通话时间", "如 2020-03-14 22:50（北京时间）；留空为现在。")] = "",
    as_of: Annotated[Moment, AS_OF] = "",
) -> State:
    """登记一次电话：接通的视为已告知，从电话清单上去掉；号码不进入留痕。"""
    now = instant(as_of)
    done = record.fn(
        obligation_id, person, actor=claimed(officer), now=now, reached=reached, note=note, office=office,
        called_at=given(called_at),
    )  # fmt: skip
    left = show_calls(now)
    return finished(f"{done.message}待打电话 {left} 个。", "call", f"事项 {obligation_id} 的电话")


@flow(name="手动催办", flow_run_name="催办-{obligation_id}", timeout_seconds=120)
@answered
def remind_office(
    obligation_id: Annotated[int, OBLIGATION],
    reason: Annotated[str, shown("理由", "必填，写入催办邮件。")],
    officer: Annotated[str, OFFICER],
    as_of: Annotated[Moment, AS_OF] = "",
) -> State:
    """催办一项未办结的事项；间隔不足或次数已满的不发出，只作记录。紧急事项请先打电话。"""
    now = instant(as_of)
    done = reminding.remind.fn(obligation_id, reason, actor=claimed(officer), now=now)
    if done.telephone_first:
        show_calls(now)
    return finished(done.message, "reminder", f"事项 {obligation_id} 的催办")
