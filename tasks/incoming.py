"""One mail that came in: recorded, matched, taken as an act or left to an operator, all in one transaction.

No task: both doors, the mailbox and a file, go through `take`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.exc import OperationalError

from config.settings import settings
from domain.answering import (
    one_line,
    plain_text,
)  # fmt: skip
from domain.inbound import InboundKind
from domain.masking import without_contacts
from domain.trail import SYSTEM
from models.circular import Circular
from models.inbound import InboundMessage, InboundState
from models.inbox import (
    File,
    alarm_operators,
    answer_sender,
    files_of,
    keep_files,
    message_of,
    store_message,
)
from models.installation import Installation, installation
from models.session import Transaction, transaction
from notifications.inbox import Attached, InboundMail, read_mail
from tasks.fates import Fate, fate_of

#: The longest text of one mail that is kept beside the mail itself.
_TEXT_LENGTH = 200_000


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


@dataclass(frozen=True, slots=True)
class Whole:
    """A mail of which only the head was read: its size in bytes, and why, in Chinese."""

    size: int
    why: str


def take(
    raw: bytes, *, now: datetime, folder: str = "", uid: str = "", head_of: Whole | None = None
) -> Taken:  # fmt: skip
    """Take one mail: record it, and do what it asks for or leave it to an operator, in one transaction.

    The steps, of which a crash before the commit undoes all and one after it none: store the mail (its key is unique:
    whoever stores it first deals with it), keep its files, see whose answer it is and to what, do the act as the
    officer who wrote, record what became of it, answer. `head_of`: the mail of which `raw` is the head alone.
    Never raises for what is in the mail; for a database that cannot be reached it does.
    """
    chosen = settings()
    limit = chosen.inbound_max_megabytes * 1024 * 1024
    mail = read_mail(raw, own_addresses=own_addresses(), max_bytes=limit)
    if head_of is not None:
        mail = replace(mail, size=head_of.size, problems=(f"{head_of.why}，只取了邮件头", *mail.problems))
    cut = head_of is not None or mail.size > limit
    try:
        with transaction(SYSTEM, now) as work:
            return _take(work, mail, raw, folder, uid, cut=cut)
    except OperationalError:
        raise  # the database, not the mail: it is read again the next time
    except Exception as error:  # noqa: BLE001 - whatever a mail brings about, it is kept and a person looks at it
        words = f"处理来信时程序出错，没有办理（{type(error).__name__}: {one_line(str(error), 150)}）"
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
        if _is_the_same(work, known, row, mail):
            return _taken(work, known, is_new=False)
        # Another mail under the Message-ID of one that was taken: kept, and no act.
        message = store_message(work, row | {"key": f"{row['key'][:400]}#{mail.sha256}"})
        if message is None:
            return _taken(work, message_of(work.session, f"{row['key'][:400]}#{mail.sha256}"), is_new=False)
        failed = failed or f"邮件标识与来信 {known.id} 相同而内容不同，可能被人改动"
    kept = keep_files(work, message, raw, [_file(each) for each in mail.attachments])
    here = installation(work.session)
    if failed:
        fate = Fate(state=InboundState.WAITING, kind=InboundKind.UNKNOWN, reason=failed)
    else:
        fate = fate_of(work, here, message, mail, kept, cut=cut)
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


def _is_the_same(work: Transaction, known: InboundMessage, row: dict[str, Any], mail: InboundMail) -> bool:
    """Tell whether this is the mail that was recorded: a copy by another way has other headers, no other words."""
    if known.sha256 == row["sha256"]:
        return True
    if any(getattr(known, name) != row[name] for name in ("from_address", "subject", "text")):
        return False
    files = [(each.filename, each.size) for each in files_of(work.session, known.id or 0)]
    return files == [(each.filename, each.size) for each in map(_file, mail.attachments)]


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


def _settle(work: Transaction, here: Installation, message: InboundMessage, fate: Fate) -> None:
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
    is_answered = False
    if fate.answer and sender is not None:
        is_answered = answer_sender(work, here, message, *sender, fate.answer, about=about, urgency_tag=_tag(fate))
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


def _tag(fate: Fate) -> str:
    """Return what an answer is tagged with: about an urgent report it is read at any hour."""
    about_a_case = fate.match is not None and bool(fate.match.cases)
    return "紧急" if fate.kind is InboundKind.URGENT_REPORT or about_a_case else ""
