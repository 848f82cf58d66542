"""Passing a circular on: one hop in one transaction, shown first where asked, and recalled where it was a mistake."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from prefect import task
from sqlalchemy import select, update
from sqlmodel import Session, col

from domain.chain import resolve_addressees
from domain.errors import Refused
from domain.masking import without_contacts
from domain.offices import Audience, Office
from domain.planning import TAGS, ForwardingMode, Hop, Plan
from domain.statuses import ObligationKind
from domain.trail import Actor
from models.acting import fire, firing_row
from models.circular import Circular
from models.circulars import forwardings_of, need_circular, need_in_force
from models.duplicates import asked_already, double_words
from models.forwarding import Forwarding, ForwardRequest
from models.hops import fulfil_forwards, open_hop, store_hop
from models.installation import Installation, installation
from models.internal_days import check_own, restate_upstream, tighten_below
from models.lookup import need_office
from models.recalls import (
    hops_down,
    lock_making,
    owe_forward_again,
    receipts_of,
    share_making,
    take_back_from,
    tell_reached,
    unsent_circulars,
)
from models.restating import owe_apart
from models.session import OnlyShown, Transaction, transaction
from models.statements import insert_new
from tasks.foreseeing import DueShown, below_scope, burdens, due_shown, questions


@dataclass(frozen=True)
class Forwarded:
    """What one hop did, or would do."""

    number: str
    title: str
    sender: str
    offices: tuple[Office, ...]
    tiers: dict[str, int]
    outside: tuple[str, ...]
    unresolved: tuple[str, ...]
    notices: int
    sent_at: datetime
    leaves_at: datetime
    due: tuple[DueShown, ...]
    burdens: tuple[str, ...] = ()
    #: what a person should settle before it goes out
    questions: tuple[str, ...] = ()
    #: offices that had it already: nothing was done again for them
    already: int = 0
    dry_run: bool = False


@dataclass(frozen=True)
class Recalled:
    """What a recall did."""

    number: str
    withdrawn_notices: int
    told: int
    offices: int


@task(name="转发公文")
def forward_circular(
    number: str,
    *,
    actor: Actor,
    now: datetime,
    sender: str | None = None,
    to: Sequence[str] = (),
    mode: ForwardingMode = ForwardingMode.DIRECT,
    below_scope_reason: str = "",
    internal: Mapping[int, date] | None = None,
    dry_run: bool = False,
) -> Forwarded:
    """Pass a circular from an office (a code; by default the operating office) on to its addressees.

    Forwardings, obligations and one firing each in one transaction; `to` replaces the printed addressees by names of
    its own. A dry run does the same and rolls it back. What cannot be resolved is shown, not dropped.
    `internal` sets an earlier day for requirements of the upstream, by their ordinals; where there is no upstream and
    the mode is by level, for those of the circular itself. Raises Refused: unknown number, nobody to forward to, a hop
    below the printed scope without a reason, an internal day that is none.
    """
    shown: list[Forwarded] = []
    try:
        with transaction(actor, now) as work:
            circular = need_circular(work.session, number)
            shown.append(_forward(work, circular, sender, to, mode, below_scope_reason, internal))
            if dry_run:
                shown[0] = _previewed(work, circular, shown[0])
                raise OnlyShown
    except OnlyShown:
        pass  # rolled back, which is all a dry run wants
    return shown[0]


def foresee(work: Transaction, circular: Circular) -> Forwarded:
    """Do what passing a circular on to its addressees now would do; whoever asks rolls it back. Raises Refused."""
    shown = _forward(work, circular, None, (), ForwardingMode.DIRECT, "只是预览")
    below = below_scope(circular, shown.offices)
    shown = replace(shown, questions=(*([f"{below}，转发时须说明理由。"] if below else []), *shown.questions))
    return _previewed(work, circular, shown)


def _previewed(work: Transaction, circular: Circular, shown: Forwarded) -> Forwarded:
    """Add what is only worth asking before it goes out: what other circulars ask the same offices already."""
    codes = [office.code for office in shown.offices]
    doubles = asked_already(work.session, installation(work.session), circular, codes, shown.leaves_at)
    return replace(shown, dry_run=True, questions=(*shown.questions, *map(double_words, doubles)))


def _forward(
    work: Transaction,
    circular: Circular,
    sender: str | None,
    to: Sequence[str],
    mode: ForwardingMode,
    reason: str,
    internal: Mapping[int, date] | None = None,
) -> Forwarded:
    here = installation(work.session)
    roster = here.view.roster
    sender = need_office(here, sender or roster.operating).code
    share_making(work.session, circular)
    need_in_force(work.session, circular, "转发")
    _require_holder(work.session, here, circular, sender)
    found = resolve_addressees(tuple(to) or tuple(circular.addressees), roster, sender)
    codes = _downward(here, sender, found.codes, named=bool(to))
    if not codes:
        named = "、".join(to or circular.addressees) or "（文中没有主送机关）"
        message = f"公文“{circular.number}”的主送机关“{named}”在名册中没有对应的下级单位，可用 --to 指明。"
        raise Refused(message)
    _respect_scope(circular, [roster[code] for code in codes], reason)
    hop = open_hop(work, here, circular, sender=sender, addressees=codes, sent_at=work.now, mode=mode)
    made = _store(work, here, circular, hop, sender, internal or {})
    notices = _send(work, here, circular, hop, made)
    fulfil_forwards(work, here, [circular.upstream_id, circular.id], here.view.id_of[sender])
    _close_request(work, circular, sender, here)
    if hop.forwardings:
        payload = {"from": sender, "to": sorted(hop.forwardings), "sent_at": hop.sent_at, "mode": mode}
        work.record("circular.forwarded", f"circular:{circular.id}", payload | {"reason": without_contacts(reason)})
    offices = tuple(roster[code] for code in hop.forwardings)
    return Forwarded(
        number=circular.number or circular.title, title=circular.title, sender=roster[sender].name, offices=offices,
        tiers=dict(Counter(office.tier.value for office in offices)),
        outside=(*(group.phrase for group in found.groups if group.outside), *_not_ours(found.codes, here)),
        unresolved=found.unresolved,
        notices=notices, sent_at=hop.sent_at, leaves_at=hop.issued_at, due=due_shown(work.session, circular, made),
        burdens=burdens(work.session, here, circular, hop, made), questions=questions(work, here, circular, codes),
        already=len(codes) - len(hop.forwardings),
    )  # fmt: skip


def _store(
    work: Transaction, here: Installation, circular: Circular, hop: Hop, sender: str, internal: Mapping[int, date]
) -> dict[int, Plan]:
    """Make what the hop owes, with the internal days that were set for it."""
    own = internal and hop.by_level and circular.upstream_id is None
    if internal and not own:
        restate_upstream(work, here, circular, sender, internal)
    days = check_own(work, circular, internal) if own else {}
    made = store_hop(work, here, circular, hop)
    if days:
        tighten_below(work, here, made, days)
    return made


def _downward(here: Installation, sender: str, codes: Sequence[str], *, named: bool) -> list[str]:
    """Return the addressees below the sender: nobody forwards sideways or upward.

    Whom the circular itself addresses elsewhere is its issuer's to reach; a name given by hand is refused.
    """
    roster = here.view.roster
    below = {office.code for office in roster.below(sender)}
    beside = [roster[code].name for code in codes if code in roster.inside and code not in below and code != sender]
    if named and beside:
        message = f"{beside[0]}不是{roster[sender].name}的下级单位，不能向其转发。"
        raise Refused(message)
    return [code for code in codes if code in below]


def _require_holder(session: Session, here: Installation, circular: Circular, sender: str) -> None:
    """Refuse a sender that the software does not act for, or that does not have the circular itself."""
    office, number = here.view.roster[sender], circular.number or circular.title
    sender_id = here.view.id_of[sender]
    if sender not in here.view.roster.inside or not office.active:
        message = f"{office.name}不在本系统管辖范围内或已停用，不能由它转发；外来公文请用 duban register 登记。"
        raise Refused(message)
    holders = {hop.to_office_id for hop in forwardings_of(session, circular.id or 0)}
    if sender != here.view.roster.operating and circular.issuer_id != sender_id and sender_id not in holders:
        message = f"{office.name}没有收到公文“{number}”（或已被撤回），不能转发。"
        raise Refused(message)


def _not_ours(codes: Sequence[str], here: Installation) -> list[str]:
    """Return the names of known offices outside: they get mail only by a person's own act, but are shown."""
    roster = here.view.roster
    return [roster[code].name for code in codes if code not in roster.inside]


