"""A notice sent again on request: what is still true, in a new message that refers to the old one, once in a while."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import col

from domain.errors import Refused
from domain.urgent import Severity
from models.notice import DeliveryState, Firing, FiringState
from models.session import reading
from tasks.alerting import raise_urgent_report
from tasks.auditing import verify_audit
from tasks.delivering import deliver
from tasks.extending import extend
from tasks.forwarding import recall_forwarding
from tasks.handling import receive, submit_report
from tasks.reminding import remind
from tasks.resending import Resent, resend_notice
from tasks.rostering import import_roster
from tasks.sweeping import sweep
from tests.cast import (
    COVER,
    DONGAN,
    LINJIANG,
    MONTHLY,
    OPERATOR,
    ROSTER_CSV,
    STATE_COUNCIL,
    beijing,
    import_cast,
    officer,
    set_out,
)
from tests.looking import entries, firings, rows, the_one
from tests.notifications.scripted_server import ScriptedServer
from tests.tasks.stage import (
    Mail,
    deliver_at,
    deliveries,
    go_live,
    items_of,
    mails_in,
    notices,
    post_office,
    sweep_until,
)

FORWARDED = beijing("2020-02-14 09:30")
SENT = beijing("2020-02-14 09:40")
NOW = beijing("2020-02-14 10:00")
OFFICER, HEAD = "officer.230102@example.org", "head.230102@example.org"


@pytest.fixture(autouse=True)
def _cast(request: pytest.FixtureRequest) -> None:
    request.getfixturevalue("database" if "database" in request.fixturenames else "sqlite")
    set_out(FORWARDED)


def notice_to(address: str, kind: str = "circular") -> int:
    """The last notice of a kind to an address."""
    kinds = {number: notice.kind for number, notice in notices().items()}
    return [each.notice_id for each in deliveries(address=address) if kinds[each.notice_id] == kind][-1]


def again(number: int, now: datetime = NOW, *, to: str = "", reason: str = "来电称未收到") -> Resent:
    return resend_notice.fn(number, reason, actor=OPERATOR, now=now, to=to)


def refused(number: int, now: datetime = NOW, *, to: str = "", reason: str = "来电称未收到") -> str:
    before = len(firings())
    with pytest.raises(Refused) as error:
        again(number, now, to=to, reason=reason)
    assert len(firings()) == before, "nothing was done"
    assert str(error.value).endswith("。")
    return str(error.value)


def sent_again() -> list[Firing]:
    return list(rows(Firing, col(Firing.again_of_id).is_not(None)))


# ---------------------------------------------------------------- what it sends


def test_it_sends_the_circular_again_in_a_new_message_of_the_same_thread(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with post_office(monkeypatch, tmp_path / "mail", FORWARDED):
        deliver_at(SENT)
        number = notice_to(OFFICER)
        done = again(number)
        assert (done.items, done.dropped, done.offices) == (1, 0, ("东岸区扶贫开发领导小组办公室",))
        deliver_at(NOW)
    first, second = (mail for mail in mails_in(tmp_path / "mail") if mail.to == OFFICER)
    if first.message["Date"] > second.message["Date"]:
        first, second = second, first
    assert_it_refers_to(second, first)
    assert second.subject == first.subject
    assert [part.get_filename() for part in second.message.iter_attachments()], "the original comes with it"
    assert "应要求重发（原件于2020年2月14日（星期五）9时40分发出）" in second.text
    assert len([each for each in mails_in(tmp_path / "mail") if each.to != OFFICER]) == 7, "nobody else hears of it"


def assert_it_refers_to(second: Mail, first: Mail) -> None:
    assert second.message_id != first.message_id
    assert second.message["In-Reply-To"] == first.message_id
    assert first.message_id in second.message["References"]
    assert second.message["References"].split()[0] == first.message["References"].split()[0], "one thread"


def test_its_rows_show_both_and_the_trail_says_why(database: str) -> None:
    deliver_at(SENT)
    number = notice_to(OFFICER)
    (old,) = items_of(number)
    again(number, reason="王一来电（13812345678）称未收到，改发 x@example.org 也可")
    (new,) = sent_again()
    assert (new.again_of_id, new.kind, new.rung, new.office_id) == (
        old.id,
        "circular",
        "act:circular/again",
        old.office_id,
    )
    ((subject, payload),) = entries("notice.resent")
    assert subject == f"notice:{number}"
    assert (payload["firings"], payload["again_of"], payload["offices"]) == ([new.id], [old.id], [DONGAN])
    assert "来电" in payload["reason"]
    assert "@" not in str(payload)
    assert "13812345678" not in str(payload)
    assert verify_audit.fn().whole
    deliver_at(NOW)
    assert [each.state for each in deliveries(address=OFFICER)] == [DeliveryState.ACCEPTED] * 2


def digest(now: str = "2020-03-06 09:00") -> int:
    """Let 东岸区's officer have a digest after an outage: the receipt and March's report; return its notice."""
    deliver_at(SENT)
    sweep.fn(now=beijing(now))
    deliver_at(beijing(now))
    return notice_to(OFFICER, "digest")


def test_it_drops_what_has_ended_meanwhile(database: str) -> None:
    number = digest()
    told = {each.obligation_id for each in items_of(number)}
    assert len(told) > 1
    receive.fn(COVER, DONGAN, actor=officer(DONGAN), now=beijing("2020-03-06 10:00"))
    done = again(number, beijing("2020-03-06 10:30"))
    assert done.dropped >= 1
    assert "项不再发" in done.message
    assert the_one("receipt", DONGAN).id not in {each.obligation_id for each in sent_again()}
    deliver_at(beijing("2020-03-06 10:30"))
    assert done.items == len(sent_again())


def test_it_renders_what_it_tells_as_things_stand_now(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with post_office(monkeypatch, tmp_path / "mail", FORWARDED):
        number = digest()
        later = beijing("2020-03-09 10:00")
        again(number, later)
        deliver_at(later)
    told = [mail.text for mail in mails_in(tmp_path / "mail") if mail.to == OFFICER and "应要求重发" in mail.text]
    assert len(told) == 1
    assert "已逾期 2 个工作日" in told[0], "then it was one"


def test_an_act_after_the_request_takes_it_back(database: str) -> None:
    number = digest()
    evening = beijing("2020-03-06 18:00")
    again(number, evening)
    waiting = {each.obligation_id for each in sent_again() if each.state is FiringState.OPEN}
    receipt = the_one("receipt", DONGAN)
    assert receipt.id in waiting
    receive.fn(COVER, DONGAN, actor=officer(DONGAN), now=evening)
    (ended,) = [each for each in sent_again() if each.obligation_id == receipt.id]
    assert ended.state is FiringState.WITHDRAWN


def test_a_recall_takes_back_what_was_asked_for_and_has_not_gone(database: str) -> None:
    deliver_at(SENT)
    saturday = beijing("2020-02-15 10:00")
    again(notice_to(OFFICER), saturday)
    recall_forwarding.fn(COVER, "发错", actor=OPERATOR, now=saturday)
    assert [each.state for each in sent_again()] == [FiringState.WITHDRAWN]
    deliver_at(beijing("2020-02-17 08:30"))
    assert {notices()[each.notice_id].kind for each in deliveries(address=OFFICER)} == {"circular", "withdrawn"}


def test_a_reminder_by_hand_that_goes_again_ends_with_what_it_asks_for(database: str) -> None:
    deliver_at(SENT)
    morning, evening = beijing("2020-03-02 09:30"), beijing("2020-03-02 18:00")
    march = the_one("report", DONGAN, period="2020-03-05")
    remind.fn(march.id or 0, "省里明日开会要用", actor=OPERATOR, now=morning)
    deliver_at(morning)
    again(notice_to(OFFICER, "reminder"), evening)
    assert [each.rung for each in sent_again()] == ["reminder/again"]
    assert remind.fn(march.id or 0, "再催", actor=OPERATOR, now=evening).sent_in_all == 2, "it counts for no reminder"
    submit_report.fn(
        COVER, DONGAN, "已办", actor=officer(DONGAN), now=evening, ordinal=MONTHLY, period="2020-03-05"
    )  # fmt: skip
    assert [each.state for each in sent_again()] == [FiringState.WITHDRAWN]


# ---------------------------------------------------------------- to whom


def test_it_goes_to_the_address_that_the_roster_has_today(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedServer({"RCPT": ["550 5.1.1 no such user"] * 50}) as server:
        go_live(monkeypatch, server.port, FORWARDED)
        deliver_at(SENT)
    number = notice_to(OFFICER)
    assert deliveries(notice_id=number)[0].state is DeliveryState.REFUSED
    mended = ROSTER_CSV.replace(OFFICER, "new.230102@example.org")
    import_roster.fn(mended.encode(), "r.csv", actor=OPERATOR, now=NOW)
    again(number)
    with ScriptedServer() as server:
        go_live(monkeypatch, server.port, NOW)
        deliver_at(NOW)
    (sent,) = [
        each for each in deliveries(address="new.230102@example.org") if notices()[each.notice_id].kind == "circular"
    ]
    assert sent.state is DeliveryState.ACCEPTED
    (firing,) = items_of(sent.notice_id)
    assert "未确认送达" in firing.why


def test_a_recall_tells_whom_only_the_second_message_reached(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedServer({"RCPT": ["550 5.7.1 not from there"] * 500}) as server:
        go_live(monkeypatch, server.port, FORWARDED)
        deliver_at(SENT)
    with ScriptedServer() as server:
        go_live(monkeypatch, server.port, NOW)
        again(notice_to(OFFICER))
        deliver_at(NOW)
        assert recall_forwarding.fn(COVER, "发错", actor=OPERATOR, now=NOW + timedelta(hours=1)).told == 1


@pytest.mark.parametrize("to", [HEAD, "head.230100@example.org", "officer.230000@example.org"])
def test_it_goes_to_another_person_of_the_office_or_above_it(to: str) -> None:
    deliver_at(SENT)
    again(notice_to(OFFICER), to=to)
    deliver_at(NOW)
    assert deliveries()[-1].address == to
    assert "按要求改发给" in sent_again()[0].why


@pytest.mark.parametrize(("to", "address"), [("临江市", "officer.230100@example.org"), (DONGAN, OFFICER)])
def test_it_goes_to_the_officer_of_an_office_that_is_named(to: str, address: str) -> None:
    deliver_at(SENT)
    again(notice_to(OFFICER), to=to)
    deliver_at(NOW)
    assert deliveries()[-1].address == address


@pytest.mark.parametrize(
    ("to", "words"),
    [
        ("石桥县", "不是东岸区扶贫开发领导小组办公室或其上级"),
        ("officer.230184@example.org", "没有此邮箱地址"),
        ("somebody@example.org", "没有此邮箱地址"),
        (STATE_COUNCIL, "不是东岸区扶贫开发领导小组办公室或其上级"),
        ("officer.000000@example.org", "没有此邮箱地址"),
        ("某某县", "名册中没有"),
    ],
)
def test_it_shows_one_office_nothing_of_another(to: str, words: str) -> None:
    deliver_at(SENT)
    assert words in refused(notice_to(OFFICER), to=to)


# ---------------------------------------------------------------- when not


def test_it_refuses_without_a_reason_and_what_nobody_knows() -> None:
    deliver_at(SENT)
    assert "理由" in refused(notice_to(OFFICER), reason="  ")
    assert "没有编号为 999 的通知" in refused(999)


def test_it_refuses_what_goes_out_by_itself(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedServer() as gone:
        pass
    go_live(monkeypatch, gone.port, FORWARDED)
    assert deliver_at(SENT).trouble
    assert "待发送，会自行发出" in refused(notice_to(OFFICER))


def test_it_refuses_what_has_nothing_left_to_say(database: str) -> None:
    deliver_at(SENT)
    number = notice_to(OFFICER)
    recall_forwarding.fn(COVER, "发错", actor=OPERATOR, now=NOW)
    assert "没有可重发的内容" in refused(number)


def test_it_refuses_reminders_of_what_was_done_or_has_a_new_day(database: str) -> None:
    number = digest("2020-03-04 09:00")
    now = beijing("2020-03-04 10:00")
    march = the_one("report", DONGAN, period="2020-03-05")
    assert {each.obligation_id for each in items_of(number)} == {march.id, the_one("receipt", DONGAN).id}
    receive.fn(COVER, DONGAN, actor=officer(DONGAN), now=now)
    extend.fn(march.id or 0, beijing("2020-03-12 00:00"), "汛情", actor=OPERATOR, now=now)
    assert "没有可重发的内容" in refused(number, now)


def test_it_refuses_to_call_coming_what_has_come() -> None:
    deliver_at(SENT)
    receive.fn(COVER, DONGAN, actor=officer(DONGAN), now=NOW)
    sweep_until(NOW, beijing("2020-03-05 10:00"), mails=True)
    number = notice_to(OFFICER, "due_soon")
    assert "没有可重发的内容" in refused(number, beijing("2020-03-06 10:00"))


def test_it_pauses_between_two(database: str) -> None:
    deliver_at(SENT)
    number = notice_to(OFFICER)
    again(number)
    assert "会自行发出" in refused(number, NOW + timedelta(minutes=1)), "it has not even gone"
    deliver_at(NOW + timedelta(minutes=1))
    second = notice_to(OFFICER)
    assert second != number
    for each in (number, second):
        assert "不足 4 个工作小时" in refused(each, beijing("2020-02-14 13:59"))
    assert again(second, beijing("2020-02-14 14:00")).items == 1
    assert {each.again_of_id for each in sent_again()} == {items_of(number)[0].id}, "all point at the first"


def test_of_five_requests_at_the_same_moment_one_is_heard(database: str) -> None:
    deliver_at(SENT)
    number, start = notice_to(OFFICER), threading.Barrier(5)
    done, failed = list[int](), list[BaseException]()

    def go() -> None:
        start.wait()
        try:
            done.append(again(number).items)
        except BaseException as error:  # noqa: BLE001  shown below
            failed.append(error)

    threads = [threading.Thread(target=go) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert done == [1]
    assert [type(each) for each in failed] == [Refused] * 4
    assert len(sent_again()) == 1
    assert verify_audit.fn().whole


# ---------------------------------------------------------------- as all mail


def test_it_waits_for_working_hours_and_says_so() -> None:
    deliver_at(SENT)
    saturday = beijing("2020-02-15 10:00")
    assert "2020年2月17日（星期一）8时30分送出" in again(notice_to(OFFICER), saturday).message
    deliver_at(saturday)
    assert len(deliveries(address=OFFICER)) == 1
    deliver_at(beijing("2020-02-17 08:30"))
    assert notice_to(OFFICER) == deliveries(address=OFFICER)[-1].notice_id


def test_an_urgent_report_goes_again_at_any_hour() -> None:
    night = beijing("2020-02-15 02:10")
    raise_urgent_report.fn(
        DONGAN, "山洪", "某村进水", Severity.SERIOUS, occurred_at=night, learned_at=night, actor=OPERATOR, now=night
    )
    deliver_at(night)
    later = night + timedelta(minutes=31)
    number = notice_to("duty.230100@example.org", "urgent_report")
    assert again(number, later).leaves_at == later
    deliver_at(later)
    assert notice_to("duty.230100@example.org", "urgent_report") != number


def test_it_stays_in_capture_mode_with_all_other_mail(tmp_path: Path) -> None:
    deliver_at(SENT)
    again(notice_to(OFFICER))
    done = deliver.fn(now=NOW)
    assert (done.accepted, done.captured) == (1, True)


def test_it_waits_for_an_address_where_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    deliver_at(SENT)
    number = notice_to(OFFICER)
    monkeypatch.setenv("DUBAN_OPERATORS_ADDRESS", "")
    from config.settings import settings

    settings.cache_clear()
    bare = "\n".join(
        dict.fromkeys(",".join([*line.split(",")[:6], "", "", "", ""]) for line in ROSTER_CSV.splitlines()[1:])
    )
    import_roster.fn(f"{ROSTER_CSV.splitlines()[0]}\n{bare}\n".encode(), "r.csv", actor=OPERATOR, now=NOW)
    done = again(number)
    assert done.unreachable
    assert "名册补上地址后自动发出" in done.message
    assert "会自行发出" in refused(number, beijing("2020-03-02 10:00"))
    import_cast(NOW)
    sweep.fn(now=NOW)
    assert [each.state for each in sent_again()] == [FiringState.OPEN]


def test_it_counts_as_no_reminder_and_repeats_no_rung(database: str) -> None:
    """The ladder goes on as if nothing had been asked for: each rung fires once, under its own name."""
    number = digest()
    again(number, beijing("2020-03-06 10:00"))
    deliver_at(beijing("2020-03-06 10:00"))
    sweep_until(beijing("2020-03-06 10:00"), beijing("2020-03-20 10:00"), mails=True)
    keys = [
        (each.obligation_id, each.revision, each.rung, each.repeat, each.office_id, each.role) for each in firings()
    ]
    assert len(keys) == len(set(keys))
    march = the_one("report", DONGAN, period="2020-03-05")
    names = [each.rung for each in firings(march)]
    assert {"due+3", "due+5"} <= set(names)
    submit_report.fn(
        COVER,
        DONGAN,
        "已办",
        actor=officer(DONGAN),
        now=beijing("2020-03-20 10:00"),
        ordinal=MONTHLY,
        period="2020-03-05",
    )
    with reading():
        assert the_one("report", LINJIANG, period="2020-03-05").status.runs
