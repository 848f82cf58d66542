"""From the sentences of a circular to what must be handed in or finished, and by when."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from domain.documents import Duty, RequirementDraft, RequirementKind
from domain.reading import duties
from domain.reading.deferral import deferrals, rule_for, stands_alone, without
from domain.reading.outline import sentences
from domain.reading.responsible import Subject, charged, responsible, responsible_by, subjects
from domain.reading.tables import Columns, as_prose, columns_of
from domain.reading.terms import terms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from domain.reading.dates import Basis
    from domain.reading.outline import Sentence
    from domain.reading.page import Page
    from domain.reading.terms import Term

#: Nobody writes a longer sentence; what looks like one is no prose.
_LONGEST = 2000
#: How many sentences back an office may have been named.
_AS_FAR_AS = 40
_TITLES = re.compile(r"《(?:[^《》]|《[^《》]{0,150}》){0,250}》")
_ANY_TIME = re.compile(
    r"随时|第一时间|立即|不受时间限制|(?:\d{1,2}|[一两二三四六八十半]{1,3})个?(?:小时|分钟)(?:之|以)?内|提前(?=[\d一二三五十]|报|向)"
)
_WHENEVER = re.compile(
    r"(?:发现|遇|如有|若有|一旦|一经|出现(?!的)|发生(?!的)|凡|(?:重大|重要|突发|紧急|异常|特殊)(?:情况|问题|事项|信息|事件|进展)|(?:中|时)?(?:遇到|发现|出现)的?|新情况|新问题|有(?:何|任何))"
)
#: 单位如组织活动，向保卫处备案
_IF = re.compile(
    r"(?:^|[，。；])[^，。；]{0,12}[如若](?!何|期|下|实|上|此)[^，。；]{2,40}[，,][^，。；]{0,6}(?=向[^，。；]{2,30}(?:备案|报备|报告))"
)
_AT_ONCE = re.compile(r"(?:一经|一旦)[^。；]{1,60}(?:报告|报送|上报|报备|反馈)")
_SOON = re.compile(
    r"(?:及时|尽快|抓紧|按时|按期|统一|一并|按程序|认真)[^，。；]{0,20}?(?:报送|上报|报|反馈|提交|报告|送|反映|告知|函告)"
)
#: 报送时间：5月10日
_REPORT_LABEL = re.compile(
    r"(?:报送|上报|反馈|报名|申报|提交|填报|征集)[^，。；：]{0,4}(?:时间|日期|期限|截止)[^，。；]{0,16}$"
)
_WINDOW = re.compile(r"[（(](?P<day>[^（）()]{2,16}前)[）)]。?$")
#: The issuer's own office, and what an office tells that it will do itself.
_WE = r"(?:我[办局委厅部处省市]|本[办局委厅])"
_WILL = (
    r"(?!各|请|由|你|贵)[^，。；]{2,16}[将拟](?:适时)?(?:组织(?!部)|开展|公布|通报|抽查|督查|验收|召开"
    r"|(?:对|会同)[^，。；]{2,30}(?:抽查|督查|检查|验收|评估|考核|通报))(?![^，。；]{0,2}(?:报告|情况|意见|材料|方案|表))"
)
#: What stands before a term that is told, or that forbids.
_NOT_ORDERED_BEFORE = re.compile(
    rf"(?:{_WE}(?:将|拟|计划|已)[^。；]{{0,30}}|{_WILL}[^。；]{{0,30}}|(?:不得|禁止|严禁|不准)(?!晚于|迟于|超过)[^，。；]{{0,12}}|(?<!许)可以?[于在自从]?|(?:预计|预期|有望)[^，。；]{{0,6}})$"
)
#: And behind one: what already happened, what only qualifies a noun, what somebody will do himself.
_NOT_ORDERED_AFTER = re.compile(
    r"[，、]?(?:[^，。；]{0,6}已|(?:不得|不能|不予|不再|禁止)|[^，。；]{0,8}(?:共|累计)|[^，。；]{0,12}(?:出生|参加工作|成立|注册|登记|取得|毕业|退休|入职|到期|投产|立项|签订)[^，。；]{0,6}的"
    r"|[^，。；的]{0,8}(?:报送|上报|提交|备案|完成|整改|办结|下达|竣工|开工)的(?!要求|目标|任务|时限)"
    rf"|{_WE}(?:将|拟|计划)|{_WILL})"
)
#: 评审结果于5月底前公布: no office is told to
_RESULT = re.compile(r"(?:结果|名单)[^，。；]{0,14}$")
_MADE_PUBLIC = re.compile("[^，。；]{0,12}(?:公示|公布|发布)")
#: What nobody in particular is to have reached: 建成较为完善的体系, 水平大幅提升
_TARGET = re.compile(
    "较为?完善|更加|明显|显著|大幅|圆满|收官|全面提升|不断|基本(?:建立|形成|实现|满足|适应)|(?:水平|能力|质量)[^，。；]{0,6}(?:提升|提高)"
    r"|(?:达到?|控制在|不低于|提高到|下降到)\s?\d|(?:比|较)[^，。；]{0,12}(?:压减|下降|降低|减少|增长|增加|提高|上升)|压减\s?\d"
)
_ATTENDING = re.compile(
    r"报到|入场|就座|入座|到会|到达|抵达|签到|集合|停放|乘车|乘坐|入住|候车|发车|离会|参会(?!人员)|候场"
)
_BACK = re.compile(
    r"(?:上述|以上|有关|相关)?(?:材料|情况|表格|资料|信息|报告|总结)[^，。；]{0,16}(?:报送|上报|报|反馈|提交|发送)"
)
#: What may stand between two terms of one verb.
_SHARED_VERB = re.compile(r"\s?(?:[、，,和及与或]|以及)[^，。；、]{0,8}")
#: Verbs that hand in whatever follows them, where a deadline stands right before: 3月20日前报结果, 前将样本退回我处.
_HANDS_IN = re.compile(
    r"(?:须|应|要|统一|一并|分别|再|书面)?(?:[将把][^，。；]{1,40}?)?"
    r"(?:上交|退回|提供|答复|报(?![到名考废销警刊关价])|交(?![付易通工接办换流叉纳底]))"
)
_SAYS_NO_MORE = re.compile(r"(?:完成)?止?[。；）)]{0,3}")
_TAG = re.compile(r"[（(]|[一-鿿]{2,4}(?:单位|部门|主体)[：:]")
_CONTACT = re.compile(r"^(?:联\s?系\s?人|联系电话|联系方式|附\s?件)")


@dataclass(slots=True)
class _Neighbours:
    """What stands around a sentence, and the words of those before it in the same paragraph."""

    paragraph: int = -1
    before: Sentence | None = None
    after: Sentence | None = None
    earlier: list[str] = field(default_factory=list)

    @property
    def follow_on(self) -> Sentence | None:
        """The next sentence of the same paragraph."""
        return self.after if self.after and self.after.paragraph == self.paragraph else None

    def enter(self, paragraph: int) -> None:
        if paragraph != self.paragraph:
            self.paragraph, self.earlier = paragraph, []

    def named(self, find: Callable[[str], str | None]) -> str | None:
        """The office that the nearest of the sentences before named."""
        return next((name for words in self.earlier[: -_AS_FAR_AS - 1 : -1] if (name := find(words))), None)


def requirements(page: Page, start: int, end: int, basis: Basis) -> tuple[list[RequirementDraft], list[str]]:
    """The requirements of a stretch of text in their order, and what a person must look at."""
    read = list(sentences(page.text, start, end))
    found: list[RequirementDraft] = []
    doubts: list[str] = []
    neighbours = _Neighbours()
    columns: Columns | None = None
    for index, sentence in enumerate(read):
        row = page.text[sentence.start : sentence.end]
        columns = (columns_of(row) or columns) if sentence.is_row else None
        neighbours.enter(sentence.paragraph)
        neighbours.before = read[index - 1] if index else None
        neighbours.after = read[index + 1] if index + 1 < len(read) else None
        deferred = neighbours.follow_on and stands_alone(neighbours.follow_on.text)
        for term, draft in _in_sentence(
            page, sentence, (columns and as_prose(row, columns)) or sentence.text, neighbours, basis
        ):
            if deferred and draft.holiday_rule is None and _has_day(draft):
                draft = replace(draft, holiday_rule=deferred)  # noqa: PLW2901
            if not any(_says_again(draft, other) for other in found[-4:]):
                found.append(_with_neighbours(draft, neighbours))
            doubts += [term.doubt] if term and term.doubt else []
        neighbours.earlier.append(sentence.text[:_LONGEST])
    return found, doubts


def _says_again(draft: RequirementDraft, other: RequirementDraft) -> bool:
    """Whether a tag below an item says the term of the item once more."""
    within = draft.span[0] <= other.span[0] and other.span[1] < draft.span[1]
    return within and (draft.due_on, draft.rrule) == (other.due_on, other.rrule)


def _with_neighbours(draft: RequirementDraft, near: _Neighbours) -> RequirementDraft:
    """Whom and to whom, from the sentence, else from its neighbours in the paragraph."""
    to, after = draft.deliver_to, near.follow_on
    if draft.duty is Duty.REPORT and to is None:
        to = (duties.deliver_to(after.text) if after and _BACK.search(after.text) else None) or near.named(
            duties.deliver_to
        )
    tagged = charged(after.text) if after and _is_tag(after.text) else None
    owed = draft.responsible or tagged or responsible(draft.text[:_LONGEST])
    if owed is None or owed == to:  # no office reports to itself
        owed = near.named(responsible)
    return replace(draft, deliver_to=to, responsible=owed if owed != to else None)


def _in_sentence(
    page: Page, sentence: Sentence, spoken: str, near: _Neighbours, basis: Basis
) -> Iterator[tuple[Term | None, RequirementDraft]]:
    if _CONTACT.match(sentence.text) or len(sentence.text) < 6:
        return
    words = _TITLES.sub(lambda match: "□" * len(match[0]), spoken[:_LONGEST])
    holidays = deferrals(words)
    words = without(words, holidays)
    read = [term for term in terms(words, basis) if _is_ordered(words, term, basis)]
    standing = subjects(words)
    if not any(term.has_value for term in read) and len(each := _each_on_occurrence(words, standing)) > 1:
        for owed, to in each:
            one = _draft(page, sentence, Duty.REPORT, RequirementKind.ON_OCCURRENCE, deliver_to=to)
            yield (read[0] if read else None), replace(one, responsible=owed)
        return
    owed, since, undated = None, 0, [words]
    for index, term in enumerate(read):
        until = _until(words, read, index)
        draft = _by_term(page, sentence, near, words, term, since, until)
        if draft is not None:
            rule = rule_for(holidays, term.start, until, only=len(read) == 1) if _has_day(draft) else None
            owed = responsible_by(words, standing, term.start, term.end, since=since, until=until, owing=owed)
            undated = re.split("[；;]", words[term.end :])[1:]
            yield term, replace(draft, holiday_rule=rule, responsible=owed)
        since = term.end
    for part in undated:  # 表于5月底前报省厅；如遇突发事件，要立即报告
        kind = _undated_kind(part)
        if kind is not None and (part is words or kind is RequirementKind.ON_OCCURRENCE):
            yield None, _draft(page, sentence, Duty.REPORT, kind, deliver_to=duties.deliver_to(part))


def _each_on_occurrence(words: str, standing: list[Subject]) -> list[tuple[str | None, str | None]]:
    """Who reports to whom in each clause with a subject of its own: 值班员立即报告队长，队长30分钟内报县局."""
    ends = [*(subject.start for subject in standing[1:]), len(words)]
    clauses = [(subject.name, words[subject.start : end]) for subject, end in zip(standing, ends, strict=False)]
    return [
        (name, duties.deliver_to(clause))
        for name, clause in clauses
        if (_ANY_TIME.search(clause) or _SOON.search(clause)) and duties.asks_to_report(clause)
    ]


def _until(words: str, read: list[Term], index: int) -> int:
    """Where the words of a term end: at the next term, unless the two share their verb (6月20日、11月20日前报送)."""
    for term, following in pairwise(read[index:]):
        if following.start >= term.end and not _SHARED_VERB.fullmatch(words, term.end, following.start):
            return following.start
    return len(words)


def _has_day(draft: RequirementDraft) -> bool:
    """Whether a day is written that may fall on a holiday; a term of days is counted, not written."""
    return draft.due_on is not None or draft.rrule is not None


def _is_ordered(words: str, term: Term, basis: Basis) -> bool:
    """Whether the term is an order to come: not past, and not told of the issuer itself."""
    if term.due_on and basis.is_past(term.due_on):
        return False
    before = _NOT_ORDERED_BEFORE.search(words, max(0, term.start - 50), term.start)
    told = _RESULT.search(words, 0, term.start) and _MADE_PUBLIC.match(words, term.end)
    return not (before or told or _NOT_ORDERED_AFTER.match(words, term.end))


def _by_term(
    page: Page, sentence: Sentence, near: _Neighbours, words: str, term: Term, since: int, until: int
) -> RequirementDraft | None:
    """The requirement that a term makes: a report if the words up to the next term ask for one, else work to finish."""
    whole = _with_item(page, sentence, near, words, term)
    reports = _reports(words, term, since, until) or (
        whole.start < sentence.start and near.before is not None and duties.asks_to_report(near.before.text)
    )
    if not reports and not _can_be_finished(words[term.start : until], term):
        return None
    if term.is_plain and not _is_periodic_report(words, term):
        return None
    if not reports and _TARGET.search(words, term.end, until) and not subjects(words[since:until]):
        return None
    own = re.split("[；;]", words[term.end : until], maxsplit=1)[0]
    places = (own, words[term.end : until], words) if reports else ()
    return replace(
        _draft(page, whole, Duty.REPORT if reports else Duty.COMPLETE, term.kind, deliver_to=_first_office(places)),
        due_on=term.due_on,
        due_time=term.due_time,
        rrule=term.rrule,
        starts_on=term.starts_on,
        workdays=term.workdays,
        days=term.days,
    )


def _first_office(places: tuple[str, ...]) -> str | None:
    return next((office for words in places if (office := duties.deliver_to(words))), None)


def _reports(words: str, term: Term, since: int, until: int) -> bool:
    """Whether what is due by the term is to be handed in."""
    if duties.asks_to_report(words[term.end : until]) or _REPORT_LABEL.search(words, 0, term.start):
        return True
    if _HANDS_IN.match(words, term.end, until):
        return True
    # 将名单报省厅，时间为3月5日前
    return _SAYS_NO_MORE.fullmatch(words, term.end, until) is not None and duties.asks_to_report(
        words[since : term.start]
    )


def _can_be_finished(segment: str, term: Term) -> bool:
    """Whether the term is one for a piece of work; 受理后5日内办结 is a rule for each case."""
    is_procedure = term.kind is RequirementKind.ON_OCCURRENCE
    return not (_ATTENDING.search(segment) or term.is_plain or is_procedure)


def _is_periodic_report(words: str, term: Term) -> bool:
    near = re.split("[，。；]", words[term.end :], maxsplit=1)[0]
    return duties.asks_to_report(near) and not re.search("召开|听取|滚动|受理|开展|检查|会议|交纳|组织|调度|通报", near)


def _with_item(page: Page, sentence: Sentence, near: _Neighbours, words: str, term: Term) -> Sentence:
    """全面排查（5月底前）。 is a heading that dates the sentence after it; （责任单位：…） closes the one before."""
    window = _WINDOW.search(words)
    after, before = near.follow_on, near.before
    if after and window and len(words) <= 40 and window.start("day") <= term.start:
        return _joined(page, sentence, after)
    if before and before.end == sentence.start and _is_tag(words):
        return _joined(page, before, sentence)
    return sentence


def _joined(page: Page, first: Sentence, second: Sentence) -> Sentence:
    text = page.text[first.start : second.end].replace("\n", "").strip()
    return replace(first, end=second.end, text=text)


def _is_tag(words: str) -> bool:
    """Whether a sentence is no more than who is charged with the item before it, and by when."""
    return bool(_TAG.match(words)) and charged(words) is not None


def _undated_kind(words: str) -> RequirementKind | None:
    """遇有重大问题及时报告我们 is on occurrence, 及时上报省厅 is once; everything else is a wish."""
    if not duties.asks_to_report(words):
        return None
    at_any_time = _ANY_TIME.search(words)
    if at_any_time and duties.asks_to_report(words[at_any_time.start() :]):
        return RequirementKind.ON_OCCURRENCE
    if _AT_ONCE.search(words) or _IF.search(words):
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
