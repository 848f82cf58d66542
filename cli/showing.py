"""The demo for people: progress on the way, at the end a summary that a newcomer understands."""

from __future__ import annotations

import signal
import threading
from collections import Counter
from pathlib import Path
from typing import Any

from rich.console import Console, Group
from rich.panel import Panel
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.tree import Tree

from domain.offices import Tier
from domain.rollup import Light
from domain.statuses import ObligationKind
from notifications.messages import NoticeKind
from simulation.demo import Outcome, demo
from tasks.auditing import Link, chain_of
from tasks.summarising import Board, board

_SHOWN_ESCALATIONS = 12
_COLOURS = {
    Light.GREEN: "green",
    Light.YELLOW: "yellow",
    Light.RED: "red",
    Light.TICK: "green",
    Light.GREY: "bright_black",
    Light.HELD: "magenta",
}


def show_demo(folder: Path, circular: Path | None, *, keep: bool) -> None:
    """Play the demo with a progress bar, show its summary, and leave the interface running where asked."""
    console = Console(highlight=False)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as bar:
        line = bar.add_task("准备", total=1.0)

        def progress(share: float, what: str) -> None:
            bar.update(line, completed=share, description=what)

        with demo(folder, circular=circular, progress=progress) as outcome:
            bar.update(line, completed=1.0, description="完成")
            bar.stop()
            console.print(summary_of(outcome))
            if keep:
                _keep_open(console, outcome.ui)


def _keep_open(console: Console, address: str) -> None:
    console.print(f"Prefect 界面：[bold]{address}[/]（按 Ctrl-C 结束）")
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    ended.wait()
    console.print("已停止。")


def summary_of(outcome: Outcome) -> Group:
    """Return the summary as shown: chain, lights, mails, escalations, audit, where to look next."""
    result = outcome.summary
    last = result["circulars"][-1]["document_number"]
    return Group(
        Panel("[bold]督办演示[/]：2020年2月13日至4月15日，黑龙江省，模拟时钟", expand=False),
        _chain(chain_of.fn(last)),
        _lights(board.fn(now=outcome.script.ends_at)),
        _mails(result["notices"]),
        _escalated(result["escalations"]),
        _urgent(result["urgent_reports"]),
        _ending(outcome),
    )


def _chain(links: tuple[Link, ...]) -> Tree:
    tree = Tree("[bold]转发链[/]")
    branch = tree
    for link in links:
        branch = branch.add(f"[bold]{link.number}[/] {link.title}")
        for hop in link.hops:
            took = f"，距上一环 {hop.took.total_seconds() / 3600:.1f} 小时" if hop.took else ""
            node = branch.add(f"{hop.sender} → {sum(hop.tiers.values())} 个单位，已签收 {hop.received}{took}")
            for tier, count in hop.tiers.items():
                node.add(f"{Tier(tier).label}：{count} 个")
        for phrase in (*link.outside, *link.unresolved):
            branch.add(f"[bright_black]名册之外：{phrase}[/]")
    return tree


def _lights(shown: Board) -> Table:
    table = Table(title="各层级灯色（4月15日）", title_justify="left")
    table.add_column("")
    for lamp in Light:
        table.add_column(lamp.label, justify="right", style=_COLOURS[lamp])
    table.add_column("其中逾期过", justify="right")
    for tier in Tier:
        if tier.value in shown.by_tier:
            tally = shown.by_tier[tier.value]
            table.add_row(tier.label, *(str(getattr(tally, lamp.value)) for lamp in Light), str(tally.late))
    for kind, tally in shown.by_kind.items():
        row = (str(getattr(tally, lamp.value)) for lamp in Light)
        table.add_row(f"  {ObligationKind(kind).label}", *row, str(tally.late), style="dim")
    return table


def _mails(notices: dict[str, Any]) -> Table:
    table = Table(
        title=f"邮件：送达 {notices['accepted']}，拒收 {notices['refused']}，不明 {notices['uncertain']}",
        title_justify="left",
    )
    table.add_column("种类")
    table.add_column("封", justify="right")
    for kind, count in sorted(notices["by_kind"].items(), key=lambda each: -each[1]):
        table.add_row(NoticeKind(kind).label, str(count))
    return table


def _escalated(escalations: list[dict[str, Any]]) -> Table:
    """Show who was late the most often first, each with the office that heard of it and why."""
    groups = Counter((each["office"], each["to_office"]) for each in escalations)
    reasons = {(each["office"], each["to_office"]): each for each in escalations}
    table = Table(title=f"逐级告知：{len(escalations)} 次，{len(groups)} 个单位", title_justify="left")
    for heading in ("逾期单位", "告知", "次数", "最近一次", "原因"):
        table.add_column(heading, overflow="fold")
    for pair, count in groups.most_common(_SHOWN_ESCALATIONS):
        last = reasons[pair]
        table.add_row(pair[0], pair[1], str(count), last["at"][:10], last["reason"])
    return table


def _urgent(reports: list[dict[str, Any]]) -> Table:
    table = Table(title=f"紧急信息：{len(reports)} 件", title_justify="left")
    for heading in ("报告单位", "上报", "首次回应", "各级"):
        table.add_column(heading, overflow="fold")
    for report in reports:
        levels = "；".join(
            f"{level['office']} {level['responded_at'][11:16] if level['responded_at'] else '未回应'}"
            for level in report["levels"]
        )
        answered = (report["first_response_at"] or "")[11:16]
        table.add_row(report["office"], report["raised_at"][:16].replace("T", " "), answered, levels)
    return table


def _ending(outcome: Outcome) -> Panel:
    result, folder = outcome.summary, outcome.folder
    audit, runs = result["audit"], result["flow_runs"]
    whole = "[green]完整[/]" if audit["verified"] else "[red]有问题[/]"
    lines = (
        f"留痕：{audit['entries']} 条，核验{whole}，链首 {audit['head'][:16]}…",
        f"Prefect 运行：完成 {runs['completed']}，失败 {runs['failed']}；用时 {result['seconds']} 秒",
        "",
        "接着看：",
        f"  {folder}/mail/          每封邮件（.eml，可用邮件客户端打开）",
        f"  {folder}/register.xlsx  台账",
        f"  {folder}/summary.json   本页的数据",
        f"  .venv/bin/duban audit verify --database sqlite:///{folder}/duban.db --against {folder}/audit.head",
        "  make demo KEEP=1       保留 Prefect 界面，看每一次运行和它的结果",
        "  make up                开始日常使用，见 README",
    )
    return Panel("\n".join(lines), expand=False)
