"""`duban up` as users run it: a real process with a data folder of its own."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest

from cli.deployments import deployments
from cli.up import own_settings
from config.settings import settings
from tasks.serving import free_port
from tests.cli.commands import DUBAN, ROOT, process

LOOPBACK = "0100007F"


@dataclass
class Up:
    """A running `duban up`."""

    process: subprocess.Popen[str]
    port: int
    data: Path

    def ask(self, path: str, body: dict[str, Any] | None = None) -> Any:
        request = Request(f"http://127.0.0.1:{self.port}/api{path}", headers={"content-type": "application/json"})
        with urlopen(request, None if body is None else json.dumps(body).encode(), timeout=10) as answer:  # noqa: S310
            return json.load(answer)

    def healthy(self) -> bool:
        try:
            return bool(self.ask("/health"))
        except (URLError, OSError):
            return False

    def names(self) -> set[str]:
        return {each["name"] for each in self.ask("/deployments/filter", {})}

    def children(self) -> list[int]:
        """The processes that it started, and those that these started."""
        found, parents = list[int](), [self.process.pid]
        while parents:
            pid = parents.pop()
            for tasks in Path(f"/proc/{pid}/task").glob("*/children"):
                below = [int(each) for each in tasks.read_text().split()]
                found += below
                parents += below
        return found


def wait(found: Callable[[], Any], seconds: float = 40) -> Any:
    deadline = time.monotonic() + seconds
    while not (value := found()):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    return value


def alive(pids: list[int]) -> list[int]:
    """Those of some processes that still run; a zombie has ended."""
    return [pid for pid in pids if Path(f"/proc/{pid}/cmdline").exists() and Path(f"/proc/{pid}/cmdline").read_bytes()]


def listening(pids: list[int]) -> set[str]:
    """The local addresses (hexadecimal) on which processes listen."""
    sockets = set()
    for pid in pids:
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            try:
                sockets.add(str(descriptor.readlink()))
            except OSError:
                continue  # closed since it was listed
    tables = [Path("/proc/net/tcp"), Path("/proc/net/tcp6")]
    rows = [line.split() for table in tables if table.exists() for line in table.read_text().splitlines()[1:]]
    return {row[1].partition(":")[0] for row in rows if row[3] == "0A" and f"socket:[{row[9]}]" in sockets}


@contextmanager
def up(data: Path, port: int) -> Iterator[Up]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("DUBAN_", "PREFECT_"))}
    environment |= {"DUBAN_DATA_DIR": str(data), "DUBAN_OPERATORS_ADDRESS": "operators@example.org"}
    with subprocess.Popen(
        [DUBAN, "up", "--port", str(port)], env=environment, cwd=data.parent, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as started:  # fmt: skip
        running = Up(started, port, data)
        try:
            wait(lambda: running.healthy() or started.poll() is not None)
            yield running
        finally:
            started.kill()


def test_it_comes_up_and_goes_down_and_comes_up_again(tmp_path: Path) -> None:
    data, port = tmp_path / "data", free_port()
    with up(data, port) as first:
        expected = {str(each.name) for each in deployments()}
        wait(lambda: first.names() == expected)
        pids = first.children()
        assert len(pids) >= 2
        assert listening([first.process.pid, *pids]) == {LOOPBACK}
        again = process("up", "--port", port, environment=_environment(data))
        assert (again.code, again.sentence) == (
            1, f"数据文件夹“{data}”已有一套服务在运行，不能再启动一套。"
        )  # fmt: skip
        began = time.monotonic()
        first.process.send_signal(signal.SIGINT)
        out, err = first.process.communicate(timeout=40)
        assert time.monotonic() - began < 30
        assert (first.process.returncode, err) == (0, "")
        assert alive(pids) == []
    assert f"界面：http://127.0.0.1:{port}" in out
    assert f"演练模式：邮件只存入 {data}/captured" in out
    assert out.endswith("已停止；数据保留，下次运行接着用。\n")
    # The same data once more, and this time it is killed: what it started must not go on without it.
    with up(data, port) as second:
        assert second.names() == expected
        pids = wait(lambda: second.children() if len(second.children()) >= 2 else None)
        second.process.kill()
        second.process.wait()
        wait(lambda: not alive(pids), seconds=45)


def test_it_notices_a_dead_server(tmp_path: Path) -> None:
    with up(tmp_path / "data", free_port()) as running:
        wait(lambda: len(running.children()) >= 2)
        server = next(
            pid for pid in running.children() if b"server" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        )
        pids = running.children()
        os.kill(server, signal.SIGKILL)
        _, err = running.process.communicate(timeout=45)
    assert running.process.returncode == 1
    assert err.startswith("错误：Prefect 服务意外退出（退出码 -9），已全部停止，详见 ")
    assert err.count("\n") == 1
    assert alive(pids) == []


def _environment(data: Path) -> dict[str, str]:
    return os.environ | {"DUBAN_DATA_DIR": str(data)}


def test_it_refuses_a_port_that_is_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        answer = process("up", "--port", port, environment=_environment(tmp_path / "data"))
    assert (answer.code, answer.sentence) == (
        1, f"端口 {port} 已被占用；请停掉占用它的程序，或用 --port 换一个。"
    )  # fmt: skip
    assert not (tmp_path / "data" / "duban.db").exists()


def test_it_hands_its_settings_to_the_served_runs_whatever_their_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DUBAN_SMTP_HOST", "mail.example.org")
    monkeypatch.setenv("DUBAN_DATABASE_URL", "sqlite:///own.db")
    monkeypatch.setenv("DUBAN_DATA_DIR", "data")
    monkeypatch.setenv("DUBAN_SMTP_PASSWORD", "secret")
    settings.cache_clear()
    handed, before = own_settings(), settings()
    assert handed["DUBAN_DATABASE_URL"] == f"sqlite:///{tmp_path}/own.db"
    assert handed["DUBAN_DATA_DIR"] == str(tmp_path / "data")
    monkeypatch.chdir(ROOT)
    for name, value in handed.items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    after = settings()
    assert (after.smtp_host, after.smtp_password, after.policies_file, after.smtp_later_texts) == (
        "mail.example.org",
        before.smtp_password,
        None,
        before.smtp_later_texts,
    )
    assert own_settings() == handed
