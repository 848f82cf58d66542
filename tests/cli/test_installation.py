"""The installation from the command line: roster, mail, audit, database, and every way it may be set up wrongly."""

from __future__ import annotations

import json
import sqlite3
import stat
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest
from openpyxl import load_workbook

from config.settings import settings
from simulation.mail_server import MailFolderServer
from tasks.serving import free_port
from tests.cast import COVER, ROSTER_CSV
from tests.cli.commands import Duban


def test_it_says_what_to_do_first(duban: Duban) -> None:
    for words in (["status"], ["sweep"], ["roster", "list"], ["audit", "head"], ["mail", "deliver"], ["mail", "live"]):
        assert duban.refused(*words) == "数据库尚未初始化，请运行 duban migrate。"


def test_it_migrates_once(duban: Duban) -> None:
    first = duban("migrate", "--json").json()
    assert first["before"] is None
    again = duban("migrate", "--json").json()
    assert (again["before"], again["after"], again["backup"]) == (first["after"], first["after"], None)
    assert duban.said("roster", "list") == "名册为空，请用 duban roster import 导入。\n"


def test_it_gives_a_template_that_it_can_import(sqlite: str, duban: Duban, tmp_path: Path) -> None:
    file = tmp_path / "名册.csv"
    assert f"duban roster import {file}" in duban.said("roster", "template", "--output", file)
    assert "已存在，未覆盖" in duban.refused("roster", "template", "--output", file)
    assert file.read_text(encoding="utf-8-sig") == duban.said("roster", "template")
    assert "新增" in duban.said("roster", "import", file)
    assert duban("roster", "import", file, "--json").json()["added"] == []
    assert duban("roster", "list", "--json").json()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            lambda text: text.replace(",230100,\n", ",230100\n").replace("head.230100@example.org", "head.230100"),
            "第7行",
        ),
        (lambda text: text + "230300,远山市,,市级,239999,230300,,,,\n", "第18行"),
        (lambda _: "", "文件是空的"),
        (lambda _: "a,b\n1,2\n", ""),
    ],
    ids=["address", "superior", "empty", "columns"],
)
def test_it_names_the_lines_of_a_bad_roster(
    sqlite: str, duban: Duban, tmp_path: Path, change: object, told: str
) -> None:
    file = tmp_path / "名册.csv"
    assert callable(change)
    file.write_text(change(ROSTER_CSV), encoding="utf-8")
    assert told in duban.refused("roster", "import", file)
    assert duban.said("roster", "list").startswith("名册为空")


def test_it_deactivates_only_when_told(sqlite: str, duban: Duban, roster_file: Path) -> None:
    duban.said("roster", "import", roster_file)
    lines = ROSTER_CSV.splitlines()
    roster_file.write_text("\n".join(line for line in lines if not line.startswith("230208")) + "\n", encoding="utf-8")
    assert "未停用" in duban.said("roster", "import", roster_file)
    assert "北岭县" in duban.said("roster", "list")
    assert "已停用：230208" in duban.said("roster", "import", roster_file, "--deactivate-missing")
    assert "北岭县" not in duban.said("roster", "list")


