"""Correcting a draft by lines such as `文号=…`, `要求2.期限=2020-02-20`, `要求2.删除`, `要求+=…`, `附件1.标题=…`.

All lines of one act or none. The places of requirements and annexes are those of the draft as it was shown, also after
a line that drops one; what is added follows the last. A day makes a requirement `once`, a rule `recurring`, a term
`after_receipt`: what no longer fits is cleared, and shows among the changes like what was typed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from domain.documents import CircularDraft, Duty, InstructionDraft, RequirementDraft, RequirementKind, SourceKind
from domain.draft_fields import HEAD, OWED, SOURCES, TASK, Field, WrongValue, need_whole, paths, source_kind, values
from domain.errors import Refused

SOURCE: Final = "来源类别"
DROP: Final = "删除"
_LINE = re.compile(r"\s*(?P<name>[^=＝]{1,80}?)\s*(?:[=＝](?P<text>.*))?", re.DOTALL)
_ANNEX = re.compile(r"(?:附件|annex)(\d{1,2})\.(.+)")
_OWED = re.compile(r"(?:要求|requirement)(\d{1,3})\.(.+)")
_TASK = re.compile(r"(?:任务|instruction)(.+)\.([^.]+)")
_ADD = ("要求+", "requirement+")
_EXAMPLES = "文号、标题、主送、要求1.期限、要求1.删除、要求+、任务一.牵头单位、附件1.文号"


@dataclass(frozen=True, slots=True)
class Change:
    """One field that became another; None where it was not there before, or is not any more."""

    field: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Corrected:
    """A draft after an act of correction."""

    circulars: tuple[CircularDraft, ...]
    kind: SourceKind
    changes: tuple[Change, ...]


def corrected(circulars: Sequence[CircularDraft], kind: SourceKind, lines: Sequence[str]) -> Corrected:
    """Correct the circulars of one file (the annexed ones first, the cover last) by lines, blank ones passed over.

    Raises Refused, naming the field and what would be right, and nothing is changed.
    """
    at_work = [_AtWork(draft, list(draft.requirements)) for draft in circulars]
    new_kind = kind
    for line in lines:
        if not line.strip():
            continue
        name, text = _parted(line)
        if name in (SOURCE, "source_kind"):
            new_kind = _tried(name, text or "", source_kind)
            continue
        place, inner = _annex(name, len(circulars))
        at_work[place].apply(inner, text, name)
    for each in at_work:
        each.need_whole()
    changes = [change for place, each in enumerate(at_work) for change in each.changes(_prefix(place, len(circulars)))]
    if new_kind is not kind:
        changes.append(Change(SOURCE, SOURCES[kind], SOURCES[new_kind]))
    return Corrected(tuple(each.result() for each in at_work), new_kind, tuple(changes))


#: What a person can correct, as far as it is not told by the sentences of the text.
_HEAD_FIELDS: Final = (
    "document_number", "title", "kind", "issuing_authority", "addressees", "cc_authorities", "urgency", "dated_on",
    "issued_on", "scope", "forwards", "contacts",
)  # fmt: skip


def keep_corrections(read: CircularDraft, accepted: CircularDraft, new: CircularDraft) -> CircularDraft:
    """A circular read anew from a better copy (`new`), with what a person had made of the first reading (`read`).

    What was accepted as it was read is taken from the new copy. Requirements and paragraphs stay together, for one is
    tied to the other by where it stands.
    """
    kept: dict[str, Any] = {
        name: getattr(accepted, name) for name in _HEAD_FIELDS if getattr(accepted, name) != getattr(read, name)
    }
    if (accepted.requirements, accepted.instructions) != (read.requirements, read.instructions):
        kept |= {"requirements": accepted.requirements, "instructions": accepted.instructions}
    return replace(new, **kept)


def _parted(line: str) -> tuple[str, str | None]:
    match = _LINE.fullmatch(line)
    if match is None:
        raise Refused(f"更正“{line.strip()[:40]}”无法识别，应写作 项目=新值，项目如{_EXAMPLES}。")
    name = unicodedata.normalize("NFKC", "".join(match["name"].split())).replace("。", ".")
    text = match["text"]
    if text is not None and text.strip() == DROP and _OWED.fullmatch(f"{name}.{DROP}"):
        return f"{name}.{DROP}", None  # 要求2=删除
    return name, text


def _annex(name: str, count: int) -> tuple[int, str]:
    """The place of the circular that a name belongs to, and the name within it."""
    match = _ANNEX.fullmatch(name)
    if match is None:
        return count - 1, name
    place = int(match[1]) - 1
    if not 0 <= place < count - 1:
        raise Refused(f"更正“{name}”：草稿中有 {count - 1} 份另行登记的附件，没有附件{match[1]}。")
    return place, match[2]


def _prefix(place: int, count: int) -> str:
    return "" if place == count - 1 else f"附件{place + 1}."


def _tried(name: str, text: str, parse: Callable[[str], Any]) -> Any:
    try:
        return parse(text)
    except WrongValue as wrong:
        raise Refused(f"更正“{name}={text.strip()[:60]}”不正确：{wrong}。") from wrong


@dataclass(slots=True)
class _AtWork:
    """One circular while the lines are applied; what was dropped leaves its place empty."""

    draft: CircularDraft
    owed: list[RequirementDraft | None]
    touched: set[int]
    before: CircularDraft

    def __init__(self, draft: CircularDraft, owed: list[RequirementDraft | None]) -> None:
        self.draft = self.before = draft
        self.owed, self.touched = owed, set()

    def apply(self, name: str, text: str | None, typed: str) -> None:
        if name in _ADD:
            self._add(typed, text or "")
        elif match := _OWED.fullmatch(name):
            self._correct_owed(int(match[1]), match[2], text, typed)
        elif (match := _TASK.fullmatch(name)) and (task := _named(TASK, match[2])):
            self._correct_task(match[1], task, _need(text, typed), typed)
        elif head := _named(HEAD, name):
            self.draft = _tried(typed, _need(text, typed), lambda words: head.write(self.draft, words))
        else:
            raise Refused(f"没有名为“{typed}”的项目，可以更正的如{_EXAMPLES}。")

    def _add(self, typed: str, text: str) -> None:
        blank = RequirementDraft(text="", duty=Duty.REPORT, kind=RequirementKind.ONCE, span=self._span(text.strip()))
        self.owed.append(_tried(typed, text, lambda words: OWED["内容"].write(blank, words)))
        self.touched.add(len(self.owed))

    def _span(self, sentence: str) -> tuple[int, int]:
        """Where the sentence stands in the file; an empty range at the circular's beginning where it does not."""
        start, end = self.draft.span
        found = self.draft.page.find(sentence, start, end)
        return (found, found + len(sentence)) if found >= 0 else (start, start)

    def _correct_owed(self, place: int, name: str, text: str | None, typed: str) -> None:
        if not 0 < place <= len(self.owed):
            raise Refused(f"更正“{typed}”：本文有 {len(self.owed)} 项要求，没有要求{place}。")
        owed = self.owed[place - 1]
        if name == DROP and not (text or "").strip():
            self.owed[place - 1] = None
            return
        field = _named(OWED, name)
        if field is None:
            raise Refused(f"要求没有名为“{name}”的项目，可以更正的有{'、'.join(OWED)}，或写“要求{place}.{DROP}”。")
        if owed is None:
            raise Refused(f"更正“{typed}”：要求{place}已在同一次更正中删除。")
        self.owed[place - 1] = _tried(typed, _need(text, typed), lambda words: field.write(owed, words))
        self.touched.add(place)

    def _correct_task(self, path: str, field: Field[InstructionDraft], text: str, typed: str) -> None:
        known = [each for each, _ in paths(self.draft.instructions)]
        by_plain = {unicodedata.normalize("NFKC", each): each for each in known}
        if path not in by_plain:
            named = f"，有{'、'.join(known[:6])}{'等' if len(known) > 6 else ''}" if known else "，本文没有分条的任务"
            raise Refused(f"更正“{typed}”：没有编号为“{path}”的任务{named}。")
        instructions = _tried(
            typed, text, lambda words: _with(self.draft.instructions, by_plain[path], lambda it: field.write(it, words))
        )
        self.draft = replace(self.draft, instructions=instructions)

    def need_whole(self) -> None:
        """Refuse a requirement whose parts do not fit together after all lines."""
        for place in sorted(self.touched):
            owed = self.owed[place - 1]
            if owed is not None:
                _check_whole(place, owed)

    def result(self) -> CircularDraft:
        return replace(self.draft, requirements=tuple(each for each in self.owed if each is not None))

    def changes(self, prefix: str) -> Iterator[Change]:
        old, new = values(self.before, self.before.requirements), values(self.draft, self.owed)
        for name in dict.fromkeys([*old, *new]):
            before, after = old.get(name), new.get(name)
            if before == after or (name not in old and after == ""):
                continue
            if name not in new:  # the requirement was dropped: its text says enough
                if name.endswith(".内容"):
                    yield Change(f"{prefix}{name.partition('.')[0]}", before, None)
                continue
            yield Change(f"{prefix}{name}", before, after)


