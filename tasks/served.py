"""What a Prefect server says of its deployments: asked once, briefly, past any proxy on loopback."""

from __future__ import annotations

import json
import os
from base64 import b64encode
from dataclasses import dataclass
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import OpenerDirector, ProxyHandler, Request, build_opener

from prefect.settings import PREFECT_API_AUTH_STRING, PREFECT_API_URL

from config.settings import settings

_SECONDS = 10
_PAGE = 200
_SERVER_AUTH = "PREFECT_SERVER_API_AUTH_STRING"


@dataclass(frozen=True)
class Served:
    """The deployments of a server by name, and whether each is paused (or has a schedule that is)."""

    paused: dict[str, bool]


class NoAnswer(RuntimeError):
    """The server did not answer, or not with what was asked for; the message is a few Chinese words."""


def server_url() -> str:
    """Return the API address of this installation's server: that of the environment, else the one `make up` starts."""
    return PREFECT_API_URL.value() or f"http://127.0.0.1:{settings().ui_port}/api"


def is_expected() -> bool:
    """Tell whether a server should answer: `make up` has run in this data folder, or the environment names one."""
    return bool(PREFECT_API_URL.value()) or (settings().data_dir / "up.lock").exists()


def ask_server(url: str) -> Served:
    """Return what the server at this API address holds. Raises NoAnswer."""
    found: dict[str, bool] = {}
    opener = _opener(url)
    while True:
        page = _ask(opener, f"{url}/deployments/filter", {"limit": _PAGE, "offset": len(found)})
        found |= {str(each["name"]): _is_paused(each) for each in page}
        if len(page) < _PAGE:
            return Served(found)


def _is_paused(deployment: dict[str, Any]) -> bool:
    schedules = deployment.get("schedules") or []
    return bool(deployment.get("paused")) or any(not each.get("active", True) for each in schedules)


def _opener(url: str) -> OpenerDirector:
    """Return what opens an address: our own machine is never asked by way of a proxy."""
    is_here = urlsplit(url).hostname in ("127.0.0.1", "localhost", "::1")
    return build_opener(ProxyHandler({})) if is_here else build_opener()


def post(url: str, content: Any, *, seconds: float = _SECONDS) -> bytes:
    """Post a JSON value to the server and return its answer. Raises NoAnswer."""
    return _post(_opener(url), url, content, seconds)


def _ask(opener: OpenerDirector, url: str, question: dict[str, Any]) -> list[dict[str, Any]]:
    try:
        return list(json.loads(_post(opener, url, question, _SECONDS)))
    except ValueError as error:
        raise NoAnswer("连不上") from error


def _post(opener: OpenerDirector, url: str, question: Any, seconds: float) -> bytes:
    request = Request(url, json.dumps(question).encode(), {"Content-Type": "application/json"})  # noqa: S310 - ours
    secret = PREFECT_API_AUTH_STRING.value()
    text = secret.get_secret_value() if secret is not None else os.environ.get(_SERVER_AUTH, "")
    if text:
        request.add_header("Authorization", f"Basic {b64encode(text.encode()).decode()}")
    try:
        with opener.open(request, timeout=seconds) as answer:
            return bytes(answer.read())
    except HTTPError as error:
        message = f"答复 {error.code}"
        raise NoAnswer(message) from error
    except (URLError, OSError) as error:
        raise NoAnswer("连不上") from error


def visit(url: str, seconds: float) -> str:
    """Visit an address with GET; return what went wrong in a few words, without the address, or nothing."""
    try:
        with _opener(url).open(Request(url, method="GET"), timeout=seconds) as answer:  # noqa: S310 - http(s), as checked
            return "" if answer.status < 400 else f"答复 {answer.status}"
    except HTTPError as error:
        return f"答复 {error.code}"
    except (URLError, OSError, ValueError):
        return "连不上"
