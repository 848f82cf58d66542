"""What one hop of a circular makes each office owe: pure plans that a transaction stores."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from domain.calendar import WorkCalendar, local_day
from domain.chain import owes_forward, responsible_offices
from domain.deadlines import Deadline, day_term, due_instant, workday_term
from domain.documents import Duty, RequirementKind, Urgency
from domain.ladders import Running, first_wake, term_deadline
from domain.offices import Roster
from domain.policies import PolicySet
from domain.recurrence import next_due_day
from domain.statuses import ObligationKind


class ForwardingMode(StrEnum):
    """To whom the reports of a forwarding go (docs/rules.md, rule 3)."""

    #: to the office its requirement names
    DIRECT = "direct"
    #: to the superior, who compiles
    BY_LEVEL = "by_level"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One stored requirement, with `deliver_to` resolved to an office code where it could be."""

    id: int
    duty: Duty
    kind: RequirementKind
    due_on: date | None = None
    due_time: time | None = None
    rrule: str | None = None
    starts_on: date | None = None
    workdays: int | None = None
    days: int | None = None
    deliver_to: str | None = None
    responsible: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """One passing-on of a circular to several offices at once. Instants are aware."""

    sender: str | None
    #: office code -> id of its forwarding
    forwardings: Mapping[str, int]
    grade: Urgency
    sent_at: datetime
    #: when the notice leaves, after any waiting time: the receipt's clock starts here
    issued_at: datetime
    by_level: bool = False
    #: the addressees confirmed by the act itself (a circular registered by the office it addresses)
    received_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One obligation to be made."""

    kind: ObligationKind
    office: str
    origin: str
    grade: str
    issued_at: datetime
    due_at: datetime | None
    period: str = ""
    requirement_id: int | None = None
    reviewer: str | None = None
    provisional: bool = False
    receipt_not_confirmed: bool = False
    wake_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PeriodPlan:
    """The next period of a recurring requirement, and when a sweep has to make it."""

    requirement_id: int
    due_on: date
    wake_at: datetime


def issue_instant(sent_at: datetime, grade: Urgency, wait: timedelta, calendar: WorkCalendar) -> datetime:
    """Return when the notice of a hop leaves.

    Routine notices wait, so that a mistake can be recalled; routine and urgent ones leave in working hours
    (docs/rules.md, Ladder 5 and "Before it goes out").
    """
    if grade is Urgency.EXTRA_URGENT:
        return sent_at
    return calendar.next_working_time(sent_at + wait if grade is Urgency.ROUTINE else sent_at)


def is_urgent(grade: str) -> bool:
    """Tell whether the every-minute sweep looks after this grade: extra urgent matters and all urgent reports."""
    return grade not in (Urgency.ROUTINE, Urgency.URGENT)


def timed(
    kind: ObligationKind,
    grade: str,
    issued_at: datetime,
    due_at: datetime | None,
    policies: PolicySet,
    calendar: WorkCalendar,
) -> datetime | None:
    """Return when a new obligation wants to be looked at first; None where it has no date and so no ladder."""
    if due_at is None:
        return None
    return first_wake(policies.ladder(kind, grade), Running(kind, grade, issued_at, due_at), calendar)


class Planner:
    """Plans hops and periods by one policy set and one calendar."""

    def __init__(self, roster: Roster, policies: PolicySet, calendar: WorkCalendar) -> None:
        self.roster, self.policies, self.calendar = roster, policies, calendar

    def hop(self, hop: Hop, asked: Sequence[Asked], now: datetime) -> list[Plan]:
        """Return all obligations of a hop: receipts, forwards, and what its requirements make due first."""
        plans = [*self._receipts(hop), *self._forwards(hop)]
        for requirement in asked:
            if requirement.kind is RequirementKind.RECURRING:
                first = self.first_period(requirement, hop, now)
                plans += self.period(requirement, hop, first) if first else []
            elif requirement.kind is not RequirementKind.ON_OCCURRENCE:
                plans += self._single(requirement, hop)
        return plans

    def _receipts(self, hop: Hop) -> Iterator[Plan]:
        deadline = self.receipt_deadline(hop)
        for office, forwarding in hop.forwardings.items():
            yield self._plan(ObligationKind.RECEIPT, office, f"forwarding:{forwarding}", hop, deadline)

    def receipt_deadline(self, hop: Hop) -> Deadline:
        """Return when receipt is due."""
        term = self.policies.term(ObligationKind.RECEIPT, hop.grade)
        return term_deadline(term, hop.issued_at, self.calendar)

    def _forwards(self, hop: Hop) -> Iterator[Plan]:
        term = self.policies.term(ObligationKind.FORWARD, hop.grade)
        deadline = term_deadline(term, hop.received_at or hop.issued_at, self.calendar)
        for office, forwarding in hop.forwardings.items():
            if owes_forward(office, list(hop.forwardings), self.roster):
                yield self._plan(ObligationKind.FORWARD, office, f"forwarding:{forwarding}", hop, deadline)

    def _single(self, asked: Asked, hop: Hop) -> Iterator[Plan]:
        deadline = self._single_deadline(asked, hop)
        unconfirmed = asked.kind is RequirementKind.AFTER_RECEIPT and hop.received_at is None
        yield from self._owed(asked, hop, deadline, receipt_not_confirmed=unconfirmed)

    def _single_deadline(self, asked: Asked, hop: Hop) -> Deadline | None:
        if asked.kind is RequirementKind.AFTER_RECEIPT:
            # Silence never stops a clock: without a receipt the term runs from the instant receipt was due. 24:00 of a
            # day is that day's, so that silence gains nothing on a receipt at the last moment.
            last_moment = self.receipt_deadline(hop).at - timedelta.resolution
            return self.after_receipt(asked, hop.received_at or last_moment)
        return Deadline(due_instant(asked.due_on, asked.due_time)) if asked.due_on else None

    def after_receipt(self, asked: Asked, received_at: datetime) -> Deadline | None:
        """Return the end of a term that runs from receipt (docs/rules.md, rule 8)."""
        if asked.workdays is not None:
            return workday_term(received_at, asked.workdays, self.calendar)
        return day_term(received_at, asked.days, self.calendar) if asked.days is not None else None

    def first_period(self, asked: Asked, hop: Hop, now: datetime) -> date | None:
        """Return the first due day of a recurring requirement that is not past at `now`."""
        begins = asked.starts_on or local_day(hop.sent_at)
        day = next_due_day(asked.rrule or "", begins, local_day(now))
        if day is not None and due_instant(day, asked.due_time) <= now:
            day = next_due_day(asked.rrule or "", begins, day + timedelta(days=1))
        return day

    def period(self, asked: Asked, hop: Hop, due_on: date) -> list[Plan]:
        """Return what is owed for the period that is due on `due_on`."""
        deadline = Deadline(due_instant(due_on, asked.due_time))
        return list(self._owed(asked, hop, deadline, period=due_on.isoformat()))

    def after_period(self, asked: Asked, grade: str, sent_at: datetime, made: date) -> PeriodPlan | None:
        """Return the period after `made`: due at the first sweep after due(made) or its own first rung (rule 7)."""
        day = next_due_day(asked.rrule or "", asked.starts_on or local_day(sent_at), made + timedelta(days=1))
        if day is None:
            return None
        kind, due_at = _kind(asked), due_instant(day, asked.due_time)
        rung = timed(kind, grade, sent_at, due_at, self.policies, self.calendar)
        return PeriodPlan(asked.id, day, min(due_instant(made, asked.due_time), rung or due_at))

    def _owed(
        self,
        asked: Asked,
        hop: Hop,
        deadline: Deadline | None,
        *,
        period: str = "",
        receipt_not_confirmed: bool = False,
    ) -> Iterator[Plan]:
        for office in self.owing(asked, list(hop.forwardings)):
            yield self._plan(
                _kind(asked),
                office,
                f"requirement:{asked.id}",
                hop,
                deadline,
                period=period,
                requirement_id=asked.id,
                reviewer=self.reviewer(asked, hop, office),
                receipt_not_confirmed=receipt_not_confirmed,
            )

    def owing(self, asked: Asked, addressees: Iterable[str]) -> list[str]:
        """Return the addressees that owe a requirement: those its sentence names, never the one it goes to."""
        offices, _ = responsible_offices(asked.responsible, list(addressees), self.roster)
        return [office for office in offices if office != asked.deliver_to]

    def is_unclear(self, asked: Asked, addressees: Iterable[str]) -> bool:
        """Tell whether a person should say who owes a requirement: until then all addressees do."""
        return responsible_offices(asked.responsible, list(addressees), self.roster)[1]

    def reviewer(self, asked: Asked, hop: Hop, office: str) -> str | None:
        """Return who accepts or returns the report; None where that office is outside (rule 3, Status)."""
        superior = self.roster.superior_of(office) if hop.by_level else None
        goes_to = superior.code if superior else (asked.deliver_to or hop.sender)
        return goes_to if goes_to in self.roster.inside else None

    def _plan(
        self,
        kind: ObligationKind,
        office: str,
        origin: str,
        hop: Hop,
        deadline: Deadline | None,
        *,
        period: str = "",
        requirement_id: int | None = None,
        reviewer: str | None = None,
        receipt_not_confirmed: bool = False,
    ) -> Plan:
        due_at = deadline.at if deadline else None
        return Plan(
            kind=kind,
            office=office,
            origin=origin,
            grade=hop.grade,
            issued_at=hop.issued_at,
            due_at=due_at,
            period=period,
            requirement_id=requirement_id,
            reviewer=reviewer,
            provisional=bool(deadline and deadline.provisional),
            receipt_not_confirmed=receipt_not_confirmed,
            wake_at=timed(kind, hop.grade, hop.issued_at, due_at, self.policies, self.calendar),
        )


def _kind(asked: Asked) -> ObligationKind:
    return ObligationKind.REPORT if asked.duty is Duty.REPORT else ObligationKind.COMPLETE
