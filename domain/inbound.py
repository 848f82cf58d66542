"""What a message that comes in may be, and what it is taken for."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from domain.inbound_values import (
    day_asked_for,
    document_numbers_in,
    period_in,
    reason_in,
    references_in,
    severity_of,
)
from domain.inbound_words import (
    acts_in,
    begins_with_receipt,
    has_doubt,
    has_question,
    is_courtesy_or_signature,
    is_report_in_itself,
    is_signing,
    is_unready,
    is_urgent,
    sentences,
    spoken_lines,
    taken_words,
)  # fmt: skip
from domain.statuses import ObligationKind
from domain.urgent import Severity


class InboundKind(StrEnum):
    """What a message is taken for."""

    RECEIPT = "receipt"
    REPORT = "report"
    ACKNOWLEDGEMENT = "acknowledgement"
    EXTENSION_REQUEST = "extension_request"
    CONTEST = "contest"
    RETURNED_PAPER = "returned_paper"
    URGENT_REPORT = "urgent_report"
    BOUNCE = "bounce"
    #: an absence, a confirmation of receipt by a machine
    AUTOMATIC = "automatic"
    #: our own mail, or what answers it without end
    LOOP = "loop"
    UNKNOWN = "unknown"

    @property
    def label(self) -> str:
        """The Chinese name."""
        return _LABELS[self]

    @property
    def is_act(self) -> bool:
        """Whether an office does something by it."""
        return self in _ACTS


_LABELS = {
    InboundKind.RECEIPT: "签收",
    InboundKind.REPORT: "报送",
    InboundKind.ACKNOWLEDGEMENT: "知悉",
    InboundKind.EXTENSION_REQUEST: "延期申请",
    InboundKind.CONTEST: "异议",
    InboundKind.RETURNED_PAPER: "退回来文",
    InboundKind.URGENT_REPORT: "紧急信息",
    InboundKind.BOUNCE: "退信",
    InboundKind.AUTOMATIC: "自动回复",
    InboundKind.LOOP: "循环邮件",
    InboundKind.UNKNOWN: "无法识别",
}
_ACTS = frozenset(InboundKind) - {
    InboundKind.BOUNCE, InboundKind.AUTOMATIC, InboundKind.LOOP, InboundKind.UNKNOWN,
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of a mail when it is to be said what it is."""

    #: its own subject, as it came
    subject: str = ""
    #: what its author wrote, without quotes
    written: str = ""
    #: files that were kept, pictures within the text not counted
    attachments: int = 0
    #: files that were refused
    refused: int = 0
    #: the day it was written, in Beijing
    mailed_on: date | None = None
    #: what the notice that it answers asks of the office; empty where it answers none
    asked: Collection[ObligationKind] = ()
    #: whether it answers or passes on another mail (a token, References, a subject with 回复: before it)
    is_reply: bool = False
    #: '' or why it would go in circles
    loop: str = ""
    is_bounce: bool = False
    #: '' or why no person wrote it
    automatic: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What the words of a mail name. What is not said plainly is left out."""

    #: the acts it begins sentences with; more than one is a matter for a person
    acts: tuple[InboundKind, ...] = ()
    #: to which an extension is asked for
    day: date | None = None
    #: why, in its author's words
    reason: str = ""
    severity: Severity | None = None
    #: what the act would need and the text does not say, in Chinese
    lacks: tuple[str, ...] = ()
    #: 编号
    references: tuple[str, ...] = ()
    #: 发文字号
    document_numbers: tuple[str, ...] = ()
    #: the month a report is for, as `2020-03`
    period: str = ""


def classify(facts: Facts) -> tuple[InboundKind, str]:
    """What a mail is taken for, and why, in Chinese (docs/rules.md, Mail that comes in).

    Never guesses: what is ambiguous is unknown.
    A loop goes before a bounce, a bounce before an automatic reply, and only then do words count.
    """
    unwritten = _by_no_person(facts)
    if unwritten:
        return unwritten
    lines = spoken_lines(facts.written)
    if _is_urgent(facts, lines):
        return InboundKind.URGENT_REPORT, _with_lacks("以“紧急信息”开头", said(facts).lacks)
    return _by_words(facts, lines) if lines else _without_words(facts)


def _by_no_person(facts: Facts) -> tuple[InboundKind, str] | None:
    if facts.loop:
        return InboundKind.LOOP, facts.loop
    if facts.is_bounce:
        return InboundKind.BOUNCE, "邮件服务器退回"
    return (InboundKind.AUTOMATIC, facts.automatic) if facts.automatic else None


def _by_words(facts: Facts, lines: list[str]) -> tuple[InboundKind, str]:
    acts = _acts(lines)
    if len(acts) > 1:
        return InboundKind.UNKNOWN, f"同一封信里有不止一件事：{'、'.join(act.label for act in acts)}"
    if not acts:
        return _by_what_was_asked(facts, lines)
    if acts[0] in _TAKING:
        return _taken(facts, lines)
    return _reported(facts, lines) if acts[0] is InboundKind.REPORT else _asked_for(facts, lines, acts[0])


def said(facts: Facts) -> Said:
    """The values that the words of a mail name, whatever it is taken for."""
    lines = spoken_lines(facts.written)
    acts = _acts(lines)
    named = f"{facts.subject}\n{facts.written}"
    severity, day, reason, lacks = None, None, "", []
    if _is_urgent(facts, lines):
        acts = (InboundKind.URGENT_REPORT,)
        severity = severity_of([facts.subject, *lines] if not facts.is_reply else lines)
        lacks += [] if severity else ["没有写明等级（特别重大、重大、较大、一般）"]
    if InboundKind.EXTENSION_REQUEST in acts:
        day, lack = day_asked_for(lines, facts.mailed_on)
        lacks += [lack] if lack else []
    if _NEEDING_A_REASON.intersection(acts):
        reason = reason_in(lines)
        lacks += [] if reason else ["没有写明理由"]
    return Said(
        acts=acts,
        day=day,
        reason=reason,
        severity=severity,
        lacks=tuple(lacks),
        references=references_in(named),
        document_numbers=document_numbers_in(named),
        period=period_in(named, facts.mailed_on),
    )


def _is_urgent(facts: Facts, lines: list[str]) -> bool:
    """A subject with 回复 before it is our own; one that its author wrote counts."""
    return (not facts.is_reply and is_urgent(facts.subject)) or (bool(lines) and is_urgent(lines[0]))


def _acts(lines: list[str]) -> tuple[InboundKind, ...]:
    """The acts that the first line begins with, then those that other sentences begin with, each once."""
    found: dict[InboundKind, None] = {}
    for number, sentence in enumerate(sentences(lines)):
        if number == 0 and begins_with_receipt(sentence):
            words = taken_words(sentence) or ("收到",)
            found[InboundKind.RECEIPT if any(map(is_signing, words)) else InboundKind.ACKNOWLEDGEMENT] = None
            # what comes behind the first comma may be another act
            for phrase in sentence.replace(",", "，").split("，")[1:]:
                if not is_courtesy_or_signature(phrase):
                    found.update((InboundKind(act), None) for act in acts_in(phrase))
            continue
        found.update((InboundKind(act), None) for act in acts_in(sentence))
    return tuple(found)


def _without_words(facts: Facts) -> tuple[InboundKind, str]:
    if facts.attachments and _REPORTING.intersection(facts.asked):
        return InboundKind.REPORT, "答复报送催办，附有文件"
    if facts.attachments or facts.refused:
        return InboundKind.UNKNOWN, "没有正文，只有附件" if facts.attachments else "没有正文，附件未能保存"
    return InboundKind.UNKNOWN, "没有正文"


def _taken(facts: Facts, lines: list[str]) -> tuple[InboundKind, str]:
    """签收, 收到, 知悉 and nothing else but courtesies and a signature."""
    words = taken_words(lines[0])
    rest = lines[1:]
    if has_question("\n".join(lines)):
        return InboundKind.UNKNOWN, "除表示收到外还提出了问题"
    if not words or has_doubt("\n".join(lines)):
        return InboundKind.UNKNOWN, "除表示收到外还有别的话"
    if len(rest) > 12 or not all(is_courtesy_or_signature(line) or taken_words(line) for line in rest):
        return InboundKind.UNKNOWN, "除表示收到外还有别的话"
    if facts.attachments and _REPORTING.intersection(facts.asked):
        return InboundKind.UNKNOWN, "既表示收到，又附有文件，看不出是否报送"
    why = f"首行写明“{words[0]}”"
    if any(map(is_signing, words)) and ObligationKind.RECEIPT in facts.asked:
        return InboundKind.RECEIPT, why
    return InboundKind.ACKNOWLEDGEMENT, why


def _reported(facts: Facts, lines: list[str]) -> tuple[InboundKind, str]:
    """A report in so many words; it needs something that it reports."""
    length = len("".join(lines))
    if not begins_with_report(lines):
        return InboundKind.UNKNOWN, "首行不是报送，后文提到报送"
    if not facts.attachments and length < _SHORT and "零报告" not in lines[0]:
        return InboundKind.UNKNOWN, "写明报送，但附件未能保存" if facts.refused else "写明报送，但没有内容和附件"
    if _is_doubtful_report(lines, length):
        return InboundKind.UNKNOWN, "写明报送，但又提出问题或说明尚未报齐"
    return InboundKind.REPORT, "首行写明报送"


def _by_what_was_asked(facts: Facts, lines: list[str]) -> tuple[InboundKind, str]:
    """No word of an act: only an answer to a report's reminder can be one, by its file or its length."""
    length = len("".join(lines))
    if not _REPORTING.intersection(facts.asked):
        return InboundKind.UNKNOWN, "首行没有写明是签收、报送、延期、异议还是退文"
    if _is_doubtful_report(lines, length):
        return InboundKind.UNKNOWN, "答复报送催办，但提出问题或说明尚未报送"
    if facts.attachments:
        return InboundKind.REPORT, "答复报送催办，附有文件"
    lack = _lack_of_a_report(facts, lines, length)
    return (InboundKind.UNKNOWN, lack) if lack else (InboundKind.REPORT, "答复报送催办，正文写了情况")