def _check_whole(place: int, owed: RequirementDraft) -> None:
    try:
        need_whole(owed)
    except WrongValue as wrong:
        raise Refused(f"要求{place}不完整：{wrong}。") from wrong


def _need(text: str | None, typed: str) -> str:
    if text is None:
        raise Refused(f"更正“{typed}”没有写新值，应写作 {typed}=新值；要清空的，写 {typed}= 。")
    return text


def _named(fields: Any, name: str) -> Any:
    """The field of this Chinese name, or of the name that `duban read --json` gives it."""
    return fields.get(name) or next((each for each in fields.values() if each.name == name), None)


def _with(
    instructions: tuple[InstructionDraft, ...], path: str, write: Callable[[InstructionDraft], InstructionDraft]
) -> tuple[InstructionDraft, ...]:
    """The tree with the paragraph of this path written anew; the paths are those of `paths`."""
    place = next(n for n, (each, _) in enumerate(paths(instructions)) if each == path)
    return _replaced(instructions, [place], write)


def _replaced(
    instructions: tuple[InstructionDraft, ...], left: list[int], write: Callable[[InstructionDraft], InstructionDraft]
) -> tuple[InstructionDraft, ...]:
    """Walk depth first, counting down to the one that is meant."""
    found = []
    for each in instructions:
        written = write(each) if left[0] == 0 else each
        left[0] -= 1
        found.append(replace(written, children=_replaced(each.children, left, write)))
    return tuple(found)
