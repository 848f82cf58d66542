"""Policies on the command line: the ladders in force, a file checked, and running matters brought to it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.answers import AsOfOption, JsonOption, answer, installation_ready, instant, now, user

app = typer.Typer(no_args_is_help=True, help="策略：查看现行时限和梯级，检查策略文件，用于在办事项。")


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


@app.command()
def preview(
    file: Annotated[Path | None, typer.Argument(metavar="[文件]", help="策略文件；缺省为现行的。")] = None,
    as_of: AsOfOption = "",
    as_json: JsonOption = False,
) -> None:
    """预览：策略用于在办事项，哪些时限会变动，哪些梯级会新增、提前、推后或取消；不作任何改动。

    例：duban policy preview 策略.toml
    """
    from flows.policy_words import change
    from tasks.repolicing import preview_policies

    with installation_ready():
        found = preview_policies.fn(file, now=instant(as_of) or now())
    answer(found, as_json=as_json, words=change(found), markdown=True)


@app.command()
def apply(
    file: Annotated[Path | None, typer.Argument(metavar="[文件]", help="须与现行策略文件相同；可省略。")] = None,
    reason: Annotated[str, typer.Option(help="理由，必填。")] = "",
    as_json: JsonOption = False,
) -> None:
    """把现行策略用于在办事项（留痕）；人工或公文确定的时限不变，重复执行没有变化。

    例：duban policy apply --reason "本省办文规定修订"
    """
    from flows.policy_words import change
    from tasks.repolicing import apply_policies

    with installation_ready():
        done = apply_policies.fn(reason, actor=user(), now=now(), file=file)
    answer(done, as_json=as_json, words=change(done), markdown=True)
