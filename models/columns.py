"""Column types shared by the tables: enumerations stored as their values, JSON as text the database never rewrites."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from sqlalchemy import Enum
from sqlmodel import Field


def choice(kind: type[StrEnum], *, default: StrEnum | None = None, index: bool = False) -> Any:
    """Return a column that stores the value of a StrEnum as text, not as a native PostgreSQL type."""
    stored = Enum(
        kind,
        native_enum=False,
        create_constraint=False,
        length=32,
        values_callable=lambda members: [m.value for m in members],
    )
    if default is None:
        return Field(sa_type=stored, index=index)
    return Field(default=default, sa_type=stored, index=index)
