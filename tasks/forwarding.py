"""Passing a circular on: one hop in one transaction, shown first where asked, and recalled where it was a mistake."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from prefect import task
from sqlalchemy import select, update
from sqlmodel import Session, col

from domain.chain import resolve_addressees
from domain.deadlines import format_due
from domain.documents import RequirementKind
from domain.errors import Refused
from domain.offices import Audience, Office
from domain.planning import ForwardingMode, Hop, Plan
from domain.scope import is_below
from domain.statuses import Act, ObligationKind, Status
from domain.trail import Actor
from models.acting import fire, firing_row, move, rest, tell, withdraw_unsent
from models.circular import Circular, CircularState
from models.circulars import asked, forwardings_of, need_circular, requirements_of
from models.forwarding import Forwarding, ForwardRequest
from models.hops import open_hop, store_hop
from models.installation import Installation, installation
from models.notice import Delivery, DeliveryState, Firing, FiringRecipient
from models.obligation import Obligation
from models.session import Transaction, transaction
from models.statements import batches

URGENCY_TAGS = {"routine": "", "urgent": "加急", "extra_urgent": "特急"}


class _OnlyShown(Exception):
    """Rolls a dry run back."""


@dataclass(frozen=True)
class DueShown:
    """One thing that becomes due, as the dry run shows it."""

    kind: str
    what: str
    due: str
    offices: int


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
    dry_run: bool = False,
) -> Forwarded:
    """Pass a circular from an office (a code; by default the operating office) on to its addressees.

    Forwardings, obligations and one firing each in one transaction; `to` replaces the printed addressees by names of
    its own. A dry run does the same and rolls it back. What cannot be resolved is shown, not dropped.
    Raises Refused: unknown number, nobody to forward to, a hop below the printed scope without a reason.
    """
    shown: list[Forwarded] = []
    try:
        with transaction(actor, now) as work:
            shown.append(_forward(work, need_circular(work.session, number), sender, to, mode, below_scope_reason))
            if dry_run:
                raise _OnlyShown
    except _OnlyShown:
        pass
    return shown[0] if not dry_run else _as_dry(shown[0])


def _as_dry(shown: Forwarded) -> Forwarded:
    return Forwarded(**{**shown.__dict__, "dry_run": True})


def _forward(
    work: Transaction, circular: Circular, sender: str | None, to: Sequence[str], mode: ForwardingMode, reason: str
) -> Forwarded:
    here = installation(work.session)
    roster = here.view.roster
    sender = sender or roster.operating
    if roster.get(sender) is None:
        message = f"名册中没有代码为“{sender}”的单位。"
        raise Refused(message)
    if circular.state is not CircularState.ACTIVE:
        message = f"公文“{circular.number}”已撤回或被替代，不能转发。"
        raise Refused(message)
    found = resolve_addressees(tuple(to) or tuple(circular.addressees), roster, sender)
    codes = [code for code in found.codes if code in roster.inside and code != sender]
    if not codes:
        named = "、".join(to or circular.addressees) or "（文中没有主送机关）"
        message = f"公文“{circular.number}”的主送机关“{named}”在名册中没有对应的下级单位，可用 --to 指明。"
        raise Refused(message)
    _respect_scope(circular, [roster[code] for code in codes], reason)
    hop = open_hop(work, here, circular, sender=sender, addressees=codes, sent_at=work.now, mode=mode)
    made = store_hop(work, here, circular, hop)
    notices = _send(work, here, circular, hop, made)
    _fulfil_upstream(work, here, circular, sender)
    _close_request(work, circular, sender, here)
    work.record(
        "circular.forwarded",
        f"circular:{circular.id}",
        {"from": sender, "to": sorted(hop.forwardings), "sent_at": hop.sent_at, "mode": mode, "reason": reason},
    )
    offices = tuple(roster[code] for code in hop.forwardings)
    return Forwarded(
        number=circular.number or circular.title, title=circular.title, sender=roster[sender].name, offices=offices,
        tiers=dict(Counter(office.tier.value for office in offices)),
        outside=tuple(group.phrase for group in found.groups if group.outside), unresolved=found.unresolved,
        notices=notices, sent_at=hop.sent_at, leaves_at=hop.issued_at, due=_due_shown(work.session, circular, made),
        burdens=_burdens(made), questions=_questions(work, here, circular, codes),
        already=len(codes) - len(hop.forwardings),
    )  # fmt: skip


def _respect_scope(circular: Circular, offices: Sequence[Office], reason: str) -> None:
    below = [office.name for office in offices if is_below(office.tier, circular.scope)]
    if below and not reason.strip():
        message = (
            f"公文注明“{circular.scope}”，而 {len(below)} 个收文单位（如{below[0]}）低于该范围；"
            "确需转发的，请用 --below-scope-reason 说明理由。"
        )
        raise Refused(message)


def _send(work: Transaction, here: Installation, circular: Circular, hop: Hop, made: Sequence[tuple[int, Plan]]) -> int:
    tag = URGENCY_TAGS[circular.urgency]
    rows = []
    for number, plan in made:
        if plan.kind is ObligationKind.RECEIPT:
            recipient = here.view.roster.audience(plan.office, Audience.OFFICER)
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


def _fulfil_upstream(work: Transaction, here: Installation, circular: Circular, sender: str) -> None:
    """Forwarding a circular fulfils the sender's *forward* of its upstream, and of the circular itself."""
    numbers = [number for number in (circular.upstream_id, circular.id) if number is not None]
    statement = select(Obligation).where(
        col(Obligation.kind) == ObligationKind.FORWARD,
        col(Obligation.office_id) == here.view.id_of[sender],
        col(Obligation.circular_id).in_(numbers),
        col(Obligation.status) == Status.PENDING,
    )
    for owed in work.session.scalars(statement).all():
        move(work, owed, Act.FORWARD)
        rest(work.session, [owed.id or 0])
        work.record("obligation.fulfilled", f"obligation:{owed.id}", {"kind": owed.kind, "office": sender})


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


