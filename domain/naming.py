"""Which office a name in a text means: exact, relative to who speaks, or the speaker itself."""

from __future__ import annotations

import re
from collections.abc import Sequence

from domain.offices import Office, Roster, Tier, normal_name

_SELF = re.compile(r"[我本](?:部|委|办|厅|局|署|院|会|处|室|司|中心|公司|单位|机关|小组|领导小组|办公室|委员会)+|我们")
_BODIES = ("小组", "指挥部", "委员会", "专班")


def resolve_name(name: str, roster: Roster, near: str | None = None, issuer: str | None = None) -> Office | None:
    """The office called `name` in a text of the office `issuer`, None if there is none or more than one.

    我办 and the like are the issuer. Of several bearers of a name the one nearest to `near` (by default the issuer)
    is meant, superiors first. Names may be relative: 省扶贫办 is the one above that has such a name.
    """
    wanted = normal_name(name).strip("。,;:、")
    if not wanted:
        return None
    if _SELF.fullmatch(wanted):
        return roster.get(issuer)
    wanted = re.sub(r"^[我本](?=[省市县区州盟旗])", "", wanted)
    exact = bearers(wanted, roster)
    if exact:
        return nearest(exact, roster, near or issuer)
    return _relative(wanted, roster, [code for code in (issuer, near) if code and roster.get(code)], issuer)


def is_self(name: str) -> bool:
    """Whether whoever issues a text speaks of itself: 我办, 我们."""
    return _SELF.fullmatch(normal_name(name)) is not None


def nearest(offices: Sequence[Office], roster: Roster, near: str | None) -> Office | None:
    """The only one, or the one nearest in the tree; superiors go before all others; None if two are as near."""
    if len(offices) == 1:
        return offices[0]
    if near is None or roster.get(near) is None:
        return None
    ranked = sorted(((_distance(near, office.code, roster), office) for office in offices), key=lambda each: each[0])
    return None if ranked[0][0] == ranked[1][0] else ranked[0][1]


def _distance(near: str, code: str, roster: Roster) -> tuple[bool, int]:
    ups = [near, *(office.code for office in roster.path_up(near))]
    if code in ups:
        return (False, ups.index(code))
    climb = [code, *(office.code for office in roster.path_up(code))]
    common = next((each for each in climb if each in ups), None)
    return (True, len(ups) + len(climb) if common is None else ups.index(common) + climb.index(common))


def _relative(wanted: str, roster: Roster, viewpoints: Sequence[str], issuer: str | None) -> Office | None:
    """省扶贫办 seen from an office: the first on its way up whose name ends so, else a member unit on that way."""
    if len(wanted) < 3:
        return None
    for viewpoint in viewpoints:
        way = [roster[viewpoint], *roster.path_up(viewpoint)]
        for office in way:
            # without a tier word (领导小组办公室) it can only be the issuer speaking of itself
            if ends_with(office, wanted) and (wanted[0] in "省市地州盟县区旗" or office.code == issuer):
                return office
        units = [unit for office in way for unit in roster.directly_below(office.code) if ends_with(unit, wanted)]
        members = [unit for unit in units if unit.tier is Tier.MEMBER_UNIT]
        if len(members) == 1:
            return members[0]
    return None


def bearers(wanted: str, roster: Roster) -> list[Office]:
    """The offices with this name; a body (领导小组) that has none of its own speaks through its office (办公室)."""
    found = roster.named(wanted)
    return found if found or not wanted.endswith(_BODIES) else roster.named(f"{wanted}办公室")


def ends_with(office: Office, wanted: str) -> bool:
    """Whether one of the office's names ends in the normal name `wanted`, or in the office of that body."""
    endings = (wanted, f"{wanted}办公室") if wanted.endswith(_BODIES) else (wanted,)
    return any(name.endswith(endings) for name in office.names)


def parts_of(text: str, separators: str) -> list[str]:
    """Split at separators that stand outside brackets."""
    parts, depth = [""], 0
    for each in text:
        depth += (each in "（(") - (each in "）)")
        if depth <= 0 and each in separators:
            parts.append("")
        else:
            parts[-1] += each
    return [part for part in parts if part.strip()]
