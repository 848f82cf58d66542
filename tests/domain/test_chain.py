"""Who is meant: addressees, named offices, who owes a requirement, who must forward."""

from __future__ import annotations

import dataclasses

import pytest

from domain.chain import owes_forward, resolve_addressees, resolve_name, responsible_offices
from domain.offices import Office, Roster, Tier

PARTIES = ("0", "23")


def locality(code: str, tier: Tier, superior: str, place: str, short: str = "") -> Office:
    """A poverty relief office; its aliases hold the place's own name, and the short one that others share."""
    aliases = (place, f"{place}扶贫办", *((short,) if short else ()))
    return Office(code=code, name=f"{place}扶贫开发领导小组办公室", tier=tier, aliases=aliases, superior=superior)


def unit(code: str, name: str, *aliases: str, superior: str = "23") -> Office:
    return Office(code=code, name=name, tier=Tier.MEMBER_UNIT, aliases=aliases, superior=superior)


OFFICES = (
    Office(
        code="0",
        name="国务院扶贫开发领导小组",
        tier=Tier.STATE_COUNCIL,
        aliases=("国务院扶贫办", "国务院扶贫开发领导小组办公室"),
    ),
    Office(
        code="23",
        name="黑龙江省扶贫开发领导小组办公室",
        tier=Tier.PROVINCE,
        aliases=("黑龙江省", "黑龙江省扶贫办", "黑龙江省扶贫开发领导小组", "省扶贫办"),
        superior="0",
    ),
    locality("2301", Tier.PREFECTURE, "23", "哈尔滨市"),
    locality("2304", Tier.PREFECTURE, "23", "鹤岗市"),
    locality("2308", Tier.PREFECTURE, "23", "佳木斯市"),
    locality("2327", Tier.PREFECTURE, "23", "大兴安岭地区"),
    locality("230102", Tier.COUNTY, "2301", "哈尔滨市道里区", "道里区"),
    locality("230123", Tier.COUNTY, "2301", "哈尔滨市依兰县", "依兰县"),
    locality("230183", Tier.COUNTY, "2301", "哈尔滨市尚志市", "尚志市"),
    locality("230402", Tier.COUNTY, "2304", "鹤岗市向阳区", "向阳区"),
    locality("230803", Tier.COUNTY, "2308", "佳木斯市向阳区", "向阳区"),
    locality("232721", Tier.COUNTY, "2327", "大兴安岭地区呼玛县", "呼玛县"),
    unit("m1", "黑龙江省教育厅", "省教育厅"),
    unit("m2", "黑龙江省文化和旅游厅", "省文化和旅游厅"),
    unit("m3", "中共黑龙江省委组织部", "省委组织部"),
    unit("c1", "哈尔滨市教育局", "市教育局", superior="2301"),
)
ROSTER = Roster.of(OFFICES, "23")
PREFECTURES = ("2301", "2304", "2308", "2327")
COUNTIES = ("230102", "230123", "230183", "230402", "230803", "232721")
MEMBERS = ("m1", "m2", "m3")
EVERYBODY = (*PREFECTURES, *COUNTIES, *MEMBERS)


def addressed(phrase: str, sender: str = "23") -> tuple[str, ...]:
    """The offices of a phrase that resolves without a rest."""
    found = resolve_addressees([phrase], ROSTER, sender)
    assert found.unresolved == ()
    assert [each.outside for each in found.groups] == [""]
    return found.codes


# --- addressees of the province


def test_it_resolves_the_addressees_of_the_forwarding_circular() -> None:
    found = resolve_addressees(["各市（地）、县（市、区）扶贫开发领导小组", "省扶贫开发领导小组成员单位"], ROSTER, "23")
    assert found.codes == EVERYBODY
    assert found.unresolved == ()
    assert [(each.phrase, each.offices, each.outside) for each in found.groups] == [
        ("各市（地）、县（市、区）扶贫开发领导小组", (*PREFECTURES, *COUNTIES), ""),
        ("省扶贫开发领导小组成员单位", MEMBERS, ""),
    ]


def test_it_takes_a_whole_line_of_addressees_apart() -> None:
    line = "各市（地）、县（市、区）扶贫开发领导小组，省扶贫开发领导小组成员单位："
    assert resolve_addressees([line], ROSTER, "23").codes == EVERYBODY


