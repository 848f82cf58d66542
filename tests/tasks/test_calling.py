"""The telephone first: whom to call, until when, and what a recorded call counts for."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update
from sqlmodel import col

from domain.errors import Refused
from domain.urgent import Severity
from flows.words import call_lines, call_rows
from models.obligation import ContactLog
from models.office import Contact
from models.roster import roster_changed
from models.session import transaction
from tasks.alerting import raise_urgent_report, respond
from tasks.calling import Call, open_calls, past_calls, record_call
from tasks.delivering import deliver
from tasks.inbox import settle_mail
from tasks.sweeping import sweep
from tests.cast import (
    BEILING,
    DONGAN,
    LINJIANG,
    OPERATOR,
    PROVINCE,
    beijing,
    forward_cover,
    import_cast,
    notice_text,
    officer,
    register_text,
)
from tests.letters import mail, take
from tests.looking import code_of, entries, firings, rows, the_one
from tests.notifications.scripted_server import ScriptedServer
from tests.tasks.stage import go_live, use

NIGHT = beijing("2020-03-14 22:40")
LINJIANG_NAME, PROVINCE_NAME = "临江市扶贫开发领导小组办公室", "江北省扶贫开发领导小组办公室"


@pytest.fixture(autouse=True)
def _cast(request: pytest.FixtureRequest) -> None:
    request.getfixturevalue("database" if "database" in request.fixturenames else "sqlite")
    import_cast(beijing("2020-02-13 09:00"))


def report(office: str = DONGAN, severity: Severity = Severity.RELATIVELY_SERIOUS) -> int:
    return raise_urgent_report.fn(
        office, "扶贫车间火灾", "正在处置。", severity, actor=officer(office), now=NIGHT,
        occurred_at=NIGHT - timedelta(minutes=20), learned_at=NIGHT - timedelta(minutes=15),
    ).case_id  # fmt: skip


def calls(minutes: float = 0) -> list[Call]:
    return open_calls.fn(now=NIGHT + timedelta(minutes=minutes))


def whom(minutes: float = 0) -> list[tuple[str, str]]:
    return [(each.office, each.person) for each in calls(minutes)]


def telephone(
    number: int, person: str, minutes: float, *, reached: bool = True, note: str = "", at: float | None = None
) -> str:
    return record_call.fn(
        number, person, actor=OPERATOR, now=NIGHT + timedelta(minutes=minutes), reached=reached, note=note,
        called_at=None if at is None else NIGHT + timedelta(minutes=at),
    ).message  # fmt: skip


def answer() -> int:
    return the_one("respond", LINJIANG).id or 0


# ---------------------------------------------------------------- whom to call


def test_it_lists_whom_to_telephone_with_number_and_reason(database: str) -> None:
    report()
    (call,) = calls()
    assert (call.obligation_id, call.office, call.person, call.phone) == (
        answer(),
        LINJIANG_NAME,
        "郑一",
        "0400-0000007",
    )
    assert "紧急信息回应" in call.why
    assert call.since == "2020年3月14日（星期六）22时40分"
    assert "0400-0000007" not in str(entries())


def test_it_lists_them_until_somebody_answers() -> None:
    case = report()
    respond.fn(case, LINJIANG, actor=officer(LINJIANG), now=NIGHT + timedelta(minutes=5))
    assert calls(6) == []


def test_it_lists_nobody_where_nothing_is_urgent() -> None:
    register_text(notice_text("江扶组办发〔2020〕9号", "请各地各部门于3月20日前报省扶贫办。"), NIGHT)
    forward_cover(NIGHT, "江扶组办发〔2020〕9号")
    assert calls(60 * 24 * 5) == []


def test_it_lists_every_level_that_does_not_answer() -> None:
    report()
    sweep.fn(now=NIGHT + timedelta(minutes=30), urgent_only=True)
    deliver.fn(now=NIGHT + timedelta(minutes=30))
    assert whom(31) == [(LINJIANG_NAME, "郑一"), (PROVINCE_NAME, "李一")]


def test_it_lists_a_person_who_has_a_telephone_only() -> None:
    with transaction(OPERATOR, NIGHT) as work:
        work.session.execute(update(Contact).where(col(Contact.officer) == "郑一").values(address=""))
        roster_changed(work)
    report()
    assert ("郑一", "0400-0000007") in [(each.person, each.phone) for each in calls()]


def test_it_names_the_number_of_the_role_that_was_told_where_an_address_has_several() -> None:
    with transaction(OPERATOR, NIGHT) as work:
        same = update(Contact).where(col(Contact.officer) == "吴一").values(address="duty.230100@example.org")
        work.session.execute(same)
        roster_changed(work)
    report()
    assert [each.phone for each in calls()] == ["0400-0000007"]


def test_it_lists_an_office_of_which_no_number_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, operators_address="")
    with transaction(OPERATOR, NIGHT) as work:
        work.session.execute(update(Contact).values(active=False))
        roster_changed(work)
    report()
    (call,) = calls()
    assert (call.office, call.person, call.phone) == (LINJIANG_NAME, "", "")
    assert call.undelivered


def test_it_lists_what_no_mail_has_reached(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The mail server is down: what has no call of its own (a copy) has to be telephoned too."""
    go_live(monkeypatch, 1, NIGHT)
    report(severity=Severity.SERIOUS)
    respond.fn(1, LINJIANG, actor=officer(LINJIANG), now=NIGHT + timedelta(minutes=1))
    assert deliver.fn(now=NIGHT + timedelta(minutes=1)).trouble
    sweep.fn(now=beijing("2020-03-15 07:30"), urgent_only=True)
    found = open_calls.fn(now=beijing("2020-03-15 07:33"))
    undelivered = {(each.person, each.undelivered) for each in found}
    assert ("王一", True) in undelivered, "the reminder of the follow-up has not arrived"
    assert all("邮件尚未送达" in each.why for each in found if each.undelivered)


