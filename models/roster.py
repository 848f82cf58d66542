"""The roster as stored: read as one value, with the ids that the other tables use."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from config.settings import settings
from domain import offices as values
from domain.substitutes import Substitutes
from domain.substitutes import Substitution as Standing
from models.audit import Choice
from models.inbound import AddressTrouble
from models.office import Contact, Office, Substitution
from models.session import Transaction


@dataclass(frozen=True)
class RosterView:
    """The roster value and the table ids of its offices."""

    roster: values.Roster
    id_of: dict[str, int]

    @cached_property
    def code_of(self) -> dict[int, str]:
        return {number: code for code, number in self.id_of.items()}

    def office(self, office_id: int) -> values.Office:
        """Return the office with this table id."""
        return self.roster[self.code_of[office_id]]

    def optional_id(self, code: str | None) -> int | None:
        """Return the id of a code, None for None."""
        return None if code is None else self.id_of[code]


#: The key of the choice that changes whenever the roster does.
_REVISION = "roster"
_cache: dict[tuple[str, ...], RosterView] = {}


def roster_changed(work: Transaction) -> None:
    """Note that the roster changes in this transaction, or which addresses failed: every process reads it anew."""
    work.session.merge(Choice(key=_REVISION, value=secrets.token_hex(8), chosen_at=work.now, chosen_by=str(work.actor)))


def load_roster(session: Session) -> RosterView:
    """Return the roster; read again only when its revision has changed (one small query otherwise)."""
    revision = session.scalar(select(col(Choice.value)).where(col(Choice.key) == _REVISION))
    if revision is None:
        return _read(session)
    key = (settings().url, revision, settings().operating_office, settings().operators_address)
    view = _cache.get(key)
    if view is None:
        _cache.clear()  # one roster at a time is in use
        view = _cache[key] = _read(session)
    return view


#: Columns alone: thousands of rows are read by each process, of which no object is needed.
_OFFICES: Any = select(
    col(Office.id), col(Office.code), col(Office.name), col(Office.tier), col(Office.aliases), col(Office.superior_id),
    col(Office.division_code), col(Office.valid_until),
).order_by(col(Office.code))  # fmt: skip
_CONTACTS: Any = (
    select(col(Contact.office_id), col(Contact.role), col(Contact.address), col(Contact.officer), col(Contact.phone))
    .where(col(Contact.active))
    .order_by(col(Contact.id))
)


def _read(session: Session) -> RosterView:
    """Read all offices, their active contacts, who stands in for whom and which addresses failed: four queries."""
    rows = session.execute(_OFFICES).all()
    contacts: dict[int, list[values.Contact]] = {}
    for contact in session.execute(_CONTACTS):
        value = values.Contact(role=contact.role, address=contact.address, officer=contact.officer, phone=contact.phone)
        contacts.setdefault(contact.office_id, []).append(value)
    code_of: dict[int | None, str] = {row.id: row.code for row in rows}
    offices = {
        row.code: values.Office(
            code=row.code,
            name=row.name,
            tier=row.tier,
            aliases=tuple(row.aliases),
            superior=code_of.get(row.superior_id),
            division_code=row.division_code,
            contacts=tuple(contacts.get(row.id or 0, ())),
            active=row.valid_until is None,
        )
        for row in rows
    }
    failed = session.scalars(select(col(AddressTrouble.address)).where(col(AddressTrouble.hard_at).is_not(None)))
    substitutes = Substitutes.of(_standing(session, code_of))
    return RosterView(
        values.Roster(offices, settings().operating_office, _operators(), substitutes, frozenset(failed)),
        {row.code: row.id for row in rows if row.id is not None},
    )


def _standing(session: Session, code_of: dict[int | None, str]) -> Iterator[Standing]:
    """Read who acts for whom, and until when: a revoked one until it was revoked."""
    rows = session.scalars(select(Substitution).order_by(col(Substitution.id))).all()
    people = {each.absent_id for each in rows} | {each.acting_id for each in rows}
    if not people:
        return
    found = session.scalars(select(Contact).where(col(Contact.id).in_(people)))
    places = {each.id: (code_of[each.office_id], each.address, each.officer) for each in found}
    for row in rows:
        ends_at = min(row.ends_at, row.revoked_at) if row.revoked_at else row.ends_at
        if row.starts_at < ends_at:
            yield Standing(places[row.absent_id], places[row.acting_id], row.starts_at, ends_at)


def _operators() -> tuple[values.Contact, ...]:
    address = settings().operators_address
    return (values.Contact(role=values.Role.OFFICE, address=address, officer="督办值守"),) if address else ()
