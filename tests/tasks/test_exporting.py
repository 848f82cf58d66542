"""The register as a workbook, read back as an operator's Excel would read it."""

from __future__ import annotations

import itertools
import zipfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import event
from sqlmodel import Session

from config.policies import load_policies
from domain.documents import DocumentKind, Duty, RequirementKind
from domain.errors import Refused
from domain.offices import Tier
from domain.statuses import ObligationKind, Status
from models.circular import Circular, Document, Requirement
from models.forwarding import Forwarding
from models.notice import Delivery, DeliveryState, Firing, FiringState, Notice
from models.obligation import Obligation, PolicyVersion, UrgentCase
from models.office import Office
from models.session import engine
from tasks.exporting import export_register

#: Friday 14 February 2020, 9:30 in Beijing.
NOW = datetime(2020, 2, 14, 1, 30, tzinfo=UTC)
SENT = NOW - timedelta(days=10)
#: 24:00 of 13 February in Beijing, and 17:30 of 14 February.
YESTERDAY = datetime(2020, 2, 13, 16, tzinfo=UTC)
TONIGHT = datetime(2020, 2, 14, 9, 30, tzinfo=UTC)
NUMBER = "黑组扶办〔2020〕3号"
EVIL = '=HYPERLINK("http://example.org","点此")'


_numbers = itertools.count(1)


def clock(day: int, hour: int, minute: int, second: int = 0) -> datetime:
    """Return what a cell holds: the clock in Beijing, in February 2020."""
    return datetime(2020, 2, day, hour, minute, second, tzinfo=UTC).replace(tzinfo=None)


def add(session: Session, *rows: Any) -> None:
    for row in rows:
        session.add(row)
        session.flush()


def owed(**values: Any) -> Obligation:
    """A report that office 2 owes under circular 1, changed where a test needs it."""
    plain: dict[str, Any] = {
        "kind": ObligationKind.REPORT, "office_id": 2, "circular_id": 1, "requirement_id": 1,
        "origin": f"requirement:{next(_numbers)}", "grade": "routine", "policy_id": 1, "calendar_digest": "0",
        "issued_at": SENT, "made_at": SENT,
    }  # fmt: skip
    return Obligation(**plain | values)


@pytest.fixture
def session(database: str) -> Iterator[Session]:
    """A province with a prefecture below it, a circular with one requirement."""
    with Session(engine()) as session:
        add(
            session,
            Office(code="23", name="省扶贫办", tier=Tier.PROVINCE),
            Office(code="2304", name="鹤岗市扶贫办", tier=Tier.PREFECTURE, superior_id=1),
            PolicyVersion(digest="0", canonical=load_policies().canonical(), first_used_at=NOW),
            Document(sha256="0", filename="a", media_type="text/plain", content=b"", stored_at=NOW),
            Circular(
                number=NUMBER, kind=DocumentKind.NOTICE, title="关于疫情影响的通知", document_id=1, text="",
                text_digest="", registered_at=SENT, issuing_authority=["国务院扶贫办", "财政部"],
            ),
            Requirement(
                circular_id=1, ordinal=1, text="每月5日前报送", duty=Duty.REPORT, kind=RequirementKind.ONCE
            ),
        )  # fmt: skip
        session.commit()
        yield session


Sheet = list[dict[str, Any]]


def exported(session: Session, path: Path, *rows: Any) -> dict[str, Sheet]:
    """Store rows, export, and return each sheet's rows as read by openpyxl, by their headers."""
    add(session, *rows)
    session.commit()
    export_register.fn(path, now=NOW)
    return {sheet.title: _read(sheet) for sheet in openpyxl.load_workbook(path)}


def _read(sheet: Any) -> Sheet:
    lines = list(sheet.iter_rows(values_only=True))
    start = 1 if sheet.title == "概览" else 0
    return [dict(zip(lines[start], line, strict=True)) for line in lines[start + 1 :]]


