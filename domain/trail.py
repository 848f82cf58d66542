"""The audit trail as values: who acted, how an entry is hashed over the one before, and what verifying finds."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, NamedTuple

#: `prev_hash` of the first entry.
GENESIS = "0" * 64


class ActorKind(StrEnum):
    """How we know who acted."""

    #: a sweep or delivery by itself
    SYSTEM = "system"
    #: the 经办人 an operator typed into a form: claimed, not proven
    CLAIMED = "claimed"
    #: the user the operating system ran `duban` for
    USER = "user"
    #: the officer of an office, by its mail or token
    OFFICER = "officer"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it, and how far that is known."""

    kind: ActorKind
    name: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"


SYSTEM = Actor(ActorKind.SYSTEM, "duban")


@dataclass(frozen=True, slots=True)
class Change:
    """One change to be recorded: what was done, to what, and the new values."""

    act: str
    subject: str
    payload: Mapping[str, Any]
    #: whose act it is, where that is not who the transaction belongs to
    actor: Actor | None = None

    def payload_text(self) -> str:
        """Return the payload as it is stored and hashed: JSON with sorted keys, times as UTC ISO 8601."""
        return _AS_STORED.encode(self.payload)


def _as_text(value: Any) -> str:
    if isinstance(value, datetime):
        return instant_text(value)
    if hasattr(value, "isoformat"):
        return str(value.isoformat())
    return str(value)


_AS_STORED = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_as_text)


def instant_text(at: datetime) -> str:
    """Return an aware instant as UTC text with microseconds: one spelling for one instant."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


class Entry(NamedTuple):
    """One row of the trail exactly as stored."""

    seq: int
    at: str
    actor: str
    act: str
    subject: str
    payload: str
    prev_hash: str
    hash: str


def entry_hash(seq: int, at: str, actor: str, act: str, subject: str, payload: str, prev_hash: str) -> str:
    """Return the SHA-256 over every column, each after its length, so that no two rows spell the same bytes."""
    texts = (str(seq), at, actor, act, subject, payload, prev_hash)
    parts = [each.encode(errors="surrogateescape") for each in texts]  # bytes that are no text any more still count
    return hashlib.sha256(b"".join([b"%d:%b" % (len(each), each) for each in parts])).hexdigest()


def chain(changes: Iterable[Change], *, seq: int, prev_hash: str, at: datetime, actor: Actor) -> list[Entry]:
    """Return the entries that follow the entry `seq` with the hash `prev_hash`; `actor` is who acts by default."""
    entries = []
    at_text = instant_text(at)
    for change in changes:
        seq += 1
        actor_text, payload = str(change.actor or actor), change.payload_text()
        digest = entry_hash(seq, at_text, actor_text, change.act, change.subject, payload, prev_hash)
        entries.append(Entry(seq, at_text, actor_text, change.act, change.subject, payload, prev_hash, digest))
        prev_hash = digest
    return entries


@dataclass(frozen=True, slots=True)
class Head:
    """The last entry of a trail, kept elsewhere to see a cut or rehashed end."""

    seq: int
    hash: str

    def as_text(self) -> str:
        return json.dumps({"seq": self.seq, "hash": self.hash}) + "\n"

    @classmethod
    def from_text(cls, text: str) -> Head:
        """Read what `as_text` wrote; raises ValueError with a Chinese sentence."""
        try:
            values = json.loads(text)
            return cls(int(values["seq"]), str(values["hash"]))
        except (ValueError, KeyError, TypeError) as error:
            message = '链首文件无法识别：应为一行 JSON，形如 {"seq": 12, "hash": "…"}。'
            raise ValueError(message) from error


@dataclass(frozen=True, slots=True)
class Verdict:
    """What verifying found: `problem` is empty if all is whole, else one Chinese sentence that names the row."""

    entries: int
    head: Head
    problem: str = ""

    @property
    def whole(self) -> bool:
        return not self.problem


def verify(entries: Iterable[Entry], against: Head | None = None, *, after: Head | None = None) -> Verdict:
    """Walk the trail from its first row, and compare it with a head kept elsewhere; stop at the first bad row.

    `after`: the head of what was verified already, where only the entries after it are walked.
    """
    last = after or Head(0, GENESIS)
    seen = against is None or against.seq == 0
    for entry in entries:
        problem = _problem(entry, last)
        if not problem and against is not None and entry.seq == against.seq:
            seen = True
            if entry.hash != against.hash:
                problem = f"第 {entry.seq} 条与另存的链首不一致：该条或其之前的记录被整体改写过。"
        if problem:
            return Verdict(last.seq, last, problem)
        last = Head(entry.seq, entry.hash)
    if not seen and against is not None:
        return Verdict(last.seq, last, f"链尾缺失：另存的链首是第 {against.seq} 条，库中只到第 {last.seq} 条。")
    return Verdict(last.seq, last)


def _problem(entry: Entry, last: Head) -> str:
    if entry.seq != last.seq + 1:
        return f"第 {last.seq + 1} 条缺失：其后一条是第 {entry.seq} 条，记录被删除或调换过。"
    if entry.prev_hash != last.hash:
        return f"第 {entry.seq} 条与前一条不衔接：该条或前一条被改动或调换过。"
    columns = (entry.at, entry.actor, entry.act, entry.subject, entry.payload, entry.prev_hash)
    if entry.hash != entry_hash(entry.seq, *columns):
        return f"第 {entry.seq} 条内容与其哈希不符：该条被改动过。"
    return ""
