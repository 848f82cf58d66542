"""What waits for a person and what is only shown: each doubt in a sentence, with what would settle it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from config.policies import load_policies
from config.rosters import read_roster
from domain.documents import CircularDraft, SourceKind
from domain.enclosures import to_register
from domain.offices import Roster
from domain.reading.draft import read_circular
from domain.reviewing import Remark, Surroundings, remarks
from tests.cast import PAIR, ROSTER_CSV, notice_text

NUMBER = "江扶组办发〔2020〕20号"
REPORT = "请各地各部门于2月28日前将工作总结报省扶贫办。"
EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "circular.md"


def roster(data: bytes) -> Roster:
    return Roster.of(read_roster(data, "roster.csv"), operating="230000")


def seen(
    draft: CircularDraft, *, of: Roster | None = None, upstream: bool = True, kind: str = ""
) -> tuple[Remark, ...]:
    around = Surroundings(
        roster=of or roster(ROSTER_CSV.encode()), policies=load_policies(None), today=date(2020, 2, 14),
        knows_upstream=upstream,
    )  # fmt: skip
    return remarks(draft, SourceKind(kind or "circular"), around)


def read(text: str) -> CircularDraft:
    return to_register(read_circular(text))[-1]


def waits(text: str, **more: object) -> list[str]:
    return [each.words for each in seen(read(text), **more) if each.waits]  # type: ignore[arg-type]


def shows(text: str, **more: object) -> list[str]:
    return [each.words for each in seen(read(text), **more) if not each.waits]  # type: ignore[arg-type]


def test_the_shipped_example_waits_for_nobody() -> None:
    known = roster((EXAMPLE.parent / "heilongjiang-2020.csv").read_bytes())
    for draft in to_register(read_circular(EXAMPLE.read_text(encoding="utf-8"))):
        assert [each for each in seen(draft, of=known) if each.waits] == []


def test_the_pair_of_the_tests_waits_for_nobody_and_shows_what_it_leaves_open() -> None:
    assert waits(PAIR) == []
    assert any("要求1没有写明日期" in each for each in shows(PAIR))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (notice_text("", REPORT), "没有识别到发文字号；批示件、会议纪要、提案没有文号的，请更正来源类别。"),
        (
            notice_text(NUMBER, REPORT, addressees="东风农场扶贫办"),
            "主送机关“东风农场扶贫办”在名册中没有对应单位，将收不到本文。",
        ),
        (
            notice_text(NUMBER, "请各地于2月28日前将总结报省水利调度中心。"),
            "要求1的报送对象“省水利调度中心”在名册中没有对应单位，报送由转发单位审核；可在名册中补充别名。",
        ),
        (
            notice_text(NUMBER, "请各林场扶贫办于2月28日前将总结报省扶贫办。"),
            "要求1的责任单位“各林场扶贫办”无法与名册对应，否则由全部收文单位承担。",
        ),
        (
            notice_text(NUMBER, REPORT).replace("江北省扶贫开发领导小组办公室", "东风农场管理局"),
            "发文机关“东风农场管理局”在名册中没有对应单位。",
        ),
    ],
)
def test_it_waits_where_registering_would_be_wrong_for_somebody(text: str, words: str) -> None:
    assert words in waits(text)


def test_a_ministry_that_the_roster_does_not_hold_is_no_doubt() -> None:
    text = notice_text(NUMBER, "请各地于2月28日前将总结报国家统计总局。").replace(
        "江北省扶贫开发领导小组办公室", "国家统计总局"
    )
    assert waits(text) == []
    assert any("国家统计总局" in each for each in shows(text))


def test_whom_a_circular_from_outside_means_beside_us_is_its_issuers_concern() -> None:
    sentence = "请各林场扶贫办于2月28日前将总结报省水利调度中心。"
    of_ours = notice_text(NUMBER, sentence, addressees="江北省扶贫开发领导小组，东风农场扶贫办")
    from_above = of_ours.replace("江北省扶贫开发领导小组办公室", "国务院扶贫开发领导小组")
    assert len(waits(of_ours)) == 3
    assert waits(from_above) == []
    assert len([each for each in shows(from_above) if "名册" in each]) == 3


def test_a_circular_from_outside_that_addresses_none_of_us_waits() -> None:
    text = notice_text(NUMBER, REPORT, addressees="东风农场扶贫办").replace(
        "江北省扶贫开发领导小组办公室", "国务院扶贫开发领导小组"
    )
    assert waits(text) == ["主送机关中没有本单位，也没有下级单位。"]


def test_an_upstream_that_is_missing_is_shown_and_a_plan_that_is_missing_waits() -> None:
    (missing,) = [each for each in shows(PAIR, upstream=False) if "尚未登记" in each]
    assert "国扶组发〔2020〕6号" in missing
    issued = notice_text(NUMBER, "现将《住房普查工作方案》印发给你们，请认真执行。").replace(
        "关于做好有关工作的通知", "关于印发《住房普查工作方案》的通知"
    )
    assert waits(issued, upstream=False) == ["所印发的“住房普查工作方案”不在本文件中，其中的任务和要求没有读到。"]


def test_a_source_without_a_number_has_no_head_to_be_missed() -> None:
    minutes = "# 关于春季帮扶工作的会议纪要\n\n各地各部门要在2020年3月10日前完成清单核对工作。\n"
    assert waits(minutes, kind="minutes") == []
    assert len(waits(minutes)) == 3


@pytest.mark.parametrize(
    ("urgency", "days", "on"), [("", 15, "2020-02-29"), ("加急", 5, "2020-02-19"), ("特急", 5, "2020-02-19")]
)
def test_it_offers_a_day_for_a_report_without_one(urgency: str, days: int, on: str) -> None:
    found = seen(read(notice_text(NUMBER, "请各地各部门将情况及时上报省扶贫办。", urgency=urgency)))
    (offered,) = [each for each in found if each.proposal]
    assert offered.proposal == f"要求1.期限={on}"
    assert f"参考期限为{days}日" in offered.words
    assert "每周" in offered.words


@pytest.mark.parametrize(
    ("year", "dated", "is_doubted"),
    [
        (2020, "2020年2月14日", False),
        (2019, "2020年1月3日", False),
        (2019, "2020年5月3日", True),
        (2021, "2020年2月14日", True),
    ],
)
def test_it_doubts_a_number_of_another_year(year: int, dated: str, is_doubted: bool) -> None:
    text = notice_text(f"江扶组办发〔{year}〕20号", "请各地抓好落实。").replace("2020年2月14日", dated)
    assert any("年份" in each for each in waits(text)) is is_doubted


def test_what_the_reader_or_the_file_leaves_in_doubt_waits() -> None:
    draft = read(notice_text(NUMBER, REPORT))
    assert [each.words for each in seen(draft) if each.waits] == []
    doubts = ("“2月30日前”的日期无法确定，请人工填写。", "文件中有 1 处图片，未读取。")
    doubtful = replace(draft, warnings=("未找到成文日期。", *doubts))
    assert [each.words for each in seen(doubtful) if each.waits] == list(doubts)
