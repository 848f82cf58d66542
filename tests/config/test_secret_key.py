"""The key behind Message-IDs: from the settings, or made once for the data folder's owner alone."""

from __future__ import annotations

import stat
import threading
from pathlib import Path

import pytest

from config.secret_key import secret_key
from config.settings import settings

OWN = "DUBAN_SECRET_KEY"


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work without a setting; the file that holds the key then."""
    monkeypatch.setenv(OWN, "")
    settings.cache_clear()
    return settings().data_dir / "secret.key"


def test_it_takes_the_settings_key_and_shows_it_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(OWN, "a long secret")
    settings.cache_clear()
    assert secret_key() == b"a long secret"
    assert "a long secret" not in repr(settings())
    assert not (settings().data_dir / "secret.key").exists()


def test_it_makes_a_key_once_that_only_its_owner_may_read(kept: Path) -> None:
    key = secret_key()
    assert len(key) == 64
    assert kept.read_bytes() == key == secret_key()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert [each.name for each in kept.parent.iterdir()] == ["secret.key"]


def test_it_keeps_the_key_of_whoever_came_first(kept: Path) -> None:
    from config import secret_key as module

    found = set[bytes]()

    def read() -> None:
        module._kept.cache_clear()
        found.add(secret_key())

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {kept.read_bytes()}
