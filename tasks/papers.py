"""Papers that need a signature: drafted, shown, signed or discarded by a person; none of it by a timer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from prefect import task
from sqlalchemy import select, update
from sqlmodel import Session, col

from domain.calendar import local_day
from domain.causes import Cause
from domain.compiling import Line, changed_since
from domain.deadlines import format_due, format_instant
from domain.errors import Refused
from domain.masking import without_contacts
from domain.offices import Audience
from domain.papers import SUPERVISING, PaperKind, Sheet
from domain.statuses import Status
from domain.trail import Actor
from models.acting import tell
from models.compiling import found_lines, need_owed_upward
from models.installation import Installation, installation
from models.lookup import need_obligation
from models.obligation import Obligation
from models.paper import Paper, PaperState
from models.papers import draft, drafts_so_far, need_paper, next_number, waiting_draft
from models.reporting import hand_in as hand_in_report
from models.session import Transaction, reading, transaction
from models.statements import changed
from notifications.drafting import write_paper
from notifications.sheet import as_docx

_STATES = {PaperState.DRAFTED: "待签发", PaperState.SIGNED: "已签发", PaperState.DISCARDED: "已作废"}
#: Why each gets a signed paper.
_WHY = {
    PaperKind.SUPERVISION_LETTER: "贵单位承担的该事项逾期未办结，经签发发出督办通知单。",
    PaperKind.LISTED_SUPERVISION: "贵单位承担的该事项经签发列入挂牌督办。",
    PaperKind.CRITICISM_BULLETIN: "贵单位承担的该事项逾期未办结，经签发予以通报。",
}


@dataclass(frozen=True)
class PaperShown:
    """One paper as a person reads it."""

    id: int
    kind: str
    kind_name: str
    state: str
    number: str
    office: str
    title: str
    text: str
    obligation_id: int | None
    drafted_at: datetime
    signer: str
    #: what has become of the matter meanwhile, if it is no longer simply late; signing then asks for a confirmation
    meanwhile: str
    message: str = ""


@task(name="起草文稿")
def draft_paper(kind: str, obligation_id: int, reason: str, *, actor: Actor, now: datetime) -> PaperShown:
    """Draft a paper about a late obligation by hand; it waits for a signature and nothing is sent.

    Raises Refused: no reason, an unknown kind or obligation, a matter that is not late, a draft that waits already.
    """
    chosen = _kind(kind)
    if not reason.strip():
        message = "起草文稿必须说明理由。"
        raise Refused(message)
    with transaction(actor, now) as work:
        here, owed = installation(work.session), need_obligation(work.session, obligation_id)
        if meanwhile := _meanwhile(owed, now):
            message = f"编号 {obligation_id} 的事项{meanwhile}，不能起草{chosen.label}。"
            raise Refused(message)
        if (waiting := waiting_draft(work.session, owed, chosen)) is not None:
            message = f"该事项已有一份{chosen.label}待签发（文稿编号 {waiting}），请先签发或作废。"
            raise Refused(message)
        turn = drafts_so_far(work.session, owed, chosen) + 1
        made = draft(work, here, [(owed, chosen, f"obligation:{owed.id}/{chosen.value}/{turn}")], write_paper)
        if not made:
            message = f"该事项的{chosen.label}刚刚已由他人起草，可用 duban paper list 查看。"
            raise Refused(message)
        paper = need_paper(work.session, made[0])
        paper.note = reason
        work.record("paper.asked", f"paper:{paper.id}", {"reason": without_contacts(reason)})
        return _shown(work.session, here, paper, now, f"已起草{chosen.label}（文稿编号 {paper.id}），待签发，未发出。")


def _kind(kind: str) -> PaperKind:
    found = next((each for each in SUPERVISING if kind.strip() in (each.value, each.label)), None)
    if found is None:
        offered = "、".join(f"{each.value}（{each.label}）" for each in SUPERVISING)
        message = f"没有“{kind}”这种文稿，可用的是 {offered}。"
        raise Refused(message)
    return found


@task(name="文稿清单")
def list_papers(*, now: datetime, decided_too: bool = False) -> list[PaperShown]:
    """Return the papers that wait for a signature, oldest first; with `decided_too` all there ever were."""
    with reading() as session:
        here = installation(session)
        statement = (
            select(Paper, Obligation)
            .outerjoin(Obligation, col(Obligation.id) == col(Paper.obligation_id))
            .order_by(col(Paper.id))
        )
        if not decided_too:
            statement = statement.where(col(Paper.state) == PaperState.DRAFTED)
        return [_shown(session, here, paper, now) for paper, _ in session.execute(statement)]


@task(name="查看文稿")
def show_paper(number: int, *, now: datetime) -> PaperShown:
    """Return one paper; raises Refused where there is none."""
    with reading() as session:
        here, paper = installation(session), need_paper(session, number)
        return _shown(session, here, paper, now)


@task(name="文稿存为文档")
def paper_file(number: int) -> bytes:
    """Return a paper as the bytes of a Word document; raises Refused where there is none."""
    with reading() as session:
        here, paper = installation(session), need_paper(session, number)
        signed = paper.state is PaperState.SIGNED and paper.decided_at is not None
        sheet = Sheet(
            kind=paper.kind, number=paper.number or "", heading=_heading(paper),
            office=here.view.office(paper.office_id).name, text=paper.text, sender=_sender(here, paper),
            signer=paper.decided_by if signed else "", day=_day(paper.decided_at) if signed else "",
        )  # fmt: skip
    return as_docx(sheet)


def _heading(paper: Paper) -> str:
    return paper.title if paper.kind is PaperKind.COMPILED_REPORT else paper.kind.label


def _sender(here: Installation, paper: Paper) -> str:
    if paper.kind is PaperKind.COMPILED_REPORT:
        return here.view.office(paper.office_id).name
    return here.view.roster[here.view.roster.operating].name


def _day(at: datetime | None) -> str:
    day = local_day(at) if at else None
    return f"{day.year}年{day.month}月{day.day}日" if day else ""


@task(name="签发文稿")
def sign_paper(
    number: int, signer: str, *, actor: Actor, now: datetime, even_so: bool = False, hand_in: bool = False
) -> PaperShown:
    """Sign a draft: it takes the next number of its kind and year, and then, and only then, the office is told.

    A compiled report is told to nobody; with `hand_in` it is at once the report that its office owes upward. Raises
    Refused: no signer, no such draft, decided already, a matter that has changed since (unless `even_so`), nothing to
    hand in.
    """
    if not signer.strip():
        message = "签发必须写明签发人。"
        raise Refused(message)
    with transaction(actor, now) as work:
        here, paper = installation(work.session), need_paper(work.session, number)
        owed = work.session.get(Obligation, paper.obligation_id) if paper.obligation_id else None
        compiled = paper.kind is PaperKind.COMPILED_REPORT
        if hand_in and not compiled:
            message = f"编号 {number} 的文稿是{paper.kind.label}；只有汇总稿可以随签发报送，请去掉 --hand-in。"
            raise Refused(message)
        if not even_so and paper.state is PaperState.DRAFTED and (meanwhile := _since(work.session, here, paper, now)):
            otherwise = "再次汇总（duban compile）" if compiled else "作废文稿"
            message = f"该事项{meanwhile}；如仍要签发，请加 --even-so（表单中勾选“仍要签发”），否则请{otherwise}。"
            raise Refused(message)
        _decide(work, paper, PaperState.SIGNED, signer.strip(), now)
        paper.number = next_number(work, paper.kind)
        work.session.flush()
        payload = {"number": paper.number, "signer": signer.strip(), "kind": paper.kind, "even_so": even_so}
        if compiled:
            owed = _hand_in(work, here, paper) if hand_in else None
            told, said = {"handed_in": owed.id if owed else None}, _filed(here, paper, owed)
        else:
            told = {"told": _tell(work, here, paper, owed) if owed else 0}
            said = f"已签发{paper.kind.label} {paper.number}，并通知{here.view.office(paper.office_id).name}。"
        work.record("paper.signed", f"paper:{paper.id}", payload | told)
        return _shown(work.session, here, paper, now, said)


def _hand_in(work: Transaction, here: Installation, paper: Paper) -> Obligation:
    owed = need_owed_upward(work.session, here, Cause.of(paper.cause))
    hand_in_report(work, here, owed, f"{paper.title}\n{paper.text}")
    paper.obligation_id = owed.id
    return owed


def _filed(here: Installation, paper: Paper, owed: Obligation | None) -> str:
    office = here.view.office(paper.office_id).name
    if owed is None:
        return f"已签发{paper.kind.label} {paper.number}，未报送，也未通知任何单位；报送可用 duban report。"
    return f"已签发{paper.kind.label} {paper.number}，并作为{office}的报送登记（事项编号 {owed.id}），等待审核。"


def _decide(work: Transaction, paper: Paper, state: PaperState, who: str, now: datetime) -> None:
    """Decide about a draft, once: of two at the same time the second is refused."""
    statement = (
        update(Paper)
        .where(col(Paper.id) == paper.id, col(Paper.state) == PaperState.DRAFTED)
        .values(state=state, decided_at=now, decided_by=who)
        .execution_options(synchronize_session=False)
    )
    if changed(work.session, statement) != 1:
        work.session.refresh(paper)
        at = format_instant(paper.decided_at) if paper.decided_at else ""
        message = f"编号 {paper.id} 的文稿{_STATES[paper.state]}（{at}），不能再次处理。"
        raise Refused(message)
    work.session.refresh(paper)


def _tell(work: Transaction, here: Installation, paper: Paper, owed: Obligation) -> int:
    """Tell the officer and the head of the office; whoever is both is told once."""
    office, reached, told = here.view.office(paper.office_id), set[str](), 0
    for audience in (Audience.OFFICER, Audience.HEAD):
        recipient = here.view.roster.audience(office.code, audience, work.now)
        addresses = {contact.address for contact in recipient.contacts}
        if addresses and addresses <= reached:
            continue
        reached |= addresses
        told += tell(
            work, here.view, owed, recipient, paper.kind.value, repeat=paper.id or 0,
            why=recipient.fallback or _WHY[paper.kind], detail={"reference": paper.number or "", "paper": paper.text},
        )  # fmt: skip
    return told


@task(name="作废文稿")
def discard_paper(number: int, reason: str, *, actor: Actor, now: datetime) -> PaperShown:
    """Discard a draft; it takes no number. Raises Refused: no reason, no such draft, decided already."""
    if not reason.strip():
        message = "作废文稿必须说明理由。"
        raise Refused(message)
    with transaction(actor, now) as work:
        here, paper = installation(work.session), need_paper(work.session, number)
        _decide(work, paper, PaperState.DISCARDED, actor.name, now)
        paper.note = reason
        work.record("paper.discarded", f"paper:{paper.id}", {"reason": without_contacts(reason)})
        return _shown(work.session, here, paper, now, f"已作废文稿 {number}，不占用文号。")


def _meanwhile(owed: Obligation | None, now: datetime) -> str:
    """Say what has become of a matter that is no longer simply late; empty where it is."""
    if owed is None:
        return ""
    if owed.status.is_final or owed.status is Status.SUBMITTED:
        return f"当前为“{owed.status.label}”"
    if owed.hold:
        return "已暂停计时或正在裁决"
    if owed.due_at is None:
        return "没有时限"
    if now < owed.due_at:
        return f"时限为{format_due(owed.due_at, provisional=owed.provisional)}，尚未逾期"
    return ""


def _since(session: Session, here: Installation, paper: Paper, now: datetime) -> str:
    """Say what has happened since a paper was drafted that whoever signs should know; empty for nothing."""
    if paper.kind is not PaperKind.COMPILED_REPORT:
        return _meanwhile(session.get(Obligation, paper.obligation_id) if paper.obligation_id else None, now)
    drafted = [Line.restored(each) for each in paper.lines or []]
    offices = changed_since(drafted, found_lines(session, here, Cause.of(paper.cause), now))
    return f"起草后有 {offices} 个单位的报送情况发生变化" if offices else ""


def _shown(session: Session, here: Installation, paper: Paper, now: datetime, message: str = "") -> PaperShown:
    return PaperShown(
        id=paper.id or 0, kind=paper.kind.value, kind_name=paper.kind.label, state=_STATES[paper.state],
        number=paper.number or "", office=here.view.office(paper.office_id).name, title=paper.title, text=paper.text,
        obligation_id=paper.obligation_id, drafted_at=paper.drafted_at,
        signer=paper.decided_by if paper.state is PaperState.SIGNED else "",
        meanwhile=_since(session, here, paper, now) if paper.state is PaperState.DRAFTED else "", message=message,
    )  # fmt: skip
