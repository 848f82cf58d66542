"""What stands in one report made of many: facts in the order of the roster, gaps by name, nothing that ranks."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from domain.causes import Cause, the_period
from domain.compiling import Line, Matter, Owed, Standing, changed_since, counts, lines, plain, summary, text, title
from domain.errors import Refused
from domain.offices import Tier
from domain.statuses import Hold, Status
from tests.cast import beijing

DUE = beijing("2020-03-06 00:00")
NOW = beijing("2020-03-09 09:00")
MATTER = Matter(
    compiler="省扶贫办", document="《通知》（江〔2020〕1号）", ordinal=2, asked="每月5日前报送进展。",
    period="2020-03-05", since=None, as_of=NOW,
)  # fmt: skip


def owed(code: str = "230102", status: Status = Status.PENDING, tier: Tier = Tier.COUNTY, **facts: object) -> Owed:
    return replace(Owed(code=code, office=f"单位{code}", tier=tier, status=status, due_at=DUE), **facts)  # type: ignore[arg-type]


def line(**facts: object) -> Line:
    (found,) = lines([owed(**facts)], NOW)  # type: ignore[arg-type]
    return found


@pytest.mark.parametrize(
    ("status", "standing"),
    [
        (Status.PENDING, Standing.MISSING), (Status.SUBMITTED, Standing.AWAITING), (Status.RETURNED, Standing.RETURNED),
        (Status.ACCEPTED, Standing.ACCEPTED), (Status.WAIVED, Standing.WAIVED),
    ],
)  # fmt: skip
def test_it_takes_in_what_was_accepted_and_nothing_else(status: Status, standing: Standing) -> None:
    found = line(status=status, text="内容", submitted_at=NOW)
    assert found.standing is standing
    assert found.text == ("内容" if standing is Standing.ACCEPTED else "")


@pytest.mark.parametrize("status", [Status.WITHDRAWN, Status.SUPERSEDED])
def test_it_leaves_out_what_is_owed_no_longer(status: Status) -> None:
    assert lines([owed(status=status)], NOW) == []


def test_it_orders_by_tier_and_roster_and_not_by_who_was_first() -> None:
    found = lines(
        [
            owed("230200", Status.ACCEPTED, Tier.PREFECTURE, submitted_at=NOW),
            owed("230102", Status.ACCEPTED, submitted_at=DUE - timedelta(days=9)),
            owed("230100", Status.PENDING, Tier.PREFECTURE),
        ],
        NOW,
    )
    assert [each.code for each in found] == ["230100", "230200", "230102"]


@pytest.mark.parametrize(
    ("facts", "late"),
    [
        ({"status": Status.ACCEPTED, "submitted_at": DUE - timedelta(seconds=1)}, False),
        ({"status": Status.ACCEPTED, "submitted_at": DUE}, True),
        ({"status": Status.SUBMITTED, "submitted_at": DUE}, True),
        ({"status": Status.SUBMITTED, "submitted_at": DUE, "hold": Hold.CONTEST}, True),
        ({"status": Status.PENDING}, True),
        ({"status": Status.PENDING, "hold": Hold.SUSPENSION}, False),
        ({"status": Status.PENDING, "due_at": None}, False),
        ({"status": Status.PENDING, "due_at": NOW + timedelta(seconds=1)}, False),
        ({"status": Status.RETURNED}, True),
        ({"status": Status.WAIVED}, False),
    ],
)
def test_it_says_what_is_late_as_the_rest_of_the_program_does(facts: dict[str, object], late: bool) -> None:
    found = line(**facts)
    assert found.late is late
    assert ("逾期" in found.note) is late


def test_it_says_of_each_gap_what_there_is_to_say() -> None:
    assert line(provisional=True).note == "时限2020年3月5日（星期四）24时前（暂定），已逾期"
    assert line(due_at=None).note == "未定日期"
    assert line(hold=Hold.SUSPENSION).note == "时限2020年3月5日（星期四）24时前，暂停计时"
    assert line(status=Status.RETURNED, reason="缺表，问13912345678。", due_at=None).note == (
        "未定日期，退回理由：缺表，问（联系方式略）"
    )
    assert line(status=Status.ACCEPTED, submitted_at=DUE - timedelta(days=1), reason="很好").note == ""


def test_it_keeps_the_words_of_a_report_as_they_are_but_for_what_no_file_can_hold() -> None:
    assert plain("一\r\n\n  二\t三 \x00四\ud800\n") == "一\n二\t三  四"
    amount = "下拨15000000000元，联系 0400-0000000"
    assert line(status=Status.ACCEPTED, submitted_at=NOW, text=amount).text == amount


def test_it_counts_who_is_to_report_without_whom_was_released() -> None:
    found = lines([owed("1", Status.WAIVED), owed("2", Status.ACCEPTED, submitted_at=DUE), owed("3")], NOW)
    assert summary(MATTER, found) == (
        "截至2020年3月9日（星期一）9时，应向省扶贫办报送的单位共 2 个："
        "已通过 1 个（其中逾期报送 1 个），未报送 1 个；另有免办 1 个。"
    )
    assert counts(found)[Standing.WAIVED] == 1


def test_it_names_together_those_of_whom_the_same_is_to_be_said() -> None:
    found = lines([owed("1"), owed("2", due_at=None), owed("3")], NOW)
    assert text(MATTER, found).splitlines()[-3:] == [
        "（一）未报送（3 个）", "单位1、单位3：时限2020年3月5日（星期四）24时前，已逾期。", "单位2：未定日期。",
    ]  # fmt: skip


def test_it_says_so_where_nothing_came_and_where_nothing_is_missing() -> None:
    assert "目前没有可计入的报送。" in text(MATTER, lines([owed()], NOW))
    assert text(MATTER, lines([owed(status=Status.ACCEPTED, submitted_at=NOW)], NOW)).endswith(
        "四、未计入本稿的单位\n无。"
    )


def test_it_is_entitled_by_circular_requirement_and_period() -> None:
    assert title(MATTER) == "《通知》（江〔2020〕1号）第 2 项要求报送情况汇总（2020年3月5日期）"
    assert title(replace(MATTER, period="")) == "《通知》（江〔2020〕1号）第 2 项要求报送情况汇总"
    assert title(replace(MATTER, period="", since=date(2020, 3, 1))).endswith("（2020年3月1日以来）")


def test_it_notices_what_has_changed_but_not_that_time_has_passed() -> None:
    before = [owed("1", due_at=NOW + timedelta(hours=1)), owed("2", Status.SUBMITTED, submitted_at=NOW)]
    drafted, later = lines(before, NOW), NOW + timedelta(days=1)
    assert changed_since(drafted, lines(before, later)) == 0, "one is late by now: nothing was done"
    assert changed_since(drafted, lines([before[0], replace(before[1], status=Status.ACCEPTED)], later)) == 1
    assert changed_since(drafted, lines([*before, owed("3")], later)) == 1
    handed_in_again = [before[0], replace(before[1], submitted_at=later)]
    assert changed_since(drafted, lines(handed_in_again, later)) == 1


def test_it_reads_back_the_lines_that_are_kept_beside_the_paper() -> None:
    found = lines([owed("1", Status.ACCEPTED, submitted_at=NOW, text="甲"), owed("2")], NOW)
    assert [Line.restored(each.stored()) for each in found] == found


@pytest.mark.parametrize("cause", [Cause(7, 3), Cause(7, 3, "2020-03-05"), Cause(7, 3, since=date(2020, 3, 1))])
def test_it_reads_back_what_a_paper_was_drafted_for(cause: Cause) -> None:
    assert Cause.of(cause.turn(2)) == cause


def test_it_knows_the_cause_of_another_paper_for_none_of_its_own() -> None:
    with pytest.raises(ValueError, match="obligation:5/0/rung"):
        Cause.of("obligation:5/0/rung")


def test_it_understands_a_period_by_day_or_month() -> None:
    known = ["2020-03-05", "2020-04-05"]
    assert the_period("", [""]) == ""
    assert the_period("", ["2020-03-05"]) == "2020-03-05"
    assert the_period("2020-03", known) == the_period("2020-03-05", known) == "2020-03-05"
    for wanted, said in (("", "有 2 期，请指明期次"), ("2020", "有 2 期"), ("2020-3", "没有“2020-3”这一期")):
        with pytest.raises(Refused, match=said):
            the_period(wanted, known)
    with pytest.raises(Refused, match="没有“2020-03”这一期；已有的期次：（不分期）"):
        the_period("2020-03", [""])
    with pytest.raises(Refused, match="没有单位需要报送"):
        the_period("", [])
