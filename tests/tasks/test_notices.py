"""Which notices went to whom: listed, newest first, and one shown with all it told."""

from __future__ import annotations

from typing import Any

import pytest

from domain.errors import Refused
from tasks.forwarding import recall_forwarding
from tasks.handling import receive
from tasks.notices import list_notices, show_notice
from tasks.resending import resend_notice
from tasks.sweeping import sweep
from tests.cast import COVER, DONGAN, LINJIANG, OPERATOR, UPSTREAM, beijing, officer, set_out
from tests.notifications.scripted_server import ScriptedServer
from tests.tasks.stage import deliver_at, go_live

FORWARDED = beijing("2020-02-14 09:30")
SENT = beijing("2020-02-14 09:40")
NOW = beijing("2020-02-14 10:00")


@pytest.fixture(autouse=True)
def _cast(request: pytest.FixtureRequest) -> None:
    request.getfixturevalue("database" if "database" in request.fixturenames else "sqlite")
    set_out(FORWARDED)


def test_it_lists_the_newest_first_and_only_what_is_wanted(database: str) -> None:
    assert list_notices.fn() == [], "nothing has become a message yet"
    deliver_at(SENT)
    receive.fn(COVER, DONGAN, actor=officer(DONGAN), now=NOW)
    deliver_at(NOW)
    lines = list_notices.fn()
    assert [each.id for each in lines] == sorted((each.id for each in lines), reverse=True)
    assert (lines[0].kind_label, lines[0].office) == ("签收确认", "东岸区扶贫开发领导小组办公室")
    assert [each.kind for each in list_notices.fn(office="东岸区")] == ["receipt_confirmed", "circular"]
    assert list_notices.fn(limit=1) == lines[:1]
    assert list_notices.fn(document=COVER) == lines
    assert list_notices.fn(document=UPSTREAM) == []
    assert list_notices.fn(state="已送达服务器") == list_notices.fn(state="accepted") == lines
    assert list_notices.fn(state="被拒收") == []


def test_it_finds_a_circular_in_a_digest_about_several_matters(database: str) -> None:
    deliver_at(SENT)
    sweep.fn(now=beijing("2020-03-06 09:00"))
    deliver_at(beijing("2020-03-06 09:00"))
    assert "digest" in {each.kind for each in list_notices.fn(document=COVER, office=DONGAN)}


def test_it_lists_what_was_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedServer({"RCPT": ["550 5.1.1 no such user"] * 50}) as server:
        go_live(monkeypatch, server.port, FORWARDED)
        deliver_at(SENT)
    (line,) = list_notices.fn(state="被拒收", office=LINJIANG, document=COVER)[-1:]
    shown = show_notice.fn(line.id)
    assert "550" in shown.reply or "no such user" in shown.reply
    assert (shown.line, shown.address, shown.attempts) == (line, "officer.230100@example.org", 1)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"office": "某某县"}, "名册中没有“某某县”"),
        ({"state": "寄到了"}, "应为待发送、暂存、发送中、已送达服务器、被拒收"),
        ({"document": "某〔2020〕1号"}, "没有登记过文号"),
    ],
)
def test_it_refuses_what_it_does_not_know(asked: dict[str, Any], words: str) -> None:
    with pytest.raises(Refused, match=words):
        list_notices.fn(**asked)


def test_it_refuses_a_number_that_is_none() -> None:
    with pytest.raises(Refused, match="没有编号为 7 的通知"):
        show_notice.fn(7)


def test_it_shows_what_was_told_and_whether_it_still_holds(database: str) -> None:
    deliver_at(SENT)
    sweep.fn(now=beijing("2020-03-06 09:00"))
    deliver_at(beijing("2020-03-06 09:00"))
    (digest,) = [each for each in list_notices.fn(office=DONGAN) if each.kind == "digest"]
    items = show_notice.fn(digest.id).items
    assert {each.document for each in items} == {COVER}
    assert any("2020-03-05" in each.what and "2020年3月5日" in each.due for each in items)
    assert {each.state_label for each in items} == {"有效"}
    recall_forwarding.fn(COVER, "发错", actor=OPERATOR, now=beijing("2020-03-06 10:00"))
    (circular,) = [each for each in list_notices.fn(office=DONGAN) if each.kind == "circular"]
    assert show_notice.fn(circular.id).line.document == COVER


def test_it_shows_both_messages_where_one_was_sent_again(database: str) -> None:
    deliver_at(SENT)
    (first,) = list_notices.fn(office=DONGAN)
    assert (show_notice.fn(first.id).again_of, show_notice.fn(first.id).told_again_by) == ((), ())
    resend_notice.fn(first.id, "来电称未收到", actor=OPERATOR, now=NOW)
    deliver_at(NOW)
    second, _ = list_notices.fn(office=DONGAN)
    assert (second.is_again, first.is_again) == (True, False)
    assert show_notice.fn(second.id).again_of == (first.id,)
    assert show_notice.fn(first.id).told_again_by == (second.id,)
    assert show_notice.fn(first.id).message_id != show_notice.fn(second.id).message_id
