"""Drafts on the command line: registering that waits, the list, one with its evidence, the decisions on it."""

from __future__ import annotations

from pathlib import Path

import pytest

from domain.documents import SourceKind
from models.circular import Circular
from models.review import DraftReview
from tests.cast import COVER, UPSTREAM, beijing, import_cast, notice_text
from tests.cli.commands import Duban
from tests.looking import rows

NUMBER = "江扶组办发〔2020〕20号"
REPORT = "请各地各部门于2月28日前将工作总结报省扶贫办。"


@pytest.fixture
def ready(sqlite: str, duban: Duban) -> Duban:
    import_cast(beijing("2020-02-13 09:00"))
    return duban


@pytest.fixture
def doubtful(tmp_path: Path) -> Path:
    path = tmp_path / "来文.md"
    path.write_text(notice_text(NUMBER, REPORT, addressees="临江市扶贫办，东风农场扶贫办"), encoding="utf-8")
    return path


def test_it_shows_what_waits_instead_of_registering_it(ready: Duban, doubtful: Path) -> None:
    said = ready.said("register", doubtful)
    assert "**没有登记**：草稿 1 待核对" in said
    assert "**请核对**：主送机关“东风农场扶贫办”在名册中没有对应单位" in said
    assert f"> {REPORT}" in said
    assert rows(Circular) == []
    assert ready("register", doubtful, "--json").json()["line"]["state"] == "waiting"


def test_it_registers_for_a_script_without_asking(ready: Duban, doubtful: Path) -> None:
    assert f"已登记 {NUMBER}" in ready.said("register", doubtful, "--yes")
    assert rows(DraftReview) == []


def test_it_waits_where_the_operator_wants_to_look(ready: Duban, pair_file: Path) -> None:
    assert "草稿 1 待核对" in ready.said("register", pair_file, "--review")
    assert "附件1.文号" in ready.said("draft", "show", 1)
    assert "二者取一" in ready.refused("register", pair_file, "--review", "--yes")
    said = ready.said("draft", "accept", 1)
    assert f"已登记 {UPSTREAM}" in said
    assert f"已登记 {COVER}" in said
    assert "已通过登记" in ready.said("draft", "show", 1)


def test_it_lists_what_waits_and_why(ready: Duban, doubtful: Path) -> None:
    assert ready.said("draft", "list") == "没有待核对的公文草稿。\n"
    ready.said("register", doubtful)
    said = ready.said("draft", "list")
    assert NUMBER in said
    assert "东风农场扶贫办" in said
    assert ready("draft", "list", "--json").json()[0]["id"] == 1


def test_it_corrects_and_shows_the_new_draft(ready: Duban, doubtful: Path) -> None:
    ready.said("register", doubtful)
    said = ready.said("draft", "correct", 1, "--set", "主送=临江市扶贫办", "--set", "要求1.期限=2020-03-02")
    assert "主送：临江市扶贫办，东风农场扶贫办 → 临江市扶贫办" in said.replace("；", "，")
    assert "要求1.期限：2020-02-28 → 2020-03-02" in said
    assert "2020年3月2日（星期一）前" in said
    assert "**请核对**" not in said
    assert rows(Circular) == []


def test_it_corrects_and_registers_at_once(ready: Duban, doubtful: Path) -> None:
    ready.said("register", doubtful)
    said = ready.said("draft", "correct", 1, "--set", "来源类别=会议纪要", "--set", "文号=", "--accept")
    assert "更正 2 处" in said
    assert "已登记" in said
    (circular,) = rows(Circular)
    assert (circular.number, circular.source_kind) == (None, SourceKind.MINUTES)


def test_it_rejects_with_a_reason(ready: Duban, doubtful: Path) -> None:
    ready.said("register", doubtful)
    assert "退回草稿必须说明理由" in ready.refused("draft", "reject", 1)
    assert "已退回，没有登记：重复" in ready.said("draft", "reject", 1, "--reason", "重复")
    assert "不能再作决定" in ready.refused("draft", "accept", 1)


def test_it_refuses_in_one_sentence(ready: Duban, doubtful: Path) -> None:
    ready.said("register", doubtful)
    assert "没有编号为 9 的草稿" in ready.refused("draft", "show", 9)
    assert "没有名为“颜色”的项目" in ready.refused("draft", "correct", 1, "--set", "颜色=红")
    assert "缺少选项 --set" in ready.refused("draft", "correct", 1, code=2)
