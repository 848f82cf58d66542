"""One delivery run: what it works by, its ways out, and what it has done."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, lru_cache
from threading import Lock

from config.settings import settings
from domain.refusals import Fault
from models import outbox
from models.choices import MailMode
from models.installation import Installation
from models.pace import Pace
from models.results import Ended
from models.session import reading
from notifications.capture import CaptureFolder
from notifications.compose import with_token
from notifications.messages import Attachment
from notifications.smtp import Connection, SendResult, SmtpServer
from tasks.verdicts import refuses_a_return_path
from tasks.writing import token_of

Clock = Callable[[], datetime]
Way = Connection | CaptureFolder


@dataclass
class Delivered:
    """What one delivery run did, in messages."""

    assembled: int = 0
    accepted: int = 0
    refused: int = 0
    deferred: int = 0
    uncertain: int = 0
    withdrawn: int = 0
    captured: bool = False
    #: why the server could not be reached; empty if it could
    trouble: str = ""
    #: what the server said when it asked us to go slower, or took us for spam: the run has ended there
    held_up: str = ""
    #: whether it took us for spam
    is_blocked: bool = False
    #: until when only what passes at any hour is sent, because the server asked for it (aware)
    paused_until: datetime | None = None


@dataclass
class Run:
    """One delivery run: its clock, its name as a worker, what it works by and what it has done."""

    clock: Clock
    #: only what passes at any hour
    urgent_only: bool = False
    done: Delivered = field(default_factory=Delivered)
    worker: str = field(default_factory=lambda: f"{socket.gethostname()}/{os.getpid()}/{secrets.token_hex(4)}")
    #: what was tried since then is left to the next run
    began: datetime = field(init=False)
    failed: bool = False
    mode: MailMode = MailMode.CAPTURE
    pace: Pace = field(default_factory=Pace)
    #: seconds that it may still wait where messages a minute are limited
    patience: float = 0
    #: the server takes no envelope sender but the login's
    only_login: bool = False
    #: it allowed fewer connections than were opened
    is_crowded: bool = False
    #: how often each message was made anew, because an act took an item from it
    makings: Counter[int] = field(default_factory=Counter)
    #: how many deliveries it claims at once
    claims: int = 100
    #: how many are assembled and not claimed yet
    in_stock: int = 0
    #: one of its threads at a time writes: two writers that meet on SQLite sleep before they try again
    turn: Lock = field(default_factory=Lock)
    _here: Installation | None = None
    _ways: dict[MailMode, list[Way]] = field(default_factory=dict)
    _counting: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        self.began = self.clock()

    @property
    def here(self) -> Installation:
        if self._here is None:
            message = "nothing was claimed yet"
            raise RuntimeError(message)
        return self._here

    @here.setter
    def here(self, here: Installation) -> None:
        self._here = here

    @cached_property
    def original(self) -> Callable[[int], Attachment]:
        """Originals by their document's id, read once for all offices they go to."""
        return lru_cache(maxsize=8)(_original)

    def ways(self, number: int) -> list[Way]:
        """Return so many ways out, those of the batch before first; in another mode they are others."""
        kept = self._ways.setdefault(self.mode, [])
        while len(kept) < number:
            kept.append(self._way())
        return kept[:number]

    def _way(self) -> Way:
        chosen = settings()
        if self.mode is MailMode.CAPTURE and not chosen.capture_to:
            return CaptureFolder(chosen.capture_folder)
        return Connection(mail_server(), messages_each=chosen.smtp_messages_each)

    async def hang_up(self) -> None:
        """Close all ways out."""
        await asyncio.gather(*(way.close() for kept in self._ways.values() for way in kept))

    def envelope_sender(self, message_id: str) -> str:
        """Return where bounces of a message go: the return path with the message's own token, where there is one."""
        if settings().return_path and not self.only_login:
            return with_token(settings().return_path, token_of(message_id))
        return login_sender() if self.only_login else settings().sender_address

    async def hand_over(self, way: Way, message_id: str, to_address: str, message: bytes) -> SendResult:
        """Send one message; where our return path is refused, from the login, and so for the rest of the run.

        `envelope_sender` then says from where it left.
        """
        sender = self.envelope_sender(message_id)
        result = await way.send(sender, to_address, message)
        if settings().return_path and refuses_a_return_path(result) and sender != login_sender():
            # Refused at MAIL: nothing of the message has left.
            self.only_login = True
            result = await way.send(login_sender(), to_address, message)
        return result

    def hold_up(self, ended: Ended) -> None:
        """Let this run end here: more of the same would only be refused."""
        self.done.held_up, self.done.is_blocked = ended.reply, self.done.is_blocked or ended.fault is Fault.CONTENT

    @property
    def ends(self) -> bool:
        """Whether no connection is to take a further message."""
        return self.failed or bool(self.done.held_up)

    def count(self, name: str, number: int = 1) -> None:
        """Count messages; the connections do so from threads of their own."""
        with self._counting:
            setattr(self.done, name, getattr(self.done, name) + number)

    def counts(self) -> dict[str, int]:
        names = ("accepted", "refused", "deferred", "uncertain", "withdrawn")
        return {name: getattr(self.done, name) for name in names} | {
            "failed": int(self.failed),
            "trouble": int(bool(self.done.trouble) or self.done.is_blocked),
        }


def mail_server() -> SmtpServer:
    """Return the mail server of the settings."""
    chosen = settings()
    return SmtpServer(
        host=chosen.smtp_host, port=chosen.smtp_port, username=chosen.smtp_username, password=chosen.smtp_password,
        security=chosen.smtp_security, timeout=chosen.smtp_timeout_seconds, sender=chosen.sender_address,
        final_timeout=chosen.smtp_final_timeout_seconds,
    )  # fmt: skip


def login_sender() -> str:
    """Return the address that a server cannot refuse as envelope sender: the login, where that is one."""
    login = settings().smtp_username or ""
    return login if "@" in login else settings().sender_address


def _original(document_id: int) -> Attachment:
    with reading() as session:
        stored = outbox.document(session, document_id)
    return Attachment(filename=stored.filename, content=stored.content, media_type=stored.media_type)
