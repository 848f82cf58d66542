"""Taking a whole circular out of force: withdrawn, or superseded by another that takes its place."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from prefect import task
from sqlalchemy import delete, func, select
from sqlmodel import col

from domain.errors import Refused
from domain.masking import without_contacts
from domain.planning import TAGS
from domain.statuses import Status
from domain.trail import Actor
from models.acting import withdraw_unsent
from models.circular import Circular, CircularState, NextPeriod, Requirement
from models.circulars import forwardings_of, need_circular, need_in_force
from models.installation import Installation, installation
from models.obligation import Obligation
from models.recalls import close_owed, lock_making, owe_forward_again, receipts_of, tell_reached, unsent_circulars
from models.restating import owe_apart
from models.session import Transaction, transaction
from models.statements import batches
from tasks.outcome import need_reason


@dataclass(frozen=True)
class Ended:
    """What taking a circular out of force did."""

    number: str
    state: str
    obligations: int
    withdrawn_notices: int
    told: int
    #: circulars that forward it: they stay in force
    forwarding_it: int
    message: str


@task(name="撤回公文")
def withdraw_circular(number: str, reason: str, *, actor: Actor, now: datetime) -> Ended:
    """Withdraw a circular, all its hops and all that is owed under it; each office it has reached is told once.

    No period follows. Who had fulfilled an upstream's forwarding by it owes that again. Raises Refused: no reason,
    unknown number, out of force already.
    """
    need_reason(reason, "撤回公文")
    with transaction(actor, now) as work:
        here, circular = installation(work.session), need_circular(work.session, number)
        why = "贵单位此前已收到该文，现告知撤回，请勿再按原要求办理。"
        done = _end(
            work, here, circular, CircularState.WITHDRAWN, "withdrawn", {"reason": reason}, why=why, reason=reason
        )  # fmt: skip
        hops = forwardings_of(work.session, circular.id or 0)
        for hop in hops:
            hop.recalled_at = now
        work.session.flush()
        for sender in sorted({hop.from_office_id for hop in hops if hop.from_office_id is not None}):
            owe_forward_again(work, here, sender, circular.upstream_id)
        return done


@task(name="替代公文")
def supersede_circular(old: str, new: str, reason: str, *, actor: Actor, now: datetime) -> Ended:
    """Let another circular take the place of one: what is open under the old is superseded, and each office told by
    which. What is asked anew comes with the forwarding of the new one.

    Raises Refused: no reason, unknown numbers, the same circular, one of the two out of force already.
    """
    need_reason(reason, "替代公文")
    with transaction(actor, now) as work:
        here = installation(work.session)
        circular, following = need_circular(work.session, old), need_circular(work.session, new)
        if circular.id == following.id:
            message = "一份公文不能由它自己替代，请写明新的文号。"
            raise Refused(message)
        need_in_force(work.session, following, "替代其他公文")
        named = f"{following.number or ''}《{following.title}》"
        why = f"贵单位此前已收到该文，现告知已由{named}替代。"
        return _end(
            work, here, circular, CircularState.SUPERSEDED, "superseded",
            {"reason": f"由{named}替代。{reason}", "by": following.number or following.title}, why=why, reason=reason,
            by=following.id,
        )  # fmt: skip


def _end(
    work: Transaction, here: Installation, circular: Circular, state: CircularState, kind: str, detail: dict[str, str],
    *, why: str, reason: str, by: int | None = None,
) -> Ended:  # fmt: skip
    """Take a circular out of force. The steps: wait for what is being made, withdraw what is unsent, end what is owed,
    let no period follow, tell those who have it."""
    lock_making(work.session, circular)
    need_in_force(work.session, circular, "再次撤回或替代")
    circular.state, circular.superseded_by_id = state, by
    receipts = _receipts(work, circular)
    numbers = [receipt.id or 0 for receipt in receipts.values()]
    before = unsent_circulars(work.session, numbers)
    for batch in batches(numbers):
        withdraw_unsent(work.session, batch, acts_too=True)
    after = unsent_circulars(work.session, numbers)
    final = Status.WITHDRAWN if state is CircularState.WITHDRAWN else Status.SUPERSEDED
    owed = close_owed(work, circular, None, final)
    owe_apart(work, here, owed)
    asked = select(col(Requirement.id)).where(col(Requirement.circular_id) == circular.id)
    work.session.execute(delete(NextPeriod).where(col(NextPeriod.requirement_id).in_(asked)))
    told = tell_reached(work, here, receipts, kind, detail, why=why, urgency_tag=TAGS[circular.urgency])
    payload = {"reason": without_contacts(reason), "by": by, "obligations": owed, "told": told}
    work.record(f"circular.{state.value}", f"circular:{circular.id}", payload)
    return _ended(work, circular, len(owed), before - after, told)


def _receipts(work: Transaction, circular: Circular) -> dict[int, Obligation]:
    """Return the receipts of those who have the circular still: a recall has told the others."""
    offices = {hop.to_office_id for hop in forwardings_of(work.session, circular.id or 0)}
    return receipts_of(work.session, circular, offices)


def _ended(work: Transaction, circular: Circular, owed: int, notices: int, told: int) -> Ended:
    forwarding_it = work.session.scalar(select(func.count()).where(col(Circular.upstream_id) == circular.id)) or 0
    name = circular.number or circular.title
    what = "撤回" if circular.state is CircularState.WITHDRAWN else "替代"
    line = f"“{name}”已{what}：终止未办结事项 {owed} 项，撤回待发通知 {notices} 件，告知已收到的单位 {told} 个。"
    if forwarding_it:
        line += f"转发它的公文有 {forwarding_it} 份，仍然有效，需要时请另行处理。"
    return Ended(name, circular.state.value, owed, notices, told, int(forwarding_it), line)
