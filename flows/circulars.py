"""Circulars: registering, forwarding, recalling."""

from pathlib import Path
from typing import Annotated

from prefect import flow, runtime
from prefect.client.schemas.objects import State
from prefect.events import emit_event

from domain.documents import SourceKind
from domain.errors import Refused
from domain.planning import ForwardingMode
from domain.reviewing import Looking
from flows import words
from flows.drafts import show_waiting, shown_draft
from flows.files import read_bytes
from flows.form import (
    AS_OF,
    OFFICER,
    Choice,
    Moment,
    answered,
    claimed,
    days_by_ordinal,
    finished,
    given,
    instant,
    shown,
)
from tasks import withdrawing
from tasks.forwarding import forward_circular as forward
from tasks.forwarding import recall_forwarding as recall
from tasks.forwarding import request_forward
from tasks.registering import register_circular as register
from tasks.restating import restate

FORWARD_REQUESTED = "duban.forward.requested"


class Source(Choice):
    """Where an order comes from, as the form shows it."""

    CIRCULAR = "公文"
    WRITTEN_INSTRUCTION = "批示件"
    MINUTES = "会议纪要"
    PROPOSAL = "建议提案"


class Mode(Choice):
    """To whom reports go, as the form shows it."""

    DIRECT = "直接报送"
    BY_LEVEL = "逐级汇总报送"


def _registering() -> str:
    path = str(runtime.flow_run.parameters.get("path") or "").strip()
    return f"登记-{Path(path).name if path else '粘贴的全文'}"


@flow(name="登记公文", flow_run_name=_registering, timeout_seconds=300)
@answered
def register_circular(
    officer: Annotated[str, OFFICER],
    path: Annotated[str, shown("文件路径", "本机上的公文文件（文本、Markdown、DOCX、PDF、HTML、OFD）。")] = "",
    text: Annotated[str, shown("公文全文", "也可直接粘贴全文；与文件路径二选一。", format="textarea")] = "",
    only: Annotated[str, shown("只登记这一份", "文件含多份公文时，可只登记其中一个文号；留空为全部。")] = "",
    sent_at: Annotated[
        Moment, shown("来文时间", "上级发出本文的时间，如 2020-02-13 10:00（北京时间）；留空为登记时间。")
    ] = "",
    source_kind: Annotated[Source, shown("来源类别", "没有文号的批示件、会议纪要、提案请在此选择。")] = Source.CIRCULAR,
    review: Annotated[bool, shown("先核对再登记", "不选时，读不准的才先成为草稿待核对。")] = False,
    as_of: Annotated[Moment, AS_OF] = "",
) -> State:
    """登记一份公文：保存原件，读出任务事项和报送要求；主送本单位的，登记即签收。读不准的先成为草稿，核对后才登记。"""
    if bool(path.strip()) == bool(text.strip()):
        message = "请填写文件路径或粘贴公文全文，二者取一。"
        raise Refused(message)
    file, now = Path(path.strip()) if path.strip() else None, instant(as_of)
    done = register.fn(
        read_bytes(file) if file else text.encode(), file.name if file else "粘贴.md", actor=claimed(officer),
        now=now, only=only.strip() or None, sent_at=given(sent_at),
        source_kind=SourceKind[source_kind.name], looking=Looking.ALWAYS if review else Looking.WHERE_UNSURE,
    )  # fmt: skip
    if done.waiting is not None:
        show_waiting(now)
        return shown_draft(done.waiting, as_of, words.registration(done))
    return finished(words.registration_line(done), "registered-circular", "登记结果", words.registration(done))


@flow(name="转发公文", flow_run_name="转发-{document_number}", timeout_seconds=300)
@answered
def forward_circular(
    document_number: Annotated[str, shown("发文字号", "已登记的公文，如 黑扶组办发〔2020〕3号。")],
    officer: Annotated[str, OFFICER],
    sender: Annotated[str, shown("转发单位", "单位代码；留空为本运行单位。")] = "",
    to: Annotated[tuple[str, ...], shown("收文单位", "单位代码、全称或别名；留空为文中的主送机关。")] = (),
    mode: Annotated[
        Mode, shown("报送方式", "直接报送：报给文中写明的单位；逐级汇总报送：报给上级，由上级汇总。")
    ] = Mode.DIRECT,
    below_scope_reason: Annotated[str, shown("超出印发范围的理由", "收文单位低于文中印发范围时必填。")] = "",
    internal: Annotated[
        tuple[str, ...],
        shown("内部时限", "为上级第几项要求另设更早的日期，如 1=2020-02-18；没有上级公文而逐级汇总的，为本文要求。"),
    ] = (),
    preview: Annotated[bool, shown("先预览", "只显示将发给谁、何时到期，不实际转发。")] = False,
    as_of: Annotated[Moment, AS_OF] = "",
) -> State:
    """把公文转发给下级：确定收文单位，生成签收、报送等事项，通知在 10 分钟后发出，其间可以撤回。"""
    done = forward.fn(
        document_number, actor=claimed(officer), now=instant(as_of), sender=sender.strip() or None, to=to,
        mode=ForwardingMode[mode.name], below_scope_reason=below_scope_reason,
        internal=days_by_ordinal(internal), dry_run=preview,
    )  # fmt: skip
    about = "转发预览（未转发）" if preview else "转发结果"
    return finished(words.forwarding_line(done), "forwarded-circular", about, words.forwarding(done))


