"""Finding the one obligation a person means."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, or_, select
from sqlmodel import Session, col

from domain.errors import Refused
from domain.offices import Office
from domain.statuses import ObligationKind, Status
from models.circular import Circular, Requirement
from models.circulars import need_circular
from models.installation import Installation
from models.obligation import Obligation, ObligationSource

REVIEWED = (ObligationKind.REPORT, ObligationKind.COMPLETE)


def need_office(here: Installation, name: str) -> Office:
    """Return the office with this code, name or alias; raises Refused where there is none, or several."""
    roster = here.view.roster
    office = roster.get(name.strip())
    if office is not None:
        return office
    found = roster.named(name)
    if len(found) == 1:
        return found[0]
    if found:
        message = (
            f"“{name}”对应 {len(found)} 个单位（{'、'.join(each.code for each in found[:5])}），请用单位代码指明。"
        )
    else:
        message = f"名册中没有“{name}”；请用单位代码、全称或别名，可用 duban roster list 查看。"
    raise Refused(message)


def need_obligation(session: Session, number: int) -> Obligation:
    """Return the obligation with this id; raises Refused where there is none."""
    found = session.get(Obligation, number)
    if found is None:
        message = f"没有编号为 {number} 的事项；可用 duban status 文号 --office 单位 查看编号。"
        raise Refused(message)
    return found


def need_receipt(session: Session, circular: Circular, office: Office, here: Installation) -> Obligation:
    """Return an office's last receipt of a circular; raises Refused where it was not forwarded to it."""
    statement = select(Obligation).where(
        col(Obligation.circular_id) == circular.id,
        col(Obligation.kind) == ObligationKind.RECEIPT,
        col(Obligation.office_id) == here.view.id_of[office.code],
    )
    found = session.scalars(statement.order_by(col(Obligation.id).desc())).first()
    if found is None:
        message = f"公文“{circular.number}”没有发给{office.name}，无从签收。"
        raise Refused(message)
    return found


def need_owed(
    session: Session, here: Installation, number: str, office: Office, *, ordinal: int | None, period: str | None
) -> Obligation:
    """Return the report or completion an office owes under a circular.

    Without `ordinal` and `period` it is the one that is open and due first, else the one dated last. Raises Refused
    where nothing fits.
    """
    circular = need_circular(session, number)
    wanted = select(col(Requirement.id)).where(col(Requirement.circular_id) == circular.id)
    statement = select(Obligation).where(
        or_(col(Obligation.circular_id) == circular.id, col(Obligation.id).in_(_fulfilling(wanted))),
        col(Obligation.kind).in_(REVIEWED),
        col(Obligation.office_id) == here.view.id_of[office.code],
    )
    if ordinal is not None:
        wanted = wanted.where(col(Requirement.ordinal) == ordinal)
        statement = statement.where(
            or_(col(Obligation.requirement_id).in_(wanted), col(Obligation.id).in_(_fulfilling(wanted)))
        )
    if period is not None:
        # what fulfils two requirements bears the day of one of them: their months agree
        near = col(Obligation.id).in_(_fulfilling(wanted)) & col(Obligation.period).startswith(f"{period[:7]}-")
        statement = statement.where(
            or_(col(Obligation.period) == period, col(Obligation.period).startswith(f"{period}-"), near)
        )
    found = session.scalars(statement).all()
    if not found:
        asked = f"（第 {ordinal} 项要求）" if ordinal else ""
        asked += f"（期次 {period}）" if period else ""
        message = f"{office.name}在公文“{circular.number}”下没有这样的报送事项{asked}。"
        raise Refused(message)
    return _first(found)


def _fulfilling(requirements: Select[Any]) -> Select[Any]:
    """Return what fulfils these requirements beside its own: they restate it, or it restates them (Chain 1)."""
    return select(col(ObligationSource.obligation_id)).where(col(ObligationSource.requirement_id).in_(requirements))


def _first(found: Sequence[Obligation]) -> Obligation:
    def key(each: Obligation) -> tuple[bool, bool, bool, float, int]:
        open_one = each.status in (Status.PENDING, Status.RETURNED)
        due = each.due_at.timestamp() if each.due_at else 0.0
        replaced = each.status is Status.SUPERSEDED
        return (not open_one, replaced, each.due_at is None, due if open_one else -due, each.id or 0)

    return min(found, key=key)
