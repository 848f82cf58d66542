"""Set-based statements that both databases spell alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Row, Update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped
from sqlmodel import Session, SQLModel

Item = TypeVar("Item")
#: Rows per statement: below the limit of bound parameters on both databases.
BATCH = 500


def batches(items: Sequence[Item], size: int = BATCH) -> Iterator[Sequence[Item]]:
    """Cut a sequence into pieces of at most `size`."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def insert_new(
    session: Session, table: type[SQLModel], rows: Sequence[Mapping[str, Any]], *returning: Mapped[Any]
) -> list[Row[Any]]:
    """Insert the rows whose unique keys are free and return columns of those: the insert is the claim."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    made: list[Row[Any]] = []
    for batch in batches(rows):
        statement = insert(table).on_conflict_do_nothing().returning(*returning)
        made += session.execute(statement, list(batch)).all()
    return made


def changed(session: Session, statement: Update) -> int:
    """Run an UPDATE and return how many rows it changed."""
    return int(session.execute(statement).rowcount)  # type: ignore[attr-defined]


def among(column: Any, values: Sequence[Any]) -> ColumnElement[bool]:
    """Return `column IN (values)`, expanded when the statement runs."""
    return column.in_(list(values))  # type: ignore[no-any-return]
