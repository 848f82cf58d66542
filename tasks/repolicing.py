"""A changed policy file: what it would do to running matters, shown first; done only when a person says so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from prefect import task
from sqlmodel import Session

from config.policies import load_policies
from config.settings import settings
from domain.deadlines import format_due, format_instant
from domain.errors import Refused
from domain.ladders import Step
from domain.masking import without_contacts
from domain.offices import Audience
from domain.planning import TAGS
from domain.policies import PolicySet
from domain.policy_words import grade_name, kind_name
from domain.trail import Actor
from models.installation import Installation, installation, policies_in_force
from models.making import policy_id
from models.obligation import Obligation
from models.policies import Change, changes, digests_of, pass_over, piece_after, stored_id, told_next, versions_in_force
from models.recomputing import move_all, set_wakes
from models.session import Transaction, reading, transaction

#: So many offices are named for each group that moves.
_EXAMPLES = 3
_WHY = "督办策略有调整，贵单位承担的该事项时限随之变动。"


@dataclass(frozen=True)
class DeadlinesMoving:
    """Deadlines of one kind and grade that move together."""

    kind: str
    grade: str
    old: str
    new: str
    count: int
    #: a few of the offices
    offices: tuple[str, ...]


@dataclass(frozen=True)
class LaddersChanging:
    """What the new ladder does to matters of one kind and grade; the counts are of rungs that have not fired."""

    kind: str
    kind_name: str
    grade: str
    grade_name: str
    count: int
    #: the rung that comes next, by the old file and by the new one: name and instant of the earliest
    next_old: str
    next_new: str
    #: addresses that the next rung reaches
    recipients: int
    anew: int
    earlier: int
    later: int
    never: int
    #: they lie behind us by the new ladder alone: recorded as superseded, told to nobody
    passed: int


@dataclass(frozen=True)
class PolicyChange:
    """What another policy does to open obligations, or did."""

    digest: str
    file: str
    #: the versions that they ran by, and how many by each
    replaces: dict[str, int]
    moved: int
    #: that keep their deadline
    staying: int
    deadlines: tuple[DeadlinesMoving, ...]
    ladders: tuple[LaddersChanging, ...]
    #: messages that tell of moved deadlines, and those of the next sweep, at most
    messages_of_moving: int
    messages_of_sweep: int
    applied: bool = False
    reason: str = ""


@dataclass
class _Group:
    """What was found of one kind and grade."""

    count: int = 0
    anew: int = 0
    earlier: int = 0
    later: int = 0
    never: int = 0
    passed: int = 0
    next_old: Step | None = None
    next_new: Step | None = None
    recipients: set[str] = field(default_factory=set)


@dataclass
class _Count:
    """What was found so far; groups, not rows: memory grows with kinds, grades and addresses, not with obligations."""

    policies: PolicySet
    now: datetime
    moved: int = 0
    staying: int = 0
    groups: dict[tuple[str, str], _Group] = field(default_factory=dict)
    moving: Counter[tuple[str, str, str, str]] = field(default_factory=Counter)
    offices: dict[tuple[str, str, str, str], list[str]] = field(default_factory=dict)
    #: (address, tag): one message each
    told_of_moving: set[tuple[str, str]] = field(default_factory=set)
    told_by_sweep: set[tuple[str, str]] = field(default_factory=set)

    def add(self, here: Installation, found: Sequence[Change]) -> None:
        for change in found:
            if change.deadline is not None:
                self._add_moving(here, change)
            else:
                self.staying += 1
                self._add_ladder(here, change)

    def _add_moving(self, here: Installation, change: Change) -> None:
        owed, deadline = change.owed, change.deadline
        if deadline is None:
            return
        self.moved += 1
        old = format_due(owed.due_at, provisional=owed.provisional) if owed.due_at else ""
        key = (owed.kind.value, owed.grade, old, format_due(deadline.at, provisional=deadline.provisional))
        self.moving[key] += 1
        named = self.offices.setdefault(key, [])
        if len(named) < _EXAMPLES:
            named.append(here.view.office(owed.office_id).name)
        self.told_of_moving |= _addresses(here, owed, Audience.OFFICER, self.now)

    def _add_ladder(self, here: Installation, change: Change) -> None:
        ladder, owed = change.ladder, change.owed
        if ladder is None or not ladder.changes:
            return
        group = self.groups.setdefault((owed.kind.value, owed.grade), _Group())
        group.count += 1
        for name in ("anew", "earlier", "later", "never"):
            setattr(group, name, getattr(group, name) + getattr(ladder, name))
        group.passed += len(ladder.passed)
        group.next_old = _earlier(group.next_old, ladder.next_old)
        group.next_new = _earlier(group.next_new, ladder.next_new)
        if ladder.next_new is not None:
            reached = _addresses(here, owed, ladder.next_new.audience, max(self.now, ladder.next_new.at))
            group.recipients |= {address for address, _ in reached}
        for due in told_next(change, self.policies, self.now):
            self.told_by_sweep |= _addresses(here, owed, due.audience, self.now)

    def deadlines(self) -> Iterator[DeadlinesMoving]:
        for key, count in sorted(self.moving.items()):
            kind, grade, old, new = key
            yield DeadlinesMoving(kind_name(kind), grade_name(grade), old, new, count, tuple(self.offices[key]))

    def ladders(self) -> Iterator[LaddersChanging]:
        for (kind, grade), each in sorted(self.groups.items()):
            yield LaddersChanging(
                kind, kind_name(kind), grade, grade_name(grade), each.count, _named(each.next_old),
                _named(each.next_new), len(each.recipients), each.anew, each.earlier, each.later, each.never,
                each.passed,
            )  # fmt: skip


def _earlier(one: Step | None, other: Step | None) -> Step | None:
    if one is None or other is None:
        return one or other
    return min(one, other, key=lambda step: (step.at, step.height))


def _named(step: Step | None) -> str:
    return f"{step.rung.name}，{format_instant(step.at)}" if step else "没有"


def _addresses(here: Installation, owed: Obligation, audience: Audience, at: datetime) -> set[tuple[str, str]]:
    recipient = here.view.roster.audience(here.view.code_of[owed.office_id], audience, at)
    return {(contact.address, TAGS[owed.grade]) for contact in recipient.contacts}


@task(name="预览策略调整")
def preview_policies(file: Path | None = None, *, now: datetime) -> PolicyChange:
    """Return what open obligations would run by if a policy file (the installation's own for None) were applied to
    them at `now`; nothing is changed. Raises PolicyError for a file that cannot be used.
    """
    policies = load_policies(file) if file is not None else policies_in_force(settings().policies_file)
    count, after = _Count(policies, now), 0
    with reading() as session:
        here, number = installation(session), stored_id(session, policies)
        replaced = _replaced(session, policies)
        while piece := piece_after(session, number, after):
            count.add(here, changes(session, piece, policies, now))
            after = piece[-1].id or 0
            session.expunge_all()
    return _shown(count, replaced, file)


@task(name="执行策略调整")
def apply_policies(reason: str, *, actor: Actor, now: datetime, file: Path | None = None) -> PolicyChange:
    """Let all open obligations run by the installation's policy file, in pieces of a transaction each.

    A deadline that ends a term of the policy is computed anew from where the term started: the row that decides it, a
    new revision, a restarted ladder, and its office is told once. A day that a person or the circular set stays. What
    stays keeps its revision: what fired never fires again under its name, and what lies behind us by the new ladder
    alone is recorded as superseded. Repeated, it finds nothing; after a kill it goes on.
    Raises Refused: no reason, a file that is not the one in force.
    """
    if not reason.strip():
        message = "执行策略调整必须说明理由（--reason）。"
        raise Refused(message)
    policies = policies_in_force(settings().policies_file)
    if file is not None and load_policies(file).digest != policies.digest:
        message = (
            f"“{file}”不是现行策略文件，只用于在办事项会使新旧事项不一；"
            "请先在 DUBAN_POLICIES_FILE 中指明该文件，重启后再执行。"
        )
        raise Refused(message)
    count, after = _Count(policies, now), 0
    with reading() as session:
        replaced = _replaced(session, policies)
    while (last := _apply_piece(count, after, reason, actor, now)) is not None:
        after = last
    return replace(_shown(count, replaced, file), applied=True, reason=reason)


def _apply_piece(count: _Count, after: int, reason: str, actor: Actor, now: datetime) -> int | None:
    """Bring one piece to the new version; return the last id looked at, None where there was nothing left."""
    with transaction(actor, now) as work:
        here, number = installation(work.session), policy_id(work.session, count.policies, now)
        piece = piece_after(work.session, number, after, locked=True)
        if not piece:
            return None
        found = changes(work.session, piece, count.policies, now)
        count.add(here, found)
        _record(work, found, count.policies, number, reason)
        for owed in piece:
            owed.policy_id = number
        work.session.flush()
        moved = [(change.owed, change.deadline) for change in found if change.deadline is not None]
        staying = [change for change in found if change.deadline is None and change.ladder is not None]
        if moved:
            move_all(work, here, moved, reason, why=_WHY)
        pass_over(work, here, staying)
        set_wakes(work, [change.owed for change in staying])
        return piece[-1].id


def _record(work: Transaction, found: Sequence[Change], policies: PolicySet, number: int, reason: str) -> None:
    """One entry for each kind, grade and old version: it lists the obligations."""
    groups: dict[tuple[str, str, int], list[int]] = {}
    for change in found:
        key = (change.owed.kind.value, change.owed.grade, change.owed.policy_id)
        groups.setdefault(key, []).append(change.owed.id or 0)
    digests = digests_of(work.session, {old for _, _, old in groups})
    for (kind, grade, old), numbers in groups.items():
        payload = {
            "kind": kind, "grade": grade, "from": digests[old], "to": policies.digest, "obligations": numbers,
            "reason": without_contacts(reason),
        }  # fmt: skip
        work.record("policy.applied", f"policy:{number}", payload)


def _replaced(session: Session, policies: PolicySet) -> dict[str, int]:
    return {digest: count for digest, count in versions_in_force(session).items() if digest != policies.digest}


def _shown(count: _Count, replaced: dict[str, int], file: Path | None) -> PolicyChange:
    return PolicyChange(
        digest=count.policies.digest, file=str(file or settings().policies_file or "config/policies.toml"),
        replaces=replaced, moved=count.moved, staying=count.staying, deadlines=tuple(count.deadlines()),
        ladders=tuple(count.ladders()), messages_of_moving=len(count.told_of_moving),
        messages_of_sweep=len(count.told_by_sweep),
    )  # fmt: skip
