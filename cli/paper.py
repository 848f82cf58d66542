"""Papers that need a signature, on the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.answers import AsOfOption, JsonOption, answer, installation_ready, instant, now, user, write_bytes

app = typer.Typer(no_args_is_help=True, help="待签发的文稿：督办通知单、挂牌督办、通报，签发后才发出；汇总稿。")
Number = Annotated[int, typer.Argument(metavar="文稿编号", help="见 duban paper list。")]


@app.command()
def draft(
    kind: Annotated[
        str,
        typer.Argument(metavar="文种", help="supervision_letter 督办通知单、listed_supervision、criticism_bulletin。"),
    ],
    obligation: Annotated[int, typer.Argument(metavar="事项编号", help="见 duban status 文号 --office 单位。")],
    reason: Annotated[str, typer.Option(help="理由，必填。")] = "",
    as_json: JsonOption = False,
) -> None:
    """就一项逾期事项起草文稿，等待签发，不发出。

    例：duban paper draft supervision_letter 321 --reason "多次催办未果"
    """
    from tasks.papers import draft_paper

    with installation_ready():
        done = draft_paper.fn(kind, obligation, reason, actor=user(), now=now())
    answer(done, as_json=as_json, words=done.message)


@app.command("list")
def list_(
    decided: Annotated[bool, typer.Option("--decided", help="连同已签发、已作废的。")] = False,
    as_of: AsOfOption = "",
    as_json: JsonOption = False,
) -> None:
    """列出待签发的文稿；其间已办结的事项会注明。

    例：duban paper list
    """
    from flows.words import paper_lines
    from tasks.papers import list_papers

    with installation_ready():
        found = list_papers.fn(now=instant(as_of) or now(), decided_too=decided)
    answer(found, as_json=as_json, words="\n".join(paper_lines(found)) or "没有待签发的文稿。")


@app.command()
def show(
    number: Number,
    output: Annotated[
        Path | None, typer.Option(help="另存为 Word 文档，如 通知单.docx；汇总稿也可存为表格，如 汇总.xlsx。")
    ] = None,
    as_of: AsOfOption = "",
    as_json: JsonOption = False,
) -> None:
    """查看一份文稿，可另存为 Word 文档；汇总稿也可存为表格。

    例：duban paper show 3 --output 督办通知单.docx
    """
    from flows.words import paper
    from tasks.compiling import compiled_sheet
    from tasks.papers import paper_file, show_paper

    with installation_ready():
        found = show_paper.fn(number, now=instant(as_of) or now())
        if output is not None:
            file = compiled_sheet if output.suffix.lower() == ".xlsx" else paper_file
            write_bytes(output, file.fn(number))
    answer(found, as_json=as_json, words=paper(found) + (f"\n\n已写入 {output}" if output else ""))


@app.command()
def sign(
    number: Number,
    signer: Annotated[str, typer.Option(help="签发人姓名，必填。")] = "",
    even_so: Annotated[
        bool, typer.Option("--even-so", help="事项已办结或不再逾期，或汇总稿起草后报送情况有变化，仍要签发。")
    ] = False,
    hand_in: Annotated[
        bool, typer.Option("--hand-in", help="汇总稿：同时登记为汇总单位向上的报送，转入审核。")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """签发一份文稿：编定文号，并通知有关单位；汇总稿不通知任何单位，可随即登记为向上的报送。

    例：duban paper sign 3 --signer 张三
    """
    from tasks.papers import sign_paper

    with installation_ready():
        done = sign_paper.fn(number, signer, actor=user(), now=now(), even_so=even_so, hand_in=hand_in)
    answer(done, as_json=as_json, words=done.message)


@app.command()
def discard(
    number: Number,
    reason: Annotated[str, typer.Option(help="理由，必填。")] = "",
    as_json: JsonOption = False,
) -> None:
    """作废一份待签发的文稿，不占用文号。

    例：duban paper discard 3 --reason "该单位已报送"
    """
    from tasks.papers import discard_paper

    with installation_ready():
        done = discard_paper.fn(number, reason, actor=user(), now=now())
    answer(done, as_json=as_json, words=done.message)
