"""What the documents say and a program can check: commands, links, settings, dependencies, names."""

from __future__ import annotations

import functools
import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main
from pydantic import SecretStr

from cli.main import app
from config.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
READMES = (ROOT / "README.md", ROOT / "README.zh-CN.md")
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))
DOCUMENTS = (
    *READMES, ROOT / "CHANGELOG.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md")), *DECISIONS
)  # fmt: skip
ENV_EXAMPLE = ROOT / ".env.example"
GROUPS = {"dependencies": "At run time", "dev": "For development", "roster": "To make the example roster again"}

_FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\]\(([^()\s]+)\)")
_HEADING = re.compile(r"^(#+) (.+)$", re.MULTILINE)
_SETTING = re.compile(r"^#?(DUBAN_[A-Z_]+)=(.*)$", re.MULTILINE)
_FILE = re.compile(r"[\w./-]+/[\w.-]+\.(?:py|toml|md|txt|ini|csv|svg)|[\w./-]*\w/")


def each_document(paths: tuple[Path, ...] | list[Path]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("path", paths, ids=lambda path: str(path.relative_to(ROOT)))


def prose(path: Path) -> str:
    """Return a document without its fenced blocks."""
    return _FENCE.sub("", path.read_text(encoding="utf-8"))


def commands_in(path: Path) -> Iterator[str]:
    """Yield every `duban …` that a document shows, in blocks and in lines."""
    text = path.read_text(encoding="utf-8")
    lines = [line for language, body in _FENCE.findall(text) if language == "bash" for line in body.splitlines()]
    for line in (*lines, *_INLINE.findall(prose(path))):
        words = line.partition("  #")[0].strip()
        found = re.match(r"(?:DUBAN_\w+=\S+ )?(?:\.venv/bin/)?(duban\b.*)", words)
        if found and not words.startswith("duban.db"):
            yield found[1]


@functools.cache
def root_command() -> Any:
    return typer.main.get_command(app)


def check_command(line: str) -> None:
    """Walk down the commands by the words of a line, and look for each of its options."""
    command, words = root_command(), shlex.split(line)[1:]
    while words and getattr(command, "commands", None):
        if words[0].startswith("-"):
            break
        assert words[0] in command.commands, f"{line}: no command {words[0]}"
        command = command.commands[words.pop(0)]
    known = {name for parameter in command.params for name in parameter.opts} | {"--help"}
    for word in words:
        assert not word.startswith("--") or word.partition("=")[0] in known, f"{line}: no option {word}"


def anchors(path: Path) -> set[str]:
    """Return the anchors of a document's headings, as the usual viewers make them."""
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")
        for _, heading in _HEADING.findall(prose(path))
    }


@each_document(
    [
        *READMES,
        ROOT / "docs" / "operating.md",
        ROOT / "docs" / "simulation.md",
        ROOT / "docs" / "architecture.md",
        ROOT / "CONTRIBUTING.md",
    ]
)
def test_it_names_only_commands_and_options_that_exist(path: Path) -> None:
    found = list(commands_in(path))
    assert found
    for line in found:
        check_command(line)


def test_it_shows_the_same_commands_in_both_languages() -> None:
    assert list(map(check_command, commands_in(READMES[0])))
    english, chinese = (sorted(set(commands_in(path))) for path in READMES)
    assert english == chinese


def test_it_leads_from_the_roster_to_live_mail() -> None:
    """The way that a newcomer goes, in this order."""
    shown = [" ".join(shlex.split(line)[:3]) for line in commands_in(READMES[0])]
    way = [
        "duban roster template", "duban roster import", "duban read circular.md", "duban register circular.md",
        "duban forward", "duban status", "duban audit chain", "duban mail test", "duban mail live",
    ]  # fmt: skip
    places = [next(n for n, line in enumerate(shown) if line.startswith(step)) for step in way]
    assert places == sorted(places)


