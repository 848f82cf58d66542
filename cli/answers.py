"""What all commands share: answers for people or as JSON, the user who acts, instants, and one sentence per error."""

from __future__ import annotations

import getpass
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, is_dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer
from rich.console import Console

from domain.errors import Refused
from flows.files import read_bytes, reason

if TYPE_CHECKING:
    from domain.trail import Actor

E = TypeVar("E", bound=StrEnum)
JsonOption = Annotated[bool, typer.Option("--json", help="以 JSON 输出。")]
AsOfOption = Annotated[str, typer.Option("--as-of", help="基准时刻，如 2020-04-03 09:00（北京时间）；缺省为当前时间。")]

console = Console(highlight=False, soft_wrap=True, emoji=False)


def say(text: str) -> None:
    """Print one line for people."""
    console.print(text, markup=False)


def answer(value: Any, *, as_json: bool, words: str = "", markdown: bool = False) -> None:
    """Print a result: as JSON, or its words; Markdown is laid out on a terminal and left as it is in a pipe."""
    if as_json:
        sys.stdout.write(json.dumps(plain(value), ensure_ascii=False, indent=2) + "\n")
    elif markdown and console.is_terminal:
        from rich.markdown import Markdown

        Console(highlight=False).print(Markdown(words))
    else:
        say(words)


def plain(value: Any) -> Any:
    """Return a value as JSON has it: dataclasses as objects, times as ISO 8601."""
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, dict):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def user() -> Actor:
    """Return the system's user as the actor of a command; a user without a name is known by the number."""
    from domain.trail import Actor, ActorKind

    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        name = f"uid-{os.getuid()}"
    return Actor(ActorKind.USER, name)


def now() -> datetime:
    """Return the clock, read once by each command."""
    return datetime.now(UTC)


def instant(text: str) -> datetime | None:
    """Return an instant typed by a person, without a zone in Beijing time; None for nothing. Raises Refused."""
    if not text.strip():
        return None
    from domain.calendar import ZONE

    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError as error:
        message = f"时间“{text}”无法识别，应写作 2020-04-03 09:00。"
        raise Refused(message) from error
    return (at if at.tzinfo else at.replace(tzinfo=ZONE)).astimezone(UTC)


def day_end(text: str) -> datetime:
    """Return 24:00 (Beijing) of a day typed by a person. Raises Refused."""
    from domain.calendar import end_of_day

    try:
        return end_of_day(date.fromisoformat(text.strip()))
    except ValueError as error:
        message = f"日期“{text}”无法识别，应写作 2020-04-05。"
        raise Refused(message) from error


def day(text: str) -> date | None:
    """Return a day typed by a person; None for nothing. Raises Refused."""
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        message = f"日期“{text}”无法识别，应写作 2020-04-05。"
        raise Refused(message) from error


def read_file(path: Path) -> bytes:
    """Return a file's bytes; raises Refused with the path and what went wrong."""
    return read_bytes(path)


def write_file(path: Path, text: str, *, encoding: str = "utf-8") -> None:
    """Write a text file, whole or not at all; raises Refused with the path and what went wrong."""
    write_bytes(path, text.encode(encoding))


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file of bytes, whole or not at all; raises Refused with the path and what went wrong."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        if not path.parent.is_dir():
            path.parent.mkdir(parents=True)
        unfinished.write_bytes(content)
        unfinished.replace(path)
    except OSError as error:
        message = f"无法写入文件“{path}”：{reason(error)}。"
        raise Refused(message) from error
    finally:
        with suppress(OSError):  # it took its place already, or was never made
            unfinished.unlink()


def chosen(kind: type[E], text: str, what: str) -> E:
    """Return the member of a form's choice that a person named, in Chinese or by its English name. Raises Refused."""
    try:
        return kind(text.strip())
    except ValueError as error:
        message = f"{what}“{text}”不正确，应为{'、'.join(kind)}之一。"
        raise Refused(message) from error


@contextmanager
def installation_ready() -> Iterator[None]:
    """Check that the database is there and up to date before a command touches it. Raises Refused."""
    from tasks.migrating import require_current

    require_current()
    yield
