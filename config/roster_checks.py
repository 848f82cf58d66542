"""What can be wrong in a roster table, each mistake named with its line, its column and what would be right."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from domain.errors import Refused
from domain.offices import Role, Tier, normal_name

#: How many mistakes a message spells out.
_SHOWN = 20
_CODE = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,31}")
_DIVISION = re.compile(r"[0-9]{6}")
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_DOMAIN = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])")
_PHONE = re.compile(r"[+0-9（(][0-9（）()\-—转 ]{4,}")
_RANK = {Tier.STATE_COUNCIL: 0, Tier.PROVINCE: 1, Tier.PREFECTURE: 2, Tier.COUNTY: 3, Tier.MEMBER_UNIT: 4}
#: The columns in which the rows of one office must agree, and their Chinese names.
_OF_THE_OFFICE = {
    "name": "单位名称",
    "aliases": "别名",
    "tier": "层级",
    "superior": "上级单位代码",
    "division_code": "行政区划代码",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake: the line (0: the whole file), the column in Chinese, what is wrong and what would be right."""

    line: int
    column: str
    wrong: str
    right: str

    def __str__(self) -> str:
        where = f"第{self.line}行" if self.line else ""
        where += f"“{self.column}”" if self.column else ""
        return f"{where}{'：' if where else ''}{self.wrong}；{self.right}。"


