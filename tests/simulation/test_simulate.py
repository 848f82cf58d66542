"""Playing scripts: what is answered, by which calendar, and that nothing of the installation is touched."""

from __future__ import annotations

import email
import email.policy
import json
import os
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from config.settings import settings
from domain.errors import Refused
from simulation.simulate import Simulated
from tasks.delivering import set_mail_mode
from tests.cast import COVER, OPERATOR, SHIQIAO, beijing, set_out
from tests.conftest import ROOT
from tests.simulation.stories import (
    CITY,
    COUNTY,
    HEAD,
    NUMBER,
    SILENT,
    circular,
    event,
    manners,
    names,
    played,
    rungs,
    written,
)  # fmt: skip

EXAMPLE = ROOT / "examples" / "province-quarter.toml"


@pytest.fixture(scope="module")
def silent(tmp_path_factory: pytest.TempPathFactory) -> Simulated:
    """A month in which one county neither confirms nor reports what is due on Sunday 5 April 2020."""
    return played(tmp_path_factory.mktemp("silent"), HEAD, manners(silent=SILENT), circular())


def test_it_fires_every_rung_on_the_day_that_the_calendar_says(silent: Simulated) -> None:
    """Worked out by hand: 4 to 6 April 2020 are rest days; working days count, a Sunday is never one."""
    assert rungs(silent, SILENT) == [
        ("due-3", "officer", "2020-04-01T09:00", "open"),
        # Friday 3 April is both the last working day before and the one that stands in for the due day.
        ("due-1", "officer", "2020-04-03T09:00", "superseded"),
        ("due-0", "officer", "2020-04-03T09:00", "open"),
        ("due+1", "officer", "2020-04-07T09:00", "open"),
        ("due+1", "head", "2020-04-07T09:00", "open"),
        ("due+3", "superior", "2020-04-09T09:00", "open"),
        ("due+5", "superior_head", "2020-04-13T09:00", "open"),
        ("weekly", "officer", "2020-04-20T09:00", "open"),
        ("weekly", "superior", "2020-04-20T09:00", "open"),
        # 26 April is a working Sunday, 27 April a Monday; the next one would be 4 May, after the end.
        ("weekly", "officer", "2020-04-27T09:00", "open"),
        ("weekly", "superior", "2020-04-27T09:00", "open"),
        # the period of 5 May, a public holiday: its working days before are 30, 29 and 28 April
        ("due-3", "officer", "2020-04-28T09:00", "open"),
        ("due-1", "officer", "2020-04-30T09:00", "superseded"),
        ("due-0", "officer", "2020-04-30T09:00", "open"),
    ]  # fmt: skip


def test_it_tells_of_each_firing_when_it_was_due_and_planned(silent: Simulated) -> None:
    found = [each for each in silent.recount.firings if each["office"] == SILENT and each["rung"] == "due+3"]
    assert [(each["due_at"], each["at"], each["fired_at"]) for each in found] == [
        ("2020-04-06T00:00:00+08:00", "2020-04-09T09:00:00+08:00", "2020-04-09T09:00:00+08:00")
    ]
    (only,) = found
    assert (only["to_office"], only["role"], only["catch_up"], only["manual"]) == (CITY, "officer", False, False)
    assert [each["address"] for each in only["recipients"]] == [f"officer.{CITY}@example.org"]


def test_it_chases_nobody_who_has_acted(silent: Simulated) -> None:
    submitted = {each["id"]: each["submitted_at"] for each in silent.recount.obligations if each["submitted_at"]}
    assert len(submitted) == 4
    for each in silent.recount.firings:
        if each["obligation"] in submitted and each["audience"]:
            assert each["fired_at"] < submitted[each["obligation"]]
            assert each["rung"] == "due-3"


def test_it_tells_every_transition_in_order(silent: Simulated) -> None:
    number = next(
        each["id"] for each in silent.recount.obligations
        if each["office"] == COUNTY and each["kind"] == "report" and each["period"] == "2020-04-05"
    )  # fmt: skip
    found = [each for each in silent.recount.transitions if each["obligation"] == number]
    assert [(each["act"], each["status"]) for each in found] == [
        ("obligation.made", "pending"), ("report.submitted", "submitted"), ("report.accepted", "accepted")
    ]  # fmt: skip
    assert [each["actor"] for each in found] == [
        "claimed:值班员", f"officer:{COUNTY}经办人", "claimed:值班员"
    ]  # fmt: skip
    sequence = [each["seq"] for each in silent.recount.transitions]
    assert sequence == sorted(sequence)


