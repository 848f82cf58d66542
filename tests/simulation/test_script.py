"""Reading a script: what a stranger writes, and what is said where it cannot be played."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest

from domain.documents import Duty, RequirementKind, Urgency
from domain.errors import Refused
from simulation.fields import ScriptError
from simulation.localities import Manner
from simulation.performing import Performer
from simulation.reading import read_script
from simulation.script import Cadence, GeneratedRoster, Review
from simulation.script_events import EVENTS, OUTAGES
from tests.conftest import ROOT
from tests.simulation.stories import HEAD, NUMBER, ROSTER, circular, event, manners, played, written


def test_it_reads_bare_times_as_those_of_beijing(tmp_path: Path) -> None:
    script = read_script(written(tmp_path, HEAD))
    assert script.begins_at == datetime(2020, 3, 16, 1, 0, tzinfo=UTC)
    assert script.ends_at == datetime(2020, 5, 1, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize("text", ["2020-03-16T01:00:00Z", "2020-03-16T09:00:00+08:00", '"2020-03-16 09:00"'])
def test_it_reads_other_spellings_of_an_instant(tmp_path: Path, text: str) -> None:
    script = read_script(written(tmp_path, HEAD.replace("2020-03-16T09:00:00", text)))
    assert script.begins_at == datetime(2020, 3, 16, 1, 0, tzinfo=UTC)


def test_it_fills_in_what_an_installation_does_anyway(tmp_path: Path) -> None:
    script = read_script(written(tmp_path, HEAD))
    assert script.roster == GeneratedRoster(1, 2)
    assert script.cadence == Cadence(sweep=15, urgent_sweep=1, delivery=1)
    assert script.review == Review()
    assert script.title == "script"


def test_it_reads_a_circular_with_its_requirements(tmp_path: Path) -> None:
    asked = 'kind = "once"\nduty = "complete"\ndue_on = 2020-04-10\ndue_time = "17:00"\ndeliver_to = "省政府办公厅"'
    register, forward = read_script(written(tmp_path, HEAD, circular(asked, urgency="urgent"))).events
    assert (register.do, forward.do) == ("register", "forward")
    assert register.at == forward.at == datetime(2020, 3, 16, 1, 30, tzinfo=UTC)
    found = register.values["written"]
    assert (found.number, found.urgency) == (NUMBER, Urgency.URGENT)
    (requirement,) = found.requirements
    assert (requirement.kind, requirement.duty) == (RequirementKind.ONCE, Duty.COMPLETE)
    assert (requirement.due_on, requirement.due_time) == (date(2020, 4, 10), time(17))
    assert requirement.deliver_to == "省政府办公厅"


def test_it_reads_the_manners_of_single_offices(tmp_path: Path) -> None:
    script = read_script(written(tmp_path, HEAD, manners(late="第001市", silent="230000-001-0001")))
    assert script.localities.offices == {"第001市": Manner.LATE, "230000-001-0001": Manner.SILENT}


def test_it_keeps_events_of_one_instant_as_written(tmp_path: Path) -> None:
    chosen = ["verify_trail", "show_board", "mail_audit_head"]
    parts = [event("2020-03-17T09:00:00", do) for do in chosen]
    later = event("2020-03-16T10:00:00", "show_board")
    assert [each.do for each in read_script(written(tmp_path, HEAD, *parts, later)).events] == ["show_board", *chosen]


_RECEIVE = event("2020-03-17T09:00:00", "receive", document=NUMBER, office="第001市")
WRONG = {
    "an end before the beginning": (HEAD.replace("2020-05-01", "2020-03-01"), "：end：必须晚于 begin"),
    "no end": (HEAD.replace("end =", "ends ="), "：end：缺少此项"),
    "an unknown field": ("sed = 3\n" + HEAD, "不认识的“sed”，是否指“seed”"),
    "an unknown field of a part": (HEAD + "laet = 0.1\n", "[localities]：不认识的“laet”，是否指“late”"),
    "a share above one": (HEAD.replace("late = 0", "late = 1.5"), "[localities] 的 late：应为 0 至 1 之间的比例"),
    "shares above one together": (
        HEAD.replace("last_minute = 0", "last_minute = 0.6").replace("late = 0", "late = 0.6"),
        "[localities] 的 last_minute：与 late、silent 之和不能超过 1",
    ),
    "an unknown manner": (HEAD + manners(lazy="第001市"), "[localities.offices] 的 第001市：“lazy”不可用"),
    "a time that is none": (
        HEAD.replace("2020-03-16T09:00:00", '"morgen"'), "：begin：应为日期加时间（北京时间）"
    ),
    "a day in the place of a time": (HEAD.replace("2020-03-16T09:00:00", "2020-03-16"), "：begin：应为日期加时间"),
    "no TOML": ("begin = = 3", "不合 TOML 语法"),
    "an unknown event": (HEAD + event("2020-03-17T09:00:00", "explode"), "[[events]] 第 1 项 的 do：没有“explode”"),
    "an event outside the period": (
        HEAD + event("2021-03-17T09:00:00", "show_board"), "[[events]] 第 1 项 的 at：不在 begin 与 end 之间"
    ),
    "an event without a field": (
        HEAD + event("2020-03-17T09:00:00", "waive", document="x", office="y"), "[[events]] 第 1 项 的 reason：缺少此项"
    ),
    "an outage without an end": (
        HEAD + event("2020-03-17T09:00:00", "mail_down"), "[[events]] 第 1 项 的 until：缺少此项"
    ),
    "an outage that ends before it begins": (
        HEAD + event("2020-03-17T09:00:00", "mail_down", until="2020-03-16T10:00:00"),
        "[[events]] 第 1 项 的 until：必须晚于 at",
    ),
    "two rosters": (
        HEAD.replace("generate", 'file = "script.toml"\ngenerate'), "[roster] 的 file：与 generate 只能二选一"
    ),
    "a file that is not there": (
        HEAD.replace("generate = { prefectures = 1, counties = 2 }", 'file = "no.csv"'), "[roster] 的 file：没有文件"
    ),
    "a rule that is none": (
        HEAD + circular('kind = "recurring"\nrrule = "MONTHLY"'),
        "[[circulars]] 第 1 项 的 [[requirements]] 第 1 项 的 rrule：",
    ),
    "a recurring requirement without a rule": (
        HEAD + circular('kind = "recurring"'), "的 rrule：缺少此项：kind = \"recurring\" 须写明 rrule"
    ),
    "a term without a length": (HEAD + circular('kind = "after_receipt"'), "须写明 workdays 或 days"),
    "an unknown kind": (HEAD + circular('kind = "often"'), "的 kind：“often”不可用，应为 once、recurring"),
    "a circular forwarded before it is registered": (
        HEAD + circular().replace("forwarded_at", "registered_at = 2020-03-17T09:00:00\nforwarded_at"),
        "[[circulars]] 第 1 项 的 forwarded_at：不能早于 registered_at",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_it_says_in_one_sentence_what_is_wrong_and_where(tmp_path: Path, case: str) -> None:
    text, wanted = WRONG[case]
    path = written(tmp_path, text)
    with pytest.raises(ScriptError) as refused:
        read_script(path)
    said = str(refused.value)
    assert wanted in said
    assert str(path) in said
    assert said.endswith("。")
    assert "\n" not in said


def test_it_names_a_script_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ScriptError, match="无法读取"):
        read_script(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("part", "where"),
    [
        (_RECEIVE.replace("第001市", "火星市"), "[[events]] 第 1 项 的 office"),
        (manners(late="火星市"), "[localities.offices] 的 火星市"),
    ],
)
def test_it_names_an_office_that_the_roster_does_not_know(tmp_path: Path, part: str, where: str) -> None:
    with pytest.raises(Refused) as refused:
        played(tmp_path, HEAD, part)
    assert where in str(refused.value)
    assert "火星市" in str(refused.value)


def test_it_needs_a_roster_for_an_empty_database(tmp_path: Path) -> None:
    text = HEAD.replace(ROSTER, "")
    with pytest.raises(Refused, match=r"\[roster\] 缺少名册"):
        played(tmp_path, text)


def test_the_document_explains_every_event() -> None:
    text = (ROOT / "docs" / "simulation.md").read_text(encoding="utf-8")
    for name in (*EVENTS, *OUTAGES):
        assert f"`{name}`" in text, name


def test_every_event_can_be_performed() -> None:
    for name in EVENTS:
        assert callable(getattr(Performer, f"do_{name}")), name


def test_the_script_in_the_document_is_one_that_can_be_read(tmp_path: Path) -> None:
    """Its blocks together, with the files they name put there."""
    text = (ROOT / "docs" / "simulation.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    assert len(blocks) == 3
    for name in ("roster.csv", "circular.md", "my-policies.toml", "my-work-days.toml"):
        (tmp_path / name).write_text("", encoding="utf-8")
    # The circular of 2020 only shows how a file is named: it came before this script's period.
    text = "".join(blocks).replace("2020-02-14T", "2026-01-06T")
    script = read_script(written(tmp_path, text))
    assert (script.title, script.operator, len(script.events)) == ("一季度月报", "值班员甲", 4)
