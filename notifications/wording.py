"""From facts to words: what each kind of notice says about its matter."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta

from domain.calendar import WorkCalendar
from domain.deadlines import format_day, format_due, format_instant
from domain.matters import Case, Matter, Outgoing
from domain.rollup import Light, light, light_text, near_until
from domain.statuses import ObligationKind
from domain.urgent import Severity, UrgentReportKind
from notifications.answering import answer_text, answers_of, numbered
from notifications.messages import Item, Letter, NoticeKind, Tone

#: How much of a circular's text stands in the mail; the original is attached.
_EXCERPT = 600
#: So many further dates are named in the mail of a circular.
_FURTHER = 8
_TONES = {Light.RED: Tone.RED, Light.YELLOW: Tone.YELLOW, Light.GREEN: Tone.GREEN, Light.TICK: Tone.GREEN}
_TO_DO = {
    NoticeKind.CIRCULAR: "请及时签收，并按文中要求办理、按时报送。",
    NoticeKind.RECEIPT_REMINDER: "请尽快签收；如不属贵单位职责或文件有误，请说明理由退回。",
    NoticeKind.DUE_SOON: "请按时报送；确有困难的，请在到期前申请延期。",
    NoticeKind.OVERDUE: "请立即办理并报送，同时说明逾期原因。",
    NoticeKind.ESCALATION: "请督促尽快办理。",
    NoticeKind.UNSIGNED_LIST: "请视情电话核实。",
    NoticeKind.REVIEW_WANTED: "请审核并作出决定：通过，或说明理由退回。",
    NoticeKind.DECISION_WANTED: "请在时限内作出决定；决定前原时限或暂停状态不变。",
    NoticeKind.LOOK_BACK_DUE: "请回头查看落实是否巩固，并登记结果。",
    NoticeKind.RETURNED: "请按退回意见修改后重新报送。",
    NoticeKind.ACCEPTED: "无需再办理。",
    NoticeKind.EXTENSION_DECIDED: "请按新的时限办理。",
    NoticeKind.CONTEST_DECIDED: "请照常办理，按时限完成。",
    NoticeKind.SUSPENDED: "暂停期间不催办；恢复计时时另行通知。",
    NoticeKind.RESUMED: "请按恢复后的时限办理。",
    NoticeKind.REOPENED: "请重新办理，并按时限报告结果。",
    NoticeKind.DEADLINE_MOVED: "请按新的时限办理。",
    NoticeKind.WAIVED: "无需再办理。",
    NoticeKind.WITHDRAWN: "请停止按原要求办理。",
    NoticeKind.SUPERSEDED: "请停止按原要求办理，改按新文件办理。",
    NoticeKind.RECEIPT_CONFIRMED: "请按文中要求办理。",
    NoticeKind.REPORT_RECEIVED: "无需回复；审核结果另行告知。",
    NoticeKind.URGENT_REPORT: "请立即回应，并在时限内续转上一级。",
    NoticeKind.URGENT_ESCALATION: "请立即电话联系并回应。",
    NoticeKind.URGENT_FOLLOW_UP: "请知悉最新情况；尚未回应、续转的，请立即办理。",
    NoticeKind.URGENT_FINAL: "本件已终报，请知悉；尚未回应、续转的，仍请办理。",
    NoticeKind.URGENT_REGRADED: "请按调整后的级别和时限办理。",
    NoticeKind.SUPERVISION_LETTER: "请按通知单要求立即办理并报送，同时书面说明逾期原因。",
    NoticeKind.LISTED_SUPERVISION: "请明确责任人、办理措施和完成时间，并报送办理情况。",
    NoticeKind.CRITICISM_BULLETIN: "请立即整改落实，并报送整改情况。",
    NoticeKind.REMINDER: "请立即办理；确有困难的，请说明原因和预计完成时间。",
    NoticeKind.INBOUND_ANSWER: "请勿就同一来信重复发送；如有疑问，请与联系人电话联系。",
    NoticeKind.UNDELIVERABLE: "请用电话等方式联系该单位，并核对名册中的邮箱地址。",
    NoticeKind.ALARM: "请值守人员查看。",
    NoticeKind.AUDIT_HEAD: "请另行妥存，日后可用 duban audit verify --against 核对。",
}
#: What is to be decided, by the origin of the decision.
_DECISIONS = {"extension": "决定{}的延期申请", "contest": "裁决{}的异议", "paper": "裁决{}的退文"}
#: What is owed is not a report to be handed in.
_TO_DO_OF = {
    ObligationKind.FORWARD: {
        NoticeKind.DUE_SOON: "请按时转发；确有困难的，请在到期前说明。",
        NoticeKind.OVERDUE: "请立即转发，同时说明逾期原因。",
    },
    ObligationKind.FOLLOW_UP: {
        NoticeKind.DUE_SOON: "请按时续报最新情况；处置完毕的，请终报。",
        NoticeKind.OVERDUE: "请立即续报；处置完毕的，请终报。",
        NoticeKind.ESCALATION: "请立即电话督促该单位续报。",
    },
}
#: What tells of a case as a whole, not of what one office owes in it.
_OF_THE_CASE = (
    NoticeKind.URGENT_REPORT, NoticeKind.URGENT_FOLLOW_UP, NoticeKind.URGENT_FINAL, NoticeKind.URGENT_REGRADED,
)  # fmt: skip


def letter_for(
    outgoing: Outgoing, *, now: datetime, calendar: WorkCalendar, sender_office: str, contact_text: str,
    contest_workdays: int | None = None,
) -> Letter:  # fmt: skip
    """Return the letter of one message, as its matters stand at `now` (aware).

    `contest_workdays`: answers are read, and so long may a contest come; None: none is read, and nothing is said of it.
    """
    matters = highest(outgoing.matters)
    items = tuple(item_for(matter, now, calendar) for matter in matters)
    if outgoing.kind == NoticeKind.CIRCULAR and len(items) == 1 and not items[0].detail:
        items = (replace(items[0], detail=_further(outgoing.dates, matters[0])),)
    answers = ""
    if contest_workdays is not None:
        offered = [answers_of(matter, now, calendar, contest_workdays) for matter in matters]
        if len(items) > 1:
            offered = [tuple(answer for answer in each if not answer.is_of_a_case) for each in offered]
        items = tuple(numbered(items, matters, offered)) if len(items) > 1 else items
        answers = answer_text(offered, [item.number for item in items])
    kind = NoticeKind(outgoing.kind) if len(items) == 1 else NoticeKind.DIGEST
    return Letter(
        kind=items[0].kind if kind is NoticeKind.DIGEST and len(items) == 1 else kind,
        urgency_tag=outgoing.urgency_tag,
        recipient_name=outgoing.name,
        recipient_office=outgoing.office,
        items=items,
        sender_office=sender_office,
        contact_text=outgoing.contact or contact_text,
        sent_at=now,
        body_text=_body_text(outgoing, matters) if len(items) == 1 else _excerpt(outgoing.text),
        summary=_summary(matters[0]) if len(items) == 1 else (),
        answer_text=answers,
    )


def highest(matters: Iterable[Matter]) -> list[Matter]:
    """Tell one obligation once: of several rungs that waited for this address, the one that fired last.

    Two roles of one rung are told as the first. What an act has to tell is never left out.
    """
    chosen: dict[tuple[int, str], Matter] = {}
    for matter in matters:
        is_rung = matter.obligation_id is not None and not matter.rung.startswith("act:")
        key = (matter.obligation_id or 0, "") if is_rung else (matter.firing_id, matter.rung)
        if key not in chosen or chosen[key].rung != matter.rung:
            chosen[key] = matter
    return list(chosen.values())


def _body_text(outgoing: Outgoing, matters: list[Matter]) -> str:
    """Return what stands in full below the words: a signed paper, the reports of a case, the circular's beginning."""
    if paper := matters[0].detail.get("paper", ""):
        return paper
    return _body(matters[0]) if matters[0].case else _excerpt(outgoing.text)


