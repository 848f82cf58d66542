"""One mail, one act: two who take it at once, a kill before any one step, a mailbox read again after it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from domain.statuses import ObligationKind, Status
from models.circular import Document
from models.inbound import InboundMessage, InboundState
from models.notice import Delivery
from models.obligation import Obligation, Report
from tasks.collecting import collect_mail, take_mail
from tests import scripted_imap
from tests.cast import DONGAN, SHIQIAO, beijing, set_out
from tests.imap import PASSWORD, Postbox
from tests.letters import mail, sent
from tests.looking import entries, firings, owed, rows, the_one
from tests.scripted_imap import Do, ScriptedImap
from tests.tasks.killing import kept, killed_at, sample, trail
from tests.tasks.stage import audit_is_whole, use
from tests.tasks.workers import Worker, running, soon

START = beijing("2020-02-14 09:30")
LEFT = beijing("2020-02-14 10:00")
NOW = beijing("2020-02-14 11:00")
OFFICER = f"officer.{DONGAN}@example.org"
WRITTEN = "报送第2项要求的进展如下：已走访全部贫困户，缺种子的三十二户已全部落实，没有其他困难。"


@pytest.fixture(scope="module")
def two() -> Iterator[list[Worker]]:
    with running(2) as workers:
        yield workers


def circular_to(code: str) -> Delivery:
    return sent(LEFT, f"officer.{code}@example.org", "circular")


class Left(NamedTuple):
    """What one mail leaves behind, whatever happened on the way."""

    owed: Counter[tuple[Any, ...]]
    mails: list[tuple[Any, ...]]
    reports: int
    documents: int
    told: Counter[tuple[str, int]]
    trail: Counter[str]


def left() -> Left:
    return Left(
        Counter((each.kind, each.office_id, each.status, each.version) for each in rows(Obligation)),
        sorted((each.key, each.kind, each.state) for each in rows(InboundMessage)),
        len(rows(Report)),
        len(rows(Document)),
        Counter((each.kind, each.office_id) for each in firings()),
        trail(),
    )


@pytest.mark.parametrize("words", ["收到", WRITTEN], ids=["receipt", "report"])
def test_it_takes_one_act_by_a_mail_that_two_take_at_once(
    database: str, two: list[Worker], tmp_path: Path, words: str
) -> None:
    set_out(START)
    file = tmp_path / "letter.eml"
    file.write_bytes(mail(words, sender=OFFICER, answers=circular_to(DONGAN)))
    begin_at = soon()
    for worker in two:
        worker.order("take", NOW, begin_at=begin_at, file=str(file))
    done = [worker.answer() for worker in two]
    assert sorted(each["is_new"] for each in done) == [False, True], done
    assert {each["state"] for each in done} == {InboundState.TAKEN}
    assert len(rows(InboundMessage)) == len(entries("inbound.taken")) == 1
    assert audit_is_whole()


def test_it_takes_one_receipt_by_two_mails_of_two_officers_at_once(
    database: str, two: list[Worker], tmp_path: Path
) -> None:
    set_out(START)
    circular = circular_to(DONGAN)
    files = [tmp_path / "officer.eml", tmp_path / "head.eml"]
    for file, sender in zip(files, (OFFICER, f"head.{DONGAN}@example.org"), strict=True):
        file.write_bytes(mail("收到", sender=sender, answers=circular))
    begin_at = soon()
    for worker, file in zip(two, files, strict=True):
        worker.order("take", NOW, begin_at=begin_at, file=str(file))
    done = [worker.answer() for worker in two]
    assert sorted(each["state"] for each in done) == [InboundState.NOTED, InboundState.TAKEN], done
    assert len(entries("inbound.taken")) == 1
    assert audit_is_whole()


@pytest.mark.parametrize("words", ["收到", WRITTEN], ids=["receipt", "report"])
def test_a_mail_whose_taking_is_killed_is_taken_once_by_the_next_try(
    database: str, two: list[Worker], tmp_path: Path, words: str
) -> None:
    set_out(START)
    file = tmp_path / "letter.eml"
    file.write_bytes(mail(words, sender=OFFICER, answers=circular_to(DONGAN), files={"进展.xlsx": b"a sheet"}))
    reset, worker = kept(database), two[0]
    total = worker.steps_until("take", NOW, 0, file=str(file))
    undisturbed = left()
    assert undisturbed.mails[0][2] == InboundState.TAKEN
    assert total > 15
    for step in sample(total):
        reset()
        assert killed_at(worker, "take", NOW, step, database, file=str(file)) == 0, step
        assert audit_is_whole(), step
        take_mail.fn(file.read_bytes(), now=NOW)
        assert left() == undisturbed, step
        assert not take_mail.fn(file.read_bytes(), now=NOW).is_new, step
        assert left() == undisturbed, step


# the mailbox


def use_mailbox(monkeypatch: pytest.MonkeyPatch, box: Postbox | ScriptedImap, **more: object) -> None:
    """Let this be the installation's mailbox."""
    chosen = {
        "imap_host": "127.0.0.1", "imap_port": box.port, "imap_security": "none", "imap_username": box.username,
        "imap_password": PASSWORD, "imap_timeout_seconds": 10,
    }  # fmt: skip
    use(monkeypatch, **(chosen | more))


