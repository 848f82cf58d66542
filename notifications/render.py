"""The words of a mail: a letter through its kind's templates to subject, text and HTML."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from notifications.inlining import Inlining
from notifications.messages import NoticeKind, Tone

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from jinja2 import Template

    from notifications.messages import Item, Letter

#: What a subject may be long, in characters: more is cut by every client's list.
SUBJECT_LENGTH = 80

#: So many items of a digest are listed one by one; the rest is counted by document: a mail has to stay readable.
LISTED = 500
#: So many documents of the rest are named.
_NAMED = 20
_BEIJING = ZoneInfo("Asia/Shanghai")
_TEMPLATES = Path(__file__).parent / "templates"
#: Tried one after the other until the subject is short enough.
_TITLE_LENGTHS = (28, 14, 6)
_NOT_IN_A_LINE = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")
#: Kinds whose words speak of no item.
_WITHOUT_ITEMS = frozenset({NoticeKind.ALARM, NoticeKind.AUDIT_HEAD, NoticeKind.TEST})
_DETAIL_LABELS = {
    NoticeKind.CIRCULAR: "其他时限",
    NoticeKind.ACCEPTED: "审核意见",
    NoticeKind.REMINDER: "催办理由",
    NoticeKind.AUDIT_HEAD: "链首",
    NoticeKind.RETURNED: "退回理由",
    NoticeKind.EXTENSION_DECIDED: "决定",
    NoticeKind.CONTEST_DECIDED: "决定",
    NoticeKind.DECISION_WANTED: "提出",
    NoticeKind.SUSPENDED: "暂停原因",
    NoticeKind.RESUMED: "恢复原因",
    NoticeKind.REOPENED: "重新办理的理由",
    NoticeKind.LOOK_BACK_DUE: "销号",
    NoticeKind.DEADLINE_MOVED: "调整说明",
    NoticeKind.WAIVED: "免办理由",
    NoticeKind.WITHDRAWN: "撤回原因",
    NoticeKind.SUPERSEDED: "替代",
    NoticeKind.UNDELIVERABLE: "退信原因",
}


@dataclass(frozen=True, slots=True)
class Rendered:
    """The words of one mail; the subject is a single line."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class Group:
    """The items of one kind in a list; what all of them share is said once, '' is what they do not share."""

    kind: NoticeKind
    #: what is listed, and how many there are
    items: tuple[Item, ...]
    total: int
    why: str
    what_to_do: str
    #: what is not listed, counted by document
    rest: tuple[str, ...] = ()


class Fact(NamedTuple):
    """One labelled line about an item."""

    label: str
    lines: list[str]
    #: only on the status word
    tone: Tone | None = None


def render(letter: Letter) -> Rendered:
    """The mail's words; times are shown in Beijing time. Raises ValueError when `sent_at` is naive."""
    if letter.sent_at.tzinfo is None:
        msg = "sent_at must be aware"
        raise ValueError(msg)
    context = _context(letter)
    subject = _subject(letter, context)
    context["subject"] = subject
    kind = letter.shown_kind
    return Rendered(
        subject=subject,
        text=_body("text", kind, "body.txt").render(context),
        html=_body("html", kind, "body.html").render(context),
    )


def _context(letter: Letter) -> dict[str, Any]:
    items = letter.items
    first = items[0] if items else None
    many = len(items) > 1
    kind = letter.shown_kind
    return {
        "letter": letter,
        "kind": kind,
        "item": first,
        "facts": _facts(first, letter.recipient_office) if first and not many else [],
        "many": many,
        "groups": _groups(items) if many else [],
        "overdue": sum(item.shown_tone is Tone.RED for item in items),
        "several_offices": many and len({item.office_name for item in items}) > 1,
        "same_document": len({(item.document_number, item.circular_title) for item in items}) == 1,
        "lead": f"{_folder(letter)}/lead.txt",
        "body_lines": _lines(letter.body_text),
        "sent_text": beijing_text(letter.sent_at),
    }


def _subject(letter: Letter, context: dict[str, Any]) -> str:
    folder = NoticeKind.DIGEST.value if context["many"] else _folder(letter)
    template = _environment("text").get_template(f"{folder}/subject.txt")
    tag = f"【{letter.urgency_tag}】" if letter.urgency_tag else ""
    subject = tag
    for length in _TITLE_LENGTHS:
        subject = one_line(tag + template.render(context, title_length=length))
        if len(subject) <= SUBJECT_LENGTH:
            return subject
    return shorten(subject, SUBJECT_LENGTH)


