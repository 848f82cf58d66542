"""How offices respond in a play: what they newly owe is planned by their manners, what comes in is reviewed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from domain.calendar import WorkCalendar, at_local, local_day
from domain.statuses import ObligationKind
from simulation.agenda import Agenda, AtAnyTimeReport
from simulation.localities import Behaviour
from simulation.script import Script
from tasks.watching import Awaited, Made, reports_at_any_time


@dataclass
class Responses:
    """Plans what localities do, on an agenda, from what they are seen to owe."""

    script: Script
    behaviour: Behaviour
    calendar: WorkCalendar
    agenda: Agenda
    operating: str
    #: how many reports were looked through
    reviewed: int = 0
    _told: set[tuple[str, str, int]] = field(default_factory=set)

    def see(self, made: Iterable[Made], now: datetime) -> None:
        """Plan what the offices do about new obligations."""
        for owed in made:
            if owed.office not in self.behaviour.manners:
                continue
            at = self._when(owed)
            if at is None or at > self.script.ends_at:
                continue
            planned = self.agenda.at(max(at, now))
            if owed.kind is ObligationKind.RECEIPT:
                planned.receipts.append(owed.id)
            elif owed.kind is ObligationKind.FORWARD:
                planned.forwards.append(owed.id)
            else:
                planned.reports.append(owed.id)

    def _when(self, owed: Made) -> datetime | None:
        if owed.kind is ObligationKind.RECEIPT:
            return self.behaviour.receipt_at(owed.office, owed.document, owed.issued_at)
        if owed.kind is ObligationKind.FORWARD:
            if not self.script.localities.forward:
                return None
            received_at = self.behaviour.receipt_at(owed.office, owed.document, owed.issued_at)
            return self.calendar.add_working_time(received_at, timedelta(hours=4)) if received_at else None
        if owed.kind.is_reviewed:
            key = f"{owed.document}/{owed.ordinal}/{owed.period}"
            return self.behaviour.report_at(owed.office, key, owed.issued_at, owed.due_at)
        return None

    def see_forwarded(self, documents: Sequence[str], now: datetime) -> None:
        """Plan the reports on occurrence of those who report at any time."""
        share = self.script.localities.at_any_time
        for asked in reports_at_any_time(documents) if share else ():
            for office in asked.offices:
                key = (asked.document, office, asked.ordinal)
                if key in self._told or office not in self.behaviour.manners:
                    continue
                self._told.add(key)
                if not self.behaviour.reports_at_any_time(office, share):
                    continue
                at = self.behaviour.report_at(office, f"{asked.document}/{asked.ordinal}/at any time", now, None)
                if at is not None and at <= self.script.ends_at:
                    self.agenda.at(at).at_any_time.append(AtAnyTimeReport(asked.document, office, asked.ordinal))

    def see_returned(self, obligation_ids: Iterable[int], now: datetime) -> None:
        """Plan that what was returned is handed in again."""
        again_at = self.calendar.add_working_time(now, timedelta(hours=self.script.review.resubmit_hours))
        numbers = list(obligation_ids)
        if numbers and again_at <= self.script.ends_at:
            self.agenda.at(again_at).reports.extend(numbers)

    def judge(self, awaited: Sequence[Awaited]) -> tuple[list[Awaited], list[Awaited]]:
        """Say what reviewers accept and what they return of what waits for them; each is returned once at most."""
        accepted, returned = list[Awaited](), list[Awaited]()
        every = self.script.review.return_every
        for each in awaited:
            if not self.behaviour.decides(each.reviewer):
                continue
            self.reviewed += 1
            strict = every and self.reviewed % every == 0 and each.round == 1
            (returned if strict else accepted).append(each)
        return accepted, returned

    def plan_hours(self) -> None:
        """Plan when reviewers look through what waits, and when routine mail leaves, on every working day."""
        day, last = local_day(self.script.begins_at), local_day(self.script.ends_at)
        while day <= last:
            if self.calendar.is_workday(day):
                self._plan_day(day)
            day += timedelta(days=1)

    def _plan_day(self, day: date) -> None:
        for hour in self.script.review.hours:
            self.agenda.at(at_local(day, hour)).review = True
        for hour in self.script.cadence.delivery_hours:
            self.agenda.at(at_local(day, hour)).delivery = True
