"""The server's time zone changes nothing: the same deadlines and byte-identical mails."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ZONES = ("UTC", "Asia/Shanghai", "America/New_York")


def test_it_sends_byte_identical_mails_whatever_the_servers_time_zone(sqlite_template: Path, tmp_path: Path) -> None:
    said = {zone: _play(zone, sqlite_template, tmp_path / zone.replace("/", "-")) for zone in ZONES}
    assert said["UTC"].count(".org ") > 8, "mails were sent"
    assert "2020-03-05T16:00:00+00:00" in said["UTC"], "24:00 of 5 March in Shanghai"
    assert set(said.values()) == {said["UTC"]}


def _play(zone: str, template: Path, folder: Path) -> str:
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "duban.db").write_bytes(template.read_bytes())
    environment = {
        **os.environ, "TZ": zone, "PYTHONPATH": str(ROOT), "DUBAN_DATA_DIR": "data",
        "DUBAN_SECRET_KEY": "one for all", "DUBAN_DATABASE_URL": "sqlite:///data/duban.db",
        "DUBAN_OPERATORS_ADDRESS": "operators@example.org",
        "DUBAN_SMTP_CONNECTIONS": "1", "DUBAN_SMTP_HOST": "127.0.0.1",
    }  # fmt: skip
    run = subprocess.run(
        [sys.executable, "-m", "tests.tasks.zones", str(folder / "mails")], capture_output=True, text=True,
        check=False, env=environment, cwd=folder,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr[-2000:]
    return run.stdout
