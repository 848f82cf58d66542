"""What the flows say: artifacts and final messages in Chinese."""

import re
from collections.abc import Sequence

from domain.deadlines import format_due, format_instant
from domain.offices import Tier
from domain.papers import PaperKind
from domain.progress import ProgressState
from domain.rollup import Light, Tally
from domain.statuses import ObligationKind, Status
from domain.urgent import Severity
from tasks.alerting import Raised
from tasks.auditing import Link
from tasks.calling import Call, PastCall
from tasks.compiling import Compiled
from tasks.delivering import Delivered
from tasks.forwarding import Forwarded
from tasks.outcome import Done
from tasks.papers import PaperShown
from tasks.petitions import Asked
from tasks.progressing import InstructionProgress, LookBack
from tasks.registering import Registered, Registration
from tasks.substituting import Substitute
from tasks.summarising import Board, Line
from tasks.sweeping import Sweep

#: Characters of a text in a cell.
_SHOWN = 40
#: What Markdown reads as more than a character.
_MARKS = re.compile(r"[\\`*_\[\]<>#|!~]")


def registration_line(done: Registration) -> str:
    """Return one line for the run list."""
    if done.waiting is not None:
        return f"没有登记：草稿 {done.waiting} 待核对"
    accepted = f"草稿 {done.draft} 已通过：" if done.draft is not None else ""
    return accepted + "；".join(_registered(each) for each in done.circulars)


def _registered(each: Registered) -> str:
    name = each.number or each.title
    return f"已登记 {name}" if each.is_new else f"{name} 此前已登记，没有变化"


def registration(done: Registration) -> str:
    """Return what was registered, or that a person has to look first, as Markdown."""
    if done.waiting is not None:
        number = done.waiting
        return (
            f"**没有登记**：草稿 {number} 待核对。核对后请通过、更正或退回（表单“核对公文草稿”，或 duban draft "
            f"accept {number}、correct {number} --set 项目=新值、reject {number} --reason 理由）。"
        )
    parts = []
    for each in done.circulars:
        rows = [f"### {each.number or '（无文号）'}　{each.title}", "", f"- {_registered(each)}"]
        if each.upstream:
            rows.append(f"- 上级公文：{each.upstream}")
        if each.received:
            rows.append("- 主送本单位，登记即签收")
        rows.append(f"- 主送机关对应名册单位 {each.addressed} 个")
        rows += [f"- 名册之外：{phrase}" for phrase in each.outside]
        rows += [f"- **未能识别的主送机关**：{phrase}" for phrase in each.unresolved]
        rows += [f"- 提示：{warning}" for warning in each.warnings]
        parts.append("\n".join(rows))
    return "\n\n".join(parts) + f"\n\n原件 SHA-256：`{done.sha256}`"


def forwarding_line(done: Forwarded) -> str:
    """Return one line for the run list."""
    verb = "预览：将转发" if done.dry_run else "已转发"
    extra = f"，{done.already} 个单位此前已转发" if done.already else ""
    missing = f"，未能识别 {len(done.unresolved)} 处" if done.unresolved else ""
    return f"{verb}“{done.number}”给 {len(done.offices)} 个单位，通知 {done.notices} 件{extra}{missing}"


def forwarding(done: Forwarded) -> str:
    """Return what a hop did or would do, as Markdown."""
    tiers = "、".join(f"{Tier(tier).label} {count} 个" for tier, count in done.tiers.items())
    rows = [
        f"### {forwarding_line(done)}", "",
        f"- 转发单位：{done.sender}",
        f"- 收文单位：{tiers or '无新增'}",
        f"- 转发时间：{format_instant(done.sent_at)}；通知发出：{format_instant(done.leaves_at)}",
    ]  # fmt: skip
    rows += [f"- 名册之外：{phrase}" for phrase in done.outside]
    rows += [f"- **未能识别**：{phrase}" for phrase in done.unresolved]
    rows += [f"- **负担提示**：{burden}" for burden in done.burdens]
    rows += [f"- **请确认**：{question}" for question in done.questions]
    # The long text last: a page that is too narrow then cuts nothing that matters.
    rows += ["", "| 事项 | 时限 | 单位数 | 内容 |", "|---|---|---|---|"]
    rows += [f"| {due.kind} | {due.due} | {due.offices or '—'} | {_cell(due.what)} |" for due in done.due]
    return "\n".join(rows)


