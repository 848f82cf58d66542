"""Many acts at once: what came in by one spreadsheet, or at one instant of a play, in shared transactions.

The rules, rows and audit entries are those of the single acts (tasks/handling.py); only the statements are shared.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from prefect import task
from sqlalchemy import func, select, update
from sqlmodel import col

from domain.deadlines import format_instant
from domain.errors import Refused
from domain.ladders import term_deadline
from domain.masking import without_contacts
from domain.offices import Audience
from domain.planning import Plan, timed
from domain.progress import ProgressAct
from domain.statuses import Act, ObligationKind, Status
from domain.trail import Actor
from models.acting import act_row, fire
from models.bulk import insert_many
from models.circular import Circular, Requirement
from models.forwarding import Forwarding
from models.installation import Installation, installation
from models.making import make_obligations, policy_id
from models.moving import locked, move_all
from models.obligation import Obligation, Report
from models.progress import advance
from models.receiving import date_from_receipt, forwarding_of
from models.session import Transaction, transaction
from models.statements import among, batches

#: Acts in one transaction: bounded memory, and a kill loses no more than these.
_BATCH = 1000
#: How much of a report stands as the note of its instruction's progress.
_NOTE_LENGTH = 100


@dataclass(frozen=True, slots=True)
class ActOn:
    """One act on one obligation, by one person; `text` is what is handed in, or a note."""

    obligation_id: int
    actor: Actor
    text: str = ""


@dataclass
class AtOnce:
    """What became of many acts: how many were done, and for each of the others the sentence that says why not."""

    done: int = 0
    refused: dict[int, str] = field(default_factory=dict)

    def add(self, moved: Sequence[Obligation], refused: Mapping[int, Refused]) -> None:
        """Add what became of one batch."""
        self.done += len(moved)
        self.refused |= {number: str(error) for number, error in refused.items()}


def _open(work: Transaction, acts: Sequence[ActOn]) -> list[Obligation]:
    """Lock what the acts are about, and let the trail know whose act each is."""
    work.actors.update({f"obligation:{each.obligation_id}": each.actor for each in acts})
    return locked(work.session, [each.obligation_id for each in acts])


@task(name="批量签收")
def receive_at_once(acts: Sequence[ActOn], *, actor: Actor, now: datetime) -> AtOnce:
    """Record many receipts, each by its own person; `actor` answers for the whole. What is refused stops no other."""
    done = AtOnce()
    for batch in batches(acts, _BATCH):
        with transaction(actor, now) as work:
            here = installation(work.session)
            moved, refused = move_all(work, _open(work, batch), Act.RECEIVE)
            _receive(work, here, moved, {each.obligation_id: each for each in batch})
            done.add(moved, refused)
    return done


def _receive(work: Transaction, here: Installation, receipts: Sequence[Obligation], acts: Mapping[int, ActOn]) -> None:
    forwardings = [forwarding_of(receipt) for receipt in receipts]
    work.session.execute(update(Forwarding).where(among(Forwarding.id, forwardings)).values(received_at=work.now))
    circulars = _circulars(work, receipts)
    for receipt in receipts:
        date_from_receipt(work, here, circulars[receipt.circular_id or 0], receipt.office_id)
    rows = [
        _told(
            work, here, receipt, "receipt_confirmed", 0, "贵单位已签收本文，此为回执。",
            {"reference": f"签收-{receipt.id}", "by": acts[receipt.id or 0].actor.name},
        )
        for receipt in receipts
    ]  # fmt: skip
    fire(work, rows)
    for receipt in receipts:
        payload = {
            "office": here.view.code_of[receipt.office_id], "circular": circulars[receipt.circular_id or 0].number
        }  # fmt: skip
        work.record("receipt.received", f"obligation:{receipt.id}", payload)


def _circulars(work: Transaction, owed: Sequence[Obligation]) -> dict[int, Circular]:
    numbers = {each.circular_id for each in owed if each.circular_id is not None}
    found = work.session.scalars(select(Circular).where(col(Circular.id).in_(numbers)))
    return {circular.id or 0: circular for circular in found}


@task(name="批量报送")
def submit_at_once(acts: Sequence[ActOn], *, actor: Actor, now: datetime) -> AtOnce:
    """Hand in many reports and completions, each by its own person; `actor` answers for the whole.

    What is refused, an empty text too, stops no other.
    """
    done = AtOnce(refused={each.obligation_id: "报送内容不能为空。" for each in acts if not each.text.strip()})
    for batch in batches([each for each in acts if each.text.strip()], _BATCH):
        with transaction(actor, now) as work:
            here = installation(work.session)
            moved, refused = move_all(work, _open(work, batch), Act.SUBMIT, submitted_at=now)
            _submit(work, here, moved, {each.obligation_id: each for each in batch})
            done.add(moved, refused)
    return done


def _submit(work: Transaction, here: Installation, owed: Sequence[Obligation], acts: Mapping[int, ActOn]) -> None:
    turns = {number: count + 1 for number, count in _rounds(work, owed).items()}
    rows = [_report(each, turns[each.id or 0], acts[each.id or 0], work.now) for each in owed]
    if rows:
        insert_many(work.session, Report, rows)
    for each in owed:
        digest = hashlib.sha256(acts[each.id or 0].text.encode()).hexdigest()
        payload = {"office": here.view.code_of[each.office_id], "round": turns[each.id or 0], "text_sha256": digest}
        work.record("report.submitted", f"obligation:{each.id}", payload)
    _advance(work, owed, acts, ProgressAct.REPORT)
    _await_review(work, here, owed, turns, acts)
    fire(work, [_handed_in(work, here, each, turns[each.id or 0]) for each in owed])


def _report(owed: Obligation, turn: int, act: ActOn, now: datetime) -> dict[str, Any]:
    return {
        "requirement_id": owed.requirement_id, "office_id": owed.office_id, "period": owed.period, "round": turn,
        "obligation_id": owed.id, "text": act.text, "officer": act.actor.name, "submitted_at": now,
        "attachments": [], "decided_by": "", "reason": "",
    }  # fmt: skip


def _handed_in(work: Transaction, here: Installation, owed: Obligation, turn: int) -> dict[str, Any]:
    late = owed.due_at is not None and work.now >= owed.due_at
    detail = {"reference": f"报送-{owed.id}-{turn}", "late": "1" if late else ""}
    return _told(work, here, owed, "report_received", turn, "贵单位报送了材料，此为收件回执。", detail)


def _rounds(work: Transaction, owed: Sequence[Obligation]) -> dict[int, int]:
    """Return how often each was handed in so far: by requirement, office and period, as reports are numbered."""
    numbers = [each.id or 0 for each in owed]
    statement = (
        select(col(Obligation.id), func.count(col(Report.id)))
        .join(
            Report,
            (col(Report.requirement_id) == col(Obligation.requirement_id))
            & (col(Report.office_id) == col(Obligation.office_id))
            & (col(Report.period) == col(Obligation.period)),
        )
        .where(among(Obligation.id, numbers))
        .group_by(col(Obligation.id))
    )
    counted = {number: int(count) for number, count in work.session.execute(statement)}
    return dict.fromkeys(numbers, 0) | counted


def _advance(work: Transaction, owed: Sequence[Obligation], acts: Mapping[int, ActOn], act_done: ProgressAct) -> None:
    """Let the reports move the instructions whose paragraphs ask for them; most requirements belong to none."""
    asked = {each.requirement_id for each in owed}
    statement = select(col(Requirement.id), col(Requirement.instruction_id)).where(
        col(Requirement.id).in_(asked), col(Requirement.instruction_id).is_not(None)
    )
    instructions = dict(work.session.execute(statement).all())
    for each in owed:
        act, instruction = acts[each.id or 0], instructions.get(each.requirement_id)
        # One instruction is moved by many offices in turn: each entry is its own person's.
        work.actors[f"instruction:{instruction}"] = act.actor
        advance(work, instruction, each.office_id, act_done, without_contacts(act.text)[:_NOTE_LENGTH])


def _await_review(
    work: Transaction, here: Installation, owed: Sequence[Obligation], turns: Mapping[int, int],
    acts: Mapping[int, ActOn],
) -> None:  # fmt: skip
    """Let each reviewer owe the decision, where the report goes to an office inside."""
    deadline = term_deadline(here.policies.term(ObligationKind.DECIDE, "review"), work.now, here.calendar)
    by_circular: dict[int | None, list[Plan]] = {}
    for each in owed:
        if each.reviewer_id is None:
            continue
        origin = f"review:{each.id}/{turns[each.id or 0]}"
        work.actors[origin] = acts[each.id or 0].actor
        plan = Plan(
            kind=ObligationKind.DECIDE, office=here.view.code_of[each.reviewer_id], origin=origin, grade=each.grade,
            issued_at=work.now, due_at=deadline.at, provisional=deadline.provisional, term=deadline.term,
            subject_id=each.id,
            wake_at=timed(ObligationKind.DECIDE, each.grade, work.now, deadline.at, here.policies, here.calendar),
        )  # fmt: skip
        by_circular.setdefault(each.circular_id, []).append(plan)
    for circular, plans in by_circular.items():
        make_obligations(
            work, plans, here.view, policy=policy_id(work.session, here.policies, work.now), calendar=here.calendar,
            circular_id=circular,
        )  # fmt: skip


@task(name="批量通过")
def accept_at_once(acts: Sequence[ActOn], *, actor: Actor, now: datetime) -> AtOnce:
    """Accept much that was handed in, each by its own person; what is refused stops no other."""
    done = AtOnce()
    for batch in batches(acts, _BATCH):
        with transaction(actor, now) as work:
            here = installation(work.session)
            moved, refused = move_all(work, _open(work, batch), Act.ACCEPT)
            _accept(work, here, moved, {each.obligation_id: each for each in batch})
            done.add(moved, refused)
    return done


def _accept(work: Transaction, here: Installation, owed: Sequence[Obligation], acts: Mapping[int, ActOn]) -> None:
    _note_decisions(work, owed, acts)
    _end_reviews(work, owed, acts)
    completed = [each for each in owed if each.kind is ObligationKind.COMPLETE]
    _advance(work, completed, acts, ProgressAct.ACCEPT)
    rounds = _rounds(work, owed)
    rows = [
        _told(
            work, here, each, "accepted", rounds[each.id or 0], "贵单位报送的材料已经审核。",
            {"reason": acts[each.id or 0].text},
        )
        for each in owed
    ]  # fmt: skip
    fire(work, rows)
    for each in owed:
        note = without_contacts(acts[each.id or 0].text)
        payload = {"office": here.view.code_of[each.office_id], "note": note}
        work.record("report.accepted", f"obligation:{each.id}", payload)


def _note_decisions(work: Transaction, owed: Sequence[Obligation], acts: Mapping[int, ActOn]) -> None:
    """Note the decision on the last report of each: those before it were decided when they were returned."""
    decided: dict[tuple[str, str], list[int]] = {}
    for each in owed:
        act = acts[each.id or 0]
        decided.setdefault((act.actor.name, act.text), []).append(each.id or 0)
    for (name, note), numbers in decided.items():
        values = {
            "decision": Status.ACCEPTED.value, "decided_at": work.now, "decided_by": name, "reason": note
        }  # fmt: skip
        undecided = [among(Report.obligation_id, numbers), col(Report.decision).is_(None)]
        work.session.execute(
            update(Report).where(*undecided).values(**values).execution_options(synchronize_session=False)
        )


def _end_reviews(work: Transaction, owed: Sequence[Obligation], acts: Mapping[int, ActOn]) -> None:
    """Fulfil what the reviewers owed about these."""
    statement = select(col(Obligation.id)).where(
        among(Obligation.subject_id, [each.id for each in owed]),
        col(Obligation.kind) == ObligationKind.DECIDE,
        col(Obligation.origin).startswith("review:"),
        col(Obligation.status) == Status.PENDING,
    )
    numbers = [number for number in work.session.scalars(statement) if number is not None]
    ended, _ = move_all(work, locked(work.session, numbers), Act.DECIDE)
    for decision in ended:
        subject = f"obligation:{decision.id}"
        work.actors[subject] = acts[decision.subject_id or 0].actor
        work.record("obligation.fulfilled", subject, {"kind": decision.kind, "act": Act.DECIDE})


def _told(
    work: Transaction, here: Installation, owed: Obligation, kind: str, repeat: int, why: str, detail: dict[str, str]
) -> dict[str, Any]:
    """Return the firing by which the officer of an office is told of an act, as `tell` makes it."""
    recipient = here.view.roster.audience(here.view.code_of[owed.office_id], Audience.OFFICER, work.now)
    detail = detail | {"at": format_instant(work.now)}
    return act_row(work, here.view, owed, recipient, kind, repeat=repeat, why=why, detail=detail)
