"""A changed policy, as a form: the preview first."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.policies import DEFAULT_FILE
from flows.policies import amend_policies
from models.audit import AuditEntry
from tests.cast import beijing, set_out
from tests.flows.runs import run
from tests.looking import rows
from tests.tasks.stage import use

NOW = beijing("2020-02-14 09:30")
LATER = beijing("2020-02-14 15:00")


@pytest.fixture(autouse=True)
def edited(prefect_api: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    set_out(NOW)
    own = tmp_path / "own.toml"
    own.write_text(DEFAULT_FILE.read_text("utf-8").replace("offset = -3", "offset = -4"), encoding="utf-8")
    use(monkeypatch, policies_file=own)


def test_it_previews_by_default_and_applies_when_told_to() -> None:
    before = len(rows(AuditEntry))
    shown = run(amend_policies, officer="张三", as_of=LATER)
    assert shown.line.startswith("预览：将按新策略执行")
    assert "| 报送 | 平件 |" in shown.text("amended-policies")
    assert len(rows(AuditEntry)) == before
    done = run(amend_policies, officer="张三", apply=True, reason="本省办文规定修订", as_of=LATER)
    assert done.line.startswith("已按新策略执行")
    assert rows(AuditEntry)[-1].actor == "claimed:张三"
    assert run(amend_policies, officer="张三", as_of=LATER).line == "在办事项都按该策略执行，没有变化"


def test_it_wants_a_reason_to_apply() -> None:
    ran = run(amend_policies, officer="张三", apply=True, as_of=LATER)
    assert (ran.state, ran.line) == ("FAILED", "执行策略调整必须说明理由（--reason）。")
