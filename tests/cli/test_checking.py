"""`duban check` for a person and for a watcher outside: words or JSON, and an exit code that can be relied on."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import col, select

from models.notice import Firing
from models.session import reading
from tests.cli.commands import Duban


def run_once(duban: Duban) -> None:
    for words in (["sweep"], ["sweep", "--urgent"], ["mail", "deliver"]):
        assert duban(*words).code == 0


def test_it_ends_with_2_where_it_cannot_tell(duban: Duban) -> None:
    answer = duban("check", "--as-of", "2026-06-01 09:00")
    assert answer.code == 2
    assert "数据库尚未初始化，请运行 duban migrate。" in answer.out


def test_it_ends_with_1_and_says_that_nothing_ever_ran(sqlite: str, duban: Duban) -> None:
    answer = duban("check", "--as-of", "2026-06-01 09:00")
    assert answer.code == 1
    assert "日常服务从未启动" in answer.out
    assert "make up" in answer.out


def test_it_ends_with_0_where_all_is_well(set_out_now: datetime, duban: Duban) -> None:
    run_once(duban)
    found = duban("check", "--json")
    missing = [each["name"] for each in found.json()["findings"]]
    # From November on next year's calendar may really be missing.
    assert set(missing) <= {"calendar_missing"}
    assert found.code == found.json()["exit_code"] == int(bool(missing))
    assert "late_wakes" in found.json()["looked_at"]


def test_it_only_looks_unless_it_is_told_to_tell(set_out_now: datetime, duban: Duban) -> None:
    for _ in range(2):
        assert duban("check", "--as-of", "2030-06-01 09:00").code == 1
    assert alarms() == 0
    told = duban("check", "--tell", "--json", "--as-of", "2030-06-01 09:00").json()
    assert told["alarms_queued"] == alarms() > 0
    # What may settle after a start is told by the next check, and nothing twice on one day.
    assert duban("check", "--tell", "--json", "--as-of", "2030-06-01 09:15").json()["alarms_queued"] > 0
    assert duban("check", "--tell", "--json", "--as-of", "2030-06-01 09:30").json()["alarms_queued"] == 0


def alarms() -> int:
    with reading() as session:
        return len(session.scalars(select(Firing).where(col(Firing.kind) == "alarm")).all())
