"""Registering: what is kept of a circular, what registering twice does, and our receipt of what comes from above."""

from __future__ import annotations

import hashlib
import threading
from contextlib import suppress
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from sqlmodel import col

from domain.documents import DocumentKind, RequirementKind, SourceKind, Urgency
from domain.errors import Refused
from domain.reviewing import Looking
from domain.statuses import ObligationKind, Status
from models.circular import Circular, Document, Instruction, Requirement
from models.forwarding import Forwarding, OutsideAddressee
from models.notice import Delivery, Firing
from models.obligation import Obligation
from tasks.auditing import audit_head
from tasks.forwarding import forward_circular
from tasks.registering import Registered, Registration, register_circular
from tests.cast import (
    COVER,
    OPERATOR,
    PAIR,
    PAIR_FILE,
    PROVINCE,
    UPSTREAM,
    beijing,
    forward_cover,
    import_cast,
    notice_text,
    register_pair,
    register_text,
)
from tests.looking import code_of, entries, firings, owed, rows, the_one, wake_of

NOW = beijing("2020-02-14 09:00")
NUMBER = "江扶组办发〔2020〕20号"
MINUTES = "# 关于春季帮扶工作的会议纪要\n\n各地各部门要在2020年3月10日前完成清单核对工作。\n"


@pytest.fixture(autouse=True)
def _cast(request: pytest.FixtureRequest) -> None:
    request.getfixturevalue("database" if "database" in request.fixturenames else "sqlite")
    import_cast(beijing("2020-02-13 09:00"))


def circular(number: str) -> Circular:
    (found,) = rows(Circular, col(Circular.number) == number)
    assert isinstance(found, Circular)
    return found


def of(done: Registration, number: str) -> Registered:
    return next(each for each in done.circulars if each.number == number)


def nothing_is_stored() -> bool:
    tables = (Document, Circular, Instruction, Requirement, Forwarding, Obligation, OutsideAddressee)
    return not any(rows(table) for table in tables)


def test_it_keeps_the_original_bytes_by_their_sha256(database: str) -> None:
    done = register_pair(NOW)
    (stored,) = rows(Document)
    assert done.sha256 == stored.sha256 == hashlib.sha256(PAIR.encode()).hexdigest()
    assert (stored.content, stored.filename, stored.media_type) == (PAIR.encode(), PAIR_FILE, "text/markdown")
    assert {circular(UPSTREAM).document_id, circular(COVER).document_id} == {stored.id}


def test_it_registers_the_annexed_upstream_first_and_links_it() -> None:
    done = register_pair(NOW)
    assert [(each.number, each.is_new) for each in done.circulars] == [(UPSTREAM, True), (COVER, True)]
    assert of(done, COVER).upstream == UPSTREAM
    assert circular(COVER).upstream_id == circular(UPSTREAM).id
    assert (
        circular(COVER).forwards
        == {"document_number": UPSTREAM, "title": "国务院扶贫开发领导小组关于春季帮扶工作的通知"}
        or (circular(COVER).forwards or {})["document_number"] == UPSTREAM
    )


def test_it_keeps_what_each_circular_says_by_itself() -> None:
    register_pair(NOW)
    cover, upstream = circular(COVER), circular(UPSTREAM)
    assert (cover.kind, cover.urgency, cover.issued_on) == (DocumentKind.FORWARDING_NOTICE, Urgency.ROUTINE, None)
    assert upstream.issued_on == date(2020, 2, 13)
    assert upstream.issuing_authority == ["国务院扶贫开发领导小组"]
    assert cover.contacts == [{"name": "李示例", "phone": "0400-0000000", "email": "shili@example.org"}]
    assert cover.issuer_id is not None
    assert code_of(cover.issuer_id) == PROVINCE


def test_it_keeps_instructions_as_a_tree_with_paths(database: str) -> None:
    register_pair(NOW)
    found = rows(Instruction, col(Instruction.circular_id) == circular(UPSTREAM).id)
    assert [each.number for each in found] == ["一", "一/（一）", "一/（二）", "二", "三"]
    by_number = {each.number: each for each in found}
    assert by_number["一/（二）"].parent_id == by_number["一"].id
    assert by_number["二"].parent_id is None


