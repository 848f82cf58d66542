"""The way into a mailbox: connection, certificate, one login, and saying who we are."""

from __future__ import annotations

import imaplib
import ssl

from imap_tools.errors import MailboxLoginError

from notifications.imap_answers import said
from notifications.imap_server import ImapServer, MailboxTrouble
from notifications.imap_wire import Session, Wire

_OUR_ID = '("name" "Duban" "version" "1.0" "vendor" "Duban")'
_PORTS = "请核对 DUBAN_IMAP_PORT 与 DUBAN_IMAP_SECURITY：993 端口一般用 tls，143 端口用 starttls。"


def connect(server: ImapServer, tls_context: ssl.SSLContext | None = None) -> Wire:
    """A connection to the server, encrypted as the settings say, not logged in. Raises MailboxTrouble."""
    # reading the authorities' certificates takes tens of milliseconds
    context = None if server.security == "none" else tls_context or ssl.create_default_context()
    where = f"{server.host}:{server.port}"
    try:
        wire = Wire(server.host, server.port, server.timeout, tls=context if server.security == "tls" else None)
    except ssl.SSLCertVerificationError as error:
        raise MailboxTrouble("unreachable", _bad_certificate(server.host, error)) from None
    except ssl.SSLError as error:
        sentence = f"与收信服务器 {where} 不能建立加密连接（{error.reason}），{_PORTS}"
        raise MailboxTrouble("unreachable", sentence) from None
    except (OSError, imaplib.IMAP4.error) as error:
        sentence = f"连接不上收信服务器 {where}（{reason(error)}），请检查 DUBAN_IMAP_HOST、DUBAN_IMAP_PORT 和网络。"
        raise MailboxTrouble("unreachable", sentence) from None
    if server.security == "starttls" and context is not None:
        _encrypt(server.host, wire, context)
    return wire


def _encrypt(host: str, wire: Wire, context: ssl.SSLContext) -> None:
    try:
        if "STARTTLS" in wire.capabilities and wire.encrypt(context):
            return
        sentence = f"收信服务器 {host} 不提供 STARTTLS，{_PORTS}"
    except ssl.SSLCertVerificationError as error:
        sentence = _bad_certificate(host, error)
    except (OSError, imaplib.IMAP4.error) as error:
        sentence = f"与收信服务器 {host} 建立加密连接时出错（{reason(error)}），{_PORTS}"
    wire.shutdown()
    raise MailboxTrouble("unreachable", sentence)


def log_in(server: ImapServer, session: Session) -> None:
    """Once. LOGIN, or AUTHENTICATE PLAIN where LOGIN is switched off or cannot carry the characters.

    Raises MailboxTrouble, and what the wire raises when the connection is lost.
    """
    offered = session.client.capabilities
    username, password = server.username, server.password.get_secret_value()
    if any(sign in username + password for sign in "\r\n\0"):
        raise MailboxTrouble(
            "login", "收信账号或密码中有换行等控制字符，请检查 DUBAN_IMAP_USERNAME 和 DUBAN_IMAP_PASSWORD。"
        )
    if "LOGINDISABLED" in offered and "AUTH=PLAIN" not in offered:
        sentence = (
            f"收信服务器 {server.host} 在未加密的连接上不接受登录，请把 DUBAN_IMAP_SECURITY 设为 tls 或 starttls。"
        )
        raise MailboxTrouble("login", sentence)
    is_plain = "LOGINDISABLED" in offered or not (username + password).isascii()
    try:
        if is_plain:
            session.login_utf8(username, password, initial_folder=None)
        else:
            session.login(username, password, initial_folder=None)
    except MailboxLoginError as error:
        raise _login_refused(server, said(error.command_result[1])) from None
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error as error:
        raise _login_refused(server, str(error)) from None


def _login_refused(server: ImapServer, words: str) -> MailboxTrouble:
    words = server.without_secret(words)
    if "[UNAVAILABLE]" in words.upper():
        return MailboxTrouble("unreachable", f"收信服务器 {server.host} 暂不能登录（{words}），请稍后再试。")
    sentence = (
        f"收信服务器 {server.host} 拒绝账号“{server.username}”登录（{words}），请检查 DUBAN_IMAP_USERNAME 和 "
        "DUBAN_IMAP_PASSWORD；163、126、QQ 等邮箱须在网页设置中开启 IMAP 服务，并以授权码代替密码。"
    )
    return MailboxTrouble("login", sentence)


def say_who(wire: Wire) -> bool:
    """IMAP ID (RFC 2971): some providers open no folder to a client that has not said what it is."""
    try:
        status, _ = wire.ask("ID", _OUR_ID)
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error:
        return False
    return status == "OK"


def reason(error: Exception) -> str:
    """Why it went wrong, in the words of the server or the system."""
    if isinstance(error, TimeoutError):
        return "超时"
    words = error.args[0] if error.args and isinstance(error.args[0], bytes) else str(error).encode()
    return said([words]) or type(error).__name__


def _bad_certificate(host: str, error: ssl.SSLCertVerificationError) -> str:
    return (
        f"收信服务器 {host} 的证书不可信（{error.verify_message}），"
        "请核对 DUBAN_IMAP_HOST 与证书上的名称是否一致，或请服务商更换证书。"
    )
