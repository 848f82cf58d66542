"""A Prefect server of our own: apart from others, asking nobody outside, started and stopped cleanly."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from prefect.settings import Settings

from tasks import serving
from tasks.serving import (
    Server,
    ServerDidNotStart,
    free_port,
    listens,
    not_by_proxy,
    prefect_server,
    process_environment,
    running_server,
    started,
    stop,
)

SLEEPING = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)"]


def test_it_turns_everything_off_that_asks_outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in process_environment(tmp_path, "http://127.0.0.1:1/api", inherit=False).items():
        monkeypatch.setenv(name, value)
    chosen = Settings()
    assert chosen.server.analytics_enabled is False
    assert chosen.server.ui.v2_enabled is False
    assert chosen.server.ui.show_promotional_content is False
    assert chosen.home == tmp_path
    assert os.environ["DO_NOT_TRACK"] == "1"


def test_it_keeps_a_demo_apart_from_the_callers_prefect(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_SERVER_DATABASE_CONNECTION_URL", "postgresql+asyncpg://production/prefect")
    monkeypatch.setenv("PREFECT_PROFILE", "cloud")
    monkeypatch.setenv("PREFECT_API_KEY", "secret")
    apart = process_environment(tmp_path, "http://127.0.0.1:1/api", inherit=False)
    assert not {"PREFECT_SERVER_DATABASE_CONNECTION_URL", "PREFECT_PROFILE", "PREFECT_API_KEY"} & set(apart)
    chosen = process_environment(tmp_path, "http://127.0.0.1:1/api", inherit=True)
    assert chosen["PREFECT_SERVER_DATABASE_CONNECTION_URL"] == "postgresql+asyncpg://production/prefect"
    assert not {"PREFECT_PROFILE", "PREFECT_API_KEY"} & set(chosen)


def test_it_lets_clients_know_the_secret_of_the_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_SERVER_API_AUTH_STRING", "duban:secret")
    environment = process_environment(tmp_path, "http://127.0.0.1:1/api", inherit=True)
    assert environment["PREFECT_API_AUTH_STRING"] == "duban:secret"


def test_it_reaches_loopback_past_a_proxy() -> None:
    assert not_by_proxy({"no_proxy": "gov.cn"})["NO_PROXY"] == "gov.cn,127.0.0.1,localhost"
    assert not_by_proxy({"NO_PROXY": "localhost"})["no_proxy"] == "localhost,127.0.0.1"


def test_it_prepares_the_database_once_when_two_ask_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Path] = []

    def migrate(home: Path) -> Path:
        made.append(home)
        time.sleep(0.3)
        (home / "prefect.db").write_text("whole")
        return home / "prefect.db"

    monkeypatch.setattr(serving, "CACHE", tmp_path / "cache")
    monkeypatch.setattr(serving, "_migrated", migrate)
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda _: serving.prepare_prefect_database(), range(2))
    assert first == second
    assert first.read_text() == "whole"
    assert len(made) == 1
    assert sorted(path.name for path in (tmp_path / "cache").iterdir()) == sorted(["lock", first.name])


def test_it_leaves_no_half_of_a_cached_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(home: Path) -> Path:
        (home / "prefect.db").write_text("ha")
        message = "Prefect 数据库迁移失败：killed"
        raise ServerDidNotStart(message)

    monkeypatch.setattr(serving, "CACHE", tmp_path / "cache")
    monkeypatch.setattr(serving, "_migrated", killed)
    with pytest.raises(ServerDidNotStart, match="迁移失败"):
        serving.prepare_prefect_database()
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["lock"]


@contextmanager
def somebody_elses_server() -> Iterator[int]:
    """A server on loopback that calls itself healthy."""

    class Healthy(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Healthy) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def test_it_never_takes_another_server_for_its_own(tmp_path: Path) -> None:
    with (
        somebody_elses_server() as port,
        pytest.raises(ServerDidNotStart, match=f"端口 {port} 可能被占用"),
        prefect_server(tmp_path / "home", port),
    ):
        pytest.fail("this is not our server")


def test_it_knows_who_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mine:
        port = mine.getsockname()[1]
        assert listens(os.getpid(), port)
        assert not listens(os.getppid(), port)
    assert not listens(os.getpid(), port)


def test_it_gives_up_at_once_when_told(tmp_path: Path) -> None:
    began = time.monotonic()
    with (
        pytest.raises(ServerDidNotStart, match="尚未就绪就被停止"),
        running_server(tmp_path / "home", free_port(), given_up=lambda: True),
    ):
        pytest.fail("it was given up")
    assert time.monotonic() - began < 15


def test_it_listens_on_loopback_alone(prefect_server: Server) -> None:
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    bound = [row[1] for row in rows if row[3] == "0A" and row[1].endswith(f":{prefect_server.port:04X}")]
    assert bound == [f"0100007F:{prefect_server.port:04X}"]
    wide = Path("/proc/net/tcp6")
    assert not wide.exists() or f":{prefect_server.port:04X} " not in wide.read_text()


def test_it_logs_into_the_home_of_the_server(prefect_server: Server) -> None:
    assert prefect_server.log.name == "server.log"
    assert str(prefect_server.port) in prefect_server.log.read_text()


def test_it_puts_a_large_log_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "_LOG_BYTES", 10)
    log = tmp_path / "server.log"
    log.write_text("of an earlier run")
    with started([sys.executable, "-c", "print('new')"], dict(os.environ), log, cwd=None) as process:
        process.wait(20)
    assert log.read_text() == "new\n"
    assert (tmp_path / "server.log.1").read_text() == "of an earlier run"


def test_it_stops_its_own_process_and_no_other(tmp_path: Path) -> None:
    with (
        started(SLEEPING, dict(os.environ), tmp_path / "a.log", cwd=None) as other,
        started(SLEEPING, dict(os.environ), tmp_path / "b.log", cwd=None) as own,
    ):
        stop(own)
        assert own.returncode == -signal.SIGTERM
        assert other.poll() is None
        stop(own)  # twice does no harm
    assert other.returncode == -signal.SIGTERM


def test_it_kills_what_does_not_end_in_time(tmp_path: Path) -> None:
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
    log = tmp_path / "log"
    with started([sys.executable, "-c", deaf], dict(os.environ), log, cwd=None, seconds=0.2) as process:
        while not log.read_text():
            time.sleep(0.05)
    assert process.returncode == -signal.SIGKILL


def test_it_ends_with_a_parent_that_was_killed(tmp_path: Path) -> None:
    parent = f"""
import os, pathlib, sys
from tasks.serving import started
with started({SLEEPING!r}, dict(os.environ), pathlib.Path("log"), cwd=None) as process:
    print(process.pid, flush=True)
    process.wait()
"""
    environment = os.environ | {"PYTHONPATH": str(Path(serving.__file__).parents[1])}
    with subprocess.Popen(
        [sys.executable, "-c", parent], cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True
    ) as killed:
        assert killed.stdout is not None
        child = int(killed.stdout.readline())
        killed.kill()
    deadline = time.monotonic() + 10
    while Path(f"/proc/{child}").exists() and "Z" not in Path(f"/proc/{child}/stat").read_text().split()[2]:
        assert time.monotonic() < deadline
        time.sleep(0.05)
