"""Header fields of a mail as people write them: encoded words, raw bytes, names and addresses, Message-IDs, dates."""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import a2b_qp
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from notifications.mail_charsets import decoded
from notifications.mime_fields import Problems

#: characters of a header that are kept
LENGTH = 998
#: Message-IDs of a thread that are kept, the newest
REFERENCES = 200

_WORD = re.compile(rb"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]*)\?=")
_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\u200e\u200f\ufeff\ud800-\udfff]+")
_SPACES = re.compile(r"\s{2,}")
_QUOTED = re.compile(rb'"(?:[^"\\]|\\.)*"')
_COMMENT = re.compile(rb"\([^()]*\)")
_BRACKETED = re.compile(rb"<([^<>]*)>")
_ADDRESS = re.compile(rb"[^\s\x00-\x1f\x7f<>()\[\],;:\\\"@]{1,128}@[^\s\x00-\x1f\x7f<>()\[\],;:\\\"@]{1,190}")
_MESSAGE_ID = re.compile(rb"<([^<>]{1,998})>|([^\s<>@,;]{1,250}@[^\s<>@,;]{1,250})")


def one_line(text: str, length: int = LENGTH) -> str:
    """No line break, no control character, no character that changes the direction of writing; bounded."""
    return _SPACES.sub(" ", _BREAKS.sub(" ", text[: 4 * length])).strip()[:length].rstrip()


def words(value: bytes, problems: Problems, charset: str = "") -> str:
    """The text of a field: encoded words of RFC 2047 undone, raw bytes recovered; one line.

    Words of one charset that stand side by side are put together as bytes first: many break within a character.
    `charset` is what the mail says of its body; it decides for raw bytes.
    """
    pieces: list[str] = []
    position = 0
    for charset_name, data, start, end in _runs(value):
        between = value[position:start]
        if between.strip() or not pieces:
            pieces.append(_plain(between, problems, charset))
        text, problem = decoded(data, charset_name)
        problems.add(problem)
        pieces.append(text)
        position = end
    pieces.append(_plain(value[position:], problems, charset))
    return one_line("".join(pieces))


def _plain(value: bytes, problems: Problems, charset: str) -> str:
    if value.isascii():
        return value.decode("ascii")
    text, problem = decoded(value, charset if charset.lower().startswith(("big5", "x-big5")) else "")
    problems.add(problem)
    return text


def _runs(value: bytes) -> list[tuple[str, bytes, int, int]]:
    """Encoded words side by side with the same charset and encoding as one: charset, bytes, where they lie."""
    runs: list[tuple[bytes, bytes, list[bytes], int, int]] = []
    for match in _WORD.finditer(value):
        name, how, text = match[1].partition(b"*")[0].lower(), match[2].lower(), match[3]
        if runs:
            last = runs[-1]
            if last[:2] == (name, how) and not value[last[4] : match.start()].strip():
                runs[-1] = (name, how, [*last[2], text], last[3], match.end())
                continue
        runs.append((name, how, [text], match.start(), match.end()))
    return [
        (name.decode("ascii", "replace"), _unencoded(how, texts), start, end) for name, how, texts, start, end in runs
    ]


def _unencoded(how: bytes, texts: list[bytes]) -> bytes:
    if how == b"q":
        return a2b_qp(b"".join(texts).replace(b" ", b"_"), header=True)
    joined, carried = b"", b""
    for text in texts:
        signs = carried + re.sub(rb"[^A-Za-z0-9+/]", b"", text)
        # four signs are three bytes: a word that is cut elsewhere and not padded goes on in the next one
        whole = len(signs) if text.rstrip().endswith(b"=") else len(signs) // 4 * 4
        joined += _base64(signs[:whole])
        carried = signs[whole:]
    return joined + _base64(carried)


def _base64(signs: bytes) -> bytes:
    signs = signs[: len(signs) - 1] if len(signs) % 4 == 1 else signs
    return b64decode(signs + b"=" * (-len(signs) % 4))


def sender(value: bytes, problems: Problems, charset: str = "") -> tuple[str, str]:
    """The address in lower case and the name of a From field; no address where it names several or none.

    The address is looked for before anything is decoded: what an encoded word contains is never an address.
    """
    bare = _COMMENT.sub(b" ", _QUOTED.sub(b" ", value))
    addresses = [match.strip() for match in _BRACKETED.findall(bare) if _ADDRESS.fullmatch(match.strip())]
    addresses = addresses or _ADDRESS.findall(_WORD.sub(b" ", bare))
    distinct = {address.lower() for address in addresses}
    if len(distinct) > 1:
        problems.add("发件人不止一个")
    elif not distinct:
        problems.add("发件人地址无法辨认")
    name = words(_named(value), problems, charset)
    return (_address(distinct.pop()) if len(distinct) == 1 else ""), name[:200].strip()


def _named(value: bytes) -> bytes:
    name = value.rpartition(b"<")[0] if b"<" in value else b""
    name = name.strip()
    if len(name) > 1 and name.startswith(b'"') and name.endswith(b'"'):
        return re.sub(rb'\\(["\\])', rb"\1", name[1:-1])
    return name


def _address(value: bytes) -> str:
    text, _ = decoded(value)
    return one_line(text, 320).lower()


def message_ids(value: bytes) -> tuple[str, ...]:
    """The Message-IDs a field names, without brackets, in order; ids that folding has broken are mended."""
    found: dict[str, None] = {}
    for bracketed, bare in _MESSAGE_ID.findall(value):
        text = one_line(b"".join((bracketed or bare).split()).decode("ascii", "replace"), 500)
        if text:
            found[text] = None
    return tuple(found)[-REFERENCES:]


def dated(value: bytes) -> datetime | None:
    """The instant a Date field names, aware; None where it names none that can be read."""
    text = value[:200].decode("ascii", "ignore")
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError, AttributeError):
        return None
    try:
        # "-0000" says that the zone is unknown: the instant is in UTC then
        aware = found if found.tzinfo else found.replace(tzinfo=UTC)
        aware.astimezone(UTC) + timedelta(days=1)
    except (ValueError, OverflowError):
        return None
    return aware.astimezone(UTC)
