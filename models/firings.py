"""From due rungs to firings: which notice a rung becomes, for whom, and when it may leave."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any, cast

from sqlalchemy import case, func, or_, select
from sqlmodel import Session, col

from domain.calendar import WorkCalendar
from domain.ladders import OWN, Decision, Due, FiringKey, Running, decide
from domain.offices import Audience, Recipient, Role
from domain.planning import TAGS, begun
from domain.policies import PolicySet, Rung
from domain.statuses import ObligationKind
from models.acting import fire, firing_row
from models.colleagues import on_its_way_to_another
from models.cut_off import cut_off
from models.installation import Installation, calendars_of, policies_of
from models.making import term_of
from models.notice import Delivery, DeliveryState, Firing, FiringRecipient, FiringState
from models.obligation import Adjustment, AdjustmentKind, ContactLog, Obligation, UrgentCase
from models.session import Transaction
from models.statements import among

#: How far ahead a row is pushed that cannot be dealt with: it stops nobody else, and is tried again.
POSTPONED = timedelta(hours=1)
_SUPERIORS = (Audience.SUPERIOR, Audience.SUPERIOR_HEAD)
_NOTHING: frozenset[FiringKey] = frozenset()
#: Why a repeat is held back.
ACKNOWLEDGED = "该单位已知悉，期内不重复催办。"


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
    #: ids of obligations whose matter passes to the next level
    climbing: list[int] = field(default_factory=list)
    #: ids of firings whose recipients are to be telephoned
    calls: list[int] = field(default_factory=list)
    #: rungs that have fired and draft a paper, by the id of the obligation
    drafting: list[tuple[int, Rung]] = field(default_factory=list)
    #: obligations that no decision could be made about, and why: looked at again after `POSTPONED`
    failed: dict[int, Exception] = field(default_factory=dict)


#: What a ladder has to know of an obligation.
_LOOKED_AT = (
    Obligation.id, Obligation.office_id, Obligation.origin, Obligation.revision, Obligation.status, Obligation.hold,
    Obligation.kind, Obligation.grade, Obligation.case_id, Obligation.policy_id, Obligation.calendar_digest,
    Obligation.issued_at, Obligation.due_at, Obligation.made_at, Obligation.receipt_not_confirmed,
    Obligation.term_start, Obligation.term_amount, Obligation.term_unit,
)  # fmt: skip
#: What two obligations have in common about which the ladder says the same, if the same has fired.
_alike = attrgetter(
    "kind", "grade", "case_id", "policy_id", "calendar_digest", "issued_at", "due_at", "made_at",
    "receipt_not_confirmed", "term_start", "term_amount", "term_unit",
)  # fmt: skip


def looked_at(session: Session, numbers: Sequence[int]) -> Sequence[Obligation]:
    """Return these obligations in the order of their ids as plain rows: to be read, a few columns, never changed.

    A sweep looks at thousands; what it has to change it reads again in full.
    """
    statement = select(*map(col, _LOOKED_AT)).where(among(Obligation.id, numbers)).order_by(col(Obligation.id))
    return cast("Sequence[Obligation]", session.execute(statement).all())


def climb(work: Transaction, here: Installation, obligations: Sequence[Obligation]) -> Swept:
    """Fire every rung that is due for these obligations, exactly once by the key, and say when to look again.

    One that cannot be decided (a ladder its policy does not have) is set aside in `failed`, and stops no other.
    """
    swept, rows = Swept(), list[dict[str, Any]]()
    decided = _decided(work, obligations, swept.failed)
    for owed in obligations:
        number = owed.id or 0
        if number not in decided:
            continue
        due = decided[number].due
        try:
            rows += [row for each in due for row in _rows(here, owed, each, work.now)]
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one must not stop all the others
            swept.failed[number] = error
            continue
        swept.wakes[number] = decided[number].wake_at
        if any(each.rung.next_level for each in due):
            swept.climbing.append(number)
        swept.drafting += [(number, each.rung) for each in due if each.rung.draft and not each.superseded]
    swept.wakes |= dict.fromkeys(swept.failed, work.now + POSTPONED)
    _count(swept, fire(work, rows))
    return swept


@dataclass(frozen=True, slots=True)
class _Facts:
    """What is known of some obligations, in a handful of queries."""

    fired: dict[int, frozenset[FiringKey]]
    occurred: dict[int | None, datetime]
    acknowledged: dict[int, datetime]
    #: policy id -> its ladders, or why they cannot be read
    policies: dict[int, PolicySet | Exception]
    #: digest -> the calendar that those run by
    calendars: dict[str, WorkCalendar]


@dataclass(frozen=True, slots=True)
class _Heard:
    """Whether the late office itself has had its notice: when, or whether nothing reaches it."""

    told_at: datetime | None = None
    unreachable: bool = True


def _facts(session: Session, obligations: Sequence[Obligation]) -> _Facts:
    return _Facts(
        fired_keys(session, obligations), occurred_of(session, obligations), _acknowledged(session, obligations),
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


def _decided(work: Transaction, obligations: Sequence[Obligation], failed: dict[int, Exception]) -> dict[int, Decision]:
    """Decide about each obligation, once for all that are alike; what cannot be decided is noted in `failed`.

    Whether the office has had its notice matters to superiors alone, and few rungs are theirs: it is looked up where
    one is due, and decided again. For the others it makes no difference what is assumed (`decide`, domain/ladders.py).
    """
    deciding = _Deciding(work.now, _facts(work.session, obligations), failed)
    decided = deciding(obligations, {}, _Heard())
    asking = [each for each in obligations if each.id in decided and _speaks_to_superiors(decided[each.id])]
    if asking:
        decided |= deciding(asking, _heard(work, asking), _Heard(unreachable=False))
    return decided


def _speaks_to_superiors(decision: Decision) -> bool:
    return any(due.audience in _SUPERIORS for due in decision.due)


@dataclass(frozen=True)
class _Deciding:
    """Decides by the ladder in force, and remembers it: thousands of obligations have their deadline in common."""

    now: datetime
    facts: _Facts
    failed: dict[int, Exception]
    _known: dict[Any, Decision] = field(default_factory=dict)

    def __call__(
        self, obligations: Sequence[Obligation], heard: Mapping[int, _Heard], else_heard: _Heard
    ) -> dict[int, Decision]:
        decided: dict[int, Decision] = {}
        for owed in obligations:
            number = owed.id or 0
            fired, told = self.facts.fired.get(number, _NOTHING), heard.get(number, else_heard)
            key = (_alike(owed), fired, told, self.facts.acknowledged.get(number))
            try:
                if key not in self._known:
                    self._known[key] = self._decide(owed, fired, told)
                decided[number] = self._known[key]
            except Exception as error:  # noqa: BLE001 - whatever is wrong with one must not stop all the others
                self.failed[number] = error
        return decided

    def _decide(self, owed: Obligation, fired: frozenset[FiringKey], heard: _Heard) -> Decision:
        policies = self.facts.policies[owed.policy_id]
        if isinstance(policies, Exception):
            raise policies
        return decide(
            policies.ladder(owed.kind, owed.grade), running(owed, self.facts.occurred.get(owed.case_id)), fired,
            self.facts.calendars[owed.calendar_digest], self.now, heard.told_at, owed.made_at, heard.unreachable,
            self.facts.acknowledged.get(owed.id or 0),
        )  # fmt: skip


def looks(work: Transaction, obligations: Sequence[Obligation]) -> dict[int, datetime | None]:
    """Return when the sweep has to look at each of these, by all that is known of them: at once where a rung is due."""
    failed: dict[int, Exception] = {}
    decided = _decided(work, obligations, failed)
    found = {number: work.now if decision.due else decision.wake_at for number, decision in decided.items()}
    return found | dict.fromkeys(failed, work.now)  # the sweep sets aside what it cannot decide, and says so


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


def _count(swept: Swept, made: Sequence[dict[str, Any]]) -> None:
    for row in made:
        if row["state"] is FiringState.SUPERSEDED:
            swept.superseded += 1
        if row["state"] in (FiringState.SUPERSEDED, FiringState.SUPPRESSED):
            continue
        if row["state"] is FiringState.UNREACHABLE:
            swept.unreachable += 1
            continue
        swept.fired += 1
        swept.escalated += row["audience"] in _SUPERIORS
        if row["call_list"]:
            swept.calls.append(row["id"])


def _ids(obligations: Iterable[Obligation]) -> list[int]:
    return [each.id or 0 for each in obligations]


def fired_keys(session: Session, obligations: Sequence[Obligation]) -> dict[int, frozenset[FiringKey]]:
    """Return what is recorded of each obligation's present revision."""
    revisions = {each.id: each.revision for each in obligations}
    statement = select(
        col(Firing.obligation_id), col(Firing.revision), col(Firing.rung), col(Firing.repeat), col(Firing.audience)
    ).where(among(Firing.obligation_id, _ids(obligations)), col(Firing.audience) != "")
    found: dict[int, set[FiringKey]] = {}
    for number, revision, rung, repeat, audience in session.execute(statement):
        if revision == revisions[number]:
            found.setdefault(number, set()).add((rung, repeat, Audience(audience)))
    return {number: frozenset(keys) for number, keys in found.items()}


