"""The demo: the main job on an embedded default, from an empty folder to a summary, by itself."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
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
from domain.calendar import local
from domain.errors import Refused
from domain.trail import SYSTEM
from models.installation import work_calendar
from models.session import engine
from simulation.heilongjiang import BEGINS, ENDS, Heilongjiang
from simulation.mail_server import MailFolderServer
from simulation.play import Play
from tasks.auditing import audit_head, verify_audit
from tasks.delivering import set_mail_mode
from tasks.exporting import export_register
from tasks.migrating import migrate
from tasks.rostering import import_roster, list_offices
from tasks.serving import prefect_server
from tasks.summarising import summary

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
OPERATORS = "operators@example.org"
#: Called with (share done from 0 to 1, what is going on).
Progress = Callable[[float, str], None]


@dataclass(frozen=True)
class Outcome:
    """What a demo left behind: the summary as in summary.json, and the address of the interface while it runs."""

    folder: Path
    summary: dict[str, Any]
    ui: str


@contextmanager
def demo(folder: Path, *, circular: Path | None = None, progress: Progress = lambda *_: None) -> Iterator[Outcome]:
    """Play the demo into `folder` (emptied first); the Prefect server runs until the context is left.

    `circular` is the file to play, by default the example. Raises Refused where another demo uses the folder.
    """
    began = time.monotonic()
    _empty(folder)
    with ExitStack() as stack:
        progress(0.0, "启动 Prefect 服务")
        mail = stack.enter_context(MailFolderServer(folder / "mail"))
        stack.enter_context(_settings_of(folder, mail.port))
        url = stack.enter_context(prefect_server(folder / "prefect"))
        stack.enter_context(_prefect_client(url))
        _prepare(BEGINS - timedelta(hours=1))
        _play(circular or EXAMPLES / "circular.md", progress)
        result = _leave(folder, began)
        # Closing the last connection writes the log back: whoever copies duban.db alone has everything.
        stack.callback(engine().dispose)
        engine().dispose()
        yield Outcome(folder, result, url.removesuffix("/api"))


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


def _prepare(now: datetime) -> None:
    migrate.fn(now=now)
    roster = EXAMPLES / "heilongjiang-2020.csv"
    import_roster.fn(roster.read_bytes(), roster.name, actor=SYSTEM, now=now)
    set_mail_mode.fn("live", actor=SYSTEM, now=now)


def _play(circular: Path, progress: Progress) -> None:
    length = (ENDS - BEGINS).total_seconds()

    def on_step(now: datetime) -> None:
        progress((now - BEGINS).total_seconds() / length, f"{local(now):%Y-%m-%d %H:%M}")

    play = Play(BEGINS - timedelta(minutes=1), ENDS, on_step)
    Heilongjiang(play, str(circular), list_offices.fn(), work_calendar()).write()
    play.run()


def _leave(folder: Path, began: float) -> dict[str, Any]:
    head, verdict = audit_head.fn(), verify_audit.fn()
    (folder / "audit.head").write_text(head.as_text(), encoding="utf-8")
    export_register.fn(folder / "register.xlsx", now=ENDS)
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
