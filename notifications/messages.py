"""Values handed to the mail templates: what one mail tells, to whom, and why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


class Tone(StrEnum):
    """The colour beside a status word; never blue, China's lowest warning."""

    RED = "red"
    YELLOW = "yellow"
    GREEN = "green"
    GREY = "grey"


class NoticeKind(StrEnum):
    """What a mail is about; its value names its folder of templates."""

    CIRCULAR = "circular"
    RECEIPT_REMINDER = "receipt_reminder"
    DUE_SOON = "due_soon"
    OVERDUE = "overdue"
    #: to the superior, about a late office
    ESCALATION = "escalation"
    #: to the operators
    UNSIGNED_LIST = "unsigned_list"
    URGENT_REPORT = "urgent_report"
    URGENT_ESCALATION = "urgent_escalation"
    URGENT_FOLLOW_UP = "urgent_follow_up"
    URGENT_FINAL = "urgent_final"
    #: the severity of an urgent report has changed
    URGENT_REGRADED = "urgent_regraded"
    #: a person's own (手动催办)
    REMINDER = "reminder"
    RETURNED = "returned"
    ACCEPTED = "accepted"
    EXTENSION_DECIDED = "extension_decided"
    #: about a contest or a returned paper
    CONTEST_DECIDED = "contest_decided"
    SUSPENDED = "suspended"
    RESUMED = "resumed"
    #: an instruction that was closed is taken up again
    REOPENED = "reopened"
    #: the calendar was amended, or the requirement restated with an earlier day
    DEADLINE_MOVED = "deadline_moved"
    WAIVED = "waived"
    #: 督办通知单, 挂牌督办 and 通报, once they are signed
    SUPERVISION_LETTER = "supervision_letter"
    LISTED_SUPERVISION = "listed_supervision"
    CRITICISM_BULLETIN = "criticism_bulletin"
    #: to those a recalled notice has already reached
    WITHDRAWN = "withdrawn"
    #: another circular takes the place of this one
    SUPERSEDED = "superseded"
    RECEIPT_CONFIRMED = "receipt_confirmed"
    REPORT_RECEIVED = "report_received"
    #: to the reviewer, whose decision is due
    REVIEW_WANTED = "review_wanted"
    #: to who decides what an office asks for: more time, a contest, a returned paper
    DECISION_WANTED = "decision_wanted"
    #: to the operators: the day has come to see whether what was closed still holds
    LOOK_BACK_DUE = "look_back_due"
    #: to who wrote to us: what became of the mail
    INBOUND_ANSWER = "inbound_answer"
    UNDELIVERABLE = "undeliverable"
    #: to the operators
    ALARM = "alarm"
    #: the day's head of the audit chain, to the operators
    AUDIT_HEAD = "audit_head"
    DIGEST = "digest"
    TEST = "test"

    @property
    def label(self) -> str:
        """The Chinese name."""
        return _KINDS[self].label

    @property
    def merges(self) -> bool:
        """Whether items of this kind may share one digest with others for the same recipient.

        An acceptance does: it asks for nothing, so it is told like a confirmation of the office's own act.
        """
        return _KINDS[self].merges

    @property
    def tone(self) -> Tone:
        """The colour of the status word of an item that names none."""
        return _KINDS[self].tone

    @property
    def rank(self) -> int:
        """The place of this kind's group in a digest: what is late comes first."""
        return _RANKS[self]


@dataclass(frozen=True, slots=True)
class _Traits:
    label: str
    merges: bool
    tone: Tone


