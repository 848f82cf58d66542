"""Mail that came in on the command line: taken from a file, listed, shown, taken for an office, settled."""

from __future__ import annotations

from pathlib import Path

import pytest

from domain.statuses import ObligationKind, Status
from tests.cast import COVER, DONGAN, beijing, set_out
from tests.cli.commands import Duban
from tests.letters import mail
from tests.looking import the_one

OFFICER = f"officer.{DONGAN}@example.org"


@pytest.fixture
def ready(sqlite: str, duban: Duban) -> Duban:
    set_out(beijing("2020-02-14 09:30"))
    return duban


@pytest.fixture
def letter(tmp_path: Path) -> Path:
    path = tmp_path / "letter.eml"
    path.write_bytes(mail("请问怎么填？", sender=OFFICER, subject="请教"))
    return path


def test_it_takes_a_mail_from_a_file_once(ready: Duban, letter: Path) -> None:
    assert ready.said("mail", "take", letter).startswith("来信 1 待人工处理：没有本系统的回复标识")
    assert ready.said("mail", "take", letter).startswith("来信 1 此前已收下，没有变化")
    assert ready("mail", "take", letter, "--json").json()["is_new"] is False


def test_it_lists_and_shows_what_waits(ready: Duban, letter: Path) -> None:
    assert ready.said("inbox", "list") == "没有待人工处理的来信。\n"
    ready.said("mail", "take", letter)
    assert "请教" in ready.said("inbox", "list")
    shown = ready.said("inbox", "show", 1)
    assert "王一 经办人 0400-0000008" in shown
    assert "请问怎么填？" in shown
    assert ready("inbox", "list", "--json").json()[0]["kind_label"] == "无法识别"


def test_it_takes_one_for_an_office_by_its_chinese_name(ready: Duban, letter: Path) -> None:
    ready.said("mail", "take", letter)
    said = ready.said("inbox", "take", 1, "--as", "签收", "--office", "东岸区", "--document", COVER)
    assert said.startswith("来信 1 已作“签收”办理：已签收")
    assert the_one(ObligationKind.RECEIPT, DONGAN).status is Status.ACCEPTED
    assert "已办理" in ready.said("inbox", "list", "--all")


def test_it_refuses_in_one_sentence(ready: Duban, letter: Path, tmp_path: Path) -> None:
    ready.said("mail", "take", letter)
    assert "办理种类（--as）“什么”不正确" in ready.refused("inbox", "take", 1, "--as", "什么", "--office", "东岸区")
    assert "--office" in ready.refused("inbox", "take", 1, "--as", "receipt")
    assert "必须说明理由" in ready.refused("inbox", "settle", 1)
    assert "没有编号为 9" in ready.refused("inbox", "show", 9)
    assert "nowhere.eml" in ready.refused("mail", "take", tmp_path / "nowhere.eml")


def test_it_settles_one_with_a_reason(ready: Duban, letter: Path) -> None:
    ready.said("mail", "take", letter)
    assert "已处理" in ready.said("inbox", "settle", 1, "--reason", "已电话答复")
    assert ready.said("inbox", "list") == "没有待人工处理的来信。\n"


def test_it_says_that_no_mailbox_is_set_up_and_fails(ready: Duban) -> None:
    answer = ready("mail", "collect")
    assert (answer.code, "DUBAN_IMAP_HOST" in answer.out) == (1, True)


def test_it_saves_a_mail_and_its_files_and_overwrites_none(ready: Duban, tmp_path: Path) -> None:
    raw = mail("请看附件", sender=OFFICER, files={"../../进展.xlsx": b"a sheet"})
    path = tmp_path / "letter.eml"
    path.write_bytes(raw)
    ready.said("mail", "take", path)
    folder = tmp_path / "letters"
    ready.said("inbox", "save", 1, "--to", folder)
    kept = {each.name: each.read_bytes() for each in folder.iterdir()}
    assert kept["来信-1.eml"] == raw
    assert [content for name, content in kept.items() if name.endswith("进展.xlsx")] == [b"a sheet"]
    assert len(kept) == 2
    assert "请换一个文件夹" in ready.refused("inbox", "save", 1, "--to", folder)
