"""An IMAP server for what real ones do not do: it refuses, answers oddly, drops the line where a test tells it to."""

from __future__ import annotations

import base64
import re
import select
import socket
import socketserver
import ssl
import threading
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum, auto
from types import TracebackType
from typing import Any, Literal, Self

from imap_tools.imap_utf7 import utf7_decode
from pydantic import SecretStr

from notifications.imap_server import ImapServer

PASSWORD = "qiu-tian-2020"


class Do(Enum):
    """What happens at a command instead of an answer."""

    #: the line is dropped before anything is done
    DROP = auto()
    #: it is done, and the line is dropped before the answer
    DROP_AFTER = auto()
    #: half of the answer is sent, then the line is dropped
    HALF = auto()
    #: never an answer
    HANG = auto()
    #: the answer byte by byte, a few in a second
    DRIP = auto()


Step = str | Do | None


@dataclass
class Message:
    uid: int
    content: bytes
    flags: set[str] = field(default_factory=set)


class _Dropped(Exception):
    pass


class ScriptedImap:
    """Folders in memory, kept between connections.

    `script` holds for a command what happens the first, second ... time, then as usual: a text is the tagged answer
    without its tag, None is as usual. Commands are those of IMAP without UID, and GREETING.
    """

    def __init__(
        self,
        script: Mapping[str, Sequence[Step] | Step] | None = None,
        *,
        can: str = "MOVE IDLE ID NAMESPACE",
        keeps: str = "\\Seen \\Deleted \\*",
        namespace: str = '(("" "/")) NIL NIL',
        delimiter: str = "/",
        wants_id: bool = False,
        tells_sizes: bool = True,
        noise: str = "",
        tls: ssl.SSLContext | None = None,
        starttls: ssl.SSLContext | None = None,
    ) -> None:
        self.username = "duban"
        steps = {
            name: [step] if isinstance(step, str | Do) or step is None else list(step)
            for name, step in (script or {}).items()
        }
        self.script: defaultdict[str, list[Step]] = defaultdict(list, steps)
        self.can, self.keeps, self.namespace, self.delimiter = can, keeps, namespace, delimiter
        self.wants_id, self.tells_sizes, self.noise = wants_id, tells_sizes, noise
        self.tls, self.starttls = tls, starttls
        self.uidvalidity = 7
        self.folders: dict[str, list[Message]] = {"INBOX": []}
        self.subscribed: set[str] = set()
        self.commands: list[str] = []
        self.connections = 0
        #: what clients said of themselves
        self.ids: list[str] = []
        self._next_uid = 1
        self._hung = threading.Event()
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), self._handler(), bind_and_activate=True)
        self._server.daemon_threads = True
        self._server.block_on_close = True
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._hung.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=10)

    def server(
        self,
        *,
        security: Literal["none", "starttls", "tls"] = "none",
        timeout: float = 5,
        largest: int = 1_000_000,
        password: str = PASSWORD,
        folder: str = "INBOX",
        host: str = "127.0.0.1",
    ) -> ImapServer:
        """The mailbox as our settings would name it."""
        return ImapServer(
            host=host,
            port=self.port,
            username="duban",
            password=SecretStr(password),
            security=security,
            timeout=timeout,
            folder=folder,
            filing_folders=("督办/已处理", "督办/待人工处理"),
            largest=largest,
        )

    def put(self, *contents: bytes, folder: str = "INBOX", flags: str = "") -> None:
        for content in contents:
            self.folders.setdefault(folder, []).append(Message(self._take_uid(), content, set(flags.split())))

    def held(self, folder: str = "INBOX") -> list[bytes]:
        return [message.content for message in self.folders.get(folder, [])]

    def flags(self, folder: str = "INBOX") -> list[set[str]]:
        return [message.flags for message in self.folders.get(folder, [])]

    def count(self, command: str) -> int:
        """How often a command came."""
        return len([line for line in self.commands if line == command])

    def _take_uid(self) -> int:
        self._next_uid += 1
        return self._next_uid - 1

    def _handler(self) -> type[socketserver.StreamRequestHandler]:
        world = self

        class Handler(socketserver.StreamRequestHandler):
            disable_nagle_algorithm = True

            def handle(self) -> None:
                world.connections += 1
                with suppress(OSError, _Dropped):
                    if world.tls:
                        self.encrypt(world.tls)
                    _Talk(world, self).run()
                with suppress(OSError):
                    self.connection.shutdown(socket.SHUT_RDWR)
                self.connection.close()

            def encrypt(self, context: ssl.SSLContext) -> None:
                self.rfile.close()
                self.connection = context.wrap_socket(self.connection, server_side=True)
                self.rfile = self.connection.makefile("rb")
                self.wfile = self.connection.makefile("wb", buffering=0)

        return Handler


