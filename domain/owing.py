"""Who among the addressees owes a requirement, by the words of the sentence that sets it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from domain.collectives import read_collective
from domain.naming import ends_with, parts_of
from domain.offices import Office, Roster, Tier, normal_name

_EVERYBODY = re.compile(r"各?(?:有关|相关|责任)?单位|[你贵].{1,3}|各级")
#: All localities among the addressees, whatever their tier.
LOCALITIES = re.compile(r"各地(?:区|方)?|各级(?:地方)?(?:党委)?[、和]?(?:人民)?政府")
_DEPARTMENTS = re.compile(
    r"(?:[省市县区州](?:\(?中\)?)?(?:直|政府|委)?属?)?各?(?:有关|相关|责任)?(?:部门[、和]?(?:有关)?(?:单位)?|成员单位)"
)


def responsible_offices(
    responsible: str | None, addressees: Sequence[str], roster: Roster
) -> tuple[tuple[str, ...], bool]:
    """Which of `addressees` owe a requirement laid on `responsible`, in their order; True: a person must be asked.

    Nobody named means everybody. What cannot be told is owed by everybody until a person says otherwise.
    """
    everybody = tuple(dict.fromkeys(addressees))
    wanted = normal_name(responsible or "").strip("。,;:、")
    if not wanted:
        return everybody, False
    owing = _owing(wanted, [roster[code] for code in everybody if roster.get(code)])
    return (tuple(code for code in everybody if code in owing), False) if owing else (everybody, True)


def _owing(wanted: str, offices: Sequence[Office]) -> set[str]:
    """The codes that a normal phrase lays a requirement on; empty if any part of it is not understood."""
    simple = _owing_simply(wanted, offices)
    if simple:
        return simple
    apart = re.sub(r"(?<=[^、,和及与])(?=各(?!自))", "、", wanted)
    for separators in ("、,", "和及与"):
        parts = parts_of(apart, separators)
        # 各地各部门 may reach no member unit: that is no doubt as long as the other part is understood
        owing = [_owing(part, offices) for part in parts if not _DEPARTMENTS.fullmatch(part)] if parts[1:] else []
        if owing and all(owing):
            return set().union(*owing, *(_owing_simply(part, offices) for part in parts))
    return set()


def _owing_simply(text: str, offices: Sequence[Office]) -> set[str]:
    if _DEPARTMENTS.fullmatch(text):
        return {office.code for office in offices if office.tier is Tier.MEMBER_UNIT}
    if _EVERYBODY.fullmatch(text):
        return {office.code for office in offices}
    localities = [office for office in offices if office.tier is not Tier.MEMBER_UNIT]
    if LOCALITIES.fullmatch(text):
        return {office.code for office in localities}
    meant = read_collective(text, _speaker(localities))
    if meant is not None:
        return {office.code for office in localities if meant.means(office) and meant.has_organ(office)}
    named = [office for office in offices if text in office.names]
    if not named and len(text) >= 3:
        named = [office for office in offices if ends_with(office, text)]
    return {named[0].code} if len(named) == 1 else set()


def _speaker(localities: Iterable[Office]) -> Tier:
    """The tier that speaks to these: it decides what 市 means."""
    tiers = {office.tier for office in localities}
    if Tier.PROVINCE in tiers:
        return Tier.STATE_COUNCIL
    return Tier.PROVINCE if Tier.PREFECTURE in tiers else Tier.PREFECTURE
