"""Migrating, backing up and restoring, on both databases and from one to the other."""

from __future__ import annotations

import re
import sqlite3
import stat
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, inspect, select, text
from sqlmodel import Session

from config.settings import settings
from domain.documents import DocumentKind, Duty, RequirementKind
from domain.errors import Refused
from domain.offices import Role, Tier
from domain.statuses import ObligationKind, Status
from domain.trail import SYSTEM
from models.circular import Circular, Document, Instruction, Requirement
from models.notice import Delivery, Firing, FiringRecipient, Notice
from models.obligation import Obligation, PolicyVersion, Wake
from models.office import Contact, Office
from models.schema import changing, current_revision, newest_revision, revisions, upgrade
from models.session import engine, open_engine, transaction
from models.tables import metadata
from tasks.auditing import audit_head, verify_audit
from tasks.migrating import Migrated, backup, migrate, require_current, restore
from tests.conftest import postgres_url

NOW = datetime(2020, 2, 14, 1, 30, 0, 123456, tzinfo=UTC)
OLDER = revisions()[1]
Rows = dict[str, list[tuple[Any, ...]]]


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An installation whose database, of each kind, holds no table yet."""
    url = f"sqlite:///{tmp_path / 'data' / 'duban.db'}"
    if request.param == "postgresql":
        url, _ = postgres_url(request.getfixturevalue("postgres"))
        with open_engine(url).begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
    point_to(url, monkeypatch)
    yield url
    open_engine(url).dispose()
    open_engine.cache_clear()


def point_to(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a database that of the installation."""
    monkeypatch.setenv("DUBAN_DATABASE_URL", url)
    settings.cache_clear()


def fill() -> None:
    """Store a little of everything that is hard to copy: references to later rows, bytes, JSON, times, empty values."""
    with transaction(SYSTEM, NOW) as work:
        for group in (_offices(), _circulars(), _owed(), _sent()):
            for row in group:
                work.session.add(row)
                work.session.flush()
            work.record("filled", "installation", {"rows": len(group)})
        # the superior of office 1 and the upstream of circular 1 have higher ids
        work.session.get_one(Office, 1).superior_id = 3
        work.session.get_one(Circular, 1).upstream_id = 2


def _offices() -> Sequence[Any]:
    names = {"230401": "向阳区", "2304": "鹤岗市", "23": "黑龙江省"}
    return [
        *(Office(code=code, name=name, tier=Tier.COUNTY, aliases=[f"{name}扶贫办"]) for code, name in names.items()),
        Contact(office_id=1, role=Role.OFFICER, address="a@example.org", officer="周明", active=False),
    ]


def _circulars() -> Sequence[Any]:
    common: dict[str, Any] = {"kind": DocumentKind.NOTICE, "document_id": 1, "text_digest": "", "registered_at": NOW}
    return [
        Document(sha256="0", filename="通知.pdf", media_type="a/b", content=bytes(range(256)), stored_at=NOW),
        Circular(title="第一", text="一\n“二”'三'；", forwards={"number": None, "title": "上级"}, **common),
        Circular(number="甲〔2020〕2号", title="第二", text="", issued_on=date(2020, 2, 29), **common),
        Instruction(circular_id=1, number="一", heading="", text=""),
        Instruction(circular_id=1, number="一/（一）", heading="", text="", parent_id=1),
        Requirement(
            circular_id=1, ordinal=1, text="报送", duty=Duty.REPORT, kind=RequirementKind.ONCE, due_time=time(17, 30)
        ),
    ]  # fmt: skip


def _owed() -> Sequence[Any]:
    common: dict[str, Any] = {
        "office_id": 1, "grade": "routine", "policy_id": 1, "calendar_digest": "0", "issued_at": NOW, "made_at": NOW,
        "circular_id": 1,
    }  # fmt: skip
    return [
        PolicyVersion(digest="0", canonical="{}", first_used_at=NOW),
        Obligation(
            kind=ObligationKind.REPORT, origin="requirement:1", requirement_id=1, status=Status.SUBMITTED,
            due_at=NOW + timedelta(days=1), provisional=True, submitted_at=NOW, **common,
        ),
        Obligation(kind=ObligationKind.DECIDE, origin="report:1", subject_id=1, **common),
        Wake(obligation_id=1, wake_at=NOW),
    ]  # fmt: skip


