"""Where the documents of one file begin and end: a circular, what it forwards, what is annexed."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import islice, pairwise
from typing import TYPE_CHECKING

from domain.reading.foot import Imprint, Signature, end_of_document, find_imprint, find_signature, text_end
from domain.reading.forwarding import forwarded
from domain.reading.head import Head, read_head
from domain.reading.office_names import without_blanks
from domain.reading.titles import annex_title, issuers_of, trimmed_title

if TYPE_CHECKING:
    from collections.abc import Iterator

_RED_HEAD_LINE = re.compile(
    r"(?:^|\n)(?P<head>[^\n。，：:]{4,80}文件)\s*\n(?:[^\n]{0,20}\n)?(?=[^\n]{0,40}\d{4}[^\n]{0,12}号)"
)
_RED_HEAD_RUN = re.compile(r"(?<=[。）)日发；])(?P<head>[一-鿿]{4,60}文件)(?=[一-鿿]{1,12}\s?[〔\[［（(]\s?\d{4})")
#: 附件1 alone on its line; 附件：… is a list of annexes, unless it comes after the signature.
_ANNEX_LINE = re.compile(r"\n\s*(?P<head>附\s?件\s*[\d一二三四五六七八九十]{0,2})\s*(?=\n)")
_NUMBERED_ANNEX = r"附\s?件\s?(?:[\dl]{1,2}(?!\d)|[一二三四五六七八九十]{1,2}(?=\n))?"
_ANNEX_AFTER = re.compile(
    rf"(?:(?<=[。；;日发])|(?:^|\n)|(?=附件\d{{1,2}}(?:关于|《|“)))\s*(?P<head>{_NUMBERED_ANNEX})(?!\s?[：:])(?![^\n]{{0,2}}[）)])"
    rf"|(?<=[日发）)])\s*(?P<marked>{_NUMBERED_ANNEX}\s?[：:])"
)
_ANNEX_MARK = re.compile(r"\s*附\s?件\s?(?:[\dl]{1,2}(?!\d)|[一二三四五六七八九十]{0,2}(?=\n))?\s*[：:]?\s*")
_BYLINE = re.compile(r"\s*[（(](?P<byline>[^（）()]{2,40}\d{0,4}[^（）()]{0,20}日)[）)]")
_SHORTEST = 30
#: How many documents of one file are read; a collection is to be given one by one.
MOST_DOCUMENTS = 100


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a file: its head, its foot, and the offsets of its parts in the clean text."""

    start: int
    end: int
    head: Head
    signature: Signature | None
    imprint: Imprint | None

    @property
    def body_end(self) -> int:
        """Where the names under the text begin, or the imprint."""
        if self.signature:
            return self.signature.start
        return self.imprint.start if self.imprint else self.end

    def text_end(self, text: str) -> int:
        """Where the text itself ends: before the list of annexes, the copies and the names."""
        return text_end(text, self.head.body, max(self.head.body, self.body_end))

    @property
    def stands_alone(self) -> bool:
        """Whether it is a document of its own: not a form, a table or a list of names."""
        return bool(self.head.title or (self.head.number and self.head.addressees))


def documents(text: str) -> tuple[list[Document], bool]:
    """The documents of a file in their order, and whether there are more; forms and lists are left out."""
    first = _document(text, 0, len(text), title=None)
    reference = forwarded(
        first.head.title, text[first.head.body : first.body_end], is_addressed=bool(first.head.addressees)
    )
    known_title = reference.title if reference else None
    following = (
        document
        for start, end in _pieces(text, first.end, len(text))
        for document in _following(text, start, end, known_title)
    )
    read = list(islice(following, MOST_DOCUMENTS))
    rest = [document for document in read if document.stands_alone]
    if first.imprint is None and all(document.imprint is None and not document.head.number for document in rest):
        first = _with_last_imprint(first, text)  # a cover's imprint is at the very foot, below its annexes
    return [first, *rest], len(read) == MOST_DOCUMENTS


def _with_last_imprint(first: Document, text: str) -> Document:
    imprint = find_imprint(text, max(first.end, len(text) - 200), len(text))
    return replace(first, imprint=imprint) if imprint and first.signature else first


def _following(text: str, start: int, end: int, known_title: str | None) -> Iterator[Document]:
    """The documents of a stretch that holds no more annex marks: each ends at its signature."""
    for _ in range(MOST_DOCUMENTS):
        if end - start <= _SHORTEST:
            return
        document = _document(text, start, end, title=known_title)
        yield document
        start = max(document.end, start + 1)


def _document(text: str, start: int, end: int, *, title: str | None) -> Document:
    if mark := _ANNEX_MARK.match(text, start, end):
        start = mark.end()
    start += len(text[start:end]) - len(text[start:end].lstrip())
    head = read_head(text, start, end, known_title=title)
    if (
        not head.addressees
        and (found := annex_title(text, start, end))
        and (not title or head.title != without_blanks(title))
    ):
        head = replace(head, title=found[0], body=found[1], title_issuers=issuers_of(found[0]))
    limit = _next_head(text, head.body, end)
    byline = _BYLINE.match(text, head.body, limit)
    body = byline.end() if byline else head.body
    signature = find_signature(text, body, limit, (*head.red_head, *head.title_issuers))
    stop = end_of_document(text, signature.end, limit) if signature else limit
    if signature is None and byline:
        signature = find_signature(f"{byline['byline']}\n", 0, len(byline["byline"]) + 1, ())
        signature = replace(signature, start=stop, end=stop) if signature else None
    head = replace(head, title=trimmed_title(head.title, signature.issuers if signature else ()))
    return Document(start, stop, head, signature, find_imprint(text, signature.end if signature else body, stop))


def _next_head(text: str, body: int, end: int) -> int:
    """Where the next document's red head or annex mark begins."""
    starts = [
        match.start("head")
        for pattern in (_RED_HEAD_LINE, _RED_HEAD_RUN, _ANNEX_LINE)
        if (match := pattern.search(text, body, end))
    ]
    return min([*starts, end])


def _pieces(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """What follows the first document, cut at annex marks and red heads."""
    cuts = {start, end}
    for pattern in (_RED_HEAD_LINE, _RED_HEAD_RUN, _ANNEX_LINE, _ANNEX_AFTER):
        cuts |= {match.end() - len(match[0].lstrip()) for match in pattern.finditer(text, start, end)}
    ordered = sorted(cuts)
    yield from ((one, other) for one, other in pairwise(ordered) if other - one > _SHORTEST)
