"""Small scripts for the tests: one city with two counties, one circular, and whatever a test adds."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from simulation.reading import read_script
from simulation.simulate import Simulated, simulate

CITY, COUNTY, SILENT = "230000-001", "230000-001-0001", "230000-001-0002"
NUMBER = "模府办发〔2020〕1号"
MONTHLY = 'kind = "recurring"\nrrule = "FREQ=MONTHLY;BYMONTHDAY=5"\nstarts_on = 2020-04-05'
ROSTER = "[roster]\ngenerate = { prefectures = 1, counties = 2 }\n"
HEAD = f"""
begin = 2020-03-16T09:00:00
end = 2020-05-01T18:00:00
seed = 3

{ROSTER}
[localities]
last_minute = 0
late = 0
silent = 0
"""


def circular(requirement: str = MONTHLY, *, forwarded_at: str = "2020-03-16T09:30:00", urgency: str = "routine") -> str:
    """Return a circular of the script with one requirement."""
    return f"""
[[circulars]]
number = "{NUMBER}"
title = "关于报送情况的通知"
addressees = ["各市（地）、县（市、区）"]
urgency = "{urgency}"
forwarded_at = {forwarded_at}
[[circulars.requirements]]
text = "请报送情况。"
{requirement}
"""


def manners(**offices: str) -> str:
    """Return how single offices behave: `manners(silent=…)` names the office of a manner."""
    lines = "\n".join(f'"{office}" = "{manner}"' for manner, office in offices.items())
    return f"\n[localities.offices]\n{lines}\n"


def event(at: str, do: str, **fields: Any) -> str:
    """Return one event of the script."""
    lines = (f"{name} = {value if name == 'until' else _written(value)}" for name, value in fields.items())
    return f'\n[[events]]\nat = {at}\ndo = "{do}"\n' + "\n".join(lines) + "\n"


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) and not _is_day(value) else str(value)


def _is_day(value: str) -> bool:
    return len(value) == 10 and value[4] == value[7] == "-" and value[:4].isdigit()


def written(folder: Path, *parts: str) -> Path:
    """Write a script into a folder and return its path."""
    path = folder / "script.toml"
    path.write_text("".join(parts), encoding="utf-8")
    return path


def played(folder: Path, *parts: str, **options: Any) -> Simulated:
    """Play a script made of these parts."""
    return simulate(read_script(written(folder, *parts)), **options)


def rungs(done: Simulated, office: str, kind: str = "report") -> list[tuple[str, str, str, str]]:
    """Return the ladder's firings for what an office owes: rung, audience, when it fired, its state."""
    return [
        (each["rung"], each["audience"], each["fired_at"][:16], each["state"])
        for each in done.recount.firings
        if each["office"] == office and each["obligation_kind"] == kind and each["audience"]
    ]


def names(mails: Iterable[dict[str, Any]]) -> list[tuple[str, str]]:
    """Return when each mail left and its kind."""
    return [(each["at"][:16], each["kind"]) for each in mails]
