"""A draft in words: the list, one with its evidence, its doubts and its burden, what a correction changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from domain.corrections import Change
from domain.deadlines import describe_rule, format_day, format_instant
from domain.documents import Duty, RequirementDraft, RequirementKind
from domain.draft_fields import DUTIES, HEAD, HOW_OFTEN, SOURCES, paths
from domain.offices import Tier
from domain.recurrence import describe
from domain.reviewing import Remark
from flows.words import as_markdown
from tasks.drafting import DraftCircular, DraftLine, DraftShown
from tasks.forwarding import Forwarded

_SHOWN = 60


def draft_lines(found: Sequence[DraftLine]) -> str:
    """Return drafts, a line each with what it waits for below."""
    lines = [
        f"{each.id:>6}  {format_instant(each.made_at)}  {each.state_label}  {each.number or '（无文号）'}  "
        f"{each.title or '（无标题）'}  {each.filename}" + "".join(f"\n        {words}" for words in each.waits_for)
        for each in found
    ]
    return "\n".join(lines) or "没有待核对的公文草稿。"


def draft_rows(found: Sequence[DraftLine]) -> list[dict[str, str | int]]:
    """Return drafts as rows of a table artifact."""
    return [
        {
            "草稿编号": each.id, "提交": format_instant(each.made_at), "提交人": _line(each.made_by),
            "文号": _line(each.number) or "（无文号）", "标题": _line(each.title, _SHOWN) or "（无标题）",
            "文件": _line(each.filename, _SHOWN), "请核对": _line("".join(each.waits_for), 2 * _SHOWN) or "按要求核对",
        }
        for each in found
    ]  # fmt: skip


def drafts_line(found: Sequence[DraftLine]) -> str:
    """Return one line for the run list."""
    return f"待核对的公文草稿 {len(found)} 份" if found else "没有待核对的公文草稿"


def draft_line(shown: DraftShown) -> str:
    """Return one line for the run list: what became of a draft, and what it waits for."""
    line = shown.line
    name = line.number or line.title or line.filename
    waits = f"，请核对 {len(line.waits_for)} 处：{line.waits_for[0]}" if line.waits_for else ""
    return f"草稿 {line.id}（{name}）{line.state_label}{waits if shown.decided_at is None else ''}"


def changes(found: Sequence[Change]) -> str:
    """Return what a correction changed, as Markdown."""
    if not found:
        return "与草稿相同，没有变化。"
    rows = [f"- {_change(each.field, each.before, each.after)}" for each in found]
    return "\n".join([f"更正 {len(found)} 处：", "", *rows])


def _at(instant: str | None) -> str:
    return format_instant(datetime.fromisoformat(instant)) if instant else ""


def _change(field: str, before: str | None, after: str | None) -> str:
    return f"{_line(field)}：{_value(before)} → {_value(after)}"


def _value(text: str | None) -> str:
    return "（无）" if text is None else _line(text, _SHOWN) or "（空）"


def draft(shown: DraftShown) -> str:
    """Return one draft as Markdown: doubts first, then each circular with its evidence, then what it would bring."""
    line = shown.line
    rows = [f"## 草稿 {line.id}　{line.state_label}", ""]
    rows.append(
        f"{_line(line.filename)}，{_line(line.made_by)}于{format_instant(line.made_at)}提交；"
        f"来源类别：{SOURCES[shown.source_kind]}；原件 SHA-256：`{shown.sha256}`"
    )
    if shown.decided_at is not None:
        reason = f"：{_line(shown.reason)}" if shown.reason else ""
        rows += ["", f"{_line(shown.decided_by)}于{format_instant(shown.decided_at)}{line.state_label}{reason}"]
    *annexes, cover = shown.circulars
    for place, each in enumerate(annexes, start=1):
        rows += ["", *_circular(each, f"附件{place}.")]
    rows += ["", *_circular(cover, "")]
    if shown.forwarded is not None:
        rows += ["", *_burden(shown.forwarded)]
    if shown.trouble:
        rows += ["", f"**登记并转发将会怎样**：{_line(shown.trouble)}"]
    if shown.corrections:
        rows += ["", "**已更正**", ""]
        rows += [
            f"- {_at(each['at'])}　{_line(each['by'] or '')}　"
            f"{_change(each['field'] or '', each['before'], each['after'])}"
            for each in shown.corrections
        ]
    return "\n".join(rows)


def _circular(each: DraftCircular, prefix: str) -> Iterator[str]:
    found = each.draft
    number, title = found.document_number or "（无文号）", found.title or "（无标题）"
    yield f"### {prefix.replace('.', '　')}{_line(number)}　{_line(title)}"
    yield ""
    yield from (_remark(remark, prefix) for remark in each.remarks)
    yield from ("", "| 项目 | 读出的内容 |", "|---|---|")
    for label, field in HEAD.items():
        yield f"| {prefix}{label} | {_line(field.read(found)) or '—'} |"
    for ordinal, owed in enumerate(found.requirements, start=1):
        yield from ("", f"**{prefix}要求{ordinal}**　{_owed(owed)}", "", f"> {_line(owed.text)}")
    tasks = list(paths(found.instructions))
    if tasks:
        yield from ("", f"**任务 {len(tasks)} 条**", "")
    for path, task in tasks:
        offices = [f"牵头单位：{_line(task.lead_office)}"] if task.lead_office else []
        offices += [f"配合单位：{_line('、'.join(task.supporting_offices))}"] if task.supporting_offices else []
        words = f"（{'；'.join(offices)}）" if offices else ""
        yield f"- {prefix}任务{_line(path)}　{_line(task.heading or task.text, _SHOWN)}{words}"


def _remark(remark: Remark, prefix: str) -> str:
    words = f"- {'**请核对**' if remark.waits else '提示'}：{prefix.rstrip('.')}{_line(remark.words)}"
    return words + (f"可更正：`{prefix}{remark.proposal}`" if remark.proposal else "")


def _owed(owed: RequirementDraft) -> str:
    """Return what a requirement asks for, when, of whom, for whom."""
    parts = [DUTIES[owed.duty], HOW_OFTEN[owed.kind], _when(owed)]
    parts += [describe_rule(owed.holiday_rule)] if owed.holiday_rule else []
    stated = owed.as_stated()
    parts += [f"责任单位：{_line(stated.responsible or '全部收文单位')}"]
    if stated.deliver_to or owed.duty is Duty.REPORT:
        parts.append(f"报送对象：{_line(stated.deliver_to or '未写明，报给转发单位')}")
    return "；".join(part for part in parts if part)


def _when(owed: RequirementDraft) -> str:
    hour = owed.due_time.strftime(" %H:%M") if owed.due_time else ""
    if owed.due_on:
        return f"{format_day(owed.due_on)}{hour}前"
    if owed.rrule:
        first = f"，首次{format_day(owed.starts_on)}" if owed.starts_on else ""
        return f"{describe(owed.rrule)}{hour}（{owed.rrule}）{first}"
    if owed.workdays or owed.days:
        after = "收文" if owed.kind is RequirementKind.AFTER_RECEIPT else "事发"
        return f"{after}后{f'{owed.workdays}个工作日' if owed.workdays else f'{owed.days}日'}内{hour}"
    return "未写日期" if owed.kind is RequirementKind.ONCE else ""


def _burden(seen: Forwarded) -> Iterator[str]:
    """Return what passing it on now would bring those below (为基层减负)."""
    tiers = "、".join(f"{Tier(tier).label} {count} 个" for tier, count in seen.tiers.items())
    yield from ("### 登记并转发将会怎样", "", f"- 收文单位：{tiers or '无'}，通知 {seen.notices} 件")
    yield from (f"- 名册之外：{_line(phrase)}" for phrase in seen.outside)
    yield from (f"- **未能识别**：{_line(phrase)}" for phrase in seen.unresolved)
    yield from (f"- **负担提示**：{_line(words)}" for words in seen.burdens)
    yield from (f"- **请确认**：{_line(words)}" for words in seen.questions)
    yield from ("", "| 事项 | 时限 | 单位数 | 内容 |", "|---|---|---|---|")
    for due in seen.due:
        yield f"| {due.kind} | {due.due} | {due.offices or '—'} | {_line(due.what, _SHOWN // 2)} |"


def _line(text: str, most: int = 0) -> str:
    """Return what a file said as one line of plain text, at most so long where that is given."""
    words = " ".join(text.split())
    return as_markdown(words if not most or len(words) <= most else f"{words[:most]}…")
