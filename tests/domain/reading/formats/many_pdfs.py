"""A program of its own: gives PDFium many broken files in one process, which may crash; prints how many were read."""

from __future__ import annotations

import random
import sys

import pypdfium2_raw

from domain.reading.formats import UnreadableDocument, pdf, pdfium, read_source
from domain.reading.formats.pages import MAX_PAGES, MAX_SIGNS, refusal
from tests.domain.reading.formats.broken import mutated
from tests.printed import CIRCULAR, printed, set_pages, table


def here(data: bytes, filename: str) -> list[dict[str, object]]:
    """What the program of its own says, said by this one."""
    try:
        return [*pdfium.pages(data, MAX_PAGES, MAX_SIGNS)]
    except pdfium.Unreadable as reason:
        raise refusal(filename, pdf._REFUSALS[str(reason)]) from reason


def main(count: int) -> None:
    """Read so many files; each gives text or one sentence, or this ends with a traceback."""
    pypdfium2_raw.FPDF_InitLibrary()
    fonts = pdfium._only_boxes()
    pdf._extracted = here
    whole = printed([*set_pages(CIRCULAR), table(60, 700, [40, 180], [["序号", "任务"], ["1", "开展排查"]])])
    chance = random.Random(20200220)
    read = 0
    for number in range(count):
        data = mutated(whole, chance) if number % 10 else b"%PDF-1.7\n" + chance.randbytes(300) + b"%%EOF"
        try:
            read_source(data, "来文")
            read += 1
        except UnreadableDocument as why:
            if str(why).count("。") != 1:
                raise
    del fonts
    sys.stdout.write(f"{read} of {count}\n")


if __name__ == "__main__":
    main(int(sys.argv[1]))
