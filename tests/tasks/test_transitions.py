"""What all acts share: nothing ended goes out, the loser of a race is told so, and time alone ends nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from domain.errors import Refused
from domain.flaws import Flaw
from domain.offices import Audience
from domain.statuses import Act, Hold, Status
from models.acting import fire, firing_row, move
from models.circulars import need_circular
from models.installation import installation
from models.notice import DeliveryState, FiringState
from models.obligation import Obligation
from models.recalls import close_owed, lock_making
from models.session import transaction
from tasks import delivering
from tasks.auditing import verify_audit
from tasks.contesting import contest, decide_contest, decide_paper, return_paper
from tasks.extending import ask_extension, decide_extension, extend
from tasks.forwarding import recall_forwarding
from tasks.handling import accept, receive, return_report, submit_report, waive
from tasks.holding import acknowledge, resume, suspend
from tasks.summarising import lines
from tasks.sweeping import sweep
from tasks.withdrawing import supersede_circular, withdraw_circular
from tests.cast import (
    COVER,
    DONGAN,
    LINJIANG,
    OPERATOR,
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
from tests.looking import again, deliveries, firings, owed, rows, the_one
from tests.tasks.beside import Beside

NOW = beijing("2020-02-14 09:30")
LEFT = NOW + timedelta(minutes=10)
AT = beijing("2020-02-17 10:00")
LATER = beijing("2020-02-17 15:00")
NUMBER = "江扶组办发〔2020〕20号"
NEW_DAY = beijing("2020-03-21 00:00")


@pytest.fixture(autouse=True)
def _cast(request: pytest.FixtureRequest) -> None:
    request.getfixturevalue("database" if "database" in request.fixturenames else "sqlite")
    import_cast(beijing("2020-02-13 09:00"))
    register_pair(beijing("2020-02-13 14:00"))
    register_text(notice_text(NUMBER, "请各地各部门于3月13日前将工作总结报省扶贫办。"), NOW)
    forward_cover(NOW, NUMBER)


def report(office: str = LINJIANG) -> Obligation:
    return the_one("report", office, NUMBER)


def number_of(office: str = LINJIANG) -> int:
    return report(office).id or 0


def remind(obligation: Obligation, rung: str = "due-3") -> None:
    """Fire a rung for the office's officer, which has not gone out yet."""
    with transaction(OPERATOR, AT) as work:
        view = installation(work.session).view
        code = view.code_of[obligation.office_id]
        row = firing_row(
            view, view.roster.audience(code, Audience.OFFICER, AT), "due_soon", rung=rung, at=AT, now=AT,
            not_before=AT, obligation_id=obligation.id, revision=obligation.revision, audience="officer",
        )  # fmt: skip
        assert fire(work, [row])


def submit(at: object = AT, office: str = LINJIANG) -> None:
    submit_report.fn(NUMBER, office, "已完成。", actor=officer(office), now=at)  # type: ignore[arg-type]


def ask() -> int:
    asked = ask_extension.fn(number_of(), NEW_DAY, "八成", "路远", actor=officer(LINJIANG), now=AT)
    return asked.petition_id or 0


def dispute() -> int:
    return contest.fn(number_of(), "非我", actor=officer(LINJIANG), now=AT).petition_id or 0


def send_back() -> int:
    done = return_paper.fn(NUMBER, LINJIANG, Flaw.WRONG_FILE, "附件不对", actor=officer(LINJIANG), now=AT)
    return done.petition_id or 0


def stop() -> None:
    suspend.fn(number_of(), "封控", actor=OPERATOR, now=AT)


def take_out(new: str = UPSTREAM) -> None:
    supersede_circular.fn(NUMBER, new, "有变", actor=OPERATOR, now=LATER)


#: act -> what comes before it, the act itself; whatever runs has a reminder that has not gone out.
ENDING: dict[str, tuple[Callable[[], object] | None, Callable[[], object]]] = {
    "submit": (None, lambda: submit(LATER)),
    "waive": (None, lambda: waive.fn(number_of(), "免", actor=OPERATOR, now=LATER)),
    "extend": (None, lambda: extend.fn(number_of(), NEW_DAY, "封", actor=OPERATOR, now=LATER)),
    "grant": (ask, lambda: decide_extension.fn(1, grant=True, actor=OPERATOR, now=LATER)),
    "suspend": (None, stop),
    "contest": (None, dispute),
    "return_paper": (None, send_back),
    "recall": (None, lambda: recall_forwarding.fn(NUMBER, "误", actor=OPERATOR, now=LATER)),
    "withdraw": (None, lambda: withdraw_circular.fn(NUMBER, "误", actor=OPERATOR, now=LATER)),
    "supersede": (None, take_out),
}


