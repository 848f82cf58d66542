"""How a locality says no: held until its superior has decided, in time, with a reason; then it goes on or is over."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import col

from domain.errors import Refused
from domain.flaws import Flaw
from domain.statuses import Hold, Status
from models.forwarding import Forwarding
from models.notice import DeliveryState, FiringState
from models.obligation import Adjustment, AdjustmentKind, Obligation
from models.petition import Petition
from tasks.auditing import verify_audit
from tasks.contesting import contest, decide_contest, decide_paper, return_paper
from tasks.delivering import deliver
from tasks.forwarding import forward_circular
from tasks.handling import receive, submit_report, waive
from tasks.outcome import Done
from tasks.summarising import lines
from tasks.sweeping import sweep
from tests.cast import (
    COVER,
    DONGAN,
    LINJIANG,
    MONTHLY,
    OPERATOR,
    PROVINCE,
    WANGCHUAN,
    beijing,
    forward_cover,
    import_cast,
    notice_text,
    officer,
    register_pair,
    register_text,
)
from tests.looking import again, code_of, deliveries, firings, owed, rows, the_one, wake_of

NOW = beijing("2020-02-14 09:30")
LEFT = NOW + timedelta(minutes=10)
MARCH = "2020-03-05"
NUMBER = "江扶组办发〔2020〕20号"


@pytest.fixture(autouse=True)
def _cast(request: pytest.FixtureRequest) -> None:
    request.getfixturevalue("database" if "database" in request.fixturenames else "sqlite")
    import_cast(beijing("2020-02-13 09:00"))
    register_pair(beijing("2020-02-13 14:00"))
    forward_cover(NOW)


def march(office: str = DONGAN) -> Obligation:
    return the_one("report", office, COVER, MARCH)


def dispute(at: str = "2020-02-17 10:00", obligation: Obligation | None = None, reason: str = "不属我区职责") -> Done:
    return contest.fn((obligation or march()).id or 0, reason, actor=officer(DONGAN), now=beijing(at))


def rule(at: str, *, uphold: bool, reason: str = "已核", due_at: str = "", petition: int = 1) -> Done:
    return decide_contest.fn(
        petition, uphold=uphold, reason=reason, actor=OPERATOR, now=beijing(at),
        due_at=beijing(due_at) if due_at else None,
    )  # fmt: skip


def decision(origin: str = "contest") -> Obligation:
    (found,) = [each for each in owed("decide") if each.origin.startswith(f"{origin}:")]
    return found


# --- contests


def test_it_holds_what_is_contested_and_lets_the_superior_owe_the_decision(database: str) -> None:
    assert "已交临江市扶贫开发领导小组办公室裁决，裁决前不催办" in dispute().message
    held = march()
    assert (held.status, held.hold, wake_of(held)) == (Status.PENDING, Hold.CONTEST, None)
    (row,) = rows(Adjustment)
    assert (row.kind, row.starts_at, row.ends_at, row.petition_id) == (
        AdjustmentKind.HOLD, beijing("2020-02-17 10:00"), None, 1
    )  # fmt: skip
    assert (code_of(decision().office_id), decision().due_at) == (LINJIANG, beijing("2020-02-20 00:00"))
    (told,) = firings(decision(), rung="act:decision_wanted")
    assert told.detail["reason"] == "异议理由：不属我区职责"
    for day in ("2020-03-02", "2020-03-05", "2020-03-06", "2020-03-10"):
        sweep.fn(now=beijing(f"{day} 09:00"))
    assert not firings(march()), "not escalated, until decided"
    assert {"due-0", "due+1"} <= {each.rung for each in firings(decision())}, "silence decides nothing"
    (line,) = [each for each in lines.fn(now=beijing("2020-03-10 10:00"), office=DONGAN) if each.period == MARCH]
    assert (line.light, line.words) == ("held", "异议待决（自2020年2月17日（星期一））")
    assert verify_audit.fn().whole


def test_it_releases_the_office_where_the_contest_is_upheld(database: str) -> None:
    dispute()
    assert "异议成立，该事项免办" in rule("2020-02-18 10:00", uphold=True, reason="确非其职责").message
    after = march()
    assert (after.status, after.hold, after.ended_at) == (Status.WAIVED, "", beijing("2020-02-18 10:00"))
    assert again(decision()).status is Status.ACCEPTED
    assert rows(Adjustment)[0].ends_at == beijing("2020-02-18 10:00")
    (told,) = firings(after, rung="act:contest_decided")
    assert told.detail["reason"] == "异议成立：确非其职责"
    assert rows(Petition)[0].decision == "granted"


def test_it_goes_on_where_it_is_dismissed_and_records_what_passed_meanwhile(database: str) -> None:
    dispute()
    assert "异议不成立，照常办理" in rule("2020-03-04 10:00", uphold=False).message
    after = march()
    assert (after.status, after.hold, after.due_at, after.revision) == (
        Status.PENDING, "", beijing("2020-03-06 00:00"), 0
    )  # fmt: skip
    past = {each.rung: each.state for each in firings(after) if each.audience}
    assert past == {"due-3": FiringState.SUPERSEDED, "due-1": FiringState.SUPERSEDED}
    wake = wake_of(after)
    assert wake is not None
    assert wake.wake_at == beijing("2020-03-05 09:00")
    sweep.fn(now=beijing("2020-03-05 09:00"))
    assert {each.rung for each in firings(after, state=FiringState.OPEN) if each.audience} >= {"due-0"}


def test_it_goes_on_by_a_new_day_where_one_is_given() -> None:
    dispute()
    with pytest.raises(Refused, match="必须晚于现在"):
        rule("2020-03-04 10:00", uphold=False, due_at="2020-03-04 00:00")
    rule("2020-03-04 10:00", uphold=False, due_at="2020-03-14 00:00", reason="按时办")
    after = march()
    assert (after.due_at, after.revision, after.hold) == (beijing("2020-03-14 00:00"), 1, "")
    (told,) = firings(after, rung="act:contest_decided")
    assert told.detail["due"] == "2020年3月13日（星期五）24时前"


@pytest.mark.parametrize(
    ("received_at", "last", "late"),
    [
        # received Monday: until Wednesday's end
        ("2020-02-17 10:00", "2020-02-19 23:59", "2020-02-20 00:00"),
        # not confirmed: receipt was due Monday 24:00 (one working day after Friday), and two more from there
        ("", "2020-02-19 23:59", "2020-02-20 00:00"),
    ],
)
def test_it_may_be_contested_within_two_working_days_of_receipt(received_at: str, last: str, late: str) -> None:
    if received_at:
        receive.fn(COVER, DONGAN, actor=officer(DONGAN), now=beijing(received_at))
    with pytest.raises(Refused, match="须在签收后 2 个工作日内提出，已于2020年2月19日（星期三）24时前截止"):
        dispute(late)
    dispute(last)
    assert march().hold == Hold.CONTEST


def test_it_lets_a_later_period_be_contested_when_it_is_made() -> None:
    receive.fn(COVER, DONGAN, actor=officer(DONGAN), now=LEFT)
    sweep.fn(now=beijing("2020-03-06 00:00"))
    april = the_one("report", DONGAN, COVER, "2020-04-05")
    assert april.made_at == beijing("2020-03-06 00:00")
    dispute("2020-03-10 10:00", april)
    assert again(april).hold == Hold.CONTEST


def test_it_refuses_what_may_not_be_contested() -> None:
    with pytest.raises(Refused, match="提出异议必须说明理由"):
        dispute(reason=" ")
    with pytest.raises(Refused, match="签收事项当前为“待办”，不能再“提出异议”"):
        dispute(obligation=the_one("receipt", DONGAN, COVER))
    dispute()
    with pytest.raises(Refused, match="当前为“待办（异议待决）”，不能再“提出异议”；请先裁决异议"):
        dispute()
    with pytest.raises(Refused, match="裁决异议必须说明理由"):
        rule("2020-02-18 10:00", uphold=True, reason=" ")
    rule("2020-02-18 10:00", uphold=False)
    with pytest.raises(Refused, match="有结果：不同意"):
        rule("2020-02-18 11:00", uphold=True)


def test_it_lets_the_contest_lapse_where_the_office_hands_in_after_all() -> None:
    dispute()
    submit_report.fn(COVER, DONGAN, "进展。", actor=officer(DONGAN), now=beijing("2020-02-18 09:00"), ordinal=MONTHLY)
    assert (march().status, march().hold) == (Status.SUBMITTED, "")
    assert again(decision()).status is Status.WITHDRAWN
    assert rows(Petition)[0].decision == "lapsed"


# --- returned papers


def send_back(at: str = "2020-02-14 15:00", office: str = DONGAN, flaw: Flaw = Flaw.WRONG_ADDRESSEE) -> Done:
    return return_paper.fn(COVER, office, flaw, "应发民政部门", actor=officer(office), now=beijing(at))


def settle(at: str, *, accepted: bool, petition: int = 1) -> Done:
    return decide_paper.fn(petition, accepted=accepted, reason="经核", actor=OPERATOR, now=beijing(at))


def of_office(office: str = DONGAN) -> list[Obligation]:
    return [each for kind in ("receipt", "report") for each in owed(kind, office, COVER)]


def test_it_holds_all_that_the_office_owes_under_a_returned_paper(database: str) -> None:
    deliver.fn(now=LEFT)
    send_back()
    assert {each.hold for each in of_office()} == {Hold.PAPER}
    assert {each.hold for each in of_office(LINJIANG)} == {""}
    assert code_of(decision("paper").office_id) == LINJIANG
    sweep.fn(now=beijing("2020-02-20 09:00"))
    assert {each.rung for each in firings(the_one("receipt", DONGAN, COVER))} == {"act:circular"}
    with pytest.raises(Refused, match="不能再“签收”；请先裁决退文"):
        receive.fn(COVER, DONGAN, actor=officer(DONGAN), now=beijing("2020-02-17 10:00"))
    with pytest.raises(Refused, match="不能再“报送”；请先裁决退文"):
        submit_report.fn(COVER, DONGAN, "x", actor=officer(DONGAN), now=beijing("2020-02-17 10:00"), ordinal=MONTHLY)
    with pytest.raises(Refused, match="已有一件退文（编号 1）等待决定"):
        send_back("2020-02-17 10:00")


def test_it_takes_the_paper_back_for_good_where_the_office_is_right(database: str) -> None:
    deliver.fn(now=LEFT)
    receive.fn(COVER, DONGAN, actor=officer(DONGAN), now=beijing("2020-02-14 11:00"))
    send_back()
    settle("2020-02-17 10:00", accepted=True)
    assert {(each.kind.value, each.status) for each in of_office()} == {
        ("receipt", Status.ACCEPTED), ("report", Status.WITHDRAWN)
    }  # fmt: skip
    (hop,) = [each for each in rows(Forwarding) if code_of(each.to_office_id) == DONGAN]
    assert hop.recalled_at == beijing("2020-02-17 10:00")
    sweep.fn(now=beijing("2020-05-06 00:00"))
    assert len(owed("report", DONGAN, COVER)) == 2, "no period asks it again"
    assert len(owed("report", LINJIANG, COVER)) > 2
    assert again(decision("paper")).status is Status.ACCEPTED
    (told,) = firings(the_one("receipt", DONGAN, COVER), rung="act:contest_decided")
    assert told.detail["reason"] == "退文成立：经核"
    assert verify_audit.fn().whole


def test_it_withdraws_an_unsent_circular_that_is_sent_back_before_it_came() -> None:
    send_back("2020-02-14 09:35")
    settle("2020-02-14 09:36", accepted=True)
    assert {each.status for each in of_office()} == {Status.WITHDRAWN}
    assert {each.state for each in firings(the_one("receipt", DONGAN, COVER), rung="act:circular")} == {
        FiringState.WITHDRAWN
    }  # fmt: skip
    deliver.fn(now=LEFT)
    sent = [each for each in deliveries() if each.address == "officer.230102@example.org"]
    assert [each.state for each in sent] == [DeliveryState.ACCEPTED], "of the decision alone"


def test_it_goes_on_where_the_paper_is_rejected(database: str) -> None:
    deliver.fn(now=LEFT)
    send_back()
    waive.fn(the_one("report", DONGAN, COVER, "").id or 0, "免", actor=OPERATOR, now=beijing("2020-02-14 16:00"))
    settle("2020-02-17 10:00", accepted=False)
    receipt, report = the_one("receipt", DONGAN, COVER), march()
    assert {(receipt.hold, receipt.status), (report.hold, report.status)} == {("", Status.PENDING)}
    assert {each.ends_at for each in rows(Adjustment)} <= {beijing("2020-02-17 10:00"), beijing("2020-02-14 16:00")}
    receive.fn(COVER, DONGAN, actor=officer(DONGAN), now=beijing("2020-02-17 11:00"))
    sweep.fn(now=beijing("2020-03-02 09:00"))
    assert [each.rung for each in firings(report, state=FiringState.OPEN)] == ["due-3"]


def test_it_holds_what_a_period_makes_while_the_paper_waits(database: str) -> None:
    receive.fn(COVER, DONGAN, actor=officer(DONGAN), now=beijing("2020-02-14 11:00"))
    send_back()
    sweep.fn(now=beijing("2020-03-06 00:00"))
    april = the_one("report", DONGAN, COVER, "2020-04-05")
    assert (april.hold, wake_of(april)) == (Hold.PAPER, None)
    assert the_one("report", LINJIANG, COVER, "2020-04-05").hold == ""
    settle("2020-03-06 10:00", accepted=False)
    assert again(april).hold == ""
    assert wake_of(april) is not None


def test_it_leaves_a_contest_of_its_own_alone() -> None:
    dispute("2020-02-14 11:00")
    send_back()
    settle("2020-02-17 10:00", accepted=False, petition=2)
    assert march().hold == Hold.CONTEST
    rule("2020-02-17 11:00", uphold=False)
    assert march().hold == ""


def test_it_ends_the_contest_too_where_the_paper_is_taken_back() -> None:
    dispute("2020-02-14 11:00")
    send_back()
    settle("2020-02-17 10:00", accepted=True, petition=2)
    assert {each.decision for each in rows(Petition)} == {"lapsed", "granted"}
    assert {each.status for each in owed("decide")} == {Status.WITHDRAWN, Status.ACCEPTED}


def test_it_refuses_a_paper_too_late_or_passed_on_or_never_sent() -> None:
    receive.fn(COVER, DONGAN, actor=officer(DONGAN), now=beijing("2020-02-14 11:00"))
    with pytest.raises(Refused, match="退文须在签收后 2 个工作日内提出，已于2020年2月18日（星期二）24时前截止"):
        send_back("2020-02-19 00:00")
    with pytest.raises(Refused, match="退回来文必须说明理由"):
        return_paper.fn(COVER, DONGAN, Flaw.UNREADABLE, " ", actor=officer(DONGAN), now=LEFT)
    cities = "各市（地）扶贫开发领导小组"
    register_text(notice_text(NUMBER, "请各地于2月28日前将工作总结报省扶贫办。", addressees=cities), NOW)
    forward_cover(NOW, NUMBER)
    forward_circular.fn(NUMBER, actor=OPERATOR, now=NOW, sender=LINJIANG, to=["东岸区"])
    with pytest.raises(Refused, match="已将该文续转，请先撤回转发"):
        return_paper.fn(NUMBER, LINJIANG, Flaw.WRONG_FILE, "附件不对", actor=officer(LINJIANG), now=LEFT)
    with pytest.raises(Refused, match="没有发给"):
        return_paper.fn(NUMBER, DONGAN[:4] + "84", Flaw.WRONG_FILE, "附件不对", actor=officer(DONGAN), now=LEFT)
    assert not rows(Petition, col(Petition.decision).is_(None))


def test_it_lets_the_operating_office_decide_what_nobody_is_above_of() -> None:
    send_back(office=WANGCHUAN)
    assert code_of(decision("paper").office_id) == PROVINCE
