"""The roster as a table (CSV): read with every mistake named, written, and a template to start from."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import cast

from config.roster_checks import Problem, RosterError, Row, check_rows
from domain.offices import Contact, Office, Role, Tier, normal_name

__all__ = ["COLUMNS", "RosterError", "read_roster", "roster_as_csv", "template"]

#: The columns, in the order in which they are written, and their Chinese names.
COLUMNS = {
    "code": "单位代码",
    "name": "单位名称",
    "aliases": "别名",
    "tier": "层级",
    "superior": "上级单位代码",
    "division_code": "行政区划代码",
    "officer": "经办人",
    "role": "角色",
    "address": "邮箱",
    "phone": "电话",
}
_COLUMN_OF = {chinese: english for english, chinese in COLUMNS.items()} | {english: english for english in COLUMNS}
_TIER_WORDS = {
    Tier.STATE_COUNCIL: "国务院",
    Tier.PROVINCE: "省级",
    Tier.PREFECTURE: "市级",
    Tier.COUNTY: "县级",
    Tier.MEMBER_UNIT: "成员单位",
}
_ROLE_WORDS = {Role.OFFICER: "经办人", Role.HEAD: "负责人", Role.DUTY: "值班", Role.OFFICE: "单位"}
_ALIAS_MARK = re.compile(r"[|｜]")
#: What a spreadsheet would take for a formula: written with an apostrophe before it, which reading takes off again.
_FORMULA = ("=", "+", "-", "@")


def read_roster(data: bytes, filename: str) -> tuple[Office, ...]:
    """Read a roster table (CSV in UTF-8 or GB18030, one row per contact, English or Chinese words).

    Offices come in the order in which they first appear. Raises RosterError, which names every mistake.
    """
    text = _decoded(data, filename)
    columns, records = _table(text, filename)
    problems: list[Problem] = []
    rows = [row for row in (_row(*record, columns, problems) for record in records) if row is not None]
    if not rows and not problems:
        problems.append(Problem(1, "", "名录没有任何单位", "表头之下应每行写一个联系人"))
    problems += check_rows(rows)
    if problems:
        raise RosterError(filename, problems)
    return _offices(rows)


def roster_as_csv(offices: Iterable[Office]) -> str:
    """The table of these offices, with Chinese header and words; an office without contacts gets one row."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS.values())
    for office in offices:
        own = [
            office.code,
            office.name,
            "|".join(office.aliases),
            _TIER_WORDS[office.tier],
            office.superior or "",
            office.division_code,
        ]
        for contact in office.contacts or (None,):
            person = (
                [contact.officer, _ROLE_WORDS[contact.role], contact.address, contact.phone] if contact else [""] * 4
            )
            writer.writerow([_harmless(cell) for cell in (*own, *person)])
    return out.getvalue()


def template() -> str:
    """A small roster to start from: a province, a prefecture and a member unit at example.org."""
    return roster_as_csv(_EXAMPLE)


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


# --- bytes to cells


def _decoded(data: bytes, filename: str) -> str:
    if not data.removeprefix(b"\xef\xbb\xbf").strip():
        raise RosterError(filename, [Problem(0, "", "文件是空的", "可用 duban roster template 取得模板")])
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise RosterError(filename, [Problem(0, "", "这是 Excel 工作簿", "请另存为“CSV UTF-8（逗号分隔）”")])
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise RosterError(filename, [Problem(0, "", "文件是 UTF-16 编码", "请另存为“CSV UTF-8（逗号分隔）”")])
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue  # the next encoding; what none of them reads is refused below
        # a stray control character further down is left to the check of its cell, which can name the line
        if "\0" not in text and not any(map(_is_control, "".join(text.strip().splitlines()[:1]))):
            return text
    raise RosterError(filename, [Problem(0, "", "不是文本文件", "应为 UTF-8 或 GB18030 编码的 CSV")])


def _is_control(character: str) -> bool:
    return unicodedata.category(character) == "Cc" and character != "\t"


