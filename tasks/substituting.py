"""Substitutes (代办): setting who acts for whom and until when, revoking it, and the list of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from prefect import task
from sqlalchemy import select
from sqlmodel import col

from domain.deadlines import format_due, format_instant
from domain.errors import Refused
from domain.masking import without_contacts
from domain.offices import Contact as Person
from domain.offices import Office, person_at
from domain.substitutes import LONGEST_CHAIN
from domain.substitutes import Substitution as Standing
from domain.trail import Actor
from models.installation import Installation, installation
from models.office import Contact, Substitution
from models.roster import roster_changed
from models.session import reading, transaction
from models.substitutes import contact_id, named, need_person


@dataclass(frozen=True)
class Substitute:
    """One substitution as a person reads it."""

    id: int
    office: str
    absent: str
    acting_office: str
    acting: str
    starts_at: datetime
    ends_at: datetime
    reason: str
    #: 未开始, 代办中, 已结束 or 已撤销
    state: str
    message: str = ""


@task(name="登记代办")
def substitute(
    absent: str, acting: str, starts_at: datetime, ends_at: datetime, reason: str, *, actor: Actor, now: datetime
) -> Substitute:
    """Let one person act for another from `starts_at` until before `ends_at` (aware): what is told to the one goes
    to the other (docs/rules.md, Ladder 7).

    Both are given as `office/name` or `office/address`. Raises Refused: no reason, a person who is not found or not
    the only one, no time left, an office outside, somebody acting already, a circle or too long a chain.
    """
    if not reason.strip():
        message = "登记代办必须说明理由。"
        raise Refused(message)
    if ends_at <= max(starts_at, now):
        message = f"代办的截止时间（{format_due(ends_at)}）应晚于起始时间，也应晚于现在。"
        raise Refused(message)
    with transaction(actor, now) as work:
        here = installation(work.session)
        (office, away), (other, present) = need_person(here, absent), need_person(here, acting)
        new = Standing(person_at(office.code, away), person_at(other.code, present), starts_at, ends_at)
        _check(here, new, office, away, other, present)
        row = Substitution(
            absent_id=contact_id(work.session, here, office, away),
            acting_id=contact_id(work.session, here, other, present),
            starts_at=starts_at, ends_at=ends_at, reason=reason,
        )  # fmt: skip
        work.session.add(row)
        work.session.flush()
        roster_changed(work)
        payload = {
            "absent": {"office": office.code, "name": named(away)},
            "acting": {"office": other.code, "name": named(present)},
            "from": starts_at, "until": ends_at, "reason": without_contacts(reason),
        }  # fmt: skip
        work.record("substitution.set", f"substitution:{row.id}", payload)
        line = (
            f"{office.name}的{named(away)}自{format_instant(starts_at)}至{format_due(ends_at)}"
            f"由{other.name}的{named(present)}代办（编号 {row.id}）。"
        )
        return _shown(row, office.name, named(away), other.name, named(present), now, line)


def _check(here: Installation, new: Standing, office: Office, away: Person, other: Office, present: Person) -> None:
    """Refuse what would lead nowhere."""
    roster, known = here.view.roster, here.view.roster.substitutes
    taken = [each for each in known.by_absent.get(new.absent, ()) if _meet(each, new)]
    outside = next((each.name for each in (office, other) if each.code not in roster.inside), "")
    message = ""
    if new.absent == new.acting:
        message = "代办人不能是本人。"
    elif outside:
        message = f"{outside}不在本运行单位管辖范围内，不能登记代办；请另选管辖范围内的人。"
    elif not away.address or not present.address:
        lacking = away if not away.address else present
        message = f"{named(lacking)}没有登记邮箱，通知无从改送；请先在名册中补充邮箱。"
    elif taken:
        message = (
            f"{named(away)}自{format_instant(taken[0].starts_at)}至{format_due(taken[0].ends_at)}"
            "已有代办人，请先用 duban roster revoke 撤销，或改用其他时段。"
        )
    elif (at := known.dead_end_of(new)) is not None:
        message = (
            f"自{format_instant(at)}起代办会首尾相接，或接连超过{LONGEST_CHAIN}人，无人可送；"
            "请另选代办人，可用 duban roster substitutes 查看已登记的代办。"
        )
    if message:
        raise Refused(message)


def _meet(one: Standing, other: Standing) -> bool:
    return one.starts_at < other.ends_at and other.starts_at < one.ends_at


@task(name="撤销代办")
def revoke_substitution(number: int, reason: str, *, actor: Actor, now: datetime) -> Substitute:
    """End a substitution before its time. Raises Refused: no reason, no such one, ended or revoked already."""
    if not reason.strip():
        message = "撤销代办必须说明理由。"
        raise Refused(message)
    with transaction(actor, now) as work:
        row = work.session.get(Substitution, number, with_for_update=True)
        if row is None:
            message = f"没有编号为 {number} 的代办；可用 duban roster substitutes 查看编号。"
            raise Refused(message)
        if row.revoked_at is not None or row.ends_at <= now:
            ended = format_instant(row.revoked_at or row.ends_at)
            message = f"编号 {number} 的代办已于{ended}结束，无需撤销。"
            raise Refused(message)
        row.revoked_at = now
        roster_changed(work)
        work.record("substitution.revoked", f"substitution:{number}", {"reason": without_contacts(reason)})
        found = _as_shown(installation(work.session), row, work.session.get_one(Contact, row.absent_id),
                          work.session.get_one(Contact, row.acting_id), now)  # fmt: skip
    line = f"已撤销编号 {number} 的代办，今后的通知仍送{found.office}的{found.absent}。"
    return Substitute(**{**vars(found), "message": line})


@task(name="代办清单")
def list_substitutions(*, now: datetime, ended_too: bool = False) -> list[Substitute]:
    """Return who acts for whom now and later, in the order it was set; with `ended_too` all that ever were."""
    with reading() as session:
        here = installation(session)
        statement = select(Substitution).order_by(col(Substitution.id))
        if not ended_too:
            statement = statement.where(col(Substitution.revoked_at).is_(None), col(Substitution.ends_at) > now)
        rows = session.scalars(statement).all()
        wanted = {each.absent_id for each in rows} | {each.acting_id for each in rows}
        people = {each.id: each for each in session.scalars(select(Contact).where(col(Contact.id).in_(wanted)))}
        return [_as_shown(here, row, people[row.absent_id], people[row.acting_id], now) for row in rows]


def _as_shown(here: Installation, row: Substitution, absent: Contact, acting: Contact, now: datetime) -> Substitute:
    office, other = here.view.office(absent.office_id), here.view.office(acting.office_id)
    return _shown(row, office.name, _name(absent), other.name, _name(acting), now)


def _name(contact: Contact) -> str:
    name = named(Person(role=contact.role, address=contact.address, officer=contact.officer))
    return name if contact.active else f"{name}，名册中已没有"


def _shown(
    row: Substitution, office: str, absent: str, other: str, acting: str, now: datetime, message: str = ""
) -> Substitute:
    return Substitute(
        row.id or 0, office, absent, other, acting, row.starts_at, row.ends_at, row.reason, _state(row, now), message
    )


def _state(row: Substitution, now: datetime) -> str:
    if row.revoked_at is not None:
        return "已撤销"
    if row.ends_at <= now:
        return "已结束"
    return "代办中" if row.starts_at <= now else "未开始"
