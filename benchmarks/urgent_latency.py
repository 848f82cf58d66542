"""How soon an urgent report is with its superior: from the act to the mail server's acceptance, really served.

A Prefect server, all deployments served beside it, a mail server on loopback. Three doors: `command` (`duban urgent
raise`), `form` (a run of the deployment), `event` (the row and its event alone: nothing delivers but the automation).
The minute's own delivery is paused, so that no round is won by chance.
Each door is tried while all is quiet and while another delivery is busy with a circular to every office.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.settings import PREFECT_API_URL, temporary_settings
from pydantic import SecretStr
from sqlalchemy import select
from sqlmodel import col

from benchmarks.databases import Server
from benchmarks.measure import Measured, Run
from cli.up import own_settings
from config.settings import Settings, settings
from domain.reviewing import Looking
from domain.trail import SYSTEM
from domain.urgent import Severity
from models.notice import Delivery, DeliveryState, Firing, FiringRecipient
from models.obligation import Obligation, UrgentCase
from models.session import reading
from simulation.mail_server import MailFolderServer
from tasks.alerting import raise_urgent_report
from tasks.announcing import UrgentEvent, announce
from tasks.delivering import deliver, set_mail_mode
from tasks.forwarding import forward_circular
from tasks.registering import register_circular
from tasks.rostering import import_roster
from tasks.serving import process_environment, running_server, started

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = 10
_COUNTY = "232721"
_SECONDS = 240.0
_CIRCULAR = """特急

# 黑龙江省扶贫开发领导小组办公室文件

{number}

## 黑龙江省扶贫开发领导小组办公室关于核实有关情况的通知

各市（地）、县（市、区）扶贫开发领导小组：

请即核实有关情况。

黑龙江省扶贫开发领导小组办公室

