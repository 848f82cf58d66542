"""Urgent reports on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli.answers import AsOfOption, JsonOption, answer, chosen, installation_ready, instant, now, plain, user
from domain.urgent import Severity

if TYPE_CHECKING:
    from tasks.announcing import UrgentEvent

app = typer.Typer(no_args_is_help=True, help="紧急信息：上报、续报、回应、续转、调整级别，查看全程。")
Case = Annotated[int, typer.Argument(metavar="编号", help="紧急信息编号。")]
OfficeArgument = Annotated[str, typer.Argument(metavar="单位", help="单位代码、全称或别名。")]


def _at_once(event: UrgentEvent, case_id: int) -> str:
    """Announce a committed act and deliver what it has to tell; return how the delivery went, in words."""
    from flows.words import delivery_line
    from tasks.announcing import announce
    from tasks.delivering import deliver

    # The mail first: the server may take a second not to answer.
    delivered = deliver.fn(urgent_only=True)
    announce(event, case_id)
    return f"{delivery_line(delivered)}。"


def _said(line: str, event: UrgentEvent, case_id: int, *, as_json: bool) -> None:
    from flows.words import call_lines
    from tasks.calling import open_calls

    delivered = _at_once(event, case_id)
    calls = open_calls.fn(now=now())
    answer(
        {"message": line, "delivered": delivered, "calls": plain(calls)}, as_json=as_json,
        words="\n".join([line, delivered, *call_lines(calls)]),
    )  # fmt: skip


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
    from tasks.announcing import UrgentEvent
    from tasks.calling import open_calls

    at, grade = now(), Severity[chosen(Grade, severity, "级别").name]
    occurred = instant(occurred_at) or at
    with installation_ready():
        done = raise_urgent_report.fn(
            office, title, text, grade, occurred_at=occurred, learned_at=instant(learned_at) or occurred,
            actor=user(), now=at, reference=reference,
        )  # fmt: skip
        delivered = _at_once(UrgentEvent.RAISED, done.case_id)
        calls = open_calls.fn(now=at)
    answer(
        plain(done) | {"delivered": delivered, "calls": plain(calls)}, as_json=as_json,
        words="\n".join([f"编号 {done.case_id}：{done.message}", delivered, *call_lines(calls)]),
    )  # fmt: skip


@app.command()
def follow(
    case: Case,
    text: Annotated[str, typer.Option(help="续报内容。")],
    final: Annotated[bool, typer.Option("--final", help="终报，办结该紧急信息。")] = False,
    as_json: JsonOption = False,
) -> None:
    """续报或终报；已接报的各级随即收到。

    例：duban urgent follow 3 --text "明火已扑灭" --final
    """
    from tasks.alerting import follow_up
    from tasks.announcing import UrgentEvent

    with installation_ready():
        line = follow_up.fn(case, text, actor=user(), now=now(), final=final)
        _said(line, UrgentEvent.FOLLOWED_UP, case, as_json=as_json)


@app.command()
def respond(case: Case, office: OfficeArgument, as_json: JsonOption = False) -> None:
    """登记某一级的回应。

    例：duban urgent respond 3 大兴安岭地区
    """
    from tasks.alerting import respond as act
    from tasks.announcing import UrgentEvent

    with installation_ready():
        line = act.fn(case, office, actor=user(), now=now())
        _said(line, UrgentEvent.ANSWERED, case, as_json=as_json)


@app.command("pass-on")
def pass_on(case: Case, office: OfficeArgument, as_json: JsonOption = False) -> None:
    """登记某一级已续转上一级，上一级随即收到通知；本运行单位的，登记已由人工报国务院。

    例：duban urgent pass-on 3 大兴安岭地区
    """
    from tasks.alerting import pass_on as act
    from tasks.announcing import UrgentEvent

    with installation_ready():
        line = act.fn(case, office, actor=user(), now=now())
        _said(line, UrgentEvent.ANSWERED, case, as_json=as_json)


@app.command()
def regrade(
    case: Case,
    severity: Annotated[str, typer.Argument(metavar="级别", help="特别重大、重大、较大、一般。")],
    reason: Annotated[str, typer.Option(help="理由，必填，随通知告知各级。")] = "",
    as_json: JsonOption = False,
) -> None:
    """调整级别：未办的回应、续转和续报按新的级别自现在起计时。

    例：duban urgent regrade 3 重大 --reason "伤亡扩大"
    """
    from flows.urgent import Grade
    from tasks.alerting import regrade as act
    from tasks.announcing import UrgentEvent

    grade = Severity[chosen(Grade, severity, "级别").name]
    with installation_ready():
        line = act.fn(case, grade, reason, actor=user(), now=now())
        _said(line, UrgentEvent.REGRADED, case, as_json=as_json)


@app.command()
def show(case: Case, as_of: AsOfOption = "", as_json: JsonOption = False) -> None:
    """一件紧急信息的全程：每一环节用了多久、是否逾期，各次报告和续报时限。

    例：duban urgent show 3
    """
    from flows.case_words import case_lines
    from tasks.retelling import tell_case

    with installation_ready():
        told = tell_case.fn(case, now=instant(as_of) or now())
    answer(told, as_json=as_json, words="\n".join(case_lines(told)), markdown=True)


@app.command("list")
def list_(
    every: Annotated[bool, typer.Option("--all", help="连已终报的一起列出。")] = False,
    as_of: AsOfOption = "",
    as_json: JsonOption = False,
) -> None:
    """列出尚未终报的紧急信息。

    例：duban urgent list --all
    """
    from flows.case_words import cases_lines
    from tasks.retelling import tell_cases

    with installation_ready():
        told = tell_cases.fn(now=instant(as_of) or now(), only_open=not every)
    answer(told, as_json=as_json, words="\n".join(cases_lines(told)))