def _due_shown(session: Session, circular: Circular, made: Sequence[tuple[int, Plan]]) -> tuple[DueShown, ...]:
    texts = {row.id: row.text for row in requirements_of(session, circular.id or 0)}
    groups: Counter[tuple[str, str, str]] = Counter()
    for _, plan in made:
        what = texts.get(plan.requirement_id, "") if plan.requirement_id else ""
        due = format_due(plan.due_at, provisional=plan.provisional) if plan.due_at else "未定日期"
        groups[plan.kind.label, what, due] += 1
    shown = [DueShown(kind, what, due, count) for (kind, what, due), count in groups.items()]
    told = {row.id for row in requirements_of(session, circular.id or 0) if row.kind is RequirementKind.ON_OCCURRENCE}
    shown += [DueShown("随时报送", texts[number], "遇有情况时", 0) for number in told]
    return tuple(shown)


def _questions(work: Transaction, here: Installation, circular: Circular, codes: Sequence[str]) -> tuple[str, ...]:
    rows = requirements_of(work.session, circular.id or 0)
    return tuple(
        f"第 {row.ordinal} 项要求的责任单位“{row.responsible}”无法与名册对应，暂由全部收文单位承担。"
        for row in rows
        if here.planner.is_unclear(asked(row, here.view), codes)
    )


def _burdens(made: Sequence[tuple[int, Plan]]) -> tuple[str, ...]:
    """Say where the notice is short: less than a working day between the notice and what is due."""
    short = {
        plan.due_at
        for _, plan in made
        if plan.due_at and plan.kind.is_reviewed and plan.due_at - plan.issued_at < timedelta(hours=24)
    }
    return tuple(f"通知发出后不足一天即到期：{format_due(due_at)}。" for due_at in sorted(short))


@task(name="请求转发")
def request_forward(number: str, sender: str, *, actor: Actor, now: datetime) -> int:
    """Record that an office forwards a circular; the hop itself follows by event, or by the next sweep.

    Returns the id of the request. Raises Refused for an unknown number or office.
    """
    with transaction(actor, now) as work:
        circular = need_circular(work.session, number)
        here = installation(work.session)
        if here.view.roster.get(sender) is None:
            message = f"名册中没有代码为“{sender}”的单位。"
            raise Refused(message)
        statement = select(ForwardRequest).where(
            col(ForwardRequest.circular_id) == circular.id,
            col(ForwardRequest.from_office_id) == here.view.id_of[sender],
        )
        request = work.session.scalars(statement).first()
        if request is None:
            request = ForwardRequest(
                circular_id=circular.id or 0, from_office_id=here.view.id_of[sender], requested_at=now,
                actor={"kind": actor.kind, "name": actor.name},
            )  # fmt: skip
            work.session.add(request)
            work.session.flush()
            work.record("forward.requested", f"circular:{circular.id}", {"from": sender})
        return request.id or 0


