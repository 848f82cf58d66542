"""What the forms share: labels in Chinese, the claimed officer, the instant, an answer instead of a traceback."""

import functools
from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, ParamSpec, Self, TypeVar

from prefect.artifacts import create_markdown_artifact
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed
from pydantic import Field

from config.policies import PolicyError
from config.roster_checks import RosterError
from domain.calendar import ZONE
from domain.errors import Refused
from domain.reading.formats import UnreadableDocument
from domain.trail import Actor, ActorKind

P = ParamSpec("P")
R = TypeVar("R")

#: What a user can mend: answered with its one Chinese sentence.
ANSWERED = (Refused, UnreadableDocument, RosterError, PolicyError)


def shown(title: str, description: str = "", **schema: Any) -> Any:
    """Return a form label that Prefect does not overwrite with the parameter's name."""
    return Field(json_schema_extra={"title": title, "description": description, **schema})


class Choice(StrEnum):
    """A choice of a form: its values are what the operator sees; the name of a member is understood too."""

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        return next((each for each in cls if each.name.lower() == str(value).lower()), None)


OFFICER = shown("经办人", "您的姓名，记入留痕（自称，未经核验）。")
AS_OF = shown("基准时刻", "留空为当前时间；不写时区按北京时间。")


def answered(function: Callable[P, R]) -> Callable[P, R]:
    """Turn what a user can mend into a failed run whose message is the sentence itself."""

    @functools.wraps(function)
    def answering(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except ANSWERED as error:
            return Failed(message=str(error))  # type: ignore[return-value]

    return answering


def claimed(officer: str) -> Actor:
    """Return the operator of a form as the actor; Refused where the field is blank."""
    if not officer.strip():
        message = "请填写经办人姓名。"
        raise Refused(message)
    return Actor(ActorKind.CLAIMED, officer.strip())


def instant(as_of: datetime | None) -> datetime:
    """Return the instant a flow works at: given (without a zone: Beijing time), else the clock, read here once."""
    if as_of is None:
        return datetime.now(UTC)
    return (as_of if as_of.tzinfo else as_of.replace(tzinfo=ZONE)).astimezone(UTC)


def finished(line: str, key: str, about: str, detail: str = "") -> State:
    """Leave what was done as an artifact (Markdown, by default the line itself) and end the run with the line."""
    create_markdown_artifact(detail or line, key=key, description=f"**{about}**")
    return Completed(message=line)
