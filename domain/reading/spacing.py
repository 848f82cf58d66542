"""Blanks that recognition or a typist left inside words and dates: 3 月 2 0 日."""

from __future__ import annotations

import re

_BLANK = r"[ \t\u3000\xa0]"
#: Digits that stand apart are one number only where their word says so: 2 0 2 4 年, 月 2 0 日; not 附件1 2月.
_APART = (
    rf"(?<![0-9A-Za-z])\d(?:{_BLANK}\d){{3}}(?={_BLANK}?年)|(?<=[年月日]){_BLANK}?\d{_BLANK}\d(?={_BLANK}?[月日时])"
)
_SPACED = re.compile(rf"{_APART}|(?<![0-9A-Za-z]){_BLANK}{{1,40}}|{_BLANK}{{1,40}}(?![0-9A-Za-z \t])")


def closed_up(sentence: str) -> tuple[str, list[int]]:
    """The sentence without such blanks, and the offset of each of its signs in the sentence as it was."""
    kept = [True] * len(sentence)
    for match in _SPACED.finditer(sentence):
        for at in range(*match.span()):
            kept[at] = not sentence[at].isspace()
    offsets = [at for at, stays in enumerate(kept) if stays]
    return "".join(sentence[at] for at in offsets), offsets