def _lack_of_a_report(facts: Facts, lines: list[str], length: int) -> str:
    """Why a text without a file is no report; '' where it is one."""
    if facts.refused:
        return "答复报送催办，但附件未能保存"
    if length < _LONG:
        return "答复报送催办，但正文很短，也没有附件"
    return "" if is_report_in_itself("\n".join(lines)) else "答复报送催办，但正文不像是报送的情况，也没有附件"


def _is_doubtful_report(lines: list[str], length: int) -> bool:
    """In a long report only its beginning and its end speak to us."""
    spoken = "\n".join(lines if length <= 300 else [*lines[:2], *lines[-2:]])
    return has_question(spoken) or is_unready(spoken)


def _asked_for(facts: Facts, lines: list[str], act: InboundKind) -> tuple[InboundKind, str]:
    """Extension, contest, returned paper: the first line decides; what it lacks is named."""
    first = next(sentences(lines), "")
    if act.value not in acts_in(first):
        return InboundKind.UNKNOWN, f"首行没有写明，后文提到{act.label}"
    if has_question("\n".join(lines)):
        return InboundKind.UNKNOWN, f"写明{act.label}，但又提出问题"
    return act, _with_lacks(f"首行写明{act.label}", said(facts).lacks)


def _with_lacks(why: str, lacks: tuple[str, ...]) -> str:
    return f"{why}；{'；'.join(lacks)}" if lacks else why


def begins_with_report(lines: list[str]) -> bool:
    """Whether the first sentence is a report's."""
    return "report" in acts_in(next(sentences(lines), ""))


_TAKING = (InboundKind.RECEIPT, InboundKind.ACKNOWLEDGEMENT)
_REPORTING = frozenset((ObligationKind.REPORT, ObligationKind.COMPLETE))
_NEEDING_A_REASON = frozenset((InboundKind.EXTENSION_REQUEST, InboundKind.CONTEST, InboundKind.RETURNED_PAPER))
#: characters without which a report says nothing, and from which on a text without the word is one
_SHORT = 20
_LONG = 50
