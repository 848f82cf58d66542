"""Trying the server for outgoing mail, before a notice depends on it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from notifications.findings import Finding
from notifications.smtp import Connection

if TYPE_CHECKING:
    import ssl

    from notifications.smtp import SmtpServer


def check_sending(server: SmtpServer, *, tls_context: ssl.SSLContext | None = None) -> list[Finding]:
    """Connect and log in once, as a delivery would; no mail is sent."""
    refusal = asyncio.run(_refusal(server, tls_context))
    where = f"{server.host}:{server.port}"
    if refusal is None:
        way = f"以“{server.username}”登录" if server.username else "连接"
        return [Finding(True, f"发信：已{way} {where}。")]
    settings = "DUBAN_SMTP_HOST、DUBAN_SMTP_PORT、DUBAN_SMTP_SECURITY"
    login = "、DUBAN_SMTP_USERNAME、DUBAN_SMTP_PASSWORD（不少邮箱要求授权码）" if server.username else ""
    return [Finding(False, f"发信：发信服务器 {where} 不可用（{refusal}），请检查 {settings}{login}。")]


async def _refusal(server: SmtpServer, tls_context: ssl.SSLContext | None) -> str | None:
    connection = Connection(server, tls_context=tls_context)
    try:
        trouble = await connection.connect()
    finally:
        await connection.close()
    return None if trouble is None else trouble.reply
