"""Mail that is refused as spam: one alarm for all of a run, with the offices that have to be telephoned."""

from __future__ import annotations

from sqlalchemy import exists, or_, select
from sqlmodel import Session, col

from domain.offices import Audience, Office
from models.acting import sound
from models.installation import Installation
from models.notice import Delivery, DeliveryState, Firing, FiringRecipient, FiringState, Notice
from models.session import Transaction
from models.undeliverable import NO_ECHO

#: What the causes of these alarms begin with; their details name the deliveries.
CAUSE = "blocked"


def tell_blocked(
    work: Transaction, here: Installation, delivery: Delivery, notice: Notice, *, worker: str, said: str
) -> None:  # fmt: skip
    """Alarm the operators that a server takes us for spam; further messages join an alarm that has not left yet.

    The same bytes would be refused again, and a mail to the superior too: the telephone is what is left.
    """
    if notice.kind in NO_ECHO:
        return
    office = here.view.office(notice.office_id)
    operators = here.view.roster.audience(here.view.roster.operating, Audience.OPERATORS, work.now)
    cause = f"{CAUSE}/{worker}"
    known = _unsent(work.session, worker)
    if known is not None:
        known.detail = _detail([*_numbers(known.detail), delivery.id or 0], known.detail["calls"], office, said)
        work.session.flush()
        return
    sound(
        work, here.view, operators, "alarm", cause, _detail([delivery.id or 0], "", office, said),
        why="您负责督办系统值守。", urgency_tag=notice.urgency_tag,
    )  # fmt: skip


def _unsent(session: Session, worker: str) -> Firing | None:
    """Return an alarm that still waits: what the run that ends here has claimed is given back."""
    has_left = exists().where(
        col(FiringRecipient.firing_id) == col(Firing.id), col(Delivery.notice_id) == col(FiringRecipient.notice_id),
        or_(col(Delivery.state) != DeliveryState.QUEUED, col(Delivery.claimed_by).not_in(["", worker])),
    )  # fmt: skip
    statement = select(Firing).where(
        col(Firing.cause).startswith(f"{CAUSE}/"), ~has_left,
        col(Firing.state).in_([FiringState.OPEN, FiringState.UNREACHABLE]),
    )  # fmt: skip
    return session.scalars(statement.order_by(col(Firing.id).desc()).limit(1).with_for_update()).first()


def _detail(numbers: list[int], calls: str, office: Office, said: str) -> dict[str, str]:
    call = _call(office)
    lines = [*filter(None, calls.split("；"))]
    calls = "；".join(lines if call in lines else [*lines, call])
    return {
        "matter": f"邮件服务器把通知当作垃圾邮件拒收，共 {len(numbers)} 封",
        "reason": f"{said}。所拒收的不再自动重发，其余暂停一段时间后再发。请电话告知：{calls}。"
        "并与邮件服务商联系解除拦截；解除后用 duban notice resend 重发。",
        "calls": calls, "deliveries": " ".join(map(str, numbers)),
    }  # fmt: skip


def _call(office: Office) -> str:
    person = next((each for each in office.contacts if each.phone), None)
    return f"{office.name} {person.officer or person.role.label} {person.phone}" if person else office.name


def _numbers(detail: dict[str, str]) -> list[int]:
    return [int(each) for each in detail.get("deliveries", "").split()]
