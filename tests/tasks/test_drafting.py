"""Review before anything is registered: what waits, and what accepting, correcting and rejecting a draft does."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlmodel import col

from domain.documents import RequirementKind, SourceKind
from domain.errors import Refused
from domain.reviewing import Looking
from models.circular import Circular, Document, Instruction, Requirement
from models.forwarding import Forwarding, OutsideAddressee
from models.obligation import Obligation
from models.review import DraftReview, DraftState
from models.session import reading, transaction
from tasks.auditing import audit_head, verify_audit
from tasks.drafting import accept_draft, correct_draft, list_drafts, reject_draft, show_draft
from tasks.forwarding import forward_circular
from tasks.registering import Registration, register_circular
from tests.cast import COVER, OPERATOR, PAIR, PAIR_FILE, UPSTREAM, beijing, import_cast, notice_text, register_text
from tests.domain.test_enclosures import ISSUED
from tests.looking import entries, owed, rows

NOW = beijing("2020-02-14 09:00")
LATER = NOW + timedelta(hours=1)
NUMBER = "江扶组办发〔2020〕20号"
REPORT = "请各地各部门于2月28日前将工作总结报省扶贫办。"
TABLES = (Circular, Instruction, Requirement, Forwarding, Obligation, OutsideAddressee)


@pytest.fixture(autouse=True)
def _cast(request: pytest.FixtureRequest) -> None:
    request.getfixturevalue("database" if "database" in request.fixturenames else "sqlite")
    import_cast(beijing("2020-02-13 09:00"))


def hand_in(text: str, filename: str = "来文.md", **how: Any) -> Registration:
    return register_circular.fn(text.encode(), filename, actor=OPERATOR, now=NOW, **how)


def waits(text: str = "", **how: Any) -> int:
    """Hand in a file that a person has to look at, by default one that the operator wants to; return its draft."""
    done = hand_in(text or notice_text(NUMBER, REPORT), **({"looking": Looking.ALWAYS} | how))
    assert done.waiting is not None
    assert done.circulars == ()
    return done.waiting


def stored(number: int) -> DraftReview:
    with reading() as session:
        return session.get_one(DraftReview, number)


def counts() -> list[int]:
    with reading() as session:
        return [session.scalar(select(func.count()).select_from(table)) or 0 for table in TABLES]


def nothing_is_registered() -> bool:
    return not any(counts())


# ---------------------------------------------------------------- what waits


def test_it_waits_where_the_operator_asked_to_look_and_registers_nothing(database: str) -> None:
    number = waits()
    assert nothing_is_registered()
    draft = stored(number)
    assert (draft.state, draft.filename, draft.made_by) == (DraftState.WAITING, "来文.md", "值班员甲")
    (original,) = rows(Document)
    assert draft.document_id == original.id
    ((_, made),) = entries("circular.draft_made")
    assert made["numbers"] == [NUMBER]


def test_it_registers_at_once_what_the_reader_is_sure_of() -> None:
    assert hand_in(PAIR).waiting is None
    assert len(rows(Circular)) == 2
    assert rows(DraftReview) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (notice_text("", REPORT), "没有识别到发文字号"),
        (notice_text(NUMBER, REPORT, addressees="临江市扶贫办，东风农场扶贫办"), "主送机关“东风农场扶贫办”"),
        (notice_text(NUMBER, "请各地各部门于2月28日前将总结报省水利调度中心。"), "报送对象“省水利调度中心”"),
        (notice_text(NUMBER, "请各林场扶贫办于2月28日前将总结报省扶贫办。"), "责任单位“各林场扶贫办”"),
        (notice_text(NUMBER, "请各地于2月30日前将总结报省扶贫办。"), "日期无法确定"),
    ],
)
def test_it_waits_where_the_reader_is_unsure_and_says_why(text: str, words: str) -> None:
    number = waits(text, looking=Looking.WHERE_UNSURE)
    assert nothing_is_registered()
    (line,) = list_drafts.fn(now=NOW)
    assert line.id == number
    assert any(words in each for each in line.waits_for)


def test_a_script_registers_without_waiting_but_not_without_a_number() -> None:
    assert hand_in(notice_text(NUMBER, "请各林场扶贫办于2月28日前将总结报省扶贫办。"), looking=Looking.NEVER).circulars
    with pytest.raises(Refused, match="--source-kind"):
        hand_in(notice_text("", REPORT), looking=Looking.NEVER)


def test_what_nobody_can_read_is_registered_only_after_a_person_looked() -> None:
    text = notice_text(NUMBER, "请各林场扶贫办于2月2\ufffd日前将总结报省扶贫办。")
    with pytest.raises(
        Refused, match=r"来文\.md 须由人核对后登记：涉及时限的语句中有无法辨认的字：“请各林场扶贫办于2月2□日前"
    ):
        hand_in(text, looking=Looking.NEVER)
    number = waits(text, looking=Looking.WHERE_UNSURE)
    assert any("2月2□日前" in each for line in list_drafts.fn(now=NOW) for each in line.waits_for)
    assert accept_draft.fn(number, actor=OPERATOR, now=LATER).circulars


def test_it_keeps_one_draft_of_a_file_however_often_it_is_handed_in(database: str) -> None:
    first = waits()
    head = audit_head.fn()
    assert waits() == first
    assert audit_head.fn() == head


def test_it_keeps_one_draft_when_two_hand_in_the_same_file_at_once(database: str) -> None:
    numbers: list[int] = []
    threads = [threading.Thread(target=lambda: numbers.append(waits())) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(numbers) == 2
    assert len(set(numbers)) == len(rows(DraftReview)) == 1


def test_it_does_not_wait_for_what_is_registered_already() -> None:
    hand_in(PAIR, PAIR_FILE)
    done = hand_in(PAIR, PAIR_FILE, looking=Looking.ALWAYS)
    assert [each.is_new for each in done.circulars] == [False, False]
    assert rows(DraftReview) == []


def test_it_refuses_what_is_classified_without_keeping_anything_of_it() -> None:
    with pytest.raises(Refused, match="涉密"):
        hand_in(f"机密\n\n{notice_text(NUMBER, REPORT)}", looking=Looking.ALWAYS)
    assert rows(DraftReview) == rows(Document) == []


# ---------------------------------------------------------------- accepting


def test_accepting_registers_exactly_what_registering_at_once_does(database: str) -> None:
    number = hand_in(PAIR, PAIR_FILE, looking=Looking.ALWAYS).waiting
    assert number is not None
    done = accept_draft.fn(number, actor=OPERATOR, now=LATER)
    assert [(each.number, each.is_new) for each in done.circulars] == [(UPSTREAM, True), (COVER, True)]
    assert done.draft == number
    assert counts()[:5] == [2, 8, 4, 1, 3]
    assert {each.draft_id for each in rows(Circular)} == {number}
    assert [payload["draft"] for _, payload in entries("circular.registered")] == [number, number]


def test_it_says_in_the_trail_who_accepted(database: str) -> None:
    number = waits()
    accept_draft.fn(number, actor=OPERATOR, now=LATER)
    ((subject, payload),) = entries("circular.draft_accepted")
    assert subject == f"circular_draft:{number}"
    assert payload == {"circulars": [NUMBER], "corrected": []}
    assert (stored(number).state, stored(number).decided_by, stored(number).decided_at) == (
        DraftState.ACCEPTED, "值班员甲", LATER,
    )  # fmt: skip
    assert verify_audit.fn().whole


def test_it_is_accepted_once(database: str) -> None:
    number = waits()
    accept_draft.fn(number, actor=OPERATOR, now=LATER)
    head = audit_head.fn()
    with pytest.raises(Refused, match=f"草稿 {number} 已通过登记（值班员甲），不能再作决定"):
        accept_draft.fn(number, actor=OPERATOR, now=LATER)
    assert audit_head.fn() == head
    assert len(rows(Circular)) == 1


def test_it_is_accepted_once_when_two_do_it_at_the_same_moment(database: str) -> None:
    number, ended = waits(), list[str]()
    start = threading.Barrier(2)

    def accept() -> None:
        start.wait()
        try:
            ended.append(f"{len(accept_draft.fn(number, actor=OPERATOR, now=LATER).circulars)} registered")
        except Refused as refused:
            ended.append(str(refused))

    threads = [threading.Thread(target=accept) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ended) == ["1 registered", f"草稿 {number} 已通过登记（值班员甲），不能再作决定。"]
    assert len(rows(Circular)) == len(entries("circular.draft_accepted")) == 1


@pytest.mark.parametrize("other", [REPORT, "请各地于3月2日前将清单报省扶贫办。"])
def test_it_is_not_accepted_where_the_number_was_registered_meanwhile(database: str, other: str) -> None:
    number = waits()
    register_text(notice_text(NUMBER, other), NOW)
    head = audit_head.fn()
    with pytest.raises(Refused, match=f"“{NUMBER}”已于.*登记，草稿 {number} 不能再登记"):
        accept_draft.fn(number, actor=OPERATOR, now=LATER)
    assert audit_head.fn() == head
    assert stored(number).state is DraftState.WAITING
    told = [remark.words for remark in show_draft.fn(number, now=LATER).circulars[-1].remarks]
    assert any("已登记过，文本不同" in words for words in told) is (other != REPORT)
    reject_draft.fn(number, "已登记", actor=OPERATOR, now=LATER)


def test_it_takes_an_annexed_upstream_that_was_registered_meanwhile_for_known(database: str) -> None:
    number = hand_in(PAIR, PAIR_FILE, looking=Looking.ALWAYS).waiting
    hand_in(PAIR, PAIR_FILE, only=UPSTREAM)
    done = accept_draft.fn(number or 0, actor=OPERATOR, now=LATER)
    assert [(each.number, each.is_new) for each in done.circulars] == [(UPSTREAM, False), (COVER, True)]


def test_it_does_not_lose_the_correction_of_an_annexed_upstream_that_was_registered_meanwhile() -> None:
    number = hand_in(PAIR, PAIR_FILE, looking=Looking.ALWAYS).waiting or 0
    correct_draft.fn(number, ["附件1.要求1.期限=2020-02-19"], actor=OPERATOR, now=NOW)
    hand_in(PAIR, PAIR_FILE, only=UPSTREAM)
    with pytest.raises(Refused, match=f"“{UPSTREAM}”已于"):
        accept_draft.fn(number, actor=OPERATOR, now=LATER)


def test_it_refuses_what_still_lacks_a_number_and_takes_it_with_a_kind_that_needs_none(database: str) -> None:
    number = waits(notice_text("", REPORT), looking=Looking.WHERE_UNSURE)
    with pytest.raises(Refused, match="没有识别到发文字号"):
        accept_draft.fn(number, actor=OPERATOR, now=LATER)
    correct_draft.fn(number, ["来源类别=批示件"], actor=OPERATOR, now=LATER, accept=True)
    (circular,) = rows(Circular)
    assert (circular.number, circular.source_kind) == (None, SourceKind.WRITTEN_INSTRUCTION)
    forwarded = forward_circular.fn(circular.title, actor=OPERATOR, now=LATER, to=["临江市"])
    assert [office.name for office in forwarded.offices] == ["临江市扶贫开发领导小组办公室"]


def test_it_is_not_accepted_while_a_field_holds_signs_that_nobody_can_read() -> None:
    damaged = "请各地各部门于2月28日前将工作\ufffd结报省扶贫办。"
    number = waits(notice_text(NUMBER, damaged).replace("有关工作的通知", "有关工\ufffd的通知"))
    assert any("无法辨认" in words for line in list_drafts.fn(now=NOW) for words in line.waits_for)
    with pytest.raises(Refused, match=r"草稿 1 的标题、要求1\.内容中有无法辨认的字，请对照原件更正后再通过"):
        accept_draft.fn(number, actor=OPERATOR, now=LATER)
    lines = ["标题=关于做好有关工作的通知", f"要求1.内容={REPORT}"]
    assert correct_draft.fn(number, lines, actor=OPERATOR, now=LATER, accept=True)[1]


def test_a_plan_is_owed_by_those_whom_the_circular_that_issues_it_addresses() -> None:
    hand_in(ISSUED)
    (circular,) = rows(Circular)
    assert (circular.number, circular.upstream_id) == ("江扶组办发〔2020〕30号", None)
    assert [each.number for each in rows(Instruction)] == ["附件", "附件/一"]
    forward_circular.fn(circular.number, actor=OPERATOR, now=LATER)
    assert len(owed("report", number=circular.number)) == 2
    (asked,) = rows(Requirement)
    holder = next(each for each in rows(Instruction) if each.id == asked.instruction_id)
    assert holder.number == "附件/一"


# ---------------------------------------------------------------- correcting


def test_it_registers_the_corrected_draft(database: str) -> None:
    number = waits()
    lines = [
        "文号=江扶组办发〔2020〕21号",
        "要求1.期限=2020-03-02",
        "紧急程度=加急",
        "要求+=各地每周报一次进展。",
        "要求2.规则=FREQ=WEEKLY;BYDAY=FR",
    ]
    changed, done = correct_draft.fn(number, lines, actor=OPERATOR, now=NOW)
    assert done is None
    assert nothing_is_registered()
    assert ("文号", NUMBER, "江扶组办发〔2020〕21号") in [(each.field, each.before, each.after) for each in changed]
    accept_draft.fn(number, actor=OPERATOR, now=LATER)
    (circular,) = rows(Circular)
    assert (circular.number, circular.urgency) == ("江扶组办发〔2020〕21号", "urgent")
    first, second = rows(Requirement)
    assert first.due_on == date(2020, 3, 2)
    assert (second.kind, second.rrule) == (RequirementKind.RECURRING, "FREQ=WEEKLY;BYDAY=FR")


def test_it_says_in_the_trail_what_was_corrected_from_what_to_what(database: str) -> None:
    number = waits()
    correct_draft.fn(number, ["要求1.期限=2020-03-02"], actor=OPERATOR, now=NOW)
    ((subject, payload),) = entries("circular.draft_corrected")
    assert subject == f"circular_draft:{number}"
    assert payload == {"field": "要求1.期限", "before": "2020-02-28", "after": "2020-03-02"}
    assert [each["by"] for each in stored(number).corrections] == ["值班员甲"]


def test_it_keeps_telephone_numbers_and_addresses_out_of_the_trail() -> None:
    number = waits()
    correct_draft.fn(number, ["联系人=王某 13800000000 wang@example.org"], actor=OPERATOR, now=NOW)
    reject_draft.fn(number, "请致电13800000000", actor=OPERATOR, now=LATER)
    recorded = str(entries("circular.draft_corrected")) + str(entries("circular.draft_rejected"))
    assert "联系方式略" in recorded
    assert "13800000000" not in recorded
    assert "example.org" not in recorded + str(stored(number).corrections)


def test_it_changes_nothing_where_one_of_several_corrections_is_wrong(database: str) -> None:
    number, head = waits(), audit_head.fn()
    before = stored(number).content
    with pytest.raises(Refused, match=r"更正“要求1\.期限=二月三十日”不正确：应为日期，如 2020-02-20"):
        correct_draft.fn(number, ["标题=新标题", "要求1.期限=二月三十日"], actor=OPERATOR, now=NOW)
    assert stored(number).content == before
    assert audit_head.fn() == head


def test_it_takes_back_the_correction_that_cannot_be_accepted_at_once(database: str) -> None:
    number = waits()
    register_text(notice_text("江扶组办发〔2020〕21号", REPORT), NOW)
    with pytest.raises(Refused, match="不能再登记"):
        correct_draft.fn(number, ["文号=江扶组办发〔2020〕21号"], actor=OPERATOR, now=NOW, accept=True)
    assert entries("circular.draft_corrected") == []
    assert stored(number).state is DraftState.WAITING


def test_it_corrects_nothing_that_was_decided_on() -> None:
    number = waits()
    reject_draft.fn(number, "不是发给我们的", actor=OPERATOR, now=NOW)
    with pytest.raises(Refused, match="已退回不登记"):
        correct_draft.fn(number, ["标题=新"], actor=OPERATOR, now=NOW)


# ---------------------------------------------------------------- rejecting


def test_rejecting_registers_nothing_and_says_why(database: str) -> None:
    number = waits()
    with pytest.raises(Refused, match="理由"):
        reject_draft.fn(number, " ", actor=OPERATOR, now=NOW)
    reject_draft.fn(number, "不是发给我们的", actor=OPERATOR, now=NOW)
    assert nothing_is_registered()
    assert stored(number).state is DraftState.REJECTED
    assert [payload["reason"] for _, payload in entries("circular.draft_rejected")] == ["不是发给我们的"]
    with pytest.raises(Refused, match="不能再作决定"):
        accept_draft.fn(number, actor=OPERATOR, now=LATER)


def test_a_file_that_was_rejected_can_be_handed_in_again() -> None:
    first = waits()
    reject_draft.fn(first, "缺页", actor=OPERATOR, now=NOW)
    assert waits() != first
    assert [line.state for line in list_drafts.fn(now=NOW, everything=True)] == ["waiting", "rejected"]


def test_it_knows_no_draft_of_another_number() -> None:
    with pytest.raises(Refused, match="没有编号为 7 的草稿"):
        accept_draft.fn(7, actor=OPERATOR, now=NOW)
    with pytest.raises(Refused, match="没有编号为 7 的草稿"):
        show_draft.fn(7, now=NOW)


# ---------------------------------------------------------------- showing


def test_it_shows_what_passing_it_on_would_bring_and_does_none_of_it(database: str) -> None:
    text = notice_text(NUMBER, "各地各部门自3月份起每周五下午5时前报省扶贫办。", scope="发至市级")
    number, head = waits(text), audit_head.fn()
    seen = show_draft.fn(number, now=NOW)
    assert seen.forwarded is not None
    assert len(seen.forwarded.offices) == 8
    assert any("一年内每个单位要报" in words for words in seen.forwarded.burdens)
    assert any("低于该范围" in words for words in seen.forwarded.questions)
    assert nothing_is_registered()
    assert audit_head.fn() == head


def test_it_shows_what_another_circular_asks_already() -> None:
    register_text(notice_text("江扶组办发〔2020〕18号", REPORT), NOW)
    forward_circular.fn("江扶组办发〔2020〕18号", actor=OPERATOR, now=NOW)
    seen = show_draft.fn(waits(), now=NOW)
    assert seen.forwarded is not None
    assert any("重复报送" in words for words in seen.forwarded.questions)


def test_it_says_why_it_could_not_be_passed_on() -> None:
    seen = show_draft.fn(
        waits(notice_text(NUMBER, REPORT, addressees="东风农场扶贫办"), looking=Looking.ALWAYS), now=NOW
    )
    assert seen.forwarded is None
    assert "没有对应的下级单位" in seen.trouble


def test_it_proposes_a_day_for_a_report_without_one_that_one_correction_applies() -> None:
    number = waits(notice_text(NUMBER, "请各地各部门将情况及时上报省扶贫办。"))
    (remark,) = [each for each in show_draft.fn(number, now=NOW).circulars[-1].remarks if each.proposal]
    assert "参考期限为15日" in remark.words
    assert not remark.waits
    correct_draft.fn(number, [remark.proposal], actor=OPERATOR, now=NOW, accept=True)
    assert [each.due_on for each in rows(Requirement)] == [date(2020, 2, 29)]
    forward_circular.fn(NUMBER, actor=OPERATOR, now=LATER)
    assert all(each.due_at for each in owed("report", number=NUMBER))


def test_it_cannot_read_a_draft_of_another_form_and_says_what_to_do(database: str) -> None:
    number = waits()
    with transaction(OPERATOR, NOW) as work:
        work.session.execute(update(DraftReview).where(col(DraftReview.id) == number).values(content={"version": 99}))
    with pytest.raises(Refused, match=r"请退回后重新登记原件“来文\.md”"):
        show_draft.fn(number, now=NOW)
    with pytest.raises(Refused, match="无法读取"):
        accept_draft.fn(number, actor=OPERATOR, now=NOW)
    (line,) = list_drafts.fn(now=NOW)
    assert "由其他版本的程序生成" in line.waits_for[0]
    assert "已退回" in reject_draft.fn(number, "版本不同", actor=OPERATOR, now=NOW)
