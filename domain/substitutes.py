"""Who acts for whom while somebody is away (代办): short chains of substitutes, never in a circle."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

#: How many substitutes may stand in for one another: A by B, B by C, C by D.
LONGEST_CHAIN = 3

#: A person of the roster, in whichever roles: code of the office, address, name. Some share a mailbox, hence the name.
Person = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Substitution:
    """One person acts for another from `starts_at` until before `ends_at` (aware instants)."""

    absent: Person
    acting: Person
    starts_at: datetime
    ends_at: datetime

    def holds(self, at: datetime) -> bool:
        """Tell whether it holds at an instant: half-open."""
        return self.starts_at <= at < self.ends_at


@dataclass(frozen=True)
class Substitutes:
    """All substitutions of an installation, by who is absent; the one set first comes first."""

    by_absent: Mapping[Person, tuple[Substitution, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, substitutions: Iterable[Substitution]) -> Substitutes:
        """These substitutions, in their order."""
        found: dict[Person, tuple[Substitution, ...]] = {}
        for each in substitutions:
            found[each.absent] = (*found.get(each.absent, ()), each)
        return cls(found)

    def acting_for(self, person: Person, at: datetime) -> Person | None:
        """Who acts for this person at `at`: the person itself where nobody is set, None where the chain ends nowhere.

        It ends nowhere in a circle, and after more than `LONGEST_CHAIN` substitutes (docs/rules.md, Ladder 7).
        """
        for _ in range(LONGEST_CHAIN + 1):
            following = self._next(person, at)
            if following is None:
                return person
            person = following
        return None

    def _next(self, person: Person, at: datetime) -> Person | None:
        return next((each.acting for each in self.by_absent.get(person, ()) if each.holds(at)), None)

    def dead_end_of(self, new: Substitution) -> datetime | None:
        """The first instant at which nobody would act for the absent one if `new` were added; None: somebody always.

        What holds changes only where a substitution starts, so those instants are all there is to try.
        """
        own = self.by_absent.get(new.absent, ())
        whole = Substitutes({**self.by_absent, new.absent: (new, *own)})
        starts = (each.starts_at for rows in self.by_absent.values() for each in rows if new.holds(each.starts_at))
        absent = {new.absent, *self.by_absent}
        for at in sorted({new.starts_at, *starts}):
            if any(whole.acting_for(person, at) is None for person in absent if self.acting_for(person, at)):
                return at
        return None
