"""A draft that nobody has looked at is found by the check: the sooner, the more urgent the paper."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.reviewing import Looking
from tasks.drafting import reject_draft
from tasks.registering import register_circular
from tests.cast import OPERATOR, beijing, import_cast, notice_text
from tests.tasks.checks import found

NOW = beijing("2020-02-14 11:00")
pytestmark = pytest.mark.usefixtures("sqlite")


def waits(urgency: str = "") -> int:
    import_cast(NOW)
    text = notice_text("江扶组办发〔2020〕20号", "请各地抓好落实。", urgency=urgency)
    done = register_circular.fn(text.encode(), "来文.md", actor=OPERATOR, now=NOW, looking=Looking.ALWAYS)
    return done.waiting or 0


def test_it_finds_a_draft_that_nobody_has_looked_at_for_half_a_working_day() -> None:
    number = waits()
    assert "unreviewed_drafts" not in found(beijing("2020-02-14 14:59"))
    late = found(beijing("2020-02-14 15:00"))["unreviewed_drafts"]
    assert f"草稿 {number}（来文.md）" in late.sentence
    assert not late.at_any_hour
    reject_draft.fn(number, "重复", actor=OPERATOR, now=NOW)
    assert "unreviewed_drafts" not in found(beijing("2020-02-17 15:00"))


def test_it_finds_an_urgent_one_after_a_working_hour() -> None:
    waits("加急")
    assert "unreviewed_drafts" not in found(NOW + timedelta(minutes=59))
    assert not found(NOW + timedelta(hours=1))["unreviewed_drafts"].at_any_hour


def test_it_finds_an_extra_urgent_one_after_a_quarter_of_an_hour_at_any_hour() -> None:
    waits("特急")
    assert "unreviewed_drafts" not in found(NOW + timedelta(minutes=14))
    assert found(NOW + timedelta(minutes=15))["unreviewed_drafts"].at_any_hour
