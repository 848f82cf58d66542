"""Sending a notice again, and using an address again, as forms of the operator."""

from __future__ import annotations

import pytest

from domain.trail import SYSTEM
from flows.mail import clear_address, resend_notice
from models.audit import AuditEntry
from models.bounces import mark_address
from models.session import transaction
from tasks.addresses import list_trouble
from tasks.notices import list_notices
from tests.cast import DONGAN, beijing, set_out
from tests.flows.runs import run
from tests.looking import rows
from tests.tasks.stage import deliver_at

NOW = beijing("2020-02-14 09:30")
LATER = beijing("2020-02-14 10:00")


@pytest.fixture(autouse=True)
def sent(prefect_api: str) -> None:
    set_out(NOW)
    deliver_at(beijing("2020-02-14 09:40"))


def test_it_sends_again_under_the_claimed_officer() -> None:
    (line,) = list_notices.fn(office=DONGAN)
    done = run(resend_notice, notice_id=line.id, reason="来电称未收到", officer="张三", as_of=LATER)
    assert done.line == f"通知 {line.id} 将重发给东岸区扶贫开发领导小组办公室（1 项）。"
    assert "@" not in done.text("resent-notice")
    assert rows(AuditEntry)[-1].actor == "claimed:张三"
    again = run(resend_notice, notice_id=line.id, reason="再发", officer="张三", as_of=LATER)
    assert (again.state, again.line) == ("FAILED", "该通知已重发，重发件还没有发出，会自行发出，不必再重发。")


def test_it_uses_an_address_again_under_the_claimed_officer() -> None:
    with transaction(SYSTEM, NOW) as work:
        mark_address(work, "officer.230102@example.org", hard=True, reason="550 no such user")
    given = {"address": "officer.230102@example.org", "officer": "张三", "as_of": LATER}
    refused = run(clear_address, reason=" ", **given)
    assert (refused.state, refused.line) == ("FAILED", "恢复使用邮箱必须说明理由（--reason）。")
    done = run(clear_address, reason="来电称邮箱已清理", **given)
    assert done.line.startswith("已恢复使用东岸区扶贫开发领导小组办公室的邮箱")
    assert rows(AuditEntry)[-1].actor == "claimed:张三"
    assert list_trouble.fn() == []
