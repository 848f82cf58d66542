"""A mailbox that nobody has read, and mails that nobody has dealt with, are found by the check."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from domain.trail import SYSTEM
from models.audit import COLLECTION, RunLog
from models.session import transaction
from tasks.checking import Finding, check_installation
from tasks.inbox import settle_mail
from tests.cast import DONGAN, OPERATOR, beijing, import_cast
from tests.letters import mail, take
from tests.tasks.checks import ran
from tests.tasks.stage import use

NOW = beijing("2020-02-14 11:00")
OFFICER = f"officer.{DONGAN}@example.org"
pytestmark = pytest.mark.usefixtures("sqlite")


def found(now: datetime) -> dict[str, Finding]:
    ran(now)
    return {each.name: each for each in check_installation.fn(now=now).findings}


def read_at(now: datetime, **counts: int) -> None:
    with transaction(SYSTEM, now) as work:
        work.session.add(RunLog(name=COLLECTION, as_of=now, ended_at=now, counts=counts))


def test_it_misses_no_mailbox_where_none_is_set_up() -> None:
    assert "silent_collect_mail" not in found(NOW)


def test_it_finds_a_mailbox_that_has_not_been_read(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, imap_host="imap.example.org")
    assert "从未完成过" in found(NOW)["silent_collect_mail"].sentence
    read_at(NOW)
    assert "silent_collect_mail" not in found(NOW + timedelta(minutes=15))
    assert found(NOW + timedelta(minutes=16))["silent_collect_mail"].at_any_hour


def test_it_does_not_count_a_visit_that_failed_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, imap_host="imap.example.org")
    read_at(NOW)
    read_at(NOW + timedelta(minutes=16), failed=1)
    assert "silent_collect_mail" in found(NOW + timedelta(minutes=16))


def test_it_finds_a_mail_that_nobody_has_dealt_with_for_a_working_day() -> None:
    import_cast(NOW)
    number = take(mail("请问怎么填？", sender=OFFICER), NOW).inbound_id
    assert "unsettled_mail" not in found(NOW + timedelta(hours=2))
    late = beijing("2020-02-17 14:00")
    assert f"来信 {number}" in found(late)["unsettled_mail"].sentence
    assert not found(late)["unsettled_mail"].at_any_hour
    settle_mail.fn(number, "已电话答复", actor=OPERATOR, now=late)
    assert "unsettled_mail" not in found(late)


def test_it_finds_an_urgent_report_after_a_quarter_of_an_hour_at_any_hour() -> None:
    import_cast(NOW)
    night = beijing("2020-02-14 23:00")
    take(mail("洪水进村。", sender=OFFICER, subject="【紧急信息】洪水"), night)
    assert "unsettled_mail" not in found(night + timedelta(minutes=14))
    assert found(night + timedelta(minutes=15))["unsettled_mail"].at_any_hour
