"""The style sheet of the mails: written into each element once, when a template is loaded, never for each mail."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from css_inline import CSSInliner
from jinja2.ext import Extension
from markupsafe import Markup

from notifications.messages import Tone

if TYPE_CHECKING:
    from jinja2 import Environment

_BASE = Path(__file__).parent / "templates" / "_base"
_CLASS = re.compile(r'class="([a-z -]+)"')
_NAMED = re.compile(r"\.([a-z][a-z-]*)")
_STYLE = re.compile(r'style="([^"]*)"')
_INLINER = CSSInliner(load_remote_stylesheets=False, keep_at_rules=True)


class Inlining(Extension):
    """Gives every `class="…"` of a template its style beside it: many clients drop style sheets.

    The classes stay, for what only a sheet can say: dark mode and small screens (`screens.css`), in clients that know
    them. What is styled are the templates' own elements; nothing from outside is ever a class.
    """

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        environment.globals["screens"] = Markup(_screens())  # noqa: S704  a file of ours
        environment.globals["ink"] = {tone: Markup(_styled(f"badge {tone}")) for tone in Tone}  # noqa: S704  likewise

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:  # noqa: ARG002
        return _CLASS.sub(lambda found: _styled(found[1]), source)


@cache
def _styled(classes: str) -> str:
    """`class="…" style="…"`, by the style sheet; a class it does not know is a mistake in the template."""
    if missing := sorted(set(classes.split()) - set(_NAMED.findall(_sheet() + _screens()))):
        raise ValueError(f"no style for {', '.join(missing)}")
    inlined = _INLINER.inline_fragment(f'<p class="{classes}"></p>', _sheet())
    style = _STYLE.search(inlined)
    return f'class="{classes}" style="{_short(style[1])}"' if style else f'class="{classes}"'


@cache
def _sheet() -> str:
    return (_BASE / "style.css").read_text(encoding="utf-8")


@cache
def _screens() -> str:
    lines = (_BASE / "screens.css").read_text(encoding="utf-8").splitlines()
    return "\n".join(_short(line.strip()) for line in lines)


def _short(css: str) -> str:
    """Without spaces that say nothing: it goes with every mail."""
    return re.sub(r"\s*([{};,]|(?<=\w):) *", r"\1", css)
