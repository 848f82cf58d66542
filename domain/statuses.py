"""Statuses of an obligation and the acts that move it: one table of (kind family, status, act)."""

from __future__ import annotations

from enum import StrEnum

from domain.errors import Refused


class ObligationKind(StrEnum):
    """What an office owes."""

    RECEIPT = "receipt"
    FORWARD = "forward"
    REPORT = "report"
    COMPLETE = "complete"
    #: respond to an urgent report
    RESPOND = "respond"
    #: pass an urgent report on
    PASS_ON = "pass_on"  # noqa: S105  no password
    #: follow up an urgent report, until the final one
    FOLLOW_UP = "follow_up"
    #: the superior's own: review, extension, contest
    DECIDE = "decide"

    @property
    def label(self) -> str:
        """The Chinese name."""
        return _KIND_LABELS[self]

    @property
    def is_reviewed(self) -> bool:
        """Whether somebody accepts or returns it; the others are fulfilled by the act itself."""
        return self in (ObligationKind.REPORT, ObligationKind.COMPLETE)


_KIND_LABELS = {
    ObligationKind.RECEIPT: "签收",
    ObligationKind.FORWARD: "转发",
    ObligationKind.REPORT: "报送",
    ObligationKind.COMPLETE: "落实",
    ObligationKind.RESPOND: "紧急信息回应",
    ObligationKind.PASS_ON: "紧急信息续转",
    ObligationKind.FOLLOW_UP: "紧急信息续报",
    ObligationKind.DECIDE: "审核决定",
}


class Status(StrEnum):
    """Where an obligation stands; overdue and late are never statuses."""

    PENDING = "pending"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    ACCEPTED = "accepted"
    WAIVED = "waived"
    WITHDRAWN = "withdrawn"
    SUPERSEDED = "superseded"

    @property
    def label(self) -> str:
        """The Chinese name."""
        return _STATUS_LABELS[self]

    @property
    def is_final(self) -> bool:
        return self in (Status.ACCEPTED, Status.WAIVED, Status.WITHDRAWN, Status.SUPERSEDED)

    @property
    def runs(self) -> bool:
        """Whether the ladder runs: the office itself has to act."""
        return self in (Status.PENDING, Status.RETURNED)


_STATUS_LABELS = {
    Status.PENDING: "待办",
    Status.SUBMITTED: "待审核",
    Status.RETURNED: "已退回",
    Status.ACCEPTED: "已完成",
    Status.WAIVED: "已免办",
    Status.WITHDRAWN: "已撤回",
    Status.SUPERSEDED: "已被替代",
}


class Act(StrEnum):
    """What a person does to an obligation."""

    RECEIVE = "receive"
    FORWARD = "forward"
    RESPOND = "respond"
    PASS_ON = "pass_on"  # noqa: S105  no password
    FOLLOW_UP = "follow_up"
    DECIDE = "decide"
    SUBMIT = "submit"
    ACCEPT = "accept"
    RETURN = "return"
    WAIVE = "waive"
    EXTEND = "extend"
    WITHDRAW = "withdraw"

    @property
    def label(self) -> str:
        """The Chinese name."""
        return _ACT_LABELS[self]


_ACT_LABELS = {
    Act.RECEIVE: "签收",
    Act.FORWARD: "转发",
    Act.RESPOND: "回应",
    Act.PASS_ON: "续转",
    Act.FOLLOW_UP: "续报",
    Act.DECIDE: "决定",
    Act.SUBMIT: "报送",
    Act.ACCEPT: "通过",
    Act.RETURN: "退回",
    Act.WAIVE: "免办",
    Act.EXTEND: "延期",
    Act.WITHDRAW: "撤回",
}


class IllegalTransition(Refused):
    """This act is not allowed in this status; the message is one Chinese sentence for the user."""


#: The act that fulfils each kind by itself.
_FULFILLED_BY = {
    ObligationKind.RECEIPT: Act.RECEIVE,
    ObligationKind.FORWARD: Act.FORWARD,
    ObligationKind.RESPOND: Act.RESPOND,
    ObligationKind.PASS_ON: Act.PASS_ON,
    ObligationKind.FOLLOW_UP: Act.FOLLOW_UP,
    ObligationKind.DECIDE: Act.DECIDE,
}
_REVIEWED = {
    (Status.PENDING, Act.SUBMIT): Status.SUBMITTED,
    (Status.RETURNED, Act.SUBMIT): Status.SUBMITTED,
    (Status.SUBMITTED, Act.ACCEPT): Status.ACCEPTED,
    (Status.SUBMITTED, Act.RETURN): Status.RETURNED,
}
_ANY_KIND = {
    (Status.PENDING, Act.WAIVE): Status.WAIVED,
    (Status.RETURNED, Act.WAIVE): Status.WAIVED,
    (Status.SUBMITTED, Act.WAIVE): Status.WAIVED,
    (Status.PENDING, Act.EXTEND): Status.PENDING,
    (Status.RETURNED, Act.EXTEND): Status.RETURNED,
    (Status.PENDING, Act.WITHDRAW): Status.WITHDRAWN,
    (Status.RETURNED, Act.WITHDRAW): Status.WITHDRAWN,
    (Status.SUBMITTED, Act.WITHDRAW): Status.WITHDRAWN,
}


def transition(kind: ObligationKind, status: Status, act: Act) -> Status:
    """The status after `act`; raises IllegalTransition with a Chinese sentence that says why not."""
    after = _after(kind, status, act)
    if after is None:
        raise IllegalTransition(f"{kind.label}事项当前为“{status.label}”，不能再“{act.label}”。")
    return after


def _after(kind: ObligationKind, status: Status, act: Act) -> Status | None:
    if kind.is_reviewed:
        return _REVIEWED.get((status, act)) or _ANY_KIND.get((status, act))
    if status is not Status.PENDING:  # the others are final, or only reviewed kinds are ever in them
        return None
    return Status.ACCEPTED if _FULFILLED_BY[kind] is act else _ANY_KIND.get((status, act))
