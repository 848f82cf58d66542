"""What stops a clock, and what offices ask: suspend, resume, acknowledge, more time, a contest, a paper sent back."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from cli.acts import Number, Obligation, OfficeArgument
from cli.answers import JsonOption, answer, day_end, installation_ready, now, user
from domain.errors import Refused

Petition = Annotated[int, typer.Argument(metavar="申请编号", help="申请编号，见 duban petitions。")]


def attach(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(suspend)
    app.command()(resume)
    app.command()(acknowledge)
    app.command("ask-extension")(ask_extension)
    app.command("decide-extension")(decide_extension)
    app.command()(contest)
    app.command("decide-contest")(decide_contest)
    app.command("return-paper")(return_paper)
    app.command("decide-paper")(decide_paper)
    app.command()(petitions)


def suspend(
    obligation: Obligation,
    reason: Annotated[str, typer.Option(help="理由，必填；将告知该单位。")] = "",
    until: Annotated[str, typer.Option(help="暂停至，如 2020-04-10（当日 24 时自动恢复）；缺省为人工恢复。")] = "",
    as_json: JsonOption = False,
) -> None:
    """暂停一项事项的计时：其间不催办、不上报，恢复时剩余时间不变。

    例：duban suspend 321 --until 2020-04-10 --reason "疫情封控"
    """
    from tasks.holding import suspend as act

    with installation_ready():
        done = act.fn(obligation, reason, actor=user(), now=now(), until=_day(until))
    answer(done, as_json=as_json, words=done.message)


def resume(
    obligation: Obligation,
    reason: Annotated[str, typer.Option(help="说明，将告知该单位。")] = "",
    as_json: JsonOption = False,
) -> None:
    """恢复计时：暂停时剩多少，恢复后还剩多少；已逾期的仍为逾期。

    例：duban resume 321 --reason "解除封控"
    """
    from tasks.holding import resume as act

    with installation_ready():
        done = act.fn(obligation, reason, actor=user(), now=now())
    answer(done, as_json=as_json, words=done.message)


def acknowledge(obligation: Obligation, as_json: JsonOption = False) -> None:
    """代某单位登记知悉：一段时间内不再重复催办该单位，逐级告知照常。

    例：duban acknowledge 321
    """
    from tasks.holding import acknowledge as act

    with installation_ready():
        done = act.fn(obligation, actor=user(), now=now())
    answer(done, as_json=as_json, words=done.message)


def ask_extension(
    obligation: Obligation,
    until: Annotated[str, typer.Option(help="希望延至，如 2020-04-10（当日 24 时止），必填。")] = "",
    progress: Annotated[str, typer.Option(help="目前进展，必填。")] = "",
    reason: Annotated[str, typer.Option(help="理由，必填。")] = "",
    as_json: JsonOption = False,
) -> None:
    """代某单位在到期前申请延期，由审核单位或上级决定；决定前原时限不变。

    例：duban ask-extension 321 --until 2020-04-10 --progress "已完成八成" --reason "两个村未能入户"
    """
    from tasks.extending import ask_extension as act

    day = _day(until)
    if day is None:
        message = "请用 --until 写明希望延至的日期，如 2020-04-10。"
        raise Refused(message)
    with installation_ready():
        done = act.fn(obligation, day, progress, reason, actor=user(), now=now())
    answer(done, as_json=as_json, words=done.message)


def decide_extension(
    petition: Petition,
    grant: Annotated[bool, typer.Option("--grant", help="批准。")] = False,
    refuse: Annotated[bool, typer.Option("--refuse", help="不予批准，须写明理由。")] = False,
    until: Annotated[str, typer.Option(help="批准的日期；缺省为申请的日期。")] = "",
    reason: Annotated[str, typer.Option(help="理由；不予批准时必填。")] = "",
    as_json: JsonOption = False,
) -> None:
    """决定一件延期申请。

    例：duban decide-extension 12 --grant
    """
    from tasks.extending import decide_extension as act

    granted = _either(grant, refuse, "--grant", "--refuse")
    with installation_ready():
        done = act.fn(petition, grant=granted, actor=user(), now=now(), reason=reason, due_at=_day(until))
    answer(done, as_json=as_json, words=done.message)


def contest(
    obligation: Obligation,
    reason: Annotated[str, typer.Option(help="理由，必填。")] = "",
    as_json: JsonOption = False,
) -> None:
    """代某单位在签收后 2 个工作日内提出异议；上级裁决前不催办、不上报。

    例：duban contest 321 --reason "不属我县职责"
    """
    from tasks.contesting import contest as act

    with installation_ready():
        done = act.fn(obligation, reason, actor=user(), now=now())
    answer(done, as_json=as_json, words=done.message)


def decide_contest(
    petition: Petition,
    uphold: Annotated[bool, typer.Option("--uphold", help="异议成立：该事项免办。")] = False,
    dismiss: Annotated[bool, typer.Option("--dismiss", help="异议不成立：照常办理。")] = False,
    reason: Annotated[str, typer.Option(help="理由，必填；将告知该单位。")] = "",
    until: Annotated[str, typer.Option(help="不成立时另定的时限，如 2020-04-10；缺省为原时限。")] = "",
    as_json: JsonOption = False,
) -> None:
    """裁决一件异议。

    例：duban decide-contest 12 --dismiss --reason "属其职责" --until 2020-04-10
    """
    from tasks.contesting import decide_contest as act

    upheld = _either(uphold, dismiss, "--uphold", "--dismiss")
    with installation_ready():
        done = act.fn(petition, uphold=upheld, reason=reason, actor=user(), now=now(), due_at=_day(until))
    answer(done, as_json=as_json, words=done.message)


def return_paper(
    document_number: Number,
    office: OfficeArgument,
    kind: Annotated[
        str, typer.Option(help="原因：wrong-addressee（发错单位）、unreadable（无法辨读）、wrong-file（文件有误）。")
    ] = "",
    reason: Annotated[str, typer.Option(help="说明，必填。")] = "",
    as_json: JsonOption = False,
) -> None:
    """代某单位退回一份公文；上级裁决前，该单位在此文下的事项都不催办。

    例：duban return-paper "黑扶组办发〔2020〕3号" 哈尔滨市 --kind wrong-file --reason "附件是另一份文件"
    """
    from domain.flaws import Flaw
    from tasks.contesting import return_paper as act

    flaw = next((each for each in Flaw if kind.strip() in (each.value, each.label)), None)
    if flaw is None:
        message = f"退文原因“{kind}”不正确，应为{'、'.join(f'{each.value}（{each.label}）' for each in Flaw)}之一。"
        raise Refused(message)
    with installation_ready():
        done = act.fn(document_number, office, flaw, reason, actor=user(), now=now())
    answer(done, as_json=as_json, words=done.message)


def decide_paper(
    petition: Petition,
    accept: Annotated[bool, typer.Option("--accept", help="退文成立：收回此文，该单位不再承担其事项。")] = False,
    reject: Annotated[bool, typer.Option("--reject", help="退文不成立：照常办理。")] = False,
    reason: Annotated[str, typer.Option(help="理由，必填；将告知该单位。")] = "",
    as_json: JsonOption = False,
) -> None:
    """裁决一件退文。

    例：duban decide-paper 12 --accept --reason "确系发错"
    """
    from tasks.contesting import decide_paper as act

    accepted = _either(accept, reject, "--accept", "--reject")
    with installation_ready():
        done = act.fn(petition, accepted=accepted, reason=reason, actor=user(), now=now())
    answer(done, as_json=as_json, words=done.message)


def petitions(
    decider: Annotated[str, typer.Option("--office", help="只看由这个单位决定的。")] = "",
    as_json: JsonOption = False,
) -> None:
    """列出等待决定的延期申请、异议和退文。

    例：duban petitions --office 哈尔滨市
    """
    from flows.words import petition_lines
    from tasks.petitions import waiting_petitions

    with installation_ready():
        found = waiting_petitions.fn(decider=decider or None)
    answer(found, as_json=as_json, words=petition_lines(found))


def _day(text: str) -> datetime | None:
    return day_end(text) if text.strip() else None


def _either(yes: bool, no: bool, name: str, other: str) -> bool:
    if yes == no:
        message = f"请在 {name} 和 {other} 中选择一个。"
        raise Refused(message)
    return yes
