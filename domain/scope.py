"""The scope of dissemination printed on a circular (印发范围), and which hop goes below it."""

from __future__ import annotations

from domain.offices import Tier

#: The lowest tier that each phrase admits; military ranks stand beside the civil ones they equal.
_LOWEST = (
    (("县团级", "县（团）级", "县级", "县处级"), Tier.COUNTY),
    (("地师级", "地（师）级", "地市级", "地厅级", "市级", "师级"), Tier.PREFECTURE),
    (("省军级", "省（军）级", "省部级", "省级"), Tier.PROVINCE),
)
_DEPTH = {Tier.STATE_COUNCIL: 0, Tier.PROVINCE: 1, Tier.MEMBER_UNIT: 1, Tier.PREFECTURE: 2, Tier.COUNTY: 3}


def lowest_tier(scope: str | None) -> Tier | None:
    """Return the lowest tier that may see a circular; None where nothing is printed, or not in these words."""
    for phrases, tier in _LOWEST:
        if scope and any(phrase in scope for phrase in phrases):
            return tier
    return None


def is_below(tier: Tier, scope: str | None) -> bool:
    """Tell whether an office of `tier` lies below the printed scope; 公开 and unknown words admit everybody."""
    lowest = lowest_tier(scope)
    return lowest is not None and _DEPTH[tier] > _DEPTH[lowest]
