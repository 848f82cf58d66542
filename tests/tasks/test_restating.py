"""A prefecture passes a requirement on in a circular of its own: what an office owes under both is one obligation."""

from __future__ import annotations

import pytest

from domain.errors import Refused
from domain.statuses import Status
from models.notice import FiringState
from models.obligation import Adjustment, AdjustmentKind, Obligation, ObligationSource
from tasks.forwarding import forward_circular, recall_forwarding
from tasks.handling import accept, submit_report
from tasks.restating import Restated, restate
from tasks.sweeping import sweep
from tasks.withdrawing import withdraw_circular
from tests.cast import (
    DONGAN,
    LINJIANG,
    OPERATOR,
    SHIQIAO,
    WANGCHUAN,
    beijing,
    import_cast,
    notice_text,
    officer,
    register_text,
)
from tests.looking import again, code_of, entries, firings, owed, rows, the_one, wake_of
from tests.tasks.stage import audit_is_whole, sweep_until

ABOVE, BELOW = "江扶组办发〔2020〕9号", "临扶组办发〔2020〕5号"
NOW = beijing("2020-02-17 09:30")
REASON = "同一份总结"
ABOVE_ONCE = "请各地将总结于2020年3月20日前报省扶贫办。"
BELOW_ONCE = "请各地将总结于2020年3月13日前报临江市扶贫办。"


def below_text(*sentences: str) -> str:
    text = notice_text(BELOW, *sentences, addressees="各县（市、区）扶贫开发领导小组")
    return text.replace("江北省扶贫开发领导小组办公室", "临江市扶贫开发领导小组办公室")


def play(above: str = ABOVE_ONCE, below: str = BELOW_ONCE) -> None:
    """Let the province ask prefectures and counties, and 临江市 its own counties by a circular of its own."""
    import_cast(NOW)
    register_text(notice_text(ABOVE, above), NOW)
    forward_circular.fn(ABOVE, actor=OPERATOR, now=NOW)
    register_text(below_text(below), NOW, "below.md")
    forward_circular.fn(BELOW, actor=officer(LINJIANG), now=NOW, sender=LINJIANG)


def mark(reason: str = REASON, at: str = "2020-02-18 09:00") -> Restated:
    return restate.fn(BELOW, 1, ABOVE, 1, reason, actor=OPERATOR, now=beijing(at))


def both(office: str, period: str | None = None) -> tuple[Obligation, Obligation]:
    return the_one("report", office, ABOVE, period), the_one("report", office, BELOW, period)


@pytest.mark.usefixtures("database")
def test_it_makes_one_obligation_of_two_with_the_earlier_day() -> None:
    play()
    above, own = both(DONGAN)
    assert (above.due_at, own.due_at) == (beijing("2020-03-21 00:00"), beijing("2020-03-14 00:00"))
    done = mark()
    assert done.united == 2, "东岸区 and 石桥县; nobody else owes under both"
    above, own = again(above), again(own)
    assert (above.status, above.due_at) == (Status.PENDING, beijing("2020-03-14 00:00"))
    assert above.base_due_at == beijing("2020-03-21 00:00")
    assert own.status is Status.SUPERSEDED
    (row,) = [each for each in rows(Adjustment) if each.obligation_id == above.id]
    assert (row.kind, row.old_due_at) == (AdjustmentKind.TIGHTENING, beijing("2020-03-21 00:00"))
    sources = {each.requirement_id for each in rows(ObligationSource) if each.obligation_id == above.id}
    assert sources == {above.requirement_id, own.requirement_id}
    assert wake_of(own) is None
    assert the_one("report", WANGCHUAN, ABOVE).due_at == beijing("2020-03-21 00:00")
    assert audit_is_whole()


@pytest.mark.usefixtures("sqlite")
def test_it_withdraws_what_was_not_sent_about_the_other_and_climbs_one_ladder() -> None:
    play()
    above, own = both(DONGAN)
    sweep_until(NOW, beijing("2020-03-10 10:00"))
    assert [each.state for each in firings(own) if each.rung == "due-3"] == [FiringState.OPEN]
    mark(at="2020-03-10 10:05")
    assert {each.state for each in firings(own)} <= {FiringState.WITHDRAWN, FiringState.SUPERSEDED}
    sweep_until(beijing("2020-03-10 10:05"), beijing("2020-03-13 10:00"))
    fired = [(each.rung, each.revision) for each in firings(above) if each.state is FiringState.OPEN]
    assert fired == [("act:deadline_moved", 1), ("due-1", 1), ("due-0", 1)]


@pytest.mark.usefixtures("sqlite")
def test_it_keeps_the_upstream_day_where_that_is_the_earlier() -> None:
    play(ABOVE_ONCE.replace("3月20日", "3月6日"))
    mark()
    above, own = both(DONGAN)
    assert (above.due_at, above.revision, own.status) == (beijing("2020-03-07 00:00"), 0, Status.SUPERSEDED)
    assert not firings(above, rung="act:deadline_moved")


@pytest.mark.usefixtures("sqlite")
@pytest.mark.parametrize("number", [ABOVE, BELOW])
def test_it_takes_a_report_under_either_number(number: str) -> None:
    play()
    mark()
    done = submit_report.fn(
        number, DONGAN, "已完成。", actor=officer(DONGAN), now=beijing("2020-03-01 10:00"), ordinal=1
    )
    above, _ = both(DONGAN)
    assert done.obligation_id == above.id
    assert above.status is Status.SUBMITTED
    with pytest.raises(Refused, match="待审核"):
        submit_report.fn(number, DONGAN, "再报。", actor=officer(DONGAN), now=beijing("2020-03-01 10:05"))


