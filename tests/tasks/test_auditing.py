"""The audit: every tampering named by its row, a head kept elsewhere, and who passed what to whom and when."""

from __future__ import annotations

import re
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from domain.errors import Refused
from domain.trail import GENESIS, Head
from domain.urgent import Severity
from models.session import engine, open_engine
from tasks.alerting import raise_urgent_report
from tasks.auditing import audit_head, chain_of, send_audit_head, verify_audit
from tasks.delivering import deliver
from tasks.extending import extend
from tasks.forwarding import forward_circular, recall_forwarding
from tasks.handling import accept, receive, return_report, submit_report, waive
from tasks.sweeping import sweep
from tests.cast import (
    ADDRESSED,
    COVER,
    DONGAN,
    LINJIANG,
    MONTHLY,
    OPERATOR,
    UPSTREAM,
    beijing,
    forward_cover,
    import_cast,
    notice_text,
    officer,
    register_pair,
    register_text,
)
from tests.looking import entries, firings, the_one

UPSTREAM_SENT = beijing("2020-02-13 10:00")
NOW = beijing("2020-02-14 09:30")
NUMBER = "江扶组办发〔2020〕20号"


@pytest.fixture(autouse=True)
def _cast(request: pytest.FixtureRequest) -> None:
    request.getfixturevalue("database" if "database" in request.fixturenames else "sqlite")
    import_cast(beijing("2020-02-13 09:00"))
    register_pair(beijing("2020-02-13 14:00"))
    forward_cover(NOW)


def tamper(*statements: str) -> None:
    """Do what an owner of the database can: drop the triggers and change rows."""
    with engine().begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("ALTER TABLE audit_entry DISABLE TRIGGER ALL"))
        else:
            names = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all()
            for name in names:
                connection.execute(text(f"DROP TRIGGER {name}"))
        for statement in statements:
            connection.execute(text(statement))


def problem() -> str:
    verdict = verify_audit.fn()
    assert not verdict.whole
    return verdict.problem


def test_it_finds_a_whole_trail_whole(database: str) -> None:
    verdict = verify_audit.fn()
    assert (verdict.whole, verdict.head) == (True, audit_head.fn())
    assert verdict.entries == verdict.head.seq
    assert verdict.entries > 20


@pytest.mark.parametrize("column", ["at", "actor", "act", "subject", "payload", "hash"])
def test_it_names_the_row_in_which_one_character_was_changed(database: str, column: str) -> None:
    quoted = f'"{column}"'
    tamper(f"UPDATE audit_entry SET {quoted} = {quoted} || 'x' WHERE seq = 7")  # noqa: S608  a column of ours
    assert "第 7 条" in problem()


def test_it_names_the_row_whose_link_was_changed(database: str) -> None:
    tamper("UPDATE audit_entry SET prev_hash = 'x' WHERE seq = 7")
    assert "第 7 条与前一条不衔接" in problem()


def test_it_names_a_deleted_row(database: str) -> None:
    tamper("DELETE FROM audit_entry WHERE seq = 5")
    assert problem().startswith("第 5 条缺失")
    tamper("DELETE FROM audit_entry WHERE seq = 1")
    assert problem().startswith("第 1 条缺失")


def test_it_names_the_first_of_two_swapped_rows(database: str) -> None:
    moves = ((4, -1), (9, 4), (-1, 9))
    tamper(*(f"UPDATE audit_entry SET seq = {after} WHERE seq = {before}" for before, after in moves))  # noqa: S608
    assert "第 4 条" in problem()


def test_it_names_the_gap_before_rows_that_were_moved(database: str) -> None:
    tamper(
        "UPDATE audit_entry SET seq = seq + 1000 WHERE seq >= 6",
        "UPDATE audit_entry SET seq = seq - 999 WHERE seq > 999",
    )
    assert problem().startswith("第 6 条缺失")


def test_it_names_a_row_whose_bytes_are_no_text_any_more(sqlite: str) -> None:
    tamper("UPDATE audit_entry SET payload = CAST(x'7bff7d' AS TEXT) WHERE seq = 6")
    assert "第 6 条内容与其哈希不符" in problem()


