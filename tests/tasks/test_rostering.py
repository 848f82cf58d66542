"""Importing a roster: the same file changes nothing, a wrong one nothing either, and nobody is dropped unasked."""

from __future__ import annotations

import pytest
from sqlmodel import col

from config.rosters import RosterError
from config.settings import settings
from domain.errors import Refused
from domain.offices import Role
from models.office import Contact, Office
from tasks.auditing import audit_head
from tasks.rostering import Imported, import_roster, list_offices
from tests.cast import (
    BEILING,
    DONGAN,
    HEADER,
    LINJIANG,
    OPERATOR,
    PROVINCE,
    QINGPING,
    ROSTER_CSV,
    ROSTER_LINES,
    WANGCHUAN,
    beijing,
    forward_cover,
    import_cast,
    register_pair,
)
from tests.looking import entries, owed, rows

NOW = beijing("2020-02-13 09:00")


@pytest.fixture(autouse=True)
def _cast(request: pytest.FixtureRequest) -> None:
    request.getfixturevalue("database" if "database" in request.fixturenames else "sqlite")


def load(text: str, *, deactivate: bool = False) -> Imported:
    return import_roster.fn(text.encode(), "r.csv", actor=OPERATOR, now=NOW, deactivate_missing=deactivate)


def without(*codes: str) -> str:
    return "\n".join(line for line in ROSTER_LINES if line.split(",")[0] not in codes) + "\n"


def office(code: str) -> Office:
    (found,) = rows(Office, col(Office.code) == code)
    assert isinstance(found, Office)
    return found


def contacts(code: str) -> list[tuple[Role, str, str, bool]]:
    found = rows(Contact, col(Contact.office_id) == office(code).id)
    return [(each.role, each.address, each.officer, each.active) for each in found]


def test_it_imports_offices_contacts_and_who_stands_above_whom(database: str) -> None:
    done = import_cast(NOW)
    assert len(done.added) == 10
    assert done.tiers == {"state_council": 1, "province": 1, "prefecture": 2, "county": 4, "member_unit": 2}
    assert office(DONGAN).superior_id == office(LINJIANG).id
    assert office(LINJIANG).superior_id == office(PROVINCE).id
    assert office(DONGAN).aliases == ["东岸区", "东岸区扶贫办", "东岸区扶贫开发领导小组"]
    assert contacts(LINJIANG) == [
        (Role.OFFICER, "officer.230100@example.org", "周一", True),
        (Role.HEAD, "head.230100@example.org", "吴一", True),
        (Role.DUTY, "duty.230100@example.org", "郑一", True),
    ]
    assert contacts(BEILING) == []


def test_it_takes_offices_in_any_order() -> None:
    reversed_lines = "\n".join([HEADER, *reversed(ROSTER_LINES[1:])])
    assert len(load(reversed_lines).added) == 10
    assert office(DONGAN).superior_id == office(LINJIANG).id


def test_it_changes_nothing_when_the_same_file_comes_again(database: str) -> None:
    import_cast(NOW)
    before = audit_head.fn()
    done = import_cast(beijing("2020-03-01 09:00"))
    assert (done.added, done.changed, done.unchanged, done.missing) == ((), (), 10, ())
    assert audit_head.fn() == before


def test_it_brings_names_and_contacts_in_line_and_says_which() -> None:
    import_cast(NOW)
    text = ROSTER_CSV.replace("东岸区扶贫办", "东岸新区扶贫办").replace("周一", "周二")
    done = load(text)
    assert (done.added, done.changed, done.unchanged) == ((), (LINJIANG, DONGAN), 8)
    assert "东岸新区扶贫办" in office(DONGAN).aliases
    assert contacts(LINJIANG)[0] == (Role.OFFICER, "officer.230100@example.org", "周二", True)
    assert entries("roster.imported")[-1][1] == {"added": [], "changed": [LINJIANG, DONGAN], "deactivated": []}