def _sent() -> Sequence[Any]:
    return [
        Firing(
            obligation_id=1, rung="due+1", office_id=1, role="officer", kind="overdue", at=NOW, fired_at=NOW,
            not_before=NOW, detail={"reason": "逾期"},
        ),
        Notice(kind="overdue", office_id=1, created_at=NOW),
        FiringRecipient(firing_id=1, address="a@example.org", notice_id=1),
        Delivery(notice_id=1, address="a@example.org", message_id="<1@x>", next_attempt_at=NOW),
    ]  # fmt: skip


def rows_of(on: Engine) -> Rows:
    """Return every row of every table, read by the models' types."""
    with on.connect() as connection:
        return {
            each.name: [tuple(row) for row in connection.execute(select(each).order_by(*each.primary_key))]
            for each in metadata.sorted_tables
        }


def held(path: Path) -> Rows:
    """Return every row of a backup, whose trail is whole."""
    url = f"sqlite:///{path}"
    assert verify_audit.fn(database=url).problem == ""
    return rows_of(open_engine(url))


def take_back_to(revision: str, url: str) -> None:
    """Bring a database without tables to an older revision and store an office in it."""
    columns, values = "code, name, aliases, tier, division_code", "'23', '省', '[]', 'province', ''"
    with changing(open_engine(url)) as connection:
        upgrade(connection, revision)
        connection.execute(text(f"INSERT INTO office ({columns}) VALUES ({values})"))  # noqa: S608


def stamp(url: str, revision: str) -> None:
    with open_engine(url).begin() as connection:
        connection.execute(text("UPDATE duban_alembic_version SET version_num = :revision"), {"revision": revision})


def at_once(count: int, work: Callable[[], object]) -> list[object]:
    """Run the same work in threads that begin together; return what each returned or raised."""
    gate, results = threading.Barrier(count), list[object]()

    def run() -> None:
        try:
            gate.wait()
            results.append(work())
        except Exception as error:  # noqa: BLE001  the test looks at it
            results.append(error)

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    return results


# ---------------------------------------------------------------- migrating


def test_it_makes_the_tables_of_a_new_installation(empty: str) -> None:
    assert migrate.fn(now=NOW) == Migrated(None, newest_revision(), None)
    assert set(metadata.tables) < set(inspect(engine()).get_table_names())
    require_current()


def test_it_does_nothing_where_all_is_up_to_date(database: str) -> None:
    assert migrate.fn(now=NOW) == Migrated(newest_revision(), newest_revision(), None)
    assert not (settings().data_dir / "backups").exists()


def test_it_backs_an_older_database_up_before_it_migrates_it(empty: str) -> None:
    take_back_to(OLDER, empty)
    done = migrate.fn(now=NOW)
    assert (done.before, done.after) == (OLDER, newest_revision())
    assert done.backup == settings().data_dir / "backups" / f"duban-{OLDER}-20200214T013000Z.db"
    copy = open_engine(f"sqlite:///{done.backup}")
    assert current_revision(copy) == OLDER
    for each in (copy, engine()):
        with each.connect() as connection:
            assert connection.scalar(text("SELECT name FROM office")) == "省"
    require_current()


def test_it_never_writes_over_an_earlier_backup_of_the_same_second(empty: str) -> None:
    take_back_to(OLDER, empty)
    folder = settings().data_dir / "backups"
    folder.mkdir(parents=True)
    (folder / f"duban-{OLDER}-20200214T013000Z.db").write_text("earlier")
    done = migrate.fn(now=NOW)
    assert done.backup is not None
    assert done.backup.name == f"duban-{OLDER}-20200214T013000Z-2.db"
    assert (folder / f"duban-{OLDER}-20200214T013000Z.db").read_text() == "earlier"


def test_it_migrates_another_database_by_its_address(sqlite: str, tmp_path: Path) -> None:
    other = f"sqlite:///{tmp_path / 'other' / 'duban.db'}"
    assert migrate.fn(now=NOW, database=other).before is None
    assert current_revision(open_engine(other)) == newest_revision()


def test_it_changes_nothing_when_a_migration_fails(empty: str) -> None:
    with open_engine(empty).begin() as connection:
        connection.execute(text("CREATE TABLE wake (stranger INTEGER)"))
    with pytest.raises(Exception, match="wake"):
        migrate.fn(now=NOW)
    assert inspect(engine()).get_table_names() == ["wake"]