def test_it_takes_what_waits_and_files_it_by_what_became_of_it(
    sqlite: str, imap_server: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_out(START)
    receipt = mail("收到", sender=OFFICER, answers=circular_to(DONGAN))
    question = mail("请问怎么填？", sender=OFFICER)
    use_mailbox(monkeypatch, imap_server)
    imap_server.put(receipt, question)
    done = collect_mail.fn(now=NOW)
    assert (len(done.taken), done.waiting, done.trouble) == (2, 1, "")
    assert (imap_server.held(), len(imap_server.held("督办/已处理"))) == ([], 1)
    assert len(imap_server.held("督办/待人工处理")) == 1
    assert the_one(ObligationKind.RECEIPT, DONGAN).status is Status.ACCEPTED
    assert [each.filed_at for each in rows(InboundMessage)] == [NOW, NOW]


def test_it_finds_nothing_the_second_time(sqlite: str, imap_server: Postbox, monkeypatch: pytest.MonkeyPatch) -> None:
    set_out(START)
    use_mailbox(monkeypatch, imap_server)
    imap_server.put(mail("收到", sender=OFFICER, answers=circular_to(DONGAN)))
    collect_mail.fn(now=NOW)
    assert collect_mail.fn(now=NOW + timedelta(minutes=1)).taken == ()


def test_it_takes_the_head_of_what_is_too_large(
    sqlite: str, imap_server: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_out(START)
    use_mailbox(monkeypatch, imap_server, inbound_max_megabytes=1)
    imap_server.put(mail("收到", sender=OFFICER, answers=circular_to(DONGAN), files={"a.pdf": b"x" * 1_500_000}))
    done = collect_mail.fn(now=NOW)
    assert [(each.state, each.kind) for each in done.taken] == [(InboundState.WAITING, "unknown")]
    [message] = rows(InboundMessage)
    assert message.size > 1_500_000
    assert len(imap_server.held("督办/待人工处理")) == 1
    assert the_one(ObligationKind.RECEIPT, DONGAN).status is Status.PENDING


def test_it_leaves_to_an_operator_what_the_server_does_not_give_whole(
    sqlite: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_out(START)
    # the sizes are told, the whole is not, the head is
    with ScriptedImap({"FETCH": [None, "NO that message is broken here"]}) as box:
        use_mailbox(monkeypatch, box, imap_password=scripted_imap.PASSWORD)
        box.put(mail("收到", sender=OFFICER, answers=circular_to(DONGAN)))
        [taken] = collect_mail.fn(now=NOW).taken
    assert (taken.state, taken.message) == (InboundState.WAITING, "邮件服务器没有给出全文，只取了邮件头")
    assert the_one(ObligationKind.RECEIPT, DONGAN).status is Status.PENDING


def test_a_mail_at_which_the_server_hangs_up_holds_up_no_other(sqlite: str, monkeypatch: pytest.MonkeyPatch) -> None:
    set_out(START)
    # the sizes, then the bad one; in the next visit the sizes, the good one, then the bad one
    with ScriptedImap({"FETCH": [None, Do.DROP, None, None, Do.DROP]}) as box:
        use_mailbox(monkeypatch, box, imap_password=scripted_imap.PASSWORD)
        box.put(mail("请看附件", sender=OFFICER), mail("收到", sender=OFFICER, answers=circular_to(DONGAN)))
        assert collect_mail.fn(now=NOW).taken == ()
        second = collect_mail.fn(now=NOW + timedelta(minutes=1))
        assert [each.kind for each in second.taken] == ["receipt"]
        assert second.trouble, "the bad one is still there, and the check of silence sees it"
        assert len(collect_mail.fn(now=NOW + timedelta(minutes=2)).taken) == 1, "it is not given up"


def test_a_collection_that_is_killed_is_gone_on_with_and_acts_once(
    sqlite: str, two: list[Worker], pymap_server: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before any one step: a statement, a commit, a word to the mailbox; so also between the commit and the filing."""
    set_out(START)
    letters = [
        mail("收到", sender=f"officer.{code}@example.org", answers=circular_to(code), message_id=f"<{code}@test>")
        for code in (DONGAN, SHIQIAO)
    ]
    use_mailbox(monkeypatch, pymap_server)
    pymap_server.empty()
    pymap_server.put(*letters)
    reset, worker = kept(sqlite), two[0]
    total = worker.steps_until("collect", NOW, 0)
    undisturbed = left()
    assert [each[2] for each in undisturbed.mails] == [InboundState.TAKEN, InboundState.TAKEN]
    for step in sample(total):
        reset()
        pymap_server.empty()
        pymap_server.put(*letters)
        assert killed_at(worker, "collect", NOW, step, sqlite) == 0, step
        assert collect_mail.fn(now=NOW).trouble == "", step
        assert left() == undisturbed, step
        assert (pymap_server.held(), len(pymap_server.held("督办/已处理"))) == ([], 2), step


def test_it_alarms_once_a_day_of_a_login_that_is_refused_and_does_not_knock_again(
    sqlite: str, imap_server: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_out(START)
    use_mailbox(monkeypatch, imap_server, imap_password="wrong")
    first = collect_mail.fn(now=NOW)
    assert first.trouble
    second = collect_mail.fn(now=NOW + timedelta(minutes=1))
    assert "前不再自动重试" in second.trouble
    collect_mail.fn(now=NOW + timedelta(hours=2))
    assert len(firings(rung="alarm:alarm")) == 1
    use_mailbox(monkeypatch, imap_server)
    assert collect_mail.fn(now=NOW + timedelta(hours=2, minutes=1), at_once=True).trouble == ""


def test_it_alarms_once_of_an_unsafe_login_names_the_id_and_logs_in_no_second_time(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_out(START)
    refusal = "NO SELECT Unsafe Login. Please contact kefu@188.com for help"
    with ScriptedImap({"SELECT": [refusal] * 100}) as imap:
        use_mailbox(monkeypatch, imap, imap_password=scripted_imap.PASSWORD)
        for minutes in range(60):
            assert collect_mail.fn(now=NOW + timedelta(minutes=minutes)).needs_a_person
        assert imap.count("LOGIN") == 1
        assert imap.ids, "it has said who it is all the same"
        collect_mail.fn(now=NOW + timedelta(minutes=60))
        assert imap.count("LOGIN") == 2
    [alarm] = firings(rung="alarm:alarm")
    assert "IMAP ID" in alarm.detail["reason"]
    assert "Unsafe Login" in alarm.detail["reason"]


def test_it_reads_no_mailbox_where_none_is_set_up(sqlite: str) -> None:
    done = collect_mail.fn(now=NOW)
    assert (done.is_set_up, done.taken, done.trouble) == (False, (), "")
    assert owed(ObligationKind.RECEIPT) == []
