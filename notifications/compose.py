"""The bytes of a mail: rendered words and an envelope to one RFC 5322 message, the same bytes for the same input."""

from __future__ import annotations

import hmac
import re
from binascii import b2a_base64
from dataclasses import replace
from email.utils import format_datetime
from functools import lru_cache
from hashlib import sha256
from html import escape
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import quote
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from notifications.messages import Attachment, Envelope
    from notifications.render import Rendered

#: Clients cut longer names, and with them the ending.
FILENAME_LENGTH = 40
#: Where the HTML base leaves room for the notice of capture mode.
CAPTURE_MARK = "<!--capture-->"

_BEIJING = ZoneInfo("Asia/Shanghai")
_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
#: separators and wildcards of file systems, and characters that change the direction of writing or show nothing
_NOT_IN_A_FILENAME = re.compile(
    r'[\x00-\x1f\x7f-\x9f/\\:*?"<>|\u061c\u200b-\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff]+'
)
_AROUND_A_FILENAME = re.compile(r"^[\s._]+|[\s._]+$")
_ADDRESS = re.compile(r"[^\s\x00-\x1f\x7f-\x9f<>()\[\],;:\\\"@]+@[^\s\x00-\x1f\x7f-\x9f<>()\[\],;:\\\"@]+")
_MEDIA_TYPE = re.compile(r"(application|audio|font|image|text|video)/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}")
_PLAIN_FILENAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*(\.[A-Za-z0-9]+)?")
_PLAIN = re.compile(r"[ -~]{0,60}")
#: so many bytes of all mails' HTML are alike; whole lines of base64, which are 57 bytes each
_ALIKE = 57 * 40
#: UTF-8 bytes in one encoded word: with `=?utf-8?b?` around it stays below 75 characters
_WORD_BYTES = 39


class BadAddress(ValueError):
    """An address that no header and no command may carry."""


def compose(rendered: Rendered, envelope: Envelope, attachments: Sequence[Attachment] = ()) -> bytes:
    """One complete message with CRLF line ends, in ASCII throughout unless an address is not.

    Control characters in names and subject become spaces. Raises BadAddress for an address with anything
    that could break a header, ValueError for a naive `sent_at`.
    """
    words = _captured(rendered, envelope)
    token = sha256(envelope.message_id.encode()).hexdigest()[:24]
    body = _alternative(words, f"=_alt_{token}")
    if attachments:
        body = _mixed(body, attachments, f"=_mix_{token}")
    return b"".join((_headers(words.subject, envelope).encode(), body))


def token_for(notice_id: int, address: str, key: bytes) -> str:
    """What stands for a notice to an address in Message-ID, reply address and return path: `7.` and 24 hex digits.

    The same each time; without the key nobody can guess it. It fits into the 64 characters of a local part.
    """
    digest = hmac.digest(key, f"{notice_id}\0{address}".encode(), "sha256").hex()[:24]
    return f"{notice_id}.{digest}"


def message_id_for(token: str, domain: str) -> str:
    """The Message-ID that bears a token, with angle brackets."""
    return f"<{token}@{_ascii_domain(domain)}>"


def with_token(address: str, token: str) -> str:
    """An address of ours that bears a token, as mail servers with plus addresses deliver it: `duban+7.ab@…`."""
    local, _, domain = address.rpartition("@")
    return f"{local}+{token}@{domain}"


def checked_address(address: str) -> str:
    """The address with its domain in ASCII. Raises BadAddress for anything but one plain `local@domain`."""
    bare = address.strip()
    if len(bare) > 254 or not _ADDRESS.fullmatch(bare):
        msg = f"not a mail address: {_one_line(address)[:80]!r}"
        raise BadAddress(msg)
    local, _, domain = bare.rpartition("@")
    return f"{local}@{_ascii_domain(domain)}"


def _headers(subject: str, envelope: Envelope) -> str:
    if envelope.sent_at.tzinfo is None:
        msg = "sent_at must be aware"
        raise ValueError(msg)
    return "".join(f"{name}: {value}\r\n" for name, value in _fields(subject, envelope) if value)


def _fields(subject: str, envelope: Envelope) -> Iterator[tuple[str, str]]:
    references = [_message_id(reference) for reference in envelope.references]
    yield "From", _mailbox(envelope.sender_name, envelope.sender)
    yield "To", _mailbox(envelope.to_name, envelope.to_address)
    yield "Subject", _unstructured(subject)
    yield "Date", format_datetime(envelope.sent_at.astimezone(_BEIJING))
    yield "Message-ID", _message_id(envelope.message_id)
    yield "In-Reply-To", references[-1] if references else ""
    yield "References", "\r\n ".join(references)
    yield "Reply-To", checked_address(envelope.reply_to) if envelope.reply_to else ""
    yield "Auto-Submitted", "auto-generated"
    yield "X-Auto-Response-Suppress", "All"
    if envelope.importance == "high":
        yield "Importance", "high"
        yield "X-Priority", "1 (Highest)"
    yield "X-Duban-Intended-For", _unstructured(envelope.intended_for)
    yield "MIME-Version", "1.0"


def _captured(rendered: Rendered, envelope: Envelope) -> Rendered:
    """In capture mode the true address stands above the words."""
    if not envelope.intended_for:
        return rendered
    notice = f"【试运行】本件未发给实际收件人，原应发往：{_one_line(envelope.intended_for)}"
    row = (
        f'<tr><td class="notice" style="padding:8px 24px;background:#fff3d1;color:#7a5200;">{escape(notice)}</td></tr>'
    )
    return replace(
        rendered,
        text=f"{notice}\n\n{rendered.text}",
        html=rendered.html.replace(CAPTURE_MARK, row, 1),
    )