def test_it_keeps_lead_and_supporting_offices() -> None:
    sentence = "一、开展核查。逐户核对清单。（牵头单位：省农业农村厅；配合单位：省教育厅、临江市扶贫办）"
    register_text(notice_text(NUMBER, sentence, "二、报送情况。各地要及时报告进展。"), NOW)
    first = rows(Instruction)[0]
    assert first.lead_office == "省农业农村厅"
    assert first.supporting_offices == ["省教育厅", "临江市扶贫办"]


def test_it_keeps_requirements_and_resolves_whom_they_go_to(database: str) -> None:
    register_pair(NOW)
    undated, monthly, any_time = rows(Requirement, col(Requirement.circular_id) == circular(COVER).id)
    assert [each.ordinal for each in (undated, monthly, any_time)] == [1, 2, 3]
    assert (undated.kind, undated.due_on, undated.deliver_to) == (RequirementKind.ONCE, None, "省扶贫办")
    assert (monthly.kind, monthly.rrule) == (RequirementKind.RECURRING, "FREQ=MONTHLY;BYMONTHDAY=5")
    assert monthly.starts_on == date(2020, 3, 5)
    assert any_time.kind is RequirementKind.ON_OCCURRENCE
    assert code_of(undated.deliver_to_id) == PROVINCE


def test_it_ties_a_requirement_to_the_instruction_that_holds_its_sentence() -> None:
    register_pair(NOW)
    numbers = {each.id: each.number for each in rows(Instruction, col(Instruction.circular_id) == circular(COVER).id)}
    found = rows(Requirement, col(Requirement.circular_id) == circular(COVER).id)
    assert [numbers[each.instruction_id] for each in found] == ["三", "三", "三"]
    (loose,) = rows(Requirement, col(Requirement.circular_id) == circular(UPSTREAM).id)
    assert loose.due_on == date(2020, 2, 20)


def test_it_changes_nothing_when_the_same_number_comes_again_and_says_so(database: str) -> None:
    register_pair(NOW)
    before = audit_head.fn()
    done = register_pair(NOW + timedelta(days=3))
    assert [each.is_new for each in done.circulars] == [False, False]
    assert audit_head.fn() == before
    assert len(rows(Document)) == 1
    assert len(rows(Requirement)) == 4


def test_it_takes_a_copy_with_other_white_space_as_the_same() -> None:
    register_pair(NOW)
    before = audit_head.fn()
    done = register_text(PAIR.replace("不误农时。", "不误\n农时。 ").replace("\n\n", "\n\n\n"), NOW)
    assert [each.is_new for each in done.circulars] == [False, False]
    assert audit_head.fn() == before
    assert len(rows(Document)) == 1


@pytest.mark.parametrize("number", ["江扶组办发[2020]8号", "江扶组办发（2020）8 号", "江扶组办发【2020】8号"])
def test_it_knows_a_number_however_its_brackets_are_typed(number: str) -> None:
    register_pair(NOW)
    done = register_circular.fn(PAIR.encode(), PAIR_FILE, actor=OPERATOR, now=NOW, only=number)
    assert [(each.number, each.is_new) for each in done.circulars] == [(COVER, False)]


def test_it_refuses_another_text_under_the_same_number() -> None:
    register_pair(NOW)
    before = audit_head.fn()
    with pytest.raises(Refused, match=f"duban circular correct {COVER}"):
        register_text(PAIR.replace("不留空白", "不留死角"), NOW)
    assert audit_head.fn() == before


def test_it_registers_only_the_one_that_was_asked_for() -> None:
    done = register_circular.fn(PAIR.encode(), PAIR_FILE, actor=OPERATOR, now=NOW, only=UPSTREAM)
    assert [each.number for each in done.circulars] == [UPSTREAM]
    with pytest.raises(Refused, match="没有文号为“江扶组办发〔2020〕99号”的公文"):
        register_circular.fn(PAIR.encode(), PAIR_FILE, actor=OPERATOR, now=NOW, only="江扶组办发〔2020〕99号")