def _cell(text: str) -> str:
    plain = text.replace("|", "／").replace("\n", " ")
    return plain if len(plain) <= _SHOWN else f"{plain[:_SHOWN]}…"


def sweep_line(done: Sweep) -> str:
    """Return one line for the run list."""
    line = f"催办 {done.fired} 件，其中升级 {done.escalated} 件；合并未发 {done.superseded} 件"
    line += f"；**无处可送 {done.unreachable} 件**，请补充名册" if done.unreachable else ""
    line += f"；起草待签发文稿 {done.drafted} 份" if done.drafted else ""
    line += f"；补送 {done.reached} 件" if done.reached else ""
    return line + (f"；新增到期事项 {done.periods} 件" if done.periods else "") + (
        f"；续转紧急信息 {done.passed_on} 件" if done.passed_on else ""
    )  # fmt: skip


def line_rows(found: Sequence[Line]) -> list[dict[str, str | int]]:
    """Return obligations as rows of a table artifact."""
    return [
        {
            "编号": each.id, "单位": each.office, "上级": each.superior, "文号": each.number, "事项": each.kind,
            "期次": each.period, "时限": each.due, "灯色": f"{Light(each.light).label}：{each.words}{listing(each)}",
        }
        for each in found
    ]  # fmt: skip


def listing(line: Line) -> str:
    """Return what marks a matter under listed supervision (挂牌督办), as long as it is open."""
    return f"【挂牌督办：{line.listed}】" if line.listed else ""


def overdue_title(found: Sequence[Line], limit: int) -> str:
    """Return the heading of a list of what is overdue; it says where the list was cut."""
    if not found:
        return "**逾期事项**：没有"
    return f"**逾期事项**：前 {limit} 项，其余见台账" if len(found) >= limit else f"**逾期事项**：{len(found)} 项"


def done(act: Done) -> str:
    """Return what one act did to one obligation, as Markdown."""
    rows = [act.message, "", "| 编号 | 单位 | 状态 | 时限 | 事项 |", "|---|---|---|---|---|"]
    status = Status(act.status).label
    rows.append(f"| {act.obligation_id} | {act.office} | {status} | {act.due or '未定日期'} | {_cell(act.matter)} |")
    return "\n".join(rows)


def petition_rows(found: Sequence[Asked]) -> list[dict[str, str | int]]:
    """Return what waits for a decision as rows of a table."""
    return [
        {
            "申请编号": each.id, "种类": each.kind, "单位": each.office, "文号": each.number, "事项": each.matter,
            "事项编号": each.obligation_id, "提出": each.asked_at, "理由": _cell(each.reason),
            "进展": _cell(each.progress), "希望延至": each.wanted, "决定单位": each.decider, "决定时限": each.decide_by,
        }
        for each in found
    ]  # fmt: skip


def petitions_line(found: Sequence[Asked]) -> str:
    """Return one line for the run list."""
    return f"等待决定的申请 {len(found)} 件" if found else "没有等待决定的申请"


def petition_lines(found: Sequence[Asked]) -> str:
    """Return what waits for a decision, a line each."""
    lines = [
        f"{each.id:>6}  {each.kind}  {each.office}  {each.number} {each.matter}（事项 {each.obligation_id}）  "
        f"{each.decider}应于{each.decide_by}决定  {each.reason}"
        for each in found
    ]
    return "\n".join(lines) or "没有等待决定的申请。"


def raised(case: Raised) -> str:
    """Return what became of an urgent report, as Markdown."""
    rows = [
        f"编号 **{case.case_id}**：{case.message}", "",
        f"- 报告单位：{case.office}", f"- 事件级别：{Severity(case.severity).label}",
        f"- 已通知：{case.superior}" + (f"，应于{case.respond_by}前回应" if case.respond_by else ""),
    ]  # fmt: skip
    return "\n".join(rows)


def call_lines(calls: Sequence[Call]) -> list[str]:
    """Return the call list as lines."""
    return [
        f"请立即电话联系：{' '.join(part for part in (each.office, each.person, each.phone or '（无号码）') if part)}"
        f"（{each.about}：{each.why}）" + (f"已试 {each.tried} 次无人接听" if each.tried else "")
        for each in calls
    ]


