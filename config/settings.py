"""Settings of one installation, from the environment (`DUBAN_…`) and `.env`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import URL

#: The clone: `.env` and the data folder lie in it, wherever a command is started.
ROOT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """One installation. Every field can be set as DUBAN_<NAME>; `.env.example` documents each."""

    model_config = SettingsConfigDict(
        env_prefix="DUBAN_", env_file=ROOT / ".env", env_file_encoding="utf-8", extra="ignore"
    )

    data_dir: Path = Field(
        default=ROOT / "var" / "duban", description="Folder that holds everything that must survive a restart."
    )
    database_url: SecretStr | None = Field(
        default=None, description="SQLAlchemy URL; empty: SQLite in the data folder."
    )
    operating_office: str = Field(default="230000", description="Code of the operating office in the roster.")
    operators_address: str = Field(default="", description="Mail address of the operators' queue.")
    policies_file: Path | None = Field(default=None, description="Ladders and terms; empty: config/policies.toml.")
    work_days_file: Path | None = Field(default=None, description="Extra rest days and workdays of this installation.")
    wait_minutes: int | None = Field(
        default=None,
        ge=0,
        description="Minutes a forwarding's notices wait, so that it can be recalled; empty: as the policy file says.",
    )

    secret_key: SecretStr | None = Field(
        default=None, description="Key of Message-IDs and reply addresses; empty: made once, in the data folder."
    )

    smtp_host: str = Field(default="127.0.0.1", description="Mail server for outgoing mail.")
    smtp_port: int = Field(default=25, ge=1, le=65535)
    smtp_security: Literal["none", "starttls", "tls"] = "none"
    smtp_username: str | None = None
    smtp_password: SecretStr | None = None
    smtp_timeout_seconds: float = Field(default=30, gt=0)
    smtp_final_timeout_seconds: float = Field(
        default=300, gt=0, description="Seconds the server may take to accept a whole message."
    )
    smtp_connections: int = Field(default=8, ge=1, le=20, description="Connections a delivery keeps open at once.")
    smtp_messages_each: int = Field(default=100, ge=1, description="Messages over one connection before it is renewed.")
    smtp_per_minute: int | None = Field(default=None, ge=1, description="Messages a minute at most; empty: no limit.")
    smtp_later_texts: tuple[str, ...] = Field(
        default=(
            *("frequency", "frequently", "too many", "try again later", "try later", "sending quota", "rate limit"),
            *("MI:SFQ", "MI:STC", "MI:DMC", "RP:QRC", "RP:DRC", "HL:ICC", "HL:IFC", "频率", "频繁", "稍后"),
        ),
        description="What a 5xx refusal says where it only means later.",
    )
    sender_address: str = Field(default="duban@example.org", description="Sender of all mail.")
    return_path: str = Field(
        default="", description="Envelope sender to which bounces go, with a token after a plus; empty: the sender."
    )
    reply_address: str = Field(
        default="",
        description="Mailbox that takes answers, with a token after a plus; empty: answers go to the sender.",
    )
    sender_name: str = "督办系统"
    contact_text: str = Field(
        default="", description="Whom to ask, printed in every mail, where the circular names nobody."
    )
    capture_to: str = Field(default="", description="Capture mode: one address that gets all mail; empty: a folder.")

    imap_host: str = Field(default="", description="Server of the mailbox that takes answers; empty: none is read.")
    imap_port: int = Field(default=993, ge=1, le=65535)
    imap_security: Literal["none", "starttls", "tls"] = "tls"
    imap_username: str = ""
    imap_password: SecretStr | None = None
    imap_folder: str = Field(default="INBOX", description="Folder that is read.")
    imap_done_folder: str = Field(default="督办/已处理", description="Where what was dealt with is moved.")
    imap_queue_folder: str = Field(default="督办/待人工处理", description="Where what waits for an operator is moved.")
    imap_timeout_seconds: float = Field(default=30, gt=0)
    inbound_max_megabytes: int = Field(default=25, ge=1, le=200, description="Larger mails are left to an operator.")

    heartbeat_url: SecretStr | None = Field(
        default=None, description="http(s) address that is visited after each check that found nothing wrong."
    )

    ui_port: int = Field(default=4200, ge=1, le=65535, description="Port of the Prefect UI on loopback.")
    sqlite_synchronous: Literal["FULL", "NORMAL", "OFF"] = Field(
        default="FULL", description="FULL survives a power cut; the demo, which can be played again, uses OFF."
    )

    @field_validator(
        "policies_file",
        "work_days_file",
        "wait_minutes",
        "database_url",
        "smtp_username",
        "smtp_password",
        "smtp_per_minute",
        "imap_password",
        "secret_key",
        "heartbeat_url",
        mode="before",
    )
    @classmethod
    def _empty_means_unset(cls, value: object) -> object:
        return None if value == "" else value

    @field_validator("heartbeat_url")
    @classmethod
    def _is_an_address(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not value.get_secret_value().startswith(("http://", "https://")):
            message = "应以 http:// 或 https:// 开头"
            raise ValueError(message)
        return value

    @property
    def url(self) -> str:
        """The database URL, with its password if it has one: never log it."""
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        url = URL.create("sqlite", database=str(self.data_dir / "duban.db"))
        return url.render_as_string(hide_password=False)

    @property
    def capture_folder(self) -> Path:
        """Where capture mode keeps mails."""
        return self.data_dir / "captured"


class _Current:
    """The settings of this process: read once, replaced only by a play or a test."""

    def __init__(self) -> None:
        self._value: Settings | None = None

    def __call__(self) -> Settings:
        if self._value is None:
            self._value = Settings()
        return self._value

    def cache_clear(self) -> None:
        """Read the environment again at the next call."""
        self._value = None

    def change(self, **values: object) -> None:
        """Let some settings be others from now on: inside `replaced`, whose end takes it back."""
        self._value = self().model_copy(update=values)

    @contextmanager
    def replaced(self, value: Settings) -> Iterator[None]:
        """Work by other settings for a while."""
        before, self._value = self._value, value
        try:
            yield
        finally:
            self._value = before


#: `settings()` gives the settings of this installation.
settings = _Current()
