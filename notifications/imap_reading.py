"""What lies in the folder of a mailbox that is open: searching, sizes, contents, and which messages are the same."""

from __future__ import annotations

import imaplib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from notifications.imap_answers import Fetched, fetched, message_id, numbers, said
from notifications.imap_server import ImapServer, MailboxTrouble
from notifications.imap_wire import Lines, Wire

_IDENTITY = "BODY.PEEK[HEADER.FIELDS (MESSAGE-ID DATE FROM SUBJECT)]"
#: Numbers in one command.
_AT_ONCE = 200
_LARGEST_HEAD = 256 * 1024


class Unreadable(Exception):
    """One message cannot be fetched: it is too large (its head can be), no longer in the folder, or the server refuses
    this one, which must not keep those behind it from being read."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        #: "too_large", "gone" or "refused"
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Found:
    """A message that waits; its size in bytes, None where the server does not tell."""

    uid: int
    size: int | None


class Reading:
    """Questions about the open folder. Raises MailboxTrouble where the server refuses, and what the wire raises."""

    def __init__(self, wire: Wire, server: ImapServer) -> None:
        self._wire = wire
        self._server = server

    def search(self, *criteria: str) -> list[int]:
        """The UIDs that a SEARCH finds, ascending."""
        status, lines = self._wire.ask_by_number("SEARCH", *criteria)
        if status != "OK":
            raise self.refused("查找", lines)
        return numbers(lines)

    def without(self, keyword: str, limit: int) -> list[Found]:
        """The oldest messages without a keyword; a server that cannot search for it tells the flags of each."""
        try:
            status, lines = self._wire.ask_by_number("SEARCH", "UNKEYWORD", keyword)
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error:
            status = "BAD"
        if status == "OK":
            return self.sized(numbers(lines)[:limit])
        found: list[Found] = []
        for some in _in_portions(self.search("ALL")):
            found += [Found(each.uid, each.size) for each in self._about(some) if keyword.lower() not in each.flags]
            if len(found) >= limit:
                break
        return found[:limit]

    def sized(self, uids: Sequence[int]) -> list[Found]:
        """Messages with their sizes; what somebody moved away meanwhile is left out."""
        return [Found(each.uid, each.size) for some in _in_portions(uids) for each in self._about(some)]

    def whole(self, uid: int) -> bytes:
        """A message as it lies there; it stays unseen. Raises Unreadable."""
        content = self._content(uid, "BODY.PEEK[]", self._server.largest)
        if self._wire.was_cut:
            raise Unreadable("too_large")
        return content

    def head(self, uid: int) -> bytes:
        """Its header, at most 256 KiB. Raises Unreadable."""
        return self._content(uid, "BODY.PEEK[HEADER]", _LARGEST_HEAD)

    def identified(self, uid: int) -> Fetched | None:
        """A message with what tells it from others; None where it is gone."""
        about = self._about([uid], f"RFC822.SIZE {_IDENTITY}")
        return about[0] if about and about[0].content is not None else None

    def identities(self, uids: Iterable[int]) -> Iterator[Fetched]:
        """Messages by their Message-ID, date, sender and subject: the same bytes in each copy of a message."""
        for some in _in_portions(sorted(uids)):
            yield from self._about(some, _IDENTITY)

    def holds_copy_of(self, message: Fetched) -> bool:
        """Whether the folder that is open holds a copy of a message of another one."""
        return any(each.content == message.content for each in self._candidates(message))

    def refused(self, doing: str, lines: Lines) -> MailboxTrouble:
        """What to say where the server says NO."""
        words = self._server.without_secret(said(lines))
        sentence = (
            f"收信服务器 {self._server.host} 拒绝{doing}邮件（{words}），"
            f"请在邮箱中查看文件夹“{self._server.folder}”的权限和容量。"
        )
        return MailboxTrouble("folder", sentence)

    def _candidates(self, message: Fetched) -> Iterator[Fetched]:
        """By Message-ID, and by size as well: not every server searches headers rightly, not every mail has one."""
        identifier = message_id(message.content or b"").decode("latin-1")
        if identifier.isascii() and not set(identifier) & set('"\\ ') and identifier:
            yield from self.identities(self.search("HEADER", "MESSAGE-ID", f'"{identifier}"'))
        if message.size is not None:
            narrow = ("LARGER", str(max(0, message.size - 1)), "SMALLER", str(message.size + 1))
            yield from self.identities(self.search(*narrow))
        else:
            yield from self.identities(self.search("ALL"))

    def _about(self, uids: Sequence[int], what: str = "RFC822.SIZE FLAGS") -> list[Fetched]:
        """What the server tells of some messages, by number, each once."""
        status, lines = self._wire.ask_by_number("FETCH", ",".join(map(str, uids)), f"(UID {what})")
        if status != "OK":
            raise self.refused("读取", lines)
        found: dict[int, Fetched] = {}
        for each in fetched(lines):
            # a report of flags that somebody changed takes nothing from what was told before
            if each.uid in uids and (each.uid not in found or _tells_more(each, found[each.uid])):
                found[each.uid] = each
        return [found[uid] for uid in sorted(found)]

    def _content(self, uid: int, part: str, limit: int) -> bytes:
        self._wire.limit, self._wire.was_cut = limit, False
        try:
            about = self._about([uid], part)
        except MailboxTrouble as error:
            raise Unreadable("refused") from error
        finally:
            self._wire.limit = _LARGEST_HEAD
        if not about or about[0].content is None:
            raise Unreadable("gone")
        return about[0].content


def _tells_more(answer: Fetched, than: Fetched) -> bool:
    return (answer.content is not None, answer.size is not None) > (than.content is not None, than.size is not None)


def _in_portions(uids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(uids), _AT_ONCE):
        yield uids[start : start + _AT_ONCE]
