"""Folders of an IMAP mailbox: our names with "/" in the server's own hierarchy, made and subscribed where missing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from imap_tools.imap_utf7 import utf7_decode
from imap_tools.utils import encode_folder

from notifications.imap_answers import said

if TYPE_CHECKING:
    from notifications.imap_wire import Session

_PERSONAL = re.compile(rb'^\(\("((?:[^"\\]|\\.)*)" (?:"(\\?.)"|NIL)')


def encoded(full: str) -> bytes:
    """A folder's name as it goes into a command: quoted, in modified UTF-7."""
    return encode_folder(full)


class FolderRefused(Exception):
    """The server does not make a folder; the text is what it said."""


class Folders:
    """The folders as one connection sees them."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._ready: set[str] = set()
        self._prefix, self._delimiter = self._hierarchy()

    def full_name(self, name: str) -> str:
        """A folder's name as the server has it: its delimiter for "/", its prefix (`INBOX.`) before what is not INBOX.

        Where the server knows no levels, a hyphen joins them.
        """
        levels = [level for level in name.split("/") if level]
        if not levels or levels[0].upper() == "INBOX":
            levels[:1], prefix = ["INBOX"], ""
        else:
            prefix = self._prefix
        joined = (self._delimiter or "-").join(levels)
        return joined if joined.startswith(prefix) else prefix + joined

    def ready(self, name: str) -> tuple[bytes, bool]:
        """The name for a command, and whether the folder had to be made. Raises FolderRefused."""
        full = self.full_name(name)
        is_new = full not in self._ready and not self._exists(full)
        if is_new:
            self._make(full)
        if full not in self._ready:
            # a server that knows no subscriptions still files
            self._session.client.ask("SUBSCRIBE", encoded(full))
            self._ready.add(full)
        return encoded(full), is_new

    def forget(self, name: str) -> None:
        """Somebody may have removed it meanwhile: look again."""
        self._ready.discard(self.full_name(name))

    def _exists(self, full: str) -> bool:
        unusable = {"\\noselect", "\\nonexistent"}
        return any(not unusable & {flag.lower() for flag in each.flags} for each in self._session.folder.list("", full))

    def _make(self, full: str) -> None:
        """Level by level, for not every server makes those above; what is there already is left as it is."""
        levels = full.split(self._delimiter) if self._delimiter else [full]
        answer: tuple[str, str] = ("OK", "")
        for count in range(1, len(levels) + 1):
            each = (self._delimiter or "").join(levels[:count])
            if each.upper() != "INBOX" and each + (self._delimiter or "") != self._prefix:
                status, lines = self._session.client.ask("CREATE", encoded(each))
                answer = status, said(lines)
        if answer[0] != "OK" and not self._exists(full):
            raise FolderRefused(answer[1])

    def _hierarchy(self) -> tuple[str, str]:
        """Prefix and delimiter of the personal namespace (RFC 2342), else what LIST tells; "" for none."""
        client = self._session.client
        if "NAMESPACE" in client.capabilities:
            client.ask("NAMESPACE")
            for line in client.untagged_responses.pop("NAMESPACE", []):
                found = _PERSONAL.match(line if isinstance(line, bytes) else b"")
                if found:
                    return utf7_decode(_unquoted(found[1])), _unquoted(found[2] or b"").decode()
        return "", next((each.delim for each in self._session.folder.list("", "") if each.delim != "NIL"), "")


def _unquoted(text: bytes) -> bytes:
    return re.sub(rb"\\(.)", rb"\1", text)
