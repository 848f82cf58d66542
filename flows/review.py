"""What offices owe: receiving, reporting, reviewing, waiving, extending."""

from typing import Annotated

from prefect import flow
from prefect.client.schemas.objects import State

from domain.calendar import end_of_day
from domain.errors import Refused
from flows import words
from flows.form import AS_OF, OFFICER, Choice, Day, Moment, answered, claimed, day, finished, instant, shown
from tasks import extending, handling, outcome

OBLIGATION = shown("事项编号", "见总览或台账中的编号。")


class Decision(Choice):
    """What a reviewer decides, as the form shows it."""

    ACCEPT = "通过"
    RETURN = "退回"


def acted(done: outcome.Done, about: str) -> State:
    """End a run with what an act did to one obligation."""
    return finished(done.message, "obligation", about, words.done(done))


@flow(name="签收", flow_run_name="签收-{document_number}-{office}", timeout_seconds=120)
@answered
def record_receipt(
    document_number: Annotated[str, shown("发文字号", "已转发给该单位的公文。")],
    office: Annotated[str, shown("签收单位", "单位代码、全称或别名。")],
    officer: Annotated[str, OFFICER],
    as_of: Annotated[Moment, AS_OF] = "",
) -> State:
    """代某单位登记签收（例如对方来电确认）。"""
    return acted(handling.receive.fn(document_number, office, actor=claimed(officer), now=instant(as_of)), "签收")


@flow(name="报送", flow_run_name="报送-{document_number}-{office}", timeout_seconds=120)
@answered
def record_report(
    document_number: Annotated[str, shown("发文字号", "提出报送要求的公文。")],
    office: Annotated[str, shown("报送单位", "单位代码、全称或别名。")],
    text: Annotated[str, shown("报送内容", "材料全文。", format="textarea")],
    officer: Annotated[str, OFFICER],
    ordinal: Annotated[int, shown("第几项要求", "0 为最先到期的一项。", minimum=0)] = 0,
    period: Annotated[str, shown("期次", "如 2020-04 或 2020-04-05；留空为最先到期的一期。")] = "",
    as_of: Annotated[Moment, AS_OF] = "",
) -> State:
    """代某单位登记报送的材料，转入审核。"""
    done = handling.submit_report.fn(
        document_number, office, text, actor=claimed(officer), now=instant(as_of), ordinal=ordinal or None,
        period=period.strip() or None,
    )  # fmt: skip
    return acted(done, "报送")


@flow(name="审核报送", flow_run_name="审核-{obligation_id}", timeout_seconds=120)
@answered
def review_report(
    obligation_id: Annotated[int, OBLIGATION],
    decision: Annotated[Decision, shown("决定", "退回须写明理由。")],
    officer: Annotated[str, OFFICER],
    reason: Annotated[str, shown("理由或意见", "退回时必填。")] = "",
    new_due_on: Annotated[
        Day, shown("退回后的新时限", "如 2020-04-10（当日 24 时止）；留空为 2 个工作日，不早于原时限。")
    ] = "",
    as_of: Annotated[Moment, AS_OF] = "",
) -> State:
    """审核一项报送：通过，或写明理由退回。"""
    actor, now = claimed(officer), instant(as_of)
    if decision is Decision.ACCEPT:
        return acted(handling.accept.fn(obligation_id, actor=actor, now=now, note=reason), "审核：通过")
    new = day(new_due_on)
    due = end_of_day(new) if new else None
    return acted(handling.return_report.fn(obligation_id, reason, actor=actor, now=now, due_on=due), "审核：退回")


@flow(name="免办", flow_run_name="免办-{obligation_id}", timeout_seconds=120)
@answered
def waive_obligation(
    obligation_id: Annotated[int, OBLIGATION],
    reason: Annotated[str, shown("理由", "必填。")],
    officer: Annotated[str, OFFICER],
    as_of: Annotated[Moment, AS_OF] = "",
) -> State:
    """免除一个单位的一项事项。"""
    return acted(handling.waive.fn(obligation_id, reason, actor=claimed(officer), now=instant(as_of)), "免办")


@flow(name="延期", flow_run_name="延期-{obligation_id}", timeout_seconds=120)
@answered
def extend_deadline(
    obligation_id: Annotated[int, OBLIGATION],
    due_on: Annotated[Day, shown("新的到期日", "如 2020-04-10（当日 24 时止）。")],
    reason: Annotated[str, shown("理由", "必填。")],
    officer: Annotated[str, OFFICER],
    as_of: Annotated[Moment, AS_OF] = "",
) -> State:
    """在到期之前延长一项事项的时限；原时限保留在记录中。"""
    new = day(due_on)
    if new is None:
        message = "请填写新的到期日。"
        raise Refused(message)
    done = extending.extend.fn(obligation_id, end_of_day(new), reason, actor=claimed(officer), now=instant(as_of))
    return acted(done, "延期")
