"""What offices owe: receiving, reporting, reviewing, waiving, extending."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed

from domain.calendar import end_of_day
from flows.form import AS_OF, OFFICER, answered, claimed, instant, shown
from tasks import handling

OBLIGATION = shown("事项编号", "见总览或台账中的编号。")


class Decision(StrEnum):
    """What a reviewer decides."""

    ACCEPT = "accept"
    RETURN = "return"


@flow(name="签收", flow_run_name="签收-{document_number}-{office}", timeout_seconds=120)
@answered
def record_receipt(
    document_number: Annotated[str, shown("发文字号")],
    office: Annotated[str, shown("签收单位", "单位代码、全称或别名。")],
    officer: Annotated[str, OFFICER],
    as_of: Annotated[datetime | None, AS_OF] = None,
) -> State:
    """代某单位登记签收（例如对方来电确认）。"""
    return Completed(
        message=handling.receive.fn(document_number, office, actor=claimed(officer), now=instant(as_of)).message
    )


@flow(name="报送", flow_run_name="报送-{document_number}-{office}", timeout_seconds=120)
@answered
def record_report(
    document_number: Annotated[str, shown("发文字号")],
    office: Annotated[str, shown("报送单位", "单位代码、全称或别名。")],
    text: Annotated[str, shown("报送内容", "", format="textarea")],
    officer: Annotated[str, OFFICER],
    ordinal: Annotated[int, shown("第几项要求", "0 为最先到期的一项。", minimum=0)] = 0,
    period: Annotated[str, shown("期次", "如 2020-04 或 2020-04-05；留空为最先到期的一期。")] = "",
    as_of: Annotated[datetime | None, AS_OF] = None,
) -> State:
    """代某单位登记报送的材料，转入审核。"""
    done = handling.submit_report.fn(
        document_number, office, text, actor=claimed(officer), now=instant(as_of), ordinal=ordinal or None,
        period=period or None,
    )  # fmt: skip
    return Completed(message=done.message)


@flow(name="审核报送", flow_run_name="审核-{obligation_id}", timeout_seconds=120)
@answered
def review_report(
    obligation_id: Annotated[int, OBLIGATION],
    decision: Annotated[Decision, shown("决定", "accept 通过；return 退回（须写理由）。")],
    officer: Annotated[str, OFFICER],
    reason: Annotated[str, shown("理由或意见", "退回时必填。")] = "",
    new_due_on: Annotated[date | None, shown("退回后的新时限", "留空为 2 个工作日，不早于原时限。")] = None,
    as_of: Annotated[datetime | None, AS_OF] = None,
) -> State:
    """审核一项报送：通过，或写明理由退回。"""
    actor, now = claimed(officer), instant(as_of)
    if decision is Decision.ACCEPT:
        return Completed(message=handling.accept.fn(obligation_id, actor=actor, now=now, note=reason).message)
    due = end_of_day(new_due_on) if new_due_on else None
    return Completed(message=handling.return_report.fn(obligation_id, reason, actor=actor, now=now, due_on=due).message)


@flow(name="免办", flow_run_name="免办-{obligation_id}", timeout_seconds=120)
@answered
def waive_obligation(
    obligation_id: Annotated[int, OBLIGATION],
    reason: Annotated[str, shown("理由", "必填。")],
    officer: Annotated[str, OFFICER],
    as_of: Annotated[datetime | None, AS_OF] = None,
) -> State:
    """免除一个单位的一项事项。"""
    return Completed(
        message=handling.waive.fn(obligation_id, reason, actor=claimed(officer), now=instant(as_of)).message
    )


@flow(name="延期", flow_run_name="延期-{obligation_id}", timeout_seconds=120)
@answered
def extend_deadline(
    obligation_id: Annotated[int, OBLIGATION],
    due_on: Annotated[date, shown("新的到期日", "当日 24 时止。")],
    reason: Annotated[str, shown("理由", "必填。")],
    officer: Annotated[str, OFFICER],
    as_of: Annotated[datetime | None, AS_OF] = None,
) -> State:
    """在到期之前延长一项事项的时限；原时限保留在记录中。"""
    done = handling.extend.fn(obligation_id, end_of_day(due_on), reason, actor=claimed(officer), now=instant(as_of))
    return Completed(message=done.message)
