"""What became of a message, told from real conversations over loopback."""

from __future__ import annotations

import asyncio
import base64
import socket
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pydantic import SecretStr

from notifications.smtp import Connection, Outcome, SendResult, SmtpServer, Stage
from tests.notifications.scripted_server import _USUAL, Do, ScriptedServer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SENDER = "duban@example.org"
RECIPIENT = "zhou@dongshan.example.org"
MESSAGE = b"Subject: x\r\n\r\n.leading dot\r\n..two\r\nend\r\n"
BIG = b"Subject: big\r\n\r\n" + (b"0123456789" * 7 + b"\r\n") * 150_000
PASSWORD = "geheim-5150"


@pytest.fixture(autouse=True, params=["singly", "together"])
def _pipelining(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything holds with a server that takes several commands at once as well as with one that does not."""
    if request.param == "together":
        monkeypatch.setitem(
            _USUAL, "EHLO", f"250-scripted\r\n250-PIPELINING{_USUAL['EHLO'].removeprefix('250-scripted')}"
        )


def at(server: ScriptedServer | int, **changes: Any) -> SmtpServer:
    port = server if isinstance(server, int) else server.port
    return SmtpServer(
        **{"host": "127.0.0.1", "port": port, "security": "none", "sender": SENDER, "timeout": 10, **changes}
    )


def send_all(where: SmtpServer, messages: Sequence[bytes], recipient: str = RECIPIENT) -> list[SendResult]:
    async def talk() -> list[SendResult]:
        connection = Connection(where)
        results = [await connection.send(SENDER, recipient, message) for message in messages]
        await connection.close()
        return results

    return asyncio.run(talk())


def send_one(where: SmtpServer, message: bytes = MESSAGE) -> SendResult:
    (result,) = send_all(where, [message])
    return result


def test_it_hands_over_a_message_byte_by_byte() -> None:
    with ScriptedServer() as server:
        result = send_one(at(server))
    assert result == SendResult(Outcome.ACCEPTED, 250, "kept", connection_lost=False)
    assert server.messages == [MESSAGE]
    assert server.commands[1:] == [
        f"MAIL FROM:<{SENDER}> SIZE={len(MESSAGE)}",
        f"RCPT TO:<{RECIPIENT}>",
        "DATA",
        "QUIT",
    ]


def test_it_sends_line_ends_as_crlf_and_an_end_where_there_is_none() -> None:
    with ScriptedServer() as server:
        send_all(at(server), [b".a\n.b\rc", b"", b"\r\n.\r\nQUIT\r\n"])
    assert server.messages == [b".a\r\n.b\r\nc\r\n", b"\r\n", b"\r\n.\r\nQUIT\r\n"]


def test_it_hands_over_a_large_message_whole() -> None:
    with ScriptedServer() as server:
        assert send_one(at(server, timeout=10), BIG).outcome is Outcome.ACCEPTED
    assert server.messages == [BIG]


def test_it_keeps_one_connection_for_many_messages() -> None:
    with ScriptedServer() as server:
        results = send_all(at(server), [MESSAGE] * 5)
    assert {result.outcome for result in results} == {Outcome.ACCEPTED}
    assert server.connections == 1
    assert len(server.messages) == 5


def test_it_renews_the_connection_after_so_many_messages() -> None:
    async def talk(where: SmtpServer) -> None:
        connection = Connection(where, messages_each=2)
        for _ in range(5):
            await connection.send(SENDER, RECIPIENT, MESSAGE)
        await connection.close()

    with ScriptedServer() as server:
        asyncio.run(talk(at(server)))
    assert server.connections == 3
    assert len(server.messages) == 5


@pytest.mark.parametrize(
    ("command", "stage"), [("MAIL", Stage.MAIL), ("RCPT", Stage.RCPT), ("DATA", Stage.DATA), ("DOT", Stage.MESSAGE)]
)
@pytest.mark.parametrize(("code", "outcome"), [(451, Outcome.DEFERRED), (550, Outcome.REFUSED)])
def test_it_tells_a_definite_answer_at_each_command_and_goes_on_with_the_same_connection(
    command: str, stage: Stage, code: int, outcome: Outcome
) -> None:
    with ScriptedServer({command: f"{code} no such thing"}) as server:
        refused, accepted = send_all(at(server), [MESSAGE, MESSAGE])
    assert refused == SendResult(outcome, code, "no such thing", connection_lost=False, stage=stage)
    assert accepted.outcome is Outcome.ACCEPTED
    assert server.connections == 1
    assert server.commands.count("RSET") == 1


@pytest.mark.parametrize("step", [Do.HANG, Do.DISCONNECT, "garbage", b"\x00\x00\x00\r\n", "421 closing", "354 what"])
@pytest.mark.parametrize("command", ["CONNECT", "MAIL", "RCPT", "DATA"])
def test_it_defers_whatever_goes_wrong_before_the_message_was_asked_for(command: str, step: Any) -> None:
    if command == "DATA" and step == "354 what":
        pytest.skip("this is the invitation")
    with ScriptedServer({command: [step] * 4}) as server:
        result = send_one(at(server, timeout=0.4 if step is Do.HANG else 10))
    assert result.outcome is Outcome.DEFERRED
    assert result.connection_lost
    assert result.stage is Stage(command.lower())
    assert server.messages == []


@pytest.mark.parametrize("command", ["MAIL", "RCPT"])
def test_it_hangs_up_on_a_server_that_wants_the_message_of_a_refused_recipient(command: str) -> None:
    """Asked at once, such a server invites a message that nobody is to get."""
    together = {"EHLO": ["250-scripted\r\n250 PIPELINING"] * 2}
    with ScriptedServer(together | {command: "550 no such user", "DATA": ["354 go ahead"]}) as server:
        refused, accepted = send_all(at(server), [MESSAGE, MESSAGE])
    assert (refused.outcome, refused.code, refused.connection_lost) == (Outcome.REFUSED, 550, True)
    assert accepted.outcome is Outcome.ACCEPTED
    assert server.connections == 2
    assert server.messages == [MESSAGE]


def test_it_keeps_the_connection_where_all_that_left_together_is_refused() -> None:
    together = {"EHLO": ["250-scripted\r\n250 PIPELINING"]}
    with ScriptedServer(together | {"RCPT": ["550 no such user"]}) as server:
        refused, accepted = send_all(at(server), [MESSAGE, MESSAGE])
    assert refused == SendResult(Outcome.REFUSED, 550, "no such user", connection_lost=False, stage=Stage.RCPT)
    assert accepted.outcome is Outcome.ACCEPTED
    assert server.connections == 1


def test_it_takes_nothing_for_an_answer_that_came_before_the_question() -> None:
    with ScriptedServer({"DOT": ["250 kept\r\n250 and more", "451 later"]}) as server:
        first, second = send_all(at(server), [MESSAGE, MESSAGE])
    assert (first.outcome, second.outcome, second.reply) == (Outcome.ACCEPTED, Outcome.DEFERRED, "later")


def test_it_gives_up_on_an_answer_without_end() -> None:
    with ScriptedServer({"RCPT": "\r\n".join(["250-and so on"] * 4000)}) as server:
        result = send_one(at(server))
    assert (result.outcome, result.connection_lost, result.stage) == (Outcome.DEFERRED, True, Stage.RCPT)


def test_it_greets_an_old_server_with_helo() -> None:
    with ScriptedServer({"EHLO": "502 unknown"}) as server:
        assert send_one(at(server)).outcome is Outcome.ACCEPTED
    assert server.commands[1].startswith("HELO ")
    assert server.commands[2] == f"MAIL FROM:<{SENDER}>"


def test_it_defers_what_a_server_says_it_cannot_take_now() -> None:
    with ScriptedServer({"CONNECT": "554 no service"}) as server:
        result = send_one(at(server))
    assert (result.outcome, result.code, result.stage) == (Outcome.DEFERRED, 554, Stage.CONNECT)


def test_it_defers_when_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    result = send_one(at(port))
    assert (result.outcome, result.code, result.stage) == (Outcome.DEFERRED, None, Stage.CONNECT)


def test_it_is_uncertain_when_the_answer_to_the_final_dot_never_comes() -> None:
    with ScriptedServer({"DOT": Do.HANG}) as server:
        result = send_one(at(server, timeout=0.4))
    assert result.outcome is Outcome.UNCERTAIN
    assert result.code is None
    assert result.connection_lost
    assert server.messages == [MESSAGE]


@pytest.mark.parametrize("step", [Do.DISCONNECT, "garbage", b"\x00\x00\r\n", "354 again"])
def test_it_is_uncertain_when_the_answer_to_the_final_dot_says_nothing(step: Any) -> None:
    with ScriptedServer({"DOT": step}) as server:
        uncertain, accepted = send_all(at(server), [MESSAGE, MESSAGE])
    assert uncertain.outcome is Outcome.UNCERTAIN
    assert accepted.outcome is Outcome.ACCEPTED
    assert server.connections == 2
    assert server.messages == [MESSAGE, MESSAGE]


def test_it_is_uncertain_when_the_connection_is_lost_while_a_short_message_is_under_way() -> None:
    with ScriptedServer({"BODY": Do.HANG}) as server:
        assert send_one(at(server, timeout=0.4)).outcome is Outcome.UNCERTAIN


@pytest.mark.parametrize("step", [Do.STOP_READING, Do.DISCONNECT])
def test_it_defers_when_a_large_message_is_cut_off_in_the_middle(step: Do) -> None:
    with ScriptedServer({"BODY": step}) as server:
        result = send_one(at(server, timeout=0.4 if step is Do.STOP_READING else 10), BIG)
    assert result.outcome is Outcome.DEFERRED
    assert result.connection_lost
    assert server.messages == []


def test_it_is_patient_with_a_server_that_reads_slowly_but_goes_on_reading() -> None:
    with ScriptedServer({"BODY": Do.READ_SLOWLY}) as server:
        result = send_one(at(server, timeout=0.7, final_timeout=20), BIG)
    assert result.outcome is Outcome.ACCEPTED
    assert server.messages == [BIG]


def test_it_waits_longer_for_the_answer_to_the_final_dot_when_told_to() -> None:
    async def slowly() -> SendResult:
        with ScriptedServer({"DOT": Do.HANG}) as server:
            connection = Connection(at(server, timeout=0.5, final_timeout=30))
            sending = asyncio.create_task(connection.send(SENDER, RECIPIENT, MESSAGE))
            await asyncio.sleep(1)
            assert not sending.done()
            sending.cancel()
            with pytest.raises(asyncio.CancelledError):
                await sending
            assert not connection.is_connected
            result = await connection.send(SENDER, RECIPIENT, MESSAGE)
            await connection.close()
            return result

    assert asyncio.run(slowly()).outcome is Outcome.ACCEPTED


@pytest.mark.parametrize("step", [Do.HANG, Do.DISCONNECT, b"\x00\x00\x00\x00", "500 what"])
def test_it_leaves_accepted_what_was_accepted_whatever_the_answer_to_quit(step: Any) -> None:
    with ScriptedServer({"QUIT": step}) as server:
        assert send_one(at(server, timeout=1)).outcome is Outcome.ACCEPTED


@pytest.mark.parametrize("step", [Do.ANSWER_AND_DISCONNECT])
def test_it_leaves_accepted_what_was_accepted_before_the_connection_closed(step: Do) -> None:
    with ScriptedServer({"DOT": step}) as server:
        first, second = send_all(at(server), [MESSAGE, MESSAGE])
    assert (first.outcome, second.outcome) == (Outcome.ACCEPTED, Outcome.ACCEPTED)
    assert len(server.messages) == 2


@pytest.mark.parametrize("step", [Do.DISCONNECT, "421 idle for too long", "garbage"])
def test_it_opens_a_kept_connection_again_that_turns_out_closed_at_mail(step: Any) -> None:
    with ScriptedServer({"MAIL": ["250 OK", step]}) as server:
        results = send_all(at(server), [MESSAGE, MESSAGE])
    assert [result.outcome for result in results] == [Outcome.ACCEPTED, Outcome.ACCEPTED]
    assert server.connections == 2
    assert len(server.messages) == 2


def test_it_opens_a_kept_connection_again_only_once() -> None:
    with ScriptedServer({"MAIL": ["250 OK", Do.DISCONNECT, Do.DISCONNECT]}) as server:
        results = send_all(at(server), [MESSAGE, MESSAGE])
    assert [result.outcome for result in results] == [Outcome.ACCEPTED, Outcome.DEFERRED]
    assert server.connections == 2


def test_it_never_sends_a_second_copy_by_itself_after_the_message_went_out() -> None:
    for step in (Do.HANG, Do.DISCONNECT, "451 later"):
        with ScriptedServer({"MAIL": ["250 OK"], "DOT": ["250 OK", step]}) as server:
            send_all(at(server, timeout=1), [MESSAGE, MESSAGE])
        assert len(server.messages) == 2


def test_it_refuses_an_address_that_is_none_before_anything_is_sent() -> None:
    with ScriptedServer() as server:
        (result,) = send_all(at(server), [MESSAGE], "a@example.org>\r\nRCPT TO:<b@example.org")
    assert (result.outcome, result.code, result.connection_lost) == (Outcome.REFUSED, None, False)
    assert not any(command.startswith("MAIL") for command in server.commands)


def test_it_asks_for_smtputf8_and_8bitmime_only_where_they_are_needed_and_offered() -> None:
    with ScriptedServer() as server:
        (result,) = send_all(at(server), ["字".encode()], "王@example.org")
    assert result.outcome is Outcome.ACCEPTED
    assert server.commands[1] == f"MAIL FROM:<{SENDER}> SIZE=3 BODY=8BITMIME SMTPUTF8"
    assert server.commands[2] == "RCPT TO:<王@example.org>"
    with ScriptedServer({"EHLO": "250 plain"}) as server:
        (result,) = send_all(at(server), [MESSAGE], "王@example.org")
        assert send_one(at(server), MESSAGE).outcome is Outcome.ACCEPTED
    assert (result.outcome, result.code) == (Outcome.REFUSED, None)
    assert "SMTPUTF8" in result.reply


def test_it_sends_from_the_null_return_path() -> None:
    async def talk(where: SmtpServer) -> SendResult:
        connection = Connection(where)
        result = await connection.send("", RECIPIENT, MESSAGE)
        await connection.close()
        return result

    with ScriptedServer() as server:
        assert asyncio.run(talk(at(server))).outcome is Outcome.ACCEPTED
    assert server.commands[1].startswith("MAIL FROM:<> ")


def test_it_gives_the_servers_words_as_one_short_line() -> None:
    long = "\r\n".join(f"550-{number} \x1b[31mred \x07 bell {'长' * 40}" for number in range(20)) + "\r\n550 end"
    with ScriptedServer({"RCPT": long}) as server:
        result = send_one(at(server))
    assert result.code == 550
    assert len(result.reply) == 300
    assert result.reply.isprintable()


def test_it_logs_in_and_defers_when_that_is_refused_without_giving_the_password_away() -> None:
    secret = base64.b64encode(f"\0{SENDER}\0{PASSWORD}".encode()).decode()
    echo = f"535 bad command: AUTH PLAIN {secret} ({PASSWORD})"
    account = {"username": SENDER, "password": SecretStr(PASSWORD)}
    with ScriptedServer({"EHLO": ["250-x\r\n250 AUTH PLAIN"] * 2, "AUTH": echo}) as server:
        where = at(server, **account)
        refused = send_one(where)
        accepted = send_one(where)
    assert (refused.outcome, refused.code, refused.stage) == (Outcome.DEFERRED, 535, Stage.CONNECT)
    assert accepted.outcome is Outcome.ACCEPTED
    assert server.commands[1] == f"AUTH PLAIN {secret}"
    for text in (refused.reply, repr(refused), repr(where), str(where), repr(Connection(where))):
        assert PASSWORD not in text
        assert secret not in text


def test_it_logs_in_by_login_where_the_server_knows_nothing_else() -> None:
    word = base64.b64encode(PASSWORD.encode()).decode()
    script = {"EHLO": "250-x\r\n250 AUTH LOGIN", "AUTH": "334 UGFzc3dvcmQ6", word.upper(): "235 welcome"}
    with ScriptedServer(script) as server:
        result = send_one(at(server, username=SENDER, password=SecretStr(PASSWORD)))
    assert result.outcome is Outcome.ACCEPTED
    assert server.commands[1:3] == [f"AUTH LOGIN {base64.b64encode(SENDER.encode()).decode()}", word]


def test_it_defers_when_the_server_offers_no_login_that_it_knows() -> None:
    with ScriptedServer({"EHLO": "250-x\r\n250 AUTH XOAUTH2"}) as server:
        result = send_one(at(server, username=SENDER, password=SecretStr(PASSWORD)))
    assert (result.outcome, result.stage) == (Outcome.DEFERRED, Stage.CONNECT)
    assert server.messages == []
    assert PASSWORD not in result.reply


def test_it_defers_when_starttls_is_wanted_and_not_offered() -> None:
    with ScriptedServer() as server:
        result = send_one(at(server, security="starttls"))
    assert (result.outcome, result.stage) == (Outcome.DEFERRED, Stage.CONNECT)
    assert server.messages == []


def test_it_tells_at_connecting_why_it_could_not_and_nothing_when_it_could() -> None:
    async def twice(where: SmtpServer) -> tuple[SendResult | None, bool, SendResult | None]:
        connection = Connection(where)
        first = await connection.connect()
        stands = connection.is_connected
        second = await connection.connect()
        await connection.close()
        await connection.close()
        return first, stands, second

    with ScriptedServer() as server:
        assert asyncio.run(twice(at(server))) == (None, True, None)
        assert server.connections == 1
    refused, stands, _ = asyncio.run(twice(at(server)))
    assert refused is not None
    assert refused.outcome is Outcome.DEFERRED
    assert not stands


def signed_for(folder: Path, address: str, *, days: int = 1) -> Path:
    """A key and a certificate for an address that no authority has signed; negative days: it has run out."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, address)])
    now = datetime.now(UTC)
    begins, ends = now - timedelta(days=10), now + timedelta(days=days)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, begins, ends)
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))])
    signed = builder.add_extension(names, critical=False).sign(key, hashes.SHA256())
    encoding = serialization.Encoding.PEM
    secret = key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = folder / "server.pem"
    path.write_bytes(secret + signed.public_bytes(encoding))
    return path


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate for 127.0.0.1 that no authority has signed."""
    return signed_for(tmp_path_factory.mktemp("tls"), "127.0.0.1")


@pytest.mark.parametrize("security", ["tls", "starttls"])
@pytest.mark.parametrize(("address", "days"), [("127.0.0.2", 1), ("127.0.0.1", -1)], ids=["of another", "run out"])
def test_it_gives_no_password_to_a_server_with_a_bad_certificate(
    security: str, address: str, days: int, tmp_path: Path
) -> None:
    path = signed_for(tmp_path, address, days=days)

    async def talk(where: SmtpServer) -> SendResult:
        connection = Connection(where, tls_context=ssl.create_default_context(cafile=str(path)))
        result = await connection.send(SENDER, RECIPIENT, MESSAGE)
        await connection.close()
        return result

    offered = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    offered.load_cert_chain(path)
    script = {"EHLO": ["250-x\r\n250-AUTH PLAIN\r\n250 STARTTLS"] * 3}
    with ScriptedServer(script, **{security: offered}) as server:
        where = at(server, security=security, username=SENDER, password=SecretStr(PASSWORD))
        result = asyncio.run(talk(where))
    assert (result.outcome, result.stage) == (Outcome.DEFERRED, Stage.CONNECT)
    assert not any(command.startswith(("AUTH", "MAIL")) for command in server.commands)
    assert server.messages == []


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_it_encrypts_and_trusts_only_a_server_whose_certificate_is_known(security: str, certificate: Path) -> None:
    async def talk(where: SmtpServer, trusted: ssl.SSLContext | None) -> SendResult:
        connection = Connection(where, tls_context=trusted)
        result = await connection.send(SENDER, RECIPIENT, BIG)
        await connection.close()
        return result

    offered = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    offered.load_cert_chain(certificate)
    with ScriptedServer({"EHLO": ["250-x\r\n250 STARTTLS"] * 3}, **{security: offered}) as server:
        where = at(server, security=security, timeout=10)
        unknown = asyncio.run(talk(where, None))
        assert (unknown.outcome, unknown.stage) == (Outcome.DEFERRED, Stage.CONNECT)
        assert server.messages == []
        known = asyncio.run(talk(where, ssl.create_default_context(cafile=str(certificate))))
    assert known.outcome is Outcome.ACCEPTED
    assert server.messages == [BIG]
