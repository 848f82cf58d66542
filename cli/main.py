"""The `duban` command: what is heavy is imported inside the command that needs it."""

from __future__ import annotations

import os
import sys
from io import TextIOWrapper
from typing import Annotated

import typer

from cli import (
    acts,
    audit,
    calls,
    checking,
    circulars,
    compiling,
    drafts,
    inbox,
    mail,
    notice,
    operating,
    paper,
    petitions,
    policy,
    progressing,
    roster,
    simulating,
    urgent,
    workdays,
)
from cli.mistakes import explain, explain_usage
from tasks.serving import not_by_proxy

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="督办：读公文、跟踪每一项要求、到期前提醒、逾期逐级告知，并留下可核验的记录。",
)
circulars.attach(app)
acts.attach(app)
petitions.attach(app)
compiling.attach(app)
progressing.attach(app)
operating.attach(app)
calls.attach(app)
checking.attach(app)
simulating.attach(app)
app.add_typer(roster.app, name="roster")
app.add_typer(policy.app, name="policy")
app.add_typer(paper.app, name="paper")
app.add_typer(mail.app, name="mail")
app.add_typer(drafts.app, name="draft")
app.add_typer(inbox.app, name="inbox")
app.add_typer(notice.app, name="notice")
app.add_typer(audit.app, name="audit")
app.add_typer(urgent.app, name="urgent")
app.add_typer(workdays.app, name="calendar")
app.add_typer(circulars.circular, name="circular")


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"duban {version('duban')}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="显示版本。")
    ] = False,
) -> None:
    """Hold the options of `duban` itself."""


def main() -> None:
    """Run the command line: one sentence and a non-zero exit for every error a user can mend."""
    # Prefect's client would tell its maker of a first use, and ask a proxy for our own loopback address.
    os.environ["DO_NOT_TRACK"] = "1"
    os.environ.update(not_by_proxy(os.environ))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal in GBK has no coloured lights
    sys.exit(_run())


def _run() -> int:
    try:
        code = app(standalone_mode=False)
    except KeyboardInterrupt:
        return _ended(130)
    except Exception as error:
        if type(error).__name__ == "NoArgsIsHelpError":
            typer.echo(str(error))
            return 2
        sentence = explain_usage(error) if hasattr(error, "format_message") else explain(error)
        if sentence is None:
            raise
        sys.stderr.write(f"错误：{sentence}\n")
        return getattr(error, "exit_code", 1)
    return _ended(code or 0)


def _ended(code: int) -> int:
    if code == 130:
        sys.stderr.write("已中断。\n")
    return code
