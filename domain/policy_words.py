"""Terms, rungs and limits in Chinese: how a policy reads to the people it binds."""

from __future__ import annotations

from collections.abc import Mapping

from domain.offices import Audience
from domain.policies import Anchor, Rung, Term, Unit
from domain.statuses import ObligationKind
from domain.urgent import Severity

_UNITS = {Unit.MINUTES: "分钟", Unit.WORKING_HOURS: "个工作小时", Unit.WORKDAYS: "个工作日"}
_AUDIENCES = {
    Audience.OFFICER: "经办人",
    Audience.HEAD: "负责人",
    Audience.SUPERIOR: "上级单位",
    Audience.SUPERIOR_HEAD: "上级单位负责人",
    Audience.OPERATORS: "操作员",
    Audience.OPERATING_HEAD: "本运行单位负责人",
    Audience.DUTY: "值班",
}
_GRADES = {
    "routine": "平件", "urgent": "加急", "extra_urgent": "特急", **{each.value: each.label for each in Severity},
    "review": "审核", "extension": "延期", "contest": "异议",
}  # fmt: skip
_LIMITS = {
    "wait_minutes": "平件发出前的等待（分钟）",
    "return_workdays": "退回后的补报期限（工作日）",
    "contest_workdays": "收到后提出异议、退回来文的期限（工作日）",
    "extension_count": "同一事项批准延期的次数",
    "extension_days": "同一事项累计延长的天数",
    "acknowledge_workdays": "“知悉”后暂停重复催办（工作日）",
    "acknowledge_working_hours": "“知悉”后暂停重复催办（工作小时）",
    "reminder_cooldown_working_hours": "手动催办的间隔（工作小时）",
    "reminder_cooldown_minutes": "手动催办的间隔（分钟）",
    "reminder_cap": "手动催办的次数",
    "undated_days": "未写日期的报送，建议的期限（天）",
    "telephone_minutes": "紧急信息电话报告（分钟）",
    "written_minutes": "紧急信息书面报告（分钟）",
    "state_council_minutes": "由省报国务院（分钟）",
    "state_council_latest_minutes": "由省报国务院的最迟时限（分钟）",
    "follow_up_morning_hour": "每日续报，早（时）",
    "follow_up_evening_hour": "每日续报，晚（时）",
}


def grade_name(grade: str) -> str:
    """The Chinese name of an urgency, a severity, or what is decided; empty for none."""
    return _GRADES.get(grade, grade)


def kind_name(kind: str) -> str:
    """The Chinese name of a kind of obligation."""
    return ObligationKind(kind).label


def limit_name(name: str) -> str:
    """The Chinese name of a limit, with its unit."""
    return _LIMITS.get(name, name)


def term_words(term: Term) -> str:
    """How long somebody has, as 2个工作日 or 当日."""
    return f"{term.amount}{_UNITS[term.unit]}" if term.amount else "当日"


def when_words(rung: Rung) -> str:
    """When a rung fires, as 时限前3个工作日 or 发出后15分钟."""
    words = _offset_words(rung)
    if rung.half_way:
        words += "（时限不足一日的，改在过半时）"
    if rung.every_days is not None:
        words += f"之后，每{rung.every_days}天一次，至多{rung.times}次，遇休息日顺延"
    return words


def _offset_words(rung: Rung) -> str:
    amount = f"{abs(rung.offset)}{_UNITS[rung.unit]}"
    if rung.anchor is not Anchor.DUE:
        origin = "发出" if rung.anchor is Anchor.ISSUED else "事发"
        return f"{origin}后{amount}" if rung.offset else f"{origin}时"
    if not rung.offset:
        return "时限当日（遇休息日提前到上一工作日）" if rung.unit is Unit.WORKDAYS else "时限到时"
    return f"时限前{amount}" if rung.offset < 0 else f"时限后{amount}"


def whom_words(rung: Rung) -> str:
    """Whom a rung tells, and what else it does."""
    also: Mapping[str, bool] = {
        "列入电话名单": rung.call_list,
        "转上一级": rung.next_level,
        f"起草{rung.draft.label if rung.draft else ''}，待签发": rung.draft is not None,
    }
    extra = "".join(f"；{words}" for words, holds in also.items() if holds)
    return "、".join(_AUDIENCES[each] for each in rung.audiences) + extra
