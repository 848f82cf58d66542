"""Sending a notice again on request: a person's act, of what is still true, never twice within the pause."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from prefect import task

from domain.deadlines import format_instant
from domain.documents import Urgency
from domain.errors import Refused
from domain.masking import without_contacts
from domain.offices import Audience, Office, Recipient
from domain.resending import too_soon
from domain.trail import Actor
from models.acting import fire, firing_row
from models.installation import Installation, installation, policies_of
from models.lookup import need_office
from models.notice import Delivery, DeliveryState, FiringState, Notice
from models.outbox import AT_ANY_HOUR
from models.resending import Carried, carried_by, lock_notice, next_repeat, still_tells, told_again, waits_still
from models.session import Transaction, transaction


@dataclass(frozen=True)
class Resent:
    """What became of sending a notice again."""

    notice_id: int
    #: whom it goes to now, by office
    offices: tuple[str, ...]
    items: int
    #: what it told and no longer holds
    dropped: int
    #: nobody has an address: it waits for one
    unreachable: bool
    leaves_at: datetime
    message: str


@task(name="重发通知")
def resend_notice(notice_id: int, reason: str, *, actor: Actor, now: datetime, to: str = "") -> Resent:
    """Tell again what a notice told, as things stand now, in a new message that refers to the old one.

    It goes to whom the roster has today for the same office and role; `to` names another recipient: an address of the
    roster, or an office (then its officer), of the notice's own office or of one above it. Quiet hours hold.
    Raises Refused: no reason; unknown; it goes out by itself; nothing of it still true; told again within the pause;
    a recipient that is none.
    """
    if not reason.strip():
        message = "重发必须说明理由（--reason）。"
        raise Refused(message)
    with transaction(actor, now) as work:
        here = installation(work.session)
        notice, deliveries = lock_notice(work, notice_id)
        _refuse_what_goes_by_itself(notice, deliveries)
        carried = carried_by(work, notice_id)
        still = [each for each in carried if still_tells(work.session, each, now)]
        if not still:
            message = f"通知 {notice_id} 所告知的事项都已办结、撤回或改期，没有可重发的内容。"
            raise Refused(message)
        _refuse_haste(work, here, still)
        chosen = _chosen(here, notice, to, now) if to.strip() else None
        made = fire(work, _rows(work, here, notice, deliveries, still, chosen))
        return _resent(work, here, notice, reason, made, dropped=len(carried) - len(still))


def _refuse_what_goes_by_itself(notice: Notice, deliveries: Sequence[Delivery]) -> None:
    waiting = next((each for each in deliveries if each.state.waits), None)
    if waiting is not None:
        message = f"通知 {notice.id} {waiting.state.label}，会自行发出，不必重发。"
        raise Refused(message)


def _refuse_haste(work: Transaction, here: Installation, still: Sequence[Carried]) -> None:
    before = told_again(work.session, still)
    if not before:
        return
    if waits_still(work.session, before):
        message = "该通知已重发，重发件还没有发出，会自行发出，不必再重发。"
        raise Refused(message)
    owed = next((each.owed for each in still if each.owed is not None), None)
    policies = policies_of(work.session, [owed.policy_id])[owed.policy_id] if owed is not None else here.policies
    grade = owed.grade if owed is not None else Urgency.ROUTINE.value
    why_not = too_soon(before[-1].fired_at, grade, policies, here.calendar, work.now)
    if why_not:
        raise Refused(why_not)


def _chosen(here: Installation, notice: Notice, to: str, now: datetime) -> Recipient:
    """Return the recipient that a person named: nobody hears of another office's matters but those above it."""
    roster, own = here.view.roster, here.view.office(notice.office_id)
    may_know = [each for each in (own, *roster.path_up(own.code)) if each.code in roster.inside and each.active]
    if "@" not in to:
        office = need_office(here, to)
        _require_known(office, may_know, own)
        found = roster.audience(office.code, Audience.OFFICER, now)
        return replace(found, fallback=found.fallback or f"按要求改发给{office.name}。")
    for office in may_know:
        for contact in office.contacts:
            if contact.address == to.strip():
                return Recipient(office.code, contact.role.value, (contact,), f"按要求改发给{office.name}。")
    message = f"名册中{own.name}及其上级没有此邮箱地址；--to 应为其中一人的地址，或单位名称。"
    raise Refused(message)


