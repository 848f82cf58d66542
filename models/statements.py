"""Set-based statements that both databases spell alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Dialect, Row, Update, bindparam
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Mapped
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import ARRAY, JSON, Integer, NullType, TypeDecorator
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
    insert = postgresql.insert if is_postgresql(session) else sqlite.insert
    made: list[Row[Any]] = []
    for batch in batches(rows):
        statement = insert(table).on_conflict_do_nothing().returning(*returning)
        made += session.execute(statement, list(batch)).all()
    return made


def is_postgresql(session: Session) -> bool:
    """Tell which of the two databases a session speaks to."""
    return session.get_bind().dialect.name == "postgresql"


def changed(session: Session, statement: Update) -> int:
    """Run an UPDATE and return how many rows it changed."""
    return int(session.execute(statement).rowcount)  # type: ignore[attr-defined]


def among(column: Any, numbers: Sequence[int | None]) -> ColumnElement[bool]:
    """Return `column IN (numbers)` with one parameter: thousands are spelt, sent and planned like one."""
    return _Among(column, bindparam(None, list(numbers), type_=_Numbers()))


def among_given(column: Any, name: str) -> ColumnElement[bool]:
    """Return `column IN (numbers)` for a statement that is built once; the numbers are its parameter of this name."""
    return _Among(column, bindparam(name, type_=_Numbers()))


class _Numbers(TypeDecorator[Any]):
    """A list of numbers as one parameter: an array, or JSON where there are no arrays."""

    impl = JSON
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        """Return the type by which this database takes a list."""
        return dialect.type_descriptor(ARRAY(Integer) if dialect.name == "postgresql" else JSON())


class _Among(FunctionElement[Any]):
    name = "among"
    inherit_cache = True
    #: not Boolean: SQLite would be asked whether it "= 1", and look at every row
    type = NullType()


@compiles(_Among)
def _among_json(element: Any, compiler: Any, **options: Any) -> str:
    column, numbers = (compiler.process(each, **options) for each in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({numbers}))"  # noqa: S608 - compiled parts alone


@compiles(_Among, "postgresql")
def _among_array(element: Any, compiler: Any, **options: Any) -> str:
    column, numbers = (compiler.process(each, **options) for each in element.clauses)
    return f"{column} = ANY ({numbers})"
