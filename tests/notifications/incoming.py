"""Incoming mails for the tests, put together byte by byte, for real clients do not ask a library either."""

from __future__ import annotations

from base64 import b64encode

from notifications.inbox import InboundMail, read_mail

OWN = "duban@example.org"
OFFICE = "pingan@example.net"
TOKEN = "7.0123456789abcdef01234567"
OTHER_TOKEN = "31.89abcdef0123456789abcdef"
LIMIT = 1_048_576


def mail(
    body: bytes | str = "已签收。",
    *fields: bytes | str,
    charset: str = "utf-8",
    content: bytes | str = "",
    sender: bytes | str = f"From: {OFFICE}",
) -> bytes:
    """A mail with one part of text; `content` replaces its Content-Type."""
    head = [sender, f"To: {OWN}", "Date: Fri, 14 Feb 2020 09:40:12 +0800", *fields]
    head.append(content or f"Content-Type: text/plain; charset={charset}")
    lines = [line if isinstance(line, bytes) else line.encode() for line in head]
    return b"\r\n".join([*lines, b"", body if isinstance(body, bytes) else body.encode()])


def parts(*each: bytes, kind: str = "mixed", more: str = "") -> tuple[str, bytes]:
    """Content-Type and body of a multipart: `mail(body, content=content)`."""
    body = b"".join(b"--=_b\r\n" + part + b"\r\n" for part in each) + b"--=_b--\r\n"
    return f'Content-Type: multipart/{kind}; {more}boundary="=_b"', body


def multipart(*each: bytes, kind: str = "mixed", more: str = "", fields: tuple[bytes | str, ...] = ()) -> bytes:
    content, body = parts(*each, kind=kind, more=more)
    return mail(body, *fields, content=content)


def text_part(text: str, subtype: str = "plain", charset: str = "utf-8") -> bytes:
    codec = "gb18030" if charset.lower().startswith("gb") else charset
    return f"Content-Type: text/{subtype}; charset={charset}\r\n\r\n".encode() + text.encode(codec)


def file_part(name: bytes | str, content: bytes = b"content", media_type: str = "application/octet-stream") -> bytes:
    """`name` is a whole parameter: `filename="a.doc"`."""
    shown = name if isinstance(name, bytes) else name.encode()
    head = f"Content-Type: {media_type}\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment; "
    return head.encode() + shown + b"\r\n\r\n" + b64encode(content)


def read(raw: bytes, *, limit: int = LIMIT) -> InboundMail:
    return read_mail(raw, own_addresses=[OWN], max_bytes=limit)
