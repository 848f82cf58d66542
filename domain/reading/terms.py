"""The terms in a sentence: by a day, every so often, so long after receipt."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from domain.documents import RequirementKind
from domain.reading import duties
from domain.reading.counted import counted_terms
from domain.reading.dates import Basis
from domain.reading.recurring import recurrences
from domain.reading.spacing import closed_up
from domain.reading.written_days import day_of, is_moved, written_days

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import time

    from domain.reading.recurring import Recurrence
    from domain.reading.written_days import Days, Written

#: What says that the day is told, not ordered: a meeting, the issuer's own doing, a closing of figures, a target.
_TOLD = re.compile(r"(?:将|拟|(?<![审确制])定|计划|预计|已|截至|截止到?|自|从|至|到)(?:于|在)?$")
_HOPED = re.compile(r"(?:力争|争取)(?:于|在|到)?$")
_LATEST = re.compile(r"(?:最迟|最晚|不得?(?:迟于|晚于|超过))(?:不得?(?:迟于|晚于|超过)|于|在|到)?$")
_HANDING_IN = "报送|上报|反馈|报名|申报|提交|填报|征集|征求意见|投稿|登记|推荐"
_LABEL = re.compile(
    rf"(?:截止|完成|整改|办结|{_HANDING_IN})(?:时间|日期|期限|时限)(?:截[止至]?(?:到|至|于)?|(?:延长|延期|推迟|顺延|调整)(?:至|到|为)|为|是)?[：:]?$"
    rf"|(?:{_HANDING_IN})[^，。；：]{{0,8}}截[止至](?:到|至|于)?(?:时间|日期)?(?:为|是)?[：:]?$"
)
#: 报名时间：即日起至5月10日: the last day of what is so labelled
_WINDOW_LABEL = re.compile(rf"(?:{_HANDING_IN})(?:时间|日期|期限|阶段)?(?:为|是)?[：:]?(?:自|从)?$")
_ONLY_DAY = re.compile(r"(?:于|在|请|，|：|^)$")
#: 按照2月底前全面动员的部署: told of an order, not given
_QUOTED = re.compile(r"^[^，。；]{0,24}的(?:部署|要求|安排|规定|目标|精神|承诺|计划)")
_ACCORDING = re.compile(r"(?:按照?|根据|依照|围绕|对照|为|落实)[^，。；]{0,24}$")
#: 3月20日前未报送的: what befalls who does not
_SINGLED_OUT = re.compile(r"(?:对|凡是?|(?:未|没有|不能|逾期)(?:能|按[^，。；]{1,6}?)?)(?:于|在)?$")
_FAILING = re.compile(r"^(?:仍|尚|还)?(?:未|没有|不能|无法)[^，。；]{0,24}的")
_CLAUSE = re.compile(r"[^，。；：]{1,40}")
_OPENS = re.compile(r"^(?:前|起|开始|开放|启动|以来|期间的|的)")
_FINISHED = re.compile(r"(?:完成|办结|整改到位|落实到位)(?![了的率])(?!情况|进度|后)")
_AT_ONCE = 8
#: 各单位于2月28日前报送了资料: over and done with
_OVER = re.compile(r"^[^，。；]{0,4}(?:报送|上报|提交|反馈|完成|印发|开展|召开|下发|办结)了")
_ORDER = re.compile("请|务必|必须|须(?!知)|应当?(?![急对用])|(?<![重主需紧])要(?![求素点])|抓紧|尽快")
#: So many days ahead nobody sets a deadline without its year, with 前 and without.
_FAR, _FAR_WITHOUT_BEFORE = 240, 120


@dataclass(frozen=True, slots=True)
class Term:
    """One deadline of a sentence and where it stands. A term with none of its values could not be told."""

    start: int
    end: int
    kind: RequirementKind
    due_on: date | None = None
    due_time: time | None = None
    rrule: str | None = None
    starts_on: date | None = None
    workdays: int | None = None
    days: int | None = None
    #: names a period, no day: counts only beside the words for handing in
    is_plain: bool = False
    #: why a person must look, in Chinese
    doubt: str | None = None

    @property
    def has_value(self) -> bool:
        """Whether a day, a rule or a number of days could be told."""
        return any((self.due_on, self.rrule, self.workdays, self.days))


def terms(sentence: str, basis: Basis) -> list[Term]:
    """Every term of a sentence from left to right. Titles in 《》 are to be masked beforehand."""
    text, offsets = closed_up(sentence)
    rules = recurrences(text, basis)
    found = list(_recurring(text, rules))
    taken = [span for one in rules for span in ((one.start, one.end), one.window) if span]
    for reader in (_counted, _by_day):
        read = [one for one in reader(text, basis) if all(one.end <= start or end <= one.start for start, end in taken)]
        found += read  # terms of one reader may share a span: 每日9时和16时前
        taken += [(one.start, one.end) for one in read]
    ordered = sorted(found, key=lambda one: (one.start, one.end))
    if len(text) == len(sentence):
        return ordered
    return [replace(one, start=offsets[one.start], end=offsets[one.end - 1] + 1) for one in ordered]


def _recurring(sentence: str, rules: list[Recurrence]) -> Iterator[Term]:
    for one in rules:
        told = _SINGLED_OUT.search(sentence, max(0, one.start - 12), one.start)
        labelled = _LABEL.search(sentence, max(0, one.start - 40), one.start)
        if not told and (one.has_before or one.is_plain or labelled or _follows(sentence, one.end)):
            yield Term(
                one.start, one.end, RequirementKind.RECURRING, due_time=one.due_time, rrule=one.rrule,
                starts_on=one.starts_on, is_plain=one.is_plain,
            )  # fmt: skip


def _counted(sentence: str, basis: Basis) -> Iterator[Term]:
    for one in counted_terms(sentence, basis):
        if not one.is_bare or duties.asks_to_report(_clause(sentence, one.end)):
            yield Term(
                one.start, one.end, one.kind, due_on=one.due_on, workdays=one.workdays, days=one.days, doubt=one.doubt
            )


def _by_day(sentence: str, basis: Basis) -> Iterator[Term]:
    for group in written_days(sentence, basis):
        for written in group.days:
            if not _is_deadline(sentence, group, written, basis):
                continue
            due_on = day_of(written, basis)
            doubt = None if due_on else f"“{sentence[written.start : group.end]}”的日期无法确定，请人工填写。"
            end = group.end if written is group.days[-1] else written.end
            for due_time in written.times:
                yield Term(written.start, end, RequirementKind.ONCE, due_on=due_on, due_time=due_time, doubt=doubt)


def _is_deadline(sentence: str, group: Days, written: Written, basis: Basis) -> bool:
    """Whether a day is set, not told: by 前 or a label, else by what its own clause asks for."""
    before, after = sentence[max(0, group.start - 40) : group.start], sentence[group.end :]
    if written.is_part and written.month is not None:
        return False
    if _LABEL.search(before) or _LATEST.search(before) or (group.begin and _WINDOW_LABEL.search(before)):
        return True
    if written.month is None and not written.fixed and not (_ONLY_DAY.search(before) and "前" in group.before):
        return False
    if _TOLD.search(before) and not (group.begin and before.endswith(("自", "从"))):
        return False
    if group.before and not (group.begin and group.before == "止"):
        told = _FAILING.search(after) or _SINGLED_OUT.search(before) or _OVER.search(after)
        told = told or (_QUOTED.search(after) and _ACCORDING.search(before))
        return not told and not (_is_far(written, basis, _FAR) and not _is_order(sentence, group.end))
    return _is_set_by_its_clause(sentence, group, written, basis)


def _is_far(written: Written, basis: Basis, days: int) -> bool:
    """Whether a day would be next year's and more than so many days away: more likely it is past and told of."""
    day = day_of(written, basis)
    return bool(day and basis.day and is_moved(written, basis) and (day - basis.day).days > days)


