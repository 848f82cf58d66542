"""From due rungs to firings: which notice a rung becomes, for whom, and when it may leave."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session, col

from domain.calendar import WorkCalendar
from domain.ladders import OWN, Decision, Due, FiringKey, Running, decide
from domain.offices import Audience, Recipient, Role
from domain.planning import begun
from domain.policies import PolicySet, Rung
from domain.statuses import ObligationKind
from domain.urgent import Severity
from models.acting import fire, firing_row
from models.installation import Installation, calendars_of, policies_of
from models.making import term_of
from models.notice import Delivery, DeliveryState, Firing, FiringRecipient, FiringState
from models.obligation import Adjustment, AdjustmentKind, ContactLog, Obligation, UrgentCase
from models.session import Transaction

#: How far ahead a row is pushed that cannot be dealt with: it stops nobody else, and is tried again.
POSTPONED = timedelta(hours=1)
_SUPERIORS = (Audience.SUPERIOR, Audience.SUPERIOR_HEAD)
#: Why a repeat is held back.
ACKNOWLEDGED = "该单位已知悉，期内不重复催办。"
#: What a grade puts before a subject; 特急 and 紧急 pass at any hour.
TAGS = {"routine": "", "urgent": "加急", "extra_urgent": "特急", **{severity.value: "紧急" for severity in Severity}}


@dataclass
class Swept:
    """What one pass over some obligations did."""

    #: obligation id -> when to look again; None: never
    wakes: dict[int, datetime | None] = field(default_factory=dict)
    fired: int = 0
    superseded: int = 0
    #: nobody had an address: they wait
    unreachable: int = 0
    escalated: int = 0
    #: obligations whose matter passes to the next level
    climbing: list[Obligation] = field(default_factory=list)
    #: ids of firings whose recipients are to be telephoned
    calls: list[int] = field(default_factory=list)
    #: rungs that have fired and draft a paper
    drafting: list[tuple[Obligation, Rung]] = field(default_factory=list)
    #: obligations that no decision could be made about, and why: looked at again after `POSTPONED`
    failed: dict[int, Exception] = field(default_factory=dict)


def climb(work: Transaction, here: Installation, obligations: Sequence[Obligation]) -> Swept:
    """Fire every rung that is due for these obligations, exactly once by the key, and say when to look again.

    One that cannot be decided (a ladder its policy does not have) is set aside in `failed`, and stops no other.
    """
    facts = _facts(work.session, obligations)
    swept, rows = Swept(), list[dict[str, Any]]()
    for owed in obligations:
        try:
            decision = _decide(work, owed, facts)
            firings = [row for due in decision.due for row in _rows(here, owed, due, work.now)]
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one must not stop all the others
            swept.failed[owed.id or 0] = error
            swept.wakes[owed.id or 0] = work.now + POSTPONED
            continue
        swept.wakes[owed.id or 0] = decision.wake_at
        rows += firings
        if any(due.rung.next_level for due in decision.due):
            swept.climbing.append(owed)
        swept.drafting += [(owed, due.rung) for due in decision.due if due.rung.draft and not due.superseded]
    made = set(fire(work, rows))
    _count(work.session, swept, made)
    return swept


@dataclass(frozen=True, slots=True)
class _Facts:
    """What is known of some obligations, in a handful of queries."""

    fired: dict[int, set[FiringKey]]
    told: dict[int, datetime]
    unreachable: set[int]
    occurred: dict[int | None, datetime]
    acknowledged: dict[int, datetime]
    #: policy id -> its ladders, or why they cannot be read
    policies: dict[int, PolicySet | Exception]
    #: digest -> the calendar that those run by
    calendars: dict[str, WorkCalendar]


def _facts(session: Session, obligations: Sequence[Obligation]) -> _Facts:
    return _Facts(
        _fired(session, obligations), _told(session, obligations), _unreachable(session, obligations),
        _occurred(session, obligations), _acknowledged(session, obligations),
        _policies(session, {each.policy_id for each in obligations}),
        calendars_of(session, {each.calendar_digest for each in obligations}),
    )  # fmt: skip


def _policies(session: Session, numbers: set[int]) -> dict[int, PolicySet | Exception]:
    found: dict[int, PolicySet | Exception] = {}
    for number in numbers:
        try:
            found |= policies_of(session, [number])
        except (ValueError, KeyError, TypeError) as error:  # a stored version this program does not know
            found[number] = error
    return found


def _decide(work: Transaction, owed: Obligation, facts: _Facts) -> Decision:
    policies, number = facts.policies[owed.policy_id], owed.id or 0
    if isinstance(policies, Exception):
        raise policies
    # Whom one of two addresses has reached is no unreachable office.
    unreachable = number in facts.unreachable and number not in facts.told
    return decide(
        policies.ladder(owed.kind, owed.grade), running(owed, facts.occurred.get(owed.case_id)),
        facts.fired.get(number, frozenset()), facts.calendars[owed.calendar_digest], work.now,
        facts.told.get(number), owed.made_at, unreachable, facts.acknowledged.get(number),
    )  # fmt: skip


def looks(work: Transaction, obligations: Sequence[Obligation]) -> dict[int, datetime | None]:
    """Return when the sweep has to look at each of these, by all that is known of them: at once where a rung is due."""
    facts, found = _facts(work.session, obligations), dict[int, datetime | None]()
    for owed in obligations:
        try:
            decision = _decide(work, owed, facts)
            found[owed.id or 0] = work.now if decision.due else decision.wake_at
        except Exception:  # noqa: BLE001 - the sweep sets aside what it cannot decide, and says so
            found[owed.id or 0] = work.now
    return found


def running(owed: Obligation, occurred_at: datetime | None = None) -> Running:
    """Return the facts that the ladder of an obligation hangs on."""
    issued_at = begun(owed.issued_at, term_of(owed), receipt_not_confirmed=owed.receipt_not_confirmed)
    return Running(owed.kind, owed.grade, issued_at, owed.due_at, occurred_at)


def _rows(here: Installation, owed: Obligation, due: Due, now: datetime) -> Iterator[dict[str, Any]]:
    """Yield the firing of a rung; one that points outside goes to our own head and the operators' queue (rule 2)."""
    roster, office = here.view.roster, here.view.office(owed.office_id)
    recipient = roster.audience(office.code, due.audience, now)
    yield _row(here, owed, due, now, recipient)
    superior = roster.superior_of(office.code)
    if due.audience in _SUPERIORS and (superior is None or superior.code not in roster.inside):
        operators = roster.audience(office.code, Audience.OPERATORS, now)
        if operators.contacts:
            yield _row(here, owed, due, now, operators)


