"""The demo from an empty folder to its summary, as `make demo` runs it; and the whole chain on the real seed."""

from __future__ import annotations

import email
import email.policy
import json
import shutil
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import date, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.conftest import ROOT, SEED

COVER, UPSTREAM = "黑扶组办发〔2020〕3号", "国开发〔2020〕3号"
PLAYS = ["example", pytest.param("seed", marks=pytest.mark.skipif(not SEED.exists(), reason="the seed is not here"))]


def duban(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from cli.main import main; main()", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)


@pytest.fixture(scope="module", params=PLAYS)
def played(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("demo") / request.param
    extra = ["--circular", str(SEED)] if request.param == "seed" else []
    done = duban("demo", "--folder", str(folder), *extra)
    assert done.returncode == 0, done.stderr + done.stdout
    assert "留痕" in done.stdout
    # Looked at before anybody opens it: everything stands in the one file.
    assert not (folder / "duban.db-wal").exists()
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def summary(played: Path) -> dict[str, Any]:
    value: dict[str, Any] = json.loads((played / "summary.json").read_text(encoding="utf-8"))
    return value


@pytest.fixture(scope="module")
def mails(played: Path) -> list[tuple[str, EmailMessage]]:
    policy = email.policy.default
    return [
        (path.parent.name, email.message_from_bytes(path.read_bytes(), policy=policy))  # type: ignore[misc, unused-ignore]
        for path in sorted((played / "mail").glob("**/*.eml"))
    ]


def sent_at(mail: EmailMessage) -> datetime:
    value: datetime = mail["Date"].datetime
    return value


def body(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    assert part is not None
    content: str = part.get_content()
    return content


def test_it_links_the_two_circulars(summary: dict[str, Any]) -> None:
    upstream, cover = summary["circulars"]
    assert (upstream["document_number"], cover["document_number"]) == (UPSTREAM, COVER)
    assert cover["forwards"]["document_number"] == UPSTREAM
    assert upstream["forwards"] is None
    assert cover["issuing_authority"] == ["黑龙江省扶贫开发领导小组办公室"]


def test_it_plays_the_whole_province(summary: dict[str, Any]) -> None:
    tiers = summary["offices"]
    assert (tiers["state_council"], tiers["province"], tiers["prefecture"], tiers["county"]) == (1, 1, 13, 121)
    assert tiers["member_unit"] >= 20
    addressed = tiers["prefecture"] + tiers["county"] + tiers["member_unit"]
    assert sum(summary["obligations"]["receipt"].values()) == addressed + 1
    assert summary["obligations"]["forward"] == {"accepted": 1}


def test_it_reads_what_has_to_be_reported(summary: dict[str, Any]) -> None:
    found = {(each["document_number"], each["kind"], each["due_on"], each["rrule"]) for each in summary["requirements"]}
    assert found == {
        (UPSTREAM, "once", "2020-02-20", None),
        (COVER, "once", None, None),
        (COVER, "recurring", None, "FREQ=MONTHLY;BYMONTHDAY=5"),
        (COVER, "on_occurrence", None, None),
    }
    goes_to = {each["document_number"]: each["deliver_to"] for each in summary["requirements"]}
    assert goes_to == {UPSTREAM: "国务院扶贫办", COVER: "省扶贫办"}
    assert [each["starts_on"] for each in summary["requirements"] if each["rrule"]] == ["2020-03-05"]


def test_it_ends_in_few_completed_runs(summary: dict[str, Any]) -> None:
    assert summary["flow_runs"]["failed"] == 0
    assert 0 < summary["flow_runs"]["completed"] <= 150


def test_it_accepts_every_message_once(summary: dict[str, Any], mails: list[tuple[str, EmailMessage]]) -> None:
    notices = summary["notices"]
    assert (notices["refused"], notices["uncertain"]) == (0, 0)
    assert notices["accepted"] == sum(notices["by_kind"].values()) == len(mails)
    identities = Counter(mail["Message-ID"] for _, mail in mails)
    assert max(identities.values()) == 1
    assert notices["by_kind"]["circular"] == sum(summary["obligations"]["receipt"].values()) - 1


def test_it_writes_mails_that_offices_can_read(mails: list[tuple[str, EmailMessage]]) -> None:
    for folder, mail in mails:
        assert folder.endswith("@example.org")
        assert mail["Auto-Submitted"] == "auto-generated"
        assert "2020-02-13" <= sent_at(mail).date().isoformat() <= "2020-04-15"
        assert sent_at(mail).utcoffset() is not None
        assert body(mail, "plain").strip()
        assert "<html" in body(mail, "html")
        assert "http://" not in body(mail, "html").replace("http://www.w3.org", "")


def test_it_reminds_of_a_sunday_on_the_friday_before_the_holiday(mails: list[tuple[str, EmailMessage]]) -> None:
    days = {
        sent_at(mail).date()
        for _, mail in mails
        if "2020年4月5日（星期日）24时前" in body(mail, "plain") and "时限临近" in mail["Subject"]
    }
    assert date(2020, 4, 3) in days
    assert max(days) == date(2020, 4, 3)


def test_it_sends_routine_mail_in_working_hours_and_urgent_mail_at_any(mails: list[tuple[str, EmailMessage]]) -> None:
    at_night = [mail for _, mail in mails if not 8 <= sent_at(mail).hour < 18 or sent_at(mail).weekday() == 5]
    assert at_night
    assert all(mail["Subject"].startswith("【紧急】") for mail in at_night)
    urgent = [mail for _, mail in mails if mail["Subject"].startswith(("【特急】", "【加急】", "【紧急】"))]
    assert all(mail["Importance"] == "high" for mail in urgent)


def test_it_never_writes_to_the_outside(mails: list[tuple[str, EmailMessage]]) -> None:
    assert not [folder for folder, _ in mails if "000000" in folder]


def test_it_tells_superiors_of_late_offices_only(summary: dict[str, Any]) -> None:
    escalations = summary["escalations"]
    assert {each["rung"] for each in escalations} >= {"issued+2", "due+3", "due+5"}
    for each in escalations:
        assert each["office"]
        assert each["to_office"]
        assert each["reason"]
        assert datetime.fromisoformat(each["at"]).tzinfo is not None
    counties = [each for each in escalations if "县" in each["office"] and each["rung"] == "due+3"]
    assert counties
    assert all(each["to_office"] != each["office"] for each in counties)


def test_it_keeps_every_month_of_every_addressee(played: Path) -> None:
    with closing(sqlite3.connect(played / "duban.db")) as connection:
        rows = connection.execute(
            "SELECT period, count(*), count(DISTINCT office_id) FROM obligation "
            "WHERE period <> '' AND case_id IS NULL GROUP BY period"
        ).fetchall()
    assert {period for period, _, _ in rows} == {"2020-03-05", "2020-04-05", "2020-05-05"}
    assert len({count for _, count, _ in rows}) == 1
    assert all(count == offices for _, count, offices in rows)


def test_it_answers_urgent_reports_level_by_level(summary: dict[str, Any]) -> None:
    answered, climbed = summary["urgent_reports"]
    assert answered["severity"] == "relatively_serious"
    assert answered["first_response_at"] == "2020-03-14T22:52:00+08:00"
    assert [level["responded_at"] is not None for level in answered["levels"]] == [True, True]
    assert climbed["severity"] == "serious"
    prefecture, province = climbed["levels"]
    assert province["told_at"] == "2020-04-05T05:35:00+08:00"
    assert prefecture["responded_at"] > province["responded_at"]


def test_it_leaves_a_trail_that_verifies_against_its_head(played: Path, summary: dict[str, Any]) -> None:
    assert summary["audit"]["verified"] is True
    head = json.loads((played / "audit.head").read_text(encoding="utf-8"))
    assert (head["seq"], head["hash"]) == (summary["audit"]["entries"], summary["audit"]["head"])
    verified = duban(
        "audit", "verify", "--database", f"sqlite:///{played}/duban.db", "--against", str(played / "audit.head")
    )
    assert verified.returncode == 0, verified.stderr


def test_it_names_the_row_in_which_one_byte_was_changed(played: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    shutil.copyfile(played / "duban.db", copy)
    with closing(sqlite3.connect(copy)) as connection, connection:
        connection.execute("DROP TRIGGER audit_entry_no_update")
        connection.execute("UPDATE audit_entry SET payload = replace(payload, '}', ']') WHERE seq = 77")
    verified = duban("audit", "verify", "--database", f"sqlite:///{copy}")
    assert verified.returncode == 1
    assert "第 77 条" in verified.stdout + verified.stderr


def test_it_writes_a_register_that_opens(played: Path) -> None:
    book = openpyxl.load_workbook(played / "register.xlsx", read_only=True)
    assert "事项台账" in book.sheetnames
    assert book["事项台账"].max_row > 600
    book.close()
