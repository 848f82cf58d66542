"""`duban mail trouble`: which addresses mail came back from, and using one again; what `duban mail live` warns of."""

from __future__ import annotations

import pytest

from config.settings import settings
from domain.trail import SYSTEM
from models.bounces import mark_address
from models.session import transaction
from tests.cast import beijing, set_out
from tests.cli.commands import Duban
from tests.looking import entries

NOW = beijing("2020-02-14 09:30")
GONE, FULL = "officer.230102@example.org", "officer.230100@example.org"


@pytest.fixture
def troubled(sqlite: str, duban: Duban) -> Duban:
    set_out(NOW)
    with transaction(SYSTEM, NOW) as work:
        mark_address(work, FULL, hard=False, reason="452 mailbox full")
        mark_address(work, GONE, hard=True, reason="550 no such user")
    return duban


def test_it_lists_the_addresses_that_are_passed_over_first(troubled: Duban) -> None:
    gone, full = troubled.said("mail", "trouble").splitlines()
    assert gone.startswith(f"{GONE}  东岸区扶贫开发领导小组办公室  ")
    assert "起不再使用" in gone
    assert gone.endswith("550 no such user")
    assert full.startswith(f"{FULL}  临江市扶贫开发领导小组办公室  暂时退信 1 次，仍在使用")
    found = troubled("mail", "trouble", "--json").json()
    assert [(each["address"], each["soft"], bool(each["passed_over_since"])) for each in found] == [
        (GONE, 0, True), (FULL, 1, False)
    ]  # fmt: skip


def test_it_uses_an_address_again_for_a_reason_that_is_kept(troubled: Duban) -> None:
    assert troubled.refused("mail", "trouble", "--clear", GONE) == "恢复使用邮箱必须说明理由（--reason）。"
    assert "没有退信记录" in troubled.refused("mail", "trouble", "--clear", "a@example.org", "--reason", "无误")
    assert "已恢复使用" in troubled.said("mail", "trouble", "--clear", GONE, "--reason", "来电称已清理")
    assert [payload for _, payload in entries("address.cleared")] == [{"offices": ["230102"], "reason": "来电称已清理"}]
    assert GONE not in troubled.said("mail", "trouble")


def test_it_says_so_where_nothing_came_back(sqlite: str, duban: Duban) -> None:
    set_out(NOW)
    assert duban.said("mail", "trouble") == "没有退信的邮箱。\n"


def test_going_live_warns_of_a_sender_that_the_provider_will_refuse(
    sqlite: str, duban: Duban, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_out(NOW)
    for name, value in {"HOST": "smtp.163.com", "PORT": 465, "SECURITY": "tls", "USERNAME": "duban@163.com"}.items():
        monkeypatch.setenv(f"DUBAN_SMTP_{name}", str(value))
    settings.cache_clear()
    said = duban.said("mail", "live")
    assert said.startswith("已结束演练模式")
    assert "163要求发件人与登录名一致" in said
    monkeypatch.setenv("DUBAN_SENDER_ADDRESS", "duban@163.com")
    settings.cache_clear()
    assert "要求" not in duban.said("mail", "live")
