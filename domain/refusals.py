"""What the words of a mail server mean where its code alone does not tell: nobody there, mailbox full."""

from __future__ import annotations

import re
from enum import StrEnum


class Fault(StrEnum):
    """Whose fault it is that a message was not taken."""

    #: nobody's in particular, or the server's: nothing is known of the address
    NONE = "none"
    #: this recipient was refused, and nothing says that its address is wrong
    RECIPIENT = "recipient"
    #: a mailbox that is full, or that took nothing however often it was tried
    MAILBOX = "mailbox"
    #: there is no such address, or it is closed: for good
    ADDRESS = "address"


#: Enhanced status codes (RFC 3463, and 5.1.10 of RFC 7505 and Exchange) of an address that is none or is closed.
_GONE_CODES = re.compile(r"\b5\.(?:1\.(?:0|1|2|3|6|10)|2\.1)\b")
_FULL_CODES = re.compile(r"\b[45]\.2\.2\b")
_POLICY_CODES = re.compile(r"\b5\.7\.\d+\b")
#: Words for it: Postfix, Exchange, Coremail (163, 126), QQ and Exmail, Aliyun.
_GONE_WORDS = re.compile(
    r"unknown user|user unknown|no such (?:user|recipient|mailbox|account|address)|(?:user|recipient|mailbox) not found"
    r"|not a valid mailbox|invalid (?:user|mailbox)|non-?existent|(?:does not|doesn't|not) exist|no mailbox here"
    r"|(?:account|mailbox|user)(?: is| has been)? (?:disabled|inactive|suspended|closed)"
    r"|(?:用户|邮箱|收件人|帐号|账号|地址)不存在|无此用户|(?:帐号|账号|邮箱)已(?:停用|注销|冻结)",
    re.IGNORECASE,
)
_FULL_WORDS = re.compile(
    r"(?:mailbox|inbox|user|quota|storage)[^.;]{0,30}(?:full|exceed|over)|over quota|邮箱已?满|超出(?:邮箱)?容量",
    re.IGNORECASE,
)


def fault_of(reply: str) -> Fault:
    """Tell from what a server says to RCPT, or in a bounce, what is wrong with the address (docs/rules.md, Ladder 7).

    A refusal by rule (5.7.x) says nothing of the address, unless its words do.
    """
    if _FULL_CODES.search(reply) or _FULL_WORDS.search(reply):
        return Fault.MAILBOX
    if _GONE_WORDS.search(reply):
        return Fault.ADDRESS
    if _GONE_CODES.search(reply) and not _POLICY_CODES.search(reply):
        return Fault.ADDRESS
    return Fault.RECIPIENT
