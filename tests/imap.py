"""Real IMAP servers for the tests: pymap always, Dovecot where Debian's is installed; loopback only."""

from __future__ import annotations

import grp
import imaplib
import itertools
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from typing import Literal

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from imap_tools.imap_utf7 import utf7_decode
from imap_tools.utils import encode_folder
from pydantic import SecretStr

from notifications.imap_server import ImapServer

DOVECOT = Path("/usr/sbin/dovecot")
PASSWORD = "chun-tian-2020"


def _is_dovecot_there() -> bool:
    """Version 2.4 reads another kind of configuration."""
    if not DOVECOT.exists():
        return False
    version = subprocess.run([str(DOVECOT), "--version"], check=False, capture_output=True, text=True)
    return version.stdout.startswith("2.3.")


HAS_DOVECOT = _is_dovecot_there()
#: what the `imap_server` fixture is parametrized with
KINDS = ["pymap", *(["dovecot"] if HAS_DOVECOT else [])]
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Postbox:
    """One empty mailbox on a real server, and the view of its owner's own mail program."""

    port: int
    username: str
    kind: str
    #: file with the server's key and certificate; None for a server without encryption
    certificate: Path | None = None
    encrypted_port: int = 0

    def server(
        self,
        *,
        password: str = PASSWORD,
        security: Literal["none", "starttls", "tls"] = "none",
        folder: str = "INBOX",
        largest: int = 1_000_000,
        timeout: float = 10,
    ) -> ImapServer:
        """The mailbox as our settings would name it."""
        return ImapServer(
            host="127.0.0.1",
            port=self.encrypted_port if security == "tls" else self.port,
            username=self.username,
            password=SecretStr(password),
            security=security,
            timeout=timeout,
            folder=folder,
            filing_folders=("督办/已处理", "督办/待人工处理"),
            largest=largest,
        )

    def put(self, *messages: bytes, folder: str = "INBOX", flags: str = "") -> None:
        """Let messages arrive."""
        with self._open() as client:
            for message in messages:
                status, words = client.append(_name(folder), flags, None, message)
                assert status == "OK", words

    def held(self, folder: str = "INBOX") -> list[bytes]:
        """The messages in a folder, oldest first; none where there is no such folder."""
        return [content for content, _ in self._look(folder)]

    def flags(self, folder: str = "INBOX") -> list[set[str]]:
        """The flags of each message in a folder, oldest first, without what only tells that it is new."""
        return [flags - {"\\Recent"} for _, flags in self._look(folder)]

    def flag(self, number: int, flag: str) -> None:
        """Set a flag, as the owner's mail program would; `number` counts from 1."""
        with self._open() as client:
            client.select("INBOX")
            client.store(str(number), "+FLAGS", f"({flag})")

    def folders(self) -> set[str]:
        """All folders, as the server names them."""
        return self._listed("LIST")

    def subscribed(self) -> set[str]:
        return self._listed("LSUB")

    def empty(self) -> None:
        """Throw everything away: for a server that several tests share."""
        with self._open() as client:
            for folder in self._listed("LIST") - {"INBOX"}:
                client.unsubscribe(_name(folder))
                client.delete(_name(folder))
            client.select("INBOX")
            client.store("1:*", "+FLAGS", "(\\Deleted)")
            client.expunge()

    def _listed(self, command: str) -> set[str]:
        with self._open() as client:
            client._simple_command(command, '""', "*")
            lines = client.untagged_responses.get(command, [])
        return {utf7_decode(line).partition(' "/" ')[2].strip('"') for line in lines if isinstance(line, bytes)}

    def _look(self, folder: str) -> list[tuple[bytes, set[str]]]:
        with self._open() as client:
            if client.select(_name(folder), readonly=True)[0] != "OK":
                return []
            found = []
            for number in client.search(None, "ALL")[1][0].split():
                content = client.fetch(number.decode(), "(BODY.PEEK[])")[1][0]
                flags = client.fetch(number.decode(), "(FLAGS)")[1][0]
                assert isinstance(content, tuple)
                assert isinstance(flags, bytes)
                found.append((content[1], {flag.decode() for flag in imaplib.ParseFlags(flags)}))
            return found

    @contextmanager
    def _open(self) -> Iterator[imaplib.IMAP4]:
        client = imaplib.IMAP4("127.0.0.1", self.port, timeout=10)
        client.login(self.username, PASSWORD)
        yield client
        client.logout()


