"""The check as operators see it: a red run where something is wrong, a table of every check, an alarm."""

from __future__ import annotations

import pytest

from cli.deployments import deployments
from domain.watching import CHECKS, SCHEDULED
from flows.deadlines import sweep_deadlines, sweep_urgent
from flows.mail import deliver_notices
from flows.oversight import check_installation
from tasks.served import ask_server
from tests.cast import beijing, set_out
from tests.conftest import ROOT
from tests.flows.runs import run

NOW = beijing("2020-02-14 09:30")


@pytest.fixture(autouse=True)
def forwarded(prefect_api: str) -> None:
    set_out(NOW)


def test_it_ends_red_and_says_what_is_wrong_and_what_to_do() -> None:
    ran = run(check_installation, as_of=NOW)
    assert ran.state == "FAILED"
    assert ran.name == "值守检查-02月14日 09:30"
    assert ran.line.startswith("异常 2 项：日常服务从未启动；部署缺失")
    rows = ran.rows("check")
    assert rows[0]["检查"] == "日常服务从未启动"
    assert rows[0]["结果"] == "🔴 异常"
    assert "make up" in rows[0]["怎么办"]
    assert {row["检查"] for row in rows} <= {check.title for check in CHECKS}


def test_it_ends_green_where_all_is_well(prefect_api: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    for each in deployments():
        each.apply()
    for flow in (sweep_deadlines, sweep_urgent, deliver_notices):
        run(flow, as_of=NOW)
    ran = run(check_installation, as_of=NOW)
    assert ran.state == "COMPLETED", ran.rows("check")[0]
    assert ran.line.startswith("一切正常：检查了 ")
    assert {row["结果"] for row in ran.rows("check")} == {"🟢 正常"}
    paused = ask_server(prefect_api).paused
    assert set(SCHEDULED) < set(paused) == {each.name for each in deployments()}
    assert not any(paused.values())


def test_it_refuses_an_instant_it_cannot_read() -> None:
    ran = run(check_installation, as_of="下周")
    assert (ran.state, "无法识别" in ran.line, ran.artifacts) == ("FAILED", True, {})