def values(row: dict[str, Any], *names: str) -> Sequence[Any]:
    return [row[name] for name in names]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "台账" / "台账.xlsx"


def test_it_writes_one_row_per_obligation_and_says_how_many(session: Session, path: Path) -> None:
    add(session, owed(), owed(status=Status.ACCEPTED, ended_at=NOW), owed(kind=ObligationKind.DECIDE, office_id=1))
    session.commit()
    assert export_register.fn(path, now=NOW) == 3
    workbook = openpyxl.load_workbook(path)
    assert workbook.sheetnames == ["概览", "事项台账", "转发链", "通知", "升级", "紧急信息"]
    assert workbook["事项台账"].max_row == 4


def test_it_tells_everything_about_an_obligation(session: Session, path: Path) -> None:
    row = owed(
        period="2020-02-13", base_due_at=YESTERDAY - timedelta(days=2), due_at=YESTERDAY, submitted_at=NOW,
        status=Status.SUBMITTED,
    )  # fmt: skip
    (line,) = exported(session, path, row)["事项台账"]
    assert line == {
        "编号": 1, "层级": "市（地）级", "单位": "鹤岗市扶贫办", "上级单位": "省扶贫办", "文号": NUMBER,
        "标题": "关于疫情影响的通知", "事项": "报送", "要求": "每月5日前报送", "期次": "2020-02-13",
        "发出时间": clock(4, 9, 30), "原时限": clock(11, 23, 59, 59),
        "现时限": clock(13, 23, 59, 59), "状态": "待审核", "灯色": "正常", "说明": "待审核",
        "是否逾期": "是", "报送时间": clock(14, 9, 30), "办结时间": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("obligation", "word", "colour", "explained", "late"),
    [
        ({}, "正常", "FFC6EFCE", "未定日期", "否"),
        ({"due_at": NOW + timedelta(days=30)}, "正常", "FFC6EFCE", "还有 20 个工作日", "否"),
        ({"due_at": TONIGHT}, "临期", "FFFFEB9C", "今日到期", "否"),
        ({"due_at": YESTERDAY}, "逾期", "FFFFC7CE", "已逾期 1 个工作日", "是"),
        ({"due_at": YESTERDAY, "status": Status.ACCEPTED, "ended_at": NOW}, "办结", "FFA9D08E", "已完成", "是"),
        ({"due_at": TONIGHT, "status": Status.ACCEPTED, "ended_at": NOW}, "办结", "FFA9D08E", "已完成", "否"),
        ({"due_at": YESTERDAY, "status": Status.WAIVED, "ended_at": NOW}, "免办或撤回", "FFD9D9D9", "已免办", "否"),
    ],
)
def test_it_shows_the_light_in_word_and_colour(
    session: Session, path: Path, obligation: dict[str, Any], word: str, colour: str, explained: str, late: str
) -> None:
    (line,) = exported(session, path, owed(**obligation))["事项台账"]
    assert values(line, "灯色", "说明", "是否逾期") == [word, explained, late]
    cell = openpyxl.load_workbook(path)["事项台账"]["N2"]
    assert (cell.value, cell.fill.fgColor.rgb) == (word, colour)


def test_it_writes_midnight_as_the_end_of_the_day_it_ends(session: Session, path: Path) -> None:
    exported(session, path, owed(due_at=YESTERDAY), owed(due_at=TONIGHT))
    sheet = openpyxl.load_workbook(path)["事项台账"]
    midnight, evening = sheet["L2"], sheet["L3"]
    assert (midnight.value, midnight.number_format) == (clock(13, 23, 59, 59), 'yyyy"年"m"月"d"日 24时"')
    assert (evening.value, evening.number_format) == (clock(14, 17, 30), 'yyyy"年"m"月"d"日" hh:mm')


