"""Mail in a play: everything that may leave is assembled as always, counted as accepted, and written nowhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select, update
from sqlmodel import Session, col

from domain.trail import SYSTEM
from models import outbox
from models.audit import RunLog
from models.installation import Installation, installation
from models.notice import Delivery, DeliveryState, Firing, FiringRecipient, FiringState, Notice
from models.session import Transaction, transaction
from models.statements import among
from tasks.delivering import DELIVERY, kind_merges, notice_message_id

#: Deliveries in one transaction: bounded memory for whatever waits after an outage.
_BATCH = 2000
_WORKER = "simulation"


def count_mails(*, now: datetime) -> int:
    """Let everything leave that may at `now` (aware) and return how many messages that were.

    Who gets what in one message, and when, is decided where it always is; only rendering and the conversation with a
    server are left out. A message whose items have all ended is withdrawn, as before rendering.
    """
    done = Counter[str]()
    while _count_batch(now, done):
        pass
    with transaction(SYSTEM, now) as work:
        work.session.add(RunLog(name=DELIVERY, as_of=now, ended_at=datetime.now(UTC), counts=dict(done)))
    return done["accepted"]


def _count_batch(now: datetime, done: Counter[str]) -> bool:
    with transaction(SYSTEM, now) as work:
        here = installation(work.session)
        working = here.calendar.is_working_time(now)
        outbox.assemble(
            work.session, now, working=working, merges=kind_merges, message_id=notice_message_id
        )  # fmt: skip
        numbers = outbox.claim(
            work.session, now, worker=_WORKER, lease_until=now, limit=_BATCH, working=working, untried_since=now
        )  # fmt: skip
        empty = _empty(work.session, numbers)
        outbox.withdraw_empty(work.session, sorted(empty), now)
        _accept(work, here, [number for number in numbers if number not in empty])
        done["accepted"] += len(numbers) - len(empty)
        done["withdrawn"] += len(empty)
    return len(numbers) == _BATCH


def _empty(session: Session, deliveries: Sequence[int]) -> set[int]:
    """Return the deliveries that have nothing left to tell."""
    statement = (
        select(col(Delivery.id))
        .join(FiringRecipient, col(FiringRecipient.notice_id) == col(Delivery.notice_id))
        .join(Firing, col(Firing.id) == col(FiringRecipient.firing_id))
        .where(among(Delivery.id, deliveries), col(Firing.state) == FiringState.OPEN)
    )
    telling = set(session.scalars(statement))
    return {number for number in deliveries if number not in telling}


def _accept(work: Transaction, here: Installation, deliveries: Sequence[int]) -> None:
    """Record the deliveries as accepted at the first attempt, with the entries that a real delivery leaves."""
    statement = (
        select(
            col(Delivery.id), col(Delivery.notice_id), col(Delivery.message_id), col(Delivery.attempts),
            col(Notice.kind), col(Notice.office_id),
        )
        .join(Notice, col(Notice.id) == col(Delivery.notice_id))
        .where(among(Delivery.id, deliveries))
        .order_by(col(Delivery.id))
    )  # fmt: skip
    for row in work.session.execute(statement).all():
        payload: dict[str, Any] = {
            "notice": row.notice_id, "kind": row.kind, "office": here.view.code_of[row.office_id],
            "attempts": row.attempts + 1, "code": 250, "message_id": row.message_id, "digest": "",
        }  # fmt: skip
        work.record("delivery.accepted", f"delivery:{row.id}", payload)
    work.session.execute(
        update(Delivery)
        .where(among(Delivery.id, deliveries))
        .values(
            state=DeliveryState.ACCEPTED, attempts=Delivery.attempts + 1, claimed_by="", lease_until=None,
            code=250, marked_at=work.now, ended_at=work.now,
        )
        .execution_options(synchronize_session=False)
    )  # fmt: skip
