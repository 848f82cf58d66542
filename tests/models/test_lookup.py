"""Finding what a person means: an office by any of its names, an obligation by as little as is said."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import Session

from domain.errors import Refused
from domain.references import same_number
from domain.statuses import ObligationKind, Status
from models.circulars import need_circular
from models.installation import Installation, installation
from models.lookup import need_obligation, need_office, need_owed, need_receipt
from models.session import reading
from tasks.forwarding import recall_forwarding
from tasks.handling import accept, submit_report
from tasks.rostering import import_roster
from tests.cast import (
    COVER,
    DONGAN,
    LINJIANG,
    MONTHLY,
    OPERATOR,
    PROVINCE,
    ROSTER_CSV,
    beijing,
    forward_cover,
    import_cast,
    officer,
    register_pair,
)
from tests.looking import code_of, the_one

NOW = beijing("2020-02-14 09:30")


@pytest.fixture(autouse=True)
def _cast(request: pytest.FixtureRequest) -> None:
    request.getfixturevalue("database" if "database" in request.fixturenames else "sqlite")
    import_cast(beijing("2020-02-13 09:00"))
    register_pair(beijing("2020-02-13 14:00"))
    forward_cover(NOW)


def here(session: Session) -> Installation:
    return installation(session)


@pytest.mark.parametrize(
    "name", ["230102", " 230102 ", "东岸区", "东岸区扶贫办", "东岸区扶贫开发领导小组办公室", "东岸区 扶贫办"]
)
def test_it_finds_an_office_by_code_name_or_alias(name: str) -> None:
    with reading() as session:
        assert need_office(here(session), name).code == DONGAN


def test_it_refuses_a_name_that_nobody_or_several_bear() -> None:
    lines = ROSTER_CSV.replace("青坪县|", "青坪县|开发区|").replace("石桥县|", "石桥县|开发区|")
    import_roster.fn(lines.encode(), "r.csv", actor=OPERATOR, now=NOW)
    with reading() as session:
        with pytest.raises(Refused, match=r"对应 2 个单位（230184、230202）"):
            need_office(here(session), "开发区")
        for name in ("", "东风农场", "扶贫办"):
            with pytest.raises(Refused, match="duban roster list"):
                need_office(here(session), name)


@pytest.mark.parametrize(
    "number", ["江扶组办发〔2020〕8号", "江扶组办发[2020]8号", "江扶组办发（２０２０）8号", " 江扶组办发〔2020〕 8号\n"]
)
def test_it_finds_a_circular_however_its_number_is_typed(number: str) -> None:
    assert same_number(number) == COVER
    with reading() as session:
        assert need_circular(session, number).number == COVER


def test_it_names_circulars_there_are_where_one_is_unknown() -> None:
    with reading() as session, pytest.raises(Refused, match=f"最近登记的有：{COVER}"):
        need_circular(session, "江扶组办发〔2020〕99号")


def test_it_takes_what_is_open_and_due_first() -> None:
    at = NOW + timedelta(hours=1)
    with reading() as session:
        found = need_owed(
            session, here(session), COVER, need_office(here(session), LINJIANG), ordinal=None, period=None
        )
        assert (found.period, found.status) == ("2020-03-05", Status.PENDING)
    for ordinal in (MONTHLY, 1):
        submit_report.fn(COVER, LINJIANG, "进展。", actor=officer(LINJIANG), now=at, ordinal=ordinal)
    accept.fn(the_one("report", LINJIANG, COVER, "").id or 0, actor=OPERATOR, now=at)
    with reading() as session:
        found = need_owed(
            session, here(session), COVER, need_office(here(session), LINJIANG), ordinal=None, period=None
        )
        assert found.period == "2020-03-05", "nothing is open: the one dated last"


def test_it_finds_by_requirement_and_period_and_says_what_it_looked_for() -> None:
    with reading() as session:
        office = need_office(here(session), DONGAN)
        assert need_owed(session, here(session), COVER, office, ordinal=1, period=None).period == ""
        assert need_owed(session, here(session), COVER, office, ordinal=None, period="2020-03").period == "2020-03-05"
        with pytest.raises(Refused, match=r"第 1 项要求.*期次 2020-03"):
            need_owed(session, here(session), COVER, office, ordinal=1, period="2020-03")


def test_it_finds_an_obligation_by_its_number() -> None:
    with reading() as session:
        assert need_obligation(session, 1).kind is ObligationKind.RECEIPT
        with pytest.raises(Refused, match="没有编号为 999 的事项"):
            need_obligation(session, 999)


def test_it_takes_the_last_receipt_after_a_recall(database: str) -> None:
    recall_forwarding.fn(COVER, "附件有误", actor=OPERATOR, now=NOW)
    forward_cover(NOW + timedelta(hours=1))
    with reading() as session:
        office = need_office(here(session), LINJIANG)
        receipt = need_receipt(session, need_circular(session, COVER), office, here(session))
        assert receipt.status is Status.PENDING
        owed = need_owed(session, here(session), COVER, office, ordinal=MONTHLY, period=None)
        assert (owed.status, code_of(owed.reviewer_id or 0)) == (Status.PENDING, PROVINCE)