def test_it_warns_of_an_upstream_that_is_missing_and_links_it_when_it_comes(database: str) -> None:
    done = register_circular.fn(PAIR.encode(), PAIR_FILE, actor=OPERATOR, now=NOW, only=COVER)
    assert any(UPSTREAM in warning and "尚未登记" in warning for warning in of(done, COVER).warnings)
    forward_cover(NOW)
    register_circular.fn(PAIR.encode(), PAIR_FILE, actor=OPERATOR, now=NOW + timedelta(hours=1), only=UPSTREAM)
    assert circular(COVER).upstream_id == circular(UPSTREAM).id
    assert the_one("forward", PROVINCE, UPSTREAM).status is Status.ACCEPTED, "the cover was forwarded already"


def test_it_takes_the_registration_of_what_is_addressed_to_us_as_our_receipt(database: str) -> None:
    sent_at = beijing("2020-02-13 10:00")
    done = register_circular.fn(
        PAIR.encode(), PAIR_FILE, actor=OPERATOR, now=beijing("2020-02-13 14:00"), only=UPSTREAM, sent_at=sent_at
    )
    assert of(done, UPSTREAM).received
    (hop,) = rows(Forwarding)
    assert (hop.sent_at, hop.received_at) == (sent_at, beijing("2020-02-13 14:00"))
    receipt = the_one("receipt", PROVINCE, UPSTREAM)
    assert (receipt.status, receipt.issued_at) == (Status.ACCEPTED, sent_at)
    assert wake_of(receipt) is None


def test_it_makes_us_owe_the_forwarding_and_the_upstreams_report() -> None:
    register_pair(beijing("2020-02-13 14:00"))
    forward, report = the_one("forward", PROVINCE, UPSTREAM), the_one("report", PROVINCE, UPSTREAM)
    assert (forward.status, forward.due_at) == (Status.PENDING, beijing("2020-02-19 00:00")), "3 working days"
    assert (report.status, report.due_at) == (Status.PENDING, beijing("2020-02-21 00:00"))
    assert report.reviewer_id is None, "the State Council's office is outside: an operator records the outcome"
    assert len(rows(Obligation)) == 3


def test_it_sends_no_mail_for_a_hop_from_outside() -> None:
    register_pair(NOW)
    assert not firings()
    assert not rows(Delivery)


def test_it_refuses_a_sending_time_in_the_future() -> None:
    with pytest.raises(Refused, match="来文时间"):
        register_circular.fn(PAIR.encode(), PAIR_FILE, actor=OPERATOR, now=NOW, sent_at=NOW + timedelta(minutes=1))
    assert nothing_is_stored()


def test_it_records_groups_beyond_the_roster_as_outside_and_shows_them() -> None:
    done = register_pair(NOW)
    outside = rows(OutsideAddressee)
    assert {each.phrase for each in outside} == set(of(done, UPSTREAM).outside)
    assert all(each.resolved for each in outside)
    assert "各省、自治区、直辖市和新疆生产建设兵团扶贫开发领导小组" in of(done, UPSTREAM).outside


def test_it_shows_addressees_that_nobody_knows() -> None:
    done = register_text(notice_text(NUMBER, "请各地做好工作。", addressees="临江市扶贫办，东风农场扶贫办"), NOW)
    assert of(done, NUMBER).unresolved == ("东风农场扶贫办",)
    (kept,) = rows(OutsideAddressee)
    assert (kept.phrase, kept.resolved) == ("东风农场扶贫办", False)


def test_it_warns_where_a_report_goes_to_an_office_nobody_knows() -> None:
    sentence = "请各地各部门于2月28日前将工作总结报省水利调度中心。"
    done = register_text(notice_text(NUMBER, sentence), NOW)
    assert any("省水利调度中心" in warning and "名册" in warning for warning in of(done, NUMBER).warnings)
    (asked,) = rows(Requirement)
    assert (asked.deliver_to, asked.deliver_to_id) == ("省水利调度中心", None)


