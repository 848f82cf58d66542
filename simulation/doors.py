"""The doors of a play into the installation: the tasks themselves, and mail that is counted instead of sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.errors import Refused
from domain.trail import Actor
from simulation.agenda import AtAnyTimeReport
from simulation.counting_sink import count_mails
from simulation.performing import Performer, officer_of
from tasks.at_once import ActOn, accept_at_once, receive_at_once, submit_at_once
from tasks.delivering import deliver
from tasks.forwarding import forward_circular
from tasks.handling import return_report, submit_report
from tasks.sweeping import sweep
from tasks.watching import Awaited, Made, owed_among


@dataclass
class TaskDoors(Performer):
    """Acts through the tasks: rules, transactions and audit are those of the installation, without a Prefect run."""

    #: whether mails are written out in full, into the folder of capture mode; else they are counted
    writes_mails: bool = False

    def receive(self, obligation_ids: Sequence[int], now: datetime) -> None:
        """Let offices confirm receipt, unless somebody did meanwhile."""
        acts = [ActOn(owed.id, officer_of(owed.office)) for owed in owed_among(obligation_ids)]
        receive_at_once.fn(acts, actor=self.actor, now=now)

    def forward(self, obligation_ids: Sequence[int], now: datetime) -> None:
        """Let offices pass on what they have to; one that cannot leaves it open."""
        for owed in owed_among(obligation_ids):
            try:
                forward_circular.fn(owed.document, actor=officer_of(owed.office), now=now, sender=owed.office)
            except Refused:
                continue  # the office has not passed it on, which is what its ladder tells of
            self.forwarded.append(owed.document)

    def submit(self, obligation_ids: Sequence[int], now: datetime) -> None:
        """Let offices hand in what they still owe; what is held (a paper sent back) they try later."""
        acts = [ActOn(owed.id, officer_of(owed.office), report_text(owed)) for owed in owed_among(obligation_ids)]
        done = submit_at_once.fn(acts, actor=self.actor, now=now)
        self.returned += done.refused

    def report_at_any_time(self, reports: Sequence[AtAnyTimeReport], now: datetime) -> None:
        """Let offices report what happened."""
        for each in reports:
            submit_report.fn(
                each.document, each.office, "遇有情况，随时报告。", actor=officer_of(each.office), now=now,
                ordinal=each.ordinal,
            )  # fmt: skip

    def accept(self, awaited: Sequence[Awaited], now: datetime) -> None:
        """Let reviewers accept."""
        acts = [ActOn(each.obligation_id, self._reviewer(each.reviewer)) for each in awaited]
        accept_at_once.fn(acts, actor=self.actor, now=now)

    def send_back(self, awaited: Sequence[Awaited], reason: str, now: datetime) -> None:
        """Let reviewers return, with a reason."""
        for each in awaited:
            return_report.fn(each.obligation_id, reason, actor=self._reviewer(each.reviewer), now=now)
            self.returned.append(each.obligation_id)

    def sweep(self, now: datetime) -> None:
        """Sweep everything."""
        sweep.fn(now=now)

    def sweep_urgent(self, now: datetime) -> None:
        """Sweep extra urgent matters and urgent reports."""
        sweep.fn(now=now, urgent_only=True)

    def deliver(self, now: datetime) -> None:
        """Let everything leave that may."""
        if self.writes_mails:
            deliver.fn(now=now)
        else:
            count_mails(now=now)

    def _reviewer(self, office: str) -> Actor:
        return self.actor if office == self.roster.operating else officer_of(office)


def report_text(owed: Made) -> str:
    """Return what an office hands in."""
    return f"第 {owed.ordinal} 项要求的情况报告（{owed.period or '综合'}）"