@pytest.mark.parametrize(
    "phrase",
    [
        "各市(地)、县(市、区)扶贫开发领导小组",
        "各市（地）、各县（市、区）人民政府",
        "各市（地）县（市、区）扶贫办",
        "各市、县（市、区）扶贫开发领导小组办公室",
        "各市（地）、县（市、区）人民政府（行署）",
        "各市、县、区党委和政府",
        "全省各市（地）、县（市、区）党委、人民政府",
        "各市县人民政府",
        "各 市（地）、\n县（市、区）扶贫开发领导小组：",
    ],
)
def test_it_resolves_prefectures_and_counties(phrase: str) -> None:
    assert addressed(phrase) == (*PREFECTURES, *COUNTIES)


@pytest.mark.parametrize(
    "phrase",
    ["各市（地）", "各市人民政府", "各市（州）人民政府", "各设区市人民政府", "各地级市人民政府", "各市（地）扶贫办"],
)
def test_it_resolves_prefectures(phrase: str) -> None:
    assert addressed(phrase) == PREFECTURES


@pytest.mark.parametrize(
    "phrase", ["各县（市、区）", "各县（市、区）人民政府", "各区、县（市）人民政府", "各县人民政府"]
)
def test_it_resolves_all_counties_below_the_province(phrase: str) -> None:
    assert addressed(phrase) == COUNTIES


def test_it_leaves_districts_to_the_city_where_only_counties_and_cities_are_named() -> None:
    assert addressed("各县（市）人民政府") == ("230123", "230183", "232721")


def test_it_resolves_districts_where_only_they_are_named() -> None:
    assert addressed("各区（新区）扶贫办", "2301") == ("230102",)


def test_it_includes_a_county_whose_kind_no_name_tells() -> None:
    bare = dataclasses.replace(ROSTER["230402"], name="向阳", aliases=())
    told = Roster.of([*(each for each in ROSTER if each.code != "230402"), bare], "23")
    assert "230402" in resolve_addressees(["各县（市）人民政府"], told, "23").codes


@pytest.mark.parametrize(
    "phrase",
    [
        "省扶贫开发领导小组成员单位",
        "省扶贫开发领导小组各成员单位",
        "各成员单位",
        "领导小组成员单位",
        "省直各部门",
        "省直各单位",
        "省（中）直各单位",
        "省政府各部门、单位",
        "各部门",
    ],
)
def test_it_resolves_member_units(phrase: str) -> None:
    assert addressed(phrase) == MEMBERS


def test_it_resolves_localities_and_member_units_in_one_phrase() -> None:
    assert addressed("各市（地）人民政府、省直各单位") == (*PREFECTURES, *MEMBERS)


# --- addressees of a prefecture, of the State Council, of others


@pytest.mark.parametrize(
    "phrase",
    ["各县（市、区）人民政府", "各区县（市）人民政府", "各县市区扶贫办", "各县、市、区扶贫办", "全市各县（市、区）"],
)
def test_it_resolves_the_counties_of_a_prefecture(phrase: str) -> None:
    assert addressed(phrase, "2301") == ("230102", "230123", "230183")


def test_it_resolves_the_member_units_of_a_prefecture() -> None:
    assert addressed("市扶贫开发领导小组成员单位", "2301") == ("c1",)
    assert addressed("市直各单位", "2301") == ("c1",)


def test_it_lets_a_member_unit_speak_to_the_localities_of_its_province() -> None:
    assert addressed("各市（地）教育局", "m1") == ("c1",)


def test_it_records_the_other_provinces_as_outside() -> None:
    phrase = "各省、自治区、直辖市和新疆生产建设兵团扶贫开发领导小组"
    found = resolve_addressees([phrase, "国务院扶贫开发领导小组成员单位"], ROSTER, "0")
    assert found.codes == ("23",)
    assert found.unresolved == ()
    assert [(each.phrase, each.offices) for each in found.groups] == [
        (phrase, ("23",)),
        ("国务院扶贫开发领导小组成员单位", ()),
    ]
    assert all("名录以外" in each.outside for each in found.groups)


