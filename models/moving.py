"""One act on many obligations at once: the same table of acts as for a single one, in a handful of statements."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, cast

from sqlalchemy import select, update
from sqlmodel import Session, col

from domain.errors import Refused
from domain.statuses import Act, Effect, IllegalTransition, LadderEffect, Unsent, transition
from models.acting import rest, settle, state_of
from models.obligation import Obligation
from models.session import Transaction
from models.statements import among

#: What acts read of an obligation.
_READ = (
    "id", "kind", "office_id", "origin", "period", "circular_id", "requirement_id", "grade", "subject_id", "due_at",
    "revision", "status", "hold", "reviewer_id",
)  # fmt: skip


def locked(session: Session, obligation_ids: Iterable[int]) -> list[Obligation]:
    """Return these obligations as they stand now, locked until the end of the transaction, in the order of their ids.

    They are plain rows, to be read and never changed. An act that is under way on one of them is waited for: nobody
    is faster afterwards.
    """
    session.flush()
    columns = [col(getattr(Obligation, name)) for name in _READ]
    statement = select(*columns).where(among(Obligation.id, sorted(set(obligation_ids)))).order_by(col(Obligation.id))
    return cast("list[Obligation]", list(session.execute(statement.with_for_update(key_share=True)).all()))


def move_all(
    work: Transaction, obligations: Sequence[Obligation], act: Act, **values: Any
) -> tuple[list[Obligation], dict[int, Refused]]:
    """Do `act` on locked obligations as `move` does it on one: state, `values`, ladder and what is unsent.

    Returns those it was done to, as they were before, and for the others, left as they are, why it is not allowed.
    """
    refused: dict[int, Refused] = {}
    groups: dict[Effect, list[Obligation]] = {}
    for owed in obligations:
        try:
            effect = transition(owed.kind, state_of(owed), act)
        except IllegalTransition as error:
            refused[owed.id or 0] = error
            continue
        groups.setdefault(effect, []).append(owed)
    for effect, members in groups.items():
        _move(work, effect, members, values)
    moved = {owed.id for members in groups.values() for owed in members}
    return [owed for owed in obligations if owed.id in moved], refused


def _move(work: Transaction, effect: Effect, members: Sequence[Obligation], values: dict[str, Any]) -> None:
    before = {owed.id or 0: state_of(owed) for owed in members}
    numbers = list(before)
    changes = values | {"status": effect.after.status, "hold": effect.after.hold.value}
    if effect.after.status.is_final:
        changes["ended_at"] = work.now
    work.session.execute(
        update(Obligation)
        .where(among(Obligation.id, numbers))
        .values(**changes, version=col(Obligation.version) + 1)
        .execution_options(synchronize_session=False)
    )
    if effect.ladder in (LadderEffect.ENDS, LadderEffect.RESTS):
        rest(work.session, numbers, acts_too=effect.unsent is Unsent.ALL)
    settle(work, before, effect.after)
