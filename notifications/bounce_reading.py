"""Mail that came back: to which address, whether for good, and why. RFC 3464, usual others, and Chinese free text."""

from __future__ import annotations

import logging
import re
from contextlib import suppress
from dataclasses import dataclass
from email import message_from_bytes, policy
from typing import TYPE_CHECKING

from flufl.bounce import all_failures

from notifications.automatic_mail import without_token
from notifications.bounce_words import (
    ADVICE,
    DELAYED,
    ENDED,
    REASON_LABEL,
    RESPONSE,
    SAID,
    SENDER_NAMES,
    SENDERS,
    SUBJECTS,
    TEXTS,
    TO,
    is_hard,
)
from notifications.inbound_mail import Bounced
from notifications.mail_charsets import decoded
from notifications.mail_headers import one_line, words
from notifications.mime import read_parts
from notifications.mime_fields import Problems

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from notifications.mime import Part

#: addresses of one bounce
ADDRESSES = 50
#: characters of a reason
REASON = 300
#: bytes of a mail that a library of patterns is let loose on, in lines no longer than this
_HEURISTIC_BYTES = 32_768
_HEURISTIC_LINE = 500
#: characters of free text that are looked at, and of one line of it
_FREE_TEXT = 20_000
_LINE = 500

_ASCII = bytes(byte if 0 < byte < 128 else ord("?") for byte in range(256))
# its errors are caught here: a mail that confuses it is no event of ours
logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL)

_TOKEN = re.compile(rb"(?<![\d.])(\d{1,18}\.[0-9a-f]{24})@", re.IGNORECASE)
_ADDRESS = re.compile(r"[A-Za-z0-9][A-Za-z0-9._%+=-]{0,63}@[A-Za-z0-9](?:[A-Za-z0-9-]{0,62}\.){1,6}[A-Za-z]{2,20}")


@dataclass(frozen=True, slots=True, kw_only=True)
class BounceReading:
    """What a mail says of others that did not arrive."""

    is_bounce: bool = False
    bounced: tuple[Bounced, ...] = ()
    #: '' or that it only warns of a delay
    delayed: str = ""
    #: what may be tokens of ours in the message that came back
    returned: tuple[str, ...] = ()


def read_bounce(
    top: Part, raw: bytes, subject: str, text: str, from_address: str, own_addresses: Collection[str]
) -> BounceReading:
    """Read what came back, if anything did. A warning that a message is delayed is none that it came back."""
    is_from_a_server = _is_from_a_server(top, from_address)
    reports = [part for part in top.walk() if part.media_type == "message/delivery-status"]
    if reports and (top.media_type == "multipart/report" or is_from_a_server):
        reading = _by_report(top, reports)
        if reading is not None:
            return reading
    if not is_from_a_server:
        return BounceReading()
    return _by_words(top, raw, subject, text[:_FREE_TEXT], {without_token(each.lower()) for each in own_addresses})


def _by_words(top: Part, raw: bytes, subject: str, text: str, own: Collection[str]) -> BounceReading:
    """What a server wrote without a report, or with one that says nothing of use."""
    if DELAYED.search(subject) or (DELAYED.search(text) and not ENDED.search(subject + text)):
        return BounceReading(delayed="投递延迟提醒", returned=_returned(top, text))
    says_so = SUBJECTS.search(subject) or TEXTS.search(text)
    # what the library knows it knows better; it knows no Chinese
    bounced, is_warning = _by_patterns(top, raw, text, own)
    bounced = _by_header(top, text) or bounced
    if is_warning and not bounced:
        return BounceReading(delayed="投递延迟提醒", returned=_returned(top, text))
    if says_so and not bounced:
        bounced = _by_free_text(subject, text, own)
    if not (says_so or bounced):
        return BounceReading()
    return BounceReading(is_bounce=True, bounced=bounced, returned=_returned(top, text))


def _is_from_a_server(top: Part, from_address: str) -> bool:
    return_path = top.every("return-path")
    return (
        bool(return_path and return_path[0].strip() == b"<>")
        or SENDERS.match(from_address) is not None
        or SENDER_NAMES.search(words(top.first("from")[:1_000], Problems())) is not None
        or bool(top.first("x-failed-recipients"))
    )


def _by_report(top: Part, reports: list[Part]) -> BounceReading | None:
    """RFC 3464: a block of fields per recipient. None where no block says what was done."""
    bounced: dict[str, Bounced] = {}
    actions: set[str] = set()
    for part in reports:
        for fields in _blocks(part):
            action = fields.get("action", "").lower()
            actions.add(action[:7])
            if not action.startswith(("fail", "error")):
                continue
            address = _recipient(fields)
            if address and len(bounced) < ADDRESSES:
                bounced.setdefault(address, _bounced(address, _reason(fields), fields.get("status", "")))
    returned = _returned(top, "")
    if bounced:
        return BounceReading(is_bounce=True, bounced=tuple(bounced.values()), returned=returned)
    if not actions.intersection(("delayed", "deliver", "relayed", "expande")):
        return None
    return BounceReading(delayed="投递延迟提醒" if "delayed" in actions else "投递情况报告", returned=returned)


