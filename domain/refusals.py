"""What the words of a mail server mean where its code alone does not tell: nobody there, too fast, taken for spam."""

from __future__ import annotations

import re
from collections.abc import Iterable
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
    #: we send too much or too fast: it means later, whatever the code says
    PACE = "pace"
    #: the message, or we ourselves, are taken for spam: the same bytes will not be taken later either
    CONTENT = "content"


#: Enhanced status codes (RFC 3463, and 5.1.10 of RFC 7505 and Exchange) of an address that is none or is closed.
_GONE_CODES = re.compile(r"\b5\.(?:1\.(?:0|1|2|3|6|10)|2\.1)\b")
_FULL_CODES = re.compile(r"\b[45]\.2\.2\b")
_POLICY_CODES = re.compile(r"\b5\.7\.\d+\b")
#: Words for it: Postfix, Exchange, Coremail (163, 126), QQ and Exmail, Aliyun.
_GONE_WORDS = re.compile(
    r"unknown user|user unknown|no such (?:user|recipient|mailbox|account|address)|(?:user|recipient|mailbox) not found"
    r"|not a valid mailbox|invalid (?:user|mailbox)|non-?existent|(?:does not|doesn't|not) exist|no mailbox here"
    r"|(?:account|mailbox|user)(?: is| has been)? (?:disabled|inactive|suspended|closed)"
    r"|unknown (?:recipient|mailbox|address|local)|invalid (?:recipient|address)|user (?:not exist|suspended|disabled)"
    r"|recipient address rejected: user|rejected: undeliverable|not our customer"
    r"|(?:用户|邮箱|信箱|收件人|收信人|帐号|账号|帐户|账户|地址)[^，。；;\n]{0,8}(?:不存在|无效|已?被?(?:停用|注销"
    r"|冻结|禁用|删除))"
    r"|(?:收件人|收信人)[^，。；;\n]{0,6}地址(?:有误|错误)|查无此人|(?:无|没有)(?:这个|此)(?:用户|收件人)"
    r"|找不到(?:收件人|用户)",
    re.IGNORECASE,
)
_FULL_WORDS = re.compile(
    r"(?:mailbox|inbox|user|quota|storage)[^.;]{0,30}(?:full|exceed|over)|over quota|(?:邮箱|信箱|收件箱|容量"
    r"|空间)[^，。；;\n]{0,6}(?:不足|已?满|满了)|超出(?:邮箱)?(?:容量|配额|限额)",
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


#: Of temporary refusals, those that say we are too fast. NetEase's codes (163, 126) are those of its help page on
#: returned mail: HL:ICC and HL:IFC (connections), MI:SFQ, MI:STC and RP:QRC (a sender's quota), MI:DMC and RP:DRC
#: (mails or recipients over one connection).
_TOO_FAST = re.compile(
    r"frequen|too many (?:connections|messages|mails|emails|sessions)|rate.?limit"
    r"|(?:sending|message|daily) (?:quota|limit)"
    r"|\bHL:I[CF]C\b|\bMI:(?:SFQ|STC|DMC)\b|\bRP:(?:QRC|DRC)\b|频率|频繁|过快",
    re.IGNORECASE,
)
#: Refusals as spam: NetEase DT:SPM (the words), HL:… (our address is listed), QQ and Exmail "Mail content denied",
#: Aliyun "Content reject/Spam denied", Coremail and others in plain words, and policy codes that name the content.
_SPAM = re.compile(
    r"\bDT:SPM\b|\bHL:[A-Z]{3}\b|\bspam|anti-?spam|junk mail|bulk mail"
    r"|(?:mail|message)? ?content (?:denied|reject)|suspicious (?:content|message)|black ?list|\bblack ip\b"
    r"|5\.7\.[01]\b[^;]{0,40}(?:content|unsolicited|reputation)|unsolicited|垃圾邮件|黑名单",
    re.IGNORECASE,
)


#: Help pages on any refusal may have such words in their address.
_LINK = re.compile(r"https?://\S+", re.IGNORECASE)


def means_later(reply: str, texts: Iterable[str]) -> bool:
    """Tell whether a refusal by a 5xx code only means later: it holds one of these texts, in any case of letters."""
    said = reply.casefold()
    return any(text.casefold() in said for text in texts if text.strip())


def is_too_fast(reply: str) -> bool:
    """Tell whether a temporary refusal asks us to send more slowly; that a mailbox is greylisted or busy does not."""
    return _TOO_FAST.search(reply) is not None


def is_spam(reply: str) -> bool:
    """Tell whether a final refusal takes us, or the message, for spam."""
    return _SPAM.search(_LINK.sub(" ", reply)) is not None
