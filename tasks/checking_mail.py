"""The mail settings, tried before the first notice: sending and receiving, line by line."""

from __future__ import annotations

from prefect import task

from config.settings import settings
from notifications.findings import Finding
from notifications.imap_server import mailbox_of_settings
from notifications.mailbox_check import check_mailbox
from notifications.providers import check_smtp
from notifications.sending_check import check_sending
from tasks.sending import mail_server

__all__ = ["Finding", "check_mail", "doubtful_settings"]


@task(name="检查邮件设置")
def check_mail() -> tuple[Finding, ...]:
    """Log in to both servers, once each, and make the folders that answers are filed into. Sends and reads no mail."""
    return (*check_smtp(settings()), *check_sending(mail_server()), *check_mailbox(mailbox_of_settings()))


def doubtful_settings() -> tuple[str, ...]:
    """Say what in the settings of outgoing mail is bound to be refused, without speaking to any server."""
    return tuple(finding.text for finding in check_smtp(settings()) if not finding.ok)
