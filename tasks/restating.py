"""Marking that a requirement restates one of an upstream circular, so that nobody owes the same report twice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from prefect import task

from domain.documents import RequirementKind
from domain.errors import Refused
from domain.masking import without_contacts
from domain.trail import Actor
from models.circular import Circular, Requirement
from models.circulars import need_circular, requirements_of
from models.installation import installation
from models.restating import is_recurring_alike, unite
from models.session import Transaction, transaction


@dataclass(frozen=True)
class Restated:
    """What marking did."""

    number: str
    ordinal: int
    upstream: str
    upstream_ordinal: int
    #: obligations that became one with another
    united: int
    message: str


@task(name="标明重申")
def restate(
    number: str, ordinal: int, upstream: str, upstream_ordinal: int, reason: str, *, actor: Actor, now: datetime
) -> Restated:
    """Mark that a requirement restates one of another circular; what one office owes under both becomes one.

    Repeated, it unites what has come to be owed since. Raises Refused: no reason, no such circular or requirement, the
    requirement itself or one that restates it, another duty, one that recurs and one that does not.
    """
    if not reason.strip():
        message = "标明重申必须说明理由（--reason）。"
        raise Refused(message)
    with transaction(actor, now) as work:
        own = _requirement(work, need_circular(work.session, number), ordinal)
        above = _requirement(work, need_circular(work.session, upstream), upstream_ordinal)
        _check(work, own, above)
        if own.restates_id is None:
            own.restates_id = above.id
            work.session.flush()
            payload = {"ordinal": ordinal, "restates": above.id, "reason": without_contacts(reason)}
            work.record("requirement.restated", f"circular:{own.circular_id}", payload)
        united = unite(work, installation(work.session), [own.id or 0])
        line = f"已标明“{number}”第 {ordinal} 项重申“{upstream}”第 {upstream_ordinal} 项，合并 {united} 项。"
        return Restated(number, ordinal, upstream, upstream_ordinal, united, line)


def _requirement(work: Transaction, circular: Circular, ordinal: int) -> Requirement:
    rows = requirements_of(work.session, circular.id or 0)
    wanted = next((row for row in rows if row.ordinal == ordinal), None)
    if wanted is None:
        message = f"公文“{circular.number or circular.title}”只有 {len(rows)} 项要求，没有第 {ordinal} 项。"
        raise Refused(message)
    return wanted


def _check(work: Transaction, own: Requirement, above: Requirement) -> None:
    if own.circular_id == above.circular_id:
        message = "一项要求不能重申同一公文中的要求；应是下级公文重申上级公文的要求。"
    elif own.restates_id not in (None, above.id):
        message = f"第 {own.ordinal} 项要求已标明重申另一项要求，不能再改。"
    elif _restates(work, above, own):
        message = f"所指的上级要求（第 {above.ordinal} 项）本身就重申本项，不能互相重申。"
    elif own.duty is not above.duty:
        message = "两项要求一项是报送、一项是完成，不是同一要求。"
    elif RequirementKind.ON_OCCURRENCE in (own.kind, above.kind):
        message = "随时报送的要求没有时限，无从合并。"
    elif not is_recurring_alike(own, above):
        message = "两项要求一项定期、一项只报一次，不是同一要求。"
    else:
        return
    raise Refused(message)


def _restates(work: Transaction, below: Requirement, above: Requirement) -> bool:
    """Tell whether `below` restates `above`, directly or over others."""
    while below.restates_id is not None:
        if below.restates_id == above.id:
            return True
        below = work.session.get_one(Requirement, below.restates_id)
    return False
