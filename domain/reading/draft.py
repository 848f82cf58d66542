"""The whole of reading: text to a draft of each circular in it, and the draft as JSON."""

from __future__ import annotations

import re
from dataclasses import asdict, fields, is_dataclass, replace
from datetime import date, time
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from domain.documents import CircularDraft, DocumentKind, Duty, RequirementDraft
from domain.errors import Refused
from domain.reading.contacts import contacts
from domain.reading.dates import Basis, numeral
from domain.reading.evidence import evidence
from domain.reading.foot import copies, scope_of
from domain.reading.formats import UnreadableDocument, read_source
from domain.reading.formats.damage import damage
from domain.reading.forwarding import kind_and_reference
from domain.reading.head import NUMBER
from domain.reading.instructions import instructions
from domain.reading.layout import MOST_DOCUMENTS, Document, documents
from domain.reading.page import Page, clean
from domain.reading.requirements import requirements

if TYPE_CHECKING:
    from domain.documents import ForwardedReference

_WRITING = re.compile("[一-鿿]")
_YEAR_IN_TITLE = re.compile(r"(20\d\d|19\d\d)年")
_JSON_FIELDS = tuple(field.name for field in fields(CircularDraft) if field.name not in ("text", "page", "annexes"))
#: Kinds that are printed below a signature have neither number nor addressees of their own.
_WARNED = (
    ("document_number", "未找到发文字号。"),
    ("issuing_authority", "未找到发文机关。"),
    ("title", "未找到标题。"),
    ("addressees", "未找到主送机关。"),
)


def read_document(data: bytes, filename: str) -> CircularDraft:
    """Read the circular in the bytes of a file, as `read_circular` does; what of the file was not read is a warning.

    Raises UnreadableDocument, naming the file, and Refused where the circular or an annex of it is classified.
    """
    source = read_source(data, filename)
    draft = read_circular(source.text)
    for each in (draft, *draft.annexes):
        need_unclassified(each, filename)
    return replace(draft, warnings=(*source.warnings, *draft.warnings))


def need_unclassified(draft: CircularDraft, filename: str) -> None:
    """Raise Refused for what is marked 秘密, 机密 or 绝密: it must not come near this system."""
    if draft.classification:
        name = draft.document_number or draft.title or filename
        message = f"“{name}”标有密级“{draft.classification}”，涉密文件不得录入本系统。"
        raise Refused(message)


def read_circular(text: str) -> CircularDraft:
    """Read the circular at the beginning of a text; circulars and plans that follow it are its annexes.

    What the text does not say is None, with a warning. Raises UnreadableDocument if there is no Chinese text at all.
    """
    if not _WRITING.search(text):
        raise UnreadableDocument("文件中没有可以识别的公文文字，请提供公文的正文。")
    page = clean(text)
    (first, *others), has_more = documents(page.text)
    cover = _basis(first, _reference(page, first))
    annexes = tuple(_draft(page, other, fallback=cover) for other in others)
    draft = _draft(page, first, fallback=Basis(), annexes=annexes)
    if has_more:
        draft = replace(
            draft, warnings=(*draft.warnings, f"文件中的文书太多，只读取了前面约{MOST_DOCUMENTS}件，请分开提供。")
        )
    return draft


def draft_as_json(draft: CircularDraft) -> dict[str, object]:
    """The draft as `duban read --json` prints it: days and hours as text; `text` is what all spans refer to."""
    return _as_json(draft) | {"text": draft.page}


def _as_json(draft: CircularDraft) -> dict[str, object]:
    shown: dict[str, object] = _plain({name: getattr(draft, name) for name in _JSON_FIELDS})
    return shown | {"annexes": [_as_json(annex) for annex in draft.annexes]}


def _plain(value: Any) -> Any:
    """Values as JSON knows them."""
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if is_dataclass(value) and not isinstance(value, type):
        return _plain(asdict(value))
    if isinstance(value, StrEnum):
        return str(value)
    if isinstance(value, time):
        return value.strftime("%H:%M")
    return value.isoformat() if isinstance(value, date) else value


