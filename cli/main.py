"""The `duban` command: what is heavy is imported inside the command that needs it."""

from __future__ import annotations

import sys

import typer

from cli import acts, audit, circulars, mail, operating, roster, urgent
from cli.answers import explain

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="督办：读公文、跟踪每一项要求、到期前提醒、逾期逐级告知，并留下可核验的记录。",
)
circulars.attach(app)
acts.attach(app)
operating.attach(app)
app.add_typer(roster.app, name="roster")
app.add_typer(mail.app, name="mail")
app.add_typer(audit.app, name="audit")
app.add_typer(urgent.app, name="urgent")
app.add_typer(circulars.circular, name="circular")


def main() -> None:
    """Run the command line: one sentence and a non-zero exit for every error a user can mend."""
    try:
        app()
    except KeyboardInterrupt:
        sys.stderr.write("已中断。\n")
        sys.exit(130)
    except Exception as error:
        sentence = explain(error)
        if sentence is None:
            raise
        sys.stderr.write(f"错误：{sentence}\n")
        sys.exit(1)
