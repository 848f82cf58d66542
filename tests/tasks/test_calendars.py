"""Calendars are versioned: what runs keeps the calendar it was made under, whatever is published or changed later."""

from __future__ import annotations

from pathlib import Path

import pytest

from domain.calendar import WorkCalendar
from domain.published import published_calendar
from models.obligation import CalendarVersion, Obligation
from tasks.handling import receive
from tasks.sweeping import sweep
from tests.cast import (
    COVER,
    DONGAN,
    LINJIANG,
    OPERATOR,
    beijing,
    forward_cover,
    import_cast,
    notice_text,
    register_text,
    set_out,
)
from tests.looking import again, firings, rows, the_one
from tests.tasks.stage import told, use

NUMBER = "江扶组办发〔2020〕9号"
START = beijing("2020-01-20 09:00")
#: January 2020 as first published: Friday the 31st and Saturday 1 February are workdays.
AS_FIRST_PUBLISHED = "extra_workdays = [2020-01-31, 2020-02-01]\n"


def january(*sentences: str) -> str:
    """Return the circular, dated 19 January 2020."""
    return notice_text(NUMBER, *sentences).replace("2020年2月14日", "2020年1月19日")


def use_days(monkeypatch: pytest.MonkeyPatch, folder: Path, name: str, text: str) -> None:
    """Work by a file of own days from now on, as after a restart."""
    path = folder / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    use(monkeypatch, work_days_file=path)


@pytest.mark.usefixtures("database")
def test_it_stores_a_calendar_once_with_all_its_days() -> None:
    set_out(START)
    forward_cover(START)
    (stored,) = rows(CalendarVersion)
    assert stored.digest == published_calendar().digest
    assert stored.first_used_at == START
    assert WorkCalendar.from_canonical(stored.canonical) == published_calendar()
    assert {owed.calendar_digest for owed in rows(Obligation)} == {stored.digest}


@pytest.mark.usefixtures("sqlite")
def test_it_stores_a_second_calendar_beside_the_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    set_out(START)
    use_days(monkeypatch, tmp_path, "first", AS_FIRST_PUBLISHED)
    register_text(january("请各地各部门将情况于2020年2月10日前报省扶贫办。"), START)
    forward_cover(START, NUMBER)
    assert len(rows(CalendarVersion)) == 2
    assert the_one("receipt", DONGAN, NUMBER).calendar_digest != the_one("receipt", DONGAN, COVER).calendar_digest


@pytest.mark.usefixtures("sqlite")
def test_it_climbs_by_the_calendar_of_the_obligation(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The reminder of the last working day before comes on Saturday 1 February, a workday when it was made."""
    use_days(monkeypatch, tmp_path, "first", AS_FIRST_PUBLISHED)
    import_cast(START)
    register_text(january("请各地各部门将情况于2020年2月2日前报省扶贫办。"), START)
    forward_cover(START, NUMBER)
    use(monkeypatch, work_days_file="")
    owed = the_one("report", LINJIANG, NUMBER)
    sweep.fn(now=beijing("2020-02-01 09:05"))
    assert [told(each.at) for each in firings(owed, rung="due-0")] == ["2020-02-01 09:00"]


@pytest.mark.usefixtures("sqlite")
def test_it_dates_a_term_from_receipt_by_the_calendar_of_the_obligation(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    use_days(monkeypatch, tmp_path, "first", AS_FIRST_PUBLISHED)
    import_cast(START)
    register_text(january("各地各部门收到本通知后5个工作日内将情况报送省扶贫办。"), START)
    forward_cover(START, NUMBER)
    use(monkeypatch, work_days_file="")
    owed = the_one("report", LINJIANG, NUMBER)
    receive.fn(NUMBER, LINJIANG, actor=OPERATOR, now=beijing("2020-01-21 10:00"))
    assert again(owed).due_at == beijing("2020-02-04 00:00")
