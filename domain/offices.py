"""Offices, who stands above whom, and whom a rung's audience means."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property


class Tier(StrEnum):
    """The level an office stands on."""

    STATE_COUNCIL = "state_council"
    PROVINCE = "province"
    PREFECTURE = "prefecture"
    COUNTY = "county"
    #: 成员单位: beside the tiers, below the office it is a member of
    MEMBER_UNIT = "member_unit"

    @property
    def label(self) -> str:
        """The Chinese name of the tier."""
        return _TIER_LABELS[self]


_TIER_LABELS = {
    Tier.STATE_COUNCIL: "国务院",
    Tier.PROVINCE: "省级",
    Tier.PREFECTURE: "市（地）级",
    Tier.COUNTY: "县（市、区）级",
    Tier.MEMBER_UNIT: "成员单位",
}


class Role(StrEnum):
    """Who in an office an address belongs to."""

    #: 经办人
    OFFICER = "officer"
    #: 负责人
    HEAD = "head"
    #: 值班
    DUTY = "duty"
    #: the office's own mailbox
    OFFICE = "office"


class Audience(StrEnum):
    """Whom a rung speaks to, relative to the office that owes."""

    OFFICER = "officer"
    HEAD = "head"
    SUPERIOR = "superior"
    SUPERIOR_HEAD = "superior_head"
    #: the operating office's own operators
    OPERATORS = "operators"
    #: the officer of the superior office of a superior office (a copy of grave urgent reports)
    DUTY = "duty"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """One address of an office and the person behind it."""

    role: Role
    address: str
    officer: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """One office (单位) of the roster; `superior` is a code, None at the top."""

    code: str
    name: str
    tier: Tier
    aliases: tuple[str, ...] = ()
    superior: str | None = None
    division_code: str = ""
    contacts: tuple[Contact, ...] = ()
    active: bool = True


@dataclass(frozen=True, slots=True)
class Recipient:
    """To whom a rung goes: the office and role it is claimed for, and the contacts that role resolves to now."""

    office: str
    role: str
    contacts: tuple[Contact, ...]
    #: why it goes here and not to the audience named, in Chinese; empty if it does
    fallback: str = ""


@dataclass(frozen=True)
class Roster:
    """The offices of one installation and the operating office in their middle."""

    offices: Mapping[str, Office]
    operating: str
    operators: tuple[Contact, ...] = field(default=())

    def __getitem__(self, code: str) -> Office:
        return self.offices[code]

    def get(self, code: str | None) -> Office | None:
        return self.offices.get(code) if code else None

    def __iter__(self) -> Iterator[Office]:
        return iter(self.offices.values())

    @cached_property
    def _below(self) -> dict[str, list[str]]:
        below: dict[str, list[str]] = {}
        for office in self.offices.values():
            if office.superior is not None and office.active:
                below.setdefault(office.superior, []).append(office.code)
        return below

    def directly_below(self, code: str) -> list[Office]:
        """The active offices whose superior is `code`."""
        return [self.offices[each] for each in self._below.get(code, [])]

    def below(self, code: str) -> list[Office]:
        """All active offices below `code`, nearest first."""
        found, queue = [], list(self._below.get(code, []))
        while queue:
            current = queue.pop(0)
            found.append(self.offices[current])
            queue.extend(self._below.get(current, []))
        return found

    @cached_property
    def inside(self) -> frozenset[str]:
        """Codes of the operating office and all below it: the only ones that get mail by themselves."""
        return frozenset([self.operating, *(office.code for office in self.below(self.operating))])

    @cached_property
    def _names(self) -> dict[str, list[str]]:
        names: dict[str, list[str]] = {}
        for office in self.offices.values():
            if office.active:
                for name in dict.fromkeys((office.name, *office.aliases)):
                    names.setdefault(name, []).append(office.code)
        return names

    def named(self, name: str) -> list[Office]:
        """Active offices with exactly this name or alias; several only if the roster is ambiguous."""
        return [self.offices[code] for code in self._names.get(name.strip(), [])]

    def contacts_of(self, code: str, roles: Iterable[Role]) -> tuple[Contact, ...]:
        """The contacts of the first of `roles` that the office has an address for."""
        office = self.offices[code]
        for role in roles:
            found = tuple(contact for contact in office.contacts if contact.role == role and contact.address)
            if found:
                return found
        return ()
