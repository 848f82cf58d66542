"""The circular that another one forwards: found by number or title, also where it is registered later."""

from __future__ import annotations

from sqlalchemy import select
from sqlmodel import Session, col

from domain.documents import CircularDraft, ForwardedReference
from domain.references import is_meant
from models.circular import Circular
from models.circulars import circular_numbered, forwardings_of
from models.hops import fulfil_forwards
from models.installation import Installation
from models.session import Transaction


def upstream_of(session: Session, draft: CircularDraft) -> Circular | None:
    """Return the registered circular that a draft forwards; None where there is none, or where two bear its title."""
    named = draft.forwards
    if named is None:
        return None
    numbered = circular_numbered(session, named.document_number) if named.document_number else None
    if numbered is not None or named.title is None:
        return numbered
    rows = session.execute(select(col(Circular.id), col(Circular.number), col(Circular.title)))
    found = [row.id for row in rows if is_meant(named, row.number, row.title)]
    return session.get(Circular, found[0]) if len(found) == 1 else None


def link_those_that_forward_it(work: Transaction, here: Installation, upstream: Circular) -> None:
    """Link circulars that were registered before what they forward; one passed on already fulfils our forwarding."""
    for row in work.session.scalars(select(Circular).where(col(Circular.upstream_id).is_(None))).all():
        named = row.forwards or {}
        reference = ForwardedReference(document_number=named.get("document_number"), title=named.get("title"))
        if row.id == upstream.id or not is_meant(reference, upstream.number, upstream.title):
            continue
        row.upstream_id = upstream.id
        work.session.flush()
        work.record("circular.linked", f"circular:{row.id}", {"upstream": upstream.number or upstream.title})
        for sender in {hop.from_office_id for hop in forwardings_of(work.session, row.id or 0)}:
            fulfil_forwards(work, here, [upstream.id], sender)