def _heard(work: Transaction, obligations: Sequence[Obligation]) -> dict[int, _Heard]:
    """Return when each late office first had an accepted notice of its obligation or was reached by a recorded call.

    One that ended uncertain twice was handed over twice: it counts, or its superior would wait for ever. Whom
    nothing has reached and one notice was refused to for good is unreachable, and so is, in urgent matters, whom no
    mail reaches because the server takes none (docs/decisions, 15).
    """
    session = work.session
    handed_over = col(Delivery.state).in_([DeliveryState.ACCEPTED, DeliveryState.UNCERTAIN])
    refused = col(Delivery.state).in_([DeliveryState.REFUSED, DeliveryState.BOUNCED])
    statement = (
        select(
            col(Firing.obligation_id), func.min(case((handed_over, col(Delivery.ended_at)))),
            func.max(case((refused, 1), else_=0)),
        )
        .join(Obligation, col(Obligation.id) == col(Firing.obligation_id))
        .join(FiringRecipient, col(FiringRecipient.firing_id) == col(Firing.id))
        .join(Delivery, col(Delivery.notice_id) == col(FiringRecipient.notice_id))
        .where(
            among(Firing.obligation_id, _ids(obligations)), col(Firing.office_id) == col(Obligation.office_id),
            or_(handed_over, refused),
        )
        .group_by(col(Firing.obligation_id))
    )  # fmt: skip
    called = dict(_called(session, obligations))
    rows = {number: (told_at, bool(refused)) for number, told_at, refused in session.execute(statement)}
    heard = {}
    for number in rows.keys() | called.keys():
        told_at, was_refused = rows.get(number, (None, False))
        first = min((at for at in (told_at, called.get(number)) if at is not None), default=None)
        heard[number] = _Heard(first, was_refused and first is None)
    refused_so_far = [number for number, each in heard.items() if each.unreachable]
    heard |= dict.fromkeys(on_its_way_to_another(session, refused_so_far), _Heard(None, unreachable=False))
    told = [number for number, each in heard.items() if each.told_at is not None]
    return heard | dict.fromkeys(cut_off(session, obligations, told, work.now), _Heard())