@pytest.mark.parametrize(
    "phrase",
    [
        "各省、自治区、直辖市人民政府",
        "各省（自治区、直辖市）扶贫办（局）",
        "各省、市、自治区人民政府",
        "各省区市人民政府",
        "各省、自治区、直辖市、计划单列市扶贫办",
        "各省、自治区、直辖市和新疆生产建设兵团扶贫办（局）、协作办",
    ],
)
@pytest.mark.parametrize("sender", ["0", "", "ministry"])
def test_it_finds_the_operating_province_among_the_provinces(phrase: str, sender: str) -> None:
    found = resolve_addressees([phrase], ROSTER, sender)
    assert found.codes == ("23",)
    assert found.groups[0].outside


def test_it_resolves_an_organ_of_the_provinces_to_the_member_unit_that_is_it() -> None:
    found = resolve_addressees(["各省、自治区、直辖市教育厅（教委）"], ROSTER, "")
    assert found.codes == ("m1",)
    assert found.groups[0].outside


@pytest.mark.parametrize("phrase", ["国务院各部委、各直属机构", "教育部", "国家医保局", "新疆生产建设兵团", "各部委"])
def test_it_records_groups_beyond_the_roster_as_outside(phrase: str) -> None:
    found = resolve_addressees([phrase], ROSTER, "0")
    assert (found.codes, found.unresolved) == ((), ())
    assert phrase in found.groups[0].outside


def test_it_says_when_a_tier_is_named_that_the_roster_does_not_hold() -> None:
    without_counties = Roster.of([each for each in ROSTER if each.tier is not Tier.COUNTY], "23")
    found = resolve_addressees(["各市（地）、县（市、区）人民政府"], without_counties, "23")
    assert found.codes == PREFECTURES
    assert "名录中没有相应的县（市、区）级单位" in found.groups[0].outside


def test_it_records_nothing_as_outside_once_all_provinces_are_in_the_roster() -> None:
    others = [locality(f"p{number}", Tier.PROVINCE, "0", f"第{number}省") for number in range(30)]
    found = resolve_addressees(["各省、自治区、直辖市人民政府"], Roster.of([*ROSTER, *others], "23"), "0")
    assert len(found.codes) == 31
    assert found.groups[0].outside == ""


def test_it_shows_the_organ_of_a_collective_phrase_that_no_office_is() -> None:
    found = resolve_addressees(["各市（地）扶贫办、供电公司"], ROSTER, "23")
    assert (found.codes, found.unresolved) == (PREFECTURES, ("供电公司",))


def test_it_never_takes_an_organ_of_the_cities_for_one_of_the_province() -> None:
    # 教育厅 alone is the province's; behind 各县 it is each county's
    phrase = "各县（市、区）公安局、教育厅"
    assert resolve_addressees([phrase], ROSTER, "23").unresolved == (phrase,)


def test_it_parts_localities_from_the_offices_named_behind_them() -> None:
    assert addressed("各市（地）扶贫办、省教育厅") == (*PREFECTURES, "m1")


# --- addressees by name


@pytest.mark.parametrize(
    ("phrase", "codes"),
    [
        ("哈尔滨市扶贫开发领导小组办公室", ("2301",)),
        ("哈尔滨市", ("2301",)),
        ("省教育厅", ("m1",)),
        ("教育厅", ("m1",)),
        ("省文化和旅游厅", ("m2",)),
        ("哈尔滨市、鹤岗市扶贫开发领导小组", ("2301", "2304")),
        ("哈尔滨、鹤岗、佳木斯市扶贫办", ("2301", "2304", "2308")),
        ("哈尔滨市和鹤岗市扶贫办", ("2301", "2304")),
        ("省教育厅、省文化和旅游厅", ("m1", "m2")),
        ("省教育厅、文化和旅游厅，省委组织部", ("m1", "m2", "m3")),
        ("依兰县、尚志市人民政府", ("230123",)),
    ],
)
def test_it_resolves_names_also_where_they_share_an_ending(phrase: str, codes: tuple[str, ...]) -> None:
    assert resolve_addressees([phrase], ROSTER, "23").codes == codes


def test_it_shows_the_part_of_a_phrase_that_it_does_not_know() -> None:
    found = resolve_addressees(["哈尔滨市、某某市扶贫办"], ROSTER, "23")
    assert found.codes == ("2301",)
    assert found.unresolved == ("某某市扶贫办",)


