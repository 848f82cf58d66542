"""One mail that came in: recorded, matched, taken as an act or left to an operator, all in one transaction.

No task: both doors, the mailbox and a file, go through `take`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.exc import OperationalError

from config.settings import settings
from domain.answering import (
    Order,
    is_open_for,
    is_reply,
    missing_of_alert,
    missing_words,
    name_of,
    offices_of,
    one_line,
    plain_text,
)  # fmt: skip
from domain.calendar import local_day
from domain.errors import Refused
from domain.inbound import Facts, InboundKind, classify, said
from domain.mail_orders import order_of
from domain.masking import without_contacts
from domain.offices import Contact, Office
from domain.trail import SYSTEM, Actor, ActorKind
from models.acting import SomebodyWasFaster, state_of
from models.circular import Circular
from models.inbound import InboundMessage, InboundState
from models.inbox import (
    File,
    alarm_operators,
    answer_sender,
    keep_files,
    message_of,
    store_message,
    taken_before,
)
from models.installation import Installation, installation
from models.matching import Answered, Unclear, answered, case_answered, circulars_named, meant, on_occurrence
from models.session import Transaction, transaction
from models.taking import Performed, go_on_with_case, is_confirmed, perform, raise_alert, report_on_occurrence
from models.urgent import need_case
from notifications.inbox import Attached, InboundMail, read_mail

#: So often is an act tried anew that another one has just overtaken.
_TRIES = 3
#: The longest text of one mail that is kept beside the mail itself.
_TEXT_LENGTH = 200_000
#: A mail dated earlier than this before it came is dated by its coming.
_OLDEST = timedelta(days=30)
#: What a mail says is part of these acts: they wait where something of it could not be read.
_BY_ITS_WORDS = (InboundKind.REPORT, InboundKind.URGENT_REPORT)


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one mail, for people."""

    inbound_id: int
    kind: str
    state: str
    #: what was done, or why it waits or was not taken
    message: str
    office: str = ""
    subject: str = ""
    #: False: it had been recorded before, and nothing was done
    is_new: bool = True

    @property
    def waits(self) -> bool:
        """Whether an operator has to look at it."""
        return self.state in (InboundState.WAITING, InboundState.NEW)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fate:
    """What is to become of a mail, and what its sender is told; '' for nothing."""

    state: InboundState
    kind: InboundKind
    reason: str
    answer: str = ""
    match: Answered | None = None
    #: where its sender is no officer of that office, whom to answer
    sender: tuple[Office, Contact] | None = None
    obligation_id: int | None = None
    #: an urgent report that nobody has taken yet
    alarms: bool = False


def take(
    raw: bytes, *, now: datetime, folder: str = "", uid: str = "", whole_size: int | None = None
) -> Taken:  # fmt: skip
    """Take one mail: record it, and do what it asks for or leave it to an operator, in one transaction.

    The steps, of which a crash before the commit undoes all and one after it none: store the mail (its key is unique:
    whoever stores it first deals with it), keep its files, see whose answer it is and to what, do the act as the
    officer who wrote, record what became of it, answer. `whole_size`: the bytes of a mail too large to fetch, of which
    `raw` is the head. Never raises for what is in the mail; for a database that cannot be reached it does.
    """
    chosen = settings()
    limit = chosen.inbound_max_megabytes * 1024 * 1024
    mail = read_mail(raw, own_addresses=own_addresses(), max_bytes=limit)
    if whole_size is not None:
        problem = f"邮件超过 {chosen.inbound_max_megabytes} MB，只取了邮件头"
        mail = replace(mail, size=whole_size, problems=(problem, *mail.problems))
    cut = mail.size > limit
    try:
        with transaction(SYSTEM, now) as work:
            return _take(work, mail, raw, folder, uid, cut=cut)
    except OperationalError:
        raise  # the database, not the mail: it is read again the next time
    except Exception as error:  # noqa: BLE001 - whatever a mail brings about, it is kept and a person looks at it
        words = f"处理来信时程序出错（{type(error).__name__}），没有办理"
        with transaction(SYSTEM, now) as work:
            return _take(work, mail, raw, folder, uid, cut=cut, failed=words)


