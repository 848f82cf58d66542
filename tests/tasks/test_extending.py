"""Asking for more time: before the day, with progress and a new date; decided by a person: silence is no consent."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import col

from domain.errors import Refused
from domain.statuses import ObligationKind, Status
from models.notice import FiringState
from models.obligation import Adjustment, AdjustmentKind, Obligation
from models.petition import Petition
from tasks.auditing import verify_audit
from tasks.delivering import deliver
from tasks.extending import ask_extension, decide_extension, extend
from tasks.handling import accept, return_report, submit_report, waive
from tasks.holding import resume, suspend
from tasks.outcome import Done
from tasks.sweeping import sweep
from tests.cast import (
    COVER,
    LINJIANG,
    MONTHLY,
    OPERATOR,
    PROVINCE,
    UPSTREAM,
    beijing,
    forward_cover,
    import_cast,
    officer,
    register_pair,
)
from tests.looking import again, code_of, entries, firings, owed, rows, the_one, wake_of

NOW = beijing("2020-02-14 09:30")
LEFT = NOW + timedelta(minutes=10)
MARCH = "2020-03-05"


@pytest.fixture(autouse=True)
def _cast(request: pytest.FixtureRequest) -> None:
    request.getfixturevalue("database" if "database" in request.fixturenames else "sqlite")
    import_cast(beijing("2020-02-13 09:00"))
    register_pair(beijing("2020-02-13 14:00"))
    forward_cover(NOW)


def march(office: str = LINJIANG) -> Obligation:
    return the_one("report", office, COVER, MARCH)


def ask(
    at: str = "2020-03-03 10:00", due_at: str = "2020-03-13 00:00", progress: str = "已完成八成",
    reason: str = "两个村未能入户", obligation: Obligation | None = None,
) -> Done:  # fmt: skip
    return ask_extension.fn(
        (obligation or march()).id or 0, beijing(due_at), progress, reason, actor=officer(LINJIANG), now=beijing(at)
    )


def decide(at: str, *, grant: bool, reason: str = "", due_at: str = "", petition: int = 1) -> Done:
    return decide_extension.fn(
        petition, grant=grant, actor=OPERATOR, now=beijing(at), reason=reason,
        due_at=beijing(due_at) if due_at else None,
    )  # fmt: skip


def decision() -> Obligation:
    (found,) = [each for each in owed("decide") if each.origin.startswith("extension:")]
    return found


def test_it_moves_nothing_by_asking_and_lets_the_reviewer_owe_the_decision(database: str) -> None:
    before, wake = march(), wake_of(march())
    done = ask()
    assert "（编号 1）已交江北省扶贫开发领导小组办公室决定；决定前原时限不变" in done.message
    after = march()
    assert (after.due_at, after.revision, after.status, after.hold) == (
        before.due_at, before.revision, Status.PENDING, ""
    )  # fmt: skip
    assert wake is not None
    assert wake_of(after) == wake
    asked = decision()
    assert (code_of(asked.office_id), asked.subject_id, asked.due_at) == (
        PROVINCE, after.id, beijing("2020-03-06 00:00")
    )  # fmt: skip
    (told,) = firings(asked, rung="act:decision_wanted")
    assert "申请延至2020年3月12日（星期四）24时前。目前进展：已完成八成。理由：两个村未能入户" in told.detail["reason"]
    (petition,) = rows(Petition)
    assert (petition.progress, petition.wanted_due_at, petition.decision) == (
        "已完成八成", beijing("2020-03-13 00:00"), None
    )  # fmt: skip
    assert verify_audit.fn().whole


def test_it_asks_the_superior_where_nobody_inside_reviews() -> None:
    ask(at="2020-02-18 10:00", due_at="2020-02-25 00:00", obligation=the_one("report", PROVINCE, UPSTREAM))
    assert code_of(decision().office_id) == PROVINCE, "nothing is asked of anybody outside"


def test_it_grants_what_was_asked_and_starts_the_ladder_over(database: str) -> None:
    ask()
    assert "时限已延至2020年3月12日（星期四）24时前" in decide("2020-03-04 10:00", grant=True).message
    after = march()
    assert (after.due_at, after.base_due_at, after.revision) == (
        beijing("2020-03-13 00:00"), beijing("2020-03-06 00:00"), 1
    )  # fmt: skip
    (row,) = rows(Adjustment)
    assert (row.kind, row.petition_id, row.approver) == (AdjustmentKind.EXTENSION, 1, str(OPERATOR))
    (petition,) = rows(Petition)
    assert (petition.decision, petition.decided_by) == ("granted", OPERATOR.name)
    assert again(decision()).status is Status.ACCEPTED
    assert wake_of(decision()) is None
    assert len(firings(after, rung="act:extension_decided")) == 1
    with pytest.raises(Refused, match="延期申请 1 已于2020年3月4日（星期三）10时有结果：同意，不能再作决定"):
        decide("2020-03-04 11:00", grant=False, reason="晚了")
    assert verify_audit.fn().whole


def test_it_grants_another_day_than_asked() -> None:
    ask()
    decide("2020-03-04 10:00", grant=True, due_at="2020-03-11 00:00", reason="不宜太晚")
    assert march().due_at == beijing("2020-03-11 00:00")


def test_it_refuses_with_a_reason_and_leaves_the_day(database: str) -> None:
    ask()
    with pytest.raises(Refused, match="不予延期必须说明理由"):
        decide("2020-03-04 10:00", grant=False)
    decide("2020-03-04 10:00", grant=False, reason="全省统一口径")
    after = march()
    assert (after.due_at, after.revision) == (beijing("2020-03-06 00:00"), 0)
    (told,) = firings(after, rung="act:extension_decided")
    assert told.detail == {"reason": "不予延期：全省统一口径", "refused": "1"}
    assert not rows(Adjustment)
    assert again(decision()).status is Status.ACCEPTED


def test_it_takes_silence_for_no_consent_and_chases_both(database: str) -> None:
    deliver.fn(now=LEFT)
    ask()
    for day in ("2020-03-04", "2020-03-05", "2020-03-06", "2020-03-09", "2020-03-11"):
        sweep.fn(now=beijing(f"{day} 09:00"))
        deliver.fn(now=beijing(f"{day} 09:01"))
    assert march().due_at == beijing("2020-03-06 00:00")
    assert {"due-1", "due-0", "due+1", "due+3"} <= {each.rung for each in firings(march())}
    assert {"due-0", "due+1", "due+3"} <= {each.rung for each in firings(decision())}
    assert {each.kind for each in firings(decision(), rung="due-0")} == {"decision_wanted"}
    assert decision().status is Status.PENDING


def test_it_lets_what_was_asked_in_time_count_when_it_is_decided_late() -> None:
    ask(at="2020-03-05 23:00")
    decide("2020-03-09 10:00", grant=True)
    assert march().due_at == beijing("2020-03-13 00:00")
    with pytest.raises(Refused, match="没有编号为 9 的延期申请"):
        decide("2020-03-09 10:00", grant=True, petition=9)


def test_it_refuses_a_late_grant_of_a_day_that_is_past() -> None:
    ask()
    with pytest.raises(Refused, match="必须晚于现在"):
        decide("2020-03-16 10:00", grant=True)
    decide("2020-03-16 10:00", grant=True, due_at="2020-03-21 00:00")
    assert march().due_at == beijing("2020-03-21 00:00")


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"reason": " "}, "申请延期必须说明理由"),
        ({"progress": " "}, "必须说明目前的办理进展"),
        ({"at": "2020-03-06 00:00"}, "延期须在到期前提出"),
        ({"due_at": "2020-03-06 00:00"}, "必须晚于现时限"),
        ({"due_at": "2020-04-06 00:00"}, "累计最多 30 天，该事项最晚可延至2020年4月4日（星期六）24时前"),
    ],
)
def test_it_refuses_what_cannot_be_asked(changed: dict[str, Any], words: str) -> None:
    with pytest.raises(Refused, match=words):
        ask(**changed)
    assert not rows(Petition)
    assert not owed("decide")


def test_it_refuses_what_has_no_date_and_what_has_ended_or_is_no_work() -> None:
    with pytest.raises(Refused, match="没有时限，无须申请延期"):
        ask(obligation=the_one("report", LINJIANG, COVER, ""))
    with pytest.raises(Refused, match="签收事项当前为“待办”，不能再“申请延期”"):
        ask(obligation=the_one("receipt", LINJIANG, COVER))
    waive.fn(march().id or 0, "免", actor=OPERATOR, now=LEFT)
    with pytest.raises(Refused, match="当前为“已免办”，不能再“申请延期”"):
        ask()


def test_it_lets_one_wait_at_a_time_and_no_other_extension_beside_it() -> None:
    ask()
    with pytest.raises(Refused, match="已有一件延期申请（编号 1）等待决定"):
        ask(at="2020-03-03 11:00")
    with pytest.raises(Refused, match="已申请延期（编号 1），请用 duban decide-extension 1 作出决定"):
        extend.fn(march().id or 0, beijing("2020-03-10 00:00"), "封控", actor=OPERATOR, now=beijing("2020-03-03 12:00"))
    decide("2020-03-04 10:00", grant=False, reason="不必")
    assert ask(at="2020-03-04 11:00").petition_id == 2


def test_it_caps_how_often_and_how_much_whoever_gives_it() -> None:
    ask()
    decide("2020-03-04 10:00", grant=True)
    extend.fn(march().id or 0, beijing("2020-03-20 00:00"), "封控", actor=OPERATOR, now=beijing("2020-03-10 10:00"))
    with pytest.raises(Refused, match="已延期 2 次，最多 2 次"):
        ask(at="2020-03-18 10:00", due_at="2020-03-25 00:00")
    with pytest.raises(Refused, match="已延期 2 次，最多 2 次"):
        extend.fn(march().id or 0, beijing("2020-03-25 00:00"), "封", actor=OPERATOR, now=beijing("2020-03-18 10:00"))


def test_it_counts_no_dating_as_an_extension() -> None:
    undated = the_one("report", LINJIANG, COVER, "")
    for day in ("10", "20", "25"):
        extend.fn(
            undated.id or 0, beijing(f"2020-03-{day} 00:00"), "定", actor=OPERATOR, now=beijing("2020-02-18 10:00")
        )
    assert again(undated).due_at == beijing("2020-03-25 00:00")


@pytest.mark.parametrize("how", ["submit", "waive"])
def test_it_ends_what_was_asked_when_the_matter_itself_ends(how: str, database: str) -> None:
    ask()
    assert [each.state for each in firings(decision(), rung="act:decision_wanted")] == [FiringState.OPEN]
    if how == "submit":
        submit_report.fn(
            COVER, LINJIANG, "好了。", actor=officer(LINJIANG), now=beijing("2020-03-03 15:00"), ordinal=MONTHLY
        )
    else:
        waive.fn(march().id or 0, "免", actor=OPERATOR, now=beijing("2020-03-03 15:00"))
    assert again(decision()).status is Status.WITHDRAWN
    assert wake_of(decision()) is None
    assert [each.state for each in firings(decision(), rung="act:decision_wanted")] == [FiringState.WITHDRAWN]
    assert [subject for subject, _ in entries("petition.lapsed")] == [f"obligation:{decision().id}"]
    with pytest.raises(Refused, match="有结果：事项已了结，无须再决定"):
        decide("2020-03-04 10:00", grant=True)
    reviews = [each for each in owed(ObligationKind.DECIDE) if each.origin.startswith("review:")]
    assert [each.status for each in reviews] == ([Status.PENDING] if how == "submit" else [])


def test_it_keeps_the_review_of_a_report_apart_from_what_was_asked_before() -> None:
    ask()
    submit_report.fn(
        COVER, LINJIANG, "好了。", actor=officer(LINJIANG), now=beijing("2020-03-03 15:00"), ordinal=MONTHLY
    )
    return_report.fn(march().id or 0, "缺数据", actor=OPERATOR, now=beijing("2020-03-04 10:00"))
    assert ask(at="2020-03-04 15:00").petition_id == 2
    submit_report.fn(COVER, LINJIANG, "补。", actor=officer(LINJIANG), now=beijing("2020-03-04 16:00"), ordinal=MONTHLY)
    accept.fn(march().id or 0, actor=OPERATOR, now=beijing("2020-03-04 17:00"))
    assert {each.status for each in owed("decide") if each.origin.startswith("review:")} == {Status.ACCEPTED}
    assert {each.status for each in owed("decide") if each.origin.startswith("extension:")} == {Status.WITHDRAWN}


def test_it_grants_nothing_while_the_clock_stands_and_grants_it_afterwards() -> None:
    ask()
    suspend.fn(march().id or 0, "封控", actor=OPERATOR, now=beijing("2020-03-03 11:00"))
    with pytest.raises(Refused, match="不能再“批准延期”；请先恢复计时"):
        decide("2020-03-04 10:00", grant=True)
    assert rows(Petition, col(Petition.decision).is_(None))
    resume.fn(march().id or 0, "解除", actor=OPERATOR, now=beijing("2020-03-04 11:00"))
    decide("2020-03-04 12:00", grant=True)
    assert march().due_at == beijing("2020-03-13 00:00")


def test_it_keeps_numbers_and_addresses_out_of_the_trail() -> None:
    ask(progress="联系 13812345678", reason="见 a@b.example.org")
    ((_, payload),) = entries("extension.asked")
    assert "13812345678" not in str(payload)
    assert "a@b.example.org" not in str(payload)
