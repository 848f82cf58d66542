"""What is known of one mail that came in, once its bytes have been read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """One file that came along; its content is never opened."""

    #: safe to store and to show
    filename: str
    media_type: str
    #: bytes, decoded
    size: int
    #: empty where the file is refused
    content: bytes
    #: '' or why it is not kept, in Chinese
    refused: str = ""
    #: a picture within the text: a pasted scan, but more often a logo
    inline: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounced:
    """One address that a message could not reach."""

    address: str
    #: for good; else it may work another time (a full mailbox, a refusal of this one message)
    hard: bool
    #: in one line, as the mail server worded it
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundMail:
    """One mail. No text of a header holds a line break or another control character."""

    #: its Message-ID without brackets, else `sha256:` and the digest of its bytes
    key: str
    sha256: str
    size: int
    #: without brackets; '' where it has none that can be read
    message_id: str = ""
    #: Message-IDs without brackets, oldest first
    references: tuple[str, ...] = ()
    #: what may be tokens of ours, the most telling first; only the database knows whether one is
    tokens: tuple[str, ...] = ()
    #: in lower case; '' where there is none, or more than one
    from_address: str = ""
    from_name: str = ""
    subject: str = ""
    #: aware; None where the header cannot be read
    dated_at: datetime | None = None
    #: the whole text
    text: str = ""
    #: what its author wrote, without what is quoted and without signatures of programs
    written: str = ""
    attachments: tuple[Attached, ...] = ()
    #: '' or why no person wrote it
    automatic: str = ""
    bounced: tuple[Bounced, ...] = ()
    is_bounce: bool = False
    #: '' or why it would go in circles
    is_loop: str = ""
    #: what could not be read, or was not, in Chinese
    problems: tuple[str, ...] = ()
