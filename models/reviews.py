"""Drafts that wait for a person, as stored: one for each file, locked while somebody decides on it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import select
from sqlmodel import Session, col

from domain.calendar import WorkCalendar, local_day
from domain.deadlines import format_instant
from domain.documents import CircularDraft, SourceKind, Urgency
from domain.errors import Refused
from domain.references import is_meant
from domain.reviewing import Remark, Surroundings, remarks
from domain.watching import UNREVIEWED, Found
from models.circulars import circular_numbered, text_digest
from models.installation import Installation
from models.review import DraftReview, DraftState
from models.session import Transaction
from models.statements import insert_new
from models.upstreams import upstream_of

#: Of what is stored; a form that this program could not read back gets the next number.
_VERSION = 1
#: So many are named in a finding, and so many are looked at.
_NAMED, _AT_MOST = 5, 1000
_DRAFT = TypeAdapter(CircularDraft)


def as_content(drafts: Sequence[CircularDraft]) -> dict[str, Any]:
    """Return the circulars of a file as they are stored: the mark of the form, their common text once, each of them."""
    alone = [_DRAFT.dump_python(replace(each, page=""), mode="json") for each in drafts]
    return {"version": _VERSION, "page": drafts[-1].page, "circulars": alone}


def circulars_of(review: DraftReview) -> tuple[CircularDraft, ...]:
    """Return the circulars of a stored draft: those annexed first, the cover last.

    Raises Refused where another version of the program wrote it in a form that is not known here.
    """
    try:
        if review.content["version"] == _VERSION:
            read = map(_DRAFT.validate_python, review.content["circulars"])
            return tuple(replace(each, page=review.content["page"]) for each in read)
    except (ValidationError, KeyError):
        pass  # the sentence below says what to do
    message = f"草稿 {review.id} 由其他版本的程序生成，无法读取；请退回后重新登记原件“{review.filename}”。"
    raise Refused(message)


def looked_at(
    session: Session, here: Installation, kind: SourceKind, drafts: Sequence[CircularDraft], now: datetime
) -> tuple[tuple[Remark, ...], ...]:
    """Return what a person should see about each of the circulars of one file."""
    found = []
    for draft in drafts:
        around = Surroundings(
            roster=here.view.roster, policies=here.policies, today=local_day(now),
            knows_upstream=_is_among(draft, drafts) or upstream_of(session, draft) is not None,
        )  # fmt: skip
        found.append((*remarks(draft, kind, around), *_taken(session, draft)))
    return tuple(found)


def _taken(session: Session, draft: CircularDraft) -> Iterator[Remark]:
    """Yield that another text is registered under the number; accepting is refused as long as it is so."""
    known = circular_numbered(session, draft.document_number) if draft.document_number else None
    if known is not None and known.text_digest != text_digest(draft.text):
        words = (
            f"文号“{known.number}”已登记过，文本不同：是另一份公文的请更正文号，是重新扫描的请退回，"
            "改用 duban circular correct。"
        )
        yield Remark(words, waits=False)


def _is_among(draft: CircularDraft, drafts: Sequence[CircularDraft]) -> bool:
    named = draft.forwards
    others = [each for each in drafts if each is not draft]
    return named is not None and any(is_meant(named, each.document_number, each.title or "") for each in others)


def store_draft(work: Transaction, row: dict[str, Any]) -> tuple[DraftReview, bool]:
    """Store a draft, or find the one in which the same file waits already; the second value says that it is new.

    The unique key decides between two who hand in the same file at once.
    """
    made = insert_new(work.session, DraftReview, [row], col(DraftReview.id))
    if made:
        return work.session.get_one(DraftReview, made[0][0]), True
    same = [col(getattr(DraftReview, name)) == row[name] for name in ("document_id", "only")]
    statement = select(DraftReview).where(*same, col(DraftReview.state) == DraftState.WAITING)
    return work.session.scalars(statement).one(), False


def unreviewed(session: Session, now: datetime, calendar: WorkCalendar) -> Found:
    """Find drafts that have waited for a person for too long; one of another form counts as routine."""
    late = [each for each in drafts(session, _AT_MOST) if _waits_too_long(each, now, calendar)]
    words = tuple(f"草稿 {each.id}（{each.filename}），{format_instant(each.made_at)}提交" for each in late[:_NAMED])
    return Found(len(late), words, any(_urgency(each) is Urgency.EXTRA_URGENT for each in late))


def _waits_too_long(review: DraftReview, now: datetime, calendar: WorkCalendar) -> bool:
    urgency = _urgency(review)
    patience = UNREVIEWED[urgency]
    since = now - patience if urgency is Urgency.EXTRA_URGENT else calendar.add_working_time(now, -patience)
    return review.made_at <= since


def _urgency(review: DraftReview) -> Urgency:
    try:
        return max((each.urgency or Urgency.ROUTINE for each in circulars_of(review)), key=list(Urgency).index)
    except Refused:
        return Urgency.ROUTINE  # of an older program: whoever looks at it is told what to do


def known_draft(session: Session, number: int, *, lock: bool = False) -> DraftReview:
    """Return the draft with this number, if asked locked against another operator; raises Refused if unknown."""
    statement = select(DraftReview).where(col(DraftReview.id) == number)
    statement = statement.with_for_update() if lock else statement
    found = session.scalars(statement.execution_options(populate_existing=True)).first()
    if found is None:
        message = f"没有编号为 {number} 的草稿；可用 duban draft list 查看。"
        raise Refused(message)
    return found


def need_waiting_draft(session: Session, number: int) -> DraftReview:
    """Return a draft that waits, locked; raises Refused where it was decided on already."""
    found = known_draft(session, number, lock=True)
    if found.state is not DraftState.WAITING:
        message = f"草稿 {number} {found.state.label}（{found.decided_by}），不能再作决定。"
        raise Refused(message)
    return found


def drafts(session: Session, limit: int, *, everything: bool = False) -> Sequence[DraftReview]:
    """Return the drafts that wait, the oldest first; or all of them, the newest first."""
    statement = select(DraftReview).limit(limit)
    if everything:
        return session.scalars(statement.order_by(col(DraftReview.id).desc())).all()
    statement = statement.where(col(DraftReview.state) == DraftState.WAITING)
    return session.scalars(statement.order_by(col(DraftReview.id))).all()
