"""One report upward made of those below, on the command line."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.answers import JsonOption, answer, day, installation_ready, now, user


def attach(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command("compile")(compile_)


def compile_(
    document_number: Annotated[str, typer.Argument(metavar="文号", help="提出报送要求的公文。")],
    requirement: Annotated[int, typer.Option(help="第几项要求，必填。", min=1)],
    period: Annotated[str, typer.Option(help="期次，如 2020-03 或 2020-03-05；只有一期的不必写。")] = "",
    since: Annotated[str, typer.Option(help="随时报送的要求：自哪一天起，如 2020-03-01。")] = "",
    office: Annotated[str, typer.Option(help="由谁汇总：单位代码、全称或别名；只有一个单位收取报送的不必写。")] = "",
    as_json: JsonOption = False,
) -> None:
    """把已通过的报送汇成一份向上的报告，点明未报送的单位；待签发，不发出。再次运行则更新待签发的那份。

    例：duban compile "黑扶组办发〔2020〕3号" --requirement 2 --period 2020-03
    """
    from flows.words import compiled
    from tasks.compiling import compile_report

    with installation_ready():
        done = compile_report.fn(
            document_number, requirement, actor=user(), now=now(), period=period, since=day(since), office=office
        )
    answer(done, as_json=as_json, words=compiled(done))
