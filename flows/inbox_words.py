"""What came in, in words: the list, one mail, what a collection did; what strangers wrote stays plain text."""

from __future__ import annotations

from collections.abc import Sequence

from domain.deadlines import format_instant
from flows.words import as_markdown
from tasks.collecting import Collected
from tasks.inbox import InboxLine, InboxMail
from tasks.incoming import Taken

_SHOWN = 60


def inbox_lines(found: Sequence[InboxLine]) -> str:
    """Return what waits, a line each."""
    lines = [
        f"{each.id:>6}  {format_instant(each.collected_at)}  {each.state_label}  {each.kind_label}  "
        f"{each.office or '（名册外）'}  {each.sender}  {each.subject or '（无主题）'}"
        f"{f'  附件 {each.files} 个' if each.files else ''}\n        {each.reason}"
        for each in found
    ]
    return "\n".join(lines) or "没有待人工处理的来信。"


def inbox_rows(found: Sequence[InboxLine]) -> list[dict[str, str | int]]:
    """Return what waits as rows of a table artifact."""
    return [
        {
            "来信编号": each.id, "收到": format_instant(each.collected_at), "种类": each.kind_label,
            "单位": each.office or "（名册外）", "发件人": cell(each.sender),
            "主题": cell(each.subject or "（无主题）"),
            "附件": each.files, "为何待办": cell(each.reason),
        }
        for each in found
    ]  # fmt: skip


def cell(text: str) -> str:
    """Return a text from outside for a cell: one line, no link, picture or markup."""
    plain = " ".join(text.split())
    plain = plain if len(plain) <= _SHOWN else f"{plain[:_SHOWN]}…"
    return as_markdown(plain)


def inbox_mail(mail: InboxMail) -> str:
    """Return one mail for a terminal."""
    line = mail.line
    told = [
        f"来信 {line.id}：{line.kind_label}，{line.state_label}，{format_instant(line.collected_at)}收到",
        f"  发件人：{line.sender}（{mail.address or '无地址'}）" + (f"，{line.office}" if line.office else "，名册外"),
        *(f"  名册：{each}" for each in mail.people),
        f"  主题：{line.subject or '（无主题）'}",
        f"  说明：{line.reason}",
    ]
    told += [f"  事项：{mail.obligation_id}"] if mail.obligation_id else []
    if mail.settled_at is not None:
        note = f"：{mail.note}" if mail.note else ""
        told.append(f"  {mail.settled_by}于{format_instant(mail.settled_at)}处理{note}")
    told += [
        f"  附件：{each.filename}，{each.size} 字节"
        + (f"，未保存（{each.refused}）" if each.refused else f"，SHA-256 {each.sha256[:16]}…")
        for each in mail.files
    ]
    return "\n".join([*told, f"  原件 {mail.size} 字节，SHA-256：{mail.sha256}", "", mail.text or "（没有正文）"])


def taken_line(done: Taken) -> str:
    """Return what became of one mail."""
    if not done.is_new:
        return f"来信 {done.inbound_id} 此前已收下，没有变化：{done.message}"
    verb = "待人工处理" if done.waits else {"taken": "已办理", "noted": "已记录"}.get(done.state, "已处理")
    return f"来信 {done.inbound_id} {verb}：{done.message}"


def collection_line(done: Collected) -> str:
    """Return one line for the run list."""
    if not done.is_set_up:
        return "没有设置收信邮箱（DUBAN_IMAP_HOST），没有收取。"
    acts = sum(each.state == "taken" for each in done.taken)
    line = f"收到来信 {len(done.taken)} 封：办理 {acts} 件，待人工处理 {done.waiting} 件"
    return f"{line}；{done.trouble}" if done.trouble else line


def collection(done: Collected) -> str:
    """Return what a collection did, as Markdown."""
    rows = [f"- {as_markdown(_about(each))}" for each in done.taken]
    return "\n".join([collection_line(done), "", *rows])


def _about(taken: Taken) -> str:
    return f"{taken.office or '名册外'} {taken.subject or '（无主题）'}：{taken_line(taken)}"
