"""The words of a paper that waits for a signature: facts through the template of its kind."""

from __future__ import annotations

from dataclasses import asdict
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from domain.papers import PaperFacts, PaperKind

_TEMPLATES = Path(__file__).parent / "papers"


def write_paper(kind: PaperKind, facts: PaperFacts) -> tuple[str, str]:
    """Title and text of a paper; KeyError for a kind that has no template."""
    text = _environment().get_template(f"{kind.value}.txt").render(asdict(facts))
    return f"{kind.label}：{facts.office}，{facts.document}", text.strip("\n")


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=False, undefined=StrictUndefined,  # noqa: S701  plain text
        trim_blocks=True, lstrip_blocks=True, auto_reload=False, keep_trailing_newline=True,
    )  # fmt: skip
