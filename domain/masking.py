"""Taking telephone numbers and mail addresses out of what people type, before it enters a record for ever."""

from __future__ import annotations

import re

_LEFT_OUT = "（联系方式略）"
_CONTACT = re.compile(
    r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
    r"|(?<!\d)(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)"
    r"|(?<!\d)[(（]?0\d{2,3}[)）]?[-－— ]?\d{7,8}(?!\d)"
    r"|(?<!\d)[48]00[- ]?\d{3,4}[- ]?\d{3,4}(?!\d)"
)


def without_contacts(text: str) -> str:
    """Return the text with a mark in the place of each telephone number and mail address."""
    return _CONTACT.sub(_LEFT_OUT, text)
