"""The fields of a draft as a person reads and types them: their Chinese names, their values in words, and back."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, time
from enum import StrEnum
from typing import Any, Final, Generic, TypeVar

from domain.deadlines import HolidayRule
from domain.documents import (
    CircularDraft,
    ContactLine,
    DocumentKind,
    Duty,
    ForwardedReference,
    InstructionDraft,
    RequirementDraft,
    RequirementKind,
    SourceKind,
    Urgency,
)
from domain.errors import Refused
from domain.reading.dates import Basis
from domain.reading.formats.damage import is_illegible
from domain.reading.terms import terms
from domain.recurrence import is_valid

T = TypeVar("T")
#: Characters of a value: nobody writes a longer one, and a whole text pasted by mistake is none.
_LONGEST: Final = 2000
_MOST_DAYS: Final = 3660
_YEARS: Final = (1949, 2099)
_DAY: Final = re.compile(r"(\d{4})[-年/.](\d{1,2})[-月/.](\d{1,2})日?")
_CLOCK: Final = re.compile(r"(\d{1,2})[:时](\d{2})?分?")
_DEFERRAL: Final = re.compile(r"(\d{1,2})(?:\s+(\S+))?")

KINDS: Final = {
    DocumentKind.NOTICE: "通知", DocumentKind.FORWARDING_NOTICE: "转发通知", DocumentKind.ISSUING_NOTICE: "印发通知",
    DocumentKind.OPINIONS: "意见", DocumentKind.PLAN: "方案", DocumentKind.LETTER: "函", DocumentKind.REPORT: "报告",
    DocumentKind.OTHER: "其他",
}  # fmt: skip
URGENCIES: Final = {Urgency.ROUTINE: "平件", Urgency.URGENT: "加急", Urgency.EXTRA_URGENT: "特急"}
DUTIES: Final = {Duty.REPORT: "报送", Duty.COMPLETE: "完成"}
HOW_OFTEN: Final = {
    RequirementKind.ONCE: "一次", RequirementKind.RECURRING: "循环", RequirementKind.ON_OCCURRENCE: "随时",
    RequirementKind.AFTER_RECEIPT: "收文后",
}  # fmt: skip
SOURCES: Final = {
    SourceKind.CIRCULAR: "公文", SourceKind.WRITTEN_INSTRUCTION: "批示件", SourceKind.MINUTES: "会议纪要",
    SourceKind.PROPOSAL: "建议提案",
}  # fmt: skip


class WrongValue(Refused):
    """A value is none of its field; the message says what would be right, without the field's name."""


@dataclass(frozen=True, slots=True)
class Field(Generic[T]):
    """One field: its value in words ('' for none), and what is made of it by words. `write` raises WrongValue."""

    read: Callable[[T], str]
    write: Callable[[T, str], T]
    #: as `duban read --json` calls it
    name: str


def _set(name: str, parse: Callable[[str], Any]) -> Callable[[Any, str], Any]:
    return lambda draft, text: replace(draft, **{name: parse(text)})


def plain(text: str) -> str | None:
    """A line of text, None for a blank one. Raises WrongValue where it is too long."""
    words = " ".join(text.split())
    if len(words) > _LONGEST:
        raise WrongValue(f"太长，最多 {_LONGEST} 字")
    return words or None


def _number(text: str) -> str | None:
    words = plain(unicodedata.normalize("NFKC", text).replace("[", "〔").replace("]", "〕"))
    if words is not None and (len(words) > 60 or not re.search(r"\d", words)):
        raise WrongValue("应为发文字号，如 国办发〔2020〕1号")
    return words


def _names(text: str) -> tuple[str, ...]:
    return tuple(name for each in re.split("[；;]", text) if (name := plain(each)))


