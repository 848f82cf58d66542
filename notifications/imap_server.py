"""A mailbox as the settings name it, and what can be wrong with it."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, field
from typing import Literal

from pydantic import SecretStr

from config.settings import settings

Kind = Literal["unreachable", "login", "unsafe_login", "folder", "lost"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImapServer:
    """A mailbox and how to enter it. `timeout` is in seconds, for each step; certificates are always checked."""

    host: str
    port: int
    username: str
    password: SecretStr = field(repr=False)
    security: Literal["none", "starttls", "tls"]
    timeout: float = 30
    #: folder that is read, with "/" between levels whatever the server uses
    folder: str = "INBOX"
    #: folders into which messages are filed: only asked where the server neither moves messages nor keeps keywords
    filing_folders: tuple[str, ...] = ()
    #: bytes of the largest message that is fetched whole
    largest: int = 25 * 1024 * 1024

    def without_secret(self, text: str) -> str:
        """The text with the password blotted out: some servers repeat the command they refuse."""
        password = self.password.get_secret_value()
        plain = f"\0{self.username}\0{password}"
        for secret in (b64encode(plain.encode()).decode(), b64encode(password.encode()).decode(), password):
            text = text.replace(secret, "***") if secret else text
        return text


class MailboxTrouble(Exception):
    """The mailbox cannot be read or filed into: one Chinese sentence, never the password.

    `unreachable`, `lost`: the next collection may succeed. `login`, `unsafe_login`, `folder`: a person must change
    something first; trying again and again makes a provider lock the mailbox.
    """

    def __init__(self, kind: Kind, sentence: str) -> None:
        super().__init__(sentence)
        self.kind: Kind = kind

    @property
    def needs_a_person(self) -> bool:
        return self.kind in {"login", "unsafe_login", "folder"}


def mailbox_of_settings() -> ImapServer | None:
    """The mailbox of this installation; None where none is to be read."""
    here = settings()
    if not here.imap_host:
        return None
    return ImapServer(
        host=here.imap_host,
        port=here.imap_port,
        username=here.imap_username,
        password=here.imap_password or SecretStr(""),
        security=here.imap_security,
        timeout=here.imap_timeout_seconds,
        folder=here.imap_folder,
        filing_folders=(here.imap_done_folder, here.imap_queue_folder),
        largest=here.inbound_max_megabytes * 1024 * 1024,
    )