def own_addresses() -> tuple[str, ...]:
    """Return the addresses that we send from and are answered at."""
    chosen = settings()
    return tuple(filter(None, (chosen.sender_address, chosen.reply_address, chosen.return_path)))


def _take(
    work: Transaction, mail: InboundMail, raw: bytes, folder: str, uid: str, *, cut: bool, failed: str = ""
) -> Taken:
    row = _row(work, mail, folder, uid)
    message = store_message(work, row)
    if message is None:
        known = message_of(work.session, row["key"])
        if _is_the_same(known, row):
            return _taken(work, known, is_new=False)
        # Another mail under the Message-ID of one that was taken: kept, and no act.
        message = store_message(work, row | {"key": f"{row['key'][:400]}#{mail.sha256}"})
        if message is None:
            return _taken(work, message_of(work.session, f"{row['key'][:400]}#{mail.sha256}"), is_new=False)
        failed = failed or f"邮件标识与来信 {known.id} 相同而内容不同，可能被人改动"
    kept = keep_files(work, message, raw, [_file(each) for each in mail.attachments])
    here = installation(work.session)
    if failed:
        fate = _Fate(state=InboundState.WAITING, kind=InboundKind.UNKNOWN, reason=failed)
    else:
        fate = _fate(work, here, message, mail, kept, cut=cut)
    _settle(work, here, message, fate)
    return _taken(work, message)


def _row(work: Transaction, mail: InboundMail, folder: str, uid: str) -> dict[str, Any]:
    key = one_line(mail.key, 1000)
    return {
        "key": key if len(key) <= 400 else f"sha256:{hashlib.sha256(key.encode()).hexdigest()}",
        "sha256": mail.sha256, "size": mail.size, "folder": folder, "uid": uid, "collected_at": work.now,
        "dated_at": mail.dated_at, "from_address": one_line(mail.from_address), "from_name": one_line(mail.from_name),
        "subject": one_line(mail.subject), "kind": InboundKind.UNKNOWN, "state": InboundState.NEW, "reason": "",
        "text": plain_text(mail.written)[:_TEXT_LENGTH], "settled_by": "", "note": "",
    }  # fmt: skip


def _is_the_same(known: InboundMessage, row: dict[str, Any]) -> bool:
    """Tell whether this is the mail that was recorded: a copy by another way has other headers, no other words."""
    return known.sha256 == row["sha256"] or all(
        getattr(known, name) == row[name] for name in ("from_address", "subject", "text")
    )


def _file(attached: Attached) -> File:
    return File(
        one_line(attached.filename, 120), one_line(attached.media_type, 120), attached.size, attached.content,
        one_line(attached.refused),
    )  # fmt: skip


def _taken(work: Transaction, message: InboundMessage, *, is_new: bool = True) -> Taken:
    here = installation(work.session)
    office = here.view.office(message.office_id).name if message.office_id else ""
    return Taken(
        message.id or 0, message.kind.value, message.state.value, message.reason, office, message.subject, is_new
    )


def _fate(
    work: Transaction, here: Installation, message: InboundMessage, mail: InboundMail, kept: tuple[str, ...], *,
    cut: bool,
) -> _Fate:  # fmt: skip
    """Say what is to become of a mail; an act that it is taken as has been done when this returns."""
    machine = _by_a_machine(mail)
    if machine is not None:
        return machine
    match = answered(work.session, here, (*mail.tokens, *mail.references), mail.from_address, work.now)
    kind, why, order = _understood(message, mail, kept, match, work.now)
    if match is None or match.contact is None:
        return _of_a_stranger(work, here, message, kind, match)
    hindrance = "；".join(mail.problems) if cut else _hindrance(mail, kind, why, order, match)
    if hindrance:
        return _waits(kind, hindrance, match)
    if _is_polite(kind, match):
        return _Fate(state=InboundState.NOTED, kind=kind, reason="表示收到或知悉，没有需要登记的事项", match=match)
    return _act(work, here, message, match, match.contact, order)


