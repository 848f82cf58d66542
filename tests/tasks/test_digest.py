"""What becomes one message, when it may leave, and what stands in it."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update
from sqlmodel import col

from domain.trail import SYSTEM
from domain.urgent import Severity
from models.circular import Circular
from models.notice import Delivery, DeliveryState, Firing, Notice
from models.session import reading, transaction
from notifications.messages import NoticeKind
from simulation.mail_server import MailFolderServer
from tasks.alerting import raise_urgent_report
from tasks.delivering import anything_to_deliver
from tasks.extending import extend
from tasks.handling import receive, submit_report, waive
from tasks.rostering import import_roster
from tasks.sweeping import sweep
from tests.cast import (
    COVER,
    DONGAN,
    LINJIANG,
    MONTHLY,
    OPERATOR,
    PAIR,
    QINGPING,
    ROSTER_CSV,
    beijing,
    forward_cover,
    import_cast,
    notice_text,
    officer,
    register_text,
    set_out,
)
from tests.tasks.stage import (
    Mail,
    addresses,
    deliver_at,
    deliveries,
    go_live,
    items_of,
    mails_in,
    notices,
    obligation,
    post_office,
    states,
    sweep_until,
    use,
)

FORWARDED = beijing("2020-02-14 09:30")
URGENT = "江扶组办发〔2020〕9号"
TWIN = "江扶组办发〔2020〕12号"
OFFICER = "officer.230102@example.org"


@pytest.fixture
def post(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The folder of a mail server that takes everything; the installation is live once `go` is called."""
    return tmp_path / "mail"


def to(folder: Path, address: str = OFFICER) -> list[Mail]:
    return [mail for mail in mails_in(folder) if mail.to == address]


# ---------------------------------------------------------------- what merges


