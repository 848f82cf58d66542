"""Importing a roster: idempotent, all or nothing; offices that are gone are listed, deactivated only when told to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from prefect import task
from sqlalchemy import select
from sqlmodel import col

from config.rosters import read_roster
from config.settings import settings
from domain import offices as values
from domain.calendar import local_day
from domain.errors import Refused
from domain.offices import Tier
from domain.trail import Actor
from models.bounces import trust_again
from models.office import Contact, Office
from models.roster import load_roster, roster_changed
from models.session import Transaction, reading, transaction
from models.substitutes import keep_substitutes


@dataclass(frozen=True)
class Imported:
    """What an import changed, as codes."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    unchanged: int
    #: in the database, no longer in the file
    missing: tuple[str, ...]
    deactivated: bool
    tiers: dict[str, int]
    #: numbers of substitutions whose person is no longer in the file
    substitutions_lost: tuple[int, ...] = ()


@task(name="导入名册")
def import_roster(
    data: bytes, filename: str, *, actor: Actor, now: datetime, deactivate_missing: bool = False
) -> Imported:
    """Bring the offices and contacts in line with a CSV, in one transaction; the same file again changes nothing.

    Raises RosterError with line numbers; Refused where the operating office is not in it.
    """
    read = read_roster(data, filename)
    if settings().operating_office not in {office.code for office in read}:
        message = (
            f"{filename} 中没有本运行单位（代码 {settings().operating_office}）；"
            "请在名册中加入，或用 DUBAN_OPERATING_OFFICE 指明其代码。"
        )
        raise Refused(message)
    with transaction(actor, now) as work:
        known = {row.code: row for row in work.session.scalars(select(Office))}
        stored = _store_offices(work, read, known)
        changed = {office.code for office in read if _update(work, office, known)} - stored
        touched = set[str]()
        for office in read:
            addresses = _store_contacts(work, office, known[office.code].id or 0)
            touched |= addresses
            if addresses and office.code not in stored:
                changed.add(office.code)
        missing = sorted(
            row.code for row in known.values() if row.valid_until is None and row.code not in {o.code for o in read}
        )
        if deactivate_missing:
            _deactivate(work, [known[code] for code in missing])
        lost: list[int] = []
        if stored or changed or (missing and deactivate_missing):
            lost = keep_substitutes(work)
            roster_changed(work)
            trust_again(work, touched)
            payload = {"added": sorted(stored), "changed": sorted(changed)}
            work.record("roster.imported", "roster", payload | {"deactivated": missing if deactivate_missing else []})
    return Imported(
        added=tuple(sorted(stored)), changed=tuple(sorted(changed)), unchanged=len(read) - len(stored) - len(changed),
        missing=tuple(missing), deactivated=deactivate_missing, tiers=_tiers(read), substitutions_lost=tuple(lost),
    )  # fmt: skip


def _tiers(offices: Sequence[values.Office]) -> dict[str, int]:
    return {tier.value: sum(office.tier is tier for office in offices) for tier in Tier}


def _store_offices(work: Transaction, read: Sequence[values.Office], known: dict[str, Office]) -> set[str]:
    """Insert offices that are new, without their superiors yet: those may come later in the file."""
    new = [
        Office(
            code=office.code, name=office.name, aliases=list(office.aliases), tier=office.tier,
            division_code=office.division_code, valid_from=local_day(work.now),
        )
        for office in read
        if office.code not in known
    ]  # fmt: skip
    work.session.add_all(new)
    work.session.flush()
    known.update((row.code, row) for row in new)
    return {row.code for row in new}


def _update(work: Transaction, office: values.Office, known: dict[str, Office]) -> bool:
    row = known[office.code]
    superior = known[office.superior].id if office.superior else None
    wanted = (office.name, list(office.aliases), office.tier, superior, office.division_code, None)
    if (row.name, row.aliases, row.tier, row.superior_id, row.division_code, row.valid_until) == wanted:
        return False
    row.name, row.aliases, row.tier, row.superior_id, row.division_code, row.valid_until = wanted
    work.session.add(row)
    return True


def _store_contacts(work: Transaction, office: values.Office, office_id: int) -> set[str]:
    """Bring an office's contacts in line; one that is gone stays as a row, inactive. Return the addresses changed."""
    rows = {
        (row.role, row.address): row
        for row in work.session.scalars(select(Contact).where(col(Contact.office_id) == office_id))
    }
    changed = set[str]()
    for contact in office.contacts:
        row = rows.pop((contact.role, contact.address), None)
        if row is None:
            row = Contact(office_id=office_id, role=contact.role, address=contact.address, active=False)
        if (row.officer, row.phone, row.active) != (contact.officer, contact.phone, True):
            row.officer, row.phone, row.active = contact.officer, contact.phone, True
            work.session.add(row)
            changed.add(row.address)
    for row in rows.values():
        if row.active:
            changed.add(row.address)
        row.active = False
    return changed


def _deactivate(work: Transaction, rows: Sequence[Office]) -> None:
    for row in rows:
        row.valid_until = local_day(work.now)


@task(name="名册")
def list_offices() -> list[values.Office]:
    """Return the active offices in the order of their codes."""
    with reading() as session:
        return [office for office in load_roster(session).roster if office.active]
