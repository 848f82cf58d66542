"""Mail that came back: the address is marked, the office's next person hears of it, at last the superior."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import col

from domain.errors import Refused
from domain.offices import Audience
from domain.trail import SYSTEM
from models.bounces import SOFT_AT_MOST, record_bounce
from models.inbound import AddressTrouble
from models.installation import installation
from models.notice import Delivery, FiringRecipient
from models.session import reading, transaction
from tasks.addresses import clear_address, list_trouble
from tasks.checking import check_installation
from tasks.handling import receive
from tasks.rostering import import_roster
from tasks.substituting import substitute
from tasks.sweeping import sweep
from tests.cast import DONGAN, LINJIANG, OPERATOR, ROSTER_CSV, beijing, import_cast, notice_text, register_text
from tests.cast import forward_cover as forward
from tests.looking import entries, rows
from tests.notifications.scripted_server import ScriptedServer
from tests.tasks.stage import (
    addresses,
    as_mail,
    audit_is_whole,
    deliver_at,
    deliveries,
    firings,
    go_live,
    mails_in,
    notices,
    post_office,
    use,
)

FORWARDED = beijing("2020-02-14 09:30")
NOW = beijing("2020-02-14 09:40")
LATER = NOW + timedelta(minutes=20)
ONE = "江扶组办发〔2020〕15号"
OFFICER, HEAD = "officer.230102@example.org", "head.230102@example.org"
GONE = "550 5.1.1 no such user"


def bounce(address: str, now: datetime = LATER, *, hard: bool = True, reason: str = GONE) -> bool:
    """Let the newest message to an address come back."""
    delivery = deliveries(address=address)[-1]
    with transaction(SYSTEM, now) as work:
        here = installation(work.session)
        return record_bounce(work, here, delivery=delivery, address=address, hard=hard, reason=reason)


def circular(number: str = ONE, to: str = "东岸区", at: datetime = FORWARDED) -> None:
    register_text(notice_text(number, "请抓好落实。", addressees=f"{to}扶贫开发领导小组"), at, f"{number}.md")
    forward(at, number)


@pytest.fixture
def mail(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A circular to 东岸区 has gone out, to its officer."""
    request.getfixturevalue("database" if "database" in request.fixturenames else "sqlite")
    import_cast(FORWARDED)
    circular()
    server = request.getfixturevalue("server")
    assert deliver_at(NOW).accepted == 1
    assert isinstance(server, Path)
    return server


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, request: pytest.FixtureRequest) -> object:
    request.getfixturevalue("database" if "database" in request.fixturenames else "sqlite")
    with post_office(monkeypatch, tmp_path / "mail", FORWARDED):
        yield tmp_path / "mail"


def trouble(address: str = OFFICER) -> AddressTrouble | None:
    with reading() as session:
        return session.get(AddressTrouble, address)


def undeliverable() -> list[tuple[str, str]]:
    return [(each.to, each.role) for each in firings(kind="undeliverable")]


# ---------------------------------------------------------------- the next person


def test_it_sends_what_came_back_to_the_next_person_of_the_office(database: str, mail: Path) -> None:
    assert bounce(OFFICER)
    assert deliver_at(LATER).accepted == 1
    first, second = sorted(mails_in(mail), key=lambda each: each.to != OFFICER)
    assert (first.to, second.to) == (OFFICER, HEAD)
    assert ONE in second.text
    assert "东岸区扶贫开发领导小组办公室经办人的登记邮箱退信，改送负责人" in second.text
    assert len(firings(kind="circular")) == 1, "it is the same firing: no rung fires twice"
    assert [each.state for each in deliveries()] == ["bounced", "accepted"]
    assert undeliverable() == []
    assert audit_is_whole()


def test_it_sends_what_came_back_to_who_acts_for_the_next_person(database: str, mail: Path) -> None:
    acting = "head.230100@example.org"
    substitute.fn(
        f"230102/{HEAD}", f"230100/{acting}", NOW, NOW + timedelta(days=3), "休假", actor=OPERATOR, now=NOW
    )  # fmt: skip
    assert bounce(OFFICER)
    assert deliver_at(LATER).accepted == 1
    assert addresses(mails_in(mail)) == sorted([OFFICER, acting])
    assert [each.state for each in deliveries(address=acting)] == ["accepted"]
    assert undeliverable() == []
    assert audit_is_whole()


