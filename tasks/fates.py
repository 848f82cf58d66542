"""What is to become of a mail: whose it is, what it proves, and the act it is taken as, done as its officer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.answering import (
    Order,
    is_open_for,
    is_reply,
    missing_of_alert,
    missing_words,
    name_of,
    offices_of,
    one_line,
)  # fmt: skip
from domain.calendar import local_day
from domain.errors import Refused
from domain.inbound import Facts, InboundKind, classify, said
from domain.inbound_words import author_lines, is_courtesy_or_signature
from domain.mail_orders import is_follow_up, order_of
from domain.offices import Contact, Office
from domain.trail import Actor, ActorKind
from models.acting import SomebodyWasFaster, state_of
from models.bounces import record_bounce
from models.inbound import InboundMessage, InboundState
from models.inbox import (
    taken_before,
)
from models.installation import Installation
from models.matching import (
    Answered,
    Unclear,
    answered,
    case_answered,
    circulars_named,
    deliveries_of,
    meant,
    on_occurrence,
)
from models.session import Transaction
from models.taking import Performed, go_on_with_case, is_confirmed, perform, raise_alert, report_on_occurrence
from models.urgent import need_case
from notifications.inbox import Bounced, InboundMail

#: So often is an act tried anew that another one has just overtaken.
_TRIES = 3
#: A mail dated earlier than this before it came is dated by its coming.
_OLDEST = timedelta(days=30)
#: What a mail says is part of these acts: they wait where something of it could not be read.
_BY_ITS_WORDS = (InboundKind.REPORT, InboundKind.URGENT_REPORT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What is to become of a mail, and what its sender is told; '' for nothing."""

    state: InboundState
    kind: InboundKind
    reason: str
    answer: str = ""
    match: Answered | None = None
    #: where its sender is no officer of that office, whom to answer
    sender: tuple[Office, Contact] | None = None
    obligation_id: int | None = None
    #: an urgent report that nobody has taken yet
    alarms: bool = False


def fate_of(
    work: Transaction, here: Installation, message: InboundMessage, mail: InboundMail, kept: tuple[str, ...], *,
    cut: bool,
) -> Fate:  # fmt: skip
    """Say what is to become of a mail; an act that it is taken as has been done when this returns."""
    machine = _by_a_machine(work, here, mail)
    if machine is not None:
        return machine
    match = answered(work.session, here, (*mail.tokens, *mail.references), mail.from_address, work.now)
    kind, why, order = _understood(message, mail, kept, match, work.now)
    if match is None or match.contact is None:
        return _of_a_stranger(work, here, message, kind, match)
    if not cut and (_is_polite(kind, match) or (match.is_confirmation and _is_courtesy(message.text, mail))):
        return Fate(state=InboundState.NOTED, kind=kind, reason="表示收到或知悉，没有需要登记的事项", match=match)
    hindrance = "；".join(mail.problems) if cut else _hindrance(mail, kind, why, order, match)
    if hindrance:
        return _waits(kind, hindrance, match)
    return _act(work, here, message, match, match.contact, order)


def _is_courtesy(text: str, mail: InboundMail) -> bool:
    """Tell whether a mail says nothing beyond who writes, and politeness."""
    return not mail.attachments and all(is_courtesy_or_signature(line) for line in author_lines(text))


def _is_polite(kind: InboundKind, match: Answered) -> bool:
    """Tell whether a word of receipt asks for nothing: it needs no person, and an answer would be answered again."""
    if kind not in (InboundKind.RECEIPT, InboundKind.ACKNOWLEDGEMENT):
        return False
    if match.is_confirmation:
        return True
    if kind is InboundKind.RECEIPT or match.cases:
        return False
    return not any(is_open_for(kind, each.kind, state_of(each)) for each in match.told)


