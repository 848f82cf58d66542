"""From the sentences of a circular to what must be handed in or finished, and by when."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from domain.documents import Duty, RequirementDraft, RequirementKind
from domain.reading import duties
from domain.reading.deferral import deferrals, rule_for, stands_alone, without
from domain.reading.outline import sentences
from domain.reading.terms import terms

if TYPE_CHECKING:
    from collections.abc import Iterator

    from domain.reading.dates import Basis
    from domain.reading.outline import Sentence
    from domain.reading.page import Page
    from domain.reading.terms import Term

#: Nobody writes a longer sentence; what looks like one is no prose.
_LONGEST = 2000
_TITLES = re.compile(r"《(?:[^《》]|《[^《》]{0,150}》){0,250}》")
_ANY_TIME = re.compile(r"随时|第一时间|立即|不受时间限制")
_WHENEVER = re.compile(
    r"(?:发现|遇|如有|若有|一旦|一经|出现(?!的)|发生(?!的)|凡|(?:重大|重要|突发|紧急|异常)(?:情况|问题|事项|信息|事件|进展)|(?:中|时)?(?:遇到|发现|出现)的?)"
)
_AT_ONCE = re.compile(r"(?:一经|一旦)[^。；]{1,60}(?:报告|报送|上报|报备|反馈)")
_SOON = re.compile(
    r"(?:及时|尽快|抓紧|按时|按期|统一|一并|按程序|认真)[^，。；]{0,12}?(?:报送|上报|报|反馈|提交|报告|送)"
)
#: 报送时间：5月10日
_REPORT_LABEL = re.compile(
    r"(?:报送|上报|反馈|报名|申报|提交|填报|征集)[^，。；：]{0,4}(?:时间|日期|期限|截止)[^，。；]{0,16}$"
)
_WINDOW = re.compile(r"[（(](?P<day>[^（）()]{2,16}前)[）)]。?$")
#: What the issuer tells of itself, what already happened, and where somebody is to be.
_NOT_ORDERED = re.compile(
    r"(?:我[办局委厅部省市]|本[办局委])[将拟]|前[，、]?[^，。]{0,6}已|(?:前|日)[^，。；]{0,12}(?:出生|参加工作|成立|注册|取得|毕业|退休|入职)[^，。；]{0,6}的"
)
_ATTENDING = re.compile(r"报到|入场|就座|入座|到会|到达|抵达|签到|集合|离会|参会(?!人员)|候场")
_BACK = re.compile(
    r"(?:上述|以上|有关|相关)?(?:材料|情况|表格|资料|信息|报告|总结)[^，。；]{0,16}(?:报送|上报|报|反馈|提交|发送)"
)
_CONTACT = re.compile(r"^(?:联\s?系\s?人|联系电话|联系方式|附\s?件)")


@dataclass(slots=True)
class _Neighbours:
    """What the sentences before in the same paragraph named."""

    paragraph: int = -1
    deliver_to: str | None = None
    responsible: str | None = None

    def enter(self, paragraph: int) -> None:
        if paragraph != self.paragraph:
            self.paragraph, self.deliver_to, self.responsible = paragraph, None, None


def requirements(page: Page, start: int, end: int, basis: Basis) -> tuple[list[RequirementDraft], list[str]]:
    """The requirements of a stretch of text in their order, and what a person must look at."""
    read = list(sentences(page.text, start, end))
    found: list[RequirementDraft] = []
    doubts: list[str] = []
    neighbours = _Neighbours()
    for index, sentence in enumerate(read):
        neighbours.enter(sentence.paragraph)
        after = read[index + 1] if index + 1 < len(read) else None
        deferred = after and after.paragraph == sentence.paragraph and stands_alone(after.text)
        owed = duties.responsible(sentence.text)
        for term, draft in _in_sentence(page, sentence, after, basis):
            if deferred and draft.holiday_rule is None and _has_day(draft):
                draft = replace(draft, holiday_rule=deferred)  # noqa: PLW2901
            found.append(_with_neighbours(draft, neighbours, owed, after))
            doubts += [term.doubt] if term and term.doubt else []
        if owed:
            neighbours.responsible = owed
        neighbours.deliver_to = duties.deliver_to(sentence.text) or neighbours.deliver_to
    return found, doubts


def _with_neighbours(
    draft: RequirementDraft, near: _Neighbours, owed: str | None, after: Sentence | None
) -> RequirementDraft:
    """Whom and to whom, from the sentence, else from its neighbours in the paragraph."""
    to = draft.deliver_to
    if draft.duty is Duty.REPORT and to is None:
        follows = after is not None and after.paragraph == near.paragraph and _BACK.search(after.text)
        to = (duties.deliver_to(after.text) if after and follows else None) or near.deliver_to
    return replace(draft, deliver_to=to, responsible=owed or duties.responsible(draft.text) or near.responsible)


def _in_sentence(
    page: Page, sentence: Sentence, after: Sentence | None, basis: Basis
) -> Iterator[tuple[Term | None, RequirementDraft]]:
    if _CONTACT.match(sentence.text) or len(sentence.text) < 6:
        return
    words = _TITLES.sub(lambda match: "□" * len(match[0]), sentence.text[:_LONGEST])
    holidays = deferrals(words)
    words = without(words, holidays)
    read = [term for term in terms(words, basis) if _is_ordered(words, term, basis)]
    dated = False
    for index, term in enumerate(read):
        until = read[index + 1].start if index + 1 < len(read) else len(words)
        if (draft := _by_term(page, sentence, after, words, term, until)) is not None:
            dated = True
            rule = rule_for(holidays, term.start, until, only=len(read) == 1) if _has_day(draft) else None
            yield term, replace(draft, holiday_rule=rule)
    if not dated and (kind := _undated_kind(words)) is not None:
        yield None, _draft(page, sentence, Duty.REPORT, kind, deliver_to=duties.deliver_to(words))


def _has_day(draft: RequirementDraft) -> bool:
    """Whether a day is written that may fall on a holiday; a term of days is counted, not written."""
    return draft.due_on is not None or draft.rrule is not None


def _is_ordered(words: str, term: Term, basis: Basis) -> bool:
    """Whether the term is an order to come: not past, and not told of the issuer itself."""
    if term.due_on and basis.is_past(term.due_on):
        return False
    return not _NOT_ORDERED.search(words, max(0, term.start - 30), min(len(words), term.end + 24))


def _by_term(
    page: Page, sentence: Sentence, after: Sentence | None, words: str, term: Term, until: int
) -> RequirementDraft | None:
    """The requirement that a term makes: a report if the words up to the next term ask for one, else work to finish."""
    reports = _reports(words, term, until)
    if not reports and not _can_be_finished(words[term.start : until], term):
        return None
    if term.is_plain and not _is_periodic_report(words, term):
        return None
    to = duties.deliver_to(words[term.start : until]) or duties.deliver_to(words) if reports else None
    whole = _with_heading(page, sentence, after, words, term)
    return replace(
        _draft(page, whole, Duty.REPORT if reports else Duty.COMPLETE, term.kind, deliver_to=to),
        due_on=term.due_on,
        due_time=term.due_time,
        rrule=term.rrule,
        starts_on=term.starts_on,
        workdays=term.workdays,
        days=term.days,
    )


def _reports(words: str, term: Term, until: int) -> bool:
    """Whether what is due by the term is to be handed in."""
    segment = words[term.start : until]
    if duties.asks_to_report(segment) or _REPORT_LABEL.search(words, 0, term.start):
        return True
    is_last = until == len(words)  # 将名单报省厅，时间为3月5日前
    return is_last and duties.asks_to_report(words[: term.start]) and not re.search("完成|落实|整改", segment)


def _can_be_finished(segment: str, term: Term) -> bool:
    """Whether the term is one for a piece of work; 受理后5日内办结 is a rule for each case."""
    is_procedure = term.kind is RequirementKind.ON_OCCURRENCE
    return not (_ATTENDING.search(segment) or term.is_on_day or term.is_plain or is_procedure)


def _is_periodic_report(words: str, term: Term) -> bool:
    near = re.split("[，。；]", words[term.end :], maxsplit=1)[0]
    return duties.asks_to_report(near) and not re.search("召开|开展|检查|会议|交纳|组织|调度|通报", near)


def _with_heading(page: Page, sentence: Sentence, after: Sentence | None, words: str, term: Term) -> Sentence:
    """全面排查（5月底前）。 is a heading that dates the sentence after it."""
    window = _WINDOW.search(words)
    if (
        window
        and after
        and after.paragraph == sentence.paragraph
        and len(words) <= 40
        and window.start("day") <= term.start
    ):
        text = page.text[sentence.start : after.end].replace("\n", "").strip()
        return replace(sentence, end=after.end, text=text)
    return sentence


def _undated_kind(words: str) -> RequirementKind | None:
    """遇有重大问题及时报告我们 is on occurrence, 及时上报省厅 is once; everything else is a wish."""
    if not duties.asks_to_report(words):
        return None
    at_any_time = _ANY_TIME.search(words)
    if at_any_time and duties.asks_to_report(words[at_any_time.start() :]):
        return RequirementKind.ON_OCCURRENCE
    if _AT_ONCE.search(words):
        return RequirementKind.ON_OCCURRENCE
    soon = _SOON.search(words)
    if soon is None:
        return None
    if _WHENEVER.search(words):
        return RequirementKind.ON_OCCURRENCE
    return (
        RequirementKind.ONCE if duties.deliver_to(re.split("[，。；]", words[soon.start() :], maxsplit=1)[0]) else None
    )


def _draft(
    page: Page, sentence: Sentence, duty: Duty, kind: RequirementKind, *, deliver_to: str | None
) -> RequirementDraft:
    return RequirementDraft(
        text=sentence.text, duty=duty, kind=kind, span=page.span(sentence.start, sentence.end), deliver_to=deliver_to
    )
