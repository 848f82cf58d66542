"""A calendar entry (.ics) for each deadline a mail tells: on its day everywhere, moved and cancelled with it."""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from icalendar import vText
from icalendar.parser import Contentline, Parameters

from domain.calendar import local
from domain.deadlines import due_day, format_due
from domain.matters import Matter, Outgoing
from domain.statuses import Hold, ObligationKind
from notifications.messages import Attachment, NoticeKind
from notifications.wording import document_text, highest, matter_text

#: what no line of a calendar may hold: control characters but the line feed, which is written as two characters
_UNSHOWN = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]")
#: So many dates at most go with one mail.
_DATES_AT_MOST = 50
#: A title is cut to so many characters in the line that a calendar shows.
_TITLE = 40
#: What is asked for in more characters than these is named there by its kind.
_SHORT = 16
#: What tells of others' dates, of a day that is past, or of minutes in which nobody opens a calendar.
_WITHOUT = frozenset({
    NoticeKind.OVERDUE, NoticeKind.ESCALATION, NoticeKind.UNSIGNED_LIST, NoticeKind.URGENT_REPORT,
    NoticeKind.URGENT_ESCALATION, NoticeKind.URGENT_FOLLOW_UP, NoticeKind.URGENT_FINAL, NoticeKind.URGENT_REGRADED,
    NoticeKind.UNDELIVERABLE, NoticeKind.ALARM, NoticeKind.AUDIT_HEAD, NoticeKind.TEST,
})  # fmt: skip
_HEAD = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Duban//Duban//ZH\r\nCALSCALE:GREGORIAN\r\nMETHOD:{}\r\n"


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """One deadline as a calendar has it."""

    obligation_id: int
    #: grows whenever the deadline is newly set, and when it ends
    sequence: int
    #: aware
    due_at: datetime
    summary: str
    description: str
    cancelled: bool


def entries_of(outgoing: Outgoing, now: datetime) -> list[CalendarEntry]:
    """Return the entries of one mail, each obligation once: those its office owes itself and that have a date.

    What still runs and is not past yet is entered; what has ended, or whose clock is stopped, is cancelled. All are
    instants; `now` is aware.
    """
    found: dict[int, CalendarEntry] = {}
    for matter in (*highest(outgoing.matters), *outgoing.dates):
        number = matter.obligation_id
        if number is None or number in found or matter.due_at is None or not _is_told(matter):
            continue
        cancelled = _has_ended(matter)
        if cancelled or (matter.status is not None and matter.status.runs and matter.due_at > now):
            found[number] = _entry(number, matter, matter.due_at, cancelled=cancelled)
        if len(found) == _DATES_AT_MOST:
            break
    return list(found.values())


def calendar_files(entries: Iterable[CalendarEntry], *, now: datetime, key: bytes, domain: str) -> list[Attachment]:
    """Return what goes with the mail: `deadline.ics`, and `deadline-cancelled.ics` where something is cancelled.

    One file has one METHOD, so what is entered and what is cancelled are two. The same bytes for the same input; `key`
    makes the UIDs those of this installation, `now` (aware) is their DTSTAMP.
    """
    all_of_them = list(entries)
    chosen = [
        ("deadline.ics", "PUBLISH", [each for each in all_of_them if not each.cancelled]),
        ("deadline-cancelled.ics", "CANCEL", [each for each in all_of_them if each.cancelled]),
    ]
    return [_file(name, method, some, now, key, domain) for name, method, some in chosen if some]


def uid_of(obligation_id: int, key: bytes, domain: str) -> str:
    """The UID of an obligation's entry: the same for as long as it lives, another in every installation."""
    return f"{obligation_id}.{hmac.digest(key, b'calendar/%d' % obligation_id, 'sha256').hex()[:24]}@{domain}"


def _is_told(matter: Matter) -> bool:
    return matter.own and matter.kind not in _WITHOUT


def _has_ended(matter: Matter) -> bool:
    return matter.hold == Hold.SUSPENSION or (matter.status is not None and matter.status.is_final)


