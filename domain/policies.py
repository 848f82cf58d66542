"""Policies as values: terms, ladders and limits, and the canonical text that fixes a version of them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from functools import cached_property
from typing import Any

from domain.offices import Audience
from domain.papers import SUPERVISING, PaperKind


class Anchor(StrEnum):
    """What a rung counts from."""

    #: when the notice was sent, after any waiting time; the start of the term
    ISSUED = "issued"
    DUE = "due"
    #: when an urgent matter happened
    OCCURRED = "occurred"


class Unit(StrEnum):
    """What a rung or a term counts in."""

    #: of the clock, at any hour
    MINUTES = "minutes"
    #: 8:30-17:30 of working days
    WORKING_HOURS = "working_hours"
    WORKDAYS = "workdays"


@dataclass(frozen=True)
class Rung:
    """One step of a ladder; ValueError with a Chinese sentence if it makes no sense (docs/rules.md, Ladder 1).

    `name` is the identifier a firing is claimed by: never rename one that has fired. A negative `offset` is before the
    anchor. With `every_days` it fires not on the day its offset names but every so many days after it, `times` times
    (weekly after `due+5`). A `half_way` rung fires in the middle of a term shorter than a day, else at its offset.
    """

    name: str
    anchor: Anchor
    offset: int
    unit: Unit
    audiences: tuple[Audience, ...]
    every_days: int | None = None
    times: int = 1
    #: also put on the list of whom to telephone
    call_list: bool = False
    #: the matter itself passes to the next level
    next_level: bool = False
    half_way: bool = False
    source: str = ""
    #: the paper that is drafted as it fires, and waits for a signature
    draft: PaperKind | None = None

    def __post_init__(self) -> None:
        for wrong, words in (
            (not self.name, "名称不能为空"),
            (not self.audiences, "至少要有一个对象"),
            (len(set(self.audiences)) < len(self.audiences), "对象重复"),
            (self.offset < 0 and self.anchor is not Anchor.DUE, "只有以时限（due）为准的梯级可以提前"),
            (self._starts_at_once, "以工作日计、从发出起算的梯级至少为1个工作日"),
            (self.times < 1, "次数至少为1"),
            (self.times > 1 and self.every_days is None, "重复的梯级要写明间隔天数"),
            (self.every_days is not None and self.every_days < 1, "间隔至少为1天"),
            (self.every_days is not None and self.unit is not Unit.WORKDAYS, "按天重复的梯级只能以工作日计"),
            (self.every_days is not None and self.offset < 0, "按天重复的梯级不能在时限之前"),
            (self.half_way and self.anchor is not Anchor.DUE, "过半提醒要以时限（due）为准"),
            (self.half_way and self.every_days is not None, "过半提醒不能重复"),
            (self.draft is not None and self.draft not in SUPERVISING, "只能起草督办通知单、挂牌督办、通报"),
        ):
            if wrong:
                raise ValueError(f"梯级“{self.name}”：{words}")

    @property
    def _starts_at_once(self) -> bool:
        # 9:00 of the day of issue would often lie before the issue
        return self.anchor is not Anchor.DUE and self.unit is Unit.WORKDAYS and self.offset == 0


@dataclass(frozen=True)
class Term:
    """How long somebody has; 0 working days is the same day, until its 24:00."""

    amount: int
    unit: Unit
    source: str

    def __post_init__(self) -> None:
        if self.amount < 0 or (self.amount == 0 and self.unit is not Unit.WORKDAYS):
            raise ValueError("时限应为正数（工作日可为0，即当日）")


@dataclass(frozen=True)
class Ladder:
    """An escalation policy: rungs from the lowest to the highest; ValueError for a doubled name or disorder."""

    rungs: tuple[Rung, ...]

    def __post_init__(self) -> None:
        names = [rung.name for rung in self.rungs]
        repeated = sorted({name for name in names if names.count(name) > 1})
        if repeated:
            raise ValueError(f"梯级重名：{'、'.join(repeated)}")
        reached: dict[tuple[Anchor, Unit], int] = {}
        for rung in self.rungs:
            if rung.offset < reached.get((rung.anchor, rung.unit), rung.offset):
                raise ValueError(f"梯级“{rung.name}”早于排在它前面的梯级，应由低到高排列")
            reached[rung.anchor, rung.unit] = rung.offset

    @cached_property
    def _hash(self) -> int:
        return hash(self.rungs)

    def __hash__(self) -> int:
        """As of the rungs, computed once: ladders key the cache of the sweep's hot path."""
        return self._hash


@dataclass(frozen=True)
class PolicySet:
    """All terms, ladders and limits of one version. Keys are (kind, grade).

    `grade` is a value of Urgency; of Severity for respond and pass_on; for the *terms* of decide it is what is decided:
    review, extension or contest.
    """

    terms: Mapping[tuple[str, str], Term]
    ladders: Mapping[tuple[str, str], Ladder]
    limits: Mapping[str, int] = field(default_factory=dict)

    def term(self, kind: str, grade: str) -> Term:
        """KeyError where the policy sets none (a report's deadline comes from its circular)."""
        return self.terms[kind, grade]

    def ladder(self, kind: str, grade: str) -> Ladder:
        """KeyError where there is none; a loaded policy has one for every kind and grade."""
        return self.ladders[kind, grade]

    def limit(self, name: str, grade: str = "") -> int:
        """The limit for this grade, else for all; KeyError if there is none."""
        own = self.limits.get(f"{name}.{grade}")
        return self.limits[name] if own is None else own

    def canonical(self) -> str:
        """The whole set as one sorted JSON text: equal sets give equal texts, and `from_canonical` rebuilds them."""
        content = {
            "terms": {_joined(key): asdict(term) for key, term in self.terms.items()},
            "ladders": {
                _joined(key): [_canonical(rung) for rung in ladder.rungs] for key, ladder in self.ladders.items()
            },
            "limits": dict(self.limits),
        }
        return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the canonical text, in hexadecimal: the key of a policy version."""
        return hashlib.sha256(self.canonical().encode()).hexdigest()

    @classmethod
    def from_canonical(cls, text: str) -> PolicySet:
        """Rebuild a stored version; what a later program no longer knows is an error, never dropped."""
        content = json.loads(text)
        return cls(
            terms={_split(key): _term(values) for key, values in content["terms"].items()},
            ladders={_split(key): Ladder(tuple(map(_rung, rungs))) for key, rungs in content["ladders"].items()},
            limits=content["limits"],
        )


def _joined(key: tuple[str, str]) -> str:
    return "/".join(key)


def _split(key: str) -> tuple[str, str]:
    kind, _, grade = key.partition("/")
    return kind, grade


def _canonical(rung: Rung) -> dict[str, Any]:
    """A rung as it is stored; what came later than the first versions is left out where it says nothing."""
    values = asdict(rung)
    if rung.draft is None:
        del values["draft"]
    return values


def _term(values: dict[str, Any]) -> Term:
    return Term(**{**values, "unit": Unit(values["unit"])})


def _rung(values: dict[str, Any]) -> Rung:
    known = {each.name for each in fields(Rung)}
    if unknown := values.keys() - known:
        raise ValueError(f"梯级有不认识的内容：{'、'.join(sorted(unknown))}")
    enums: dict[str, Any] = {
        "anchor": Anchor(values["anchor"]),
        "unit": Unit(values["unit"]),
        "audiences": tuple(Audience(each) for each in values["audiences"]),
    }
    if "draft" in values:
        enums["draft"] = PaperKind(values["draft"])
    return Rung(**{**values, **enums})