def test_it_tells_the_superior_and_the_operators_where_nobody_is_left(database: str, mail: Path) -> None:
    bounce(OFFICER)
    deliver_at(LATER)
    bounce(HEAD)
    assert undeliverable() == [("230100", "officer"), ("230000", "operators")]
    assert deliver_at(LATER + timedelta(minutes=1)).accepted == 2
    told = [each for each in mails_in(mail) if each.subject.startswith("无法送达")]
    assert addresses(told) == ["officer.230100@example.org", "operators@example.org"]
    assert all("退信说明：550 5.1.1 no such user" in each.text for each in told)
    assert bounce(HEAD) is False
    assert len(undeliverable()) == 2


def test_it_records_a_bounce_once_however_often_it_comes(mail: Path) -> None:
    assert [bounce(OFFICER), bounce(OFFICER)] == [True, False]
    assert len(entries("delivery.bounced")) == len(entries("firing.passed_on")) == 1
    assert deliver_at(LATER).accepted == 1


def test_it_keeps_addresses_out_of_the_trail(mail: Path) -> None:
    bounce(OFFICER, reason=f"{OFFICER}: unknown, call 0400-0000008")
    clear_address.fn(OFFICER, f"来电 13800138000 称 {OFFICER} 无误", actor=OPERATOR, now=LATER)
    for act in ("delivery.bounced", "firing.passed_on", "address.cleared"):
        ((_, payload),) = entries(act)
        payload.pop("message_id", None)
        assert "@" not in str(payload)
        assert "0400" not in str(payload)
        assert "13800138000" not in str(payload)


def test_it_bothers_nobody_with_what_has_been_dealt_with_meanwhile(mail: Path) -> None:
    sweep.fn(now=beijing("2020-02-14 13:40"))
    assert deliver_at(beijing("2020-02-14 13:40")).accepted == 1
    receive.fn(ONE, DONGAN, actor=OPERATOR, now=beijing("2020-02-14 13:50"))
    before = len(rows(FiringRecipient))
    assert bounce(OFFICER, beijing("2020-02-14 14:00")), "the reminder"
    assert len(rows(FiringRecipient)) == before
    assert undeliverable() == []


def test_it_asks_no_colleague_where_another_has_it_already(mail: Path) -> None:
    second = ROSTER_CSV + ROSTER_CSV.splitlines()[8].replace("王一", "王二").replace(OFFICER, "two@example.org") + "\n"
    import_roster.fn(second.encode(), "r.csv", actor=OPERATOR, now=LATER)
    circular("江扶组办发〔2020〕16号", at=LATER)
    deliver_at(LATER + timedelta(minutes=10))
    bounce("two@example.org", LATER + timedelta(minutes=20))
    assert deliver_at(LATER + timedelta(minutes=20)).accepted == 0
    assert undeliverable() == []
    bounce(OFFICER, LATER + timedelta(minutes=21))
    assert deliver_at(LATER + timedelta(minutes=21)).accepted == 1
    assert deliveries()[-1].address == HEAD


def test_it_passes_a_superiors_own_message_on_inside_the_superiors_office(mail: Path) -> None:
    bounce(OFFICER)
    deliver_at(LATER)
    bounce(HEAD)
    deliver_at(LATER)
    bounce("officer.230100@example.org")
    assert deliver_at(LATER).accepted == 1
    assert deliveries()[-1].address == "head.230100@example.org"
    assert len(undeliverable()) == 2, "a notice of trouble makes no further one"


def test_it_reaches_the_operating_office_where_the_operators_own_mail_comes_back(mail: Path) -> None:
    bounce(OFFICER)
    deliver_at(LATER)
    bounce(HEAD)
    deliver_at(LATER)
    bounce("operators@example.org")
    deliver_at(LATER)
    assert deliveries()[-1].address == "officer.230000@example.org"


def test_it_sends_each_item_of_a_digest_on(mail: Path) -> None:
    circular("江扶组办发〔2020〕16号", at=FORWARDED)
    deliver_at(LATER)
    reminded = beijing("2020-02-14 13:45")
    sweep.fn(now=reminded)
    assert deliver_at(reminded).accepted == 1
    bounce(OFFICER, reminded)
    assert deliver_at(reminded).accepted == 1
    (digest,) = [each for each in mails_in(mail) if each.to == HEAD]
    assert ONE in digest.text
    assert "江扶组办发〔2020〕16号" in digest.text


@pytest.mark.parametrize("state", ["queued", "withdrawn", "refused"])
def test_it_takes_no_bounce_of_what_has_not_been_handed_over(mail: Path, state: str) -> None:
    with transaction(SYSTEM, LATER) as work:
        work.session.get_one(Delivery, 1).state = state  # type: ignore[assignment]
    assert bounce(OFFICER) is False
    assert trouble() is None


