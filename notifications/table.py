"""A compiled report as an Excel workbook: its counts, then one line for each office."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import xlsxwriter

from domain.calendar import local
from domain.compiling import Line
from domain.deadlines import format_instant

#: The columns and their widths in characters.
_COLUMNS = [
    ("单位", 34), ("层级", 12), ("报送情况", 12), ("报送时间", 22), ("是否逾期", 10), ("报送内容", 80), ("说明", 44),
]  # fmt: skip
#: What one cell of a workbook can hold is 32767 characters; a longer text is cut, and says so.
_MOST = 32_000
_CUT = "……（未完，全文见文稿）"
_INSTANT = 'yyyy"年"m"月"d"日" hh:mm'


def as_xlsx(title: str, lines: Sequence[Line], counts: Sequence[tuple[str, int]], *, drafted_at: datetime) -> bytes:
    """Return the bytes of the workbook; `drafted_at` is aware, what is shown is Beijing time."""
    stream = io.BytesIO()
    # Cells come from mails and telephone calls: none may become a formula or a link.
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(stream, options) as workbook:
        sheet = workbook.add_worksheet("汇总")
        bold = workbook.add_format({"bold": True, "font_size": 14})
        sheet.write_string(0, 0, title, bold)
        sheet.write_string(1, 0, f"截至{format_instant(drafted_at)}")
        for row, (name, count) in enumerate(counts, start=2):
            sheet.write_string(row, 0, name)
            sheet.write_number(row, 1, count)
        _lines(workbook, sheet, lines, header=len(counts) + 3)
    return stream.getvalue()


def _lines(workbook: Any, sheet: Any, lines: Sequence[Line], header: int) -> None:
    heading = workbook.add_format({"bold": True, "bg_color": "#D9D9D9", "border": 1, "align": "center"})
    instant = workbook.add_format({"num_format": _INSTANT, "align": "left", "valign": "top"})
    wrapped = workbook.add_format({"text_wrap": True, "valign": "top"})
    for column, (name, width) in enumerate(_COLUMNS):
        sheet.set_column(column, column, width)
        sheet.write_string(header, column, name, heading)
    for row, each in enumerate(lines, start=header + 1):
        late = "是" if each.late else "否"
        cells = (each.office, each.tier, each.standing.label, each.handed_in_at, late, each.text, each.note)
        for column, value in enumerate(cells):
            if isinstance(value, datetime):
                sheet.write_datetime(row, column, local(value).replace(tzinfo=None), instant)
            elif value:
                sheet.write_string(row, column, value if len(value) <= _MOST else value[:_MOST] + _CUT, wrapped)
    # Printed, it is as wide as its paper, and each page has the headings.
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(header)
    sheet.freeze_panes(header + 1, 0)
    sheet.autofilter(header, 0, header + max(len(lines), 1), len(_COLUMNS) - 1)
