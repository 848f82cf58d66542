"""The forms that amend a calendar and mark what restates an upstream requirement."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.circulars import forward_circular, mark_restated
from flows.workdays import amend_calendar
from models.circular import Requirement
from models.obligation import Obligation
from tests.cast import COVER, UPSTREAM, beijing, import_cast, register_pair, set_out
from tests.flows.runs import run
from tests.looking import rows
from tests.tasks.stage import use

NOW = beijing("2020-01-23 10:00")
OFFICER = "值班员甲"


def test_it_previews_an_amendment_unless_told_to_apply_it(
    prefect_api: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "first.toml"
    path.write_text("extra_workdays = [2020-01-31, 2020-02-01]\n", encoding="utf-8")
    use(monkeypatch, work_days_file=path)
    set_out(NOW)
    use(monkeypatch, work_days_file="")
    shown = run(amend_calendar, officer=OFFICER, as_of=NOW)
    assert shown.line.startswith("预览：将按现行工作日历调整：时限变动")
    assert "已发出的邮件不变，人工确定的时限不变" in shown.text("amended-calendar")
    assert {row.revision for row in rows(Obligation)} == {0}
    refused = run(amend_calendar, officer=OFFICER, apply=True, as_of=NOW)
    assert (refused.state, "必须说明理由" in refused.line) == ("FAILED", True)
    done = run(amend_calendar, officer=OFFICER, apply=True, reason="延长春节假期", as_of=NOW)
    assert done.line.startswith("已按现行工作日历调整：时限变动")
    assert "| 2020年1月31日（星期五）24时前 | 2020年2月3日（星期一）24时前 |" in done.text("amended-calendar")
    assert run(amend_calendar, officer=OFFICER, as_of=NOW).line.endswith("没有变动。")


def test_it_sets_an_internal_day_and_marks_what_restates(prefect_api: str) -> None:
    now = beijing("2020-02-14 09:30")
    import_cast(now)
    register_pair(now)
    ran = run(forward_circular, document_number=COVER, officer=OFFICER, internal=["1=2020-02-18"], as_of=now)
    assert "2020年2月18日（星期二）24时前" in ran.text("forwarded-circular")
    assert [row.ordinal for row in rows(Requirement) if row.restates_id] == [4]
    again = run(
        mark_restated, document_number=COVER, ordinal=4, upstream=UPSTREAM, upstream_ordinal=1, reason="同一份材料",
        officer=OFFICER, as_of=now,
    )  # fmt: skip
    assert again.line == f"已标明“{COVER}”第 4 项重申“{UPSTREAM}”第 1 项，合并 0 项。"
    refused = run(forward_circular, document_number=COVER, officer=OFFICER, internal=["2月18日"], as_of=now)
    assert refused.line == "内部时限“2月18日”无法识别，应写作 2=2020-02-18（第几项要求=日期）。"
