"""What a compiled report is drafted for: a requirement, who compiles, and a period or a day since when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from domain.errors import Refused


@dataclass(frozen=True, slots=True)
class Cause:
    """What a compiled report is drafted for: one at a time waits for a signature."""

    #: the ids of the requirement and of the compiling office
    requirement: int
    office: int
    #: of the period, or of what is handed in on occurrence since a day
    period: str = ""
    since: date | None = None

    @property
    def stem(self) -> str:
        """The cause without its turn."""
        when = f"since:{self.since.isoformat()}" if self.since else self.period
        return f"compiled:{self.requirement}/{self.office}/{when}/"

    def turn(self, number: int) -> str:
        """Return the cause of the n-th one: after one that was signed or discarded another may be drafted."""
        return f"{self.stem}{number}"

    @classmethod
    def of(cls, written: str) -> Cause:
        """Read a cause back; ValueError for that of another paper."""
        kind, _, rest = written.partition(":")
        if kind != "compiled":
            raise ValueError(written)
        requirement, office, when, _ = rest.split("/")
        day = when.removeprefix("since:")
        if day != when:
            return cls(int(requirement), int(office), since=date.fromisoformat(day))
        return cls(int(requirement), int(office), when)


def the_period(wanted: str, known: Sequence[str]) -> str:
    """Return the period that a person means by its due day or month; raises Refused where there is none, or several.

    `known` holds all periods of the requirement that were made; a single one is meant where nothing is said.
    """
    if not known:
        message = "该项要求下没有单位需要报送（尚未转发，或事项已全部撤回），无可汇总。"
        raise Refused(message)
    fitting = [each for each in known if not wanted or each == wanted or each.startswith(f"{wanted}-")]
    if len(fitting) == 1:
        return fitting[0]
    shown = "、".join(each or "（不分期）" for each in known[-6:])
    if not fitting:
        message = f"该项要求没有“{wanted}”这一期；已有的期次：{shown}。"
    else:
        message = f"该项要求有 {len(fitting)} 期，请指明期次（--period，如 {fitting[-1]}）；已有的期次：{shown}。"
    raise Refused(message)
