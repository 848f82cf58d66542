"""Whatever bytes come as PDF or OFD: text, or one sentence, in bounded time. DUBAN_FUZZ says how many are tried."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
import zipfile
from io import BytesIO
from pathlib import Path

from domain.reading.formats import UnreadableDocument, read_source
from tests.domain.reading.formats.broken import mutated
from tests.printed import CIRCULAR, ofd, printed, set_pages, table

COUNT = int(os.environ.get("DUBAN_FUZZ", "1000"))
ROOT = Path(__file__).resolve().parents[4]


def read_or_refused(data: bytes) -> bool:
    """Whether there was text; what else comes than a sentence is raised."""
    try:
        assert read_source(data, "来文").text.strip()
    except UnreadableDocument as refusal:
        message = str(refusal)
        if message.count("。") != 1 or "来文" not in message:
            raise
        return False
    return True


def unpacked(data: bytes) -> bytes:
    """The same container with its parts as they are, so that a change lands in their XML."""
    into = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as source, zipfile.ZipFile(into, "w", zipfile.ZIP_STORED) as target:
        for name in source.namelist():
            target.writestr(name, source.read(name))
    return into.getvalue()


def changed_inside(data: bytes, chance: random.Random) -> bytes:
    """The container with one part changed and packed anew, so that its checksum is right."""
    into = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as source, zipfile.ZipFile(into, "w") as target:
        chosen = chance.choice(source.namelist())
        for name in source.namelist():
            content = source.read(name)
            target.writestr(name, mutated(content, chance, 2) if name == chosen else content)
    return into.getvalue()


def test_it_reads_or_refuses_broken_ofds() -> None:
    chance = random.Random(20200220)
    whole = ofd([set_pages(CIRCULAR)[0], table(60, 700, [40, 180], [["序号", "任务"], ["1", "开展排查"]])])
    plain = unpacked(whole)
    read = 0
    for number in range(COUNT):
        kinds = (lambda: mutated(whole, chance), lambda: mutated(plain, chance), lambda: changed_inside(whole, chance),
                 lambda: b"PK\x03\x04" + chance.randbytes(200))  # fmt: skip
        read += read_or_refused(kinds[number % 4]())
    assert 0 < read < COUNT


def test_it_reads_or_refuses_broken_pdfs() -> None:
    """In one process of their own: one for each file, as when they are read, would take ten times as long."""
    command = [sys.executable, str(Path(__file__).with_name("many_pdfs.py")), str(COUNT)]
    done = subprocess.run(
        command, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
        timeout=60 + COUNT // 10,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    read = int(done.stdout.split()[0])
    assert 0 < read < COUNT


def test_it_reads_or_refuses_broken_pdfs_each_in_a_process_of_its_own() -> None:
    chance = random.Random(7)
    whole = printed(set_pages(CIRCULAR))
    begin = time.perf_counter()
    assert len([read_or_refused(mutated(whole, chance)) for _ in range(10)]) == 10
    assert time.perf_counter() - begin < 20