def test_several_that_migrate_at_once_wait_for_the_first(empty: str) -> None:
    results = at_once(4, lambda: migrate.fn(now=NOW))
    newest = newest_revision()
    assert sorted(map(str, results)) == sorted(
        map(str, [Migrated(None, newest, None), *[Migrated(newest, newest, None)] * 3])
    )


def test_several_that_migrate_an_older_database_take_one_backup(empty: str) -> None:
    take_back_to(OLDER, empty)
    results = at_once(3, lambda: migrate.fn(now=NOW))
    assert [each for each in results if not isinstance(each, Migrated)] == []
    assert len(list((settings().data_dir / "backups").iterdir())) == 1


def test_it_refuses_a_database_of_a_newer_program(database: str) -> None:
    stamp(database, "9999")
    for act in (lambda: migrate.fn(now=NOW), require_current, lambda: backup.fn(None, now=NOW)):
        with pytest.raises(Refused, match=r"9999.*比本程序.*新，请升级程序"):
            act()


def test_it_refuses_tables_that_no_migration_made(empty: str) -> None:
    with open_engine(empty).begin() as connection:
        connection.execute(text("CREATE TABLE office (id INTEGER)"))
    with pytest.raises(Refused, match="没有版本记录"):
        migrate.fn(now=NOW)


@pytest.mark.parametrize("address", ["postgresql://nobody@127.0.0.1:1/duban", "sqlite:////proc/version"])
def test_it_says_so_where_it_cannot_open_the_database(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    point_to(address, monkeypatch)
    for act in (lambda: migrate.fn(now=NOW), require_current, lambda: backup.fn(None, now=NOW)):
        with pytest.raises(Refused, match="无法打开数据库"):
            act()
    open_engine.cache_clear()


def test_it_never_tells_the_password(monkeypatch: pytest.MonkeyPatch) -> None:
    point_to("postgresql://nobody:secret@127.0.0.1:1/duban", monkeypatch)
    with pytest.raises(Refused) as refused:
        migrate.fn(now=NOW)
    assert "secret" not in str(refused.value)
    open_engine.cache_clear()


def test_it_refuses_an_address_it_does_not_understand(sqlite: str) -> None:
    with pytest.raises(Refused, match="数据库地址无法识别"):
        migrate.fn(now=NOW, database="duban.db")


# ---------------------------------------------------------------- being current


def test_it_sends_a_new_installation_to_migrate(empty: str) -> None:
    with pytest.raises(Refused, match="数据库尚未初始化，请运行 duban migrate"):
        require_current()


def test_it_sends_an_older_database_to_migrate(empty: str) -> None:
    take_back_to(OLDER, empty)
    with pytest.raises(Refused, match=f"数据库版本过旧（{OLDER}，.*），请运行 duban migrate"):
        require_current()


def test_it_makes_no_file_by_looking(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="尚未初始化"):
        require_current()
    assert not settings().data_dir.exists()


def test_it_looks_by_one_query(database: str) -> None:
    queries = list[str]()
    require_current()
    event.listen(engine(), "before_cursor_execute", lambda *about: queries.append(about[2]))
    require_current()
    assert [query for query in queries if query != "BEGIN"] == queries[-1:]


# ---------------------------------------------------------------- backing up


def test_a_backup_holds_every_row_and_a_whole_trail(database: str, tmp_path: Path) -> None:
    fill()
    path = backup.fn(tmp_path / "备份 100%.db", now=NOW)
    assert held(path) == rows_of(engine())
    assert current_revision(open_engine(f"sqlite:///{path}")) == newest_revision()
    assert verify_audit.fn(database=f"sqlite:///{path}", against=audit_head.fn()).whole


def test_a_backup_is_one_file_that_only_its_owner_may_read(database: str, tmp_path: Path) -> None:
    fill()
    path = backup.fn(tmp_path / "backups" / "a.db", now=NOW)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in path.parent.iterdir()] == ["a.db"]
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_backup_is_a_plain_sqlite_file_whose_trail_cannot_be_changed(database: str, tmp_path: Path) -> None:
    fill()
    connection = sqlite3.connect(backup.fn(tmp_path / "a.db", now=NOW))
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        connection.execute("DELETE FROM audit_entry")
    connection.close()


