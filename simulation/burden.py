"""How burdened each office was in a play: mails, items in them, its busiest day, what came outside working hours."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from domain.calendar import WorkCalendar
from domain.offices import Roster


def burden_of(mails: Iterable[Mapping[str, Any]], roster: Roster, calendar: WorkCalendar) -> dict[str, Any]:
    """Return the burden in all and per office, the most burdened first; `mails` are those of a recount."""
    by_office: dict[str, list[Mapping[str, Any]]] = {}
    for mail in mails:
        by_office.setdefault(mail["office"], []).append(mail)
    offices = [_office(code, items, roster, calendar) for code, items in by_office.items()]
    offices.sort(key=lambda each: (-each["mails"], -each["items"], each["office"]))
    sent = sum(each["mails"] for each in offices)
    outside = sum(each["outside_working_hours"] for each in offices)
    return {
        "mails": sent,
        "items": sum(each["items"] for each in offices),
        "offices_reached": len(offices),
        "outside_working_hours": outside,
        "share_outside_working_hours": round(outside / sent, 4) if sent else 0.0,
        "by_kind": dict(sorted(Counter(mail["kind"] for each in by_office.values() for mail in each).items())),
        "by_tier": _by_tier(offices),
        "offices": offices,
    }


def _office(code: str, mails: list[Mapping[str, Any]], roster: Roster, calendar: WorkCalendar) -> dict[str, Any]:
    days = Counter(mail["at"][:10] for mail in mails)
    busiest = min(days.items(), key=lambda each: (-each[1], each[0]))
    office = roster[code]
    return {
        "office": code,
        "office_name": office.name,
        "tier": office.tier.value,
        "mails": len(mails),
        "items": sum(mail["items"] for mail in mails),
        "busiest_day": {"day": busiest[0], "mails": busiest[1]},
        "outside_working_hours": sum(
            not calendar.is_working_time(datetime.fromisoformat(mail["at"])) for mail in mails
        ),
    }  # fmt: skip


def _by_tier(offices: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, float]]:
    tiers: dict[str, list[Mapping[str, Any]]] = {}
    for each in offices:
        tiers.setdefault(each["tier"], []).append(each)
    return {
        tier: {
            "offices": len(members),
            "mails": sum(each["mails"] for each in members),
            "mails_per_office": round(sum(each["mails"] for each in members) / len(members), 2),
        }
        for tier, members in sorted(tiers.items())
    }
