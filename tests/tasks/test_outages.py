"""What an outage, a restart and a clock that goes back do to reminders: late, once, and saying so."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from domain.statuses import ObligationKind, Status
from models.notice import DeliveryState
from tasks.delivering import deliver
from tasks.handling import receive
from tasks.sweeping import next_wake, sweep
from tests.cast import COVER, DONGAN, LINJIANG, beijing, forward_cover, notice_text, officer, register_text, set_out
from tests.looking import owed
from tests.tasks.stage import (
    Fired,
    audit_is_whole,
    deliver_at,
    deliveries,
    firings,
    items_of,
    mails_in,
    notices,
    post_office,
    sweep_until,
)

FORWARDED = beijing("2020-02-14 09:30")
SECOND = "江扶组办发〔2020〕12号"
OFFICER = "officer.230102@example.org"
REMINDING = {"digest", "receipt_reminder", "due_soon", "overdue", "escalation", "unsigned_list", "review_wanted"}
SUPERIORS = ("issued+2", "due+3", "due+5", "weekly")


def two_circulars() -> None:
    set_out(FORWARDED)
    register_text(notice_text(SECOND, "自3月份起，每月5日前报送一次最新进展。"), FORWARDED)
    forward_cover(FORWARDED, SECOND)


def reminders(begin: int) -> Counter[str]:
    """Count the reminding messages after the first so many, by recipient."""
    by_id = notices()
    return Counter(each.address for each in deliveries()[begin:] if by_id[each.notice_id].kind in REMINDING)


@pytest.mark.parametrize(
    ("stopped", "back", "next_mail"),
    [
        ("2020-03-03 18:00", "2020-03-06 18:30", "2020-03-09 08:30"),
        ("2020-02-14 12:00", "2020-02-17 12:00", "2020-02-17 12:00"),
        ("2020-04-03 08:59", "2020-04-07 09:01", "2020-04-07 09:01"),
        ("2020-03-09 08:59", "2020-03-12 09:30", "2020-03-12 09:30"),
    ],
)
def test_it_sends_one_reminder_to_each_after_three_days_and_tells_no_superior_first(
    database: str, stopped: str, back: str, next_mail: str
) -> None:
    two_circulars()
    sweep_until(FORWARDED, beijing(stopped), mails=True)
    deliver_at(beijing(stopped))
    sent, before = len(deliveries()), len(firings())
    sweep.fn(now=beijing(back))
    deliver.fn(now=beijing(next_mail))
    counted = reminders(sent)
    assert counted
    assert set(counted.values()) == {1}
    told = {(each.owes, each.owed, each.period) for each in first_notices(sent)}
    for each in firings()[before:]:
        if each.state == "open" and each.kind == "escalation" and each.owes != each.to and each.role != "operators":
            assert (each.owes, each.owed, each.period) in told, each
    assert audit_is_whole()


def first_notices(before: int) -> list[Fired]:
    """Return what late offices themselves were told, in messages that were accepted before the first so many ended."""
    accepted = {each.notice_id for each in deliveries()[:before] if each.state is DeliveryState.ACCEPTED}
    carried = {item.id for number in accepted for item in items_of(number)}
    numbered = list(enumerate(firings(), start=1))
    return [each for number, each in numbered if number in carried and each.owes == each.to]


def test_it_says_so_where_a_slot_was_missed_by_a_restart(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_out(FORWARDED)
    sweep_until(FORWARDED, beijing("2020-03-02 08:59"), mails=True)
    with post_office(monkeypatch, tmp_path, FORWARDED):
        receive.fn(COVER, DONGAN, actor=officer(DONGAN), now=beijing("2020-03-02 08:59"))
        deliver_at(beijing("2020-03-02 08:59"))
        # due-3 fires on Monday at 9:00; nothing runs until 11:00.
        for minutes in (0, 15, 30):
            now = beijing("2020-03-02 11:00") + timedelta(minutes=minutes)
            sweep.fn(now=now)
            deliver_at(now)
        found = [mail for mail in mails_in(tmp_path) if mail.to == OFFICER and "时限临近" in mail.subject]
        (late,) = found
        assert "补发：本应于2020年3月2日（星期一）9时提醒。" in late.text
        assert "补发：本应于2020年3月2日（星期一）9时提醒。" in late.html
        sweep_until(beijing("2020-03-02 12:00"), beijing("2020-03-04 09:00"), mails=True)
        (*_, punctual) = [mail for mail in mails_in(tmp_path) if mail.to == OFFICER]
    assert "时限临近" in punctual.subject
    assert "补发" not in punctual.text
    assert audit_is_whole()


def test_it_does_not_say_so_of_what_had_passed_before_anything_was_owed(
    sqlite: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A circular that comes two days before its report is due was not forgotten three days before."""
    late = beijing("2020-03-04 10:00")
    with post_office(monkeypatch, tmp_path, FORWARDED):
        set_out(late)
        sweep_until(late, late + timedelta(hours=30), mails=True)
    assert [mail for mail in mails_in(tmp_path) if "时限临近" in mail.subject or "督办提醒" in mail.subject]
    assert [mail.subject for mail in mails_in(tmp_path) if "补发" in mail.text] == []


def test_it_fires_and_sends_nothing_twice_where_the_clock_goes_back(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_circulars()
    instants = [beijing("2020-02-14 09:40"), *every_wake(beijing("2020-03-06 10:00"))]
    with post_office(monkeypatch, tmp_path, FORWARDED) as server:
        for now in instants:
            sweep.fn(now=now)
            deliver_at(now)
        fired, sent = sorted(firings()), server.count
        for now in (*instants[:-4:-1], FORWARDED, *instants):
            sweep.fn(now=now)
            deliver_at(now)
        assert sorted(firings()) == fired
        assert server.count == sent
    assert len({mail.message_id for mail in mails_in(tmp_path)}) == sent
    assert audit_is_whole()


def every_wake(end: datetime) -> list[datetime]:
    """Return the quarter-hours until `end` at which a punctual sweep would have something to do."""
    found, now = [], FORWARDED
    while (wake := next_wake(now)) is not None and wake <= end:
        found.append(wake)
        now = wake
        if len(found) > 20:
            break
    return [*found, end]


def test_nothing_is_ever_fulfilled_by_time(sqlite: str) -> None:
    """400 days, swept each morning: everything that nobody touched is open and red."""
    set_out(FORWARDED)
    for day in range(400):
        now = beijing("2020-02-15 09:00") + timedelta(days=day)
        sweep.fn(now=now)
        if day % 7 == 0:
            deliver_at(now)
    untouched = [*owed(ObligationKind.REPORT, DONGAN), *owed(ObligationKind.RECEIPT, LINJIANG)]
    assert len(untouched) > 13
    assert {each.status for each in untouched} == {Status.PENDING}
    assert {each.ended_at for each in untouched} == {None}
