"""`duban calendar`: looking at the calendar, previewing and applying an amendment."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cast import COVER, beijing, set_out
from tests.cli.commands import Duban
from tests.tasks.stage import use


@pytest.fixture(autouse=True)
def amended(sqlite: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A circular went out on 20 January 2020 under the calendar as first published; now it is amended."""
    path = tmp_path / "first.toml"
    path.write_text("extra_workdays = [2020-01-31, 2020-02-01]\n", encoding="utf-8")
    use(monkeypatch, work_days_file=path)
    set_out(beijing("2020-01-23 10:00"))
    use(monkeypatch, work_days_file="")


def test_it_shows_a_year(duban: Duban) -> None:
    shown = duban("calendar", "show", 2020)
    assert "2020年工作日历（国家已公布）" in shown.out
    assert "2020年1月24日（星期五）" in shown.out
    assert "（现行）" in shown.out
    assert "国家尚未公布" in duban("calendar", "show", 2031).out
    assert duban("calendar", "show", "2020", "--json").json()["published"] is True


def test_it_previews_then_applies(duban: Duban) -> None:
    shown = duban("calendar", "preview")
    assert "预览：将按现行工作日历调整" in shown.out
    assert "改为休息：2020年1月31日（星期五）至2020年2月1日（星期六）" in shown.out
    assert COVER in shown.out
    assert "必须说明理由" in duban.refused("calendar", "apply")
    done = duban("calendar", "apply", "--reason", "延长春节假期", "--json").json()
    assert done["applied"] is True
    assert done["moved"] == duban("calendar", "preview", "--json").json()["moved"] + done["moved"] > 0
    assert "没有变动" in duban("calendar", "preview").out
