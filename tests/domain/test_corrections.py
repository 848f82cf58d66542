"""Correcting a draft by lines: every field, several at once, all of them or none, and what changed."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import date, time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.corrections import Change, corrected, keep_corrections
from domain.deadlines import HolidayRule
from domain.documents import (
    CircularDraft,
    ContactLine,
    DocumentKind,
    Duty,
    ForwardedReference,
    RequirementDraft,
    RequirementKind,
    SourceKind,
    Urgency,
)
from domain.draft_fields import HEAD, OWED, TASK, values
from domain.enclosures import to_register
from domain.errors import Refused
from domain.reading.draft import read_circular
from tests.cast import COVER, PAIR, UPSTREAM

ANNEXED, WHOLE = to_register(read_circular(PAIR))


def correct(*lines: str, kind: SourceKind = SourceKind.CIRCULAR) -> CircularDraft:
    return corrected((ANNEXED, WHOLE), kind, lines).circulars[-1]


def owed(*lines: str) -> RequirementDraft:
    """The second requirement (monthly) of the cover after a correction."""
    return correct(*lines).requirements[1]


def changes(*lines: str) -> list[Change]:
    return list(corrected((ANNEXED, WHOLE), SourceKind.CIRCULAR, lines).changes)


def refusal(*lines: str) -> str:
    with pytest.raises(Refused) as refused:
        correct(*lines)
    return str(refused.value)


# ---------------------------------------------------------------- the head


@pytest.mark.parametrize(
    ("line", "name", "value"),
    [
        ("文号=江扶组办发[2020]9号", "document_number", "江扶组办发〔2020〕9号"),
        ("文号=", "document_number", None),
        ("标题= 新 标题 ", "title", "新 标题"),
        ("文种=意见", "kind", DocumentKind.OPINIONS),
        ("发文机关=甲省教育厅；甲省财政厅", "issuing_authority", ("甲省教育厅", "甲省财政厅")),
        ("主送=各市、县扶贫办；省直各单位;", "addressees", ("各市、县扶贫办", "省直各单位")),
        ("抄送=", "cc_authorities", ()),
        ("紧急程度=特急", "urgency", Urgency.EXTRA_URGENT),
        ("成文日期=2020年2月14日", "dated_on", date(2020, 2, 14)),
        ("印发日期=2020-2-15", "issued_on", date(2020, 2, 15)),
        ("印发范围=此件发至县团级", "scope", "此件发至县团级"),
        ("联系人=王某 0400-0000001 w@example.org；李某", "contacts",
         (ContactLine(name="王某", phone="0400-0000001", email="w@example.org"), ContactLine(name="李某"))),
        ("document_number=江扶组办发〔2020〕9号", "document_number", "江扶组办发〔2020〕9号"),
        ("标题＝全角等号", "title", "全角等号"),
    ],
)  # fmt: skip
def test_it_corrects_every_field_of_the_head(line: str, name: str, value: Any) -> None:
    assert correct(line) == replace(WHOLE, **{name: value})


def test_it_corrects_what_the_circular_forwards() -> None:
    assert correct("上级文号=国扶组发〔2020〕7号").forwards == ForwardedReference(
        document_number="国扶组发〔2020〕7号", title=WHOLE.forwards.title if WHOLE.forwards else None
    )
    assert correct("上级文号=", "上级标题=").forwards is None


def test_it_corrects_an_annexed_circular_and_the_kind_of_the_source() -> None:
    done = corrected((ANNEXED, WHOLE), SourceKind.CIRCULAR, ["附件1.文号=国扶组发〔2020〕7号", "来源类别=批示件"])
    assert done.circulars[0] == replace(ANNEXED, document_number="国扶组发〔2020〕7号")
    assert done.kind is SourceKind.WRITTEN_INSTRUCTION
    assert list(done.changes) == [
        Change("附件1.文号", UPSTREAM, "国扶组发〔2020〕7号"), Change("来源类别", "公文", "批示件"),
    ]  # fmt: skip


def test_it_corrects_who_leads_and_supports_a_paragraph() -> None:
    done = corrected((ANNEXED,), SourceKind.CIRCULAR, ["任务一/(二).牵头单位=省农业农村厅", "任务二.配合单位=甲；乙"])
    first, second, _ = done.circulars[0].instructions
    assert [each.lead_office for each in first.children] == [None, "省农业农村厅"]
    assert second.supporting_offices == ("甲", "乙")
    assert first.children[0] == ANNEXED.instructions[0].children[0]


# ---------------------------------------------------------------- requirements


@pytest.mark.parametrize(
    ("line", "name", "value"),
    [
        ("要求2.内容=每月报一次。", "text", "每月报一次。"),
        ("要求2.性质=完成", "duty", Duty.COMPLETE),
        ("要求2.时刻=17时30分", "due_time", time(17, 30)),
        ("要求2.规则=FREQ=WEEKLY;BYDAY=FR", "rrule", "FREQ=WEEKLY;BYDAY=FR"),
        ("要求2.规则=每月10日前", "rrule", "FREQ=MONTHLY;BYMONTHDAY=10"),
        ("要求2.首次=2020-04-05", "starts_on", date(2020, 4, 5)),
        ("要求2.顺延=2 12:00", "holiday_rule", HolidayRule(2, time(12))),
        ("要求2.报送对象=省教育厅", "deliver_to", "省教育厅"),
        ("要求2.责任单位=各市扶贫办", "responsible", "各市扶贫办"),
    ],
)
def test_it_corrects_every_part_of_a_requirement(line: str, name: str, value: Any) -> None:
    assert owed(line) == replace(WHOLE.requirements[1], **{name: value})


def test_a_day_a_rule_and_a_term_each_make_it_of_their_kind_and_clear_the_rest() -> None:
    once = owed("要求2.期限=2020-03-20")
    assert (once.kind, once.due_on, once.rrule, once.starts_on) == (RequirementKind.ONCE, date(2020, 3, 20), None, None)
    term = owed("要求2.工作日=5")
    assert (term.kind, term.workdays, term.rrule) == (RequirementKind.AFTER_RECEIPT, 5, None)
    days = owed("要求2.工作日=5", "要求2.天数=10")
    assert (days.workdays, days.days) == (None, 10)
    again = owed("要求2.期限=2020-03-20", "要求2.规则=每周五前")
    assert (again.kind, again.due_on, again.rrule) == (RequirementKind.RECURRING, None, "FREQ=WEEKLY;BYDAY=FR")
    assert owed("要求2.类型=随时").rrule is None


def test_a_term_after_an_event_stays_one() -> None:
    third = correct("要求3.天数=2").requirements[2]
    assert (third.kind, third.days) == (RequirementKind.ON_OCCURRENCE, 2)


def test_what_a_person_writes_is_no_longer_assumed() -> None:
    assumed = replace(WHOLE, requirements=(replace(WHOLE.requirements[0], assumed=("deliver_to", "responsible")),))
    done = corrected((assumed,), SourceKind.CIRCULAR, ["要求1.报送对象=省教育厅"]).circulars[0].requirements[0]
    assert done.as_stated().deliver_to == "省教育厅"
    assert done.as_stated().responsible is None


def test_it_adds_and_drops_by_the_places_that_were_shown() -> None:
    done = correct(
        "要求1.删除", "要求+=各地要在3月底前完成自查。", "要求2.时刻=17:00", "要求4.性质=完成", "要求4.期限=2020-03-31"
    )
    assert [each.text[:4] for each in done.requirements] == [
        WHOLE.requirements[1].text[:4], WHOLE.requirements[2].text[:4], "各地要在",
    ]  # fmt: skip
    assert done.requirements[0].due_time == time(17)
    assert done.requirements[2].due_on == date(2020, 3, 31)


def test_what_is_added_in_the_words_of_the_text_stands_where_they_stand() -> None:
    sentence = "各地各部门主要负责同志要亲自过问"
    start, end = correct(f"要求+={sentence}").requirements[-1].span
    assert WHOLE.page[start:end] == sentence
    start, end = correct("要求+=别处没有的话").requirements[-1].span
    assert start == end


# ---------------------------------------------------------------- what changed


def test_it_says_what_changed_from_what_to_what() -> None:
    assert changes("标题=新", "要求1.删除", "要求+=加报一次。") == [
        Change("标题", WHOLE.title, "新"),
        Change("要求1", WHOLE.requirements[0].text, None),
        Change("要求4.内容", None, "加报一次。"),
        Change("要求4.性质", None, "报送"),
        Change("要求4.类型", None, "一次"),
    ]


def test_what_was_cleared_along_with_it_is_said_too() -> None:
    assert {each.field for each in changes("要求2.期限=2020-03-20")} == {
        "要求2.类型", "要求2.期限", "要求2.规则", "要求2.首次",
    }  # fmt: skip


def test_the_same_value_again_is_no_change() -> None:
    assert changes(f"文号={COVER}", "", "  ", "紧急程度=平件") == []


def test_every_field_reads_back_as_it_is_written() -> None:
    """What is shown can be typed back: nothing changes by it."""
    lines = [f"{name}={value}" for name, value in values(WHOLE, WHOLE.requirements).items() if value]
    assert changes(*[line for line in lines if not line.startswith("要求3.")]) == []


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("颜色=红", "没有名为“颜色”的项目，可以更正的如文号、标题"),
        ("文号=无", "更正“文号=无”不正确：应为发文字号，如 国办发〔2020〕1号。"),
        ("文种=命令状", "更正“文种=命令状”不正确：应为通知、转发通知、印发通知、意见、方案、函、报告、其他之一。"),
        ("紧急程度=很急", "应为平件、加急、特急之一"),
        ("成文日期=2020-02-30", "更正“成文日期=2020-02-30”不正确：应为日期，如 2020-02-20。"),
        ("成文日期=20200214", "应为日期"),
        ("成文日期=1020-02-14", "应为日期"),
        ("来源类别=口信", "应为公文、批示件、会议纪要、建议提案之一"),
        ("联系人=王某 张某", "应为 姓名 电话 邮箱，多人以分号分开"),
        ("要求9.期限=2020-03-01", "更正“要求9.期限”：本文有 3 项要求，没有要求9。"),
        ("要求0.删除", "没有要求0"),
        ("要求2.颜色=红", "要求没有名为“颜色”的项目，可以更正的有内容、性质"),
        ("要求2.期限=明天", "更正“要求2.期限=明天”不正确：应为日期，如 2020-02-20。"),
        ("要求2.时刻=25:00", "应为时刻，如 17:00"),
        ("要求2.规则=经常", "应为周期，如 每月5日前，或 FREQ=MONTHLY;BYMONTHDAY=5"),
        ("要求2.规则=FREQ=NEVER", "应为周期"),
        ("要求2.规则=", "要求2不完整：类型为循环，须有规则，如 规则=每月5日前。"),
        ("要求2.类型=收文后", "要求2不完整：类型为收文后，须有工作日或天数，如 工作日=5。"),
        ("要求2.工作日=零", "应为天数，如 5"),
        ("要求2.工作日=0", "应为天数"),
        ("要求2.顺延=后天", "应为 无，或顺延到节后第几个工作日"),
        ("要求1.首次=2020-03-05", "要求1不完整：首次只用于循环的要求"),
        ("要求1.顺延=1", "要求1不完整：顺延只用于写明日期或循环的要求。"),
        ("要求2.内容=", "不能为空；不要这一项的，请写“删除”"),
        ("要求+=", "不能为空"),
        ("要求2.期限", "更正“要求2.期限”没有写新值，应写作 要求2.期限=新值；要清空的，写 要求2.期限= 。"),
        ("任务九.牵头单位=甲", "没有编号为“九”的任务，有一、二、三。"),
        ("附件2.文号=x", "没有附件2"),
        ("=红", "无法识别，应写作 项目=新值"),
        ("标题=" + "字" * 3000, "太长，最多 2000 字"),
    ],
)
def test_it_refuses_in_one_sentence_that_names_the_field(line: str, sentence: str) -> None:
    said = refusal("标题=先改标题", line)
    assert sentence in said
    assert "\n" not in said


def test_it_does_not_correct_what_it_dropped_in_the_same_act() -> None:
    assert "要求1已在同一次更正中删除" in refusal("要求1=删除", "要求1.期限=2020-03-01")


names = st.sampled_from([*HEAD, *(f"要求{n}.{name}" for n in (0, 1, 2, 7) for name in (*OWED, "删除")), "要求+",
                         *(f"任务一.{name}" for name in TASK), "附件1.标题", "附件9.标题", "来源类别"])  # fmt: skip


@given(st.lists(st.one_of(st.text(max_size=40), st.builds("{}={}".format, names, st.text(max_size=30))), max_size=5))
def test_any_lines_are_taken_or_refused_and_nothing_else(lines: list[str]) -> None:
    with suppress(Refused):
        done = corrected((ANNEXED, WHOLE), SourceKind.CIRCULAR, lines)
        assert len(done.circulars) == 2
        assert values(done.circulars[-1], done.circulars[-1].requirements)


def test_a_better_copy_keeps_what_a_person_had_corrected() -> None:
    accepted = correct("标题=更正的标题", "要求2.期限=2020-03-20")
    better = replace(WHOLE, title="更清楚的标题", scope="此件公开发布", requirements=WHOLE.requirements[:1])
    merged = keep_corrections(WHOLE, accepted, better)
    assert (merged.title, merged.scope) == ("更正的标题", "此件公开发布")
    assert merged.requirements == accepted.requirements
    assert keep_corrections(WHOLE, WHOLE, better) == better
