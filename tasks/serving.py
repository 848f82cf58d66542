"""A Prefect server of our own on loopback: its migrated database, its start, its health and its end."""

from __future__ import annotations

import ctypes
import fcntl
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

#: Beside the project, not in it: made by `duban setup`, copied by the demo and the tests.
CACHE = Path(__file__).resolve().parent.parent / "var" / "cache"
_START_SECONDS = 90
_LOG_BYTES = 10 * 1024 * 1024
#: Ours to decide, or another installation's: never taken over from the caller's environment.
_NOT_INHERITED = ("PREFECT_PROFILE", "PREFECT_PROFILES_PATH", "PREFECT_API_KEY", "PREFECT_SERVER_API_HOST")
_DATABASE = ("PREFECT_SERVER_DATABASE_CONNECTION_URL", "PREFECT_API_DATABASE_CONNECTION_URL")
_SERVER_AUTH, _CLIENT_AUTH = "PREFECT_SERVER_API_AUTH_STRING", "PREFECT_API_AUTH_STRING"
_SET_PARENT_DEATH_SIGNAL = 1
_LIBC = ctypes.CDLL(None)
#: A proxy of the environment is not for our own loopback address.
_HERE = build_opener(ProxyHandler({}))


class ServerDidNotStart(RuntimeError):
    """The Prefect server did not come up; the message is one Chinese sentence."""


@dataclass(frozen=True)
class Server:
    """A running server: its API address, its port, its process and where it logs."""

    url: str
    port: int
    process: subprocess.Popen[bytes]
    log: Path


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


def process_environment(home: Path, url: str, *, inherit: bool) -> dict[str, str]:
    """Return the whole environment of a server or client process.

    Without `inherit` no PREFECT_ setting of the caller reaches it: a demo must never touch another server's database.
    With it, what an operator chose (PostgreSQL, a secret, retention) holds.
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("PREFECT_") or (inherit and name not in _NOT_INHERITED)
    }
    if _SERVER_AUTH in kept:
        kept.setdefault(_CLIENT_AUTH, kept[_SERVER_AUTH])
    return kept | server_environment(home, url) | not_by_proxy(kept)


def not_by_proxy(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the settings by which no proxy of `environment` gets what is meant for our own loopback address."""
    given = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
    names = ",".join(dict.fromkeys([*filter(None, given.split(",")), "127.0.0.1", "localhost"]))
    return {"NO_PROXY": names, "no_proxy": names}


