"""The doors of the demo: what an operator or a schedule would start runs as a flow, visible in Prefect."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from prefect import Flow
from prefect.client.schemas.objects import State

from flows.circulars import forward_circular, recall_forwarding, register_circular
from flows.deadlines import sweep_deadlines, sweep_urgent
from flows.mail import deliver_notices
from flows.oversight import mail_audit_head, show_board, show_chain, verify_trail
from flows.review import extend_deadline, record_receipt, record_report, review_report, waive_obligation
from flows.urgent import follow_up_urgent_report, raise_urgent_report, respond_to_urgent_report
from simulation.doors import TaskDoors
from simulation.performing import officer_of, urgent_times
from simulation.script import WrittenCircular
from tasks.watching import case_of, obligation_of


class PlayFailed(RuntimeError):
    """A flow of the play did not complete; the message is its own."""


def run(flow: Flow[..., Any], **parameters: Any) -> str:
    """Run a flow in process and return its final message; raises PlayFailed where it did not complete."""
    state = cast("State[Any]", flow(**parameters, return_state=True))
    if not state.is_completed():
        message = f"{flow.name}：{state.message}"
        raise PlayFailed(message)
    return state.message or ""


@dataclass
class FlowDoors(TaskDoors):
    """Runs flows for what they exist for; what localities do by themselves goes through the tasks.

    Unlike `duban simulate` it ends with PlayFailed where something is refused: a demo shows what works.
    """

    def do_register(
        self, now: datetime, *, file: Path | None = None, only: str | None = None, sent_at: datetime | None = None,
        written: WrittenCircular | None = None,
    ) -> None:  # fmt: skip
        """Register through the flow; a circular written in the script has no file and goes through its task."""
        if file is None:
            super().do_register(now, written=written)
            return
        run(
            register_circular, officer=self.operator, path=str(file), only=only or "", sent_at=sent_at or "",
            as_of=now,
        )  # fmt: skip

    def do_forward(self, now: datetime, *, document: str, preview: bool, **how: Any) -> None:
        """Forward through the flow."""
        run(
            forward_circular, document_number=document, officer=self.operator, sender=how["sender"] or "",
            to=how["to"], mode=how["mode"].name, below_scope_reason=how["below_scope_reason"], preview=preview,
            as_of=now,
        )  # fmt: skip
        if not preview:
            self.forwarded.append(document)

    def do_recall(self, now: datetime, *, document: str, reason: str, sender: str | None) -> None:
        """Recall through the flow."""
        run(
            recall_forwarding, document_number=document, reason=reason, officer=self.operator, sender=sender or "",
            as_of=now,
        )  # fmt: skip

    def do_receive(self, now: datetime, *, document: str, office: str) -> None:
        """Record a receipt through the flow."""
        run(record_receipt, document_number=document, office=office, officer=self.operator, as_of=now)

    def do_report(
        self, now: datetime, *, document: str, office: str, text: str, ordinal: int | None, period: str | None
    ) -> None:
        """Record a report through the flow."""
        run(
            record_report, document_number=document, office=office, text=text, officer=self.operator,
            ordinal=ordinal or 0, period=period or "", as_of=now,
        )  # fmt: skip

    def do_accept(self, now: datetime, *, note: str, **which: Any) -> None:
        """Accept through the flow."""
        run(
            review_report, obligation_id=obligation_of(**which, submitted=True), decision="accept",
            officer=self.operator, reason=note, as_of=now,
        )  # fmt: skip

    def do_return(self, now: datetime, *, reason: str, due_on: Any, **which: Any) -> None:
        """Return through the flow."""
        number = obligation_of(**which, submitted=True)
        run(
            review_report, obligation_id=number, decision="return", officer=self.operator, reason=reason,
            new_due_on=due_on or "", as_of=now,
        )  # fmt: skip
        self.returned.append(number)

    def do_waive(self, now: datetime, *, reason: str, **which: Any) -> None:
        """Waive through the flow."""
        run(waive_obligation, obligation_id=obligation_of(**which), reason=reason, officer=self.operator, as_of=now)

    def do_extend(self, now: datetime, *, reason: str, due_on: Any, **which: Any) -> None:
        """Extend through the flow."""
        run(
            extend_deadline, obligation_id=obligation_of(**which), due_on=due_on, reason=reason,
            officer=self.operator, as_of=now,
        )  # fmt: skip

    def do_raise_urgent(self, now: datetime, *, case: str, office: str, **how: Any) -> None:
        """Raise through the flow."""
        occurred_at, learned_at = urgent_times(now, how["occurred_at"], how["learned_at"])
        run(
            raise_urgent_report, office=office, title=how["title"], text=how["text"], severity=how["severity"],
            occurred_at=occurred_at, learned_at=learned_at, officer=officer_of(office).name, reference=case, as_of=now,
        )  # fmt: skip
        self.cases[case] = case_of(case)

    def do_respond_urgent(self, now: datetime, *, case: str, office: str, pass_on: bool) -> None:
        """Respond through the flow."""
        run(
            respond_to_urgent_report, case_id=self.case(case), office=office, officer=officer_of(office).name,
            pass_on=pass_on, as_of=now,
        )  # fmt: skip

    def do_follow_up_urgent(self, now: datetime, *, case: str, text: str, final: bool) -> None:
        """Follow up through the flow."""
        run(
            follow_up_urgent_report, case_id=self.case(case), text=text, officer="现场负责人", final=final, as_of=now
        )  # fmt: skip

    def do_show_board(self, now: datetime) -> None:
        """Show the lights."""
        run(show_board, as_of=now)

    def do_show_chain(self, _now: datetime, *, document: str) -> None:
        """Show the chain."""
        run(show_chain, document_number=document)

    def do_verify_trail(self, _now: datetime) -> None:
        """Verify the trail."""
        run(verify_trail)

    def do_mail_audit_head(self, now: datetime) -> None:
        """Queue the day's head for the operators."""
        run(mail_audit_head, as_of=now)

    def sweep(self, now: datetime) -> None:
        """Sweep everything, as the schedule does."""
        run(sweep_deadlines, as_of=now)

    def sweep_urgent(self, now: datetime) -> None:
        """Sweep what is extra urgent, as the schedule does."""
        run(sweep_urgent, as_of=now)

    def deliver(self, now: datetime) -> None:
        """Deliver, as the schedule does."""
        run(deliver_notices, as_of=now)