def test_it_merges_the_reminders_of_one_recipient_into_one_message(
    database: str, post: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_out(FORWARDED)
    register_text(notice_text(TWIN, "自3月份起，每月5日前报送一次最新进展。"), FORWARDED)
    forward_cover(FORWARDED, TWIN)
    with post_office(monkeypatch, post, FORWARDED):
        deliver_at(beijing("2020-02-14 09:40"))
        receive.fn(COVER, DONGAN, actor=officer(DONGAN), now=beijing("2020-02-14 10:00"))
        sweep.fn(now=beijing("2020-03-02 09:00"))
        deliver_at(beijing("2020-03-02 09:00"))
    *_, digest = to(post)
    assert len(to(post)) == 3
    assert digest.subject == "督办提醒：4项（逾期1项）"
    for words in ("签收确认", "签收提醒", "临期提醒"):
        assert words in digest.text
        assert words in digest.html
    assert COVER in digest.text
    assert TWIN in digest.text


def test_it_sends_a_circular_alone(sqlite: str, post: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    set_out(FORWARDED)
    register_text(notice_text(TWIN, "请各地抓好落实。"), FORWARDED)
    forward_cover(FORWARDED, TWIN)
    with post_office(monkeypatch, post, FORWARDED):
        deliver_at(beijing("2020-02-14 09:40"))
    assert [mail.subject[:8] for mail in to(post)] == ["请签收并办理：江", "请签收并办理：江"]
    assert len({mail.message_id for mail in mails_in(post)}) == 16


@pytest.mark.parametrize("kind", [kind for kind in NoticeKind if not kind.merges and kind is not NoticeKind.DIGEST])
def test_it_never_merges_a_kind_that_stands_alone(sqlite: str, kind: NoticeKind) -> None:
    set_out(FORWARDED)
    with transaction(SYSTEM, FORWARDED) as work:
        work.session.execute(update(Firing).values(kind=kind.value))
    sweep.fn(now=beijing("2020-02-17 10:00"))
    with transaction(SYSTEM, FORWARDED) as work:
        work.session.execute(update(Firing).values(kind=kind.value))
    deliver_at(beijing("2020-02-17 10:00"))
    assert {notice.kind for notice in notices().values()} == {kind.value}
    assert all(len(items_of(number)) == 1 for number in notices())


def test_it_sends_a_single_item_as_itself(sqlite: str, post: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    set_out(FORWARDED)
    with post_office(monkeypatch, post, FORWARDED):
        sweep_until(FORWARDED, beijing("2020-02-14 13:40"), mails=True)
    *_, reminder = to(post)
    assert reminder.subject.startswith(f"请尽快签收：{COVER}")
    assert [notice.kind for notice in notices().values()].count("receipt_reminder") == 6
    # The officer of 望川市 hears of the county below without an address too.
    (merged,) = [notice for notice in notices().values() if notice.kind == "digest"]
    assert len(items_of(merged.id or 0)) == 2


def test_it_does_not_mix_what_is_urgent_with_what_is_not(
    sqlite: str, post: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_out(FORWARDED)
    register_text(notice_text(URGENT, "请各地各部门抓好落实。", urgency="紧急程度：加急"), FORWARDED)
    forward_cover(FORWARDED, URGENT)
    with post_office(monkeypatch, post, FORWARDED):
        deliver_at(beijing("2020-02-14 09:40"))
        sweep.fn(now=beijing("2020-02-14 13:40"))
        deliver_at(beijing("2020-02-14 13:40"))
    assert sorted(mail.subject[:8] for mail in to(post)) == [
        "【加急】请尽快签", "【加急】请签收并", "请尽快签收：江扶", "请签收并办理：江",
    ]  # fmt: skip


def test_it_does_not_confuse_two_circulars_of_one_title(
    sqlite: str, post: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_cast(FORWARDED)
    for number in (URGENT, TWIN):
        register_text(notice_text(number, "自3月份起，每月5日前报送一次最新进展。"), FORWARDED)
        forward_cover(FORWARDED, number)
    with reading() as session:
        assert len(set(session.scalars(select(col(Circular.title))))) == 1
    with post_office(monkeypatch, post, FORWARDED):
        deliver_at(beijing("2020-02-14 09:40"))
        sweep.fn(now=beijing("2020-03-02 09:00"))
        deliver_at(beijing("2020-03-02 09:00"))
    first, second, digest = to(post)
    assert (URGENT in first.subject, TWIN in second.subject) == (True, True)
    for number in (URGENT, TWIN):
        assert digest.text.count(number) == digest.html.count(number) == 2
    threads = {mail.message["References"] for mail in (first, second)}
    assert len(threads) == 2
    originals = [next(iter(mail.message.iter_attachments())).get_payload(decode=True) for mail in (first, second)]
    assert [URGENT.encode() in originals[0], TWIN.encode() in originals[1]] == [True, True]
    assert first.message_id != second.message_id
    assert digest.message["References"] is None


def test_it_tells_one_obligation_once_where_two_roles_share_an_address(
    sqlite: str, post: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_out(FORWARDED)
    sweep_until(FORWARDED, beijing("2020-03-05 18:00"), mails=True)
    with post_office(monkeypatch, post, FORWARDED):
        sweep.fn(now=beijing("2020-03-06 09:00"))
        deliver_at(beijing("2020-03-06 09:00"))
    (mail,) = to(post, "office.230202@example.org")
    assert mail.subject.startswith("逾期催办：")
    assert mail.text.count("收到原因") == 1
    carried = [items_of(each.notice_id) for each in deliveries(address=mail.to)][-1]
    assert [(each.rung, each.role) for each in carried] == [("due+1", "officer"), ("due+1", "head")]
    assert QINGPING


# ---------------------------------------------------------------- one officer, several offices

SHARED = "zhou@example.org"


def import_with_one_officer_for_two(now: datetime) -> None:
    """东岸区 and 石桥县 share one officer."""
    roster = ROSTER_CSV.replace("officer.230102@example.org", SHARED).replace("officer.230184@example.org", SHARED)
    import_roster.fn(roster.encode(), "roster.csv", actor=OPERATOR, now=now)


def test_it_sends_an_officer_of_two_offices_each_circular_apart_and_one_digest_of_both(
    database: str, post: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_with_one_officer_for_two(FORWARDED)
    register_text(notice_text(TWIN, "自3月份起，每月5日前报送一次最新进展。"), FORWARDED)
    forward_cover(FORWARDED, TWIN)
    with post_office(monkeypatch, post, FORWARDED):
        deliver_at(beijing("2020-02-14 09:40"))
        sweep.fn(now=beijing("2020-03-02 09:00"))
        deliver_at(beijing("2020-03-02 09:00"))
    first, second, digest = to(post, SHARED)
    assert first.message_id != second.message_id
    assert first.message["References"] != second.message["References"]
    assert ["东岸区" in mail.text.partition("：")[0] for mail in (first, second)] == [True, False]
    assert ["石桥县" in mail.text.partition("：")[0] for mail in (first, second)] == [False, True]
    assert digest.subject.startswith("督办提醒：4项")
    for words in (digest.text, digest.html):
        assert words.count("东岸区扶贫开发领导小组办公室") >= 2
        assert words.count("石桥县扶贫开发领导小组办公室") >= 2


def test_it_keeps_the_other_office_in_the_digest_where_one_has_acted(
    database: str, post: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_with_one_officer_for_two(FORWARDED)
    register_text(notice_text(TWIN, "请各地抓好落实。"), FORWARDED)
    forward_cover(FORWARDED, TWIN)
    now = beijing("2020-02-14 13:40")
    with post_office(monkeypatch, post, FORWARDED):
        deliver_at(beijing("2020-02-14 09:40"))
        sweep.fn(now=now)
        go_live(monkeypatch, 1, now)
        assert deliver_at(now).trouble
        receive.fn(TWIN, DONGAN, actor=officer(DONGAN), now=now)
    with post_office(monkeypatch, post, now):
        deliver_at(now + timedelta(minutes=1))
    *_, mail = to(post, SHARED)
    assert "【签收提醒】1项" in mail.text
    reminder = mail.text.partition("【签收提醒】")[2].partition("【")[0]
    assert ("石桥县" in reminder, "东岸区" in reminder) == (True, False)
    assert "【签收确认】1项" in mail.text


# ---------------------------------------------------------------- what waits


def test_it_holds_a_routine_reminder_until_working_hours_and_merges_what_waits(
    database: str, post: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_out(FORWARDED)
    with post_office(monkeypatch, post, FORWARDED):
        deliver_at(beijing("2020-02-14 09:40"))
        # On Saturday the operators' list is due, for eight offices, at several sweeps.
        sweep_until(FORWARDED, beijing("2020-02-16 20:00"), mails=True)
        assert to(post, "operators@example.org") == []
        receive.fn(COVER, DONGAN, actor=officer(DONGAN), now=beijing("2020-02-16 21:00"))
        deliver_at(beijing("2020-02-16 21:00"), beijing("2020-02-17 08:29"))
        assert to(post, "operators@example.org") == []
        assert not anything_to_deliver(beijing("2020-02-17 08:29"))
        assert anything_to_deliver(beijing("2020-02-17 08:30"))
        deliver_at(beijing("2020-02-17 08:30"))
    (unsigned,) = to(post, "operators@example.org")
    assert unsigned.subject.startswith(f"督办提醒：7项：{COVER}《")
    assert "东岸区" not in unsigned.text


def test_it_holds_an_urgent_reminder_until_working_hours_too(
    sqlite: str, post: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_cast(FORWARDED)
    register_text(notice_text(URGENT, "请抓好落实。", urgency="紧急程度：加急"), beijing("2020-02-14 17:20"))
    forward_cover(beijing("2020-02-14 17:29"), URGENT)
    with post_office(monkeypatch, post, FORWARDED):
        deliver_at(beijing("2020-02-14 17:30"), beijing("2020-02-15 12:00"))
        assert mails_in(post) == []
        deliver_at(beijing("2020-02-17 08:30"))
    assert len(mails_in(post)) == 8


def test_it_lets_an_extra_urgent_matter_pass_at_any_hour(
    sqlite: str, post: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_cast(FORWARDED)
    night = beijing("2020-02-15 23:10")
    register_text(notice_text(URGENT, "请抓好落实。", urgency="紧急程度：特急"), night)
    forward_cover(night, URGENT)
    with post_office(monkeypatch, post, FORWARDED):
        deliver_at(night)
        sweep.fn(now=night + timedelta(minutes=15), urgent_only=True)
        deliver_at(night + timedelta(minutes=15))
    assert [mail.subject[:10] for mail in to(post)] == ["【特急】请签收并办理", "【特急】请尽快签收："]
    assert {mail.message["Importance"] for mail in to(post)} == {"high"}


def test_it_lets_an_urgent_report_pass_at_any_hour(sqlite: str, post: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import_cast(FORWARDED)
    night = beijing("2020-02-15 02:10")
    raise_urgent_report.fn(
        DONGAN, "山洪", "某村进水", Severity.SERIOUS, occurred_at=night, learned_at=night, actor=officer(DONGAN),
        now=night,
    )  # fmt: skip
    with post_office(monkeypatch, post, FORWARDED):
        deliver_at(night)
    found = mails_in(post)
    assert addresses(found) == ["duty.230000@example.org", "duty.230100@example.org"]
    assert all(mail.subject.startswith("【紧急】") for mail in found)
    assert all("某村进水" in mail.text for mail in found)


def test_it_sends_what_passes_at_any_hour_first(sqlite: str, monkeypatch: pytest.MonkeyPatch, post: Path) -> None:
    set_out(FORWARDED)
    now = beijing("2020-02-14 09:40")
    raise_urgent_report.fn(
        DONGAN, "山洪", "某村进水", Severity.ORDINARY, occurred_at=now, learned_at=now, actor=officer(DONGAN), now=now
    )
    with post_office(monkeypatch, post, FORWARDED) as server:
        deliver_at(now)
        assert server.count == 9
    first = min(post.glob("*/*.eml"), key=lambda path: path.name)
    assert first.parent.name == "duty.230100@example.org"


def test_it_waits_ten_minutes_with_the_notices_of_a_forwarding(sqlite: str) -> None:
    set_out(FORWARDED)
    deliver_at(beijing("2020-02-14 09:39"))
    assert deliveries() == []
    deliver_at(beijing("2020-02-14 09:40"))
    assert states() == {"accepted": 8}


def test_it_joins_what_waited_for_a_server_that_was_down(
    database: str, post: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_out(FORWARDED)
    sweep_until(FORWARDED, beijing("2020-02-29 18:00"), mails=True)
    with MailFolderServer(post) as gone:
        pass
    go_live(monkeypatch, gone.port, FORWARDED)
    for day in ("2020-03-02", "2020-03-04", "2020-03-05", "2020-03-06"):
        sweep.fn(now=beijing(f"{day} 09:00"))
        assert deliver_at(beijing(f"{day} 09:00")).trouble
    with post_office(monkeypatch, post, FORWARDED):
        deliver_at(beijing("2020-03-06 10:00"))
    (mail,) = to(post)
    assert mail.subject.startswith("逾期催办：")
    assert "2020年3月5日" in mail.text
    assert "临期" not in mail.text
    (delivery,) = deliveries(message_id=mail.message_id)
    assert [each.rung for each in items_of(delivery.notice_id)] == ["due-3", "due-1", "due-0", "due+1"]
    assert len(to(post, "officer.230200@example.org")) == 1


def test_it_joins_nothing_to_a_message_that_may_have_arrived(sqlite: str) -> None:
    set_out(FORWARDED)
    deliver_at(beijing("2020-02-14 09:40"))
    sweep.fn(now=beijing("2020-02-14 13:40"))
    deliver_at(beijing("2020-02-14 13:40"))
    later = beijing("2020-03-02 09:00")
    with transaction(SYSTEM, later) as work:
        reminder = select(col(Notice.id)).where(col(Notice.kind) == "receipt_reminder")
        work.session.execute(
            update(Delivery)
            .where(col(Delivery.address) == OFFICER, col(Delivery.notice_id).in_(reminder))
            .values(state=DeliveryState.QUEUED, was_uncertain=True, next_attempt_at=later)
        )
    sweep.fn(now=later)
    deliver_at(later)
    assert [len(items_of(each.notice_id)) for each in deliveries(address=OFFICER)] == [1, 1, 1]


def test_it_lets_no_worker_that_lost_its_claim_send_a_message_without_what_joined_it(sqlite: str) -> None:
    set_out(FORWARDED)
    deliver_at(beijing("2020-02-14 09:40"))
    sweep.fn(now=beijing("2020-02-14 13:40"))
    now = beijing("2020-03-02 09:00")
    deliver_at(beijing("2020-02-14 13:40"))
    with transaction(SYSTEM, now) as work:
        reminder = select(col(Notice.id)).where(col(Notice.kind) == "receipt_reminder")
        stale = {"claimed_by": "gone", "lease_until": now - timedelta(minutes=1), "state": DeliveryState.QUEUED}
        work.session.execute(
            update(Delivery)
            .where(col(Delivery.address) == OFFICER, col(Delivery.notice_id).in_(reminder))
            .values(**stale)
        )
    sweep.fn(now=now)
    deliver_at(now)
    assert [len(items_of(each.notice_id)) for each in deliveries(address=OFFICER)] == [1, 2]
    assert {each.claimed_by for each in deliveries()} == {""}


# ---------------------------------------------------------------- what was done meanwhile


def two_reminders(now: datetime) -> None:
    """Let the receipt and the monthly report of 东岸区 be reminded of, its circular delivered."""
    set_out(FORWARDED)
    deliver_at(beijing("2020-02-14 09:40"))
    sweep.fn(now=now)


def test_it_drops_what_was_done_before_it_was_rendered(
    database: str, post: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = beijing("2020-03-02 09:00")
    two_reminders(now)
    use(monkeypatch, smtp_port=1)
    go_live(monkeypatch, 1, now)
    assert deliver_at(now).trouble
    assert [len(items_of(each.notice_id)) for each in deliveries(address=OFFICER, state="queued")] == [2]
    receive.fn(COVER, DONGAN, actor=officer(DONGAN), now=beijing("2020-03-02 10:00"))
    with post_office(monkeypatch, post, now):
        deliver_at(beijing("2020-03-02 10:00"))
    (mail,) = to(post)
    assert "请尽快签收" not in mail.text
    assert "签收提醒" not in mail.text
    assert "签收确认" in mail.text
    assert "临期提醒" in mail.text


def test_it_withdraws_a_message_with_nothing_left_to_tell(
    database: str, post: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_out(FORWARDED)
    sweep_until(FORWARDED, beijing("2020-03-02 09:00"))
    deliver_at(beijing("2020-02-14 09:40"))
    go_live(monkeypatch, 1, FORWARDED)
    deliver_at(beijing("2020-03-02 09:00"))
    for kind, period in (("receipt", ""), ("report", "2020-03-05")):
        waive.fn(
            obligation(LINJIANG, kind, period).id or 0, "合并办理", actor=OPERATOR, now=beijing("2020-03-02 10:00")
        )
    with post_office(monkeypatch, post, FORWARDED):
        deliver_at(beijing("2020-03-02 10:00"))
    assert [mail.subject[:4] for mail in to(post, "officer.230100@example.org")] == ["督办提醒", "免办通知", "免办通知"]
    (digest, *_) = to(post, "officer.230100@example.org")
    assert "东岸区" in digest.text
    assert "单位：临江市" not in digest.text


def test_it_rings_no_more_for_a_deadline_that_was_extended(
    sqlite: str, post: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = beijing("2020-03-02 09:00")
    two_reminders(now)
    owed = obligation(DONGAN, "report", "2020-03-05").id or 0
    extend.fn(owed, beijing("2020-03-21 00:00"), "疫情", actor=OPERATOR, now=beijing("2020-03-02 09:05"))
    with post_office(monkeypatch, post, now):
        deliver_at(beijing("2020-03-02 09:10"))
    assert sorted(mail.subject[:6] for mail in to(post)) == ["延期申请答复", "请尽快签收："]


def test_it_confirms_two_acts_of_one_office_in_one_message(
    sqlite: str, post: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_out(FORWARDED)
    deliver_at(beijing("2020-02-14 09:40"))
    now = beijing("2020-03-02 10:00")
    receive.fn(COVER, DONGAN, actor=officer(DONGAN), now=now)
    submit_report.fn(COVER, DONGAN, "三月情况", actor=officer(DONGAN), now=now, ordinal=MONTHLY)
    with post_office(monkeypatch, post, FORWARDED):
        deliver_at(now)
    (mail,) = to(post)
    assert "签收确认" in mail.text
    assert "报送回执" in mail.text


# ---------------------------------------------------------------- how it looks


def test_it_writes_text_and_html_dated_by_the_simulated_clock_of_beijing(
    sqlite: str, post: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_out(FORWARDED)
    with post_office(monkeypatch, post, FORWARDED):
        deliver_at(beijing("2020-02-14 09:40"))
    (mail,) = to(post)
    assert mail.message["Date"] == "Fri, 14 Feb 2020 09:40:00 +0800"
    assert mail.message["Auto-Submitted"] == "auto-generated"
    assert "王一" in mail.text
    assert "王一" in mail.html
    assert "收到原因：贵单位是本文的主送单位" in mail.text
    assert "咨询联系：李示例，0400-0000000，shili@example.org" in mail.text


def test_it_attaches_the_original_to_the_circular(sqlite: str, post: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    set_out(FORWARDED)
    with post_office(monkeypatch, post, FORWARDED):
        sweep_until(FORWARDED, beijing("2020-02-14 13:40"), mails=True)
        deliver_at(beijing("2020-02-14 13:40"))
    circular, reminder = to(post)
    original, dates = circular.message.iter_attachments()
    assert original.get_payload(decode=True) == PAIR.encode()
    assert original.get_filename() == "江扶组办发2020-8.md"
    assert dates.get_filename() == "deadline.ics"
    assert [each.get_filename() for each in reminder.message.iter_attachments()] == ["deadline.ics"]
    assert circular.message["References"] == reminder.message["References"]


def test_it_attaches_the_document_of_the_database_it_works_on(
    sqlite: str, post: Path, monkeypatch: pytest.MonkeyPatch, sqlite_template: Path, tmp_path: Path
) -> None:
    from tests.conftest import sqlite_url

    set_out(FORWARDED)
    with post_office(monkeypatch, post, FORWARDED):
        deliver_at(beijing("2020-02-14 09:40"))
    use(monkeypatch, database_url=sqlite_url(sqlite_template, tmp_path / "other"))
    import_cast(FORWARDED)
    text = notice_text(TWIN, "请各地抓好落实。")
    register_text(text, FORWARDED)
    forward_cover(FORWARDED, TWIN)
    with post_office(monkeypatch, tmp_path / "other-mail", FORWARDED):
        deliver_at(beijing("2020-02-14 09:40"))
    (mail,) = to(tmp_path / "other-mail")
    original = next(iter(mail.message.iter_attachments()))
    assert original.get_payload(decode=True) == text.encode()


def test_it_gives_a_message_the_same_id_each_time_and_no_address_in_it(sqlite: str) -> None:
    set_out(FORWARDED)
    deliver_at(beijing("2020-02-14 09:40"))
    found = deliveries()
    assert len({each.message_id for each in found}) == len(found) == 8
    assert not any(each.address.partition("@")[0] in each.message_id for each in found)
    assert all(each.message_id.endswith("@example.org>") for each in found)
