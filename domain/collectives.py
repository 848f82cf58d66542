"""What a collective phrase (各市（地）、县（市、区）扶贫开发领导小组) means: which tiers, and which organ of each."""

from __future__ import annotations

import re
from dataclasses import dataclass

from domain.offices import Office, Tier

#: One tier word with what stands in brackets behind it; the look-aheads keep 市场监管局 and 地震局 whole.
_UNIT = re.compile(
    r"(新疆生产建设兵团|计划单列市|副省级城市|直辖市|自治区|自治州|自治县|设区的?市|地级市|县级市|地区"
    r"|省(?![直级属])|市(?![场政容直])|地(?![震质方税铁理])|州|盟|县(?![直级])|区(?![域直])|旗)(\([^()]*\))?"
)
_BETWEEN = re.compile(r"(?:、|以及|和|及|与)?各?")
_BEGINNING = re.compile(r"(?:[全本我][省市县区州])?各")
_BEYOND = ("新疆生产建设兵团", "计划单列市", "副省级城市")
_PROVINCES = ("省", "自治区", "直辖市")
_PREFECTURES = ("自治州", "设区市", "设区的市", "地级市", "地区", "地", "州", "盟")
_COUNTIES = ("自治县", "县级市", "县", "旗")
#: Behind the organ something begins that is no organ of the same localities: 各市人民政府、省直各单位
_ANOTHER_GROUP = re.compile(r"各|、(?:[省市县区州]|国|中央|全国)")
#: The locality as a whole speaks through these, whichever of its offices stands in the roster.
_GENERAL_ORGAN = re.compile(r"(?:(?:党?委|党委)?[、和]?(?:人民)?政府(?:办公[厅室])?|党委|委|行署)?")
_GOVERNMENT_ENDING = ("局", "委", "办", "厅", "部", "组", "会", "府", "署", "指挥部", "办公室", "部门")


@dataclass(frozen=True, slots=True)
class Collective:
    """A collective phrase as understood."""

    tiers: frozenset[Tier]
    organs: tuple[str, ...]
    #: whether districts (市辖区) are meant among the counties; 县（市） leaves them to the city
    districts: bool
    #: whether only districts are meant (各区)
    only_districts: bool
    #: whether groups are named that no roster of a province holds (兵团, 计划单列市)
    beyond: bool

    def means(self, office: Office) -> bool:
        """Whether the phrase means the locality this office stands for; says nothing about the organ."""
        if office.tier not in self.tiers:
            return False
        if office.tier is not Tier.COUNTY:
            return True
        kind = _division_kind(office)
        return not kind or (self.districts if kind == "区" else not self.only_districts)

    def has_organ(self, office: Office) -> bool:
        """Whether this office is, or speaks for, one of the organs the phrase names."""
        return any(is_organ(office, organ) for organ in self.organs)


def read_collective(text: str, sender: Tier) -> Collective | None:
    """The meaning of a phrase such as 各县（市、区）人民政府, None if it is none; `text` is a normal name.

    市 depends on who speaks: to a province its prefecture-level cities, to a prefecture its county-level ones.
    """
    units, rest = _units(text)
    if not units or _ANOTHER_GROUP.search(rest):
        return None
    tiers: set[Tier] = set()
    counties: set[str] = set()
    has_county = any(word in _COUNTIES for word, _ in units)
    previous: Tier | None = None
    for word, inside in units:
        if word in _BEYOND:
            continue
        previous = _tier_of(word, previous, sender, has_county=has_county)
        tiers.add(previous)
        if previous is Tier.COUNTY:
            counties.update((word, *inside))
        elif previous is Tier.PREFECTURE and {"县", "区", "旗"} & set(inside):
            tiers.add(Tier.COUNTY)
            counties.update(inside)
    return Collective(
        tiers=frozenset(tiers),
        organs=_organs(rest),
        districts="区" in counties or len(counties) <= 1,
        only_districts=counties == {"区"},
        beyond=any(word in _BEYOND for word, _ in units),
    )


def _units(text: str) -> tuple[list[tuple[str, tuple[str, ...]]], str]:
    """The tier words at the beginning, each with those in its brackets, and the rest."""
    beginning = _BEGINNING.match(text)
    if beginning is None:
        return [], text
    units: list[tuple[str, tuple[str, ...]]] = []
    position = beginning.end()
    found = _UNIT.match(text, position)
    while found is not None:
        inside = tuple(each[1] for each in _UNIT.finditer(found[2] or ""))
        units.append((found[1], inside))
        position = found.end()
        between = _BETWEEN.match(text, position)
        found = _UNIT.match(text, between.end() if between else position)
    return units, text[position:]


def _tier_of(word: str, previous: Tier | None, sender: Tier, *, has_county: bool) -> Tier:
    if word in _PROVINCES:
        return Tier.PROVINCE
    if word in _PREFECTURES:
        return Tier.PREFECTURE
    if word in _COUNTIES:
        return Tier.COUNTY
    # 市 and 区 are left: 各省、市、自治区 and 各省区市 mean provinces, 各市、县、区 and 各县、市、区 do not
    if previous is Tier.PROVINCE and not has_county:
        return Tier.PROVINCE
    below_prefecture = sender in (Tier.PREFECTURE, Tier.COUNTY)
    return Tier.COUNTY if word == "区" or previous is Tier.COUNTY or below_prefecture else Tier.PREFECTURE


def _organs(rest: str) -> tuple[str, ...]:
    bare = re.sub(r"\([^()]*\)", "", rest)
    return tuple(part for part in bare.split("、") if part) or ("",)


def is_organ(office: Office, organ: str) -> bool:
    """Whether an office is the organ (normal name), or speaks for its locality as a whole where that is named."""
    if _GENERAL_ORGAN.fullmatch(organ):
        return True
    if _division_kind(office, only_name=True):
        # an office that bears only the name of its locality stands for all of its authorities, not for companies
        return organ.endswith(_GOVERNMENT_ENDING)
    core = organ.removesuffix("办公室") or organ
    return any(core in name for name in office.names)


def _division_kind(office: Office, *, only_name: bool = False) -> str:
    """县, 市, 区 or 旗, from the first name that is a division's own; empty if no name is."""
    names = office.names[:1] if only_name else office.names
    return next((name[-1] for name in names if name.endswith(("县", "市", "区", "旗", "州", "盟"))), "")
