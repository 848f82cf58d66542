"""The policy on the command line: shown in words, a file checked by line."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.policies import DEFAULT_FILE
from config.settings import settings
from tests.cli.commands import Duban


def test_it_shows_the_ladders_in_force_in_words(duban: Duban) -> None:
    said = duban.said("policy", "show")
    assert "### 报送（平件、加急、特急）" in said
    assert "| due-3 | 时限前3个工作日 | 经办人 | 自拟 |" in said
    assert "| weekly | 时限后5个工作日之后，每7天一次，至多8次，遇休息日顺延 | 经办人、上级单位 | 自拟 |" in said
    assert "| due+5 | 时限后5个工作日 | 上级单位负责人；起草督办通知单，待签发 | 自拟 |" in said
    assert "| unsigned-list | 发出后1440分钟 | 操作员 | 黄南州电子公文规定第十条 |" in said
    assert "时限：30分钟" in said
    assert "| issued+0m | 发出时 | 值班；列入电话名单 |" in said
    assert "| due+0m | 时限到时 | 上级单位；转上一级 |" in said
    assert "| 同一事项累计延长的天数 | 30 |" in said


def test_it_shows_one_kind_and_grade(duban: Duban) -> None:
    (shown,) = duban("policy", "show", "--kind", "decide", "--grade", "routine", "--json").json()["ladders"]
    assert (shown["kind_name"], shown["terms"]) == ("审核决定", ["审核 3个工作日", "延期 2个工作日", "异议 2个工作日"])
    assert [each["name"] for each in shown["rungs"]] == ["due-0", "due+1", "due+3"]
    assert "时限不足一日的，改在过半时" in shown["rungs"][0]["when"]


def test_it_names_the_kinds_and_grades_there_are(duban: Duban) -> None:
    assert "没有事项种类“reports”的梯级" in duban.refused("policy", "show", "--kind", "reports")
    sentence = duban.refused("policy", "show", "--kind", "respond", "--grade", "routine")
    assert "serious（重大）" in sentence


def test_it_checks_a_file_and_names_the_line_of_what_is_wrong(duban: Duban, tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(DEFAULT_FILE.read_text("utf-8"), encoding="utf-8")
    assert "与现行策略相同" in duban.said("policy", "check", own)
    own.write_text(DEFAULT_FILE.read_text("utf-8").replace("times = 8", "times = 9"), encoding="utf-8")
    found = duban("policy", "check", own, "--json").json()
    assert (found["same"], "与现行策略不同" in found["message"]) == (False, True)
    own.write_text(DEFAULT_FILE.read_text("utf-8").replace("times = 8", "time = 8"), encoding="utf-8")
    line = own.read_text("utf-8").partition("time = 8")[0].count("\n") + 1
    assert f"第{line}行：梯级 有不认识的“time”" in duban.refused("policy", "check", own)
    assert "无法读取" in duban.refused("policy", "check", tmp_path / "nowhere.toml")


@pytest.mark.usefixtures("set_out_now")
def test_it_previews_and_applies_a_changed_file(duban: Duban, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "没有变化" in duban.said("policy", "preview")
    own = tmp_path / "own.toml"
    term = 'kind = "receipt"\ngrades = ["routine"]\namount = 1'
    own.write_text(DEFAULT_FILE.read_text("utf-8").replace(term, term.replace("1", "3")), encoding="utf-8")
    said = duban.said("policy", "preview", own)
    assert "其中时限变动 8 项" in said
    assert "| 签收 | 平件 |" in said
    assert "请先在 DUBAN_POLICIES_FILE 中指明该文件" in duban.refused("policy", "apply", own, "--reason", "修订")
    monkeypatch.setenv("DUBAN_POLICIES_FILE", str(own))
    settings.cache_clear()
    assert "必须说明理由" in duban.refused("policy", "apply")
    done = duban("policy", "apply", own, "--reason", "本省办文规定修订", "--json").json()
    assert (done["applied"], done["moved"], done["reason"]) == (True, 8, "本省办文规定修订")
    assert "没有变化" in duban.said("policy", "apply", "--reason", "再次执行")