def _understood(
    message: InboundMessage, mail: InboundMail, kept: tuple[str, ...], match: Answered | None, now: datetime
) -> tuple[InboundKind, str, Order]:
    dated_at = mail.dated_at or now
    facts = Facts(
        subject=message.subject, written=message.text,
        # A clock that is wrong, or a date made up, would move the days that the mail names.
        mailed_on=local_day(dated_at if now - _OLDEST < dated_at <= now else now),
        attachments=sum(not each.refused and not each.inline for each in mail.attachments),
        refused=sum(bool(each.refused) for each in mail.attachments),
        asked=frozenset(each.kind for each in match.told) if match is not None else (),
        is_reply=match is not None or bool(mail.references) or is_reply(message.subject),
    )  # fmt: skip
    kind, why = classify(facts)
    if kind is InboundKind.UNKNOWN and match is not None and match.cases and is_follow_up(message.text):
        kind = InboundKind.URGENT_REPORT
    return kind, why, order_of(kind, facts, said(facts), text=message.text, attachments=kept, now=now)


def _by_a_machine(work: Transaction, here: Installation, mail: InboundMail) -> Fate | None:
    """Say what becomes of what no person wrote: it is noted, never taken and never answered."""
    if mail.is_loop:
        return Fate(state=InboundState.NOTED, kind=InboundKind.LOOP, reason=mail.is_loop)
    if mail.is_bounce:
        return _bounced(work, here, mail)
    if mail.automatic:
        return Fate(state=InboundState.NOTED, kind=InboundKind.AUTOMATIC, reason=mail.automatic)
    return None


def _bounced(work: Transaction, here: Installation, mail: InboundMail) -> Fate:
    """Record what came back, each address by the delivery whose token came back with it.

    A report of failure that names no address counts for the one delivery that it returns. Without a token nobody has
    proved that we ever wrote there: an operator looks.
    """
    deliveries = {each.address.casefold(): each for each in deliveries_of(work.session, mail.tokens)}
    alone = next(iter(deliveries.values())) if len(deliveries) == 1 else None
    told, proved = [], bool(deliveries)
    for each in mail.bounced or ((Bounced(address=alone.address, hard=False, reason="退信"),) if alone else ()):
        # Where mail is passed on, the address that failed is not the one we wrote to.
        delivery = deliveries.get(each.address.casefold(), alone)
        proved = proved and delivery is not None
        record_bounce(
            work, here, delivery=delivery, address=each.address, hard=each.hard, reason=one_line(each.reason, 200)
        )
        told.append(f"{'永久' if each.hard else '暂时'}（{one_line(each.reason, 120)}）")
    reason = f"退信：{'；'.join(told[:5])}" if told else "退信，看不出是哪个地址"
    if proved and told:
        return Fate(state=InboundState.NOTED, kind=InboundKind.BOUNCE, reason=reason)
    reason = f"{reason}；不能确认是哪件通知被退，未停用任何邮箱"
    return Fate(state=InboundState.WAITING, kind=InboundKind.BOUNCE, reason=reason)


def _of_a_stranger(
    work: Transaction, here: Installation, message: InboundMessage, kind: InboundKind, match: Answered | None
) -> Fate:
    """Say what becomes of a mail that proves nothing: no token of ours, or an address that is not of its office.

    An operator decides. Only an address of the roster is answered; an urgent report from one is an alarm at once.
    """
    roster = here.view.roster
    codes = offices_of(roster, message.from_address)
    whose = f"，发件地址属于{roster[codes[0]].name}" if codes else "，发件地址不在名册中"
    if match is None:
        about = circulars_named(work.session, message.subject)
        named = f"，主题提到“{about[0].number}”" if about else ""
        reason = f"没有本系统的回复标识，不能自动办理{named}{whose}"
    else:
        reason = f"所答复的通知发给{match.office.name}{whose if codes else ''}，发件地址不是该单位现用的联系人或代办人"
    sender = None
    if codes:
        own = roster[codes[0]]
        same = message.from_address.casefold()
        sender = (own, next(each for each in own.contacts if each.address.casefold() == same))
    return Fate(
        state=InboundState.WAITING, kind=kind, reason=reason, match=match, sender=sender,
        answer=_handed_over(reason) if sender else "", alarms=kind is InboundKind.URGENT_REPORT and sender is not None,
    )  # fmt: skip