def _body(matter: Matter) -> str:
    """Return the reports that a mail about a case tells: of a follow-up that one, else all there are, numbered.

    What an office owes in its own case (a follow-up) is told without what it wrote itself.
    """
    case = matter.case
    if case is None or matter.obligation_kind is ObligationKind.FOLLOW_UP:
        return ""
    chosen = [each for each in case.reports if str(each.seq) == matter.detail.get("seq", str(each.seq))]
    if len(case.reports) == 1:
        return "\n".join(each.text for each in chosen)
    return "\n\n".join(
        f"{UrgentReportKind(each.kind).label}（第{each.seq}次，{format_instant(each.at)}）：\n{each.text}"
        for each in chosen
    )


def _excerpt(text: str) -> str:
    lines = (line.strip() for line in text.replace("**", "").replace("#", "").splitlines())
    plain = "\n".join(line for line in lines if line.strip("-"))
    return plain if len(plain) <= _EXCERPT else f"{plain[:_EXCERPT]}……（全文见附件）"


def _summary(matter: Matter) -> tuple[tuple[str, str], ...]:
    case = matter.case
    if case is None:
        return ()
    return (
        ("事件", case.title),
        ("级别", Severity(case.severity).label),
        ("报告单位", case.reporter),
        ("发生时间", format_instant(case.occurred_at)),
        ("获知时间", f"{format_instant(case.learned_at)}（发生后{_lasted(case.learned_at - case.occurred_at)}）"),
        ("上报时间", f"{format_instant(case.raised_at)}（{_reported(case)}）"),
    )


