"""The printed scope of dissemination: how far down a circular may go."""

from __future__ import annotations

import pytest

from domain.offices import Tier
from domain.scope import is_below, lowest_tier


@pytest.mark.parametrize(
    ("scope", "lowest"),
    [
        ("此件发至县团级", Tier.COUNTY),
        ("此件发至县（团）级", Tier.COUNTY),
        ("此件发至县处级", Tier.COUNTY),
        ("发至省、市、县级", Tier.COUNTY),
        ("此件发至地师级", Tier.PREFECTURE),
        ("此件发至地（师）级", Tier.PREFECTURE),
        ("此件发至地(师)级", Tier.PREFECTURE),
        ("此件发至地（市）级", Tier.PREFECTURE),
        ("此件发至地、师级", Tier.PREFECTURE),
        ("此件发至厅局级", Tier.PREFECTURE),
        ("此件发至省军级", Tier.PROVINCE),
        ("此件发至省（军）级", Tier.PROVINCE),
        ("此件发至省部级", Tier.PROVINCE),
        ("此件公开发布", None),
        ("此件依申请公开", None),
        ("", None),
        (None, None),
    ],
)
def test_it_reads_the_lowest_tier_that_may_see_it(scope: str | None, lowest: Tier | None) -> None:
    assert lowest_tier(scope) is lowest


@pytest.mark.parametrize(
    ("scope", "below"),
    [
        ("此件发至县团级", set()),
        ("此件发至地市级", {Tier.COUNTY}),
        ("此件发至省军级", {Tier.PREFECTURE, Tier.COUNTY}),
        ("此件公开发布", set()),
        (None, set()),
    ],
)
def test_it_knows_who_stands_below(scope: str | None, below: set[Tier]) -> None:
    assert {tier for tier in Tier if is_below(tier, scope)} == below
