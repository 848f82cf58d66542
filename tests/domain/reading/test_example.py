"""The example that Duban ships, and the circular it was shaped after where that is at hand."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from domain.documents import CircularDraft, DocumentKind, Duty, ForwardedReference, InstructionDraft, RequirementKind
from domain.reading.draft import read_circular
from domain.reading.formats import read_source

REPOSITORY = Path(__file__).resolve().parents[3]
EXAMPLE = REPOSITORY / "examples" / "circular.md"
SEED = REPOSITORY / ".." / "shared" / "seed" / "heizufuban-2020-3.md"

TITLE = "关于做好新冠肺炎疫情防控期间脱贫攻坚工作的通知"


@pytest.fixture(scope="module", params=[EXAMPLE, SEED], ids=["example", "seed"])
def path(request: pytest.FixtureRequest) -> Path:
    chosen: Path = request.param
    if not chosen.exists():
        pytest.skip("not in this checkout")
    return chosen


@pytest.fixture(scope="module")
def source(path: Path) -> str:
    return read_source(path.read_bytes(), path.name).text


@pytest.fixture(scope="module")
def cover(source: str) -> CircularDraft:
    return read_circular(source)


@pytest.fixture(scope="module")
def upstream(cover: CircularDraft) -> CircularDraft:
    (one,) = cover.annexes
    return one


def test_it_reads_the_head_of_the_cover(cover: CircularDraft) -> None:
    assert cover.document_number == "黑扶组办发〔2020〕3号"
    assert cover.kind is DocumentKind.FORWARDING_NOTICE
    assert cover.issuing_authority == ("黑龙江省扶贫开发领导小组办公室",)
    assert cover.title == f"关于转发《国务院扶贫开发领导小组<{TITLE}>》的通知"
    assert cover.addressees == ("各市（地）、县（市、区）扶贫开发领导小组", "省扶贫开发领导小组成员单位")
    assert cover.urgency is None
    assert cover.classification is None


def test_it_invents_no_day_for_the_cover(cover: CircularDraft) -> None:
    assert (cover.dated_on, cover.issued_on) == (None, None)
    assert cover.warnings == ("未找到成文日期。",)


def test_it_reads_what_the_cover_forwards(cover: CircularDraft) -> None:
    assert cover.forwards == ForwardedReference(document_number="国开发〔2020〕3号", title=TITLE)


def test_it_reads_the_four_instructions_of_the_cover(cover: CircularDraft) -> None:
    assert [one.number for one in cover.instructions] == ["一", "二", "三", "四"]
    assert all(one.heading and one.children == () for one in cover.instructions)
    assert all("联系人" not in one.text and "附件" not in one.text for one in cover.instructions)


def test_it_reads_one_contact(cover: CircularDraft) -> None:
    (contact,) = cover.contacts
    assert contact.name
    assert contact.phone
    assert contact.email
    assert contact.email.endswith("@example.org")


def test_it_reads_one_report_due_once_without_a_day(cover: CircularDraft) -> None:
    once, _, _ = cover.requirements
    assert (once.duty, once.kind, once.due_on) == (Duty.REPORT, RequirementKind.ONCE, None)
    assert (once.deliver_to, once.responsible) == ("省扶贫办", "各地各部门")


def test_it_reads_one_report_due_every_month_from_march(cover: CircularDraft) -> None:
    _, monthly, _ = cover.requirements
    assert (monthly.duty, monthly.kind) == (Duty.REPORT, RequirementKind.RECURRING)
    assert (monthly.rrule, monthly.starts_on) == ("FREQ=MONTHLY;BYMONTHDAY=5", date(2020, 3, 5))
    assert (monthly.deliver_to, monthly.responsible) == ("省扶贫办", "各地各部门")


def test_it_reads_one_report_due_at_any_time(cover: CircularDraft) -> None:
    _, _, sudden = cover.requirements
    assert (sudden.duty, sudden.kind) == (Duty.REPORT, RequirementKind.ON_OCCURRENCE)
    assert (sudden.deliver_to, sudden.responsible) == ("省扶贫办", "各地各部门")


def test_it_reads_the_head_of_the_upstream(upstream: CircularDraft) -> None:
    assert upstream.document_number == "国开发〔2020〕3号"
    assert upstream.kind is DocumentKind.NOTICE
    assert upstream.issuing_authority == ("国务院扶贫开发领导小组",)
    assert upstream.title == f"国务院扶贫开发领导小组{TITLE}"
    assert upstream.addressees == (
        "各省、自治区、直辖市和新疆生产建设兵团扶贫开发领导小组",
        "国务院扶贫开发领导小组成员单位",
    )
    assert upstream.forwards is None


def test_it_reads_the_foot_of_the_upstream(upstream: CircularDraft) -> None:
    assert (upstream.dated_on, upstream.issued_on) == (None, date(2020, 2, 13))
    assert upstream.cc_authorities == (
        "国家医保局",
        "各省、自治区、直辖市和新疆生产建设兵团扶贫办（局）、协作办",
    )


def test_it_reads_the_five_parts_of_the_upstream_and_their_own_parts(upstream: CircularDraft) -> None:
    assert [one.number for one in upstream.instructions] == ["一", "二", "三", "四", "五"]
    assert [len(one.children) for one in upstream.instructions] == [0, 3, 4, 0, 0]
    assert all(one.heading for one in upstream.instructions)
    assert "抄送" not in upstream.instructions[-1].text


def test_it_reads_exactly_one_report_in_the_upstream(upstream: CircularDraft) -> None:
    (report,) = upstream.requirements
    assert (report.duty, report.kind, report.due_on) == (Duty.REPORT, RequirementKind.ONCE, date(2020, 2, 20))
    assert (report.deliver_to, report.responsible) == ("国务院扶贫办", "各地")


def spanned(draft: CircularDraft) -> list[tuple[str, tuple[int, int]]]:
    found = [(owed.text, owed.span) for owed in draft.requirements]
    pending: list[InstructionDraft] = list(draft.instructions)
    while pending:
        one = pending.pop()
        pending += one.children
        if not one.children:
            found.append((one.text, one.span))
    return found


def test_it_shows_where_every_claim_stands(cover: CircularDraft, upstream: CircularDraft) -> None:
    for text, (start, end) in [*spanned(cover), *spanned(upstream)]:
        shown = "".join(cover.page[start:end].split())
        assert "".join(text.split()) in shown


def test_it_parts_the_two_circulars(cover: CircularDraft, upstream: CircularDraft) -> None:
    assert cover.span[1] <= upstream.span[0]
    assert cover.page[slice(*upstream.span)].startswith("国务院扶贫开发领导小组文件")
    assert "2020年2月13日" not in cover.text
