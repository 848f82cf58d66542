"""What every act on obligations does to them, in its own transaction: move, quieten, tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import case, delete, exists, or_, select, update
from sqlmodel import Session, col

from domain.errors import Refused
from domain.offices import Contact, Recipient
from domain.planning import TAGS, is_urgent
from domain.statuses import Act, Effect, Hold, LadderEffect, State, Status, Unsent, transition
from models.bulk import insert_many, insert_numbered
from models.notice import Delivery, DeliveryState, Firing, FiringRecipient, FiringState
from models.obligation import Obligation, Wake
from models.roster import RosterView
from models.session import Transaction
from models.settling import end_holds, lapse_petitions
from models.statements import among, batches, changed

FINAL = [status for status in Status if status.is_final]
#: A reminder by hand: an act's message that goes when the ladder's do, for it asks for what is owed.
REMINDER_RUNG = "act:reminder"


class SomebodyWasFaster(Refused):
    """Another act on the same obligation committed first; the message is one Chinese sentence."""

    def __init__(self) -> None:
        super().__init__("该事项刚刚已被他人处理，本次操作没有生效，请刷新后再看。")


def move(work: Transaction, obligation: Obligation, act: Act, **values: Any) -> Effect:
    """Do `act` on one obligation, as the table of acts has it: change its state and `values`, quieten its ladder.

    Where the ladder goes on or starts over, the caller sets it going: `set_due`, `go_on` (models/adjusting.py).
    Raises IllegalTransition where the act is not allowed, SomebodyWasFaster where another act won the race.
    """
    before = state_of(obligation)
    effect = transition(obligation.kind, before, act)
    values |= {"status": effect.after.status, "hold": effect.after.hold.value, "version": obligation.version + 1}
    if effect.after.status.is_final:
        values["ended_at"] = work.now
    statement = (
        update(Obligation)
        .where(col(Obligation.id) == obligation.id, col(Obligation.version) == obligation.version)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    if changed(work.session, statement) != 1:
        raise SomebodyWasFaster
    work.session.refresh(obligation)
    if effect.ladder in (LadderEffect.ENDS, LadderEffect.RESTS):
        rest(work.session, [obligation.id or 0], acts_too=effect.unsent is Unsent.ALL)
    settle(work, {obligation.id or 0: before}, effect.after)
    return effect


def settle(work: Transaction, before: Mapping[int, State], after: State) -> None:
    """Let end what rests on the states that obligations leave: their holds, and what was asked about them."""
    held = [number for number, state in before.items() if state.hold]
    if held and not after.hold:
        end_holds(work.session, held, work.now)
    if not after.status.runs:
        lapse(work, list(before))


def lapse(work: Transaction, numbers: Sequence[int]) -> None:
    """Let what was asked about these obligations lapse, and withdraw the decisions that were owed about it."""
    decisions = lapse_petitions(work.session, numbers, work.now)
    end(work, decisions, Status.WITHDRAWN)
    for number in decisions:
        work.record("petition.lapsed", f"obligation:{number}", {"status": Status.WITHDRAWN})


def end(work: Transaction, numbers: Sequence[int], status: Status) -> None:
    """Move these obligations to a final status, each that is open still, and let their ladders and messages rest."""
    for batch in batches(numbers):
        work.session.execute(
            update(Obligation)
            .where(col(Obligation.id).in_(batch), col(Obligation.status).not_in(FINAL))
            .values(status=status, hold="", ended_at=work.now, version=col(Obligation.version) + 1)
        )
    rest(work.session, numbers, acts_too=True)


def state_of(obligation: Obligation) -> State:
    """Return the state of an obligation, as the table of acts knows it."""
    return State(obligation.status, Hold(obligation.hold))


def rest(session: Session, obligation_ids: Sequence[int], *, acts_too: bool = False) -> None:
    """Let the ladder of these obligations sleep, and withdraw what has not been marked as sending."""
    session.execute(delete(Wake).where(among(Wake.obligation_id, obligation_ids)))
    withdraw_unsent(session, obligation_ids, acts_too=acts_too)


def wake(session: Session, obligation: Obligation, at: datetime | None) -> None:
    """Set when the sweep looks at an obligation again."""
    session.execute(delete(Wake).where(col(Wake.obligation_id) == obligation.id))
    if at is not None:
        session.add(Wake(obligation_id=obligation.id or 0, wake_at=at, urgent=is_urgent(obligation.grade)))
        session.flush()


def withdraw_unsent(
    session: Session, obligation_ids: Sequence[int], *, acts_too: bool = False, rungs: Sequence[str] | None = None,
    audiences: Sequence[str] = (),
) -> None:  # fmt: skip
    """Withdraw the open rungs of these obligations that have not gone out to everybody yet.

    `rungs` and `audiences` leave all others as they are.

    A notice that loses an item is rendered anew; one that loses its last item is withdrawn. The firings are locked in
    the order in which `mark_sending` locks them: whoever commits first wins.
    """
    unsent = exists().where(
        col(FiringRecipient.firing_id) == col(Firing.id),
        or_(
            col(FiringRecipient.notice_id).is_(None),
            exists().where(
                col(Delivery.notice_id) == col(FiringRecipient.notice_id),
                col(Delivery.state) == DeliveryState.QUEUED,
            ),
        ),
    )
    conditions = [among(Firing.obligation_id, obligation_ids), col(Firing.state) == FiringState.OPEN, unsent]
    if rungs is not None:
        conditions += [col(Firing.rung).in_(rungs), col(Firing.audience).in_(audiences)]
    if not acts_too:
        conditions.append(or_(~col(Firing.rung).startswith("act:"), col(Firing.rung) == REMINDER_RUNG))
    firings = list(
        session.scalars(select(col(Firing.id)).where(*conditions).order_by(col(Firing.id)).with_for_update())
    )
    for batch in batches(firings):
        session.execute(update(Firing).where(col(Firing.id).in_(batch)).values(state=FiringState.WITHDRAWN))
        touched = select(col(FiringRecipient.notice_id)).where(col(FiringRecipient.firing_id).in_(batch))
        _withdraw_deliveries(session, list(session.scalars(touched.where(col(FiringRecipient.notice_id).is_not(None)))))


def _withdraw_deliveries(session: Session, notices: Sequence[int | None]) -> None:
    waiting = [col(Delivery.notice_id).in_(notices), col(Delivery.state) == DeliveryState.QUEUED]
    has_items = exists().where(
        col(FiringRecipient.notice_id) == col(Delivery.notice_id),
        col(Firing.id) == col(FiringRecipient.firing_id),
        col(Firing.state) == FiringState.OPEN,
    )
    session.execute(
        update(Delivery)
        .where(*waiting, ~has_items)
        .values(state=case((col(Delivery.was_uncertain), DeliveryState.UNCERTAIN), else_=DeliveryState.WITHDRAWN))
        .execution_options(synchronize_session=False)
    )


def tell(
    work: Transaction, view: RosterView, obligation: Obligation, recipient: Recipient, kind: str, **told: Any
) -> bool:
    """Record the message of an act (`act_row` has the rest); False if it exists already."""
    return bool(fire(work, [act_row(work, view, obligation, recipient, kind, **told)]))


def act_row(
    work: Transaction, view: RosterView, obligation: Obligation, recipient: Recipient, kind: str,
    *, repeat: int = 0, not_before: datetime | None = None, why: str = "", detail: dict[str, str] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Return the message of an act: a firing `act:<kind>` on the obligation concerned; `repeat` tells rounds apart.

    It is as urgent as its obligation: what is told of an extra urgent matter passes at any hour (Ladder 5).
    """
    return firing_row(
        view, recipient, kind, rung=f"act:{kind}", at=work.now, now=work.now, not_before=not_before or work.now,
        obligation_id=obligation.id, revision=obligation.revision, repeat=repeat, urgency_tag=TAGS[obligation.grade],
        why=why, detail=detail or {},
    )  # fmt: skip


