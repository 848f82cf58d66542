"""Staying at the mailbox: what comes is taken within seconds; a line that is lost is taken up again, in no hurry."""

from __future__ import annotations

import time
from collections.abc import Iterator

from notifications.mailbox import ImapServer, Mailbox, MailboxTrouble, mailbox_of_settings
from tasks.collecting import Collected, collect_mail
from tasks.delivery_run import Clock

#: Seconds of one wait: so often a watch shows by its visits that it lives; the check of silence rings after 15 minutes.
_WATCHED = 600.0
#: Seconds after a visit in vain, doubled for each more of them in a row, up to the pace of the schedule.
_PAUSE, _PAUSE_AT_MOST = 5.0, 60.0


def watch_mail(clock: Clock) -> Iterator[Collected]:
    """Collect what waits and then whatever comes; yield what is worth telling. `clock` gives the real, aware now.

    That is each visit that took something, the first trouble of a row, and the visit that ends it. Ends after one
    that says that no mailbox is set up or that a person has to mend something; otherwise it goes on until stopped,
    which it may be at any point: what is not recorded by then waits in the mailbox.
    """
    in_vain, in_trouble, something = 0, False, False
    while True:
        done = collect_mail.fn(now=clock(), at_once=True)
        ends = done.needs_a_person or not done.is_set_up
        if done.taken or ends or bool(done.trouble) is not in_trouble:
            yield done
        if ends:
            return
        in_trouble = bool(done.trouble)
        in_vain = in_vain + 1 if in_trouble or (something and not done.taken) else 0
        if in_vain:
            time.sleep(min(_PAUSE * 2 ** min(in_vain - 1, 10), _PAUSE_AT_MOST))
        something = not in_trouble and _stirs()


def wait_for_mail(server: ImapServer, seconds: float) -> bool:
    """Wait for new messages, at most so many seconds; True where there are some. Raises MailboxTrouble."""
    with Mailbox(server) as mailbox:
        return bool(mailbox.waiting(1)) or mailbox.wait(seconds)


def _stirs() -> bool:
    """Wait; tell whether there is something to look at: mail, or a line that is lost, of which the next visit tells."""
    server = mailbox_of_settings()
    try:
        return server is not None and wait_for_mail(server, _WATCHED)
    except MailboxTrouble:
        return True
