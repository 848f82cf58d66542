"""What can happen in a script: each `do` with its fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from domain.flaws import Flaw
from domain.planning import ForwardingMode
from domain.progress import ProgressState
from domain.statuses import ObligationKind
from domain.urgent import Severity
from simulation.fields import Table

Reader = Callable[[Table], dict[str, Any]]


def _obligation(table: Table) -> dict[str, Any]:
    """Read which obligation of an office is meant: of several the one that is open and due first."""
    return {
        "document": table.text("document"),
        "office": table.office("office"),
        "kind": table.choice("kind", ObligationKind, None),
        "ordinal": table.number("ordinal", None, least=1),
        "period": table.period("period"),
    }


def _with_reason(table: Table) -> dict[str, Any]:
    return _obligation(table) | {"reason": table.text("reason")}


def _accept(table: Table) -> dict[str, Any]:
    return _obligation(table) | {"note": table.text("note", "")}


def _return(table: Table) -> dict[str, Any]:
    return _with_reason(table) | {"due_on": table.day("due_on", None)}


def _extend(table: Table) -> dict[str, Any]:
    return _with_reason(table) | {"due_on": table.day("due_on")}


def _ask_extension(table: Table) -> dict[str, Any]:
    return _extend(table) | {"progress": table.text("progress")}


def _decide_extension(table: Table) -> dict[str, Any]:
    return _obligation(table) | {
        "grant": table.flag("grant", True), "reason": table.text("reason", ""), "due_on": table.day("due_on", None)
    }  # fmt: skip


def _decide_contest(table: Table) -> dict[str, Any]:
    return _with_reason(table) | {"uphold": table.flag("uphold"), "due_on": table.day("due_on", None)}


def _return_paper(table: Table) -> dict[str, Any]:
    return _receive(table) | {"flaw": table.choice("flaw", Flaw), "reason": table.text("reason")}


def _decide_paper(table: Table) -> dict[str, Any]:
    return _receive(table) | {"accepted": table.flag("accepted"), "reason": table.text("reason")}


def _suspend(table: Table) -> dict[str, Any]:
    return _with_reason(table) | {"until": table.day("until", None)}


def _call(table: Table) -> dict[str, Any]:
    return _obligation(table) | {
        "person": table.text("person"), "reached": table.flag("reached", True), "note": table.text("note", "")
    }  # fmt: skip


def _withdraw(table: Table) -> dict[str, Any]:
    return {"document": table.text("document"), "reason": table.text("reason")}


def _supersede(table: Table) -> dict[str, Any]:
    return _withdraw(table) | {"by": table.text("by")}


def _substitute(table: Table) -> dict[str, Any]:
    return {
        "absent": table.text("absent"), "acting": table.text("acting"), "starts_at": table.instant("starts_at"),
        "ends_at": table.instant("ends_at"), "reason": table.text("reason"),
    }  # fmt: skip


def _regrade(table: Table) -> dict[str, Any]:
    return {
        "case": table.text("case"), "severity": table.choice("severity", Severity), "reason": table.text("reason")
    }  # fmt: skip


def _apply_calendar(table: Table) -> dict[str, Any]:
    return {"work_days": table.path("work_days", None), "reason": table.text("reason")}


def _register(table: Table) -> dict[str, Any]:
    return {"file": table.path("file"), "only": table.text("only", None), "sent_at": table.instant("sent_at", None)}


def forwarding(table: Table) -> dict[str, Any]:
    """Read how a circular is passed on."""
    return {
        "sender": table.office("sender", None),
        "to": table.texts("to", ()),
        "mode": table.choice("mode", ForwardingMode, ForwardingMode.DIRECT),
        "below_scope_reason": table.text("below_scope_reason", ""),
    }


def _forward(table: Table) -> dict[str, Any]:
    return {"document": table.text("document"), "preview": table.flag("preview")} | forwarding(table)


def _recall(table: Table) -> dict[str, Any]:
    return {
        "document": table.text("document"), "reason": table.text("reason"), "sender": table.office("sender", None)
    }  # fmt: skip


def _receive(table: Table) -> dict[str, Any]:
    return {"document": table.text("document"), "office": table.office("office")}


def _report(table: Table) -> dict[str, Any]:
    return _receive(table) | {
        "text": table.text("text"),
        "ordinal": table.number("ordinal", None, least=1),
        "period": table.period("period"),
    }


def _progress(table: Table) -> dict[str, Any]:
    return _receive(table) | {
        "instruction": table.text("instruction"),
        "state": table.choice("state", ProgressState),
        "note": table.text("note", ""),
    }


def _raise(table: Table) -> dict[str, Any]:
    return {
        "case": table.text("case"),
        "office": table.office("office"),
        "title": table.text("title"),
        "text": table.text("text"),
        "severity": table.choice("severity", Severity),
        "occurred_at": table.instant("occurred_at", None),
        "learned_at": table.instant("learned_at", None),
    }


def _respond(table: Table) -> dict[str, Any]:
    return {"case": table.text("case"), "office": table.office("office"), "pass_on": table.flag("pass_on")}


def _pass_on(table: Table) -> dict[str, Any]:
    return {"case": table.text("case"), "office": table.office("office")}


def _follow_up(table: Table) -> dict[str, Any]:
    return {"case": table.text("case"), "text": table.text("text"), "final": table.flag("final")}


def _roster(table: Table) -> dict[str, Any]:
    return {"file": table.path("file"), "deactivate_missing": table.flag("deactivate_missing")}


def _document(table: Table) -> dict[str, Any]:
    return {"document": table.text("document")}


def _nothing(_: Table) -> dict[str, Any]:
    return {}


EVENTS: Mapping[str, Reader] = {
    "register": _register,
    "forward": _forward,
    "recall": _recall,
    "receive": _receive,
    "report": _report,
    "accept": _accept,
    "return": _return,
    "waive": _with_reason,
    "extend": _extend,
    "ask_extension": _ask_extension,
    "decide_extension": _decide_extension,
    "acknowledge": _obligation,
    "suspend": _suspend,
    "resume": _with_reason,
    "contest": _with_reason,
    "decide_contest": _decide_contest,
    "return_paper": _return_paper,
    "decide_paper": _decide_paper,
    "remind": _with_reason,
    "call": _call,
    "withdraw_circular": _withdraw,
    "supersede_circular": _supersede,
    "progress": _progress,
    "raise_urgent": _raise,
    "respond_urgent": _respond,
    "pass_on_urgent": _pass_on,
    "follow_up_urgent": _follow_up,
    "regrade_urgent": _regrade,
    "import_roster": _roster,
    "substitute": _substitute,
    "apply_calendar": _apply_calendar,
    "show_board": _nothing,
    "show_chain": _document,
    "verify_trail": _nothing,
    "mail_audit_head": _nothing,
}
#: These hold from `at` until `until`.
OUTAGES = ("sweeper_down", "mail_down")