def test_it_lists_what_a_server_refuses_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedServer({"RCPT": ["550 no such user"] * 3}) as server:
        go_live(monkeypatch, server.port, NIGHT)
        report()
        deliver.fn(now=NIGHT)
    assert next((each.person, each.undelivered) for each in calls(0.5)) == ("郑一", True)


# ---------------------------------------------------------------- a call that was made


def test_it_takes_off_whom_a_call_has_reached(database: str) -> None:
    report()
    assert "已接通" in telephone(answer(), "郑一", 3, note="已知悉，手机 13812345678")
    assert calls(4) == []
    ((subject, payload),) = entries("call.recorded")
    assert (subject, payload["person"], payload["reached"]) == (f"obligation:{answer()}", "郑一", True)
    assert "13812345678" not in str(entries())
    (made,) = past_calls.fn(answer())
    assert (made.office, made.person, made.reached, made.note) == (
        LINJIANG_NAME,
        "郑一",
        True,
        "已知悉，手机 13812345678",
    )


def test_it_keeps_whom_nobody_reached_and_counts_the_tries(database: str) -> None:
    report()
    assert "无人接听" in telephone(answer(), "郑一", 1, reached=False)
    telephone(answer(), "郑一", 2, reached=False)
    (call,) = calls(3)
    assert (call.tried, call.last_tried) == (2, "2020年3月14日（星期六）22时42分")
    telephone(answer(), "吴一", 3)
    assert calls(4) == [], "the head of the office answered: the office has been reached"


def test_it_counts_a_call_that_came_before_the_report_was_entered() -> None:
    report()
    telephone(answer(), "郑一", 2, at=-5)
    assert calls(3) == []


def test_it_calls_the_superior_though_the_office_was_reached() -> None:
    report()
    telephone(answer(), "郑一", 3)
    sweep.fn(now=NIGHT + timedelta(minutes=30), urgent_only=True)
    deliver.fn(now=NIGHT + timedelta(minutes=30))
    assert [each.office for each in calls(31)] == [PROVINCE_NAME]
    up = the_one("respond", PROVINCE).id or 0
    telephone(up, "李一", 32)
    assert calls(33) == []
    assert {code_of(each.office_id) for each in rows(ContactLog)} == {LINJIANG, PROVINCE}


def test_it_refuses_a_call_without_a_name_to_come_or_about_nothing() -> None:
    report()
    with pytest.raises(Refused, match="与谁通话"):
        telephone(answer(), " ", 1)
    with pytest.raises(Refused, match="不能晚于现在"):
        telephone(answer(), "郑一", 1, at=2)
    with pytest.raises(Refused, match="没有编号为 99 的事项"):
        telephone(99, "郑一", 1)
    assert not rows(ContactLog)