def past_call_lines(made: Sequence[PastCall]) -> list[str]:
    """Return recorded calls as lines."""
    return [
        f"已登记：{format_instant(each.called_at)} {each.caller} 致电 {each.office} {each.person}，"
        f"{'已接通' if each.reached else '无人接听'}" + (f"：{each.note}" if each.note else "")
        for each in made
    ]


def call_rows(calls: Sequence[Call]) -> list[dict[str, str | int]]:
    """Return the call list as rows of a table artifact."""
    return [
        {
            "事项编号": each.about if each.inbound_id else each.obligation_id, "单位": each.office,
            "联系人": each.person, "电话": each.phone, "事由": each.why, "起": each.since, "未接通": each.tried,
            "最近一次": each.last_tried,
        }
        for each in calls
    ]  # fmt: skip


def delivery_line(done: Delivered) -> str:
    """Return one line for the run list."""
    line = f"{'收存（演练模式）' if done.captured else '送达'} {done.accepted} 封"
    for name, count in (("拒收", done.refused), ("暂缓", done.deferred), ("结果不明", done.uncertain)):
        line += f"，{name} {count} 封" if count else ""
    if done.held_up:
        asked = "把邮件当作垃圾邮件拒收" if done.is_blocked else "要求放慢"
        line += f"；邮件服务器{asked}（{done.held_up}），其余暂停后再发"
    if done.paused_until:
        line += f"；按邮件服务器的要求放慢，平件和加急件{format_instant(done.paused_until)}以后再发"
    return line + (f"；邮件服务器不可达（{done.trouble}），其余留待下次投递" if done.trouble else "")


def office_rows(shown: Board) -> list[dict[str, str | int]]:
    """Return the lights of each office as rows of a table, those with the most overdue first."""
    worst_first = sorted(shown.by_office.items(), key=lambda each: (-each[1].red, -each[1].yellow, each[0]))
    rows: list[dict[str, str | int]] = []
    for name, each in worst_first:
        rows.append({"单位": name, "合计": each.total})
        rows[-1].update({lamp.label: int(getattr(each, lamp.value)) for lamp in Light})
    return rows


def office_lines(shown: Board) -> str:
    """Return the lights of each office as a Markdown table."""
    rows = office_rows(shown)
    if not rows:
        return "没有事项。"
    lines = [f"| {' | '.join(rows[0])} |", "|---" * len(rows[0]) + "|"]
    return "\n".join([*lines, *(f"| {' | '.join(map(str, row.values()))} |" for row in rows)])


def board_line(shown: Board) -> str:
    """Return one line for the run list."""
    total = shown.all
    line = f"共 {total.total} 项：正常 {total.green}，临期 {total.yellow}，逾期 {total.red}，办结 {total.tick}"
    line += f"，免办或撤回 {total.grey}" if total.grey else ""
    return line + (f"，暂停 {total.held}" if total.held else "")


def board(shown: Board) -> str:
    """Return the lights as Markdown."""
    tables = [
        ("按层级", {Tier(key).label: each for key, each in shown.by_tier.items()}),
        ("按公文", shown.by_circular),
        ("按事项", {ObligationKind(key).label: each for key, each in shown.by_kind.items()}),
    ]
    return f"截至{format_instant(shown.now)}\n\n" + "\n\n".join(_tallies(title, groups) for title, groups in tables)


def _tallies(title: str, groups: dict[str, Tally]) -> str:
    rows = [
        f"### {title}",
        "",
        "| | 合计 | 🟢 正常 | 🟡 临期 | 🔴 逾期 | ✅ 办结 | ⚪ 免办或撤回 | ⏸ 暂停 | 其中曾逾期 |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    rows += [
        f"| {key} | {t.total} | {t.green} | {t.yellow} | {t.red} | {t.tick} | {t.grey} | {t.held} | {t.late} |"
        for key, t in groups.items()
    ]
    return "\n".join(rows)