def test_it_keeps_a_contact_that_is_gone_as_a_row_inactive_and_takes_it_back(database: str) -> None:
    import_cast(NOW)
    gone = ROSTER_CSV.replace("head.230100@example.org", "new.230100@example.org")
    assert load(gone).changed == (LINJIANG,)
    assert (Role.HEAD, "head.230100@example.org", "吴一", False) in contacts(LINJIANG)
    assert (Role.HEAD, "new.230100@example.org", "吴一", True) in contacts(LINJIANG)
    active = {each.code: [c.address for c in each.contacts] for each in list_offices.fn()}
    assert active[LINJIANG] == [
        "officer.230100@example.org", "duty.230100@example.org", "new.230100@example.org"
    ]  # fmt: skip
    import_cast(NOW)
    assert (Role.HEAD, "head.230100@example.org", "吴一", True) in contacts(LINJIANG)
    assert (Role.HEAD, "new.230100@example.org", "吴一", False) in contacts(LINJIANG)


def test_it_lists_offices_that_are_gone_and_keeps_them() -> None:
    import_cast(NOW)
    done = load(without(BEILING))
    assert (done.missing, done.deactivated) == ((BEILING,), False)
    assert office(BEILING).valid_until is None
    assert BEILING in [each.code for each in list_offices.fn()]


def test_it_deactivates_them_when_told_to_and_takes_them_back(database: str) -> None:
    import_cast(NOW)
    assert load(without(BEILING), deactivate=True).missing == (BEILING,)
    assert office(BEILING).valid_until is not None
    assert BEILING not in [each.code for each in list_offices.fn()]
    before = audit_head.fn()
    assert load(without(BEILING), deactivate=True).missing == (), "gone already"
    assert audit_head.fn() == before
    assert import_cast(NOW).changed == (BEILING,)
    assert office(BEILING).valid_until is None


def test_it_leaves_a_deactivated_office_out_of_the_next_forwarding() -> None:
    import_cast(NOW)
    load(without(BEILING), deactivate=True)
    register_pair(NOW)
    assert len(forward_cover(NOW).offices) == 7
    assert not owed("receipt", BEILING)


def test_it_refuses_a_file_without_our_own_office() -> None:
    below = (LINJIANG, DONGAN, "230184", WANGCHUAN, QINGPING, BEILING, "230000-01", "230000-02")
    with pytest.raises(Refused, match=r"代码 230000.*DUBAN_OPERATING_OFFICE"):
        load(without(PROVINCE, *below))
    assert not rows(Office)


def test_it_takes_another_operating_office_from_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUBAN_OPERATING_OFFICE", LINJIANG)
    settings.cache_clear()
    assert len(import_cast(NOW).added) == 10


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("officer.230102@example.org", "officer.230102", 9, "有且只有一个 @"),
        (f"县级,{LINJIANG},{DONGAN}", f"县级,239999,{DONGAN}", 9, "名录中没有“239999”"),
        ("王一,经办人", "王一,主任", 9, "不是已知的角色"),
        ("冯一,负责人,head.230102@example.org,", "head.230102@example.org,负责人,冯一,", 10, "列错位"),
        ("县级,230100,230184,褚一", "市级,230100,230184,褚一", 12, "与第11行不一致"),
    ],
)
def test_it_imports_nothing_of_a_wrong_file_and_names_the_line(
    database: str, old: str, new: str, line: int, words: str
) -> None:
    assert old in ROSTER_CSV
    with pytest.raises(RosterError) as wrong:
        load(ROSTER_CSV.replace(old, new, 1))
    assert f"第{line}行" in str(wrong.value)
    assert words in str(wrong.value)
    assert not rows(Office)
    assert not rows(Contact)
    assert audit_head.fn().seq == 0


def test_it_refuses_a_cycle_and_changes_nothing_of_what_is_there() -> None:
    import_cast(NOW)
    before = audit_head.fn()
    with pytest.raises(RosterError, match="成环"):
        load(ROSTER_CSV.replace(f"市级,{PROVINCE},{LINJIANG}", f"市级,{WANGCHUAN},{LINJIANG}").replace(
            f"市级,{PROVINCE},{WANGCHUAN}", f"市级,{LINJIANG},{WANGCHUAN}"))  # fmt: skip
    assert audit_head.fn() == before


def test_it_keeps_addresses_and_numbers_out_of_the_trail() -> None:
    import_cast(NOW)
    assert "example.org" not in str(entries())
    assert "0400" not in str(entries())