def free_port() -> int:
    """Return a loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def prepare_prefect_database() -> Path:
    """Migrate an empty Prefect database once per Prefect version into the cache; return its path.

    A second process waits for the first instead of doing it again; a killed one leaves nothing behind.
    """
    cached = CACHE / f"prefect-{version('prefect')}.db"
    if cached.exists():
        return cached
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not cached.exists():
            with tempfile.TemporaryDirectory(dir=CACHE) as folder:
                _migrated(Path(folder)).replace(cached)
    return cached


def _migrated(home: Path) -> Path:
    """Migrate an empty database in `home`; return its one file."""
    environment = process_environment(home, "", inherit=False)
    environment.pop("PREFECT_API_URL")
    command = [sys.executable, "-m", "prefect", "server", "database", "upgrade", "-y"]
    done = subprocess.run(command, env=environment, cwd=home, capture_output=True, text=True, check=False)  # noqa: S603
    made = home / "prefect.db"
    if done.returncode or not made.exists():
        message = f"Prefect 数据库迁移失败：{(done.stderr or done.stdout).strip()[-300:]}"
        raise ServerDidNotStart(message)
    with closing(sqlite3.connect(made)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE").fetchone()  # all in one file
    return made


@contextmanager
def prefect_server(home: Path, port: int | None = None, *, extra: Mapping[str, str] | None = None) -> Iterator[str]:
    """Run a server apart from all others and give its API address; see `running_server`."""
    with running_server(home, port, extra=extra) as server:
        yield server.url


@contextmanager
def running_server(
    home: Path,
    port: int | None = None,
    *,
    inherit: bool = False,
    extra: Mapping[str, str] | None = None,
    given_up: Callable[[], bool] = lambda: False,
) -> Iterator[Server]:
    """Run a Prefect server on 127.0.0.1 with its data in `home` and its log in `home/server.log`; stop it on leaving.

    `port` None takes a free one; `given_up` is asked while it starts. Raises ServerDidNotStart where the port is
    taken, the server is not healthy in 90 seconds, or the caller gave up.
    """
    home.mkdir(parents=True, exist_ok=True)
    if not (inherit and any(name in os.environ for name in _DATABASE)):
        _put_database(home)
    chosen = port or free_port()
    url, log = f"http://127.0.0.1:{chosen}/api", home / "server.log"
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(chosen)]
    environment = process_environment(home, url, inherit=inherit) | dict(extra or {})
    with started(command, environment, log, cwd=None if inherit else home) as process:
        _wait_until_healthy(Server(url, chosen, process, log), given_up)
        yield Server(url, chosen, process, log)


def _put_database(home: Path) -> None:
    """Copy the migrated database into a new home: whole, or not at all."""
    if (home / "prefect.db").exists():
        return
    copy = home / f"prefect.db.{os.getpid()}"
    try:
        shutil.copyfile(prepare_prefect_database(), copy)
        copy.replace(home / "prefect.db")
    finally:
        copy.unlink(missing_ok=True)


@contextmanager
def started(
    command: Sequence[str], environment: Mapping[str, str], log: Path, *, cwd: Path | None, seconds: float = 20
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a process of ours that logs to a file, and stop it on leaving, within `seconds`.

    It has a session of its own: Ctrl-C reaches us alone, and we stop what we started in order. Should we be killed, it
    is told to end too.
    """
    with _opened(log) as output:
        process = subprocess.Popen(  # noqa: S603 - our own commands
            command, env=environment, cwd=cwd, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            start_new_session=True, preexec_fn=_end_with_parent,  # noqa: PLW1509 - one call of the C library
        )  # fmt: skip
        try:
            yield process
        finally:
            stop(process, seconds)


def _end_with_parent() -> None:
    _LIBC.prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGTERM)


@contextmanager
def _opened(log: Path) -> Iterator[int]:
    """Open a log to append to; a large one of earlier runs is put aside first, in place of the one before."""
    with suppress(FileNotFoundError):  # the first run: there is no log yet
        if log.stat().st_size > _LOG_BYTES:
            log.replace(log.with_suffix(".log.1"))
    with log.open("ab") as output:
        yield output.fileno()


def stop(process: subprocess.Popen[bytes], seconds: float = 20) -> None:
    """End a process that we started, and no other: SIGTERM, and SIGKILL where it does not end in time."""
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _wait_until_healthy(server: Server, given_up: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and server.process.poll() is None:
        if given_up():
            message = "Prefect 服务尚未就绪就被停止。"
            raise ServerDidNotStart(message)
        # Healthy is not enough: another server may have taken the port in the meantime.
        if listens(server.process.pid, server.port) and _healthy(server.url):
            return
        time.sleep(0.1)
    message = f"Prefect 服务未能启动（端口 {server.port} 可能被占用），详见 {server.log}。"
    raise ServerDidNotStart(message)


def listens(pid: int, port: int) -> bool:
    """Tell whether this very process listens on a port (Linux; elsewhere it is taken for granted)."""
    table = Path("/proc/net/tcp")
    if not table.exists():
        return True
    rows = (line.split() for line in table.read_text().splitlines()[1:])
    sockets = {f"socket:[{row[9]}]" for row in rows if row[3] == "0A" and row[1].endswith(f":{port:04X}")}
    with suppress(OSError):  # it has just ended
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):
                if str(descriptor.readlink()) in sockets:
                    return True
    return False


def _healthy(url: str) -> bool:
    try:
        with _HERE.open(f"{url}/health", timeout=2) as answer:
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False
