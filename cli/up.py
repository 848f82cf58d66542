"""Daily use: one supervisor that starts the Prefect server, serves all deployments, and stops them in reverse."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config.settings import settings
from domain.errors import Refused
from models.choices import MailMode, mail_mode
from models.session import reading
from tasks.migrating import migrate
from tasks.serving import prefect_server, server_environment, stop

_ROOT = Path(__file__).resolve().parent.parent


def run_up(port: int | None) -> None:
    """Run until Ctrl-C or SIGTERM; data lives in one folder and survives. Raises Refused, ServerDidNotStart."""
    from cli.answers import now, say

    chosen, port = settings(), port or settings().ui_port
    _refuse_taken(port)
    done = migrate.fn(now=now())
    say(f"数据库：{chosen.data_dir.resolve()}（版本 {done.after}）")
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    home = chosen.data_dir / "prefect"
    with prefect_server(home, port) as url, _served(home, url) as served:
        with reading() as session:
            mode = mail_mode(session)
        say(f"界面：http://127.0.0.1:{port}")
        if mode is MailMode.CAPTURE:
            say(f"演练模式：邮件只存入 {chosen.capture_folder.resolve()}，不发给收件人。")
            say("正式使用请运行 duban mail live。")
        say("按 Ctrl-C 停止。")
        while not ended.wait(1.0):
            if served.poll() is not None:
                message = f"部署进程意外退出（退出码 {served.returncode}），详见 {home / 'serve.log'}。"
                raise Refused(message)
        say("正在停止……")
    say("已停止；数据保留，下次运行接着用。")


def _refuse_taken(port: int) -> None:
    import socket

    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            message = f"端口 {port} 已被占用；请停掉占用它的程序，或用 --port 换一个。"
            raise Refused(message) from error


@contextmanager
def _served(home: Path, url: str) -> Iterator[subprocess.Popen[bytes]]:
    """Serve all deployments in a process of its own."""
    environment = os.environ | server_environment(home, url) | {
        "PREFECT_RUNNER_POLL_FREQUENCY": "2",
        # A killed run is Crashed in 70 seconds instead of holding its slot for 5 minutes (with the automation).
        "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",
        "DUBAN_DATA_DIR": str(settings().data_dir.resolve()),
    }  # fmt: skip
    command = [sys.executable, "-m", "cli.serving"]
    with (home / "serve.log").open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 - our own module
            command, cwd=_ROOT, env=environment, stdout=log, stderr=log, start_new_session=True
        )
        try:
            yield process
        finally:
            stop(process, seconds=30)
