"""Who acts for whom: half-open, in short chains, never in a circle, and never at two addresses for one person."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.offices import Audience, Contact, Office, Recipient, Role, Roster, Tier, person_at
from domain.substitutes import LONGEST_CHAIN, Person, Substitutes, Substitution

START, END = datetime(2020, 4, 1, tzinfo=UTC), datetime(2020, 4, 8, tzinfo=UTC)
WITHIN = datetime(2020, 4, 3, 1, tzinfo=UTC)


def contact(role: Role, name: str) -> Contact:
    return Contact(role=role, address=f"{name}@example.org", officer=name, phone=f"0000-{name}")


def office(code: str, superior: str | None, *contacts: Contact, tier: Tier = Tier.COUNTY) -> Office:
    return Office(code=code, name=f"单位{code}", tier=tier, superior=superior, contacts=contacts)


OUTSIDE = office("0", None, contact(Role.OFFICER, "赵"), tier=Tier.STATE_COUNCIL)
PROVINCE = office("23", "0", contact(Role.OFFICER, "钱"), contact(Role.HEAD, "孙"), tier=Tier.PROVINCE)
CITY = office("2301", "23", contact(Role.OFFICER, "周"), contact(Role.HEAD, "吴"), tier=Tier.PREFECTURE)
COUNTY = office(
    "230102", "2301", contact(Role.OFFICER, "王"), contact(Role.OFFICER, "冯"), contact(Role.HEAD, "陈"),
    contact(Role.DUTY, "王"),
)  # fmt: skip
PEOPLE = {
    each.officer: person_at(unit.code, each) for unit in (OUTSIDE, PROVINCE, CITY, COUNTY) for each in unit.contacts
}


def away(absent: str, acting: str, starts_at: datetime = START, ends_at: datetime = END) -> Substitution:
    return Substitution(PEOPLE[absent], PEOPLE[acting], starts_at, ends_at)


def told(
    *substitutions: Substitution, audience: Audience = Audience.OFFICER, at: datetime = WITHIN,
    offices: tuple[Office, ...] = (),
) -> Recipient:  # fmt: skip
    units = {each.code: each for each in (OUTSIDE, PROVINCE, CITY, COUNTY, *offices)}
    operators = (Contact(role=Role.OFFICE, address="operators@example.org"),)
    return Roster.of(units.values(), "23", operators, Substitutes.of(substitutions)).audience("230102", audience, at)


def names(found: Recipient) -> list[tuple[str, str]]:
    return [(each.officer, each.on_behalf_of) for each in found.contacts]


def test_it_writes_to_the_substitute_and_knows_both_names() -> None:
    found = told(away("王", "陈"))
    assert names(found) == [("陈", "王"), ("冯", "")]
    assert (found.office, found.role, found.fallback) == ("230102", "officer", ""), "claimed for the absent one's role"
    assert found.contacts[0].phone == "0000-陈"


def test_it_keeps_the_first_instant_and_leaves_out_the_last() -> None:
    for at, acts in ((START - timedelta.resolution, False), (START, True), (END - timedelta.resolution, True),
                     (END, False)):  # fmt: skip
        assert (("陈", "王") in names(told(away("王", "陈"), at=at))) is acts, at


def test_it_stands_in_for_a_person_in_all_roles() -> None:
    assert names(told(away("王", "陈"), audience=Audience.DUTY)) == [("陈", "王")]


def test_it_tells_one_substitute_of_two_absent_officers_once_and_names_both() -> None:
    assert names(told(away("王", "周"), away("冯", "周"))) == [("周", "王、冯")]


def test_it_tells_an_officer_who_acts_for_the_other_once() -> None:
    assert names(told(away("王", "冯"))) == [("冯", "王")]
    assert names(told(away("冯", "王"))) == [("王", "冯")]


def test_it_follows_a_chain_of_three() -> None:
    chain = (away("王", "周"), away("周", "吴"), away("吴", "钱"))
    assert names(told(*chain, away("冯", "钱"))) == [("钱", "王、冯")]
    assert names(told(*chain, away("钱", "孙"), away("冯", "钱"))) == [("孙", "冯")], "a fourth is one too many"


def test_it_falls_back_to_the_head_where_substitutes_stand_in_a_circle() -> None:
    found = told(away("王", "冯"), away("冯", "王"))
    assert names(found) == [("陈", "")]
    assert found.fallback == "单位230102经办人不在岗，无人代办，改送负责人"
    above = told(away("王", "冯"), away("冯", "王"), away("陈", "陈"))
    assert names(above) == [("周", "")]
    assert "告知上级单位2301" in above.fallback


@pytest.mark.parametrize(
    "city",
    [
        dataclasses.replace(CITY, contacts=CITY.contacts[1:]),
        dataclasses.replace(CITY, active=False),
        dataclasses.replace(CITY, superior="0"),
    ],
    ids=["gone from the roster", "office closed", "office moved outside"],
)
def test_it_ends_nowhere_where_the_substitute_cannot_be_written_to(city: Office) -> None:
    far = office("2302", "23", tier=Tier.PREFECTURE)
    county = dataclasses.replace(COUNTY, superior="2302", contacts=COUNTY.contacts[:1])
    found = told(away("王", "周"), offices=(far, county, city))
    assert names(found) == [("钱", "")], "the next above: nobody else is there"


def test_it_resolves_the_superior_and_the_head_of_the_operating_office_too() -> None:
    assert names(told(away("周", "吴"), audience=Audience.SUPERIOR)) == [("吴", "周")]
    assert names(told(away("孙", "钱"), audience=Audience.OPERATING_HEAD)) == [("钱", "孙")]


def test_it_never_lets_a_substitute_outside_be_written_to() -> None:
    found = told(away("王", "赵"), away("冯", "赵"), away("陈", "赵"), away("周", "赵"), away("吴", "赵"))
    assert names(found) == [("钱", "")]


def test_it_tells_two_people_at_one_mailbox_apart() -> None:
    shared = Contact(role=Role.HEAD, address="王@example.org", officer="李")
    county = dataclasses.replace(COUNTY, contacts=(COUNTY.contacts[0], shared))
    assert names(told(away("王", "周"), offices=(county,))) == [("周", "王")]
    assert names(told(away("王", "周"), audience=Audience.HEAD, offices=(county,))) == [("李", "")]


def test_it_takes_a_nameless_contact_by_office_and_role() -> None:
    nameless = Contact(role=Role.OFFICE, address="office@example.org")
    county = dataclasses.replace(COUNTY, contacts=(nameless,))
    found = told(Substitution(person_at("230102", nameless), PEOPLE["周"], START, END), offices=(county,))
    assert names(found) == [("周", "单位230102单位邮箱")]


def test_it_sees_a_dead_end_before_it_is_made() -> None:
    later = away("陈", "王", WITHIN, END + timedelta(days=3))
    assert Substitutes.of([]).dead_end_of(away("王", "陈")) is None
    assert Substitutes.of([later]).dead_end_of(away("王", "陈")) == WITHIN
    assert (
        Substitutes.of([later]).dead_end_of(away("王", "陈", END + timedelta(days=3), END + timedelta(days=4))) is None
    )
    assert Substitutes.of([]).dead_end_of(away("王", "王")) == START


_people = st.sampled_from(sorted(PEOPLE))
_instants = st.integers(0, 20).map(lambda days: START + timedelta(days=days))
_lists = st.lists(st.tuples(_people, _people, _instants, _instants), max_size=12)


@given(_lists, _instants, st.sampled_from(sorted(Audience)))
def test_it_ends_for_any_list_inside_and_with_each_address_once(
    listed: list[tuple[str, str, datetime, datetime]], at: datetime, audience: Audience
) -> None:
    found = told(*(away(a, b, min(x, y), max(x, y)) for a, b, x, y in listed), audience=audience, at=at)
    addresses = [each.address for each in found.contacts]
    assert addresses
    assert len(set(addresses)) == len(addresses)
    assert "赵@example.org" not in addresses
    away_now = {PEOPLE[a] for a, _, x, y in listed if min(x, y) <= at < max(x, y)}
    assert not {person_at(code, each) for each in found.contacts for code in ("230102",)} & away_now


@given(st.lists(st.tuples(_people, _people), max_size=8), _people)
def test_it_resolves_to_the_end_of_the_chain_or_to_nobody(pairs: list[tuple[str, str]], start: str) -> None:
    one_each = {PEOPLE[a]: PEOPLE[b] for a, b in reversed(pairs)}
    found = Substitutes.of(away(a, b) for a, b in pairs).acting_for(PEOPLE[start], WITHIN)
    path: list[Person] = [PEOPLE[start]]
    while path[-1] in one_each and len(path) <= LONGEST_CHAIN + 1:
        path.append(one_each[path[-1]])
    assert found == (path[-1] if len(path) <= LONGEST_CHAIN + 1 and path[-1] not in one_each else None)
