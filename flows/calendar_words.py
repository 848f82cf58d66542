"""What is said of the work calendar and of what an amendment of it moves: Chinese, as Markdown."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from domain.deadlines import format_day
from tasks.recomputing import Amendment, CalendarShown, DayShown, Moving

#: Groups shown in full; a calendar that moves more is read as JSON.
_GROUPS = 60
_ONE_DAY = timedelta(days=1)


def amendment_line(done: Amendment) -> str:
    """Return one line for the run list."""
    if not done.replaces:
        return "所有在办事项都已按现行工作日历计算，没有变动。"
    verb = "已按现行工作日历调整" if done.applied else "预览：将按现行工作日历调整"
    return f"{verb}：时限变动 {done.moved} 项，暂定转为确定 {done.definite} 项，时限不变 {done.staying} 项"


def amendment(done: Amendment) -> str:
    """Return what moves or moved, as Markdown."""
    rows = [f"### {amendment_line(done)}", "", f"- 现行日历：`{done.digest}`"]
    rows += [f"- 原按日历 `{digest}` 计算的在办事项 {count} 项" for digest, count in done.replaces.items()]
    rows += [f"- 新公布的年份：{'、'.join(f'{year}年' for year in done.newly_published)}"] * bool(done.newly_published)
    changed = [each for each in done.changed_days if each.day.year not in done.newly_published]
    rows += [f"- {_days(changed, works=works)}" for works in (False, True) if any(e.works is works for e in changed)]
    if done.reason:
        rows.append(f"- 理由：{done.reason}")
    if done.groups:
        rows += ["", "| 公文 | 事项 | 原时限 | 新时限 | 单位数 | 例 |", "|---|---|---|---|---|---|"]
        rows += [_row(group) for group in done.groups[:_GROUPS]]
        rows += [f"\n另有 {len(done.groups) - _GROUPS} 组未列出。"] * (len(done.groups) > _GROUPS)
    if not done.applied and done.replaces:
        rows += ["", "以上尚未执行；已发出的邮件不变，人工确定的时限不变。"]
    return "\n".join(rows)


def _row(group: Moving) -> str:
    named = "、".join(group.offices) + ("等" if group.count > len(group.offices) else "")
    return f"| {group.matter} | {group.kind} | {group.old} | {group.new} | {group.count} | {named} |"


def _days(days: Iterable[DayShown], *, works: bool) -> str:
    return f"{'改为上班' if works else '改为休息'}：" + "、".join(runs([each for each in days if each.works is works]))


def runs(days: Sequence[DayShown]) -> list[str]:
    """Return days in a row as one phrase each: `2020年1月24日（星期五）至2020年1月30日（星期四）`."""
    found: list[list[DayShown]] = []
    for each in days:
        if found and each.day - found[-1][-1].day == _ONE_DAY:
            found[-1].append(each)
        else:
            found.append([each])
    return [
        format_day(run[0].day) if len(run) == 1 else f"{format_day(run[0].day)}至{format_day(run[-1].day)}"
        for run in found
    ]


def calendar(shown: CalendarShown) -> str:
    """Return a year of the calendar in use, as Markdown."""
    known = "国家已公布" if shown.published else "国家尚未公布，按周一至周五计算，时限标为“暂定”"
    rows = [f"### {shown.year}年工作日历（{known}）", "", f"- 现行日历：`{shown.digest}`"]
    rows.append(f"- 本单位的调整：{shown.file or '没有（DUBAN_WORK_DAYS_FILE 未设置）'}")
    for works, words in ((False, "周一至周五中休息"), (True, "周末上班")):
        days = [each for each in shown.days if each.works is works and not each.own]
        rows += [f"- {words}：{'、'.join(runs(days))}"] * bool(days)
    own = [each for each in shown.days if each.own]
    rows += [f"- 本单位另定：{format_day(each.day)}{'上班' if each.works else '休息'}" for each in own]
    rows += ["", "| 日历 | 在办事项 | 首次使用 |", "|---|---|---|"]
    for version in shown.versions:
        first = f"{version.first_used_at:%Y-%m-%d}" if version.first_used_at else "—"
        rows.append(f"| `{version.digest}`{'（现行）' * version.in_use} | {version.obligations} | {first} |")
    return "\n".join(rows)
