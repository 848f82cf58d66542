"""An upstream's day is passed down only as an internal, earlier one; by level a superior compiles what it gets."""

from __future__ import annotations

from datetime import date

import pytest

from domain.errors import Refused
from domain.planning import ForwardingMode
from domain.statuses import Status
from models.circular import Requirement
from models.circulars import need_circular
from models.obligation import Adjustment, AdjustmentKind, Obligation
from models.recalls import take_back_from
from models.session import transaction
from tasks.auditing import chain_of
from tasks.forwarding import Forwarded, forward_circular, recall_forwarding
from tasks.sweeping import sweep
from tests.cast import (
    ADDRESSED,
    COVER,
    DONGAN,
    EDUCATION,
    LINJIANG,
    OPERATOR,
    PROVINCE,
    SHIQIAO,
    UPSTREAM,
    beijing,
    import_cast,
    notice_text,
    register_pair,
    register_text,
)
from tests.looking import code_of, entries, owed, rows, the_one
from tests.tasks.stage import audit_is_whole

NOW = beijing("2020-02-14 09:30")
NUMBER = "江扶组办发〔2020〕9号"
INTERNAL = date(2020, 2, 18)
REPORT = "请各地将情况于2020年3月20日前报省扶贫办。"

pytestmark = pytest.mark.usefixtures("sqlite")


def forward(internal: dict[int, date], number: str = COVER, *, dry_run: bool = False) -> Forwarded:
    return forward_circular.fn(number, actor=OPERATOR, now=NOW, internal=internal, dry_run=dry_run)


@pytest.fixture
def pair(sqlite: str) -> None:
    import_cast(NOW)
    register_pair(NOW)


def restating() -> list[Requirement]:
    return [row for row in rows(Requirement) if row.restates_id is not None]


@pytest.mark.usefixtures("pair")
def test_it_passes_no_upstream_day_down_by_itself() -> None:
    forward({})
    assert restating() == []
    assert not [each for each in owed("report", DONGAN) if each.due_at == beijing("2020-02-21 00:00")]


@pytest.mark.usefixtures("pair")
def test_it_adds_a_requirement_of_its_own_with_the_earlier_day() -> None:
    forward({1: INTERNAL})
    (added,) = restating()
    assert (added.due_on, added.ordinal, added.deliver_to) == (
        INTERNAL, 4, "江北省扶贫开发领导小组办公室",
    )  # fmt: skip
    due = [each for each in owed("report", DONGAN) if each.requirement_id == added.id]
    assert [(each.due_at, code_of(each.reviewer_id or 0)) for each in due] == [(beijing("2020-02-19 00:00"), PROVINCE)]
    assert the_one("report", PROVINCE, UPSTREAM).due_at == beijing("2020-02-21 00:00"), "the upstream's own day stays"
    ((subject, payload),) = entries("requirement.added")
    assert (subject, payload["due_on"], payload["was"]) == (f"circular:{added.circular_id}", "2020-02-18", "2020-02-20")
    assert audit_is_whole()


@pytest.mark.usefixtures("pair")
def test_it_covers_the_upstream_requirement_in_the_audit() -> None:
    forward({1: INTERNAL})
    (cover,) = [link for link in chain_of.fn(COVER) if link.number == COVER]
    assert cover.uncovered == ()


@pytest.mark.usefixtures("pair")
def test_it_shows_an_internal_day_in_a_dry_run_and_stores_nothing() -> None:
    shown = forward({1: INTERNAL}, dry_run=True)
    assert any(each.due.startswith("2020年2月18日（星期二）24时前") for each in shown.due)
    assert restating() == []


@pytest.mark.usefixtures("pair")
def test_it_asks_those_who_come_later_for_the_same_day() -> None:
    forward_circular.fn(COVER, actor=OPERATOR, now=NOW, internal={1: INTERNAL}, to=["临江市"])
    forward_circular.fn(COVER, actor=OPERATOR, now=NOW, internal={1: INTERNAL}, to=["望川市"])
    assert len(restating()) == 1
    with pytest.raises(Refused, match=r"已有第 4 项重申（2020年2月18日（星期二）），不能另设"):
        forward({1: date(2020, 2, 17)})


@pytest.mark.usefixtures("pair")
@pytest.mark.parametrize(
    ("internal", "why"),
    [
        ({1: date(2020, 2, 20)}, "应早于上级要求第 1 项的2020年2月20日"),
        ({1: date(2020, 2, 21)}, "应早于上级要求"),
        ({1: date(2020, 2, 13)}, "已经过去"),
        ({2: INTERNAL}, "只有 1 项要求，没有第 2 项"),
    ],
)
def test_it_refuses_a_day_that_is_no_earlier_one(internal: dict[int, date], why: str) -> None:
    with pytest.raises(Refused, match=why):
        forward(internal)
    assert owed("receipt", DONGAN) == []


