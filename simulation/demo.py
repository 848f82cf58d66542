"""The demo: the main job on an embedded default, from an empty folder to a summary, by itself."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterState, FlowRunFilterStateType
from prefect.client.schemas.objects import StateType
from prefect.settings import (
    PREFECT_API_URL,
    PREFECT_FLOWS_HEARTBEAT_FREQUENCY,
    PREFECT_LOGGING_LEVEL,
    PREFECT_LOGGING_TO_API_ENABLED,
    temporary_settings,
)

from config.settings import Settings, settings
from domain.errors import Refused
from domain.trail import SYSTEM
from models.session import engine
from simulation.flow_doors import FlowDoors
from simulation.mail_server import MailFolderServer
from simulation.reading import read_script
from simulation.script import Event, Script
from simulation.simulate import Progress, play_of
from simulation.stage import Stage, set_scene
from tasks.auditing import audit_head, verify_audit
from tasks.delivering import set_mail_mode
from tasks.exporting import export_register
from tasks.serving import prefect_server
from tasks.summarising import summary

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
SCRIPT = EXAMPLES / "heilongjiang-2020.toml"
OPERATORS = "operators@example.org"


@dataclass(frozen=True)
class Outcome:
    """What a demo left behind: the summary as in summary.json, and the address of the interface while it runs."""

    folder: Path
    script: Script
    summary: dict[str, Any]
    ui: str


@contextmanager
def demo(folder: Path, *, circular: Path | None = None, progress: Progress = lambda *_: None) -> Iterator[Outcome]:
    """Play the demo's script into `folder` (emptied first); the Prefect server runs until the context is left.

    `circular` is a file to play in the place of the script's. Raises Refused where another demo uses the folder.
    """
    began, script = time.monotonic(), _with_circular(read_script(SCRIPT), circular)
    _empty(folder)
    with ExitStack() as stack:
        progress(0.0, "启动 Prefect 服务")
        mail = stack.enter_context(MailFolderServer(folder / "mail"))
        stack.enter_context(_settings_of(folder, mail.port))
        url = stack.enter_context(prefect_server(folder / "prefect"))
        stack.enter_context(_prefect_client(url))
        scene = set_scene(script, script.begins_at - timedelta(hours=1))
        set_mail_mode.fn("live", actor=SYSTEM, now=script.begins_at - timedelta(hours=1))
        _play(script, scene, progress)
        result = _leave(folder, script, began)
        # Closing the last connection writes the log back: whoever copies duban.db alone has everything.
        stack.callback(engine().dispose)
        engine().dispose()
        yield Outcome(folder, script, result, url.removesuffix("/api"))


def _with_circular(script: Script, circular: Path | None) -> Script:
    """Return the script with another file in the place of the circulars it registers."""
    if circular is None:
        return script
    return replace(script, events=tuple(_with_file(event, circular) for event in script.events))


def _with_file(event: Event, circular: Path) -> Event:
    return replace(event, values={**event.values, "file": circular}) if event.do == "register" else event


def _empty(folder: Path) -> None:
    marker = folder / "prefect" / "server.log"
    if folder.exists() and any(folder.iterdir()) and not marker.exists() and not (folder / "summary.json").exists():
        message = f"文件夹“{folder}”不是演示留下的，未清空；请换一个文件夹。"
        raise Refused(message)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


@contextmanager
def _settings_of(folder: Path, smtp_port: int) -> Iterator[None]:
    """Let the process work by the demo's own settings, whatever the environment and `.env` say."""
    own = Settings(
        _env_file=None, data_dir=folder, database_url=None, operating_office="230000", operators_address=OPERATORS,
        policies_file=None, work_days_file=None, wait_minutes=None, smtp_host="127.0.0.1", smtp_port=smtp_port,
        smtp_security="none", smtp_username=None, smtp_password=None, smtp_connections=2,
        sender_address="duban@example.org", sender_name="督办系统", capture_to="", sqlite_synchronous="OFF",
    )  # type: ignore[call-arg]  # fmt: skip
    with settings.replaced(own):
        yield


@contextmanager
def _prefect_client(url: str) -> Iterator[None]:
    # In process: no heartbeat thread to wait for at the end of each run.
    changed = {
        PREFECT_API_URL: url, PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None, PREFECT_LOGGING_LEVEL: "ERROR",
        PREFECT_LOGGING_TO_API_ENABLED: False,
    }  # fmt: skip
    with temporary_settings(changed):
        yield


def _play(script: Script, scene: Stage, progress: Progress) -> None:
    doors = FlowDoors(script.operator, scene.roster)
    play = play_of(script, scene, doors, progress)
    play.run()
    if play.refused:
        raise play.refused[0].error


def _leave(folder: Path, script: Script, began: float) -> dict[str, Any]:
    head, verdict = audit_head.fn(), verify_audit.fn()
    (folder / "audit.head").write_text(head.as_text(), encoding="utf-8")
    export_register.fn(folder / "register.xlsx", now=script.ends_at)
    result = summary.fn() | {
        "audit": {"entries": verdict.entries, "verified": verdict.whole, "head": head.hash},
        "flow_runs": _flow_runs(),
        "seconds": round(time.monotonic() - began, 1),
    }
    (folder / "summary.json").write_text(json.dumps(result, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return result


def _flow_runs() -> dict[str, int]:
    def count(*types: StateType) -> int:
        chosen = FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=list(types))))
        with get_client(sync_client=True) as client:
            answer = client.request("POST", "/flow_runs/count", json={"flow_runs": chosen.model_dump(mode="json")})
            return int(answer.json())

    return {
        "completed": count(StateType.COMPLETED),
        "failed": count(StateType.FAILED, StateType.CRASHED, StateType.CANCELLED),
    }
