"""Registering a circular: its bytes, instructions, requirements, and its receipt where it is addressed to us."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from prefect import task
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col

from domain.chain import Addressees, resolve_addressees
from domain.deadlines import format_instant
from domain.documents import CircularDraft, SourceKind, Urgency
from domain.enclosures import to_register
from domain.errors import Refused
from domain.reading.draft import need_unclassified, read_document
from domain.references import same_number
from domain.reviewing import Looking, issuer_code
from domain.statuses import Act, ObligationKind
from domain.trail import Actor
from models.acting import move
from models.circular import Circular
from models.circulars import circular_numbered, need_in_force, store_document, text_digest
from models.drafts import store_instructions, store_outside, store_requirements
from models.hops import open_hop, store_hop
from models.installation import Installation, installation
from models.obligation import Obligation
from models.review import DraftState
from models.reviews import as_content, looked_at, store_draft
from models.session import Transaction, transaction
from models.upstreams import link_those_that_forward_it, upstream_of


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
    #: the number of the draft in which the file waits for a person; then nothing is registered
    waiting: int | None = None
    #: the number of the draft that a person accepted
    draft: int | None = None


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
    looking: Looking = Looking.WHERE_UNSURE,
) -> Registration:
    """Register the circulars of one file in one transaction: those annexed to the cover first, then the cover.

    `only` is the number of the one circular to register; `sent_at` (aware) is when an outside office sent it to us,
    by default `now`. The same number with the same text changes nothing. Where the reader is unsure, or `looking` says
    so, nothing is registered: the draft waits for a person, and its number is returned. Raises UnreadableDocument and
    Refused.
    """
    drafts = to_register(read_document(data, filename), only)
    if not drafts:
        message = f"{filename} 中没有文号为“{only}”的公文。"
        raise Refused(message)
    if sent_at is not None and sent_at > now:
        message = f"来文时间（{format_instant(sent_at)}）不能晚于登记时间（{format_instant(now)}）。"
        raise Refused(message)
    file = File(data, filename, hashlib.sha256(data).hexdigest(), source_kind, sent_at)
    if looking is Looking.NEVER:
        check(drafts, filename, source_kind)
        _need_legible(drafts, filename)
    return once_more_if_taken(lambda: _register_or_wait(file, drafts, only, looking, actor, now))


@task(name="登记已读出的公文")
def register_draft(draft: CircularDraft, filename: str, *, actor: Actor, now: datetime) -> Registration:
    """Register a circular whose instructions and requirements are known already; its text is its document.

    Raises Refused as `register_circular` does.
    """
    check([draft], filename, SourceKind.CIRCULAR)
    data = draft.text.encode()
    file = File(data, filename, hashlib.sha256(data).hexdigest(), SourceKind.CIRCULAR)
    with transaction(actor, now) as work:
        return Registration(file.digest, store_circulars(work, file, [draft]))


@dataclass(frozen=True)
class File:
    """One file as it was handed in."""

    data: bytes
    name: str
    digest: str
    source_kind: SourceKind
    #: when an outside office sent it (aware); None: now
    sent_at: datetime | None = None
    #: the draft that a person accepted
    draft_id: int | None = None


def once_more_if_taken(register: Callable[[], Registration]) -> Registration:
    """Register; if somebody registers the same number at the same moment, once more, to compare with it."""
    try:
        return register()
    except IntegrityError:
        return register()


def _register_or_wait(
    file: File, drafts: Sequence[CircularDraft], only: str | None, looking: Looking, actor: Actor, now: datetime
) -> Registration:
    with transaction(actor, now) as work:
        here = installation(work.session)
        if looking is not Looking.NEVER and _someone_has_to_look(work, here, file, drafts, looking):
            return Registration(file.digest, waiting=_wait(work, file, drafts, only))
        return Registration(file.digest, store_circulars(work, file, drafts))


def _someone_has_to_look(
    work: Transaction, here: Installation, file: File, drafts: Sequence[CircularDraft], looking: Looking
) -> bool:
    """Tell whether a draft waits; one whose circulars are all registered already changes nothing and need not."""
    if all(registered_before(work.session, draft) for draft in drafts):
        return False
    found = looked_at(work.session, here, file.source_kind, drafts, work.now)
    return looking is Looking.ALWAYS or any(each.waits for remarks in found for each in remarks)


def _wait(work: Transaction, file: File, drafts: Sequence[CircularDraft], only: str | None) -> int:
    """Keep the file and its draft for a person, once; return the number of the draft."""
    document = store_document(work, file.data, file.name, file.digest)
    row = {
        "document_id": document, "filename": file.name, "only": same_number(only) if only else "",
        "sent_at": file.sent_at, "source_kind": file.source_kind, "content": as_content(drafts), "corrections": [],
        "state": DraftState.WAITING, "made_at": work.now, "made_by": work.actor.name,
    }  # fmt: skip
    review, is_new = store_draft(work, row)
    if is_new:
        payload = {
            "filename": file.name, "sha256": file.digest, "source_kind": file.source_kind,
            "numbers": [draft.document_number for draft in drafts],
        }  # fmt: skip
        work.record("circular.draft_made", f"circular_draft:{review.id}", payload)
    return review.id or 0


def store_circulars(work: Transaction, file: File, drafts: Sequence[CircularDraft]) -> tuple[Registered, ...]:
    """Register circulars that were read, in their order, in the caller's transaction. Raises Refused."""
    here = installation(work.session)
    return tuple(_register_one(work, here, draft, file) for draft in drafts)