def test_its_last_transition_agrees_with_the_status_of_every_obligation(silent: Simulated) -> None:
    last = {each["obligation"]: each for each in silent.recount.transitions if each["status"]}
    for owed in silent.recount.obligations:
        assert last[owed["id"]]["status"] == owed["status"]
        if owed["ended_at"]:
            assert last[owed["id"]]["at"] == owed["ended_at"]


def test_it_leaves_open_and_red_what_nobody_did(silent: Simulated) -> None:
    owed = [each for each in silent.recount.obligations if each["office"] == SILENT]
    assert {each["status"] for each in owed} == {"pending"}
    assert all(each["ended_at"] is None for each in owed)


def test_it_counts_the_same_mails_in_the_list_and_in_the_burden(silent: Simulated) -> None:
    mails, burden = silent.recount.mails, silent.burden
    assert burden["mails"] == len(mails) == sum(burden["by_kind"].values())
    assert burden["items"] == sum(each["items"] for each in mails)
    assert sum(each["mails"] for each in burden["offices"]) == len(mails)
    of_county = next(each for each in burden["offices"] if each["office"] == COUNTY)
    days = Counter(each["at"][:10] for each in mails if each["office"] == COUNTY)
    assert of_county["busiest_day"]["mails"] == max(days.values())
    assert burden["outside_working_hours"] == 0


def test_it_sends_the_circular_after_its_waiting_time_in_working_hours(silent: Simulated) -> None:
    assert {at for at, kind in names(silent.recount.mails) if kind == "circular"} == {"2020-03-16T09:40"}


def test_it_gives_the_fields_that_others_check(silent: Simulated) -> None:
    answer = silent.plain()
    assert set(answer) >= {"settings", "firings", "obligations", "transitions", "mails", "burden", "refused"}
    wanted = {
        "office", "obligation_kind", "document_number", "period", "revision", "rung", "audience", "recipients",
        "due_at", "fired_at", "at", "catch_up", "manual", "state",
    }  # fmt: skip
    assert all(wanted <= set(each) for each in answer["firings"])
    kinds = ("id", "office", "kind", "document_number", "period", "base_due_at", "due_at", "status", "hold", "ended_at")
    assert all(set(kinds) <= set(each) for each in answer["obligations"])
    assert answer["settings"]["seed"] == 3
    assert len(answer["settings"]["policy_digest"]) == 64


def test_it_catches_up_after_an_outage_with_one_message_each(tmp_path: Path) -> None:
    """Nobody swept from 31 March to 8 April, 10:20: three rungs have passed, and the highest speaks for them."""
    outage = event("2020-03-31T12:00:00", "sweeper_down", until="2020-04-08T10:20:00")
    done = played(tmp_path, HEAD, manners(silent=SILENT), circular(), outage)
    found = [each for each in rungs(done, SILENT) if each[2] < "2020-04-10"]
    assert found == [
        ("due-3", "officer", "2020-04-08T10:30", "superseded"),
        ("due-1", "officer", "2020-04-08T10:30", "superseded"),
        ("due-0", "officer", "2020-04-08T10:30", "superseded"),
        ("due+1", "officer", "2020-04-08T10:30", "open"),
        ("due+1", "head", "2020-04-08T10:30", "open"),
        # told on the 8th: its superior may hear on the next working day
        ("due+3", "superior", "2020-04-09T09:00", "open"),
    ]  # fmt: skip
    told = Counter(each["to"] for each in done.recount.mails if each["at"].startswith("2020-04-08"))
    assert told[f"officer.{SILENT}@example.org"] == 1


def test_it_holds_mail_while_the_server_is_down(tmp_path: Path) -> None:
    down = event("2020-04-01T08:00:00", "mail_down", until="2020-04-01T14:00:00")
    done = played(tmp_path, HEAD, manners(silent=SILENT), circular(), down)
    first = next(each for each in done.recount.firings if each["office"] == SILENT and each["rung"] == "due-3")
    assert first["fired_at"][:16] == "2020-04-01T09:00"
    sent = {at for at, kind in names(done.recount.mails) if at.startswith("2020-04-01") and kind == "due_soon"}
    assert sent == {"2020-04-01T14:00"}


