"""The mailbox and what real servers seldom do: refusals, odd answers, and a line that drops at every step."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from pathlib import Path
from typing import Literal

import pytest
from pydantic import SecretStr

from notifications.mailbox import FILED, Found, ImapServer, Mailbox, MailboxTrouble, Unreadable
from tests.imap import letter, new_certificate
from tests.scripted_imap import Do, ScriptedImap, Step

DONE, QUEUE = "督办/已处理", "督办/待人工处理"
#: as 163 and 126: folders open after an ID only, no MOVE, no flags of one's own
COREMAIL = {"can": "ID UIDPLUS", "keeps": "\\Seen \\Answered \\Flagged \\Deleted \\Draft"}
COPYING = [{"can": "IDLE ID"}, COREMAIL]


def trouble_of(server: ImapServer, trusted: ssl.SSLContext | None = None) -> MailboxTrouble:
    with pytest.raises(MailboxTrouble) as caught, Mailbox(server, tls_context=trusted):
        pass
    return caught.value


# saying who we are


def test_it_says_who_it_is_before_it_opens_a_folder() -> None:
    with ScriptedImap(wants_id=True) as imap:
        imap.put(letter())
        with Mailbox(imap.server()) as mailbox:
            assert mailbox.said_who
            assert len(mailbox.waiting(10)) == 1
    assert len(imap.ids) == 1
    assert '"name" "Duban"' in imap.ids[0]
    assert '"version"' in imap.ids[0]
    assert '"vendor"' in imap.ids[0]


def test_it_says_who_it_is_once_where_a_refusal_asks_for_it_though_the_server_offers_no_id() -> None:
    with ScriptedImap(can="", wants_id=True) as imap, Mailbox(imap.server()) as mailbox:
        assert mailbox.waiting(10) == []
    assert imap.count("LOGIN") == 1
    assert imap.count("ID") == 1


def test_it_names_the_id_where_the_login_counts_as_unsafe_and_logs_in_once() -> None:
    refusal = "NO SELECT Unsafe Login. Please contact kefu@188.com for help"
    with ScriptedImap({"SELECT": [refusal] * 5}) as imap:
        trouble = trouble_of(imap.server())
    assert trouble.kind == "unsafe_login"
    assert trouble.needs_a_person
    for word in ("IMAP ID", "开启 IMAP", "授权码", "Unsafe Login"):
        assert word in str(trouble)
    assert (imap.connections, imap.count("LOGIN"), imap.count("ID")) == (1, 1, 1)


def test_it_goes_on_where_a_server_does_not_understand_the_id() -> None:
    with ScriptedImap({"ID": "BAD what"}) as imap, Mailbox(imap.server()) as mailbox:
        assert not mailbox.said_who
        assert mailbox.waiting(10) == []


# coming in


@pytest.mark.parametrize("can", ["LOGINDISABLED AUTH=PLAIN", "AUTH=PLAIN LOGINDISABLED SASL-IR"])
def test_it_authenticates_where_plain_logins_are_switched_off(can: str) -> None:
    with ScriptedImap(can=can) as imap, Mailbox(imap.server()) as mailbox:
        assert mailbox.waiting(10) == []
    assert (imap.count("LOGIN"), imap.count("AUTHENTICATE")) == (0, 1)


def test_it_sends_no_password_where_the_server_takes_none_in_clear() -> None:
    with ScriptedImap(can="LOGINDISABLED STARTTLS") as imap:
        trouble = trouble_of(imap.server())
    assert trouble.kind == "login"
    assert "DUBAN_IMAP_SECURITY" in str(trouble)
    assert imap.count("LOGIN") + imap.count("AUTHENTICATE") == 0


def test_it_blots_out_a_password_that_the_server_repeats() -> None:
    with ScriptedImap() as imap:
        trouble = trouble_of(imap.server(password="dong-tian-2020"))
    assert trouble.kind == "login"
    assert "dong-tian" not in str(trouble)
    assert imap.count("LOGIN") == 1


def test_it_refuses_a_password_that_would_be_a_command() -> None:
    with ScriptedImap() as imap:
        trouble = trouble_of(imap.server(password="a\r\nx DELETE INBOX"))
    assert trouble.kind == "login"
    assert imap.count("LOGIN") + imap.count("DELETE") == 0


def test_it_takes_a_server_that_is_busy_for_unreachable() -> None:
    with ScriptedImap({"LOGIN": "NO [UNAVAILABLE] later"}) as imap:
        assert trouble_of(imap.server()).kind == "unreachable"
    with ScriptedImap({"GREETING": "* BYE too many connections"}) as imap:
        trouble = trouble_of(imap.server())
    assert trouble.kind == "unreachable"
    assert "too many connections" in str(trouble)


def test_it_says_where_nobody_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    server = ImapServer(host="127.0.0.1", port=port, username="a", password=SecretStr("b"), security="none", timeout=2)
    trouble = trouble_of(server)
    assert trouble.kind == "unreachable"
    assert f"127.0.0.1:{port}" in str(trouble)
    assert not trouble.needs_a_person


def test_it_says_that_a_server_offers_no_encryption() -> None:
    with ScriptedImap() as imap:
        starttls, tls = trouble_of(imap.server(security="starttls")), trouble_of(imap.server(security="tls", timeout=1))
    for trouble in (starttls, tls):
        assert trouble.kind == "unreachable"
    assert "STARTTLS" in str(starttls)
    assert imap.count("LOGIN") == 0


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return new_certificate(tmp_path_factory.mktemp("tls"))


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_it_logs_in_only_where_it_trusts_the_certificate(
    security: Literal["tls", "starttls"], certificate: Path
) -> None:
    offered = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    offered.load_cert_chain(certificate)
    known = ssl.create_default_context(cafile=str(certificate))
    with ScriptedImap(can="STARTTLS LOGINDISABLED AUTH=PLAIN MOVE", **{security: offered}) as imap:  # type: ignore[arg-type]
        imap.put(letter(size=300_000))
        unknown = trouble_of(imap.server(security=security))
        wrong_name = trouble_of(imap.server(security=security, host="localhost"), known)
        assert imap.count("LOGIN") + imap.count("AUTHENTICATE") == 0
        with Mailbox(imap.server(security=security), tls_context=known) as mailbox:
            assert mailbox.fetch(mailbox.waiting(1)[0].uid) == letter(size=300_000)
    for trouble in (unknown, wrong_name):
        assert trouble.kind == "unreachable"
        assert "证书" in str(trouble)


def test_it_believes_nothing_that_came_in_clear_behind_starttls() -> None:
    """A command slipped in before the encryption would be taken for the server's own word."""
    with ScriptedImap({"STARTTLS": "OK go\r\n* CAPABILITY IMAP4rev1 MOVE"}, can="STARTTLS") as imap:
        trouble = trouble_of(imap.server(security="starttls"))
    assert trouble.kind == "unreachable"
    assert imap.count("LOGIN") == 0