def _alternative(words: Rendered, boundary: str) -> bytes:
    return b"".join(
        (
            f'Content-Type: multipart/alternative; boundary="{boundary}"\r\n\r\n--{boundary}\r\n'.encode(),
            _text_part("plain", words.text),
            f"--{boundary}\r\n".encode(),
            _text_part("html", words.html),
            f"--{boundary}--\r\n".encode(),
        )
    )


def _text_part(subtype: str, text: str) -> bytes:
    head = f"Content-Type: text/{subtype}; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    content = "\r\n".join(text.splitlines()).encode("utf-8", "replace")
    content = content.replace(b"\0", b"\xef\xbf\xbd")  # U+FFFD; among wide characters a zero takes long to find
    if subtype != "html" or len(content) < _ALIKE:
        return head.encode() + _folded_base64(content)
    return b"".join((head.encode(), _base64_of_beginning(content[:_ALIKE]), _folded_base64(content[_ALIKE:])))


def _mixed(body: bytes, attachments: Sequence[Attachment], boundary: str) -> bytes:
    parts = [f'Content-Type: multipart/mixed; boundary="{boundary}"\r\n\r\n--{boundary}\r\n'.encode(), body]
    for number, attachment in enumerate(attachments, 1):
        parts += (f"--{boundary}\r\n".encode(), _attachment_head(attachment, number), _base64(attachment.content))
    parts.append(f"--{boundary}--\r\n".encode())
    return b"".join(parts)


def _attachment_head(attachment: Attachment, number: int) -> bytes:
    return _head_of(attachment.filename, attachment.media_type, attachment.parameters, number)


@lru_cache(maxsize=64)
def _head_of(filename: str, media_type: str, parameters: str, number: int) -> bytes:
    """`filename*` unbroken for clients that ignore continuations, `name` for those that know no RFC 2231."""
    name = short_filename(filename)
    ending = PurePosixPath(name).suffix
    plain_ending = ending if _PLAIN_FILENAME.fullmatch(f"a{ending}") else ""
    fallback = name if _PLAIN_FILENAME.fullmatch(name) else f"attachment-{number}{plain_ending}"
    if not _MEDIA_TYPE.fullmatch(media_type):
        media_type, parameters = "application/octet-stream", ""
    told = f" {parameters};\r\n" if parameters else ""
    return (
        f'Content-Type: {media_type};\r\n{told} name="{_words(name)}"\r\n'
        "Content-Transfer-Encoding: base64\r\n"
        f"Content-Disposition: attachment;\r\n filename*=UTF-8''{quote(name, safe='', errors='replace')};\r\n"
        f' filename="{fallback}"\r\n\r\n'
    ).encode()


def short_filename(filename: str) -> str:
    """The name without what file systems refuse, at most 40 characters, its ending kept."""
    name = _AROUND_A_FILENAME.sub("", _NOT_IN_A_FILENAME.sub("_", filename)) or "附件"
    ending = PurePosixPath(name).suffix[:12]
    stem = name[: len(name) - len(ending)] if ending else name
    return stem[: FILENAME_LENGTH - len(ending)].rstrip() + ending


@lru_cache(maxsize=8)
def _base64_of_beginning(content: bytes) -> bytes:
    """Every mail's HTML begins with the same sheet: it is encoded once."""
    return _folded_base64(content)


@lru_cache(maxsize=4)
def _base64_of_large(content: bytes) -> bytes:
    """The same original goes to many offices: it is encoded once for all of them."""
    return _folded_base64(content)


def _base64(content: bytes) -> bytes:
    return _base64_of_large(content) if len(content) > 65_536 else _folded_base64(content)


def _folded_base64(content: bytes) -> bytes:
    encoded = b2a_base64(content, newline=False)
    lines = [encoded[start : start + 76] for start in range(0, len(encoded), 76)]
    return b"\r\n".join([*lines, b""])


@lru_cache(maxsize=4096)
def _mailbox(name: str, address: str) -> str:
    checked = checked_address(address)
    shown = _one_line(name)
    if not shown:
        return checked
    if _PLAIN.fullmatch(shown) and "=?" not in shown:
        escaped = shown.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}" <{checked}>'
    return f"{_words(shown)}\r\n <{checked}>"


def _unstructured(value: str) -> str:
    text = _one_line(value)
    return text if _PLAIN.fullmatch(text) and "=?" not in text else _words(text)


@lru_cache(maxsize=1024)
def _words(text: str) -> str:
    """Encoded words of RFC 2047, each at most 75 characters and of whole characters, one on a line."""
    data = text.encode("utf-8", "replace")
    words, start = list[bytes](), 0
    while start < len(data) or not words:
        end = min(start + _WORD_BYTES, len(data))
        while end < len(data) and data[end] & 0xC0 == 0x80:  # within a character
            end -= 1
        words.append(data[start:end])
        start = end
    return "\r\n ".join([f"=?utf-8?b?{b2a_base64(word, newline=False).decode()}?=" for word in words])


def _message_id(value: str) -> str:
    bare = "".join(value.split()).strip("<>")
    if not _ADDRESS.fullmatch(bare) or not bare.isascii():
        msg = f"not a message id: {_one_line(value)[:80]!r}"
        raise ValueError(msg)
    return f"<{bare}>"


def _one_line(text: str) -> str:
    return _BREAKS.sub(" ", text).strip()


@lru_cache(maxsize=4096)
def _ascii_domain(domain: str) -> str:
    if domain.isascii():
        return domain
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError as error:
        msg = f"not a domain: {_one_line(domain)[:80]!r}"
        raise BadAddress(msg) from error
