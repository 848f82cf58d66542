"""Substitutes, as forms of the operator."""

from __future__ import annotations

import pytest

from flows.roster import record_substitute, revoke_substitute
from models.audit import AuditEntry
from models.office import Substitution
from tests.cast import beijing, import_cast
from tests.flows.runs import run
from tests.looking import rows

NOW = beijing("2020-02-14 09:30")


@pytest.fixture(autouse=True)
def cast(prefect_api: str) -> None:
    import_cast(NOW)


def test_it_sets_and_revokes_a_substitute_under_the_claimed_officer() -> None:
    ran = run(record_substitute, absent="临江市/周一", acting="临江市/吴一", until="2020-02-20", reason="出差",
              officer="张三", begins="2020-02-17", as_of=NOW)  # fmt: skip
    assert ran.name == "代办-临江市/周一"
    assert "代办（编号 1）" in ran.line
    assert "未开始" in ran.text("substitutes")
    (row,) = rows(Substitution)
    assert (row.starts_at, row.ends_at) == (beijing("2020-02-17 00:00"), beijing("2020-02-21 00:00"))
    assert rows(AuditEntry)[-1].actor == "claimed:张三"
    ended = run(revoke_substitute, number=1, reason="返岗", officer="张三", as_of=NOW)
    assert "已撤销编号 1 的代办" in ended.line


def test_it_refuses_a_substitute_outside_in_one_sentence() -> None:
    ran = run(record_substitute, absent="临江市/周一", acting="国务院扶贫办/赵一", until="2020-02-20", reason="出差",
              officer="张三", as_of=NOW)  # fmt: skip
    assert (ran.state, ran.artifacts) == ("FAILED", {})
    assert "管辖范围" in ran.line
