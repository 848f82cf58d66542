"""Whether two texts name the same circular: numbers and titles however they are typed."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from domain.documents import ForwardedReference

_BRACKETS = str.maketrans({"[": "〔", "]": "〕", "(": "〔", ")": "〕", "【": "〔", "】": "〕"})
#: Marks that the same title bears or lacks, as it is quoted, printed or typed.
_MARKS = re.compile(r"[\s\"'“”‘’《》〈〉<>「」『』()\[\]【】〔〕、,，:：·．.]")


def same_number(number: str) -> str:
    """Return a document number in one spelling: half-width digits, the brackets 〔〕, no white space."""
    return unicodedata.normalize("NFKC", "".join(number.split())).translate(_BRACKETS)


def plain_title(title: str) -> str:
    """Return a title without blanks, brackets, quotation marks and stops, in half-width letters."""
    return _MARKS.sub("", unicodedata.normalize("NFKC", title))


def is_same_title(one: str, other: str) -> bool:
    """Tell whether two titles name the same: word for word, or one of them without whom it is from.

    甲省扶贫办关于开展普查的通知 may be quoted as 关于开展普查的通知; with another office before 关于 it is another's.
    """
    first, second = plain_title(one), plain_title(other)
    if first == second:
        return bool(first)
    (issuer, about), (other_issuer, other_about) = _parted(first), _parted(second)
    return bool(about) and about == other_about and not (issuer and other_issuer)


def _parted(title: str) -> tuple[str, str]:
    issuer, found, about = title.partition("关于")
    return (issuer, about) if found else ("", "")


def is_meant(reference: ForwardedReference, number: str | None, title: str) -> bool:
    """Tell whether a circular (number as stored, title) is the one that another one forwards.

    Two numbers decide by themselves: the same title comes every year.
    """
    if reference.document_number and number:
        return same_number(reference.document_number) == same_number(number)
    return reference.title is not None and is_same_title(reference.title, title)
