"""The dates and the answers of mails as they go out: read from the database, by real delivery."""

from __future__ import annotations

from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from icalendar import Calendar
from sqlalchemy import event

from models.session import engine as the_engine
from tasks.extending import ask_extension, decide_extension
from tasks.forwarding import recall_forwarding
from tasks.handling import receive
from tests.cast import COVER, DONGAN, LINJIANG, OPERATOR, PROVINCE, beijing, officer, set_out
from tests.looking import the_one
from tests.notifications.letters import parsed
from tests.notifications.scripted_server import ScriptedServer
from tests.tasks.stage import deliver_at, deliveries, go_live

FORWARDED = beijing("2020-02-14 09:30")
NOW = beijing("2020-02-14 09:40")
OFFICER = "officer.230102@example.org"


def sent(server: ScriptedServer, to: str = OFFICER) -> list[EmailMessage]:
    mails = [parsed(data) for data in server.messages]
    return [mail for mail in mails if mail["To"].addresses[0].addr_spec == to]


def calendars(mail: EmailMessage) -> list[Any]:
    parts = [part for part in mail.iter_attachments() if part.get_content_type() == "text/calendar"]
    contents: list[Any] = [part.get_payload(decode=True) for part in parts]
    return [Calendar.from_ical(content) for content in contents]


def events(mail: EmailMessage) -> list[Any]:
    return [each for calendar in calendars(mail) for each in calendar.events]


def test_it_enters_the_receipt_and_the_first_dates_and_cancels_all_when_recalled(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_out(FORWARDED)
    with ScriptedServer() as server:
        go_live(monkeypatch, server.port, FORWARDED)
        deliver_at(NOW)
        (circular,) = sent(server)
        recall_forwarding.fn(COVER, "发错了", actor=OPERATOR, now=NOW + timedelta(minutes=5))
        deliver_at(NOW + timedelta(minutes=6))
        (_, withdrawn) = sent(server)
    entered, cancelled = events(circular), events(withdrawn)
    assert len(entered) > 1, "the receipt and what is to be reported"
    assert sum("签收" in each["SUMMARY"] for each in entered) == 1
    assert {each["UID"] for each in cancelled} == {each["UID"] for each in entered}
    assert {each["STATUS"] for each in entered} == {"CONFIRMED"}
    assert [calendar["METHOD"] for calendar in calendars(withdrawn)] == ["CANCEL"]
    before = {each["UID"]: each["SEQUENCE"] for each in entered}
    assert all(each["SEQUENCE"] > before[each["UID"]] for each in cancelled)


def test_it_cancels_the_receipt_when_it_is_confirmed_and_keeps_the_other_dates(
    sqlite: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_out(FORWARDED)
    with ScriptedServer() as server:
        go_live(monkeypatch, server.port, FORWARDED)
        deliver_at(NOW)
        receive.fn(COVER, DONGAN, actor=officer(DONGAN), now=NOW + timedelta(minutes=5))
        deliver_at(NOW + timedelta(minutes=6))
        (circular, confirmed) = sent(server)
    states = {each["UID"]: each["STATUS"] for each in events(confirmed)}
    assert set(states) == {each["UID"] for each in events(circular)}
    assert sorted(states.values()).count("CANCELLED") == 1


def test_it_enters_what_an_office_has_to_decide_and_sends_it_no_mail_of_its_own_decision(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_out(FORWARDED)
    decider = f"officer.{PROVINCE}@example.org"
    asked, decided = beijing("2020-03-03 10:00"), beijing("2020-03-04 10:00")
    with ScriptedServer() as server:
        go_live(monkeypatch, server.port, FORWARDED)
        deliver_at(NOW)
        report = the_one("report", LINJIANG, COVER, "2020-03-05")
        ask_extension.fn(
            report.id or 0, beijing("2020-03-13 00:00"), "已完成八成", "两个村未能入户", actor=officer(LINJIANG),
            now=asked,
        )  # fmt: skip
        deliver_at(asked)
        *_, wanted = sent(server, decider)
        before = len(sent(server, decider))
        decide_extension.fn(1, grant=True, actor=OPERATOR, now=decided)
        deliver_at(decided)
        assert len(sent(server, decider)) == before, "so nothing cancels its entry: docs/mail.md says so"
        *_, told = sent(server, f"officer.{LINJIANG}@example.org")
    assert [(each["STATUS"], each.start.isoformat()) for each in events(wanted)] == [("CONFIRMED", "2020-03-05")]
    assert [(each["STATUS"], each.start.isoformat()) for each in events(told)] == [("CONFIRMED", "2020-03-12")]


def test_it_reads_the_dates_of_a_whole_batch_by_one_query(sqlite: str, monkeypatch: pytest.MonkeyPatch) -> None:
    set_out(FORWARDED)
    asked: list[str] = []
    with ScriptedServer() as server:
        go_live(monkeypatch, server.port, FORWARDED)
        listen = lambda *args: asked.append(args[2])  # noqa: E731
        event.listen(the_engine(), "before_cursor_execute", listen)
        try:
            assert deliver_at(NOW).accepted == 8
        finally:
            event.remove(the_engine(), "before_cursor_execute", listen)
    assert sum("obligation.subject_id IS NULL" in statement for statement in asked) == 1


def test_it_asks_for_answers_at_an_address_with_its_own_token(sqlite: str, monkeypatch: pytest.MonkeyPatch) -> None:
    set_out(FORWARDED)
    with ScriptedServer() as server:
        go_live(monkeypatch, server.port, FORWARDED, reply_address="answers@example.org")
        deliver_at(NOW)
    assert len(server.messages) == len(deliveries()) == 8
    for data in server.messages:
        mail = parsed(data)
        token = mail["Message-ID"].strip("<>").rpartition("@")[0]
        assert mail["Reply-To"] == f"answers+{token}@example.org"
        assert f"<{token}@example.org>" in {each.message_id for each in deliveries()}


@pytest.mark.parametrize(("imap_host", "said"), [("imap.example.org", True), ("", False)])
def test_it_says_how_to_answer_only_where_answers_are_read(
    sqlite: str, monkeypatch: pytest.MonkeyPatch, imap_host: str, *, said: bool
) -> None:
    set_out(FORWARDED)
    with ScriptedServer() as server:
        go_live(monkeypatch, server.port, FORWARDED, imap_host=imap_host)
        deliver_at(NOW)
    (mail,) = sent(server)
    assert mail["Reply-To"] is None, "no reply address is set"
    for form in ("plain", "html"):
        part = mail.get_body((form,))
        assert part is not None
        assert ("如何答复：可直接回复本邮件办理" in part.get_content()) is said