@pytest.mark.parametrize("mark", ["秘密★1年", "机密", "绝密"])
def test_it_refuses_what_is_classified(mark: str) -> None:
    with pytest.raises(Refused, match="涉密"):
        register_text(f"{mark}\n\n{notice_text(NUMBER, '请各地做好工作。')}", NOW)
    assert nothing_is_stored()


def test_it_refuses_a_circular_without_a_number_unless_its_source_is_another() -> None:
    with pytest.raises(Refused, match="--source-kind"):
        register_text(MINUTES, NOW)
    done = register_circular.fn(MINUTES.encode(), "纪要.md", actor=OPERATOR, now=NOW, source_kind=SourceKind.MINUTES)
    assert (done.circulars[0].number, done.circulars[0].is_new) == (None, True)
    (stored,) = rows(Circular)
    assert (stored.number, stored.source_kind) == (None, SourceKind.MINUTES)


def test_it_registers_a_source_without_a_number_once_and_finds_it_by_its_title(database: str) -> None:
    for _ in range(2):
        done = register_circular.fn(
            MINUTES.encode(), "纪要.md", actor=OPERATOR, now=NOW, source_kind=SourceKind.MINUTES
        )
    assert not done.circulars[0].is_new
    forwarded = forward_circular.fn("关于春季帮扶工作的会议纪要", actor=OPERATOR, now=NOW, to=["临江市"])
    assert [office.name for office in forwarded.offices] == ["临江市扶贫开发领导小组办公室"]
    assert len(owed(ObligationKind.COMPLETE)) == 1


@pytest.mark.parametrize(
    "data", [b"", b"  \n", b"%PDF-1.7 ...", b"\x00\x01\x02" * 50, bytes(range(256)), "没有标题也没有文号。".encode()]
)
def test_it_leaves_nothing_behind_of_what_it_cannot_read(data: bytes) -> None:
    before = audit_head.fn()
    with pytest.raises(ValueError, match=r"\w+"):
        register_circular.fn(data, "来文.bin", actor=OPERATOR, now=NOW, looking=Looking.NEVER)
    assert nothing_is_stored()
    assert audit_head.fn() == before


def test_it_leaves_nothing_of_a_pair_whose_second_part_is_refused(database: str) -> None:
    register_text(notice_text(COVER, "请各地做好工作。"), NOW)
    before = audit_head.fn()
    with pytest.raises(Refused, match="circular correct"):
        register_pair(NOW)
    assert audit_head.fn() == before
    assert not rows(Circular, col(Circular.number) == UPSTREAM)


def test_it_registers_once_when_two_people_do_it_at_the_same_moment(database: str) -> None:
    done: list[bool] = []
    start = threading.Barrier(2)

    def register() -> None:
        start.wait()
        done.extend(each.is_new for each in register_pair(NOW).circulars)

    threads = [threading.Thread(target=register) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == [False, False, True, True]
    assert len(rows(Circular)) == 2
    assert len(rows(Obligation)) == 3


def test_it_says_who_registered_what_in_the_trail() -> None:
    register_pair(NOW)
    registered = entries("circular.registered")
    assert [payload["number"] for _, payload in registered] == [UPSTREAM, COVER]
    assert [(payload["instructions"], payload["requirements"]) for _, payload in registered] == [(5, 1), (3, 3)]
    ((_, hop),) = entries("circular.forwarded")
    assert hop["to"] == [PROVINCE]


@examples(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(junk=st.one_of(st.binary(max_size=400), st.text(max_size=400).map(str.encode)))
def test_it_answers_any_bytes_with_a_sentence_or_a_registration(junk: bytes) -> None:
    with suppress(ValueError):
        kind = SourceKind.WRITTEN_INSTRUCTION
        register_circular.fn(junk, "来文", actor=OPERATOR, now=NOW, source_kind=kind, looking=Looking.NEVER)
    assert not rows(Firing)