def test_it_takes_a_bounce_for_proof_that_an_uncertain_message_was_taken(mail: Path) -> None:
    with transaction(SYSTEM, LATER) as work:
        delivery = work.session.get_one(Delivery, 1)
        delivery.state, delivery.was_uncertain = "queued", True  # type: ignore[assignment]
    assert bounce(OFFICER)
    deliver_at(LATER)
    assert [(each.address, each.state) for each in deliveries()] == [(OFFICER, "bounced"), (HEAD, "accepted")]


def test_it_lets_a_result_that_is_recorded_after_its_bounce_change_nothing(mail: Path) -> None:
    from models.results import Ended, record_result

    with transaction(SYSTEM, LATER) as work:
        delivery = work.session.get_one(Delivery, 1)
        delivery.state, delivery.claimed_by = "sending", "w"  # type: ignore[assignment]
    assert bounce(OFFICER)
    with transaction(SYSTEM, LATER) as work:
        record_result(work, installation(work.session), Ended(1, "w", "accepted", 250, "kept", "s", "d", LATER))
    assert deliveries()[0].state == "bounced"


# ---------------------------------------------------------------- the address


def resolved(office: str, audience: Audience = Audience.OFFICER) -> list[str]:
    with reading() as session:
        roster = installation(session).view.roster
        return [each.address for each in roster.audience(office, audience, LATER).contacts]


def test_it_passes_an_address_over_once_it_has_failed_for_good(database: str, mail: Path) -> None:
    bounce(OFFICER)
    assert resolved(DONGAN) == [HEAD]
    circular("江扶组办发〔2020〕16号", at=LATER)
    (_, firing) = firings(kind="circular")
    assert (firing.to, firing.role) == (DONGAN, "officer"), "no key of a firing names a person"
    deliver_at(LATER + timedelta(minutes=11))
    text = next(each.text for each in mails_in(mail) if each.to == HEAD and "16号" in each.subject)
    assert "东岸区扶贫开发领导小组办公室经办人的邮箱退信，改送负责人" in text


def test_it_counts_temporary_failures_and_takes_the_third_in_a_row_for_good(mail: Path) -> None:
    for number in range(SOFT_AT_MOST):
        assert resolved(DONGAN) == [OFFICER]
        if number:
            circular(f"江扶组办发〔2020〕{20 + number}号", at=LATER)
            deliver_at(LATER + timedelta(minutes=11))
        bounce(OFFICER, LATER + timedelta(minutes=12 + number), hard=False, reason="452 4.2.2 mailbox full")
    assert resolved(DONGAN) == [HEAD]
    found = trouble()
    assert found is not None
    assert (found.soft, found.hard_at) == (SOFT_AT_MOST, LATER + timedelta(minutes=14))


def test_it_begins_to_count_anew_once_a_message_has_arrived(mail: Path) -> None:
    bounce(OFFICER, hard=False)
    monday, tuesday = beijing("2020-02-17 09:00"), beijing("2020-02-18 10:00")
    circular("江扶组办发〔2020〕21号", at=monday)
    deliver_at(monday + timedelta(minutes=11))
    circular("江扶组办发〔2020〕22号", at=tuesday)
    deliver_at(tuesday + timedelta(minutes=11))
    bounce(OFFICER, tuesday + timedelta(minutes=20), hard=False)
    found = trouble()
    assert found is not None
    assert (found.soft, found.hard_at) == (1, None)


def test_it_sends_what_came_back_for_a_time_to_a_colleague_too(mail: Path) -> None:
    bounce(OFFICER, hard=False, reason="4.2.2 mailbox full")
    deliver_at(LATER)
    assert deliveries()[-1].address == HEAD
    assert resolved(DONGAN) == [OFFICER]


def test_it_believes_no_bounce_that_names_no_message_of_ours(mail: Path) -> None:
    with transaction(SYSTEM, LATER) as work:
        here = installation(work.session)
        for address in (HEAD, "nobody@example.org", HEAD):
            record_bounce(work, here, delivery=None, address=address, hard=True, reason=GONE)
    assert resolved(DONGAN, Audience.HEAD) == [HEAD]
    assert [(each.address, each.soft, each.passed_over_since) for each in list_trouble.fn()] == [(HEAD, 0, None)]