def _called(session: Session, obligations: Sequence[Obligation]) -> Sequence[Any]:
    statement = (
        select(col(ContactLog.obligation_id), func.min(col(ContactLog.called_at)))
        .join(Obligation, col(Obligation.id) == col(ContactLog.obligation_id))
        .where(
            among(ContactLog.obligation_id, _ids(obligations)), col(ContactLog.reached),
            col(ContactLog.office_id) == col(Obligation.office_id),
        )
        .group_by(col(ContactLog.obligation_id))
    )  # fmt: skip
    return session.execute(statement).all()


def _acknowledged(session: Session, obligations: Sequence[Obligation]) -> dict[int, datetime]:
    """Return until when each office has acknowledged what it owes; a new deadline has ended that."""
    statement = (
        select(col(Adjustment.obligation_id), func.max(col(Adjustment.ends_at)))
        .where(
            among(Adjustment.obligation_id, _ids(obligations)),
            col(Adjustment.kind) == AdjustmentKind.ACKNOWLEDGEMENT,
            col(Adjustment.ends_at).is_not(None),
        )
        .group_by(col(Adjustment.obligation_id))
    )
    return dict(session.execute(statement).all())


def occurred_of(session: Session, obligations: Sequence[Obligation]) -> dict[int | None, datetime]:
    """Return when the cases of these happened, by case."""
    cases = {each.case_id for each in obligations if each.case_id is not None}
    if not cases:
        return {}
    rows = session.execute(select(col(UrgentCase.id), col(UrgentCase.occurred_at)).where(col(UrgentCase.id).in_(cases)))
    return dict(rows.all())
