"""What goes over the wire after DATA: CRLF line ends, leading dots doubled, a dot alone at the end (RFC 5321)."""

from itertools import product

import pytest

from notifications.conversation import _dotted


def as_told(message: bytes) -> bytes:
    """The rule, line by line."""
    lines = message.replace(b"\r\n", b"\n").replace(b"\r", b"\n").removesuffix(b"\n").split(b"\n")
    return b"".join(b"." * line.startswith(b".") + line + b"\r\n" for line in lines) + b".\r\n"


def test_every_short_message_goes_as_the_rule_says() -> None:
    pieces = (b"\r", b"\n", b"\r\n", b".", b"a")
    messages = {b"".join(each) for length in range(7) for each in product(pieces, repeat=length)}
    assert [message for message in messages if _dotted(message) != as_told(message)] == []


@pytest.mark.parametrize("ending", [b"\r\n", b"\n", b"\r", b""])
def test_a_long_message_goes_whole(ending: bytes) -> None:
    message = b"Subject: x\r\n\r\n" + b"QUJD\r\n" * 10_000 + b"..a.b" + ending
    assert _dotted(message) == b"Subject: x\r\n\r\n" + b"QUJD\r\n" * 10_000 + b"...a.b\r\n.\r\n"
