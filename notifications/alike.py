"""Letters that differ in office and person alone are rendered once: a circular goes to thousands in the same words.

Office and person are covered by marks of their own length, the covered letter is rendered, and its words are kept; for
each recipient the marks are uncovered again. The result is that of `render` to the byte. Where that is not sure, as a
name was cut or has characters that are shown differently, the letter is rendered by itself.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from notifications.render import Rendered, render

if TYPE_CHECKING:
    from notifications.messages import Letter

#: Characters that stand in no text (Unicode sets them aside): a cover's beginning and what it is filled with.
_BEGINNINGS, _FILL = ("\ufdd0", "\ufdd1"), "\ufdd2"
_MARK = re.compile("[\ufdd0-\ufdd2\0]")
#: names that are the same in text and in HTML, and in which nothing is stripped
_PLAIN = re.compile(r"[\w（）·]+")
#: Where names may stand; in all other words that we make ourselves there is none.
_LETTER = ("recipient_name", "recipient_office", "sender_office", "contact_text", "body_text", "answer_text")
_ITEM = (
    "office_name", "circular_title", "document_number", "matter", "deliver_to", "detail", "why", "reference", "number",
)  # fmt: skip
_LETTER_REST = attrgetter("kind", "urgency_tag", "sent_at", "summary")
_ITEM_REST = attrgetter("kind", "due_text", "period_text", "light_text", "what_to_do", "tone")
_TEXTS = (attrgetter(*_LETTER), attrgetter(*_ITEM))
#: So many patterns of words are kept: the circulars and rungs of a batch.
_KEPT = 256


def render_alike(letter: Letter) -> Rendered:
    """Return what `render` returns, quickly where a letter that differs in names alone was rendered before."""
    names = (letter.recipient_office, letter.recipient_name)
    if len(letter.items) != 1 or not all(_PLAIN.fullmatch(name) for name in names):
        return render(letter)
    (item,) = letter.items
    words = "\0".join((*_TEXTS[0](letter), *_TEXTS[1](item)))
    if words.count("\0") != len(_LETTER) + len(_ITEM) - 1 or _has_marks(words):
        return render(letter)
    covers = tuple(begin + _FILL * (len(name) - 1) for begin, name in zip(_BEGINNINGS, names, strict=True))
    for name, cover in zip(names, covers, strict=True):
        words = words.replace(name, cover)
    found = _rendered(_Covered(words, (_LETTER_REST(letter), _ITEM_REST(item)), letter), covers)
    if found is None:
        return render(letter)
    return Rendered(*(_uncovered(text, names, covers) for text in (found.subject, found.text, found.html)))


def _has_marks(words: str) -> bool:
    return any(mark in words for mark in (*_BEGINNINGS, _FILL))


def _uncovered(text: str, names: tuple[str, ...], covers: tuple[str, ...]) -> str:
    for name, cover in zip(names, covers, strict=True):
        text = text.replace(cover, name)
    return text


class _Covered:
    """A letter with its names covered; letters that differ in these alone are equal."""

    __slots__ = ("_key", "letter", "words")

    def __init__(self, words: str, rest: tuple[Any, ...], letter: Letter) -> None:
        self.words, self.letter, self._key = words, letter, (words, rest)

    def __hash__(self) -> int:
        return hash(self._key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Covered) and self._key == other._key


@lru_cache(maxsize=_KEPT)
def _rendered(covered: _Covered, covers: tuple[str, ...]) -> Rendered | None:
    """Return the covered words; None where a cover was cut: what is cut of a name cannot be told from its mark."""
    words = covered.words.split("\0")
    of_letter: dict[str, Any] = dict(zip(_LETTER, words[: len(_LETTER)], strict=True))
    of_item: dict[str, Any] = dict(zip(_ITEM, words[len(_LETTER) :], strict=True))
    item = replace(covered.letter.items[0], **of_item)
    letter = replace(covered.letter, items=(item,), **of_letter)
    covered.letter = letter  # the first recipient's own need not be kept
    found = render(letter)
    left = _uncovered("\0".join((found.subject, found.text, found.html)), ("", ""), covers)
    return None if _MARK.search(left.replace("\0", "")) else found
