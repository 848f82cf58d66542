"""Drafts in the UI: registering that waits, the list, the form that looks, corrects, accepts and rejects."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.circulars import forward_circular, register_circular
from flows.drafts import review_draft, show_drafts
from flows.oversight import show_board
from flows.review import record_receipt
from models.circular import Circular
from tests.cast import COVER, PAIR, PAIR_FILE, UPSTREAM, beijing, import_cast, notice_text
from tests.flows.runs import run
from tests.looking import rows

NOW = beijing("2020-02-14 09:30")
OFFICER = "值班员甲"
NUMBER = "江扶组办发〔2020〕20号"
REPORT = "请各地各部门于2月28日前将工作总结报省扶贫办。"
DOUBTFUL = notice_text(NUMBER, REPORT, addressees="临江市扶贫办，东风农场扶贫办")


@pytest.fixture(autouse=True)
def _cast(prefect_api: str) -> None:
    import_cast(NOW)


def test_it_shows_a_draft_with_its_evidence_where_the_reader_is_unsure() -> None:
    ran = run(register_circular, officer=OFFICER, text=DOUBTFUL, as_of=NOW)
    assert ran.state == "COMPLETED"
    assert ran.line.startswith(f"草稿 1（{NUMBER}）待核对，请核对 1 处：主送机关“东风农场扶贫办”")
    shown = ran.text("circular-draft")
    assert f"> {REPORT}" in shown
    assert "收文单位：市（地）级 1 个，通知 1 件" in shown
    assert [row["草稿编号"] for row in ran.rows("drafts")] == [1]
    assert rows(Circular) == []


def test_the_daily_overview_does_not_forget_a_draft() -> None:
    assert "草稿" not in run(show_board, as_of=NOW).line
    run(register_circular, officer=OFFICER, text=DOUBTFUL, as_of=NOW)
    ran = run(show_board, as_of=NOW)
    assert ran.line.endswith("；待核对的公文草稿 1 份")
    assert [row["草稿编号"] for row in ran.rows("drafts")] == [1]


def test_it_waits_where_the_box_is_ticked(tmp_path: Path) -> None:
    file = tmp_path / PAIR_FILE
    file.write_text(PAIR, encoding="utf-8")
    ran = run(register_circular, officer=OFFICER, path=str(file), review=True, as_of=NOW)
    assert f"草稿 1（{COVER}）待核对" in ran.line
    accepted = run(review_draft, draft=1, officer=OFFICER, verdict="通过并登记", as_of=NOW)
    assert accepted.line == f"草稿 1 已通过：已登记 {UPSTREAM}；已登记 {COVER}"
    assert accepted.name == "核对草稿-1-通过并登记"


def test_it_corrects_by_lines_and_goes_on_waiting() -> None:
    run(register_circular, officer=OFFICER, text=DOUBTFUL, as_of=NOW)
    lines = "主送＝临江市扶贫办\n\n要求1.期限=2020年3月2日\n"
    ran = run(review_draft, draft=1, officer=OFFICER, verdict="更正，仍待核对", corrections=lines, as_of=NOW)
    assert ran.line == f"草稿 1（{NUMBER}）待核对"
    assert "要求1.期限：2020-02-28 → 2020-03-02" in ran.text("circular-draft")
    assert rows(Circular) == []
    done = run(
        review_draft, draft=1, officer=OFFICER, verdict="更正并登记", corrections="要求1.删除", as_of=NOW
    )  # fmt: skip
    assert done.line == f"草稿 1 已通过：已登记 {NUMBER}"


def test_it_rejects_with_a_reason_and_lists_what_waits() -> None:
    run(register_circular, officer=OFFICER, text=DOUBTFUL, as_of=NOW)
    assert run(show_drafts, as_of=NOW).line == "待核对的公文草稿 1 份"
    refused = run(review_draft, draft=1, officer=OFFICER, verdict="退回，不登记", as_of=NOW)
    assert (refused.state, refused.line) == ("FAILED", "退回草稿必须说明理由。")
    ran = run(review_draft, draft=1, officer=OFFICER, verdict="退回，不登记", reason="重复", as_of=NOW)
    assert ran.line == "草稿 1（粘贴.md）已退回，没有登记：重复"
    assert run(show_drafts, as_of=NOW).line == "没有待核对的公文草稿"


@pytest.mark.parametrize(
    ("verdict", "lines", "words"),
    [
        ("只查看", "标题=新", "填写了更正，请把决定选为“更正，仍待核对”或“更正并登记”。"),
        ("通过并登记", "标题=新", "填写了更正，请把决定选为“更正，仍待核对”或“更正并登记”。"),
        ("更正并登记", " \n", "请在“更正”中逐行填写更正。"),
        ("更正并登记", "期限", "没有名为“期限”的项目"),
    ],
)
def test_it_does_not_guess_what_a_form_means(verdict: str, lines: str, words: str) -> None:
    run(register_circular, officer=OFFICER, text=DOUBTFUL, as_of=NOW)
    ran = run(review_draft, draft=1, officer=OFFICER, verdict=verdict, corrections=lines, as_of=NOW)
    assert ran.state == "FAILED"
    assert words in ran.line
    assert rows(Circular) == []


def test_what_a_file_says_stays_plain_text() -> None:
    nasty = DOUBTFUL.replace("东风农场扶贫办", "[点我](http://evil.example)<b>办公室")
    shown = run(register_circular, officer=OFFICER, text=nasty, as_of=NOW).text("circular-draft")
    assert "[点我]" not in shown
    assert "<b>" not in shown


def test_minutes_become_a_source_of_their_kind_and_go_by_their_title_from_then_on() -> None:
    minutes = notice_text("", "请于3月1日前将情况报省扶贫办。").replace("的通知", "的会议纪要")
    run(register_circular, officer=OFFICER, text=minutes, as_of=NOW)
    lines = "来源类别=会议纪要"
    ran = run(review_draft, draft=1, officer=OFFICER, verdict="更正并登记", corrections=lines, as_of=NOW)
    title = "江北省扶贫开发领导小组办公室关于做好有关工作的会议纪要"
    assert ran.line == f"草稿 1 已通过：已登记 {title}"
    sent = run(forward_circular, document_number=f"《{title}》", officer=OFFICER, to=["临江市"], as_of=NOW)
    assert sent.line == f"已转发“{title}”给 1 个单位，通知 1 件"
    got = run(record_receipt, document_number=title, office="临江市", officer="周一", as_of=NOW)
    assert got.state == "COMPLETED", got.line
