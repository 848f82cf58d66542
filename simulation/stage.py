"""Where a play takes place: a database and settings of its own, whatever the installation has."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic import SecretStr
from sqlalchemy import URL

from config.settings import Settings, settings
from domain.calendar import WorkCalendar
from domain.deadlines import format_instant
from domain.errors import Refused
from domain.offices import Roster
from domain.trail import SYSTEM
from models.installation import policies_in_force, work_calendar
from models.session import engine, open_engine
from simulation.rosters import generated_roster
from simulation.script import GeneratedRoster, Script
from tasks.auditing import audit_head
from tasks.delivering import set_mail_mode
from tasks.migrating import backup, migrate, require_current
from tasks.rostering import import_roster
from tasks.watching import check_offices, last_instant, roster_in_use

_OPERATING_OFFICE = "230000"
_OPERATORS = "operators@example.org"


@dataclass(frozen=True)
class Stage:
    """A place to play: its roster and calendar, and the last entry of the trail before the play begins."""

    roster: Roster
    calendar: WorkCalendar
    policy_digest: str
    entries_before: int


@contextmanager
def stage(script: Script, *, copy: bool, database: Path | None, mails: Path | None) -> Iterator[Stage]:
    """Set the stage of a script: an empty database, or with `copy` a copy of the installation's; gone afterwards.

    `database` is a file that keeps it, `mails` a folder for the mails in full. Nothing of the installation is written:
    not its database, not its settings, and no mail leaves. Raises Refused where a file or folder is in the way, or the
    script does not fit the database.
    """
    _refuse_what_exists(database, mails)
    with TemporaryDirectory(prefix="duban-simulation-") as folder:
        path = database or Path(folder) / "duban.db"
        if copy:
            _copy_to(path)
        own = _settings_of(script, path, mails or Path(folder), copy=copy)
        with settings.replaced(own):
            try:
                yield _prepared(script, copy=copy)
            finally:
                engine().dispose()
                open_engine.cache_clear()


def _refuse_what_exists(database: Path | None, mails: Path | None) -> None:
    if database is not None and database.exists():
        message = f"“{database}”已经存在；模拟从不覆盖数据库，请换一个文件名。"
        raise Refused(message)
    if mails is not None and mails.exists() and (not mails.is_dir() or any(mails.iterdir())):
        message = f"“{mails}”已经存在而且不是空文件夹，请换一个文件夹。"
        raise Refused(message)


def _copy_to(path: Path) -> None:
    require_current()
    try:
        backup.fn(path, now=datetime.now(UTC))
    finally:
        engine().dispose()


def _settings_of(script: Script, database: Path, data_dir: Path, *, copy: bool) -> Settings:
    """Return the settings of the play: the script's, with `copy` over those the installation decides by."""
    base = settings() if copy else None
    return Settings(
        _env_file=None, data_dir=data_dir, database_url=SecretStr(_url(database)),
        operating_office=script.operating_office or (base.operating_office if base else _OPERATING_OFFICE),
        operators_address=script.operators_address or (base.operators_address if base else _OPERATORS),
        policies_file=script.policies or (base.policies_file if base else None),
        work_days_file=script.work_days or (base.work_days_file if base else None),
        wait_minutes=script.wait_minutes if script.wait_minutes is not None else (base.wait_minutes if base else 10),
        smtp_host="127.0.0.1", smtp_port=9, smtp_security="none", smtp_username=None, smtp_password=None,
        sender_address="duban@example.org", sender_name="督办系统", contact_text="", capture_to="",
        sqlite_synchronous="OFF",
    )  # type: ignore[call-arg]  # fmt: skip


def _url(database: Path) -> str:
    return URL.create("sqlite", database=str(database)).render_as_string(hide_password=False)


def _prepared(script: Script, *, copy: bool) -> Stage:
    if copy:
        _refuse_the_past(script)
        found = _with_roster(script, script.begins_at)
    else:
        found = set_scene(script, script.begins_at)
    # Mails go nowhere but into the folder of capture mode, whatever the copied installation does.
    set_mail_mode.fn("capture", actor=SYSTEM, now=script.begins_at)
    return replace(found, entries_before=audit_head.fn().seq)


def set_scene(script: Script, now: datetime) -> Stage:
    """Make the database of the settings in force, with the roster of the script. Raises Refused where it has none."""
    if script.roster is None:
        message = (
            f"脚本 {script.file}：[roster] 缺少名册；"
            "请写 file，或 generate = { prefectures = 3, counties = 30 }；或用 --copy 在本系统的副本上模拟。"
        )
        raise Refused(message)
    migrate.fn(now=now)
    return _with_roster(script, now)


def _with_roster(script: Script, now: datetime) -> Stage:
    if script.roster is not None:
        _import(script.roster, now)
    check_offices(script.named_offices)
    policies = policies_in_force(settings().policies_file)
    return Stage(roster_in_use(), work_calendar(), policies.digest, audit_head.fn().seq)


def _refuse_the_past(script: Script) -> None:
    last = last_instant()
    if last is not None and script.begins_at < last:
        message = (
            f"脚本 {script.file}：begin（{format_instant(script.begins_at)}）早于所复制数据库的最后一次活动"
            f"（{format_instant(last)}），不能倒着模拟。"
        )
        raise Refused(message)


def _import(roster: Path | GeneratedRoster, now: datetime) -> None:
    if isinstance(roster, GeneratedRoster):
        data = generated_roster(roster, settings().operating_office)
        import_roster.fn(data, "generated.csv", actor=SYSTEM, now=now)
    else:
        import_roster.fn(roster.read_bytes(), roster.name, actor=SYSTEM, now=now)
