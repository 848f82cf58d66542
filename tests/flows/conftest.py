"""One Prefect server for all real runs of the session, on a copy of the migrated database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from prefect.settings import (
    PREFECT_API_URL,
    PREFECT_FLOWS_HEARTBEAT_FREQUENCY,
    PREFECT_LOGGING_TO_API_ENABLED,
    temporary_settings,
)

from tasks.serving import Server, running_server


@pytest.fixture(scope="session")
def prefect_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home = tmp_path_factory.mktemp("prefect")
    with running_server(home, extra={"PREFECT_SERVER_UI_ENABLED": "false"}) as server:
        yield server


@pytest.fixture
def prefect_api(prefect_server: Server, sqlite: str) -> Iterator[str]:
    """The API of the session's server as this process's own, and an empty database of the installation."""
    changed = {
        PREFECT_API_URL: prefect_server.url, PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None,
        PREFECT_LOGGING_TO_API_ENABLED: False,
    }  # fmt: skip
    with temporary_settings(changed):
        yield prefect_server.url