@pytest.mark.parametrize("command", ["GREETING", "CAPABILITY", "LOGIN", "ID", "NAMESPACE", "SELECT"])
@pytest.mark.parametrize("step", [Do.DROP, Do.HANG])
def test_it_gives_up_soon_where_the_server_falls_silent_on_the_way_in(command: str, step: Step) -> None:
    with ScriptedImap({command: step}) as imap:
        began = time.monotonic()
        trouble = trouble_of(imap.server(timeout=0.5))
    assert trouble.kind in {"unreachable", "lost"}
    assert time.monotonic() - began < 3
    assert imap.connections == 1


# reading


@pytest.mark.parametrize("step", [Do.DROP, Do.HALF, Do.HANG])
def test_it_says_that_the_line_dropped_in_the_middle_of_a_message(step: Step) -> None:
    with ScriptedImap({"FETCH": [None, step]}) as imap:
        imap.put(letter(size=100_000))
        with pytest.raises(MailboxTrouble) as caught, Mailbox(imap.server(timeout=0.5)) as mailbox:
            mailbox.fetch(mailbox.waiting(10)[0].uid)
        assert caught.value.kind == "lost"
        assert imap.held() == [letter(size=100_000)]
        assert imap.flags() == [set()]
        with Mailbox(imap.server()) as mailbox:
            assert mailbox.fetch(mailbox.waiting(10)[0].uid) == letter(size=100_000)


