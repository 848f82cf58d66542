"""The ladders in force: shown in words, and a policy file checked before it is used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from prefect import task

from config.policies import load_policies
from config.settings import settings
from domain.errors import Refused
from domain.policies import Ladder, PolicySet, Rung
from domain.policy_words import grade_name, kind_name, limit_name, term_words, when_words, whom_words
from domain.statuses import ObligationKind
from models.installation import policies_in_force


@dataclass(frozen=True)
class Step:
    """One rung in words."""

    name: str
    when: str
    whom: str
    source: str


@dataclass(frozen=True)
class LadderShown:
    """The ladder of a kind, for all the grades that share it, and its terms."""

    kind: str
    kind_name: str
    grades: tuple[str, ...]
    grade_names: tuple[str, ...]
    #: in words; empty where the circular sets it
    terms: tuple[str, ...]
    rungs: tuple[Step, ...]


@dataclass(frozen=True)
class LimitShown:
    """One limit in words; `grade` is empty where it holds for all."""

    name: str
    grade: str
    value: int
    words: str


@dataclass(frozen=True)
class PoliciesShown:
    """A set of policies as people read it."""

    digest: str
    #: where it comes from
    file: str
    ladders: tuple[LadderShown, ...]
    limits: tuple[LimitShown, ...]


@dataclass(frozen=True)
class Checked:
    """What a check of a file found."""

    file: str
    digest: str
    #: whether it says the same as the file in force
    same: bool
    ladders: int
    message: str


def own_file() -> str:
    """Return the path of the policy file in force; for the one that ships with Duban, what it is."""
    return str(settings().policies_file or "config/policies.toml")


@task(name="查看策略")
def show_policies(kind: str = "", grade: str = "") -> PoliciesShown:
    """Return the ladders, terms and limits in force, of one kind and grade where asked. Raises Refused: no such one."""
    policies = policies_in_force(settings().policies_file)
    kinds = {key[0] for key in policies.ladders}
    grades = {key[1] for key in policies.ladders if not kind or key[0] == kind}
    for wanted, known, what, name in ((kind, kinds, "事项种类", kind_name), (grade, grades, "等级", grade_name)):
        if wanted and wanted not in known:
            offered = "、".join(f"{each}（{name(each)}）" for each in sorted(known))
            message = f"没有{what}“{wanted}”的梯级，可用的是 {offered}。"
            raise Refused(message)
    ladders = tuple(
        each for each in _ladders(policies) if (not kind or each.kind == kind) and (not grade or grade in each.grades)
    )
    return PoliciesShown(policies.digest, own_file(), ladders, () if kind or grade else _limits(policies))


def _ladders(policies: PolicySet) -> Sequence[LadderShown]:
    """Those of one kind that are equal, with equal terms, are one; in the order of the kinds."""
    found: dict[tuple[str, Ladder, tuple[str, ...]], list[str]] = {}
    order = {kind.value: place for place, kind in enumerate(ObligationKind)}
    for kind, grade in sorted(policies.ladders, key=lambda key: order[key[0]]):
        key = (kind, policies.ladders[kind, grade], _terms(policies, kind, grade))
        found.setdefault(key, []).append(grade)
    return [
        LadderShown(
            kind, kind_name(kind), tuple(grades), tuple(map(grade_name, grades)), terms, tuple(map(_step, ladder.rungs))
        )
        for (kind, ladder, terms), grades in found.items()
    ]


def _terms(policies: PolicySet, kind: str, grade: str) -> tuple[str, ...]:
    if kind == ObligationKind.DECIDE:  # its terms are by what is decided
        mine = ((decided, term) for (of, decided), term in policies.terms.items() if of == kind)
        return tuple(f"{grade_name(decided)} {term_words(term)}" for decided, term in mine)
    term = policies.terms.get((kind, grade))
    return (term_words(term),) if term else ()


def _step(rung: Rung) -> Step:
    return Step(rung.name, when_words(rung), whom_words(rung), rung.source)


def _limits(policies: PolicySet) -> tuple[LimitShown, ...]:
    shown = []
    for key, value in policies.limits.items():
        name, _, grade = key.partition(".")
        shown.append(LimitShown(name, grade, value, limit_name(name) + (f"，{grade_name(grade)}" if grade else "")))
    return tuple(shown)


@task(name="检查策略文件")
def check_policies(file: Path) -> Checked:
    """Read a policy file as the installation would; raises PolicyError, which names the line of what is wrong."""
    found, own = load_policies(file), policies_in_force(settings().policies_file)
    same = found.digest == own.digest
    than = "与现行策略相同" if same else "与现行策略不同，可用 duban policy preview 查看影响"
    message = f"策略文件“{file}”可用：{len(found.ladders)} 条梯级，{len(found.terms)} 项时限，{than}。"
    return Checked(str(file), found.digest, same, len(found.ladders), message)
