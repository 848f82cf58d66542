"""Checking the installation: every question asked by itself, the operators told once a day for each cause."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from prefect import task
from sqlmodel import Session

from config.settings import settings
from domain import watching
from domain.calendar import WorkCalendar, local_day
from domain.deadlines import format_instant
from domain.documents import Urgency
from domain.errors import Refused
from domain.offices import Audience
from domain.planning import TAGS
from domain.trail import SYSTEM, Head
from domain.watching import BY_NAME, CADENCES, CHECK_EVERY, CHECK_RUN, SCHEDULED, Check, Exit, Found
from models import checks, mail_checks, reviews, run_checks
from models.acting import sound
from models.audit import RunLog
from models.installation import Installation, installation, work_calendar
from models.session import Transaction, reading, transaction
from tasks.migrating import require_current
from tasks.served import NoAnswer, ask_server, is_expected, server_url, visit

_HEARTBEAT_SECONDS = 5.0
#: Digits of a hash that the log of runs keeps: enough to see that another has taken its place.
_HASH_DIGITS = 12
_Question = Callable[[Session], Found]


@dataclass(frozen=True, slots=True)
class Finding:
    """One check that is not well, in words for operators."""

    name: str
    title: str
    #: error, hint, or unknown: it could not be looked at
    level: str
    count: int
    sentence: str
    examples: tuple[str, ...]
    what_to_do: str
    at_any_hour: bool = False


@dataclass(frozen=True, slots=True)
class Health:
    """What a check of the installation found: `well` where no error and nothing unknown is among it."""

    checked_at: datetime
    findings: tuple[Finding, ...]
    #: the names of all checks that were made
    looked_at: tuple[str, ...]
    #: the end of the trail as this check has seen it
    head: Head | None = None

    @property
    def errors(self) -> tuple[Finding, ...]:
        return tuple(each for each in self.findings if each.level == "error")

    @property
    def unknown(self) -> tuple[Finding, ...]:
        return tuple(each for each in self.findings if each.level == "unknown")

    @property
    def exit_code(self) -> Exit:
        """0: all is well (hints allowed); 1: something is wrong; 2: nothing known is wrong, but not all is known."""
        if self.errors:
            return Exit.WRONG
        return Exit.CANNOT_TELL if self.unknown else Exit.WELL


class _Looking:
    """One check of everything: asks each question by itself, so that one that fails hides no other."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.looked_at: list[str] = []

    def ask(self, name: str, question: _Question) -> None:
        with self.known(name), reading() as session:
            self.add(name, question(session))

    def add(self, name: str, found: Found) -> None:
        check = BY_NAME[name]
        self.looked_at.append(name)
        if found.count:
            level = "hint" if check.is_hint else "error"
            self.findings.append(_finding(check, level, found))

    def unknown(self, name: str, words: str) -> None:
        self.findings.append(_finding(BY_NAME[name], "unknown", Found(0, (words,))))

    @contextmanager
    def known(self, name: str) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # noqa: BLE001 - whatever goes wrong with one question, the others are asked
            self.unknown(name, f"无法检查：{type(error).__name__}: {error}"[:300])


def _finding(check: Check, level: str, found: Found) -> Finding:
    words = f"{check.title}：{found.count} 项" if found.count > 1 else check.title
    named = (
        f"（{'；'.join(found.examples)}{' 等' if found.count > len(found.examples) else ''}）" if found.examples else ""
    )
    return Finding(
        name=check.name, title=check.title, level=level, count=found.count, sentence=f"{words}{named}",
        examples=found.examples, what_to_do=check.what_to_do, at_any_hour=check.at_any_hour or found.urgent,
    )  # fmt: skip


