"""Substitutes as stored: who is meant by what a person typed, and what an import makes of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import or_, select
from sqlmodel import Session, col

from domain import offices as values
from domain.errors import Refused
from domain.offices import Office, normal_name, person_at
from domain.substitutes import Person
from models.installation import Installation
from models.lookup import need_office
from models.office import Contact, Substitution
from models.session import Transaction

#: How many bearers of a name a refusal lists.
_LISTED = 5


def need_person(here: Installation, text: str) -> tuple[Office, values.Contact]:
    """Return the person meant by `office/name`, `office/address`, or a name or address that only one person bears.

    Raises Refused: nobody, or several; the sentence names no addresses.
    """
    unit, slash, wanted = text.rpartition("/")
    offices = [need_office(here, unit)] if slash else [each for each in here.view.roster if each.active]
    wanted = wanted.strip()
    found: dict[Person, tuple[Office, values.Contact]] = {}
    for office in offices:
        for contact in office.contacts:
            if wanted and wanted in (contact.officer, contact.address, contact.role.label):
                found.setdefault(person_at(office.code, contact), (office, contact))
    if len(found) == 1:
        return next(iter(found.values()))
    where = offices[0].name if slash else "名册"
    if found:
        who = "、".join(f"{office.name}的{named(contact)}" for office, contact in list(found.values())[:_LISTED])
        message = f"“{wanted}”在{where}中对应 {len(found)} 人（{who}），请写作“单位/邮箱”指明一人。"
    else:
        message = f"{where}中没有联系人“{wanted}”；请写作“单位/姓名”或“单位/邮箱”，如 哈尔滨市/张三。"
    raise Refused(message)


def named(contact: values.Contact) -> str:
    """Return how a contact is called: the name, with the role; never the address."""
    return f"{contact.officer}（{contact.role.label}）" if contact.officer else contact.role.label


def contact_id(session: Session, here: Installation, office: Office, contact: values.Contact) -> int:
    """Return the table id of a contact of the roster."""
    statement = select(col(Contact.id)).where(
        col(Contact.office_id) == here.view.id_of[office.code],
        col(Contact.role) == contact.role,
        col(Contact.address) == contact.address,
    )
    return session.scalars(statement).one() or 0


def keep_substitutes(work: Transaction) -> list[int]:
    """Let substitutions follow people whose address has changed; return those that lost one, which nobody bears now.

    A person who is in the roster under the same name in the same office is the same one.
    """
    work.session.flush()
    lost = []
    for row, gone in list(_of_inactive(work)):
        successor = _successor(work.session, gone)
        if successor is None:
            lost.append(row.id or 0)
            continue
        if row.absent_id == gone.id:
            row.absent_id = successor
        if row.acting_id == gone.id:
            row.acting_id = successor
        work.record("substitution.moved", f"substitution:{row.id}", {"from": gone.id, "to": successor})
    return sorted(set(lost))


def _of_inactive(work: Transaction) -> Iterator[Any]:
    statement = (
        select(Substitution, Contact)
        .join(Contact, or_(col(Contact.id) == Substitution.absent_id, col(Contact.id) == Substitution.acting_id))
        .where(
            ~col(Contact.active), col(Substitution.revoked_at).is_(None), col(Substitution.ends_at) > work.now,
        )
        .order_by(col(Substitution.id), col(Contact.id))
    )  # fmt: skip
    yield from work.session.execute(statement)


def _successor(session: Session, gone: Contact) -> int | None:
    same: Sequence[Contact] = session.scalars(
        select(Contact)
        .where(
            col(Contact.active), col(Contact.office_id) == gone.office_id, col(Contact.officer) == gone.officer,
            col(Contact.officer) != "", col(Contact.address) != "",
        )
        .order_by(col(Contact.id))
    ).all()  # fmt: skip
    of_role = [each for each in same if each.role == gone.role] or same
    return of_role[0].id if len({normal_name(each.address) for each in of_role}) == 1 else None
