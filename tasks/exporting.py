"""The register (台账) as an Excel workbook: everything that is owed, passed on, sent and escalated."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime, time, timedelta
from functools import lru_cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import xlsxwriter
from prefect import task
from sqlalchemy import Executable, func, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from domain.calendar import local
from domain.deadlines import format_instant
from domain.errors import Refused
from domain.offices import Audience, Tier
from domain.rollup import Light, Tally, is_late, light, light_text, near_until, total
from models.cases import cases
from models.circular import Circular, Requirement
from models.forwarding import Forwarding
from models.holding import held_since
from models.installation import Installation, installation
from models.notice import Delivery, DeliveryState, Firing, FiringState, Notice
from models.obligation import Obligation, UrgentCase
from models.office import Office
from models.rollups import tally
from models.session import reading
from notifications.messages import NoticeKind
from tasks.retelling import told_cases

#: Rows read at a time, and characters of a text shown.
_PAGE = 1000
_SHOWN = 300
#: What XML cannot hold, and control characters.
_UNFIT = re.compile("[\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_ESCALATING = (Audience.SUPERIOR, Audience.SUPERIOR_HEAD, Audience.OPERATING_HEAD)
_INSTANT = 'yyyy"年"m"月"d"日" hh:mm'
#: 24:00 of a day is written as its last second: it sorts and filters as that day.
_MIDNIGHT = 'yyyy"年"m"月"d"日 24时"'
_COLOURS = {
    Light.GREEN: "#C6EFCE", Light.YELLOW: "#FFEB9C", Light.RED: "#FFC7CE", Light.TICK: "#A9D08E", Light.GREY: "#D9D9D9",
    Light.HELD: "#E4DFEC",
}  # fmt: skip
_LAMPS = [*(each.label for each in Light), "曾逾期或逾期"]
#: The columns of each sheet and their widths in characters.
_OVERVIEW = [("类别", 8), ("名称", 44), *((name, 12) for name in _LAMPS), ("合计", 10)]
_OBLIGATIONS = [
    ("编号", 8), ("层级", 14), ("单位", 26), ("上级单位", 26), ("文号", 22), ("标题", 44), ("事项", 12), ("要求", 50),
    ("期次", 12), ("发出时间", 20), ("原时限", 20), ("现时限", 20), ("状态", 10), ("灯色", 12), ("说明", 20),
    ("是否逾期", 10), ("报送时间", 20), ("办结时间", 20),
]  # fmt: skip
_OWN_FIELDS = (
    "id", "kind", "office_id", "period", "issued_at", "base_due_at", "due_at", "status", "hold", "submitted_at",
    "ended_at",
)  # fmt: skip
_FORWARDINGS = [
    ("来文单位", 26), ("收文单位", 26), ("文号", 22), ("标题", 44), ("转发时间", 20), ("签收时间", 20),
    ("撤回时间", 20),
]  # fmt: skip
_NOTICES = [("种类", 16), ("收件单位", 26), ("状态", 14), ("送达时间", 20), ("主题", 60)]
_ESCALATIONS = [("未办单位", 26), ("告知单位", 26), ("文号", 22), ("事项", 12), ("梯级", 16), ("告知时间", 20)]
_URGENT = [
    ("编号", 8), ("级别", 10), ("事件", 40), ("报告单位", 26), ("发生时间", 20), ("获知时间", 20), ("上报时间", 20),
    ("终报时间", 20), ("环节", 20), ("办理单位", 26), ("起算", 20), ("时限", 20), ("完成", 20), ("用时（分钟）", 12),
    ("逾期（分钟）", 12), ("说明", 36),
]  # fmt: skip


@dataclass(frozen=True)
class Due:
    """A deadline, whose midnight is told as 24时 of the day before."""

    at: datetime | None


@dataclass(frozen=True)
class Coloured:
    """A light's word, on its colour."""

    light: Light


@task(name="导出台账")
def export_register(path: Path, *, now: datetime) -> int:
    """Write the register as of `now` (aware) to an .xlsx file and return the rows of 事项台账; times are Beijing time.

    It is written under a temporary name and then takes the place of `path`. Raises Refused for another ending, or a
    folder that cannot be written.
    """
    if path.suffix.lower() != ".xlsx":
        message = f"台账的文件名应以 .xlsx 结尾，而不是“{path.name}”。"
        raise Refused(message)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=".duban-", dir=path.parent) as folder, reading() as session:
            _hold_snapshot(session)
            made = Path(folder) / "register.xlsx"
            count = _write(made, session, now)
            made.replace(path)
    except OSError as error:
        message = f"无法写入台账“{path}”：{error.strerror or error}。"
        raise Refused(message) from error
    return count


def _hold_snapshot(session: Session) -> None:
    """Let all sheets tell of one instant; SQLite does so by itself."""
    if session.get_bind().dialect.name == "postgresql":
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})


