"""What one hop of a circular makes each office owe: pure plans that a transaction stores."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import partial
from typing import Any, NamedTuple

from domain.calendar import WorkCalendar, local_day
from domain.chain import owes_forward, responsible_offices
from domain.deadlines import (
    DAYS,
    WORKDAYS,
    Deadline,
    HolidayRule,
    RunningTerm,
    last_moment,
    written_deadline,
)
from domain.documents import Duty, RequirementKind, Urgency
from domain.ladders import Running, first_wake, term_deadline
from domain.offices import Roster
from domain.policies import PolicySet
from domain.recurrence import due_days, next_due_day
from domain.statuses import ObligationKind
from domain.urgent import Severity


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
    #: 遇节假日顺延, where the circular says so
    holiday_rule: HolidayRule | None = None
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


class Plan(NamedTuple):
    """One obligation to be made: a plain tuple, for a hop may make a hundred thousand."""

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
    #: what the deadline ends; None: a written day, or none at all
    term: RunningTerm | None = None
    receipt_not_confirmed: bool = False
    wake_at: datetime | None = None
    #: for a decision: the id of the obligation that waits for it
    subject_id: int | None = None


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


#: What the every-minute sweep looks after, and where the telephone comes first.
URGENT_GRADES = (Urgency.EXTRA_URGENT.value, *(severity.value for severity in Severity))


#: What a grade puts before a subject; 特急 and 紧急 pass at any hour (docs/rules.md, Ladder 5).
TAGS = {"routine": "", "urgent": "加急", "extra_urgent": "特急", **{severity.value: "紧急" for severity in Severity}}


def is_urgent(grade: str) -> bool:
    """Tell whether the every-minute sweep looks after this grade: extra urgent matters and all urgent reports."""
    return grade in URGENT_GRADES


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


def begun(issued_at: datetime, term: RunningTerm | None, *, receipt_not_confirmed: bool) -> datetime:
    """Return what the rungs that hang on `issued` count from: the issue, or the start of a term that began later."""
    if term is None or term.start <= issued_at:
        return issued_at
    # what starts at the last moment before receipt was due begins, for everybody who reads it, when it was due
    return term.start + timedelta.resolution if receipt_not_confirmed else term.start


def term_from_receipt(workdays: int | None, days: int | None, received_at: datetime) -> RunningTerm | None:
    """Return the term that a requirement sets from receipt; None where it says neither working days nor days."""
    if workdays is not None:
        return RunningTerm(received_at, workdays, WORKDAYS)
    return RunningTerm(received_at, days, DAYS) if days is not None else None


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
        plan = self._plan(ObligationKind.RECEIPT, hop, self.receipt_deadline(hop))
        for office, forwarding in hop.forwardings.items():
            yield plan(office=office, origin=f"forwarding:{forwarding}")

    def receipt_deadline(self, hop: Hop) -> Deadline:
        """Return when receipt is due."""
        term = self.policies.term(ObligationKind.RECEIPT, hop.grade)
        return term_deadline(term, hop.issued_at, self.calendar)

    def _forwards(self, hop: Hop) -> Iterator[Plan]:
        term = self.policies.term(ObligationKind.FORWARD, hop.grade)
        deadline = term_deadline(term, self._receipt(hop), self.calendar)
        plan = self._plan(ObligationKind.FORWARD, hop, deadline, receipt_not_confirmed=hop.received_at is None)
        for office, forwarding in hop.forwardings.items():
            if owes_forward(office, list(hop.forwardings), self.roster):
                yield plan(office=office, origin=f"forwarding:{forwarding}")

    def _receipt(self, hop: Hop) -> datetime:
        """Return where a term that runs from receipt starts (docs/rules.md, Deadlines 8).

        Silence never stops a clock: without a receipt it is the last moment at which receipt was due, so that silence
        gains nothing on a receipt at that moment.
        """
        return hop.received_at or last_moment(self.receipt_deadline(hop).at)

    def _single(self, asked: Asked, hop: Hop) -> Iterator[Plan]:
        deadline = self._single_deadline(asked, hop)
        unconfirmed = asked.kind is RequirementKind.AFTER_RECEIPT and hop.received_at is None
        yield from self._owed(asked, hop, deadline, receipt_not_confirmed=unconfirmed)

    def _single_deadline(self, asked: Asked, hop: Hop) -> Deadline | None:
        if asked.kind is RequirementKind.AFTER_RECEIPT:
            return self.after_receipt(asked, self._receipt(hop))
        return self.due(asked, asked.due_on) if asked.due_on else None

    def after_receipt(self, asked: Asked, received_at: datetime) -> Deadline | None:
        """Return the end of a term that runs from receipt (docs/rules.md, rule 8)."""
        term = term_from_receipt(asked.workdays, asked.days, received_at)
        return term.end(self.calendar) if term else None

    def due(self, asked: Asked, day: date) -> Deadline:
        """Return when what is written for `day` is due: deferred only where the circular says so (Deadlines 10)."""
        return written_deadline(day, asked.due_time, asked.holiday_rule, self.calendar)

    def first_period(self, asked: Asked, hop: Hop, now: datetime) -> date | None:
        """Return the first due day of a recurring requirement that is not past at `now`."""
        begins = asked.starts_on or local_day(hop.sent_at)
        not_before = local_day(now)
        if asked.holiday_rule is not None:
            # A day that was deferred may still be ahead though it is written for a day behind us.
            not_before = self.calendar.subtract_workdays(not_before, asked.holiday_rule.workdays)
        for day in due_days(asked.rrule or "", begins, not_before):
            if self.due(asked, day).at > now:
                return day
        return None

    def period(self, asked: Asked, hop: Hop, due_on: date) -> list[Plan]:
        """Return what is owed for the period that is written for `due_on`."""
        return list(self._owed(asked, hop, self.due(asked, due_on), period=due_on.isoformat()))

    def after_period(self, asked: Asked, grade: str, sent_at: datetime, made: date) -> PeriodPlan | None:
        """Return the period after `made`: due at the first sweep after due(made) or its own first rung (rule 7)."""
        day = next_due_day(asked.rrule or "", asked.starts_on or local_day(sent_at), made + timedelta(days=1))
        if day is None:
            return None
        kind, due_at = obligation_kind(asked), self.due(asked, day).at
        rung = timed(kind, grade, sent_at, due_at, self.policies, self.calendar)
        return PeriodPlan(asked.id, day, min(self.due(asked, made).at, rung or due_at))

    def _owed(
        self,
        asked: Asked,
        hop: Hop,
        deadline: Deadline | None,
        *,
        period: str = "",
        receipt_not_confirmed: bool = False,
    ) -> Iterator[Plan]:
        plan = self._plan(
            obligation_kind(asked), hop, deadline,
            origin=f"requirement:{asked.id}", period=period, requirement_id=asked.id,
            receipt_not_confirmed=receipt_not_confirmed,
        )  # fmt: skip
        owing = self.owing(asked, list(hop.forwardings))
        for office in (*owing, *self._compiling(asked, hop, owing)):
            yield plan(office=office, reviewer=self.reviewer(asked, hop, office))

    def _compiling(self, asked: Asked, hop: Hop, owing: Sequence[str]) -> list[str]:
        """Return who owes a report compiled from those of others, by level: every superior up to whom it goes to.

        A superior that owes the report as an addressee compiles in that very report; whom it goes to owes nothing.
        """
        if not hop.by_level or asked.duty is not Duty.REPORT:
            return []
        goes_to, compiling = asked.deliver_to or hop.sender, list[str]()
        for office in owing:
            superior = self.roster.superior_of(office)
            while superior is not None and superior.code in self.roster.inside and superior.code != goes_to:
                if superior.code not in owing and superior.code not in compiling:
                    compiling.append(superior.code)
                superior = self.roster.superior_of(superior.code)
        return compiling

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
        if superior is not None and superior.code not in self.roster.inside:
            superior = None  # at the top the compiled report goes where the circular says
        goes_to = superior.code if superior else (asked.deliver_to or hop.sender)
        return goes_to if goes_to in self.roster.inside else None

    def _plan(
        self, kind: ObligationKind, hop: Hop, deadline: Deadline | None, *, receipt_not_confirmed: bool = False,
        **same: Any,
    ) -> Callable[..., Plan]:  # fmt: skip
        """Return what makes a plan of an office, with all that is the same for every office of the hop."""
        due_at = deadline.at if deadline else None
        term = deadline.term if deadline else None
        begun_at = begun(hop.issued_at, term, receipt_not_confirmed=receipt_not_confirmed)
        return partial(
            Plan, kind=kind, grade=hop.grade, issued_at=hop.issued_at, due_at=due_at,
            provisional=bool(deadline and deadline.provisional), term=term,
            receipt_not_confirmed=receipt_not_confirmed,
            wake_at=timed(kind, hop.grade, begun_at, due_at, self.policies, self.calendar), **same,
        )  # fmt: skip


def obligation_kind(asked: Asked) -> ObligationKind:
    """Return the kind of obligation that a requirement makes."""
    return ObligationKind.REPORT if asked.duty is Duty.REPORT else ObligationKind.COMPLETE
