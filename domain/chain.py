"""Who is meant in the chain: whom a circular addresses, and who must forward it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from domain.collectives import Collective, is_organ, read_collective
from domain.naming import bearers, nearest, parts_of, resolve_name
from domain.offices import Office, Roster, Tier, normal_name
from domain.owing import LOCALITIES, responsible_offices

__all__ = ["AddresseeGroup", "Addressees", "owes_forward", "resolve_addressees", "resolve_name", "responsible_offices"]

#: Provinces, autonomous regions and municipalities of the mainland: with fewer in the roster, 各省… reaches beyond it.
_PROVINCES = 31
#: 有关 is left out on purpose: which departments are concerned, a person must say
_MEMBERS = re.compile(
    r"(?P<owner>.*?)各?成员单位|各(?:部门|部门[、和]?单位|直属单位)"
    r"|[省市县区州](?:\(?中\)?)?(?:直|政府|委)属?各(?:部门|单位|部门[、和]?单位|直属单位)"
)
_BEYOND = re.compile(
    r"(?:国务院|中央|中共中央|党中央|全国|国家|最高人民|新疆生产建设兵团|解放军|武警|各民主党派|各大军区).*"
)
_MINISTRIES = re.compile(r".*各(?:部委|部|委员会|直属机构|部门)|.{2,}(?:部|总局|总署)")


@dataclass(frozen=True, slots=True)
class AddresseeGroup:
    """One group of addressees: the phrase as printed and the offices it means."""

    phrase: str
    offices: tuple[str, ...]
    #: what is recorded as outside, in Chinese; empty if the roster holds the whole group
    outside: str = ""


@dataclass(frozen=True, slots=True)
class Addressees:
    """The addressees of one circular; what is unresolved is shown to a person, never dropped."""

    groups: tuple[AddresseeGroup, ...]
    unresolved: tuple[str, ...]
    #: every office addressed, once, in the roster's order
    codes: tuple[str, ...]


def resolve_addressees(phrases: Sequence[str], roster: Roster, sender: str) -> Addressees:
    """The offices that `phrases` (主送, as printed) mean when the office `sender` says them.

    A sender that is not in the roster (a ministry, say; '' if unknown) speaks from above its provinces.
    """
    groups: list[AddresseeGroup] = []
    unresolved: list[str] = []
    for phrase in phrases:
        for piece in parts_of(phrase, "，,；;"):
            group, missing = _group(piece.strip(" \t\n\u3000：:。"), roster, sender)
            groups += [group] if group.offices or group.outside else []
            unresolved += missing
    codes = {code for group in groups for code in group.offices}
    return Addressees(tuple(groups), tuple(unresolved), _in_order(codes, roster))


def owes_forward(code: str, addressees: Collection[str], roster: Roster) -> bool:
    """Whether the receiving office `code` must pass the circular on: it has offices below that are not addressed."""
    return code in roster.inside and any(office.code not in addressees for office in roster.below(code))


def _in_order(codes: Collection[str], roster: Roster) -> tuple[str, ...]:
    return tuple(office.code for office in roster if office.code in codes)


def _group(phrase: str, roster: Roster, sender: str) -> tuple[AddresseeGroup, list[str]]:
    """The group, and what of it is unresolved, as printed."""
    whole = _whole(phrase, roster, sender)
    if whole is not None:
        return whole, _lacking(whole, roster)
    if read_collective(normal_name(phrase), Tier.STATE_COUNCIL) is not None:
        # what stands behind 各市…局、 belongs to each 市 too: taken alone it could name an office of the province
        return AddresseeGroup(phrase, ()), [phrase]
    for separators in ("、", "、和及与"):
        parts = parts_of(phrase, separators)
        if len(parts) > 1:
            offices, outside, missing = _listed(parts, roster, sender)
            if len(missing) < len(parts):
                return AddresseeGroup(phrase, _in_order(offices, roster), "、".join(outside)), missing
    return AddresseeGroup(phrase, ()), [phrase] if phrase else []


def _whole(phrase: str, roster: Roster, sender: str) -> AddresseeGroup | None:
    """The group that the phrase as a whole names: an office, member units, localities, or one beyond the roster."""
    text = normal_name(phrase)
    office = resolve_name(phrase, roster, sender)
    if office is not None:
        return AddresseeGroup(phrase, (office.code,))
    members = _member_units(text, roster, sender)
    if members:
        return AddresseeGroup(phrase, _in_order(members, roster))
    localities = _localities(phrase, text, roster, sender)
    if localities is not None:
        return localities
    speaks_from_outside = sender not in roster.inside
    if _BEYOND.fullmatch(text) or (speaks_from_outside and _MINISTRIES.fullmatch(text)):
        return AddresseeGroup(phrase, (), f"{phrase}（名录以外）")
    return None


def _lacking(group: AddresseeGroup, roster: Roster) -> list[str]:
    """The organs that a collective phrase names and none of its offices is (各市扶贫办、供电公司)."""
    meant = read_collective(normal_name(group.phrase), Tier.STATE_COUNCIL)
    if meant is None or group.outside:
        return []
    offices = [roster[code] for code in group.offices]
    return [organ for organ in meant.organs if not any(is_organ(office, organ) for office in offices)]


def _listed(parts: Sequence[str], roster: Roster, sender: str) -> tuple[set[str], list[str], list[str]]:
    """Offices, outside and missing of names in a row, which may share an ending (哈尔滨市、大庆市扶贫办)."""
    offices: set[str] = set()
    outside, missing = [], []
    for part in parts:
        shared = None if part is parts[-1] else _with_ending(part, parts[-1], roster, sender)
        group = AddresseeGroup(part, (shared.code,)) if shared else _whole(part, roster, sender)
        if group is None:
            missing.append(part)
            continue
        offices.update(group.offices)
        outside += [group.outside] if group.outside else []
    return offices, outside, missing


def _with_ending(part: str, last: str, roster: Roster, sender: str) -> Office | None:
    for start in range(1, len(last)):
        found = bearers(part + last[start:], roster)
        if found:
            return nearest(found, roster, sender)
    return None


def _member_units(text: str, roster: Roster, sender: str) -> set[str]:
    found = _MEMBERS.fullmatch(text)
    if found is None:
        return set()
    owner: Office | None = roster.get(sender)
    if found["owner"]:
        owner = resolve_name(found["owner"], roster, sender, issuer=sender)
    return _members(owner, roster) if owner else set()


def _localities(phrase: str, text: str, roster: Roster, sender: str) -> AddresseeGroup | None:
    speaker = roster.get(sender)
    if speaker is not None and speaker.tier is Tier.MEMBER_UNIT:
        speaker = roster.superior_of(sender)
    meant = read_collective(text, speaker.tier if speaker else Tier.STATE_COUNCIL)
    # 各地 does not say down to which tier
    if meant is None or LOCALITIES.fullmatch(text):
        return None
    scope = roster.below(speaker.code) if speaker else [office for office in roster if office.active]
    codes = _meant(meant, scope, roster)
    provinces = sum(office.tier is Tier.PROVINCE for office in roster)
    beyond = meant.beyond or (Tier.PROVINCE in meant.tiers and provinces < _PROVINCES)
    if not codes and not beyond:
        return None
    found = {office.tier for office in scope if office.code in codes or codes & _members(office, roster)}
    found.add(Tier.PROVINCE)
    absent = "、".join(tier.label for tier in Tier if tier in meant.tiers and tier not in found)
    outside = [f"{phrase}（名录以外的部分）"] if beyond else []
    outside += [f"{phrase}（名录中没有相应的{absent}单位）"] if absent else []
    return AddresseeGroup(phrase, _in_order(codes, roster), "，".join(outside))


def _meant(meant: Collective, scope: Iterable[Office], roster: Roster) -> set[str]:
    """Per locality the office that is the organ named, else the member units that are it (各省教育厅: 省教育厅)."""
    codes: set[str] = set()
    for office in filter(meant.means, scope):
        bearers = {office.code} if meant.has_organ(office) else _members(office, roster)
        codes |= {code for code in bearers if meant.has_organ(roster[code])}
    return codes


def _members(office: Office, roster: Roster) -> set[str]:
    return {unit.code for unit in roster.directly_below(office.code) if unit.tier is Tier.MEMBER_UNIT}