def test_it_shows_an_urgent_matter_by_the_title_of_its_case(session: Session, path: Path) -> None:
    case = UrgentCase(
        reference="1", office_id=2, title="山体滑坡", severity="serious", occurred_at=SENT, learned_at=SENT,
        raised_at=SENT,
    )  # fmt: skip
    response = owed(kind=ObligationKind.RESPOND, case_id=1, circular_id=None, requirement_id=None)
    sheets = exported(session, path, case, response)
    (line,) = sheets["事项台账"]
    assert values(line, "文号", "标题", "事项", "要求") == [None, "山体滑坡", "紧急信息回应", None]
    assert values(sheets["概览"][-2], "类别", "名称", "合计") == ["其他", "紧急信息", 1]


def test_it_writes_every_step_of_an_urgent_report_with_how_late_it_was(session: Session, path: Path) -> None:
    case = UrgentCase(
        reference="1", office_id=2, title="山体滑坡", severity="serious", occurred_at=SENT, learned_at=SENT,
        raised_at=SENT + timedelta(minutes=45),
    )  # fmt: skip
    response = owed(
        kind=ObligationKind.RESPOND, office_id=1, case_id=1, circular_id=None, requirement_id=None,
        issued_at=SENT + timedelta(minutes=45), due_at=SENT + timedelta(minutes=60), status=Status.ACCEPTED,
        ended_at=SENT + timedelta(minutes=70),
    )  # fmt: skip
    rows = exported(session, path, case, response)["紧急信息"]
    assert [values(row, "环节", "办理单位", "用时（分钟）", "逾期（分钟）") for row in rows] == [
        ["获知", "鹤岗市扶贫办", 0, 0], ["书面报告", "鹤岗市扶贫办", 45, 15],
        ["书面报告（自事发起）", "鹤岗市扶贫办", 45, 15], ["回应", "省扶贫办", 25, 10],
    ]  # fmt: skip
    assert values(rows[-1], "编号", "级别", "事件", "说明") == [1, "重大", "山体滑坡", "用时 25 分钟，逾期 10 分钟"]


def test_its_overview_counts_the_lights_by_tier_and_circular(session: Session, path: Path) -> None:
    sheets = exported(
        session, path, owed(), owed(due_at=TONIGHT), owed(due_at=YESTERDAY), owed(due_at=YESTERDAY, office_id=1),
        owed(due_at=YESTERDAY, status=Status.ACCEPTED, ended_at=NOW), owed(status=Status.WITHDRAWN, office_id=1),
        owed(kind=ObligationKind.DECIDE, office_id=1), owed(due_at=TONIGHT, hold="contest"),
    )  # fmt: skip
    assert [list(line.values()) for line in sheets["概览"]] == [
        ["层级", "省级", 0, 0, 1, 0, 1, 0, 1, 2],
        ["层级", "市（地）级", 1, 1, 1, 1, 0, 1, 2, 5],
        ["公文", f"{NUMBER} 关于疫情影响的通知", 1, 1, 2, 1, 1, 1, 3, 7],
        ["合计", "全部", 1, 1, 2, 1, 1, 1, 3, 7],
    ]
    assert list(sheets["概览"][0])[2:] == ["正常", "临期", "逾期", "办结", "免办或撤回", "暂停", "曾逾期或逾期", "合计"]
    title = openpyxl.load_workbook(path)["概览"]["A1"].value
    assert title == "督办台账概览（截至2020年2月14日（星期五）9时30分，不含审核决定）"


def test_its_sheets_agree_on_what_is_late(session: Session, path: Path) -> None:
    statuses = [owed(status=status, due_at=due_at) for status in Status for due_at in (None, YESTERDAY, TONIGHT)]
    sheets = exported(session, path, *statuses)
    late = sum(line["是否逾期"] == "是" for line in sheets["事项台账"])
    assert sheets["概览"][-1]["曾逾期或逾期"] == late > 0
    for word in ("正常", "临期", "逾期", "办结", "免办或撤回"):
        assert sheets["概览"][-1][word] == sum(line["灯色"] == word for line in sheets["事项台账"])


