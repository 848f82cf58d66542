"""A Prefect server of our own on loopback: its migrated database, its start, its health and its end."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

#: Beside the project, not in it: made by `duban setup`, copied by the demo and the tests.
CACHE = Path(__file__).resolve().parent.parent / "var" / "cache"
_START_SECONDS = 90


class ServerDidNotStart(RuntimeError):
    """The Prefect server did not come up; the message is one Chinese sentence."""


def server_environment(home: Path, url: str) -> dict[str, str]:
    """Return the environment of a server and its clients: on loopback, asking nobody outside, the V1 interface."""
    return {
        "PREFECT_HOME": str(home.resolve()),
        "PREFECT_API_URL": url,
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
        # The V2 interface makes the operator's browser ask a server outside (docs/decisions).
        "PREFECT_SERVER_UI_V2_ENABLED": "false",
        "PREFECT_CLI_PROMPT": "false",
    }


def free_port() -> int:
    """Return a loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def prepare_prefect_database() -> Path:
    """Migrate an empty Prefect database once per Prefect version into the cache; return its path."""
    cached = CACHE / f"prefect-{version('prefect')}.db"
    if cached.exists():
        return cached
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        home = Path(folder)
        environment = os.environ | server_environment(home, "")
        environment.pop("PREFECT_API_URL")
        command = [sys.executable, "-m", "prefect", "server", "database", "upgrade", "-y"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
        made = home / "prefect.db"
        if done.returncode or not made.exists():
            message = f"Prefect 数据库迁移失败：{(done.stderr or done.stdout).strip()[-300:]}"
            raise ServerDidNotStart(message)
        made.replace(cached)
    return cached


@contextmanager
def prefect_server(home: Path, port: int, *, extra: dict[str, str] | None = None) -> Iterator[str]:
    """Run a Prefect server on 127.0.0.1:`port` with its data in `home`; give its API address; stop it on leaving.

    Raises ServerDidNotStart where the port is taken, or the server is not healthy in 90 seconds.
    """
    home.mkdir(parents=True, exist_ok=True)
    if not (home / "prefect.db").exists():
        shutil.copyfile(prepare_prefect_database(), home / "prefect.db")
    url = f"http://127.0.0.1:{port}/api"
    log = (home / "server.log").open("ab")
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)]
    environment = os.environ | server_environment(home, url) | (extra or {})
    # A session of its own: Ctrl-C reaches us alone, and we stop the server in order.
    process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)  # noqa: S603
    try:
        _wait_until_healthy(url, process, home / "server.log")
        yield url
    finally:
        stop(process)
        log.close()


def stop(process: subprocess.Popen[bytes], seconds: float = 20) -> None:
    """End a process that we started: SIGTERM, and SIGKILL where it does not end in time."""
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _wait_until_healthy(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        if _healthy(url):
            return
        time.sleep(0.1)
    message = f"Prefect 服务未能启动（端口可能被占用），详见 {log}。"
    raise ServerDidNotStart(message)


def _healthy(url: str) -> bool:
    try:
        with urlopen(f"{url}/health", timeout=2) as answer:  # noqa: S310 - always our own loopback address
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False