def _kind_and_reference(page: Page, document: Document) -> tuple[DocumentKind, ForwardedReference | None]:
    head, body = document.head, page.text[document.head.body : document.body_end]
    return kind_and_reference(head.title, body, is_addressed=bool(head.addressees))


def _reference(page: Page, document: Document) -> ForwardedReference | None:
    return _kind_and_reference(page, document)[1]


def _basis(document: Document, reference: ForwardedReference | None) -> Basis:
    """The document's own time: its day, else the year of its number, of the number it forwards, or in its title."""
    signed = document.signature.dated_on if document.signature else None
    issued = document.imprint.issued_on if document.imprint else None
    forwarded = NUMBER.search(reference.document_number or "") if reference else None
    in_title = _YEAR_IN_TITLE.search(document.head.title or "")
    year = document.head.year or (numeral(forwarded["year"]) if forwarded else None)
    return Basis(day=signed or issued, stated_year=year or (int(in_title[1]) if in_title else None))


def _draft(
    page: Page, document: Document, *, fallback: Basis, annexes: tuple[CircularDraft, ...] = ()
) -> CircularDraft:
    text, head = page.text, document.head
    kind, reference = _kind_and_reference(page, document)
    basis = _basis(document, reference)
    if basis.year is None:  # a plan printed below its cover is of the cover's day
        basis = fallback
    owed, doubts = requirements(page, head.body, document.text_end(text), basis)
    named = {"发文字号": head.number or "", "标题": head.title or "", "主送机关": "，".join(head.addressees)}
    damaged, damaged_elsewhere = damage(text, document.start, head.body, document.end, named)
    draft = CircularDraft(
        kind=kind,
        text=page.original(document.start, document.end),
        span=page.span(document.start, document.end),
        page=text,
        document_number=head.number,
        issuing_authority=_issuers(document),
        title=head.title,
        urgency=head.urgency,
        classification=head.classification,
        addressees=head.addressees,
        cc_authorities=copies(text, head.body, document.end),
        dated_on=document.signature.dated_on if document.signature else None,
        issued_on=document.imprint.issued_on if document.imprint else None,
        scope=scope_of(text, document.body_end, document.end),
        forwards=reference,
        contacts=contacts(text, head.body, document.end),
        instructions=instructions(page, head.body, document.text_end(text)),
        requirements=tuple(owed),
        annexes=annexes,
        damaged=damaged,
    )
    draft = replace(draft, requirements=tuple(_with_whom(each, draft) for each in owed))
    return _warned(replace(draft, spans=evidence(text, document, draft)), [*doubts, *damaged_elsewhere])


def _with_whom(owed: RequirementDraft, draft: CircularDraft) -> RequirementDraft:
    """Where no sentence says so, the addressees owe it, and what is handed in goes to the issuing authority."""
    to = "、".join(draft.issuing_authority) if owed.duty is Duty.REPORT else ""
    taken = {"deliver_to": to, "responsible": "，".join(draft.addressees)}
    missing: dict[str, Any] = {name: value for name, value in taken.items() if value and not getattr(owed, name)}
    return replace(owed, **missing, assumed=tuple(missing))


def _issuers(document: Document) -> tuple[str, ...]:
    """The signature's wording before the head's, unless it is but a short form of the name in the title."""
    head = document.head
    signed = document.signature.issuers if document.signature else ()
    named = head.title_issuers or head.red_head
    if len(signed) == len(head.title_issuers) == 1 and len(head.title_issuers[0]) > len(signed[0]):
        return head.title_issuers
    return signed or head.red_head or named


def _warned(draft: CircularDraft, doubts: list[str]) -> CircularDraft:
    warnings = [sentence for name, sentence in _WARNED if not getattr(draft, name)]
    if draft.dated_on is None:
        warnings.append("未找到成文日期。")
    if draft.kind in (DocumentKind.FORWARDING_NOTICE, DocumentKind.ISSUING_NOTICE) and draft.forwards is None:
        warnings.append("未找到所转发或印发文件的标题。")
    nowhere = [owed for owed in draft.requirements if owed.duty is Duty.REPORT and owed.deliver_to is None]
    warnings += [f"未找到报送对象：“{owed.text[:30]}…”" for owed in nowhere]
    return replace(draft, warnings=(*warnings, *dict.fromkeys(doubts)))
