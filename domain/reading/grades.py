"""The marks above a red head: how urgent it is, and how secret. A word of secrets in a title or text is no mark."""

from __future__ import annotations

import re

from domain.documents import Urgency

_URGENCIES = (
    (re.compile(r"特\s{0,4}急|特\s{0,4}提"), Urgency.EXTRA_URGENT),
    (re.compile(r"加\s{0,4}急"), Urgency.URGENT),
    (re.compile(r"平\s{0,4}[急件]"), Urgency.ROUTINE),
)
#: A mark stands by itself: 机密★1年, 秘 密, 密级：绝密; what it is glued to is a star, a copy number or an urgency.
_CLASSIFICATION = re.compile(
    r"(?:\A|(?<=[\s\d★☆*：:·、急提电件号（(【\[]))(?P<grade>[绝机秘])\s{0,4}密级?(?=\s|\Z|[★☆*·、，（()）】\]\d]|[特加]\s{0,4}急)"
    r"|\A\s*(?P<first>[绝机秘])密(?!级?(?:文件|载体|工作|事项|资料|信息|件|级|等级|保护|管理))"
)
#: What a line of nothing but such marks is made of.
_MARKS = re.compile(
    r"特\s{0,4}[急提]|加\s{0,4}急|平\s{0,4}[急件]|急件|内部|[明密]\s{0,2}电|[绝机秘]\s{0,4}密级?|签发人?|等级|密级|份号|启用前|长期|[\s\d★☆*·、：:（）()年月天]"
)
_LONGEST_MARK_LINE = 40


def classification(head: str) -> str | None:
    """秘密, 机密 or 绝密 as marked anywhere in a head; None where none is marked."""
    match = _CLASSIFICATION.search(head)
    return f"{match['grade'] or match['first']}密" if match else None


def urgency(before_title: str, title: str | None) -> Urgency | None:
    """How urgent a circular is marked, above its title or in brackets before it."""
    marked = re.match(r"[【\[（(](特急|加急)[】\]）)]", title or "")
    looked_at = before_title[-200:] + (marked[0] if marked else "")
    return next((grade for pattern, grade in _URGENCIES if pattern.search(looked_at)), None)


def without_mark_lines(text: str) -> str:
    """The text without the lines that hold only such marks."""
    lines = text.split("\n")
    return "\n".join(line for line in lines if len(line) > _LONGEST_MARK_LINE or _MARKS.sub("", line))