def sound(
    work: Transaction, view: RosterView, recipient: Recipient, kind: str, cause: str, detail: dict[str, str],
    *, why: str, urgency_tag: str = "",
) -> bool:  # fmt: skip
    """Record an alarm about `cause`, once however often it is found; about an urgent matter it passes at any hour."""
    row = firing_row(
        view, recipient, kind, rung=f"alarm:{kind}", at=work.now, now=work.now, not_before=work.now,
        cause=f"{cause}/{recipient.office}/{recipient.role}", why=why, detail=detail, urgency_tag=urgency_tag,
    )  # fmt: skip
    return bool(fire(work, [row]))


def firing_row(view: RosterView, recipient: Recipient, kind: str, *, now: datetime, **values: Any) -> dict[str, Any]:
    """Return the columns of one firing and, under `recipients`, whom it resolved to.

    What would go out and reaches nobody, for want of any address, is `UNREACHABLE` and waits (models/unreached.py).
    """
    row = {
        "obligation_id": None, "cause": None, "revision": 0, "repeat": 0, "audience": "", "urgency_tag": "",
        "catch_up": False, "call_list": False, "why": "", "detail": {}, "state": FiringState.OPEN,
        "office_id": view.id_of[recipient.office], "role": recipient.role, "kind": kind, "fired_at": now,
        "recipients": [(each.address, each.officer, each.on_behalf_of) for each in recipient.contacts],
    } | values  # fmt: skip
    if row["state"] is FiringState.OPEN and not row["recipients"]:
        row["state"] = FiringState.UNREACHABLE
    return row


def fire(work: Transaction, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Insert the firings whose keys are free, with their recipients and audit entries; return those, with their ids.

    The rows are those of `firing_row`, which all have the same columns.
    """
    made = insert_numbered(work.session, Firing, rows)
    people = [
        {"firing_id": row["id"], "address": address, "name": name, "on_behalf_of": absent, "why": ""}
        for row in made
        if row["state"] is FiringState.OPEN
        for address, name, absent in row["recipients"]
    ]
    insert_many(work.session, FiringRecipient, people, new=True)
    for row in made:
        subject = f"obligation:{row['obligation_id']}" if row["obligation_id"] else "alarm"
        payload = {
            "firing": row["id"], "rung": row["rung"], "repeat": row["repeat"], "revision": row["revision"],
            "office": row["office_id"], "role": row["role"], "state": row["state"], "catch_up": row["catch_up"],
        }  # fmt: skip
        work.record("firing.fired", subject, payload)
    return made


def tell_also(session: Session, firing: Firing, contacts: Sequence[Contact], why: str) -> None:
    """Let a firing mean these persons too, and say why: those it went to cannot be reached."""
    rows = [
        {
            "firing_id": firing.id, "address": each.address, "name": each.officer, "on_behalf_of": each.on_behalf_of,
            "why": why,
        }
        for each in contacts
    ]  # fmt: skip
    insert_many(session, FiringRecipient, rows, new=True)
