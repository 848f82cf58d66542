"""What an obligation can be, and the one table of acts: (kind, state, act) -> what it becomes, what its ladder does.

A state is the status and what holds it. Nothing ever leaves a final status, and nothing is moved by time alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from itertools import product
from typing import NamedTuple

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


class Hold(StrEnum):
    """What holds a ladder; a hold is dated by its adjustment and is no status."""

    NONE = ""
    SUSPENSION = "suspension"
    CONTEST = "contest"
    #: the office has sent the whole paper back
    PAPER = "paper"

    @property
    def label(self) -> str:
        """The Chinese words shown in the place of a light; empty for none."""
        return _HOLD_LABELS[self]


_HOLD_LABELS = {
    Hold.NONE: "",
    Hold.SUSPENSION: "暂停计时",
    Hold.CONTEST: "异议待决",
    Hold.PAPER: "退文待决",
}


class State(NamedTuple):
    """Where an obligation stands: its status and what holds it."""

    status: Status
    hold: Hold = Hold.NONE

    @property
    def runs(self) -> bool:
        """Whether the ladder climbs: the office itself has to act, and nothing holds it."""
        return self.status.runs and self.hold is Hold.NONE

    @property
    def label(self) -> str:
        """The Chinese name, with the hold."""
        return f"{self.status.label}（{self.hold.label}）" if self.hold else self.status.label


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
    #: the operator gives more time outright
    EXTEND = "extend"
    ACKNOWLEDGE = "acknowledge"
    ASK_EXTENSION = "ask_extension"
    GRANT_EXTENSION = "grant_extension"
    REFUSE_EXTENSION = "refuse_extension"
    SUSPEND = "suspend"
    RESUME = "resume"
    CONTEST = "contest"
    RETURN_PAPER = "return_paper"
    #: of a contest or a returned paper: the office is right
    UPHOLD = "uphold"
    #: of a contest or a returned paper: the matter goes on
    DISMISS = "dismiss"
    WITHDRAW = "withdraw"
    SUPERSEDE = "supersede"

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
    Act.ACKNOWLEDGE: "知悉",
    Act.ASK_EXTENSION: "申请延期",
    Act.GRANT_EXTENSION: "批准延期",
    Act.REFUSE_EXTENSION: "不予延期",
    Act.SUSPEND: "暂停计时",
    Act.RESUME: "恢复计时",
    Act.CONTEST: "提出异议",
    Act.RETURN_PAPER: "退回来文",
    Act.UPHOLD: "采纳异议或退文",
    Act.DISMISS: "驳回异议或退文",
    Act.WITHDRAW: "撤回",
    Act.SUPERSEDE: "替代",
}


class IllegalTransition(Refused):
    """This act is not allowed in this state; the message is one Chinese sentence for the user."""


class LadderEffect(StrEnum):
    """What an act does to the ladder of the obligation."""

    #: it goes on as if nothing had happened
    NONE = "none"
    #: it sleeps for good
    ENDS = "ends"
    #: it sleeps until another act lets it go on
    RESTS = "rests"
    #: it climbs on from here: rungs that passed while it was held are recorded as superseded
    GOES_ON = "goes_on"
    #: it starts over on the deadline that is newly set, in a new revision
    RESTARTS = "restarts"
    #: rungs that repeat are held back for a while, to the office itself only
    HUSHED = "hushed"


class Unsent(StrEnum):
    """What becomes of messages that are not marked as sending when the act commits."""

    KEPT = "kept"
    #: reminders to the office itself that repeat are withdrawn
    REPEATS = "repeats"
    #: what rungs said is withdrawn; what acts have to tell goes out
    RUNGS = "rungs"
    #: all is withdrawn, the circular itself too
    ALL = "all"


_UNSENT = {
    LadderEffect.NONE: Unsent.KEPT,
    LadderEffect.ENDS: Unsent.RUNGS,
    LadderEffect.RESTS: Unsent.RUNGS,
    LadderEffect.GOES_ON: Unsent.KEPT,
    LadderEffect.RESTARTS: Unsent.RUNGS,
    LadderEffect.HUSHED: Unsent.REPEATS,
}


class Effect(NamedTuple):
    """What an act does: the state afterwards, and what becomes of the ladder and of what is unsent."""

    after: State
    ladder: LadderEffect
    unsent: Unsent


_CIRCULAR_KINDS = (ObligationKind.RECEIPT, ObligationKind.FORWARD, ObligationKind.REPORT, ObligationKind.COMPLETE)
#: What takes work and can be asked more time for, contested, acknowledged.
_WORK_KINDS = (ObligationKind.FORWARD, ObligationKind.REPORT, ObligationKind.COMPLETE)
_REVIEWED_KINDS = (ObligationKind.REPORT, ObligationKind.COMPLETE)
_RUNNING = (Status.PENDING, Status.RETURNED)
_OPEN = (*_RUNNING, Status.SUBMITTED)
_HELD_OR_NOT = tuple(Hold)
_NOT_HELD = (Hold.NONE,)
#: An office may do what it owes while its clock is stopped or its contest waits, not while it has sent the paper back.
_MAY_STILL_ACT = (Hold.NONE, Hold.SUSPENSION, Hold.CONTEST)


class _Rule(NamedTuple):
    """Cells of the table that are alike; `status` and `hold` None: as before."""

    act: Act
    kinds: Iterable[ObligationKind]
    statuses: tuple[Status, ...]
    holds: tuple[Hold, ...]
    status: Status | None
    hold: Hold | None
    ladder: LadderEffect
    unsent: Unsent | None = None


_RULES = (
    # the act that fulfils a kind by itself
    _Rule(Act.RECEIVE, [ObligationKind.RECEIPT], _RUNNING, (Hold.NONE, Hold.SUSPENSION), Status.ACCEPTED, Hold.NONE,
          LadderEffect.ENDS),
    _Rule(Act.FORWARD, [ObligationKind.FORWARD], _RUNNING, _MAY_STILL_ACT, Status.ACCEPTED, Hold.NONE,
          LadderEffect.ENDS),
    _Rule(Act.RESPOND, [ObligationKind.RESPOND], _RUNNING, _NOT_HELD, Status.ACCEPTED, None, LadderEffect.ENDS),
    _Rule(Act.PASS_ON, [ObligationKind.PASS_ON], _RUNNING, _NOT_HELD, Status.ACCEPTED, None, LadderEffect.ENDS),
    _Rule(Act.FOLLOW_UP, [ObligationKind.FOLLOW_UP], _RUNNING, _NOT_HELD, Status.ACCEPTED, None, LadderEffect.ENDS),
    _Rule(Act.DECIDE, [ObligationKind.DECIDE], _RUNNING, _NOT_HELD, Status.ACCEPTED, None, LadderEffect.ENDS),
    # what is handed in and reviewed
    _Rule(Act.SUBMIT, _REVIEWED_KINDS, _RUNNING, _MAY_STILL_ACT, Status.SUBMITTED, Hold.NONE, LadderEffect.RESTS),
    _Rule(Act.ACCEPT, _REVIEWED_KINDS, (Status.SUBMITTED,), _NOT_HELD, Status.ACCEPTED, None, LadderEffect.ENDS),
    _Rule(Act.RETURN, _REVIEWED_KINDS, (Status.SUBMITTED,), _NOT_HELD, Status.RETURNED, None, LadderEffect.RESTARTS),
    # more time, and a pause of reminders
    _Rule(Act.EXTEND, ObligationKind, _RUNNING, _NOT_HELD, None, None, LadderEffect.RESTARTS),
    _Rule(Act.ASK_EXTENSION, _WORK_KINDS, _RUNNING, _NOT_HELD, None, None, LadderEffect.NONE),
    _Rule(Act.GRANT_EXTENSION, _WORK_KINDS, _RUNNING, _NOT_HELD, None, None, LadderEffect.RESTARTS),
    _Rule(Act.REFUSE_EXTENSION, _WORK_KINDS, _RUNNING, _HELD_OR_NOT, None, None, LadderEffect.NONE),
    _Rule(Act.ACKNOWLEDGE, _WORK_KINDS, _RUNNING, _NOT_HELD, None, None, LadderEffect.HUSHED),
    # holds
    _Rule(Act.SUSPEND, _CIRCULAR_KINDS, _RUNNING, _NOT_HELD, None, Hold.SUSPENSION, LadderEffect.RESTS),
    _Rule(Act.RESUME, _CIRCULAR_KINDS, _RUNNING, (Hold.SUSPENSION,), None, Hold.NONE, LadderEffect.RESTARTS),
    _Rule(Act.CONTEST, _WORK_KINDS, _RUNNING, _NOT_HELD, None, Hold.CONTEST, LadderEffect.RESTS),
    _Rule(Act.RETURN_PAPER, _CIRCULAR_KINDS, _RUNNING, _NOT_HELD, None, Hold.PAPER, LadderEffect.RESTS),
    _Rule(Act.UPHOLD, _WORK_KINDS, _RUNNING, (Hold.CONTEST,), Status.WAIVED, Hold.NONE, LadderEffect.ENDS),
    _Rule(Act.UPHOLD, _CIRCULAR_KINDS, _RUNNING, (Hold.PAPER,), Status.WITHDRAWN, Hold.NONE, LadderEffect.ENDS),
    _Rule(Act.DISMISS, _CIRCULAR_KINDS, _RUNNING, (Hold.CONTEST, Hold.PAPER), None, Hold.NONE, LadderEffect.GOES_ON),
    # ended from above
    _Rule(Act.WAIVE, ObligationKind, _OPEN, _HELD_OR_NOT, Status.WAIVED, Hold.NONE, LadderEffect.ENDS),
    _Rule(Act.WITHDRAW, ObligationKind, _OPEN, _HELD_OR_NOT, Status.WITHDRAWN, Hold.NONE, LadderEffect.ENDS,
          Unsent.ALL),
    _Rule(Act.SUPERSEDE, ObligationKind, _OPEN, _HELD_OR_NOT, Status.SUPERSEDED, Hold.NONE, LadderEffect.ENDS,
          Unsent.ALL),
)  # fmt: skip


def _is_possible(kind: ObligationKind, state: State) -> bool:
    """Tell whether a kind is ever in this state: only what is reviewed is returned, only what runs is held."""
    if not kind.is_reviewed and state.status in (Status.SUBMITTED, Status.RETURNED):
        return False
    if state.hold is Hold.NONE:
        return True
    return state.status.runs and kind in _CIRCULAR_KINDS and not (
        kind is ObligationKind.RECEIPT and state.hold is Hold.CONTEST
    )  # fmt: skip


def _cells() -> Iterator[tuple[tuple[ObligationKind, State, Act], Effect]]:
    for rule in _RULES:
        for kind, status, hold in product(rule.kinds, rule.statuses, rule.holds):
            state = State(status, hold)
            if _is_possible(kind, state):
                after = State(rule.status or status, hold if rule.hold is None else rule.hold)
                yield (kind, state, rule.act), Effect(after, rule.ladder, rule.unsent or _UNSENT[rule.ladder])


#: The whole table of acts: what is not in it is not allowed.
TABLE: Mapping[tuple[ObligationKind, State, Act], Effect] = dict(_cells())

#: What has to come first where a hold stands in the way.
_FIRST = {
    Hold.SUSPENSION: "请先恢复计时",
    Hold.CONTEST: "请先裁决异议",
    Hold.PAPER: "请先裁决退文",
}


def transition(kind: ObligationKind, state: State, act: Act) -> Effect:
    """What `act` does in this state; raises IllegalTransition with a Chinese sentence that says why not."""
    effect = TABLE.get((kind, state, act))
    if effect is not None:
        return effect
    then = ""
    if state.hold and (kind, State(state.status), act) in TABLE:  # only the hold stands in the way
        then = f"；{_FIRST[state.hold]}"
    raise IllegalTransition(f"{kind.label}事项当前为“{state.label}”，不能再“{act.label}”{then}。")
