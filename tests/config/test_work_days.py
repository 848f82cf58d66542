"""An installation's own rest days and workdays."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

import config.work_days
from config.work_days import WorkDaysError, load_work_days
from domain.calendar import WorkCalendar
from domain.published import published_calendar

EXAMPLE = Path(config.work_days.__file__).with_name("work_days.example.toml")


def load(tmp_path: Path, text: str) -> WorkCalendar:
    file = tmp_path / "own_days.toml"
    file.write_text(text, encoding="utf-8")
    return load_work_days(file)


def test_it_follows_the_published_calendar_without_a_file() -> None:
    assert load_work_days(None) == published_calendar()


def test_it_reads_own_days(tmp_path: Path) -> None:
    # January 2020 before it was amended
    calendar = load(tmp_path, "extra_workdays = [2020-01-31, 2020-02-01]\nextra_rest_days = [2020-02-03]\n")
    assert calendar == published_calendar().changed({date(2020, 2, 3)}, {date(2020, 1, 31), date(2020, 2, 1)})
    assert calendar.add_workdays(date(2020, 1, 21), 5) == date(2020, 2, 4)


@pytest.mark.parametrize("text", ["", "extra_rest_days = []\n", "# nothing\n"])
def test_it_takes_a_file_that_changes_nothing(tmp_path: Path, text: str) -> None:
    assert load(tmp_path, text) == published_calendar()


def test_it_ships_an_example_that_changes_nothing() -> None:
    assert load_work_days(EXAMPLE) == published_calendar()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("extra_rest_days = 2020-01-31", "extra_rest_days 应是日期的列表"),
        ('extra_rest_days = ["2020-01-31"]', "extra_rest_days 中的 2020-01-31 不是日期"),  # a text in quotes
        ("extra_workdays = [2020-01-31T08:30:00]", "extra_workdays 中的 2020-01-31 08:30:00 不是日期"),
        ("extra_workdays = [20200131]", "extra_workdays 中的 20200131 不是日期"),
        ("extra_workdays = [2020-01-31, 2020-01-31]", "extra_workdays 中有重复的日期"),
        ("rest_days = [2020-01-31]", "不认识的“rest_days”，可用的是 extra_rest_days、extra_workdays"),
        ("extra_rest_days = [2020-02-30]", "不合TOML语法"),  # no such day
        ("extra_rest_days = [2020-01-31", "不合TOML语法"),
        (
            "extra_rest_days = [2020-02-01, 2020-01-31]\nextra_workdays = [2020-01-31, 2020-02-01]",
            "2020-01-31、2020-02-01 同时列在 extra_rest_days 和 extra_workdays 中",
        ),
    ],
)
def test_it_names_the_file_and_the_field(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(WorkDaysError, match=why) as refused:
        load(tmp_path, text)
    assert "own_days.toml" in str(refused.value)


def test_it_names_a_file_it_cannot_read(tmp_path: Path) -> None:
    with pytest.raises(WorkDaysError, match=r"nowhere\.toml 无法读取"):
        load_work_days(tmp_path / "nowhere.toml")
