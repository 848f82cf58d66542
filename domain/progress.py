"""How far one office is with one instruction (落实进展): its states, and the one table of acts on them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from domain.errors import Refused


class ProgressState(StrEnum):
    """办理进展, in the order in which it moves; closing (销号) is an act of its own."""

    NOT_STARTED = "not_started"
    UNDER_WAY = "under_way"
    DONE = "done"
    CLOSED = "closed"

    @property
    def label(self) -> str:
        """The Chinese name."""
        return _LABELS[self]

    def is_behind(self, other: ProgressState) -> bool:
        """Tell whether `other` lies further on."""
        order = list(ProgressState)
        return order.index(self) < order.index(other)


_LABELS = {
    ProgressState.NOT_STARTED: "未开始",
    ProgressState.UNDER_WAY: "办理中",
    ProgressState.DONE: "已落实",
    ProgressState.CLOSED: "已销号",
}


class ProgressAct(StrEnum):
    """What is done to the progress of an instruction at an office."""

    #: a report came in: work has begun
    REPORT = "report"
    #: a completion was accepted
    ACCEPT = "accept"
    #: a person says that it is under way, or done
    RECORD_UNDER_WAY = "record_under_way"
    RECORD_DONE = "record_done"
    #: 销号
    CLOSE = "close"
    #: 回头看
    LOOK_BACK = "look_back"
    REOPEN = "reopen"

    @property
    def label(self) -> str:
        """The Chinese name."""
        return _ACT_LABELS[self]


_ACT_LABELS = {
    ProgressAct.REPORT: "因报送推进",
    ProgressAct.ACCEPT: "因通过推进",
    ProgressAct.RECORD_UNDER_WAY: "改为办理中",
    ProgressAct.RECORD_DONE: "改为已落实",
    ProgressAct.CLOSE: "再次销号",
    ProgressAct.LOOK_BACK: "回头看",
    ProgressAct.REOPEN: "重新办理",
}
_NOT_STARTED, _UNDER_WAY, _DONE, _CLOSED = ProgressState
_OPEN = (_NOT_STARTED, _UNDER_WAY, _DONE)

#: The whole table: what is not in it is refused. No report and no acceptance closes an instruction, none moves it back,
#: none moves one that is closed: there it changes nothing.
TABLE: Mapping[tuple[ProgressState, ProgressAct], ProgressState] = {
    (_NOT_STARTED, ProgressAct.REPORT): _UNDER_WAY,
    (_UNDER_WAY, ProgressAct.REPORT): _UNDER_WAY,
    (_DONE, ProgressAct.REPORT): _DONE,
    (_CLOSED, ProgressAct.REPORT): _CLOSED,
    (_NOT_STARTED, ProgressAct.ACCEPT): _DONE,
    (_UNDER_WAY, ProgressAct.ACCEPT): _DONE,
    (_DONE, ProgressAct.ACCEPT): _DONE,
    (_CLOSED, ProgressAct.ACCEPT): _CLOSED,
    **{(state, ProgressAct.RECORD_UNDER_WAY): _UNDER_WAY for state in _OPEN},
    **{(state, ProgressAct.RECORD_DONE): _DONE for state in _OPEN},
    **{(state, ProgressAct.CLOSE): _CLOSED for state in _OPEN},
    (_CLOSED, ProgressAct.LOOK_BACK): _CLOSED,
    (_CLOSED, ProgressAct.REOPEN): _UNDER_WAY,
}


def progressed(state: ProgressState, act: ProgressAct) -> ProgressState:
    """The state after `act`; raises Refused with a Chinese sentence that says why not, and what would be right."""
    after = TABLE.get((state, act))
    if after is not None:
        return after
    if state is ProgressState.CLOSED:
        message = f"该任务在该单位已销号，不能{act.label}；须重新办理的，请用 duban reopen 并说明理由。"
    else:
        message = f"该任务在该单位为“{state.label}”，尚未销号，不能{act.label}。"
    raise Refused(message)