def overdue_receipt_found_late(call_at: datetime | None) -> tuple[datetime, int]:
    """An extra urgent circular whose receipt is found late after an outage; the office may have been telephoned."""
    sent = beijing("2020-03-14 10:00")
    register_text(notice_text("江扶组办发〔2020〕9号", "请即办理。", urgency="特急"), sent)
    forward_cover(sent, "江扶组办发〔2020〕9号")
    number = the_one("receipt", DONGAN).id or 0
    if call_at is not None:
        record_call.fn(number, "王一", actor=OPERATOR, now=call_at)
    back = sent + timedelta(hours=3)
    sweep.fn(now=back)
    return back, number


def heard(number: int) -> list[str]:
    return [code_of(each.office_id) for each in firings() if each.obligation_id == number and each.rung == "issued+60m"]


def test_it_counts_as_contact_for_the_superior_that_waits(database: str) -> None:
    _, number = overdue_receipt_found_late(beijing("2020-03-14 12:00"))
    assert heard(number) == [LINJIANG], "the office was reached an hour ago: its superior may hear"


def test_it_lets_the_superior_wait_where_nobody_was_reached() -> None:
    back, number = overdue_receipt_found_late(None)
    assert heard(number) == []
    record_call.fn(number, "王一", actor=OPERATOR, now=back + timedelta(minutes=1), reached=False)
    sweep.fn(now=back + timedelta(minutes=17))
    assert heard(number) == [], "a call that nobody answered is no contact"
    record_call.fn(number, "王一", actor=OPERATOR, now=back + timedelta(minutes=18))
    sweep.fn(now=back + timedelta(minutes=32))
    assert heard(number) == []
    sweep.fn(now=back + timedelta(minutes=33))
    assert heard(number) == [LINJIANG], "15 minutes after the call"


def test_it_is_no_contact_with_the_office_to_have_reached_its_superior() -> None:
    back, number = overdue_receipt_found_late(None)
    record_call.fn(number, "周一", actor=OPERATOR, now=back, office=LINJIANG)
    sweep.fn(now=back + timedelta(minutes=16))
    assert heard(number) == []


def test_it_reaches_an_office_without_an_address_by_telephone() -> None:
    report(BEILING)
    assert {each.office for each in calls(0)} == {"望川市扶贫开发领导小组办公室"}


# ---------------------------------------------------------------- what came by mail and nobody has entered


ALERT = "2020年3月14日22时20分，东岸区扶贫车间火灾，两人受伤。事件等级：较大。"
WRITER = "officer.230102@example.org"


def written(sender: str = WRITER, subject: str = "【紧急信息】扶贫车间火灾") -> int:
    return take(mail(ALERT, sender=sender, subject=subject), NIGHT).inbound_id


def test_it_lists_whoever_wrote_an_urgent_report_without_a_token_until_it_is_settled(database: str) -> None:
    number = written()
    [call] = calls()
    assert (call.office, call.person, call.inbound_id, call.since_at) == (
        "东岸区扶贫开发领导小组办公室", "王一", number, NIGHT
    )  # fmt: skip
    [contact] = rows(Contact, Contact.address == WRITER)
    assert call.phone == contact.phone != ""
    [line] = call_lines([call])
    assert f"（来信 {number}：来信疑为紧急信息，尚未办理；核实后请用 duban inbox take {number} 办理。）" in line
    assert call_rows([call])[0]["事项编号"] == f"来信 {number}"
    assert calls(60 * 24) == [call], "it does not go away by itself"
    settle_mail.fn(number, "已电话核实，是演习", actor=OPERATOR, now=NIGHT + timedelta(minutes=5))
    assert calls(6) == []


def test_it_lists_no_mail_of_a_stranger_of_no_urgency_or_to_come() -> None:
    written("somebody@example.net")
    written(subject="关于扶贫车间的情况")
    written()
    assert len(calls()) == 1
    assert open_calls.fn(now=NIGHT - timedelta(minutes=1)) == []


def test_it_lists_a_mail_before_the_calls_of_the_ladders_and_none_among_those_of_one_matter() -> None:
    report(LINJIANG)
    number = written(WRITER.upper())
    assert [each.inbound_id for each in calls()] == [number, *[0] * (len(calls()) - 1)]
    about = calls()[-1].obligation_id
    assert about
    assert {each.obligation_id for each in open_calls.fn(now=NIGHT, obligation_id=about)} == {about}