class RosterError(Refused):
    """The table cannot be taken as a roster; the message is in Chinese, one mistake a line."""

    def __init__(self, filename: str, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda each: each.line))
        shown = "\n".join(str(each) for each in self.problems[:_SHOWN])
        more = len(self.problems) - _SHOWN
        rest = f"\n……还有{more}处错误未列出。" if more > 0 else ""
        super().__init__(f"名录“{filename}”有{len(self.problems)}处错误，未导入：\n{shown}{rest}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row as written; `tier` and `role` are None where their words are not known."""

    line: int
    code: str
    name: str
    aliases: tuple[str, ...]
    tier_word: str
    tier: Tier | None
    superior: str
    division_code: str
    officer: str
    role_word: str
    role: Role | None
    address: str
    phone: str

    @property
    def names(self) -> tuple[str, ...]:
        """Name and aliases as they are compared."""
        return tuple(dict.fromkeys(normal_name(each) for each in (self.name, *self.aliases) if each))


def check_rows(rows: Sequence[Row]) -> Iterator[Problem]:
    """Every mistake in the rows, each by itself and all together."""
    for row in rows:
        yield from _check_office(row)
        yield from _check_contact(row)
    first: dict[str, Row] = {}
    for row in filter(lambda each: each.code, rows):
        first.setdefault(row.code, row)
    yield from _check_agreement(rows, first)
    yield from _check_contacts_once(rows)
    yield from _check_superiors(first)
    yield from _check_names(first)


def _check_office(row: Row) -> Iterator[Problem]:
    if not row.code:
        yield Problem(row.line, "单位代码", "是空的", "每行都应写明单位代码")
    elif not _CODE.fullmatch(row.code):
        right = "应为至多32位的字母、数字、点、横线（若被表格软件改成科学计数，请把该列设为文本）"
        yield Problem(row.line, "单位代码", f"“{row.code}”不是可用的代码", right)
    if not row.name:
        yield Problem(row.line, "单位名称", "是空的", "每行都应写明单位名称")
    if row.tier is None:
        wrong = f"“{row.tier_word}”不是已知的层级" if row.tier_word else "是空的"
        yield Problem(row.line, "层级", wrong, "应为国务院、省级、市级、县级、成员单位之一")
    if row.division_code and not _DIVISION.fullmatch(row.division_code):
        yield Problem(row.line, "行政区划代码", f"“{row.division_code}”不是六位数字", "应为六位数字，如 230102，或留空")
    for column, text in (
        ("单位名称", row.name),
        ("别名", "|".join(row.aliases)),
        ("经办人", row.officer),
        ("电话", row.phone),
    ):
        if any(unicodedata.category(each) in ("Cc", "Zl", "Zp") for each in text):
            yield Problem(row.line, column, "含有换行或控制字符", "应只写一行文字")


def _check_contact(row: Row) -> Iterator[Problem]:
    swapped = _swapped(row)
    if swapped:
        yield Problem(row.line, swapped[0], swapped[1], "疑似列错位，请核对经办人、角色、邮箱、电话四列的顺序")
        return
    if row.role is None and row.role_word:
        yield Problem(row.line, "角色", f"“{row.role_word}”不是已知的角色", "应为经办人、负责人、值班、单位之一")
    if not row.role_word and (row.officer or row.address or row.phone):
        yield Problem(row.line, "角色", "是空的", "有联系人的行应写经办人、负责人、值班、单位之一")
    if row.role_word and not (row.address or row.phone):
        yield Problem(row.line, "邮箱", "是空的", "写了角色的行应有邮箱，至少有电话；没有联系人则角色也应留空")
    if row.address:
        wrong = _wrong_address(row.address)
        if wrong:
            yield Problem(row.line, "邮箱", f"“{_printable(row.address)}”{wrong}", "应形如 name@example.org")


def _swapped(row: Row) -> tuple[str, str] | None:
    """The column and what it seems to hold instead of its own."""
    for column, cell in (("经办人", row.officer), ("角色", row.role_word), ("电话", row.phone)):
        if "@" in cell:
            return column, "写的像是邮箱"
    for column, cell in (("经办人", row.officer), ("角色", row.role_word), ("邮箱", row.address)):
        if _PHONE.fullmatch(cell):
            return column, "写的像是电话"
    return None


def _wrong_address(address: str) -> str:
    if any(unicodedata.category(each) in ("Cc", "Cf", "Zl", "Zp") or each.isspace() for each in address):
        return "含有空格、换行或控制字符"
    if address.count("@") != 1:
        return "应有且只有一个 @"
    local, domain = address.split("@")
    if not local.isascii() or not domain.isascii():
        return "含有非英文字符"
    if not domain:
        return "缺少 @ 后的域名"
    if not _DOMAIN.fullmatch(domain) or len(domain) > 253 or any(len(label) > 63 for label in domain.split(".")):
        return "的域名不正确"
    return "" if _LOCAL.fullmatch(local) and len(local) <= 64 else "的 @ 前部分不正确"


def _printable(text: str) -> str:
    """The text in one line: a message must not carry on what was smuggled into a cell."""
    return "".join(each if each.isprintable() else "�" for each in text)[:80]


def _check_agreement(rows: Iterable[Row], first: dict[str, Row]) -> Iterator[Problem]:
    for row in rows:
        reference = first.get(row.code, row)
        for field, column in _OF_THE_OFFICE.items():
            if getattr(row, field) != getattr(reference, field):
                wrong = f"与第{reference.line}行不一致（同为单位代码 {row.code}）"
                yield Problem(row.line, column, wrong, "同一单位各行的单位信息应相同")


def _check_contacts_once(rows: Iterable[Row]) -> Iterator[Problem]:
    seen: dict[tuple[str, str, str], int] = {}
    for row in rows:
        if row.code and row.role is not None:
            key = (row.code, row.role.value, row.address.lower())
            if key in seen:
                wrong = f"与第{seen[key]}行重复（同一单位、角色、邮箱）"
                yield Problem(row.line, "邮箱", wrong, "同一单位同一角色的每个邮箱应只写一行")
            seen.setdefault(key, row.line)


def _check_superiors(first: dict[str, Row]) -> Iterator[Problem]:
    for row in first.values():
        superior = first.get(row.superior)
        if row.superior and superior is None:
            yield Problem(
                row.line, "上级单位代码", f"名录中没有“{row.superior}”", "应为名录中另一单位的代码，最上级留空"
            )
        elif superior and row.tier and superior.tier and _RANK[superior.tier] > _RANK[row.tier]:
            wrong = f"上级“{superior.name}”（第{superior.line}行）的层级低于本单位"
            yield Problem(row.line, "上级单位代码", wrong, "上级的层级不应低于本单位")
    for cycle in _cycles(first):
        named = " → ".join([*cycle, cycle[0]])
        yield Problem(first[cycle[0]].line, "上级单位代码", f"上级关系成环：{named}", "最上级单位的上级单位代码应留空")


def _cycles(first: dict[str, Row]) -> Iterator[list[str]]:
    done: set[str] = set()
    for start in first:
        path: list[str] = []
        code = start
        while code in first and code not in done and code not in path:
            path.append(code)
            code = first[code].superior
        if code in path:
            yield path[path.index(code) :]
        done.update(path)


def _check_names(first: dict[str, Row]) -> Iterator[Problem]:
    """Two offices of one superior must not share a name; elsewhere the context tells them apart."""
    seen: dict[tuple[str, str], Row] = {}
    for row in first.values():
        for name in row.names:
            other = seen.setdefault((row.superior, name), row)
            if other is not row:
                wrong = f"“{name}”与第{other.line}行的单位 {other.code} 重名，二者上级相同"
                yield Problem(row.line, "单位名称" if name == normal_name(row.name) else "别名", wrong, "应能彼此区分")
