"""What the commands and flows about policies say, in Chinese."""

from __future__ import annotations

from collections.abc import Sequence

from tasks.policing import LadderShown, LimitShown, PoliciesShown
from tasks.repolicing import DeadlinesMoving, LaddersChanging, PolicyChange


def policies(shown: PoliciesShown) -> str:
    """Return the ladders, terms and limits as Markdown."""
    head = f"现行策略：{shown.file}（版本 {shown.digest[:12]}）"
    parts = [head, *map(_ladder, shown.ladders)]
    return "\n\n".join([*parts, _limits(shown.limits)] if shown.limits else parts)


def _ladder(shown: LadderShown) -> str:
    term = "；".join(shown.terms) or "由公文或续报钟点确定"
    rows = [
        f"### {shown.kind_name}（{'、'.join(shown.grade_names)}）", "", f"时限：{term}", "",
        "| 梯级 | 何时 | 告知 | 依据 |", "|---|---|---|---|",
    ]  # fmt: skip
    rows += [f"| {each.name} | {each.when} | {each.whom} | {each.source} |" for each in shown.rungs]
    return "\n".join(rows)


def _limits(shown: Sequence[LimitShown]) -> str:
    rows = ["### 限额", "", "| 限额 | 值 |", "|---|---|"]
    return "\n".join([*rows, *(f"| {each.words} | {each.value} |" for each in shown)])


def change_line(done: PolicyChange) -> str:
    """Return one line for the run list."""
    if not done.replaces:
        return "在办事项都按该策略执行，没有变化"
    verb = "已按新策略执行" if done.applied else "预览：将按新策略执行"
    return f"{verb} {done.moved + done.staying} 项，其中时限变动 {done.moved} 项"


def change(done: PolicyChange) -> str:
    """Return what a policy does to running matters, or did, as Markdown."""
    parts = [f"### {change_line(done)}", f"策略：{done.file}（版本 {done.digest[:12]}）"]
    if done.reason:
        parts.append(f"理由：{done.reason}")
    if done.replaces:
        versions = "、".join(f"{digest[:12]}（{count} 项）" for digest, count in done.replaces.items())
        parts.append(f"原版本：{versions}")
        parts.append(
            f"告知时限变动的邮件 {done.messages_of_moving} 封；下次巡检至多另发 {done.messages_of_sweep} 封。"
            "已触发的梯级不再触发，新梯级中已过的不补发。"
        )
    if done.deadlines:
        parts.append(_moving(done.deadlines))
    if done.ladders:
        parts.append(_changing(done.ladders))
    return "\n\n".join(parts)


def _moving(groups: Sequence[DeadlinesMoving]) -> str:
    rows = ["| 时限变动 | 等级 | 原时限 | 新时限 | 项数 | 单位 |", "|---|---|---|---|---|---|"]
    for each in groups:
        more = " 等" if each.count > len(each.offices) else ""
        offices = "、".join(each.offices) + more
        rows.append(f"| {each.kind} | {each.grade} | {each.old} | {each.new} | {each.count} | {offices} |")
    return "\n".join(rows)


def _changing(groups: Sequence[LaddersChanging]) -> str:
    rows = [
        "| 梯级变动 | 等级 | 项数 | 原下一级 | 新下一级 | 收件 | 新增 | 提前 | 推后 | 取消 | 已过不补 |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    rows += [
        f"| {each.kind_name} | {each.grade_name} | {each.count} | {each.next_old} | {each.next_new} "
        f"| {each.recipients} | {each.anew} | {each.earlier} | {each.later} | {each.never} | {each.passed} |"
        for each in groups
    ]
    return "\n".join(rows)
