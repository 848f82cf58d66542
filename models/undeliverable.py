"""Telling that a message did not arrive: the superior of an office nobody can reach, and the operators."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from domain.offices import Audience
from models.acting import sound
from models.circular import Circular
from models.installation import Installation
from models.notice import Delivery, Notice
from models.roster import load_roster
from models.session import Transaction

#: Notices about trouble with mail make no further ones.
NO_ECHO = ("undeliverable", "alarm", "audit_head", "test", "inbound_answer")


@dataclass(frozen=True, slots=True)
class Failure:
    """How a message failed, in words for people."""

    #: as in “登记邮箱无法送达”
    how: str
    #: one sentence: what the server said
    reason: str
    subject: str


def tell_undeliverable(
    work: Transaction, here: Installation, delivery: Delivery, notice: Notice, failure: Failure,
    audiences: Iterable[Audience] = (Audience.SUPERIOR, Audience.OPERATORS),
) -> None:  # fmt: skip
    """Tell these audiences once that a delivery failed (docs/rules.md, Ladder 7); notices of trouble make no echo."""
    if notice.kind in NO_ECHO:
        return
    office = here.view.office(notice.office_id)
    circular = work.session.get(Circular, notice.circular_id) if notice.circular_id else None
    detail = {
        "office": office.name, "reference": f"投递-{delivery.id}",
        "matter": f"发给{office.name}的“{failure.subject}”{failure.how}", "reason": failure.reason,
        "number": (circular.number or "") if circular else "", "title": circular.title if circular else "",
    }  # fmt: skip
    roster = load_roster(work.session).roster  # without the address that has just failed
    for audience in audiences:
        recipient = roster.audience(office.code, audience, work.now)
        if any(contact.address == delivery.address for contact in recipient.contacts):
            continue
        why = f"{office.name}的登记邮箱{failure.how}，由贵单位设法联系。"
        if audience is Audience.OPERATORS:
            why = f"您负责督办系统值守，{office.name}的登记邮箱{failure.how}。"
        sound(
            work, here.view, recipient, "undeliverable", f"delivery:{delivery.id}", detail, why=why,
            urgency_tag=notice.urgency_tag,
        )  # fmt: skip
