"""The mailbox that takes answers: reading it over IMAP, and filing what was dealt with; nothing is ever deleted."""

from __future__ import annotations

import imaplib
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

from notifications.imap_answers import Fetched, said
from notifications.imap_entry import connect, log_in, reason, say_who
from notifications.imap_folders import FolderRefused, Folders, encoded
from notifications.imap_reading import Found, Reading, Unreadable
from notifications.imap_server import ImapServer, MailboxTrouble, mailbox_of_settings
from notifications.imap_wire import Session

if TYPE_CHECKING:
    import ssl
    from types import TracebackType

__all__ = ["FILED", "Found", "ImapServer", "Mailbox", "MailboxTrouble", "Unreadable", "mailbox_of_settings"]

#: The keyword that says "filed" where a message cannot be moved.
FILED = "$DubanFiled"
#: How many of the messages last read are looked up where a server neither moves messages nor keeps keywords.
_LOOK_BACK = 500
#: IDLE is renewed long before the 29 minutes after which a server may hang up (RFC 2177): routers forget sooner.
_RENEW_IDLE = 5 * 60.0
_ASK_EVERY = 60.0


class Mailbox:
    """One visit to the mailbox: one connection, one login, one folder open. Nothing is retried inside; use with `with`.

    Every method raises MailboxTrouble. Numbers are UIDs and hold for this visit; what a message is, across visits,
    its Message-ID says. No message is deleted: filing moves it (RFC 6851), or copies and flags it.
    """

    def __init__(self, server: ImapServer, *, tls_context: ssl.SSLContext | None = None) -> None:
        self._server = server
        self._tls_context = tls_context
        self._said_who = False
        self._keeps_keywords = False
        self._can_move = False
        self._idle_refused = False
        self._uidvalidity: int | None = None
        #: UIDs known to be filed, where no flag can say so
        self._copied: set[int] = set()

    def __enter__(self) -> Self:
        self._wire = connect(self._server, self._tls_context)
        try:
            self._enter()
        except BaseException:
            self._wire.shutdown()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        if kind is None or issubclass(kind, Exception):
            self._wire.goodbye()
        else:
            self._wire.shutdown()

    @property
    def uidvalidity(self) -> int | None:
        """As the server gave it when the folder was opened; None where it gave none."""
        return self._uidvalidity

    @property
    def can_move(self) -> bool:
        return self._can_move

    @property
    def keeps_keywords(self) -> bool:
        """Whether flags of our own are kept."""
        return self._keeps_keywords

    @property
    def can_idle(self) -> bool:
        return "IDLE" in self._wire.capabilities and not self._idle_refused

    @property
    def said_who(self) -> bool:
        """Whether the server took our IMAP ID."""
        return self._said_who

    def waiting(self, limit: int) -> list[Found]:
        """At most `limit` messages that are in the folder and not filed, oldest first."""
        with self._lost_while("查找邮件"):
            self._wire.has_news = False
            if self._keeps_keywords:
                return self._reading.without(FILED, limit)
            everything = self._reading.search("ALL")
            return self._reading.sized((everything if self._can_move else self._not_copied(everything))[:limit])

    def fetch(self, uid: int) -> bytes:
        """The whole message as it lies there; it stays unseen. Raises Unreadable."""
        with self._lost_while("读取邮件"):
            return self._reading.whole(uid)

    def fetch_head(self, uid: int) -> bytes:
        """The header of a message, of one that is too large to fetch: at most 256 KiB. Raises Unreadable."""
        with self._lost_while("读取邮件"):
            return self._reading.head(uid)

    def file(self, uid: int, folder: str) -> None:
        """Put a message, seen, into a folder, which is made where missing; nothing where it is no longer there.

        It is moved. Where the server cannot, it is copied and then marked, in this order: after a crash between the
        two it waits again, and is not copied a second time.
        """
        with self._lost_while("归档邮件"):
            if self._can_move and self._moved(uid, folder):
                return
            self._copy_and_mark(uid, folder)

    def prepare(self, folder: str) -> bool:
        """Make and subscribe a folder where it is missing; True when it was made."""
        with self._lost_while("建立文件夹"):
            return self._ready(folder)[1]

    def wait(self, seconds: float) -> bool:
        """Wait for messages, at most so many seconds; True when some were added since `waiting`.

        By IDLE, renewed every 5 minutes, else by asking once a minute.
        """
        deadline = time.monotonic() + seconds
        with self._lost_while("等候新邮件"):
            while not self._wire.has_news and (left := deadline - time.monotonic()) > 0:
                if self.can_idle:
                    self._idle_refused = not self._wire.idle_for(min(left, _RENEW_IDLE))
                else:
                    self._wire.stirs(min(left, _ASK_EVERY))
                    self._wire.ask("NOOP")
            return self._wire.has_news

    # how it is entered

    def _enter(self) -> None:
        with self._lost_while("登录"):
            self._session = Session(self._wire)
            log_in(self._server, self._session)
            self._wire.ask("CAPABILITY")
            self._note_capabilities()
            if "ID" in self._wire.capabilities:
                self._said_who = say_who(self._wire)
            self._reading = Reading(self._wire, self._server)
            self._folders = Folders(self._session)
            self._source = self._folders.full_name(self._server.folder)
            self._open()
            self._can_move = "MOVE" in self._wire.capabilities

    def _note_capabilities(self) -> None:
        lines = self._wire.untagged_responses.pop("CAPABILITY", [])
        if lines and isinstance(lines[-1], bytes):
            self._wire.capabilities = tuple(lines[-1].decode("ascii", "replace").upper().split())

    def _open(self) -> None:
        """Select the folder that is read; note what it can keep. Raises MailboxTrouble."""
        status, words = self._select(self._source)
        if status != "OK" and "unsafe login" in words.lower():
            if not self._said_who:
                self._said_who = say_who(self._wire)
                status, words = self._select(self._source)
            if status != "OK" and "unsafe login" in words.lower():
                raise MailboxTrouble("unsafe_login", self._unsafe(words))
        if status != "OK":
            raise MailboxTrouble(
                "folder",
                f"收信邮箱中打不开文件夹“{self._server.folder}”（{words}），请检查 DUBAN_IMAP_FOLDER。",
            )
        flags = self._responses("PERMANENTFLAGS")
        self._keeps_keywords = not flags or "\\*" in flags or FILED.lower() in flags.lower()
        validity = self._responses("UIDVALIDITY")
        if self._uidvalidity is not None and validity != str(self._uidvalidity):
            raise MailboxTrouble("lost", "收信邮箱的邮件编号在读取途中被服务器重排，本次未处理的邮件下次再取。")
        self._uidvalidity = int(validity) if validity.isdigit() else None

    def _select(self, full: str, *, readonly: bool = False) -> tuple[str, str]:
        try:
            status, lines = self._wire.select(encoded(full), readonly)  # type: ignore[arg-type]
        except imaplib.IMAP4.readonly:
            return "NO", "只读"
        return status, "" if status == "OK" else said(list(lines))

    def _unsafe(self, words: str) -> str:
        return (
            f"收信服务器 {self._server.host} 以“{words}”拒绝打开邮箱：它要求客户端先以 IMAP ID 表明身份（督办已"
            f"{'发送' if self._said_who else '尝试发送而未被接受'}），"
            "请在邮箱的网页设置中开启 IMAP 服务、改用授权码登录，仍不行时请服务商准许本机登录；在此之前不再反复登录。"
        )

    def _responses(self, code: str) -> str:
        lines = self._wire.untagged_responses.pop(code, [])
        return " ".join(line.decode("ascii", "replace") for line in lines if isinstance(line, bytes))

    # filing

    def _ready(self, folder: str) -> tuple[bytes, bool]:
        try:
            return self._folders.ready(folder)
        except FolderRefused as error:
            raise self._no_folder(folder, str(error)) from None

    def _no_folder(self, folder: str, words: str) -> MailboxTrouble:
        sentence = (
            f"邮件不能归入收信邮箱的文件夹“{folder}”（{self._server.without_secret(words)}），"
            "请在邮箱中建立该文件夹，或改 DUBAN_IMAP_DONE_FOLDER、DUBAN_IMAP_QUEUE_FOLDER。"
        )
        return MailboxTrouble("folder", sentence)

    def _moved(self, uid: int, folder: str) -> bool:
        """MOVE; False where the server does not know it after all. A removed folder is made again, once."""
        # that it is seen is a courtesy: whoever may move it and not flag it moves it
        self._mark(uid, "\\Seen")
        for _ in range(2):
            target, _ = self._ready(folder)
            try:
                status, lines = self._wire.ask_by_number("MOVE", str(uid), target)
            except imaplib.IMAP4.abort:
                raise
            except imaplib.IMAP4.error:
                self._can_move = False
                return False
            if status == "OK":
                return True
            self._folders.forget(folder)
        raise self._no_folder(folder, said(lines))

    def _copy_and_mark(self, uid: int, folder: str) -> None:
        message = self._reading.identified(uid)
        if message is None:
            return
        target, is_new = self._ready(folder)
        if is_new or not self._holds_copy(folder, message):
            status, lines = self._wire.ask_by_number("COPY", str(uid), target)
            if status != "OK":
                self._folders.forget(folder)
                raise self._no_folder(folder, said(lines))
        self._copied.add(uid)
        refusal = self._mark(uid, f"{FILED} \\Seen" if self._keeps_keywords else "\\Seen")
        if refusal is not None:
            raise refusal

    def _mark(self, uid: int, flags: str) -> MailboxTrouble | None:
        status, lines = self._wire.ask_by_number("STORE", str(uid), "+FLAGS.SILENT", f"({flags})")
        return None if status == "OK" else self._reading.refused("标记", lines)

    def _holds_copy(self, folder: str, message: Fetched) -> bool:
        with self._looking_into(folder) as can_look:
            return can_look and self._reading.holds_copy_of(message)

    def _not_copied(self, everything: Sequence[int]) -> list[int]:
        """Where neither MOVE nor keywords are: the unseen, and those seen ones of which no folder holds a copy.

        A person may have read one before we did. Only the last 500 seen ones are looked up.
        """
        unseen = set(self._reading.search("UNSEEN"))
        seen = [uid for uid in everything if uid not in unseen][-_LOOK_BACK:]
        in_question = {each.uid: each.content for each in self._reading.identities(set(seen) - self._copied)}
        filed: set[bytes | None] = set()
        for folder in self._server.filing_folders if in_question else ():
            with self._looking_into(folder) as can_look:
                last = self._reading.search("ALL")[-2 * _LOOK_BACK :] if can_look else []
                filed |= {each.content for each in self._reading.identities(last)}
        self._copied |= {uid for uid, content in in_question.items() if content in filed}
        return sorted((unseen | set(in_question)) - self._copied)

    @contextmanager
    def _looking_into(self, folder: str) -> Iterator[bool]:
        """Another folder open for reading for a while; False where it cannot be opened."""
        had_news, messages = self._wire.has_news, self._wire.messages
        status, _ = self._select(self._folders.full_name(folder), readonly=True)
        try:
            yield status == "OK"
        finally:
            self._open()
            # opening it again tells their number: that is news only where it grew
            self._wire.has_news = had_news or self._wire.messages > messages

    # what goes wrong

    @contextmanager
    def _lost_while(self, doing: str) -> Iterator[None]:
        try:
            yield
        except (OSError, imaplib.IMAP4.error) as error:
            words = self._server.without_secret(reason(error))
            sentence = f"{doing}时与收信服务器 {self._server.host} 的连接中断（{words}），未处理的邮件下次再取。"
            raise MailboxTrouble("lost", sentence) from None
