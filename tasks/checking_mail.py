"""The mail settings, tried before the first notice: sending and receiving, line by line."""

from __future__ import annotations

from prefect import task

from notifications.findings import Finding
from notifications.imap_server import mailbox_of_settings
from notifications.mailbox_check import check_mailbox
from notifications.sending_check import check_sending
from tasks.sending import mail_server

__all__ = ["Finding", "check_mail"]


@task(name="检查邮件设置")
def check_mail() -> tuple[Finding, ...]:
    """Log in to both servers, once each, and make the folders that answers are filed into. Sends and reads no mail."""
    return (*check_sending(mail_server()), *check_mailbox(mailbox_of_settings()))
