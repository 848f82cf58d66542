"""Whether two circulars ask for the same: pairs of sentences that do and do not, and what holds for all of them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.likeness import ALIKE, Asked, is_asked_already, likeness

NAMES = ("省扶贫办", "省农业农村厅", "省政府办公厅")
LIKE = [
    ("自3月份起，每月5日前报送一次脱贫攻坚进展情况。", "请各市于每月10日前将脱贫攻坚工作进展情况报省扶贫办。"),
    ("每月5日前报送扶贫车间复工复产情况", "各地要按月统计扶贫车间复工复产数据，每月底前报省扶贫办"),
    ("请于2月20日前将贫困劳动力外出务工情况报省扶贫办", "2月25日前，各地各部门报送贫困劳动力务工就业情况"),
    ("每季度末报送扶贫资金使用情况", "每季度第一个月10日前上报扶贫资金使用管理情况"),
    ("每周五下午5时前报送疫情防控信息。", "每周一上午报疫情防控工作情况"),
    ("6月底前上报易地扶贫搬迁工程进度表", "请于6月15日前填报易地扶贫搬迁工程建设进度。"),
    ("3月10日前将春耕备耕情况形成书面材料报省农业农村厅", "各县（市、区）于3月15日前报送春耕备耕工作总结"),
    ("报送控辍保学台账", "每月报送控辍保学工作台账（电子版）"),
    ("请各单位将安全生产大检查开展情况于4月10日前报送", "4月20日前报送安全生产大检查工作总结和问题清单"),
    ("每月５日前报送　Ａ类项目清单", "每月5日前报送A类项目清单"),
    # nothing but what all such sentences say: then these words themselves
    ("每月5日前报送一次最新进展", "每月10日前报送一次最新进展"),
]
UNLIKE = [
    ("每月5日前报送春耕备耕情况", "每月5日前报送疫情防控情况"),
    ("每月5日前报送扶贫资金使用情况", "每月5日前报送扶贫车间复工情况"),
    ("2月20日前将贯彻落实情况报省扶贫办", "2月20日前将驻村工作队名单报省扶贫办"),
    ("每季度报送易地扶贫搬迁进度", "每季度报送产业扶贫项目进度"),
    ("请于3月10日前报送联系人名单", "请于3月10日前报送控辍保学台账"),
    ("每周五报送疫情防控信息", "每周五报送舆情信息"),
    ("6月底前上报危房改造完成情况", "6月底前上报饮水安全完成情况"),
    ("报送贫困劳动力务工情况", "报送消费扶贫产品目录"),
    ("每月5日前报送一次最新进展", "每月5日前报送安全生产大检查开展情况"),
    ("4月10日前报送扶贫领域作风问题专项治理情况", "4月10日前报送扶贫小额信贷情况"),
    ("各地每月报送光伏扶贫电站收益", "各地每月报送扶贫公益岗位人数"),
    ("报送本单位预算", "报送决算公开情况"),
    ("", "每月5日前报送春耕备耕情况"),
    ("", ""),
]


@pytest.mark.parametrize(("one", "other"), LIKE)
def test_it_finds_alike_what_asks_for_the_same(one: str, other: str) -> None:
    assert likeness(one, other, NAMES) > ALIKE + 0.1


@pytest.mark.parametrize(("one", "other"), UNLIKE)
def test_it_tells_apart_what_asks_for_something_else(one: str, other: str) -> None:
    assert likeness(one, other, NAMES) < ALIKE - 0.1


def test_to_whom_it_is_handed_in_makes_nothing_alike() -> None:
    one, other = "向江北省人民政府督查室报送旱情", "向江北省人民政府督查室报送考勤"
    assert likeness(one, other) > ALIKE > likeness(one, other, ["江北省人民政府督查室"])


SENTENCES = st.one_of(
    st.sampled_from([each for pair in (*LIKE, *UNLIKE) for each in pair]),
    st.text(alphabet="扶贫疫情防控春耕备耕台账清单报送每月日前请将五5，。《》 （）a", max_size=40),
)


@given(SENTENCES, SENTENCES)
def test_it_is_a_share_and_the_same_both_ways(one: str, other: str) -> None:
    assert 0 <= likeness(one, other, NAMES) <= 1
    assert likeness(one, other, NAMES) == likeness(other, one, NAMES)


@given(SENTENCES)
def test_a_sentence_is_wholly_like_itself_unless_there_is_nothing_in_it(sentence: str) -> None:
    assert likeness(sentence, sentence) in (0.0, 1.0)
    assert likeness(f"扶贫车间{sentence}", f"扶贫车间{sentence}") == 1.0


@given(st.sampled_from(LIKE + UNLIKE), st.integers(1, 12), st.integers(1, 31), st.sampled_from("，。；、 　"))
def test_dates_and_marks_change_nothing(pair: tuple[str, str], month: int, day: int, mark: str) -> None:
    one, other = pair
    dated = f"{month}月{day}日前{mark}{mark.join(one)}" if not any(each.isdigit() for each in one) else f"{mark}{one}"
    assert likeness(dated, other, NAMES) == likeness(one, other, NAMES)


# ---------------------------------------------------------------- due together

MONTHLY, QUARTERLY = "FREQ=MONTHLY;BYMONTHDAY=5", "FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=10"
TEXT = "报送扶贫车间复工情况"


def asked(rrule: str = "", *days: str, text: str = TEXT) -> Asked:
    return Asked(text, NAMES, rrule, tuple(map(date.fromisoformat, days)))


@pytest.mark.parametrize(
    ("one", "other", "already"),
    [
        # the same rule, on whatever days
        (asked(MONTHLY, "2020-03-05"), asked("FREQ=MONTHLY;BYMONTHDAY=25", "2020-04-25"), True),
        (asked("FREQ=YEARLY;BYMONTH=6;BYMONTHDAY=1", "2020-06-01"), asked("FREQ=YEARLY", "2020-12-01"), True),
        # other rules, or none: a month in common
        (asked(MONTHLY, "2020-03-05", "2020-04-05"), asked(QUARTERLY, "2020-04-10"), True),
        (asked(MONTHLY, "2020-03-05"), asked(QUARTERLY, "2020-04-10"), False),
        (asked("", "2020-03-01"), asked("", "2020-03-31"), True),
        (asked("", "2020-03-31"), asked("", "2020-04-01"), False),
        (asked("", "2020-03-31"), asked("", "2021-03-31"), False),
        (asked("", "2020-03-31"), asked(MONTHLY, "2020-03-05"), True),
        # without a day: only with another that has none
        (asked(), asked(), True),
        (asked(), asked("", "2020-03-31"), False),
        (asked(), asked(MONTHLY, "2020-03-05"), False),
        # together, and about something else
        (asked(MONTHLY, "2020-03-05"), asked(MONTHLY, "2020-03-05", text="报送控辍保学台账"), False),
    ],
)
def test_it_asks_only_about_what_falls_due_together(one: Asked, other: Asked, already: bool) -> None:
    assert is_asked_already(one, other) is already
    assert is_asked_already(other, one) is already


@given(st.lists(st.dates(date(2020, 1, 1), date(2021, 12, 31)), min_size=1, max_size=4), st.integers(0, 700))
def test_it_always_asks_about_the_same_words_in_a_month_in_common(days: list[date], later: int) -> None:
    one = Asked(TEXT, days=tuple(days))
    moved = days[0] + timedelta(days=later)
    other = Asked(TEXT, days=(moved,))
    assert is_asked_already(one, other) is ((moved.year, moved.month) in one.months)
