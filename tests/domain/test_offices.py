"""Who stands above whom, and whom a rung's audience means."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime

import pytest

from domain.offices import Audience, Contact, Office, Recipient, Role, Roster, Tier, normal_name


def contact(role: Role, code: str) -> Contact:
    return Contact(role=role, address=f"{role}.{code}@example.org", officer="某人")


def office(code: str, superior: str | None, *roles: Role, tier: Tier = Tier.COUNTY, name: str = "") -> Office:
    return Office(
        code=code,
        name=name or f"单位{code}",
        tier=tier,
        superior=superior,
        contacts=tuple(contact(role, code) for role in roles),
    )


NOW = datetime(2020, 4, 3, 1, tzinfo=UTC)
OPERATORS = (Contact(role=Role.OFFICE, address="operators@example.org"),)
STATE = office("0", None, Role.OFFICER, Role.HEAD, tier=Tier.STATE_COUNCIL, name="国务院扶贫办")
PROVINCE = office("23", "0", Role.OFFICER, Role.HEAD, Role.DUTY, tier=Tier.PROVINCE, name="省扶贫办")
CITY = office("2301", "23", Role.OFFICER, Role.HEAD, Role.DUTY, tier=Tier.PREFECTURE, name="哈尔滨市")
COUNTY = office("230102", "2301", Role.OFFICER, Role.HEAD, name="道里区")


def roster(*offices: Office, operators: tuple[Contact, ...] = OPERATORS) -> Roster:
    """The four offices of the chain, with `offices` added or put in the place of those with their codes."""
    whole = {each.code: each for each in (STATE, PROVINCE, CITY, COUNTY, *offices)}
    return Roster.of(whole.values(), "23", operators)


def addresses(recipient: Recipient) -> list[str]:
    return [each.address for each in recipient.contacts]


def without_contacts(each: Office) -> Office:
    return dataclasses.replace(each, contacts=())


def codes(offices: list[Office]) -> list[str]:
    return [each.code for each in offices]


# --- the tree


def test_it_climbs_from_the_nearest_superior_to_the_top() -> None:
    assert codes(roster().path_up("230102")) == ["2301", "23", "0"]
    assert roster().path_up("0") == []


def test_it_passes_over_an_inactive_superior_and_keeps_its_counties() -> None:
    closed = roster(dataclasses.replace(CITY, active=False))
    assert codes(closed.path_up("230102")) == ["23", "0"]
    assert codes(closed.directly_below("23")) == ["230102"]
    assert closed.inside == {"23", "230102"}


def test_it_lists_everybody_below_nearest_first() -> None:
    wider = roster(office("2302", "23", tier=Tier.PREFECTURE), office("230202", "2302"))
    assert codes(wider.below("23")) == ["2301", "2302", "230102", "230202"]
    assert wider.below("230202") == []


def test_it_holds_the_operating_office_and_all_below_it_inside() -> None:
    assert roster().inside == {"23", "2301", "230102"}


def test_it_ends_at_a_cycle_and_at_a_superior_that_is_not_there() -> None:
    broken = Roster.of([office("a", "b"), office("b", "a"), office("c", "gone")], "a")
    assert codes(broken.path_up("a")) == ["b"]
    assert codes(broken.below("a")) == ["b"]
    assert broken.path_up("c") == []


def test_it_keeps_the_order_in_which_the_offices_were_given() -> None:
    assert [each.code for each in roster()] == ["0", "23", "2301", "230102"]


# --- names


@pytest.mark.parametrize(
    ("written", "compared"),
    [
        ("各市（地）、县", "各市(地)、县"),
        (" 省 扶贫办　", "省扶贫办"),
        ("２３０１０２", "230102"),
        ("省\u200b扶贫\ufeff办", "省扶贫办"),
    ],
)
def test_it_compares_names_half_width_and_without_blanks(written: str, compared: str) -> None:
    assert normal_name(written) == compared


def test_it_finds_an_office_by_name_and_alias_in_either_width() -> None:
    named = Office(code="x", name="某市供电（集团）公司", tier=Tier.MEMBER_UNIT, aliases=("某市供电",), superior="23")
    wider = roster(named)
    assert wider.named("某市供电(集团)公司") == [named]
    assert wider.named("某市供电 ") == [named]
    assert wider.named("某市") == []


def test_it_names_no_inactive_office() -> None:
    assert roster(dataclasses.replace(COUNTY, active=False)).named("道里区") == []


def test_it_returns_every_bearer_of_a_name() -> None:
    assert len(roster(office("230403", "23", name="道里区")).named("道里区")) == 2


def test_it_names_each_tier_and_role_in_chinese() -> None:
    assert [each.label for each in Role] == ["经办人", "负责人", "值班人员", "单位邮箱"]
    assert Tier.COUNTY.label == "县（市、区）级"


# --- audiences


@pytest.mark.parametrize(
    ("audience", "to", "role", "address"),
    [
        (Audience.OFFICER, "230102", "officer", "officer.230102@example.org"),
        (Audience.HEAD, "230102", "head", "head.230102@example.org"),
        (Audience.SUPERIOR, "2301", "officer", "officer.2301@example.org"),
        (Audience.SUPERIOR_HEAD, "2301", "head", "head.2301@example.org"),
        (Audience.OPERATORS, "23", "operators", "operators@example.org"),
        (Audience.OPERATING_HEAD, "23", "head", "head.23@example.org"),
    ],
)
def test_it_sends_each_audience_where_it_says(audience: Audience, to: str, role: str, address: str) -> None:
    found = roster().audience("230102", audience, NOW)
    assert (found.office, found.role, addresses(found), found.fallback) == (to, role, [address], "")


def test_it_sends_duty_to_the_duty_desk() -> None:
    found = roster().audience("2301", Audience.DUTY, NOW)
    assert (found.office, found.role, addresses(found)) == ("2301", "duty", ["duty.2301@example.org"])


def test_it_reaches_every_officer_of_an_office() -> None:
    two = dataclasses.replace(
        COUNTY, contacts=(*COUNTY.contacts, Contact(role=Role.OFFICER, address="second@example.org"))
    )
    assert len(roster(two).audience("230102", Audience.OFFICER, NOW).contacts) == 2


@pytest.mark.parametrize(
    ("audience", "there", "used"),
    [
        (Audience.OFFICER, (Role.OFFICE, Role.HEAD), Role.HEAD),
        (Audience.OFFICER, (Role.DUTY, Role.OFFICE), Role.OFFICE),
        (Audience.OFFICER, (Role.DUTY,), Role.DUTY),
        (Audience.HEAD, (Role.OFFICER, Role.OFFICE), Role.OFFICE),
        (Audience.HEAD, (Role.OFFICER,), Role.OFFICER),
        (Audience.DUTY, (Role.OFFICE, Role.HEAD, Role.OFFICER), Role.OFFICER),
        (Audience.DUTY, (Role.OFFICE, Role.HEAD), Role.HEAD),
        (Audience.DUTY, (Role.OFFICE,), Role.OFFICE),
    ],
)
def test_it_falls_back_inside_the_office_and_says_so(audience: Audience, there: tuple[Role, ...], used: Role) -> None:
    found = roster(office("230102", "2301", *there, name="道里区")).audience("230102", audience, NOW)
    assert (found.office, found.role) == ("230102", audience.value), "the claim stays the audience's"
    assert [each.role for each in found.contacts] == [used]
    assert "道里区未登记" in found.fallback
    assert used.label in found.fallback


def test_it_falls_back_inside_the_superior_too() -> None:
    found = roster(office("2301", "23", Role.OFFICE, tier=Tier.PREFECTURE, name="哈尔滨市"))
    superior = found.audience("230102", Audience.SUPERIOR_HEAD, NOW)
    assert (superior.office, superior.role, addresses(superior)) == ("2301", "head", ["office.2301@example.org"])
    assert "哈尔滨市未登记负责人" in superior.fallback


@pytest.mark.parametrize("audience", [Audience.OFFICER, Audience.HEAD, Audience.DUTY])
def test_it_tells_the_superior_of_an_office_without_an_address(audience: Audience) -> None:
    found = roster(without_contacts(COUNTY)).audience("230102", audience, NOW)
    assert (found.office, found.role) == ("230102", audience.value)
    assert addresses(found) == ["officer.2301@example.org"]
    assert found.fallback == "道里区无可用地址，告知上级哈尔滨市"


def test_it_takes_an_empty_address_for_none() -> None:
    telephone_only = dataclasses.replace(COUNTY, contacts=(Contact(role=Role.OFFICER, address="", phone="0000"),))
    assert addresses(roster(telephone_only).audience("230102", Audience.OFFICER, NOW)) == ["officer.2301@example.org"]


def test_it_climbs_until_somebody_has_an_address() -> None:
    silent = roster(without_contacts(COUNTY), without_contacts(CITY))
    assert addresses(silent.audience("230102", Audience.OFFICER, NOW)) == ["officer.23@example.org"]
    superior = silent.audience("230102", Audience.SUPERIOR, NOW)
    assert (superior.office, addresses(superior)) == ("2301", ["officer.23@example.org"])


def test_it_ends_at_the_operators_and_never_climbs_outside() -> None:
    silent = roster(without_contacts(COUNTY), without_contacts(CITY), without_contacts(PROVINCE))
    for audience in Audience:
        assert addresses(silent.audience("230102", audience, NOW)) == ["operators@example.org"], audience


def test_it_says_when_there_is_no_address_at_all() -> None:
    silent = roster(without_contacts(COUNTY), without_contacts(CITY), without_contacts(PROVINCE), operators=())
    for audience in Audience:
        found = silent.audience("230102", audience, NOW)
        assert found.contacts == ()
        assert "未登记操作员" in found.fallback


def test_it_tells_the_operating_office_where_no_operator_is_registered() -> None:
    found = roster(operators=()).audience("230102", Audience.OPERATORS, NOW)
    assert (found.office, found.role, addresses(found)) == ("23", "operators", ["officer.23@example.org"])
    assert "改送运行单位" in found.fallback


# --- the rule that nothing goes outside by itself


@pytest.mark.parametrize("audience", [Audience.SUPERIOR, Audience.SUPERIOR_HEAD])
def test_it_never_reports_its_own_province_upward(audience: Audience) -> None:
    found = roster().audience("23", audience, NOW)
    assert (found.office, found.role, addresses(found)) == ("23", "head", ["head.23@example.org"])
    assert found.fallback == "国务院扶贫办不在管辖范围内，不自动发送，改送省扶贫办负责人"


@pytest.mark.parametrize("audience", [Audience.OFFICER, Audience.HEAD, Audience.DUTY, Audience.SUPERIOR])
def test_it_never_addresses_an_outside_office(audience: Audience) -> None:
    found = roster().audience("0", audience, NOW)
    assert (found.office, found.role, addresses(found)) == ("23", "head", ["head.23@example.org"])
    assert found.fallback


def test_it_never_addresses_another_branch_of_the_tree() -> None:
    found = roster(office("22", "0", Role.OFFICER, tier=Tier.PROVINCE)).audience("22", Audience.OFFICER, NOW)
    assert addresses(found) == ["head.23@example.org"]


def test_it_sends_no_audience_of_any_office_outside() -> None:
    everything = roster(without_contacts(CITY), office("22", "0", Role.OFFICER, tier=Tier.PROVINCE))
    allowed = {"operators@example.org"} | {
        each.address for code in everything.inside for each in everything[code].contacts
    }
    for code in everything.offices:
        for audience in Audience:
            assert set(addresses(everything.audience(code, audience, NOW))) <= allowed


def test_it_redirects_to_whoever_stands_in_for_the_head() -> None:
    found = roster(office("23", "0", Role.OFFICE, tier=Tier.PROVINCE, name="省扶贫办")).audience(
        "23", Audience.SUPERIOR, NOW
    )
    assert (found.role, addresses(found)) == ("head", ["office.23@example.org"])
    assert "未登记负责人" in found.fallback


def test_it_knows_an_operating_office_at_the_top() -> None:
    alone = Roster.of([dataclasses.replace(PROVINCE, superior=None), CITY], "23", OPERATORS)
    found = alone.audience("23", Audience.SUPERIOR, NOW)
    assert (found.office, addresses(found)) == ("23", ["head.23@example.org"])
    assert found.fallback.startswith("省扶贫办没有上级单位")


# --- inactive offices


def test_it_tells_the_superior_of_an_inactive_office() -> None:
    found = roster(dataclasses.replace(COUNTY, active=False)).audience("230102", Audience.OFFICER, NOW)
    assert (found.office, addresses(found)) == ("230102", ["officer.2301@example.org"])
    assert found.fallback == "道里区已停用，告知上级哈尔滨市"


def test_it_skips_an_inactive_superior() -> None:
    found = roster(dataclasses.replace(CITY, active=False)).audience("230102", Audience.SUPERIOR, NOW)
    assert (found.office, addresses(found)) == ("23", ["officer.23@example.org"])


def test_it_takes_a_code_that_is_not_in_the_roster_for_a_mistake() -> None:
    with pytest.raises(KeyError):
        roster().audience("999999", Audience.OFFICER, NOW)
