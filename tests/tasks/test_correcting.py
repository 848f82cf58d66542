"""Correcting: a better scan replaces the text, and nothing that is owed changes by it."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta

import pytest
from sqlmodel import col

from domain.errors import Refused
from domain.reviewing import Looking
from models.circular import Circular, Document, Instruction, Requirement
from tasks.auditing import audit_head
from tasks.correcting import correct_circular
from tasks.drafting import correct_draft
from tasks.registering import register_circular
from tests.cast import (
    ADDRESSED,
    COVER,
    OPERATOR,
    PAIR,
    UPSTREAM,
    beijing,
    forward_cover,
    import_cast,
    notice_text,
    register_pair,
    register_text,
)
from tests.looking import entries, owed, rows

NOW = beijing("2020-02-14 09:30")
NUMBER = "江扶组办发〔2020〕20号"
REPORT = "请各地各部门于2月28日前将工作总结报省扶贫办。"


@pytest.fixture(autouse=True)
def _cast(request: pytest.FixtureRequest) -> None:
    request.getfixturevalue("database" if "database" in request.fixturenames else "sqlite")
    import_cast(beijing("2020-02-13 09:00"))


def correct(text: str, number: str = NUMBER, reason: str = "重新扫描") -> str:
    return correct_circular.fn(number, text.encode(), "更正.md", reason, actor=OPERATOR, now=NOW + timedelta(hours=1))


def circular(number: str) -> Circular:
    (found,) = rows(Circular, col(Circular.number) == number)
    assert isinstance(found, Circular)
    return found


def test_it_replaces_text_and_original_and_keeps_the_old_bytes(database: str) -> None:
    register_pair(NOW)
    forward_cover(NOW)
    before = circular(COVER).text_digest
    better = PAIR.replace("不留空白", "不留死角")
    assert correct(better, COVER) == f"已更正“{COVER}”的原文；报送要求未变。"
    after = circular(COVER)
    assert "不留死角" in after.text
    documents = {each.id: each.sha256 for each in rows(Document)}
    assert sorted(documents.values()) == sorted(hashlib.sha256(each.encode()).hexdigest() for each in (PAIR, better))
    assert documents[after.document_id] == hashlib.sha256(better.encode()).hexdigest()
    ((_, payload),) = entries("circular.corrected")
    assert (payload["before"], payload["text_digest"], payload["reason"]) == (before, after.text_digest, "重新扫描")
    assert len(owed("report", number=COVER)) == 2 * len(ADDRESSED)


def test_it_lets_the_better_wording_stand_in_what_is_owed() -> None:
    register_pair(NOW)
    forward_cover(NOW)
    correct(PAIR.replace("报送一次最新进展", "报送一次最新工作进展").replace("摸在前头", "摸到前头"), COVER)
    assert rows(Requirement, col(Requirement.circular_id) == 2)[1].text == "自3月份起，每月5日前报送一次最新工作进展。"
    assert any("摸到前头" in each.text for each in rows(Instruction, col(Instruction.circular_id) == 2))


def test_it_changes_nothing_for_the_same_text() -> None:
    register_pair(NOW)
    before = audit_head.fn()
    assert "没有变化" in correct(PAIR.replace("\n\n", "\n\n\n"), COVER)
    assert audit_head.fn() == before


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("每月5日前", "每月10日前", "报送要求（原 3 项，现 3 项）"),
        ("及时上报省扶贫办", "及时上报省教育厅", "报送要求"),
        ("不受时间限制，随时报告。", "一并留存。", "报送要求（原 3 项，现 2 项）"),
        ("，省扶贫开发领导小组成员单位：", "：", "主送机关"),
        ("# 江北省扶贫开发领导小组办公室文件", "特急\n\n# 江北省扶贫开发领导小组办公室文件", "紧急程度"),
    ],
)
def test_it_refuses_what_would_change_what_is_owed(old: str, new: str, words: str) -> None:
    register_pair(NOW)
    forward_cover(NOW)
    before = audit_head.fn()
    with pytest.raises(Refused) as refused:
        correct(PAIR.replace(old, new, 1), COVER)
    assert words in str(refused.value)
    assert "以新的文号登记" in str(refused.value), "the same number would only be refused again"
    assert audit_head.fn() == before
    assert len(rows(Document)) == 1


def test_it_reads_anew_what_nobody_has_got_yet(database: str) -> None:
    register_text(notice_text(NUMBER, REPORT, addressees="各市（地）扶贫开发领导小祖"), NOW)
    said = correct(notice_text(NUMBER, REPORT, "请各地于3月10日前完成核查工作。", urgency="加急"))
    assert "已重新读出任务和 2 项报送要求" in said
    assert [each.ordinal for each in rows(Requirement)] == [1, 2]
    assert circular(NUMBER).urgency == "urgent"
    assert len(forward_cover(NOW + timedelta(hours=2), NUMBER).offices) == 8
    assert len(owed("complete", number=NUMBER)) == 6


def test_it_holds_our_own_receipt_of_an_upstream_for_passed_on() -> None:
    register_pair(NOW)
    with pytest.raises(Refused, match="报送要求"):
        correct(PAIR.replace("于2月20日前报", "于2月25日前报"), UPSTREAM)
    assert "报送要求未变" in correct(PAIR.replace("不误农时", "不违农时"), UPSTREAM)


def test_it_refuses_without_a_reason_a_number_or_a_circular() -> None:
    register_pair(NOW)
    with pytest.raises(Refused, match="理由"):
        correct(PAIR, COVER, " ")
    with pytest.raises(Refused, match="没有文号为"):
        correct(notice_text(NUMBER, REPORT), COVER)
    with pytest.raises(Refused, match="没有登记过"):
        correct(notice_text(NUMBER, REPORT))


def test_it_refuses_a_scan_that_turns_out_to_be_classified() -> None:
    register_text(notice_text(NUMBER, REPORT), NOW)
    with pytest.raises(Refused, match="涉密"):
        correct("机密\n\n" + notice_text(NUMBER, REPORT, "另有要求。"))
    assert len(rows(Document)) == 1


def reviewed(*lines: str) -> None:
    """Register the notice as a person corrected it."""
    text = notice_text(NUMBER, REPORT).encode()
    draft = register_circular.fn(text, "a.md", actor=OPERATOR, now=NOW, looking=Looking.ALWAYS).waiting or 0
    correct_draft.fn(draft, lines, actor=OPERATOR, now=NOW, accept=True)


def test_it_reads_anew_and_keeps_what_a_person_corrected_before(database: str) -> None:
    reviewed("要求1.期限=2020-03-02", "紧急程度=加急")
    correct(notice_text(NUMBER, "请各地各部门于2月28日前将年度总结报省扶贫办。", addressees="临江市扶贫办"))
    (asked,) = rows(Requirement)
    assert asked.due_on == date(2020, 3, 2)
    assert (circular(NUMBER).urgency, circular(NUMBER).addressees) == ("urgent", ["临江市扶贫办"])


def test_it_replaces_the_text_of_a_corrected_circular_that_is_on_its_way() -> None:
    reviewed("要求1.期限=2020-03-02")
    forward_cover(NOW, NUMBER)
    assert "报送要求未变" in correct(notice_text(NUMBER, REPORT).replace("做好有关工作，", "做好各项工作，"))
    (asked,) = rows(Requirement)
    assert asked.due_on == date(2020, 3, 2)


def test_it_finds_a_circular_whose_number_a_person_corrected_by_the_printed_one() -> None:
    reviewed("文号=江扶组办发〔2020〕21号")
    better = notice_text(NUMBER, REPORT).replace("做好有关工作，", "做好各项工作，")
    assert "江扶组办发〔2020〕21号" in correct(better, "江扶组办发〔2020〕21号")
    assert "做好各项工作" in circular("江扶组办发〔2020〕21号").text
