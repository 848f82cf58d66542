"""What an answer of the mail server means for a message, its recipient and our pace."""

from __future__ import annotations

from config.settings import settings
from domain.refusals import Fault, fault_of, is_spam, is_too_fast, means_later
from models.results import UNREACHABLE
from notifications.smtp import Outcome, SendResult, Stage

#: The one refusal of MAIL that is about the message: it exceeds the server's size limit.
_TOO_LARGE = 552
#: How servers refuse an envelope sender that is not the login (163, QQ: 501, 553; others 550).
_WRONG_SENDER = (501, 550, 553, 554)


def verdict(result: SendResult) -> tuple[str, Fault]:
    """Return what became of a message, as it is recorded, and whose fault that is."""
    if result.stage is Stage.CONNECT:
        return UNREACHABLE, Fault.NONE
    fault = _fault(result)
    if fault is Fault.PACE or refuses_the_sender(result):
        return Outcome.DEFERRED.value, fault
    return result.outcome.value, fault


def _fault(result: SendResult) -> Fault:
    """Tell whose fault it is that a message was not taken: most servers say so at RCPT, some after the message."""
    if result.outcome is Outcome.DEFERRED:
        if is_too_fast(result.reply):
            return Fault.PACE
        return Fault.MAILBOX if result.stage is Stage.RCPT and result.code else Fault.NONE
    if result.outcome is not Outcome.REFUSED:
        return Fault.NONE
    # without a code: an address outside ASCII, which this server cannot carry
    return Fault.RECIPIENT if result.code is None else _fault_of_refusal(result)


def _fault_of_refusal(result: SendResult) -> Fault:
    """That we are taken for spam outweighs all other words; then that later would do."""
    found, of_us = fault_of(result.reply), refuses_the_sender(result)
    if is_spam(result.reply) and found is not Fault.ADDRESS and not of_us:
        return Fault.CONTENT
    if found is not Fault.MAILBOX and means_later(result.reply, settings().smtp_later_texts):
        return Fault.PACE
    says_so = result.stage is Stage.RCPT or found is Fault.ADDRESS
    return found if says_so and not of_us else Fault.NONE


def refuses_the_sender(result: SendResult) -> bool:
    """Tell whether a refusal is of us, not of a recipient: a login that is missing, a sender that is not allowed."""
    of_the_sender = result.stage is Stage.MAIL and result.code is not None and result.code != _TOO_LARGE
    return of_the_sender and result.outcome is Outcome.REFUSED


def refuses_a_return_path(result: SendResult) -> bool:
    """Tell whether the envelope sender was refused as not being the login's: another one may be taken."""
    if not refuses_the_sender(result) or means_later(result.reply, settings().smtp_later_texts):
        return False
    return result.code in _WRONG_SENDER


def blames_the_server(result: SendResult) -> bool:
    """Tell whether a failure looks like the server's: several of these in a row end the run, not the messages."""
    if result.outcome in (Outcome.ACCEPTED, Outcome.REFUSED):
        return refuses_the_sender(result)
    return result.connection_lost or result.stage is Stage.MAIL
