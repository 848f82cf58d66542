"""Work without a given instant: the clock is read at the door, and everything happens at that instant."""

from __future__ import annotations

import email
import email.policy
from datetime import UTC, datetime
from pathlib import Path

import pytest
from freezegun import freeze_time

from config.settings import settings
from flows.form import instant
from tasks.delivering import deliver
from tests.cast import beijing, forward_cover, import_cast, register_pair

SENT = beijing("2020-02-14 09:30")
ADDRESSES = 8


@pytest.fixture
def forwarded(sqlite: str) -> None:
    import_cast(SENT)
    register_pair(SENT)
    forward_cover(SENT)


def captured() -> list[Path]:
    return sorted(settings().capture_folder.glob("*/*.eml"))


@pytest.mark.usefixtures("forwarded")
def test_it_delivers_by_the_clock_where_no_instant_is_given() -> None:
    with freeze_time("2020-02-14 01:39:59"):
        assert deliver.fn().accepted == 0
    with freeze_time("2020-02-14 01:40:00"):
        assert deliver.fn().accepted == ADDRESSES
    assert len(captured()) == ADDRESSES
    for path in captured():
        mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        assert mail["Date"].datetime == beijing("2020-02-14 09:40")


@pytest.mark.usefixtures("forwarded")
def test_it_holds_routine_mail_at_night_by_the_clock() -> None:
    with freeze_time("2020-02-14 15:00:00"):  # 23:00 in Beijing
        assert deliver.fn().accepted == 0
    with freeze_time("2020-02-17 00:30:00"):  # Monday, 8:30
        assert deliver.fn().accepted == ADDRESSES


def test_it_reads_the_clock_once_at_the_door_of_a_flow() -> None:
    with freeze_time("2020-04-03 01:00:00"):
        assert instant("") == datetime(2020, 4, 3, 1, tzinfo=UTC)
        assert instant("2020-04-03 09:00") == datetime(2020, 4, 3, 1, tzinfo=UTC)