def day(text: str) -> date | None:
    """A day, None for a blank. Raises WrongValue."""
    if not text.strip():
        return None
    match = _DAY.fullmatch(text.strip())
    try:
        found = date(*map(int, match.groups())) if match else None
    except ValueError:
        found = None
    if found is None or not _YEARS[0] <= found.year <= _YEARS[1]:
        raise WrongValue("应为日期，如 2020-02-20")
    return found


def clock(text: str) -> time | None:
    """An hour, None for a blank. Raises WrongValue."""
    if not text.strip():
        return None
    match = _CLOCK.fullmatch(text.strip())
    if match and int(match[1]) < 24 and int(match[2] or 0) < 60:
        return time(int(match[1]), int(match[2] or 0))
    raise WrongValue("应为时刻，如 17:00")


def _days(text: str) -> int | None:
    if not text.strip():
        return None
    if text.strip().isdecimal() and 0 < int(text) <= _MOST_DAYS:
        return int(text)
    raise WrongValue("应为天数，如 5")


def _rule(text: str) -> str | None:
    """A rule of RFC 5545, or words that the reader takes for one (每月5日前). Raises WrongValue."""
    words = text.strip()
    if not words:
        return None
    if not words.isascii():
        read = {term.rrule for term in terms(words, Basis()) if term.rrule}
        words = read.pop() if len(read) == 1 else ""
    words = words.upper()
    if not words or not is_valid(words):
        raise WrongValue("应为周期，如 每月5日前，或 FREQ=MONTHLY;BYMONTHDAY=5")
    return words


def _deferral(text: str) -> HolidayRule | None:
    words = text.strip()
    if words in ("", "无", "不顺延"):
        return None
    match = _DEFERRAL.fullmatch(words)
    if match is None or not int(match[1]):
        raise WrongValue("应为 无，或顺延到节后第几个工作日，可加时刻，如 2 12:00")
    return HolidayRule(int(match[1]), clock(match[2] or ""))


def _chosen(labels: Mapping[Any, str]) -> Callable[[str], Any]:
    by_words = {words: each for each, words in labels.items()} | {str(each): each for each in labels}

    def choose(text: str) -> StrEnum:
        if text.strip() not in by_words:
            raise WrongValue(f"应为{'、'.join(labels.values())}之一")
        found: StrEnum = by_words[text.strip()]
        return found

    return choose


def source_kind(text: str) -> SourceKind:
    """A kind of source by its Chinese name. Raises WrongValue."""
    found: SourceKind = _chosen(SOURCES)(text)
    return found


def _contacts(text: str) -> tuple[ContactLine, ...]:
    return tuple(_contact(words) for words in _names(text))


def _contact(words: str) -> ContactLine:
    parts: dict[str, str] = {}
    for word in words.split():
        kind = "email" if "@" in word else "phone" if sum(map(str.isdecimal, word)) >= 5 else "name"
        if kind in parts:
            raise WrongValue("应为 姓名 电话 邮箱，多人以分号分开")
        parts[kind] = word
    return ContactLine(**parts)


def _contact_words(draft: CircularDraft) -> str:
    lines = (" ".join(filter(None, (each.name, each.phone, each.email))) for each in draft.contacts)
    return "；".join(lines)


def _refer(part: str, parse: Callable[[str], str | None]) -> Callable[[CircularDraft, str], CircularDraft]:
    def write(draft: CircularDraft, text: str) -> CircularDraft:
        now = draft.forwards or ForwardedReference(document_number=None, title=None)
        named = replace(now, **{part: parse(text)})
        return replace(draft, forwards=named if named.document_number or named.title else None)

    return write


