"""The command line itself: help, version, mistakes of usage, and how it ends."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from cli.main import app, main
from tests.cli.commands import DUBAN, Duban, process

CHINESE = re.compile(r"[\u4e00-\u9fff]")


def commands(group: Any = None, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    group = get_command(app) if group is None else group
    if not hasattr(group, "commands"):
        return [path]
    return [found for name, each in group.commands.items() for found in commands(each, (*path, name))]


@pytest.mark.parametrize("path", commands(), ids=" ".join)
def test_it_explains_every_command_in_chinese(duban: Duban, path: tuple[str, ...]) -> None:
    said = duban.said(*path, "--help")
    explained = said.partition("\n\n")[2].splitlines()
    assert CHINESE.search(explained[0])
    for line in re.findall(r"^  (?:-|\S+ <).*$", said, re.MULTILINE):
        assert "--help" in line or CHINESE.search(line), line


def test_it_tells_its_version(duban: Duban) -> None:
    assert re.fullmatch(r"duban \d+\.\d+\.\d+\n", duban.said("--version"))


def test_it_shows_help_where_a_command_is_missing(duban: Duban) -> None:
    for words in ([], ["roster"], ["audit"]):
        answer = duban(*words)
        assert (answer.code, answer.out.startswith("Usage: duban")) == (2, True)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["nosuch"], "没有命令 nosuch。用法见 duban --help。"),
        (["roster", "nosuch"], "没有命令 nosuch。用法见 duban roster --help。"),
        (["read", "--nosuch"], "没有选项 --nosuch。用法见 duban read --help。"),
        (["accept"], "缺少参数 事项编号。用法见 duban accept --help。"),
        (["accept", "abc"], "事项编号 的值不正确（应为整数）。用法见 duban accept --help。"),
        (["accept", "1", "2"], "多出了参数 2。用法见 duban accept --help。"),
        (["urgent", "raise", "a", "b"], "缺少选项 --text。用法见 duban urgent raise --help。"),
        (["up", "--port", "0"], "--port 的值不正确（超出范围）。用法见 duban up --help。"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_it_answers_a_wrong_command_line_with_one_sentence(duban: Duban, words: list[str], sentence: str) -> None:
    assert duban.refused(*words, code=2) == sentence


def test_it_tells_nobody_outside_of_its_use(duban: Duban, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DO_NOT_TRACK")
    duban.said("--version")
    assert os.environ["DO_NOT_TRACK"] == "1"
    assert "127.0.0.1" in os.environ["NO_PROXY"]


def test_it_lets_a_fault_of_ours_be_seen(duban: Duban, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("cli.circulars.read_file", broken)
    monkeypatch.setattr(sys, "argv", ["duban", "read", "x"])
    with pytest.raises(ZeroDivisionError):
        main()


def test_it_ends_with_130_on_ctrl_c(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    with (
        subprocess.Popen([DUBAN, "read", fifo], stderr=subprocess.PIPE, text=True) as waiting,
        fifo.open("wb"),  # opened once it reads
    ):
        waiting.send_signal(signal.SIGINT)
        _, said = waiting.communicate(timeout=20)
    assert (waiting.returncode, said) == (130, "已中断。\n")


def test_it_prints_lights_on_a_terminal_that_has_none(pair_file: Path) -> None:
    environment = os.environ | {"PYTHONIOENCODING": "gbk"}
    done = subprocess.run([DUBAN, "read", pair_file], env=environment, capture_output=True, check=True)
    assert "江扶组办发" in done.stdout.decode("gbk")


def test_it_is_installed_and_works_from_any_folder(tmp_path: Path, pair_file: Path) -> None:
    answer = process("read", pair_file, "--json", cwd=tmp_path)
    assert (answer.code, answer.err) == (0, "")
    assert answer.json()["document_number"]
    assert process("read", "nosuch.md", cwd=tmp_path).sentence.startswith("无法读取文件")
