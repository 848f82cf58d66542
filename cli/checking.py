"""Checking the installation on the command line, for a person or a watcher outside."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.answers import AsOfOption, JsonOption, answer, instant, now


def attach(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command()(check)


def check(
    tell: Annotated[bool, typer.Option("--tell", help="同时告知值守邮箱，同一原因一天一次；缺省只看。")] = False,
    as_of: AsOfOption = "",
    as_json: JsonOption = False,
) -> None:
    """检查有没有悄悄停下来的事。退出码：0 一切正常，1 有异常，2 有检查不了的。

    例：duban check
    """
    from cli.deployments import deployments
    from flows.health import text
    from tasks.checking import beat, check_installation, tell_operators

    at = instant(as_of) or now()
    health = check_installation.fn(now=at, expected=[str(each.name) for each in deployments()])
    queued = tell_operators.fn(health, now=at) if tell else 0
    hints = tuple(filter(None, [beat.fn(health)]))
    value = {
        "exit_code": health.exit_code, "checked_at": at, "looked_at": health.looked_at,
        "findings": [*health.findings, *hints], "alarms_queued": queued,
    }  # fmt: skip
    answer(value, as_json=as_json, words=text(health, hints))
    if health.exit_code:
        raise typer.Exit(int(health.exit_code))
