"""Oversight: the lights, the chain, the audit, the register."""

from pathlib import Path
from typing import Annotated

from prefect import flow
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from flows import health, words
from flows.drafts import show_waiting
from flows.form import AS_OF, Moment, answered, finished, instant, shown, stamped
from tasks.auditing import audit_head, chain_of, send_audit_head, verify_audit
from tasks.checking import beat, tell_operators
from tasks.checking import check_installation as check
from tasks.drafting import list_drafts
from tasks.exporting import export_register
from tasks.summarising import board, lines


@flow(name="灯色总览", flow_run_name=stamped("总览"), timeout_seconds=300)
@answered
def show_board(
    document_number: Annotated[str, shown("发文字号", "留空为全部。")] = "",
    as_of: Annotated[Moment, AS_OF] = "",
) -> State:
    """按层级、公文、事项和单位汇总灯色，并列出逾期事项。"""
    now, number = instant(as_of), document_number.strip() or None
    shown_board = board.fn(now=now, number=number)
    create_markdown_artifact(words.board(shown_board), key="board", description="**灯色总览**")
    create_table_artifact(words.office_rows(shown_board), key="board-offices", description="**各单位灯色**")
    overdue = lines.fn(now=now, number=number, overdue=True)
    create_table_artifact(words.line_rows(overdue), key="overdue", description="**逾期事项**")
    waiting = list_drafts.fn(now=now)
    line = words.board_line(shown_board)
    return Completed(message=f"{line}；{show_waiting(now)}" if waiting else line)


@flow(name="转发链", flow_run_name="转发链-{document_number}", timeout_seconds=300)
@answered
def show_chain(document_number: Annotated[str, shown("发文字号", "已登记的公文；其上级和下级公文一并列出。")]) -> State:
    """查看一份公文的转发链：谁在何时转给了谁，谁没有签收，谁没有续转。"""
    links = chain_of.fn(document_number)
    create_markdown_artifact(words.chain(links), key="chain", description=f"**转发链** {document_number}")
    return Completed(message=f"转发链共 {len(links)} 份公文，{sum(len(link.hops) for link in links)} 次转发")


@flow(name="核验留痕", flow_run_name=stamped("核验"), timeout_seconds=1800)
@answered
def verify_trail() -> State:
    """逐条核验留痕的哈希链，指出第一条被改动的记录。"""
    verdict = verify_audit.fn()
    line = verdict.problem or f"留痕完整：共 {verdict.entries} 条，链首 {verdict.head.hash[:16]}…"
    create_markdown_artifact(line, key="audit-verification", description="**留痕核验**")
    return Failed(message=line) if verdict.problem else Completed(message=line)


@flow(name="留痕摘要", flow_run_name=stamped("链首"), timeout_seconds=300)
@answered
def mail_audit_head(as_of: Annotated[Moment, AS_OF] = "") -> State:
    """每日把链首寄给值守邮箱：日后可据以发现整体改写或截尾。"""
    head = audit_head.fn()
    sent = send_audit_head.fn(head, now=instant(as_of))
    line = f"链首第 {head.seq} 条" + ("已列入待发。" if sent else "未再寄：今日已列入待发，或没有登记值守邮箱。")
    return finished(line, "audit-head", "留痕链首", f"{line}\n\n```\n{head.as_text().strip()}\n```")


@flow(name="值守检查", flow_run_name=stamped("值守检查"), timeout_seconds=300)
@answered
def check_installation(as_of: Annotated[Moment, AS_OF] = "") -> State:
    """检查有没有悄悄停下来的事：该巡检没巡检、该发没发、服务或定时停了；有问题时告知值守邮箱。"""
    now = instant(as_of)
    found = check.fn(now=now)
    queued = tell_operators.fn(found, now=now)
    hints = tuple(filter(None, [beat.fn(found)]))
    create_table_artifact(health.rows(found, hints), key="check", description=f"**值守检查** {health.line(found)}")
    line = health.line(found, hints) + (f"；告警 {queued} 封" if queued else "")
    return Failed(message=line) if found.errors or found.unknown else Completed(message=line)


@flow(name="导出台账", flow_run_name=stamped("台账"), timeout_seconds=600)
@answered
def write_register(
    path: Annotated[str, shown("保存路径", "本机路径，以 .xlsx 结尾。")],
    as_of: Annotated[Moment, AS_OF] = "",
) -> State:
    """把全部事项写成 Excel 台账。"""
    target = Path(path.strip()).absolute()
    count = export_register.fn(target, now=instant(as_of))
    return finished(f"台账已写入 {target}，共 {count} 行。", "register", "台账")
