"""The check asks the Prefect server for its deployments, and visits the heartbeat after a good one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from config.settings import settings
from domain.watching import SCHEDULED
from tasks import served
from tasks.checking import Health, beat, check_installation
from tests.tasks.checks import SENT, found
from tests.tasks.stage import (
    use,
)

# ---------------------------------------------------------------- the server


@contextmanager
def answering(reply: Callable[[str], tuple[int, str]]) -> Iterator[tuple[str, list[str]]]:
    """A small server on loopback; gives its address and what it was asked."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self._answer()

        def _answer(self) -> None:
            asked.append(f"{self.command} {self.path} {self.headers.get('Authorization', '')}".strip())
            code, body = reply(self.path)
            self.send_response(code)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_args: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()
        thread.join()


def deployments(**changes: dict[str, Any]) -> str:
    import json

    rows = [{"name": name, "paused": False, "schedules": [{"active": True}]} for name in SCHEDULED]
    return json.dumps([row | changes.get(str(row["name"]), {}) for row in rows if changes.get(str(row["name"])) != {}])


@pytest.fixture
def up_has_run() -> None:
    settings().data_dir.mkdir(parents=True, exist_ok=True)
    (settings().data_dir / "up.lock").touch()


def test_it_asks_no_server_where_none_is_meant_to_run(sqlite: str) -> None:
    assert not [name for name in found(SENT) if name.startswith(("server_", "deployments_"))]


def test_it_finds_a_server_that_is_down(sqlite: str, up_has_run: None, monkeypatch: pytest.MonkeyPatch) -> None:
    from tasks.serving import free_port

    use(monkeypatch, ui_port=free_port())
    assert found(SENT)["server_down"].at_any_hour


def port_of(url: str) -> str:
    return url.rpartition(":")[2]


def test_it_finds_nothing_wrong_with_a_server_that_has_everything(
    sqlite: str, up_has_run: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    with answering(lambda _: (200, deployments())) as (url, asked):
        use(monkeypatch, ui_port=port_of(url))
        assert found(SENT) == {}
    assert asked == ["POST /api/deployments/filter"]


@pytest.mark.parametrize("change", [{"paused": True}, {"schedules": [{"active": False}]}])
def test_it_finds_a_deployment_that_is_paused(
    sqlite: str, up_has_run: None, monkeypatch: pytest.MonkeyPatch, change: dict[str, Any]
) -> None:
    with answering(lambda _: (200, deployments(每刻钟巡检=change))) as (url, _):
        use(monkeypatch, ui_port=port_of(url))
        paused = found(SENT)["deployments_paused"]
    assert (paused.level, paused.examples) == ("error", ("每刻钟巡检",))


def test_it_finds_a_deployment_that_is_missing(sqlite: str, up_has_run: None, monkeypatch: pytest.MonkeyPatch) -> None:
    with answering(lambda _: (200, deployments(每分钟投递={}))) as (url, _):
        use(monkeypatch, ui_port=port_of(url))
        assert found(SENT)["deployments_missing"].examples == ("每分钟投递",)


@pytest.mark.parametrize("answer", [(401, ""), (200, "no JSON"), (503, "[]")])
def test_an_odd_answer_is_no_answer(
    sqlite: str, up_has_run: None, monkeypatch: pytest.MonkeyPatch, answer: tuple[int, str]
) -> None:
    with answering(lambda _: answer) as (url, _):
        use(monkeypatch, ui_port=port_of(url))
        assert "server_down" in found(SENT)


def test_it_logs_in_with_the_servers_secret(sqlite: str, up_has_run: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_SERVER_API_AUTH_STRING", "operator:secret")
    with answering(lambda _: (200, deployments())) as (url, asked):
        served.ask_server(f"{url}/api")
    assert asked == ["POST /api/deployments/filter Basic b3BlcmF0b3I6c2VjcmV0"]


# ---------------------------------------------------------------- the heartbeat


def well() -> Health:
    return Health(SENT, (), ())


def test_it_visits_the_heartbeat_after_a_good_check_alone(sqlite: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with answering(lambda _: (200, "")) as (url, asked):
        use(monkeypatch, heartbeat_url=f"{url}/ping/secret")
        assert beat.fn(well()) is None
        assert asked == ["GET /ping/secret"]
        broken = check_installation.fn(now=SENT)
        assert broken.errors
        assert beat.fn(broken) is None
    assert len(asked) == 1


def test_it_visits_nobody_where_no_heartbeat_is_set() -> None:
    assert beat.fn(well()) is None


@pytest.mark.parametrize("code", [404, 500])
def test_a_heartbeat_that_fails_is_a_hint_without_its_address(monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    with answering(lambda _: (code, "")) as (url, _):
        use(monkeypatch, heartbeat_url=f"{url}/ping/secret")
        hint = beat.fn(well())
    assert hint is not None
    assert (hint.level, f"答复 {code}" in hint.sentence, "secret" in repr(hint)) == ("hint", True, False)


def test_a_heartbeat_nobody_answers_is_a_hint(monkeypatch: pytest.MonkeyPatch) -> None:
    from tasks.serving import free_port

    use(monkeypatch, heartbeat_url=f"http://127.0.0.1:{free_port()}/secret")
    hint = beat.fn(well())
    assert hint is not None
    assert "secret" not in repr(hint)


def test_it_refuses_a_heartbeat_that_is_no_web_address(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, heartbeat_url="file:///etc/passwd")
    with pytest.raises(ValueError, match="http"):
        settings()