@pytest.mark.parametrize(
    "phrase",
    [
        "沿黄各市人民政府",  # which ones, a person must say
        "省政府有关部门",
        "有关企业",
        "各市供电公司",
        "各市场监管局",
        "各市地震局",
        "各专项小组成员单位",
        "省防汛抗旱指挥部成员单位",
        "向阳区",  # there are two
        "各地",
        "某某公司",
    ],
)
def test_it_drops_nothing_that_it_cannot_resolve(phrase: str) -> None:
    found = resolve_addressees([phrase], ROSTER, "23")
    assert (found.codes, found.groups, found.unresolved) == ((), (), (phrase,))


def test_it_does_not_take_companies_for_offices_that_bear_only_the_name_of_their_place() -> None:
    bare = Roster.of(
        [ROSTER["23"], Office(code="1", name="哈尔滨市", tier=Tier.PREFECTURE, superior="23")],
        "23",
    )
    assert resolve_addressees(["各市发展改革委"], bare, "23").codes == ("1",)
    assert resolve_addressees(["各市供电公司"], bare, "23").unresolved == ("各市供电公司",)


def test_it_addresses_every_office_once_in_the_rosters_order() -> None:
    found = resolve_addressees(["省教育厅", "鹤岗市", "各市（地）", "哈尔滨市"], ROSTER, "23")
    assert found.codes == (*PREFECTURES, "m1")


def test_it_addresses_no_inactive_office() -> None:
    merged = Roster.of([dataclasses.replace(each, active=each.code != "2304") for each in ROSTER], "23")
    assert "2304" not in resolve_addressees(["各市（地）"], merged, "23").codes
    assert "230402" in resolve_addressees(["各县（市、区）"], merged, "23").codes


def test_it_resolves_nothing_from_nothing() -> None:
    assert resolve_addressees([], ROSTER, "23").codes == ()
    assert resolve_addressees(["", " ", "，"], ROSTER, "23").unresolved == ()


# --- names


@pytest.mark.parametrize(
    ("name", "issuer", "code"),
    [
        ("省扶贫办", "23", "23"),
        ("国务院扶贫办", "23", "0"),
        ("国务院扶贫办。", "0", "0"),
        ("我办", "23", "23"),
        ("我办", "0", "0"),
        ("我厅", "m1", "m1"),
        ("我委办公室", "2301", "2301"),
        ("本机关", "23", "23"),
        ("我们", "23", "23"),
        ("我省扶贫办", "23", "23"),
        ("市扶贫办", "2301", "2301"),
        ("市扶贫办", "230102", "2301"),
        ("扶贫开发领导小组办公室", "23", "23"),
        ("领导小组办公室", "2301", "2301"),
        ("市教育局", "2301", "c1"),
        ("教育厅", "2301", "m1"),
    ],
)
def test_it_resolves_a_name_as_the_issuer_means_it(name: str, issuer: str, code: str) -> None:
    found = resolve_name(name, ROSTER, near=None, issuer=issuer)
    assert found is not None
    assert found.code == code


@pytest.mark.parametrize("name", ["我办", "本单位", "我们", "办公室", "", "。", "省能源局", "我市", "所在县（市、区）"])
def test_it_resolves_no_name_that_says_too_little(name: str) -> None:
    assert resolve_name(name, ROSTER, None) is None


@pytest.mark.parametrize(
    ("near", "code"),
    [("230402", "230402"), ("2304", "230402"), ("2308", "230803"), ("23", None), (None, None), ("x", None)],
)
def test_it_means_the_nearest_of_several_and_never_guesses(near: str | None, code: str | None) -> None:
    found = resolve_name("向阳区", ROSTER, near)
    assert (found.code if found else None) == code


def test_it_prefers_a_superior_to_a_nearer_office() -> None:
    twins = Roster.of(
        [
            Office(code="p", name="省工作专班", tier=Tier.PROVINCE, aliases=("专班",)),
            Office(code="c", name="某市", tier=Tier.PREFECTURE, superior="p"),
            Office(code="k", name="某县", tier=Tier.COUNTY, superior="c"),
            Office(code="s", name="专班", tier=Tier.MEMBER_UNIT, superior="k"),
        ],
        "p",
    )
    found = resolve_name("专班", twins, "k")
    assert found is not None
    assert found.code == "p"


# --- who owes a requirement


