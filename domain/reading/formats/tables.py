"""The lines that a row of a table gives; DOCX and HTML alike."""

from __future__ import annotations

from collections.abc import Sequence

#: A cell of more lines is layout: a page in a frame, a red head beside its names; no table of tasks.
_MOST_LINES = 12
#: A cell that reaches down over several rows says so much in each of them: its office or day is that of every row.
#: What is longer is no label, and said once.
SAID_AGAIN = 40


def row_lines(cells: Sequence[Sequence[str]]) -> list[str]:
    """One line for a row, its cells (each a list of lines) parted by tabs; empty cells keep their place.

    A tab and not a bar: the rules that look for blanks around a name or a number then find them. A row with words in
    one cell only, or with a page of them, is laid out with a table and gives the lines of its cells as they are.
    """
    shown = [cell for cell in cells if any(line.strip() for line in cell)]
    if len(shown) <= 1 or any(len(cell) > _MOST_LINES for cell in shown):
        return [line for cell in shown for line in cell]
    return ["\t".join(" ".join(" ".join(cell).split()) for cell in cells).rstrip("\t")]
