"""Storing one hop: its forwardings, the obligations they make, and the next periods."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlmodel import col

from config.settings import settings
from domain.documents import RequirementKind
from domain.planning import Asked, ForwardingMode, Hop, Plan, Planner, issue_instant
from models.circular import Circular, NextPeriod
from models.circulars import asked, requirements_of
from models.forwarding import Forwarding
from models.installation import Installation
from models.making import make_obligations, policy_id, set_next_period
from models.session import Transaction
from models.statements import insert_new


def open_hop(
    work: Transaction,
    here: Installation,
    circular: Circular,
    *,
    sender: str | None,
    addressees: Sequence[str],
    sent_at: datetime,
    mode: ForwardingMode = ForwardingMode.DIRECT,
    received_at: datetime | None = None,
) -> Hop:
    """Insert the forwardings that do not exist yet and return them as a hop (empty where all existed)."""
    rows = [
        {
            "circular_id": circular.id, "from_office_id": here.view.optional_id(sender),
            "to_office_id": here.view.id_of[code], "sent_at": sent_at, "received_at": received_at, "mode": mode,
        }
        for code in addressees
    ]  # fmt: skip
    made = insert_new(work.session, Forwarding, rows, col(Forwarding.id), col(Forwarding.to_office_id))
    wait = timedelta(minutes=settings().wait_minutes)
    return Hop(
        sender=sender,
        forwardings={here.view.code_of[row.to_office_id]: row.id for row in made},
        grade=circular.urgency,
        sent_at=sent_at,
        issued_at=issue_instant(sent_at, circular.urgency, wait, here.calendar),
        by_level=mode is ForwardingMode.BY_LEVEL,
        received_at=received_at,
    )


def store_hop(work: Transaction, here: Installation, circular: Circular, hop: Hop) -> list[tuple[int, Plan]]:
    """Make all obligations of a hop, and note the next period of its recurring requirements."""
    requirements = [asked(row, here.view) for row in requirements_of(work.session, circular.id or 0)]
    made = make_obligations(
        work, here.planner.hop(hop, requirements, work.now), here.view,
        policy=policy_id(work.session, here.policies, work.now), calendar_digest=here.calendar.digest,
        circular_id=circular.id,
    )  # fmt: skip
    for requirement in requirements:
        if requirement.kind is RequirementKind.RECURRING:
            _note_next_period(work, here.planner, requirement, hop)
    return made


def _note_next_period(work: Transaction, planner: Planner, requirement: Asked, hop: Hop) -> None:
    known = work.session.scalar(select(col(NextPeriod.due_on)).where(col(NextPeriod.requirement_id) == requirement.id))
    first = planner.first_period(requirement, hop, work.now)
    if known is None and first is not None:
        following = planner.after_period(requirement, hop.grade, hop.sent_at, first)
        set_next_period(work.session, following, requirement.id)
