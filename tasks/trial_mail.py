"""One test mail, past the outbox: as delivery sends, from the same envelope sender and over the same server."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass
from datetime import datetime

from prefect import task

from config.settings import settings
from domain.errors import Refused
from notifications.compose import compose
from notifications.messages import Envelope, Letter, NoticeKind
from notifications.render import render
from notifications.smtp import Connection, Outcome, SendResult
from tasks.delivery_run import Run, mail_server


@dataclass(frozen=True, slots=True)
class Tried:
    """A test mail that was accepted."""

    #: what the server said
    reply: str
    #: the envelope sender that it took: bounces go there
    sender: str
    #: it refused the return path of the settings, and took the login
    only_login: bool


@task(name="测试邮件")
def send_test(address: str, *, now: datetime) -> Tried:
    """Send one test mail to an address, whatever the mail mode; return what the server took and said.

    It leaves as a notice does: from the return path where one is set, from the login where the server refuses that.
    Raises Refused with what the server said where it was not accepted; `now` is aware.
    """
    chosen = settings()
    letter = Letter(
        kind=NoticeKind.TEST, urgency_tag="", recipient_name="", recipient_office="", items=(),
        sender_office=chosen.sender_name, contact_text=chosen.contact_text, sent_at=now,
    )  # fmt: skip
    message_id = f"<test.{secrets.token_hex(12)}@{chosen.sender_address.rpartition('@')[2]}>"
    envelope = Envelope(
        sender=chosen.sender_address, sender_name=chosen.sender_name, to_address=address, to_name="",
        message_id=message_id, sent_at=now,
    )  # fmt: skip
    run = Run(lambda: now)
    result = asyncio.run(_send_alone(run, message_id, address, compose(render(letter), envelope)))
    if result.outcome is not Outcome.ACCEPTED:
        sentence = f"测试邮件没有送出（{chosen.smtp_host}:{chosen.smtp_port}）：{result.reply}"
        raise Refused(sentence)
    return Tried(result.reply, run.envelope_sender(message_id), run.only_login)


async def _send_alone(run: Run, message_id: str, address: str, message: bytes) -> SendResult:
    connection = Connection(mail_server())
    try:
        return await run.hand_over(connection, message_id, address, message)
    finally:
        await connection.close()
