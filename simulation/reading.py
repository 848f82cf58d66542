"""Reading a script: one TOML file, checked field by field before anything is played."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

from domain.documents import Duty, RequirementDraft, RequirementKind, Urgency
from domain.errors import Refused
from domain.recurrence import next_due_day
from simulation.fields import ScriptError, Table
from simulation.localities import Manner
from simulation.script import (
    Cadence,
    Event,
    GeneratedRoster,
    Localities,
    Outage,
    Review,
    Script,
    WrittenCircular,
)
from simulation.script_events import EVENTS, OUTAGES, forwarding

#: A play of more years than this is a slip of the pen.
_YEARS = 10
#: On which a rule without a beginning is tried.
_ANY_DAY = date(2000, 1, 1)


def read_script(path: Path) -> Script:
    """Read a script; paths in it are relative to its folder, times without a zone are those of Asia/Shanghai.

    Raises ScriptError: one Chinese sentence that names the file and the field.
    """
    top = Table(path, "", _content(path))
    begins_at, ends_at = top.instant("begin"), top.instant("end")
    if not begins_at < ends_at:
        top.fail("end", "必须晚于 begin。")
    if (ends_at - begins_at).days > 366 * _YEARS:
        top.fail("end", f"与 begin 相隔超过 {_YEARS} 年。")
    events, outages = _events(top, begins_at, ends_at)
    script = Script(
        file=path,
        title=top.text("title", path.stem),
        begins_at=begins_at,
        ends_at=ends_at,
        seed=top.number("seed", 0, most=2**63 - 1),
        operator=top.text("operator", "值班员"),
        operating_office=top.text("operating_office", None),
        operators_address=top.text("operators_address", None),
        wait_minutes=top.number("wait_minutes", None, most=10_000),
        roster=_roster(top.table("roster")),
        policies=top.path("policies", None),
        work_days=top.path("work_days", None),
        cadence=_cadence(top.table("cadence")),
        localities=_localities(top.table("localities")),
        review=_review(top.table("review")),
        events=tuple(sorted(events, key=lambda event: event.at)),
        sweeper_outages=tuple(outages["sweeper_down"]),
        mail_outages=tuple(outages["mail_down"]),
        named_offices=tuple(top.named_offices),
    )
    top.end()
    return script


def _content(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except tomllib.TOMLDecodeError as error:
        raise ScriptError(f"脚本 {path}：不合 TOML 语法（{error}）。") from error
    except UnicodeDecodeError as error:
        raise ScriptError(f"脚本 {path}：不是 UTF-8 文本。") from error
    except OSError as error:
        raise ScriptError(f"脚本 {path} 无法读取：{error.strerror}。") from error


def _roster(table: Table) -> Path | GeneratedRoster | None:
    file: Path | None = table.path("file", None)
    generated = None
    if table.has("generate"):
        inner = table.table("generate")
        inner.where = "[roster] 的 generate"
        generated = GeneratedRoster(
            prefectures=inner.number("prefectures", least=1, most=999),
            counties=inner.number("counties", least=0, most=100_000),
            member_units=inner.number("member_units", 0, most=999),
        )
        inner.end()
    if file and generated:
        table.fail("file", "与 generate 只能二选一。")
    table.end()
    return file or generated


def _cadence(table: Table) -> Cadence:
    usual = Cadence()
    found = Cadence(
        sweep=table.number("sweep", usual.sweep, least=1, most=1440),
        urgent_sweep=table.number("urgent_sweep", usual.urgent_sweep, least=1, most=1440),
        delivery=table.number("delivery", usual.delivery, least=1, most=1440),
        delivery_hours=table.clocks("delivery_hours", ()),
    )
    table.end()
    return found


def _localities(table: Table) -> Localities:
    usual = Localities()
    found = Localities(
        last_minute=table.share("last_minute", usual.last_minute),
        late=table.share("late", usual.late),
        silent=table.share("silent", usual.silent),
        at_any_time=table.share("at_any_time", usual.at_any_time),
        forward=table.flag("forward", usual.forward),
        offices=_manners(table),
    )
    if found.last_minute + found.late + found.silent > 1:
        table.fail("last_minute", "与 late、silent 之和不能超过 1。")
    table.end()
    return found


def _manners(table: Table) -> dict[str, Manner]:
    inner = Table(table.file, "[localities.offices]", table.pairs("offices"), table.named_offices)
    return {inner.office_key(name): inner.choice(name, Manner) for name in inner.values}


def _review(table: Table) -> Review:
    usual = Review()
    found = Review(
        hours=table.clocks("hours", usual.hours),
        return_every=table.number("return_every", usual.return_every),
        return_reason=table.text("return_reason", usual.return_reason),
        resubmit_hours=table.number("resubmit_hours", usual.resubmit_hours, most=10_000),
    )
    table.end()
    return found


def _events(top: Table, begins_at: datetime, ends_at: datetime) -> tuple[list[Event], dict[str, list[Outage]]]:
    events = [event for table in top.tables("circulars") for event in _circular(table)]
    outages: dict[str, list[Outage]] = {name: [] for name in OUTAGES}
    for table in top.tables("events"):
        at, do = table.instant("at"), table.text("do")
        if do in OUTAGES:
            outage = Outage(at, table.instant("until"))
            if outage.ends_at <= at:
                table.fail("until", "必须晚于 at。")
            outages[do].append(outage)
        elif do in EVENTS:
            events.append(Event(at, do, EVENTS[do](table), table.place("")))
        else:
            table.fail("do", f"没有“{do}”这种事件，可用的是 {'、'.join([*EVENTS, *OUTAGES])}。")
        table.end()
        _within(table, "at", at, begins_at, ends_at)
    for event in events:
        if not begins_at <= event.at <= ends_at:
            raise ScriptError(f"{event.where}时间不在 begin 与 end 之间。")
    return events, outages


def _within(table: Table, name: str, at: datetime, begins_at: datetime, ends_at: datetime) -> None:
    if not begins_at <= at <= ends_at:
        table.fail(name, "不在 begin 与 end 之间。")


def _circular(table: Table) -> Iterator[Event]:
    """Yield the events of a circular: that it is registered, and where it says so that it is forwarded."""
    forwarded_at = table.instant("forwarded_at", None)
    registered_at = table.instant("registered_at", forwarded_at)
    if registered_at is None:
        table.fail("registered_at", "缺少此项；也可以只写 forwarded_at。")
    if forwarded_at is not None and forwarded_at < registered_at:
        table.fail("forwarded_at", "不能早于 registered_at。")
    where = table.place("")
    if table.has("file"):
        values: dict[str, Any] = {
            "file": table.path("file"), "only": table.text("only", None), "sent_at": table.instant("sent_at", None)
        }  # fmt: skip
        number = table.text("number", None)
        if forwarded_at is not None and number is None:
            table.fail("number", "要转发文件中的公文，须写明其文号。")
    else:
        written = _written(table)
        values, number = {"written": written}, written.number
    passed_on = forwarding(table) if forwarded_at is not None else {}
    table.end()
    yield Event(registered_at, "register", values, where)
    if forwarded_at is not None:
        yield Event(forwarded_at, "forward", {"document": number, "preview": False} | passed_on, where)


def _written(table: Table) -> WrittenCircular:
    found = WrittenCircular(
        number=table.text("number"),
        title=table.text("title"),
        addressees=table.texts("addressees"),
        requirements=tuple(map(_requirement, table.tables("requirements"))),
        urgency=table.choice("urgency", Urgency, Urgency.ROUTINE),
        scope=table.text("scope", None),
        issuer=table.text("issuer", None),
    )
    if not found.requirements:
        table.fail("requirements", "没有一项要求；请写 [[circulars.requirements]]，或用 file 指明公文文件。")
    return found


#: Which fields say when a requirement of each kind is due; one of each inner group has to be given.
_DATED_BY = {
    RequirementKind.ONCE: (),
    RequirementKind.RECURRING: (("rrule",),),
    RequirementKind.AFTER_RECEIPT: (("workdays", "days"),),
    RequirementKind.ON_OCCURRENCE: (),
}


def _requirement(table: Table) -> RequirementDraft:
    kind = table.choice("kind", RequirementKind)
    for group in _DATED_BY[kind]:
        if not any(table.has(name) for name in group):
            table.fail(group[0], f'缺少此项：kind = "{kind}" 须写明 {" 或 ".join(group)}。')
    found = RequirementDraft(
        text=table.text("text"),
        duty=table.choice("duty", Duty, Duty.REPORT),
        kind=kind,
        span=(0, 0),
        due_on=table.day("due_on", None),
        due_time=table.clock("due_time", None),
        rrule=table.text("rrule", None),
        starts_on=table.day("starts_on", None),
        workdays=table.number("workdays", None, most=1000),
        days=table.number("days", None, most=3660),
        deliver_to=table.text("deliver_to", None),
        responsible=table.text("responsible", None),
    )
    if kind is RequirementKind.RECURRING:
        _check_rule(table, found)
    table.end()
    return found


def _check_rule(table: Table, found: RequirementDraft) -> None:
    begins = found.starts_on or _ANY_DAY
    try:
        next_due_day(found.rrule or "", begins, begins)
    except Refused as error:
        table.fail("rrule", str(error))