@pytest.mark.parametrize("act", ENDING)
@pytest.mark.parametrize("assembled", [False, True])
def test_it_withdraws_what_is_unsent_of_what_an_act_ends_or_moves(act: str, assembled: bool, database: str) -> None:
    before, do = ENDING[act]
    delivering._assemble(lambda: LEFT)
    if before is not None:
        before()
    remind(report())
    if assembled:
        delivering._assemble(lambda: AT)
    do()
    assert [each.state for each in firings(report(), rung="due-3")] == [FiringState.WITHDRAWN]
    delivering._assemble(lambda: LATER)
    told = {each.id for each in firings(report(), rung="due-3")}
    assert not [each for each in _queued() if each & told]
    assert verify_audit.fn().whole


def _queued() -> list[set[int | None]]:
    """Return what each queued delivery would tell, as open firings."""
    from models.notice import Firing, FiringRecipient

    queued = {each.notice_id for each in deliveries() if each.state is DeliveryState.QUEUED}
    open_ones = {each.id for each in rows(Firing) if each.state is FiringState.OPEN}
    found: dict[int | None, set[int | None]] = {}
    for each in rows(FiringRecipient):
        if each.notice_id in queued and each.firing_id in open_ones:
            found.setdefault(each.notice_id, set()).add(each.firing_id)
    return list(found.values())


KEPT: dict[str, tuple[Callable[[], object] | None, Callable[[], object]]] = {
    "ask": (None, ask),
    "refuse": (ask, lambda: decide_extension.fn(1, grant=False, reason="不", actor=OPERATOR, now=LATER)),
    "acknowledge": (None, lambda: acknowledge.fn(number_of(), actor=officer(LINJIANG), now=LATER)),
}


@pytest.mark.parametrize("act", KEPT)
def test_it_leaves_alone_what_an_act_does_not_end(act: str, database: str) -> None:
    before, do = KEPT[act]
    if before is not None:
        before()
    remind(report())
    do()
    assert [each.state for each in firings(report(), rung="due-3")] == [FiringState.OPEN]


def test_it_withdraws_the_reminder_of_a_receipt_that_is_confirmed() -> None:
    receipt = the_one("receipt", LINJIANG, NUMBER)
    remind(receipt)
    receive.fn(NUMBER, LINJIANG, actor=officer(LINJIANG), now=LATER)
    assert [each.state for each in firings(receipt, rung="due-3")] == [FiringState.WITHDRAWN]


@pytest.mark.parametrize("how", ["accept", "return"])
def test_it_withdraws_the_reviewers_reminder_when_the_review_is_done(how: str) -> None:
    submit()
    (review,) = owed("decide")
    remind(review)
    if how == "accept":
        accept.fn(number_of(), actor=OPERATOR, now=LATER)
    else:
        return_report.fn(number_of(), "缺", actor=OPERATOR, now=LATER)
    assert [each.state for each in firings(review, rung="due-3")] == [FiringState.WITHDRAWN]


@pytest.mark.parametrize("how", ["uphold", "dismiss", "accept paper", "reject paper", "resume"])
def test_it_withdraws_the_deciders_reminder_when_the_decision_is_made(how: str) -> None:
    if how == "resume":
        stop()
        resume.fn(number_of(), "好", actor=OPERATOR, now=LATER)
        assert report().status is Status.PENDING
        return
    petition = send_back() if "paper" in how else dispute()
    (decision,) = owed("decide")
    remind(decision)
    if "paper" in how:
        decide_paper.fn(petition, accepted=how == "accept paper", reason="核", actor=OPERATOR, now=LATER)
    else:
        decide_contest.fn(petition, uphold=how == "uphold", reason="核", actor=OPERATOR, now=LATER)
    assert [each.state for each in firings(decision, rung="due-3")] == [FiringState.WITHDRAWN]


# --- races: the second is told that somebody was faster, or in which state the matter is now


def loser(first: Act, second: Callable[[], object], before: Callable[[], object] | None = None) -> str:
    """Let an act be open while the other begins; return why the other was refused."""
    if before is not None:
        before()
    mine = report()
    with transaction(OPERATOR, LATER) as work:
        values = {"submitted_at": LATER} if first is Act.SUBMIT else {}
        move(work, work.session.get_one(Obligation, mine.id), first, **values)
        other = Beside(second)
    ended = other.end()
    assert isinstance(ended, Refused), ended
    assert "\n" not in str(ended)
    return str(ended)


def is_clear(sentence: str) -> bool:
    """Either it is too late by the lock, or the state is told: never a stack of a database."""
    return "刚刚已被他人处理" in sentence or "不能再" in sentence or "不能作" in sentence


