"""Offices, who stands above whom, and whom a rung's audience means."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from functools import cached_property

from domain.substitutes import Person, Substitutes


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

    @property
    def label(self) -> str:
        """The Chinese name of the role."""
        return _ROLE_LABELS[self]


_ROLE_LABELS = {
    Role.OFFICER: "经办人",
    Role.HEAD: "负责人",
    Role.DUTY: "值班人员",
    Role.OFFICE: "单位邮箱",
}


class Audience(StrEnum):
    """Whom a rung speaks to, relative to the office that owes."""

    OFFICER = "officer"
    HEAD = "head"
    SUPERIOR = "superior"
    SUPERIOR_HEAD = "superior_head"
    #: the operating office's own operators
    OPERATORS = "operators"
    #: 本运行单位负责人
    OPERATING_HEAD = "operating_head"
    #: the office's duty desk (值班), whom an urgent report reaches at any hour
    DUTY = "duty"


#: The role that each audience claims.
_CLAIMED = {
    Audience.OFFICER: Role.OFFICER,
    Audience.HEAD: Role.HEAD,
    Audience.SUPERIOR: Role.OFFICER,
    Audience.SUPERIOR_HEAD: Role.HEAD,
    Audience.DUTY: Role.DUTY,
}
#: Whom in an office a claimed role falls back to, in this order: any address of its own comes before the superior's.
_FALLBACKS = {
    Role.OFFICER: (Role.OFFICER, Role.HEAD, Role.OFFICE, Role.DUTY),
    Role.HEAD: (Role.HEAD, Role.OFFICE, Role.OFFICER, Role.DUTY),
    Role.DUTY: (Role.DUTY, Role.OFFICER, Role.HEAD, Role.OFFICE),
}


def normal_name(text: str) -> str:
    """A name as it is compared: half-width, without blanks and invisible characters."""
    narrow = unicodedata.normalize("NFKC", text)
    return "".join(each for each in narrow if not each.isspace() and unicodedata.category(each) not in ("Cc", "Cf"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """One address of an office and the person behind it."""

    role: Role
    address: str
    officer: str = ""
    phone: str = ""
    #: the absent person whom this one stands in for (代办)
    on_behalf_of: str = ""


def person_at(code: str, contact: Contact) -> Person:
    """The person behind a contact of an office, the same in all its roles."""
    return (code, contact.address, contact.officer)


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

    @property
    def names(self) -> tuple[str, ...]:
        """The name and the aliases, each once, as they are compared."""
        return tuple(dict.fromkeys(normal_name(each) for each in (self.name, *self.aliases)))


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
    substitutes: Substitutes = field(default_factory=Substitutes)
    #: addresses from which mail came back for good: they stay listed and are written to no more (Ladder 7)
    failed: frozenset[str] = frozenset()

    @classmethod
    def of(
        cls, offices: Iterable[Office], operating: str, operators: Iterable[Contact] = (),
        substitutes: Substitutes | None = None,
    ) -> Roster:  # fmt: skip
        """The roster of these offices, in their order."""
        whole = {office.code: office for office in offices}
        return cls(whole, operating, tuple(operators), substitutes or Substitutes())

    def __getitem__(self, code: str) -> Office:
        return self.offices[code]

    def get(self, code: str | None) -> Office | None:
        return self.offices.get(code) if code else None

    def __iter__(self) -> Iterator[Office]:
        return iter(self.offices.values())

    def path_up(self, code: str) -> list[Office]:
        """The active offices above `code`, nearest first; an inactive one is passed over, a cycle ends the path."""
        path, seen = [], {code}
        current = self.get(self.offices[code].superior)
        while current is not None and current.code not in seen:
            seen.add(current.code)
            if current.active:
                path.append(current)
            current = self.get(current.superior)
        return path

    def superior_of(self, code: str) -> Office | None:
        """The nearest active office above `code`."""
        return next(iter(self.path_up(code)), None)

    @cached_property
    def _below(self) -> dict[str, list[str]]:
        # by the nearest active superior: abolishing a prefecture must not lose its counties
        below: dict[str, list[str]] = {}
        for office in self.offices.values():
            superior = self.superior_of(office.code)
            if superior is not None and office.active:
                below.setdefault(superior.code, []).append(office.code)
        return below

    def directly_below(self, code: str) -> list[Office]:
        """The active offices whose nearest active superior is `code`."""
        return [self.offices[each] for each in self._below.get(code, [])]

    def below(self, code: str) -> list[Office]:
        """All active offices below `code`, nearest first."""
        found, seen, queue = [], {code}, list(self._below.get(code, []))
        while queue:
            current = queue.pop(0)
            if current not in seen:
                seen.add(current)
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
                for name in office.names:
                    names.setdefault(name, []).append(office.code)
        return names

    def named(self, name: str) -> list[Office]:
        """Active offices with exactly this name or alias (half or full width); several if more than one bears it."""
        return [self.offices[code] for code in self._names.get(normal_name(name), [])]

    def contacts_of(self, code: str, roles: Iterable[Role], at: datetime) -> tuple[Contact, ...]:
        """The contacts of the first of `roles` that the office has an address for at the instant `at`.

        An absent person's address is the substitute's; who is stood in for by nobody has none.
        """
        office = self.offices[code]
        for role in roles:
            found = tuple(contact for contact in office.contacts if contact.role == role and contact.address)
            if found and (self.substitutes.by_absent or self.failed):
                found = self._present(code, found, at)
            if found:
                return found
        return ()

    def _works(self, contact: Contact) -> bool:
        return bool(contact.address) and contact.address not in self.failed

    def _present(self, code: str, contacts: Iterable[Contact], at: datetime) -> tuple[Contact, ...]:
        """The contacts as they are reached at `at`, each address once: who acts for two absent ones is told once."""
        found: dict[str, Contact] = {}
        for contact in contacts:
            present = self._acting(code, contact, at)
            if present is None:
                continue
            before = found.get(present.address)
            if before is not None:
                names = dict.fromkeys(filter(None, (before.on_behalf_of, present.on_behalf_of)))
                present = replace(before, on_behalf_of="、".join(names))
            found[present.address] = present
        return tuple(found.values())

    def _acting(self, code: str, contact: Contact, at: datetime) -> Contact | None:
        """The contact itself, or who acts for it; None where the chain of substitutes ends without an address."""
        absent = person_at(code, contact)
        acting = self.substitutes.acting_for(absent, at)
        if acting == absent:
            return contact if self._works(contact) else None
        office = self.get(acting[0]) if acting is not None else None
        if office is None or not office.active or office.code not in self.inside:
            return None
        person = next((each for each in office.contacts if person_at(office.code, each) == acting), None)
        if person is None or not self._works(person):
            return None
        name = contact.officer or f"{self.offices[code].name}{contact.role.label}"
        return replace(person, role=contact.role, on_behalf_of=name)

    def audience(self, code: str, audience: Audience, at: datetime) -> Recipient:
        """Whom a rung means that speaks to `audience` about the office `code` at the instant `at` (aware).

        Who is absent then is stood in for by the substitute. Never anybody outside: what points there goes to the
        operating office's head. An office that nobody can reach is its superior's problem, the last in line are the
        operators. Empty contacts: there is no address at all.
        """
        if audience is Audience.OPERATORS:
            return self._to_operators(at)
        if audience is Audience.OPERATING_HEAD:
            return self._reach(self.operating, Role.HEAD, at)
        role = _CLAIMED[audience]
        if audience in (Audience.SUPERIOR, Audience.SUPERIOR_HEAD):
            superior = self.superior_of(code)
            if superior is None:
                return self._to_own_head(f"{self.offices[code].name}没有上级单位", at)
            code = superior.code
        if not self._answers_to_operating(code):
            return self._to_own_head(f"{self.offices[code].name}不在管辖范围内，不自动发送", at)
        return self._reach(code, role, at)

    def reach(self, code: str, role: str, at: datetime) -> Recipient:
        """Whom a firing that was claimed for this office and role reaches at `at` (aware)."""
        return self._to_operators(at) if role == Audience.OPERATORS else self._reach(code, Role(role), at)

    def next_after(self, code: str, role: str, passed: Collection[str], at: datetime) -> Recipient:
        """Whom in the same office a firing for this role reaches at `at` (aware) when these addresses have failed it.

        Empty contacts: the office has nobody left, and its superior is to hear of that. Where the firing went past the
        office from the first, because it had no address, the next one up is meant.
        """
        still = replace(self, failed=self.failed | frozenset(passed))
        if role == Audience.OPERATORS:
            return still._to_operators(at)
        own = still.contacts_of(code, _FALLBACKS[Role(role)], at) if self.offices[code].active else ()
        if own or not self._never_tried(code, passed, at):
            return Recipient(code, role, own)
        return still._reach(code, Role(role), at)

    def _never_tried(self, code: str, passed: Collection[str], at: datetime) -> bool:
        everybody = replace(self, failed=frozenset())
        usable = {each.address for role in Role for each in everybody.contacts_of(code, (role,), at)}
        return usable.isdisjoint(passed)

    def only_failed(self, code: str, at: datetime) -> bool:
        """Tell whether an office has addresses, and all of them have failed."""
        has_some = any(contact.address for contact in self.offices[code].contacts)
        return has_some and not self.contacts_of(code, _FALLBACKS[Role.OFFICER], at)

    def _answers_to_operating(self, code: str) -> bool:
        # unlike `inside` this holds for an inactive office too, whose matters its superior inherits
        return code in self.inside or any(office.code == self.operating for office in self.path_up(code))

    def _to_operators(self, at: datetime) -> Recipient:
        contacts, fallback = self._operators_reached, ""
        if not contacts:
            contacts = self.contacts_of(self.operating, _FALLBACKS[Role.OFFICER], at)
            why = "操作员邮箱退信" if self.operators else "未登记操作员"
            fallback = f"{why}，改送运行单位" if contacts else f"{why}，运行单位也没有可用地址"
        return Recipient(self.operating, Audience.OPERATORS.value, contacts, fallback)

    @property
    def _operators_reached(self) -> tuple[Contact, ...]:
        return tuple(each for each in self.operators if self._works(each))

    def _to_own_head(self, why: str, at: datetime) -> Recipient:
        found = self._reach(self.operating, Role.HEAD, at)
        then = found.fallback or f"改送{self.offices[self.operating].name}{Role.HEAD.label}"
        return Recipient(found.office, found.role, found.contacts, f"{why}，{then}")

    def _reach(self, code: str, role: Role, at: datetime) -> Recipient:
        office = self.offices[code]
        contacts = self.contacts_of(code, _FALLBACKS[role], at) if office.active else ()
        if not contacts:
            return self._reach_above(office, role, at)
        used = contacts[0].role
        fallback = "" if used == role else f"{self._missing(office, role)}，改送{used.label}"
        return Recipient(code, role.value, contacts, fallback)

    def _reach_above(self, office: Office, role: Role, at: datetime) -> Recipient:
        why = f"{office.name}{'无可用地址' if office.active else '已停用'}"
        for above in self.path_up(office.code):
            if above.code not in self.inside:
                break
            contacts = self.contacts_of(above.code, _FALLBACKS[Role.OFFICER], at)
            if contacts:
                return Recipient(office.code, role.value, contacts, f"{why}，告知上级{above.name}")
        operators = self._operators_reached
        last = (
            "管辖范围内的上级也无可用地址，改送操作员" if operators else "管辖范围内的上级也无可用地址，且未登记操作员"
        )
        return Recipient(office.code, role.value, operators, f"{why}，{last}")

    def _missing(self, office: Office, role: Role) -> str:
        """Why nobody in this role is written to, in Chinese."""
        known = [contact for contact in office.contacts if contact.role == role and contact.address]
        if not known:
            return f"{office.name}未登记{role.label}"
        if not any(self._works(contact) for contact in known):
            return f"{office.name}{role.label}的邮箱退信"
        return f"{office.name}{role.label}不在岗，无人代办"