def check(drafts: Sequence[CircularDraft], filename: str, source_kind: SourceKind) -> None:
    """Refuse what cannot be registered as it stands: classified, without a title, a circular without a number."""
    for draft in drafts:
        need_unclassified(draft, filename)
        if draft.document_number is None and source_kind is SourceKind.CIRCULAR:
            message = f"{filename} 中没有识别到发文字号；批示件、会议纪要、提案请用 --source-kind 说明来源类别。"
            raise Refused(message)
        if not draft.title:
            message = f"{filename} 中没有识别到标题，不能登记。"
            raise Refused(message)


def _need_legible(drafts: Sequence[CircularDraft], filename: str) -> None:
    """Refuse what nobody has looked at and nobody can read where it decides something."""
    for sentence in (each for draft in drafts for each in draft.damaged):
        message = f"{filename} 须由人核对后登记：{sentence.rstrip('。')}，再登记为草稿更正（不带 --yes）。"
        raise Refused(message)


def _register_one(work: Transaction, here: Installation, draft: CircularDraft, file: File) -> Registered:
    known = registered_before(work.session, draft)
    if known is not None:
        need_in_force(work.session, known, "再次登记")
        return _known(known, draft)
    (found,) = looked_at(work.session, here, file.source_kind, [draft], work.now)
    issuer = issuer_code(draft, here.view.roster)
    addressees = resolve_addressees(draft.addressees, here.view.roster, issuer or "")
    document = store_document(work, file.data, file.name, file.digest)
    circular = _store_circular(work, here, draft, document, file, issuer)
    store_outside(work, circular.id or 0, addressees)
    received = _receive_from_outside(work, here, circular, issuer, addressees, file.sent_at or work.now)
    link_those_that_forward_it(work, here, circular)
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
        warnings=tuple(each.words for each in found),
        received=received,
    )


def registered_before(session: Session, draft: CircularDraft) -> Circular | None:
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
    work: Transaction, here: Installation, draft: CircularDraft, document: int, file: File, issuer: str | None
) -> Circular:
    upstream = upstream_of(work.session, draft)
    circular = Circular(
        number=same_number(draft.document_number) if draft.document_number else None,
        source_kind=file.source_kind,
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
        draft_id=file.draft_id,
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
            "instructions": len(paragraphs), "requirements": requirements, "draft": file.draft_id,
        },
    )  # fmt: skip
    return circular


def _forwards(draft: CircularDraft) -> dict[str, str | None] | None:
    if draft.forwards is None:
        return None
    return {"document_number": draft.forwards.document_number, "title": draft.forwards.title}


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
