"""Whose answer a mail is and to what: by the token of a notice of ours, by the sender's address, by what is owed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import or_, select
from sqlmodel import Session, col

from domain.answering import Order, concerns, is_open_for, notice_of, numbers_in, sender_of, token_of
from domain.documents import RequirementKind
from domain.offices import Contact, Office
from domain.references import same_number
from domain.statuses import ObligationKind
from models.acting import state_of
from models.circular import Circular, Requirement
from models.inbound import InboundMessage
from models.installation import Installation
from models.lookup import REVIEWED
from models.notice import Delivery, Firing, FiringRecipient
from models.obligation import Obligation, ObligationSource, UrgentCase

#: What an office itself owes under a circular.
_OWN = (ObligationKind.RECEIPT, ObligationKind.FORWARD, ObligationKind.REPORT, ObligationKind.COMPLETE)
#: What confirms or answers: kinds of notices.
_CONFIRMATIONS = ("receipt_confirmed", "report_received", "accepted", "inbound_answer", "waived", "withdrawn")


class Unclear(Exception):
    """Which obligation is meant cannot be told; the message is one Chinese sentence for the operator."""


@dataclass(frozen=True)
class Answered:
    """What a mail answers: a delivery of ours, the office that it went to, who writes, and what it told of."""

    delivery: Delivery
    office: Office
    #: who of that office writes; None: the address is not one of its own
    contact: Contact | None
    #: what the notice told of that this office itself owes
    told: Sequence[Obligation] = ()
    #: the circulars and the cases that it told of, whoever owes what
    circulars: Sequence[int] = ()
    cases: Sequence[int] = ()
    #: whether it only confirmed or answered something: a polite word back asks for nothing
    is_confirmation: bool = False

    @property
    def is_about_its_own(self) -> bool:
        """Whether it told of anything that the office itself has to do under a circular.

        Who answers that a county is late, or that a report waits for review, does not mean its own report or receipt.
        """
        return any(each.kind in _OWN for each in self.told)


def answered(
    session: Session, here: Installation, tokens: Iterable[str], address: str, now: datetime
) -> Answered | None:
    """Return what is answered: of several deliveries the newest whose office this address belongs to at `now` (aware).

    Where none is, the newest, without a contact. None: no token is ours.
    """
    found = deliveries_of(session, tokens)
    first: Answered | None = None
    for delivery in sorted(found, key=lambda each: each.id or 0, reverse=True):
        for answer in _answers(session, here, delivery, address, now):
            if answer.contact is not None:
                return answer
            first = first or answer
    return first


def deliveries_of(session: Session, tokens: Iterable[str]) -> list[Delivery]:
    """Return the deliveries that these tokens (or Message-IDs of ours) stand for; nobody can guess one."""
    plain = {token_of(each) for each in tokens}
    notices = {number for each in plain if (number := notice_of(each)) is not None}
    if not notices:
        return []
    rows = session.scalars(select(Delivery).where(col(Delivery.notice_id).in_(notices)))
    return [row for row in rows if token_of(row.message_id) in plain]


def _answers(
    session: Session, here: Installation, delivery: Delivery, address: str, now: datetime
) -> Iterable[Answered]:
    """Yield what a delivery told, by the office that it was told to; a digest can tell several."""
    rows = session.execute(
        select(Firing, Obligation)
        .join(FiringRecipient, col(FiringRecipient.firing_id) == col(Firing.id))
        .outerjoin(Obligation, col(Obligation.id) == col(Firing.obligation_id))
        .where(col(FiringRecipient.notice_id) == delivery.notice_id)
        .order_by(col(Firing.id))
    ).all()
    is_confirmation = bool(rows) and all(firing.kind in _CONFIRMATIONS for firing, _ in rows)
    answers = {firing.cause for firing, _ in rows if firing.cause and firing.cause.startswith("inbound:")}
    for cause in sorted(answers):
        # What we answered a mail is not what that office owes: what the mail itself had answered is.
        first = session.get(InboundMessage, int(cause.partition(":")[2]))
        original = session.get(Delivery, first.delivery_id) if first is not None and first.delivery_id else None
        for answer in _answers(session, here, original, address, now) if original is not None else ():
            yield replace(answer, is_confirmation=is_confirmation)
    for office_id in dict.fromkeys(firing.office_id for firing, _ in rows):
        code = here.view.code_of[office_id]
        told = [owed for firing, owed in rows if firing.office_id == office_id and owed is not None]
        yield Answered(
            delivery=delivery,
            office=here.view.roster[code],
            contact=sender_of(here.view.roster, code, address, now),
            told=list({owed.id: owed for owed in told if owed.office_id == office_id}.values()),
            circulars=list(dict.fromkeys(owed.circular_id for owed in told if owed.circular_id is not None)),
            cases=list(dict.fromkeys(owed.case_id for owed in told if owed.case_id is not None)),
            is_confirmation=is_confirmation,
        )


def meant(session: Session, here: Installation, answer: Answered, order: Order, subject: str) -> Obligation:
    """Return the one obligation of its office that a mail is about.

    What the notice told of comes before what else is owed under its circulars; what the act is allowed for before what
    it is not, which then is refused with its reason. Raises Unclear where it is none, or one of several.
    """
    if not answer.is_about_its_own:
        message = f"所答复的通知说的不是{answer.office.name}自己要办的事"
        raise Unclear(message)
    office_id = here.view.id_of[answer.office.code]
    circulars = _narrowed(session, answer, order, subject)
    told = [each for each in answer.told if concerns(order.kind, each.kind) and each.circular_id in circulars]
    owed = _owed_under(session, circulars, office_id, order)
    named = _named(session, [*told, *owed], order)
    for candidates in (
        [each for each in told if each.id in named and _is_open(order, each)],
        [each for each in owed if each.id in named and _is_open(order, each)],
        [each for each in told if each.id in named],
        [each for each in owed if each.id in named],
    ):
        if len(candidates) == 1:
            return candidates[0]
        if candidates:
            numbers = "、".join(str(each.id) for each in candidates[:5])
            message = f"对应 {len(candidates)} 项事项（{numbers}），来信没有写明是哪一项"
            raise Unclear(message)
    message = f"{answer.office.name}没有可以“{order.kind.label}”的事项"
    raise Unclear(message)


def _narrowed(session: Session, answer: Answered, order: Order, subject: str) -> list[int]:
    """Return the circulars of the notice, or those of them that the mail names.

    Raises Unclear where its subject names a known one that the notice did not tell of.
    """
    about = circulars_named(session, subject)
    others = [each for each in about if each.id not in answer.circulars]
    if others:
        message = f"来信写明的是“{others[0].number}”，所答复的通知不涉及该文"
        raise Unclear(message)
    if about:
        return [each.id or 0 for each in about]
    if len(answer.circulars) > 1:
        body = [each.id for each in circulars_named(session, order.text) if each.id in answer.circulars]
        if len(body) == 1:
            return [body[0] or 0]
    return list(answer.circulars)


def circulars_named(session: Session, text: str) -> list[Circular]:
    """Return the registered circulars whose document number a text names, however its brackets are typed."""
    tails = {f"〔{number.partition('〔')[2]}" for number in numbers_in(text)}
    if not tails:
        return []
    statement = select(Circular).where(or_(*[col(Circular.number).endswith(tail) for tail in sorted(tails)]))
    plain = same_number(text)
    return [row for row in session.scalars(statement.order_by(col(Circular.id))) if (row.number or "") in plain]


def _owed_under(session: Session, circulars: Sequence[int], office_id: int, order: Order) -> list[Obligation]:
    if not circulars:
        return []
    under = select(col(Requirement.id)).where(col(Requirement.circular_id).in_(circulars))
    shared = select(col(ObligationSource.obligation_id)).where(col(ObligationSource.requirement_id).in_(under))
    statement = select(Obligation).where(
        or_(col(Obligation.circular_id).in_(circulars), col(Obligation.id).in_(shared)),
        col(Obligation.office_id) == office_id,
    )
    rows = session.scalars(statement.order_by(col(Obligation.id)))
    return [each for each in rows if concerns(order.kind, each.kind)]


def _named(session: Session, owed: Sequence[Obligation], order: Order) -> set[int | None]:
    """Return those that agree with the requirement or the number that the mail names; all where it names none."""
    found = {each.id for each in owed}
    if order.ordinal is not None:
        asked = {each.requirement_id for each in owed}
        statement = select(col(Requirement.id)).where(
            col(Requirement.id).in_(asked), col(Requirement.ordinal) == order.ordinal
        )
        wanted = set(session.scalars(statement))
        found = {each.id for each in owed if each.requirement_id in wanted}
    if order.first_matters and not found & set(order.first_matters):
        numbers = "、".join(str(each) for each in order.first_matters[:5])
        message = f"来信写明的事项 {numbers} 不在可以办理的之列"
        raise Unclear(message)
    return found & set(order.first_matters or order.matters) or found


def _is_open(order: Order, owed: Obligation) -> bool:
    return is_open_for(order.kind, owed.kind, state_of(owed))


def on_occurrence(session: Session, here: Installation, answer: Answered, order: Order) -> Requirement | None:
    """Return the requirement of reports on occurrence that a report by mail names by its number, else None.

    Without a number it is the only thing that its circular asks for.
    """
    if not answer.is_about_its_own:
        return None
    statement = select(Requirement).where(col(Requirement.circular_id).in_(list(answer.circulars)))
    rows = session.scalars(statement).all()
    found = [row for row in rows if row.kind is RequirementKind.ON_OCCURRENCE]
    if order.ordinal is not None:
        named = [row for row in found if row.ordinal == order.ordinal]
        return named[0] if len(named) == 1 else None
    owes = any(each.kind in REVIEWED for each in _owed_under(session, answer.circulars, _id(here, answer), order))
    return found[0] if len(found) == 1 and not owes else None


def _id(here: Installation, answer: Answered) -> int:
    return here.view.id_of[answer.office.code]


def case_answered(session: Session, answer: Answered) -> UrgentCase | None:
    """Return the urgent case that the notice told of; None for none, or several."""
    return session.get(UrgentCase, answer.cases[0]) if len(answer.cases) == 1 else None
