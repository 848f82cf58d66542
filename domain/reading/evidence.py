"""Where in the clean text each claim about a circular stands, so that a person can look it up."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from domain.reading.dates import FULL_DAY, full_day
from domain.reading.foot import NUMERIC_DAY

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date

    from domain.documents import CircularDraft, ContactLine, Span
    from domain.reading.layout import Document

#: Marks that are printed in several ways, each written in one way in a draft.
_VARIANTS = {"〔": r"[〔\[［（(【]", "〕": r"[〕\]］）)】]", "-": "[-—－–一]"}
_URGENCIES = {"extra_urgent": ("特急", "特提"), "urgent": ("加急",), "routine": ("平急", "平件")}
#: Signs of a value that are looked for; what begins with so many alike is the same.
_ENOUGH = 400


def evidence(text: str, document: Document, draft: CircularDraft) -> Mapping[str, tuple[Span, ...]]:
    """Return, by field of the draft, the half-open ranges of the clean text that show its values, in their order.

    A value of which no place shows the words (the kind, a name put together from two) has no range.
    """
    head, foot, whole = (
        (document.start, document.head.body),
        (document.body_end, document.end),
        (document.start, document.end),
    )
    forwards = draft.forwards
    found = {
        "document_number": _first(text, [draft.document_number], head),
        "title": _first(text, [draft.title], head),
        "issuing_authority": _first(text, draft.issuing_authority, foot, head, whole),
        "urgency": _one_of(text, _URGENCIES.get(str(draft.urgency), ()), head),
        "classification": _first(text, [draft.classification], head),
        "addressees": _first(text, draft.addressees, head),
        "cc_authorities": _first(text, draft.cc_authorities, foot, whole),
        "dated_on": _day(text, draft.dated_on, foot, whole),
        "issued_on": _day(text, draft.issued_on, foot, (document.body_end, len(text))),
        "scope": _first(text, [draft.scope], foot, whole),
        "forwards": _first(text, [forwards.document_number, forwards.title] if forwards else [], whole),
        "contacts": tuple(_contacts(text, draft.contacts, whole)),
    }
    return {name: spans for name, spans in found.items() if spans}


def _first(text: str, values: Iterable[str | None], *regions: Span) -> tuple[Span, ...]:
    """Where each value stands first, in the first region that shows it."""
    places = (next(_places(text, value, regions), None) for value in values if value)
    return tuple(place for place in places if place)


def _one_of(text: str, words: Iterable[str], region: Span) -> tuple[Span, ...]:
    return tuple(place for word in words for place in _places(text, word, [region]))[:1]


def _places(text: str, value: str, regions: Iterable[Span]) -> Iterator[Span]:
    signs = [_VARIANTS.get(sign, re.escape(sign)) for sign in value[:_ENOUGH] if not sign.isspace()]
    pattern = re.compile(r"\s*".join(signs))
    return (match.span() for region in regions for match in pattern.finditer(text, *region))


def _day(text: str, day: date | None, *regions: Span) -> tuple[Span, ...]:
    """Where a day stands last: that of a signature or an imprint comes after all that the text mentions."""
    for region in regions if day else ():
        days = (match for pattern in (FULL_DAY, NUMERIC_DAY) for match in pattern.finditer(text, *region))
        shown = [match.span() for match in days if full_day(match) == day]
        if shown:
            return (shown[-1],)
    return ()


def _contacts(text: str, contacts: Iterable[ContactLine], region: Span) -> Iterator[Span]:
    """For each contact the range of its number, else of its mailbox."""
    for contact in contacts:
        yield from _first(text, [contact.phone or contact.email], region)
