"""One mail of each kind with made-up offices and people, to be looked at: `duban mail preview`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from domain.matters import Case, CaseReport, Matter, Outgoing
from domain.statuses import Hold, ObligationKind, Status
from domain.urgent import Severity, UrgentReportKind
from notifications.messages import Attachment, NoticeKind

#: Friday 3 April 2020, 9:00 in Beijing: the last working day before a due day on a holiday.
SAMPLED_AT = datetime(2020, 4, 3, 1, 0, tzinfo=UTC)
#: The office that sends them, and the mailbox they come from.
SENDER_OFFICE = "江北省扶贫开发领导小组办公室"
SENDER_ADDRESS = "duban@example.org"

_OFFICE, _OTHERS = "东岸区扶贫办", ("西岸区扶贫办", "南山县扶贫办", "北山县扶贫办", "临江县扶贫办", "青石县扶贫办")
_SUPERIOR = "江口市扶贫办"
_TITLE = "关于做好春季帮扶工作的通知"
_NUMBER = "江扶组办发〔2020〕3号"
_TEXT = """各市（州）、县（市、区）扶贫开发领导小组：
为做好春季帮扶工作，现将有关事项通知如下。
一、抓好外出务工。摸清底数，组织有意愿的劳动力有序外出。
二、抓好春季生产。及时帮助解决农资供应中的困难。
三、报送情况。每月5日前报送上月进展。"""
_DUE, _NEXT = datetime(2020, 4, 5, 16, 0, tzinfo=UTC), datetime(2020, 5, 5, 16, 0, tzinfo=UTC)
_REPORT = Matter(
    firing_id=1, kind="due_soon", rung="due-0", obligation_id=41, own=True,
    why="您是东岸区扶贫办登记的经办人，该报送事项由贵单位承担。",
    made_at=SAMPLED_AT - timedelta(days=30), obligation_kind=ObligationKind.REPORT, status=Status.PENDING,
    office=_OFFICE, circular_title=_TITLE, document_number=_NUMBER, requirement="报送帮扶工作进展",
    period="2020-04-05", deliver_to="省扶贫办", due_at=_DUE,
)  # fmt: skip
_RECEIPT = replace(
    _REPORT, kind="circular", rung="act:circular", obligation_id=40, obligation_kind=ObligationKind.RECEIPT,
    requirement="", period="", deliver_to="", made_at=SAMPLED_AT, due_at=datetime(2020, 4, 7, 16, 0, tzinfo=UTC),
    why="您是东岸区扶贫办登记的经办人，该签收事项由贵单位承担。",
)  # fmt: skip
_CASE = Case(
    id=3, title="青石镇山体滑坡", severity=Severity.SERIOUS, reporter=_OFFICE,
    occurred_at=SAMPLED_AT - timedelta(minutes=70), learned_at=SAMPLED_AT - timedelta(minutes=45),
    raised_at=SAMPLED_AT - timedelta(minutes=10), written_due_at=SAMPLED_AT + timedelta(minutes=15),
    reports=(
        CaseReport(
            1, UrgentReportKind.INITIAL,
            "4月3日7时50分，青石镇后山发生滑坡，约200立方米，阻断县道。\n目前无人员伤亡，正在组织32户群众转移。",
            SAMPLED_AT - timedelta(minutes=10),
        ),
    ),
)  # fmt: skip
_ALERT = replace(
    _REPORT, kind="urgent_report", rung="act:urgent_report", obligation_id=51, office=_SUPERIOR, requirement="",
    period="", deliver_to="", circular_title="", document_number="", case=_CASE,
    obligation_kind=ObligationKind.RESPOND, due_at=SAMPLED_AT + timedelta(minutes=20),
    why="东岸区扶贫办上报紧急信息，由江口市扶贫办负责回应和续转。",
)  # fmt: skip
_FOLLOWED = replace(
    _CASE,
    reports=(
        *_CASE.reports, CaseReport(2, UrgentReportKind.FOLLOW_UP, "群众已全部转移，县道抢通过半。", SAMPLED_AT),
    ),
)  # fmt: skip
_ENDED = replace(
    _CASE,
    reports=(
        *_FOLLOWED.reports,
        CaseReport(3, UrgentReportKind.FINAL, "县道已抢通，群众已返回，险情解除。", SAMPLED_AT),
    ),
)
_LATE: dict[str, Any] = {"due_at": datetime(2020, 3, 31, 16, 0, tzinfo=UTC), "period": "", "revision": 1}
_OF_OPERATORS = replace(
    _REPORT, own=False, obligation_id=None, obligation_kind=None, status=None, office=SENDER_OFFICE, circular_title="",
    document_number="", requirement="", period="", deliver_to="", due_at=None, why="您负责督办系统值守。",
)  # fmt: skip
_PAPER = """{}