@flow(name="下级转发", flow_run_name="请求转发-{document_number}", timeout_seconds=120)
@answered
def request_forwarding(
    document_number: Annotated[str, shown("发文字号", "已登记的公文。")],
    sender: Annotated[str, shown("转发单位", "作出转发的单位代码。")],
    officer: Annotated[str, OFFICER],
    as_of: Annotated[Moment, AS_OF] = "",
) -> State:
    """登记某单位决定转发一份公文；转发本身由事件触发，事件丢失时由巡检补上。"""
    number = request_forward.fn(document_number, sender, actor=claimed(officer), now=instant(as_of))
    # The row is committed: the event only saves waiting, the sweep finds the row without it.
    emit_event(
        FORWARD_REQUESTED,
        resource={"prefect.resource.id": f"duban.forward-request.{number}"},
        payload={"document_number": document_number, "sender": sender, "officer": officer},
    )
    line = f"已登记转发请求 {number}：{sender} 转发“{document_number}”，随后自动办理。"
    return finished(line, "forward-request", "转发请求")


@flow(name="撤回转发", flow_run_name="撤回-{document_number}", timeout_seconds=300)
@answered
def recall_forwarding(
    document_number: Annotated[str, shown("发文字号", "已转发的公文。")],
    reason: Annotated[str, shown("理由", "必填；将告知已收到的单位。")],
    officer: Annotated[str, OFFICER],
    sender: Annotated[str, shown("转发单位", "单位代码；留空为本运行单位。")] = "",
    as_of: Annotated[Moment, AS_OF] = "",
) -> State:
    """撤回一次转发：未发出的通知不再发出，未办结的事项撤回，已收到的单位各收到一次告知。"""
    done = recall.fn(document_number, reason, actor=claimed(officer), now=instant(as_of), sender=sender.strip() or None)
    line = f"已撤回“{done.number}”：撤下未发通知 {done.withdrawn_notices} 件，告知已收到的单位 {done.told} 个。"
    return finished(line, "recalled-circular", "撤回结果")


@flow(name="撤回公文", flow_run_name="撤回公文-{document_number}", timeout_seconds=300)
@answered
def withdraw_circular(
    document_number: Annotated[str, shown("发文字号", "已登记的公文。")],
    reason: Annotated[str, shown("理由", "必填；将告知已收到的单位。")],
    officer: Annotated[str, OFFICER],
    as_of: Annotated[Moment, AS_OF] = "",
) -> State:
    """撤回整份公文：未办结的事项和待发的通知一并撤回，已收到的单位各收到一次告知，此后不再有新的期次。"""
    done = withdrawing.withdraw_circular.fn(document_number, reason, actor=claimed(officer), now=instant(as_of))
    return finished(done.message, "ended-circular", "撤回公文")


@flow(name="替代公文", flow_run_name="替代公文-{document_number}", timeout_seconds=300)
@answered
def supersede_circular(
    document_number: Annotated[str, shown("原文号", "不再执行的公文。")],
    new_number: Annotated[str, shown("新文号", "替代它的公文，须已登记。")],
    reason: Annotated[str, shown("理由", "必填；将告知已收到的单位。")],
    officer: Annotated[str, OFFICER],
    as_of: Annotated[Moment, AS_OF] = "",
) -> State:
    """以新公文替代旧公文：旧文的未办结事项终止，已收到的单位各收到一次告知；新文另行转发。"""
    done = withdrawing.supersede_circular.fn(
        document_number, new_number, reason, actor=claimed(officer), now=instant(as_of)
    )
    return finished(done.message, "ended-circular", "替代公文")


@flow(name="标明重申", flow_run_name="重申-{document_number}", timeout_seconds=300)
@answered
def mark_restated(
    document_number: Annotated[str, shown("发文字号", "重申要求的公文（下级转发的公文）。")],
    ordinal: Annotated[int, shown("第几项要求", "该公文的第几项要求。", minimum=1)],
    upstream: Annotated[str, shown("上级发文字号", "被重申的公文。")],
    upstream_ordinal: Annotated[int, shown("上级第几项要求", "上级公文的第几项要求。", minimum=1)],
    reason: Annotated[str, shown("理由", "必填。")],
    officer: Annotated[str, OFFICER],
    as_of: Annotated[Moment, AS_OF] = "",
) -> State:
    """标明一项要求重申上级公文的要求：同一单位两处都要报的合并为一项，按较早的时限，只报一次。"""
    done = restate.fn(
        document_number, ordinal, upstream, upstream_ordinal, reason, actor=claimed(officer), now=instant(as_of)
    )
    return finished(done.message, "restated-requirement", "重申")
