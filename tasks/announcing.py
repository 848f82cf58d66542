"""Telling the Prefect server that an urgent report has moved: it saves waiting, and nothing hangs on it."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from tasks.served import NoAnswer, is_expected, post, server_url

#: How long a command waits for a server that does not answer: the next minute's delivery finds the row anyway.
_SECONDS = 1.0


class UrgentEvent(StrEnum):
    """What has happened to a case; each starts a delivery at once."""

    RAISED = "duban.urgent.raised"
    ANSWERED = "duban.urgent.answered"
    FOLLOWED_UP = "duban.urgent.followed_up"
    REGRADED = "duban.urgent.regraded"
    #: a sweep has told somebody, or opened the next level
    CLIMBED = "duban.urgent.climbed"


def resource_of(case_id: int | None = None) -> dict[str, str]:
    """Return the resource of an event: a case, or the cases as a whole."""
    return {"prefect.resource.id": f"duban.urgent-case.{case_id or 'all'}"}


def announce(event: UrgentEvent, case_id: int) -> bool:
    """Announce what a committed act did to a case, from outside a flow; tell whether the server has it.

    A server that is not there, or does not answer in a second, changes nothing: the row is committed, and the
    delivery of the next minute finds it.
    """
    if not is_expected():
        return False
    told: dict[str, Any] = {
        "occurred": datetime.now(UTC).isoformat(), "event": event.value, "resource": resource_of(case_id),
        "id": str(uuid.uuid4()),
    }  # fmt: skip
    try:
        post(f"{server_url()}/events", [told], seconds=_SECONDS)
    except NoAnswer:
        return False
    return True