def _is_polite(kind: InboundKind, match: Answered) -> bool:
    """Tell whether a word of receipt asks for nothing: it needs no person, and an answer would be answered again."""
    if kind not in (InboundKind.RECEIPT, InboundKind.ACKNOWLEDGEMENT):
        return False
    if match.is_confirmation:
        return True
    if kind is InboundKind.RECEIPT or match.cases:
        return False
    return not any(is_open_for(kind, each.kind, state_of(each)) for each in match.told)


def _understood(
    message: InboundMessage, mail: InboundMail, kept: tuple[str, ...], match: Answered | None, now: datetime
) -> tuple[InboundKind, str, Order]:
    dated_at = mail.dated_at or now
    facts = Facts(
        subject=message.subject, written=message.text,
        # A clock that is wrong, or a date made up, would move the days that the mail names.
        mailed_on=local_day(dated_at if now - _OLDEST < dated_at <= now else now),
        attachments=sum(not each.refused and not each.inline for each in mail.attachments),
        refused=sum(bool(each.refused) for each in mail.attachments),
        asked=frozenset(each.kind for each in match.told) if match is not None else (),
        is_reply=match is not None or bool(mail.references) or is_reply(message.subject),
    )  # fmt: skip
    kind, why = classify(facts)
    return kind, why, order_of(kind, facts, said(facts), text=message.text, attachments=kept, now=now)


def _by_a_machine(mail: InboundMail) -> _Fate | None:
    """Say what becomes of what no person wrote: it is noted, never taken and never answered."""
    if mail.is_loop:
        return _Fate(state=InboundState.NOTED, kind=InboundKind.LOOP, reason=mail.is_loop)
    if mail.is_bounce:
        return _Fate(state=InboundState.NOTED, kind=InboundKind.BOUNCE, reason="退信")
    if mail.automatic:
        return _Fate(state=InboundState.NOTED, kind=InboundKind.AUTOMATIC, reason=mail.automatic)
    return None


def _of_a_stranger(
    work: Transaction, here: Installation, message: InboundMessage, kind: InboundKind, match: Answered | None
) -> _Fate:
    """Say what becomes of a mail that proves nothing: no token of ours, or an address that is not of its office.

    An operator decides. Only an address of the roster is answered; an urgent report from one is an alarm at once.
    """
    roster = here.view.roster
    codes = offices_of(roster, message.from_address)
    whose = f"，发件地址属于{roster[codes[0]].name}" if codes else "，发件地址不在名册中"
    if match is None:
        about = circulars_named(work.session, message.subject)
        named = f"，主题提到“{about[0].number}”" if about else ""
        reason = f"没有本系统的回复标识，不能自动办理{named}{whose}"
    else:
        reason = f"所答复的通知发给{match.office.name}{whose if codes else ''}，发件地址不是该单位现用的联系人或代办人"
    sender = None
    if codes:
        own = roster[codes[0]]
        same = message.from_address.casefold()
        sender = (own, next(each for each in own.contacts if each.address.casefold() == same))
    return _Fate(
        state=InboundState.WAITING, kind=kind, reason=reason, match=match, sender=sender,
        answer=_handed_over(reason) if sender else "", alarms=kind is InboundKind.URGENT_REPORT and sender is not None,
    )  # fmt: skip


def _hindrance(mail: InboundMail, kind: InboundKind, why: str, order: Order, match: Answered) -> str:
    """Return why an operator has to look at a mail that is of an officer of its office; '' for no reason."""
    if not kind.is_act:
        return f"看不出要办什么（{why}）" if why else "看不出要办什么"
    about_a_case = bool(match.cases) and not match.circulars
    missing = (
        missing_of_alert(order) if kind is InboundKind.URGENT_REPORT and not about_a_case else missing_words(order)
    )
    if missing:
        return missing
    if kind not in _BY_ITS_WORDS:
        return ""
    refused = [f"附件“{each.filename}”没有保存（{each.refused}）" for each in mail.attachments if each.refused]
    return "；".join((*mail.problems, *refused))


def _waits(kind: InboundKind, reason: str, match: Answered) -> _Fate:
    urgent = kind is InboundKind.URGENT_REPORT or bool(match.cases)
    return _Fate(
        state=InboundState.WAITING, kind=kind, reason=reason, match=match, answer=_handed_over(reason), alarms=urgent
    )


