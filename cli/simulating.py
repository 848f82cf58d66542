"""`duban simulate`: what a script would have sent to whom, and how burdened each office would have been."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.answers import write_file

if TYPE_CHECKING:
    from simulation.simulate import Simulated


def attach(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(simulate)


def simulate(
    script: Annotated[Path, typer.Argument(metavar="脚本", help="TOML 脚本，格式见 docs/simulation.md。")],
    json_file: Annotated[
        Path | None, typer.Option("--json", metavar="文件", help="把全部触发、事项、状态变化和邮件写成 JSON 文件。")
    ] = None,
    copy: Annotated[bool, typer.Option("--copy", help="在本系统数据库的副本上推演；缺省为空数据库。")] = False,
    database: Annotated[
        Path | None, typer.Option(metavar="文件", help="把推演所用的数据库留作这个（新）文件；缺省为用后即弃。")
    ] = None,
    mails: Annotated[
        Path | None, typer.Option(metavar="文件夹", help="把每封邮件全文写入这个空文件夹；缺省为只计数。")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="随机种子；缺省为脚本中的 seed。")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="不显示进度。")] = False,
) -> None:
    """推演：用模拟时钟演一段时间，看策略会催办谁、告知谁，各单位负担多重。不发邮件，不动本系统的数据和设置。

    例：duban simulate examples/province-quarter.toml --json 推演.json
    """
    import dataclasses

    from rich.console import Console

    from cli.showing_simulation import progress_on, summary_of
    from simulation.reading import read_script
    from simulation.simulate import simulate as play

    console, chosen = Console(highlight=False, emoji=False), read_script(script)
    if seed is not None:
        chosen = dataclasses.replace(chosen, seed=seed)
    with progress_on(console, quiet=quiet) as progress:
        done = play(chosen, copy=copy, database=database, mails=mails, progress=progress)
    if json_file is not None:
        write_file(json_file, as_text(done))
    console.print(summary_of(done))


def as_text(done: Simulated) -> str:
    """Return the answer as the JSON file has it."""
    import json

    return json.dumps(done.plain(), ensure_ascii=False, indent=1) + "\n"