@task(name="检查运行状况")
def check_installation(*, now: datetime, expected: Collection[str] = SCHEDULED) -> Health:
    """Look at everything by which silence shows, as of `now` (aware), judged by our own tables; changes nothing.

    `expected`: the deployments that a server, where there is one, has to have. Never raises: what cannot be looked at
    is a finding of its own.
    """
    looking = _Looking()
    try:
        require_current()
    except Refused as error:
        looking.unknown("database", str(error))
        _look_outside(looking, now, expected)
        return Health(now, tuple(looking.findings), tuple(looking.looked_at))
    looking.add("database", Found(0))
    _look_at_runs(looking, now)
    _look_at_what_is_owed(looking, now)
    head = _look_at_the_trail(looking, now)
    _look_outside(looking, now, expected)
    return Health(now, tuple(looking.findings), tuple(looking.looked_at), head)


def _look_at_runs(looking: _Looking, now: datetime) -> None:
    looking.ask("never_ran", _never_ran)
    if any(each.name == "never_ran" for each in looking.findings):
        return
    for cadence in CADENCES:
        looking.ask(f"silent_{cadence.run}", partial(run_checks.silence, now=now, cadence=cadence))
    if settings().imap_host:
        looking.ask("silent_collect_mail", partial(run_checks.silence, now=now, cadence=watching.COLLECTING))


def _never_ran(session: Session) -> Found:
    ran = run_checks.ever_ran(session, [each.run for each in CADENCES])
    return Found(0) if ran else Found(1, ("这里从来没有巡检过，也没有投递过",))


def _look_at_what_is_owed(looking: _Looking, now: datetime) -> None:
    calendar = work_calendar()
    questions: dict[str, _Question] = {
        "late_urgent_wakes": partial(checks.late_wakes, now=now, urgent=True),
        "late_wakes": partial(checks.late_wakes, now=now, urgent=False),
        "lost_wakes": checks.lost_wakes,
        "late_periods": partial(checks.late_periods, now=now),
        "open_requests": partial(checks.open_requests, now=now),
        "unassembled": partial(mail_checks.unassembled, now=now, calendar=calendar),
        "unsent": partial(mail_checks.unsent, now=now, calendar=calendar),
        "untold_failures": partial(mail_checks.untold_failures, now=now),
        "failed_alarms": partial(mail_checks.failed_alarms, now=now),
        "nobody_told": partial(mail_checks.nobody_told, now=now),
        "unreachable": mail_checks.unreachable,
        "failed_addresses": partial(mail_checks.failed_addresses, now=now),
        "unsettled_mail": partial(mail_checks.unsettled_mail, now=now, calendar=calendar),
        "unreviewed_drafts": partial(reviews.unreviewed, now=now, calendar=calendar),
        "practising": partial(checks.practising, now=now),
    }
    for name, question in questions.items():
        looking.ask(name, question)


def _look_at_the_trail(looking: _Looking, now: datetime) -> Head | None:
    heads: list[Head] = []

    def tail(session: Session) -> Found:
        found, head = run_checks.audit_tail(session, _known_head(run_checks.last_run(session, CHECK_RUN, now)))
        heads.append(head)
        return found

    looking.ask("audit_tail", tail)
    return heads[0] if heads else None


def _known_head(last: RunLog | None) -> Head | None:
    if last is None or "audit_seq" not in last.counts:
        return None
    return Head(last.counts["audit_seq"], f"{last.counts['audit_hash']:0{_HASH_DIGITS}x}")


def _look_outside(looking: _Looking, now: datetime, expected: Collection[str]) -> None:
    with looking.known("calendar_missing"):
        looking.add("calendar_missing", _calendar(now, work_calendar()))
    with looking.known("disk_low"):
        looking.add("disk_low", _disk())
    _ask_the_server(looking, expected)


def _calendar(now: datetime, calendar: WorkCalendar) -> Found:
    missing = watching.calendar_missing(now, calendar)
    return Found(len(missing), tuple(f"{year} 年" for year in missing))


def _disk() -> Found:
    folder = settings().data_dir
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    return Found(1, (f"只剩 {free // 1_000_000} MB",)) if watching.is_disk_low(free) else Found(0)


