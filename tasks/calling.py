"""The telephone: whom to call now and why, and the calls that were made (docs/rules.md, Ladder 9)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from prefect import task
from sqlmodel import Session

from domain.deadlines import format_instant
from domain.errors import Refused
from domain.masking import without_contacts
from domain.offices import Office
from domain.trail import Actor
from models.calls import CallWanted, calls_made, calls_wanted, contacts_for, count_as_contact, reports_by_mail
from models.installation import Installation, installation
from models.lookup import need_obligation, need_office
from models.notice import Firing, FiringRecipient
from models.obligation import ContactLog, Obligation
from models.office import Contact
from models.session import Transaction, reading, transaction

_UNDELIVERED = "邮件尚未送达，只能靠电话"


@dataclass(frozen=True)
class Call:
    """One line of the call list: whom to telephone, and why. Shown to operators only; never in the trail."""

    obligation_id: int
    office: str
    person: str
    phone: str
    why: str
    #: since when, as text, and as an instant
    since: str
    since_at: datetime
    #: how often nobody answered, and when it was tried last
    tried: int = 0
    last_tried: str = ""
    #: no mail about it has arrived
    undelivered: bool = False
    #: the mail that it is about, where there is no obligation yet (`obligation_id` is 0)
    inbound_id: int = 0

    @property
    def about(self) -> str:
        """What it is about, by its number."""
        return f"来信 {self.inbound_id}" if self.inbound_id else f"事项 {self.obligation_id}"


@task(name="待打电话")
def open_calls(*, now: datetime, obligation_id: int | None = None) -> list[Call]:
    """Return whom to telephone at `now`: every call of the ladders, and what no mail has reached, until it is answered.

    Of extra urgent matters and urgent reports alone; what a recorded call has reached, an act or an end takes off.
    First urgent reports that came by mail and that nobody has entered: they stay until an operator settles the mail.
    `obligation_id`: the calls about that one.
    """
    with reading() as session:
        here = installation(session)
        by_mail = _calls_about_mails(session, here, now) if obligation_id is None else ()
        return [*by_mail, *_calls(session, here, now, obligation_id)]


def _calls_about_mails(session: Session, here: Installation, now: datetime) -> Iterator[Call]:
    for message, contact in reports_by_mail(session, now):
        yield Call(
            obligation_id=0, inbound_id=message.id or 0, office=here.view.office(contact.office_id).name,
            person=contact.officer, phone=contact.phone,
            why=f"来信疑为紧急信息，尚未办理；核实后请用 duban inbox take {message.id} 办理。",
            since=format_instant(message.collected_at), since_at=message.collected_at,
        )  # fmt: skip


def _calls(session: Session, here: Installation, now: datetime, obligation_id: int | None) -> Iterator[Call]:
    """Yield each person once for each obligation: of several rungs about it, by the first."""
    wanted = calls_wanted(session, now, obligation_id)
    told, contacts = contacts_for(session, [each.firing for each in wanted])
    listed = set[tuple[int | None, int, str, str]]()
    for each in wanted:
        office = here.view.office(each.firing.office_id).name
        for person, phone in _people(each.firing, told.get(each.firing.id or 0, ()), contacts):
            key = (each.firing.obligation_id, each.firing.office_id, person, phone)
            if key not in listed:
                listed.add(key)
                yield _call(each, office, person, phone)


def _call(wanted: CallWanted, office: str, person: str, phone: str) -> Call:
    firing = wanted.firing
    return Call(
        obligation_id=firing.obligation_id or 0, office=office, person=person, phone=phone,
        why=f"{firing.why}{_UNDELIVERED}。" if wanted.undelivered else firing.why,
        since=format_instant(firing.at), since_at=firing.at, tried=wanted.tried,
        last_tried=format_instant(wanted.last_tried_at) if wanted.last_tried_at else "",
        undelivered=wanted.undelivered,
    )  # fmt: skip


def _people(firing: Firing, told: Sequence[FiringRecipient], contacts: Sequence[Contact]) -> Iterator[tuple[str, str]]:
    """Yield name and number of those a firing went to, then of those of its role who have a telephone only.

    An office of which nothing is known is called all the same: somebody has to find out its number.
    """
    known = False
    for recipient in told:
        own = [contact for contact in contacts if contact.address == recipient.address]
        # An address may stand under several roles and offices: the role that was told first.
        own.sort(key=lambda each: (each.office_id != firing.office_id, each.role != firing.role, not each.phone))
        known = True
        yield recipient.name, own[0].phone if own else ""
    for contact in contacts:
        if contact.office_id == firing.office_id and contact.role == firing.role and not contact.address:
            known = True
            yield contact.officer, contact.phone
    if not known:
        yield "", ""


@dataclass(frozen=True)
class Called:
    """A recorded call."""

    obligation_id: int
    office: str
    person: str
    reached: bool
    called_at: datetime
    message: str


@task(name="登记电话")
def record_call(
    obligation_id: int, person: str, *, actor: Actor, now: datetime, reached: bool = True, note: str = "",
    office: str = "", called_at: datetime | None = None,
) -> Called:  # fmt: skip
    """Record a call about an obligation; one that reached somebody counts as contact and leaves the call list.

    `office` is the one that was called: by default that of the person on the call list, else the one that owes.
    `called_at` (aware) is when, by default now; a call may have come before the matter was entered here. The trail
    gets neither telephone numbers nor addresses. Raises Refused: unknown obligation or office, no name, a call to come.
    """
    at = called_at or now
    if not person.strip():
        message = "请写明与谁通话（姓名）。"
        raise Refused(message)
    if at > now:
        message = f"通话时间（{format_instant(at)}）不能晚于现在（{format_instant(now)}）。"
        raise Refused(message)
    with transaction(actor, now) as work:
        here, owed = installation(work.session), need_obligation(work.session, obligation_id)
        whom = need_office(here, office) if office.strip() else _office_of(work, here, owed, person.strip())
        work.session.add(
            ContactLog(
                obligation_id=obligation_id, office_id=here.view.id_of[whom.code], called_at=at, caller=actor.name,
                person=person.strip(), note=note, reached=reached,
            )
        )  # fmt: skip
        if reached:
            count_as_contact(work, obligation_id)
        payload = {
            "office": whom.code, "person": without_contacts(person.strip()), "reached": reached, "called_at": at,
            "note": without_contacts(note),
        }  # fmt: skip
        work.record("call.recorded", f"obligation:{obligation_id}", payload)
    outcome = "已接通，视为已告知" if reached else "无人接听，仍在电话清单上"
    return Called(
        obligation_id, whom.name, person.strip(), reached, at,
        f"已登记与{whom.name}{person.strip()}的电话：{outcome}。",
    )  # fmt: skip


def _office_of(work: Transaction, here: Installation, owed: Obligation, person: str) -> Office:
    """Return the office of this person on the call list; one who is not on it is of the office that owes."""
    wanted = calls_wanted(work.session, work.now, owed.id)
    told, contacts = contacts_for(work.session, [each.firing for each in wanted])
    for each in wanted:
        names = {name for name, _ in _people(each.firing, told.get(each.firing.id or 0, ()), contacts)}
        if person in names:
            return here.view.office(each.firing.office_id)
    return here.view.office(owed.office_id)


@dataclass(frozen=True)
class PastCall:
    """One recorded call, as a list shows it."""

    office: str
    person: str
    reached: bool
    called_at: datetime
    caller: str
    note: str


@task(name="通话记录")
def past_calls(obligation_id: int) -> list[PastCall]:
    """Return the calls recorded about an obligation, in their order. Raises Refused for an unknown obligation."""
    with reading() as session:
        need_obligation(session, obligation_id)
        here = installation(session)
        return [
            PastCall(here.view.office(each.office_id).name, each.person, each.reached, each.called_at, each.caller,
                     each.note)
            for each in calls_made(session, [obligation_id])
        ]  # fmt: skip
