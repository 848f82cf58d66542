"""A made-up province for a play: one office per division, with an officer and a head each, as a roster file."""

from __future__ import annotations

from collections.abc import Iterator

from domain.offices import Tier
from simulation.script import GeneratedRoster

_HEADER = "单位代码,单位名称,别名,层级,上级单位代码,行政区划代码,经办人,角色,邮箱,电话"


def generated_roster(wanted: GeneratedRoster, operating: str) -> bytes:
    """Return the roster: the province bears the code `operating`, counties are shared out among the prefectures."""
    lines = [_HEADER, *_offices(wanted, operating)]
    return ("\n".join(lines) + "\n").encode()


def _offices(wanted: GeneratedRoster, operating: str) -> Iterator[str]:
    yield from _contacts(operating, "模拟省人民政府办公厅", "模拟省|省政府办公厅", Tier.PROVINCE, "")
    for number in range(1, wanted.prefectures + 1):
        code, name = f"{operating}-{number:03}", f"第{number:03}市"
        yield from _contacts(code, f"{name}人民政府办公室", name, Tier.PREFECTURE, operating)
    for number in range(wanted.counties):
        prefecture = number % wanted.prefectures + 1
        county = number // wanted.prefectures + 1
        code, name = f"{operating}-{prefecture:03}-{county:04}", f"第{prefecture:03}市第{county:04}县"
        yield from _contacts(code, f"{name}人民政府办公室", name, Tier.COUNTY, f"{operating}-{prefecture:03}")
    for number in range(1, wanted.member_units + 1):
        yield from _contacts(f"{operating}-M{number:03}", f"省直第{number:03}厅", "", Tier.MEMBER_UNIT, operating)


def _contacts(code: str, name: str, aliases: str, tier: Tier, superior: str) -> Iterator[str]:
    for role, label in (("officer", "经办人"), ("head", "负责人"), ("duty", "值班")):
        if role == "duty" and tier is Tier.COUNTY:
            continue
        yield f"{code},{name},{aliases},{tier.label},{superior},,{code}{label},{label},{role}.{code}@example.org,"
