"""The scope of dissemination printed on a circular (印发范围), and which hop goes below it."""

from __future__ import annotations

import re

from domain.offices import Tier, normal_name

#: The lowest tier that each phrase admits; military ranks stand beside the civil ones they equal. A phrase that names
#: several tiers (省、市、县级) admits the lowest, which is looked for first.
_LOWEST = (
    (re.compile(r"县(?:处|团)?级|团级"), Tier.COUNTY),
    (re.compile(r"(?:地|市|厅|局|师|州)级"), Tier.PREFECTURE),
    (re.compile(r"(?:省|部|军)级"), Tier.PROVINCE),
)
_MARKS = re.compile(r"[()、,/和及]")
_DEPTH = {Tier.STATE_COUNCIL: 0, Tier.PROVINCE: 1, Tier.MEMBER_UNIT: 1, Tier.PREFECTURE: 2, Tier.COUNTY: 3}


def lowest_tier(scope: str | None) -> Tier | None:
    """Return the lowest tier that may see a circular; None where nothing is printed, or not in these words."""
    plain = _MARKS.sub("", normal_name(scope or ""))
    return next((tier for phrase, tier in _LOWEST if phrase.search(plain)), None)


def is_below(tier: Tier, scope: str | None) -> bool:
    """Tell whether an office of `tier` lies below the printed scope; 公开 and unknown words admit everybody."""
    lowest = lowest_tier(scope)
    return lowest is not None and _DEPTH[tier] > _DEPTH[lowest]
