"""What the forms share: labels in Chinese, the claimed officer, the instant, an answer instead of a traceback."""

import functools
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Annotated, Any, ParamSpec, Self, TypeVar

from prefect import runtime
from prefect.artifacts import create_markdown_artifact
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed
from pydantic import Field, WithJsonSchema

from config.policies import PolicyError
from config.roster_checks import RosterError
from domain.calendar import ZONE, local
from domain.errors import Refused
from domain.reading.formats import UnreadableDocument
from domain.trail import Actor, ActorKind

P = ParamSpec("P")
R = TypeVar("R")

#: An instant as a line of text: the form's own date field is in the American order and preset to UTC.
Moment = Annotated[datetime | str, WithJsonSchema({"type": "string"})]
#: A day as a line of text: no switch between "date" and "None", no American order.
Day = Annotated[date | str, WithJsonSchema({"type": "string"})]
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
AS_OF = shown("基准时刻", "如 2020-04-03 09:00（北京时间）；留空为当前时间。")


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


def instant(moment: Moment) -> datetime:
    """Return the instant that was given, else the clock, read here once. Raises Refused."""
    return given(moment) or datetime.now(UTC)


def given(moment: Moment) -> datetime | None:
    """Return an instant in UTC (without a zone it is Beijing time), None for a blank. Raises Refused."""
    if isinstance(moment, str) and not moment.strip():
        return None
    at = _read(moment.strip()) if isinstance(moment, str) else moment
    return (at if at.tzinfo else at.replace(tzinfo=ZONE)).astimezone(UTC)


def day(text: Day) -> date | None:
    """Return a day, None for a blank. Raises Refused."""
    if isinstance(text, date):
        return text
    try:
        return date.fromisoformat(text.strip()) if text.strip() else None
    except ValueError as error:
        message = f"日期“{text}”无法识别，应写作 2020-04-05。"
        raise Refused(message) from error


def days_by_ordinal(lines: Iterable[str]) -> dict[int, date]:
    """Return days by the ordinal of a requirement, from lines such as `2=2020-02-18`. Raises Refused."""
    found = {}
    for line in lines:
        ordinal, sign, written = line.strip().partition("=")
        if not ordinal.strip().isdecimal() or not sign or not written.strip():
            message = f"内部时限“{line}”无法识别，应写作 2=2020-02-18（第几项要求=日期）。"
            raise Refused(message)
        on = day(written)
        if on is not None:
            found[int(ordinal)] = on
    return found


def _read(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        message = f"时间“{text}”无法识别，应写作 2020-04-03 09:00（北京时间）。"
        raise Refused(message) from error


def stamped(what: str) -> Callable[[], str]:
    """Return what names a run by what it does and when, in Beijing time."""

    def name() -> str:
        try:
            at = instant(runtime.flow_run.parameters.get("as_of", ""))
        except Refused:
            return what
        return f"{what}-{local(at):%m月%d日 %H:%M}"

    return name


def finished(line: str, key: str, about: str, detail: str = "") -> State:
    """Leave what was done as an artifact (Markdown, by default the line itself) and end the run with the line."""
    create_markdown_artifact(detail or line, key=key, description=f"**{about}**")
    return Completed(message=line)
