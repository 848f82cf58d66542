"""A person's own reminder (手动催办): a reason, a pause between two, a cap; what is held back is recorded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from prefect import task

from domain.deadlines import format_instant
from domain.errors import Refused
from domain.masking import without_contacts
from domain.offices import Audience
from domain.planning import TAGS, is_urgent
from domain.reminding import held_back
from domain.statuses import Hold, ObligationKind
from domain.trail import Actor
from models.acting import REMINDER_RUNG, fire, firing_row
from models.installation import Installation, installation, policies_of
from models.notice import Firing, FiringState
from models.obligation import Obligation
from models.reminders import lock_obligation, reminders_of, was_sent
from models.session import Transaction, transaction

_OF_A_CASE = (ObligationKind.RESPOND, ObligationKind.PASS_ON, ObligationKind.FOLLOW_UP)


@dataclass(frozen=True)
class Reminded:
    """What became of one press of the button."""

    obligation_id: int
    office: str
    #: False: held back, and recorded as such
    sent: bool
    #: the running number of the press, and how many were sent by now
    number: int
    sent_in_all: int
    #: the telephone comes first: extra urgent matters and urgent reports
    telephone_first: bool
    message: str


@task(name="手动催办")
def remind(obligation_id: int, reason: str, *, actor: Actor, now: datetime) -> Reminded:
    """Remind the office that owes an obligation, at once; quiet hours still hold for routine and urgent mail.

    Held back within the pause since the last one that was sent, or once the cap is reached: recorded as suppressed.
    Of several at once one is sent. Raises Refused: no reason; ended, handed in, or held.
    """
    if not reason.strip():
        message = "催办必须说明理由。"
        raise Refused(message)
    with transaction(actor, now) as work:
        here, owed = installation(work.session), lock_obligation(work, obligation_id)
        _refuse_what_waits_for_others(owed)
        pressed = reminders_of(work.session, obligation_id)
        sent = [each for each in pressed if was_sent(each)]
        why_not = _why_not(work, here, owed, sent)
        _fire(work, here, owed, len(pressed) + 1, reason, why_not)
        payload = {"number": len(pressed) + 1, "reason": without_contacts(reason), "held_back": why_not}
        work.record("reminder.pressed", f"obligation:{owed.id}", payload)
        return _reminded(work, here, owed, len(pressed) + 1, len(sent) + (not why_not), why_not)


def _refuse_what_waits_for_others(owed: Obligation) -> None:
    if owed.status.is_final:
        message = f"该事项{owed.status.label}，无须再催办。"
    elif not owed.status.runs:
        message = "该事项已报送、正在等待审核，不能催办报送单位；应由审核单位作出决定。"
    elif owed.hold:
        message = f"该事项{Hold(owed.hold).label}，决定之前不能催办。"
    else:
        return
    raise Refused(message)


def _why_not(work: Transaction, here: Installation, owed: Obligation, sent: Sequence[Firing]) -> str:
    policies = policies_of(work.session, [owed.policy_id])[owed.policy_id]
    last = max((each.fired_at for each in sent), default=None)
    return held_back(len(sent), last, owed.grade, policies, here.calendar, work.now)


def _fire(work: Transaction, here: Installation, owed: Obligation, number: int, reason: str, why_not: str) -> None:
    office = here.view.office(owed.office_id)
    audience = Audience.DUTY if owed.kind in _OF_A_CASE else Audience.OFFICER
    recipient = here.view.roster.audience(office.code, audience, work.now)
    why = recipient.fallback or f"督办工作人员催办{office.name}的{owed.kind.label}事项。"
    row = firing_row(
        here.view, recipient, "reminder", rung=REMINDER_RUNG, repeat=number, revision=owed.revision,
        obligation_id=owed.id, at=work.now, now=work.now, not_before=work.now, urgency_tag=TAGS[owed.grade],
        call_list=is_urgent(owed.grade), why=why_not or why, detail={"reason": reason},
    )  # fmt: skip
    if why_not:
        row["state"] = FiringState.SUPPRESSED
    fire(work, [row])


def _reminded(
    work: Transaction, here: Installation, owed: Obligation, number: int, sent_in_all: int, why_not: str
) -> Reminded:
    office, urgent = here.view.office(owed.office_id).name, is_urgent(owed.grade)
    message = f"本次未发出：{why_not}" if why_not else f"已催办{office}（第 {sent_in_all} 次）。"
    if not why_not and not urgent and not here.calendar.is_working_time(work.now):
        message += f"现在不是工作时间，邮件于{format_instant(here.calendar.next_working_time(work.now))}送出。"
    if urgent:
        message += "事项紧急，请先打电话，接通后用 duban call 登记。"
    return Reminded(owed.id or 0, office, not why_not, number, sent_in_all, urgent, message)