def _ask_the_server(looking: _Looking, expected: Collection[str]) -> None:
    """Compare a server's deployments with those it should have; where none is expected, none is missed."""
    if not is_expected():
        return
    try:
        served = ask_server(server_url())
    except NoAnswer as error:
        looking.add("server_down", Found(1, (str(error),)))
        return
    looking.add("server_down", Found(0))
    missing = tuple(sorted(set(expected) - set(served.paused)))
    scheduled = (*SCHEDULED, watching.COLLECTING.deployment) if settings().imap_host else SCHEDULED
    paused = tuple(name for name in scheduled if served.paused.get(name))
    looking.add("deployments_missing", Found(len(missing), missing[:5]))
    looking.add("deployments_paused", Found(len(paused), paused))


@task(name="值守告警")
def tell_operators(health: Health, *, now: datetime) -> int:
    """Queue an alarm for each error, once a day for each cause, and a word for each that is well again.

    Right after a standstill what puts itself right within minutes is left to the next check. The run is logged, and
    with it the end of the trail that the next check goes on from. Returns how many messages were queued.
    """
    if any(each.name == "database" for each in health.unknown):
        return 0
    with transaction(SYSTEM, now) as work:
        here = installation(work.session)
        last = run_checks.last_run(work.session, CHECK_RUN, now)
        has_just_begun = last is None or now - last.as_of > 2 * CHECK_EVERY
        told_before = {name for name in BY_NAME if last is not None and last.counts.get(name)}
        errors = {
            each.name: each for each in health.errors
            if not (has_just_begun and BY_NAME[each.name].settles) or each.name in told_before
        }  # fmt: skip
        unknown = {each.name for each in health.unknown}
        queued = sum(_sound(work, here, each) for each in errors.values())
        still = {each.name for each in health.errors} | unknown
        queued += sum(_sound_well(work, here, BY_NAME[name]) for name in sorted(told_before - still))
        told = {*errors, *(told_before & still)}
        _log(work, health, told)
    return queued


def _log(work: Transaction, health: Health, told: Collection[str]) -> None:
    counts = {name: 1 for name in BY_NAME if name in told} | {"errors": len(health.errors)}
    if health.head is not None:
        counts |= {"audit_seq": health.head.seq, "audit_hash": int(health.head.hash[:_HASH_DIGITS], 16)}
    work.session.add(RunLog(name=CHECK_RUN, as_of=work.now, ended_at=datetime.now(UTC), counts=counts))


def _sound(work: Transaction, here: Installation, finding: Finding) -> bool:
    detail = {
        "matter": f"值守检查：{finding.title}",
        "reason": f"{finding.sentence}。{finding.what_to_do}同一原因当日只告警一次。",
    }
    tag = TAGS[Urgency.EXTRA_URGENT] if finding.at_any_hour else ""
    return _to_operators(work, here, f"check/{finding.name}/{local_day(work.now)}", detail, tag)


def _sound_well(work: Transaction, here: Installation, check: Check) -> bool:
    detail = {
        "matter": f"值守检查：{check.title}，已恢复",
        "reason": f"{format_instant(work.now)}检查时已恢复正常。当日如再出现不另告警，请以“值守检查”页面为准。",
    }
    return _to_operators(work, here, f"check/{check.name}/{local_day(work.now)}/well", detail, "")


def _to_operators(work: Transaction, here: Installation, cause: str, detail: dict[str, str], tag: str) -> bool:
    if here.view.roster.operating not in here.view.id_of:
        return False  # no roster yet: there is nobody to tell
    operators = here.view.roster.audience(here.view.roster.operating, Audience.OPERATORS, work.now)
    return sound(work, here.view, operators, "alarm", cause, detail, why="您负责督办系统值守。", urgency_tag=tag)


@task(name="心跳")
def beat(health: Health) -> Finding | None:
    """Visit the heartbeat address after a good check, so that somebody outside notices when none comes.

    Nothing where none is set or something is wrong. A visit that fails is returned as a hint; it never raises, and
    the address, which may be a secret, is nowhere repeated.
    """
    url = settings().heartbeat_url
    if url is None or health.exit_code is not Exit.WELL:
        return None
    trouble = visit(url.get_secret_value(), _HEARTBEAT_SECONDS)
    return _finding(BY_NAME["heartbeat"], "hint", Found(1, (trouble,))) if trouble else None
