"""What of one file is registered together: circulars of their own, and plans that are part of the one that issues them.

What a circular encloses without a number or addressees of its own speaks to the circular's addressees: its paragraphs
and duties are registered as the circular's, so that somebody owes them. What bears a number, or is issued or forwarded
(印发, 转发) and addresses somebody, is a circular of its own. What a letter encloses, a draft sent round for comment
say, orders nothing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from domain.documents import CircularDraft, DocumentKind, InstructionDraft
from domain.references import same_number

if TYPE_CHECKING:
    from collections.abc import Sequence

_ISSUES = (DocumentKind.ISSUING_NOTICE, DocumentKind.FORWARDING_NOTICE)


def to_register(cover: CircularDraft, only: str | None = None) -> tuple[CircularDraft, ...]:
    """The circulars of a file as they are registered: those annexed first, the cover last, with its plans in it.

    `only` is the number of the one that is wanted; empty if the file has none of this number.
    """
    return tuple(each for each in _circulars(cover) if only is None or _is_numbered(each, only))


def _is_numbered(draft: CircularDraft, number: str) -> bool:
    return draft.document_number is not None and same_number(draft.document_number) == same_number(number)


def _circulars(cover: CircularDraft) -> tuple[CircularDraft, ...]:
    own = [annex for annex in cover.annexes if _stands_alone(annex, cover)]
    plans = [annex for annex in cover.annexes if _is_part_of(annex, cover)]
    left_out = [
        f"附件“{annex.title or annex.text[:20]}”只是附送，不登记；其中的 {len(annex.requirements)} 项要求不作要求。"
        for annex in cover.annexes
        if annex not in own and annex not in plans and annex.requirements
    ]
    whole = _with_plans(cover, plans)
    return (*own, replace(whole, annexes=(), warnings=(*whole.warnings, *left_out)))


def _stands_alone(annex: CircularDraft, cover: CircularDraft) -> bool:
    return annex.document_number is not None or (bool(annex.addressees) and cover.kind in _ISSUES)


def _is_part_of(annex: CircularDraft, cover: CircularDraft) -> bool:
    return annex.document_number is None and not annex.addressees and cover.kind is not DocumentKind.LETTER


def _with_plans(cover: CircularDraft, plans: Sequence[CircularDraft]) -> CircularDraft:
    if not plans:
        return cover
    enclosed = [
        InstructionDraft(
            number=f"附件{place}" if len(plans) > 1 else "附件", heading=plan.title or "", text=plan.title or "",
            span=plan.span, children=plan.instructions,
        )
        for place, plan in enumerate(plans, start=1)
    ]  # fmt: skip
    return replace(
        cover,
        text="\n\n".join([cover.text, *(plan.text for plan in plans)]),
        forwards=None if _issues_a_plan(cover) else cover.forwards,
        instructions=(*cover.instructions, *enclosed),
        requirements=(*cover.requirements, *(owed for plan in plans for owed in plan.requirements)),
        # that a plan has no number or date of its own is no lack of the circular's
        warnings=(*cover.warnings, *(each for plan in plans for each in plan.warnings if not is_a_lack(each))),
    )


def is_a_lack(warning: str) -> bool:
    """Whether a warning of the reader only says that a field was not found, which the field itself shows."""
    return warning.startswith("未找到")


def _issues_a_plan(cover: CircularDraft) -> bool:
    """Whether what it issues or forwards has no number: then it is the plan enclosed, and nowhere else to be found."""
    return cover.forwards is not None and cover.forwards.document_number is None