#: In the order of their groups in a digest.
_KINDS = {
    NoticeKind.REMINDER: _Traits("催办", merges=True, tone=Tone.RED),
    NoticeKind.OVERDUE: _Traits("逾期催办", merges=True, tone=Tone.RED),
    NoticeKind.ESCALATION: _Traits("逾期上报", merges=True, tone=Tone.RED),
    NoticeKind.REVIEW_WANTED: _Traits("待审核提醒", merges=True, tone=Tone.YELLOW),
    NoticeKind.DECISION_WANTED: _Traits("待决定提醒", merges=True, tone=Tone.YELLOW),
    NoticeKind.RECEIPT_REMINDER: _Traits("签收提醒", merges=True, tone=Tone.YELLOW),
    NoticeKind.DUE_SOON: _Traits("临期提醒", merges=True, tone=Tone.YELLOW),
    NoticeKind.UNSIGNED_LIST: _Traits("未签收清单", merges=True, tone=Tone.YELLOW),
    NoticeKind.LOOK_BACK_DUE: _Traits("回头看提醒", merges=True, tone=Tone.YELLOW),
    NoticeKind.DEADLINE_MOVED: _Traits("时限调整", merges=True, tone=Tone.YELLOW),
    NoticeKind.ACCEPTED: _Traits("审核通过", merges=True, tone=Tone.GREEN),
    NoticeKind.REPORT_RECEIVED: _Traits("报送回执", merges=True, tone=Tone.GREEN),
    NoticeKind.RECEIPT_CONFIRMED: _Traits("签收确认", merges=True, tone=Tone.GREEN),
    NoticeKind.URGENT_REPORT: _Traits("紧急信息", merges=False, tone=Tone.RED),
    NoticeKind.URGENT_ESCALATION: _Traits("紧急信息升级上报", merges=False, tone=Tone.RED),
    NoticeKind.URGENT_FOLLOW_UP: _Traits("紧急信息续报", merges=False, tone=Tone.YELLOW),
    NoticeKind.URGENT_FINAL: _Traits("紧急信息终报", merges=False, tone=Tone.GREEN),
    NoticeKind.URGENT_REGRADED: _Traits("紧急信息级别调整", merges=False, tone=Tone.RED),
    NoticeKind.SUPERVISION_LETTER: _Traits("督办通知单", merges=False, tone=Tone.RED),
    NoticeKind.LISTED_SUPERVISION: _Traits("挂牌督办通知", merges=False, tone=Tone.RED),
    NoticeKind.CRITICISM_BULLETIN: _Traits("通报", merges=False, tone=Tone.RED),
    NoticeKind.CIRCULAR: _Traits("转发公文", merges=False, tone=Tone.YELLOW),
    NoticeKind.RETURNED: _Traits("退回通知", merges=False, tone=Tone.YELLOW),
    NoticeKind.EXTENSION_DECIDED: _Traits("延期决定", merges=False, tone=Tone.YELLOW),
    NoticeKind.CONTEST_DECIDED: _Traits("异议决定", merges=False, tone=Tone.YELLOW),
    NoticeKind.SUSPENDED: _Traits("暂停计时通知", merges=False, tone=Tone.GREY),
    NoticeKind.RESUMED: _Traits("恢复计时通知", merges=False, tone=Tone.YELLOW),
    NoticeKind.REOPENED: _Traits("重新办理通知", merges=False, tone=Tone.YELLOW),
    NoticeKind.WAIVED: _Traits("免办通知", merges=False, tone=Tone.GREY),
    NoticeKind.WITHDRAWN: _Traits("撤回通知", merges=False, tone=Tone.GREY),
    NoticeKind.SUPERSEDED: _Traits("替代通知", merges=False, tone=Tone.GREY),
    NoticeKind.INBOUND_ANSWER: _Traits("来信答复", merges=False, tone=Tone.GREY),
    NoticeKind.UNDELIVERABLE: _Traits("无法送达", merges=False, tone=Tone.RED),
    NoticeKind.ALARM: _Traits("系统告警", merges=False, tone=Tone.RED),
    NoticeKind.AUDIT_HEAD: _Traits("留痕摘要", merges=False, tone=Tone.GREY),
    NoticeKind.DIGEST: _Traits("督办提醒", merges=False, tone=Tone.YELLOW),
    NoticeKind.TEST: _Traits("测试邮件", merges=False, tone=Tone.GREY),
}
_RANKS = {kind: rank for rank, kind in enumerate(_KINDS)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One matter of one office, in words ready to show; '' is what there is not."""

    kind: NoticeKind
    office_name: str
    circular_title: str
    document_number: str
    #: a short phrase: 报送疫情影响情况
    matter: str
    #: with the hour and weekday, in Beijing time: 2020年4月5日（星期日）24时前
    due_text: str = ""
    #: 2020年3月
    period_text: str = ""
    #: 已逾期 2 个工作日
    light_text: str = ""
    deliver_to: str = ""
    #: a reason, a decision's text
    detail: str = ""
    #: why this person receives it
    why: str
    what_to_do: str
    #: the number under which the audit trail has it
    reference: str = ""
    #: by which an answer names it, where answers are read: 事项12
    number: str = ""
    #: the colour beside `light_text`; None takes that of the kind. RED counts as overdue in a digest's subject.
    tone: Tone | None = None

    @property
    def shown_tone(self) -> Tone:
        """The colour it is shown in."""
        return self.tone or self.kind.tone


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One mail's content for one recipient; a digest carries several items."""

    kind: NoticeKind
    #: '', 加急, 特急 or 紧急
    urgency_tag: str
    recipient_name: str
    recipient_office: str
    items: tuple[Item, ...]
    sender_office: str
    #: whom to ask
    contact_text: str
    #: aware
    sent_at: datetime
    #: an excerpt of the circular, the text of an urgent report
    body_text: str = ""
    #: rows of (label, value) above the items
    summary: tuple[tuple[str, str], ...] = ()
    #: what an answer to this mail does, where answers are read
    answer_text: str = ""

    @property
    def shown_kind(self) -> NoticeKind:
        """The kind whose words are used: a digest of one item is told as that item."""
        if self.kind is NoticeKind.DIGEST and len(self.items) == 1:
            return self.items[0].kind
        return self.kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file as sent along; composing shortens its name to 40 characters."""

    filename: str
    content: bytes
    media_type: str
    #: of the media type, as `charset=utf-8`: ours alone, never from outside
    parameters: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """Who a mail is from and to, and its place in a thread; message ids with or without angle brackets."""

    #: the address of the From header
    sender: str
    sender_name: str
    to_address: str
    to_name: str
    message_id: str
    #: oldest first; the last is the one replied to
    references: tuple[str, ...] = ()
    reply_to: str = ""
    #: aware
    sent_at: datetime
    #: 'normal' or 'high'
    importance: str = "normal"
    #: capture mode: the true address, shown above the text
    intended_for: str = ""