def test_it_names_a_backup_by_revision_and_utc_time(database: str) -> None:
    beijing = NOW.astimezone(timezone(timedelta(hours=8)))
    first, second = backup.fn(None, now=beijing), backup.fn(None, now=beijing)
    assert first == settings().data_dir / "backups" / f"duban-{newest_revision()}-20200214T013000Z.db"
    assert second.name.endswith("Z-2.db")


def test_it_puts_a_backup_into_a_folder_that_is_there(database: str, tmp_path: Path) -> None:
    assert re.fullmatch(r"duban-\w+-\w+Z\.db", backup.fn(tmp_path, now=NOW).name)


def test_a_backup_never_overwrites_a_file(database: str, tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    path.write_text("precious")
    with pytest.raises(Refused, match="已经存在"):
        backup.fn(path, now=NOW)
    assert path.read_text() == "precious"


def test_of_two_backups_to_one_name_only_one_is_kept(database: str, tmp_path: Path) -> None:
    fill()
    results = at_once(2, lambda: backup.fn(tmp_path / "backups" / "a.db", now=NOW))
    assert sorted(type(each).__name__ for each in results) == ["PosixPath", "Refused"]
    assert [each.name for each in (tmp_path / "backups").iterdir()] == ["a.db"]
    assert held(tmp_path / "backups" / "a.db") == rows_of(engine())


def test_it_says_so_where_a_backup_cannot_be_written(database: str) -> None:
    with pytest.raises(Refused, match="无法写入备份"):
        backup.fn(Path("/proc/backups/a.db"), now=NOW)


def test_it_has_nothing_to_back_up_before_the_first_migration(empty: str) -> None:
    with pytest.raises(Refused, match="尚未初始化"):
        backup.fn(None, now=NOW)


def test_a_backup_shows_one_instant_while_others_write(database: str, tmp_path: Path) -> None:
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            with transaction(SYSTEM, NOW) as work:
                work.session.add(Office(code=f"{number}", name="单位", tier=Tier.COUNTY))
                work.record("office.added", f"office:{number}")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        copies = [held(backup.fn(tmp_path / f"{number}.db", now=NOW)) for number in range(5)]
    finally:
        stop.set()
        writer.join(timeout=60)
    for rows in copies:
        assert len(rows["office"]) == len(rows["audit_entry"])
    assert len(copies[-1]["office"]) > len(copies[0]["office"])


# ---------------------------------------------------------------- restoring


@pytest.fixture
def copy(sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Rows]:
    """A backup of a filled installation that is gone, and its rows."""
    with monkeypatch.context() as elsewhere:
        (tmp_path / "gone.db").write_bytes(sqlite_template.read_bytes())
        point_to(f"sqlite:///{tmp_path / 'gone.db'}", elsewhere)
        fill()
        path, rows = backup.fn(tmp_path / "copy.db", now=NOW), rows_of(engine())
        engine().dispose()
    settings.cache_clear()
    return path, rows


def came_back(rows: Rows) -> bool:
    """Tell whether this installation holds exactly these rows, and after their trail one entry for the restoring."""
    found = rows_of(engine())
    *trail, last = found.pop("audit_entry")
    expected = dict(rows)
    assert trail == expected.pop("audit_entry")
    assert last[3:6] == ("backup.restored", "installation", f'{{"file":"copy.db","rows":{count(rows)}}}')
    assert verify_audit.fn().problem == ""
    return found == expected


def count(rows: Rows) -> int:
    return sum(map(len, rows.values()))


def test_it_brings_a_backup_back_into_an_empty_database(copy: tuple[Path, Rows], empty: str) -> None:
    path, rows = copy
    assert restore.fn(path, now=NOW) == count(rows)
    assert came_back(rows)
    require_current()


def test_it_brings_a_backup_back_into_a_freshly_migrated_database(copy: tuple[Path, Rows], database: str) -> None:
    path, rows = copy
    assert restore.fn(path, now=NOW) == count(rows)
    assert came_back(rows)


def test_a_database_that_was_restored_goes_on_counting(copy: tuple[Path, Rows], database: str) -> None:
    restore.fn(copy[0], now=NOW)
    with transaction(SYSTEM, NOW) as work:
        office = Office(code="9", name="新单位", tier=Tier.COUNTY)
        work.session.add(office)
        work.session.flush()
        assert office.id == 4
        work.record("office.added", "office:9")
    assert verify_audit.fn().whole


def test_it_goes_from_postgresql_to_sqlite_and_back(
    postgres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = postgres_url(postgres)[0], postgres_url(postgres)[0]
    point_to(first, monkeypatch)
    fill()
    rows = rows_of(engine())
    path = backup.fn(tmp_path / "copy.db", now=NOW)
    for url in (f"sqlite:///{tmp_path / 'new.db'}", second):
        point_to(url, monkeypatch)
        restore.fn(path, now=NOW)
        assert came_back(rows)
    for url in (first, second):
        open_engine(url).dispose()


def test_it_copies_more_rows_than_fit_into_one_batch(database: str, tmp_path: Path) -> None:
    with Session(engine()) as session:
        session.add_all(Office(code=f"{number}", name="单位", tier=Tier.COUNTY) for number in range(1203))
        session.commit()
    assert len(held(backup.fn(tmp_path / "a.db", now=NOW))["office"]) == 1203


def test_it_refuses_to_restore_into_a_database_that_holds_anything(copy: tuple[Path, Rows], database: str) -> None:
    with transaction(SYSTEM, NOW) as work:
        work.record("noted", "installation")
    before = rows_of(engine())
    with pytest.raises(Refused, match="已有数据"):
        restore.fn(copy[0], now=NOW)
    assert rows_of(engine()) == before


def test_it_refuses_to_restore_a_database_into_itself(database: str, tmp_path: Path) -> None:
    fill()
    path = backup.fn(tmp_path / "copy.db", now=NOW)
    with pytest.raises(Refused, match="已有数据"):
        restore.fn(path, now=NOW)


def test_it_refuses_a_backup_of_another_revision(copy: tuple[Path, Rows], database: str) -> None:
    stamp(f"sqlite:///{copy[0]}", OLDER)
    with pytest.raises(Refused, match=f"备份的版本是 {OLDER}，本程序是 {newest_revision()}"):
        restore.fn(copy[0], now=NOW)


def test_it_refuses_to_restore_into_an_older_database(copy: tuple[Path, Rows], empty: str) -> None:
    with changing(open_engine(empty)) as connection:
        upgrade(connection, OLDER)
    with pytest.raises(Refused, match="数据库版本过旧"):
        restore.fn(copy[0], now=NOW)


def test_it_refuses_what_is_no_backup(database: str, tmp_path: Path) -> None:
    (tmp_path / "letter.db").write_text("不是数据库" * 1000)
    sqlite3.connect(tmp_path / "other.db").execute("CREATE TABLE office (id)").connection.close()
    with pytest.raises(Refused, match="没有备份文件"):
        restore.fn(tmp_path / "missing.db", now=NOW)
    with pytest.raises(Refused, match="file is not a database"):
        restore.fn(tmp_path / "letter.db", now=NOW)
    with pytest.raises(Refused, match="不是督办系统的备份"):
        restore.fn(tmp_path / "other.db", now=NOW)
    assert count(rows_of(engine())) == 0


def test_it_changes_nothing_where_a_backup_turns_out_to_be_damaged(copy: tuple[Path, Rows], database: str) -> None:
    # its last table refers to a row that is not there
    with sqlite3.connect(copy[0]) as connection:
        connection.execute("UPDATE firing_recipient SET notice_id = 99")
    connection.close()
    with pytest.raises(Refused, match="恢复失败，数据没有改变"):
        restore.fn(copy[0], now=NOW)
    assert count(rows_of(engine())) == 0


def test_it_leaves_the_backup_as_it_was(copy: tuple[Path, Rows], database: str) -> None:
    path = copy[0].rename(copy[0].with_name("备份 100%?#.db"))
    before = path.read_bytes()
    path.chmod(0o400)
    restore.fn(path, now=NOW)
    assert path.read_bytes() == before


def test_of_two_that_restore_at_once_one_is_refused(copy: tuple[Path, Rows], database: str) -> None:
    path, rows = copy
    results = at_once(2, lambda: restore.fn(path, now=NOW))
    assert sorted(type(each).__name__ for each in results) == ["Refused", "int"]
    assert came_back(rows)