class _Talk:
    """One connection."""

    def __init__(self, world: ScriptedImap, line: Any) -> None:
        self._world, self._line = world, line
        self._folder = "INBOX"
        self._said_who = False

    def run(self) -> None:
        greeting = self._next("GREETING")
        self._meet(greeting)
        self._say(greeting if isinstance(greeting, str) else "* OK scripted")
        while line := self._line.rfile.readline():
            tag, _, rest = line.decode().strip().partition(" ")
            name, _, arguments = rest.partition(" ")
            if name.upper() == "UID":
                name, _, arguments = arguments.partition(" ")
            name = name.upper()
            self._world.commands.append(name)
            self._one(tag, name, arguments)
            if name == "LOGOUT":
                return
            if name == "STARTTLS" and self._world.starttls:
                self._line.encrypt(self._world.starttls)

    def _one(self, tag: str, name: str, arguments: str) -> None:
        step = self._next(name)
        self._meet(step)
        if isinstance(step, str):
            self._say(f"{tag} {step}")
            return
        answer = self._answer(name, arguments)
        if step is Do.DROP_AFTER:
            raise _Dropped
        if step is Do.HALF:
            whole = b"".join(each + b"\r\n" for each in answer)
            self._line.wfile.write(whole[: len(whole) // 2])
            raise _Dropped
        if step is Do.DRIP:
            for number in b"".join(each + b"\r\n" for each in answer):
                self._line.wfile.write(bytes([number]))
                if self._world._hung.wait(0.1):
                    raise _Dropped
        if self._world.noise:
            self._say(self._world.noise)
        for each in answer[:-1]:
            self._line.wfile.write(each + b"\r\n")
        if self._world.noise and len(answer) > 1:
            self._say(self._world.noise)
        self._say(f"{tag} {answer[-1].decode()}")

    def _next(self, name: str) -> Step:
        planned = self._world.script[name]
        return planned.pop(0) if planned else None

    def _meet(self, step: Step) -> None:
        if step is Do.DROP:
            raise _Dropped
        if step is Do.HANG:
            self._world._hung.wait(60)
            raise _Dropped

    def _say(self, line: str) -> None:
        self._line.wfile.write(line.encode() + b"\r\n")

    def _answer(self, name: str, arguments: str) -> list[bytes]:
        """The untagged lines, and last the tagged one without its tag."""
        act: Callable[[str], list[bytes]] | None = getattr(self, f"_on_{name.lower()}", None)
        return act(arguments) if act else [f"BAD {name} unknown".encode()]

    def _on_capability(self, _: str) -> list[bytes]:
        return [f"* CAPABILITY IMAP4rev1 {self._world.can}".encode(), b"OK done"]

    def _on_starttls(self, _: str) -> list[bytes]:
        return [b"OK go ahead" if self._world.starttls else b"NO none"]

    def _on_login(self, arguments: str) -> list[bytes]:
        return [b"OK in" if arguments == f'"duban" "{PASSWORD}"' else f"NO [AUTHENTICATIONFAILED] {arguments}".encode()]

    def _on_authenticate(self, _: str) -> list[bytes]:
        self._say("+")
        given = base64.b64decode(self._line.rfile.readline())
        return [b"OK in" if given == f"\0duban\0{PASSWORD}".encode() else b"NO wrong"]

    def _on_id(self, arguments: str) -> list[bytes]:
        self._said_who = bool(re.fullmatch(r'\(("[^"]+" "[^"]*" ?)+\)', arguments))
        self._world.ids.append(arguments)
        return [b'* ID ("name" "scripted")', b"OK done"]

    def _on_namespace(self, _: str) -> list[bytes]:
        return [f"* NAMESPACE {self._world.namespace}".encode(), b"OK done"]

    def _on_list(self, arguments: str) -> list[bytes]:
        pattern = _folder(arguments.split(" ", 1)[1])
        names = [name for name in self._world.folders if name == pattern] if pattern else [""]
        return [
            *(b'* LIST () "%s" ' % self._world.delimiter.encode() + _quoted(name) for name in names),
            b"OK done",
        ]

    def _on_create(self, arguments: str) -> list[bytes]:
        name = _folder(arguments)
        if name in self._world.folders:
            return [b"NO [ALREADYEXISTS] there"]
        self._world.folders[name] = []
        return [b"OK made"]

    def _on_subscribe(self, arguments: str) -> list[bytes]:
        self._world.subscribed.add(_folder(arguments))
        return [b"OK done"]

    def _on_select(self, arguments: str) -> list[bytes]:
        name = _folder(arguments)
        if self._world.wants_id and not self._said_who:
            return [b"NO SELECT Unsafe Login. Please contact kefu@188.com for help"]
        if name not in self._world.folders:
            return [b"NO no such folder"]
        self._folder = name
        return [
            f"* {len(self._world.folders[name])} EXISTS".encode(),
            f"* OK [PERMANENTFLAGS ({self._world.keeps})] kept".encode(),
            f"* OK [UIDVALIDITY {self._world.uidvalidity}] valid".encode(),
            b"OK [READ-WRITE] open",
        ]

    def _on_examine(self, arguments: str) -> list[bytes]:
        return [line.replace(b"READ-WRITE", b"READ-ONLY") for line in self._on_select(arguments)]

    def _on_search(self, arguments: str) -> list[bytes]:
        found = [str(each.uid) for each in self._here if _matches(each, arguments)]
        # as some servers do: nothing found, nothing said
        return [*([f"* SEARCH {' '.join(found)}".encode()] if found else []), b"OK done"]

    def _on_fetch(self, arguments: str) -> list[bytes]:
        lines = []
        for number, each in enumerate(self._named(arguments), start=1):
            size = f"RFC822.SIZE {len(each.content)} " if self._world.tells_sizes else ""
            text = f"* {number} FETCH ({size}FLAGS ({' '.join(sorted(each.flags))})".encode()
            part = _part(each.content, arguments)
            if part is not None:
                text += b" BODY[] {%d}\r\n" % len(part) + part
            lines.append(text + b" UID %d)" % each.uid)
        return [*lines, b"OK done"]

    def _on_store(self, arguments: str) -> list[bytes]:
        flags = set(arguments.partition("(")[2].strip(")").split())
        kept = set(self._world.keeps.split())
        for each in self._named(arguments):
            each.flags |= flags if "\\*" in kept else flags & kept
        return [b"OK done"]

    def _on_copy(self, arguments: str) -> list[bytes]:
        target = _folder(arguments.split(" ", 1)[1])
        if target not in self._world.folders:
            return [b"NO [TRYCREATE] no such folder"]
        self._world.folders[target] += [
            Message(self._world._take_uid(), each.content, set(each.flags)) for each in self._named(arguments)
        ]
        return [b"OK copied"]

    def _on_move(self, arguments: str) -> list[bytes]:
        if "MOVE" not in self._world.can.split():
            return [b"BAD unknown"]
        moved = self._named(arguments)
        answer = self._on_copy(arguments)
        if answer[-1].startswith(b"OK"):
            self._world.folders[self._folder] = [each for each in self._here if each not in moved]
        return answer

    def _on_noop(self, _: str) -> list[bytes]:
        return [f"* {len(self._here)} EXISTS".encode(), b"OK done"]

    def _on_idle(self, _: str) -> list[bytes]:
        told = len(self._here)
        self._say("+ idling")
        while not select.select([self._line.connection], [], [], 0.05)[0]:
            if len(self._here) != told:
                told = len(self._here)
                self._say(f"* {told} EXISTS")
        return [b"OK done" if self._line.rfile.readline() == b"DONE\r\n" else b"BAD not done"]

    def _on_logout(self, _: str) -> list[bytes]:
        return [b"* BYE", b"OK bye"]

    @property
    def _here(self) -> list[Message]:
        return self._world.folders[self._folder]

    def _named(self, arguments: str) -> list[Message]:
        uids = {int(uid) for uid in arguments.split(" ", maxsplit=1)[0].split(",")}
        return [each for each in self._here if each.uid in uids]


def _matches(message: Message, criteria: str) -> bool:
    name, _, rest = criteria.partition(" ")
    if name == "UNSEEN":
        return "\\Seen" not in message.flags
    if name == "UNKEYWORD":
        return rest not in message.flags
    if name == "HEADER":
        return rest.strip('"').removeprefix('MESSAGE-ID "').encode() in message.content.partition(b"\r\n\r\n")[0]
    if name == "LARGER":
        low, _, high = rest.partition(" SMALLER ")
        return int(low) < len(message.content) < int(high)
    return name == "ALL"


def _part(content: bytes, arguments: str) -> bytes | None:
    head = content.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
    if "HEADER.FIELDS" in arguments:
        wanted = (b"message-id", b"date", b"from", b"subject")
        return b"".join(line + b"\r\n" for line in head.split(b"\r\n") if line.lower().startswith(wanted)) + b"\r\n"
    if "BODY.PEEK[HEADER]" in arguments:
        return head
    return content if "BODY.PEEK[]" in arguments else None


def _folder(argument: str) -> str:
    return utf7_decode(argument.strip().strip('"').encode())


def _quoted(name: str) -> bytes:
    from imap_tools.utils import encode_folder

    return encode_folder(name)
