"""What a circular asks of the offices below, before it goes out: how many, how often, how short the notice."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from domain.calendar import local

#: Below this a notice is short: less than a day.
_SHORT = timedelta(hours=24)
#: From this many times a year on it is said how many papers that makes.
_OFTEN = 12
_YEAR = timedelta(days=365)
_NOON = time(12, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Burden:
    """The burden of one forwarding (为基层减负); `warnings` are Chinese sentences for whoever is about to send it."""

    offices: int
    #: deadlines of one office within a year from sending
    occurrences_a_year: int
    #: hours from sending to the first deadline; None without deadlines, negative if one is past already
    shortest_notice_hours: float | None
    warnings: tuple[str, ...]


def burden(offices: int, due: Iterable[datetime], sent_at: datetime) -> Burden:
    """The burden on `offices` offices of a circular sent at `sent_at`.

    `due` holds the due instants of every occurrence of all its requirements; all instants are aware.
    """
    instants = sorted(due)
    within_a_year = sum(sent_at <= each < sent_at + _YEAR for each in instants)
    shortest = instants[0] - sent_at if instants else None
    return Burden(
        offices=offices,
        occurrences_a_year=within_a_year,
        shortest_notice_hours=None if shortest is None else shortest / timedelta(hours=1),
        warnings=(*_short_notice(instants, sent_at), *_frequency(offices, within_a_year)),
    )


def _short_notice(instants: list[datetime], sent_at: datetime) -> Iterable[str]:
    past = sum(each <= sent_at for each in instants)
    if past:
        yield f"有{past}项时限在发出之前已过。"
    coming = next((each for each in instants if each > sent_at), None)
    if coming is None or coming - sent_at >= _SHORT:
        return
    # an instant at 24:00 belongs to the day that ends with it
    sent, last_moment = local(sent_at), local(coming - timedelta(microseconds=1))
    if sent.time() < _NOON and last_moment.date() == sent.date():
        yield "上午发文、当天就要结果，基层来不及办理。"
    else:
        yield f"最短时限只有{(coming - sent_at) / timedelta(hours=1):.1f}小时。"


def _frequency(offices: int, times: int) -> Iterable[str]:
    if times >= _OFTEN:
        yield f"一年内每个单位要报{times}次，{offices}个单位共{offices * times}份。"
