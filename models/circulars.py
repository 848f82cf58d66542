"""Named queries over circulars, their requirements and forwardings."""

from __future__ import annotations

import hashlib
import mimetypes
from collections.abc import Sequence

from sqlalchemy import select
from sqlmodel import Session, col

from domain.deadlines import HolidayRule
from domain.errors import Refused
from domain.planning import Asked
from domain.references import is_same_title, same_number
from models.circular import Circular, CircularState, Document, Requirement
from models.forwarding import Forwarding
from models.roster import RosterView
from models.session import Transaction
from models.statements import insert_new


def circular_numbered(session: Session, number: str) -> Circular | None:
    """Return the circular with this document number, however its brackets are typed."""
    return session.scalars(select(Circular).where(col(Circular.number) == same_number(number))).first()


def need_circular(session: Session, number: str) -> Circular:
    """Return the circular with this number, or of this title where it has none; raises Refused with a sentence."""
    found = circular_numbered(session, number) or _entitled(session, number)
    if found is None:
        known = session.scalars(select(col(Circular.number)).order_by(col(Circular.id).desc()).limit(3)).all()
        hint = (
            f"最近登记的有：{'、'.join(str(each) for each in known)}。"
            if known
            else "库中还没有公文，请先用 duban register 登记。"
        )
        message = f"没有登记过文号为“{number}”的公文。{hint}"
        raise Refused(message)
    return found


def need_in_force(session: Session, circular: Circular, act: str) -> None:
    """Refuse an act on a circular that was withdrawn or superseded, with the one that takes its place."""
    if circular.state is CircularState.ACTIVE:
        return
    name = circular.number or circular.title
    message = f"公文“{name}”已撤回，不能{act}。"
    if circular.state is CircularState.SUPERSEDED:
        new = session.get(Circular, circular.superseded_by_id)
        message = f"公文“{name}”已由“{(new.number or new.title) if new else '其他公文'}”替代，不能{act}。"
    raise Refused(message)


def _entitled(session: Session, title: str) -> Circular | None:
    """Return the one source without a number that bears this title (批示件、会议纪要、提案)."""
    statement = select(Circular).where(col(Circular.number).is_(None))
    found = [row for row in session.scalars(statement) if is_same_title(row.title, title)]
    if len(found) > 1:
        message = f"有 {len(found)} 份没有文号的来文题为“{title}”，无从区分。"
        raise Refused(message)
    return found[0] if found else None


def requirements_of(session: Session, circular_id: int) -> Sequence[Requirement]:
    """Return the requirements of a circular in their order."""
    statement = select(Requirement).where(col(Requirement.circular_id) == circular_id)
    return session.scalars(statement.order_by(col(Requirement.ordinal))).all()


def asked(requirement: Requirement, view: RosterView) -> Asked:
    """Return a stored requirement as the value that planning works on."""
    return Asked(
        id=requirement.id or 0,
        duty=requirement.duty,
        kind=requirement.kind,
        due_on=requirement.due_on,
        due_time=requirement.due_time,
        rrule=requirement.rrule,
        starts_on=requirement.starts_on,
        workdays=requirement.workdays,
        days=requirement.days,
        holiday_rule=holiday_rule(requirement),
        deliver_to=view.code_of[requirement.deliver_to_id] if requirement.deliver_to_id else None,
        responsible=requirement.responsible,
    )


def holiday_rule(requirement: Requirement) -> HolidayRule | None:
    """Return how its circular defers a due day on a rest day; None: it stays."""
    if requirement.defer_workdays is None:
        return None
    return HolidayRule(requirement.defer_workdays, requirement.defer_time)


def forwardings_of(session: Session, circular_id: int) -> Sequence[Forwarding]:
    """Return all passings-on of a circular that were not recalled."""
    statement = select(Forwarding).where(
        col(Forwarding.circular_id) == circular_id, col(Forwarding.recalled_at).is_(None)
    )
    return session.scalars(statement.order_by(col(Forwarding.id))).all()


def store_document(work: Transaction, data: bytes, filename: str, digest: str) -> int:
    """Keep the original bytes once, by their SHA-256; return their id."""
    row = {
        "sha256": digest, "filename": filename, "content": data, "stored_at": work.now,
        "media_type": mimetypes.guess_type(filename)[0] or "text/plain",
    }  # fmt: skip
    if insert_new(work.session, Document, [row], col(Document.id)):
        work.record("document.stored", f"document:{digest}", {"filename": filename, "bytes": len(data)})
    return int(work.session.scalars(select(col(Document.id)).where(col(Document.sha256) == digest)).one() or 0)


def text_digest(text: str) -> str:
    """Return the SHA-256 of a text without its white space: a re-flowed copy is the same text."""
    return hashlib.sha256("".join(text.split()).encode()).hexdigest()
