"""Papers on the command line: drafted, listed, shown, signed, discarded."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from docx import Document
from openpyxl import load_workbook

from tests.cast import AT_ANY_TIME, COVER, DONGAN, LINJIANG, PROVINCE, set_out
from tests.cli.commands import Duban
from tests.looking import the_one


@pytest.fixture
def late(sqlite: str) -> tuple[int, int]:
    """Two receipts of a circular that went out two months ago."""
    set_out(datetime.now().astimezone() - timedelta(days=60))
    return the_one("receipt", DONGAN, COVER).id or 0, the_one("receipt", LINJIANG, COVER).id or 0


def test_it_drafts_lists_shows_signs_and_discards(duban: Duban, late: tuple[int, int], tmp_path: Path) -> None:
    assert duban.said("paper", "list") == "没有待签发的文稿。\n"
    said = duban.said("paper", "draft", "supervision_letter", late[0], "--reason", "多次催办未果")
    assert said == "已起草督办通知单（文稿编号 1），待签发，未发出。\n"
    duban.said("paper", "draft", "通报", late[1], "--reason", "多次催办未果")
    assert [each["state"] for each in duban("paper", "list", "--json").json()] == ["待签发", "待签发"]
    file = tmp_path / "通知单.docx"
    shown = duban.said("paper", "show", 1, "--output", file)
    assert "督办通知单　未编号　待签发" in shown
    assert Document(str(file)).paragraphs[0].text == "督办通知单"
    assert "已签发督办通知单 督办〔" in duban.said("paper", "sign", 1, "--signer", "孙一")
    assert "签发人：孙一" in duban.said("paper", "show", 1)
    assert "已作废文稿 2" in duban.said("paper", "discard", 2, "--reason", "误起草")
    assert "已签发" in duban.said("paper", "list", "--decided")


def test_it_refuses_in_one_sentence(duban: Duban, late: tuple[int, int]) -> None:
    assert "必须说明理由" in duban.refused("paper", "draft", "通报", late[0])
    assert "没有编号为 5 的文稿" in duban.refused("paper", "show", 5)
    assert "没有编号为 5 的文稿" in duban.refused("paper", "sign", 5, "--signer", "孙一")
    duban.said("paper", "draft", "通报", late[0], "--reason", "多次催办未果")
    assert "必须写明签发人" in duban.refused("paper", "sign", 1)
    duban.said("waive", late[0], "--reason", "并入其他工作")
    assert "--even-so" in duban.refused("paper", "sign", 1, "--signer", "孙一")
    assert "（该事项当前为“已免办”）" in duban.said("paper", "list")
    duban.said("paper", "sign", 1, "--signer", "孙一", "--even-so")


def test_it_compiles_shows_and_signs_one_report_of_many(duban: Duban, late: tuple[int, int], tmp_path: Path) -> None:
    duban.said("report", COVER, DONGAN, "--ordinal", 1, "--text", "综合分析。")
    duban.said("accept", the_one("report", DONGAN, COVER, "").id)
    said = duban.said("compile", COVER, "--requirement", 1)
    assert said.startswith(
        "已起草汇总稿（文稿编号 1）：计入报送 1 份，未计入 7 个单位；待签发，未发出。\n汇总单位：江北省"
    )
    assert "1．东岸区扶贫开发领导小组办公室：" in said
    told = duban("compile", COVER, "--requirement", 1, "--office", PROVINCE, "--json").json()
    assert (told["renewed"], told["counts"]["accepted"], len(told["gaps"])) == (True, 1, 7)
    assert set(told["gaps"][0]) == {"code", "office", "standing", "note"}
    duban.said("paper", "show", 1, "--output", tmp_path / "汇总稿.docx")
    assert Document(str(tmp_path / "汇总稿.docx")).paragraphs[0].text == told["title"]
    duban.said("paper", "show", 1, "--output", tmp_path / "汇总表.xlsx")
    assert load_workbook(tmp_path / "汇总表.xlsx")["汇总"]["A1"].value == told["title"]
    assert "没有应当向上报送的事项" in duban.refused("paper", "sign", 1, "--signer", "孙一", "--hand-in")
    assert "已签发汇总稿 汇总〔" in duban.said("paper", "sign", 1, "--signer", "孙一")
    assert "同一期次已签发过：汇总〔" in duban.said("compile", COVER, "--requirement", 1)


def test_it_refuses_to_compile_in_one_sentence(duban: Duban, late: tuple[int, int], tmp_path: Path) -> None:
    assert "--requirement" in duban.refused("compile", COVER, code=2)
    assert "请指明起始日期" in duban.refused("compile", COVER, "--requirement", AT_ANY_TIME)
    assert "应写作 2020-04-05" in duban.refused("compile", COVER, "--requirement", AT_ANY_TIME, "--since", "3月")
    duban.said("paper", "draft", "通报", late[0], "--reason", "多次催办未果")
    assert "只能存为 Word 文档" in duban.refused("paper", "show", 1, "--output", tmp_path / "通报.xlsx")
    assert not list(tmp_path.glob("*.xlsx"))
