"""A changed policy file: it touches no running matter until a person applies it, and then nobody is flooded."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Protocol

import pytest
from sqlmodel import col

from config.policies import DEFAULT_FILE, load_policies
from domain.errors import Refused
from domain.statuses import ObligationKind, Status
from domain.urgent import Severity
from models.audit import AuditEntry
from models.notice import FiringState
from models.obligation import Adjustment, AdjustmentKind, Obligation, PolicyVersion
from tasks.alerting import raise_urgent_report
from tasks.auditing import verify_audit
from tasks.extending import extend
from tasks.forwarding import forward_circular
from tasks.handling import receive, submit_report
from tasks.repolicing import apply_policies, preview_policies
from tasks.sweeping import sweep
from tests.cast import (
    COVER,
    DONGAN,
    LINJIANG,
    OPERATOR,
    PROVINCE,
    SHIQIAO,
    beijing,
    import_cast,
    notice_text,
    register_text,
    set_out,
)
from tests.looking import again, entries, firings, owed, rows, the_one, wake_of
from tests.tasks.stage import forward_to_counties, sweep_until, use

SENT = beijing("2020-02-14 09:30")
#: In the morning after: nothing has been confirmed, the officers were reminded on Friday.
MONDAY = beijing("2020-02-17 08:40")
DEFAULT = DEFAULT_FILE.read_text(encoding="utf-8")
RECEIPT_TERM = 'kind = "receipt"\ngrades = ["routine"]\namount = 1\n'


class Edit(Protocol):
    def __call__(self, old: str, new: str, *, in_force: bool = True) -> Path: ...


@pytest.fixture(autouse=True)
def _database(request: pytest.FixtureRequest) -> None:
    request.getfixturevalue("database" if "database" in request.fixturenames else "sqlite")


@pytest.fixture
def edited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Edit:
    """Put a changed copy of the file in force: the text `old` in it becomes `new`."""
    turn = iter(range(100))

    def edit(old: str, new: str, *, in_force: bool = True) -> Path:
        assert old in DEFAULT
        path = tmp_path / f"own-{next(turn)}.toml"
        path.write_text(DEFAULT.replace(old, new), encoding="utf-8")
        if in_force:
            use(monkeypatch, policies_file=path)
        return path

    return edit


def longer_receipt(edited: Edit) -> Path:
    return edited(RECEIPT_TERM, RECEIPT_TERM.replace("amount = 1", "amount = 3"))


def applied(now: datetime = MONDAY) -> object:
    return apply_policies.fn("本省规定有变", actor=OPERATOR, now=now)


# --- nothing happens by itself


def test_it_leaves_running_matters_alone_and_gives_new_ones_the_file_in_force(database: str, edited: Edit) -> None:
    set_out(SENT)
    before = [(each.id, each.due_at, each.policy_id) for each in rows(Obligation)]
    longer_receipt(edited)
    sweep_until(SENT, MONDAY)
    assert [(each.id, each.due_at, each.policy_id) for each in rows(Obligation)] == before
    number = "江扶组办发〔2020〕20号"
    register_text(notice_text(number, "要抓好落实。"), MONDAY)
    forward_circular.fn(number, actor=OPERATOR, now=MONDAY)
    assert the_one("receipt", LINJIANG, number).due_at == beijing("2020-02-21 00:00")
    assert len(rows(PolicyVersion)) == 2


def test_it_shows_what_would_move_and_changes_nothing(database: str, edited: Edit) -> None:
    set_out(SENT)
    sweep_until(SENT, MONDAY)
    longer_receipt(edited)
    before = len(rows(AuditEntry))
    found = preview_policies.fn(now=MONDAY)
    assert not found.applied
    assert (found.moved, found.staying) == (8, len([each for each in rows(Obligation) if not each.status.is_final]) - 8)
    (moving,) = found.deadlines
    assert (moving.kind, moving.grade, moving.count, len(moving.offices)) == ("签收", "平件", 8, 3)
    assert (moving.old, moving.new) == ("2020年2月17日（星期一）24时前", "2020年2月19日（星期三）24时前")
    assert found.messages_of_moving == 7, "北岭县 has no address: its city is told of both in one"
    assert found.ladders == ()
    assert len(rows(AuditEntry)) == before
    assert len(rows(PolicyVersion)) == 1


def test_it_shows_a_file_that_is_not_in_force_and_refuses_to_apply_it(edited: Edit) -> None:
    set_out(SENT)
    other = edited(RECEIPT_TERM, RECEIPT_TERM.replace("amount = 1", "amount = 2"), in_force=False)
    assert preview_policies.fn(other, now=MONDAY).moved == 8
    with pytest.raises(Refused, match="请先在 DUBAN_POLICIES_FILE 中指明该文件"):
        apply_policies.fn("试行", actor=OPERATOR, now=MONDAY, file=other)
    assert apply_policies.fn("核对", actor=OPERATOR, now=MONDAY, file=DEFAULT_FILE).replaces == {}
    with pytest.raises(Refused, match="必须说明理由"):
        apply_policies.fn(" ", actor=OPERATOR, now=MONDAY)


# --- deadlines


def test_it_moves_deadlines_by_a_row_a_revision_and_one_message_each(database: str, edited: Edit) -> None:
    set_out(SENT)
    sweep_until(SENT, MONDAY)
    longer_receipt(edited)
    done = apply_policies.fn("本省规定有变", actor=OPERATOR, now=MONDAY)
    assert (done.applied, done.moved) == (True, 8)
    receipt = the_one("receipt", DONGAN, COVER)
    assert (receipt.due_at, receipt.base_due_at) == (beijing("2020-02-20 00:00"), beijing("2020-02-18 00:00"))
    assert (receipt.revision, receipt.term_amount, receipt.term_start) == (1, 3, receipt.issued_at)
    (row,) = rows(Adjustment, col(Adjustment.obligation_id) == receipt.id)
    assert (row.kind, row.reason, row.approver) == (AdjustmentKind.RECOMPUTATION, "本省规定有变", str(OPERATOR))
    assert (row.old_due_at, row.new_due_at) == (beijing("2020-02-18 00:00"), beijing("2020-02-20 00:00"))
    assert len(firings(receipt, rung="act:deadline_moved")) == 1
    behind = [each for each in firings(receipt) if each.revision == 1 and not each.rung.startswith("act:")]
    assert {(each.rung, each.state) for each in behind} == {
        ("issued+4h", FiringState.SUPERSEDED), ("unsigned-list", FiringState.SUPERSEDED)
    }  # fmt: skip
    assert sweep.fn(now=beijing("2020-02-17 08:55")).fired == 0
    assert verify_audit.fn().whole


def test_it_records_both_versions_the_reason_and_every_obligation(edited: Edit) -> None:
    set_out(SENT)
    old = rows(PolicyVersion)[0].digest
    new = load_policies(longer_receipt(edited)).digest
    apply_policies.fn("本省规定有变，电话 0400-0000008", actor=OPERATOR, now=MONDAY)
    recorded = [payload for _, payload in entries("policy.applied")]
    assert {(each["from"], each["to"]) for each in recorded} == {(old, new)}
    still = [each.id for each in rows(Obligation) if not each.status.is_final]
    assert sorted(number for each in recorded for number in each["obligations"]) == still
    assert all("0400" not in each["reason"] and "本省规定有变" in each["reason"] for each in recorded)
    assert len(entries("deadline.adjusted")) == 8


def test_it_finds_nothing_the_second_time(database: str, edited: Edit) -> None:
    set_out(SENT)
    longer_receipt(edited)
    applied()
    before = [(each.seq, each.hash) for each in rows(AuditEntry)]
    done = apply_policies.fn("再来一次", actor=OPERATOR, now=beijing("2020-02-17 09:10"))
    assert (done.moved, done.staying, done.replaces) == (0, 0, {})
    assert [(each.seq, each.hash) for each in rows(AuditEntry)] == before


def test_it_leaves_a_day_that_a_person_or_the_circular_set(edited: Edit) -> None:
    set_out(SENT)
    receipt = the_one("receipt", DONGAN, COVER)
    extend.fn(receipt.id or 0, beijing("2020-02-25 00:00"), "春节后补签", actor=OPERATOR, now=SENT)
    monthly = the_one("report", DONGAN, COVER, "2020-03-05")
    longer_receipt(edited)
    assert apply_policies.fn("本省规定有变", actor=OPERATOR, now=MONDAY).moved == 7
    assert again(receipt).due_at == beijing("2020-02-25 00:00")
    assert again(monthly).due_at == monthly.due_at
    assert again(receipt).policy_id == again(monthly).policy_id == rows(PolicyVersion)[-1].id


def test_it_takes_a_decision_by_what_is_decided(edited: Edit) -> None:
    set_out(SENT)
    reported = beijing("2020-03-02 10:00")
    submit_report.fn(COVER, "临江市", "进展顺利。", actor=OPERATOR, now=reported, ordinal=2, period="2020-03")
    (review,) = owed("decide", PROVINCE)
    assert review.due_at == beijing("2020-03-06 00:00")
    term = 'grades = ["review"] # 审核报送\namount = 3'
    edited(term, term.replace("amount = 3", "amount = 5"))
    apply_policies.fn("本省规定有变", actor=OPERATOR, now=reported)
    assert again(review).due_at == beijing("2020-03-10 00:00")


def test_it_leaves_final_matters_and_gives_what_is_handed_in_the_policy_alone(edited: Edit) -> None:
    set_out(SENT)
    receive.fn(COVER, "东岸区", actor=OPERATOR, now=SENT)
    submit_report.fn(COVER, "临江市", "进展顺利。", actor=OPERATOR, now=SENT, ordinal=2, period="2020-03")
    ended, handed_in = the_one("receipt", DONGAN, COVER), the_one("report", LINJIANG, COVER, "2020-03-05")
    edited("offset = -3", "offset = -4")
    applied()
    assert (again(ended).status, again(ended).policy_id) == (Status.ACCEPTED, ended.policy_id)
    assert again(handed_in).policy_id != handed_in.policy_id
    assert (again(handed_in).revision, wake_of(handed_in)) == (0, None)


# --- ladders


def test_it_shows_what_comes_anew_earlier_later_or_never(edited: Edit) -> None:
    set_out(SENT)
    before = '  { name = "due-1", anchor = "due", offset = -1, unit = "workdays", to = ["officer"] },\n'
    edited(before, before.replace("due-1", "due-2").replace("-1", "-2"))
    found = preview_policies.fn(now=MONDAY)
    (group,) = [each for each in found.ladders if each.kind == ObligationKind.REPORT]
    # those of the eight offices, and the province's own to the State Council, due on Thursday
    assert (group.count, group.anew, group.never, group.earlier, group.later, group.passed) == (9, 9, 9, 0, 0, 0)
    assert group.next_old == group.next_new == "due-3，2020年2月17日（星期一）9时"
    assert group.recipients == 8
    assert found.messages_of_sweep == 0
    edited("offset = -3", "offset = -4")
    (group,) = [each for each in preview_policies.fn(now=MONDAY).ladders if each.kind == ObligationKind.REPORT]
    assert (group.earlier, group.later, group.passed) == (9, 0, 1), "the province's would have come on Friday"
    assert (group.next_old, group.next_new) == (
        "due-3，2020年2月17日（星期一）9时",
        "due-1，2020年2月19日（星期三）9时",
    )


def test_it_wakes_a_ladder_by_the_new_file_and_keeps_its_revision(database: str, edited: Edit) -> None:
    set_out(SENT)
    report = the_one("report", DONGAN, COVER, "2020-03-05")
    assert wake_of(report).wake_at == beijing("2020-03-02 09:00")  # type: ignore[union-attr]
    edited("offset = -3", "offset = -4")
    applied()
    assert wake_of(report).wake_at == beijing("2020-02-28 09:00")  # type: ignore[union-attr]
    assert again(report).revision == 0
    assert sweep.fn(now=beijing("2020-02-28 09:00")).fired >= 8


def test_it_floods_nobody_with_rungs_that_lie_behind(database: str, edited: Edit) -> None:
    """A ladder with five more rungs, all of them past: recorded as superseded, and no mail."""
    set_out(SENT)
    sweep_until(SENT, MONDAY)
    line = '  { name = "issued+4h", anchor = "issued", offset = 4, unit = "working_hours", to = ["officer"] },\n'
    more = "".join(
        f'  {{ name = "extra-{n}", anchor = "issued", offset = {n}, unit = "minutes", to = ["officer", "head"] }},\n'
        for n in range(1, 6)
    )
    text = DEFAULT[: DEFAULT.index('  { name = "issued+2"')]
    assert text.rindex(line) > 0
    edited(line + '  { name = "unsigned-list", anchor = "issued", offset = 1440, unit = "minutes", to = ["operators"], '
           'source = "黄南州电子公文规定第十条" },\n  { name = "issued+2"',
           more + line + '  { name = "unsigned-list", anchor = "issued", offset = 1440, unit = "minutes", '
           'to = ["operators"], source = "黄南州电子公文规定第十条" },\n  { name = "issued+2"')  # fmt: skip
    found = preview_policies.fn(now=MONDAY)
    assert (found.messages_of_sweep, [each.passed for each in found.ladders]) == (0, [80])
    applied()
    receipt = the_one("receipt", DONGAN, COVER)
    extra = [each for each in firings(receipt) if each.rung.startswith("extra-")]
    assert {each.state for each in extra} == {FiringState.SUPERSEDED}
    assert len(extra) == 10
    assert sweep.fn(now=beijing("2020-02-17 08:55")).fired == 0


def test_it_never_fires_again_what_has_fired_under_its_name(edited: Edit) -> None:
    set_out(SENT)
    sweep_until(SENT, beijing("2020-02-14 14:00"))
    receipt = the_one("receipt", DONGAN, COVER)
    assert len(firings(receipt, rung="issued+4h")) == 1
    edited(
        '"issued+4h", anchor = "issued", offset = 4, unit = "working_hours", to = ["officer"]',
        '"issued+4h", anchor = "issued", offset = 6, unit = "working_hours", to = ["officer"]',
    )
    apply_policies.fn("改为六小时", actor=OPERATOR, now=beijing("2020-02-14 14:05"))
    sweep_until(beijing("2020-02-14 14:05"), beijing("2020-02-17 11:00"))
    assert len(firings(receipt, rung="issued+4h")) == 1


def test_it_loses_nothing_that_the_next_sweep_owes(edited: Edit) -> None:
    """Applied between 9:00 and the sweep: the reminder of that morning still goes out, once."""
    set_out(SENT)
    sweep_until(SENT, beijing("2020-03-01 12:00"))
    report = the_one("report", SHIQIAO, COVER, "2020-03-05")
    edited("times = 8", "times = 4")
    at = beijing("2020-03-02 09:05")
    assert preview_policies.fn(now=at).messages_of_sweep == 7
    apply_policies.fn("少催几次", actor=OPERATOR, now=at)
    sweep.fn(now=beijing("2020-03-02 09:15"))
    (told,) = firings(report, rung="due-3")
    assert told.state is FiringState.OPEN


def test_it_lets_an_urgent_report_go_on_climbing(edited: Edit) -> None:
    import_cast(SENT)
    raised = beijing("2020-02-15 02:00")
    raise_urgent_report.fn(
        "东岸区", "仓库起火", "火势已控制。", Severity.SERIOUS, occurred_at=raised, learned_at=raised, actor=OPERATOR,
        now=raised,
    )  # fmt: skip
    (respond,) = owed("respond", LINJIANG)
    term = 'grades = ["particularly_serious", "serious"]\namount = 15'
    edited(term, term.replace("15", "5"))
    at = beijing("2020-02-15 02:10")
    apply_policies.fn("加快回应", actor=OPERATOR, now=at)
    assert again(respond).due_at == respond.due_at, "never behind us"
    sweep_until(at, beijing("2020-02-15 02:16"))
    assert owed("respond", PROVINCE), "the case has climbed"


# --- at once


def test_it_doubles_and_loses_nothing_while_sweeps_run(
    database: str, edited: Edit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two sweeps and two operators at nine o'clock sharp: every office is reminded once, all run by the new file."""
    monkeypatch.setattr("models.policies.PIECE", 9)
    monkeypatch.setattr("tasks.sweeping._BATCH", 7)
    number = "江扶组办发〔2020〕21号"
    codes = forward_to_counties(number, 25, SENT)
    sweep_until(SENT, beijing("2020-03-01 12:00"))
    edited("times = 8", "times = 4")
    at, wrong = beijing("2020-03-02 09:00"), list[Exception]()

    def doing(act: Callable[[], object]) -> None:
        try:
            act()
        except Exception as error:  # noqa: BLE001  shown by the assertion
            wrong.append(error)

    acts = [lambda: sweep.fn(now=at), lambda: apply_policies.fn("少催几次", actor=OPERATOR, now=at)] * 2
    threads = [threading.Thread(target=doing, args=(act,)) for act in acts]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert wrong == []
    sweep.fn(now=beijing("2020-03-02 09:15"))
    told = [each for each in firings(rung="due-3") if each.state is FiringState.OPEN]
    reports = [the_one("report", code, number) for code in codes]
    assert sorted(each.obligation_id or 0 for each in told) == sorted(each.id or 0 for each in reports)
    assert {each.policy_id for each in reports} == {rows(PolicyVersion)[-1].id}
    assert {wake_of(each).wake_at for each in reports} == {beijing("2020-03-04 09:00")}  # type: ignore[union-attr]
    assert verify_audit.fn().whole


# --- many


def test_it_brings_thousands_over_in_pieces(edited: Edit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.policies.PIECE", 7)
    forward_to_counties("江扶组办发〔2020〕21号", 20, SENT)
    longer_receipt(edited)
    done = apply_policies.fn("本省规定有变", actor=OPERATOR, now=MONDAY)
    open_ones = [each for each in rows(Obligation) if not each.status.is_final]
    assert done.moved + done.staying == len(open_ones) == 40
    assert {each.policy_id for each in open_ones} == {rows(PolicyVersion)[-1].id}
    assert verify_audit.fn().whole
