"""What the commands and flows about policies say, in Chinese."""

from __future__ import annotations

from collections.abc import Sequence

from tasks.policing import LadderShown, LimitShown, PoliciesShown


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
