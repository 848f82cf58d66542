"""Replacing the text of a registered circular by a better scan: audited, and nothing that is owed changes by it."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from prefect import task
from sqlalchemy import select
from sqlmodel import Session, col

from domain.chain import resolve_addressees
from domain.corrections import keep_corrections
from domain.documents import CircularDraft, RequirementDraft, Urgency
from domain.draft_fields import paths
from domain.enclosures import to_register
from domain.errors import Refused
from domain.masking import without_contacts
from domain.reading.draft import read_document
from domain.references import same_number
from domain.reviewing import issuer_code
from domain.trail import Actor
from models.circular import Circular, Document, Instruction, Requirement
from models.circulars import holiday_rule, need_circular, requirements_of, store_document, text_digest
from models.drafts import remove_contents, store_instructions, store_outside, store_requirements
from models.forwarding import Forwarding
from models.installation import Installation, installation
from models.reviews import circulars_of, known_draft
from models.session import Transaction, transaction


@task(name="更正公文")
def correct_circular(number: str, data: bytes, filename: str, reason: str, *, actor: Actor, now: datetime) -> str:
    """Replace a circular's original and text; return one Chinese sentence that says what was done.

    What nobody has received yet is read anew as a whole, but for what a person corrected before it was registered.
    Where obligations run, whom it addresses, how urgent it is and what it requires must stay. Raises Refused: no
    reason, no circular of this number in the file, a classified
    one, or one that changes what is owed (recall it, and register what replaces it under its own number).
    """
    if not reason.strip():
        message = "更正必须说明理由（--reason）。"
        raise Refused(message)
    cover = read_document(data, filename)
    with transaction(actor, now) as work:
        circular = need_circular(work.session, number)
        draft = _found(work.session, cover, circular, number, filename)
        if circular.text_digest == text_digest(draft.text):
            return f"“{circular.number}”的文本与已登记的相同，没有变化。"
        before = circular.text_digest
        if _is_passed_on(work.session, circular):
            _require_same(work.session, circular, draft)
            _improve(work.session, circular, draft)
            done = "报送要求未变"
        else:
            _read_anew(work, installation(work.session), circular, draft)
            done = f"尚未转发，已重新读出任务和 {len(draft.requirements)} 项报送要求"
        circular.document_id = store_document(work, data, filename, hashlib.sha256(data).hexdigest())
        circular.text, circular.text_digest = draft.text, text_digest(draft.text)
        circular.title = draft.title or circular.title
        payload: dict[str, Any] = {"text_digest": circular.text_digest, "before": before, "title": circular.title}
        payload |= {"reason": without_contacts(reason), "requirements": len(draft.requirements)}
        work.record("circular.corrected", f"circular:{circular.id}", payload)
        return f"已更正“{circular.number}”的原文；{done}。"


def _found(
    session: Session, cover: CircularDraft, circular: Circular, number: str, filename: str
) -> CircularDraft:  # fmt: skip
    """Return the circular in the new file, with what a person corrected in the first reading. Raises Refused."""
    reviewed = _reviewed(session, circular)
    printed = reviewed[0].document_number if reviewed else None
    for draft in (*to_register(cover, number), *(to_register(cover, printed) if printed else ())):
        return keep_corrections(*reviewed, draft) if reviewed else draft
    message = f"{filename} 中没有文号为“{number}”的公文。"
    raise Refused(message)


def _reviewed(session: Session, circular: Circular) -> tuple[CircularDraft, CircularDraft] | None:
    """Return what was read of a circular and what a person accepted; None where nobody corrected anything."""
    review = known_draft(session, circular.draft_id) if circular.draft_id is not None else None
    if review is None or not review.corrections:
        return None
    document = session.get_one(Document, review.document_id)
    read = to_register(read_document(document.content, review.filename), review.only or None)
    accepted = circulars_of(review)
    if len(read) != len(accepted):
        message = f"“{circular.number or circular.title}”登记前由人更正过，而原件现在的读法不同，无从对照，没有替换。"
        raise Refused(message)
    both = list(zip(read, accepted, strict=True))
    return next((pair for pair in both if _is_it(pair[1], circular)), both[-1])


def _is_it(draft: CircularDraft, circular: Circular) -> bool:
    if draft.document_number is None or circular.number is None:
        return draft.document_number == circular.number and draft.title == circular.title
    return same_number(draft.document_number) == circular.number


def _is_passed_on(session: Session, circular: Circular) -> bool:
    statement = select(col(Forwarding.id)).where(col(Forwarding.circular_id) == circular.id)
    return session.execute(statement.limit(1)).first() is not None


def _require_same(session: Session, circular: Circular, draft: CircularDraft) -> None:
    stored = requirements_of(session, circular.id or 0)
    differs = [
        words
        for words, same in (
            ("主送机关", list(draft.addressees) == circular.addressees),
            ("紧急程度", (draft.urgency or Urgency.ROUTINE) == circular.urgency),
            (
                f"报送要求（原 {len(stored)} 项，现 {len(draft.requirements)} 项）",
                [(*_key(row), holiday_rule(row)) for row in stored]
                == [(*_key(each.as_stated()), each.holiday_rule) for each in draft.requirements],
            ),
        )
        if not same
    ]
    if differs:
        message = (
            f"更正后的{'、'.join(differs)}与已登记的不同，而“{circular.number}”已经发出、事项已在办理；"
            "请先用 duban recall 撤回，再以新的文号登记更正后的公文。"
        )
        raise Refused(message)


def _key(asked: Requirement | RequirementDraft) -> tuple[Any, ...]:
    return (
        asked.duty, asked.kind, asked.due_on, asked.due_time, asked.rrule, asked.starts_on, asked.workdays, asked.days,
        asked.deliver_to, asked.responsible,
    )  # fmt: skip


def _improve(session: Session, circular: Circular, draft: CircularDraft) -> None:
    """Let the better scan's wording stand in what is owed already: same requirements, same paragraphs."""
    _describe(circular, draft)
    for row, each in zip(requirements_of(session, circular.id or 0), draft.requirements, strict=True):
        row.text = each.text
    stored = session.scalars(select(Instruction).where(col(Instruction.circular_id) == circular.id))
    by_number = {row.number: row for row in stored}
    for path, paragraph in paths(draft.instructions):
        if path in by_number:
            by_number[path].heading, by_number[path].text = paragraph.heading, paragraph.text


def _read_anew(work: Transaction, here: Installation, circular: Circular, draft: CircularDraft) -> None:
    issuer, number = issuer_code(draft, here.view.roster), circular.id or 0
    remove_contents(work.session, number)
    _describe(circular, draft)
    circular.kind, circular.urgency = draft.kind, draft.urgency or Urgency.ROUTINE
    circular.issuing_authority, circular.issuer_id = list(draft.issuing_authority), here.view.optional_id(issuer)
    circular.addressees = list(draft.addressees)
    paragraphs = store_instructions(work.session, number, draft.instructions)
    store_requirements(work.session, number, draft, here, issuer, paragraphs)
    store_outside(work, number, resolve_addressees(draft.addressees, here.view.roster, issuer or ""))


def _describe(circular: Circular, draft: CircularDraft) -> None:
    circular.cc_authorities, circular.scope = list(draft.cc_authorities), draft.scope
    circular.dated_on, circular.issued_on = draft.dated_on, draft.issued_on
    circular.contacts = [{"name": line.name, "phone": line.phone, "email": line.email} for line in draft.contacts]
