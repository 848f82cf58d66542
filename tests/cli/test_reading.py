"""`duban read`: for people, as JSON, into a folder; and every file that it cannot read."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cast import COVER, PAIR, UPSTREAM
from tests.cli.commands import ROOT, Duban
from tests.conftest import SEED

LOADED = """
import sys
sys.argv = ["duban", *sys.argv[1:]]
from cli.main import main
try:
    main()
except SystemExit as ended:
    heavy = {"prefect", "sqlalchemy", "sqlmodel", "jinja2", "aiosmtplib", "pydantic_settings"} & set(sys.modules)
    sys.stderr.write(f"{ended.code} {sorted(heavy)}")
"""


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["read", "--help"], ["read", "PAIR", "--json"]])
def test_it_loads_nothing_heavy_for_help_and_reading(words: list[str], pair_file: Path) -> None:
    chosen = [str(pair_file) if word == "PAIR" else word for word in words]
    done = subprocess.run(
        [sys.executable, "-c", LOADED, *chosen], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stderr == "0 []"
    assert done.stdout


def test_it_tells_people_what_a_circular_asks(duban: Duban, pair_file: Path) -> None:
    said = duban.said("read", pair_file)
    assert said.startswith(f"{COVER}  关于转发")
    assert "  发文机关：" in said
    assert "任务 1" in said or "任务 一" in said
    assert "2020-02-20 → 国务院扶贫办" in said
    assert f"    {UPSTREAM}" in said


def test_it_prints_one_object_for_one_file_and_an_array_for_several(duban: Duban, pair_file: Path) -> None:
    one = duban("read", pair_file, "--json").json()
    assert one["document_number"] == COVER
    assert one["annexes"][0]["document_number"] == UPSTREAM
    assert {"instructions", "warnings", "requirements", "span"} <= set(one)
    again = pair_file.with_name("again.md")
    again.write_text(PAIR, encoding="utf-8")
    several = duban("read", pair_file, again, "--json").json()
    assert [each["document_number"] for each in several] == [COVER, COVER]


def test_it_writes_one_file_each_into_a_folder(duban: Duban, pair_file: Path, tmp_path: Path) -> None:
    again = pair_file.with_name("again.md")
    again.write_text(PAIR, encoding="utf-8")
    folder = tmp_path / "new" / "folder"
    assert duban.said("read", pair_file, again, "--output", folder) == f"已写入 2 个文件：{folder}\n"
    assert sorted(path.name for path in folder.iterdir()) == sorted([f"{pair_file.stem}.json", "again.json"])
    assert json.loads((folder / "again.json").read_text(encoding="utf-8"))["document_number"] == COVER


def test_it_reads_the_other_files_where_some_are_bad(duban: Duban, pair_file: Path, tmp_path: Path) -> None:
    empty, secret, folder = tmp_path / "empty.md", tmp_path / "secret.md", tmp_path / "out"
    empty.write_bytes(b"")
    secret.write_text(
        "机密★1年\n甲省水利厅文件\n甲水办〔2020〕7号\n关于报送材料的通知\n各市：\n请报送。\n", encoding="utf-8"
    )
    written = duban("read", empty, pair_file, secret, "--output", folder)
    assert (written.code, written.out) == (1, f"已写入 1 个文件：{folder}\n")
    assert written.err.splitlines() == [
        "错误：2 个文件未能读出，其余 1 个已读出：",
        "文件“empty.md”是空的，请提供有正文的公文。",
        "“甲水办〔2020〕7号”标有密级“机密”，涉密文件不得录入本系统。",
    ]
    assert [path.name for path in folder.iterdir()] == [f"{pair_file.stem}.json"]
    printed = duban("read", empty, pair_file, "--json")
    assert printed.code == 1
    assert [(each["file"], each["document_number"]) for each in printed.json()] == [(pair_file.name, COVER)]


def test_it_refuses_one_bad_file_in_one_sentence(duban: Duban, tmp_path: Path) -> None:
    (tmp_path / "empty.md").write_bytes(b"")
    said = duban.refused("read", tmp_path / "empty.md", "--output", tmp_path / "out")
    assert said == "文件“empty.md”是空的，请提供有正文的公文。"
    assert not (tmp_path / "out").exists()


def test_it_does_not_let_two_files_of_one_name_overwrite_each_other(duban: Duban, pair_file: Path) -> None:
    twin = pair_file.parent / "sub" / pair_file.name
    twin.parent.mkdir()
    twin.write_text(PAIR, encoding="utf-8")
    assert "同名" in duban.refused("read", pair_file, twin, "--output", pair_file.parent / "out")
    assert not (pair_file.parent / "out").exists()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "文件“x.md”是空的"),
        (b" \n\x00\n", "文件“x.md”是空的"),
        (b"%PDF-1.7 ...", "文件“x.md”已损坏"),
        (b"\x00\x01\x02\x03" * 100, "文件“x.md”是二进制文件"),
        (b"\xff\xfe\xfa\x81\x80 abc" * 30 + b"\x80", "文件“x.md”"),
        (b"a" * (50 * 1024 * 1024), "文件“x.md”有 50.0 MB，超过 10 MB 的上限"),
    ],
    ids=["empty", "blank", "pdf", "binary", "no encoding", "50 MB"],
)
def test_it_refuses_a_file_that_holds_no_text(duban: Duban, tmp_path: Path, content: bytes, sentence: str) -> None:
    (tmp_path / "x.md").write_bytes(content)
    said = duban.refused("read", tmp_path / "x.md")
    assert said.startswith(sentence)
    assert "\n" not in said


def test_it_refuses_a_file_that_is_not_there_or_a_folder(duban: Duban, tmp_path: Path) -> None:
    assert duban.refused("read", "nosuch.md") == "无法读取文件“nosuch.md”：文件或文件夹不存在。"
    assert duban.refused("read", tmp_path) == f"无法读取文件“{tmp_path}”：这是一个文件夹，不是文件。"


def test_it_refuses_a_folder_that_cannot_be_written(duban: Duban, pair_file: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    taken = duban.refused("read", pair_file, "--output", tmp_path / "file")
    assert taken == f"无法写入文件“{tmp_path}/file/{pair_file.stem}.json”：同名的文件已经存在。"
    assert "无法写入文件“/proc/nowhere/" in duban.refused("read", pair_file, "--output", "/proc/nowhere")


@pytest.mark.skipif(not SEED.exists(), reason="the seed lies outside the project")
def test_it_reads_the_seed(duban: Duban) -> None:
    read = duban("read", SEED, "--json").json()
    assert read["document_number"] == "黑扶组办发〔2020〕3号"
    assert [each["document_number"] for each in read["annexes"]] == ["国开发〔2020〕3号"]
