"""The roster on the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.answers import (
    AsOfOption,
    JsonOption,
    answer,
    day_end,
    installation_ready,
    instant,
    now,
    read_file,
    say,
    user,
    write_file,
)  # fmt: skip

app = typer.Typer(no_args_is_help=True, help="名册：模板、导入、查看，登记代办。")


@app.command()
def template(output: Annotated[Path | None, typer.Option(help="写入文件；缺省为打印。")] = None) -> None:
    """给出名册的 CSV 模板。

    例：duban roster template --output 名册.csv
    """
    from config.rosters import template as text
    from domain.errors import Refused

    if output is None:
        typer.echo(text(), nl=False)
        return
    if output.exists():
        message = f"文件“{output}”已存在，未覆盖；请换一个文件名。"
        raise Refused(message)
    # Spreadsheets know UTF-8 by its mark.
    write_file(output, text(), encoding="utf-8-sig")
    say(f"模板已写入 {output}；填好后用 duban roster import {output} 导入。")


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="文件", help="名册 CSV。")],
    deactivate_missing: Annotated[bool, typer.Option("--deactivate-missing", help="停用名册中已没有的单位。")] = False,
    as_json: JsonOption = False,
) -> None:
    """导入名册；可重复执行，相同内容不产生变化，有一处错误则全部不导入。

    例：duban roster import 名册.csv
    """
    from tasks.rostering import import_roster

    with installation_ready():
        done = import_roster.fn(
            read_file(file), file.name, actor=user(), now=now(), deactivate_missing=deactivate_missing
        )
    words = f"新增 {len(done.added)} 个单位，更新 {len(done.changed)} 个，未变 {done.unchanged} 个。"
    if done.missing:
        verb = "已停用" if done.deactivated else "名册中已没有（未停用，可加 --deactivate-missing）"
        words += f"\n{verb}：{'、'.join(done.missing[:20])}{' 等' if len(done.missing) > 20 else ''}"
    if done.substitutions_lost:
        numbers = "、".join(map(str, done.substitutions_lost))
        words += f"\n代办中有人已不在名册，请用 duban roster substitutes 核对：编号 {numbers}"
    answer(done, as_json=as_json, words=words)


@app.command("list")
def list_(as_json: JsonOption = False) -> None:
    """列出名册中的单位。

    例：duban roster list
    """
    from tasks.rostering import list_offices

    with installation_ready():
        offices = list_offices.fn()
    words = "\n".join(f"{each.code}  {each.tier.label}  {each.name}" for each in offices)
    answer(offices, as_json=as_json, words=words or "名册为空，请用 duban roster import 导入。")


@app.command()
def substitute(
    absent: Annotated[str, typer.Argument(metavar="离岗人", help="单位/姓名，或 单位/邮箱。")],
    acting: Annotated[str, typer.Argument(metavar="代办人", help="单位/姓名，或 单位/邮箱。")],
    until: Annotated[str, typer.Option(help="截止日（当日 24 时止）或时刻，如 2020-04-08、2020-04-08 12:00。")],
    reason: Annotated[str, typer.Option(help="理由，必填。")] = "",
    from_: Annotated[str, typer.Option("--from", help="起始日或时刻；缺省为现在。")] = "",
    as_json: JsonOption = False,
) -> None:
    """登记代办：在此期间发给离岗人的通知改送代办人，两人姓名都有记录。

    例：duban roster substitute 哈尔滨市/张三 哈尔滨市/李四 --until 2020-04-08 --reason "休假"
    """
    from tasks.substituting import substitute as act

    at = now()
    ends_at = instant(until) if ":" in until else day_end(until)
    with installation_ready():
        done = act.fn(absent, acting, instant(from_) or at, ends_at or at, reason, actor=user(), now=at)
    answer(done, as_json=as_json, words=done.message)


@app.command()
def substitutes(
    ended: Annotated[bool, typer.Option("--ended", help="连同已结束、已撤销的。")] = False,
    as_of: AsOfOption = "",
    as_json: JsonOption = False,
) -> None:
    """列出登记的代办。

    例：duban roster substitutes
    """
    from flows.words import substitute_lines
    from tasks.substituting import list_substitutions

    with installation_ready():
        found = list_substitutions.fn(now=instant(as_of) or now(), ended_too=ended)
    answer(found, as_json=as_json, words="\n".join(substitute_lines(found)) or "没有登记代办。")


@app.command()
def revoke(
    number: Annotated[int, typer.Argument(metavar="编号", help="见 duban roster substitutes。")],
    reason: Annotated[str, typer.Option(help="理由，必填。")] = "",
    as_json: JsonOption = False,
) -> None:
    """提前结束一项代办。

    例：duban roster revoke 3 --reason "已返岗"
    """
    from tasks.substituting import revoke_substitution

    with installation_ready():
        done = revoke_substitution.fn(number, reason, actor=user(), now=now())
    answer(done, as_json=as_json, words=done.message)
