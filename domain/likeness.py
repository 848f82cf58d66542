"""Whether two circulars ask an office for the same: how alike the wording is, and whether it falls due together."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

#: From this share of common pairs of characters on, two sentences are taken to ask for the same. Tried on the pairs of
#: tests/domain/test_likeness.py: what is alike lies above 0.6 there, what is not below 0.4. Too low only asks a person
#: once more than needed; too high lets the same be asked twice.
ALIKE = 0.5

_NUMBER = r"[0-9〇零一二三四五六七八九十百两]+"
#: Dates, hours, terms and how often: when it is due says nothing about what it is.
_TIMES = re.compile(
    rf"每(?:个)?(?:半?年|季度?|半?月|旬|(?:周|星期)[一二三四五六日天]?|{_NUMBER}?个?(?:工作)?[日天月])度?"
    rf"|(?:星期|周|礼拜)[一二三四五六日天]"
    rf"|(?:本|当|次|上|下|同|今|明)(?:年|季|月|旬|周|日)(?:度|份)?"
    rf"|第?{_NUMBER}(?:个)?(?:工作日|年度?|月份?|日|号|天|周|季度|时|点|分|小时|次|份|式|期)"
    rf"|(?:[年季月][底末初]|[上中下]旬|上午|下午|中午|晚上?)"
)
#: What every such sentence says, whatever it asks for: who, how, to whom, that it is handed in. Longer ones first.
_WORDS = (
    "数字准确", "事例具体", "综合分析报告", "书面材料", "书面形式", "电子版", "纸质版", "加盖公章", "有关情况",
    "相关情况", "最新进展", "进展情况", "工作情况", "落实情况", "执行情况", "完成情况", "推进情况", "开展情况",
    "贯彻情况", "工作进展", "工作总结", "存在问题", "存在的问题", "主要做法", "下一步打算",
    "下一步工作打算", "下步打算",
    "各地各部门", "各地区", "各部门", "各单位", "各地", "各市", "各县", "各区", "各级", "县区", "市县",
    "成员单位",
    "主送单位", "报送", "上报", "报告", "汇报", "反馈", "提交", "填报", "报至", "报到", "报给", "总结", "材料", "情况",
    "进展", "工作", "最新", "书面", "综合", "分析", "统计", "数据", "表格", "信息", "有关", "相关", "及时", "按时",
    "按期", "尽快", "务必", "截止", "截至", "以前", "之前", "为止", "整理", "写成", "形成", "汇总", "一并", "分别",
    "统一", "认真", "请于", "须于", "应于", "并于", "请", "要", "按",
    "将", "把", "由", "于", "自", "起", "前", "报", "送", "交",
    "及", "和", "与", "并", "的", "了", "成", "为", "在", "内", "后", "收到", "本通知", "通知", "之日", "各", "等",
)  # fmt: skip
_COMMON = re.compile("|".join(sorted(_WORDS, key=len, reverse=True)))
_NOT_A_WORD = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class Asked:
    """What one requirement asks for, as far as it may double another."""

    text: str
    #: the names of whom it is handed in to: left out of the comparison
    deliver_to: tuple[str, ...] = ()
    #: an RFC 5545 rule; empty where it is due once
    rrule: str = ""
    #: the days it falls due within a year; none where it has no day
    days: tuple[date, ...] = field(default=(), repr=False)

    @property
    def months(self) -> frozenset[tuple[int, int]]:
        """The months it falls due in."""
        return frozenset((day.year, day.month) for day in self.days)


def is_asked_already(one: Asked, other: Asked) -> bool:
    """Tell whether two requirements for the same recipient look like one (docs/rules.md, Before it goes out).

    They fall due by the same rule or in a month in common, or both without any day; and their wording is alike.
    A question for a person: it decides nothing.
    """
    return _due_together(one, other) and likeness(one.text, other.text, (*one.deliver_to, *other.deliver_to)) >= ALIKE


def _due_together(one: Asked, other: Asked) -> bool:
    if one.rrule and other.rrule and _pace(one.rrule) == _pace(other.rrule):
        return True
    return not (one.months.isdisjoint(other.months) and (one.months or other.months))


def _pace(rrule: str) -> tuple[str, str]:
    parts = dict(part.split("=", 1) for part in rrule.upper().removeprefix("RRULE:").split(";") if "=" in part)
    return parts.get("FREQ", ""), parts.get("INTERVAL", "1")


def likeness(one: str, other: str, names: Iterable[str] = ()) -> float:
    """Return how alike two sentences are, from 0 to 1: twice their common pairs of characters by all pairs (Dice).

    Compared is what they are about: without dates and how often, marks, blanks, the `names` of recipients, and the
    words of every such sentence. Where nothing is left of one, the words themselves are compared.
    """
    leave_out = tuple(sorted(set(filter(None, map(_plain, names))), key=lambda name: (-len(name), name)))
    left, right = _topic(one, leave_out), _topic(other, leave_out)
    if not left or not right:
        left, right = _untimed(one, leave_out), _untimed(other, leave_out)
    return _dice(_pairs(left), _pairs(right))


def _dice(one: Counter[str], other: Counter[str]) -> float:
    everything = one.total() + other.total()
    return 2 * (one & other).total() / everything if everything else 0.0


@lru_cache(maxsize=4096)
def _pairs(text: str) -> Counter[str]:
    """Return the pairs of neighbouring characters; of a single character that one."""
    return Counter(text[at : at + 2] for at in range(max(len(text) - 1, min(len(text), 1))))


@lru_cache(maxsize=4096)
def _topic(text: str, leave_out: tuple[str, ...]) -> str:
    return _COMMON.sub("", _untimed(text, leave_out))


@lru_cache(maxsize=4096)
def _untimed(text: str, leave_out: tuple[str, ...]) -> str:
    plain = _plain(text)
    for name in leave_out:
        plain = plain.replace(name, "")
    return _TIMES.sub("", plain)


def _plain(text: str) -> str:
    return _NOT_A_WORD.sub("", unicodedata.normalize("NFKC", text)).lower()
