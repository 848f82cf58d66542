"""Registering a circular: its bytes, instructions, requirements, and its receipt where it is addressed to us."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from prefect import task
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col

from domain.chain import Addressees, resolve_addressees
from domain.deadlines import format_instant
from domain.documents import CircularDraft, SourceKind, Urgency
from domain.errors import Refused
from domain.reading.draft import need_unclassified, read_document
from domain.statuses import Act, ObligationKind
from domain.trail import Actor
from models.acting import move
from models.circular import Circular
from models.circulars import circular_numbered, forwardings_of, need_in_force, same_number, store_document, text_digest
from models.drafts import goes_to, issuer_of, store_instructions, store_outside, store_requirements
from models.hops import fulfil_forwards, open_hop, store_hop
from models.installation import Installation, installation
from models.obligation import Obligation
from models.session import Transaction, transaction


@dataclass(frozen=True)
class Registered:
    """What became of one circular of a file."""

    number: str | None
    title: str
    circular_id: int
    #: False: it was registered before, nothing changed
    is_new: bool
    upstream: str | None = None
    addressed: int = 0
    outside: tuple[str, ...] = ()
    unresolved: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    #: the operating office has received it by this registration
    received: bool = False


@dataclass(frozen=True)
class Registration:
    """What registering one file did: the annexed circulars first, the cover last."""

    sha256: str
    circulars: tuple[Registered, ...] = field(default=())


@task(name="登记公文")
def register_circular(
    data: bytes,
    filename: str,
    *,
    actor: Actor,
    now: datetime,
    only: str | None = None,
    sent_at: datetime | None = None,
    source_kind: SourceKind = SourceKind.CIRCULAR,
) -> Registration:
    """Register the circulars of one file in one transaction: those annexed to the cover first, then the cover.

    `only` is the number of the one circular to register; `sent_at` (aware) is when an outside office sent it to us,
    by default `now`. The same number with the same text changes nothing. Raises UnreadableDocument and Refused.
    """
    cover = read_document(data, filename)
    drafts = [draft for draft in (*cover.annexes, cover) if only is None or _is(draft, only)]
    _check(drafts, filename, only, source_kind)
    if sent_at is not None and sent_at > now:
        message = f"来文时间（{format_instant(sent_at)}）不能晚于登记时间（{format_instant(now)}）。"
        raise Refused(message)
    file = _File(data, filename, hashlib.sha256(data).hexdigest(), source_kind)
    try:
        return _register(file, drafts, actor, now, sent_at or now)
    except IntegrityError:
        # Somebody registered the same number at the same moment: now it is there to be compared with.
        return _register(file, drafts, actor, now, sent_at or now)


@task(name="登记已读出的公文")
def register_draft(draft: CircularDraft, filename: str, *, actor: Actor, now: datetime) -> Registration:
    """Register a circular whose instructions and requirements are known already; its text is its document.

    Raises Refused as `register_circular` does.
    """
    _check([draft], filename, None, SourceKind.CIRCULAR)
    data = draft.text.encode()
    file = _File(data, filename, hashlib.sha256(data).hexdigest(), SourceKind.CIRCULAR)
    return _register(file, [draft], actor, now, now)


@dataclass(frozen=True)
class _File:
    data: bytes
    name: str
    digest: str
    source_kind: SourceKind


def _register(
    file: _File, drafts: Sequence[CircularDraft], actor: Actor, now: datetime, sent_at: datetime
) -> Registration:
    with transaction(actor, now) as work:
        here = installation(work.session)
        done = [_register_one(work, here, draft, file, sent_at) for draft in drafts]
    return Registration(file.digest, tuple(done))


def _is(draft: CircularDraft, number: str) -> bool:
    return draft.document_number is not None and same_number(draft.document_number) == same_number(number)


def _check(drafts: Sequence[CircularDraft], filename: str, only: str | None, source_kind: SourceKind) -> None:
    if not drafts:
        message = f"{filename} 中没有文号为“{only}”的公文。"
        raise Refused(message)
    for draft in drafts:
        need_unclassified(draft, filename)
        if draft.document_number is None and source_kind is SourceKind.CIRCULAR:
            message = f"{filename} 中没有识别到发文字号；批示件、会议纪要、提案请用 --source-kind 说明来源类别。"
            raise Refused(message)
        if not draft.title:
            message = f"{filename} 中没有识别到标题，不能登记。"
            raise Refused(message)


def _register_one(
    work: Transaction, here: Installation, draft: CircularDraft, file: _File, sent_at: datetime
) -> Registered:
    known = _registered_before(work.session, draft)
    if known is not None:
        need_in_force(work.session, known, "再次登记")
        return _known(known, draft)
    issuer = issuer_of(draft, here)
    addressees = resolve_addressees(draft.addressees, here.view.roster, issuer or "")
    document = store_document(work, file.data, file.name, file.digest)
    circular = _store_circular(work, here, draft, document, file.source_kind, issuer)
    store_outside(work, circular.id or 0, addressees)
    received = _receive_from_outside(work, here, circular, issuer, addressees, sent_at)
    _link_those_that_forward_it(work, here, circular)
    upstream = work.session.get(Circular, circular.upstream_id) if circular.upstream_id else None
    return Registered(
        number=circular.number,
        title=circular.title,
        circular_id=circular.id or 0,
        is_new=True,
        upstream=upstream.number if upstream else None,
        addressed=len(addressees.codes),
        outside=tuple(group.phrase for group in addressees.groups if group.outside),
        unresolved=addressees.unresolved,
        warnings=(*draft.warnings, *_doubts(draft, circular, here, issuer)),
        received=received,
    )


def _registered_before(session: Session, draft: CircularDraft) -> Circular | None:
    """Return the circular of the same number; what has no number is known by its text."""
    if draft.document_number:
        return circular_numbered(session, draft.document_number)
    statement = select(Circular).where(
        col(Circular.number).is_(None), col(Circular.text_digest) == text_digest(draft.text)
    )
    return session.scalars(statement).first()


def _known(known: Circular, draft: CircularDraft) -> Registered:
    if known.text_digest != text_digest(draft.text):
        message = (
            f"文号“{known.number}”已登记过，但本次文本与原文不同；如为重新扫描或更正，"
            f"请用 duban circular correct {known.number} 文件 替换原文。"
        )
        raise Refused(message)
    return Registered(known.number, known.title, known.id or 0, is_new=False)


def _store_circular(
    work: Transaction, here: Installation, draft: CircularDraft, document: int, kind: SourceKind, issuer: str | None
) -> Circular:
    upstream = _upstream(work.session, draft)
    circular = Circular(
        number=same_number(draft.document_number) if draft.document_number else None,
        source_kind=kind,
        kind=draft.kind,
        title=draft.title or "",
        issuing_authority=list(draft.issuing_authority),
        issuer_id=here.view.optional_id(issuer),
        addressees=list(draft.addressees),
        cc_authorities=list(draft.cc_authorities),
        dated_on=draft.dated_on,
        issued_on=draft.issued_on,
        scope=draft.scope,
        urgency=draft.urgency or Urgency.ROUTINE,
        upstream_id=upstream.id if upstream else None,
        forwards=_forwards(draft),
        contacts=[{"name": line.name, "phone": line.phone, "email": line.email} for line in draft.contacts],
        document_id=document,
        text=draft.text,
        text_digest=text_digest(draft.text),
        registered_at=work.now,
    )
    work.session.add(circular)
    work.session.flush()
    paragraphs = store_instructions(work.session, circular.id or 0, draft.instructions)
    requirements = store_requirements(work.session, circular.id or 0, draft, here, issuer, paragraphs)
    work.record(
        "circular.registered",
        f"circular:{circular.id}",
        {
            "number": circular.number, "title": circular.title, "kind": circular.kind, "urgency": circular.urgency,
            "issuer": issuer, "upstream": upstream.number if upstream else None, "text_digest": circular.text_digest,
            "instructions": len(paragraphs), "requirements": requirements,
        },
    )  # fmt: skip
    return circular


def _forwards(draft: CircularDraft) -> dict[str, str | None] | None:
    if draft.forwards is None:
        return None
    return {"document_number": draft.forwards.document_number, "title": draft.forwards.title}


def _upstream(session: Session, draft: CircularDraft) -> Circular | None:
    if draft.forwards is None:
        return None
    if draft.forwards.document_number:
        return circular_numbered(session, draft.forwards.document_number)
    return session.scalars(select(Circular).where(col(Circular.title) == draft.forwards.title)).first()


def _link_those_that_forward_it(work: Transaction, here: Installation, upstream: Circular) -> None:
    """Link circulars that were registered before what they forward; one passed on already fulfils our forwarding."""
    for row in work.session.scalars(select(Circular).where(col(Circular.upstream_id).is_(None))).all():
        named = (row.forwards or {}).get("document_number")
        if row.id == upstream.id or not named or same_number(named) != upstream.number:
            continue
        row.upstream_id = upstream.id
        work.session.flush()
        work.record("circular.linked", f"circular:{row.id}", {"upstream": upstream.number})
        for sender in {hop.from_office_id for hop in forwardings_of(work.session, row.id or 0)}:
            fulfil_forwards(work, here, [upstream.id], sender)


def _doubts(draft: CircularDraft, circular: Circular, here: Installation, issuer: str | None) -> Iterator[str]:
    """Yield what a person should settle: a missing upstream, an office that reports go to and nobody knows."""
    if draft.forwards is not None and circular.upstream_id is None:
        named = draft.forwards.document_number or draft.forwards.title
        yield f"所转发的上级公文“{named}”尚未登记，转发链在此处断开。"
    for name in dict.fromkeys(each.as_stated().deliver_to for each in draft.requirements):
        if name and goes_to(name, here, issuer) is None:
            yield f"报送对象“{name}”在名册中没有对应单位；请在名册中补充别名，否则报送由转发单位审核。"


def _receive_from_outside(
    work: Transaction,
    here: Installation,
    circular: Circular,
    issuer: str | None,
    addressees: Addressees,
    sent_at: datetime,
) -> bool:
    """Make the hop from an outside issuer to the operating office: registering is the receipt, no mail goes out."""
    roster = here.view.roster
    if issuer in roster.inside or roster.operating not in addressees.codes:
        return False
    hop = open_hop(
        work, here, circular, sender=issuer, addressees=[roster.operating], sent_at=sent_at, received_at=work.now
    )
    made = store_hop(work, here, circular, hop)
    for number, plan in made.items():
        if plan.kind is ObligationKind.RECEIPT:
            receipt = work.session.get_one(Obligation, number)
            move(work, receipt, Act.RECEIVE)
            work.record("receipt.received", f"obligation:{number}", {"office": roster.operating, "by": "registration"})
    payload = {"from": issuer, "to": [roster.operating], "sent_at": sent_at, "received_at": work.now}
    work.record("circular.forwarded", f"circular:{circular.id}", payload)
    return True
