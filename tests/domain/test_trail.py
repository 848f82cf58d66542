"""The audit trail as values."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from domain.trail import GENESIS, SYSTEM, Change, Entry, Head, chain, verify

AT = datetime(2020, 2, 14, 1, 30, tzinfo=UTC)


def trail(length: int) -> list[Entry]:
    changes = [Change("receipt.received", f"obligation:{n}", {"status": "accepted", "at": AT}) for n in range(length)]
    return chain(changes, seq=0, prev_hash=GENESIS, at=AT, actor=SYSTEM)


def test_it_accepts_an_untouched_trail() -> None:
    verdict = verify(trail(5))
    assert verdict.whole
    assert verdict.entries == 5
    assert verdict.head == Head(5, trail(5)[-1].hash)


@pytest.mark.parametrize("column", ["at", "actor", "act", "subject", "payload"])
def test_it_names_the_first_edited_row(column: str) -> None:
    entries = trail(5)
    entries[2] = entries[2]._replace(**{column: getattr(entries[2], column) + "x"})
    assert "第 3 条内容与其哈希不符" in verify(entries).problem


def test_it_names_a_deleted_row() -> None:
    entries = trail(5)
    del entries[1]
    assert "第 2 条缺失" in verify(entries).problem


def test_it_names_a_deleted_first_row() -> None:
    assert "第 1 条缺失" in verify(trail(3)[1:]).problem


def test_it_names_two_rows_that_changed_places() -> None:
    entries = trail(4)
    second, third = entries[1], entries[2]
    entries[1], entries[2] = third._replace(seq=2), second._replace(seq=3)
    assert "第 2 条" in verify(entries).problem


def test_it_sees_a_cut_end_only_against_a_head_kept_elsewhere() -> None:
    entries = trail(5)
    head = Head(5, entries[-1].hash)
    assert verify(entries[:4]).whole
    assert "链尾缺失" in verify(entries[:4], head).problem


def test_it_sees_a_rehashed_trail_only_against_a_head_kept_elsewhere() -> None:
    head = Head(5, trail(5)[-1].hash)
    forged = chain([Change("x", "y", {})] * 6, seq=0, prev_hash=GENESIS, at=AT, actor=SYSTEM)
    assert verify(forged).whole
    assert "第 5 条与另存的链首不一致" in verify(forged, head).problem


def test_it_accepts_a_trail_that_grew_since_the_head_was_kept() -> None:
    entries = trail(5)
    assert verify(entries, Head(3, entries[2].hash)).whole


def test_it_spells_no_two_rows_with_the_same_bytes() -> None:
    first = chain([Change("ab", "c", {})], seq=0, prev_hash=GENESIS, at=AT, actor=SYSTEM)[0]
    second = chain([Change("a", "bc", {})], seq=0, prev_hash=GENESIS, at=AT, actor=SYSTEM)[0]
    assert first.hash != second.hash


def test_it_keeps_a_head_as_text() -> None:
    head = Head(7, "ab")
    assert Head.from_text(head.as_text()) == head


def test_it_refuses_a_head_file_that_is_none() -> None:
    with pytest.raises(ValueError, match="链首文件无法识别"):
        Head.from_text("hello")
