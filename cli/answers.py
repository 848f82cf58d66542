"""What all commands share: answers for people or as JSON, the user who acts, instants, and one sentence per error."""

from __future__ import annotations

import getpass
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from domain.errors import Refused

if TYPE_CHECKING:
    from domain.trail import Actor

JsonOption = Annotated[bool, typer.Option("--json", help="以 JSON 输出。")]
AsOfOption = Annotated[str, typer.Option("--as-of", help="基准时刻，如 2020-04-03 09:00（北京时间）；缺省为当前时间。")]

console = Console(highlight=False, soft_wrap=True)


def say(text: str) -> None:
    """Print one line for people."""
    console.print(text, markup=False)


def answer(value: Any, *, as_json: bool, words: str = "") -> None:
    """Print a result: as JSON, or its words."""
    if as_json:
        sys.stdout.write(json.dumps(plain(value), ensure_ascii=False, indent=2) + "\n")
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
    """Return the system's user as the actor of a command."""
    from domain.trail import Actor, ActorKind

    return Actor(ActorKind.USER, getpass.getuser())


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


def read_file(path: Path) -> bytes:
    """Return a file's bytes; raises Refused with the path and what went wrong."""
    try:
        return path.read_bytes()
    except OSError as error:
        message = f"无法读取文件“{path}”：{error.strerror or '读取失败'}。"
        raise Refused(message) from error


@contextmanager
def installation_ready() -> Iterator[None]:
    """Check that the database is there and up to date before a command touches it. Raises Refused."""
    from tasks.migrating import require_current

    require_current()
    yield


def explain(error: BaseException) -> str | None:
    """Return the one sentence for an error a user can mend, None where it is a fault of ours."""
    name = type(error).__name__
    if isinstance(error, Refused) or name in ("UnreadableDocument", "RosterError", "PolicyError", "WorkDaysError"):
        return str(error)
    if name == "ServerDidNotStart":
        return str(error)
    if name == "ValidationError" and type(error).__module__.startswith("pydantic"):
        return _setting(error)
    if name == "OperationalError":
        cause = str(getattr(error, "orig", error)).splitlines()[0]
        return f"数据库不可用：{cause}。请检查 DUBAN_DATABASE_URL，或稍后再试。"
    return None


def _setting(error: Any) -> str:
    first = error.errors()[0]
    name = "DUBAN_" + "_".join(str(part) for part in first["loc"]).upper()
    return f"设置 {name} 不正确：{first['msg']}。请对照 .env.example 修改环境变量或 .env。"