HEAD: Final[Mapping[str, Field[CircularDraft]]] = {
    "文号": Field(lambda d: d.document_number or "", _set("document_number", _number), "document_number"),
    "标题": Field(lambda d: d.title or "", _set("title", plain), "title"),
    "文种": Field(lambda d: KINDS[d.kind], _set("kind", _chosen(KINDS)), "kind"),
    "发文机关": Field(lambda d: "；".join(d.issuing_authority), _set("issuing_authority", _names), "issuing_authority"),
    "主送": Field(lambda d: "；".join(d.addressees), _set("addressees", _names), "addressees"),
    "抄送": Field(lambda d: "；".join(d.cc_authorities), _set("cc_authorities", _names), "cc_authorities"),
    "紧急程度": Field(
        lambda d: URGENCIES[d.urgency or Urgency.ROUTINE], _set("urgency", _chosen(URGENCIES)), "urgency"
    ),
    "成文日期": Field(lambda d: _iso(d.dated_on), _set("dated_on", day), "dated_on"),
    "印发日期": Field(lambda d: _iso(d.issued_on), _set("issued_on", day), "issued_on"),
    "印发范围": Field(lambda d: d.scope or "", _set("scope", plain), "scope"),
    "上级文号": Field(
        lambda d: (d.forwards.document_number if d.forwards else None) or "", _refer("document_number", _number),
        "forwards.document_number",
    ),
    "上级标题": Field(
        lambda d: (d.forwards.title if d.forwards else None) or "", _refer("title", plain), "forwards.title"
    ),
    "联系人": Field(_contact_words, _set("contacts", _contacts), "contacts"),
}  # fmt: skip


def _iso(value: date | None) -> str:
    return value.isoformat() if value else ""


def _hour(value: time | None) -> str:
    return value.strftime("%H:%M") if value else ""


_NO_TERM: Final = {"workdays": None, "days": None}
_NO_RULE: Final = {"rrule": None, "starts_on": None}
#: What a requirement that becomes of this kind cannot keep.
_CLEARED: Final[Mapping[RequirementKind, dict[str, None]]] = {
    RequirementKind.ONCE: _NO_RULE | _NO_TERM,
    RequirementKind.RECURRING: {"due_on": None} | _NO_TERM,
    RequirementKind.ON_OCCURRENCE: {"due_on": None} | _NO_RULE,
    RequirementKind.AFTER_RECEIPT: {"due_on": None} | _NO_RULE,
}


def _becomes(owed: RequirementDraft, kind: RequirementKind, **new: Any) -> RequirementDraft:
    parts: dict[str, Any] = {**_CLEARED[kind], **new, "kind": kind}
    return replace(owed, **parts)


def _write_day(owed: RequirementDraft, text: str) -> RequirementDraft:
    due_on = day(text)
    return replace(owed, due_on=None) if due_on is None else _becomes(owed, RequirementKind.ONCE, due_on=due_on)


def _write_rule(owed: RequirementDraft, text: str) -> RequirementDraft:
    rule = _rule(text)
    return replace(owed, rrule=None) if rule is None else _becomes(owed, RequirementKind.RECURRING, rrule=rule)


def _write_term(name: str) -> Callable[[RequirementDraft, str], RequirementDraft]:
    def write(owed: RequirementDraft, text: str) -> RequirementDraft:
        count = _days(text)
        new: dict[str, Any] = {**_NO_TERM, name: count}
        if count is None:
            return replace(owed, **{name: new[name]})
        happens = owed.kind is RequirementKind.ON_OCCURRENCE
        kind = owed.kind if happens else RequirementKind.AFTER_RECEIPT
        return _becomes(owed, kind, **new)

    return write


def _write_office(name: str) -> Callable[[RequirementDraft, str], RequirementDraft]:
    def write(owed: RequirementDraft, text: str) -> RequirementDraft:
        new: dict[str, Any] = {name: plain(text)}
        return replace(owed, assumed=tuple(each for each in owed.assumed if each != name), **new)

    return write


def _write_kind(owed: RequirementDraft, text: str) -> RequirementDraft:
    kind: RequirementKind = _chosen(HOW_OFTEN)(text)
    return owed if kind is owed.kind else _becomes(owed, kind)


def _write_text(owed: RequirementDraft, text: str) -> RequirementDraft:
    words = plain(text)
    if words is None:
        raise WrongValue("不能为空；不要这一项的，请写“删除”")
    return replace(owed, text=words)