def test_it_looks_every_quarter_of_an_hour_unless_told_otherwise(tmp_path: Path) -> None:
    """An urgent paper issued at 9:40: its officer is due at 10:40 and is found by the sweep at 10:45."""
    urgent = circular(forwarded_at="2020-03-16T09:40:00", urgency="urgent")
    usual = played(tmp_path, HEAD, manners(silent=SILENT), urgent)
    hourly = played(tmp_path, HEAD, manners(silent=SILENT), urgent, "[cadence]\nsweep = 60\n")
    for done, wanted in ((usual, "2020-03-16T10:45"), (hourly, "2020-03-16T11:00")):
        (first, *_) = rungs(done, SILENT, "receipt")
        assert first[:3] == ("issued+1h", "officer", wanted)


def test_it_plays_every_act_of_the_script(tmp_path: Path) -> None:
    which = {"document": NUMBER, "office": SILENT}
    done = played(
        tmp_path, HEAD, manners(silent=SILENT), circular(),
        event("2020-03-17T10:00:00", "receive", **which),
        event("2020-03-17T10:00:00", "receive", **which),
        event("2020-03-30T10:00:00", "extend", **which, due_on="2020-04-10", reason="数据待核"),
        event("2020-04-07T10:00:00", "report", **which, text="情况如下。"),
        event("2020-04-07T11:00:00", "return", **which, reason="缺数据"),
        event("2020-04-07T12:00:00", "waive", **which, reason="不再需要"),
    )  # fmt: skip
    number = next(each["id"] for each in done.recount.obligations if each["status"] == "waived")
    acts = [
        (each["act"], each["status"], each["at"][:16])
        for each in done.recount.transitions
        if each["obligation"] == number
    ]
    assert acts == [
        ("obligation.made", "pending", "2020-03-16T09:30"),
        ("deadline.adjusted", None, "2020-03-30T10:00"),
        ("report.submitted", "submitted", "2020-04-07T10:00"),
        ("deadline.adjusted", None, "2020-04-07T11:00"),
        ("report.returned", "returned", "2020-04-07T11:00"),
        ("obligation.waived", "waived", "2020-04-07T12:00"),
    ]
    (refused,) = done.refused
    assert (refused.do, refused.at) == ("receive", beijing("2020-03-17 10:00"))
    assert "已完成" in refused.sentence


def test_it_plays_what_offices_ask_and_superiors_decide(tmp_path: Path) -> None:
    """More time is asked for and given, the clock stopped and started, and the circular withdrawn in the end."""
    which = {"document": NUMBER, "office": SILENT}
    april = {**which, "period": "2020-04-05"}
    done = played(
        tmp_path, HEAD, manners(silent=SILENT), circular(),
        event("2020-03-17T10:00:00", "receive", **which),
        event("2020-03-31T10:00:00", "ask_extension", **april, due_on="2020-04-10", progress="过半", reason="数据待核"),
        event("2020-03-31T15:00:00", "decide_extension", **april),
        event("2020-04-15T10:00:00", "acknowledge", **april),
        event("2020-04-15T11:00:00", "remind", **april, reason="请抓紧"),
        event("2020-04-15T12:00:00", "call", **april, person="李四"),
        event("2020-04-16T09:00:00", "suspend", **april, reason="系统停用"),
        event("2020-04-20T10:00:00", "resume", **april, reason="系统恢复"),
        event("2020-04-23T10:00:00", "withdraw_circular", document=NUMBER, reason="另行部署"),
    )  # fmt: skip
    assert [each.sentence for each in done.refused] == []
    april_id = next(
        each["id"] for each in done.recount.obligations
        if each["office"] == SILENT and each["kind"] == "report" and each["period"] == "2020-04-05"
    )  # fmt: skip
    acts = [each["act"] for each in done.recount.transitions if each["obligation"] == april_id]
    assert acts == [
        "obligation.made", "extension.asked", "deadline.adjusted", "extension.decided", "obligation.acknowledged",
        "reminder.pressed", "call.recorded", "obligation.suspended", "deadline.adjusted", "obligation.resumed",
        "circular.withdrawn",
    ]  # fmt: skip
    (pressed,) = [each for each in done.recount.firings if each["manual"]]
    assert (pressed["office"], pressed["fired_at"][:16]) == (SILENT, "2020-04-15T11:00")
    open_ones = [each for each in done.recount.obligations if each["status"] in ("pending", "returned", "submitted")]
    assert open_ones == []