def letter(number: int = 1, *, text: str = "收到。", message_id: str | None = None, size: int = 0) -> bytes:
    """A mail of a locality; `size` adds so many bytes."""
    message = EmailMessage()
    message["From"] = f"officer{number}@example.org"
    message["To"] = "duban@example.org"
    message["Subject"] = f"回复{number}"
    message["Date"] = "Fri, 03 Apr 2020 09:00:00 +0800"
    if message_id != "":
        message["Message-ID"] = message_id or f"<letter-{number}@example.org>"
    message.set_content(text + "\n" + "x" * size)
    return message.as_bytes().replace(b"\n", b"\r\n")


@contextmanager
def pymap() -> Iterator[Postbox]:
    """A pymap of our own in a process of its own, with one mailbox in memory."""
    port = _free_port()
    command = [sys.executable, "-W", "ignore", "-c", "from pymap.main import main; main()"]
    options = ["--no-tls", "--host", "127.0.0.1", "--port", str(port)]
    user = ["dict", "--demo-user", "duban", "--demo-password", PASSWORD]
    with tempfile.TemporaryFile() as log:
        server = subprocess.Popen([*command, *options, *user], stdout=log, stderr=log)
        try:
            _wait_for(port, server)
            yield Postbox(port, "duban", "pymap")
        finally:
            server.terminate()
            server.wait(timeout=10)


@contextmanager
def dovecot(extra: str = "") -> Iterator[Postbox]:
    """A Dovecot of our own: every name is a mailbox. `extra` goes to the end of its configuration."""
    # As root, mail is read and written by a user of no rights, who may not enter pytest's folders.
    folder = Path(tempfile.mkdtemp(prefix="duban-dovecot-"))
    folder.chmod(0o755)
    mail = folder / "mail"
    mail.mkdir(mode=0o700)
    is_root = os.getuid() == 0
    owner = pwd.getpwnam("nobody") if is_root else pwd.getpwuid(os.getuid())
    group = grp.getgrgid(owner.pw_gid).gr_name
    shutil.chown(mail, owner.pw_uid, owner.pw_gid)
    certificate = new_certificate(folder)
    port, encrypted_port = _free_port(), _free_port()
    configuration = folder / "dovecot.conf"
    configuration.write_text(
        _DOVECOT.format(
            folder=folder,
            mail=mail,
            port=port,
            encrypted_port=encrypted_port,
            certificate=certificate,
            password=PASSWORD,
            owner_id=owner.pw_uid,
            group=group,
            # without root there is one user for everything
            login="dovenull" if is_root else owner.pw_name,
            internal="dovecot" if is_root else owner.pw_name,
            internal_group="dovecot" if is_root else group,
        )
        + extra
    )
    server = subprocess.Popen([str(DOVECOT), "-F", "-c", str(configuration)], stderr=subprocess.DEVNULL)
    try:
        _wait_for(port, server, log=folder / "log")
        yield Postbox(port, "duban", "dovecot", certificate, encrypted_port)
    finally:
        server.terminate()
        server.wait(timeout=10)
        shutil.rmtree(folder, ignore_errors=True)


def new_certificate(folder: Path) -> Path:
    """A key and a certificate for 127.0.0.1, in one file, that no authority has signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, now - timedelta(days=1), now + timedelta(days=1))
    address = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    signed = builder.add_extension(address, critical=False).sign(key, hashes.SHA256())
    encoding = serialization.Encoding.PEM
    secret = key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = folder / "server.pem"
    path.write_bytes(secret + signed.public_bytes(encoding))
    return path


def new_name() -> str:
    """A mailbox that no test has used."""
    return f"duban{next(_numbers)}"


def _name(folder: str) -> str:
    return encode_folder(folder).decode()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int, server: subprocess.Popen[bytes], log: Path | None = None) -> None:
    for _ in range(400):
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1) as greeting:
                if greeting.recv(1):
                    return
        except OSError:
            pass  # it does not listen yet
        if server.poll() is not None:
            break
        time.sleep(0.05)
    pytest.fail(f"the server did not start: {log.read_text() if log and log.exists() else ''}")


_DOVECOT = """
protocols = imap
listen = 127.0.0.1
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
default_login_user = {login}
default_internal_user = {internal}
default_internal_group = {internal_group}
disable_plaintext_auth = no
auth_failure_delay = 0
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{certificate}
mail_location = maildir:{mail}/%u
mail_uid = {owner_id}
first_valid_uid = 1
mail_gid = {group}
first_valid_gid = 1
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={owner_id} gid={group} home={mail}/%u
}}
service anvil {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {encrypted_port}
    ssl = yes
  }}
}}
namespace inbox {{
  inbox = yes
  separator = /
}}
"""
