"""`duban simulate`: a script played through the tasks, and the answer: who would have got what, and how burdened."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from domain.calendar import local
from simulation.agenda import Agenda
from simulation.burden import burden_of
from simulation.doors import TaskDoors
from simulation.localities import Behaviour, Manner, behaviour
from simulation.performing import code_of
from simulation.play import Doors, Play, RefusedEvent
from simulation.responses import Responses
from simulation.script import Script
from simulation.stage import Stage, stage
from tasks.auditing import verify_audit
from tasks.recounting import Recount, recount, text_of

#: Called with (share done from 0 to 1, what is going on).
Progress = Callable[[float, str], None]


@dataclass(frozen=True)
class Simulated:
    """What a play gave: as JSON (the same for the same script and seed, byte for byte), and how long it took."""

    script: Script
    recount: Recount
    burden: dict[str, Any]
    settings: dict[str, Any]
    refused: tuple[RefusedEvent, ...]
    seconds: float

    def plain(self) -> dict[str, Any]:
        """Return the answer as JSON has it; nothing in it hangs on the machine or the clock."""
        return {
            "settings": self.settings,
            **self.recount.plain(),
            "burden": self.burden,
            "refused": [
                {"at": text_of(each.at), "do": each.do, "sentence": each.sentence} for each in self.refused
            ],
        }  # fmt: skip


def simulate(
    script: Script, *, copy: bool = False, database: Path | None = None, mails: Path | None = None,
    progress: Progress = lambda *_: None,
) -> Simulated:  # fmt: skip
    """Play a script on a stage of its own and return what happened. Raises Refused.

    `copy` plays on a copy of the installation's database, `database` keeps the played one as a new file, `mails` is an
    empty folder for every mail in full; else mails are counted.
    """
    began = time.monotonic()
    with stage(script, copy=copy, database=database, mails=mails) as scene:
        doors = TaskDoors(script.operator, scene.roster, writes_mails=mails is not None)
        play = play_of(script, scene, doors, progress)
        play.run()
        progress(1.0, "汇总")
        told = recount(script.begins_at, after_entry=scene.entries_before)
        verify_audit.fn()
        burden = burden_of(told.mails, scene.roster, scene.calendar)
        settings = _settings(script, scene)
    return Simulated(script, told, burden, settings, tuple(play.refused), time.monotonic() - began)


def play_of(script: Script, scene: Stage, doors: Doors, progress: Progress) -> Play:
    """Return the play of a script on its stage, through some doors."""
    agenda = Agenda()
    responses = Responses(
        script, _behaviour(script, scene), scene.calendar, agenda, scene.roster.operating
    )  # fmt: skip
    length = (script.ends_at - script.begins_at).total_seconds()

    def on_step(now: datetime) -> None:
        progress((now - script.begins_at).total_seconds() / length, f"{local(now):%Y-%m-%d %H:%M}")

    return Play(script, doors, responses, agenda, on_step)


def _behaviour(script: Script, scene: Stage) -> Behaviour:
    told = script.localities
    shares = {Manner.LAST_MINUTE: told.last_minute, Manner.LATE: told.late, Manner.SILENT: told.silent}
    fixed = {code_of(name, scene.roster): manner for name, manner in told.offices.items()}
    played = sorted(scene.roster.inside - {scene.roster.operating} - set(fixed))
    return behaviour(played, script.seed, scene.calendar, shares, fixed)


def _settings(script: Script, scene: Stage) -> dict[str, Any]:
    return {
        "title": script.title,
        "begin": text_of(script.begins_at),
        "end": text_of(script.ends_at),
        "seed": script.seed,
        "operating_office": scene.roster.operating,
        "offices": len(scene.roster.inside),
        "calendar_digest": scene.calendar.digest,
        "policy_digest": scene.policy_digest,
    }
