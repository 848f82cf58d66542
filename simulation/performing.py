"""How the events of a script are done: by the tasks behind the commands, one method for each `do`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from config.settings import settings
from domain.calendar import end_of_day, local_day
from domain.documents import CircularDraft, DocumentKind
from domain.errors import Refused
from domain.flaws import Flaw
from domain.offices import Roster
from domain.reviewing import Looking
from domain.statuses import ObligationKind
from domain.trail import Actor, ActorKind
from domain.urgent import Severity
from flows.files import read_bytes
from models.petition import PetitionKind
from simulation.script import Event, WrittenCircular
from tasks.alerting import follow_up, pass_on, raise_urgent_report, regrade, respond
from tasks.auditing import audit_head, send_audit_head, verify_audit
from tasks.calling import record_call
from tasks.contesting import contest, decide_contest, decide_paper, return_paper
from tasks.extending import ask_extension, decide_extension, extend
from tasks.forwarding import forward_circular, recall_forwarding
from tasks.handling import accept, receive, return_report, submit_report, waive
from tasks.holding import acknowledge, resume, suspend
from tasks.progressing import record_progress
from tasks.recomputing import apply_calendar
from tasks.registering import register_circular, register_draft
from tasks.reminding import remind
from tasks.rostering import import_roster
from tasks.substituting import substitute
from tasks.watching import obligation_of, petition_about
from tasks.withdrawing import supersede_circular, withdraw_circular

Doing = Callable[..., None]


def officer_of(office: str) -> Actor:
    """Return the officer of an office, by its code, as the actor of an act."""
    return Actor(ActorKind.OFFICER, f"{office}经办人")


@dataclass
class Performer:
    """Does what a script says through the tasks themselves: no Prefect run for any of it."""

    operator: str
    roster: Roster
    #: the cases of urgent reports by the name the script gives them
    cases: dict[str, int] = field(default_factory=dict)
    #: obligations returned since somebody last looked
    returned: list[int] = field(default_factory=list)
    #: circulars that may have asked for reports on occurrence since somebody last looked
    forwarded: list[str] = field(default_factory=list)

    @property
    def actor(self) -> Actor:
        return Actor(ActorKind.CLAIMED, self.operator)

    def perform(self, event: Event, now: datetime) -> None:
        """Do one event. Raises Refused where the installation refuses it."""
        doing: Doing = getattr(self, f"do_{event.do}")
        doing(now, **event.values)

    def do_register(
        self, now: datetime, *, file: Path | None = None, only: str | None = None, sent_at: datetime | None = None,
        written: WrittenCircular | None = None,
    ) -> None:  # fmt: skip
        if written is not None:
            draft = written_draft(written, self.roster[self.roster.operating].name, now)
            register_draft.fn(draft, f"{written.number}.md", actor=self.actor, now=now)
        elif file is not None:
            register_circular.fn(
                read_bytes(file), file.name, actor=self.actor, now=now, only=only, sent_at=sent_at,
                looking=Looking.NEVER,
            )  # fmt: skip

    def do_forward(self, now: datetime, *, document: str, preview: bool, **how: Any) -> None:
        forward_circular.fn(document, actor=self.actor, now=now, dry_run=preview, **how)
        if not preview:
            self.forwarded.append(document)

    def do_recall(self, now: datetime, *, document: str, reason: str, sender: str | None) -> None:
        recall_forwarding.fn(document, reason, actor=self.actor, now=now, sender=sender)

    def do_receive(self, now: datetime, *, document: str, office: str) -> None:
        receive.fn(document, office, actor=self.actor, now=now)

    def do_report(
        self, now: datetime, *, document: str, office: str, text: str, ordinal: int | None, period: str | None
    ) -> None:
        submit_report.fn(document, office, text, actor=self.actor, now=now, ordinal=ordinal, period=period)

    def do_accept(self, now: datetime, *, note: str, **which: Any) -> None:
        accept.fn(obligation_of(**which, submitted=True), actor=self.actor, now=now, note=note)

    def do_return(self, now: datetime, *, reason: str, due_on: Any, **which: Any) -> None:
        number = obligation_of(**which, submitted=True)
        due_at = end_of_day(due_on) if due_on else None
        return_report.fn(number, reason, actor=self.actor, now=now, due_on=due_at)
        self.returned.append(number)

    def do_waive(self, now: datetime, *, reason: str, **which: Any) -> None:
        waive.fn(obligation_of(**which), reason, actor=self.actor, now=now)

    def do_extend(self, now: datetime, *, reason: str, due_on: Any, **which: Any) -> None:
        extend.fn(obligation_of(**which), end_of_day(due_on), reason, actor=self.actor, now=now)

    def do_ask_extension(self, now: datetime, *, progress: str, reason: str, due_on: date, **which: Any) -> None:
        """Let the office ask for more time."""
        number, due_at = obligation_of(**which), end_of_day(due_on)
        ask_extension.fn(number, due_at, progress, reason, actor=self._officer(which["office"]), now=now)

    def do_decide_extension(
        self, now: datetime, *, grant: bool, reason: str, due_on: date | None, **which: Any
    ) -> None:
        """Decide what the office asked for; without a day of its own the day that was asked for."""
        number = petition_about(PetitionKind.EXTENSION, obligation_of(**which))
        due_at = end_of_day(due_on) if due_on else None
        decide_extension.fn(number, grant=grant, actor=self.actor, now=now, reason=reason, due_at=due_at)

    def do_acknowledge(self, now: datetime, **which: Any) -> None:
        """Let the office say that it knows."""
        acknowledge.fn(obligation_of(**which), actor=self._officer(which["office"]), now=now)

    def do_suspend(self, now: datetime, *, reason: str, until: date | None, **which: Any) -> None:
        """Stop the clock."""
        ends_at = end_of_day(until) if until else None
        suspend.fn(obligation_of(**which), reason, actor=self.actor, now=now, until=ends_at)

    def do_resume(self, now: datetime, *, reason: str, **which: Any) -> None:
        """Let the clock go on."""
        resume.fn(obligation_of(**which), reason, actor=self.actor, now=now)

    def do_contest(self, now: datetime, *, reason: str, **which: Any) -> None:
        """Let the office say that the matter is not its own, or impossible."""
        contest.fn(obligation_of(**which), reason, actor=self._officer(which["office"]), now=now)

    def do_decide_contest(self, now: datetime, *, uphold: bool, reason: str, due_on: date | None, **which: Any) -> None:
        """Decide a contest."""
        number = petition_about(PetitionKind.CONTEST, obligation_of(**which))
        due_at = end_of_day(due_on) if due_on else None
        decide_contest.fn(number, uphold=uphold, reason=reason, actor=self.actor, now=now, due_at=due_at)

    def do_return_paper(self, now: datetime, *, document: str, office: str, flaw: Flaw, reason: str) -> None:
        """Let the office send the whole paper back."""
        return_paper.fn(document, office, flaw, reason, actor=self._officer(office), now=now)

    def do_decide_paper(self, now: datetime, *, document: str, office: str, accepted: bool, reason: str) -> None:
        """Decide what becomes of a paper that was sent back."""
        receipt = obligation_of(document, office, kind=ObligationKind.RECEIPT, ordinal=None, period=None)
        number = petition_about(PetitionKind.RETURNED_PAPER, receipt)
        decide_paper.fn(number, accepted=accepted, reason=reason, actor=self.actor, now=now)

    def do_remind(self, now: datetime, *, reason: str, **which: Any) -> None:
        """Remind by hand."""
        remind.fn(obligation_of(**which), reason, actor=self.actor, now=now)

    def do_call(self, now: datetime, *, person: str, reached: bool, note: str, **which: Any) -> None:
        """Record a telephone call."""
        record_call.fn(obligation_of(**which), person, actor=self.actor, now=now, reached=reached, note=note)

    def do_withdraw_circular(self, now: datetime, *, document: str, reason: str) -> None:
        """Withdraw a circular."""
        withdraw_circular.fn(document, reason, actor=self.actor, now=now)

    def do_supersede_circular(self, now: datetime, *, document: str, by: str, reason: str) -> None:
        """Let another circular take the place of one."""
        supersede_circular.fn(document, by, reason, actor=self.actor, now=now)

    def do_substitute(self, now: datetime, **who: Any) -> None:
        """Let somebody act for somebody who is absent."""
        substitute.fn(
            who["absent"], who["acting"], who["starts_at"], who["ends_at"], who["reason"], actor=self.actor, now=now
        )  # fmt: skip

    def do_regrade_urgent(self, now: datetime, *, case: str, severity: Severity, reason: str) -> None:
        """Change the severity of a case."""
        regrade.fn(self.case(case), severity, reason, actor=self.actor, now=now)

    def do_apply_calendar(self, now: datetime, *, work_days: Path | None, reason: str) -> None:
        """Let other work days hold from now on, and apply them to what runs."""
        if work_days is not None:
            settings.change(work_days_file=work_days)
        apply_calendar.fn(reason, actor=self.actor, now=now)

    def _officer(self, office: str) -> Actor:
        """Return the officer of an office that a script names by code or name."""
        return officer_of(code_of(office, self.roster))

    def do_progress(self, now: datetime, *, document: str, office: str, **how: Any) -> None:
        record_progress.fn(
            document, office, how["instruction"], how["state"], how["note"], actor=self.actor, now=now
        )  # fmt: skip

    def do_raise_urgent(self, now: datetime, *, case: str, office: str, **how: Any) -> None:
        occurred_at, learned_at = urgent_times(now, how["occurred_at"], how["learned_at"])
        raised = raise_urgent_report.fn(
            office, how["title"], how["text"], how["severity"], occurred_at=occurred_at, learned_at=learned_at,
            actor=self._officer(office), now=now, reference=case,
        )  # fmt: skip
        self.cases[case] = raised.case_id

    def do_respond_urgent(self, now: datetime, *, case: str, office: str, pass_on: bool) -> None:
        respond.fn(self.case(case), office, actor=self._officer(office), now=now)
        if pass_on:
            self.do_pass_on_urgent(now, case=case, office=office)

    def do_pass_on_urgent(self, now: datetime, *, case: str, office: str) -> None:
        pass_on.fn(self.case(case), office, actor=self._officer(office), now=now)

    def do_follow_up_urgent(self, now: datetime, *, case: str, text: str, final: bool) -> None:
        follow_up.fn(self.case(case), text, actor=self.actor, now=now, final=final)

    def do_import_roster(self, now: datetime, *, file: Path, deactivate_missing: bool) -> None:
        import_roster.fn(
            read_bytes(file), file.name, actor=self.actor, now=now, deactivate_missing=deactivate_missing
        )  # fmt: skip

    def do_show_board(self, now: datetime) -> None:
        """Looking changes nothing; a play through flows shows it."""

    def do_show_chain(self, now: datetime, *, document: str) -> None:
        """Looking changes nothing; a play through flows shows it."""

    def do_verify_trail(self, _now: datetime) -> None:
        verdict = verify_audit.fn()
        if not verdict.whole:
            raise Refused(verdict.problem)

    def do_mail_audit_head(self, now: datetime) -> None:
        send_audit_head.fn(audit_head.fn(), now=now)

    def case(self, name: str) -> int:
        """Return the number of a case by the script's name for it. Raises Refused."""
        if name not in self.cases:
            message = f"脚本中此前没有名为“{name}”的紧急信息（case）。"
            raise Refused(message)
        return self.cases[name]