def test_it_finds_the_message_among_what_others_do_meanwhile() -> None:
    noise = "* 9 FETCH (UID 900 FLAGS (\\Seen))\r\n* 1 FETCH (FLAGS (\\Seen) UID 1)\r\n* OK still here\r\n* 3 RECENT"
    with ScriptedImap(noise=noise) as imap:
        imap.put(letter(1), letter(2))
        with Mailbox(imap.server()) as mailbox:
            found = mailbox.waiting(10)
            assert [each.uid for each in found] == [1, 2]
            assert [mailbox.fetch(each.uid) for each in found] == [letter(1), letter(2)]


def test_it_reads_from_a_server_that_tells_no_sizes_and_still_takes_no_more_than_it_may() -> None:
    with ScriptedImap(tells_sizes=False) as imap:
        imap.put(letter(1, size=80_000), letter(2))
        with Mailbox(imap.server(largest=10_000)) as mailbox:
            assert mailbox.waiting(10) == [Found(1, None), Found(2, None)]
            with pytest.raises(Unreadable):
                mailbox.fetch(1)
            assert mailbox.fetch(2) == letter(2)


def test_it_believes_no_announcement_of_a_monstrous_message() -> None:
    with ScriptedImap() as imap:
        imap.put(letter())
        with Mailbox(imap.server()) as mailbox:
            imap.noise = "* 1 FETCH (UID 1 BODY[] {999999999999}"
            began = time.monotonic()
            with pytest.raises(MailboxTrouble) as caught:
                mailbox.fetch(1)
    assert caught.value.kind == "lost"
    assert time.monotonic() - began < 2


def test_it_leaves_the_numbers_alone_that_a_search_does_not_name() -> None:
    with ScriptedImap({"SEARCH": "OK nothing said"}) as imap:
        imap.put(letter())
        with Mailbox(imap.server()) as mailbox:
            assert mailbox.waiting(10) == []
            assert len(mailbox.waiting(10)) == 1


def test_it_asks_for_each_flag_where_a_server_cannot_search_for_ours() -> None:
    with ScriptedImap({"SEARCH": "BAD unknown key"}) as imap:
        imap.put(letter(1), flags=FILED)
        imap.put(letter(2))
        with Mailbox(imap.server()) as mailbox:
            assert [each.uid for each in mailbox.waiting(10)] == [2]


def test_it_reads_after_the_server_has_numbered_everything_anew() -> None:
    with ScriptedImap() as imap:
        imap.put(letter())
        with Mailbox(imap.server()) as mailbox:
            before = mailbox.uidvalidity
        imap.uidvalidity = 8
        imap.folders["INBOX"][0].uid = 90
        with Mailbox(imap.server()) as mailbox:
            assert (before, mailbox.uidvalidity) == (7, 8)
            assert mailbox.fetch(mailbox.waiting(10)[0].uid) == letter()


# filing


