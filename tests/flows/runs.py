"""Running a flow for a test, and reading back what it left on the server."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, cast

from prefect import Flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import State


@dataclass(frozen=True)
class Ran:
    """A finished run as the server tells it: its name, its state, its one line, its artifacts by key."""

    name: str
    state: str
    line: str
    artifacts: dict[str, dict[str, Any]]

    def text(self, key: str) -> str:
        return str(self.artifacts[key]["data"])

    def rows(self, key: str) -> list[dict[str, Any]]:
        return cast("list[dict[str, Any]]", json.loads(self.artifacts[key]["data"]))


def run(flow: Flow[..., Any], **parameters: Any) -> Ran:
    """Run a flow in process against the session's server; read the run back through the API."""
    state = cast("State[Any]", flow(**parameters, return_state=True))
    return read_back(str(state.state_details.flow_run_id))


def read_back(number: str) -> Ran:
    with get_client(sync_client=True) as client:
        stored = client.request("GET", "/flow_runs/{id}", path_params={"id": number}).json()
        wanted = {"artifacts": {"flow_run_id": {"any_": [number]}}}
        found = client.request("POST", "/artifacts/filter", json=wanted).json()
    state = stored["state"]
    return Ran(stored["name"], state["type"], state["message"] or "", {each["key"]: each for each in found})