def _table(text: str, filename: str) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """The columns in English, and the rows, each with the number of its first line."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    records: list[tuple[int, list[str]]] = []
    before = 0
    try:
        for cells in reader:
            # a quoted cell may run over several lines: the record is named by its first
            records.append((before + 1, [_cell(each) for each in cells]))
            before = reader.line_num
    except csv.Error:
        problem = Problem(before + 1, "", "不是正确的 CSV", "引号应成对，单元格内的引号应写两个")
        raise RosterError(filename, [problem]) from None
    records = [(line, cells) for line, cells in records if any(cells)]
    if not records:
        raise RosterError(filename, [Problem(0, "", "文件是空的", "可用 duban roster template 取得模板")])
    line, header = records[0]
    columns = [_COLUMN_OF.get(normal_name(cell).lower(), cell) for cell in header]
    problems = list(_header_problems(line, header, columns))
    if problems:
        raise RosterError(filename, problems)
    return columns, records[1:]


def _cell(text: str) -> str:
    cell = text.strip().strip("\ufeff\u200b").strip()
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA) else cell


def _header_problems(line: int, header: list[str], columns: list[str]) -> Iterator[Problem]:
    missing = [name for name in COLUMNS if name not in columns]
    if missing:
        named = "、".join(f"{COLUMNS[name]}（{name}）" for name in missing)
        apart = "；各列应以逗号分隔" if len(header) == 1 else ""
        yield Problem(line, "", f"缺少列：{named}", f"首行应为 {','.join(COLUMNS.values())}{apart}")
    for name, chinese in COLUMNS.items():
        if columns.count(name) > 1:
            yield Problem(line, chinese, "这一列出现了两次", "每列只应出现一次")


# --- cells to offices


def _row(line: int, cells: list[str], columns: list[str], problems: list[Problem]) -> Row | None:
    """The row, None if its cells do not fit the header: then nothing in it can be trusted."""
    if len(cells) > len(columns) and not any(cells[len(columns) :]):
        cells = cells[: len(columns)]
    if len(cells) != len(columns):
        problems.append(Problem(line, "", f"有{len(cells)}列", f"应与表头一样是{len(columns)}列"))
        return None
    found = dict(zip(columns, cells, strict=True))
    narrow = {name: normal_name(found[name]) for name in ("code", "superior", "division_code")}
    return Row(
        line=line,
        code=narrow["code"],
        name=found["name"],
        aliases=tuple(dict.fromkeys(filter(None, (each.strip() for each in _ALIAS_MARK.split(found["aliases"]))))),
        tier_word=found["tier"],
        tier=_tier(found["tier"]),
        superior=narrow["superior"],
        division_code=narrow["division_code"],
        officer=found["officer"],
        role_word=found["role"],
        role=_role(found["role"]),
        address=found["address"],
        phone=found["phone"],
    )


def _tier(word: str) -> Tier | None:
    wanted = normal_name(word).lower()
    return next((each for each in Tier if wanted in (each, _TIER_WORDS[each], normal_name(each.label))), None)


def _role(word: str) -> Role | None:
    wanted = normal_name(word).lower()
    return next((each for each in Role if wanted in (each, _ROLE_WORDS[each], each.label)), None)


def _offices(rows: Iterable[Row]) -> tuple[Office, ...]:
    by_code: dict[str, list[Row]] = {}
    for row in rows:
        by_code.setdefault(row.code, []).append(row)
    return tuple(_office(same) for same in by_code.values())


def _office(rows: list[Row]) -> Office:
    first = rows[0]
    return Office(
        code=first.code,
        name=first.name,
        tier=cast("Tier", first.tier),  # checked before
        aliases=first.aliases,
        superior=first.superior or None,
        division_code=first.division_code,
        contacts=tuple(
            Contact(role=row.role, address=row.address, officer=row.officer, phone=row.phone)
            for row in rows
            if row.role is not None
        ),
    )


_EXAMPLE = (
    Office(
        code="230000",
        name="某某省扶贫开发领导小组办公室",
        tier=Tier.PROVINCE,
        aliases=("省扶贫办", "某某省扶贫开发领导小组"),
        division_code="230000",
        contacts=(
            Contact(role=Role.OFFICER, address="officer.230000@example.org", officer="张三", phone="0000-0000001"),
            Contact(role=Role.HEAD, address="head.230000@example.org", officer="李四", phone="0000-0000002"),
        ),
    ),
    Office(
        code="230100",
        name="某某市扶贫开发领导小组办公室",
        tier=Tier.PREFECTURE,
        aliases=("某某市", "某某市扶贫办"),
        superior="230000",
        division_code="230100",
        contacts=(Contact(role=Role.OFFICER, address="officer.230100@example.org", officer="王五"),),
    ),
    Office(
        code="230000-01",
        name="某某省教育厅",
        tier=Tier.MEMBER_UNIT,
        aliases=("省教育厅",),
        superior="230000",
        contacts=(Contact(role=Role.OFFICE, address="office.230000-01@example.org"),),
    ),
)
