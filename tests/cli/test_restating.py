"""`duban forward --internal` and `duban circular restates`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from domain.calendar import local_day
from models.circular import Requirement
from tasks.forwarding import forward_circular
from tests.cast import LINJIANG, OPERATOR, import_cast, notice_text, officer, register_text
from tests.cli.commands import Duban
from tests.looking import rows

ABOVE, BELOW = "江扶组办发〔2020〕9号", "临扶组办发〔2020〕5号"


@pytest.fixture
def ready(sqlite: str, duban: Duban) -> Duban:
    """The province asks by a circular, 临江市 for the same by one of its own that passes it on."""
    now = datetime.now(UTC)
    later = [local_day(now) + timedelta(days=each) for each in (60, 50)]
    above, below = (f"请各地将总结于{day.year}年{day.month}月{day.day}日前报" for day in later)
    import_cast(now)
    register_text(notice_text(ABOVE, above + "省扶贫办。"), now)
    forward_circular.fn(ABOVE, actor=OPERATOR, now=now)
    received = f"省扶贫办《关于做好有关工作的通知》（{ABOVE}）已经收悉，现转发给你们，请结合实际抓好落实。"
    text = notice_text(BELOW, received, below + "临江市扶贫办。", addressees="各县（市、区）扶贫开发领导小组")
    text = text.replace("江北省扶贫开发领导小组办公室", "临江市扶贫开发领导小组办公室")
    text = text.replace("办公室关于做好有关工作的通知", "办公室关于转发《省扶贫办 <关于做好有关工作的通知>》的通知")
    register_text(text, now, "below.md")
    return duban


def test_it_marks_a_requirement_as_restating(ready: Duban) -> None:
    forward_circular.fn(BELOW, actor=officer(LINJIANG), now=datetime.now(UTC), sender=LINJIANG)
    assert "必须说明理由" in ready.refused("circular", "restates", BELOW, 1, ABOVE, 1)
    said = ready.said("circular", "restates", BELOW, 1, ABOVE, 1, "--reason", "同一份总结")
    assert said.strip() == f"已标明“{BELOW}”第 1 项重申“{ABOVE}”第 1 项，合并 2 项。"
    done = ready("circular", "restates", BELOW, 1, ABOVE, 1, "--reason", "同一份总结", "--json").json()
    assert done["united"] == 0


def test_it_sets_an_internal_day(ready: Duban) -> None:
    day = local_day(datetime.now(UTC)) + timedelta(days=30)
    said = ready.said("forward", BELOW, "--from", LINJIANG, "--internal", f"1={day}", "--dry-run")
    assert f"{day.year}年{day.month}月{day.day}日" in said
    assert {row.restates_id for row in rows(Requirement)} == {None}, "only shown"
    ready.said("forward", BELOW, "--from", LINJIANG, "--internal", f"1={day}")
    assert [row.due_on for row in rows(Requirement) if row.restates_id] == [day]


@pytest.mark.parametrize("written", ["1", "x=2020-02-18", "1=", "1=18.2.2020"])
def test_it_explains_how_an_internal_day_is_written(ready: Duban, written: str) -> None:
    refused = ready.refused("forward", BELOW, "--from", LINJIANG, "--internal", written)
    assert "无法识别，应写作" in refused
