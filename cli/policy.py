"""Policies on the command line: the ladders in force, a file checked."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.answers import JsonOption, answer

app = typer.Typer(no_args_is_help=True, help="策略：查看现行时限和梯级，检查策略文件。")


@app.command()
def show(
    kind: Annotated[str, typer.Option(help="事项种类，如 receipt、report；缺省为全部。")] = "",
    grade: Annotated[str, typer.Option(help="紧急程度或事件级别，如 routine、serious；缺省为全部。")] = "",
    as_json: JsonOption = False,
) -> None:
    """查看现行的时限、梯级和限额，每一项附依据。

    例：duban policy show --kind report --grade routine
    """
    from flows.policy_words import policies
    from tasks.policing import show_policies

    found = show_policies.fn(kind, grade)
    answer(found, as_json=as_json, words=policies(found), markdown=True)


@app.command()
def check(
    file: Annotated[Path, typer.Argument(metavar="文件", help="策略文件（TOML）。")],
    as_json: JsonOption = False,
) -> None:
    """检查一份策略文件，有错则指出所在的行；不改变任何事项。

    例：duban policy check 策略.toml
    """
    from tasks.policing import check_policies

    found = check_policies.fn(file)
    answer(found, as_json=as_json, words=found.message)
