"""The roster's substitutes: who acts for whom, set and revoked by hand."""

from datetime import datetime, time
from typing import Annotated

from prefect import flow
from prefect.client.schemas.objects import State

from domain.calendar import at_local, end_of_day
from domain.errors import Refused
from flows import words
from flows.form import AS_OF, OFFICER, Day, Moment, answered, claimed, day, finished, instant, shown
from tasks import substituting


@flow(name="登记代办", flow_run_name="代办-{absent}", timeout_seconds=120)
@answered
def record_substitute(
    absent: Annotated[str, shown("离岗人", "写作 单位/姓名，或 单位/邮箱。")],
    acting: Annotated[str, shown("代办人", "写作 单位/姓名，或 单位/邮箱；应在管辖范围内。")],
    until: Annotated[Day, shown("截止日", "如 2020-04-08（当日 24 时止）。")],
    reason: Annotated[str, shown("理由", "必填。")],
    officer: Annotated[str, OFFICER],
    begins: Annotated[Day, shown("起始日", "如 2020-04-01（当日 0 时起）；留空为现在。")] = "",
    as_of: Annotated[Moment, AS_OF] = "",
) -> State:
    """登记代办：在此期间发给离岗人的通知改送代办人，两人姓名都有记录。"""
    last, first, now = day(until), day(begins), instant(as_of)
    if last is None:
        message = "请填写截止日。"
        raise Refused(message)
    done = substituting.substitute.fn(
        absent, acting, at_local(first, time()) if first else now, end_of_day(last), reason, actor=claimed(officer),
        now=now,
    )  # fmt: skip
    return _listed(done.message, now)


@flow(name="撤销代办", flow_run_name="撤销代办-{number}", timeout_seconds=120)
@answered
def revoke_substitute(
    number: Annotated[int, shown("代办编号", "见 duban roster substitutes。", minimum=1)],
    reason: Annotated[str, shown("理由", "必填。")],
    officer: Annotated[str, OFFICER],
    as_of: Annotated[Moment, AS_OF] = "",
) -> State:
    """提前结束一项代办，今后的通知仍送本人。"""
    now = instant(as_of)
    done = substituting.revoke_substitution.fn(number, reason, actor=claimed(officer), now=now)
    return _listed(done.message, now)


def _listed(line: str, now: datetime) -> State:
    """End with the line, and leave the whole list of who acts for whom."""
    found = words.substitute_lines(substituting.list_substitutions.fn(now=now))
    return finished(line, "substitutes", "代办", "\n\n".join([line, *found]))
