"""A script as values: the period, the province, the circulars, how localities behave, and what else happens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from pathlib import Path
from typing import Any

from domain.documents import RequirementDraft, Urgency
from simulation.localities import Manner


@dataclass(frozen=True, slots=True)
class GeneratedRoster:
    """A made-up province: so many prefectures, counties shared out among them, and member units."""

    prefectures: int
    counties: int
    member_units: int = 0


@dataclass(frozen=True, slots=True)
class WrittenCircular:
    """A circular written in the script itself, its requirements already read."""

    number: str
    title: str
    addressees: tuple[str, ...]
    requirements: tuple[RequirementDraft, ...]
    urgency: Urgency = Urgency.ROUTINE
    scope: str | None = None
    #: who issues it; None: the operating office
    issuer: str | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happens at one instant (aware): `do` names it, `values` are its checked fields."""

    at: datetime
    do: str
    values: Mapping[str, Any]
    #: where it stands in the script, as the beginning of a sentence
    where: str = ""


@dataclass(frozen=True, slots=True)
class Outage:
    """From when to when nothing swept, or no mail left."""

    begins_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Cadence:
    """How often the installation looks: minutes between sweeps, and between deliveries.

    `delivery_hours` lets routine mail leave only then and after sweeps: fewer, larger runs, as the demo wants them.
    """

    sweep: int = 15
    urgent_sweep: int = 1
    delivery: int = 1
    delivery_hours: tuple[time, ...] = ()


@dataclass(frozen=True, slots=True)
class Localities:
    """How localities behave: shares of manners, the rest punctual, and single offices by code or name."""

    last_minute: float = 0.25
    late: float = 0.08
    silent: float = 0.025
    #: the share of offices that also report whenever something happens, once per such requirement
    at_any_time: float = 0.0
    #: whether an office that owes forwarding does it, a few working hours after its receipt
    forward: bool = True
    offices: Mapping[str, Manner] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Review:
    """When reviewers look through what was handed in, and how strict they are."""

    hours: tuple[time, ...] = (time(16, 0),)
    #: every so manieth report is returned once; 0: none
    return_every: int = 0
    return_reason: str = "缺少分项数据，请补充。"
    #: working hours until an office hands in again what was returned
    resubmit_hours: int = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """One play."""

    file: Path
    title: str
    begins_at: datetime
    ends_at: datetime
    seed: int = 0
    operator: str = "值班员"
    operating_office: str | None = None
    operators_address: str | None = None
    wait_minutes: int | None = None
    roster: Path | GeneratedRoster | None = None
    policies: Path | None = None
    work_days: Path | None = None
    cadence: Cadence = Cadence()
    localities: Localities = Localities()
    review: Review = Review()
    #: in the order of their instants; those of one instant as written
    events: tuple[Event, ...] = ()
    sweeper_outages: tuple[Outage, ...] = ()
    mail_outages: tuple[Outage, ...] = ()
    #: where the script names an office, and the name
    named_offices: tuple[tuple[str, str], ...] = ()
