"""What a message that comes in may be, and what it is taken for."""

from __future__ import annotations

from enum import StrEnum


class InboundKind(StrEnum):
    """What a message is taken for."""

    RECEIPT = "receipt"
    REPORT = "report"
    ACKNOWLEDGEMENT = "acknowledgement"
    EXTENSION_REQUEST = "extension_request"
    CONTEST = "contest"
    RETURNED_PAPER = "returned_paper"
    URGENT_REPORT = "urgent_report"
    BOUNCE = "bounce"
    #: an absence, a confirmation of receipt by a machine
    AUTOMATIC = "automatic"
    #: our own mail, or what answers it without end
    LOOP = "loop"
    UNKNOWN = "unknown"

    @property
    def label(self) -> str:
        """The Chinese name."""
        return _LABELS[self]

    @property
    def is_act(self) -> bool:
        """Whether an office does something by it."""
        return self in _ACTS


_LABELS = {
    InboundKind.RECEIPT: "签收",
    InboundKind.REPORT: "报送",
    InboundKind.ACKNOWLEDGEMENT: "知悉",
    InboundKind.EXTENSION_REQUEST: "延期申请",
    InboundKind.CONTEST: "异议",
    InboundKind.RETURNED_PAPER: "退回来文",
    InboundKind.URGENT_REPORT: "紧急信息",
    InboundKind.BOUNCE: "退信",
    InboundKind.AUTOMATIC: "自动回复",
    InboundKind.LOOP: "循环邮件",
    InboundKind.UNKNOWN: "无法识别",
}
_ACTS = frozenset(InboundKind) - {
    InboundKind.BOUNCE, InboundKind.AUTOMATIC, InboundKind.LOOP, InboundKind.UNKNOWN,
}  # fmt: skip