def _row(here: Installation, owed: Obligation, due: Due, now: datetime, recipient: Recipient) -> dict[str, Any]:
    return firing_row(
        here.view, recipient, kind_of(owed, due), rung=due.rung.name, repeat=due.repeat, revision=owed.revision,
        obligation_id=owed.id, audience=due.audience, at=due.at, now=now, not_before=now,
        urgency_tag=TAGS[owed.grade], state=_state(due),
        catch_up=due.catch_up, call_list=due.rung.call_list,
        why=ACKNOWLEDGED if due.suppressed else _why(owed, due, here.view.office(owed.office_id).name, recipient),
    )  # fmt: skip


def _state(due: Due) -> FiringState:
    if due.suppressed:
        return FiringState.SUPPRESSED
    return FiringState.SUPERSEDED if due.superseded else FiringState.OPEN


def kind_of(owed: Obligation, due: Due) -> str:
    """Return the kind of notice a rung becomes."""
    if owed.kind in (ObligationKind.RESPOND, ObligationKind.PASS_ON):
        return "urgent_report" if due.at <= owed.issued_at else "urgent_escalation"
    if due.audience is Audience.OPERATORS:
        return "unsigned_list" if owed.kind is ObligationKind.RECEIPT else "escalation"
    if due.audience not in OWN:
        return "escalation"
    if owed.kind is ObligationKind.DECIDE:
        return "review_wanted" if owed.origin.startswith("review:") else "decision_wanted"
    if owed.kind is ObligationKind.RECEIPT:
        return "receipt_reminder"
    return "due_soon" if owed.due_at is not None and due.at < owed.due_at else "overdue"


def _why(owed: Obligation, due: Due, office: str, recipient: Recipient) -> str:
    matter = owed.kind.label
    if recipient.fallback:
        return recipient.fallback
    if recipient.role == Audience.OPERATORS:
        return f"您负责督办系统值守，{office}的{matter}事项需要关注。"
    if due.audience in OWN:
        return f"您是{office}登记的{Role(recipient.role).label}，该{matter}事项由贵单位承担。"
    return f"{office}由贵单位督促，其{matter}事项尚未办结，按督办规则逐级告知。"


def sound(
    work: Transaction, here: Installation, recipient: Recipient, kind: str, cause: str, detail: dict[str, str],
    *, why: str, urgency_tag: str = "",
) -> bool:  # fmt: skip
    """Record an alarm about `cause`, once however often it is found; about an urgent matter it passes at any hour."""
    row = firing_row(
        here.view, recipient, kind, rung=f"alarm:{kind}", at=work.now, now=work.now, not_before=work.now,
        cause=f"{cause}/{recipient.office}/{recipient.role}", why=why, detail=detail, urgency_tag=urgency_tag,
    )  # fmt: skip
    return bool(fire(work, [row]))


