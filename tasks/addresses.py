"""Addresses from which mail came back: which they are, and using one again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from prefect import task
from sqlalchemy import select
from sqlmodel import col

from domain.errors import Refused
from domain.masking import without_contacts
from domain.trail import Actor
from models.bounces import trust_again
from models.inbound import AddressTrouble
from models.roster import load_roster
from models.session import reading, transaction


@dataclass(frozen=True, slots=True)
class TroubledAddress:
    """An address from which mail came back; instants are aware."""

    address: str
    #: the offices of the roster that have it
    offices: tuple[str, ...]
    first_at: datetime
    last_at: datetime
    #: temporary failures in a row
    soft: int
    #: since when it is passed over; None: it is still used
    passed_over_since: datetime | None
    reason: str


@task(name="退信地址")
def list_trouble() -> list[TroubledAddress]:
    """Return the addresses from which mail came back: those that are passed over first, then the newest."""
    with reading() as session:
        roster = load_roster(session).roster
        rows = session.scalars(select(AddressTrouble).order_by(col(AddressTrouble.last_at).desc())).all()
    offices: dict[str, list[str]] = {}
    for office in roster:
        for address in dict.fromkeys(contact.address for contact in office.contacts):
            offices.setdefault(address, []).append(office.name)
    found = [
        TroubledAddress(
            row.address, tuple(offices.get(row.address, ())), row.first_at, row.last_at, row.soft, row.hard_at,
            row.reason,
        )
        for row in rows
    ]  # fmt: skip
    return sorted(found, key=lambda each: each.passed_over_since is None)


@task(name="恢复使用邮箱")
def clear_address(address: str, reason: str, *, actor: Actor, now: datetime) -> str:
    """Use an address again from the next message on; what went elsewhere meanwhile is not told again.

    Returns one sentence. Raises Refused: no reason given; nothing has come back from this address.
    """
    if not reason.strip():
        message = "恢复使用邮箱必须说明理由（--reason）。"
        raise Refused(message)
    with transaction(actor, now) as work:
        roster = load_roster(work.session).roster
        if not trust_again(work, [address.strip()]):
            message = f"{address}没有退信记录；可用 duban mail trouble 查看有退信的邮箱。"
            raise Refused(message)
        offices = [each for each in roster if any(contact.address == address.strip() for contact in each.contacts)]
        payload = {"offices": [each.code for each in offices], "reason": without_contacts(reason)}
        work.record("address.cleared", "roster", payload)
    names = "、".join(each.name for each in offices) or "名册外的"
    return f"已恢复使用{names}的邮箱 {address.strip()}，自下一封通知起。"