def test_it_uses_an_address_again_that_an_operator_has_cleared(database: str, mail: Path) -> None:
    bounce(OFFICER)
    (listed,) = list_trouble.fn()
    assert (listed.address, listed.passed_over_since, listed.reason) == (OFFICER, LATER, GONE)
    assert listed.offices == ("东岸区扶贫开发领导小组办公室",)
    with pytest.raises(Refused, match="理由"):
        clear_address.fn(OFFICER, " ", actor=OPERATOR, now=LATER)
    assert "东岸区" in clear_address.fn(OFFICER, "已清理", actor=OPERATOR, now=LATER)
    assert resolved(DONGAN) == [OFFICER]
    assert list_trouble.fn() == []
    with pytest.raises(Refused, match="没有退信记录"):
        clear_address.fn(OFFICER, "已清理", actor=OPERATOR, now=LATER)


def test_it_uses_an_address_again_where_an_import_changes_it_and_not_where_it_leaves_it(mail: Path) -> None:
    bounce(OFFICER)
    other = ROSTER_CSV.replace("0400-0000005", "0400-1000005")
    import_roster.fn(other.encode(), "r.csv", actor=OPERATOR, now=LATER)
    assert resolved(DONGAN) == [HEAD]
    import_roster.fn(other.replace("王一", "王新").encode(), "r.csv", actor=OPERATOR, now=LATER)
    assert resolved(DONGAN) == [OFFICER]


def test_the_check_names_the_offices_whose_every_address_has_failed(database: str, mail: Path) -> None:
    def named() -> tuple[str, ...]:
        found = {each.name: each for each in check_installation.fn(now=LATER).findings}
        assert "untold_failures" not in found
        return found["failed_addresses"].examples if "failed_addresses" in found else ()

    bounce(OFFICER)
    deliver_at(LATER)
    assert named() == (), "a colleague is reached"
    bounce(HEAD)
    assert named() == ("东岸区扶贫开发领导小组办公室",)
    circular("江扶组办发〔2020〕16号", at=LATER)
    deliver_at(LATER + timedelta(minutes=11))
    told = [each.address for each in deliveries() if notices()[each.notice_id].kind == "circular"]
    assert told == [OFFICER, HEAD, "officer.230100@example.org"], "what it should have goes to its superior"
    clear_address.fn(HEAD, "已清理", actor=OPERATOR, now=LATER)
    assert named() == ()


# ---------------------------------------------------------------- refused while it is handed over


def test_it_marks_an_address_that_the_server_refuses_as_unknown(sqlite: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import_cast(FORWARDED)
    circular()
    with ScriptedServer({"RCPT": GONE}) as server:
        go_live(monkeypatch, server.port, FORWARDED)
        assert deliver_at(NOW).accepted == 1
        assert [as_mail(data).to for data in server.messages] == [HEAD]
    found = trouble()
    assert found is not None
    assert found.hard_at == NOW
    assert resolved(DONGAN) == [HEAD]


@pytest.mark.parametrize("answer", ["550 5.7.1 relaying denied", "550 rejected by policy", "550"])
def test_it_does_not_hold_against_an_address_what_says_nothing_of_it(
    sqlite: str, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    import_cast(FORWARDED)
    circular()
    with ScriptedServer({"RCPT": answer}) as server:
        go_live(monkeypatch, server.port, FORWARDED)
        assert deliver_at(NOW).accepted == 1
        assert [as_mail(data).to for data in server.messages] == [HEAD]
    assert trouble() is None


def test_a_superior_waits_while_a_colleague_is_being_told(sqlite: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody refused is not an office out of reach, as long as the next one may still have it."""
    import_cast(FORWARDED)
    circular()
    late = beijing("2020-02-19 10:00")
    with ScriptedServer({"RCPT": [GONE, "451 later"]}) as server:
        go_live(monkeypatch, server.port, FORWARDED)
        deliver_at(late)
        assert [(each.address, each.state) for each in deliveries()] == [(OFFICER, "refused"), (HEAD, "queued")]
        sweep.fn(now=late + timedelta(seconds=30))
        assert firings(kind="escalation") == []


def test_it_counts_each_address_of_a_shared_mailbox_once(mail: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, operators_address="officer.230100@example.org")
    bounce(OFFICER)
    deliver_at(LATER)
    bounce(HEAD)
    deliver_at(LATER)
    told = [each for each in deliveries() if each.address == "officer.230100@example.org"]
    assert len(told) == 2, "as superior and as operators: two alarms never merge"
    assert LINJIANG in {each.to for each in firings(kind="undeliverable")}
    assert rows(AddressTrouble, col(AddressTrouble.soft) > 0) == []