def chain(links: Sequence[Link]) -> str:
    """Return a chain of circulars as Markdown: who passed what to whom, when, and what is missing."""
    parts = []
    for link in links:
        rows = [f"### {link.number}　{link.title}", "", f"发文机关：{link.issuer}"]
        for hop in link.hops:
            tiers = "、".join(f"{Tier(tier).label} {count} 个" for tier, count in hop.tiers.items())
            took = f"，距上一环 {hop.took.total_seconds() / 3600:.1f} 小时" if hop.took else ""
            rows.append(f"- {format_instant(hop.sent_at)}　{hop.sender} → {tiers}；已签收 {hop.received}{took}")
            rows += [f"  - 未签收：{'、'.join(hop.not_received[:20])}"] if hop.not_received else []
            rows += [f"  - 未续转：{'、'.join(hop.not_forwarded[:20])}"] if hop.not_forwarded else []
        rows += [f"- 名册之外：{phrase}" for phrase in link.outside]
        rows += [f"- 未能识别：{phrase}" for phrase in link.unresolved]
        parts.append("\n".join(rows))
    return "\n\n".join(parts)


def progress(found: Sequence[InstructionProgress]) -> str:
    """Return how far the instructions of a circular are, as Markdown."""
    labels = [state.label for state in ProgressState]
    rows = [f"| 任务 | {' | '.join(labels)} | 该单位 | 说明 |", "|---" * (len(labels) + 3) + "|"]
    for each in found:
        counts = " | ".join(str(each.offices[state.value]) for state in ProgressState)
        rows.append(f"| {each.number} {_cell(each.heading)} | {counts} | {each.state or '—'} | {_cell(each.note)} |")
    return "\n".join(rows)


def substitute_lines(found: Sequence[Substitute]) -> list[str]:
    """Return who acts for whom as lines."""
    return [
        f"{each.id}  {each.state}  {each.office} {each.absent} → {each.acting_office} {each.acting}"
        f"  {format_instant(each.starts_at)} 至 {format_due(each.ends_at)}  {each.reason}"
        for each in found
    ]


def paper(found: PaperShown) -> str:
    """Return one paper as text."""
    rows = [found.message] if found.message else []
    rows += [
        f"文稿 {found.id}　{found.kind_name}　{found.number or '未编号'}　{found.state}",
        found.title if found.kind == PaperKind.COMPILED_REPORT else f"{found.office}：",
        found.text,
    ]
    rows += [f"签发人：{found.signer}"] if found.signer else []
    rows += [f"注意：该事项{found.meanwhile}。"] if found.meanwhile else []
    return "\n\n".join(rows)


def compiled(found: Compiled) -> str:
    """Return a compiled report as text: what it counts, whom it lacks, its words."""
    rows = [found.message, f"汇总单位：{found.office}"]
    rows += [f"同一期次已签发过：{'、'.join(found.signed_before)}"] if found.signed_before else []
    return "\n".join([*rows, "", found.title, "", found.text])


def as_markdown(text: str) -> str:
    """Return a text as Markdown that shows it line by line: what others wrote is no link, picture or heading."""
    return "\n\n".join(_MARKS.sub(r"\\\g<0>", line) for line in text.splitlines() if line.strip())


def paper_rows(found: Sequence[PaperShown]) -> list[dict[str, str | int]]:
    """Return papers as rows of a table artifact."""
    return [
        {
            "编号": each.id, "文种": each.kind_name, "文号": each.number, "状态": each.state, "单位": each.office,
            "标题": each.title, "事项": each.obligation_id or "", "其间": each.meanwhile,
        }
        for each in found
    ]  # fmt: skip


def paper_lines(found: Sequence[PaperShown]) -> list[str]:
    """Return papers as lines."""
    return [
        f"{each.id}  {each.state}  {each.number or each.kind_name}  {each.title}"
        + (f"  （该事项{each.meanwhile}）" if each.meanwhile else "")
        for each in found
    ]


def look_back_rows(found: Sequence[LookBack]) -> list[dict[str, str]]:
    """Return what is to be looked back at as rows of a table."""
    return [
        {
            "回头看": each.look_back_on, "单位": each.office, "文号": each.number,
            "任务": f"{each.instruction} {_cell(each.heading)}", "销号": each.closed, "说明": _cell(each.note),
        }
        for each in found
    ]  # fmt: skip


def look_back_lines(found: Sequence[LookBack]) -> str:
    """Return what is to be looked back at, a line each."""
    lines = [
        f"{each.look_back_on}  {each.office}  {each.number} 任务{each.instruction} {each.heading}（{each.closed}销号）"
        for each in found
    ]
    return "\n".join(lines) or "没有待回头看的任务。"
