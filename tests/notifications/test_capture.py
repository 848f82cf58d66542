"""Capture mode: a folder that takes messages like a server."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from notifications.capture import CaptureFolder
from notifications.conversation import Outcome, SendResult, Stage


def send(folder: Path, recipient: str, message: bytes = b"Subject: x\r\n\r\nbody") -> SendResult:
    return asyncio.run(CaptureFolder(folder).send("duban@example.org", recipient, message))


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_it_keeps_a_message_byte_by_byte_in_the_folder_of_its_recipient(tmp_path: Path) -> None:
    result = send(tmp_path, "officer@example.org", b"a\r\nb\r\n")
    assert (result.outcome, result.code, result.connection_lost) == (Outcome.ACCEPTED, 250, False)
    (path,) = (tmp_path / "officer@example.org").iterdir()
    assert path.suffix == ".eml"
    assert path.read_bytes() == b"a\r\nb\r\n"


def test_it_makes_its_folder_when_it_is_opened(tmp_path: Path) -> None:
    assert asyncio.run(CaptureFolder(tmp_path / "a" / "b").connect()) is None
    assert (tmp_path / "a" / "b").is_dir()


def test_it_keeps_the_same_bytes_once(tmp_path: Path) -> None:
    send(tmp_path, "officer@example.org")
    send(tmp_path, "officer@example.org")
    send(tmp_path, "officer@example.org", b"other")
    assert len(files(tmp_path)) == 2


@pytest.mark.parametrize(
    "recipient", ["../../etc/passwd@example.org", "a/b@example.org", "甲@例子.中国", "x" * 400 + "@example.org"]
)
def test_it_stays_within_its_folder_whatever_the_address(tmp_path: Path, recipient: str) -> None:
    inside = tmp_path / "captured"
    assert send(inside, recipient).outcome is Outcome.ACCEPTED
    assert len(files(inside)) == len(files(tmp_path)) == 1


def test_it_answers_like_a_server_in_trouble_where_the_folder_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    trouble = asyncio.run(CaptureFolder(tmp_path / "file" / "mail").connect())
    assert trouble is not None
    assert (trouble.outcome, trouble.stage) == (Outcome.DEFERRED, Stage.CONNECT)


def test_it_puts_a_message_off_where_it_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "officer@example.org").write_text("in the way")
    result = send(tmp_path, "officer@example.org")
    assert (result.outcome, result.stage, result.connection_lost) == (Outcome.DEFERRED, Stage.MESSAGE, False)
    assert result.reply


def test_it_leaves_no_half_written_message(tmp_path: Path) -> None:
    send(tmp_path, "officer@example.org")
    assert all(name.endswith(".eml") for name in files(tmp_path))


def test_it_closes_without_ado(tmp_path: Path) -> None:
    asyncio.run(CaptureFolder(tmp_path).close())
    assert files(tmp_path) == []
