"""Trying the mailbox that takes answers, before an answer depends on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from notifications.findings import Finding
from notifications.mailbox import Mailbox, MailboxTrouble

if TYPE_CHECKING:
    import ssl

    from notifications.imap_server import ImapServer

#: Messages that are counted; more are "at least" so many.
_COUNTED = 100


def check_mailbox(server: ImapServer | None, *, tls_context: ssl.SSLContext | None = None) -> list[Finding]:
    """Log in once, open the folder that is read, make those that are filed into; what is right and what is wrong.

    Reads no message and files none.
    """
    if server is None:
        return [Finding(True, "收信：没有设置收信邮箱（DUBAN_IMAP_HOST 为空），回信和退信须由人查看。")]
    try:
        with Mailbox(server, tls_context=tls_context) as mailbox:
            return [
                Finding(True, _opened(server, mailbox)),
                Finding(True, _identified(mailbox)),
                *(_folder(mailbox, folder) for folder in server.filing_folders),
                Finding(True, _filing(mailbox)),
            ]
    except MailboxTrouble as trouble:
        return [Finding(False, f"收信：{trouble}")]


def _opened(server: ImapServer, mailbox: Mailbox) -> str:
    count = len(mailbox.waiting(_COUNTED))
    number = f"至少 {count}" if count == _COUNTED else str(count)
    return f"收信：已登录 {server.host}，打开文件夹“{server.folder}”，有 {number} 封邮件待读取。"


def _identified(mailbox: Mailbox) -> str:
    if mailbox.said_who:
        return "收信：已用 IMAP ID 向服务器表明身份。"
    return "收信：服务器不要求 IMAP ID。"


def _folder(mailbox: Mailbox, folder: str) -> Finding:
    try:
        is_new = mailbox.prepare(folder)
    except MailboxTrouble as trouble:
        if trouble.kind == "lost":
            raise
        return Finding(False, f"收信：{trouble}")
    return Finding(True, f"收信：文件夹“{folder}”{'已新建' if is_new else '已就绪'}。")


def _filing(mailbox: Mailbox) -> str:
    if mailbox.can_move:
        return "收信：处理过的邮件将移入上述文件夹，一封也不删除。"
    mark = "自有标记" if mailbox.keeps_keywords else "已读标记"
    return f"收信：服务器不能移动邮件，处理过的将复制到上述文件夹，原件留在原处并加{mark}，一封也不删除。"
