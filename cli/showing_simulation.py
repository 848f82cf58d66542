"""A play for people: progress on the way, at the end what was sent to whom and what is left open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from rich.console import Console, Group
from rich.panel import Panel
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from domain.deadlines import format_instant
from domain.offices import Audience, Tier
from domain.statuses import ObligationKind, Status
from notifications.messages import NoticeKind
from simulation.simulate import Simulated

_SHOWN = 12
_ABOVE = (Audience.SUPERIOR, Audience.SUPERIOR_HEAD, Audience.OPERATING_HEAD)


@contextmanager
def progress_on(console: Console, *, quiet: bool) -> Iterator[Callable[[float, str], None]]:
    """Show a progress bar on a terminal, nothing in a pipe."""
    if quiet or not console.is_terminal:
        yield lambda *_: None
        return
    columns = (
        TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f}%"), TimeElapsedColumn()
    )  # fmt: skip
    with Progress(*columns, console=console, transient=True) as bar:
        line = bar.add_task("准备", total=1.0)
        yield lambda share, what: bar.update(line, completed=share, description=what)


def summary_of(done: Simulated) -> Group:
    """Return the summary as shown: mails, burden, escalations, what is open and red, what was refused."""
    names = {each["office"]: each["office_name"] for each in done.recount.obligations}
    parts: list[Panel | Table] = [_head(done), _mails(done.burden), _tiers(done.burden), _burdened(done.burden)]
    parts += [_escalated(done, names), _red(done)]
    if done.refused:
        parts.append(_refused(done))
    return Group(*parts)


def _head(done: Simulated) -> Panel:
    script, burden = done.script, done.burden
    lines = (
        f"[bold]{script.title}[/]",
        f"{format_instant(script.begins_at)} 至 {format_instant(script.ends_at)}，种子 {script.seed}",
        f"单位 {done.settings['offices']} 个，事项 {len(done.recount.obligations)} 件，"
        f"触发 {len(done.recount.firings)} 次，邮件 {burden['mails']} 封（内含 {burden['items']} 项），"
        f"工作时间以外的占 {burden['share_outside_working_hours']:.1%}；用时 {done.seconds:.1f} 秒",
    )
    return Panel("\n".join(lines), expand=False)


def _table(title: str, *headings: str) -> Table:
    table = Table(title=title, title_justify="left")
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table


def _mails(burden: dict[str, Any]) -> Table:
    table = _table("邮件种类", "种类", "封")
    for kind, count in sorted(burden["by_kind"].items(), key=lambda each: -each[1]):
        table.add_row(NoticeKind(kind).label, str(count))
    return table


def _tiers(burden: dict[str, Any]) -> Table:
    table = _table("各层级负担", "层级", "单位", "邮件", "平均每单位")
    for tier in Tier:
        found = burden["by_tier"].get(tier.value)
        if found:
            table.add_row(tier.label, str(found["offices"]), str(found["mails"]), str(found["mails_per_office"]))
    return table


def _burdened(burden: dict[str, Any]) -> Table:
    table = _table("负担最重的单位", "单位", "邮件", "项", "最忙的一天", "工作时间以外")
    for each in burden["offices"][:_SHOWN]:
        busiest = f"{each['busiest_day']['day']}（{each['busiest_day']['mails']} 封）"
        outside = str(each["outside_working_hours"])
        table.add_row(each["office_name"], str(each["mails"]), str(each["items"]), busiest, outside)
    return table


def _escalated(done: Simulated, names: dict[str, str]) -> Table:
    told = [each for each in done.recount.firings if each["audience"] in _ABOVE and each["state"] == "open"]
    groups = Counter((each["office"], each["to_office"]) for each in told)
    table = _table(f"逐级告知：{len(told)} 次", "逾期单位", "告知", "次数")
    for (office, to), count in groups.most_common(_SHOWN):
        table.add_row(names.get(office, office), names.get(to, to), str(count))
    return table


def _red(done: Simulated) -> Table:
    end = done.script.ends_at
    open_ones = [
        each for each in done.recount.obligations
        if each["status"] in (Status.PENDING, Status.RETURNED) and each["due_at"]
        and datetime.fromisoformat(each["due_at"]) <= end
    ]  # fmt: skip
    groups = Counter((each["document_number"] or "紧急信息", each["kind"], each["period"]) for each in open_ones)
    table = _table(f"结束时逾期未办：{len(open_ones)} 件", "公文", "事项", "期次", "件")
    for (document, kind, period), count in sorted(groups.items())[: 2 * _SHOWN]:
        table.add_row(document, ObligationKind(kind).label, period, str(count))
    return table


def _refused(done: Simulated) -> Table:
    table = _table(f"未能办理的脚本事件：{len(done.refused)} 件", "时间", "事件", "原因")
    for each in done.refused:
        table.add_row(format_instant(each.at), each.do, each.sentence)
    return table
