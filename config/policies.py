"""The policy file: reads terms, ladders and limits, and says in which line something is wrong."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Collection, Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from domain.documents import Urgency
from domain.errors import Refused
from domain.offices import Audience
from domain.papers import SUPERVISING, PaperKind
from domain.policies import Anchor, Ladder, PolicySet, Rung, Term, Unit
from domain.statuses import ObligationKind
from domain.urgent import LONGEST_HOP, Severity

DEFAULT_FILE = Path(__file__).with_name("policies.toml")

_URGENCIES, _SEVERITIES = tuple(Urgency), tuple(Severity)
_HOP_KINDS = (ObligationKind.RESPOND, ObligationKind.PASS_ON)
_URGENT_KINDS = (*_HOP_KINDS, ObligationKind.FOLLOW_UP)
_LADDER_GRADES: Mapping[str, tuple[str, ...]] = {
    kind: _SEVERITIES if kind in _URGENT_KINDS else _URGENCIES for kind in ObligationKind
}
#: Reports and completions have no term here: their circular sets it; follow-ups are due at stated hours. A decision's
#: term is by what is decided.
_TERM_GRADES: Mapping[str, tuple[str, ...]] = {
    ObligationKind.RECEIPT: _URGENCIES,
    ObligationKind.FORWARD: _URGENCIES,
    ObligationKind.DECIDE: ("review", "extension", "contest"),
    ObligationKind.RESPOND: _SEVERITIES,
    ObligationKind.PASS_ON: _SEVERITIES,
}
#: Each limit and the grades it must be given for; "" stands for the value that holds for all.
_LIMITS: Mapping[str, tuple[str, ...]] = {
    "wait_minutes": ("",),
    "return_workdays": ("",),
    "contest_workdays": ("",),
    "extension_count": ("",),
    "extension_days": ("",),
    "acknowledge_workdays": (Urgency.ROUTINE,),
    "acknowledge_working_hours": (Urgency.URGENT, Urgency.EXTRA_URGENT),
    "reminder_cooldown_working_hours": (Urgency.ROUTINE, Urgency.URGENT),
    "reminder_cooldown_minutes": (Urgency.EXTRA_URGENT, *_SEVERITIES),
    "reminder_cap": ("",),
    "undated_days": _URGENCIES,
    "telephone_minutes": _SEVERITIES[:3],
    "written_minutes": _SEVERITIES,
    "state_council_minutes": _SEVERITIES[:2],
    "state_council_latest_minutes": _SEVERITIES[:2],
    "follow_up_morning_hour": _SEVERITIES[:3],
    "follow_up_evening_hour": _SEVERITIES,
}
#: Where 0 would make no sense: a term that ends as it begins, a report due before the telephone rings.
_AT_LEAST_ONE = (
    "return_workdays", "contest_workdays", "undated_days", "telephone_minutes", "written_minutes",
    "state_council_minutes", "state_council_latest_minutes",
)  # fmt: skip
_MINUTES_OF_A_HOP = int(LONGEST_HOP.total_seconds()) // 60
#: What no severity may exceed, and how the message says so.
_CEILINGS: Mapping[str, tuple[int, str]] = {
    "telephone_minutes": (_MINUTES_OF_A_HOP, "分钟：每级上报不得超过2小时"),
    "written_minutes": (_MINUTES_OF_A_HOP, "分钟：每级上报不得超过2小时"),
    "state_council_minutes": (_MINUTES_OF_A_HOP, "分钟：每级上报不得超过2小时"),
    "follow_up_morning_hour": (23, "时：每日续报的钟点"),
    "follow_up_evening_hour": (23, "时：每日续报的钟点"),
}
_RUNG_FIELDS = (
    "name", "anchor", "offset", "unit", "to", "every_days", "times", "call_list", "next_level", "half_way", "draft",
    "source",
)  # fmt: skip
_AT_LINE = re.compile(r"at line (\d+)")

Choice = TypeVar("Choice", bound=StrEnum)
Made = TypeVar("Made")


class PolicyError(Refused):
    """The policy file cannot be used; the message is in Chinese and names the file and the line."""


def load_policies(path: Path | None = None) -> PolicySet:
    """Read and check a policy file, the one that comes with Duban for None; raises PolicyError."""
    path = path or DEFAULT_FILE
    try:
        text = path.read_text(encoding="utf-8")
        return _File(path, text).policies(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        found = _AT_LINE.search(str(error))
        line = int(found[1]) if found else len(text.splitlines())
        raise PolicyError(f"{path} 第{line}行：不合TOML语法（{error}）。") from error
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyError(f"策略文件 {path} 无法读取：{error}。") from error


class _File:
    """One policy file and where in it things stand."""

    def __init__(self, path: Path, text: str) -> None:
        self.path, self.lines = path, text.splitlines()

    def policies(self, content: dict[str, Any]) -> PolicySet:
        whole = _Table(self, content, 1, len(self.lines), "策略文件")
        whole.knows("terms", "ladders", "limits")
        terms = self._by_key(self._tables(content, "terms"), _TERM_GRADES, "时限", _term)
        ladders = self._by_key(self._tables(content, "ladders"), _LADDER_GRADES, "梯级", _ladder)
        return PolicySet(terms, ladders, self._limits(content))

    def refuse(self, line: int, words: str) -> NoReturn:
        raise PolicyError(f"{self.path} 第{line}行：{words}。")

    def matching(self, pattern: str, begin: int, end: int) -> list[int]:
        """The numbers of the lines from `begin` to before `end` that begin with the pattern."""
        return [at for at in range(begin, min(end, len(self.lines) + 1)) if re.match(pattern, self.lines[at - 1])]

    def _tables(self, content: Mapping[str, Any], name: str) -> Iterator[_Table]:
        tables = content.get(name, [])
        headers = self.matching(rf"\s*\[\[\s*{name}\s*\]\]", 1, len(self.lines) + 1)
        if not isinstance(tables, list) or len(tables) != len(headers):
            first = self.matching(rf"\s*\[*\s*{name}\b", 1, len(self.lines) + 1)
            self.refuse(first[0] if first else 1, f"每一项{name}应以 [[{name}]] 起头")
        for values, begin in zip(tables, headers, strict=True):
            ends = self.matching(r"\s*\[", begin + 1, len(self.lines) + 1)
            yield _Table(self, values, begin, ends[0] if ends else len(self.lines) + 1, f"[[{name}]]")

    def _by_key(
        self, tables: Iterator[_Table], grades: Mapping[str, tuple[str, ...]], what: str,
        make: Callable[[_Table], Made],
    ) -> dict[tuple[str, str], Made]:  # fmt: skip
        """What each table gives, for each kind and grade it names; each must be given exactly once."""
        found: dict[tuple[str, str], Made] = {}
        for table in tables:
            made = make(table)
            for kind in table.words("kinds", grades) if "kinds" in table.values else [table.word("kind", grades)]:
                for grade in table.words("grades", grades[kind]):
                    if (kind, grade) in found:
                        table.refuse(f"{kind} 的 {grade} {what}重复", "grades")
                    found[kind, grade] = made
        for kind, each in grades.items():
            if missing := [grade for grade in each if (kind, grade) not in found]:
                self.refuse(len(self.lines), f"缺少 {kind} 的{what}：{'、'.join(missing)}")
        return found

    def _limits(self, content: Mapping[str, Any]) -> dict[str, int]:
        header = (self.matching(r"\s*\[\s*limits\s*\]", 1, len(self.lines) + 1) or [len(self.lines)])[0]
        whole = _Table(self, content.get("limits", {}), header, len(self.lines) + 1, "[limits]")
        whole.knows(*_LIMITS)
        limits: dict[str, int] = {}
        for name, values in whole.values.items():
            at = whole.line_of(name)
            one = _Table(self, values, at, at + 1, f"限额 {name}")
            one.knows("value", "source", *_URGENCIES, *_SEVERITIES)
            one.text("source")
            least = 1 if name in _AT_LEAST_ONE else 0
            own = {
                f"{name}.{key}" if key != "value" else name: one.number(key, least=least)
                for key in values
                if key != "source"
            }
            ceiling, words = _CEILINGS.get(name, (None, ""))
            if ceiling is not None and max(own.values(), default=0) > ceiling:
                one.refuse(f"不得超过{ceiling}{words}")
            limits |= own
        for name, grades in _LIMITS.items():
            missing = [grade for grade in grades if name not in limits and f"{name}.{grade}" not in limits]
            if missing:
                words = f"限额 {name} 缺少 {'、'.join(grade or 'value' for grade in missing)}"
                self.refuse(whole.line_of(name), words)
        return limits


class _Table:
    """One table of the file, read field by field; each complaint names the line of the field."""

    def __init__(self, file: _File, values: object, begin: int, end: int, label: str) -> None:
        self.file, self.begin, self.end, self.label = file, begin, end, label
        if not isinstance(values, dict):
            file.refuse(begin, f"{label} 应是一组“名称 = 值”")
        self.values: dict[str, Any] = values

    def line_of(self, key: str) -> int:
        return next(iter(self.file.matching(rf"\s*\"?{re.escape(key)}\"?\s*=", self.begin, self.end)), self.begin)

    def refuse(self, words: str, key: str = "") -> NoReturn:
        self.file.refuse(self.line_of(key) if key else self.begin, f"{self.label} {words}")

    def knows(self, *keys: str) -> None:
        for key in self.values:
            if key not in keys:
                self.refuse(f"有不认识的“{key}”，可用的是 {'、'.join(keys)}", key)

    def text(self, key: str) -> str:
        value = self.values.get(key)
        if not isinstance(value, str) or not value.strip():
            self.refuse(f"要写明 {key}（文字）", key)
        return value

    def number(self, key: str, *, least: int = 0) -> int:
        value = self.values.get(key)
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            self.refuse(f"的 {key} 应是整数" + (f"，且不小于{least}" if least > -10_000 else ""), key)
        return value

    def flag(self, key: str) -> bool:
        value = self.values.get(key, False)
        if not isinstance(value, bool):
            self.refuse(f"的 {key} 应是 true 或 false", key)
        return value

    def word(self, key: str, allowed: Collection[str]) -> str:
        value = self.values.get(key)
        if not isinstance(value, str) or value not in allowed:
            self.refuse(f"的 {key} 应是 {'、'.join(allowed)} 之一", key)
        return str(value)

    def words(self, key: str, allowed: Collection[str]) -> list[str]:
        value = self.values.get(key)
        if not isinstance(value, list) or not value or not all(isinstance(each, str) for each in value):
            self.refuse(f'的 {key} 应是列表，如 ["{next(iter(allowed))}"]', key)
        if wrong := [each for each in value if each not in allowed]:
            self.refuse(f"的 {key} 不能是 {'、'.join(wrong)}，可用的是 {'、'.join(allowed)}", key)
        return [str(each) for each in value]

    def choice(self, key: str, choices: type[Choice]) -> Choice:
        return choices(self.word(key, tuple(choices)))


def _term(table: _Table) -> Term:
    table.knows("kind", "kinds", "grades", "amount", "unit", "source")
    try:
        term = Term(table.number("amount"), table.choice("unit", Unit), table.text("source"))
    except PolicyError:
        raise
    except ValueError as error:
        table.refuse(str(error), "amount")
    kinds = table.values.get("kinds", [table.values.get("kind")])
    if isinstance(kinds, list) and set(_HOP_KINDS) & set(kinds):
        if term.unit is not Unit.MINUTES:
            table.refuse("紧急信息的时限只能以分钟（minutes）计：任何时间都在走", "unit")
        if term.amount > _MINUTES_OF_A_HOP:
            table.refuse(f"紧急信息每级不得超过{_MINUTES_OF_A_HOP}分钟（国务院令第493号第十一条）", "amount")
    return term


def _ladder(table: _Table) -> Ladder:
    table.knows("kind", "kinds", "grades", "rungs", "source")
    source, rungs = table.text("source"), table.values.get("rungs")
    if not isinstance(rungs, list) or not rungs:
        table.refuse("的 rungs 应是梯级的列表", "rungs")
    lines = table.file.matching(r"\s*\{", table.begin, table.end)
    if len(lines) != len(rungs):  # not one rung a line: name the list
        lines = [table.line_of("rungs")] * len(rungs)
    steps = [_Table(table.file, values, at, at + 1, "梯级") for values, at in zip(rungs, lines, strict=True)]
    made = [_rung(step, source) for step in steps]
    try:
        return Ladder(tuple(made))
    except ValueError as error:
        table.refuse(str(error), "rungs")


def _rung(table: _Table, source: str) -> Rung:
    table.knows(*_RUNG_FIELDS)
    try:
        return Rung(
            name=table.text("name"),
            anchor=table.choice("anchor", Anchor),
            offset=table.number("offset", least=-10_000),
            unit=table.choice("unit", Unit),
            audiences=tuple(Audience(each) for each in table.words("to", tuple(Audience))),
            every_days=table.number("every_days", least=1) if "every_days" in table.values else None,
            times=table.number("times", least=1) if "times" in table.values else 1,
            call_list=table.flag("call_list"),
            next_level=table.flag("next_level"),
            half_way=table.flag("half_way"),
            draft=PaperKind(table.word("draft", SUPERVISING)) if "draft" in table.values else None,
            source=table.text("source") if "source" in table.values else source,
        )
    except PolicyError:
        raise
    except ValueError as error:
        table.refuse(str(error))
