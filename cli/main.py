"""The `duban` command: what is heavy is imported inside the command that needs it."""

from __future__ import annotations

import typer

app = typer.Typer(no_args_is_help=True, add_completion=False, help="督办：跟踪公文要求，催办逾期事项。")


@app.command()
def setup() -> None:
    """准备运行环境：把 Prefect 数据库迁移一次并缓存，供演示和测试复制。"""
    from tasks.serving import prepare_prefect_database

    prepare_prefect_database()


@app.callback()
def _root() -> None:
    """One command with subcommands."""


def main() -> None:
    """Run the command line."""
    app()
