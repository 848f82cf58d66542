"""What a circular forwards or issues, and of what kind that makes it."""

from __future__ import annotations

import re

from domain.documents import DocumentKind, ForwardedReference
from domain.reading.head import NUMBER, printed_number
from domain.reading.office_names import without_blanks
from domain.reading.titles import kind_of, masked

_PASSES_ON = re.compile(
    r"现(?:予|将|把)?[^。]{0,300}?(?P<verb>转发|批转|印发)(?:给|至|予|于)?(?:你|各|有关|请|，|。|执行|实行)|现(?:予以?|将其)?(?P<verb2>转发|批转|印发)"
)
_NAMED = re.compile(
    r"《(?P<title>(?:[^《》]|《[^《》]{1,150}》){2,250})》(?:\s?[（(](?P<number>[^（）()]{4,50})[）)])?"
)
_IN_TITLE = re.compile(r"(?:转发|批转|印发|颁发|下发)(?P<what>.{2,250}?)的?通知(?:[（(][^（）()]{1,12}[）)])?$")
_AUTHOR = re.compile(r"^[^〈<]{0,40}[〈<](?P<title>[^〈〉<>]{2,250})[〉>]$")
_CLOSING = re.compile(r"(?:特此|专此|此)(函|复|报告)")
_CLOSINGS = {"函": DocumentKind.LETTER, "复": DocumentKind.LETTER, "报告": DocumentKind.REPORT}
_OPENING = 600


def kind_and_reference(
    title: str | None, body: str, *, is_addressed: bool = False
) -> tuple[DocumentKind, ForwardedReference | None]:
    """The kind of a circular, and what it passes on: a notice that forwards in its opening is a forwarding one.

    One that is addressed but lost its title is a notice, unless its last words say that it is a letter or a report.
    """
    kind = kind_of(title)
    if title is None and is_addressed:
        closing = _CLOSING.search(body)
        kind = DocumentKind.NOTICE if closing is None else _CLOSINGS[closing[1]]
    verb = _verb(body)
    if kind in (DocumentKind.NOTICE, DocumentKind.OTHER) and verb in ("转发", "批转"):
        kind = DocumentKind.FORWARDING_NOTICE
    elif kind is DocumentKind.NOTICE and verb == "印发":
        kind = DocumentKind.ISSUING_NOTICE
    if kind not in (DocumentKind.FORWARDING_NOTICE, DocumentKind.ISSUING_NOTICE):
        return kind, None
    return kind, _reference(title, body, kind)


def forwarded(title: str | None, body: str, *, is_addressed: bool = False) -> ForwardedReference | None:
    """What a circular passes on, if anything."""
    return kind_and_reference(title, body, is_addressed=is_addressed)[1]


def _verb(body: str) -> str | None:
    match = _PASSES_ON.search(masked(body[:_OPENING]))
    return (match["verb"] or match["verb2"]) if match else None


def _reference(title: str | None, body: str, kind: DocumentKind) -> ForwardedReference | None:
    in_body, number = _named_in_body(body[:_OPENING])
    in_title = _named_in_title(title)
    name = in_title or in_body if kind is DocumentKind.ISSUING_NOTICE else in_body or in_title
    own = name is not None and name == in_body  # a number beside another title is not this one's
    return ForwardedReference(document_number=number if own else None, title=name) if name else None


def _named_in_body(opening: str) -> tuple[str | None, str | None]:
    """The first title in the sentence that passes something on, or in the one before."""
    passing = _PASSES_ON.search(masked(opening))
    if not passing:
        return None, None
    sentence = opening.rfind("。", 0, passing.start()) + 1
    previous = opening.rfind("。", 0, max(0, sentence - 1)) + 1
    for begin, end in ((passing.start(), passing.end()), (sentence, passing.start()), (previous, sentence)):
        if named := _NAMED.search(opening, begin, end):
            number = NUMBER.search(named["number"]) if named["number"] else None
            return without_blanks(named["title"]), printed_number(number) if number else None
    return None, None


def _named_in_title(title: str | None) -> str | None:
    if named := _NAMED.search(title or ""):
        author = _AUTHOR.match(named["title"])  # 《甲办公室〈关于…的通知〉》
        return author["title"] if author else named["title"]
    match = _IN_TITLE.search(title or "")
    return match["what"] if match else None