def _count(session: Session, swept: Swept, made: set[int]) -> None:
    if not made:
        return
    columns = (Firing.id, Firing.state, Firing.audience, Firing.call_list)
    for row in session.execute(select(*map(col, columns)).where(col(Firing.id).in_(made))):
        if row.state == FiringState.SUPERSEDED:
            swept.superseded += 1
        if row.state in (FiringState.SUPERSEDED, FiringState.SUPPRESSED):
            continue
        if row.state == FiringState.UNREACHABLE:
            swept.unreachable += 1
            continue
        swept.fired += 1
        swept.escalated += row.audience in _SUPERIORS
        if row.call_list:
            swept.calls.append(row.id)


def _ids(obligations: Iterable[Obligation]) -> list[int]:
    return [each.id or 0 for each in obligations]


def _fired(session: Session, obligations: Sequence[Obligation]) -> dict[int, set[FiringKey]]:
    """Return what is recorded of each obligation's present revision."""
    statement = (
        select(col(Firing.obligation_id), col(Firing.rung), col(Firing.repeat), col(Firing.audience))
        .join(Obligation, col(Obligation.id) == col(Firing.obligation_id))
        .where(
            col(Firing.obligation_id).in_(_ids(obligations)),
            col(Firing.revision) == col(Obligation.revision),
            col(Firing.audience) != "",
        )
    )
    found: dict[int, set[FiringKey]] = {}
    for number, rung, repeat, audience in session.execute(statement):
        found.setdefault(number, set()).add((rung, repeat, Audience(audience)))
    return found


def _of_own_office(*columns: Any) -> Any:
    return (
        select(*columns)
        .join(Obligation, col(Obligation.id) == col(Firing.obligation_id))
        .join(FiringRecipient, col(FiringRecipient.firing_id) == col(Firing.id))
        .join(Delivery, col(Delivery.notice_id) == col(FiringRecipient.notice_id))
        .where(col(Firing.office_id) == col(Obligation.office_id))
    )


def _told(session: Session, obligations: Sequence[Obligation]) -> dict[int, datetime]:
    """Return when each late office first had an accepted notice of its obligation, or was reached by a recorded call.

    One that ended uncertain twice was handed over twice: it counts, or its superior would wait for ever.
    """
    handed_over = (DeliveryState.ACCEPTED, DeliveryState.UNCERTAIN)
    statement = (
        _of_own_office(col(Firing.obligation_id), func.min(col(Delivery.ended_at)))
        .where(
            col(Firing.obligation_id).in_(_ids(obligations)),
            col(Delivery.state).in_(handed_over),
            col(Delivery.ended_at).is_not(None),
        )
        .group_by(col(Firing.obligation_id))
    )
    told: dict[int, datetime] = dict(session.execute(statement).all())
    for number, called_at in _called(session, obligations):
        told[number] = min(called_at, told.get(number, called_at))
    return told


def _called(session: Session, obligations: Sequence[Obligation]) -> Sequence[Any]:
    statement = (
        select(col(ContactLog.obligation_id), func.min(col(ContactLog.called_at)))
        .join(Obligation, col(Obligation.id) == col(ContactLog.obligation_id))
        .where(
            col(ContactLog.obligation_id).in_(_ids(obligations)), col(ContactLog.reached),
            col(ContactLog.office_id) == col(Obligation.office_id),
        )
        .group_by(col(ContactLog.obligation_id))
    )  # fmt: skip
    return session.execute(statement).all()


def _unreachable(session: Session, obligations: Sequence[Obligation]) -> set[int]:
    """Return the obligations of which a notice to the office itself was refused for good."""
    statement = _of_own_office(col(Firing.obligation_id)).where(
        col(Firing.obligation_id).in_(_ids(obligations)),
        col(Delivery.state).in_([DeliveryState.REFUSED, DeliveryState.BOUNCED]),
    )
    return {number for number in session.scalars(statement) if number is not None}


def _acknowledged(session: Session, obligations: Sequence[Obligation]) -> dict[int, datetime]:
    """Return until when each office has acknowledged what it owes; a new deadline has ended that."""
    statement = (
        select(col(Adjustment.obligation_id), func.max(col(Adjustment.ends_at)))
        .where(
            col(Adjustment.obligation_id).in_(_ids(obligations)),
            col(Adjustment.kind) == AdjustmentKind.ACKNOWLEDGEMENT,
            col(Adjustment.ends_at).is_not(None),
        )
        .group_by(col(Adjustment.obligation_id))
    )
    return dict(session.execute(statement).all())


def _occurred(session: Session, obligations: Sequence[Obligation]) -> dict[int | None, datetime]:
    cases = {each.case_id for each in obligations if each.case_id is not None}
    if not cases:
        return {}
    rows = session.execute(select(col(UrgentCase.id), col(UrgentCase.occurred_at)).where(col(UrgentCase.id).in_(cases)))
    return dict(rows.all())
