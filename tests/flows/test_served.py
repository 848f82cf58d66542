"""The served stack: what one run or process leaves, its event, and what another run makes of it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from prefect.client.orchestration import get_client

from cli.up import own_settings
from domain.urgent import Severity
from flows.circulars import request_forwarding
from models.notice import DeliveryState
from tasks.alerting import raise_urgent_report
from tasks.announcing import UrgentEvent, announce
from tasks.auditing import chain_of
from tasks.forwarding import forward_circular
from tasks.serving import Server, process_environment, started
from tests.cast import COVER, DONGAN, LINJIANG, OPERATOR, import_cast, register_pair
from tests.flows.runs import read_back, run
from tests.looking import deliveries

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def served(prefect_api: str, prefect_server: Server, tmp_path: Path) -> Iterator[Path]:
    """All deployments served by a process of its own on this test's database; gives its log."""
    environment = process_environment(prefect_server.log.parent, prefect_api, inherit=False) | own_settings()
    environment |= {"PREFECT_RUNNER_POLL_FREQUENCY": "2", "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30"}
    log = tmp_path / "serve.log"
    with started([sys.executable, "-m", "cli.serving"], environment, log, cwd=ROOT, seconds=30):
        yield log


def wait(found: Callable[[], Any], log: Path, seconds: float = 45) -> Any:
    """Wait until something is there and return it."""
    deadline = time.monotonic() + seconds
    while not (value := found()):
        assert time.monotonic() < deadline, log.read_text()[-3000:]
        time.sleep(0.25)
    return value


def post(path: Any, **body: Any) -> Any:
    with get_client(sync_client=True) as client:
        return client.request("POST", path, json=body).json()


def deployment_id(name: str) -> str | None:
    found = post("/deployments/filter", deployments={"name": {"any_": [name]}})
    return str(found[0]["id"]) if found else None


def test_it_does_a_hop_by_the_event_of_its_request(served: Path) -> None:
    now = datetime.now(UTC)
    import_cast(now)
    register_pair(now)
    forward_circular.fn(COVER, actor=OPERATOR, now=now, to=("临江市",))
    number = wait(lambda: deployment_id("转发公文"), served)
    wait(lambda: "转发公文" in served.read_text(), served)  # it polls now

    asked = run(request_forwarding, document_number=COVER, sender=LINJIANG, officer="周一")
    assert asked.state == "COMPLETED"

    def by_event() -> list[Any]:
        ended = {"type": {"any_": ["COMPLETED", "FAILED", "CRASHED"]}}
        wanted = {"deployment_id": {"any_": [number]}, "state": ended}
        return [each for each in post("/flow_runs/filter", flow_runs=wanted) if each["created_by"]]

    (made, *_) = wait(by_event, served)
    assert made["created_by"]["type"] == "AUTOMATION"
    done = read_back(made["id"])
    assert (done.state, done.name) == ("COMPLETED", f"转发-{COVER}")
    assert done.line.startswith(f"已转发“{COVER}”给 ")
    hops = {hop.sender: hop.tiers for hop in chain_of.fn(COVER)[-1].hops}
    assert hops["临江市扶贫开发领导小组办公室"]["county"] == 2


def test_it_delivers_an_urgent_report_by_the_event_of_a_process_outside(
    served: Path, prefect_api: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The row and its event alone: nobody delivers but the automation's own deployment."""
    now = datetime.now(UTC)
    import_cast(now)
    number = wait(lambda: deployment_id("紧急即时投递"), served)
    wait(lambda: "紧急即时投递" in served.read_text(), served)

    case = raise_urgent_report.fn(
        DONGAN,
        "扶贫车间火灾",
        "正在处置。",
        Severity.ORDINARY,
        actor=OPERATOR,
        now=now,
        occurred_at=now,
        learned_at=now,
    )
    assert announce(UrgentEvent.RAISED, case.case_id), "the server has the event"

    def by_event() -> list[Any]:
        ended = {"type": {"any_": ["COMPLETED", "FAILED", "CRASHED"]}}
        return list(post("/flow_runs/filter", flow_runs={"deployment_id": {"any_": [number]}, "state": ended}))

    (made, *_) = wait(by_event, served)
    assert made["created_by"]["type"] == "AUTOMATION"
    assert read_back(made["id"]).state == "COMPLETED"
    told = wait(lambda: [each for each in deliveries() if each.state is DeliveryState.ACCEPTED], served)
    assert [each.address for each in told] == ["duty.230100@example.org"], "once, whoever delivered it"
