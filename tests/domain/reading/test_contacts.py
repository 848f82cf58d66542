"""Contacts: one entry for each number, people and mailboxes beside them."""

from __future__ import annotations

import pytest

from domain.documents import ContactLine
from domain.reading.contacts import contacts


def read(text: str) -> tuple[ContactLine, ...]:
    return contacts(text, 0, len(text))


ZHOU = ContactLine(name="周例", phone="0997-1234567")


@pytest.mark.parametrize(
    "text",
    [
        "联系人：周例，电话：0997-1234567",
        "联系人：周例  0997-1234567",
        "（联系人：周例，联系电话：0997-1234567）",
        "联系人：周 例\n联系电话：0997-1234567",
        "联系人:周例,0997一1234567。",
        "联系人及电话：周例0997-1234567",
        "联系人：省林业局 周例 0997-1234567",
        "联系人：周例，电话：0997-1234567，传真：0997-7654321",
        "联系人：周例，电话：0997-1234567,7654321(传真)",
        "联系人：周例\n电  话：0997-1234567\n传  真：0997-7654321",
        "联系人：周例，电话：0997-1234567，工作QQ群：12345678",
        "会议地点：云河宾馆（湖滨路2号，电话：0997-2222222）\n联系人：周例，电话：0997-1234567",
    ],
)
def test_it_reads_a_person_and_a_number(text: str) -> None:
    assert read(text) == (ZHOU,)


def test_it_reads_a_mailbox_with_them() -> None:
    (found,) = read("联系人：周例 电话：0997-1234567\n邮箱：zhou@example.org")
    assert found == ContactLine(name="周例", phone="0997-1234567", email="zhou@example.org")


def test_it_pairs_people_with_numbers_in_their_order() -> None:
    found = read("联系人：周例，吴样\n联系电话：0997-1234567，0997-7654321\n邮箱：li@example.org")
    assert [(one.name, one.phone, one.email) for one in found] == [
        ("周例", "0997-1234567", "li@example.org"),
        ("吴样", "0997-7654321", "li@example.org"),
    ]


def test_it_makes_an_entry_of_each_number_of_one_person() -> None:
    found = read("联系人：周例，电话：0997-1234567，18800000000")
    assert [(one.name, one.phone) for one in found] == [("周例", "0997-1234567"), ("周例", "18800000000")]


def test_it_reads_people_of_several_offices() -> None:
    found = read("联系人：省林业局 周例 0997-1234567；省财政厅 吴样 0997-7654321")
    assert [(one.name, one.phone) for one in found] == [("周例", "0997-1234567"), ("吴样", "0997-7654321")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("联系电话：1234567。", ContactLine(phone="1234567")),
        ("请报送至电子邮箱fanghuo@example.org。", ContactLine(email="fanghuo@example.org")),
        ("联系人：XXX，电话：0997-123XXXX", ContactLine(name="XXX", phone="0997-123XXXX")),
    ],
)
def test_it_leaves_out_what_is_not_given(text: str, expected: ContactLine) -> None:
    assert read(text) == (expected,)


@pytest.mark.parametrize("text", ["请认真执行。", "全省共有1234567人。", "联系群众，服务基层。", "联系人：周例", ""])
def test_it_finds_no_contact_where_no_number_is_given(text: str) -> None:
    assert read(text) == ()


def test_it_takes_no_fax_for_a_contact() -> None:
    assert read("联系电话、传真：见网站。传真：0997-7654321") == ()


def test_it_reads_no_further_than_the_annexes() -> None:
    assert read("联系人：周例，电话：0997-1234567附件：1.名单2024年3月1日 7654321") == (ZHOU,)


def test_it_gives_each_contact_once() -> None:
    assert read("联系人：周例，电话：0997-1234567。\n联系人：周例，电话：0997-1234567。") == (ZHOU,)


def test_it_reads_a_letter_box_in_the_text() -> None:
    assert read("请将名单发送至电子信箱：fang@example.org。") == (ContactLine(email="fang@example.org"),)


def test_it_takes_the_telephone_of_an_inn_for_no_contact() -> None:
    assert read("二、报到地点：云河饭店（湖滨路2号，电话：0997-2222222）") == ()
