"""How far instructions are: looked at, recorded, closed, looked back at, taken up again."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.acts import Number, OfficeArgument
from cli.answers import JsonOption, answer, chosen, day, day_end, installation_ready, now, user

InstructionArgument = Annotated[str, typer.Argument(metavar="任务编号", help="如 三，或 二/（一）。")]


def attach(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(progress)
    app.command("look-back")(look_back)
    app.command("look-backs")(look_backs)
    app.command()(reopen)


def progress(
    document_number: Number,
    office: Annotated[str, typer.Argument(metavar="[单位]", help="单位；缺省为全部单位的汇总。")] = "",
    instruction: Annotated[str, typer.Argument(metavar="[任务编号]", help="要登记的任务，如 三。")] = "",
    state: Annotated[str, typer.Option(help="进展：办理中、已落实、已销号。")] = "办理中",
    note: Annotated[str, typer.Option(help="说明，一句话。")] = "",
    look_back: Annotated[str, typer.Option("--look-back", help="销号时定的回头看日子，如 2020-06-01。")] = "",
    as_json: JsonOption = False,
) -> None:
    """查看各项任务的落实进展；给出单位和任务编号时登记进展或销号。

    例：duban progress "黑扶组办发〔2020〕3号" 哈尔滨市 三 --state 已销号 --note "已落实到人" --look-back 2020-06-01
    """
    from domain.progress import ProgressState
    from flows.progress import Progress
    from flows.words import progress as words
    from tasks.progressing import progress_of_circular, record_progress

    with installation_ready():
        if instruction:
            how_far = ProgressState[chosen(Progress, state, "进展").name]
            line = record_progress.fn(
                document_number, office, instruction, how_far, note, actor=user(), now=now(),
                look_back_on=day(look_back),
            )  # fmt: skip
            answer({"message": line}, as_json=as_json, words=line)
            return
        found = progress_of_circular.fn(document_number, office=office or None)
    answer(found, as_json=as_json, words=words(found))


def look_back(
    document_number: Number,
    office: OfficeArgument,
    instruction: InstructionArgument,
    finding: Annotated[str, typer.Option(help="查看的结果，必填。")] = "",
    as_json: JsonOption = False,
) -> None:
    """登记对一项已销号任务的回头看；任务仍为已销号，问题反弹的另用 duban reopen。

    例：duban look-back "黑扶组办发〔2020〕3号" 哈尔滨市 三 --finding "成效巩固"
    """
    from tasks.progressing import look_back as act

    with installation_ready():
        line = act.fn(document_number, office, instruction, finding, actor=user(), now=now())
    answer({"message": line}, as_json=as_json, words=line)


def look_backs(as_json: JsonOption = False) -> None:
    """列出到了回头看的日子、尚未登记结果的已销号任务。

    例：duban look-backs
    """
    from flows.words import look_back_lines
    from tasks.progressing import look_backs_due

    with installation_ready():
        found = look_backs_due.fn(now=now())
    answer(found, as_json=as_json, words=look_back_lines(found))


def reopen(
    document_number: Number,
    office: OfficeArgument,
    instruction: InstructionArgument,
    reason: Annotated[str, typer.Option(help="理由，必填；将告知该单位。")] = "",
    due: Annotated[str, typer.Option(help="重新落实的期限，如 2020-06-30（当日 24 时止）；缺省为不另定。")] = "",
    as_json: JsonOption = False,
) -> None:
    """把一项已销号的任务重新办理；另定期限的，该单位再承担一次落实事项。

    例：duban reopen "黑扶组办发〔2020〕3号" 哈尔滨市 三 --reason "回头看发现反弹" --due 2020-06-30
    """
    from tasks.progressing import reopen as act

    due_at = day_end(due) if due.strip() else None
    with installation_ready():
        line = act.fn(document_number, office, instruction, reason, actor=user(), now=now(), due_at=due_at)
    answer({"message": line}, as_json=as_json, words=line)
