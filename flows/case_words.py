"""What the flows say of an urgent report: its whole story, and a list of cases."""

from collections.abc import Sequence

from domain.deadlines import format_due, format_instant
from tasks.retelling import CaseTold


def case_lines(told: CaseTold) -> list[str]:
    """Return the whole story of a case, as lines of Markdown."""
    state = f"已于{format_instant(told.closed_at)}终报" if told.closed_at else "尚未终报"
    rows = [
        f"### 紧急信息第{told.case_id}号　{told.title}", "",
        f"- 报告单位：{told.office}（单位编号 {told.reference}）",
        f"- 级别：{told.severity_label}；{state}",
        f"- 发生：{format_instant(told.occurred_at)}；获知：{format_instant(told.learned_at)}；"
        f"上报：{format_instant(told.raised_at)}",
        "", "| 环节 | 单位 | 起算 | 时限 | 完成 | 情况 |", "|---|---|---|---|---|---|",
    ]  # fmt: skip
    rows += [
        f"| {each.label} | {each.office} | {format_instant(each.since)} | "
        f"{format_due(each.due_at) if each.due_at else '—'} | "
        f"{format_instant(each.done_at) if each.done_at else '—'} | {each.words} |"
        for each in told.steps
    ]
    rows += ["", "| 续报时限 | 状态 | 完成 | 逾期（分钟） |", "|---|---|---|---|"] if told.follow_ups else []
    rows += [
        f"| {format_due(each.due_at) if each.due_at else '—'} | {each.label} | "
        f"{format_instant(each.done_at) if each.done_at else '—'} | {each.late_minutes or '—'} |"
        for each in told.follow_ups
    ]
    rows += [""] + [
        f"- {each.label}（第{each.seq}次，{format_instant(each.at)}）：{each.text}" for each in told.reports
    ]
    return rows


def late_in_all(told: CaseTold) -> int:
    """Return how many steps and follow-ups of a case are or were late."""
    late = [each.late_minutes for each in told.steps] + [each.late_minutes for each in told.follow_ups]
    return sum(minutes > 0 for minutes in late)


def cases_lines(told: Sequence[CaseTold]) -> list[str]:
    """Return one line per case."""
    if not told:
        return ["没有紧急信息。"]
    return [
        f"第{each.case_id}号　{each.severity_label}　{each.office}　{each.title}：共 {len(each.reports)} 次报告，"
        f"{'已终报' if each.closed_at else '尚未终报'}"
        + (f"，逾期 {late_in_all(each)} 处" if late_in_all(each) else "")
        for each in told
    ]