@pytest.mark.parametrize(
    ("responsible", "codes"),
    [
        (None, EVERYBODY),
        ("", EVERYBODY),
        ("各地各部门", EVERYBODY),
        ("各地区、各部门", EVERYBODY),
        ("各地各单位", EVERYBODY),
        ("各单位", EVERYBODY),
        ("各有关单位", EVERYBODY),
        ("各级各部门", EVERYBODY),
        ("各级、各有关部门", EVERYBODY),
        ("你单位", EVERYBODY),
        ("各地", (*PREFECTURES, *COUNTIES)),
        ("各地区", (*PREFECTURES, *COUNTIES)),
        ("各级人民政府", (*PREFECTURES, *COUNTIES)),
        ("各市（地）", PREFECTURES),
        ("各市(地)扶贫办", PREFECTURES),
        ("各县（市、区）", COUNTIES),
        ("各县（市）", ("230123", "230183", "232721")),
        ("各市（地）、县（市、区）", (*PREFECTURES, *COUNTIES)),
        ("各市人民政府、各成员单位", (*PREFECTURES, *MEMBERS)),
        ("各市（地）和省教育厅", (*PREFECTURES, "m1")),
        ("各成员单位", MEMBERS),
        ("各部门", MEMBERS),
        ("各有关部门", MEMBERS),
        ("省直各部门单位", MEMBERS),
        ("省教育厅", ("m1",)),
        ("教育厅", ("m1",)),
        ("省文化和旅游厅", ("m2",)),
        ("省教育厅、省文化和旅游厅", ("m1", "m2")),
        ("哈尔滨市", ("2301",)),
    ],
)
def test_it_lays_a_requirement_on_those_the_sentence_names(responsible: str | None, codes: tuple[str, ...]) -> None:
    assert responsible_offices(responsible, EVERYBODY, ROSTER) == (codes, False)


@pytest.mark.parametrize(
    "responsible",
    ["试点城市政府", "各市供电公司", "属地供电公司", "省能源局", "国务院办公厅", "扶贫办", "省教育厅、省能源局"],
)
def test_it_asks_a_person_and_lets_everybody_owe_meanwhile(responsible: str) -> None:
    assert responsible_offices(responsible, EVERYBODY, ROSTER) == (EVERYBODY, True)


def test_it_lays_the_upstream_report_on_the_province_alone() -> None:
    assert responsible_offices("各地", ["23"], ROSTER) == (("23",), False)
    assert responsible_offices("各省（自治区、直辖市）", ["23"], ROSTER) == (("23",), False)


def test_it_reads_cities_as_county_level_ones_where_only_counties_are_addressed() -> None:
    counties = ("230102", "230123", "230183")
    assert responsible_offices("各县、市、区", counties, ROSTER) == (counties, False)


def test_it_has_no_doubt_where_no_member_unit_is_addressed() -> None:
    assert responsible_offices("各地各部门", PREFECTURES, ROSTER) == (PREFECTURES, False)
    assert responsible_offices("各部门", PREFECTURES, ROSTER) == (PREFECTURES, True)


def test_it_tells_two_districts_of_one_name_apart_by_who_is_addressed() -> None:
    assert responsible_offices("向阳区", ["230402", "230102"], ROSTER) == (("230402",), False)
    assert responsible_offices("向阳区", ["230402", "230803"], ROSTER)[1] is True


def test_it_keeps_the_order_of_the_addressees_and_those_it_does_not_know() -> None:
    assert responsible_offices(None, ["m1", "gone", "2301", "m1"], ROSTER) == (("m1", "gone", "2301"), False)
    assert responsible_offices("各地", ["m1", "gone", "2304", "2301"], ROSTER) == (("2304", "2301"), False)


# --- who must forward


def test_it_makes_the_province_forward_what_only_it_was_sent() -> None:
    assert owes_forward("23", ["23"], ROSTER)


def test_it_makes_nobody_forward_what_went_to_everybody() -> None:
    assert not any(owes_forward(code, (*EVERYBODY, "c1"), ROSTER) for code in EVERYBODY)


def test_it_makes_a_prefecture_forward_what_passed_over_its_counties() -> None:
    assert [code for code in PREFECTURES if owes_forward(code, PREFECTURES, ROSTER)] == list(PREFECTURES)


def test_it_lets_nobody_outside_owe() -> None:
    assert not owes_forward("0", ["0"], ROSTER)


def test_it_asks_no_forward_of_those_with_nobody_below() -> None:
    assert not any(owes_forward(code, [code], ROSTER) for code in (*COUNTIES, *MEMBERS))