def test_it_verifies_a_copy_in_another_file_and_finds_one_byte_changed(sqlite: str, tmp_path: Path) -> None:
    source, copy = Path(sqlite.removeprefix("sqlite:///")), tmp_path / "copy.db"
    with engine().connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copyfile(source, copy)
    assert verify_audit.fn(database=f"sqlite:///{copy}").whole
    open_engine(f"sqlite:///{copy}").dispose()
    data = bytearray(copy.read_bytes())
    # the title of the cover as its own entry tells it: one byte of it
    at = data.find(b"circular.registered")
    assert at > 0
    data[at] ^= 1
    copy.write_bytes(data)
    verdict = verify_audit.fn(database=f"sqlite:///{copy}")
    assert not verdict.whole
    assert re.search(r"第 \d+ 条", verdict.problem)
    open_engine(f"sqlite:///{copy}").dispose()
    assert verify_audit.fn().whole, "ours is untouched"


@pytest.mark.parametrize(
    "address", ["nonsense", "oracle://x/y", "sqlite:///没有/这个.db", "sqlite:///missing.db", "sqlite://"]
)
def test_it_refuses_a_database_that_is_not_there_and_makes_none(sqlite: str, tmp_path: Path, address: str) -> None:
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(Refused, match=r"\w+"):
        verify_audit.fn(database=address)
    assert sorted(tmp_path.rglob("*")) == before


def test_it_refuses_a_file_that_is_no_database_or_holds_no_trail(sqlite: str, tmp_path: Path) -> None:
    for name, data in (("empty.db", b""), ("text.db", "这不是数据库".encode() * 100)):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(Refused, match="无法读取审计记录"):
            verify_audit.fn(database=f"sqlite:///{tmp_path / name}")
        open_engine(f"sqlite:///{tmp_path / name}").dispose()


def test_it_sees_a_cut_or_rehashed_end_against_a_head_kept_elsewhere(database: str) -> None:
    kept = audit_head.fn()
    receive.fn(COVER, LINJIANG, actor=officer(LINJIANG), now=NOW)
    assert verify_audit.fn(against=kept).whole
    tamper(f"DELETE FROM audit_entry WHERE seq >= {kept.seq}")  # noqa: S608
    assert verify_audit.fn().whole, "the cut itself shows only against the head"
    assert "链尾缺失" in verify_audit.fn(against=kept).problem
    assert f"第 {kept.seq} 条" in verify_audit.fn(against=kept).problem
    wrong = Head(3, "0" * 64)
    assert verify_audit.fn(against=wrong).problem.startswith("第 3 条与另存的链首不一致")


def test_it_has_a_head_before_the_first_entry(sqlite: str) -> None:
    tamper("DELETE FROM audit_entry")
    assert audit_head.fn() == Head(0, GENESIS)
    assert verify_audit.fn(against=Head(0, GENESIS)).whole


def test_it_sends_the_head_once_a_day(database: str) -> None:
    head = audit_head.fn()
    assert send_audit_head.fn(head, now=NOW)
    assert not send_audit_head.fn(audit_head.fn(), now=NOW + timedelta(hours=8))
    assert send_audit_head.fn(head, now=NOW + timedelta(days=1))
    assert len(firings(rung="alarm:audit_head")) == 2


# --- the chain


def test_it_shows_who_passed_what_to_whom_and_when(database: str) -> None:
    receive.fn(COVER, LINJIANG, actor=officer(LINJIANG), now=NOW + timedelta(hours=1))
    upstream, cover = chain_of.fn(COVER)
    assert (upstream.number, cover.number) == (UPSTREAM, COVER)
    (ours,), (theirs,) = upstream.hops, cover.hops
    assert (ours.sender, ours.offices) == ("国务院扶贫开发领导小组", ("江北省扶贫开发领导小组办公室",))
    assert (ours.received, ours.not_received, ours.took) == (1, (), None)
    assert (theirs.sender, len(theirs.offices)) == ("江北省扶贫开发领导小组办公室", len(ADDRESSED))
    assert theirs.sent_at == NOW
    assert theirs.took == NOW - beijing("2020-02-13 14:00")
    assert (theirs.received, len(theirs.not_received)) == (1, 7)
    assert "临江市扶贫开发领导小组办公室" not in theirs.not_received
    assert any("新疆生产建设兵团" in phrase for phrase in upstream.outside)


