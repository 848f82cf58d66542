"""What offices ask, by whatever door it comes: more time, a contest, a whole paper sent back."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlmodel import Session, col

from domain.deadlines import format_due, workday_term
from domain.errors import Refused
from domain.extensions import Cap, Given, check_in_time, check_new_day
from domain.flaws import Flaw
from domain.masking import without_contacts
from domain.offices import Office
from domain.statuses import Act
from models.acting import move
from models.circular import Circular
from models.deciding import ask, reviewer_inside, superior_inside
from models.holding import start_hold
from models.installation import Installation, calendar_of
from models.lookup import need_receipt
from models.obligation import Adjustment, AdjustmentKind, Obligation
from models.petition import Petition, PetitionKind
from models.recalls import passed_on_by
from models.returned import hold_paper
from models.session import Transaction


def given(session: Session, owed: Obligation) -> Given:
    """Return the extensions an obligation has had; dating what had no date was none."""
    statement = select(col(Adjustment.old_due_at), col(Adjustment.new_due_at)).where(
        col(Adjustment.obligation_id) == owed.id,
        col(Adjustment.kind) == AdjustmentKind.EXTENSION,
        col(Adjustment.old_due_at).is_not(None),
    )
    rows = session.execute(statement).all()
    return Given(len(rows), sum((new - old for old, new in rows), timedelta()))


def cap(here: Installation) -> Cap:
    """Return how often and by how many days one obligation may be extended."""
    return Cap(here.policies.limit("extension_count"), here.policies.limit("extension_days"))


def ask_more_time(
    work: Transaction, here: Installation, owed: Obligation, due_at: datetime, progress: str, reason: str
) -> Petition:
    """Ask for a new deadline (aware) before the old one; who reviews, else the superior, owes the decision.

    Raises Refused: no progress, past due, no deadline at all, a day that could not be given, one asked for already.
    """
    if not progress.strip():
        message = "申请延期必须说明目前的办理进展。"
        raise Refused(message)
    move(work, owed, Act.ASK_EXTENSION)
    check_in_time(owed.due_at, work.now)
    if owed.due_at is None:
        message = "该事项没有时限，无须申请延期。"
        raise Refused(message)
    check_new_day(owed.due_at, due_at, work.now, given(work.session, owed), cap(here))
    office = here.view.office(owed.office_id)
    petition = Petition(
        kind=PetitionKind.EXTENSION, obligation_id=owed.id or 0, reason=reason, progress=progress,
        wanted_due_at=due_at, asked_at=work.now, asked_by=work.actor.name,
    )  # fmt: skip
    decider = decider_of(here, petition, owed)
    words = f"申请延至{format_due(due_at)}。目前进展：{progress}。理由：{reason}"
    ask(work, here, owed, petition, decider, words=words)
    payload = {
        "office": office.code, "petition": petition.id, "due_at": due_at, "decider": decider,
        "progress": without_contacts(progress), "reason": without_contacts(reason),
    }  # fmt: skip
    work.record("extension.asked", f"obligation:{owed.id}", payload)
    return petition


def decider_of(here: Installation, petition: Petition, owed: Obligation) -> str:
    """Return the code of the office that decides what is asked about an obligation."""
    office = here.view.office(owed.office_id)
    more_time = petition.kind is PetitionKind.EXTENSION
    return reviewer_inside(here, owed, office) if more_time else superior_inside(here, office)


def contest_owed(work: Transaction, here: Installation, owed: Obligation, reason: str) -> Petition:
    """Say that something is not ours, or impossible by then; it is held until the superior has decided.

    Raises Refused: too late, held or ended already.
    """
    move(work, owed, Act.CONTEST)
    office = here.view.office(owed.office_id)
    _check_in_time(work.session, here, owed, office, work.now)
    petition = Petition(
        kind=PetitionKind.CONTEST, obligation_id=owed.id or 0, reason=reason, asked_at=work.now,
        asked_by=work.actor.name,
    )  # fmt: skip
    decider = decider_of(here, petition, owed)
    ask(work, here, owed, petition, decider, words=f"异议理由：{reason}")
    start_hold(work, owed, AdjustmentKind.HOLD, reason, petition_id=petition.id)
    payload = {
        "office": office.code, "petition": petition.id, "decider": decider, "reason": without_contacts(reason),
    }  # fmt: skip
    work.record("obligation.contested", f"obligation:{owed.id}", payload)
    return petition


def _check_in_time(session: Session, here: Installation, owed: Obligation, office: Office, now: datetime) -> None:
    circular = session.get(Circular, owed.circular_id) if owed.circular_id else None
    if circular is None:
        return
    receipt = need_receipt(session, circular, office, here)
    limit = _limit(session, here, receipt, owed.made_at)
    if now >= limit:
        days = here.policies.limit("contest_workdays")
        message = f"异议须在签收后 {days} 个工作日内提出，已于{format_due(limit)}截止；可申请延期或请上级免办。"
        raise Refused(message)


def _limit(session: Session, here: Installation, receipt: Obligation, made_at: datetime) -> datetime:
    """Return until when an office may say no: from its receipt, else from when receipt was due."""
    received_at = receipt.ended_at
    if received_at is None and receipt.due_at is not None:
        # 24:00 of a day is that day's: silence gains nothing
        received_at = receipt.due_at - timedelta.resolution
    days = here.policies.limit("contest_workdays")
    calendar = calendar_of(session, receipt.calendar_digest)
    return workday_term(max(received_at or made_at, made_at), days, calendar).at


def send_back(
    work: Transaction, here: Installation, circular: Circular, sender: Office, flaw: Flaw, reason: str
) -> tuple[Obligation, Petition]:
    """Send the whole paper back: all that the office owes under it is held until the superior has decided.

    Returns the office's receipt and what it asks. Raises Refused: not sent there, too late, passed on or sent back
    already.
    """
    receipt = need_receipt(work.session, circular, sender, here)
    _check_return(work, here, circular, sender, receipt)
    petition = Petition(
        kind=PetitionKind.RETURNED_PAPER, obligation_id=receipt.id or 0, reason=f"{flaw.label}：{reason}",
        asked_at=work.now, asked_by=work.actor.name,
    )  # fmt: skip
    decider = decider_of(here, petition, receipt)
    ask(work, here, receipt, petition, decider, words=f"退文原因：{petition.reason}")
    held = hold_paper(work, petition, circular.id or 0, receipt.office_id)
    payload = {
        "office": sender.code, "petition": petition.id, "decider": decider, "flaw": flaw, "held": held,
        "reason": without_contacts(reason),
    }  # fmt: skip
    work.record("paper.returned", f"obligation:{receipt.id}", payload)
    return receipt, petition


def _check_return(
    work: Transaction, here: Installation, circular: Circular, office: Office, receipt: Obligation
) -> None:
    if receipt.status.is_final and receipt.ended_at is not None:
        limit = _limit(work.session, here, receipt, receipt.made_at)
        if work.now >= limit:
            days = here.policies.limit("contest_workdays")
            message = f"退文须在签收后 {days} 个工作日内提出，已于{format_due(limit)}截止。"
            raise Refused(message)
    if passed_on_by(work.session, circular, receipt.office_id):
        message = f"{office.name}已将该文续转，请先撤回转发（duban recall），再退回来文。"
        raise Refused(message)