def _entry(number: int, matter: Matter, due_at: datetime, *, cancelled: bool) -> CalendarEntry:
    """Two steps of SEQUENCE for each revision: one to enter it, one to cancel it, so that the next enters it again."""
    what = "签收" if matter.obligation_kind is ObligationKind.RECEIPT else matter_text(matter)
    # A calendar shows a dozen characters: what has to be done, not the sentence that asks for it.
    short = matter.obligation_kind.label if matter.obligation_kind and len(what) > _SHORT else what
    summary, description = _words(
        short,
        what,
        matter.circular_title,
        document_text(matter),
        matter.deliver_to,
        due_at,
        matter.provisional,
        cancelled,
    )
    return CalendarEntry(number, 2 * matter.revision + cancelled, due_at, summary, description, cancelled)


@lru_cache(maxsize=4096)
def _words(
    short: str, what: str, title: str, document: str, deliver_to: str, due_at: datetime,
    provisional: bool, cancelled: bool,
) -> tuple[str, str]:  # fmt: skip
    """Return the line and the text of an entry: alike for all offices under one circular."""
    title = title.removeprefix("《").removesuffix("》")
    about = f"（{title if len(title) <= _TITLE else title[: _TITLE - 1] + '…'}）" if title else ""
    facts = {
        "文件": document, "事项": what, "报送": deliver_to,
        "时限": f"{format_due(due_at, provisional=provisional)}（北京时间）",
    }  # fmt: skip
    lines = [f"{label}：{value}" for label, value in facts.items() if value]
    if cancelled:
        lines.append("本时限已办结、取消或暂停，请删除此日历项。")
    summary = f"{'已取消：' * cancelled}【督办】截止：{short}{about}"
    return summary, "\n".join([*lines, "时限有变化时，以最新通知为准。"])


def _file(
    name: str, method: str, entries: list[CalendarEntry], now: datetime, key: bytes, domain: str
) -> Attachment:  # fmt: skip
    stamp = f"DTSTAMP:{_utc(now)}\r\n"
    events = (
        f"BEGIN:VEVENT\r\nUID:{uid_of(each.obligation_id, key, domain)}\r\n{stamp}"
        f"{_rest_of_event(each.due_at, each.sequence, each.summary, each.description, each.cancelled)}"
        for each in entries
    )
    content = f"{_HEAD.format(method)}{''.join(events)}END:VCALENDAR\r\n"
    return Attachment(
        filename=name, content=content.encode("utf-8", "replace"), media_type="text/calendar",
        parameters=f"charset=utf-8; method={method}",
    )  # fmt: skip


@lru_cache(maxsize=4096)
def _rest_of_event(
    due_at: datetime, sequence: int, summary: str, description: str, cancelled: bool,
) -> str:  # fmt: skip
    """Return all of an entry but what is its own, its UID and its stamp."""
    state = "CANCELLED" if cancelled else "CONFIRMED"
    return (
        f"{_when(due_at)}SEQUENCE:{sequence}\r\nSTATUS:{state}\r\nTRANSP:TRANSPARENT\r\n"
        f"{_text('SUMMARY', summary)}{_text('DESCRIPTION', description)}END:VEVENT\r\n"
    )


def _when(due_at: datetime) -> str:
    """The due day as a whole, which is the same day in every zone; for a stated hour the instant, in UTC."""
    if local(due_at).time() != time():
        return f"DTSTART:{_utc(due_at)}\r\n"
    day = due_day(due_at)
    return f"DTSTART;VALUE=DATE:{_day(day)}\r\nDTEND;VALUE=DATE:{_day(day + timedelta(days=1))}\r\n"


def _text(name: str, value: str) -> str:
    """One line, escaped and folded."""
    shown = _UNSHOWN.sub(" ", value.encode("utf-8", "replace").decode())
    line = Contentline.from_parts(name, Parameters(), vText(shown))
    return f"{line.to_ical().decode('utf-8', 'replace')}\r\n"


def _utc(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _day(day: date) -> str:
    return f"{day:%Y%m%d}"
