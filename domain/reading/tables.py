"""Tables of tasks, as Markdown pipes or cells parted by tabs: a row says who finishes what by when."""

from __future__ import annotations

import re
from dataclasses import dataclass

_CELL = re.compile(r"[|\t]")
_RULE = re.compile(r"[\s:|-]{3,}")
_OWNER = re.compile(r"(?:责任|牵头|主办|承办|负责|实施|落实|完成)(?:单位|部门|处室|科室|人|主体)")
_DUE = re.compile(
    r"(?:完成|整改|办结|落实|时间|工作)?(?:时限|期限)(?:要求)?|完成(?:时间|日期)|时间(?:节点|要求|安排)|截止(?:时间|日期)"
)
_TASK = re.compile(r"任务|内容|事项|措施|项目|举措|要求|工作|目标")
_SERIAL = re.compile(r"\|?\s*\d{1,3}\s*[|\t]\s*")


@dataclass(frozen=True, slots=True)
class Columns:
    """Which cells of a row name the owner and the due day, and which the task."""

    width: int
    owner: int
    due: int
    tasks: tuple[int, ...]


def is_row(line: str) -> bool:
    """Whether a line is a row of a table."""
    return "\t" in line.strip() or line.lstrip().startswith("|")


def row_text(line: str) -> str:
    """A row without its serial number and the rules at its ends; '' for a rule under a head."""
    bare = line.strip()
    return "" if _RULE.fullmatch(bare) else _SERIAL.sub("", bare, count=1).strip("| \t")


def cells_of(line: str) -> list[str]:
    """The cells of a row."""
    return [cell.strip() for cell in _CELL.split(line.strip().strip("|"))]


def columns_of(line: str) -> Columns | None:
    """The columns that the head of a table of tasks names; None for any other row."""
    heads = cells_of(line)
    owners = [index for index, head in enumerate(heads) if _OWNER.fullmatch(head)]
    dues = [index for index, head in enumerate(heads) if _DUE.fullmatch(head)]
    tasks = tuple(index for index, head in enumerate(heads) if _TASK.search(head) and index not in (*owners, *dues))
    return Columns(len(heads), owners[0], dues[0], tasks) if owners and dues and tasks else None


def as_prose(line: str, columns: Columns) -> str | None:
    """What a row says, as a sentence with a tag; None where cells are missing or the day is."""
    cells = cells_of(line)
    cells += [""] * (columns.width - len(cells))  # an empty cell at the end of a line is but a blank
    if len(cells) != columns.width or not cells[columns.due] or not any(cells[index] for index in columns.tasks):
        return None
    task = "，".join(cells[index] for index in columns.tasks if cells[index])
    return f"{task}（责任单位：{cells[columns.owner]}；完成时限：{cells[columns.due]}）"