东岸区扶贫办：
《关于做好春季帮扶工作的通知》（江扶组办发〔2020〕3号）要求报送的帮扶工作进展，你单位逾期未报。请于接到本通知单后2个工作日内报送，并书面说明原因。

江北省扶贫开发领导小组办公室
2020年4月3日"""


def _pressed(office: str) -> str:
    return f"{office}由贵单位督促，其报送事项尚未办结，按督办规则逐级告知。"


def _signed(number: str) -> Matter:
    """Return what tells of a paper that a person has signed."""
    return replace(_REPORT, **_LATE, detail={"reference": number, "paper": _PAPER.format(number)})


#: What differs from the report of 东岸区, by kind; what is not named is told like one of these.
_CHANGES: dict[NoticeKind, Matter] = {
    NoticeKind.CIRCULAR: _RECEIPT,
    NoticeKind.RECEIPT_REMINDER: replace(_RECEIPT, due_at=_DUE - timedelta(hours=55)),
    NoticeKind.DUE_SOON: _REPORT,
    NoticeKind.OVERDUE: replace(_REPORT, **_LATE),
    NoticeKind.ESCALATION: replace(_REPORT, **_LATE, own=False, why=_pressed(_OFFICE)),
    NoticeKind.UNSIGNED_LIST: replace(_RECEIPT, own=False, due_at=_DUE - timedelta(days=2), why="您负责督办系统值守。"),
    NoticeKind.REMINDER: replace(_REPORT, **_LATE, detail={"reason": "省领导今日听取汇报，请尽快报送。"}),
    NoticeKind.RETURNED: replace(
        _REPORT, status=Status.RETURNED, revision=1, due_at=datetime(2020, 4, 8, 16, 0, tzinfo=UTC),
        why="贵单位报送的材料未通过审核。", detail={"reason": "缺少外出务工人数，附表第3列与正文不符。"},
    ),
    NoticeKind.ACCEPTED: replace(
        _REPORT, status=Status.ACCEPTED, why="贵单位报送的材料已经审核。", detail={"reason": "数字清楚，材料完整。"},
    ),
    NoticeKind.EXTENSION_DECIDED: replace(
        _REPORT, revision=1, due_at=datetime(2020, 4, 10, 16, 0, tzinfo=UTC), why="贵单位申请延期的事项已有决定。",
        detail={"reason": "同意延期：个别乡镇道路中断，数据尚未汇齐。"},
    ),
    NoticeKind.CONTEST_DECIDED: replace(
        _REPORT, why="贵单位提出的异议已有裁决。", detail={"reason": "异议不成立：该项工作已明确由贵单位牵头。"},
    ),
    NoticeKind.SUSPENDED: replace(
        _REPORT, hold=Hold.SUSPENSION, held_since=SAMPLED_AT, why="贵单位一项事项已暂停计时。",
        detail={"reason": "当地正在抗洪抢险", "until": "2020年4月17日（星期五）"},
    ),
    NoticeKind.RESUMED: replace(
        _REPORT, revision=1, due_at=datetime(2020, 4, 16, 16, 0, tzinfo=UTC),
        why="贵单位一项暂停计时的事项已恢复计时。", detail={"reason": "抢险结束。"},
    ),
    NoticeKind.REOPENED: replace(
        _REPORT, due_at=datetime(2020, 4, 16, 16, 0, tzinfo=UTC), why="贵单位一项已销号的任务须重新办理。",
        detail={"matter": "组织有意愿的劳动力有序外出", "reason": "回头看发现部分人员返乡后未再就业。"},
    ),
    NoticeKind.DEADLINE_MOVED: replace(
        _REPORT, revision=1, due_at=datetime(2020, 4, 7, 16, 0, tzinfo=UTC), why="工作日安排有调整，时限随之调整。",
        detail={"old": "2020年4月5日（星期日）24时前", "reason": "国务院调整放假安排"},
    ),
    NoticeKind.WAIVED: replace(
        _REPORT, status=Status.WAIVED, why="贵单位一项事项已免予办理。", detail={"reason": "该区本年度没有此项任务。"},
    ),
    NoticeKind.SUPERVISION_LETTER: _signed("江督字〔2020〕7号"),
    NoticeKind.LISTED_SUPERVISION: _signed("江挂督字〔2020〕2号"),
    NoticeKind.CRITICISM_BULLETIN: _signed("江督通〔2020〕1号"),
    NoticeKind.WITHDRAWN: replace(_RECEIPT, status=Status.WITHDRAWN, detail={"reason": "误发，正文不是定稿。"}),
    NoticeKind.SUPERSEDED: replace(
        _RECEIPT, status=Status.SUPERSEDED, detail={"reason": "由江扶组办发〔2020〕8号替代，新文件另行发送。"},
    ),
    NoticeKind.RECEIPT_CONFIRMED: replace(
        _RECEIPT, status=Status.ACCEPTED, why="贵单位已签收本件。",
        detail={"reference": "签收-40", "at": "2020年4月3日（星期五）8时52分", "by": "王一"},
    ),
    NoticeKind.REPORT_RECEIVED: replace(
        _REPORT, status=Status.SUBMITTED, why="贵单位已报送本项。",
        detail={"reference": "报送-41-1", "at": "2020年4月3日（星期五）8时52分", "late": ""},
    ),
    NoticeKind.REVIEW_WANTED: replace(
        _REPORT, obligation_id=60, obligation_kind=ObligationKind.DECIDE, decides="review", office=_SUPERIOR,
        about_office=_OFFICE, due_at=datetime(2020, 4, 8, 16, 0, tzinfo=UTC), why="东岸区扶贫办的报送由贵单位审核。",
    ),
    NoticeKind.DECISION_WANTED: replace(
        _REPORT, obligation_id=61, obligation_kind=ObligationKind.DECIDE, decides="extension", office=_SUPERIOR,
        about_office=_OFFICE, due_at=datetime(2020, 4, 8, 16, 0, tzinfo=UTC), why="东岸区扶贫办的申请由贵单位决定。",
        detail={
            "reason": "申请延至2020年4月10日（星期五）24时前。目前进展：已汇总7个乡镇，还差2个。理由：道路中断。",
            "reference": "延期申请-5",
        },
    ),
    NoticeKind.URGENT_REPORT: _ALERT,
    NoticeKind.URGENT_ESCALATION: replace(
        _ALERT, own=False, due_at=SAMPLED_AT - timedelta(minutes=5),
        why="江口市扶贫办未在时限内回应，江北省扶贫开发领导小组办公室是其上级。",
    ),
    NoticeKind.URGENT_FOLLOW_UP: replace(_ALERT, case=_FOLLOWED, detail={"seq": "2"}),
    NoticeKind.URGENT_FINAL: replace(_ALERT, case=_ENDED, detail={"seq": "3"}),
    NoticeKind.URGENT_REGRADED: replace(
        _ALERT, case=replace(_CASE, severity=Severity.SERIOUS),
        detail={"reason": "级别由较大调整为重大：滑坡体还在移动。"},
    ),
    NoticeKind.INBOUND_ANSWER: replace(
        _OF_OPERATORS, office=_OFFICE, why="贵单位来信，此为答复。",
        detail={
            "matter": "来信“回复：时限临近：报送帮扶工作进展”", "reference": "来信-9", "number": _NUMBER,
            "title": _TITLE, "reason": "没有写明理由，已转工作人员办理。",
        },
    ),
    NoticeKind.LOOK_BACK_DUE: replace(
        _OF_OPERATORS, document_number=_NUMBER, circular_title=_TITLE,
        detail={
            "office": _OFFICE, "matter": "组织有意愿的劳动力有序外出",
            "reason": "2020年3月20日销号，约定4月3日回头看。",
        },
    ),
    NoticeKind.UNDELIVERABLE: replace(
        _OF_OPERATORS, why="您负责督办系统值守，东岸区扶贫办的登记邮箱无法送达。",
        detail={
            "office": _OFFICE, "number": _NUMBER, "title": _TITLE, "reference": "投递-17",
            "matter": f"发给{_OFFICE}的“请签收并办理：{_NUMBER}”无法送达",
            "reason": "邮件服务器答复：550 Mailbox not found",
        },
    ),
    NoticeKind.ALARM: replace(
        _OF_OPERATORS, detail={"matter": "投递已停 40 分钟", "reason": "邮件服务器没有应答，12 封通知待发。"},
    ),
    NoticeKind.AUDIT_HEAD: replace(
        _OF_OPERATORS, why="您负责督办系统值守，请另行妥存链首。",
        detail={"matter": "留痕链首：第 812 条", "reason": f"812 {'3f9c' * 16}"},
    ),
}  # fmt: skip

#: What goes to the office above; all else goes to the office itself or to the operators.
_TO_SUPERIOR = (NoticeKind.ESCALATION, NoticeKind.REVIEW_WANTED, NoticeKind.DECISION_WANTED, NoticeKind.DIGEST)


def sample(kind: NoticeKind, message_id: Callable[[int, str], str]) -> Outgoing | None:
    """Return a message of this kind as the outbox would claim it; None for a test mail, which tells of nothing.

    `message_id` makes one of the notice's number and the address.
    """
    if kind is NoticeKind.DIGEST:
        found = _outgoing(kind, *_digest())
    elif kind in _CHANGES:
        found = _outgoing(kind, replace(_CHANGES[kind], kind=kind.value, rung=_rung(kind)))
    else:
        return None
    return replace(found, message_id=message_id(found.notice_id, found.address))


def original() -> Attachment:
    """Return the file that is forwarded."""
    return Attachment(filename=f"{_NUMBER} {_TITLE}.txt", content=_TEXT.encode(), media_type="text/plain")


def _rung(kind: NoticeKind) -> str:
    return {
        NoticeKind.DUE_SOON: "due-0",
        NoticeKind.ALARM: "alarm:alarm",
        NoticeKind.AUDIT_HEAD: "alarm:audit_head",
    }.get(kind, f"act:{kind}")


def _outgoing(kind: NoticeKind, *matters: Matter) -> Outgoing:
    first = matters[0]
    urgent = first.case is not None
    to_operators = (first.obligation_kind is None and first.office != _OFFICE) or kind is NoticeKind.UNSIGNED_LIST
    to_operators = to_operators or kind is NoticeKind.URGENT_ESCALATION
    to_superior = urgent or kind in _TO_SUPERIOR
    office = SENDER_OFFICE if to_operators else _SUPERIOR if to_superior else _OFFICE
    of_circular = kind in (NoticeKind.CIRCULAR, NoticeKind.WITHDRAWN, NoticeKind.SUPERSEDED)
    return Outgoing(
        delivery_id=1, notice_id=1, kind=kind.value, address="officer@example.org", message_id="",

        attempts=0, was_uncertain=False, urgency_tag="紧急" if urgent else "", name="" if to_operators else "王一",
        office=office, matters=matters, thread=f"circular:1/office:{office}",
        contact="" if urgent or to_operators else "陈二，0400-0000000，chen@example.org",
        text=_TEXT if kind is NoticeKind.CIRCULAR else "", document_id=1 if kind is NoticeKind.CIRCULAR else None,
        dates=(_next(first.status),) if of_circular else (),
    )  # fmt: skip


def _next(status: Status | None) -> Matter:
    """Return the first report under the circular that comes."""
    return replace(_REPORT, kind="", status=status, due_at=_NEXT, period="2020-05-05")


def _digest() -> list[Matter]:
    """Return a morning's mail of an officer of 江口市: its own matters, and those of the counties below."""
    own: dict[str, Any] = {
        "office": _SUPERIOR, "own": True, "why": "您是江口市扶贫办登记的经办人，该报送事项由贵单位承担。",
    }  # fmt: skip
    late = replace(_REPORT, **_LATE | {"own": False, "kind": "escalation"})
    mine = [
        replace(_REPORT, firing_id=1, **own),
        replace(_RECEIPT, firing_id=2, kind="receipt_reminder", rung="issued+4h",
                document_number="江政办发〔2020〕21号", circular_title="关于加强春季森林防火工作的紧急通知", **own),
        replace(_REPORT, firing_id=3, obligation_id=43, kind="overdue", rung="due+1", requirement="报送农资供应情况",
                **_LATE | own),
        replace(_REPORT, firing_id=4, obligation_id=44, kind="accepted", rung="act:accepted", status=Status.ACCEPTED,
                requirement="报送复工情况", period="", **own),
    ]  # fmt: skip
    return mine + [
        replace(late, firing_id=number, obligation_id=number, rung="due+3", office=office, why=_pressed(office))
        for number, office in enumerate((_OFFICE, *_OTHERS), 70)
    ]