def _write(path: Path, session: Session, now: datetime) -> int:
    # Cells come from mails and circulars: none may become a formula or a link. Rows go to `tmpdir`, not to memory.
    options = {
        "constant_memory": True, "tmpdir": str(path.parent), "strings_to_formulas": False, "strings_to_urls": False,
    }  # fmt: skip
    with xlsxwriter.Workbook(str(path), options) as workbook:
        sheets = _Sheets(workbook)
        here = installation(session)
        title = f"督办台账概览（截至{format_instant(now)}，不含审核决定）"
        sheets.add("概览", _OVERVIEW, _overview(session, here, now), title)
        count = sheets.add("事项台账", _OBLIGATIONS, _obligations(session, here, now))
        sheets.add("转发链", _FORWARDINGS, _forwardings(session))
        sheets.add("通知", _NOTICES, _notices(session))
        sheets.add("升级", _ESCALATIONS, _escalations(session))
        sheets.add("紧急信息", _URGENT, _urgent(session, here, now))
    return count


class _Sheets:
    """Writes sheets of a workbook, each row once and in order."""

    def __init__(self, workbook: Any) -> None:
        self._workbook = workbook
        self._title = workbook.add_format({"bold": True, "font_size": 14})
        self._header = workbook.add_format(
            {"bold": True, "bg_color": "#D9D9D9", "border": 1, "align": "center", "valign": "vcenter"}
        )
        self._instant = workbook.add_format({"num_format": _INSTANT, "align": "left"})
        self._midnight = workbook.add_format({"num_format": _MIDNIGHT, "align": "left"})
        self._colours = {each: workbook.add_format({"bg_color": colour}) for each, colour in _COLOURS.items()}

    def add(self, name: str, columns: Sequence[tuple[str, int]], rows: Iterable[Sequence[Any]], title: str = "") -> int:
        """Add a sheet with a frozen header and filters, below a title if there is one; return how many rows."""
        sheet = self._workbook.add_worksheet(name)
        header = 1 if title else 0
        for number, (_, width) in enumerate(columns):
            sheet.set_column(number, number, width)
        if title:
            sheet.write_string(0, 0, title, self._title)
        for number, (label, _) in enumerate(columns):
            sheet.write_string(header, number, label, self._header)
        last = header
        for last, row in enumerate(rows, start=header + 1):
            for number, value in enumerate(row):
                self._cell(sheet, last, number, value)
        sheet.freeze_panes(header + 1, 0)
        # Printed, a sheet is as wide as its paper, and each page has the headings.
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(header)
        sheet.autofilter(header, 0, last, len(columns) - 1)
        return last - header

    def _cell(self, sheet: Any, row: int, column: int, value: object) -> None:
        match value:
            case None | "" | Due(None):
                return
            case int():
                sheet.write_number(row, column, value)
            case datetime():
                sheet.write_datetime(row, column, _clock(value), self._instant)
            case Due(datetime() as at):
                midnight = _clock(at).time() == time()
                shown = at - timedelta(seconds=1) if midnight else at
                sheet.write_datetime(row, column, _clock(shown), self._midnight if midnight else self._instant)
            case Coloured(lamp):
                sheet.write_string(row, column, lamp.label, self._colours[lamp])
            case _:
                sheet.write_string(row, column, _shown(str(value)))


def _clock(at: datetime) -> datetime:
    """Return what the clock in Beijing shows, without a zone: Excel knows none."""
    return local(at).replace(tzinfo=None)


def _shown(text: str) -> str:
    """Return a text on one line, shortened, without what no workbook may hold."""
    plain = " ".join(_UNFIT.sub(" ", text).split())
    return plain if len(plain) <= _SHOWN else plain[: _SHOWN - 1] + "…"


def _stream(session: Session, statement: Executable) -> Iterator[Any]:
    yield from session.execute(statement.execution_options(yield_per=_PAGE))


def _overview(session: Session, here: Installation, now: datetime) -> Iterator[Sequence[Any]]:
    near_at = near_until(now, here.calendar)
    tiers = {tier: each for (tier,), each in tally(session, now, near_at, col(Office.tier)).items()}
    circulars = {key: each for (key,), each in tally(session, now, near_at, col(Obligation.circular_id)).items()}
    for tier in Tier:
        if tier in tiers:
            yield _tallied("层级", tier.label, tiers[tier])
    statement = select(col(Circular.id), col(Circular.number), col(Circular.title)).order_by(col(Circular.id))
    for row in _stream(session, statement):
        yield _tallied("公文", f"{row.number or ''} {row.title}", circulars.get(row.id, Tally()))
    if None in circulars:
        yield _tallied("其他", "紧急信息", circulars[None])
    yield _tallied("合计", "全部", total(tiers.values()))


def _tallied(group: str, name: str, lights: Tally) -> Sequence[Any]:
    return (group, name, *astuple(lights), lights.total)