def _respect_scope(circular: Circular, offices: Sequence[Office], reason: str) -> None:
    below = below_scope(circular, offices)
    if below and not reason.strip():
        message = f"{below}；确需转发的，请用 --below-scope-reason 说明理由。"
        raise Refused(message)


def _send(work: Transaction, here: Installation, circular: Circular, hop: Hop, made: Mapping[int, Plan]) -> int:
    tag = TAGS[circular.urgency]
    rows = []
    for number, plan in made.items():
        if plan.kind is ObligationKind.RECEIPT:
            recipient = here.view.roster.audience(plan.office, Audience.OFFICER, work.now)
            why = recipient.fallback or f"贵单位是本文的主送单位，经办人登记为{_people(recipient.contacts)}。"
            rows.append(
                firing_row(
                    here.view, recipient, "circular", rung="act:circular", at=hop.issued_at, now=work.now,
                    not_before=hop.issued_at, obligation_id=number, urgency_tag=tag, why=why,
                )
            )  # fmt: skip
    return len(fire(work, rows))


def _people(contacts: Sequence[object]) -> str:
    names = [str(getattr(contact, "officer", "")) for contact in contacts]
    return "、".join(name for name in names if name) or "贵单位邮箱"


def _close_request(work: Transaction, circular: Circular, sender: str, here: Installation) -> None:
    work.session.execute(
        update(ForwardRequest)
        .where(
            col(ForwardRequest.circular_id) == circular.id,
            col(ForwardRequest.from_office_id) == here.view.id_of[sender],
            col(ForwardRequest.done_at).is_(None),
        )
        .values(done_at=work.now)
    )


