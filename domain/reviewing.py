"""What a person has to look at before a circular is registered: where the reader is unsure, and what is only shown.

What waits is what registering would make wrong for somebody: a paper under a wrong name, an office that hears nothing
or too much, a wrong day. What a text leaves open by itself (no date, nobody named, an upstream that comes later) has a
rule of its own and is only shown. Whom a circular from outside addresses and charges beside us is its issuer's concern:
a doubt of it is only shown, unless we and ours are not addressed at all. A source without a number (批示件, 会议纪要,
提案) has no head: it is not missed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from domain.chain import resolve_addressees, resolve_name, responsible_offices
from domain.documents import CircularDraft, DocumentKind, Duty, RequirementDraft, RequirementKind, SourceKind, Urgency
from domain.enclosures import is_a_lack
from domain.naming import is_self
from domain.offices import Roster
from domain.policies import PolicySet

_YEAR = re.compile(r"〔(\d{4})〕")
#: A number of the old year is still signed in these months of the new one.
_SIGNED_LATE = 2


class Looking(StrEnum):
    """When a draft waits for a person."""

    WHERE_UNSURE = "where_unsure"
    ALWAYS = "always"
    #: for scripts
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing that a person should see, as a Chinese sentence."""

    words: str
    #: the draft waits for a person because of it
    waits: bool = True
    #: a correction that would settle it, as it is typed: `要求1.期限=2020-02-29`
    proposal: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a draft is looked at beside: whom the installation knows, its limits, and the local day."""

    roster: Roster
    policies: PolicySet
    today: date
    #: the upstream circular is registered, or registered together with this one
    knows_upstream: bool


def remarks(draft: CircularDraft, kind: SourceKind, around: Surroundings) -> tuple[Remark, ...]:
    """Everything about one circular that a person should see before it is registered, what waits first."""
    found = [*_head(draft, kind, around.roster), *_passed_on(draft, around), *_asked(draft, around), *_read(draft)]
    return tuple(sorted(found, key=lambda each: not each.waits))


def issuer_code(draft: CircularDraft, roster: Roster) -> str | None:
    """The code of the first issuing authority that the roster knows."""
    known = (resolve_name(name, roster, None) for name in draft.issuing_authority)
    return next((office.code for office in known if office is not None), None)


def _head(draft: CircularDraft, kind: SourceKind, roster: Roster) -> Iterator[Remark]:
    is_circular = kind is SourceKind.CIRCULAR
    if draft.document_number is None and is_circular:
        yield Remark("没有识别到发文字号；批示件、会议纪要、提案没有文号的，请更正来源类别。")
    if not draft.title:
        yield Remark("没有识别到标题。")
    if not draft.issuing_authority:
        yield Remark("没有识别到发文机关。", waits=is_circular)
    for name in draft.issuing_authority:
        if resolve_addressees((name,), roster, "").unresolved:
            yield Remark(f"发文机关“{name}”在名册中没有对应单位。", waits=issuer_code(draft, roster) is None)
    yield from _addressed(draft, roster, is_circular=is_circular)
    if draft.dated_on is None:
        yield Remark("没有识别到成文日期。", waits=False)
    elif (year := _YEAR.search(draft.document_number or "")) and not _is_of(int(year[1]), draft.dated_on):
        yield Remark(f"发文字号的年份（{year[1]}）与成文日期（{draft.dated_on.isoformat()}）不符。")


def _addressed(draft: CircularDraft, roster: Roster, *, is_circular: bool) -> Iterator[Remark]:
    if not draft.addressees:
        yield Remark("没有识别到主送机关；登记后须在转发时指明收文单位。", waits=is_circular)
    issuer = issuer_code(draft, roster)
    addressed = resolve_addressees(draft.addressees, roster, issuer or "")
    for phrase in addressed.unresolved:
        yield Remark(f"主送机关“{phrase}”在名册中没有对应单位，将收不到本文。", waits=issuer in roster.inside)
    if draft.addressees and not roster.inside.intersection(addressed.codes):
        yield Remark("主送机关中没有本单位，也没有下级单位。", waits=is_circular)


def _is_of(year: int, dated_on: date) -> bool:
    """Whether a number of this year may be of this day: a number given in December can be signed in the new year."""
    return year == dated_on.year or (year == dated_on.year - 1 and dated_on.month <= _SIGNED_LATE)


def _passed_on(draft: CircularDraft, around: Surroundings) -> Iterator[Remark]:
    if draft.forwards is None:
        encloses = any(each.number.startswith("附件") for each in draft.instructions)
        if draft.kind in (DocumentKind.FORWARDING_NOTICE, DocumentKind.ISSUING_NOTICE) and not encloses:
            yield Remark("没有识别到所转发或印发的文件。")
    elif not around.knows_upstream:
        named = draft.forwards.document_number or draft.forwards.title
        if draft.kind is DocumentKind.ISSUING_NOTICE and draft.forwards.document_number is None:
            yield Remark(f"所印发的“{named}”不在本文件中，其中的任务和要求没有读到。")
        else:
            yield Remark(f"所转发的上级公文“{named}”尚未登记，登记后自动关联。", waits=False)


def _asked(draft: CircularDraft, around: Surroundings) -> Iterator[Remark]:
    issuer = issuer_code(draft, around.roster)
    addressed = resolve_addressees(draft.addressees, around.roster, issuer or "").codes
    for ordinal, owed in enumerate((each.as_stated() for each in draft.requirements), start=1):
        if addressed and responsible_offices(owed.responsible, addressed, around.roster)[1]:
            words = f"要求{ordinal}的责任单位“{owed.responsible}”无法与名册对应，否则由全部收文单位承担。"
            yield Remark(words, waits=issuer in around.roster.inside)
        if owed.duty is Duty.REPORT:
            yield from _goes_to(ordinal, owed, issuer, around.roster)
            yield from _undated(ordinal, owed, draft.urgency or Urgency.ROUTINE, around)


def _goes_to(ordinal: int, owed: RequirementDraft, issuer: str | None, roster: Roster) -> Iterator[Remark]:
    to = owed.deliver_to
    if to is None:
        yield Remark(f"要求{ordinal}没有写明报送对象，报给转发单位。", waits=False)
    elif resolve_name(to, roster, issuer, issuer=issuer) is None:
        # what is reported to an issuer outside, or to a ministry, goes outside: no doubt
        is_beyond = issuer not in roster.inside or is_self(to) or not resolve_addressees((to,), roster, "").unresolved
        words = f"要求{ordinal}的报送对象“{to}”在名册中没有对应单位，报送由转发单位审核；可在名册中补充别名。"
        yield Remark(words, waits=not is_beyond)


def _undated(ordinal: int, owed: RequirementDraft, urgency: Urgency, around: Surroundings) -> Iterator[Remark]:
    if owed.kind is not RequirementKind.ONCE or owed.due_on is not None:
        return
    days = around.policies.limit("undated_days", urgency)
    yield Remark(
        f"要求{ordinal}没有写明日期，不设时限。参考期限为{days}日；需时较长的可要求每周报一次进展（规则=每周五前）。",
        waits=False, proposal=f"要求{ordinal}.期限={around.today + timedelta(days=days)}",
    )  # fmt: skip


def _read(draft: CircularDraft) -> Iterator[Remark]:
    """What the reader itself doubts, of a deadline or of the file; a field that it did not find is looked at above."""
    return (Remark(each) for each in (*draft.damaged, *draft.warnings) if not is_a_lack(each))