def test_it_refuses_an_internal_day_where_there_is_no_upstream() -> None:
    import_cast(NOW)
    register_text(notice_text(NUMBER, REPORT), NOW)
    with pytest.raises(Refused, match="没有已登记的上级公文"):
        forward({1: INTERNAL}, NUMBER)


def by_level(*to: str, internal: dict[int, date] | None = None, text: str = REPORT) -> None:
    import_cast(NOW)
    register_text(notice_text(NUMBER, text), NOW)
    forward_circular.fn(NUMBER, actor=OPERATOR, now=NOW, mode=ForwardingMode.BY_LEVEL, to=to, internal=internal or {})


def reports() -> dict[str, tuple[str | None, str]]:
    """Return who owes a report: to whom, and by which local day."""
    return {
        code_of(each.office_id): (code_of(each.reviewer_id) if each.reviewer_id else None, _day(each))
        for each in owed("report", number=NUMBER)
    }


def _day(each: Obligation) -> str:
    assert each.due_at is not None
    return f"{each.due_at:%m-%d}"


def test_it_lets_a_superior_that_was_not_addressed_compile_by_level() -> None:
    by_level("东岸区", "石桥县")
    assert reports() == {
        DONGAN: (LINJIANG, "03-20"), SHIQIAO: (LINJIANG, "03-20"), LINJIANG: (PROVINCE, "03-20"),
    }  # fmt: skip


def test_it_lets_an_addressee_compile_in_the_report_it_owes_anyway() -> None:
    by_level()
    found = reports()
    assert sorted(found) == sorted(code for code in ADDRESSED if not code.startswith("230000-"))
    assert (found[LINJIANG][0], found[DONGAN][0]) == (PROVINCE, LINJIANG)
    assert len(owed("report", LINJIANG, NUMBER)) == 1


def test_it_lets_the_operating_office_compile_for_an_office_outside() -> None:
    by_level(text="请各地各部门将情况于2020年3月20日前报国务院扶贫办。")
    found = reports()
    assert found[PROVINCE] == (None, "03-20"), "outside: an operator records the outcome"
    assert (found[LINJIANG][0], found[DONGAN][0], found[EDUCATION][0]) == (PROVINCE, LINJIANG, PROVINCE)


def test_it_gives_those_below_an_internal_day_and_leaves_the_compiled_report_its_own() -> None:
    by_level("东岸区", "石桥县", internal={1: date(2020, 3, 13)})
    assert {office: day for office, (_, day) in reports().items()} == {
        DONGAN: "03-13", SHIQIAO: "03-13", LINJIANG: "03-20",
    }  # fmt: skip
    due = the_one("report", DONGAN, NUMBER)
    assert due.base_due_at == beijing("2020-03-21 00:00"), "the day of the circular stays on record"
    (row,) = [each for each in rows(Adjustment) if each.obligation_id == due.id]
    assert (row.kind, row.new_due_at) == (AdjustmentKind.TIGHTENING, beijing("2020-03-14 00:00"))
    with pytest.raises(Refused, match="应早于本文要求"):
        forward_circular.fn(
            NUMBER, actor=OPERATOR, now=NOW, mode=ForwardingMode.BY_LEVEL, to=["青坪县"],
            internal={1: date(2020, 3, 20)},
        )  # fmt: skip


def test_it_owes_a_compiled_report_for_every_period() -> None:
    by_level("东岸区", text="自3月份起，各地每月5日前向省扶贫办报送一次最新进展。")
    sweep.fn(now=beijing("2020-04-06 10:00"))
    assert [each.period for each in owed("report", LINJIANG, NUMBER)] == ["2020-03-05", "2020-04-05", "2020-05-05"]


def test_it_ends_a_compiled_report_with_the_last_report_it_is_made_of() -> None:
    by_level("东岸区", "石桥县")
    recall_forwarding.fn(NUMBER, "发错了", actor=OPERATOR, now=NOW)
    assert {each.status for each in owed("report", number=NUMBER)} == {Status.WITHDRAWN}
    forward_circular.fn(NUMBER, actor=OPERATOR, now=NOW, mode=ForwardingMode.BY_LEVEL, to=["石桥县"])
    open_again = [each for each in owed("report", number=NUMBER) if each.status is Status.PENDING]
    assert sorted(code_of(each.office_id) for each in open_again) == [LINJIANG, SHIQIAO]


def test_it_leaves_a_report_that_an_addressee_owes_anyway() -> None:
    by_level("临江市", "东岸区")
    return_paper_of(DONGAN)
    assert the_one("report", LINJIANG, NUMBER).status is Status.PENDING
    assert the_one("report", DONGAN, NUMBER).status is Status.WITHDRAWN


def return_paper_of(office: str) -> None:
    """Take the circular back from one office, as when it has sent back what was not meant for it."""
    with transaction(OPERATOR, NOW) as work:
        circular = need_circular(work.session, NUMBER)
        take_back_from(work, circular, {the_one("receipt", office, NUMBER).office_id})