def _blocks(part: Part) -> Iterator[dict[str, str]]:
    data = part.decoded(262_144)
    for block in re.split(rb"\r?\n[ \t]*\r?\n", data)[: ADDRESSES + 1]:
        fields = read_parts(block.lstrip() + b"\n\n", Problems(), only_headers=True).fields
        found: dict[str, str] = {}
        for name, value in fields:
            found.setdefault(name, words(value, Problems()))
        if found:
            yield found


def _recipient(fields: dict[str, str]) -> str:
    for name in ("original-recipient", "final-recipient", "x-actual-recipient"):
        match = _ADDRESS.search(fields.get(name, "")[:_LINE])
        if match:
            return match[0].lower()
    return ""


def _reason(fields: dict[str, str]) -> str:
    said = re.sub(r"^\s*(?:smtp|x-[\w-]{1,30}|dns)\s*;\s*", "", fields.get("diagnostic-code", ""), flags=re.IGNORECASE)
    return said or fields.get("status", "")


def _by_header(top: Part, text: str) -> tuple[Bounced, ...]:
    """Exim and Gmail name the addresses in a field of their own."""
    named = words(top.first("x-failed-recipients"), Problems())
    reason = _free_reason(text.split("\n"))
    return tuple(_bounced(match.lower(), reason) for match in dict.fromkeys(_ADDRESS.findall(named)[:ADDRESSES]))


def _by_free_text(subject: str, text: str, own: Collection[str]) -> tuple[Bounced, ...]:
    """The addresses that stand with a label for recipients, else the first in the text that is not ours."""
    lines = [line[:_LINE] for line in text.split("\n")]
    stop = next((number for number, line in enumerate(lines) if _begins_original(line)), len(lines))
    lines = lines[:stop]
    found: dict[str, None] = {}
    for number, line in enumerate(lines):
        if TO.search(line):
            addresses = _others(" ".join(lines[number : number + 2]), own)[:5]
            found.update(dict.fromkeys(addresses))
    if not found:
        found = dict.fromkeys(_others("\n".join([*lines, subject]), own)[:1])
    reason = _free_reason(lines)
    return tuple(_bounced(address, reason) for address in list(found)[:ADDRESSES])


def _others(text: str, own: Collection[str]) -> list[str]:
    addresses = [match.lower().rstrip(".") for match in _ADDRESS.findall(text)]
    return [each for each in addresses if without_token(each) not in own and not SENDERS.match(each)]


def _begins_original(line: str) -> bool:
    return (
        re.match(
            r"\s*(?:Received|Return-Path|Message-ID|DKIM-Signature|MIME-Version)\s*:|[- ]{3,}.*(?:原始?邮件"
            r"|original message|returned message)",
            line,
            re.IGNORECASE,
        )
        is not None
    )


def _free_reason(lines: list[str]) -> str:
    """What stands with a label for it, else the line that has a server's answer, else one that says what is wrong."""
    for number, line in enumerate(lines):
        match = REASON_LABEL.match(line[:_LINE])
        if match:
            said = [match[1].strip(), *(each.strip()[:_LINE] for each in lines[number + 1 : number + 7])]
            stop = next((place for place, each in enumerate(said) if place and ADVICE.search(each)), len(said))
            found = " ".join(filter(None, said[:stop]))
            if found:
                return found
    for pattern in (RESPONSE, SAID):
        for line in lines:
            if pattern.search(line[:_LINE]):
                return line
    return ""


def _by_patterns(top: Part, raw: bytes, text: str, own: Collection[str]) -> tuple[tuple[Bounced, ...], bool]:
    """The usual non-standard ones, and whether one is only warned of.

    The library is given little, and its errors are no reason to lose a mail.
    """
    # it trips over anything beyond ASCII, and over a sender that is none
    head = raw[:_HEURISTIC_BYTES].translate(_ASCII)
    if not top.first("from") or len(top.walk()) > 20 or max(map(len, head.split(b"\n"))) > _HEURISTIC_LINE:
        return (), False
    temporary: frozenset[bytes] = frozenset()
    permanent: frozenset[bytes] = frozenset()
    with suppress(Exception):  # whatever the library raises: the patterns of our own decide then
        temporary, permanent = all_failures(message_from_bytes(head, policy=policy.compat32))
    reason = _free_reason(text.split("\n"))
    shown = [decoded(address)[0].lower() for address in sorted(permanent)]
    known = [each for each in shown if _ADDRESS.fullmatch(each) and without_token(each) not in own]
    return tuple(_bounced(each, reason) for each in known[:ADDRESSES]), bool(temporary) and not permanent


def _bounced(address: str, reason: str, status: str = "") -> Bounced:
    return Bounced(address=address[:320], hard=is_hard(reason, status), reason=one_line(reason, REASON) or "未说明原因")


def _returned(top: Part, text: str) -> tuple[str, ...]:
    """Tokens in what came back with it, as a message, as its headers, or within the text."""
    found: dict[str, None] = {}
    parts = [part for part in top.walk() if part.media_type in ("message/rfc822", "text/rfc822-headers")]
    for part in parts[:5]:
        for token in _TOKEN.findall(part.decoded(65_536))[:20]:
            found[token.decode("ascii").lower()] = None
    for token in _TOKEN.findall(text.encode("utf-8", "replace"))[:20]:
        found[token.decode("ascii").lower()] = None
    return tuple(found)
