"""Recalling: nothing unsent goes out, those already reached are told once, nobody owes anything any more."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlmodel import col

from domain.errors import Refused
from domain.statuses import Status
from models.forwarding import Forwarding
from models.notice import Delivery, DeliveryState, FiringState
from models.obligation import Obligation
from models.session import transaction
from tasks.auditing import audit_head, verify_audit
from tasks.delivering import deliver
from tasks.forwarding import Recalled, forward_circular, recall_forwarding
from tasks.handling import accept, receive, submit_report
from tasks.sweeping import sweep
from tests.cast import (
    ADDRESSED,
    BEILING,
    COVER,
    DONGAN,
    LINJIANG,
    OPERATOR,
    PROVINCE,
    SHIQIAO,
    UPSTREAM,
    beijing,
    forward_cover,
    import_cast,
    notice_text,
    officer,
    register_pair,
    register_text,
)
from tests.looking import again, code_of, deliveries, entries, firings, owed, rows, the_one, wake_of

NOW = beijing("2020-02-14 09:30")
LEFT = NOW + timedelta(minutes=10)
NUMBER = "江扶组办发〔2020〕20号"
FINAL = (Status.ACCEPTED, Status.WITHDRAWN)


@pytest.fixture(autouse=True)
def _cast(request: pytest.FixtureRequest) -> None:
    request.getfixturevalue("database" if "database" in request.fixturenames else "sqlite")
    import_cast(beijing("2020-02-13 09:00"))
    register_pair(beijing("2020-02-13 14:00"))
    forward_cover(NOW)


def recall(minutes: int = 5, number: str = COVER, sender: str | None = None, reason: str = "附件有误") -> Recalled:
    return recall_forwarding.fn(number, reason, actor=OPERATOR, now=NOW + timedelta(minutes=minutes), sender=sender)


def set_state(*states: DeliveryState) -> None:
    """Let the queued deliveries, in their order, end in these states; the rest stays queued."""
    with transaction(OPERATOR, NOW) as work:
        for delivery, state in zip(deliveries(), states, strict=False):
            work.session.execute(update(Delivery).where(col(Delivery.id) == delivery.id).values(state=state))


def pass_on_in_linjiang() -> None:
    """Send another circular to the prefectures, one of which passes it on to its counties."""
    cities = "各市（地）扶贫开发领导小组"
    register_text(notice_text(NUMBER, "请各地于2月28日前将工作总结报省扶贫办。", addressees=cities), NOW)
    forward_cover(NOW, NUMBER)
    forward_circular.fn(NUMBER, actor=OPERATOR, now=NOW, sender=LINJIANG, to=["东岸区", "石桥县"])


def assemble() -> None:
    """Make notices and queued deliveries of what waits, without sending."""
    from tasks import delivering

    delivering._assemble(lambda: LEFT)


def test_it_withdraws_everything_within_the_wait(database: str) -> None:
    done = recall()
    assert (done.withdrawn_notices, done.told, done.offices) == (8, 0, 8)
    assert {each.state for each in firings()} == {FiringState.WITHDRAWN}
    assert {each.status for each in owed("receipt", number=COVER)} == {Status.WITHDRAWN}
    assert {each.status for each in owed("report", number=COVER)} == {Status.WITHDRAWN}
    assert not any(wake_of(each) for each in owed("report", number=COVER))
    assert deliver.fn(now=NOW + timedelta(hours=1)).accepted == 0
    assert verify_audit.fn().whole


def test_it_withdraws_what_stands_in_a_queued_delivery(database: str) -> None:
    assemble()
    assert len(deliveries()) == 8
    recall(11)
    assert {each.state for each in deliveries()} == {DeliveryState.WITHDRAWN}
    assert deliver.fn(now=NOW + timedelta(minutes=12)).accepted == 0


def test_it_tells_those_already_reached_once(database: str) -> None:
    assert deliver.fn(now=LEFT).accepted == 8
    done = recall(60)
    assert (done.withdrawn_notices, done.told) == (0, 8)
    told = firings(rung="act:withdrawn")
    assert sorted(code_of(each.office_id) for each in told) == sorted(ADDRESSED)
    assert {each.detail["reason"] for each in told} == {"附件有误"}
    assert deliver.fn(now=NOW + timedelta(minutes=61)).accepted == 8


def test_it_tells_only_those_it_may_have_reached() -> None:
    assemble()
    set_state(DeliveryState.ACCEPTED, DeliveryState.SENDING, DeliveryState.UNCERTAIN, DeliveryState.REFUSED)
    done = recall(11)
    assert (done.told, len(firings(rung="act:withdrawn"))) == (3, 3)


def test_it_tells_an_office_whose_uncertain_mail_was_about_to_be_tried_again() -> None:
    assemble()
    with transaction(OPERATOR, NOW) as work:
        work.session.execute(update(Delivery).values(was_uncertain=True))
    assert recall(11).told == 8
    assert {each.state for each in deliveries()} == {DeliveryState.UNCERTAIN}


def test_it_withdraws_reminders_that_wait_and_fires_no_more() -> None:
    deliver.fn(now=LEFT)
    sweep.fn(now=beijing("2020-02-14 13:45"))
    assert len(firings(rung="issued+4h", state=FiringState.OPEN)) == 8
    recall(60 * 5)
    assert {each.state for each in firings(rung="issued+4h")} == {FiringState.WITHDRAWN}
    fired = len(firings())
    sweep.fn(now=beijing("2020-03-10 10:00"))
    assert {code_of(each.office_id) for each in firings()[fired:]} == {PROVINCE}, "only what we owe ourselves"


def test_it_keeps_what_was_done_before() -> None:
    deliver.fn(now=LEFT)
    receive.fn(COVER, LINJIANG, actor=officer(LINJIANG), now=LEFT)
    report = the_one("report", LINJIANG, COVER, period="2020-03-05")
    submit_report.fn(COVER, LINJIANG, "进展。", actor=officer(LINJIANG), now=LEFT, ordinal=2)
    accept.fn(report.id or 0, actor=OPERATOR, now=LEFT)
    recall(60)
    assert again(report).status is Status.ACCEPTED
    assert the_one("receipt", LINJIANG, COVER).status is Status.ACCEPTED


def test_it_withdraws_the_decision_that_waits_for_a_withdrawn_report(database: str) -> None:
    submit_report.fn(COVER, LINJIANG, "进展。", actor=officer(LINJIANG), now=LEFT, ordinal=2)
    (decision,) = owed("decide")
    recall(60)
    assert again(decision).status is Status.WITHDRAWN
    assert wake_of(decision) is None


def test_it_recalls_what_was_passed_on_from_there(database: str) -> None:
    pass_on_in_linjiang()
    deliver.fn(now=LEFT)
    assert recall(60, NUMBER).told == 4
    assert {each.status for each in owed("report", number=NUMBER)} == {Status.WITHDRAWN}
    assert all(hop.recalled_at for hop in rows(Forwarding) if hop.from_office_id != 1 and hop.circular_id == 3)


def test_it_recalls_only_the_part_that_one_office_passed_on() -> None:
    pass_on_in_linjiang()
    forward = the_one("forward", LINJIANG, NUMBER)
    recall(5, NUMBER, sender="临江市")
    assert the_one("receipt", LINJIANG, NUMBER).status is Status.PENDING
    assert {the_one("receipt", code, NUMBER).status for code in (DONGAN, SHIQIAO)} == {Status.WITHDRAWN}
    first, anew = owed("forward", LINJIANG, NUMBER)
    assert (first.id, first.status) == (forward.id, Status.ACCEPTED)
    assert (anew.status, anew.due_at) == (Status.PENDING, first.due_at), "its day does not move"


def test_it_owes_the_forwarding_of_the_upstream_again(database: str) -> None:
    recall()
    first, anew = owed("forward", PROVINCE, UPSTREAM)
    assert (first.status, anew.status) == (Status.ACCEPTED, Status.PENDING)
    assert wake_of(anew) is not None
    forward_cover(NOW + timedelta(hours=1))
    assert again(anew).status is Status.ACCEPTED


def test_it_refuses_a_second_recall_and_one_without_a_reason() -> None:
    with pytest.raises(Refused, match="理由"):
        recall(reason="  ")
    recall()
    before = audit_head.fn()
    with pytest.raises(Refused, match="没有可撤回"):
        recall(6)
    assert audit_head.fn() == before


def test_it_refuses_to_recall_what_was_never_forwarded() -> None:
    with pytest.raises(Refused, match="没有登记过"):
        recall(number="江扶组办发〔2020〕99号")
    with pytest.raises(Refused, match="没有可撤回"):
        recall(number=UPSTREAM)
    with pytest.raises(Refused, match="名册中没有"):
        recall(sender="999999")


def test_it_says_in_the_trail_what_was_withdrawn() -> None:
    recall()
    ((_, payload),) = entries("circular.recalled")
    assert (payload["reason"], payload["offices"], payload["told"]) == ("附件有误", sorted(ADDRESSED), 0)
    assert len(payload["obligations"]) == 24


# --- forwarded again after a recall


def test_it_can_be_forwarded_again_and_all_is_owed_anew(database: str) -> None:
    deliver.fn(now=LEFT)
    receive.fn(COVER, LINJIANG, actor=officer(LINJIANG), now=LEFT)
    recall(60)
    later = beijing("2020-02-17 09:00")
    done = forward_cover(later)
    assert (len(done.offices), done.already, done.notices) == (8, 0, 8)
    for code in ADDRESSED:
        first, anew = owed("receipt", code, COVER)
        assert first.status in FINAL
        assert (anew.status, anew.due_at) == (Status.PENDING, beijing("2020-02-19 00:00"))
        assert [each.status for each in owed("report", code, COVER, "2020-03-05")] == [Status.WITHDRAWN, Status.PENDING]
    assert len(firings(rung="act:circular", state=FiringState.OPEN)) == 16, "8 sent, 8 to be sent"
    receive.fn(COVER, LINJIANG, actor=officer(LINJIANG), now=later)
    assert owed("receipt", LINJIANG, COVER)[-1].status is Status.ACCEPTED
    assert verify_audit.fn().whole


def test_it_asks_no_report_twice_that_was_accepted_before_the_recall() -> None:
    submit_report.fn(COVER, LINJIANG, "进展。", actor=officer(LINJIANG), now=LEFT, ordinal=2)
    accept.fn(the_one("report", LINJIANG, COVER, "2020-03-05").id or 0, actor=OPERATOR, now=LEFT)
    recall(60)
    forward_cover(NOW + timedelta(hours=2))
    assert the_one("report", LINJIANG, COVER, "2020-03-05").status is Status.ACCEPTED


def test_it_goes_through_recall_and_forwarding_any_number_of_times() -> None:
    for turn in range(3):
        recall(10 * turn + 5)
        assert len(forward_cover(NOW + timedelta(minutes=10 * turn + 6)).offices) == 8
    statuses = [each.status for each in owed("receipt", BEILING, COVER)]
    assert statuses == [Status.WITHDRAWN] * 3 + [Status.PENDING]
    assert len(rows(Forwarding)) == 9


def test_it_makes_each_period_once_after_a_recall() -> None:
    recall()
    forward_cover(NOW + timedelta(hours=1))
    sweep.fn(now=beijing("2020-04-03 10:00"))
    open_ones = [each for each in owed("report", LINJIANG, COVER) if each.status is not Status.WITHDRAWN]
    assert sorted(each.period for each in open_ones) == ["", "2020-03-05", "2020-04-05"]


def test_it_leaves_nothing_pending_that_nobody_looks_at() -> None:
    recall()
    pending = rows(Obligation, col(Obligation.status) == Status.PENDING)
    assert all(wake_of(each) is not None for each in pending if each.due_at is not None)