@pytest.mark.parametrize(
    ("namespace", "delimiter", "expected"),
    [
        ('(("" "/")) NIL NIL', "/", "督办/已处理"),
        ('(("" ".")) NIL NIL', ".", "督办.已处理"),
        ('(("INBOX." ".")) NIL NIL', ".", "INBOX.督办.已处理"),
        ('(("INBOX/" "/")) NIL (("Public/" "/"))', "/", "INBOX/督办/已处理"),
        ('(("" NIL)) NIL NIL', "NIL", "督办-已处理"),
        ("NIL NIL NIL", ".", "督办.已处理"),
    ],
)
def test_it_names_folders_as_the_server_does(namespace: str, delimiter: str, expected: str) -> None:
    with ScriptedImap(namespace=namespace, delimiter=delimiter) as imap:
        imap.put(letter())
        with Mailbox(imap.server()) as mailbox:
            mailbox.file(mailbox.waiting(1)[0].uid, DONE)
    assert imap.held(expected) == [letter()]
    assert expected in imap.subscribed


def test_it_makes_a_folder_again_that_somebody_removed_meanwhile() -> None:
    with ScriptedImap() as imap:
        imap.put(letter(1), letter(2))
        with Mailbox(imap.server()) as mailbox:
            mailbox.file(1, DONE)
            del imap.folders[DONE]
            mailbox.file(2, DONE)
    assert imap.held(DONE) == [letter(2)]


def test_it_says_that_a_folder_cannot_be_made() -> None:
    with ScriptedImap({"CREATE": ["NO [OVERQUOTA] 空间不足"] * 2}) as imap:
        imap.put(letter())
        with pytest.raises(MailboxTrouble) as caught, Mailbox(imap.server()) as mailbox:
            mailbox.file(1, DONE)
    assert caught.value.kind == "folder"
    assert "空间不足" in str(caught.value)
    assert imap.held() == [letter()]


@pytest.mark.parametrize("kind", COPYING)
def test_it_copies_and_marks_where_it_cannot_move(kind: dict[str, str]) -> None:
    with ScriptedImap(**kind) as imap:  # type: ignore[arg-type]
        imap.put(letter(1), letter(2))
        imap.put(letter(3), flags="\\Deleted")
        with Mailbox(imap.server()) as mailbox:
            first = mailbox.waiting(10)[0]
            mailbox.file(first.uid, DONE)
            assert [each.uid for each in mailbox.waiting(10)] == [2, 3]
        with Mailbox(imap.server()) as mailbox:
            assert [each.uid for each in mailbox.waiting(10)] == [2, 3]
            mailbox.file(2, QUEUE)
            mailbox.file(3, QUEUE)
            assert mailbox.waiting(10) == []
    assert imap.held() == [letter(1), letter(2), letter(3)]
    assert imap.held(DONE) == [letter(1)]
    assert imap.held(QUEUE) == [letter(2), letter(3)]
    allowed = {"\\Seen", FILED} if "keeps" not in kind else {"\\Seen"}
    assert imap.flags() == [allowed, allowed, allowed | {"\\Deleted"}]
    assert imap.count("EXPUNGE") == 0


@pytest.mark.parametrize("kind", COPYING)
def test_it_copies_once_though_it_was_killed_before_it_marked(kind: dict[str, str]) -> None:
    anonymous = letter(2, message_id="")
    with ScriptedImap({"STORE": [Do.DROP, Do.DROP]}, **kind) as imap:  # type: ignore[arg-type]
        imap.put(letter(1), anonymous)
        for uid in (1, 2):
            with pytest.raises(MailboxTrouble) as caught, Mailbox(imap.server()) as mailbox:
                mailbox.file(uid, DONE)
            assert caught.value.kind == "lost"
        assert imap.held(DONE) == [letter(1), anonymous]
        with Mailbox(imap.server()) as mailbox:
            assert [each.uid for each in mailbox.waiting(10)] == [1, 2]
            for uid in (1, 2):
                mailbox.file(uid, DONE)
            assert mailbox.waiting(10) == []
    assert imap.held(DONE) == [letter(1), anonymous]


