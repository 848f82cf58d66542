"""Storing one hop: its forwardings, the obligations they make, and the next periods."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlmodel import col

from config.settings import settings
from domain.calendar import local_day
from domain.documents import RequirementKind
from domain.planning import Asked, ForwardingMode, Hop, Plan, Planner, issue_instant
from domain.statuses import Act, ObligationKind, Status
from models.acting import move
from models.circular import Circular, NextPeriod
from models.circulars import asked, requirements_of
from models.forwarding import Forwarding
from models.installation import Installation
from models.making import make_obligations, policy_id, set_next_period
from models.obligation import Obligation
from models.restating import unite
from models.session import Transaction
from models.statements import batches, insert_new

#: What passing a circular on again asks for again, whatever became of it before the recall.
_OWED_ANEW = (ObligationKind.RECEIPT, ObligationKind.FORWARD)


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
    """Insert the forwardings that do not exist yet, take up those recalled, and return them as a hop.

    The hop is empty where all existed already.
    """
    rows = [
        {
            "circular_id": circular.id, "from_office_id": here.view.optional_id(sender),
            "to_office_id": here.view.id_of[code], "sent_at": sent_at, "received_at": received_at, "mode": mode,
        }
        for code in addressees
    ]  # fmt: skip
    made = insert_new(work.session, Forwarding, rows, col(Forwarding.id), col(Forwarding.to_office_id))
    opened = {here.view.code_of[row.to_office_id]: row.id for row in made}
    opened |= _take_up(work, here, rows) if len(made) < len(rows) else {}
    wait = waiting_time(here, circular.urgency)
    return Hop(
        sender=sender,
        forwardings={code: opened[code] for code in addressees if code in opened},
        grade=circular.urgency,
        sent_at=sent_at,
        # What came to us from outside was sent by somebody else: no waiting time of ours lies between.
        issued_at=sent_at if received_at else issue_instant(sent_at, circular.urgency, wait, here.calendar),
        by_level=mode is ForwardingMode.BY_LEVEL,
        received_at=received_at,
    )


def waiting_time(here: Installation, grade: str) -> timedelta:
    """Return how long the notices of a forwarding wait: as the policy file says, unless a setting overrides it."""
    own = settings().wait_minutes
    return timedelta(minutes=here.policies.limit("wait_minutes", grade) if own is None else own)


def _take_up(work: Transaction, here: Installation, rows: Sequence[dict[str, Any]]) -> dict[str, int]:
    """Pass a recalled circular on again: one row per circular and office, so its row starts anew."""
    wanted = {row["to_office_id"]: row for row in rows}
    statement = select(Forwarding).where(
        col(Forwarding.circular_id) == rows[0]["circular_id"],
        col(Forwarding.to_office_id).in_(wanted),
        col(Forwarding.recalled_at).is_not(None),
    )
    taken_up = {}
    for row in work.session.scalars(statement.with_for_update()):
        values = wanted[row.to_office_id]
        row.from_office_id, row.sent_at, row.mode = values["from_office_id"], values["sent_at"], values["mode"]
        row.received_at, row.recalled_at = values["received_at"], None
        taken_up[here.view.code_of[row.to_office_id]] = row.id or 0
    work.session.flush()
    return taken_up


def store_hop(work: Transaction, here: Installation, circular: Circular, hop: Hop) -> dict[int, Plan]:
    """Make all obligations of a hop, and note the next period of its recurring requirements."""
    # Where a text gives no beginning, its periods count from one day for all hops: that of registration.
    begins = local_day(circular.registered_at)
    requirements = [
        replace(each, starts_on=each.starts_on or begins)
        for each in (asked(row, here.view) for row in requirements_of(work.session, circular.id or 0))
    ]
    plans = _in_turn(work, here, circular, hop, here.planner.hop(hop, requirements, work.now))
    made = make_obligations(
        work, plans, here.view,
        policy=policy_id(work.session, here.policies, work.now), calendar=here.calendar,
        circular_id=circular.id,
    )  # fmt: skip
    unite(work, here, [requirement.id for requirement in requirements])
    for requirement in requirements:
        if requirement.kind is RequirementKind.RECURRING:
            _note_next_period(work, here.planner, requirement, hop)
    return made


def _in_turn(work: Transaction, here: Installation, circular: Circular, hop: Hop, plans: Sequence[Plan]) -> list[Plan]:
    """Give what was withdrawn a new turn (`requirement:7/2`): nothing ever leaves a final status.

    What an office had handed in and got accepted before the recall stays done; receipt and forwarding are owed anew.
    """
    known: dict[tuple[str, int, str, str], list[Status]] = {}
    # not only those it goes to: a superior may owe what is compiled of it
    for batch in batches(sorted({here.view.id_of[code] for code in (*hop.forwardings, *(p.office for p in plans))})):
        statement = select(
            col(Obligation.kind), col(Obligation.office_id), col(Obligation.origin), col(Obligation.period),
            col(Obligation.status),
        ).where(col(Obligation.circular_id) == circular.id, col(Obligation.office_id).in_(batch))  # fmt: skip
        for kind, office, origin, period, status in work.session.execute(statement.order_by(col(Obligation.id))):
            known.setdefault((kind, office, origin.partition("/")[0], period), []).append(status)
    turns = []
    for plan in plans:
        before = known.get((plan.kind, here.view.id_of[plan.office], plan.origin, plan.period))
        if before is None:
            turns.append(plan)
        elif before[-1] is Status.WITHDRAWN or plan.kind in _OWED_ANEW:
            turns.append(plan._replace(origin=f"{plan.origin}/{len(before) + 1}"))
    return turns


def _note_next_period(work: Transaction, planner: Planner, requirement: Asked, hop: Hop) -> None:
    known = work.session.scalar(select(col(NextPeriod.due_on)).where(col(NextPeriod.requirement_id) == requirement.id))
    first = planner.first_period(requirement, hop, work.now)
    if known is None and first is not None:
        following = planner.after_period(requirement, hop.grade, hop.sent_at, first)
        set_next_period(work.session, following, requirement.id)


def fulfil_forwards(
    work: Transaction, here: Installation, circulars: Sequence[int | None], sender_id: int | None
) -> None:
    """Fulfil what an office owed of passing these circulars on."""
    statement = select(Obligation).where(
        col(Obligation.kind) == ObligationKind.FORWARD,
        col(Obligation.office_id) == sender_id,
        col(Obligation.circular_id).in_([number for number in circulars if number is not None]),
        col(Obligation.status) == Status.PENDING,
    )
    for owed in work.session.scalars(statement).all():
        move(work, owed, Act.FORWARD)
        payload = {"kind": owed.kind, "office": here.view.code_of[owed.office_id]}
        work.record("obligation.fulfilled", f"obligation:{owed.id}", payload)
