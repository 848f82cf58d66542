"""Running the installation: setting up, migrating, backing up, sweeping, the demo, daily use."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from cli.answers import AsOfOption, JsonOption, answer, installation_ready, instant, now, say


def attach(app: typer.Typer) -> None:
    """Add the commands of this module."""
    for command in (demo, up, setup, migrate, backup, restore, sweep, export):
        app.command()(command)


def setup() -> None:
    """准备运行环境：把 Prefect 数据库迁移一次并缓存，供演示和测试复制。"""
    from tasks.serving import prepare_prefect_database

    prepare_prefect_database()


def migrate(as_json: JsonOption = False) -> None:
    """建立或升级数据库；升级前自动备份。

    例：duban migrate
    """
    from tasks.migrating import migrate as act

    done = act.fn(now=now())
    words = f"数据库版本：{done.after}" + (f"；升级前的备份：{done.backup}" if done.backup else "")
    answer(done, as_json=as_json, words=words)


def backup(
    target: Annotated[Path | None, typer.Argument(metavar="文件", help="备份文件；缺省为数据目录下 backups/。")] = None,
) -> None:
    """把整个数据库备份成一个文件（不论用的是哪种数据库）。

    例：duban backup 备份.db
    """
    from tasks.migrating import backup as act

    with installation_ready():
        say(f"已备份到 {act.fn(target, now=now())}")


def restore(source: Annotated[Path, typer.Argument(metavar="文件", help="duban backup 写出的文件。")]) -> None:
    """把备份恢复到一个空的数据库。

    例：duban restore 备份.db
    """
    from tasks.migrating import restore as act

    say(f"已恢复 {act.fn(source, now=now())} 行")


def sweep(
    urgent: Annotated[bool, typer.Option("--urgent", help="只看特急事项和紧急信息。")] = False,
    as_of: AsOfOption = "",
    as_json: JsonOption = False,
) -> None:
    """立即巡检一次：生成到期的期次，催办临期和逾期的单位，逐级告知上级。

    例：duban sweep
    """
    from flows.words import call_lines, sweep_line
    from tasks.calling import open_calls
    from tasks.sweeping import sweep as act

    at = instant(as_of)
    with installation_ready():
        moment = at or now()
        done = act.fn(now=moment, explicit=at is not None, urgent_only=urgent)
        calls = open_calls.fn(now=moment)
    answer(done, as_json=as_json, words="\n".join([sweep_line(done), *call_lines(calls)]))


def export(path: Annotated[Path, typer.Argument(metavar="路径", help="保存路径，以 .xlsx 结尾。")]) -> None:
    """把全部事项写成 Excel 台账。

    例：duban export 台账.xlsx
    """
    from tasks.exporting import export_register

    with installation_ready():
        count = export_register.fn(path, now=now())
    say(f"台账已写入 {path}，共 {count} 行")


def demo(
    keep: Annotated[bool, typer.Option("--keep", help="结束后保留 Prefect 界面，按 Ctrl-C 结束。")] = False,
    folder: Annotated[Path, typer.Option(help="结果文件夹，会先清空。")] = Path("var/demo"),
    circular: Annotated[Path | None, typer.Option(help="改用这个公文文件；缺省为 examples/circular.md。")] = None,
) -> None:
    """演示：用模拟时钟把 2020 年的一份真实公文从头到尾走一遍，不到一分钟。"""
    # Read by Prefect when it is imported: its own lines would tear the progress bar.
    os.environ["PREFECT_LOGGING_LEVEL"] = "ERROR"
    from cli.showing import show_demo

    show_demo(folder, circular, keep=keep)


def up(
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Prefect 界面的端口；缺省见 DUBAN_UI_PORT。")
    ] = None,
) -> None:
    """启动日常使用的全套服务：Prefect 服务与界面、全部部署和定时；Ctrl-C 停止。"""
    from cli.up import run_up

    run_up(port)