@task(name="请求转发")
def request_forward(number: str, sender: str, *, actor: Actor, now: datetime) -> int:
    """Record that an office forwards a circular; the hop itself follows by event, or by the next sweep.

    Returns the id of the request. Raises Refused for an unknown number or office.
    """
    with transaction(actor, now) as work:
        circular = need_circular(work.session, number)
        here = installation(work.session)
        code = need_office(here, sender).code
        need_in_force(work.session, circular, "转发")
        _require_holder(work.session, here, circular, code)
        row: dict[str, Any] = {"circular_id": circular.id, "from_office_id": here.view.id_of[code]}
        asked_for = {"requested_at": now, "actor": {"kind": actor.kind, "name": actor.name}}
        made = insert_new(work.session, ForwardRequest, [row | asked_for | {"options": {}}], col(ForwardRequest.id))
        request = work.session.scalars(select(ForwardRequest).filter_by(**row).with_for_update()).one()
        ended = request.done_at is not None or request.refused is not None
        if ended:
            # Asked for again: after a recall, say, or once what stood in the way is mended.
            request.requested_at, request.actor = now, {"kind": actor.kind, "name": actor.name}
            request.done_at, request.refused = None, None
        if made or ended:
            work.record("forward.requested", f"circular:{circular.id}", {"from": code})
        return request.id or 0


@task(name="撤回转发")
def recall_forwarding(number: str, reason: str, *, actor: Actor, now: datetime, sender: str | None = None) -> Recalled:
    """Take a hop back: withdraw what has not gone out and the obligations, and tell each office already reached once.

    What those offices passed on in their turn goes with it; the sender owes the forwarding again. The circular can be
    forwarded anew. Raises Refused: unknown number or office, an empty reason, nothing forwarded.
    """
    if not reason.strip():
        message = "撤回必须说明理由（--reason）。"
        raise Refused(message)
    with transaction(actor, now) as work:
        circular = need_circular(work.session, number)
        here = installation(work.session)
        office = need_office(here, sender or here.view.roster.operating)
        sender_id = here.view.id_of[office.code]
        lock_making(work.session, circular)
        hops = hops_down(work.session, circular, sender_id)
        if not hops:
            message = f"{office.name}没有可撤回的“{circular.number or circular.title}”的转发（未曾转发，或已撤回）。"
            raise Refused(message)
        return _recall(work, here, circular, hops, sender_id, reason)


def _recall(
    work: Transaction, here: Installation, circular: Circular, hops: Sequence[Forwarding], sender_id: int, reason: str
) -> Recalled:
    offices = {hop.to_office_id for hop in hops}
    receipts = receipts_of(work.session, circular, offices)
    numbers = [receipt.id or 0 for receipt in receipts.values()]
    before = unsent_circulars(work.session, numbers)
    owed = take_back_from(work, circular, offices)
    owe_apart(work, here, owed)
    owe_forward_again(work, here, sender_id, circular.upstream_id, circular.id)
    told = tell_reached(
        work, here, receipts, "withdrawn", {"reason": reason}, urgency_tag=TAGS[circular.urgency],
        why="贵单位此前已收到该文，现告知撤回，请勿再按原要求办理。",
    )  # fmt: skip
    codes = sorted(here.view.code_of[office] for office in offices)
    payload = {"reason": without_contacts(reason), "offices": codes, "told": told}
    work.record("circular.recalled", f"circular:{circular.id}", payload | {"obligations": owed})
    after = unsent_circulars(work.session, numbers)
    return Recalled(circular.number or circular.title, before - after, told, len(offices))
