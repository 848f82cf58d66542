"""`duban mail check`: both servers tried, a line for each thing, an exit code."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.settings import settings
from simulation.mail_server import MailFolderServer
from tests.cli.commands import Duban
from tests.scripted_imap import PASSWORD, ScriptedImap


@pytest.fixture
def smtp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MailFolderServer:
    server = MailFolderServer(tmp_path / "sent")
    monkeypatch.setenv("DUBAN_SMTP_HOST", "127.0.0.1")
    return server


def use(monkeypatch: pytest.MonkeyPatch, smtp: MailFolderServer, imap: ScriptedImap, password: str) -> None:
    for name, value in {
        "SMTP_PORT": smtp.port,
        "IMAP_HOST": "127.0.0.1",
        "IMAP_PORT": imap.port,
        "IMAP_SECURITY": "none",
        "IMAP_USERNAME": "duban",
        "IMAP_PASSWORD": password,
    }.items():
        monkeypatch.setenv(f"DUBAN_{name}", str(value))
    settings.cache_clear()


def test_it_finds_both_servers_good(duban: Duban, smtp: MailFolderServer, monkeypatch: pytest.MonkeyPatch) -> None:
    with smtp, ScriptedImap() as imap:
        use(monkeypatch, smtp, imap, PASSWORD)
        words = duban("mail", "check")
        value = duban("mail", "check", "--json").json()
    assert words.code == 0
    assert "不对" not in words.out
    assert "发信：" in words.out
    assert "督办/已处理" in words.out
    assert value["ok"] is True
    assert all(finding["ok"] for finding in value["findings"])
    assert smtp.count == 0


def test_it_ends_with_1_where_something_is_wrong(
    duban: Duban, smtp: MailFolderServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with smtp, ScriptedImap() as imap:
        use(monkeypatch, smtp, imap, "wrong-secret")
        words = duban("mail", "check")
        as_json = duban("mail", "check", "--json")
    assert (words.code, as_json.code) == (1, 1)
    assert "正常  发信" in words.out
    assert "不对  收信" in words.out
    assert "wrong-secret" not in words.out + as_json.out
    assert as_json.json()["ok"] is False