def test_it_shows_who_passed_what_to_whom(session: Session, path: Path) -> None:
    sheets = exported(
        session, path,
        Forwarding(circular_id=1, from_office_id=None, to_office_id=1, sent_at=SENT, received_at=SENT),
        Forwarding(circular_id=1, from_office_id=1, to_office_id=2, sent_at=NOW, recalled_at=NOW),
    )  # fmt: skip
    received, recalled = sheets["转发链"]
    sent_at = clock(4, 9, 30)
    assert values(received, "来文单位", "收文单位", "文号") == ["国务院扶贫办、财政部", "省扶贫办", NUMBER]
    assert values(received, "转发时间", "签收时间", "撤回时间") == [sent_at, sent_at, None]
    assert values(recalled, "来文单位", "收文单位", "签收时间") == ["省扶贫办", "鹤岗市扶贫办", None]
    assert recalled["撤回时间"] == clock(14, 9, 30)


def test_it_shows_what_was_sent_but_no_address(session: Session, path: Path) -> None:
    notices = [Notice(kind=kind, office_id=2, created_at=NOW) for kind in ("overdue", "circular")]
    states = [DeliveryState.ACCEPTED, DeliveryState.REFUSED]
    deliveries = [
        Delivery(
            notice_id=number, address="zhouming@example.org", message_id=f"<{number}@x>", state=state, subject="催办",
            next_attempt_at=NOW, ended_at=NOW, reply="550 zhouming@example.org unknown",
        )
        for number, state in enumerate(states, start=1)
    ]  # fmt: skip
    accepted, refused = exported(session, path, *notices, *deliveries)["通知"]
    at = clock(14, 9, 30)
    assert list(accepted.values()) == ["逾期催办", "鹤岗市扶贫办", "已送达服务器", at, "催办"]
    assert list(refused.values()) == ["转发公文", "鹤岗市扶贫办", "被拒收", None, "催办"]
    with zipfile.ZipFile(path) as parts:
        assert not [name for name in parts.namelist() if b"zhouming" in parts.read(name)]


@pytest.mark.parametrize("state", DeliveryState)
def test_it_has_a_word_for_every_state_of_a_delivery(sqlite: str, path: Path, state: DeliveryState) -> None:
    with Session(engine()) as session:
        sent = Delivery(notice_id=1, address="a", message_id="1", state=state, next_attempt_at=NOW)
        office = Office(code="23", name="省", tier=Tier.PROVINCE)
        (line,) = exported(session, path, office, Notice(kind="test", office_id=1, created_at=NOW), sent)["通知"]
    assert line["状态"]


def test_it_shows_who_was_told_of_whom(session: Session, path: Path) -> None:
    common: dict[str, Any] = {
        "obligation_id": 1, "office_id": 1, "role": "officer", "kind": "escalation", "at": NOW, "fired_at": NOW,
        "not_before": NOW,
    }  # fmt: skip
    sheets = exported(
        session, path, owed(),
        Firing(rung="due+2", audience="superior", **common),
        Firing(rung="due+1", audience="officer", **common),
        Firing(rung="due+3", audience="superior_head", state=FiringState.SUPERSEDED, **common),
    )  # fmt: skip
    (line,) = sheets["升级"]
    assert list(line.values()) == ["鹤岗市扶贫办", "省扶贫办", NUMBER, "报送", "due+2", clock(14, 9, 30)]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (EVIL, EVIL),
        ("+1-2", "+1-2"),
        ("@SUM(A1)", "@SUM(A1)"),
        ("{=1+1}", "{=1+1}"),
        ("http://example.org/", "http://example.org/"),
        ("mailto:a@example.org", "mailto:a@example.org"),
        ("123", "123"),
        ("<b>&amp;\"'", "<b>&amp;\"'"),
        ("两\n行\t\x00\x0b\ufffe字", "两 行 字"),
        ("_x0041_", "_x0041_"),
    ],
)
def test_what_came_from_outside_is_never_more_than_text(sqlite: str, path: Path, text: str, shown: str) -> None:
    with Session(engine()) as session:
        office = Office(code="23", name=text, tier=Tier.PROVINCE)
        notice = Notice(kind="test", office_id=1, created_at=NOW)
        sent = Delivery(notice_id=1, address="a", message_id="1", subject=text, next_attempt_at=NOW)
        exported(session, path, office, notice, sent)
    cell = openpyxl.load_workbook(path)["通知"]["E2"]
    assert openpyxl.utils.escape.unescape(cell.value) == shown
    assert (cell.data_type, cell.hyperlink) == ("s", None)
    with zipfile.ZipFile(path) as parts:
        assert not [name for name in parts.namelist() if b"<f>" in parts.read(name) or b"hyperlink" in parts.read(name)]


