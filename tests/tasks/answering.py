"""One circular and the office that answers it by mail: what the tests of taking mails begin with and look up."""

from __future__ import annotations

from domain.statuses import ObligationKind, Status
from models.audit import AuditEntry
from models.notice import Delivery, Firing
from models.obligation import Report
from tests.cast import (
    DONGAN,
    beijing,
    forward_cover,
    import_cast,
    notice_text,
    register_text,
)
from tests.letters import sent
from tests.looking import firings, owed, rows

NUMBER = "江扶组办发〔2020〕9号"
START = beijing("2020-02-14 09:30")
LEFT = beijing("2020-02-14 10:00")
NOW = beijing("2020-02-14 11:00")
OFFICER, HEAD = f"officer.{DONGAN}@example.org", f"head.{DONGAN}@example.org"
ASKED = "申请延期至2020年3月12日。目前进展：已完成八成。理由：两个村道路中断，未能入户。"
WRITTEN = "现报送春季帮扶进展如下：已走访全部贫困户，缺种子的三十二户已全部落实，没有其他困难。"


def set_up(*sentences: str, to: str = "各地各部门") -> Delivery:
    """Forward one circular with these sentences; return the delivery of it to 东岸区's officer."""
    import_cast(START)
    text = notice_text(NUMBER, *(sentences or (f"请{to}于2020年3月5日前向省扶贫办报送一次进展。",)))
    register_text(text, START)
    forward_cover(START, NUMBER)
    return sent(LEFT, OFFICER, "circular")


def answers() -> list[Firing]:
    """Return what was answered to senders."""
    return firings(rung="act:inbound_answer")


def actor_of(act: str) -> list[str]:
    """Return who did an act, as the trail says."""
    return [entry.actor for entry in sorted(rows(AuditEntry, AuditEntry.act == act), key=lambda each: each.seq)]


def nothing_was_taken() -> bool:
    return not [
        each for each in owed(ObligationKind.RECEIPT, DONGAN) if each.status is not Status.PENDING
    ] and not rows(Report)
