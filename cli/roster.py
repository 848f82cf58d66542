"""The roster on the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.answers import JsonOption, answer, installation_ready, now, read_file, say, user, write_file

app = typer.Typer(no_args_is_help=True, help="名册：模板、导入、查看。")


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
