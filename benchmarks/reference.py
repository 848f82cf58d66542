"""The references: the same effects by the plain driver, as somebody who knows the tables would write them by hand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine

from benchmarks.databases import SQLITE
from domain.calendar import WorkCalendar
from domain.ladders import Ladder, Running, decide
from domain.statuses import ObligationKind
from domain.trail import SYSTEM, Change, chain

_FIRING = (
    "obligation_id", "revision", "rung", "repeat", "office_id", "role", "audience", "kind", "state", "at", "fired_at",
    "not_before", "urgency_tag", "catch_up", "call_list", "why", "detail",
)  # fmt: skip
_DUE = (
    "SELECT o.id, o.revision, o.office_id, o.due_at, f.name, c.address, c.officer FROM wake w"
    " JOIN obligation o ON o.id = w.obligation_id JOIN office f ON f.id = o.office_id"
    " JOIN contact c ON c.office_id = o.office_id AND c.role = 'officer' AND c.active"
    " WHERE w.wake_at <= ? AND o.status IN ('pending', 'returned') ORDER BY o.id"
)
_ENTRY = ("seq", "at", "actor", "act", "subject", "payload", "prev_hash", "hash")


@dataclass
class Raw:
    """A driver's own connection and how it spells values."""

    connection: Any
    is_sqlite: bool

    def rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Run one statement and return its rows."""
        cursor = self.connection.execute(self._spelt(statement), values)
        return list(cursor.fetchall())

    def many(self, statement: str, rows: Iterable[Sequence[object]]) -> None:
        """Run one statement for many rows: the driver's `executemany`."""
        self.connection.cursor().executemany(self._spelt(statement), rows)

    def insert(
        self, table: str, columns: Sequence[str], rows: Iterable[Sequence[object]], *, new: bool = False
    ) -> None:
        """Insert many rows; `new`: those whose unique keys are free."""
        marks = ", ".join("?" * len(columns))
        conflict = " ON CONFLICT DO NOTHING" if new else ""
        self.many(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks}){conflict}", rows)  # noqa: S608

    def at(self, instant: datetime) -> object:
        """Return an instant as it is stored."""
        return f"{instant:%Y-%m-%d %H:%M:%S.%f}" if self.is_sqlite else instant

    def _spelt(self, statement: str) -> str:
        return statement if self.is_sqlite else statement.replace("?", "%s")


@contextmanager
def raw(engine: Engine) -> Iterator[Raw]:
    """Open a transaction on the driver's own connection, set up as ours is; commit on leaving."""
    pooled = engine.raw_connection()
    try:
        is_sqlite = engine.dialect.name == SQLITE
        connection: Any = pooled.driver_connection
        if is_sqlite:
            connection.execute("BEGIN IMMEDIATE")
        yield Raw(connection, is_sqlite)
        connection.commit()
    finally:
        pooled.close()


@dataclass(frozen=True)
class Step:
    """What a sweep does to every obligation with the same deadline: the rung, and the next wake-up."""

    rung: str
    wake_at: datetime | None


def steps(
    ladder: Ladder,
    calendar: WorkCalendar,
    deadlines: Mapping[datetime, Sequence[str]],
    made_at: datetime,
    now: datetime,
) -> dict[datetime, Step]:
    """Decide once per deadline, beforehand: the reference does not climb the ladder for each row."""
    found = {}
    for due_at, fired in deadlines.items():
        running = Running(ObligationKind.REPORT, "routine", made_at, due_at)
        keys = {(rung.name, 0, who) for rung in ladder.rungs if rung.name in fired for who in rung.audiences}
        decision = decide(ladder, running, keys, calendar, now, None, made_at)
        (due,) = decision.due
        found[due_at] = Step(due.rung.name, decision.wake_at)
    return found


def sweep(on: Raw, now: datetime, todo: Mapping[datetime, Step]) -> int:
    """Fire what is due at `now` for obligations that each tell their officer: all of it in one transaction."""
    by_due = {on.at(due_at): step for due_at, step in todo.items()}
    due = on.rows(_DUE if on.is_sqlite else f"{_DUE} FOR UPDATE OF w SKIP LOCKED", on.at(now))
    at, (last,) = on.at(now), on.rows("SELECT coalesce(max(id), 0) FROM firing")[0]
    on.insert(
        "firing", _FIRING,
        [
            (number, revision, by_due[due_at].rung, 0, office, "officer", "officer", "due_soon", "open", at, at, at, "",
             False, False, f"您是{name}登记的经办人，该报送事项由贵单位承担。", "{}")
            for number, revision, office, due_at, name, _, _ in due
        ],
        new=True,
    )  # fmt: skip
    made = on.rows("SELECT id, obligation_id, rung, revision, office_id FROM firing WHERE id > ? ORDER BY id", last)
    people = {row[0]: row[5:] for row in due}
    on.insert(
        "firing_recipient", ("firing_id", "address", "name", "on_behalf_of"),
        [(number, *people[obligation], "") for number, obligation, *_ in made],
        new=True,
    )  # fmt: skip
    on.many(
        "UPDATE wake SET wake_at = ? WHERE obligation_id = ?",
        [(on.at(by_due[row[3]].wake_at or now), row[0]) for row in due],
    )
    _audit(on, now, made)
    return len(made)


def _audit(on: Raw, now: datetime, made: Sequence[tuple[Any, ...]]) -> None:
    changes = [
        Change(
            "firing.fired", f"obligation:{obligation}",
            {
                "firing": number, "rung": rung, "repeat": 0, "revision": revision, "office": office, "role": "officer",
                "state": "open", "catch_up": False,
            },
        )
        for number, obligation, rung, revision, office in made
    ]  # fmt: skip
    seq, prev_hash = on.rows("SELECT seq, hash FROM audit_entry ORDER BY seq DESC LIMIT 1")[0]
    entries = chain(changes, seq=seq, prev_hash=prev_hash, at=now, actor=SYSTEM)
    on.insert("audit_entry", _ENTRY, [tuple(getattr(entry, name) for name in _ENTRY) for entry in entries])


_ROLLUP = """
    SELECT office_id, sum(CASE WHEN status = 'accepted' THEN 1 ELSE 0 END),
      sum(CASE WHEN status IN ('waived', 'withdrawn', 'superseded') THEN 1 ELSE 0 END),
      sum(CASE WHEN hold <> '' AND status NOT IN ('accepted', 'waived', 'withdrawn', 'superseded') THEN 1 ELSE 0 END),
      sum(CASE WHEN status IN ('pending', 'returned') AND hold = '' AND due_at <= ? THEN 1 ELSE 0 END),
      sum(CASE WHEN status IN ('pending', 'returned') AND hold = '' AND due_at > ? AND due_at <= ? THEN 1 ELSE 0 END),
      count(*), sum(CASE WHEN status NOT IN ('waived', 'withdrawn', 'superseded')
        AND due_at <= coalesce(submitted_at, ended_at, ?) THEN 1 ELSE 0 END)
    FROM obligation WHERE kind <> 'decide' GROUP BY office_id"""


def rollup(on: Raw, now: datetime, near_at: datetime) -> list[tuple[Any, ...]]:
    """Count the lights and what is late, by office: one pass over the obligations."""
    return on.rows(_ROLLUP, *(on.at(each) for each in (now, now, near_at, now)))
