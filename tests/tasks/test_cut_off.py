"""An urgent report while no mail goes out: a dead mail server holds up nobody, an outage of our own still waits."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from domain.urgent import Severity
from tasks.alerting import raise_urgent_report
from tasks.calling import open_calls
from tasks.delivering import deliver
from tasks.sweeping import sweep
from tests.cast import DONGAN, PROVINCE, beijing, import_cast, officer
from tests.looking import owed
from tests.tasks.stage import go_live, post_office

NIGHT = beijing("2020-03-14 22:40")
NOBODY_LISTENS = 1


@pytest.fixture(autouse=True)
def _reported(database: str) -> None:
    """A report whose superior does not answer; then every sweep is missed until its limit is long past."""
    import_cast(beijing("2020-02-13 09:00"))
    raise_urgent_report.fn(
        DONGAN, "扶贫车间火灾", "正在处置。", Severity.RELATIVELY_SERIOUS, actor=officer(DONGAN), now=NIGHT,
        occurred_at=NIGHT, learned_at=NIGHT,
    )  # fmt: skip


def deliver_at(minutes: float) -> str:
    return deliver.fn(now=NIGHT + timedelta(minutes=minutes)).trouble


def climbed(minutes: float) -> bool:
    sweep.fn(now=NIGHT + timedelta(minutes=minutes), urgent_only=True)
    return bool(owed("respond", PROVINCE))


def test_it_goes_to_the_next_level_though_the_mail_server_takes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    go_live(monkeypatch, NOBODY_LISTENS, NIGHT)
    assert deliver_at(1)
    assert climbed(40)
    found = open_calls.fn(now=NIGHT + timedelta(minutes=43))
    assert {(each.person, each.undelivered) for each in found} >= {("郑一", True), ("李一", True)}, (
        "the telephone is left"
    )


def test_it_waits_where_the_outage_is_our_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with post_office(monkeypatch, tmp_path / "mail", NIGHT):
        assert not climbed(40), "the office itself has not been told yet, and can be"
        assert not deliver_at(40)
        assert not climbed(54)
        assert climbed(55), "15 minutes after its own notice"


def test_it_waits_once_the_mail_server_is_back(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    go_live(monkeypatch, NOBODY_LISTENS, NIGHT)
    assert deliver_at(1)
    with post_office(monkeypatch, tmp_path / "mail", NIGHT):
        assert not deliver_at(39)
        assert not climbed(40)
        assert climbed(54)


def test_it_counts_no_trouble_from_before_the_report(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    go_live(monkeypatch, NOBODY_LISTENS, NIGHT)
    deliver.fn(now=NIGHT - timedelta(minutes=1))
    with post_office(monkeypatch, tmp_path / "mail", NIGHT):
        assert not climbed(40)


def test_a_punctual_ladder_knows_no_such_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    go_live(monkeypatch, NOBODY_LISTENS, NIGHT)
    assert not climbed(29)
    assert climbed(30)
