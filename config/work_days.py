"""The work days of one installation: its own rest days and workdays over the published calendar."""

from __future__ import annotations

import tomllib
from datetime import date, datetime
from pathlib import Path
from typing import Any

from domain.calendar import WorkCalendar
from domain.errors import Refused
from domain.published import published_calendar

_FIELDS = ("extra_rest_days", "extra_workdays")


class WorkDaysError(Refused):
    """The file of work days cannot be used; the message is in Chinese and names the file and the field."""


def load_work_days(path: Path | None) -> WorkCalendar:
    """Read the override file (see work_days.example.toml); the published calendar alone for None.

    Raises WorkDaysError for a file that cannot be read, an unknown field, what is no day, a day in both lists.
    """
    if path is None:
        return published_calendar()
    content = _read(path)
    for name in content:
        if name not in _FIELDS:
            raise WorkDaysError(f"{path}：有不认识的“{name}”，可用的是 {'、'.join(_FIELDS)}。")
    rest, work = (_days(path, name, content.get(name, [])) for name in _FIELDS)
    if both := sorted(rest & work):
        days = "、".join(str(day) for day in both)
        raise WorkDaysError(f"{path}：{days} 同时列在 extra_rest_days 和 extra_workdays 中。")
    return published_calendar().changed(rest, work)


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise WorkDaysError(f"{path}：不合TOML语法（{error}）。") from error
    except (OSError, UnicodeDecodeError) as error:
        raise WorkDaysError(f"工作日文件 {path} 无法读取：{error}。") from error


def _days(path: Path, name: str, values: object) -> frozenset[date]:
    if not isinstance(values, list):
        raise WorkDaysError(f"{path}：{name} 应是日期的列表，如 [2020-01-31]。")
    for value in values:
        # a datetime is a date too, in Python
        if not isinstance(value, date) or isinstance(value, datetime):
            raise WorkDaysError(f"{path}：{name} 中的 {value} 不是日期，应写成 2020-01-31 的形式，不加引号。")
    if len(set(values)) < len(values):
        raise WorkDaysError(f"{path}：{name} 中有重复的日期。")
    return frozenset(values)
