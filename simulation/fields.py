"""Reading the fields of a script: each checked where it stands, each mistake one sentence with file and field."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, NoReturn, TypeVar

from domain.calendar import ZONE
from domain.errors import Refused

E = TypeVar("E", bound=StrEnum)
#: A field that has no default.
REQUIRED: Final[Any] = object()


class ScriptError(Refused):
    """A script cannot be played; the message is one Chinese sentence that names the file and the field."""


@dataclass
class Table:
    """One table of a script: its values, where it stands, and the offices it names (field and name)."""

    file: Path
    #: as `[[events]] 第 3 项`; empty for the top
    where: str
    values: Mapping[str, Any]
    named_offices: list[tuple[str, str]] = field(default_factory=list)
    known: set[str] = field(default_factory=set)

    def fail(self, name: str, problem: str) -> NoReturn:
        """Raise ScriptError about one field."""
        raise ScriptError(f"{self.place(name)}{problem}")

    def place(self, name: str) -> str:
        """Return where a field stands, as the beginning of a sentence."""
        place = f"{self.where} 的 {name}" if self.where and name else self.where or name
        return f"脚本 {self.file}：{place}："

    def has(self, name: str) -> bool:
        """Tell whether the field is given; it counts as known from now on."""
        self.known.add(name)
        return name in self.values

    def text(self, name: str, default: Any = REQUIRED) -> Any:
        """Return a text that is not blank."""
        value = self._get(name, default)
        if value is default:
            return default
        if not isinstance(value, str) or not value.strip():
            self.fail(name, "应为一段文字（加引号）。")
        return value.strip()

    def texts(self, name: str, default: Any = REQUIRED) -> Any:
        """Return a tuple of texts; a single text stands for a list of one."""
        value = self._get(name, default)
        if value is default:
            return default
        values = [value] if isinstance(value, str) else value
        if not isinstance(values, list) or not values or not all(isinstance(each, str) and each for each in values):
            self.fail(name, '应为文字的列表，如 ["各市（地）"]。')
        return tuple(values)

    def number(self, name: str, default: Any = REQUIRED, *, least: int = 0, most: int = 1_000_000) -> Any:
        """Return a whole number within bounds."""
        value = self._get(name, default)
        if value is default:
            return default
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            self.fail(name, f"应为 {least} 至 {most} 之间的整数。")
        return value

    def share(self, name: str, default: Any = REQUIRED) -> Any:
        """Return a share from 0 to 1."""
        value = self._get(name, default)
        if value is default:
            return default
        if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= 1:
            self.fail(name, "应为 0 至 1 之间的比例，如 0.25。")
        return float(value)

    def flag(self, name: str, default: bool = False) -> bool:
        """Return true or false."""
        value = self._get(name, default)
        if not isinstance(value, bool):
            self.fail(name, "应为 true 或 false。")
        return value

    def choice(self, name: str, kind: type[E], default: Any = REQUIRED) -> Any:
        """Return a member of an enumeration by its value."""
        value = self._get(name, default)
        if value is default:
            return default
        try:
            return kind(value)
        except ValueError:
            self.fail(name, f"“{value}”不可用，应为 {'、'.join(each.value for each in kind)} 之一。")

    def instant(self, name: str, default: Any = REQUIRED) -> Any:
        """Return an instant in UTC; without a zone it is the time of Asia/Shanghai."""
        value = self._get(name, default)
        if value is default:
            return default
        if isinstance(value, str):
            try:
                value = datetime.fromisoformat(value.strip())
            except ValueError:
                value = None
        if not isinstance(value, datetime):
            self.fail(name, "应为日期加时间（北京时间），如 2020-02-14T09:30:00。")
        return (value if value.tzinfo else value.replace(tzinfo=ZONE)).astimezone(UTC)

    def day(self, name: str, default: Any = REQUIRED) -> Any:
        """Return a day."""
        value = self._get(name, default)
        if value is default:
            return default
        if isinstance(value, str):
            try:
                value = date.fromisoformat(value.strip())
            except ValueError:
                value = None
        if not isinstance(value, date) or isinstance(value, datetime):
            self.fail(name, "应为日期，如 2020-03-05（不加引号）。")
        return value

    def period(self, name: str) -> str | None:
        """Return a period: its due day, with or without quotes, or its month as a text (2020-04); None if missing."""
        value = self._get(name, None)
        if isinstance(value, date) and not isinstance(value, datetime):
            return value.isoformat()
        found: str | None = self.text(name, None)
        return found

    def clock(self, name: str, default: Any = REQUIRED) -> Any:
        """Return a time of the day."""
        value = self._get(name, default)
        return default if value is default else self._clock(name, value)

    def clocks(self, name: str, default: Any = REQUIRED) -> Any:
        """Return times of the day, in order; a single one stands for a list of one."""
        value = self._get(name, default)
        if value is default:
            return default
        values = value if isinstance(value, list) else [value]
        return tuple(sorted({self._clock(name, each) for each in values}))

    def _clock(self, name: str, value: Any) -> time:
        if isinstance(value, str):
            try:
                value = time.fromisoformat(value.strip())
            except ValueError:
                value = None
        if not isinstance(value, time) or value.tzinfo is not None:
            self.fail(name, '应为一天中的时刻，如 "16:00"。')
        return value

    def path(self, name: str, default: Any = REQUIRED) -> Any:
        """Return a path, relative to the script's folder, of a file that is there."""
        value = self.text(name, default)
        if value is default:
            return default
        path = self.file.parent / value
        if not path.is_file():
            self.fail(name, f"没有文件“{path}”；路径相对于脚本所在的文件夹。")
        return path

    def office(self, name: str, default: Any = REQUIRED) -> Any:
        """Return the code or name of an office; whether the roster knows it is checked before the play begins."""
        value = self.text(name, default)
        if value is not default:
            self.named_offices.append((self.place(name), value))
        return value

    def office_key(self, name: str) -> str:
        """Note a key of this table as the code or name of an office, and return it."""
        self.named_offices.append((self.place(name), name))
        return name

    def table(self, name: str) -> Table:
        """Return the table in a field, an empty one where it is missing."""
        return self._inner(name, self._get(name, {}), f"[{name}]")

    def tables(self, name: str) -> list[Table]:
        """Return the tables in a field `[[name]]`."""
        value = self._get(name, [])
        if not isinstance(value, list):
            self.fail(name, f"应写作 [[{name}]]。")
        prefix = f"{self.where} 的 " if self.where else ""
        return [self._inner(name, each, f"{prefix}[[{name}]] 第 {n} 项") for n, each in enumerate(value, start=1)]

    def _inner(self, name: str, value: Any, where: str) -> Table:
        if not isinstance(value, dict):
            self.fail(name, "应为一个表。")
        return Table(self.file, where, value, self.named_offices)

    def pairs(self, name: str) -> dict[str, Any]:
        """Return the fields of an inner table whose keys are free."""
        value = self._get(name, {})
        if not isinstance(value, dict):
            self.fail(name, "应为一个表。")
        return value

    def end(self) -> None:
        """Raise ScriptError where a field is left that nobody asked for."""
        for name in self.values:
            if name not in self.known:
                self.fail("", f"不认识的“{name}”{_nearest(name, self.known)}。")

    def _get(self, name: str, default: Any) -> Any:
        if self.has(name):
            return self.values[name]
        if default is REQUIRED:
            self.fail(name, "缺少此项。")
        return default


def _nearest(name: str, known: Iterable[str]) -> str:
    found = difflib.get_close_matches(name, sorted(known), n=1)
    return f"，是否指“{found[0]}”" if found else f"，可用的是 {'、'.join(sorted(known))}"