def _deferral_words(owed: RequirementDraft) -> str:
    rule = owed.holiday_rule
    return f"{rule.workdays} {_hour(rule.clock)}".strip() if rule else ""


OWED: Final[Mapping[str, Field[RequirementDraft]]] = {
    "内容": Field(lambda r: r.text, _write_text, "text"),
    "性质": Field(lambda r: DUTIES[r.duty], _set("duty", _chosen(DUTIES)), "duty"),
    "类型": Field(lambda r: HOW_OFTEN[r.kind], _write_kind, "kind"),
    "期限": Field(lambda r: _iso(r.due_on), _write_day, "due_on"),
    "时刻": Field(lambda r: _hour(r.due_time), _set("due_time", clock), "due_time"),
    "规则": Field(lambda r: r.rrule or "", _write_rule, "rrule"),
    "首次": Field(lambda r: _iso(r.starts_on), _set("starts_on", day), "starts_on"),
    "工作日": Field(lambda r: str(r.workdays or ""), _write_term("workdays"), "workdays"),
    "天数": Field(lambda r: str(r.days or ""), _write_term("days"), "days"),
    "顺延": Field(_deferral_words, _set("holiday_rule", _deferral), "holiday_rule"),
    "报送对象": Field(lambda r: r.as_stated().deliver_to or "", _write_office("deliver_to"), "deliver_to"),
    "责任单位": Field(lambda r: r.as_stated().responsible or "", _write_office("responsible"), "responsible"),
}
TASK: Final[Mapping[str, Field[InstructionDraft]]] = {
    "牵头单位": Field(lambda i: i.lead_office or "", _set("lead_office", plain), "lead_office"),
    "配合单位": Field(
        lambda i: "；".join(i.supporting_offices), _set("supporting_offices", _names), "supporting_offices"
    ),
}


def need_whole(owed: RequirementDraft) -> None:
    """Raise WrongValue where the parts of a requirement do not fit together."""
    if owed.kind is RequirementKind.RECURRING and owed.rrule is None:
        raise WrongValue("类型为循环，须有规则，如 规则=每月5日前")
    if owed.kind is RequirementKind.AFTER_RECEIPT and owed.workdays is None and owed.days is None:
        raise WrongValue("类型为收文后，须有工作日或天数，如 工作日=5")
    if owed.starts_on is not None and owed.rrule is None:
        raise WrongValue("首次只用于循环的要求，请先写规则")
    if owed.holiday_rule is not None and owed.due_on is None and owed.rrule is None:
        raise WrongValue("顺延只用于写明日期或循环的要求")


def paths(instructions: Sequence[InstructionDraft], above: str = "") -> Iterator[tuple[str, InstructionDraft]]:
    """The paragraphs with the path of their numbers (一/（二）), depth first; a repeated number gets a running mark."""
    used = Counter[str]()
    for each in instructions:
        path = f"{above}/{each.number}" if above else each.number
        used[path] += 1
        path += f"#{used[path]}" if used[path] > 1 else ""
        yield path, each
        yield from paths(each.children, path)


def illegible(draft: CircularDraft) -> tuple[str, ...]:
    """The fields of a draft that still hold signs which nobody can read, by the names that a correction calls them."""
    return tuple(name for name, value in values(draft, draft.requirements).items() if is_illegible(value))


def values(draft: CircularDraft, owed: Sequence[RequirementDraft | None]) -> dict[str, str]:
    """Every field of a draft in words, by the name that a correction calls it; `owed` by their places."""
    found = {label: field.read(draft) for label, field in HEAD.items()}
    for path, task in paths(draft.instructions):
        found |= {f"任务{path}.{label}": field.read(task) for label, field in TASK.items()}
    for place, each in enumerate(owed, start=1):
        if each is not None:
            found |= {f"要求{place}.{label}": field.read(each) for label, field in OWED.items()}
    return found
