"""Offices, their contacts and substitutes."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import JSON, UniqueConstraint
from sqlmodel import Field, SQLModel

from domain.offices import Role, Tier
from models.columns import choice


class Office(SQLModel, table=True):
    """One office (单位). Its identity is `code`, not the division code: counties merge and are renamed."""

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(unique=True)
    name: str
    aliases: list[str] = Field(default_factory=list, sa_type=JSON)
    tier: Tier = choice(Tier)
    superior_id: int | None = Field(default=None, foreign_key="office.id", index=True)
    division_code: str = ""
    valid_from: date | None = None
    #: set when the office is deactivated; its history stays
    valid_until: date | None = None


class Contact(SQLModel, table=True):
    """One address of an office; a second officer is a second row."""

    __table_args__ = (UniqueConstraint("office_id", "role", "address"),)

    id: int | None = Field(default=None, primary_key=True)
    office_id: int = Field(foreign_key="office.id", index=True)
    role: Role = choice(Role)
    address: str
    officer: str = ""
    phone: str = ""
    active: bool = True


class Substitution(SQLModel, table=True):
    """Who acts for whom, and how long (代办)."""

    id: int | None = Field(default=None, primary_key=True)
    absent_id: int = Field(foreign_key="contact.id", index=True)
    acting_id: int = Field(foreign_key="contact.id")
    starts_at: datetime
    ends_at: datetime
    reason: str
    #: ended early, by a person
    revoked_at: datetime | None = None