def test_it_shortens_long_texts(session: Session, path: Path) -> None:
    long = Requirement(
        circular_id=1, ordinal=2, text="报" * 40_000, duty=Duty.REPORT, kind=RequirementKind.ONCE
    )  # fmt: skip
    (line,) = exported(session, path, long, owed(requirement_id=2))["事项台账"]
    assert line["要求"] == "报" * 299 + "…"


def test_its_headers_stay_in_sight_and_filter(session: Session, path: Path) -> None:
    exported(session, path, owed(), owed())
    workbook = openpyxl.load_workbook(path)
    assert [sheet.freeze_panes for sheet in workbook] == ["A3", "A2", "A2", "A2", "A2", "A2"]
    assert workbook["事项台账"].auto_filter.ref == "A1:R3"
    assert workbook["概览"].auto_filter.ref == "A2:J5"
    assert workbook["升级"].auto_filter.ref == "A1:F1"
    assert all(sheet.column_dimensions["B"].width > 10 for sheet in workbook)


def test_it_writes_empty_sheets_for_an_empty_installation(database: str, path: Path) -> None:
    assert export_register.fn(path, now=NOW) == 0
    assert [sheet.max_row for sheet in openpyxl.load_workbook(path)] == [3, 1, 1, 1, 1, 1]


def test_it_takes_the_place_of_an_earlier_register(session: Session, path: Path) -> None:
    path.parent.mkdir()
    path.write_text("earlier")
    assert len(exported(session, path, owed())["事项台账"]) == 1
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_it_leaves_the_earlier_register_when_it_fails(session: Session, path: Path) -> None:
    path.parent.mkdir()
    path.write_text("earlier")
    add(session, Notice(kind="unheard of", office_id=1, created_at=NOW))
    add(session, Delivery(notice_id=1, address="a", message_id="1", next_attempt_at=NOW))
    session.commit()
    with pytest.raises(ValueError, match="unheard of"):
        export_register.fn(path, now=NOW)
    assert path.read_text() == "earlier"
    assert [each.name for each in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("name", ["台账.xls", "台账", "台账.csv"])
def test_it_refuses_another_kind_of_file(sqlite: str, tmp_path: Path, name: str) -> None:
    with pytest.raises(Refused, match=r"以 \.xlsx 结尾"):
        export_register.fn(tmp_path / name, now=NOW)


def test_it_says_so_where_the_register_cannot_be_written(sqlite: str) -> None:
    with pytest.raises(Refused, match="无法写入台账"):
        export_register.fn(Path("/proc/register/台账.xlsx"), now=NOW)


def test_it_reads_by_a_fixed_number_of_queries(session: Session, path: Path) -> None:
    queries = list[str]()
    event.listen(engine(), "before_cursor_execute", lambda *about: queries.append(about[2]))
    exported(session, path, owed())
    first = sum(query.startswith("SELECT") for query in queries)
    queries.clear()
    exported(session, path, *(owed() for _ in range(2500)))
    assert sum(query.startswith("SELECT") for query in queries) == first
