"""What stands outside the body of a file, in its margins, notes and boxes: what of it belongs to the text."""

from __future__ import annotations

import re
from collections.abc import Sequence

from domain.reading.head import NUMBER

_BLANKS = re.compile(r"\s+")
#: A grade of secrecy alone in its place, or with the star of a term: not a sentence about secrets.
_GRADE_ALONE = re.compile(r"(?:密级)?[：:]?(?:绝密|机密|秘密)级?(?:[★☆＊*].{0,12})?")
_GRADE_STARRED = re.compile(r"(?:绝密|机密|秘密)[★☆]")
_WIDE_BLANKS = re.compile(r"[\t\n]| {2,}|\u3000")
_PAGE_NUMBER = re.compile(r"第?[\s\d—\-－–/，,]*页?(?:共[\s\d]*页)?")
_HAN = re.compile(r"[一-鿿]")
#: So much of them is shown in a warning, and so many lines of them are compared with the text.
_SHOWN = 60
_COMPARED = 50


def front_lines(text: str, margins: Sequence[str], boxes: Sequence[str]) -> tuple[list[str], list[str]]:
    """The lines that belong before the text though they stand elsewhere, and what to say of them.

    A grade of secrecy always does, wherever it is printed: a classified file must be refused. A document number of the
    margins does where the text has not got it.
    """
    grades = [grade for line in (*margins, *boxes) if (grade := _grade(line))]
    printed = _BLANKS.sub("", text)
    numbers = [
        match[0]
        for line in margins[:_COMPARED]
        if (match := NUMBER.search(line)) and _BLANKS.sub("", match[0]) not in printed
    ]
    said = [f"发文字号“{number}”印在页眉或页脚，请核对。" for number in numbers[:1]]
    return [*dict.fromkeys(grades), *numbers[:1]], said


def left_out(text: str, margins: Sequence[str], notes: Sequence[str]) -> list[str]:
    """What to say of words that were not read: none of page numbers, or of what the text says too."""
    printed = _BLANKS.sub("", text)
    said = []
    for place, lines in (("页眉、页脚", margins), ("脚注、尾注", notes)):
        if words := _shown(printed, lines):
            said.append(f"{place}中的文字未读入正文：“{words}”。")
    return said


def _shown(printed: str, lines: Sequence[str]) -> str:
    words = " ".join(
        line.strip()
        for line in lines[:_COMPARED]
        if _HAN.search(line)
        and (bare := _BLANKS.sub("", line))
        and not _PAGE_NUMBER.fullmatch(bare)
        and bare not in printed
        and not _grade(line)
    )
    words = _BLANKS.sub(" ", words)
    return words if len(words) <= _SHOWN else f"{words[:_SHOWN]}…"


def _grade(line: str) -> str | None:
    """The grade that the line, or a part of it between blanks, is; 机 密 too."""
    for part in (line, *_WIDE_BLANKS.split(line), *line.split()):
        bare = _BLANKS.sub("", part)
        if _GRADE_ALONE.fullmatch(bare) or _GRADE_STARRED.search(bare):
            return bare
    return None
