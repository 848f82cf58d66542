"""One report upward made of those below (汇总稿): drafted as a paper that waits for a signature, and as a sheet."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime

from prefect import task
from sqlmodel import Session

from domain import compiling
from domain.calendar import local_day
from domain.causes import Cause, the_period
from domain.compiling import GAPS, Line, Matter, Standing
from domain.documents import RequirementKind
from domain.errors import Refused
from domain.papers import PaperKind
from domain.trail import Actor
from models.circular import Circular, Requirement
from models.circulars import need_circular, requirements_of
from models.compiling import Draft, compilers_of, found_lines, goes_to, keep_draft, periods_of, signed_before
from models.installation import Installation, installation
from models.lookup import need_office
from models.papers import need_paper
from models.session import reading, transaction
from notifications.table import as_xlsx


@dataclass(frozen=True)
class Gap:
    """An office whose report is not in the compiled one; words are Chinese."""

    code: str
    office: str
    standing: str
    note: str


@dataclass(frozen=True)
class Compiled:
    """A compiled report as it was drafted."""

    paper_id: int
    title: str
    office: str
    text: str
    #: how many reports stand how, by the names of `Standing`
    counts: dict[str, int]
    gaps: list[Gap]
    #: the numbers of those of the same matter that were signed before
    signed_before: list[str]
    #: whether a draft that waited already was renewed
    renewed: bool
    message: str


@task(name="汇总报告")
def compile_report(
    number: str,
    ordinal: int,
    *,
    actor: Actor,
    now: datetime,
    period: str = "",
    since: date | None = None,
    office: str = "",
) -> Compiled:
    """Draft one report of those accepted under a requirement, or renew the draft that waits; nothing is sent.

    `period` is a due day or month (2020-03), `since` the first day of what comes in on occurrence, `office` who
    compiles where several do. Raises Refused: an unknown circular, requirement, period or office, nothing to compile.
    """
    with transaction(actor, now) as work:
        here, circular = installation(work.session), need_circular(work.session, number)
        requirement = _requirement(work.session, circular, ordinal)
        cause = _cause(work.session, here, requirement, period.strip(), since, office.strip(), now)
        found = found_lines(work.session, here, cause, now)
        if not found and cause.since is None:
            message = "该项要求下的事项已全部由其他公文替代，无可汇总。"
            raise Refused(message)
        matter = _matter(here, circular, requirement, cause, now)
        words = Draft(
            cause, compiling.title(matter), compiling.text(matter, found), found, requirement.circular_id or 0
        )
        paper, new = keep_draft(work, words)
        counts = {each.value: count for each, count in compiling.counts(found).items()}
        payload = {"kind": paper.kind, "cause": paper.cause, "text_sha256": _digest(paper.text)} | counts
        work.record("paper.drafted" if new else "paper.renewed", f"paper:{paper.id}", payload)
        return Compiled(
            paper_id=paper.id or 0, title=paper.title, office=matter.compiler, text=paper.text, counts=counts,
            gaps=_gaps(found), signed_before=signed_before(work.session, cause), renewed=not new,
            message=_said(paper.id or 0, found, renewed=not new),
        )  # fmt: skip


def _requirement(session: Session, circular: Circular, ordinal: int) -> Requirement:
    rows = requirements_of(session, circular.id or 0)
    wanted = next((row for row in rows if row.ordinal == ordinal), None)
    if wanted is None:
        message = f"公文“{circular.number or circular.title}”只有 {len(rows)} 项要求，没有第 {ordinal} 项。"
        raise Refused(message)
    return wanted


def _cause(
    session: Session, here: Installation, requirement: Requirement, period: str, since: date | None, office: str,
    now: datetime,
) -> Cause:  # fmt: skip
    """Return what is compiled by whom. Raises Refused where that is not clear."""
    wanted = here.view.id_of[need_office(here, office).code] if office else None
    if requirement.kind is RequirementKind.ON_OCCURRENCE:
        if since is None or period:
            message = "该项要求是随时报送，没有期次；请指明起始日期（--since，如 2020-03-01）。"
            raise Refused(message)
        if since > local_day(now):
            message = f"起始日期 {since.isoformat()} 在今天之后，没有可汇总的报送。"
            raise Refused(message)
        return Cause(requirement.id or 0, wanted or goes_to(here, requirement), since=since)
    if since is not None:
        message = "--since 只用于随时报送的要求；其他要求请指明期次（--period）。"
        raise Refused(message)
    the_one = the_period(period, periods_of(session, requirement.id or 0))
    return Cause(requirement.id or 0, _compiler(session, here, requirement, the_one, wanted), the_one)


def _compiler(session: Session, here: Installation, requirement: Requirement, period: str, wanted: int | None) -> int:
    compilers = compilers_of(session, here, requirement.id or 0, period)
    names = "、".join(f"{here.view.office(each).name}（{here.view.code_of[each]}）" for each in compilers)
    if not compilers:
        message = "没有单位须就该项要求向下级收取报送，无可汇总。"
    elif wanted is None and len(compilers) > 1:
        message = f"该项要求有 {len(compilers)} 个单位收取报送，请指明汇总单位（--office）：{names}。"
    elif wanted is not None and wanted not in compilers:
        message = f"没有单位就该项要求向{here.view.office(wanted).name}报送；收取报送的是{names}。"
    else:
        return wanted or compilers[0]
    raise Refused(message)


def _matter(here: Installation, circular: Circular, requirement: Requirement, cause: Cause, now: datetime) -> Matter:
    return Matter(
        compiler=here.view.office(cause.office).name,
        document=f"《{circular.title}》" + (f"（{circular.number}）" if circular.number else ""),
        ordinal=requirement.ordinal, asked=requirement.text, period=cause.period, since=cause.since, as_of=now,
    )  # fmt: skip


def _gaps(found: list[Line]) -> list[Gap]:
    return [
        Gap(each.code, each.office, each.standing.label, each.note)
        for standing in GAPS
        for each in found
        if each.standing is standing
    ]


def _said(paper_id: int, found: list[Line], *, renewed: bool) -> str:
    gaps = sum(each.standing.is_gap for each in found)
    act = "已更新汇总稿" if renewed else "已起草汇总稿"
    left = f"，未计入 {gaps} 个单位" if gaps else ""
    return f"{act}（文稿编号 {paper_id}）：计入报送 {len(found) - gaps} 份{left}；待签发，未发出。"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@task(name="汇总稿存为表格")
def compiled_sheet(number: int) -> bytes:
    """Return the lines of a compiled report as the bytes of a workbook, as of the instant of its text.

    Raises Refused where there is no such paper, or it is of another kind.
    """
    with reading() as session:
        paper = need_paper(session, number)
        if paper.kind is not PaperKind.COMPILED_REPORT:
            message = f"编号 {number} 的文稿是{paper.kind.label}，只能存为 Word 文档（.docx）；表格只有汇总稿才有。"
            raise Refused(message)
        found = [Line.restored(each) for each in paper.lines or []]
        return as_xlsx(paper.title, found, _counted(found), drafted_at=paper.drafted_at)


def _counted(found: list[Line]) -> list[tuple[str, int]]:
    count = compiling.counts(found)
    shown = [(each.label, count[each]) for each in Standing if count[each]]
    late = sum(each.late and not each.standing.is_gap for each in found)
    return [("共计", len(found)), *shown, ("已计入的报送中逾期报送", late)]
