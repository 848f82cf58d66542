"""Substitutes on the command line: set, listed, revoked, and refused in one sentence."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from cli.answers import day_end
from tests.cast import LINJIANG
from tests.cli.commands import Duban


@pytest.fixture
def until(set_out_now: datetime) -> str:
    return f"{set_out_now + timedelta(days=7):%Y-%m-%d}"


def test_it_sets_lists_and_revokes_a_substitute(duban: Duban, until: str) -> None:
    said = duban.said("roster", "substitute", "临江市/周一", "临江市/吴一", "--until", until, "--reason", "出差")
    assert "由临江市扶贫开发领导小组办公室的吴一（负责人）代办（编号 1）" in said
    (found,) = duban("roster", "substitutes", "--json").json()
    assert (found["absent"], found["acting"], found["state"]) == ("周一（经办人）", "吴一（负责人）", "代办中")
    assert datetime.fromisoformat(found["ends_at"]) == day_end(until), "the whole of the last day"
    assert "出差" in duban.said("roster", "substitutes")
    assert "已撤销编号 1 的代办" in duban.said("roster", "revoke", 1, "--reason", "返岗")
    assert duban.said("roster", "substitutes") == "没有登记代办。\n"
    assert "已撤销" in duban.said("roster", "substitutes", "--ended")


def test_it_takes_an_hour_and_a_day_to_begin_on(duban: Duban, until: str) -> None:
    duban.said("roster", "substitute", f"{LINJIANG}/周一", "吴一", "--from", until, "--until", f"{until} 12:00",
               "--reason", "出差")  # fmt: skip
    (found,) = duban("roster", "substitutes", "--json").json()
    assert (found["state"], found["starts_at"][:10]) == ("未开始", f"{day_end(until) - timedelta(days=1):%Y-%m-%d}")


def test_it_refuses_in_one_sentence(duban: Duban, until: str) -> None:
    assert "必须说明理由" in duban.refused("roster", "substitute", "周一", "吴一", "--until", until)
    pair = ("周一", "吴一", "--reason", "病")
    assert "没有联系人“周三”" in duban.refused("roster", "substitute", "周三", *pair[1:], "--until", until)
    assert "无法识别" in duban.refused("roster", "substitute", *pair, "--until", "下周")
    assert "没有编号为 7 的代办" in duban.refused("roster", "revoke", 7, "--reason", "返岗")