@task(name="撤回转发")
def recall_forwarding(number: str, reason: str, *, actor: Actor, now: datetime, sender: str | None = None) -> Recalled:
    """Take a hop back: withdraw what has not gone out and the obligations, and tell each office already reached once.

    Raises Refused: unknown number, an empty reason, nothing forwarded.
    """
    if not reason.strip():
        message = "撤回必须说明理由（--reason）。"
        raise Refused(message)
    with transaction(actor, now) as work:
        circular = need_circular(work.session, number)
        here = installation(work.session)
        from_id = here.view.id_of[sender or here.view.roster.operating]
        hops = [row for row in forwardings_of(work.session, circular.id or 0) if row.from_office_id == from_id]
        if not hops:
            message = f"公文“{circular.number}”没有可撤回的转发。"
            raise Refused(message)
        return _recall(work, here, circular, hops, reason)


def _recall(
    work: Transaction, here: Installation, circular: Circular, hops: Sequence[Forwarding], reason: str
) -> Recalled:
    offices = {row.to_office_id for row in hops}
    statement = select(Obligation).where(
        col(Obligation.circular_id) == circular.id, col(Obligation.office_id).in_(offices)
    )
    owed = [each for each in work.session.scalars(statement) if not each.status.is_final]
    receipts = {each.office_id: each for each in _receipts(work.session, circular, offices)}
    reached = _reached(work.session, [each.id or 0 for each in receipts.values()])
    before = _waiting(work.session, receipts.values())
    for batch in batches([each.id or 0 for each in receipts.values()]):
        withdraw_unsent(work.session, batch, acts_too=True)
    for each in owed:
        move(work, each, Act.WITHDRAW)
    rest(work.session, [each.id or 0 for each in owed])
    for row in hops:
        row.recalled_at = work.now
    told = sum(
        tell(
            work, here.view, receipt, here.view.roster.audience(here.view.code_of[office], Audience.OFFICER),
            "withdrawn", urgency_tag=URGENCY_TAGS[circular.urgency], detail={"reason": reason},
            why="贵单位此前已收到该文，现告知撤回，请勿再按原要求办理。",
        )
        for office, receipt in receipts.items()
        if receipt.id in reached
    )  # fmt: skip
    payload = {"reason": reason, "offices": sorted(here.view.code_of[office] for office in offices), "told": told}
    work.record("circular.recalled", f"circular:{circular.id}", payload)
    after = _waiting(work.session, receipts.values())
    return Recalled(circular.number or circular.title, before - after, told, len(offices))


def _receipts(session: Session, circular: Circular, offices: set[int]) -> Sequence[Obligation]:
    statement = select(Obligation).where(
        col(Obligation.circular_id) == circular.id,
        col(Obligation.kind) == ObligationKind.RECEIPT,
        col(Obligation.office_id).in_(offices),
    )
    return session.scalars(statement).all()


def _reached(session: Session, receipts: Sequence[int]) -> set[int]:
    """Return the receipts whose circular has reached an address, or may have."""
    statement = (
        select(col(Firing.obligation_id))
        .join(FiringRecipient, col(FiringRecipient.firing_id) == col(Firing.id))
        .join(Delivery, col(Delivery.notice_id) == col(FiringRecipient.notice_id))
        .where(
            col(Firing.obligation_id).in_(receipts),
            col(Firing.rung) == "act:circular",
            col(Delivery.state).in_([DeliveryState.SENDING, DeliveryState.ACCEPTED, DeliveryState.UNCERTAIN]),
        )
    )
    return {int(number) for number in session.scalars(statement) if number is not None}


def _waiting(session: Session, receipts: object) -> int:
    numbers = [each.id for each in receipts]  # type: ignore[attr-defined]
    statement = select(col(Firing.id)).where(
        col(Firing.obligation_id).in_(numbers), col(Firing.rung) == "act:circular", col(Firing.state) == "open"
    )
    return len(session.scalars(statement).all())
