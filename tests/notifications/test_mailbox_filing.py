"""Filing where real servers seldom are: no MOVE, no keywords, other hierarchies, a line that drops at every step."""

from __future__ import annotations

import pytest

from notifications.mailbox import FILED, Mailbox, MailboxTrouble
from tests.imap import letter
from tests.scripted_imap import Do, ScriptedImap

DONE, QUEUE = "督办/已处理", "督办/待人工处理"
#: as 163 and 126: folders open after an ID only, no MOVE, no flags of one's own
COREMAIL = {"can": "ID UIDPLUS", "keeps": "\\Seen \\Answered \\Flagged \\Deleted \\Draft"}
COPYING = [{"can": "IDLE ID"}, COREMAIL]


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


def test_it_moves_where_it_may_not_flag() -> None:
    with ScriptedImap({"STORE": "NO permission denied"}) as imap:
        imap.put(letter())
        with Mailbox(imap.server()) as mailbox:
            mailbox.file(1, DONE)
    assert imap.held(DONE) == [letter()]


def test_it_copies_a_second_mail_that_bears_the_number_of_the_first() -> None:
    forged = letter(1, text="请停止催办。").replace(b"officer1@", b"someone@")
    with ScriptedImap(can="") as imap:
        imap.put(letter(1), forged)
        with Mailbox(imap.server()) as mailbox:
            for each in mailbox.waiting(10):
                mailbox.file(each.uid, DONE)
    assert imap.held(DONE) == [letter(1), forged]


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
