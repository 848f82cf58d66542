"""What an answer by mail asks to be done, and the rules of what comes in that need no database."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from domain.flaws import Flaw
from domain.inbound import InboundKind
from domain.offices import Contact, Office, Role, Roster
from domain.reading.head import NUMBER, printed_number
from domain.statuses import TABLE, Act, ObligationKind, State
from domain.urgent import Severity

#: So many answers a day does one address get: two programs that answer each other come to rest.
ANSWERS_A_DAY = 5
_TOKEN = re.compile(r"(?P<notice>[0-9]{1,12})\.[0-9a-f]{24}")
_REPLY = re.compile(r"\s*(?:回复|答复|回覆|转发|Re|Fw|Fwd|AW)\s*(?:\[\d+\])?\s*[：:]", re.IGNORECASE)
#: What neither a database nor a line of text can hold; in a text lines stay lines.
_BROKEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_NOT_IN_A_LINE = re.compile(r"[\s\u2028-\u202e\u2066-\u2069\u200e\u200f]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is asked to be done by a mail, in values; None and '' are what it does not say."""

    kind: InboundKind
    #: what its author wrote
    text: str = ""
    #: SHA-256 of the files that came along
    attachments: tuple[str, ...] = ()
    #: of several requirements, the number of the one meant
    ordinal: int | None = None
    #: its due day or month, as 2020-04-05 or 2020-04
    period: str | None = None
    #: the obligations that are named by their numbers: anywhere, and in the first line, where it says what it is about
    matters: tuple[int, ...] = ()
    first_matters: tuple[int, ...] = ()
    #: the deadline that is asked for, aware
    wanted: datetime | None = None
    progress: str = ""
    reason: str = ""
    flaw: Flaw | None = None
    #: of an urgent report; the times are aware
    title: str = ""
    severity: Severity | None = None
    occurred_at: datetime | None = None
    learned_at: datetime | None = None
    final: bool = False


#: The act that a mail does to an obligation, and the kinds of obligations it may be done to.
ACTS = {
    InboundKind.RECEIPT: Act.RECEIVE,
    InboundKind.REPORT: Act.SUBMIT,
    InboundKind.ACKNOWLEDGEMENT: Act.ACKNOWLEDGE,
    InboundKind.EXTENSION_REQUEST: Act.ASK_EXTENSION,
    InboundKind.CONTEST: Act.CONTEST,
    InboundKind.RETURNED_PAPER: Act.RETURN_PAPER,
}


def concerns(kind: InboundKind, owed: ObligationKind) -> bool:
    """Tell whether a mail of this kind can be about an obligation of that kind at all."""
    if kind is InboundKind.RETURNED_PAPER:
        return owed is ObligationKind.RECEIPT  # the whole paper goes back: its receipt stands for it
    act = ACTS.get(kind)
    return any(each[0] is owed and each[2] is act for each in TABLE)


def is_open_for(kind: InboundKind, owed: ObligationKind, state: State) -> bool:
    """Tell whether the act of this kind is allowed to such an obligation now; a paper goes back after receipt too."""
    if kind is InboundKind.RETURNED_PAPER:
        return owed is ObligationKind.RECEIPT
    act = ACTS.get(kind)
    return act is not None and (owed, state, act) in TABLE


def missing_words(order: Order) -> str:
    """Return what a mail would have to say to be taken as this act, and does not; '' where nothing is missing."""
    missing = []
    if order.kind is InboundKind.EXTENSION_REQUEST:
        wanted = (
            ("希望延至的日期", order.wanted),
            ("目前进展", order.progress.strip()),
            ("理由", order.reason.strip()),
        )
        missing = [name for name, value in wanted if not value]
    elif order.kind is InboundKind.CONTEST:
        missing = [] if order.reason.strip() else ["理由"]
    elif order.kind is InboundKind.RETURNED_PAPER:
        wanted_too = (("退文原因（发错单位、无法辨读或文件有误）", order.flaw), ("说明", order.reason.strip()))
        missing = [name for name, value in wanted_too if not value]
    elif order.kind is InboundKind.REPORT and not order.text.strip():
        missing = ["报送内容"]
    return f"没有写明{'、'.join(missing)}" if missing else ""


def missing_of_alert(order: Order) -> str:
    """Return what an urgent report would have to say and does not; '' where nothing is missing."""
    wanted = (
        ("事件标题", order.title.strip()), ("事件级别", order.severity), ("发生时间", order.occurred_at),
        ("情况", order.text.strip()),
    )  # fmt: skip
    missing = [name for name, value in wanted if not value]
    return f"没有写明{'、'.join(missing)}" if missing else ""


def notice_of(token: str) -> int | None:
    """Return the notice that something in the form of a token names; None for anything else."""
    found = _TOKEN.fullmatch(token)
    return int(found["notice"]) if found else None


def token_of(message_id: str) -> str:
    """Return what stands before the @ of a Message-ID: there ours bear their token."""
    return message_id.strip().strip("<>").partition("@")[0]


def sender_of(roster: Roster, code: str, address: str, at: datetime) -> Contact | None:
    """Return who of an office writes from this address: a contact in use, or who stands in for one at `at` (aware).

    Case does not matter. None: the office does not know the address, or is not inside or out of use.
    """
    office = roster.get(code)
    if office is None or not office.active or code not in roster.inside:
        return None
    acting = (each for role in Role for each in roster.contacts_of(code, [role], at))
    same = address.strip().casefold()
    return next((each for each in (*office.contacts, *acting) if same and each.address.casefold() == same), None)


def name_of(office: Office, contact: Contact) -> str:
    """Return who wrote, as the trail names the person: without the address."""
    return contact.officer or f"{office.name}{contact.role.label}"


def offices_of(roster: Roster, address: str) -> list[str]:
    """Return the codes of the offices inside whose contact this address is."""
    same = address.strip().casefold()
    return [
        office.code for office in roster
        if office.active and office.code in roster.inside
        and any(same and each.address.casefold() == same for each in office.contacts)
    ]  # fmt: skip


def is_reply(subject: str) -> bool:
    """Tell whether a subject is that of an answer or of something passed on."""
    return _REPLY.match(subject) is not None


def numbers_in(text: str) -> list[str]:
    """Return the document numbers that a text names, as they are printed, each once."""
    return list(dict.fromkeys(printed_number(each) for each in NUMBER.finditer(text)))


def one_line(text: str, length: int = 300) -> str:
    """Return a text from outside as one line that every database and every page can hold, cut at `length`."""
    line = _NOT_IN_A_LINE.sub(" ", _BROKEN.sub(" ", text)).strip()
    return line if len(line) <= length else f"{line[:length]}…"


def plain_text(text: str) -> str:
    """Return a text from outside as every database can hold it, its lines kept."""
    return _BROKEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()
