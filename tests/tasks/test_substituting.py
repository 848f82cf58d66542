"""Substitutes: who may act for whom, what the mail then says, and that no rung is doubled by a change of person."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from sqlmodel import col

from domain.errors import Refused
from models.notice import FiringRecipient
from models.office import Substitution
from tasks.auditing import verify_audit
from tasks.rostering import import_roster
from tasks.substituting import Substitute, list_substitutions, revoke_substitution, substitute
from tasks.sweeping import sweep
from tests.cast import (
    DONGAN,
    OPERATOR,
    ROSTER_CSV,
    SHIQIAO,
    beijing,
    forward_cover,
    import_cast,
    register_pair,
    set_out,
)
from tests.looking import entries, firings, rows, the_one
from tests.tasks.stage import deliver_at, mails_in, post_office

LEFT = beijing("2020-02-14 09:30")
#: Four working hours after the notices left: the first rung of receipt.
REMINDED = beijing("2020-02-14 13:41")


@pytest.fixture(autouse=True)
def _cast(request: pytest.FixtureRequest) -> None:
    request.getfixturevalue("database" if "database" in request.fixturenames else "sqlite")
    import_cast(beijing("2020-02-13 09:00"))


def away(
    absent: str = "东岸区/王一", acting: str = "石桥县/陈一", *, begins: str = "2020-02-13 09:00",
    until: str = "2020-03-01 00:00", now: datetime = LEFT, reason: str = "休假",
) -> Substitute:  # fmt: skip
    return substitute.fn(absent, acting, beijing(begins), beijing(until), reason, actor=OPERATOR, now=now)


def told(office: str, rung: str = "issued+4h") -> list[tuple[str, str]]:
    (firing,) = firings(the_one("receipt", office), rung=rung)
    people = rows(FiringRecipient, col(FiringRecipient.firing_id) == firing.id)
    return [(each.name, each.on_behalf_of) for each in people]


def test_it_writes_to_the_substitute_and_records_both_names(database: str) -> None:
    away()
    set_out(LEFT)
    sweep.fn(now=REMINDED)
    assert told(DONGAN) == [("陈一", "王一")]
    assert told(SHIQIAO) == [("陈一", "")]


def test_it_says_in_one_mail_for_whom_the_reader_acts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    away()
    set_out(LEFT)
    sweep.fn(now=REMINDED)
    with post_office(monkeypatch, tmp_path / "mails", REMINDED):
        deliver_at(beijing("2020-02-14 13:42"))
    mails = mails_in(tmp_path / "mails")
    assert [each for each in mails if each.to == "officer.230102@example.org"] == []
    (reminder,) = [each for each in mails if each.to == "officer.230184@example.org" and "2项" in each.subject]
    assert reminder.text.count("您现代王一办理。") == 1
    assert "您现代" not in "".join(each.text for each in mails if each.to != "officer.230184@example.org")


def test_it_never_doubles_a_rung_when_the_substitute_changes_between_two_sweeps(database: str) -> None:
    set_out(LEFT)
    first = away()
    sweep.fn(now=REMINDED)
    before = len(firings())
    revoke_substitution.fn(first.id, "改派", actor=OPERATOR, now=REMINDED)
    away(acting="临江市/周一", now=REMINDED, begins="2020-02-14 13:41")
    assert sweep.fn(now=beijing("2020-02-14 13:56")).fired == 0
    assert len(firings()) == before
    assert told(DONGAN) == [("陈一", "王一")]


def test_it_notices_a_new_substitute_at_the_next_firing_and_the_end_of_one_too(database: str) -> None:
    set_out(LEFT)
    away(until="2020-02-18 00:00")
    sweep.fn(now=REMINDED)
    assert told(DONGAN) == [("陈一", "王一")]
    # Monday and Tuesday: the superior, then the operators' list; the office's own next rungs are those of its report.
    sweep.fn(now=beijing("2020-03-02 09:01"))
    report = the_one("report", DONGAN, period="2020-03-05")
    (firing,) = firings(report, rung="due-3")
    people = rows(FiringRecipient, col(FiringRecipient.firing_id) == firing.id)
    assert [(each.name, each.on_behalf_of) for each in people] == [("王一", "")]


def test_it_tells_one_person_who_acts_for_two_officers_once() -> None:
    two = ROSTER_CSV + ROSTER_CSV.splitlines()[8].replace(
        "王一,经办人,officer.230102@", "王二,经办人,second.230102@"
    ) + "\n"  # fmt: skip
    import_roster.fn(two.encode(), "r.csv", actor=OPERATOR, now=beijing("2020-02-13 10:00"))
    away()
    away("东岸区/王二")
    register_pair(LEFT)
    forward_cover(LEFT)
    sweep.fn(now=REMINDED)
    assert told(DONGAN) == [("陈一", "王一、王二")]


def test_it_keeps_a_substitution_when_the_roster_is_imported_again(database: str) -> None:
    done = away()
    import_roster.fn(ROSTER_CSV.replace("冯一", "冯二").encode(), "r.csv", actor=OPERATOR, now=LEFT)
    assert [each.id for each in list_substitutions.fn(now=LEFT)] == [done.id]
    moved = ROSTER_CSV.replace("officer.230102@", "wang.230102@").replace("officer.230184@", "chen.230184@")
    found = import_roster.fn(moved.encode(), "r.csv", actor=OPERATOR, now=LEFT)
    assert found.substitutions_lost == ()
    register_pair(LEFT)
    forward_cover(LEFT)
    sweep.fn(now=REMINDED)
    assert told(DONGAN) == [("陈一", "王一")]
    assert {each.address for each in rows(FiringRecipient, col(FiringRecipient.name) == "陈一")} == {
        "chen.230184@example.org"
    }


def test_it_names_a_substitution_whose_person_is_gone_from_the_file() -> None:
    done = away()
    gone = "\n".join(line for line in ROSTER_CSV.splitlines() if "陈一" not in line)
    found = import_roster.fn(gone.encode(), "r.csv", actor=OPERATOR, now=LEFT)
    assert found.substitutions_lost == (done.id,)
    assert "名册中已没有" in list_substitutions.fn(now=LEFT)[0].acting


def test_it_lists_what_holds_and_all_that_ever_did() -> None:
    first = away(until="2020-02-20 00:00")
    later = away(begins="2020-02-20 00:00", until="2020-02-25 00:00", acting="临江市/周一")
    assert [(each.id, each.state) for each in list_substitutions.fn(now=LEFT)] == [
        (first.id, "代办中"), (later.id, "未开始")
    ]  # fmt: skip
    revoke_substitution.fn(later.id, "不再需要", actor=OPERATOR, now=LEFT)
    after = beijing("2020-02-21 09:00")
    assert list_substitutions.fn(now=after) == []
    assert [each.state for each in list_substitutions.fn(now=after, ended_too=True)] == ["已结束", "已撤销"]


def test_it_records_who_acts_for_whom_without_addresses() -> None:
    done = away("officer.230102@example.org", "officer.230184@example.org", reason="病假，电话 0400-0000008")
    revoke_substitution.fn(done.id, "返岗", actor=OPERATOR, now=LEFT)
    ((_, payload),) = entries("substitution.set")
    assert payload["absent"] == {"office": DONGAN, "name": "王一（经办人）"}
    assert payload["acting"] == {"office": SHIQIAO, "name": "陈一（经办人）"}
    assert "example.org" not in str(entries())
    assert "0400" not in str(entries())
    assert verify_audit.fn().problem == ""


@pytest.mark.parametrize(
    ("absent", "acting", "words"),
    [
        ("东岸区/王一", "东岸区/王一", "代办人不能是本人"),
        ("东岸区/王一", "国务院扶贫办/赵一", "国务院扶贫开发领导小组不在本运行单位管辖范围内"),
        ("国务院扶贫办/赵一", "东岸区/王一", "不在本运行单位管辖范围内"),
        ("东岸区/王二", "石桥县/陈一", "没有联系人“王二”"),
        ("东岸市/王一", "石桥县/陈一", "名册中没有“东岸市”"),
        ("经办人", "石桥县/陈一", "“经办人”在名册中对应 7 人"),
        ("东岸区/王一", "", "没有联系人"),
    ],
)
def test_it_refuses_whom_it_cannot_find_or_may_not_write_to(absent: str, acting: str, words: str) -> None:
    with pytest.raises(Refused, match=words):
        away(absent, acting)
    assert not rows(Substitution)


def test_it_refuses_a_time_that_is_over_a_missing_reason_and_a_second_substitute() -> None:
    with pytest.raises(Refused, match="应晚于起始时间"):
        away(begins="2020-03-01 00:00")
    with pytest.raises(Refused, match="也应晚于现在"):
        away(begins="2020-02-01 00:00", until="2020-02-10 00:00")
    with pytest.raises(Refused, match="必须说明理由"):
        away(reason=" ")
    away(until="2020-02-20 00:00")
    with pytest.raises(Refused, match="已有代办人"):
        away(acting="临江市/周一", begins="2020-02-19 23:59")
    away(acting="临江市/周一", begins="2020-02-20 00:00")


def test_it_refuses_a_circle_and_a_chain_that_is_too_long() -> None:
    away("东岸区/王一", "石桥县/陈一")
    with pytest.raises(Refused, match="首尾相接"):
        away("石桥县/陈一", "东岸区/王一", begins="2020-02-20 00:00")
    away("石桥县/陈一", "临江市/周一")
    away("临江市/周一", "望川市/卫一")
    with pytest.raises(Refused, match="超过3人"):
        away("望川市/卫一", "省教育厅/沈一")
    assert len(rows(Substitution)) == 3


def test_it_refuses_to_revoke_what_is_over_or_not_there() -> None:
    done = away()
    with pytest.raises(Refused, match="没有编号为 99 的代办"):
        revoke_substitution.fn(99, "误设", actor=OPERATOR, now=LEFT)
    with pytest.raises(Refused, match="必须说明理由"):
        revoke_substitution.fn(done.id, "", actor=OPERATOR, now=LEFT)
    revoke_substitution.fn(done.id, "返岗", actor=OPERATOR, now=LEFT)
    with pytest.raises(Refused, match="无需撤销"):
        revoke_substitution.fn(done.id, "返岗", actor=OPERATOR, now=LEFT)
