"""Letters and envelopes for the tests: one of each, changed where a test needs it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from time import process_time
from typing import TYPE_CHECKING, Any

from notifications.messages import Envelope, Item, Letter, NoticeKind

if TYPE_CHECKING:
    from collections.abc import Callable

NUMBER = "清政办发〔2020〕7号"
TITLE = "关于做好外出务工服务保障工作的通知"


def item(kind: NoticeKind = NoticeKind.OVERDUE, **changes: Any) -> Item:
    plain = Item(
        kind=kind,
        office_name="东山县人民政府",
        circular_title=TITLE,
        document_number=NUMBER,
        matter="报送外出务工情况",
        due_text="2020年4月5日（星期日）24时前",
        period_text="2020年3月",
        light_text="已逾期 2 个工作日",
        deliver_to="省农民工办",
        why="你是东山县人民政府登记的经办人",
        what_to_do="今日内报送，或申请延期",
        reference="DB-2020-000123",
    )
    return replace(plain, **changes)


def letter(*items: Item, kind: NoticeKind | None = None, **changes: Any) -> Letter:
    plain = Letter(
        kind=kind or (items[0].kind if len(items) == 1 else NoticeKind.DIGEST),
        urgency_tag="",
        recipient_name="周明",
        recipient_office="东山县人民政府",
        items=items,
        sender_office="清江省人民政府办公厅",
        contact_text="督查处 陈同志，duban@example.org",
        sent_at=datetime(2020, 4, 8, 1, 5, tzinfo=UTC),
    )
    return replace(plain, **changes)


def envelope(**changes: Any) -> Envelope:
    plain = Envelope(
        sender="duban@example.org",
        sender_name="清江省督办",
        to_address="zhou@dongshan.example.org",
        to_name="周明",
        message_id="<123.abc@example.org>",
        sent_at=datetime(2020, 4, 8, 1, 5, tzinfo=UTC),
    )
    return replace(plain, **changes)


def parsed(message: bytes) -> EmailMessage:
    mail = BytesParser(policy=policy.default).parsebytes(message)
    assert isinstance(mail, EmailMessage)
    return mail


def rate(work: Callable[[], object]) -> float:
    """How often a second of this processor can do it: the best of ten rounds, whatever else runs."""
    work()
    rounds = []
    for _ in range(10):
        begun = process_time()
        for _ in range(50):
            work()
        rounds.append(process_time() - begun)
    return 50 / min(rounds)
