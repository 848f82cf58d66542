"""What offices owe: receive, report, accept, return, waive, extend."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.answers import JsonOption, answer, day_end, installation_ready, now, read_file, user
from domain.errors import Refused

Number = Annotated[str, typer.Argument(metavar="文号", help="公文文号。")]
OfficeArgument = Annotated[str, typer.Argument(metavar="单位", help="单位代码、全称或别名。")]
Obligation = Annotated[int, typer.Argument(metavar="事项编号", help="事项编号，见 duban status 文号 --office 单位。")]


def attach(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(receive)
    app.command()(report)
    app.command()(accept)
    app.command("return")(return_)
    app.command()(waive)
    app.command()(extend)


def receive(document_number: Number, office: OfficeArgument, as_json: JsonOption = False) -> None:
    """代某单位登记签收。

    例：duban receive "黑扶组办发〔2020〕3号" 哈尔滨市
    """
    from tasks.handling import receive as act

    with installation_ready():
        done = act.fn(document_number, office, actor=user(), now=now())
    answer(done, as_json=as_json, words=done.message)


def report(
    document_number: Number,
    office: OfficeArgument,
    text: Annotated[str, typer.Option(help="报送内容。")] = "",
    file: Annotated[Path | None, typer.Option(help="报送内容所在的文本文件。")] = None,
    ordinal: Annotated[int, typer.Option(help="第几项要求；缺省为最先到期的一项。", min=0)] = 0,
    period: Annotated[str, typer.Option(help="期次，如 2020-04；缺省为最先到期的一期。")] = "",
    as_json: JsonOption = False,
) -> None:
    """代某单位登记报送的材料，转入审核。

    例：duban report "黑扶组办发〔2020〕3号" 哈尔滨市 --period 2020-04 --file 4月情况.txt
    """
    from domain.reading.formats import read_source
    from tasks.handling import submit_report

    if bool(text) == (file is not None):
        message = "请用 --text 或 --file 给出报送内容，二者取一。"
        raise Refused(message)
    content = text or read_source(read_file(file), file.name).text if file is not None else text
    with installation_ready():
        done = submit_report.fn(
            document_number, office, content, actor=user(), now=now(), ordinal=ordinal or None, period=period or None
        )
    answer(done, as_json=as_json, words=done.message)


def accept(
    obligation: Obligation,
    note: Annotated[str, typer.Option(help="审核意见。")] = "",
    as_json: JsonOption = False,
) -> None:
    """通过一项报送。

    例：duban accept 321
    """
    from tasks.handling import accept as act

    with installation_ready():
        done = act.fn(obligation, actor=user(), now=now(), note=note)
    answer(done, as_json=as_json, words=done.message)


def return_(
    obligation: Obligation,
    reason: Annotated[str, typer.Option(help="退回理由，必填。")] = "",
    due: Annotated[str, typer.Option(help="新的到期日，如 2020-04-08；缺省为 2 个工作日，不早于原时限。")] = "",
    as_json: JsonOption = False,
) -> None:
    """退回一项报送，并说明理由。

    例：duban return 321 --reason "缺少数据表" --due 2020-04-08
    """
    from tasks.handling import return_report

    with installation_ready():
        done = return_report.fn(obligation, reason, actor=user(), now=now(), due_on=day_end(due) if due else None)
    answer(done, as_json=as_json, words=done.message)


def waive(
    obligation: Obligation,
    reason: Annotated[str, typer.Option(help="免办理由，必填。")] = "",
    as_json: JsonOption = False,
) -> None:
    """免除一个单位的一项事项。

    例：duban waive 321 --reason "该县无此项工作"
    """
    from tasks.handling import waive as act

    with installation_ready():
        done = act.fn(obligation, reason, actor=user(), now=now())
    answer(done, as_json=as_json, words=done.message)


def extend(
    obligation: Obligation,
    due: Annotated[str, typer.Argument(metavar="日期", help="新的到期日，如 2020-04-10（当日 24 时止）。")],
    reason: Annotated[str, typer.Option(help="延期理由，必填。")] = "",
    as_json: JsonOption = False,
) -> None:
    """在到期之前延长一项事项的时限；原时限保留在记录中。

    例：duban extend 321 2020-04-10 --reason "疫情封控，数据待核"
    """
    from tasks.extending import extend as act

    with installation_ready():
        done = act.fn(obligation, day_end(due), reason, actor=user(), now=now())
    answer(done, as_json=as_json, words=done.message)
