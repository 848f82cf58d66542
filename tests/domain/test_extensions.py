"""Whether more time may be given: each refusal with its sentence, each cap at its edge."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.errors import Refused
from domain.extensions import Cap, Given, check_in_time, check_new_day
from tests.cast import beijing

NOW, DUE = beijing("2020-03-03 10:00"), beijing("2020-03-06 00:00")
CAP, DAY = Cap(count=2, days=30), timedelta(days=1)


def test_it_takes_what_is_asked_until_the_day_is_past_and_not_from_then_on() -> None:
    check_in_time(DUE, DUE - timedelta.resolution)
    check_in_time(None, DUE)
    with pytest.raises(Refused, match="已于2020年3月5日（星期四）24时前到期，延期须在到期前提出"):
        check_in_time(DUE, DUE)


@pytest.mark.parametrize(
    ("new", "given", "words"),
    [
        (NOW, Given(), "必须晚于现在"),
        (DUE, Given(), "必须晚于现时限"),
        (DUE + DAY, Given(2, 3 * DAY), "已延期 2 次，最多 2 次"),
        (DUE + 31 * DAY, Given(), "累计最多 30 天，该事项最晚可延至2020年4月4日（星期六）24时前"),
        (DUE + 11 * DAY, Given(1, 20 * DAY), "最晚可延至2020年3月15日"),
    ],
)
def test_it_refuses_a_day_that_cannot_be_given(new: object, given: Given, words: str) -> None:
    with pytest.raises(Refused, match=words):
        check_new_day(DUE, new, NOW, given, CAP)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("new", "given"), [(DUE + 30 * DAY, Given()), (DUE + 10 * DAY, Given(1, 20 * DAY)), (DUE + DAY, Given(1, DAY))]
)
def test_it_gives_a_day_up_to_the_cap(new: object, given: Given) -> None:
    check_new_day(DUE, new, NOW, given, CAP)  # type: ignore[arg-type]


def test_it_lets_anything_that_has_no_date_be_dated() -> None:
    check_new_day(None, NOW + 400 * DAY, NOW, Given(2, 30 * DAY), CAP)
    with pytest.raises(Refused, match="必须晚于现在"):
        check_new_day(None, NOW, NOW, Given(), CAP)
