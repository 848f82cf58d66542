"""A look at every kind of mail, made as a delivery makes them, of made-up data and without a database."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from config.settings import settings
from notifications.messages import NoticeKind
from tasks.previewing import preview
from tests.notifications.letters import parsed


def test_it_writes_each_kind_as_a_mail_and_as_a_page_without_a_database(tmp_path: Path) -> None:
    written = preview(NoticeKind, tmp_path / "new" / "folder")
    assert [each.kind for each in written] == list(NoticeKind)
    for each in written:
        mail = parsed(each.eml.read_bytes())
        assert mail["Subject"] == each.subject
        body = mail.get_body(("html",))
        assert body is not None
        assert each.html.read_text(encoding="utf-8").splitlines() == body.get_content().splitlines()
    assert not (settings().data_dir / "duban.db").exists()
    assert not (settings().data_dir / "secret.key").exists()


def test_it_speaks_of_nobody_who_exists(tmp_path: Path) -> None:
    for each in preview(NoticeKind, tmp_path):
        mail = each.eml.read_bytes().decode() + each.html.read_text(encoding="utf-8")
        hosts = re.findall(r"@([a-z0-9.-]+\.[a-z]+)", mail)
        assert set(hosts) <= {"example.org"}


def test_it_writes_the_same_bytes_each_time_whatever_the_installation_has_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (first,) = preview([NoticeKind.DUE_SOON], tmp_path)
    before = first.eml.read_bytes()
    monkeypatch.setenv("DUBAN_SENDER_ADDRESS", "someone@example.com")
    monkeypatch.setenv("DUBAN_IMAP_HOST", "")
    settings.cache_clear()
    preview([NoticeKind.DUE_SOON], tmp_path)
    assert first.eml.read_bytes() == before


def test_it_shows_a_digest_of_many_and_the_marks_of_what_is_urgent(tmp_path: Path) -> None:
    digest, urgent = preview([NoticeKind.DIGEST, NoticeKind.URGENT_REPORT], tmp_path)
    assert "10项（逾期7项）" in digest.subject
    assert urgent.subject.startswith("【紧急】")
    assert parsed(urgent.eml.read_bytes())["Importance"] == "high"


@pytest.mark.parametrize("kind", NoticeKind)
def test_it_says_in_every_kind_what_to_do_why_it_comes_and_whom_to_ask(kind: NoticeKind, tmp_path: Path) -> None:
    (written,) = preview([kind], tmp_path)
    body = parsed(written.eml.read_bytes()).get_body(("plain",))
    assert body is not None
    words = body.get_content()
    assert "咨询联系：" in words
    assert "北京时间" in words
    assert "你单位" not in words.split("--------")[0], "one form of address in one mail"
    if kind is not NoticeKind.TEST:
        assert "现在要做：" in words
        assert "收到原因：" in words