def _folder(letter: Letter) -> str:
    kind = letter.shown_kind
    return kind.value if letter.items or kind in _WITHOUT_ITEMS else "_base"


def _groups(items: Sequence[Item]) -> list[Group]:
    """Return the items by kind, what is late first; of very many the first are listed and the rest is counted."""
    ordered = sorted(items, key=lambda item: (item.kind.rank, item.shown_tone is not Tone.RED))
    groups, left = list[Group](), LISTED
    for kind, members in groupby(ordered, key=lambda item: item.kind):
        group = _group(kind, tuple(members), left)
        groups.append(group)
        left -= len(group.items)
    return groups


def _group(kind: NoticeKind, items: tuple[Item, ...], listed: int) -> Group:
    acts = {item.what_to_do for item in items}
    return Group(
        kind=kind,
        items=items[:listed],
        total=len(items),
        why=_shared_why(items),
        what_to_do=items[0].what_to_do if len(acts) == 1 else "",
        rest=_counted(items[listed:]),
    )


def _shared_why(items: tuple[Item, ...]) -> str:
    """Return why the recipient gets all of these; what differs in the office alone is said of those listed."""
    whys = {item.why for item in items}
    if len(whys) > 1:
        whys = {item.why.replace(item.office_name, "所列单位") for item in items if item.office_name}
    return next(iter(whys)) if len(whys) == 1 else ""


def _counted(items: Sequence[Item]) -> tuple[str, ...]:
    """Return how many of these each document has, the most first."""
    counts = Counter(designation(item, _TITLE_LENGTHS[0]) for item in items).most_common()
    named = [f"{document or '其他'}：{count}项" for document, count in counts[:_NAMED]]
    others = sum(count for _, count in counts[_NAMED:])
    return (*named, f"其他文件：{others}项") if others else tuple(named)


def _facts(item: Item, recipient_office: str) -> list[Fact]:
    matter = f"{item.matter}（{item.period_text}）" if item.period_text else item.matter
    facts = (
        Fact("文件", [designation(item) if item.document_number or item.circular_title else ""]),
        Fact("单位", [item.office_name if item.office_name != recipient_office else ""]),
        Fact("事项", [matter]),
        Fact("时限", [in_beijing_time(item.due_text)]),
        Fact("报送", [item.deliver_to]),
        Fact("情况", [item.light_text], item.shown_tone),
        Fact(_DETAIL_LABELS.get(item.kind, "说明"), _lines(item.detail)),
        Fact("编号", [item.reference]),
    )
    return [fact for fact in facts if any(fact.lines)]


def designation(item: Item, title_length: int = 200) -> str:
    """Number and title of the document, so that two of the same title differ: 〔2020〕3号《关于…的通知》."""
    title = shorten(item.circular_title.strip().removeprefix("《").removesuffix("》"), title_length)
    titled = f"《{title}》" if title else ""
    if item.document_number:
        return item.document_number + titled
    return f"{titled}（{item.reference}）" if titled and item.reference else titled or item.reference


def in_beijing_time(due_text: str) -> str:
    """A due text with its zone said once; '' stays ''."""
    return due_text if not due_text or "北京时间" in due_text else f"{due_text}（北京时间）"


def beijing_text(moment: datetime) -> str:
    """An aware moment as 2020年4月3日 9:00, in Beijing time."""
    local = moment.astimezone(_BEIJING)
    return f"{local.year}年{local.month}月{local.day}日 {local.hour}:{local.minute:02d}"


def shorten(text: str, length: int) -> str:
    """At most `length` characters, the last one … when something was cut."""
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def one_line(text: str) -> str:
    """Without line breaks and control characters, so that it may stand in a header."""
    return " ".join(_NOT_IN_A_LINE.sub(" ", text).split(" ")).strip()


def _lines(text: str) -> list[str]:
    return text.strip("\r\n").splitlines() if text.strip() else []


@cache
def _body(form: str, kind: NoticeKind, name: str) -> Template:
    """The kind's own body where its folder has one, else the base."""
    return _environment(form).select_template([f"{kind.value}/{name}", f"_base/{name}"])


@cache
def _environment(form: str) -> Environment:
    """One environment for each form: what is included in HTML is escaped whatever its file is called."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=form == "html",  # noqa: S701 the other form is plain text
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        extensions=[Inlining] if form == "html" else [],
    )
    environment.filters.update(
        {"shorten": shorten, "designation": designation, "beijing": in_beijing_time, "lines": _lines}
    )
    return environment
