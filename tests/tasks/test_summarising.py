"""Reading it back: the lights, the list of what is owed, who was told of whom, and the summary of an installation."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from domain.errors import Refused
from domain.rollup import Tally, total
from domain.urgent import Severity
from tasks.alerting import raise_urgent_report, respond
from tasks.delivering import deliver
from tasks.handling import accept, receive, return_report, submit_report, waive
from tasks.summarising import as_json, board, escalations, lines, summary
from tasks.sweeping import sweep
from tests.cast import (
    COVER,
    DONGAN,
    LINJIANG,
    MONTHLY,
    OPERATOR,
    PROVINCE,
    UPSTREAM,
    WANGCHUAN,
    beijing,
    forward_cover,
    import_cast,
    officer,
    register_pair,
)
from tests.looking import the_one

NOW = beijing("2020-02-14 09:30")
MARCH = "2020-03-05"


@pytest.fixture(autouse=True)
def _cast(request: pytest.FixtureRequest) -> None:
    request.getfixturevalue("database" if "database" in request.fixturenames else "sqlite")
    import_cast(beijing("2020-02-13 09:00"))
    register_pair(beijing("2020-02-13 14:00"))
    forward_cover(NOW)


def act_a_little() -> None:
    """Linjiang hands in and is accepted, Dongan is returned, Wangchuan waived; all on 2 March."""
    at = beijing("2020-03-02 10:00")
    for code in (LINJIANG, DONGAN):
        submit_report.fn(COVER, code, "进展。", actor=officer(code), now=at, ordinal=MONTHLY)
    accept.fn(the_one("report", LINJIANG, COVER, MARCH).id or 0, actor=OPERATOR, now=at)
    return_report.fn(the_one("report", DONGAN, COVER, MARCH).id or 0, "缺数据", actor=OPERATOR, now=at)
    waive.fn(the_one("report", WANGCHUAN, COVER, MARCH).id or 0, "无业务", actor=OPERATOR, now=at)


def climb_a_little() -> None:
    """Nobody confirms: the circular goes out on Friday, the superior hears of it on Tuesday."""
    deliver.fn(now=NOW + timedelta(minutes=10))
    for at in ("2020-02-14 14:00", "2020-02-17 09:00", "2020-02-18 09:00"):
        sweep.fn(now=beijing(at))
        deliver.fn(now=beijing(at))


# --- the board


def test_it_tallies_lights_by_tier_circular_and_kind(database: str) -> None:
    act_a_little()
    shown = board.fn(now=beijing("2020-03-04 10:00"))
    assert total(shown.by_office.values()) == total(shown.by_tier.values())
    assert set(shown.by_tier) == {"province", "prefecture", "county", "member_unit"}
    assert set(shown.by_circular) == {UPSTREAM, COVER}
    assert set(shown.by_kind) == {"receipt", "forward", "report"}
    assert shown.by_kind["report"] == Tally(green=8, yellow=6, red=1, tick=1, grey=1, late=1)
    assert shown.by_kind["receipt"] == Tally(red=8, tick=1, late=8)
    assert shown.all.total == sum(each.total for each in shown.by_circular.values()) == 27


def test_it_tallies_one_circular_where_asked() -> None:
    shown = board.fn(now=NOW, number=UPSTREAM)
    assert set(shown.by_circular) == {UPSTREAM}
    assert shown.by_tier == {"province": Tally(green=1, tick=2)}
    with pytest.raises(Refused, match="没有登记过"):
        board.fn(now=NOW, number="江扶组办发〔2020〕99号")


def test_it_gives_a_board_as_json() -> None:
    content = json.loads(json.dumps(as_json(board.fn(now=NOW))))
    assert set(content) == {"by_tier", "by_circular", "by_kind", "by_office"}
    assert set(content["by_kind"]["receipt"]) == {"green", "yellow", "red", "tick", "grey", "held", "late"}


# --- the list


def test_it_lists_what_is_owed_with_words_and_local_time(database: str) -> None:
    (line,) = lines.fn(now=beijing("2020-03-04 10:00"), number=COVER, office="临江市", only_open=True)[1:2]
    assert (line.office, line.code, line.tier) == ("临江市扶贫开发领导小组办公室", LINJIANG, "市（地）级")
    assert (line.number, line.kind, line.period) == (COVER, "报送", MARCH)
    assert (line.due, line.status, line.light, line.words) == (
        "2020年3月5日（星期四）24时前", "待办", "yellow", "还有 1 个工作日"
    )  # fmt: skip
    assert line.superior == "江北省扶贫开发领导小组办公室"
    assert "每月5日前" in line.matter


def test_it_lists_what_is_overdue_first_and_what_has_no_day_last() -> None:
    act_a_little()
    found = lines.fn(now=beijing("2020-03-10 10:00"))
    lights = [each.light for each in found]
    assert lights == sorted(lights, key=lambda light: light != "red")
    assert found[-1].due == "未定日期"
    assert len(found) == 29, "with the decisions of our own office"


def test_it_lists_only_what_is_open_or_overdue() -> None:
    act_a_little()
    at = beijing("2020-03-10 10:00")
    submit_report.fn(COVER, DONGAN, "补充。", actor=officer(DONGAN), now=at, ordinal=MONTHLY)
    for line in lines.fn(now=at, only_open=True):
        assert line.status in ("待办", "待审核", "已退回")
    overdue = lines.fn(now=at, overdue=True)
    assert {each.light for each in overdue} == {"red"}
    assert not any(each.code == DONGAN and each.kind == "报送" for each in overdue), "it awaits review"
    assert len(lines.fn(now=at, limit=3)) == 3


def test_it_refuses_to_list_what_nobody_knows() -> None:
    with pytest.raises(Refused, match="没有登记过"):
        lines.fn(now=NOW, number="江扶组办发〔2020〕99号")
    with pytest.raises(Refused, match="名册中没有"):
        lines.fn(now=NOW, office="东风农场")


# --- who was told of whom


def test_it_says_who_heard_of_whom_by_which_rung_and_why(database: str) -> None:
    climb_a_little()
    found = [each for each in escalations.fn() if each["rung"] == "issued+2"]
    assert {each["office"] for each in found} >= {"东岸区扶贫开发领导小组办公室", "江北省教育厅"}
    (dongan,) = [each for each in found if each["office"] == "东岸区扶贫开发领导小组办公室"]
    assert dongan == {
        "office": "东岸区扶贫开发领导小组办公室", "to_office": "临江市扶贫开发领导小组办公室", "rung": "issued+2",
        "at": "2020-02-18T09:00:00+08:00",
        "reason": f"“{COVER}”的签收应于2020年2月17日（星期一）24时前完成，逾期未办",
    }  # fmt: skip


def test_it_has_no_escalation_before_anybody_is_late() -> None:
    assert escalations.fn() == []


# --- the summary


def test_it_summarises_an_installation(database: str) -> None:
    act_a_little()
    receive.fn(COVER, LINJIANG, actor=officer(LINJIANG), now=NOW)
    deliver.fn(now=beijing("2020-03-02 11:00"))
    told = summary.fn()
    assert set(told) == {
        "circulars", "offices", "requirements", "obligations", "notices", "escalations", "urgent_reports"
    }  # fmt: skip
    json.dumps(told)
    keys = {"document_number", "title", "issuing_authority", "forwards"}
    assert [set(each) for each in told["circulars"]] == [keys, keys]
    assert told["circulars"][1]["document_number"] == COVER
    assert told["circulars"][1]["forwards"]["document_number"] == UPSTREAM
    assert told["offices"] == {"state_council": 1, "province": 1, "prefecture": 2, "county": 4, "member_unit": 2}
    assert told["obligations"]["report"] == {"pending": 14, "accepted": 1, "returned": 1, "waived": 1}
    assert told["obligations"]["receipt"] == {"accepted": 2, "pending": 7}
    assert told["obligations"]["decide"] == {"accepted": 2}
    assert set(told["notices"]) == {"accepted", "refused", "uncertain", "by_kind"}
    assert told["notices"]["accepted"] == sum(told["notices"]["by_kind"].values()) > 8
    assert told["notices"]["by_kind"]["circular"] == 8


def test_it_summarises_requirements_as_they_were_read() -> None:
    found = summary.fn()["requirements"]
    assert [(each["document_number"], each["kind"], each["due_on"]) for each in found] == [
        (UPSTREAM, "once", "2020-02-20"), (COVER, "once", None), (COVER, "recurring", None),
        (COVER, "on_occurrence", None),
    ]  # fmt: skip
    keys = {"document_number", "text", "duty", "kind", "due_on", "rrule", "starts_on", "deliver_to"}
    assert all(set(each) == keys for each in found)
    assert (found[2]["rrule"], found[2]["starts_on"]) == ("FREQ=MONTHLY;BYMONTHDAY=5", "2020-03-05")


def test_it_summarises_urgent_reports_level_by_level() -> None:
    night = beijing("2020-03-14 22:40")
    case = raise_urgent_report.fn(
        DONGAN, "火灾", "处置中。", Severity.RELATIVELY_SERIOUS, occurred_at=night, learned_at=night,
        actor=officer(DONGAN), now=night,
    ).case_id  # fmt: skip
    sweep.fn(now=night + timedelta(minutes=30), urgent_only=True)
    respond.fn(case, PROVINCE, actor=OPERATOR, now=night + timedelta(minutes=41))
    (told,) = summary.fn()["urgent_reports"]
    assert set(told) == {"office", "severity", "raised_at", "first_response_at", "levels"}
    assert told["first_response_at"] == "2020-03-14T23:21:00+08:00"
    assert [(each["office"], each["told_at"], each["responded_at"]) for each in told["levels"]] == [
        ("临江市扶贫开发领导小组办公室", "2020-03-14T22:40:00+08:00", None),
        ("江北省扶贫开发领导小组办公室", "2020-03-14T23:10:00+08:00", "2020-03-14T23:21:00+08:00"),
    ]
    assert told["severity"] == "relatively_serious"