def _handed_over(reason: str) -> str:
    return f"来信已收到，没有自动办理，已转人工处理。原因：{reason}。处理前原时限不变。"


def _act(
    work: Transaction, here: Installation, message: InboundMessage, match: Answered, contact: Contact, order: Order
) -> _Fate:
    """Do the act as the officer who wrote; one that is refused leaves nothing but its reason."""
    message.delivery_id = match.delivery.id
    before = taken_before(work.session, message, order.kind)
    if before is not None:
        reason = f"此前的来信（编号 {before.id}）已作“{order.kind.label}”办理，未重复办理"
        return _Fate(state=InboundState.NOTED, kind=order.kind, reason=reason, match=match, answer=f"{reason}。")
    officer = Actor(ActorKind.OFFICER, name_of(match.office, contact))
    for attempt in range(1, _TRIES + 1):
        try:
            with work.attempt(officer):
                done = _perform(work, here, match, order, message.subject)
            break
        except Unclear as unclear:
            return _waits(order.kind, str(unclear), match)
        except SomebodyWasFaster as error:
            if attempt == _TRIES:
                return _refused(order, error, match)
        except Refused as error:
            return _refused(order, error, match)
    confirmed = is_confirmed(work, done, contact.address)
    return _Fate(
        state=InboundState.TAKEN, kind=order.kind, reason=done.message, match=match, obligation_id=done.obligation_id,
        answer="" if confirmed else done.message,
    )  # fmt: skip


def _refused(order: Order, error: Refused, match: Answered) -> _Fate:
    reason = f"来信作“{order.kind.label}”未能办理：{error}"
    return _Fate(state=InboundState.NOTED, kind=order.kind, reason=reason, match=match, answer=reason)


def _perform(work: Transaction, here: Installation, match: Answered, order: Order, subject: str) -> Performed:
    """Find what is meant and do it. Raises Unclear, Refused."""
    case = case_answered(work.session, match)
    if case is not None and not match.circulars:
        return go_on_with_case(work, here, match.office, need_case(work, case.id or 0), order)
    if order.kind is InboundKind.URGENT_REPORT:
        return raise_alert(work, here, match.office, order)
    if order.kind is InboundKind.REPORT:
        requirement = on_occurrence(work.session, here, match, order)
        if requirement is not None:
            return report_on_occurrence(work, here, match.office, requirement, order)
    return perform(work, here, match.office, meant(work.session, here, match, order, subject), order)


def _settle(work: Transaction, here: Installation, message: InboundMessage, fate: _Fate) -> None:
    """Record what became of a mail, alarm and answer; the words of a stranger do not enter the trail."""
    match, office = fate.match, None
    message.kind, message.state, message.reason = fate.kind, fate.state, fate.reason
    message.obligation_id = fate.obligation_id
    if match is not None:
        message.delivery_id = match.delivery.id
        office = match.office if match.contact is not None else None
        message.office_id = here.view.id_of[office.code] if office else None
    work.session.flush()
    sender = (match.office, match.contact) if match is not None and match.contact is not None else fate.sender
    about = work.session.get(Circular, match.circulars[0]) if match and len(match.circulars) == 1 else None
    is_answered = bool(fate.answer and sender and answer_sender(work, here, message, *sender, fate.answer, about=about))
    payload = {
        "kind": fate.kind, "office": office.code if office else None, "obligation": fate.obligation_id,
        "delivery": message.delivery_id, "sha256": message.sha256, "answered": is_answered,
        "reason": without_contacts(fate.reason),
    }  # fmt: skip
    work.record(f"inbound.{fate.state.value}", f"inbound:{message.id}", payload)
    if fate.alarms:
        who = sender[0].name if sender else "不明单位"
        alarm_operators(
            work, here, f"inbound/{message.id}", f"{who}来信疑为紧急信息，尚未办理",
            f"来信 {message.id}“{message.subject}”：{fate.reason}。请立即电话核实，并用 duban inbox show {message.id} "
            f"查看、duban inbox take {message.id} 办理。",
            urgency_tag="紧急",
        )  # fmt: skip
