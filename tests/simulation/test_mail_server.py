"""The mail server that keeps what it gets in a folder."""

from __future__ import annotations

import asyncio
import smtplib
import socket
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from notifications.smtp import Connection, Outcome, SmtpServer
from simulation.mail_server import MailFolderServer, folder_name

if TYPE_CHECKING:
    from pathlib import Path

MESSAGE = b"Subject: x\r\n\r\n.dot\r\n\xe5\xad\x97 8 bit\r\n"


def send(server: MailFolderServer, *recipients: str, times: int = 1, message: bytes = MESSAGE) -> None:
    with smtplib.SMTP("127.0.0.1", server.port) as client:
        for _ in range(times):
            client.sendmail("duban@example.org", recipients, message)


def test_it_keeps_the_exact_bytes_in_the_recipients_folder(tmp_path: Path) -> None:
    with MailFolderServer(tmp_path / "mail") as server:
        send(server, "a@example.org", "b@example.org")
        assert server.count == 1
    for name in ("a@example.org", "b@example.org"):
        (kept,) = (tmp_path / "mail" / name).iterdir()
        assert kept.read_bytes() == MESSAGE
        assert kept.suffix == ".eml"


def test_it_keeps_thousands_and_leaves_nothing_unfinished(tmp_path: Path) -> None:
    with MailFolderServer(tmp_path) as server, ThreadPoolExecutor(4) as senders:
        list(senders.map(lambda number: send(server, f"{number}@example.org", times=250), range(4)))
        assert server.count == 1000
    assert len(list(tmp_path.glob("*/*.eml"))) == 1000
    assert list(tmp_path.glob("*/*.part")) == []


def test_it_keeps_two_equal_messages_and_those_of_an_earlier_run(tmp_path: Path) -> None:
    for _ in range(2):
        with MailFolderServer(tmp_path) as server:
            send(server, "a@example.org", times=2)
    names = sorted(path.name.split("-")[0] for path in (tmp_path / "a@example.org").iterdir())
    assert names == ["000001", "000002", "000003", "000004"]


def test_it_keeps_a_large_message(tmp_path: Path) -> None:
    large = b"Subject: big\r\n\r\n" + (b"x" * 900 + b"\r\n") * 40_000
    with MailFolderServer(tmp_path) as server:
        send(server, "a@example.org", message=large)
    (kept,) = tmp_path.glob("*/*.eml")
    assert kept.read_bytes() == large


def test_it_goes_on_when_somebody_clears_the_folder(tmp_path: Path) -> None:
    with MailFolderServer(tmp_path / "mail") as server:
        send(server, "a@example.org")
        (tmp_path / "mail").rename(tmp_path / "old")
        send(server, "a@example.org")
    assert len(list((tmp_path / "mail").glob("*/*.eml"))) == 1


def test_it_asks_the_sender_to_try_again_when_it_cannot_store(tmp_path: Path) -> None:
    with MailFolderServer(tmp_path) as server:
        (tmp_path / "a@example.org").write_text("a file where a folder must be")
        with pytest.raises(smtplib.SMTPDataError) as refused:
            send(server, "a@example.org")
        assert refused.value.smtp_code == 452
        assert server.count == 0


@pytest.mark.parametrize("address", ["..", "../../etc/passwd@x", "a/b@x", ".hidden@x", "a\\b@x", "x" * 300 + "@y", ""])
def test_it_never_leaves_its_folder(address: str) -> None:
    name = folder_name(address)
    assert name not in ("", ".", "..")
    assert not name.startswith(".")
    assert not set("/\\\0") & set(name)
    assert len(name) < 120


def test_it_gives_no_two_addresses_one_folder() -> None:
    assert folder_name("a/b@x") != folder_name("a_b@x")
    assert folder_name("王@example.org") == "王@example.org"


def test_it_takes_a_free_port_and_gives_it_back(tmp_path: Path) -> None:
    server = MailFolderServer(tmp_path)
    server.start()
    port = server.port
    assert port
    with pytest.raises(OSError, match="in use"):
        MailFolderServer(tmp_path, port=port).start()
    server.stop()
    server.stop()
    socket.create_server(("127.0.0.1", port)).close()
    with MailFolderServer(tmp_path, port=port) as again:
        send(again, "a@example.org")


def test_it_stops_while_a_sender_is_connected(tmp_path: Path) -> None:
    with MailFolderServer(tmp_path) as server:
        client = socket.create_connection(("127.0.0.1", server.port))
        assert client.recv(100).startswith(b"220")
    assert client.recv(100) == b""
    client.close()


def test_it_takes_what_our_own_connection_sends(tmp_path: Path) -> None:
    async def talk(port: int) -> set[Outcome]:
        connection = Connection(SmtpServer(host="127.0.0.1", port=port, security="none", sender="duban@example.org"))
        results = [await connection.send("duban@example.org", "王@example.org", MESSAGE) for _ in range(250)]
        await connection.close()
        return {result.outcome for result in results}

    with MailFolderServer(tmp_path) as server:
        assert asyncio.run(talk(server.port)) == {Outcome.ACCEPTED}
    kept = list((tmp_path / "王@example.org").iterdir())
    assert len(kept) == 250
    assert {path.read_bytes() for path in kept} == {MESSAGE}
