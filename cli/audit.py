"""The audit on the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.answers import JsonOption, answer, installation_ready, read_file, say, write_file
from domain.errors import Refused
from domain.trail import Head

app = typer.Typer(no_args_is_help=True, help="留痕：核验、转发链、链首。")


@app.command()
def verify(
    database: Annotated[str, typer.Option(help="数据库地址，如 sqlite:///副本.db；缺省为本系统的数据库。")] = "",
    against: Annotated[Path | None, typer.Option(help="另存的链首文件，可发现整体改写和截尾。")] = None,
    as_json: JsonOption = False,
) -> None:
    """逐条核验哈希链，指出第一条被改动的记录；有问题时退出码为 1。

    例：duban audit verify --against audit.head
    """
    from tasks.auditing import verify_audit

    head = _head(against) if against is not None else None
    if not database:
        with installation_ready():
            verdict = verify_audit.fn(against=head)
    else:
        verdict = verify_audit.fn(database=database, against=head)
    whole = f"留痕完整：共 {verdict.entries} 条，链首 {verdict.head.hash}"
    value = {"verified": verdict.whole, "entries": verdict.entries, "head": verdict.head, "problem": verdict.problem}
    answer(value, as_json=as_json, words=verdict.problem or whole)
    if not verdict.whole:
        raise typer.Exit(1)


def _head(path: Path) -> Head:
    try:
        return Head.from_text(read_file(path).decode(errors="replace"))
    except ValueError as error:
        message = f"{path}：{error}"
        raise Refused(message) from error


@app.command()
def chain(
    document_number: Annotated[str, typer.Argument(metavar="文号", help="公文文号。")], as_json: JsonOption = False
) -> None:
    """显示转发链：谁在何时把什么转给了谁，谁没有签收、没有续转。

    例：duban audit chain "黑扶组办发〔2020〕3号"
    """
    from flows.words import chain as words
    from tasks.auditing import chain_of

    with installation_ready():
        links = chain_of.fn(document_number)
    answer(links, as_json=as_json, words=words(links), markdown=True)


@app.command()
def head(output: Annotated[Path | None, typer.Option(help="写入文件；缺省为打印。")] = None) -> None:
    """取出链首，另存别处，供日后 verify --against。

    例：duban audit head --output audit.head
    """
    from tasks.auditing import audit_head

    with installation_ready():
        text = audit_head.fn().as_text()
    if output is None:
        say(text.strip())
    else:
        write_file(output, text)
        say(f"链首已写入 {output}")
