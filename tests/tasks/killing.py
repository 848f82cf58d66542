"""SIGKILL before a step of a worker, and what is compared afterwards: the database put back, the trail without numbers.

A step is a statement, a commit, a word written to the mail server or an answer read. By default a sample of them is
tried; with EVERY_STEP=1 in the environment each one.
"""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import NullPool, create_engine, make_url, select, text
from sqlmodel import col

from models.audit import AuditEntry
from models.session import open_engine, reading
from tests.tasks.workers import Worker, wait_until

#: so many steps of each run are tried where not all are
SAMPLE = 6
Reset = Callable[[], None]


def sample(total: int) -> list[int]:
    """Return the steps to be killed at: all, or some of them spread over the run, the first and the last included."""
    if os.environ.get("EVERY_STEP"):
        return list(range(1, total + 1))
    return sorted({1 + round(each * (total - 1) / (SAMPLE - 1)) for each in range(SAMPLE)})


def kept(url: str) -> Reset:
    """Keep the database as it is now; return what puts it back under the same address."""
    open_engine(url).dispose()
    if make_url(url).get_backend_name() == "sqlite":
        return _kept_file(Path(make_url(url).database or ""), url)
    name = make_url(url).database
    admin = create_engine(make_url(url).set(database="postgres"), isolation_level="AUTOCOMMIT")

    def run(*statements: str) -> None:
        open_engine(url).dispose()
        with admin.connect() as connection:
            for each in statements:
                connection.execute(text(each))
        admin.dispose()

    run(f"CREATE DATABASE {name}_kept TEMPLATE {name}")
    return lambda: run(f"DROP DATABASE {name} WITH (FORCE)", f"CREATE DATABASE {name} TEMPLATE {name}_kept")


def _kept_file(path: Path, url: str) -> Reset:
    copy = path.with_suffix(".kept")
    with create_engine(url).connect() as connection:
        connection.execute(text(f"VACUUM INTO '{copy}'"))

    def reset() -> None:
        open_engine(url).dispose()
        for suffix in ("", "-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        shutil.copyfile(copy, path)

    return reset


def killed_at(worker: Worker, act: str, now: datetime, step: int, url: str, **more: Any) -> int:
    """Let a child be killed before this step; wait until the server has noticed and let go of what it had locked."""
    taken = worker.steps_until(act, now, step, **more)
    open_engine(url).dispose()
    if make_url(url).get_backend_name() != "sqlite":
        wait_until(lambda: not _others(url))
    return taken


def _others(url: str) -> int:
    asked = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        return int(connection.scalar(text(asked)) or 0)


def trail(*without: str) -> Counter[str]:
    """Return the trail's entries as a multiset: what was done, to whom, without numbers that a rollback may skip."""
    with reading() as session:
        rows = session.execute(select(col(AuditEntry.act), col(AuditEntry.payload)).order_by(col(AuditEntry.seq))).all()
    return Counter(f"{act} {_plain(json.loads(payload))}" for act, payload in rows if act not in without)


def _plain(payload: dict[str, Any]) -> str:
    # The bytes of a message bear the time at which it was made; its id hangs on that of its notice.
    left_out = ("firing", "attempts", "digest", "notice", "message_id")
    values = {name: value for name, value in payload.items() if name not in left_out}
    if isinstance(values.get("offices"), dict):
        values["offices"] = sorted(values["offices"])
    return json.dumps(values, sort_keys=True, ensure_ascii=False)