RACES: dict[str, tuple[Act, Callable[[], object], Callable[[], object] | None]] = {
    "accept, return": (Act.ACCEPT, lambda: return_report.fn(number_of(), "缺", actor=OPERATOR, now=LATER), submit),
    "accept, accept": (Act.ACCEPT, lambda: accept.fn(number_of(), actor=OPERATOR, now=LATER), submit),
    "contest, submit again": (Act.SUBMIT, lambda: contest.fn(number_of(), "非", actor=OPERATOR, now=LATER), None),
    "submit, waive": (Act.WAIVE, lambda: submit(LATER), None),
    "suspend, extend": (
        Act.SUSPEND, lambda: extend.fn(number_of(), NEW_DAY, "封", actor=OPERATOR, now=LATER), None
    ),
    "waive, grant": (
        Act.WAIVE, lambda: decide_extension.fn(1, grant=True, actor=OPERATOR, now=LATER), ask
    ),
    "submit, rule on a contest": (
        Act.SUBMIT, lambda: decide_contest.fn(1, uphold=True, reason="核", actor=OPERATOR, now=LATER), dispute
    ),
}  # fmt: skip


@pytest.mark.parametrize("race", RACES)
def test_it_tells_the_loser_of_a_race_in_one_sentence_and_leaves_nothing_of_it(race: str, database: str) -> None:
    first, second, before = RACES[race]
    sentence = loser(first, second, before)
    assert is_clear(sentence) or "已于" in sentence, sentence
    after = {
        Act.ACCEPT: (Status.ACCEPTED, ""), Act.SUBMIT: (Status.SUBMITTED, ""), Act.WAIVE: (Status.WAIVED, ""),
        Act.SUSPEND: (Status.PENDING, Hold.SUSPENSION),
    }[first]  # fmt: skip
    assert (report().status, report().hold) == after
    assert report().revision == 0
    assert verify_audit.fn().whole


def test_it_lets_an_extension_lose_against_a_withdrawal_that_is_under_way(database: str) -> None:
    with transaction(OPERATOR, LATER) as work:
        circular = need_circular(work.session, NUMBER)
        lock_making(work.session, circular)
        close_owed(work, circular, None)
        other = Beside(lambda: extend.fn(number_of(), NEW_DAY, "封", actor=OPERATOR, now=LATER))
    ended = other.end()
    assert isinstance(ended, Refused)
    assert is_clear(str(ended))
    assert (report().status, report().due_at) == (Status.WITHDRAWN, beijing("2020-03-14 00:00"))


def test_it_withdraws_after_an_extension_that_was_first(database: str) -> None:
    mine = report()
    with transaction(OPERATOR, LATER) as work:
        move(work, work.session.get_one(Obligation, mine.id), Act.EXTEND)
        other = Beside(lambda: withdraw_circular.fn(NUMBER, "误", actor=OPERATOR, now=LATER))
    assert not isinstance(other.end(), Refused)
    assert again(mine).status is Status.WITHDRAWN


# --- time alone


def test_it_ends_nothing_by_time_alone_in_four_hundred_days_of_daily_sweeps() -> None:
    """Nobody does anything: all stays open and red, what is held stays held, what was asked stays asked."""
    waiting = return_paper.fn(NUMBER, DONGAN, Flaw.UNREADABLE, "不清", actor=officer(DONGAN), now=LEFT)
    contest.fn(number_of(SHIQIAO), "非我", actor=officer(SHIQIAO), now=LEFT)
    ask_extension.fn(number_of(WANGCHUAN), NEW_DAY, "八成", "路远", actor=officer(WANGCHUAN), now=LEFT)
    submit(LEFT)
    for day in range(400):
        sweep.fn(now=beijing("2020-02-15 09:00") + timedelta(days=day))
    end = beijing("2020-02-15 09:00") + timedelta(days=400)
    held = {DONGAN: Hold.PAPER, SHIQIAO: Hold.CONTEST}
    for each in owed("report", number=NUMBER):
        assert each.ended_at is None
        assert each.status is (Status.SUBMITTED if each.id == number_of() else Status.PENDING)
    assert {code: report(code).hold for code in held} == held
    assert {each.status for each in owed("decide")} == {Status.PENDING}
    assert waiting.petition_id is not None
    shown = {each.code: each.light for each in lines.fn(now=end, number=NUMBER) if each.kind == "报送"}
    assert {shown.pop(DONGAN), shown.pop(SHIQIAO)} == {"held"}
    assert shown.pop(LINJIANG) == "green", "awaiting review is never red"
    assert set(shown.values()) == {"red"}
    assert the_one("receipt", LINJIANG, NUMBER).status is Status.PENDING
    assert COVER not in {each.number for each in lines.fn(now=end, number=NUMBER)}
