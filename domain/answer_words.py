"""By which words a mail can be answered, and the numbers by which an answer names one of several matters."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from domain.statuses import TABLE, Act, ObligationKind, State


class Answer(StrEnum):
    """The first word of an answer; its value is what is written (domain/inbound.py reads it)."""

    RECEIPT = "签收"
    REPORT = "报送"
    EXTENSION_REQUEST = "延期"
    CONTEST = "异议"
    RETURNED_PAPER = "退文"
    ACKNOWLEDGEMENT = "知悉"

    @property
    def act(self) -> Act:
        """What is done by it."""
        return _ACTS[self]


_ACTS = {
    Answer.RECEIPT: Act.RECEIVE,
    Answer.REPORT: Act.SUBMIT,
    Answer.EXTENSION_REQUEST: Act.ASK_EXTENSION,
    Answer.CONTEST: Act.CONTEST,
    Answer.RETURNED_PAPER: Act.RETURN_PAPER,
    Answer.ACKNOWLEDGEMENT: Act.ACKNOWLEDGE,
}


def answers_to(
    kind: ObligationKind, state: State, *, due_at: datetime | None, contest_until: datetime | None, now: datetime
) -> tuple[Answer, ...]:
    """Return the words that would be taken now, in the order in which they are offered; instants are aware.

    An extension is asked for before the deadline, a contest until `contest_until` (docs/rules.md, Deadlines 11, 12).
    A whole paper is sent back where its receipt is what is owed.
    """
    allowed = [answer for answer in Answer if (kind, state, answer.act) in TABLE]
    if kind is not ObligationKind.RECEIPT:
        allowed = [answer for answer in allowed if answer is not Answer.RETURNED_PAPER]
    if due_at is not None and now >= due_at:
        allowed = [answer for answer in allowed if answer is not Answer.EXTENSION_REQUEST]
    if contest_until is None or now >= contest_until:
        allowed = [answer for answer in allowed if answer is not Answer.CONTEST]
    return tuple(allowed)


def matter_number(obligation_id: int) -> str:
    """The number by which an answer names one of several matters: `编号12` (domain/inbound_words.py reads it)."""
    return f"编号{obligation_id}"