def test_it_shows_the_same_chain_from_either_end() -> None:
    assert chain_of.fn(UPSTREAM) == chain_of.fn(COVER)
    with pytest.raises(Refused, match="没有登记过"):
        chain_of.fn("江扶组办发〔2020〕99号")


def test_it_measures_each_hop_from_the_arrival_at_its_sender(database: str) -> None:
    cities = notice_text(NUMBER, "请各地于2月28日前将总结报省扶贫办。", addressees="各市（地）扶贫开发领导小组")
    register_text(cities, NOW)
    forward_cover(NOW, NUMBER)
    for hours, to in ((5, "东岸区"), (29, "石桥县")):
        forward_circular.fn(NUMBER, actor=OPERATOR, now=NOW + timedelta(hours=hours), sender=LINJIANG, to=[to])
    (link,) = chain_of.fn(NUMBER)
    assert [hop.took for hop in link.hops] == [None, timedelta(hours=5), timedelta(hours=29)]
    assert link.hops[0].not_forwarded == ("望川市扶贫开发领导小组办公室",)


def test_it_names_upstream_duties_without_an_earlier_day_downstream() -> None:
    _, cover = chain_of.fn(COVER)
    assert len(cover.uncovered) == 1
    assert "于2月20日前报国务院扶贫办" in cover.uncovered[0]


def test_it_leaves_a_recalled_hop_out_of_the_chain_but_not_out_of_the_trail() -> None:
    recall_forwarding.fn(COVER, "附件有误", actor=OPERATOR, now=NOW)
    assert chain_of.fn(COVER)[-1].hops == ()
    assert len(entries("circular.recalled")) == 1


# --- nothing personal in it


def test_it_holds_no_telephone_number_and_no_address_after_a_whole_play(database: str) -> None:
    said = "请联系王五 0451-87654321、13812345678，wang.wu@example.org。"
    deliver.fn(now=NOW + timedelta(minutes=10))
    receive.fn(COVER, LINJIANG, actor=officer(LINJIANG), now=NOW + timedelta(hours=1))
    sweep.fn(now=beijing("2020-02-17 14:00"))
    deliver.fn(now=beijing("2020-02-17 14:00"))
    march = the_one("report", LINJIANG, COVER, "2020-03-05").id or 0
    at = beijing("2020-03-02 10:00")
    submit_report.fn(COVER, LINJIANG, said, actor=officer(LINJIANG), now=at, ordinal=MONTHLY)
    submit_report.fn(COVER, LINJIANG, said, actor=officer(LINJIANG), now=at, ordinal=3)
    return_report.fn(march, said, actor=OPERATOR, now=at)
    submit_report.fn(COVER, LINJIANG, said, actor=officer(LINJIANG), now=at, ordinal=MONTHLY)
    accept.fn(march, actor=OPERATOR, now=at, note=said)
    other = the_one("report", DONGAN, COVER, "2020-03-05").id or 0
    extend.fn(other, beijing("2020-03-10 00:00"), said, actor=OPERATOR, now=at)
    waive.fn(other, said, actor=OPERATOR, now=at)
    raise_urgent_report.fn(
        DONGAN, "火灾" + said, said, Severity.SERIOUS, occurred_at=at, learned_at=at, actor=officer(DONGAN), now=at
    )
    sweep.fn(now=at + timedelta(minutes=20), urgent_only=True)
    sweep.fn(now=beijing("2020-03-16 10:00"))
    deliver.fn(now=beijing("2020-03-16 10:01"))
    recall_forwarding.fn(COVER, said, actor=OPERATOR, now=beijing("2020-03-16 11:00"))
    import_cast(beijing("2020-03-17 09:00"))
    # Digests are left out: eleven digits of one may look like a telephone number.
    payloads = re.sub(r"[0-9a-f]{24,}", "…", "\n".join(str(payload) for _, payload in entries()))
    assert len(entries()) > 100
    assert not re.search(r"[\w.]+@[\w-]+\.\w+", payloads.replace("@example.org>", ">"))
    assert not re.search(r"(?<!\d)(?:1[3-9]\d{9}|0\d{2,3}-\d{7,8})(?!\d)", payloads)
    assert verify_audit.fn().whole