def test_it_copies_a_message_that_only_resembles_one_in_the_folder() -> None:
    with ScriptedImap(can="") as imap:
        imap.put(letter(1), letter(2), letter(1, message_id="<letter-1@example.com>"))
        with Mailbox(imap.server()) as mailbox:
            for each in mailbox.waiting(10):
                mailbox.file(each.uid, DONE)
    assert len(imap.held(DONE)) == 3


def test_it_finds_the_copy_on_a_server_that_searches_no_headers() -> None:
    with ScriptedImap({"STORE": Do.DROP, "SEARCH": [None, "OK nothing"]}, can="") as imap:
        imap.put(letter())
        with pytest.raises(MailboxTrouble), Mailbox(imap.server()) as mailbox:
            mailbox.file(1, DONE)
        with Mailbox(imap.server()) as mailbox:
            mailbox.waiting(10)
            mailbox.file(1, DONE)
    assert imap.held(DONE) == [letter()]


def test_it_does_not_take_what_a_person_has_read_for_filed() -> None:
    with ScriptedImap(**COREMAIL) as imap:  # type: ignore[arg-type]
        imap.put(letter(1), flags="\\Seen")
        imap.put(letter(2))
        with Mailbox(imap.server()) as mailbox:
            assert [each.uid for each in mailbox.waiting(10)] == [1, 2]


def test_it_copies_where_a_server_offers_to_move_and_then_cannot() -> None:
    with ScriptedImap({"MOVE": "BAD not really"}) as imap:
        imap.put(letter())
        with Mailbox(imap.server()) as mailbox:
            mailbox.file(1, DONE)
            assert mailbox.waiting(10) == []
    assert imap.held() == imap.held(DONE) == [letter()]


@pytest.mark.parametrize("can", ["MOVE", "", "ID UIDPLUS"])
@pytest.mark.parametrize("command", ["LIST", "CREATE", "SUBSCRIBE", "EXAMINE", "STORE", "COPY", "MOVE", "SELECT"])
@pytest.mark.parametrize("step", [Do.DROP, Do.DROP_AFTER])
def test_it_files_once_whatever_step_the_line_dropped_at(can: str, command: str, step: Do) -> None:
    with ScriptedImap(can=can, keeps=COREMAIL["keeps"] if can.startswith("ID") else "\\Seen \\*") as imap:
        imap.put(letter(1), letter(2))
        opens_twice = command == "LIST" or (command == "SELECT" and can != "MOVE")
        imap.script[command] = [None, step] if opens_twice else [step]
        visits = [_visit(imap) for _ in range(3)]
    assert visits in (["lost", "done", "done"], ["done", "done", "done"])
    assert sorted(imap.held(DONE)) == sorted([letter(1), letter(2)])


def _visit(imap: ScriptedImap) -> str:
    """Read and file all that waits, as far as the line holds."""
    try:
        with Mailbox(imap.server()) as mailbox:
            for each in mailbox.waiting(10):
                assert mailbox.fetch(each.uid) in {letter(1), letter(2)}
                mailbox.file(each.uid, DONE)
            assert mailbox.waiting(10) == []
    except MailboxTrouble as trouble:
        return trouble.kind
    return "done"


# waiting


def test_it_asks_now_and_then_where_the_server_cannot_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("notifications.mailbox._ASK_EVERY", 0.1)
    with ScriptedImap(can="") as imap, Mailbox(imap.server()) as mailbox:
        assert mailbox.waiting(10) == []
        threading.Timer(0.3, lambda: imap.put(letter())).start()
        assert mailbox.wait(5) is True
        assert len(mailbox.waiting(10)) == 1


def test_it_says_that_the_line_dropped_while_it_waited() -> None:
    with (
        ScriptedImap({"NOOP": Do.DROP}, can="") as imap,
        Mailbox(imap.server()) as mailbox,
        pytest.raises(MailboxTrouble) as caught,
    ):
        mailbox.wait(0.1)
    assert caught.value.kind == "lost"
