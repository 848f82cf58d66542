"""A year of a province on the simulated clock: 3,000 counties, ten monthly requirements, everybody acts, on SQLite."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import date
from datetime import time as clock
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import func, select
from sqlmodel import col

from benchmarks.measure import Measured, Run, forget_peak, peak_memory_mb
from domain.calendar import at_local
from domain.documents import Duty, RequirementDraft, RequirementKind
from domain.planning import ForwardingMode
from models.audit import AuditEntry
from models.notice import Delivery, DeliveryState, Firing
from models.obligation import Obligation, Report
from models.session import reading
from simulation.doors import TaskDoors
from simulation.script import Event, GeneratedRoster, Review, Script, WrittenCircular
from simulation.simulate import play_of
from simulation.stage import stage

_PREFECTURES = 30
#: The days of the month by which the ten reports are due, spread as a real year has them.
_DAYS = (5, 8, 10, 12, 15, 18, 20, 22, 25, 28)
_YEAR = 2020


@dataclass(frozen=True)
class Left:
    """What a play left behind, in rows."""

    obligations: int
    reports: int
    firings: int
    mails: int
    entries: int


def measure(run: Run) -> list[Measured]:
    """Play the year with a tenth of the counties, in full with all of them; `scale` shortens the year too."""
    counties, months = run.size(300, 3_000), 12 if run.scale >= 1 else 1
    script = year_of(max(counties, _PREFECTURES), months)
    forget_peak()
    begun, worked = time.perf_counter(), time.process_time()
    with TemporaryDirectory(prefix="duban-year-", dir=run.server.folder) as folder:
        left = play(script, Path(folder) / "year.db")
    seconds, worked = time.perf_counter() - begun, time.process_time() - worked
    days = (script.ends_at - script.begins_at).days
    more = {
        "obligations_per_second": int(left.obligations / seconds), "days_per_second": round(days / seconds, 2),
        "processor_seconds": round(worked, 1),
        "obligations_per_processor_second": int(left.obligations / worked),
    }  # fmt: skip
    sizes = {
        "counties": max(counties, _PREFECTURES), "days": days, "obligations": left.obligations,
        "reports": left.reports, "firings": left.firings, "mails": left.mails, "audit entries": left.entries,
    }  # fmt: skip
    return [Measured(sizes, seconds, peak_memory_mb=peak_memory_mb(), more=more)]


def year_of(counties: int, months: int) -> Script:
    """Return the script: one circular on the first working day, ten requirements, every office by its manner."""
    begins_at = at_local(date(_YEAR, 1, 2), clock(9, 0))
    document = "模府办发〔2020〕1号"
    written = WrittenCircular(
        number=document, title="关于每月报送重点工作进展的通知", addressees=("各县（市、区）",),
        requirements=tuple(map(_monthly, _DAYS)),
    )  # fmt: skip
    forward = {"document": document, "preview": False, "sender": None, "to": (), "below_scope_reason": ""}
    return Script(
        file=Path("simulated-year.toml"),
        title="一年",
        begins_at=begins_at,
        ends_at=at_local(date(_YEAR, months, 28), clock(18, 0)),
        seed=1,
        roster=GeneratedRoster(_PREFECTURES, counties),
        review=Review(return_every=200),
        events=(
            Event(begins_at, "register", {"written": written}),
            Event(begins_at, "forward", forward | {"mode": ForwardingMode.DIRECT}),
        ),
    )


def _monthly(day: int) -> RequirementDraft:
    return RequirementDraft(
        text=f"每月{day}日前报送进展。", duty=Duty.REPORT, kind=RequirementKind.RECURRING, span=(0, 0),
        rrule=f"FREQ=MONTHLY;BYMONTHDAY={day}", starts_on=date(_YEAR, 1, 15),
    )  # fmt: skip


def play(script: Script, database: Path) -> Left:
    """Play a script through the tasks and count what is left."""
    with stage(script, copy=False, database=database, mails=None) as scene:
        doors = TaskDoors(script.operator, scene.roster)
        play_of(script, scene, doors, lambda *_: None).run()
        with reading() as session:
            counts = [
                int(session.scalar(select(func.count()).select_from(table)) or 0)
                for table in (Obligation, Report, Firing, AuditEntry)
            ]
            accepted = select(func.count()).where(col(Delivery.state) == DeliveryState.ACCEPTED)
            mails = int(session.scalar(accepted) or 0)
    return Left(counts[0], counts[1], counts[2], mails, counts[3])
