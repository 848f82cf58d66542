"""Firings for which nobody had an address: they wait, and are told as soon as somebody has one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select, update
from sqlmodel import Session, col

from models.installation import Installation
from models.notice import Firing, FiringRecipient, FiringState
from models.obligation import Obligation
from models.overtaken import is_over
from models.session import Transaction
from models.statements import BATCH, insert_new


def unreached(session: Session) -> list[Any]:
    """Return (office id, role) of the firings that wait for an address, each pair once: few, whatever their number."""
    statement = select(col(Firing.office_id), col(Firing.role)).where(col(Firing.state) == FiringState.UNREACHABLE)
    return list(session.execute(statement.distinct()))


def reach_again(work: Transaction, here: Installation, pairs: Iterable[Any]) -> int:
    """Open the firings of these offices and roles that now have an address; return how many.

    One whose obligation has ended or moved to another deadline meanwhile is withdrawn: nobody is told of it late.
    """
    reached = 0
    for office_id, role in pairs:
        recipient = here.view.roster.reach(here.view.code_of[office_id], role, work.now)
        people = [(each.address, each.officer, each.on_behalf_of) for each in recipient.contacts]
        while people and (firings := _locked(work.session, office_id, role)):
            over = [firing.id for firing, owed in firings if owed is not None and is_over(work.session, firing, owed)]
            still = [firing.id for firing, _ in firings if firing.id not in over]
            _become(work.session, over, FiringState.WITHDRAWN)
            _become(work.session, still, FiringState.OPEN)
            rows = [
                {"firing_id": number, "address": address, "name": name, "on_behalf_of": absent}
                for number in still
                for address, name, absent in people
            ]
            insert_new(work.session, FiringRecipient, rows, col(FiringRecipient.firing_id))
            payload = {"office": office_id, "role": role, "firings": still, "withdrawn": over}
            work.record("firing.reached", "firings", payload)
            reached += len(still)
    return reached


def _locked(session: Session, office_id: int, role: str) -> list[Any]:
    statement = (
        select(Firing, Obligation)
        .outerjoin(Obligation, col(Obligation.id) == col(Firing.obligation_id))
        .where(
            col(Firing.state) == FiringState.UNREACHABLE, col(Firing.office_id) == office_id, col(Firing.role) == role
        )
        .order_by(col(Firing.id))
        .limit(BATCH)
        .with_for_update(skip_locked=True, of=Firing)
        .execution_options(populate_existing=True)
    )
    return list(session.execute(statement))


def _become(session: Session, numbers: list[int], state: FiringState) -> None:
    session.execute(
        update(Firing)
        .where(col(Firing.id).in_(numbers))
        .values(state=state)
        .execution_options(synchronize_session=False)
    )
