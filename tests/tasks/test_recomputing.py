"""An amended calendar: shown first, moved by a person's act, told once; what a person set and what was sent stays."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import SQLModel

from domain.calendar import WorkCalendar
from domain.errors import Refused
from domain.published import published_calendar
from models.notice import FiringState
from models.obligation import Adjustment, AdjustmentKind, Obligation, Wake
from models.recomputing import move_all
from models.session import transaction
from tasks.extending import extend
from tasks.handling import receive, return_report, submit_report
from tasks.recomputing import Amendment, apply_calendar, preview_calendar, show_calendar
from tasks.summarising import lines
from tasks.sweeping import sweep
from tests.cast import (
    DONGAN,
    LINJIANG,
    OPERATOR,
    PROVINCE,
    WANGCHUAN,
    beijing,
    forward_cover,
    import_cast,
    notice_text,
    officer,
    register_text,
    set_out,
)
from tests.looking import again, entries, firings, rows, the_one, wake_of
from tests.tasks.stage import addresses, audit_is_whole, deliver_at, mails_in, post_office, sweep_until, told, use

NUMBER = "江扶组办发〔2020〕9号"
SENT = beijing("2020-01-20 09:00")
RECEIVED = beijing("2020-01-21 10:00")
#: The day the holiday was lengthened.
AMENDED = beijing("2020-01-27 15:00")
AFTER_RECEIPT = "各地各部门收到本通知后5个工作日内将情况报送省扶贫办。"
#: January 2020 as first published: rest from the 24th to the 30th, workdays on Friday the 31st and Saturday the 1st.
AS_FIRST_PUBLISHED = "extra_workdays = [2020-01-31, 2020-02-01]\n"
REASON = "国务院办公厅通知延长2020年春节假期"

Use = Callable[[str], None]


@pytest.fixture
def use_days(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Use:
    """Work by these own days from now on, as after a restart; none: the published calendar as it is now."""

    def chosen(text: str) -> None:
        path = tmp_path / f"days-{abs(hash(text))}.toml"
        path.write_text(text, encoding="utf-8")
        use(monkeypatch, work_days_file=path)

    return chosen


def january(*sentences: str) -> str:
    return notice_text(NUMBER, *sentences).replace("2020年2月14日", "2020年1月19日")


def send(*sentences: str) -> None:
    import_cast(SENT)
    register_text(january(*sentences), SENT)
    forward_cover(SENT, NUMBER)


def amend() -> Amendment:
    return apply_calendar.fn(REASON, actor=OPERATOR, now=AMENDED)


def everything() -> dict[str, list[dict[str, Any]]]:
    """Return all rows of all tables."""
    return {
        mapper.class_.__name__: [row.model_dump() for row in rows(mapper.class_)]
        for mapper in SQLModel._sa_registry.mappers
    }


def test_it_moves_what_a_lengthened_holiday_moves(database: str, use_days: Use) -> None:
    """Received on Tuesday 21 January, within 5 working days: 3 February as first published, 5 February as amended."""
    use_days(AS_FIRST_PUBLISHED)
    send(AFTER_RECEIPT)
    receive.fn(NUMBER, LINJIANG, actor=officer(LINJIANG), now=RECEIVED)
    owed = the_one("report", LINJIANG, NUMBER)
    assert owed.due_at == beijing("2020-02-04 00:00"), "24:00 of Monday 3 February"

    use_days("")
    before = everything()
    shown = preview_calendar.fn()
    assert everything() == before, "a preview changes nothing"
    assert again(owed).due_at == beijing("2020-02-04 00:00"), "nothing moves by itself"
    mine = next(each for each in shown.groups if LINJIANG_NAME in each.offices and each.kind == "报送")
    assert (mine.matter, mine.old, mine.new) == (
        NUMBER, "2020年2月3日（星期一）24时前", "2020年2月5日（星期三）24时前",
    )  # fmt: skip
    assert [(each.day, each.works) for each in shown.changed_days] == [
        (date(2020, 1, 31), False), (date(2020, 2, 1), False),
    ]  # fmt: skip

    done = amend()
    assert (done.groups, done.moved, done.staying) == (shown.groups, shown.moved, shown.staying)
    moved = again(owed)
    assert (moved.due_at, moved.base_due_at) == (beijing("2020-02-06 00:00"), beijing("2020-02-04 00:00"))
    assert moved.revision == owed.revision + 1
    assert moved.calendar_digest == published_calendar().digest
    (row,) = [each for each in rows(Adjustment) if each.obligation_id == owed.id and each.reason == REASON]
    assert (row.kind, row.old_due_at, row.new_due_at, row.approver) == (
        AdjustmentKind.RECOMPUTATION, beijing("2020-02-04 00:00"), beijing("2020-02-06 00:00"), str(OPERATOR),
    )  # fmt: skip
    wake = wake_of(owed)
    assert wake is not None
    assert wake.wake_at == beijing("2020-02-04 09:00"), "the day before: three working days before is 23 January, past"
    assert audit_is_whole()


LINJIANG_NAME = "临江市扶贫开发领导小组办公室"


@pytest.mark.usefixtures("database")
def test_it_finds_nothing_the_second_time(use_days: Use) -> None:
    use_days(AS_FIRST_PUBLISHED)
    send(AFTER_RECEIPT)
    use_days("")
    assert amend().moved > 0
    before = everything()
    assert preview_calendar.fn().replaces == {}
    again_done = amend()
    assert (again_done.moved, again_done.staying, again_done.replaces) == (0, 0, {})
    assert everything() == before


@pytest.mark.usefixtures("sqlite")
def test_it_wants_a_reason() -> None:
    set_out(SENT)
    with pytest.raises(Refused, match="必须说明理由"):
        apply_calendar.fn(" ", actor=OPERATOR, now=AMENDED)


@pytest.mark.usefixtures("sqlite")
def test_it_leaves_a_day_that_a_person_set(use_days: Use) -> None:
    use_days(AS_FIRST_PUBLISHED)
    send(AFTER_RECEIPT)
    receive.fn(NUMBER, LINJIANG, actor=officer(LINJIANG), now=RECEIVED)
    extended, returned = the_one("report", LINJIANG, NUMBER), the_one("report", WANGCHUAN, NUMBER)
    day = beijing("2020-02-11 00:00")
    extend.fn(extended.id or 0, day, "路不通", actor=OPERATOR, now=RECEIVED)
    submit_report.fn(NUMBER, WANGCHUAN, "已安排。", actor=officer(WANGCHUAN), now=RECEIVED)
    return_report.fn(returned.id or 0, "缺数据", actor=OPERATOR, now=RECEIVED, due_on=day)
    use_days("")
    amend()
    for owed in (extended, returned):
        owed = again(owed)  # noqa: PLW2901
        assert (owed.due_at, owed.revision) == (day, 2 if owed.id == extended.id else 1)
        assert owed.calendar_digest == published_calendar().digest


@pytest.mark.usefixtures("sqlite")
def test_it_moves_a_term_that_starts_at_an_unconfirmed_receipt_with_it(use_days: Use) -> None:
    """Sent on Thursday 23 January: receipt is due on the next working day, the 31st as first published."""
    use_days(AS_FIRST_PUBLISHED)
    sent = beijing("2020-01-23 10:00")
    import_cast(sent)
    register_text(january(AFTER_RECEIPT), sent)
    forward_cover(sent, NUMBER)
    receipt, report = the_one("receipt", DONGAN, NUMBER), the_one("report", DONGAN, NUMBER)
    assert (receipt.due_at, report.due_at) == (beijing("2020-02-01 00:00"), beijing("2020-02-07 00:00"))
    use_days("")
    amend()
    assert again(receipt).due_at == beijing("2020-02-04 00:00"), "Monday 3 February"
    report = again(report)
    assert report.due_at == beijing("2020-02-11 00:00"), "five working days after it"
    assert report.receipt_not_confirmed
    receive.fn(NUMBER, DONGAN, actor=officer(DONGAN), now=beijing("2020-02-03 10:00"))
    assert again(report).due_at == beijing("2020-02-11 00:00"), "received on the day it was due"


@pytest.mark.usefixtures("sqlite")
def test_it_moves_what_its_circular_defers_and_no_other_written_day(use_days: Use) -> None:
    use_days(AS_FIRST_PUBLISHED)
    send(
        "请各地各部门将台账于2020年1月31日前报省扶贫办，遇节假日顺延。",
        "请各地各部门将总结于2020年1月31日前报省扶贫办。",
    )
    deferred, written = (
        owed for owed in rows(Obligation) if owed.kind == "report" and owed.office_id == _id_of(LINJIANG)
    )
    assert deferred.due_at == written.due_at == beijing("2020-02-01 00:00"), "a workday as first published"
    use_days("")
    amend()
    assert again(deferred).due_at == beijing("2020-02-04 00:00")
    assert (again(written).due_at, again(written).revision) == (beijing("2020-02-01 00:00"), 0)


def _id_of(office: str) -> int:
    return the_one("receipt", office, NUMBER).office_id


@pytest.mark.usefixtures("sqlite")
def test_it_gives_what_stays_its_wake_up_anew_and_fires_nothing_twice(use_days: Use) -> None:
    """Due on Tuesday 4 February as written: reminded on the 31st, and after the amendment on the 3rd and the 4th."""
    use_days(AS_FIRST_PUBLISHED)
    send("请各地各部门将情况于2020年2月4日前报省扶贫办。")
    owed = the_one("report", LINJIANG, NUMBER)
    sweep_until(SENT, beijing("2020-01-31 10:00"))
    assert [told(each.at) for each in firings(owed) if each.rung.startswith("due")] == ["2020-01-31 09:00"]
    use_days("")
    apply_calendar.fn(REASON, actor=OPERATOR, now=beijing("2020-01-31 15:00"))
    unmoved = again(owed)
    assert (unmoved.revision, unmoved.due_at) == (owed.revision, owed.due_at)
    wake = wake_of(owed)
    assert wake is not None
    assert wake.wake_at == beijing("2020-02-03 09:00")
    sweep_until(beijing("2020-01-31 15:00"), beijing("2020-02-04 10:00"))
    fired = [(each.rung, told(each.at)) for each in firings(owed) if each.state is FiringState.OPEN]
    assert [each for each in fired if each[0].startswith("due")] == [
        ("due-3", "2020-01-31 09:00"), ("due-1", "2020-02-03 09:00"), ("due-0", "2020-02-04 09:00"),
    ]  # fmt: skip


@pytest.mark.usefixtures("sqlite")
def test_it_moves_what_awaits_review_without_a_ladder(use_days: Use) -> None:
    use_days(AS_FIRST_PUBLISHED)
    send(AFTER_RECEIPT)
    receive.fn(NUMBER, LINJIANG, actor=officer(LINJIANG), now=RECEIVED)
    submit_report.fn(NUMBER, LINJIANG, "已安排。", actor=officer(LINJIANG), now=beijing("2020-01-23 10:00"))
    use_days("")
    amend()
    owed = the_one("report", LINJIANG, NUMBER)
    assert owed.due_at == beijing("2020-02-06 00:00")
    assert wake_of(owed) is None
    review = the_one("decide", PROVINCE)
    assert review.due_at == beijing("2020-02-06 00:00"), "3 working days from Thursday 23 January"


@pytest.mark.usefixtures("sqlite")
def test_it_wakes_nothing_that_is_held(use_days: Use) -> None:
    use_days(AS_FIRST_PUBLISHED)
    send(AFTER_RECEIPT, "请各地各部门将总结于2020年2月20日前报省扶贫办。")
    held = [owed for owed in rows(Obligation) if owed.kind == "report" and owed.office_id == _id_of(LINJIANG)]
    with transaction(OPERATOR, RECEIVED) as work:
        for owed in held:
            work.session.get_one(Obligation, owed.id).hold = "suspension"
            work.session.delete(work.session.get_one(Wake, owed.id))
    use_days("")
    amend()
    assert [wake_of(owed) for owed in held] == [None, None]
    assert {again(owed).calendar_digest for owed in held} == {published_calendar().digest}


def test_it_keeps_in_the_record_what_a_mail_said_and_tells_the_new_day_once(
    sqlite: str, use_days: Use, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    use_days(AS_FIRST_PUBLISHED)
    send(AFTER_RECEIPT)
    receive.fn(NUMBER, LINJIANG, actor=officer(LINJIANG), now=RECEIVED)
    with post_office(monkeypatch, tmp_path / "mails", SENT):
        sweep_until(RECEIVED, beijing("2020-01-23 17:00"), mails=True)
        old = {path: path.read_bytes() for path in (tmp_path / "mails").glob("*/*.eml")}
        reminded = [mail for mail in mails_in(tmp_path / "mails") if "2020年2月3日" in mail.text]
        assert "officer.230100@example.org" in addresses(reminded)
        use_days("")
        amend()
        amend()
        deliver_at(AMENDED, beijing("2020-02-03 08:40"), beijing("2020-02-03 08:45"))
        now = {path: path.read_bytes() for path in (tmp_path / "mails").glob("*/*.eml")}
        assert {path: now[path] for path in old} == old, "what was sent keeps its day"
        fresh = [mail for mail in mails_in(tmp_path / "mails") if mail.message.as_bytes() not in set(old.values())]
        mine = [mail for mail in fresh if mail.to == "officer.230100@example.org" and "时限调整" in mail.subject]
        assert len(mine) == 1
        assert "2020年2月5日（星期三）24时前" in mine[0].text
        assert "原时限：2020年2月3日（星期一）24时前" in mine[0].text
        assert REASON in mine[0].text


@pytest.mark.usefixtures("sqlite")
def test_it_records_who_amended_what_and_why(use_days: Use) -> None:
    use_days(AS_FIRST_PUBLISHED)
    send(AFTER_RECEIPT)
    owed = the_one("report", LINJIANG, NUMBER)
    old = owed.calendar_digest
    use_days("")
    done = amend()
    ((subject, payload),) = entries("calendar.applied")
    assert subject == f"calendar:{published_calendar().digest}"
    assert (payload["from"], payload["reason"]) == (old, REASON)
    assert (len(payload["moved"]), len(payload["staying"])) == (done.moved, done.staying)
    assert owed.id in payload["moved"]
    assert len(entries("deadline.adjusted")) == done.moved


def publish_2027(monkeypatch: pytest.MonkeyPatch, use_days: Use) -> WorkCalendar:
    """Let 2027 be published: New Year's Day rests, Sunday 3 January works in lieu."""
    known = published_calendar()
    days = {date(2027, 1, 1)}
    calendar = WorkCalendar.of(known.rest_days | days, known.workdays | {date(2027, 1, 3)}, known.published | {2027})
    monkeypatch.setattr("config.work_days.published_calendar", lambda: calendar)
    use_days("# a new edition\n")
    return calendar


