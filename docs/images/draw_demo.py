"""Draw the summary of a finished demo as demo.svg: `.venv/bin/python docs/images/draw_demo.py var/demo`.

Rich's own export counts a Chinese character as one cell wide; here every run of characters is as wide as its cells.
"""

from __future__ import annotations

import itertools
import json
import sys
from collections.abc import Iterator
from html import escape
from pathlib import Path

from rich.cells import cell_len
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from rich.terminal_theme import MONOKAI

from cli import showing
from config.settings import Settings, settings
from simulation.demo import OPERATORS, Outcome

_COLUMNS = 110
#: Fewer than the terminal shows: the picture is to fit on a page.
_ESCALATIONS = 3
_CELL, _LINE, _MARGIN, _BAR = 9.0, 20.0, 16.0, 34.0
#: Fonts that systems bring along; nothing is loaded from anywhere.
_FONTS = "'DejaVu Sans Mono', Menlo, Consolas, 'Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei', monospace"


def lines(folder: Path) -> list[list[Segment]]:
    """Return the summary of the demo in `folder` as lines of segments."""
    own = Settings(_env_file=None, data_dir=folder, operators_address=OPERATORS)  # type: ignore[call-arg]
    console = Console(width=_COLUMNS, color_system="truecolor", force_terminal=True, highlight=False)
    showing._SHOWN_ESCALATIONS = _ESCALATIONS
    with settings.replaced(own):
        result = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
        summary = showing.summary_of(Outcome(Path("var/demo"), result, ""))
        return console.render_lines(summary, pad=False)


def texts(line: list[Segment], y: float) -> Iterator[str]:
    """Yield one element for each run of characters of one width and style; blanks only move on."""
    x = _MARGIN
    for segment in line:
        for (wide, blank), characters in itertools.groupby(
            segment.text, key=lambda each: (cell_len(each) > 1, each == " ")
        ):
            run = "".join(characters)
            length = cell_len(run) * _CELL
            if not blank:
                fit = "" if wide else ' lengthAdjust="spacingAndGlyphs"'
                words = escape(run, quote=False)
                yield f'<text x="{x:g}" y="{y:g}" textLength="{length:g}"{fit}{_style(segment.style)}>{words}</text>'
            x += length


def _style(style: Style | None) -> str:
    if style is None:
        return ""
    colour = style.color.get_truecolor(MONOKAI).hex if style.color and not style.color.is_default else ""
    return (
        (f' fill="{colour}"' if colour else "")
        + (' font-weight="bold"' if style.bold else "")
        + (' opacity="0.65"' if style.dim else "")
    )


def picture(shown: list[list[Segment]]) -> str:
    """Return the SVG of these lines, in the frame of a terminal."""
    width, height = _COLUMNS * _CELL + 2 * _MARGIN, len(shown) * _LINE + _BAR + _MARGIN
    dots = "".join(
        f'<circle cx="{20 + 18 * number}" cy="17" r="5.5" fill="{colour}"/>'
        for number, colour in enumerate(("#ff5f57", "#febc2e", "#28c840"))
    )
    body = "\n".join(each for number, line in enumerate(shown) for each in texts(line, _BAR + _LINE * (number + 0.75)))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" role="img">\n'
        f'<title>make demo</title>\n<rect width="100%" height="100%" rx="8" fill="#1e1f22"/>\n{dots}\n'
        f'<g font-family="{_FONTS}" font-size="15" fill="#d5d7d6">\n{body}\n</g>\n</svg>\n'
    )


if __name__ == "__main__":
    Path(__file__).with_name("demo.svg").write_text(picture(lines(Path(sys.argv[1]))), encoding="utf-8")
