"""The telephone and reminders by hand: whom to call, calls that were made, a person's own reminder."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.answers import AsOfOption, JsonOption, answer, installation_ready, instant, now, plain, user

Obligation = Annotated[int, typer.Argument(metavar="事项编号", help="事项编号，见 duban calls 或 duban status。")]


def attach(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(calls)
    app.command()(call)
    app.command()(remind)


def calls(
    obligation: Annotated[int, typer.Option(help="只看这一事项，并列出已登记的通话。", min=0)] = 0,
    as_of: AsOfOption = "",
    as_json: JsonOption = False,
) -> None:
    """列出现在须打的电话：特急事项和紧急信息中无人回应的，以及邮件没有送达的。

    例：duban calls
    """
    from flows.words import call_lines, past_call_lines
    from tasks.calling import open_calls, past_calls

    with installation_ready():
        found = open_calls.fn(now=instant(as_of) or now(), obligation_id=obligation or None)
        made = past_calls.fn(obligation) if obligation else []
    lines = [*(call_lines(found) or ["现在没有须打的电话。"]), *past_call_lines(made)]
    answer({"calls": plain(found), "made": plain(made)}, as_json=as_json, words="\n".join(lines))


def call(
    obligation: Obligation,
    person: Annotated[str, typer.Option(help="与谁通话（姓名），必填。")] = "",
    no_answer: Annotated[bool, typer.Option("--no-answer", help="无人接听：仍留在电话清单上。")] = False,
    note: Annotated[str, typer.Option(help="通话内容，一两句话。")] = "",
    office: Annotated[str, typer.Option(help="对方单位；缺省为电话清单上该人所在单位。")] = "",
    at: Annotated[str, typer.Option("--at", help="通话时间，如 2020-03-14 22:50；缺省为现在。")] = "",
    as_json: JsonOption = False,
) -> None:
    """登记一次电话；接通的视为已告知，并从电话清单上去掉。

    例：duban call 321 --person 郑一 --note "已知悉，正在赶往现场"
    """
    from tasks.calling import record_call

    with installation_ready():
        done = record_call.fn(
            obligation, person, actor=user(), now=now(), reached=not no_answer, note=note, office=office,
            called_at=instant(at),
        )  # fmt: skip
    answer(done, as_json=as_json, words=done.message)


def remind(
    obligation: Obligation,
    reason: Annotated[str, typer.Option(help="催办理由，必填，写入邮件。")] = "",
    as_json: JsonOption = False,
) -> None:
    """手动催办一项未办结的事项；间隔不足或次数已满的不发出，只作记录。

    例：duban remind 321 --reason "省里明日开会要用"
    """
    from flows.words import call_lines
    from tasks.calling import open_calls
    from tasks.reminding import remind as act

    at = now()
    with installation_ready():
        done = act.fn(obligation, reason, actor=user(), now=at)
        found = open_calls.fn(now=at, obligation_id=obligation) if done.telephone_first else []
    answer(plain(done) | {"calls": plain(found)}, as_json=as_json, words="\n".join([done.message, *call_lines(found)]))