def test_it_makes_a_provisional_deadline_definite_when_the_year_is_published(
    database: str, use_days: Use, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = beijing("2026-12-28 09:00")
    import_cast(sent)
    register_text(notice_text(NUMBER, AFTER_RECEIPT).replace("2020年2月14日", "2026年12月25日"), sent)
    forward_cover(sent, NUMBER)
    received = beijing("2026-12-29 10:00")
    for office in (LINJIANG, WANGCHUAN):
        receive.fn(NUMBER, office, actor=officer(office), now=received)
    owed = the_one("report", LINJIANG, NUMBER)
    assert (owed.due_at, owed.provisional) == (beijing("2027-01-06 00:00"), True), "no crash, and marked"
    assert any("（暂定）" in each.due for each in lines.fn(now=received, office=LINJIANG))
    publish_2027(monkeypatch, use_days)
    assert again(owed).provisional, "nothing becomes definite by itself"
    shown = preview_calendar.fn()
    assert shown.newly_published == (2027,)
    assert shown.definite >= 2
    amend_at = beijing("2026-12-30 10:00")
    apply_calendar.fn("2027年放假安排公布", actor=OPERATOR, now=amend_at)
    owed = again(owed)
    assert (owed.due_at, owed.provisional) == (beijing("2027-01-06 00:00"), False), "30, 31, 3 (Sunday), 4, 5"
    assert owed.revision == 1, "it did not move: no second ladder"


@pytest.mark.usefixtures("sqlite")
def test_it_says_which_calendars_running_matters_go_by(use_days: Use) -> None:
    use_days(AS_FIRST_PUBLISHED)
    send(AFTER_RECEIPT)
    old = the_one("report", LINJIANG, NUMBER).calendar_digest
    shown = show_calendar.fn(year=2020)
    assert shown.published
    assert [(each.day.isoformat(), each.works) for each in shown.days if each.own] == [
        ("2020-01-31", True), ("2020-02-01", True),
    ]  # fmt: skip
    use_days("")
    shown = show_calendar.fn(year=2020)
    assert {version.digest: version.in_use for version in shown.versions} == {
        old: False, published_calendar().digest: True,
    }  # fmt: skip
    assert not show_calendar.fn(year=2031).published


@pytest.mark.usefixtures("sqlite")
def test_it_catches_up_on_a_reminder_that_the_amendment_moved_into_the_past(use_days: Use) -> None:
    """A workday taken away can put the last reminder behind us: it goes out at the next sweep, once."""
    send("请各地各部门将情况于2020年2月11日前报省扶贫办。")
    owed = the_one("report", LINJIANG, NUMBER)
    sweep_until(SENT, beijing("2020-02-05 16:00"))
    use_days("extra_rest_days = [2020-02-06, 2020-02-07]\n")
    at = beijing("2020-02-05 16:30")
    apply_calendar.fn(REASON, actor=OPERATOR, now=at)
    sweep.fn(now=at)
    sweep.fn(now=at)
    fired = [each for each in firings(owed, rung="due-3") if each.state is FiringState.OPEN]
    assert [told(each.at) for each in fired] == ["2020-02-04 09:00"]


def test_it_says_provisional_in_the_mail(sqlite: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    sent, received = beijing("2026-12-28 09:00"), beijing("2026-12-29 10:00")
    with post_office(monkeypatch, tmp_path / "mails", sent):
        import_cast(sent)
        register_text(notice_text(NUMBER, AFTER_RECEIPT).replace("2020年2月14日", "2026年12月25日"), sent)
        forward_cover(sent, NUMBER)
        receive.fn(NUMBER, LINJIANG, actor=officer(LINJIANG), now=received)
        sweep_until(received, beijing("2027-01-05 10:00"), mails=True)
    mails = [mail for mail in mails_in(tmp_path / "mails") if mail.to == "officer.230100@example.org"]
    assert any("2027年1月5日（星期二）24时前（暂定）" in mail.text for mail in mails)


@pytest.mark.usefixtures("database")
def test_it_goes_on_where_a_kill_has_stopped_it(use_days: Use, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each piece is a transaction: what was moved stays moved, once, and the rest is moved by the next call."""
    use_days(AS_FIRST_PUBLISHED)
    send(AFTER_RECEIPT)
    use_days("")
    monkeypatch.setattr("models.recomputing.PIECE", 5)
    expected = preview_calendar.fn()
    pieces = list[int]()

    def killed(*given: Any) -> None:
        pieces.append(len(given[2]))
        if len(pieces) == 3:
            raise KeyboardInterrupt
        move_all(*given)

    monkeypatch.setattr("tasks.recomputing.move_all", killed)
    with pytest.raises(KeyboardInterrupt):
        amend()
    half = preview_calendar.fn()
    assert 0 < half.moved < expected.moved
    monkeypatch.setattr("tasks.recomputing.move_all", move_all)
    assert amend().moved == half.moved
    moved = [each.obligation_id for each in rows(Adjustment)]
    assert len(moved) == len(set(moved)) == expected.moved, "each once"
    assert {owed.revision for owed in rows(Obligation) if owed.id in moved} == {1}
    assert audit_is_whole()


@pytest.mark.usefixtures("sqlite")
def test_it_moves_no_more_than_the_calendar_does(use_days: Use) -> None:
    """There and back again: two amendments that undo each other leave every deadline where it was."""
    use_days(AS_FIRST_PUBLISHED)
    send(AFTER_RECEIPT, "请各地各部门将台账于2020年1月31日前报省扶贫办，遇节假日顺延。")
    before = {owed.id: owed.due_at for owed in rows(Obligation)}
    use_days("")
    moved = amend().moved
    use_days(AS_FIRST_PUBLISHED)
    back = apply_calendar.fn("更正", actor=OPERATOR, now=AMENDED)
    assert back.moved == moved
    assert {owed.id: owed.due_at for owed in rows(Obligation)} == before