def _is_order(sentence: str, end: int) -> bool:
    return bool(_ORDER.search(sentence)) or duties.asks_to_report(_clause(sentence, end))


def _is_set_by_its_clause(sentence: str, group: Days, written: Written, basis: Basis) -> bool:
    """Whether a day without 前 is the deadline of what stands beside it: 3月22日报区民政局, 10月底全面完成."""
    if written.needs_before or _is_far(written, basis, _FAR_WITHOUT_BEFORE) or _HOPED.search(sentence, 0, group.start):
        return False
    if written.is_period and written.year and sentence.startswith("，", group.end):
        return True  # 2024年上半年，各市印发方案
    return _follows(sentence, group.end, within=_AT_ONCE if written.is_period else None)


def _follows(sentence: str, end: int, *, within: int | None = None) -> bool:
    """Whether the clause at an offset asks to hand something in or to finish something."""
    clause = _clause(sentence, end)[:within]
    return not _OPENS.search(clause) and bool(_FINISHED.search(clause) or duties.asks_to_report(clause))


def _clause(sentence: str, start: int) -> str:
    """The words at an offset up to the next stop; of a stop that stands there itself, those behind it."""
    start += sentence[start : start + 1] in ("，", "）")
    clause = _CLAUSE.match(sentence, start)
    return clause[0] if clause else ""
