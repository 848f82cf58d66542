"""A circular taken out of force: nothing open, nothing unsent, no period more; each office that has it is told once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import col

from domain.errors import Refused
from domain.planning import ForwardingMode
from domain.statuses import ObligationKind, Status
from domain.trail import SYSTEM
from models.circular import Circular, CircularState, NextPeriod
from models.circulars import need_circular
from models.forwarding import Forwarding
from models.notice import DeliveryState, FiringState
from models.obligation import Obligation
from models.periods import make_periods_of
from models.petition import Petition
from models.session import transaction
from tasks import forwarding
from tasks.auditing import verify_audit
from tasks.contesting import contest
from tasks.delivering import deliver
from tasks.extending import ask_extension
from tasks.forwarding import recall_forwarding, request_forward
from tasks.handling import accept, receive, submit_report
from tasks.holding import suspend
from tasks.sweeping import sweep
from tasks.withdrawing import Ended, supersede_circular, withdraw_circular
from tests.cast import (
    ADDRESSED,
    COVER,
    DONGAN,
    LINJIANG,
    MONTHLY,
    OPERATOR,
    PAIR,
    PROVINCE,
    SHIQIAO,
    UPSTREAM,
    WANGCHUAN,
    beijing,
    forward_cover,
    import_cast,
    notice_text,
    officer,
    register_pair,
    register_text,
)
from tests.looking import again, code_of, deliveries, entries, firings, owed, rows, the_one, wake_of
from tests.tasks.beside import Beside

NOW = beijing("2020-02-14 09:30")
LEFT = NOW + timedelta(minutes=10)
LATER = beijing("2020-03-02 10:00")
NUMBER = "江扶组办发〔2020〕20号"
FINAL = [status for status in Status if status.is_final]


@pytest.fixture(autouse=True)
def _cast(request: pytest.FixtureRequest) -> None:
    request.getfixturevalue("database" if "database" in request.fixturenames else "sqlite")
    import_cast(beijing("2020-02-13 09:00"))
    register_pair(beijing("2020-02-13 14:00"))
    forward_cover(NOW)


def withdraw(reason: str = "工作部署调整", number: str = COVER, now: Any = LATER) -> Ended:
    return withdraw_circular.fn(number, reason, actor=OPERATOR, now=now)


def supersede(new: str = NUMBER, reason: str = "要求有变", now: Any = LATER) -> Ended:
    return supersede_circular.fn(COVER, new, reason, actor=OPERATOR, now=now)


def a_new_one() -> None:
    register_text(notice_text(NUMBER, "请各地各部门于3月20日前将工作总结报省扶贫办。"), LATER)


def of_cover() -> list[Obligation]:
    (cover,) = rows(Circular, col(Circular.number) == COVER)
    return list(rows(Obligation, col(Obligation.circular_id) == cover.id))


def state_of(number: str) -> CircularState:
    (found,) = rows(Circular, col(Circular.number) == number)
    return CircularState(found.state)


def test_it_withdraws_all_that_is_owed_and_unsent_and_tells_each_office_once(database: str) -> None:
    deliver.fn(now=LEFT)
    receive.fn(COVER, LINJIANG, actor=officer(LINJIANG), now=LEFT)
    submit_report.fn(
        COVER, LINJIANG, "进展。", actor=officer(LINJIANG), now=beijing("2020-02-20 10:00"), ordinal=MONTHLY
    )
    suspend.fn(the_one("report", WANGCHUAN, COVER, "2020-03-05").id or 0, "封", actor=OPERATOR, now=LEFT)
    contest.fn(the_one("report", DONGAN, COVER, "2020-03-05").id or 0, "非我", actor=officer(DONGAN), now=LEFT)
    ask_extension.fn(
        the_one("report", SHIQIAO, COVER, "2020-03-05").id or 0, beijing("2020-03-10 00:00"), "八成", "路远",
        actor=officer(SHIQIAO), now=LEFT,
    )  # fmt: skip
    sweep.fn(now=beijing("2020-03-02 09:00"))
    assert [each for each in firings(rung="due-3") if each.state is FiringState.OPEN]
    done = withdraw()
    assert (state_of(COVER), done.told, done.forwarding_it) == (CircularState.WITHDRAWN, len(ADDRESSED), 0)
    assert f"告知已收到的单位 {len(ADDRESSED)} 个" in done.message
    assert {each.status for each in of_cover()} == {Status.WITHDRAWN, Status.ACCEPTED}
    assert the_one("receipt", LINJIANG, COVER).status is Status.ACCEPTED, "what was done stays done"
    assert not [each for each in of_cover() if wake_of(each) or each.hold]
    assert {each.decision for each in rows(Petition)} == {"lapsed"}
    assert {each.status for each in owed("decide")} == {Status.WITHDRAWN}
    mine = {each.id for each in of_cover()}
    assert not [e for e in firings(state=FiringState.OPEN) if e.audience and e.obligation_id in mine]
    assert all(hop.recalled_at for hop in rows(Forwarding) if code_of(hop.to_office_id) in ADDRESSED)
    told = firings(rung="act:withdrawn")
    assert sorted(code_of(each.office_id) for each in told) == sorted(ADDRESSED)
    deliver.fn(now=LATER)
    deliver.fn(now=LATER + timedelta(hours=1))
    assert len([each for each in deliveries() if each.subject.startswith("撤回通知")]) == len(ADDRESSED)
    assert verify_audit.fn().whole


def test_it_withdraws_notices_that_are_queued_and_tells_nobody_whom_they_have_not_reached(database: str) -> None:
    from tasks import delivering

    delivering._assemble(lambda: LEFT)
    done = withdraw(now=LEFT)
    assert (done.withdrawn_notices, done.told) == (8, 0)
    assert {each.state for each in deliveries()} == {DeliveryState.WITHDRAWN}
    assert deliver.fn(now=LEFT + timedelta(hours=1)).accepted == 0


def test_it_lets_no_period_follow() -> None:
    withdraw()
    sweep.fn(now=beijing("2020-06-08 09:00"))
    assert not [each for each in of_cover() if each.period > "2020-03-05"]
    assert not rows(NextPeriod)


def test_it_lets_the_sender_owe_the_upstream_again_but_never_what_was_withdrawn() -> None:
    assert the_one("forward", PROVINCE, UPSTREAM).status is Status.ACCEPTED
    withdraw()
    first, second = owed("forward", PROVINCE, UPSTREAM)
    assert (first.status, second.status) == (Status.ACCEPTED, Status.PENDING)
    assert not owed("forward", PROVINCE, COVER)


def test_it_withdraws_what_was_passed_on_below_too() -> None:
    cities = "各市（地）扶贫开发领导小组"
    register_text(notice_text(NUMBER, "请各地于3月28日前将工作总结报省扶贫办。", addressees=cities), NOW)
    forward_cover(NOW, NUMBER)
    forwarding.forward_circular.fn(NUMBER, actor=OPERATOR, now=NOW, sender=LINJIANG, to=["东岸区", "石桥县"])
    withdraw(number=NUMBER)
    for office in (LINJIANG, WANGCHUAN, DONGAN, SHIQIAO):
        assert the_one("report", office, NUMBER).status is Status.WITHDRAWN
    assert {each.status for each in owed("forward", number=NUMBER)} == {Status.ACCEPTED, Status.WITHDRAWN}


def test_it_supersedes_by_a_new_one_and_tells_which(database: str) -> None:
    deliver.fn(now=LEFT)
    a_new_one()
    done = supersede()
    assert (done.state, done.told) == ("superseded", len(ADDRESSED))
    (old,), (new,) = (rows(Circular, col(Circular.number) == number) for number in (COVER, NUMBER))
    assert (old.state, old.superseded_by_id) == (CircularState.SUPERSEDED, new.id)
    assert {each.status for each in of_cover()} == {Status.SUPERSEDED}
    assert {each.detail["by"] for each in firings(rung="act:superseded")} == {NUMBER}
    assert all(f"由{NUMBER}《" in each.detail["reason"] for each in firings(rung="act:superseded"))
    assert not rows(NextPeriod)
    (_, payload) = entries("circular.superseded")[-1]
    assert payload["by"] == new.id
    forward_cover(LATER, NUMBER)
    assert len(owed("report", number=NUMBER)) == len(ADDRESSED)
    assert verify_audit.fn().whole


def test_it_refuses_what_is_out_of_force_in_every_act() -> None:
    a_new_one()
    supersede()
    replaced = f"公文“{COVER}”已由“{NUMBER}”替代"
    with pytest.raises(Refused, match=f"{replaced}，不能转发"):
        forward_cover(LATER)
    with pytest.raises(Refused, match=f"{replaced}，不能转发"):
        request_forward.fn(COVER, LINJIANG, actor=OPERATOR, now=LATER)
    with pytest.raises(Refused, match=f"{replaced}，不能再次登记"):
        register_text(PAIR, LATER, "again.md")
    with pytest.raises(Refused, match=f"{replaced}，不能再次撤回或替代"):
        withdraw()
    withdraw(number=NUMBER)
    with pytest.raises(Refused, match=f"公文“{NUMBER}”已撤回，不能替代其他公文"):
        supersede()
    with pytest.raises(Refused, match="不能再“签收”"):
        receive.fn(COVER, LINJIANG, actor=officer(LINJIANG), now=LATER)


def test_it_refuses_without_a_reason_and_a_circular_by_itself() -> None:
    with pytest.raises(Refused, match="撤回公文必须说明理由"):
        withdraw(" ")
    with pytest.raises(Refused, match="替代公文必须说明理由"):
        supersede(COVER, " ")
    with pytest.raises(Refused, match="不能由它自己替代"):
        supersede(COVER)
    with pytest.raises(Refused, match="没有登记过"):
        supersede("江扶组办发〔2020〕99号")


def test_it_says_which_circulars_that_forward_it_stay_in_force() -> None:
    done = withdraw(number=UPSTREAM)
    assert done.forwarding_it == 1
    assert "转发它的公文有 1 份，仍然有效" in done.message
    assert the_one("report", PROVINCE, UPSTREAM).status is Status.WITHDRAWN
    assert the_one("report", LINJIANG, COVER, "2020-03-05").status is Status.PENDING


# --- at the same time


@pytest.mark.parametrize("how", ["recall", "withdraw"])
def test_it_withdraws_a_period_that_a_sweep_is_making_meanwhile(how: str, database: str) -> None:
    at = beijing("2020-03-06 00:00")
    (period,) = rows(NextPeriod)

    def take_back() -> object:
        if how == "recall":
            return recall_forwarding.fn(COVER, "有误", actor=OPERATOR, now=at)
        return withdraw(now=at)

    with transaction(SYSTEM, at) as work:
        assert make_periods_of(work, period.requirement_id) == len(ADDRESSED)
        work.session.flush()
        other = Beside(take_back)
    ended = other.end()
    assert not isinstance(ended, Exception)
    april = [each for each in of_cover() if each.period == "2020-04-05"]
    assert len(april) == len(ADDRESSED)
    assert {each.status for each in april} == {Status.WITHDRAWN}
    sweep.fn(now=at + timedelta(minutes=15))
    sweep.fn(now=beijing("2020-05-07 09:00"))
    assert not [each for each in of_cover() if each.status not in FINAL]
    assert verify_audit.fn().whole


def test_it_withdraws_what_a_forwarding_is_making_meanwhile(database: str) -> None:
    register_text(notice_text(NUMBER, "请各地各部门于3月20日前将工作总结报省扶贫办。"), NOW)
    with transaction(OPERATOR, LEFT) as work:
        circular = need_circular(work.session, NUMBER)
        forwarding._forward(work, circular, None, [], ForwardingMode.DIRECT, "")
        work.session.flush()
        other = Beside(lambda: withdraw(number=NUMBER, now=LEFT))
    ended = other.end()
    assert ended.obligations == 2 * len(ADDRESSED)
    assert {each.status for each in owed("report", number=NUMBER)} == {Status.WITHDRAWN}
    with pytest.raises(Refused, match="已撤回，不能转发"):
        forward_cover(LATER, NUMBER)


def test_it_withdraws_the_review_that_a_report_is_making_meanwhile(database: str) -> None:
    from domain.statuses import Act
    from models.acting import move
    from models.deciding import owe_decision
    from models.installation import installation

    report = the_one("report", LINJIANG, COVER, "2020-03-05")
    with transaction(officer(LINJIANG), LATER) as work:
        mine = work.session.get_one(Obligation, report.id)
        move(work, mine, Act.SUBMIT, submitted_at=LATER)
        owe_decision(work, installation(work.session), mine, PROVINCE, f"review:{mine.id}/1", "review")
        work.session.flush()
        other = Beside(withdraw)
    ended = other.end()
    assert not isinstance(ended, Exception)
    assert again(report).status is Status.WITHDRAWN
    assert {each.status for each in owed(ObligationKind.DECIDE)} == {Status.WITHDRAWN}
    with pytest.raises(Refused, match="当前为“已撤回”，不能再“通过”"):
        accept.fn(report.id or 0, actor=OPERATOR, now=LATER)