def _require_known(office: Office, may_know: Sequence[Office], own: Office) -> None:
    if office.code not in {each.code for each in may_know}:
        message = f"{office.name}不是{own.name}或其上级，不能向其重发该单位的通知。"
        raise Refused(message)


def _rows(
    work: Transaction, here: Installation, notice: Notice, deliveries: Sequence[Delivery], still: Sequence[Carried],
    chosen: Recipient | None,
) -> list[dict[str, Any]]:  # fmt: skip
    """Return a firing for each item, linked to the first that told it; only a new repeat makes its key new."""
    repeat, told = next_repeat(work.session, still), _told(notice, deliveries)
    rows = []
    for each in still:
        firing = each.firing
        recipient = chosen or _again(here, firing.office_id, firing.role, deliveries, work.now)
        rows.append(
            firing_row(
                here.view, recipient, firing.kind, rung=each.rung, repeat=repeat, revision=firing.revision,
                obligation_id=firing.obligation_id, again_of_id=each.root_id,
                cause=f"again/{each.root_id}/{repeat}" if each.owed is None else None,
                at=work.now, now=work.now, not_before=work.now, urgency_tag=firing.urgency_tag,
                why=f"{told}{recipient.fallback or _plain(firing.why)}", detail=firing.detail,
            )
        )  # fmt: skip
    return rows


def _told(notice: Notice, deliveries: Sequence[Delivery]) -> str:
    """Say that this is a message sent again, and what became of the first."""
    ended = next((each for each in deliveries if each.state is DeliveryState.ACCEPTED and each.ended_at), None)
    if ended is not None and ended.ended_at is not None:
        return f"应要求重发（原件于{format_instant(ended.ended_at)}发出）。"
    return f"应要求重发（原件于{format_instant(notice.created_at)}列入待发，未确认送达）。"


def _plain(why: str) -> str:
    """Return why the first message came, without what a message told again says of itself."""
    return why.partition("）。")[2] if why.startswith("应要求重发（") else why


def _again(here: Installation, office_id: int, role: str, deliveries: Sequence[Delivery], now: datetime) -> Recipient:
    """Return whom this office and role reach today: the same person alone, where the address is still theirs."""
    recipient = here.view.roster.reach(here.view.code_of[office_id], role, now)
    before = {each.address for each in deliveries}
    same = tuple(each for each in recipient.contacts if each.address in before)
    return replace(recipient, contacts=same or recipient.contacts)


def _resent(
    work: Transaction, here: Installation, notice: Notice, reason: str, made: Sequence[dict[str, Any]], *, dropped: int
) -> Resent:  # fmt: skip
    unreachable = all(row["state"] is FiringState.UNREACHABLE for row in made)
    codes = list(dict.fromkeys(here.view.code_of[row["office_id"]] for row in made))
    payload = {
        "reason": without_contacts(reason), "firings": [row["id"] for row in made],
        "again_of": [row["again_of_id"] for row in made], "offices": codes, "dropped": dropped,
    }  # fmt: skip
    work.record("notice.resent", f"notice:{notice.id}", payload)
    urgent = notice.urgency_tag in AT_ANY_HOUR
    leaves_at = work.now if urgent else here.calendar.next_working_time(work.now)
    offices = tuple(here.view.roster[code].name for code in codes)
    words = f"通知 {notice.id} 将重发给{'、'.join(offices)}（{len(made)} 项）"
    words += f"，其间已办结、撤回或改期的 {dropped} 项不再发" if dropped else ""
    if unreachable:
        words += "；目前没有任何地址可送，名册补上地址后自动发出"
    elif leaves_at > work.now:
        words += f"，邮件于{format_instant(leaves_at)}送出"
    return Resent(notice.id or 0, offices, len(made), dropped, unreachable, leaves_at, f"{words}。")
