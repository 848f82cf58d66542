"""Looking into the database of a test: what is owed, what fired, what the trail holds."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlmodel import SQLModel, col

from domain.statuses import ObligationKind
from models.audit import AuditEntry
from models.circular import Circular
from models.notice import Delivery, Firing, FiringState
from models.obligation import Obligation, Wake
from models.office import Office
from models.session import reading


def rows(table: type[SQLModel], *conditions: Any) -> Sequence[Any]:
    """Return the rows of a table in the order of their ids."""
    with reading() as session:
        found = session.scalars(select(table).where(*conditions)).all()
    return sorted(found, key=lambda row: getattr(row, "id", 0) or 0)


def owed(
    kind: ObligationKind | str, office: str | None = None, number: str | None = None, period: str | None = None
) -> list[Obligation]:
    """Return obligations of a kind in the order in which they were made."""
    statement = (
        select(Obligation)
        .join(Office, col(Office.id) == col(Obligation.office_id))
        .outerjoin(Circular, col(Circular.id) == col(Obligation.circular_id))
        .where(col(Obligation.kind) == ObligationKind(kind))
        .order_by(col(Obligation.id))
    )
    if office is not None:
        statement = statement.where(col(Office.code) == office)
    if number is not None:
        statement = statement.where(col(Circular.number) == number)
    if period is not None:
        statement = statement.where(col(Obligation.period) == period)
    with reading() as session:
        return list(session.scalars(statement))


def the_one(
    kind: ObligationKind | str, office: str, number: str | None = None, period: str | None = None
) -> Obligation:
    """Return the only such obligation."""
    (found,) = owed(kind, office, number, period)
    return found


def again(obligation: Obligation) -> Obligation:
    """Return an obligation as it is now."""
    with reading() as session:
        return session.get_one(Obligation, obligation.id)


def firings(obligation: Obligation | None = None, *, rung: str = "", state: FiringState | None = None) -> list[Firing]:
    """Return firings, of one obligation, rung or state where asked."""
    conditions: list[Any] = []
    if obligation is not None:
        conditions.append(col(Firing.obligation_id) == obligation.id)
    if rung:
        conditions.append(col(Firing.rung) == rung)
    if state is not None:
        conditions.append(col(Firing.state) == state)
    return list(rows(Firing, *conditions))


def wake_of(obligation: Obligation) -> Wake | None:
    """Return when the sweep looks at an obligation again."""
    with reading() as session:
        return session.get(Wake, obligation.id)


def deliveries() -> Sequence[Delivery]:
    """Return all deliveries."""
    return rows(Delivery)


def entries(act: str = "") -> list[tuple[str, dict[str, Any]]]:
    """Return subject and payload of the trail's entries, of one act where asked."""
    statement = select(AuditEntry).order_by(col(AuditEntry.seq))
    if act:
        statement = statement.where(col(AuditEntry.act) == act)
    with reading() as session:
        return [(row.subject, json.loads(row.payload)) for row in session.scalars(statement)]


def code_of(office_id: int) -> str:
    """Return the code of an office's id."""
    with reading() as session:
        return session.get_one(Office, office_id).code