@pytest.mark.usefixtures("sqlite")
def test_it_keeps_what_was_handed_in_already() -> None:
    play()
    above, own = both(DONGAN)
    submit_report.fn(BELOW, DONGAN, "已完成。", actor=officer(DONGAN), now=beijing("2020-02-17 15:00"))
    mark()
    assert (again(own).status, again(above).status) == (Status.SUBMITTED, Status.SUPERSEDED)
    assert again(own).due_at == beijing("2020-03-14 00:00"), "the ladder sleeps: nothing is tightened"
    accept.fn(own.id or 0, actor=OPERATOR, now=beijing("2020-02-18 15:00"))
    assert mark(at="2020-02-18 15:05").united == 0


@pytest.mark.usefixtures("database")
def test_it_unites_later_periods_as_they_are_made() -> None:
    play("自2020年3月起，各地每月10日前向省扶贫办报送进展。", "自2020年3月起，各地每月5日前向临江市扶贫办报送进展。")
    mark()
    sweep.fn(now=beijing("2020-05-20 10:00"))
    kept = [(each.period, each.status.value) for each in owed("report", DONGAN, ABOVE)]
    gone = [(each.period, each.status.value) for each in owed("report", DONGAN, BELOW)]
    months = ("03", "04", "05", "06")
    assert kept == [(f"2020-{month}-10", "pending") for month in months]
    assert gone == [(f"2020-{month}-05", "superseded") for month in months]
    assert the_one("report", DONGAN, ABOVE, "2020-06-10").due_at == beijing("2020-06-06 00:00")
    done = submit_report.fn(
        BELOW, DONGAN, "五月进展。", actor=officer(DONGAN), now=beijing("2020-05-20 11:00"), period="2020-05-05"
    )
    assert done.obligation_id == the_one("report", DONGAN, ABOVE, "2020-05-10").id
    assert {code_of(each.office_id) for each in owed("report", number=BELOW)} == {DONGAN, SHIQIAO}


@pytest.mark.usefixtures("sqlite")
def test_it_records_it_and_does_nothing_twice() -> None:
    play()
    mark()
    before = len(entries())
    assert mark().united == 0
    assert len(entries()) == before
    ((subject, payload),) = entries("requirement.restated")
    assert payload["reason"] == REASON
    assert len(entries("obligation.united")) == 2
    assert subject.startswith("circular:")


@pytest.mark.usefixtures("sqlite")
def test_it_refuses_what_is_no_restating() -> None:
    play(below="请各地将总结于2020年3月13日前报临江市扶贫办。自2020年3月起，各地每月5日前向临江市扶贫办报送进展。")
    with pytest.raises(Refused, match="必须说明理由"):
        mark(" ")
    with pytest.raises(Refused, match="只有 2 项要求，没有第 3 项"):
        restate.fn(BELOW, 3, ABOVE, 1, REASON, actor=OPERATOR, now=NOW)
    with pytest.raises(Refused, match="同一公文"):
        restate.fn(BELOW, 1, BELOW, 2, REASON, actor=OPERATOR, now=NOW)
    with pytest.raises(Refused, match="一项定期、一项只报一次"):
        restate.fn(BELOW, 2, ABOVE, 1, REASON, actor=OPERATOR, now=NOW)
    mark()
    with pytest.raises(Refused, match="不能互相重申"):
        restate.fn(ABOVE, 1, BELOW, 1, REASON, actor=OPERATOR, now=NOW)


@pytest.mark.usefixtures("database")
def test_it_owes_the_lower_report_again_where_the_upper_circular_is_withdrawn() -> None:
    play()
    mark()
    withdraw_circular.fn(ABOVE, "部署调整", actor=OPERATOR, now=beijing("2020-02-18 15:00"))
    assert {each.status for each in owed("report", DONGAN, ABOVE)} == {Status.WITHDRAWN}
    gone, again_owed = owed("report", DONGAN, BELOW)
    assert (gone.status, again_owed.status) == (Status.SUPERSEDED, Status.PENDING)
    assert again_owed.origin == f"{gone.origin}/2"
    assert again_owed.due_at == beijing("2020-03-14 00:00")
    assert wake_of(again_owed) is not None
    done = submit_report.fn(BELOW, DONGAN, "已完成。", actor=officer(DONGAN), now=beijing("2020-03-01 10:00"))
    assert done.obligation_id == again_owed.id
    assert audit_is_whole()


@pytest.mark.usefixtures("sqlite")
def test_it_owes_the_upper_report_again_where_the_lower_one_was_kept_and_recalled() -> None:
    play("自2020年3月起，各地每月10日前向省扶贫办报送进展。", "自2020年3月起，各地每月5日前向临江市扶贫办报送进展。")
    submit_report.fn(BELOW, DONGAN, "三月进展。", actor=officer(DONGAN), now=beijing("2020-02-17 15:00"))
    mark()
    assert the_one("report", DONGAN, ABOVE).status is Status.SUPERSEDED
    recall_forwarding.fn(BELOW, "另行布置", actor=officer(LINJIANG), now=beijing("2020-02-18 15:00"), sender=LINJIANG)
    _, owed_again = owed("report", DONGAN, ABOVE)
    assert (owed_again.status, owed_again.period) == (Status.PENDING, "2020-03-10")
    assert len(owed("report", SHIQIAO, ABOVE)) == 1, "the upstream's was kept there: it goes on"
