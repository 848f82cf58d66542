"""The table of default ladders and limits (docs/rules.md, its end), written out: the file that ships says the same."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path

import pytest

from config.policies import DEFAULT_FILE, load_policies
from domain.policies import Anchor, Rung, Unit
from domain.policy_words import limit_name

POLICIES = load_policies()
ROUTINE, URGENT, EXTRA = "routine", "urgent", "extra_urgent"
URGENCIES = (ROUTINE, URGENT, EXTRA)
FIRST, SECOND, THIRD, FOURTH = SEVERITIES = ("particularly_serious", "serious", "relatively_serious", "ordinary")

#: name: anchor and offset, then `>` and whom it tells; `☎` the call list, `↑` the next level, `✎` a drafted paper
UNSIGNED = "unsigned-list: issued+1440m > operators"
FORWARD_OR_DECIDE = ("due-0: due-0d or half-way > officer", "due+1: due+1d > head", "due+3: due+3d > superior")
WITH_A_DATE = (
    "due-3: due-3d > officer",
    "due-1: due-1d > officer",
    "due-0: due-0d > officer",
    "due+1: due+1d > officer head",
    "due+3: due+3d > superior",
    "due+5: due+5d > superior_head ✎supervision_letter",
    "weekly: due+5d every 7 days 8 times > officer superior",
)
LADDERS: dict[tuple[tuple[str, ...], tuple[str, ...]], tuple[str, ...]] = {
    # receipt, extra urgent: officer at 15; superior and call list at 60
    (("receipt",), (EXTRA,)): ("issued+15m: issued+15m > officer", "issued+60m: issued+60m > superior ☎", UNSIGNED),
    # receipt, urgent: officer at 1 working hour; superior at 4
    (("receipt",), (URGENT,)): ("issued+1h: issued+1h > officer", "issued+4h: issued+4h > superior", UNSIGNED),
    # receipt, routine: officer at 4 working hours; superior at 2 working days
    (("receipt",), (ROUTINE,)): ("issued+4h: issued+4h > officer", UNSIGNED, "issued+2: issued+2d > superior"),
    (("forward", "decide"), URGENCIES): FORWARD_OR_DECIDE,
    (("report", "complete"), URGENCIES): WITH_A_DATE,
    # respond: at once, the next level at the limit, the operating office's head at twice the limit
    (("respond",), (FIRST, SECOND)): (
        "issued+0m: issued+0m > duty ☎", "due+0m: due+0m > superior ↑", "due+15m: due+15m > operating_head"),
    (("respond",), (THIRD,)): (
        "issued+0m: issued+0m > duty ☎", "due+0m: due+0m > superior ↑", "due+30m: due+30m > operating_head"),
    (("respond",), (FOURTH,)): (
        "issued+0m: issued+0m > duty ☎", "due+0m: due+0m > superior ↑", "due+60m: due+60m > operating_head"),
    # pass on: the call at once is the response's, one message tells of both
    (("pass_on",), (FIRST, SECOND, THIRD)): ("due+0m: due+0m > superior ↑", "due+60m: due+60m > operating_head"),
    (("pass_on",), (FOURTH,)): ("due+0m: due+0m > superior ↑", "due+120m: due+120m > operating_head"),
}  # fmt: skip

TERMS: dict[tuple[str, tuple[str, ...]], tuple[int, Unit]] = {
    ("receipt", (EXTRA,)): (30, Unit.MINUTES),
    ("receipt", (URGENT,)): (2, Unit.WORKING_HOURS),
    ("receipt", (ROUTINE,)): (1, Unit.WORKDAYS),
    ("forward", (EXTRA,)): (0, Unit.WORKDAYS),  # the same day
    ("forward", (URGENT,)): (1, Unit.WORKDAYS),
    ("forward", (ROUTINE,)): (3, Unit.WORKDAYS),
    ("decide", ("extension", "contest")): (2, Unit.WORKDAYS),
    ("decide", ("review",)): (3, Unit.WORKDAYS),
    ("respond", (FIRST, SECOND)): (15, Unit.MINUTES),
    ("respond", (THIRD,)): (30, Unit.MINUTES),
    ("respond", (FOURTH,)): (60, Unit.MINUTES),
    ("pass_on", (FIRST, SECOND, THIRD)): (60, Unit.MINUTES),
    ("pass_on", (FOURTH,)): (120, Unit.MINUTES),
}

LIMITS: dict[str, dict[str, int]] = {
    "wait_minutes": {"": 10},
    "return_workdays": {"": 2},
    "contest_workdays": {"": 2},
    "extension_count": {"": 2},
    "extension_days": {"": 30},
    "acknowledge_workdays": {ROUTINE: 2},
    "acknowledge_working_hours": {URGENT: 4, EXTRA: 4},
    # one per obligation in 4 working hours, 3 in all; extra urgent: 30 minutes
    "reminder_cooldown_working_hours": {ROUTINE: 4, URGENT: 4},
    "reminder_cooldown_minutes": {EXTRA: 30, **dict.fromkeys(SEVERITIES, 30)},
    "reminder_cap": {"": 3},
    "undated_days": {ROUTINE: 15, URGENT: 5, EXTRA: 5},
    "telephone_minutes": {FIRST: 15, SECOND: 15, THIRD: 30},
    "written_minutes": {FIRST: 30, SECOND: 30, THIRD: 60, FOURTH: 120},
    "state_council_minutes": {FIRST: 60, SECOND: 60},
    "state_council_latest_minutes": {FIRST: 240, SECOND: 240},
    # every day until the final report; 较大 and above by 8:00 and 17:00
    "follow_up_morning_hour": {FIRST: 8, SECOND: 8, THIRD: 8},
    "follow_up_evening_hour": dict.fromkeys(SEVERITIES, 17),
}

#: What a clock rests on, where that is a rule of somebody's: words that its source must name.
SOURCES = {
    'name = "unsigned-list"': "黄南州电子公文规定第十条",
    "undated_days": "平政办〔2017〕18号",
    "contest_workdays": "平政办〔2017〕18号",
    "telephone_minutes": "河南省应急管理部门",
    "written_minutes": "国务院令第493号第十一条",
    "state_council_minutes": "突发事件应对法（2024）第十七条、第六十一条",
    "follow_up_morning_hour": "河南省应急管理部门",
    "reminder_cap": "三种商业平台的做法",
}


def in_words(rung: Rung) -> str:
    unit = {Unit.MINUTES: "m", Unit.WORKING_HOURS: "h", Unit.WORKDAYS: "d"}[rung.unit]
    sign = "-" if rung.offset < 0 or (rung.offset == 0 and rung.anchor is Anchor.DUE and unit == "d") else "+"
    words = f"{rung.name}: {rung.anchor}{sign}{abs(rung.offset)}{unit}"
    words += " or half-way" if rung.half_way else ""
    words += f" every {rung.every_days} days {rung.times} times" if rung.every_days else ""
    words += f" > {' '.join(rung.audiences)}" + (" ☎" if rung.call_list else "") + (" ↑" if rung.next_level else "")
    return words + (f" ✎{rung.draft}" if rung.draft else "")


LADDER_CELLS = [
    (kind, grade, rungs) for (kinds, grades), rungs in LADDERS.items() for kind, grade in product(kinds, grades)
]


@pytest.mark.parametrize(("kind", "grade", "rungs"), LADDER_CELLS)
def test_it_climbs_as_the_table_says_rung_by_rung(kind: str, grade: str, rungs: tuple[str, ...]) -> None:
    assert tuple(map(in_words, POLICIES.ladder(kind, grade).rungs)) == rungs


def test_it_has_no_ladder_beside_the_table_but_that_of_follow_ups() -> None:
    beside = set(POLICIES.ladders) - {(kind, grade) for kind, grade, _ in LADDER_CELLS}
    assert beside == {("follow_up", grade) for grade in SEVERITIES}


def test_it_sets_the_terms_of_the_table_and_no_others() -> None:
    wanted = {(kind, grade): term for (kind, grades), term in TERMS.items() for grade in grades}
    assert {key: (term.amount, term.unit) for key, term in POLICIES.terms.items()} == wanted


def test_it_sets_the_limits_of_the_table_and_no_others() -> None:
    wanted = {
        f"{name}.{grade}" if grade else name: value for name, each in LIMITS.items() for grade, value in each.items()
    }
    assert dict(POLICIES.limits) == wanted


@pytest.mark.parametrize(("what", "source"), SOURCES.items())
def test_it_names_the_rule_that_a_clock_rests_on_beside_it(what: str, source: str) -> None:
    lines = [
        line for line in DEFAULT_FILE.read_text(encoding="utf-8").splitlines() if what in line and "source" in line
    ]
    assert lines
    assert all(source in line for line in lines)


@pytest.mark.parametrize("name", LIMITS)
def test_it_uses_every_limit(name: str) -> None:
    """A limit that nothing reads would be a promise that nobody keeps."""
    root = Path(__file__).resolve().parents[2]
    code = [path for folder in ("domain", "models", "tasks") for path in (root / folder).rglob("*.py")]
    code.remove(root / "domain" / "policy_words.py")  # that only names it
    assert any(re.search(rf"[\"']{name}[\"'.]", path.read_text(encoding="utf-8")) for path in code), name


@pytest.mark.parametrize("name", LIMITS)
def test_it_names_every_limit_in_chinese(name: str) -> None:
    assert re.search("[\u4e00-\u9fff]", limit_name(name))