def test_it_names_only_targets_of_make_that_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for path in DOCUMENTS:
        named = re.findall(r"^make (\w+)|`make (\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
        assert {a or b for a, b in named} <= targets, path


@each_document(list(DOCUMENTS))
def test_every_relative_link_leads_somewhere(path: Path) -> None:
    for link in _LINK.findall(prose(path)):
        target, _, anchor = link.partition("#")
        if re.match(r"https?:|mailto:", link):
            continue
        there = (path.parent / target).resolve() if target else path
        assert there.exists(), link
        assert there.is_relative_to(ROOT), link
        assert not anchor or anchor in anchors(there), link


def test_both_readmes_have_the_same_headings() -> None:
    english, chinese = ([marks for marks, _ in _HEADING.findall(prose(path))] for path in READMES)
    assert english == chinese


def test_its_pictures_load_nothing_from_elsewhere() -> None:
    for path in (ROOT / "docs" / "images").glob("*.svg"):
        text = path.read_text(encoding="utf-8").replace('xmlns="http://www.w3.org/2000/svg"', "")
        assert not re.search(r"https?:|url\(|@font-face|@import|<script|<image", text), path


def test_env_example_documents_every_setting_and_nothing_else() -> None:
    named = [name for name, _ in _SETTING.findall(ENV_EXAMPLE.read_text(encoding="utf-8"))]
    assert sorted(named) == sorted(f"DUBAN_{field.upper()}" for field in Settings.model_fields)


def test_env_example_explains_each_setting_in_both_languages() -> None:
    blocks = ENV_EXAMPLE.read_text(encoding="utf-8").split("\n\n")
    for block in (each for each in blocks if _SETTING.search(each)):
        words = _SETTING.sub("", block)
        assert re.search(r"[\u4e00-\u9fff]", words), block
        assert re.search(r"[a-z]{3,}", words), block


def test_env_example_loads_as_it_is_and_holds_the_defaults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DUBAN_DATA_DIR", "DUBAN_OPERATORS_ADDRESS", "DUBAN_SQLITE_SYNCHRONOUS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(ROOT)
    text = ENV_EXAMPLE.read_text(encoding="utf-8")
    uncommented = tmp_path / ".env"
    uncommented.write_text(_SETTING.sub(r"\1=\2", text), encoding="utf-8")
    defaults = Settings(_env_file=None)  # type: ignore[call-arg]
    for file in (ENV_EXAMPLE, uncommented):
        loaded = Settings(_env_file=file)  # type: ignore[call-arg]
        for name in Settings.model_fields:
            assert plain(getattr(loaded, name)) == plain(getattr(defaults, name)), f"{file}: {name}"


def plain(value: object) -> object:
    """Return a setting as it compares: paths whole, an empty secret as none."""
    if isinstance(value, Path):
        return value.resolve()
    if isinstance(value, SecretStr):
        return value.get_secret_value() or None
    return value


@pytest.mark.parametrize("group", GROUPS)
def test_every_direct_dependency_has_its_line_and_nothing_else_has(group: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = project["project"]["dependencies"] if group == "dependencies" else project["dependency-groups"][group]
    names = [re.split(r"[\[<>=~! ]", each)[0].lower() for each in wanted]
    assert sorted(lines_of(GROUPS[group])) == sorted(names)


def test_every_group_of_dependencies_is_documented() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert {"dependencies", *project["dependency-groups"]} == set(GROUPS)


def lines_of(heading: str) -> list[str]:
    """Return the packages of one table of dependencies.md; each of its lines fills every column."""
    text = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    section = text.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    rows = [line.strip("|").split(" | ") for line in section.splitlines() if line.startswith("| `")]
    assert all(len(row) == 5 and all(cell.strip() for cell in row) for row in rows)
    return [row[0].strip(" `") for row in rows]


@functools.cache
def names_in_the_code() -> frozenset[str]:
    folders = ("cli", "config", "domain", "flows", "models", "notifications", "simulation", "tasks")
    text = "\n".join(file.read_text(encoding="utf-8") for each in folders for file in (ROOT / each).rglob("*.py"))
    policies = (ROOT / "config" / "policies.toml").read_text(encoding="utf-8")
    return frozenset(re.findall(r"\w+", text + policies))


def test_every_identifier_of_the_glossary_stands_in_the_code() -> None:
    rows = [line for line in (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8").splitlines() if "`" in line]
    identifiers = [name for row in rows for name in _INLINE.findall(row.rpartition(" | ")[2])]
    assert len(identifiers) > 100
    assert sorted(set(identifiers) - names_in_the_code()) == []


def test_every_table_stands_in_the_data_model() -> None:
    from models.tables import metadata

    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    section = text.partition("## The data model in a page")[2].partition("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| `")]
    named = [name for row in rows for name in _INLINE.findall(row.split(" | ")[0])]
    assert sorted(named) == sorted(metadata.tables)


@each_document([ROOT / "docs" / "architecture.md", ROOT / "CONTRIBUTING.md", *DECISIONS])
def test_every_file_it_names_is_there(path: Path) -> None:
    for name in _INLINE.findall(prose(path)):
        inside = name.split("/")[0] in {each.name for each in ROOT.iterdir()} - {"var"}
        if inside and _FILE.fullmatch(name):
            assert (ROOT / name).exists(), name


def test_decisions_are_numbered_without_a_gap_and_built_alike() -> None:
    assert [int(path.name[:4]) for path in DECISIONS] == list(range(1, len(DECISIONS) + 1))
    for path in DECISIONS:
        text = path.read_text(encoding="utf-8")
        assert text.startswith(f"# {int(path.name[:4])}. ")
        assert re.findall(r"^\*\*(\w+)\.\*\*", text, re.MULTILINE) == ["Context", "Decision", "Consequences"]