def _obligations(session: Session, here: Installation, now: datetime) -> Iterator[Sequence[Any]]:
    """Yield one row per obligation; what belongs to no circular shows the title of its urgent case."""
    statement = (
        select(
            *(col(getattr(Obligation, name)) for name in _OWN_FIELDS),
            col(Circular.number),
            func.coalesce(col(Circular.title), col(UrgentCase.title)).label("title"),
            col(Requirement.text),
        )
        .outerjoin(Circular, col(Circular.id) == col(Obligation.circular_id))
        .outerjoin(Requirement, col(Requirement.id) == col(Obligation.requirement_id))
        .outerjoin(UrgentCase, col(UrgentCase.id) == col(Obligation.case_id))
        .order_by(col(Obligation.id))
    )
    near_at = near_until(now, here.calendar)
    words = lru_cache(maxsize=4096)(partial(light_text, now=now, calendar=here.calendar))
    offices = {number: _office(here, number) for number in here.view.code_of}
    since = held_since(session)
    for row in _stream(session, statement):
        lamp = light(row.status, row.due_at, now, near_at, row.hold)
        late = lamp is not Light.GREY and is_late(row.due_at, row.submitted_at, row.ended_at, now)
        yield (
            row.id, *offices[row.office_id], row.number, row.title, row.kind.label, row.text, row.period,
            row.issued_at, Due(row.base_due_at), Due(row.due_at), row.status.label, Coloured(lamp),
            words(row.status, row.due_at, hold=row.hold, held_since=since.get(row.id)), "是" if late else "否",
            row.submitted_at, row.ended_at,
        )  # fmt: skip


def _office(here: Installation, number: int) -> tuple[str, str, str]:
    office = here.view.office(number)
    superior = here.view.roster.superior_of(office.code)
    return office.tier.label, office.name, superior.name if superior else ""


def _forwardings(session: Session) -> Iterator[Sequence[Any]]:
    """Yield one row per passing-on; one from outside the roster shows the issuing authority."""
    sender, receiver = aliased(Office), aliased(Office)
    statement: Executable = (
        select(
            col(sender.name).label("sender"), col(receiver.name).label("receiver"), col(Circular.issuing_authority),
            col(Circular.number), col(Circular.title), col(Forwarding.sent_at), col(Forwarding.received_at),
            col(Forwarding.recalled_at),
        )
        .select_from(Forwarding)
        .join(Circular, col(Circular.id) == col(Forwarding.circular_id))
        .outerjoin(sender, col(sender.id) == col(Forwarding.from_office_id))
        .join(receiver, col(receiver.id) == col(Forwarding.to_office_id))
        .order_by(col(Forwarding.id))
    )  # fmt: skip
    for row in _stream(session, statement):
        start = row.sender or "、".join(row.issuing_authority)
        yield (start, row.receiver, row.number, row.title, row.sent_at, row.received_at, row.recalled_at)


def _notices(session: Session) -> Iterator[Sequence[Any]]:
    """Yield one row per message; addresses stay in the database."""
    statement = (
        select(col(Notice.kind), col(Office.name), col(Delivery.state), col(Delivery.ended_at), col(Delivery.subject))
        .select_from(Delivery)
        .join(Notice, col(Notice.id) == col(Delivery.notice_id))
        .join(Office, col(Office.id) == col(Notice.office_id))
        .order_by(col(Delivery.id))
    )
    for kind, office, state, ended_at, subject in _stream(session, statement):
        accepted_at = ended_at if state is DeliveryState.ACCEPTED else None
        yield (NoticeKind(kind).label, office, state.label, accepted_at, subject)


def _escalations(session: Session) -> Iterator[Sequence[Any]]:
    late, told = aliased(Office), aliased(Office)
    statement = (
        select(
            col(late.name), col(told.name), col(Circular.number), col(Obligation.kind), col(Firing.rung),
            col(Firing.fired_at),
        )
        .select_from(Firing)
        .join(Obligation, col(Obligation.id) == col(Firing.obligation_id))
        .outerjoin(Circular, col(Circular.id) == col(Obligation.circular_id))
        .join(late, col(late.id) == col(Obligation.office_id))
        .join(told, col(told.id) == col(Firing.office_id))
        .where(col(Firing.audience).in_(_ESCALATING), col(Firing.state) == FiringState.OPEN)
        .order_by(col(Firing.id))
    )  # fmt: skip
    for office, to_office, number, kind, rung, fired_at in _stream(session, statement):
        yield (office, to_office, number, kind.label, rung, fired_at)


def _urgent(session: Session, here: Installation, now: datetime) -> Iterator[Sequence[Any]]:
    """Yield one row per step of every urgent report, and per follow-up that was or is owed."""
    for told in told_cases(session, here, cases(session), now):
        case = (
            told.case_id, told.severity_label, told.title, told.office, told.occurred_at, told.learned_at,
            told.raised_at, told.closed_at,
        )  # fmt: skip
        for step in told.steps:
            yield (
                *case, step.label, step.office, step.since, Due(step.due_at), step.done_at, step.took_minutes,
                step.late_minutes, step.words,
            )  # fmt: skip
        for each in told.follow_ups:
            yield (
                *case, "续报", told.office, None, Due(each.due_at), each.done_at, None, each.late_minutes, each.label,
            )  # fmt: skip
