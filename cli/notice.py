"""Notices on the command line: which there are, one in full, sending one again."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.answers import JsonOption, answer, installation_ready, now, user

app = typer.Typer(no_args_is_help=True, help="通知：清单、详情、应要求重发。")
Number = Annotated[int, typer.Argument(metavar="通知编号", help="见 duban notice list。")]


@app.command("list")
def list_(
    office: Annotated[str, typer.Option(help="只列发给此单位的。")] = "",
    state: Annotated[str, typer.Option(help="只列此投递状态的，如 被拒收、结果不明、待发送。")] = "",
    document: Annotated[str, typer.Option(help="只列此文号的。")] = "",
    limit: Annotated[int, typer.Option(help="最多列出几件，新的在前。", min=1, max=10_000)] = 100,
    as_json: JsonOption = False,
) -> None:
    """列出通知：编号、时间、投递状态、种类、收件单位；还没有列入邮件的不在其中。

    例：duban notice list --office 呼玛县 --state 被拒收
    """
    from flows.notice_words import notice_lines
    from tasks.notices import list_notices

    with installation_ready():
        found = list_notices.fn(office=office, state=state, document=document, limit=limit)
    answer(found, as_json=as_json, words="\n".join(notice_lines(found)) or "没有这样的通知。")


@app.command()
def show(number: Number, as_json: JsonOption = False) -> None:
    """查看一件通知：收件人、投递状态、告知的每一项及其是否仍然有效、与重发件的关系。

    例：duban notice show 12
    """
    from flows.notice_words import notice
    from tasks.notices import show_notice

    with installation_ready():
        found = show_notice.fn(number)
    answer(found, as_json=as_json, words=notice(found))


@app.command()
def resend(
    number: Number,
    reason: Annotated[str, typer.Option(help="理由，必填，记入留痕。")] = "",
    to: Annotated[str, typer.Option(help="改发给该单位或其上级：名册中的邮箱或单位名称；缺省为现有的收件人。")] = "",
    as_json: JsonOption = False,
) -> None:
    """应要求重发一件通知：另成一封新邮件，只含仍然有效的事项；照常遵守工作时间和演练模式。

    例：duban notice resend 12 --reason "来电称未收到"
    """
    from tasks.resending import resend_notice

    with installation_ready():
        done = resend_notice.fn(number, reason, actor=user(), now=now(), to=to)
    answer(done, as_json=as_json, words=done.message)
