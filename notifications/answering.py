"""What a mail says about answering it: only words that would be taken now, and only where answers are read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache

from domain.answer_words import Answer, answers_to, matter_number
from domain.calendar import WorkCalendar
from domain.deadlines import workday_term
from domain.matters import Matter
from domain.statuses import Hold, State
from notifications.messages import Item

_FORMS = {
    Answer.RECEIPT: "“签收”",
    Answer.REPORT: "“报送”，下面写正文，或附上文件",
    Answer.EXTENSION_REQUEST: "“延期至×年×月×日”，下面写“目前进展：”和“理由：”",
    Answer.CONTEST: "“异议”，下面写“理由：”",
    Answer.RETURNED_PAPER: "“退文”，写明原因（发错单位、无法辨读或文件有误）和说明",
    Answer.ACKNOWLEDGEMENT: "“知悉”，表示已看到，暂缓重复提醒",
    Answer.RESPONSE: "“收到”，即为回应（续转仍须照常办理）",
    Answer.FOLLOW_UP: "“紧急信息续报”，下面写最新情况",
    Answer.FINAL_REPORT: "“紧急信息终报”，下面写处置结果",
}


def answers_of(matter: Matter, now: datetime, calendar: WorkCalendar, contest_workdays: int) -> tuple[Answer, ...]:
    """Return how the recipient may answer one matter at `now` (aware); () for what its own office does not owe.

    A contest may come until so many working days after the receipt; that is not known here, so it is offered for as
    long as it is surely in time: from when the obligation was made.
    """
    if not matter.own or matter.obligation_kind is None or matter.status is None:
        return ()
    until = _until(matter.made_at, contest_workdays, calendar) if matter.made_at is not None else None
    state = State(matter.status, Hold(matter.hold))
    return answers_to(matter.obligation_kind, state, due_at=matter.due_at, contest_until=until, now=now)


@lru_cache(maxsize=1024)
def _until(made_at: datetime, workdays: int, calendar: WorkCalendar) -> datetime:
    return workday_term(made_at, workdays, calendar).at


def numbered(items: Sequence[Item], matters: Sequence[Matter], offered: Sequence[tuple[Answer, ...]]) -> list[Item]:
    """Return the items with the numbers by which an answer names them, each that can be answered."""
    return [
        replace(item, number=matter_number(matter.obligation_id)) if answers and matter.obligation_id else item
        for item, matter, answers in zip(items, matters, offered, strict=True)
    ]


def answer_text(offered: Sequence[tuple[Answer, ...]], numbers: Sequence[str]) -> str:
    """Return the line about answering a mail of one matter, or of several with their numbers; '' for none."""
    if len(offered) == 1:
        return _of_one(offered[0])
    words = tuple(answer for answer in Answer if any(answer in each for each in offered))
    example = next((number for number in numbers if number), "")
    return _of_many(words, example) if words else ""


@lru_cache(maxsize=128)
def _of_one(answers: tuple[Answer, ...]) -> str:
    if not answers:
        return ""
    return f"可直接回复本邮件办理，正文第一行写：{'；或'.join(_FORMS[answer] for answer in answers)}。"


def _of_many(words: tuple[Answer, ...], example: str) -> str:
    forms = "、".join(f"“{answer}”" for answer in words)
    return (
        f"可直接回复本邮件办理，一封只办一项：正文第一行写{forms}之一和所列编号，如“{words[0]} {example}”；"
        "所需的日期、进展、理由或正文写在其后。"
    )
