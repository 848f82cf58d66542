"""The calendar entries of a mail, read back by a parser that is not ours."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from domain.matters import Matter
from domain.statuses import ObligationKind, Status
from notifications.calendar_entries import calendar_files, entries_of, uid_of
from notifications.messages import Attachment, NoticeKind
from tests.notifications.test_wording import BEIJING, DUE, NOW, REPORT, outgoing

OWN = replace(REPORT, own=True, revision=1)
KEY = b"one key"


def files(*matters: Matter, now: datetime = NOW, key: bytes = KEY, **changes: Any) -> list[Attachment]:
    entries = entries_of(outgoing(*matters, **changes), now)
    return calendar_files(entries, now=now, key=key, domain="example.org")


def read(file: Attachment) -> Any:
    return Calendar.from_ical(file.content)


def event(*matters: Matter, **changes: Any) -> Any:
    (file,) = files(*matters, **changes)
    (found,) = read(file).events
    return found


def test_it_lies_on_the_due_day_as_a_whole_in_every_zone() -> None:
    found = event(OWN)
    assert (found.start, found.end) == (date(2020, 4, 5), date(2020, 4, 6)), "24:00 of the 5th is no time of the 6th"
    assert b"DTSTART;VALUE=DATE:20200405\r\n" in files(OWN)[0].content


@pytest.mark.parametrize("zone", ["UTC", "Asia/Shanghai", "America/New_York"])
def test_it_lies_at_the_stated_hour_as_an_instant(zone: str) -> None:
    due = datetime(2020, 4, 7, 17, 0, tzinfo=BEIJING).astimezone(ZoneInfo(zone))
    content = files(replace(OWN, due_at=due))[0].content
    assert b"DTSTART:20200407T090000Z\r\n" in content
    assert b"DTEND" not in content


def test_it_names_a_whole_sentence_by_its_kind_where_a_calendar_shows_a_dozen_characters() -> None:
    sentence = "请各市（地）扶贫办于2020年4月5日前将冬季帮扶情况报送省扶贫办。"
    found = event(replace(OWN, requirement=sentence))
    assert found["SUMMARY"] == "【督办】截止：报送（关于春季帮扶的通知）"
    assert f"事项：{sentence}" in found["DESCRIPTION"]


def test_it_says_in_chinese_what_is_due_and_until_when_in_beijing_time() -> None:
    found = event(OWN)
    assert found["SUMMARY"] == "【督办】截止：报送最新进展（关于春季帮扶的通知）"
    assert found["DESCRIPTION"] == (
        "文件：江扶组办发〔2020〕8号《关于春季帮扶的通知》\n事项：报送最新进展\n报送：省扶贫办\n"
        "时限：2020年4月5日（星期日）24时前（北京时间）\n时限有变化时，以最新通知为准。"
    )
    assert "（暂定）" in event(replace(OWN, provisional=True))["DESCRIPTION"]


def test_it_asks_no_client_to_answer_and_rings_no_bell() -> None:
    (file,) = files(OWN)
    found = read(file)
    assert (found["METHOD"], found["VERSION"]) == ("PUBLISH", "2.0")
    assert {"PRODID", "CALSCALE"} <= set(found)
    (one,) = found.events
    assert not {"ATTENDEE", "ORGANIZER", "URL", "ATTACH"} & set(one)
    assert one.subcomponents == []
    assert one["TRANSP"] == "TRANSPARENT", "a deadline takes nobody's time"
    assert (file.filename, file.media_type, file.parameters) == (
        "deadline.ics", "text/calendar", "charset=utf-8; method=PUBLISH"
    )  # fmt: skip


def test_it_keeps_the_uid_of_an_obligation_and_has_another_in_another_installation() -> None:
    moved = replace(OWN, due_at=DUE + timedelta(days=5), revision=2, kind="deadline_moved")
    assert event(OWN)["UID"] == event(moved)["UID"] == uid_of(7, KEY, "example.org")
    assert event(replace(OWN, obligation_id=8))["UID"] != event(OWN)["UID"]
    assert event(OWN, key=b"another")["UID"] != event(OWN)["UID"]


def test_it_raises_the_sequence_when_the_deadline_moves_or_ends_and_when_it_runs_again() -> None:
    story = [
        OWN,
        replace(OWN, revision=2, kind="extension_decided"),
        replace(OWN, revision=2, hold="suspension", kind="suspended"),
        replace(OWN, revision=3, kind="resumed"),
        replace(OWN, revision=3, status=Status.ACCEPTED, kind="accepted"),
    ]
    sequences = [event(each)["SEQUENCE"] for each in story]
    assert sequences == sorted(set(sequences))
    assert [event(each)["STATUS"] for each in story] == [
        "CONFIRMED", "CONFIRMED", "CANCELLED", "CONFIRMED", "CANCELLED"
    ]  # fmt: skip


def test_it_is_stamped_with_the_instant_of_the_notice_in_utc() -> None:
    assert b"DTSTAMP:20200403T010000Z\r\n" in files(OWN)[0].content


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("accepted", Status.ACCEPTED),
        ("waived", Status.WAIVED),
        ("withdrawn", Status.WITHDRAWN),
        ("superseded", Status.SUPERSEDED),
        ("receipt_confirmed", Status.ACCEPTED),
    ],
)
def test_it_cancels_what_has_ended_whenever_it_was_due(kind: str, status: Status) -> None:
    (file,) = files(replace(OWN, kind=kind, status=status), now=DUE + timedelta(days=9), kind=kind)
    assert (file.filename, read(file)["METHOD"]) == ("deadline-cancelled.ics", "CANCEL")
    assert file.parameters == "charset=utf-8; method=CANCEL"
    (found,) = read(file).events
    assert found["STATUS"] == "CANCELLED"
    assert found["SUMMARY"].startswith("已取消：")


def test_it_makes_no_entry_of_what_has_no_date_is_past_waits_for_review_or_is_another_offices() -> None:
    for changes in (
        {"due_at": None}, {"due_at": NOW}, {"status": Status.SUBMITTED}, {"own": False}, {"obligation_id": None},
        {"status": None},
    ):  # fmt: skip
        assert files(replace(OWN, **changes)) == []


@pytest.mark.parametrize("kind", ["overdue", "escalation", "unsigned_list", "urgent_report", "undeliverable"])
def test_it_makes_no_entry_where_a_mail_tells_of_what_is_past_of_others_or_of_minutes(kind: str) -> None:
    assert files(replace(OWN, kind=kind), kind=kind) == []


def test_it_knows_every_kind() -> None:
    for kind in NoticeKind:
        assert len(files(replace(OWN, kind=kind.value), kind=kind.value)) <= 1


def test_it_enters_with_a_circular_the_receipt_and_the_first_dates() -> None:
    receipt = replace(
        OWN, kind="circular", rung="act:circular", obligation_id=1, obligation_kind=ObligationKind.RECEIPT,
        requirement="", period="", due_at=datetime(2020, 4, 3, 17, 30, tzinfo=BEIJING),
    )  # fmt: skip
    (file,) = files(receipt, kind="circular", dates=(receipt, OWN, replace(OWN, obligation_id=9, due_at=None)))
    assert [found["SUMMARY"] for found in read(file).events] == [
        "【督办】截止：签收（关于春季帮扶的通知）", "【督办】截止：报送最新进展（关于春季帮扶的通知）"
    ]  # fmt: skip


def test_it_enters_one_of_each_obligation_of_a_digest_and_at_most_fifty() -> None:
    matters = [replace(OWN, firing_id=number, obligation_id=number // 2 + 1) for number in range(300)]
    (file,) = files(*matters)
    uids = [found["UID"] for found in read(file).events]
    assert len(uids) == len(set(uids)) == 50


def test_it_puts_what_is_entered_and_what_is_cancelled_into_two_files() -> None:
    done = replace(OWN, firing_id=2, obligation_id=8, kind="accepted", rung="act:accepted", status=Status.ACCEPTED)
    assert [read(file)["METHOD"] for file in files(OWN, done)] == ["PUBLISH", "CANCEL"]


def test_it_makes_the_same_bytes_from_the_same_input() -> None:
    assert files(OWN) == files(OWN)


@given(st.text(), st.text(), st.text())
def test_it_lets_nothing_from_outside_make_a_line_of_its_own(title: str, requirement: str, number: str) -> None:
    evil = "\r\nATTENDEE:mailto:x@example.org\r\nEND:VEVENT\nBEGIN:VALARM\x00;,:\\n\u2028"
    matter = replace(
        OWN, circular_title=title + evil, requirement=requirement + evil, document_number=evil + number,
        deliver_to=evil + title,
    )  # fmt: skip
    (file,) = files(matter)
    assert b"\x00" not in file.content
    assert all(len(line) <= 75 for line in file.content.split(b"\r\n"))
    found = read(file)
    assert [each.name for each in found.walk()] == ["VCALENDAR", "VEVENT"]
    (one,) = found.events
    assert set(one) == {
        "UID", "DTSTAMP", "DTSTART", "DTEND", "SEQUENCE", "STATUS", "TRANSP", "SUMMARY", "DESCRIPTION"
    }  # fmt: skip


def test_it_is_of_utc_whatever_zone_an_instant_is_given_in() -> None:
    assert files(OWN, now=NOW.astimezone(BEIJING)) == files(OWN, now=NOW.astimezone(UTC))
