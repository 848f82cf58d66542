"""Thousands of rows at once: what a sweep or a forwarding writes, without an object or a statement for each row.

PostgreSQL takes each column as one array, spelt here (the driver's own way of spelling lists takes several times as
long), SQLite the driver's own `executemany`. Statements are spelt from the names of our own tables and columns; values
are always parameters.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date, time
from enum import Enum
from functools import lru_cache
from typing import Any

from sqlalchemy import Dialect, Table, func, literal, select
from sqlalchemy.types import JSON, String
from sqlmodel import Session, SQLModel

from models.statements import among, batches, is_postgresql

#: Rows per statement.
_BATCH = 5000


def insert_numbered(
    session: Session, table: type[SQLModel], rows: Sequence[dict[str, Any]], *, shared: Mapping[str, Any] | None = None
) -> list[dict[str, Any]]:
    """Insert the rows whose unique keys are free, each under an `id` that is set in it; return those.

    The insert is the claim. For thousands of rows: all have the same columns, beside those that they share. The ids
    are taken beforehand, from the sequence, or where one writer is alone after the last one.
    """
    if not rows:
        return []
    numbers = _next_ids(session, _table(table), len(rows))
    for row, number in zip(rows, numbers, strict=True):
        row["id"] = number
    if insert_many(session, table, rows, shared=shared, new=True) == len(rows):
        return list(rows)
    held = _table(table).c.id
    made = set(session.scalars(select(held).where(among(held, numbers))))
    return [row for row in rows if row["id"] in made]


def _next_ids(session: Session, table: Table, count: int) -> list[int]:
    if not is_postgresql(session):
        last = session.scalar(select(func.coalesce(func.max(table.c.id), 0))) or 0
        return list(range(last + 1, last + 1 + count))
    sequence = func.pg_get_serial_sequence(table.name, "id")
    series = func.generate_series(literal(1), literal(count)).table_valued("number")
    return sorted(session.scalars(select(func.nextval(sequence)).select_from(series)))


def insert_many(
    session: Session, table: type[SQLModel], rows: Sequence[Mapping[str, Any]], *,
    shared: Mapping[str, Any] | None = None, new: bool = False,
) -> int:  # fmt: skip
    """Insert rows that all have the same columns, without an object or a statement for each; return how many.

    shared: columns that have one value in all rows. new: insert those whose unique keys are free. A key of a row that
    is no column is left out; a column without a default of the database's own has to be given.
    """
    session.flush()
    return sum(_insert_batch(session, _table(table), each, shared or {}, new=new) for each in batches(rows, _BATCH))


def _insert_batch(
    session: Session, table: Table, rows: Sequence[Mapping[str, Any]], shared: Mapping[str, Any], *, new: bool
) -> int:
    own = [name for name in rows[0] if name in table.c]
    names = (*own, *shared)
    same = _stored(session, table, list(shared), [shared])
    columns = [*_stored(session, table, own, rows), *(one * len(rows) for one in same)]
    head, end = f"{table.name} ({', '.join(names)})", " ON CONFLICT DO NOTHING" if new else ""
    if is_postgresql(session):
        source = f"SELECT * FROM {_unnested(session, table, names)}"  # noqa: S608
        return _run(session, f"INSERT INTO {head} {source}{end}", tuple(map(array_literal, columns)))
    marks = ", ".join("?" * len(names))
    statement = f"INSERT INTO {head} VALUES ({marks}){end}"  # noqa: S608
    return _run(session, statement, list(zip(*columns, strict=True)))


def update_many(
    session: Session, table: type[SQLModel], key: str | tuple[str, ...], rows: Sequence[Mapping[str, Any]]
) -> int:
    """Set, in the rows named by their `key` (or several columns), each its own values; return how many there were."""
    session.flush()
    keys = (key,) if isinstance(key, str) else key
    return sum(_update_batch(session, _table(table), keys, batch) for batch in batches(rows, _BATCH))


def _update_batch(session: Session, table: Table, keys: tuple[str, ...], rows: Sequence[Mapping[str, Any]]) -> int:
    values = [name for name in rows[0] if name not in keys]
    names = (*values, *keys)
    columns, name = _stored(session, table, names, rows), table.name
    if is_postgresql(session):
        setting = ", ".join(f"{each} = new.{each}" for each in values)
        source = f"{_unnested(session, table, names)} AS new({', '.join(names)})"
        which = " AND ".join(f"{name}.{key} = new.{key}" for key in keys)
        statement = f"UPDATE {name} SET {setting} FROM {source} WHERE {which}"  # noqa: S608
        return _run(session, statement, tuple(map(array_literal, columns)))
    setting = ", ".join(f"{each} = ?" for each in values)
    which = " AND ".join(f"{key} = ?" for key in keys)
    statement = f"UPDATE {name} SET {setting} WHERE {which}"  # noqa: S608
    return _run(session, statement, list(zip(*columns, strict=True)))


def _run(session: Session, statement: str, parameters: Any) -> int:
    return session.connection().exec_driver_sql(statement, parameters).rowcount


def _unnested(session: Session, table: Table, names: Sequence[str]) -> str:
    dialect = session.get_bind().dialect
    types = [table.c[name].type.compile(dialect) for name in names]
    return f"unnest({', '.join(f'%s::{each}[]' for each in types)})"


def array_literal(values: Sequence[Any]) -> str:
    """Spell driver values as a PostgreSQL array; TypeError for what none of our columns holds."""
    known = {value: _element(value) for value in set(values)}
    return "{" + ",".join([known[value] for value in values]) + "}"


def _element(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool | int):
        return str(value)
    if isinstance(value, date | time):
        return f'"{value.isoformat()}"'
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    message = f"no array of {type(value).__name__} is written here"
    raise TypeError(message)


def _stored(session: Session, table: Table, names: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> list[list[Any]]:
    """Return the rows column by column, as the driver takes them: what repeats is converted once."""
    converts = _converts(table, session.get_bind().dialect)
    columns = []
    for name in names:
        values, convert = [row[name] for row in rows], converts[name]
        columns.append(values if convert is None else _converted(convert, values))
    return columns


def _converted(convert: Callable[[Any], Any], values: Sequence[Any]) -> list[Any]:
    try:
        known = {value: convert(value) for value in set(values)}
    except TypeError:  # JSON: nothing that can be looked up
        return [convert(value) for value in values]
    return [known[value] for value in values]


@lru_cache(maxsize=64)
def _converts(table: Table, dialect: Dialect) -> dict[str, Callable[[Any], Any] | None]:
    """Return, for each column, what makes a value of ours one of the driver's; None: nothing has to."""
    found: dict[str, Callable[[Any], Any] | None] = {}
    for column in table.c:
        convert: Callable[[Any], Any] | None = column.type.dialect_impl(dialect).bind_processor(dialect)
        if isinstance(column.type, JSON):
            convert = json.dumps  # as both databases store it; the driver's wrapper is for single values
        elif convert is None and isinstance(column.type, String):
            convert = _plain
        found[column.name] = convert
    return found


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, Enum) else value


def _table(model: type[SQLModel]) -> Table:
    return model.__table__  # type: ignore[attr-defined,no-any-return]