def test_it_tests_the_mail_server(duban: Duban, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with MailFolderServer(tmp_path / "mail") as server:
        monkeypatch.setenv("DUBAN_SMTP_PORT", str(server.port))
        assert "测试邮件已被服务器接收" in duban.said("mail", "test", "a@example.org")
        assert server.count == 1
    settings.cache_clear()
    monkeypatch.setenv("DUBAN_SMTP_PORT", str(free_port()))
    assert duban.refused("mail", "test", "a@example.org").startswith("测试邮件没有送出（127.0.0.1:")
    assert duban.refused("mail", "test", "zhangsan") == "“zhangsan”不是邮件地址，应形如 name@example.org。"


def test_it_delivers_in_capture_mode_and_live(
    set_out_now: datetime, duban: Duban, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_monday = "2030-01-07 10:00"
    monkeypatch.setenv("DUBAN_SMTP_PORT", str(free_port()))
    settings.cache_clear()
    assert "已结束演练模式" in duban.said("mail", "live")
    down = duban("mail", "deliver", "--as-of", on_monday)
    assert (down.code, "邮件服务器不可达" in down.out) == (1, True)
    assert "已进入演练模式" in duban.said("mail", "capture")
    assert duban.said("mail", "deliver", "--as-of", "2030-01-07 11:00").startswith("收存（演练模式） ")
    assert list(settings().capture_folder.rglob("*.eml"))


def test_it_verifies_the_trail_and_names_a_changed_row(set_out_now: datetime, duban: Duban, tmp_path: Path) -> None:
    head, copy = tmp_path / "audit.head", tmp_path / "copy.db"
    duban.said("audit", "head", "--output", head)
    assert json.loads(head.read_text(encoding="utf-8")) == json.loads(duban.said("audit", "head"))
    assert duban.said("audit", "verify", "--against", head).startswith("留痕完整：共 ")
    assert duban("audit", "verify", "--json").json()["verified"] is True
    duban.said("backup", copy)
    with closing(sqlite3.connect(copy)) as database, database:
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f'DROP TRIGGER "{name}"')
        database.execute("UPDATE audit_entry SET payload = replace(payload, '临', '江') || ' ' WHERE seq = 3")
    changed = duban("audit", "verify", "--database", f"sqlite:///{copy}")
    assert (changed.code, "第 3 条" in changed.out, changed.out.count("\n")) == (1, True, 1)
    as_json = duban("audit", "verify", "--database", f"sqlite:///{copy}", "--json")
    assert (as_json.code, as_json.json()["verified"]) == (1, False)


def test_it_sees_an_end_that_was_cut_against_a_head(set_out_now: datetime, duban: Duban, tmp_path: Path) -> None:
    head = tmp_path / "audit.head"
    duban.said("audit", "head", "--output", head)
    longer = json.loads(head.read_text(encoding="utf-8"))
    head.write_text(json.dumps({**longer, "seq": longer["seq"] + 5}), encoding="utf-8")
    assert duban("audit", "verify", "--against", head).code == 1
    head.write_text("nonsense", encoding="utf-8")
    assert "链首文件无法识别" in duban.refused("audit", "verify", "--against", head)
    assert "无法读取文件" in duban.refused("audit", "verify", "--against", tmp_path / "nosuch")
    assert "没有数据库文件" in duban.refused("audit", "verify", "--database", f"sqlite:///{tmp_path}/nosuch.db")


def test_it_shows_the_chain(set_out_now: datetime, duban: Duban) -> None:
    said = duban.said("audit", "chain", COVER)
    assert "已签收 0" in said
    links = duban("audit", "chain", COVER, "--json").json()
    assert links[-1]["number"] == COVER


def test_it_backs_up_and_restores(
    set_out_now: datetime, duban: Duban, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "备份.db"
    before = duban.said("audit", "head")
    assert duban.said("backup", copy) == f"已备份到 {copy}\n"
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert "已经存在" in duban.refused("backup", copy)
    assert "已有数据" in duban.refused("restore", copy)
    monkeypatch.setenv("DUBAN_DATABASE_URL", f"sqlite:///{tmp_path}/new/duban.db")
    settings.cache_clear()
    assert duban.said("restore", copy).startswith("已恢复 ")
    assert json.loads(duban.said("audit", "head"))["seq"] == json.loads(before)["seq"] + 1
    assert "没有备份文件" in duban.refused("restore", tmp_path / "nosuch.db")


def test_it_exports_the_register(set_out_now: datetime, duban: Duban, tmp_path: Path) -> None:
    target = tmp_path / "台账.xlsx"
    assert duban.said("export", target).startswith(f"台账已写入 {target}，共 ")
    assert load_workbook(target).sheetnames
    assert "应以 .xlsx 结尾" in duban.refused("export", tmp_path / "台账.txt")
    assert "无法写入台账" in duban.refused("export", "/proc/nowhere/台账.xlsx")


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("DUBAN_SMTP_PORT", "abc", "设置 DUBAN_SMTP_PORT 不正确：应为整数。"),
        ("DUBAN_SMTP_PORT", "99999", "设置 DUBAN_SMTP_PORT 不正确：不应大于 65535。"),
        ("DUBAN_SMTP_SECURITY", "ssl", "设置 DUBAN_SMTP_SECURITY 不正确：应为 'none', 'starttls'、'tls' 之一。"),
        ("DUBAN_DATABASE_URL", "garbage", "数据库地址"),
        ("DUBAN_DATABASE_URL", "mysql://localhost/duban", "数据库地址"),
        ("DUBAN_DATABASE_URL", "postgresql://duban:secret@127.0.0.1:1/duban", "无法打开数据库："),
        ("DUBAN_POLICIES_FILE", "/nowhere.toml", ""),
        ("DUBAN_WORK_DAYS_FILE", "/nowhere.toml", "工作日文件 /nowhere.toml 无法读取"),
    ],
)
def test_it_explains_a_wrong_setting(
    set_out_now: datetime, duban: Duban, monkeypatch: pytest.MonkeyPatch, name: str, value: str, told: str
) -> None:
    monkeypatch.setenv(name, value)
    settings.cache_clear()
    sentence = duban.refused("forward", COVER, "--dry-run")
    assert sentence.startswith(told)
    assert "\n" not in sentence
    assert "secret" not in sentence


@pytest.mark.parametrize("folder", ["/proc/nowhere", "/dev/null/x"])
def test_it_explains_a_data_folder_that_cannot_be_made(
    duban: Duban, monkeypatch: pytest.MonkeyPatch, folder: str
) -> None:
    monkeypatch.setenv("DUBAN_DATA_DIR", folder)
    settings.cache_clear()
    for words in (["migrate"], ["up", "--port", str(free_port())]):
        assert duban.refused(*words).startswith("无法读写“")
