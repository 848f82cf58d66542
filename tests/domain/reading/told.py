"""What a sentence asks for, in words short enough for a table: "report 2023-03-20 17:00"."""

from __future__ import annotations

from datetime import date

from domain.documents import RequirementDraft, RequirementKind
from domain.reading.draft import read_circular

#: A Monday.
WRITTEN_ON = date(2023, 3, 6)

_CIRCULAR = """青河县水务局文件

青水发〔{day.year}〕12号

青河县水务局关于做好有关工作的通知

各乡镇人民政府，县直各有关单位：
    为做好有关工作，现将有关事项通知如下。
    {sentence}

                          青河县水务局
                          {day.year}年{day.month}月{day.day}日
"""


def told(sentence: str, written_on: date = WRITTEN_ON) -> list[str]:
    """Read the sentence in a small circular of that day; tell each requirement in a line."""
    draft = read_circular(_CIRCULAR.format(sentence=sentence, day=written_on))
    return [_line(asked) for asked in draft.requirements]


def _line(asked: RequirementDraft) -> str:
    words = [str(asked.duty)]
    match asked.kind:
        case RequirementKind.ONCE:
            words.append(f"{asked.due_on or 'undated'}")
        case RequirementKind.RECURRING:
            words.append(str(asked.rrule))
        case _:
            words += [f"{asked.workdays} workdays"] if asked.workdays else []
            words += [f"{asked.days} days"] if asked.days else []
            words.append("after receipt" if asked.kind is RequirementKind.AFTER_RECEIPT else "after the event")
    words += [f"{asked.due_time:%H:%M}"] if asked.due_time else []
    words += [f"from {asked.starts_on}"] if asked.starts_on else []
    if rule := asked.holiday_rule:
        words.append(f"deferred to working day {rule.workdays}" + (f" {rule.clock:%H:%M}" if rule.clock else ""))
    return " ".join(words)