def _reported(case: Case) -> str:
    words = f"获知后{_lasted(case.raised_at - case.learned_at)}"
    if case.written_due_at is None or case.raised_at <= case.written_due_at:
        return words
    return f"{words}，超过书面报告时限{_lasted(case.raised_at - case.written_due_at)}"


def _lasted(time: timedelta) -> str:
    """Return a length of time in minutes, from two hours on in hours and minutes; begun minutes count."""
    minutes = -(-int(time.total_seconds()) // 60)
    if minutes < 120:
        return f"{minutes}分钟"
    hours, rest = divmod(minutes, 60)
    return f"{hours}小时{rest}分钟" if rest else f"{hours}小时"


def item_for(matter: Matter, now: datetime, calendar: WorkCalendar) -> Item:
    """Return one matter in words."""
    kind = NoticeKind(matter.kind)
    due = format_due(matter.due_at, provisional=matter.provisional) if matter.due_at else ""
    words, tone = _light(matter, now, calendar)
    return Item(
        kind=kind,
        office_name=matter.detail.get("office") or matter.about_office or _whose(matter),
        circular_title=_title(matter),
        document_number=_number(matter),
        matter=matter_text(matter),
        due_text=due + _deferred(matter.deferred_from),
        period_text=_period(matter),
        light_text=words,
        deliver_to="" if matter.obligation_kind is ObligationKind.DECIDE else matter.deliver_to,
        detail=_detail(kind, matter),
        why=_why(matter),
        what_to_do=_to_do(kind, matter),
        reference=matter.detail.get("reference", ""),
        tone=tone,
    )


def _further(dates: Iterable[Matter], told: Matter) -> str:
    """Return what else is due under a circular, a line each: a few, then how many are left."""
    lines = [
        f"{matter_text(each).rstrip('。；')}：{format_due(each.due_at, provisional=each.provisional)}"
        + (f"，报{each.deliver_to}" if each.deliver_to else "")
        for each in dates
        if each.due_at is not None and each.obligation_id != told.obligation_id
    ]
    left = len(lines) - _FURTHER
    return "\n".join([*lines[:_FURTHER], f"另有{left}项，见所附日历文件。"] if left > 0 else lines)


def _deferred(written: date | None) -> str:
    return f"（原定{format_day(written)}，遇节假日顺延）" if written else ""


def _to_do(kind: NoticeKind, matter: Matter) -> str:
    if kind is NoticeKind.URGENT_REPORT and matter.detail.get("copy"):
        return "本件为抄告，请关注；下一级未按时回应的，系统将另行上报。"
    if kind is NoticeKind.EXTENSION_DECIDED and matter.detail.get("refused"):
        return "请按原时限办理。"
    if kind is NoticeKind.CONTEST_DECIDED and matter.detail.get("upheld"):
        return "无需再办理。"
    if matter.obligation_kind is None:
        return _TO_DO[kind]
    return _TO_DO_OF.get(matter.obligation_kind, {}).get(kind, _TO_DO[kind])


def _why(matter: Matter) -> str:
    if not matter.on_behalf_of:
        return matter.why
    acting = f"您现代{matter.on_behalf_of}办理。"
    return f"{matter.why.rstrip('。')}。{acting}" if matter.why else acting


def _whose(matter: Matter) -> str:
    """Return whose matter it is: an urgent report that of the office that raised it, a silence that of the silent."""
    if matter.case is not None and matter.kind in _OF_THE_CASE:
        return matter.case.reporter
    return matter.office


def document_text(matter: Matter) -> str:
    """Return number and title of what it rests on; '' where there is neither."""
    title = _title(matter)
    return _number(matter) + (f"《{title.removeprefix('《').removesuffix('》')}》" if title else "")


def _number(matter: Matter) -> str:
    """Return the document number; of an urgent report the number of its case, which all its mails name."""
    if matter.case is not None:
        return f"紧急信息第{matter.case.id}号"
    return matter.document_number or matter.detail.get("number", "")


def _title(matter: Matter) -> str:
    return matter.circular_title or matter.detail.get("title", "")


def _light(matter: Matter, now: datetime, calendar: WorkCalendar) -> tuple[str, Tone | None]:
    if matter.status is None:
        return "", None
    if matter.case is not None and matter.due_at is not None and matter.status.runs:
        return _minutes(matter.due_at - now)
    lamp = light(matter.status, matter.due_at, now, near_until(now, calendar), matter.hold)
    words = light_text(matter.status, matter.due_at, now, calendar, matter.hold, matter.held_since)
    return words, _TONES.get(lamp, Tone.GREY)


def _minutes(left: timedelta) -> tuple[str, Tone]:
    """Return how far an urgent report is from its limit: these limits are minutes, not working days."""
    minutes = round(left.total_seconds() / 60)
    return (f"还有 {minutes} 分钟", Tone.YELLOW) if minutes > 0 else (f"已超过时限 {-minutes} 分钟", Tone.RED)


def matter_text(matter: Matter) -> str:
    """Return what is owed, or what the case is about, in a short phrase."""
    kind = matter.obligation_kind
    if matter.case is not None:
        if kind is None or matter.kind in _OF_THE_CASE:
            return matter.case.title
        return f"{matter.case.title}（{kind.label}）"
    if kind is None or matter.kind == NoticeKind.REOPENED:
        return matter.detail.get("matter", "")
    if kind is ObligationKind.DECIDE:
        decided = _DECISIONS.get(matter.decides, "审核{}的报送").format(matter.about_office)
        return f"{decided}：{matter.requirement}" if matter.requirement else decided
    return matter.requirement or kind.label


def _period(matter: Matter) -> str:
    if matter.kind in _OF_THE_CASE and "seq" in matter.detail:
        return f"第{matter.detail['seq']}次报告"
    if not matter.period:
        return ""
    day = date.fromisoformat(matter.period)
    return f"{day.year}年{day.month}月{day.day}日这一期"


def _detail(kind: NoticeKind, matter: Matter) -> str:
    detail = matter.detail
    if kind is NoticeKind.RECEIPT_CONFIRMED:
        return f"签收时间：{detail.get('at', '')}，签收人：{detail.get('by', '')}。"
    if kind is NoticeKind.SUSPENDED:
        return detail.get("reason", "") + (f"（暂停至{detail['until']}）" if detail.get("until") else "")
    if kind is NoticeKind.REPORT_RECEIVED:
        return f"收件时间：{detail.get('at', '')}{'（逾期报送）' if detail.get('late') else ''}。"
    if kind is NoticeKind.DEADLINE_MOVED:
        return f"原时限：{detail.get('old', '')}。调整原因：{detail.get('reason', '').rstrip('。')}。"
    given = detail.get("reason") or detail.get("text", "")
    return given or _missed(matter) + ("签收未确认，期限自应签收时起算。" if matter.receipt_not_confirmed else "")


def _missed(matter: Matter) -> str:
    """Say that this comes late, where a sweep missed its instant (docs/rules.md, Ladder 3)."""
    return f"补发：本应于{format_instant(matter.missed_at)}提醒。" if matter.missed_at is not None else ""
