"""The key that makes Message-IDs and reply addresses impossible to guess: from the settings, or a file of its own."""

from __future__ import annotations

import os
import secrets
from functools import lru_cache
from pathlib import Path

from config.settings import settings

_FILE = "secret.key"


def secret_key() -> bytes:
    """Return this installation's key. Without a setting it is made once, in the data folder, for its owner alone."""
    own = settings().secret_key
    return own.get_secret_value().encode() if own is not None else _kept(settings().data_dir)


@lru_cache(maxsize=4)
def _kept(folder: Path) -> bytes:
    path = folder / _FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    if not path.exists():
        with os.fdopen(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(secrets.token_hex(32))
        try:
            os.link(fresh, path)
        except FileExistsError:
            pass  # another process was first: its key is read below
        finally:
            fresh.unlink()
    return path.read_bytes().strip()
