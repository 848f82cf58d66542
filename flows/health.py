"""What a check of the installation says: one line, and a table of every check."""

from collections.abc import Sequence

from domain.watching import CHECKS
from tasks.checking import Finding, Health

_LEVELS = {"error": "🔴 异常", "hint": "🟡 提示", "unknown": "⚪ 无法检查"}


def line(health: Health, hints: Sequence[Finding] = ()) -> str:
    """Return what was found in one line."""
    found = [*health.findings, *hints]
    if not found:
        return f"一切正常：检查了 {len(health.looked_at)} 项"
    counts = {level: sum(each.level == level for each in found) for level in _LEVELS}
    words = "，".join(f"{_LEVELS[level].partition(' ')[2]} {count} 项" for level, count in counts.items() if count)
    return f"{words}：{'；'.join(each.title for each in found)}"


def rows(health: Health, hints: Sequence[Finding] = ()) -> list[dict[str, str]]:
    """Return every check that was made, what is wrong first, with what to do about it."""
    found = {each.name: each for each in (*health.findings, *hints)}
    made = [each for each in CHECKS if each.name in found or each.name in health.looked_at]
    made.sort(key=lambda check: check.name not in found)
    return [
        {
            "检查": check.title,
            "结果": _LEVELS[found[check.name].level] if check.name in found else "🟢 正常",
            "发现": found[check.name].sentence if check.name in found else "",
            "怎么办": check.what_to_do if check.name in found else "",
            "看什么": f"{check.looks_at}；限度：{check.threshold}",
        }
        for check in made
    ]


def text(health: Health, hints: Sequence[Finding] = ()) -> str:
    """Return what is wrong and what to do about it, for a terminal or a mail of cron."""
    lines = [line(health, hints)]
    for each in (*health.findings, *hints):
        lines += [f"{_LEVELS[each.level]}　{each.sentence}", f"　　　　{each.what_to_do}"]
    return "\n".join(lines)
