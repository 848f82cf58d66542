"""The work calendar on the command line: looking at it, and bringing running matters to an amended one."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.answers import JsonOption, answer, installation_ready, now, user

app = typer.Typer(no_args_is_help=True, help="工作日历：查看节假日和调休，预览并执行日历调整。")


@app.command()
def show(
    year: Annotated[int, typer.Argument(metavar="年份", help="如 2026；缺省为今年。")] = 0,
    as_json: JsonOption = False,
) -> None:
    """查看某年的休息日和调休上班日，以及在办事项按哪一版日历计算。

    例：duban calendar show 2026
    """
    from domain.calendar import local
    from flows.calendar_words import calendar
    from tasks.recomputing import show_calendar

    with installation_ready():
        shown = show_calendar.fn(year=year or local(now()).year)
    answer(shown, as_json=as_json, words=calendar(shown), markdown=True)


@app.command()
def preview(as_json: JsonOption = False) -> None:
    """预览：在办事项若按现行日历重算，哪些时限会变动，哪些由暂定转为确定；不作任何改动。

    例：duban calendar preview
    """
    from flows.calendar_words import amendment
    from tasks.recomputing import preview_calendar

    with installation_ready():
        found = preview_calendar.fn()
    answer(found, as_json=as_json, words=amendment(found), markdown=True)


@app.command()
def apply(
    reason: Annotated[str, typer.Option(help="理由，必填；将告知时限变动的单位。")] = "",
    as_json: JsonOption = False,
) -> None:
    """按现行日历重算在办事项的时限（留痕）：变动的各告知一次，人工确定的时限不变；重复执行没有变化。

    例：duban calendar apply --reason "国务院办公厅通知延长春节假期"
    """
    from flows.calendar_words import amendment
    from tasks.recomputing import apply_calendar

    with installation_ready():
        done = apply_calendar.fn(reason, actor=user(), now=now())
    answer(done, as_json=as_json, words=amendment(done), markdown=True)
