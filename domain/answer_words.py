"""By which words a mail can be answered, and the numbers by which an answer names one of several matters."""

from __future__ import annotations

import re
from datetime import datetime
from enum import StrEnum
from functools import cache

from domain.statuses import TABLE, Act, ObligationKind, State


class Answer(StrEnum):
    """The first word of an answer; its value is what is written (domain/inbound.py reads it)."""

    RECEIPT = "签收"
    REPORT = "报送"
    EXTENSION_REQUEST = "延期"
    CONTEST = "异议"
    RETURNED_PAPER = "退文"
    ACKNOWLEDGEMENT = "知悉"
    #: of an urgent report, in an answer to a mail about that case alone
    RESPONSE = "收到"
    FOLLOW_UP = "紧急信息续报"
    FINAL_REPORT = "紧急信息终报"

    @property
    def is_of_a_case(self) -> bool:
        """Whether it answers an urgent report: what case is meant, only a mail of its own tells."""
        return self in (Answer.RESPONSE, Answer.FOLLOW_UP, Answer.FINAL_REPORT)

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
    Answer.RESPONSE: Act.RESPOND,
    Answer.FOLLOW_UP: Act.FOLLOW_UP,
    Answer.FINAL_REPORT: Act.FOLLOW_UP,
}
_NUMBER = re.compile(r"(?:事项\s*(?:编号)?|编号)\s*[:：]?\s*(\d{1,18})(?![\d-])")
_NUMBER_IN_BRACKETS = re.compile(rf"[（(]?{_NUMBER.pattern}\s*[）)]?")


def answers_to(
    kind: ObligationKind, state: State, *, due_at: datetime | None, contest_until: datetime | None, now: datetime
) -> tuple[Answer, ...]:
    """Return the words that would be taken now, in the order in which they are offered; instants are aware.

    An extension is asked for before the deadline, a contest until `contest_until` (docs/rules.md, Deadlines 11, 12).
    """
    return tuple(
        answer
        for answer in _allowed(kind, state)
        if not (answer is Answer.EXTENSION_REQUEST and due_at is not None and now >= due_at)
        and not (answer is Answer.CONTEST and (contest_until is None or now >= contest_until))
    )


@cache
def _allowed(kind: ObligationKind, state: State) -> tuple[Answer, ...]:
    """By the table of acts alone; a whole paper goes back where its receipt is what is owed."""
    allowed = (answer for answer in Answer if (kind, state, answer.act) in TABLE)
    return tuple(each for each in allowed if each is not Answer.RETURNED_PAPER or kind is ObligationKind.RECEIPT)


def matter_number(obligation_id: int) -> str:
    """The number by which an answer names one of several matters: `事项12`."""
    return f"事项{obligation_id}"


def matter_numbers(text: str) -> tuple[int, ...]:
    """The obligations that a text names by `事项12`, `编号12` or `事项编号：12`, in their order, each once."""
    return tuple(dict.fromkeys(int(number) for number in _NUMBER.findall(text)))


def without_matter_number(line: str) -> str:
    """A line without the number of the matter: it says which is meant, not what is done."""
    return _NUMBER_IN_BRACKETS.sub(" ", line).strip(" ，,、；;") if _NUMBER.search(line) else line
