"""The lights of 1,000,000 obligations by office, against one hand-written query that gives the same figures."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import Engine, text
from sqlmodel import col

from benchmarks import reference
from benchmarks.databases import installed
from benchmarks.measure import Measured, Run, alternate
from benchmarks.world import NOW, Size, build, settle
from domain.rollup import Tally
from models.obligation import Obligation
from models.rollups import tally
from models.session import reading

#: In June half of the days have passed.
AT = NOW + timedelta(days=95)
NEAR = AT + timedelta(days=3)


def measure(run: Run) -> list[Measured]:
    """Count in turns with the reference, and compare what both found."""
    size = Size(run.size(1_000_000))
    url = build(run.server, size)
    with installed(url, run.server.folder) as engine:
        let_time_pass(engine)
        if ours_by_office() != by_hand(engine):
            message = "the roll-up and its reference do not count the same"
            raise RuntimeError(message)
        ours, theirs = alternate(5, lambda _: ours_by_office, lambda _: lambda: by_hand(engine))
    run.server.drop(url)
    more = {"rounds": [[round(each, 3) for each in times] for times in (ours, theirs)]}
    return [Measured({"obligations": size.obligations}, min(ours), min(theirs), more=more)]


def let_time_pass(engine: Engine) -> None:
    """Hand in, accept and waive a part of it."""
    at: Any = AT - timedelta(days=7)
    stored = f"{at:%Y-%m-%d %H:%M:%S.%f}" if engine.dialect.name == "sqlite" else at
    with engine.begin() as connection:
        for status, rest in (("submitted", 3), ("accepted", 5), ("waived", 7)):
            connection.execute(
                text("UPDATE obligation SET status = :status, submitted_at = :at WHERE id % 10 = :rest"),
                {"status": status, "at": stored, "rest": rest},
            )
    settle(engine)


def ours_by_office() -> dict[int, Tally]:
    """Return the lights by office as the product counts them."""
    with reading() as session:
        return {office: found for (office,), found in tally(session, AT, NEAR, col(Obligation.office_id)).items()}


def by_hand(engine: Engine) -> dict[int, Tally]:
    """Return the lights by office as the reference counts them."""
    with reference.raw(engine) as on:
        rows = reference.rollup(on, AT, NEAR)
    return {
        office: Tally(
            green=whole - tick - grey - held - red - yellow, yellow=yellow, red=red, tick=tick, grey=grey, held=held,
            late=late,
        )
        for office, tick, grey, held, red, yellow, whole, late in rows
    }  # fmt: skip
