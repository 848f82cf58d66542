"""The check walks the end of the audit trail: what was changed, cut or replaced there is found."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from models.session import engine
from tasks.sweeping import sweep
from tests.cast import set_out
from tests.tasks.checks import FORWARDED, REMINDED, SENT, checked, found
from tests.tasks.stage import (
    audit_is_whole,
    deliver_at,
)


def tamper(*statements: str) -> None:
    """Do what the triggers forbid, as the owner of the database can."""
    with engine().begin() as connection:
        if engine().dialect.name == "sqlite":
            for (name,) in connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
                connection.execute(text(f'DROP TRIGGER "{name}"'))
        else:
            connection.execute(text("ALTER TABLE audit_entry DISABLE TRIGGER USER"))
        for statement in statements:
            connection.execute(text(statement))


def test_it_finds_a_changed_entry_at_the_end_of_the_trail(database: str) -> None:
    set_out(FORWARDED)
    assert checked(SENT).errors == ()
    sweep.fn(now=REMINDED)
    tamper("UPDATE audit_entry SET payload = payload || ' ' WHERE seq = (SELECT max(seq) FROM audit_entry)")
    broken = found(SENT)["audit_tail"]
    assert "内容与其哈希不符" in broken.sentence
    assert not audit_is_whole()


def test_it_finds_a_cut_end_of_the_trail(database: str) -> None:
    set_out(FORWARDED)
    deliver_at(SENT)
    checked(SENT)
    tamper("DELETE FROM audit_entry WHERE seq = (SELECT max(seq) FROM audit_entry)")
    assert "链尾缺失" in found(SENT)["audit_tail"].sentence
    # Nothing in the trail itself shows that.
    assert audit_is_whole()


def test_it_finds_that_the_entry_it_saw_last_was_replaced(database: str) -> None:
    set_out(FORWARDED)
    deliver_at(SENT)
    checked(SENT)
    other = "CASE WHEN hash LIKE 'f%' THEN 'e' ELSE 'f' END || substr(hash, 2)"
    tamper(f"UPDATE audit_entry SET hash = {other} WHERE seq = (SELECT max(seq) FROM audit_entry)")  # noqa: S608
    assert "不一致" in found(SENT)["audit_tail"].sentence


def test_it_walks_only_what_is_new(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    set_out(FORWARDED)
    first = checked(SENT).head
    assert first is not None
    tamper("UPDATE audit_entry SET payload = payload || ' ' WHERE seq = 1")
    second = checked(SENT)
    assert second.errors == ()
    assert second.head is not None
    assert second.head.seq > first.seq
