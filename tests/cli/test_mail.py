"""`duban mail preview` and `duban mail test`: a look at the mails, and one that goes out, before the first notice."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from config.settings import settings
from notifications.messages import NoticeKind
from tests.cli.commands import Duban
from tests.notifications.scripted_server import ScriptedServer


def test_it_writes_one_kind_and_says_where(duban: Duban, tmp_path: Path) -> None:
    said = duban.said("mail", "preview", "due_soon", "--output", str(tmp_path))
    assert said.strip() == f"临期提醒：{tmp_path / 'due_soon.html'}"
    assert sorted(each.name for each in tmp_path.glob("due_soon.*")) == ["due_soon.eml", "due_soon.html"]


def test_it_writes_all_kinds_and_tells_a_program_of_them(duban: Duban, tmp_path: Path) -> None:
    written = json.loads(duban.said("mail", "preview", "--all", "--json", "--output", str(tmp_path)))
    assert [each["kind"] for each in written] == list(NoticeKind)
    assert all(Path(each[form]).is_file() for each in written for form in ("eml", "html"))
    assert written[0]["label"] == "转发公文"


def test_it_says_what_kinds_there_are(duban: Duban, tmp_path: Path) -> None:
    assert duban.refused("mail", "preview", "nothing").startswith("没有“nothing”这种通知。种类有：circular（转发公文）")
    for words in ([], ["due_soon", "--all"]):
        assert duban.refused("mail", "preview", *words).startswith("请写明一个通知种类，或用 --all 写出全部。")
    (tmp_path / "file").write_text("")
    refused = duban.refused("mail", "preview", "due_soon", "--output", str(tmp_path / "file"))
    assert refused.startswith(f"不能写入“{tmp_path / 'file'}”：")


def use(monkeypatch: pytest.MonkeyPatch, server: ScriptedServer, **chosen: str) -> None:
    names = {"smtp_host": "127.0.0.1", "smtp_port": str(server.port), "sender_address": "duban@example.org"}
    for name, value in (names | chosen).items():
        monkeypatch.setenv(f"DUBAN_{name.upper()}", value)
    settings.cache_clear()


def senders(server: ScriptedServer) -> list[str]:
    return [line.split(" ")[1].removeprefix("FROM:") for line in server.commands if line.startswith("MAIL")]


def test_the_test_mail_leaves_from_the_sender_where_no_return_path_is_set(
    duban: Duban, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ScriptedServer({"DOT": "250 queued as 7"}) as server:
        use(monkeypatch, server)
        said = duban.said("mail", "test", "a@example.org")
    assert said.startswith("测试邮件已被服务器接收（信封发件人 duban@example.org）：")
    assert "queued as 7" in said
    assert senders(server) == ["<duban@example.org>"]


def test_the_test_mail_leaves_from_the_return_path_with_a_token_of_its_own(
    duban: Duban, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ScriptedServer() as server:
        use(monkeypatch, server, return_path="bounces@example.net")
        said = duban.said("mail", "test", "a@example.org")
    [sender] = senders(server)
    assert sender.startswith("<bounces+test.")
    assert sender.endswith("@example.net>")
    assert f"（信封发件人 {sender.strip('<>')}）" in said
    assert len(said.splitlines()) == 1


def test_the_test_mail_falls_back_to_the_login_as_delivery_does_and_says_so(
    duban: Duban, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusal = "553 Mail from must equal authorized user"
    with ScriptedServer({"MAIL": refusal, "EHLO": "250-x\r\n250 AUTH PLAIN LOGIN"}) as server:
        use(
            monkeypatch, server, return_path="bounces@example.net", smtp_username="login@example.org",
            smtp_password="x",
        )  # fmt: skip
        first, second = duban.said("mail", "test", "a@example.org").splitlines()
    assert "（信封发件人 login@example.org）" in first
    assert second.startswith("服务器不接受退信地址 DUBAN_RETURN_PATH，已改以登录账号为信封发件人")
    assert senders(server)[0].startswith("<bounces+test.")
    assert senders(server)[1:] == ["<login@example.org>"]
    assert len(server.messages) == 1


def test_the_test_mail_ends_in_one_sentence_where_the_login_is_refused_too(
    duban: Duban, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusal = "553 Mail from must equal authorized user"
    with ScriptedServer({"MAIL": [refusal, refusal], "EHLO": ["250-x\r\n250 AUTH PLAIN LOGIN"] * 2}) as server:
        use(
            monkeypatch, server, return_path="bounces@example.net", smtp_username="login@example.org",
            smtp_password="x",
        )  # fmt: skip
        assert "Mail from must equal authorized user" in duban.refused("mail", "test", "a@example.org")
    assert server.messages == []