def test_it_applies_an_amended_calendar_within_the_play(tmp_path: Path) -> None:
    """Received on 17 March, 15 working days end on 8 April; with 30 and 31 March off they end on 10 April."""
    days = tmp_path / "days.toml"
    days.write_text("extra_rest_days = [2020-03-30, 2020-03-31]\n", encoding="utf-8")
    before = settings()
    done = played(
        tmp_path, HEAD, circular('kind = "after_receipt"\nworkdays = 15'), manners(silent=SILENT),
        event("2020-03-17T10:00:00", "receive", document=NUMBER, office=SILENT),
        event("2020-03-20T10:00:00", "apply_calendar", work_days="days.toml", reason="停课"),
    )  # fmt: skip
    owed = next(
        each for each in done.recount.obligations if each["office"] == SILENT and each["kind"] == "report"
    )  # fmt: skip
    adjusted = [each for each in done.recount.transitions if each["obligation"] == owed["id"]]
    assert owed["due_at"] == "2020-04-11T00:00:00+08:00"
    assert [each["at"][:16] for each in adjusted if each["act"] == "deadline.adjusted"][-1] == "2020-03-20T10:00"
    assert settings() is before


def test_it_tells_the_due_day_that_a_firing_counted_from(tmp_path: Path) -> None:
    """Extended on 2 April, the day after its first reminder: that firing keeps the due day of its revision."""
    extended = event(
        "2020-04-02T10:00:00", "extend", document=NUMBER, office=SILENT, due_on="2020-04-10", reason="数据待核"
    )
    done = played(tmp_path, HEAD, manners(silent=SILENT), circular(), extended)
    found = [
        (each["revision"], each["due_at"], each["fired_at"][:10])
        for each in done.recount.firings
        if each["office"] == SILENT and each["rung"] == "due-3" and each["period"] == "2020-04-05"
    ]
    assert found == [
        (0, "2020-04-06T00:00:00+08:00", "2020-04-01"),
        (1, "2020-04-11T00:00:00+08:00", "2020-04-07"),
    ]


def test_it_returns_every_so_manieth_report_once_and_sees_it_again(tmp_path: Path) -> None:
    done = played(tmp_path, HEAD, circular(), "[review]\nreturn_every = 1\n")
    of_county = {each["id"] for each in done.recount.obligations if each["office"] == COUNTY}
    acts = [
        each["act"] for each in done.recount.transitions
        if each["obligation"] in of_county and each["act"].startswith("report.")
    ]  # fmt: skip
    assert acts[:4] == ["report.submitted", "report.returned", "report.submitted", "report.accepted"]


def test_it_lets_another_seed_play_otherwise(tmp_path: Path) -> None:
    answers = {
        seed: played(tmp_path, HEAD.replace("seed = 3", f"seed = {seed}"), circular()).recount.mails
        for seed in (1, 2)
    }  # fmt: skip
    assert answers[1] != answers[2]


def test_it_writes_every_mail_in_full_where_asked(tmp_path: Path) -> None:
    done = played(tmp_path, HEAD, manners(silent=SILENT), circular(), mails=tmp_path / "mails")
    files = sorted((tmp_path / "mails").rglob("*.eml"))
    assert len(files) == done.burden["mails"]
    policy = email.policy.default
    subjects = [
        str(email.message_from_bytes(path.read_bytes(), policy=policy)["Subject"])  # type: ignore[misc, unused-ignore]
        for path in files
    ]
    assert any("时限临近" in subject for subject in subjects)


def test_it_counts_the_same_mails_as_it_writes(tmp_path: Path) -> None:
    """What is counted went through the same assembly as what is written: the same addresses, instants and items."""
    story = (HEAD, manners(silent=SILENT), circular())
    counted = played(tmp_path, *story).recount.mails
    in_full = played(tmp_path, *story, mails=tmp_path / "mails").recount.mails
    assert counted == in_full


def test_it_keeps_its_database_where_asked_and_never_writes_over_one(tmp_path: Path) -> None:
    kept = tmp_path / "kept.db"
    played(tmp_path, HEAD, circular(), database=kept)
    before = kept.read_bytes()
    with pytest.raises(Refused, match="已经存在"):
        played(tmp_path, HEAD, circular(), database=kept)
    assert kept.read_bytes() == before


