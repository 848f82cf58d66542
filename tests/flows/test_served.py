"""The served stack: a request in one run, its event, and the hop in another run of another process."""

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
from flows.circulars import request_forwarding
from tasks.auditing import chain_of
from tasks.forwarding import forward_circular
from tasks.serving import Server, process_environment, started
from tests.cast import COVER, LINJIANG, OPERATOR, import_cast, register_pair
from tests.flows.runs import read_back, run

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
