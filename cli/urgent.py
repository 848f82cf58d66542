"""Urgent reports on the command line."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.answers import JsonOption, answer, chosen, installation_ready, instant, now, plain, user
from domain.urgent import Severity

app = typer.Typer(no_args_is_help=True, help="紧急信息：上报、续报、回应、续转。")
Case = Annotated[int, typer.Argument(metavar="编号", help="紧急信息编号。")]
OfficeArgument = Annotated[str, typer.Argument(metavar="单位", help="单位代码、全称或别名。")]


@app.command("raise")
def raise_(
    office: OfficeArgument,
    title: Annotated[str, typer.Argument(metavar="事件", help="事件，一句话。")],
    text: Annotated[str, typer.Option(help="时间、地点、经过、伤亡损失、已采取的措施。")],
    severity: Annotated[str, typer.Option(help="级别：特别重大、重大、较大、一般。")] = "一般",
    occurred_at: Annotated[str, typer.Option(help="发生时间，如 2020-03-01 22:10；缺省为现在。")] = "",
    learned_at: Annotated[str, typer.Option(help="获知时间；缺省为发生时间。")] = "",
    reference: Annotated[str, typer.Option(help="报告单位自己的编号；重复提交不会重复上报。")] = "",
    as_json: JsonOption = False,
) -> None:
    """上报紧急信息，立即通知上级。

    例：duban urgent raise 呼玛县 "扶贫车间火灾" --text "22时10分起火，无人员伤亡。" --severity 较大
    """
    from flows.urgent import Grade
    from flows.words import call_lines
    from tasks.alerting import raise_urgent_report
    from tasks.summarising import open_calls

    at, grade = now(), Severity[chosen(Grade, severity, "级别").name]
    occurred = instant(occurred_at) or at
    with installation_ready():
        done = raise_urgent_report.fn(
            office, title, text, grade, occurred_at=occurred, learned_at=instant(learned_at) or occurred,
            actor=user(), now=at, reference=reference,
        )  # fmt: skip
        calls = open_calls.fn()
    answer(
        plain(done) | {"calls": plain(calls)}, as_json=as_json,
        words="\n".join([f"编号 {done.case_id}：{done.message}", *call_lines(calls)]),
    )  # fmt: skip


@app.command()
def follow(
    case: Case,
    text: Annotated[str, typer.Option(help="续报内容。")],
    final: Annotated[bool, typer.Option("--final", help="终报，办结该紧急信息。")] = False,
    as_json: JsonOption = False,
) -> None:
    """续报或终报。

    例：duban urgent follow 3 --text "明火已扑灭" --final
    """
    from tasks.alerting import follow_up

    with installation_ready():
        line = follow_up.fn(case, text, actor=user(), now=now(), final=final)
    answer({"message": line}, as_json=as_json, words=line)


@app.command()
def respond(case: Case, office: OfficeArgument, as_json: JsonOption = False) -> None:
    """登记某一级的回应。

    例：duban urgent respond 3 大兴安岭地区
    """
    from tasks.alerting import respond as act

    with installation_ready():
        line = act.fn(case, office, actor=user(), now=now())
    answer({"message": line}, as_json=as_json, words=line)


@app.command("pass-on")
def pass_on(case: Case, office: OfficeArgument, as_json: JsonOption = False) -> None:
    """登记某一级已续转上一级，上一级随即收到通知。

    例：duban urgent pass-on 3 大兴安岭地区
    """
    from tasks.alerting import pass_on as act

    with installation_ready():
        line = act.fn(case, office, actor=user(), now=now())
    answer({"message": line}, as_json=as_json, words=line)
