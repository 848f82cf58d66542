"""The way into a mailbox: who we are, one login, trusted certificates, and servers that do not let us in."""

from __future__ import annotations

import socket
import ssl
import time
from pathlib import Path
from typing import Literal

import pytest
from pydantic import SecretStr

from notifications.mailbox import ImapServer, Mailbox, MailboxTrouble
from tests.imap import letter, new_certificate
from tests.scripted_imap import Do, ScriptedImap, Step


def trouble_of(server: ImapServer, trusted: ssl.SSLContext | None = None) -> MailboxTrouble:
    with pytest.raises(MailboxTrouble) as caught, Mailbox(server, tls_context=trusted):
        pass
    return caught.value


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


def test_it_believes_nothing_that_came_in_clear_behind_starttls(certificate: Path) -> None:
    """A line slipped in before the encryption would be taken for the server's own word."""
    offered = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    offered.load_cert_chain(certificate)
    known = ssl.create_default_context(cafile=str(certificate))
    slipped_in = {"STARTTLS": "OK go\r\n* OK slipped in"}
    with ScriptedImap(slipped_in, can="STARTTLS", starttls=offered) as imap:
        trouble = trouble_of(imap.server(security="starttls"), known)
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
