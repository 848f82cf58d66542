"""What comes in by mail: collecting it, what waits for an operator, what is done about it."""

from typing import Annotated

from prefect import flow
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from domain.calendar import end_of_day
from domain.flaws import Flaw
from domain.inbound import InboundKind
from domain.urgent import Severity
from flows import inbox_words
from flows.form import (
    AS_OF,
    OFFICER,
    Choice,
    Day,
    Moment,
    answered,
    claimed,
    day,
    finished,
    given,
    instant,
    shown,
    stamped,
)
from tasks import collecting, inbox
from tasks.delivering import deliver

MAIL = shown("来信编号", "见“待处理来信”。")


class Handling(Choice):
    """What is done about a mail."""

    RECEIPT = "签收"
    REPORT = "报送"
    ACKNOWLEDGEMENT = "知悉"
    EXTENSION_REQUEST = "延期申请"
    CONTEST = "异议"
    RETURNED_PAPER = "退回来文"
    URGENT_REPORT = "紧急信息"
    NOTHING = "不办理"


class PaperFlaw(Choice):
    """What is wrong with a paper."""

    NONE = "（不是退文）"
    WRONG_ADDRESSEE = "发错单位"
    UNREADABLE = "无法辨读"
    WRONG_FILE = "文件有误"


class Level(Choice):
    """How severe an urgent report is."""

    NONE = "（不是紧急信息）"
    PARTICULARLY_SERIOUS = "特别重大"
    SERIOUS = "重大"
    RELATIVELY_SERIOUS = "较大"
    ORDINARY = "一般"


def show_waiting() -> int:
    """Leave what waits for an operator as an artifact; return how many there are."""
    found = inbox.list_inbox.fn()
    create_table_artifact(inbox_words.inbox_rows(found), key="inbox", description="**待人工处理的来信**")
    return len(found)


@flow(name="收取来信", flow_run_name=stamped("收信"), timeout_seconds=1800)
@answered
def collect_mail(as_of: Annotated[Moment, AS_OF] = "") -> State:
    """收取收信邮箱中的来信：有回复标识、发自该单位在册联系人的自动办理，其余留待人工处理。"""
    done = collecting.collect_mail.fn(now=instant(as_of))
    line = inbox_words.collection_line(done)
    if done.taken:
        create_markdown_artifact(inbox_words.collection(done), key="collected-mail", description="**来信**")
    if done.waiting:
        show_waiting()
    if any(each.kind == InboundKind.URGENT_REPORT for each in done.taken):
        # whom it is told to, or the operators who have to look: at once, not with the next minute's delivery
        deliver.fn(now=given(as_of), urgent_only=True)
    return Failed(message=line) if done.trouble else Completed(message=line)


@flow(name="待处理来信", flow_run_name=stamped("待处理来信"), timeout_seconds=120)
@answered
def show_inbox() -> State:
    """列出待人工处理的来信，紧急信息在前。"""
    count = show_waiting()
    return finished(f"待人工处理的来信 {count} 件" if count else "没有待人工处理的来信", "inbox-line", "待处理来信")


@flow(name="处理来信", flow_run_name="处理来信-{mail}-{handling}", timeout_seconds=120)
@answered
def handle_mail(
    mail: Annotated[int, MAIL],
    handling: Annotated[Handling, shown("怎样处理", "按来信代该单位办理，或不办理（须写明理由）。")],
    officer: Annotated[str, OFFICER],
    reason: Annotated[str, shown("理由", "不办理、延期、异议、退文时必填；其他为备注。")] = "",
    office: Annotated[str, shown("单位", "代哪个单位办理：单位代码、全称或别名。")] = "",
    document_number: Annotated[str, shown("发文字号", "办理的公文。")] = "",
    obligation_id: Annotated[int, shown("事项编号", "0 为该文下最先到期的一项。", minimum=0)] = 0,
    ordinal: Annotated[int, shown("第几项要求", "报送时可填；0 为最先到期的一项。", minimum=0)] = 0,
    due_on: Annotated[Day, shown("希望延至", "延期申请时填写，如 2020-04-10。")] = "",
    progress: Annotated[str, shown("目前进展", "延期申请时填写。")] = "",
    flaw: Annotated[PaperFlaw, shown("退文原因", "退回来文时选择。")] = PaperFlaw.NONE,
    severity: Annotated[Level, shown("级别", "紧急信息时选择。")] = Level.NONE,
    occurred_at: Annotated[Moment, shown("发生时间", "紧急信息时填写，如 2020-03-14 22:30（北京时间）。")] = "",
    as_of: Annotated[Moment, AS_OF] = "",
) -> State:
    """处理一件待人工处理的来信：正文和附件取自来信，留痕写明依据哪件来信、由谁处理。"""
    actor, now = claimed(officer), instant(as_of)
    if handling is Handling.NOTHING:
        done = inbox.settle_mail.fn(mail, reason, actor=actor, now=now)
    else:
        new = day(due_on)
        filing = inbox.Filing(
            kind=InboundKind[handling.name], office=office, document=document_number,
            obligation_id=obligation_id or None, ordinal=ordinal or None, wanted=end_of_day(new) if new else None,
            progress=progress, reason=reason, flaw=None if flaw is PaperFlaw.NONE else Flaw[flaw.name],
            severity=None if severity is Level.NONE else Severity[severity.name], occurred_at=given(occurred_at),
        )  # fmt: skip
        done = inbox.take_for_office.fn(mail, filing, actor=actor, now=now)
        if handling is Handling.URGENT_REPORT:
            deliver.fn(now=given(as_of), urgent_only=True)
    left = show_waiting()
    return finished(f"{done.message}尚有 {left} 件待处理。", "handled-mail", f"来信 {mail} 的处理")
