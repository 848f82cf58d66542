"""Drafts of circulars that wait for a person: what waits, one with its evidence and burden, what is decided on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from prefect import task
from sqlmodel import Session

from domain.corrections import Change, corrected
from domain.deadlines import format_instant
from domain.documents import CircularDraft, SourceKind
from domain.draft_fields import illegible
from domain.errors import Refused
from domain.masking import without_contacts
from domain.reviewing import Remark
from domain.trail import SYSTEM, Actor
from models.circular import Circular, Document
from models.installation import installation
from models.review import DraftReview, DraftState
from models.reviews import as_content, circulars_of, drafts, known_draft, looked_at, need_waiting_draft
from models.session import OnlyShown, Transaction, reading, transaction
from tasks.forwarding import Forwarded, foresee
from tasks.outcome import need_reason
from tasks.registering import File, Registration, check, once_more_if_taken, registered_before, store_circulars


@dataclass(frozen=True, slots=True)
class DraftLine:
    """One draft in the list."""

    id: int
    state: str
    state_label: str
    #: of the cover, as corrected so far
    number: str
    title: str
    filename: str
    made_at: datetime
    made_by: str
    #: what it waits for
    waits_for: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DraftCircular:
    """One circular of a draft, and what a person should see about it."""

    draft: CircularDraft
    remarks: tuple[Remark, ...]


@dataclass(frozen=True, slots=True)
class DraftShown:
    """One draft in full."""

    line: DraftLine
    source_kind: SourceKind
    sent_at: datetime | None
    #: SHA-256 of the original
    sha256: str
    #: the annexed circulars first, the cover last
    circulars: tuple[DraftCircular, ...]
    #: at, by, field, before, after
    corrections: tuple[dict[str, str | None], ...]
    decided_at: datetime | None
    decided_by: str
    reason: str
    #: what passing it on would do as it stands; None where it cannot be, and then why
    forwarded: Forwarded | None = None
    trouble: str = ""


@task(name="待核对公文草稿")
def list_drafts(*, now: datetime, limit: int = 100, everything: bool = False) -> list[DraftLine]:
    """Return the drafts that wait, the oldest first; or all of them, the newest first."""
    with reading() as session:
        return [_line(session, each, now) for each in drafts(session, limit, everything=everything)]


@task(name="查看公文草稿")
def show_draft(number: int, *, now: datetime) -> DraftShown:
    """Return one draft with its evidence and, while it waits, the burden of passing it on. Raises Refused."""
    with reading() as session:
        review = known_draft(session, number)
        here, circulars = installation(session), circulars_of(review)
        found = looked_at(session, here, review.source_kind, circulars, now)
        shown = [DraftCircular(replace(each, page=""), seen) for each, seen in zip(circulars, found, strict=True)]
        line = _line(session, review, now)
        document = session.get_one(Document, review.document_id)
    forwarded, trouble = _foreseen(number, now) if review.state is DraftState.WAITING else (None, "")
    return DraftShown(
        line=line, source_kind=review.source_kind, sent_at=review.sent_at, sha256=document.sha256,
        circulars=tuple(shown), corrections=tuple(review.corrections), decided_at=review.decided_at,
        decided_by=review.decided_by, reason=review.reason, forwarded=forwarded, trouble=trouble,
    )  # fmt: skip


def _line(session: Session, review: DraftReview, now: datetime) -> DraftLine:
    number, title, waits_for = "", "", tuple[str, ...]()
    try:
        circulars = circulars_of(review)
        number, title = circulars[-1].document_number or "", circulars[-1].title or ""
        waiting = circulars if review.state is DraftState.WAITING else ()
        found = looked_at(session, installation(session), review.source_kind, waiting, now)
        waits_for = tuple(each.words for remarks in found for each in remarks if each.waits)
    except Refused as refused:  # of another version: the others are listed all the same
        waits_for = (str(refused),)
    return DraftLine(
        id=review.id or 0, state=review.state.value, state_label=review.state.label, number=number, title=title,
        filename=review.filename, made_at=review.made_at, made_by=review.made_by, waits_for=waits_for,
    )  # fmt: skip


def _foreseen(number: int, now: datetime) -> tuple[Forwarded | None, str]:
    """Register and forward a draft, look, and roll both back."""
    seen: list[Forwarded] = []
    try:
        with transaction(SYSTEM, now) as work:
            review = known_draft(work.session, number)
            done = store_circulars(work, _file(work.session, review), circulars_of(review))
            seen.append(foresee(work, work.session.get_one(Circular, done[-1].circular_id)))
            raise OnlyShown
    except OnlyShown:
        return seen[0], ""
    except Refused as refused:
        return None, str(refused)


def _file(session: Session, review: DraftReview) -> File:
    """Return the file of a draft: it had been sent when it was handed in, however long it has waited since."""
    document = session.get_one(Document, review.document_id)
    return File(
        document.content,
        review.filename,
        document.sha256,
        review.source_kind,
        review.sent_at or review.made_at,
        draft_id=review.id,
    )


@task(name="通过公文草稿")
def accept_draft(number: int, *, actor: Actor, now: datetime) -> Registration:
    """Register exactly what a draft says, in one transaction with the record of who accepted it.

    Raises Refused: decided on already, registered meanwhile in another way, still without what a circular must have.
    """
    return once_more_if_taken(lambda: _accept(number, actor, now))


def _accept(number: int, actor: Actor, now: datetime) -> Registration:
    with transaction(actor, now) as work:
        return accept_within(work, need_waiting_draft(work.session, number))


def accept_within(work: Transaction, review: DraftReview) -> Registration:
    """Register a draft that waits and is locked. Raises Refused."""
    circulars, number = circulars_of(review), review.id or 0
    check(circulars, f"草稿 {number} ", review.source_kind)
    _need_legible(number, circulars)
    _need_unregistered(work.session, review, circulars)
    file = _file(work.session, review)
    done = store_circulars(work, file, circulars)
    _decide(work, review, DraftState.ACCEPTED)
    payload = {
        "circulars": [each.number or each.title for each in done],
        "corrected": sorted({each["field"] or "" for each in review.corrections}),
    }
    work.record("circular.draft_accepted", f"circular_draft:{number}", payload)
    return Registration(file.digest, done, draft=number)


def _need_legible(number: int, circulars: Sequence[CircularDraft]) -> None:
    """Refuse a draft in whose fields are still signs that nobody can read."""
    *annexes, cover = [illegible(draft) for draft in circulars]
    names = [f"附件{place}.{name}" for place, found in enumerate(annexes, start=1) for name in found]
    if names or cover:
        message = f"草稿 {number} 的{'、'.join((*names, *cover))}中有无法辨认的字，请对照原件更正后再通过。"
        raise Refused(message)


def _need_unregistered(session: Session, review: DraftReview, circulars: Sequence[CircularDraft]) -> None:
    """Refuse a draft whose cover, or an annexed circular that was corrected here, is registered meanwhile."""
    corrected = {(each["field"] or "").partition(".")[0] for each in review.corrections}
    for place, draft in enumerate(circulars, start=1):
        known = registered_before(session, draft)
        if known is not None and (draft is circulars[-1] or f"附件{place}" in corrected):
            message = (
                f"“{known.number or known.title}”已于{format_instant(known.registered_at)}登记，草稿 {review.id} "
                f"不能再登记；请更正文号，或用 duban draft reject {review.id} --reason 退回。"
            )
            raise Refused(message)


@task(name="更正公文草稿")
def correct_draft(
    number: int, lines: Sequence[str], *, actor: Actor, now: datetime, accept: bool = False
) -> tuple[tuple[Change, ...], Registration | None]:
    """Correct a draft by lines (domain/corrections.py), all or none; it goes on waiting, or is accepted at once.

    Returns what changed, and what was registered. Raises Refused, naming the field and what would be right.
    """
    kept: list[tuple[Change, ...]] = []

    def correct() -> Registration:
        with transaction(actor, now) as work:
            review = need_waiting_draft(work.session, number)
            kept[:] = [_correct(work, review, lines)]
            return accept_within(work, review) if accept else Registration(_file(work.session, review).digest)

    done = once_more_if_taken(correct)
    return kept[0], done if accept else None


def _correct(work: Transaction, review: DraftReview, lines: Sequence[str]) -> tuple[Change, ...]:
    """Store what the lines make of a draft, and record each field that changed, without telephone numbers."""
    new = corrected(circulars_of(review), review.source_kind, lines)
    review.content, review.source_kind = as_content(new.circulars), new.kind
    at, by = work.now.isoformat(), work.actor.name
    for change in new.changes:
        masked: dict[str, str | None] = {
            "field": change.field, "before": _masked(change.before), "after": _masked(change.after),
        }  # fmt: skip
        review.corrections = [*review.corrections, {"at": at, "by": by, **masked}]
        work.record("circular.draft_corrected", f"circular_draft:{review.id}", masked)
    work.session.flush()
    return new.changes


def _masked(value: str | None) -> str | None:
    return without_contacts(value) if value is not None else None


@task(name="退回公文草稿")
def reject_draft(number: int, reason: str, *, actor: Actor, now: datetime) -> str:
    """End a draft without registering anything; its original is kept. Returns a sentence. Raises Refused: no reason."""
    need_reason(reason, "退回草稿")
    with transaction(actor, now) as work:
        review = need_waiting_draft(work.session, number)
        _decide(work, review, DraftState.REJECTED, reason)
        work.record("circular.draft_rejected", f"circular_draft:{number}", {"reason": without_contacts(reason)})
        return f"草稿 {number}（{review.filename}）已退回，没有登记：{reason}"


def _decide(work: Transaction, review: DraftReview, state: DraftState, reason: str = "") -> None:
    review.state, review.reason = state, reason
    review.decided_at, review.decided_by = work.now, work.actor.name
    work.session.flush()
