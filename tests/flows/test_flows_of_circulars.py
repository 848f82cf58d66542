"""Registering, forwarding and recalling, as an operator runs them and reads them afterwards."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from prefect.exceptions import FailedRun
from prefect.states import Failed

from domain.calendar import ZONE
from domain.planning import ForwardingMode
from flows.circulars import forward_circular, recall_forwarding, register_circular, request_forwarding
from flows.deadlines import sweep_deadlines
from tasks.auditing import chain_of
from tasks.sweeping import open_requests
from tests.cast import COVER, LINJIANG, PAIR, PAIR_FILE, UPSTREAM, beijing, import_cast, notice_text, set_out
from tests.flows.runs import run

NOW = beijing("2020-02-14 09:30")
OFFICER = "值班员甲"


@pytest.fixture
def pair(prefect_api: str, tmp_path: Path) -> str:
    """The file with both circulars, the roster imported."""
    import_cast(NOW)
    path = tmp_path / PAIR_FILE
    path.write_text(PAIR, encoding="utf-8")
    return str(path)


def test_it_registers_a_file_and_shows_what_was_read(pair: str) -> None:
    ran = run(register_circular, officer=OFFICER, path=pair, as_of=NOW)
    assert (ran.state, ran.line) == ("COMPLETED", f"已登记 {UPSTREAM}；已登记 {COVER}")
    assert ran.name == f"登记-{PAIR_FILE}"
    shown = ran.text("registered-circular")
    assert "主送本单位，登记即签收" in shown
    assert f"上级公文：{UPSTREAM}" in shown
    assert "原件 SHA-256" in shown
    assert ran.artifacts["registered-circular"]["description"] == "**登记结果**"


def test_it_says_that_a_second_registration_changed_nothing(pair: str) -> None:
    run(register_circular, officer=OFFICER, path=pair, as_of=NOW)
    again = run(register_circular, officer=OFFICER, path=pair, as_of=NOW)
    assert again.line == f"{UPSTREAM} 此前已登记，没有变化；{COVER} 此前已登记，没有变化"


def test_it_registers_pasted_text_under_a_name_of_its_own(prefect_api: str) -> None:
    import_cast(NOW)
    ran = run(register_circular, officer=OFFICER, text=notice_text("江扶组办发〔2020〕9号", "抓紧落实。"), as_of=NOW)
    assert (ran.name, ran.line) == ("登记-粘贴的全文", "已登记 江扶组办发〔2020〕9号")


def test_it_registers_only_the_number_asked_for(pair: str) -> None:
    ran = run(register_circular, officer=OFFICER, path=f" {pair} ", only=f" {UPSTREAM} ", as_of=NOW)
    assert ran.line == f"已登记 {UPSTREAM}"


@pytest.mark.parametrize("kind", ["批示件", "written_instruction"])
def test_it_understands_a_choice_in_chinese_and_by_its_name(prefect_api: str, kind: str) -> None:
    import_cast(NOW)
    text = notice_text("", "请于3月1日前将情况报省扶贫办。")
    ran = run(register_circular, officer=OFFICER, text=text, source_kind=kind, as_of=NOW)
    assert ran.state == "COMPLETED", ran.line


def test_it_answers_a_mistake_with_one_sentence_and_nothing_else(pair: str, tmp_path: Path) -> None:
    (tmp_path / "empty.md").write_bytes(b"")
    expected = {
        ("", ""): "请填写文件路径或粘贴公文全文，二者取一。",
        (pair, "全文"): "请填写文件路径或粘贴公文全文，二者取一。",
        (str(tmp_path), ""): f"无法读取文件“{tmp_path}”：这是一个文件夹，不是文件。",
        ("/nowhere/x.md", ""): "无法读取文件“/nowhere/x.md”：文件或文件夹不存在。",
        ("a\0b", ""): "文件名中有不能使用的字符。",
        (str(tmp_path / "empty.md"), ""): "文件“empty.md”是空的，请提供有正文的公文。",
    }
    for (path, text), sentence in expected.items():
        state = register_circular.fn(officer=OFFICER, path=path, text=text, as_of=NOW)
        assert (state.type, state.message) == (Failed().type, sentence)


def test_it_answers_an_instant_that_it_cannot_read(pair: str) -> None:
    ran = run(register_circular, officer=OFFICER, path=pair, as_of="昨天上午")
    assert (ran.state, ran.line) == ("FAILED", "时间“昨天上午”无法识别，应写作 2020-04-03 09:00（北京时间）。")


def test_it_requires_the_officer_by_name(pair: str) -> None:
    ran = run(register_circular, officer="  ", path=pair, as_of=NOW)
    assert (ran.state, ran.line) == ("FAILED", "请填写经办人姓名。")


def test_it_raises_the_sentence_for_a_direct_caller(prefect_api: str, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(FailedRun, match=r"^没有登记过文号为“没有的号”的公文。"):
        forward_circular(document_number="没有的号", officer=OFFICER, as_of=NOW)
    assert "Traceback" not in caplog.text


def test_it_previews_a_hop_without_doing_it(pair: str) -> None:
    run(register_circular, officer=OFFICER, path=pair, as_of=NOW)
    ran = run(forward_circular, document_number=COVER, officer=OFFICER, preview=True, as_of=NOW)
    assert ran.line == f"预览：将转发“{COVER}”给 8 个单位，通知 8 件"
    assert ran.artifacts["forwarded-circular"]["description"] == "**转发预览（未转发）**"
    assert not chain_of.fn(COVER)[-1].hops
    done = run(forward_circular, document_number=COVER, officer=OFFICER, as_of=NOW)
    assert done.line == f"已转发“{COVER}”给 8 个单位，通知 8 件"
    assert done.name == f"转发-{COVER}"


def test_it_shows_whom_a_hop_reached_and_what_is_due(pair: str) -> None:
    run(register_circular, officer=OFFICER, path=pair, as_of=NOW)
    shown = run(forward_circular, document_number=COVER, officer=OFFICER, as_of=NOW).text("forwarded-circular")
    assert "转发时间：2020年2月14日（星期五）9时30分；通知发出：2020年2月14日（星期五）9时40分" in shown
    assert "| 签收 |" in shown
    assert "2020年3月5日（星期四）24时前" in shown
    assert "随时报送" in shown


@pytest.mark.parametrize("moment", [lambda at: at, lambda at: f" {at:%Y-%m-%d %H:%M} ", lambda _: NOW.isoformat()])
def test_it_takes_an_instant_without_a_zone_for_beijing_time(pair: str, moment: Callable[[datetime], object]) -> None:
    run(register_circular, officer=OFFICER, path=pair, as_of=NOW)
    naive = NOW.astimezone(ZONE).replace(tzinfo=None)
    ran = run(forward_circular, document_number=COVER, officer=OFFICER, as_of=moment(naive))
    assert "转发时间：2020年2月14日（星期五）9时30分" in ran.text("forwarded-circular")


@pytest.mark.parametrize("mode", ["逐级汇总报送", ForwardingMode.BY_LEVEL])
def test_it_forwards_by_level_where_the_form_says_so(pair: str, mode: str) -> None:
    run(register_circular, officer=OFFICER, path=pair, as_of=NOW)
    ran = run(forward_circular, document_number=COVER, officer=OFFICER, mode=mode, as_of=NOW)
    assert ran.state == "COMPLETED", ran.line


def test_it_recalls_a_hop_with_a_reason(prefect_api: str) -> None:
    set_out(NOW)
    refused = run(recall_forwarding, document_number=COVER, reason=" ", officer=OFFICER, as_of=NOW)
    assert (refused.state, refused.line) == ("FAILED", "撤回必须说明理由（--reason）。")
    ran = run(recall_forwarding, document_number=COVER, reason="附件有误", officer=OFFICER, as_of=NOW)
    assert ran.line == f"已撤回“{COVER}”：撤下未发通知 8 件，告知已收到的单位 0 个。"
    assert ran.text("recalled-circular") == ran.line


def _passed_down_to_the_city(path: str) -> None:
    run(register_circular, officer=OFFICER, path=path, as_of=NOW)
    run(forward_circular, document_number=COVER, officer=OFFICER, to=["临江市"], as_of=NOW)


def test_it_lets_the_sweep_do_a_hop_whose_event_was_lost(pair: str) -> None:
    _passed_down_to_the_city(pair)
    asked = run(request_forwarding, document_number=COVER, sender=LINJIANG, officer="周一", as_of=NOW)
    assert asked.text("forward-request") == asked.line
    assert len(open_requests.fn()) == 1
    swept = run(sweep_deadlines, as_of=NOW)
    assert swept.line.endswith("；补办转发 1 件")
    assert open_requests.fn() == []
    assert "临江市扶贫开发领导小组办公室" in [hop.sender for hop in chain_of.fn(COVER)[-1].hops]
    assert "补办转发" not in run(sweep_deadlines, as_of=NOW).line


def test_it_does_not_let_one_impossible_hop_stop_the_others(pair: str) -> None:
    _passed_down_to_the_city(pair)
    narrow = notice_text("江扶组办发〔2020〕9号", "抓紧落实。", scope="发至市级")
    run(register_circular, officer=OFFICER, text=narrow, as_of=NOW)
    for number in ("江扶组办发〔2020〕9号", COVER):
        run(request_forwarding, document_number=number, sender=LINJIANG, officer="周一", as_of=NOW)
    swept = run(sweep_deadlines, as_of=NOW)
    assert swept.state == "COMPLETED"
    assert "补办转发 1 件" in swept.line
    assert open_requests.fn() == []
