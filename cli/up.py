"""Daily use: one supervisor that starts the Prefect server, serves all deployments, and stops them in reverse."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import SecretStr
from sqlalchemy import make_url

from cli.answers import now, say
from config.settings import settings
from domain.errors import Refused
from models.choices import MailMode, mail_mode
from models.session import reading
from tasks.migrating import migrate
from tasks.serving import Server, process_environment, running_server, started

_ROOT = Path(__file__).resolve().parent.parent
_TURN_SECONDS = 1.0


def run_up(port: int | None) -> None:
    """Run until Ctrl-C or SIGTERM; data lives in one folder and survives. Raises Refused, ServerDidNotStart."""
    chosen, port = settings(), port or settings().ui_port
    home = chosen.data_dir.resolve() / "prefect"
    home.mkdir(parents=True, exist_ok=True)
    with _alone(chosen.data_dir), _until_told() as ended:
        _refuse_taken(port)
        done = migrate.fn(now=now())
        say(f"数据文件夹：{chosen.data_dir.resolve()}（数据库版本 {done.after}）")
        say("正在启动 Prefect 服务……")
        _supervise(home, port, ended)
    say("已停止；数据保留，下次运行接着用。")


def _supervise(home: Path, port: int, ended: threading.Event) -> None:
    """Keep server and deployments running until told to end; raises Refused where one of them ends by itself."""
    with (
        running_server(home, port, inherit=True, given_up=ended.is_set) as server,
        _served(home, server.url) as served,
    ):
        _welcome(port)
        while not ended.wait(_TURN_SECONDS):
            _refuse_ended(server, served, home)
        say("正在停止……")


def _refuse_ended(server: Server, served: subprocess.Popen[bytes], home: Path) -> None:
    for what, process, log in (("Prefect 服务", server.process, server.log), ("部署进程", served, home / "serve.log")):
        if process.poll() is not None:
            message = f"{what}意外退出（退出码 {process.returncode}），已全部停止，详见 {log}。请重新运行 duban up。"
            raise Refused(message)


def _welcome(port: int) -> None:
    say(f"界面：http://127.0.0.1:{port}（部署在几秒内就绪）")
    with reading() as session:
        mode = mail_mode(session)
    if mode is MailMode.CAPTURE:
        to = settings().capture_to
        where = f"全部寄往 {to}" if to else f"只存入 {settings().capture_folder.resolve()}"
        say(f"演练模式：邮件{where}，不发给收件人；正式使用请运行 duban mail live。")
    say("每刻钟自查一次；也请让 cron 或另一台机器运行 duban check（退出码不为 0 即有异常）。")
    say("按 Ctrl-C 停止。")


@contextmanager
def _until_told() -> Iterator[threading.Event]:
    """Give an event that Ctrl-C and SIGTERM set, and put the handlers back on leaving."""
    ended = threading.Event()
    before = {
        number: signal.signal(number, lambda *_: ended.set())
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    }
    try:
        yield ended
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the data folder: two supervisors on one Prefect database would run everything twice. Raises Refused."""
    with (folder / "up.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            message = f"数据文件夹“{folder.resolve()}”已有一套服务在运行，不能再启动一套。"
            raise Refused(message) from error
        yield


def _refuse_taken(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError as error:
            message = f"没有权限使用端口 {port}；请用 --port 换一个 1024 以上的端口。"
            raise Refused(message) from error
        except OSError as error:
            message = f"端口 {port} 已被占用；请停掉占用它的程序，或用 --port 换一个。"
            raise Refused(message) from error


@contextmanager
def _served(home: Path, url: str) -> Iterator[subprocess.Popen[bytes]]:
    """Serve all deployments in a process of its own, whose runs work by the very settings of this one."""
    environment = process_environment(home, url, inherit=True) | own_settings() | {
        "PREFECT_RUNNER_POLL_FREQUENCY": "2",
        # A killed run is Crashed in 70 seconds instead of holding its slot for 5 minutes (with the automation).
        "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",
    }  # fmt: skip
    command = [sys.executable, "-m", "cli.serving"]
    with started(command, environment, home / "serve.log", cwd=_ROOT, seconds=30) as process:
        yield process


def own_settings() -> dict[str, str]:
    """Return the settings of this process as an environment that means the same in another folder."""
    chosen = settings()
    values: dict[str, object] = {name: getattr(chosen, name) for name in type(chosen).model_fields}
    for name, value in values.items():
        if isinstance(value, Path):
            values[name] = value.resolve()
    values["database_url"] = _absolute(chosen.database_url.get_secret_value()) if chosen.database_url else None
    return {f"DUBAN_{name.upper()}": _as_text(value) for name, value in values.items()}


def _as_text(value: object) -> str:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, tuple):
        return json.dumps(value, ensure_ascii=False)
    return "" if value is None else str(value)


def _absolute(url: str) -> str:
    """Return a database URL whose SQLite file is named from the root."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database or parsed.database == ":memory:":
        return url
    return parsed.set(database=os.path.abspath(parsed.database)).render_as_string(hide_password=False)  # noqa: PTH100 - of a text
