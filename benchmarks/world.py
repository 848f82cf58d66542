"""A province with many counties and as many obligations as wanted, laid straight into the tables."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy import Connection, Engine, select, text
from sqlmodel import Session, col

from benchmarks.databases import SQLITE, Server, installed
from domain.calendar import end_of_day
from domain.documents import DocumentKind, Duty, RequirementKind
from domain.trail import Actor, ActorKind
from models.circular import Circular, Document, Requirement
from models.installation import installation, work_calendar
from models.making import calendar_digest, policy_id
from models.office import Office
from models.session import reading, transaction
from tasks.rostering import import_roster

OPERATOR = Actor(ActorKind.CLAIMED, "值班员甲")
#: Wednesday 11 March 2020, 9:00 in Beijing: day rungs fire.
NOW = datetime(2020, 3, 11, 1, 0, tzinfo=UTC)
MADE = datetime(2020, 2, 3, 1, 0, tzinfo=UTC)
_HEADER = "单位代码,单位名称,别名,层级,上级单位代码,行政区划代码,经办人,角色,邮箱,电话"
_CIRCULARS, _REQUIREMENTS = 10, 50


@dataclass(frozen=True)
class Size:
    """How large a world is."""

    obligations: int
    counties: int = 3000
    #: with the counties no multiple of 10: whatever is chosen by a step is spread over the offices
    cities: int = 101


def build(server: Server, size: Size) -> str:
    """Make a database with a province, its cities and counties and their open obligations; return its URL.

    All are reports that are due long after `NOW`, half of them in recurring periods, each with its wake-up.
    """
    url = server.new()
    with installed(url, server.folder) as engine:
        import_roster.fn(_roster(size).encode(), "roster.csv", actor=OPERATOR, now=MADE)
        _store_requirements()
        with engine.begin() as connection:
            if server.kind != SQLITE:
                # a table that is filled once: neither keys nor indexes need looking at for each row
                connection.execute(text("SET LOCAL session_replication_role = replica"))
            _fill(connection, size)
        settle(engine)
    return url


def settle(engine: Engine) -> None:
    """Let the database look at what it holds, as it does by itself in the course of a day."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE" if engine.dialect.name == SQLITE else "VACUUM ANALYZE"))


def _roster(size: Size) -> str:
    rows = [_HEADER, "230000,示例省扶贫办,省扶贫办,省级,,230000,钱一,经办人,officer.230000@example.org,"]
    rows.append("230000,示例省扶贫办,省扶贫办,省级,,230000,孙一,负责人,head.230000@example.org,")
    for number in range(1, size.cities + size.counties + 1):
        city = number <= size.cities
        code, name = f"23{number:05d}", f"第{number}{'市' if city else '县'}"
        above = "230000" if city else f"23{number % size.cities + 1:05d}"
        office = f"{code},{name}扶贫办,{name},{'市级' if city else '县级'},{above},"
        rows.append(f"{office},周{number},经办人,officer.{code}@example.org,0400-0000000")
        rows.append(f"{office},吴{number},负责人,head.{code}@example.org,0400-0000000")
    return "\n".join(rows) + "\n"


def _store_requirements() -> None:
    with transaction(OPERATOR, MADE) as work:
        here = installation(work.session)
        for number in range(1, _CIRCULARS + 1):
            file = Document(sha256=f"{number:064d}", filename="", media_type="", content=b"", stored_at=MADE)
            work.session.add(file)
            work.session.flush()
            add_circular(work.session, number, _REQUIREMENTS, here.view.id_of["230000"], file.id or 0)
        policy_id(work.session, here.policies, MADE)
        calendar_digest(work.session, here.calendar, MADE)


def add_circular(session: Session, number: int, requirements: int, office: int, document: int) -> int:
    """Add a circular of the province with so many dated reports; return its id."""
    circular = Circular(
        number=f"示扶组办发〔2020〕{number}号", kind=DocumentKind.NOTICE, title=f"关于第{number}项工作的通知",
        issuer_id=office, document_id=document, text="", text_digest="", registered_at=MADE,
    )  # fmt: skip
    session.add(circular)
    session.flush()
    for ordinal in range(1, requirements + 1):
        session.add(
            Requirement(
                circular_id=circular.id, ordinal=ordinal, text=f"第{ordinal}项要求", duty=Duty.REPORT,
                kind=RequirementKind.ONCE, deliver_to_id=office, due_on=date(2020, 12, 31),
            )
        )  # fmt: skip
    return circular.id or 0