def _hindrance(mail: InboundMail, kind: InboundKind, why: str, order: Order, match: Answered) -> str:
    """Return why an operator has to look at a mail that is of an officer of its office; '' for no reason."""
    if not kind.is_act:
        return "；".join((f"看不出要办什么（{why}）" if why else "看不出要办什么", *mail.problems))
    about_a_case = bool(match.cases) and not match.circulars
    missing = (
        missing_of_alert(order) if kind is InboundKind.URGENT_REPORT and not about_a_case else missing_words(order)
    )
    if missing:
        return missing
    if kind not in _BY_ITS_WORDS:
        return ""
    refused = [f"附件“{each.filename}”没有保存（{each.refused}）" for each in mail.attachments if each.refused]
    return "；".join((*mail.problems, *refused))


def _waits(kind: InboundKind, reason: str, match: Answered) -> Fate:
    urgent = kind is InboundKind.URGENT_REPORT or bool(match.cases)
    return Fate(
        state=InboundState.WAITING, kind=kind, reason=reason, match=match, answer=_handed_over(reason), alarms=urgent
    )


def _handed_over(reason: str) -> str:
    return f"来信已收到，没有自动办理，已转人工处理。原因：{reason}。处理前原时限不变。"


def _act(
    work: Transaction, here: Installation, message: InboundMessage, match: Answered, contact: Contact, order: Order
) -> Fate:
    """Do the act as the officer who wrote; one that is refused leaves nothing but its reason."""
    message.delivery_id = match.delivery.id
    before = taken_before(work.session, message, order.kind)
    if before is not None:
        reason = f"此前的来信（编号 {before.id}）已作“{order.kind.label}”办理，未重复办理"
        return Fate(state=InboundState.NOTED, kind=order.kind, reason=reason, match=match, answer=f"{reason}。")
    officer = Actor(ActorKind.OFFICER, name_of(match.office, contact))
    for attempt in range(1, _TRIES + 1):
        try:
            with work.attempt(officer):
                done = _perform(work, here, match, order, message.subject)
            break
        except Unclear as unclear:
            return _waits(order.kind, str(unclear), match)
        except SomebodyWasFaster as error:
            if attempt == _TRIES:
                return _refused(order, error, match)
        except Refused as error:
            return _refused(order, error, match)
    confirmed = is_confirmed(work, done, contact.address)
    return Fate(
        state=InboundState.TAKEN, kind=order.kind, reason=done.message, match=match, obligation_id=done.obligation_id,
        answer="" if confirmed else done.message,
    )  # fmt: skip


def _refused(order: Order, error: Refused, match: Answered) -> Fate:
    reason = f"来信作“{order.kind.label}”未能办理：{error}"
    return Fate(state=InboundState.NOTED, kind=order.kind, reason=reason, match=match, answer=reason)


def _perform(work: Transaction, here: Installation, match: Answered, order: Order, subject: str) -> Performed:
    """Find what is meant and do it. Raises Unclear, Refused."""
    case = case_answered(work.session, match)
    if case is not None and not match.circulars:
        return go_on_with_case(work, here, match.office, need_case(work, case.id or 0), order)
    if order.kind is InboundKind.URGENT_REPORT:
        return raise_alert(work, here, match.office, order)
    if order.kind is InboundKind.REPORT:
        requirement = on_occurrence(work.session, here, match, order)
        if requirement is not None:
            return report_on_occurrence(work, here, match.office, requirement, order)
    return perform(work, here, match.office, meant(work.session, here, match, order, subject), order)