def code_of(office: str, roster: Roster) -> str:
    """Return the code of an office that is named by code or name; the roster knows it."""
    return office if office in roster.offices else roster.named(office)[0].code


def urgent_times(now: datetime, occurred_at: datetime | None, learned_at: datetime | None) -> tuple[datetime, datetime]:
    """Return when it happened and when the office learned of it: by default 15 and 10 minutes before the report."""
    learned = learned_at or now - timedelta(minutes=10)
    return occurred_at or learned - timedelta(minutes=5), learned


def written_draft(written: WrittenCircular, operating: str, now: datetime) -> CircularDraft:
    """Return a circular of the script as reading a document would: its text is made of its requirements."""
    issuer = written.issuer or operating
    asked = "\n\n".join(each.text for each in written.requirements)
    text = f"# {issuer}文件\n\n{written.number}\n\n## {written.title}\n\n{'，'.join(written.addressees)}：\n\n{asked}\n"
    return CircularDraft(
        kind=DocumentKind.NOTICE, text=text, span=(0, len(text)), document_number=written.number,
        issuing_authority=(issuer,), title=written.title, urgency=written.urgency, addressees=written.addressees,
        dated_on=local_day(now), issued_on=local_day(now), scope=written.scope, requirements=written.requirements,
    )  # fmt: skip