def test_it_leaves_the_settings_of_the_installation(tmp_path: Path) -> None:
    before = settings()
    played(tmp_path, HEAD, circular())
    assert settings() is before


def _copied(tmp_path: Path, begin: str) -> Any:
    text = HEAD.replace("2020-03-16T09:00:00", begin).replace(
        "[roster]\ngenerate = { prefectures = 1, counties = 2 }\n", ""
    )
    late = manners(silent=SHIQIAO)
    return played(tmp_path, text, late, copy=True)


def test_it_plays_on_a_copy_and_leaves_the_original_alone(sqlite: str, tmp_path: Path) -> None:
    now = beijing("2020-02-14 09:30")
    set_out(now)
    set_mail_mode.fn("live", actor=OPERATOR, now=now)
    file = Path(sqlite.removeprefix("sqlite:///"))
    from models.session import engine

    engine().dispose()
    before = file.read_bytes()
    done = _copied(tmp_path, "2020-02-14T09:31:00")
    assert file.read_bytes() == before
    assert {COVER} < {each["document_number"] for each in done.recount.obligations}
    assert rungs(done, SHIQIAO, "receipt")
    assert all(each["at"] >= "2020-02-14T09:31" for each in done.recount.mails)
    assert all(each["at"] >= "2020-02-14T09:31" for each in done.recount.transitions)


def test_it_does_not_play_backwards_on_a_copy(sqlite: str, tmp_path: Path) -> None:
    assert sqlite
    set_out(beijing("2020-02-14 09:30"))
    with pytest.raises(Refused, match="不能倒着模拟"):
        _copied(tmp_path, "2020-02-14T09:00:00")


def _run(script: Path, answer: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable,
        "-c",
        "from cli.main import main; main()",
        "simulate",
        str(script),
        "--json",
        str(answer),
    ]
    variables = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    return subprocess.run(command, capture_output=True, text=True, timeout=600, check=False, env=variables)


def test_it_gives_the_same_bytes_in_any_time_zone(tmp_path: Path) -> None:
    script = written(tmp_path, HEAD.replace("late = 0", "late = 0.3"), circular())
    answers = []
    for number, zone in enumerate(("UTC", "Asia/Shanghai", "America/New_York")):
        path = tmp_path / f"{number}.json"
        done = _run(script, path, TZ=zone, PYTHONHASHSEED=str(number))
        assert done.returncode == 0, done.stderr
        answers.append(path.read_bytes())
    assert answers[0] == answers[1] == answers[2]
    assert json.loads(answers[0])["firings"]


def test_it_plays_the_example_that_the_documents_explain(tmp_path: Path) -> None:
    answer = tmp_path / "answer.json"
    done = _run(EXAMPLE, answer)
    assert done.returncode == 0, done.stderr
    for heading in ("邮件种类", "各层级负担", "负担最重的单位", "逐级告知", "结束时逾期未办"):
        assert heading in done.stdout
    told = json.loads(answer.read_text(encoding="utf-8"))
    assert told["refused"] == []
    reports = [each for each in told["obligations"] if each["kind"] == "report"]
    assert {each["document_number"] for each in reports} == {"模府办发〔2026〕1号"}
    # 5 working days after receipt on Tuesday 6 January, in weeks without holidays
    first = next(each for each in told["obligations"] if each["requirement"] == 1 and each["office"] == "230000-001")
    receipts = {each["office"]: each["ended_at"] for each in told["obligations"] if each["kind"] == "receipt"}
    assert receipts["230000-001"].startswith("2026-01-06")
    assert first["due_at"] == "2026-01-14T00:00:00+08:00"


def test_it_answers_a_wrong_script_in_one_sentence(tmp_path: Path) -> None:
    done = _run(written(tmp_path, HEAD.replace("seed = 3", "seed = 'x'")), tmp_path / "answer.json")
    assert done.returncode == 1
    assert done.stderr.startswith("错误：脚本")
    assert "seed" in done.stderr
    assert not (tmp_path / "answer.json").exists()


def test_it_ends_with_whole_hours_of_utc_in_its_answer(silent: Simulated) -> None:
    for each in silent.recount.firings:
        assert datetime.fromisoformat(each["fired_at"]).astimezone(UTC) >= silent.script.begins_at
        assert each["fired_at"].endswith("+08:00")
