"""The roster that the project ships: whole, harmless, and fit for the circulars beside it."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from config.rosters import read_roster, roster_as_csv
from domain.chain import owes_forward, resolve_addressees, resolve_name, responsible_offices
from domain.offices import Audience, Office, Role, Roster, Tier

CSV = Path(__file__).resolve().parents[2] / "examples" / "heilongjiang-2020.csv"
OFFICES = read_roster(CSV.read_bytes(), CSV.name)
ROSTER = Roster.of(OFFICES, "230000")
NOW = datetime(2020, 4, 3, 1, tzinfo=UTC)
ADDRESSEES = ("各市（地）、县（市、区）扶贫开发领导小组", "省扶贫开发领导小组成员单位")
UPSTREAM = ("各省、自治区、直辖市和新疆生产建设兵团扶贫开发领导小组", "国务院扶贫开发领导小组成员单位")


def of_tier(tier: Tier) -> list[Office]:
    return [office for office in OFFICES if office.tier is tier]


def division(office: Office) -> str:
    """The division's own name: the shortest alias of a locality without an office's words in it."""
    return min((name for name in office.aliases if "扶贫" not in name), key=len)


def test_it_holds_thirteen_prefectures_and_121_counties() -> None:
    assert len(of_tier(Tier.STATE_COUNCIL)) == 1
    assert len(of_tier(Tier.PROVINCE)) == 1
    assert len(of_tier(Tier.PREFECTURE)) == 13
    assert len(of_tier(Tier.COUNTY)) == 121
    assert 20 <= len(of_tier(Tier.MEMBER_UNIT)) <= 30


def test_it_holds_54_districts_21_cities_and_46_counties() -> None:
    kinds = Counter(division(office)[-1] for office in of_tier(Tier.COUNTY))
    assert kinds == {"区": 54, "市": 21, "县": 46}


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("230100", "哈尔滨市"),
        ("232700", "大兴安岭地区"),
        ("230110", "香坊区"),  # 230106 until 2003
        ("230717", "伊美区"),  # since 2019
        ("231183", "嫩江市"),  # a county until 2019
        ("232701", "漠河市"),  # a county (232723) until 2018
    ],
)
def test_it_holds_the_divisions_of_2020(code: str, name: str) -> None:
    assert division(ROSTER[code]) == name


def test_it_holds_no_statistics_codes_and_no_former_divisions() -> None:
    codes = {office.division_code for office in OFFICES}
    assert not codes & {"232761", "232762", "232763", "232764", "230105", "230106", "230702"}


def test_it_is_one_tree_below_the_state_council() -> None:
    assert [office.code for office in OFFICES if office.superior is None] == ["000000"]
    assert {office.code for office in ROSTER.below("000000")} == {office.code for office in OFFICES} - {"000000"}
    assert ROSTER["000000"].code not in ROSTER.inside
    for office in of_tier(Tier.COUNTY):
        assert office.superior == f"{office.code[:4]}00"
        assert [each.tier for each in ROSTER.path_up(office.code)] == [
            Tier.PREFECTURE,
            Tier.PROVINCE,
            Tier.STATE_COUNCIL,
        ]
    assert {office.superior for office in of_tier(Tier.MEMBER_UNIT)} == {"230000"}


def test_it_has_no_two_offices_of_one_name() -> None:
    assert len({office.name for office in OFFICES}) == len(OFFICES)


def test_it_holds_no_address_that_could_receive_mail() -> None:
    contacts = [contact for office in OFFICES for contact in office.contacts]
    assert all(contact.address.endswith("@example.org") for contact in contacts)
    assert all(contact.phone.startswith("0000-") for contact in contacts)
    assert len({contact.address for contact in contacts}) == len(contacts)


def test_it_names_an_officer_and_a_head_inside_and_a_duty_desk_where_reports_arrive() -> None:
    for office in (ROSTER[code] for code in ROSTER.inside):
        expected = {Role.OFFICER, Role.HEAD}
        if office.tier in (Tier.PROVINCE, Tier.PREFECTURE):
            expected.add(Role.DUTY)
        assert {contact.role for contact in office.contacts} == expected


def test_it_needs_no_fallback_for_any_office_but_the_province_itself() -> None:
    for code in ROSTER.inside - {"230000"}:
        for audience in (Audience.OFFICER, Audience.HEAD, Audience.SUPERIOR, Audience.SUPERIOR_HEAD):
            assert ROSTER.audience(code, audience, NOW).fallback == ""


def test_it_resolves_the_addressees_of_the_forwarding_circular() -> None:
    found = resolve_addressees(ADDRESSEES, ROSTER, "230000")
    assert found.unresolved == ()
    assert not any(group.outside for group in found.groups)
    localities, members = (set(group.offices) for group in found.groups)
    assert len(localities) == 13 + 121
    assert localities == {office.code for office in OFFICES if office.tier in (Tier.PREFECTURE, Tier.COUNTY)}
    assert members == {office.code for office in of_tier(Tier.MEMBER_UNIT)}
    assert set(found.codes) == ROSTER.inside - {"230000"}


def test_it_resolves_the_addressees_of_the_upstream_circular() -> None:
    found = resolve_addressees(UPSTREAM, ROSTER, "000000")
    assert found.codes == ("230000",)
    assert found.unresolved == ()
    assert all(group.outside for group in found.groups)


def test_it_resolves_the_names_in_both_circulars() -> None:
    names = {
        "黑龙江省扶贫开发领导小组办公室": "230000",
        "国务院扶贫开发领导小组": "000000",
        "国务院扶贫办": "000000",
        "省扶贫办": "230000",
    }
    found = {name: resolve_name(name, ROSTER, "230000") for name in names}
    assert {name: office.code if office else None for name, office in found.items()} == names


def test_it_lays_the_monthly_report_on_every_addressee_and_the_once_only_one_on_the_province() -> None:
    codes = resolve_addressees(ADDRESSEES, ROSTER, "230000").codes
    assert responsible_offices("各地各部门", codes, ROSTER) == (codes, False)
    assert responsible_offices("各地", ["230000"], ROSTER) == (("230000",), False)


def test_it_makes_the_province_forward_and_nobody_below() -> None:
    codes = resolve_addressees(ADDRESSEES, ROSTER, "230000").codes
    assert owes_forward("230000", ["230000"], ROSTER)
    assert not any(owes_forward(code, codes, ROSTER) for code in codes)


@pytest.mark.parametrize(
    ("near", "code"), [("230400", "230402"), ("230800", "230803"), ("230802", None), ("230000", None)]
)
def test_it_tells_the_two_districts_of_one_name_apart(near: str, code: str | None) -> None:
    found = resolve_name("向阳区", ROSTER, near)
    assert (found.code if found else None) == code


def test_it_is_written_as_the_project_writes_rosters() -> None:
    assert CSV.read_bytes().decode("utf-8-sig") == roster_as_csv(OFFICES)
