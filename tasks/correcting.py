"""Replacing the text of a registered circular by a better scan: audited, and only where the requirements stay."""

from __future__ import annotations

import hashlib
from datetime import date, datetime, time
from typing import Any

from prefect import task
from sqlmodel import Session

from domain.documents import CircularDraft, RequirementDraft
from domain.errors import Refused
from domain.masking import without_contacts
from domain.reading.draft import read_circular
from domain.reading.formats import read_text
from domain.trail import Actor
from models.circular import Circular, Requirement
from models.circulars import need_circular, requirements_of, same_number, store_document, text_digest
from models.session import transaction


@task(name="更正公文")
def correct_circular(number: str, data: bytes, filename: str, reason: str, *, actor: Actor, now: datetime) -> str:
    """Replace a circular's original and text; return one Chinese sentence that says what was done.

    Raises Refused: no reason, the file holds no circular of this number, or its requirements differ from those
    registered (their obligations run already: recall and register anew).
    """
    if not reason.strip():
        message = "更正必须说明理由（--reason）。"
        raise Refused(message)
    cover = read_circular(read_text(data, filename))
    draft = next((each for each in (cover, *cover.annexes) if _is(each, number)), None)
    if draft is None:
        message = f"{filename} 中没有文号为“{number}”的公文。"
        raise Refused(message)
    with transaction(actor, now) as work:
        circular = need_circular(work.session, number)
        if circular.text_digest == text_digest(draft.text):
            return f"“{circular.number}”的文本与已登记的相同，没有变化。"
        _require_same(work.session, circular, draft)
        before = circular.text_digest
        circular.document_id = store_document(work, data, filename, hashlib.sha256(data).hexdigest())
        circular.text, circular.text_digest = draft.text, text_digest(draft.text)
        circular.title = draft.title or circular.title
        payload = {"reason": without_contacts(reason), "text_digest": circular.text_digest, "before": before, "title": circular.title}
        work.record("circular.corrected", f"circular:{circular.id}", payload)
        return f"已更正“{circular.number}”的原文；报送要求未变。"


def _is(draft: CircularDraft, number: str) -> bool:
    return draft.document_number is not None and same_number(draft.document_number) == same_number(number)


def _require_same(session: Session, circular: Circular, draft: CircularDraft) -> None:
    stored = [_key(row) for row in requirements_of(session, circular.id or 0)]
    if stored != [_key(each) for each in draft.requirements]:
        message = (
            f"更正后的报送要求与已登记的不同（原 {len(stored)} 项，现 {len(draft.requirements)} 项），"
            "事项已在办理；请先用 duban recall 撤回，再重新登记。"
        )
        raise Refused(message)


def _key(asked: Requirement | RequirementDraft) -> tuple[Any, ...]:
    due: tuple[date | None, time | None] = (asked.due_on, asked.due_time)
    return (asked.duty, asked.kind, *due, asked.rrule, asked.starts_on, asked.workdays, asked.days)