2020年2月14日
"""


@dataclass(frozen=True)
class Stack:
    """What is running: the API of the server, and the environment of a command."""

    url: str
    environment: dict[str, str]


def measure(run: Run) -> list[Measured]:
    """Return the seconds of each door, quiet and busy; ten rounds each."""
    return list(_doors(run))


def _doors(run: Run) -> Iterator[Measured]:
    rounds = run.size(ROUNDS)
    with TemporaryDirectory(prefix="duban-urgent-") as folder, _stack(run.server, Path(folder)) as stack:
        for name, door in (("command", _by_command), ("form", _by_form), ("event", _by_event)):
            for busy in (False, True):
                seconds = [_one(stack, door, f"{name}-{busy}-{number}", busy=busy) for number in range(rounds)]
                yield _measured(name, seconds, busy=busy)


def _measured(name: str, seconds: list[float], *, busy: bool) -> Measured:
    worst = round(max(seconds), 2)
    more = {
        "door": name, "busy": busy, "worst_seconds": worst, "rounds": [round(each, 2) for each in seconds],
        "load": round(os.getloadavg()[0], 1),
    }  # fmt: skip
    return Measured({"reports": len(seconds)}, median(seconds), more=more)


@contextmanager
def _stack(server: Server, folder: Path) -> Iterator[Stack]:
    with ExitStack() as stack:
        mail = stack.enter_context(MailFolderServer(folder / "mail"))
        stack.enter_context(_settings(server.new(), folder, mail.port))
        _prepare()
        served = stack.enter_context(running_server(folder / "prefect", extra={"PREFECT_SERVER_UI_ENABLED": "false"}))
        environment = process_environment(folder / "prefect", served.url, inherit=False) | own_settings()
        environment |= {"PYTHONPATH": str(ROOT), "PREFECT_RUNNER_POLL_FREQUENCY": "2"}
        command = [sys.executable, "-m", "cli.serving"]
        stack.enter_context(started(command, environment, folder / "serve.log", cwd=ROOT, seconds=30))
        stack.enter_context(temporary_settings({PREFECT_API_URL: served.url}))
        _wait(lambda: "紧急即时投递" in (folder / "serve.log").read_text(), "the deployments")
        _pause("每分钟投递")
        time.sleep(5)  # what had been scheduled before is over
        yield Stack(served.url, os.environ | environment)


@contextmanager
def _settings(url: str, folder: Path, smtp_port: int) -> Iterator[None]:
    chosen = Settings(
        _env_file=None, database_url=SecretStr(url), data_dir=folder, policies_file=None, work_days_file=None,
        operating_office="230000", operators_address="operators@example.org", smtp_host="127.0.0.1",
        smtp_port=smtp_port, smtp_security="none", sender_address="duban@example.org",
    )  # type: ignore[call-arg]  # fmt: skip
    with settings.replaced(chosen):
        yield


def _prepare() -> None:
    now = datetime.now(UTC)
    roster = ROOT / "examples" / "heilongjiang-2020.csv"
    import_roster.fn(roster.read_bytes(), roster.name, actor=SYSTEM, now=now)
    set_mail_mode.fn("live", actor=SYSTEM, now=now)


def _one(stack: Stack, door: Callable[[Stack, str], None], title: str, *, busy: bool) -> float:
    """Raise one report by a door and return the seconds from its act to the accepted mail of its superior."""
    backlog = threading.Thread(target=deliver.fn) if busy else None
    if backlog is not None:
        _fill(title)
        backlog.start()
        time.sleep(0.3)  # it is under way
    door(stack, title)
    seconds: float = _wait(lambda: _seconds_to_acceptance(title), title)
    if backlog is not None:
        backlog.join()
    return seconds


def _fill(title: str) -> None:
    """Leave a mail to every office for another delivery to be busy with."""
    number = f"黑扶组办发〔2020〕{abs(hash(title)) % 100_000}号"
    now = datetime.now(UTC)
    register_circular.fn(
        _CIRCULAR.format(number=number).encode(), "circular.md", actor=SYSTEM, now=now, looking=Looking.NEVER
    )
    forward_circular.fn(number, actor=SYSTEM, now=now)


def _by_command(stack: Stack, title: str) -> None:
    command = [sys.executable, "-m", "cli", "urgent", "raise", _COUNTY, title, "--text", "正在处置。", "--json"]
    command[1:3] = ["-c", "from cli.main import main; main()"]
    subprocess.run(command, env=stack.environment, cwd=ROOT, check=True, capture_output=True)  # noqa: S603 - ours


def _by_form(_stack: Stack, title: str) -> None:
    now = datetime.now(UTC).isoformat()
    parameters = {
        "office": _COUNTY, "title": title, "text": "正在处置。", "severity": "一般", "occurred_at": now,
        "learned_at": now, "officer": "测量",
    }  # fmt: skip
    with get_client(sync_client=True) as client:
        client.create_flow_run_from_deployment(_deployment(client, "紧急信息上报"), parameters=parameters)


def _pause(name: str) -> None:
    with get_client(sync_client=True) as client:
        client.pause_deployment(_deployment(client, name))


def _deployment(client: SyncPrefectClient, name: str) -> UUID:
    (found,) = client.request("POST", "/deployments/filter", json={"deployments": {"name": {"any_": [name]}}}).json()
    return UUID(found["id"])


def _by_event(_stack: Stack, title: str) -> None:
    now = datetime.now(UTC)
    case = raise_urgent_report.fn(
        _COUNTY, title, "正在处置。", Severity.ORDINARY, occurred_at=now, learned_at=now, actor=SYSTEM, now=now
    )
    if not announce(UrgentEvent.RAISED, case.case_id):
        message = "the server did not take the event"
        raise RuntimeError(message)


def _seconds_to_acceptance(title: str) -> float | None:
    statement = (
        select(col(UrgentCase.raised_at), col(Delivery.ended_at))
        .join(Obligation, col(Obligation.case_id) == col(UrgentCase.id))
        .join(Firing, col(Firing.obligation_id) == col(Obligation.id))
        .join(FiringRecipient, col(FiringRecipient.firing_id) == col(Firing.id))
        .join(Delivery, col(Delivery.notice_id) == col(FiringRecipient.notice_id))
        .where(
            col(UrgentCase.title) == title, col(Firing.kind) == "urgent_report",
            col(Delivery.state) == DeliveryState.ACCEPTED,
        )
    )  # fmt: skip
    with reading() as session:
        found = session.execute(statement).first()
    return None if found is None else (found[1] - found[0]).total_seconds()


def _wait(found: Callable[[], Any], what: str) -> Any:
    deadline = time.monotonic() + _SECONDS
    while not (value := found()):
        if time.monotonic() > deadline:
            message = f"{what} did not come in {_SECONDS:.0f} seconds"
            raise TimeoutError(message)
        time.sleep(0.05)
    return value