def _fill(connection: Connection, size: Size) -> None:
    """Lay the obligations and wake-ups with one statement each."""
    offices = select(col(Office.id)).where(col(Office.code) != "230000")
    first = connection.scalar(offices.order_by(col(Office.id)).limit(1)) or 0
    counted = (
        "WITH RECURSIVE numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < :count)"
        if connection.dialect.name == SQLITE
        else "WITH numbers AS (SELECT n FROM generate_series(0, :count - 1) AS n)"
    )
    due = "'2020-06-' || " + _two_digits(connection, "n % 28 + 1")
    at = _instants(connection, due)
    values = {
        "count": size.obligations, "first": first, "each": size.cities + size.counties,
        "made": stored(connection, MADE), "digest": work_calendar().digest,
        "every": _CIRCULARS * _REQUIREMENTS, "of": _REQUIREMENTS,
    }  # fmt: skip
    connection.execute(
        text(
            f"""INSERT INTO obligation (kind, office_id, origin, period, circular_id, requirement_id, grade, issued_at,
            base_due_at, due_at, receipt_not_confirmed, provisional, revision, status, hold, reviewer_id, policy_id,
            calendar_digest, made_at, version) {counted}
            SELECT 'report', :first + n % :each, 'requirement:' || (n / :each % :every + 1),
            'p' || (n / :each / :every), n / :each % :every / :of + 1, n / :each % :every + 1, 'routine', :made,
            {at}, {at}, false, false, 0, CASE WHEN n % 10 = 0 THEN 'returned' ELSE 'pending' END, '',
            :reviewer, 1, :digest, :made, 1 FROM numbers"""  # noqa: S608 - no word of it comes from outside
        ),
        values | {"reviewer": _province(connection)},
    )
    wake = text("INSERT INTO wake (obligation_id, wake_at, urgent) SELECT id, due_at, false FROM obligation")
    connection.execute(wake)


def _province(connection: Connection) -> int:
    return connection.scalar(select(col(Office.id)).where(col(Office.code) == "230000")) or 0


def _two_digits(connection: Connection, number: str) -> str:
    return f"printf('%02d', {number})" if connection.dialect.name == SQLITE else f"lpad(({number})::text, 2, '0')"


def _instants(connection: Connection, day: str) -> str:
    """Return SQL for 24:00 in Beijing of the day before, as each database stores it."""
    if connection.dialect.name == SQLITE:
        return f"{day} || ' 16:00:00.000000'"
    return f"({day} || ' 16:00:00+00')::timestamptz"


def stored(connection: Connection, at: datetime) -> object:
    """Return an instant as a statement of one's own takes it."""
    return f"{at:%Y-%m-%d %H:%M:%S.%f}" if connection.dialect.name == SQLITE else at


@dataclass(frozen=True)
class DueGroup:
    """Obligations that have the same deadline: what has fired, what fires at `NOW`."""

    due_at: datetime
    rung: str
    fired: tuple[str, ...]


#: At `NOW` the office's officer hears of each: three, one and no working days before the day.
DUE_GROUPS = (
    DueGroup(end_of_day(date(2020, 3, 16)), "due-3", ()),
    DueGroup(end_of_day(date(2020, 3, 12)), "due-1", ("due-3",)),
    DueGroup(end_of_day(date(2020, 3, 11)), "due-0", ("due-3", "due-1")),
)


def make_due(engine: Engine, count: int, *, turn: int, now: datetime = NOW) -> None:
    """Let `count` obligations spread over the whole table be due at `now`; each `turn` takes others."""
    with engine.begin() as connection:
        total = connection.scalar(text("SELECT count(*) FROM obligation")) or 0
        step = total // count
        chosen = f"SELECT id FROM obligation WHERE id % {step} = {turn % step}"  # noqa: S608
        for number, group in enumerate(DUE_GROUPS):
            mine = f"{chosen} AND id / {step} % {len(DUE_GROUPS)} = {number}"
            values = {"due": stored(connection, group.due_at), "now": stored(connection, now)}
            connection.execute(
                text(f"UPDATE obligation SET due_at = :due, base_due_at = :due WHERE id IN ({mine})"),  # noqa: S608
                {"due": values["due"]},
            )
            connection.execute(
                text(f"UPDATE wake SET wake_at = :now WHERE obligation_id IN ({mine})"),  # noqa: S608
                {"now": values["now"]},
            )
            for rung in group.fired:
                connection.execute(
                    text(
                        f"""INSERT INTO firing (obligation_id, revision, rung, repeat, office_id, role, audience, kind,
                        state, at, fired_at, not_before, urgency_tag, catch_up, call_list, why, detail)
                        SELECT id, revision, :rung, 0, office_id, 'officer', 'officer', 'due_soon', 'open', :now, :now,
                        :now, '', false, false, '', '{{}}' FROM obligation WHERE id IN ({mine})"""  # noqa: S608
                    ),
                    {"rung": rung, "now": values["now"]},
                )


def due_count(*, now: datetime = NOW) -> int:
    """Return how many wake-ups lie at or before `now`."""
    with reading() as session:
        statement = text("SELECT count(*) FROM wake WHERE wake_at <= :now")
        return int(session.execute(statement, {"now": stored(session.connection(), now)}).scalar() or 0)
