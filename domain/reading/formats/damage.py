"""Signs that nobody can read, where they decide something: in the head, and in what sets a day."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: What converters leave where a font does not tell its characters: (cid:12), U+FFFD, signs of private use, and
#: radicals that are only a part of a character (see `radicals.py`).
_DAMAGE = re.compile(r"[(（]cid[:：]\d{1,6}[)）]|[\ufffd\ue000-\uf8ff⺀-⻿\U000f0000-\U0010ffff]")
_NUMBER = re.compile(r"[〔\[［（(【]\s?\S{1,16}号|\d\s?号|号$")
#: Words of a time by which, or at which, something is due.
_TIME = re.compile(
    r"\d|[〇零一二三四五六七八九十]{1,3}[年月日时]|[年月日季周][^\n]{0,4}[前内底末]|[前内底末][^\n]{0,2}(?:报|完成|送|交|反馈)"
    r"|截[至止]|[期时]限|工作日|每[年季月周日半]|随时|立即|及时"
)
_SENTENCE_ENDS = re.compile(r"[。；;\n\t]")
#: How far a head reaches that the rules did not recognise.
_HEAD_LENGTH = 300
_HEAD_IS_OVER = re.compile(r"。|[：:](?=\n)")
_SHOWN = 40
#: With more of them the file is no text.
_MOST_PASSAGES = 1_000


def is_illegible(text: str) -> bool:
    """Whether the text holds a sign that nobody can read."""
    return _DAMAGE.search(text) is not None


def damage(
    text: str, start: int, body: int, end: int, fields: Mapping[str, str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What is damaged in a document that begins at `start`, whose body begins at `body`: one sentence each.

    `fields` are the values that were read from its head, by what people call them.
    First what decides something and must be looked at by a person, then a warning of the rest.
    """
    damaged = {name: value for name, value in fields.items() if _DAMAGE.search(value)}
    over = _HEAD_IS_OVER.search(text, start, min(end, start + _HEAD_LENGTH))
    body = max(body, over.end() if over else start)
    deciding, others = [], []
    for first, last, inside in islice(_passages(text, start, end), _MOST_PASSAGES):
        passage = text[first:last]
        if inside < body:
            names = [name for name, value in damaged.items() if _bare(value) in _bare(passage)]
            deciding += [_sentence(name, damaged[name]) for name in names] or [_sentence(_field(passage), passage)]
        elif _TIME.search(_DAMAGE.sub("", passage)):
            deciding.append(_sentence("涉及时限的语句", passage))
        else:
            others.append(passage)
    if len(deciding) + len(others) == _MOST_PASSAGES:
        deciding.append("全文有大量无法辨认的字，请对照原件。")
    rest = (f"另有{len(others)}处文字无法辨认，如“{_shown(others[0])}”，请对照原件。",) if others else ()
    return tuple(dict.fromkeys(deciding)), rest


def _passages(text: str, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Yield each sentence (or cell, or line) with damage: from where to where, and where its damage is."""
    begin = start
    while (match := _DAMAGE.search(text, begin, end)) is not None:
        if _is_bullet(text, match.start()):
            begin = match.start() + 1
            continue
        first = max(start, *(text.rfind(mark, start, match.start()) + 1 for mark in "。；;\n\t"))
        after = _SENTENCE_ENDS.search(text, match.end(), end)
        start = begin = after.start() if after else end
        yield first, begin, match.start()


def _is_bullet(text: str, at: int) -> bool:
    """Word's symbol fonts are of private use too."""
    before = text[max(at - 4, 0) : at].rstrip(" \u3000")
    return "\uf020" <= text[at] <= "\uf0ff" and (not before or before[-1] in "\n\t")


def _bare(text: str) -> str:
    return "".join(text.split())


def _field(line: str) -> str:
    """What a line of the head is, where the rules have read nothing from it."""
    if _NUMBER.search(line):
        return "发文字号"
    if line.rstrip().endswith(("：", ":")):
        return "主送机关"
    return "标题" if re.search(r"关于|通知|意见|方案|办法|的函|报告", line) else "文头"


def _sentence(field: str, passage: str) -> str:
    return f"{field}中有无法辨认的字：“{_shown(passage)}”，请对照原件。"


def _shown(passage: str) -> str:
    """The beginning of the damage and what stands around it, each sign of it as a box."""
    match = _DAMAGE.search(passage)
    begin = max(match.start() - _SHOWN // 2, 0) if match else 0
    return _DAMAGE.sub("□", passage[begin : begin + _SHOWN]).strip()
