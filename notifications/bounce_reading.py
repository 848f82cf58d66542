"""Mail that came back: to which address, whether for good, and why. RFC 3464, usual others, and Chinese free text."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from email import message_from_bytes, policy
from typing import TYPE_CHECKING

from flufl.bounce import all_failures

from notifications.automatic_mail import without_token
from notifications.inbound_mail import Bounced
from notifications.mail_charsets import decoded
from notifications.mail_headers import one_line, words
from notifications.mime import Problems, read_parts

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from notifications.mime import Part

#: addresses of one bounce
ADDRESSES = 50
#: characters of a reason
REASON = 300
#: bytes of a mail that a library of patterns is let loose on, in lines no longer than this
_HEURISTIC_BYTES = 32_768
_HEURISTIC_LINE = 500
#: characters of free text that are looked at, and of one line of it
_FREE_TEXT = 20_000
_LINE = 500

_TOKEN = re.compile(rb"(?<![\d.])(\d{1,18}\.[0-9a-f]{24})@", re.IGNORECASE)
_ADDRESS = re.compile(r"[A-Za-z0-9][A-Za-z0-9._%+=-]{0,63}@[A-Za-z0-9](?:[A-Za-z0-9-]{0,62}\.){1,6}[A-Za-z]{2,20}")
_SENDERS = re.compile(
    r"(?:mailer-?daemon|postmaster|mail-?daemon|mdaemon|bounces?|nondelivery|mailsystem)(?:[+.@-]|$)", re.IGNORECASE
)
_SENDER_NAMES = re.compile(
    r"系统退信|退信|邮件系统|邮件管理员|系统管理员|Mail Deliver|Postmaster|Mailer-Daemon|Mail System", re.IGNORECASE
)
_SUBJECTS = re.compile(
    r"退信|退回|无法投递|无法送达|未送达|未能送达|投递失败|发送失败|递送失败|传递失败|无法传递|Undeliver"
    r"|Deliver(?:y|ing).{0,30}(?:fail|Status|problem)"
    r"|Returned mail|Return(?:ed)? to sender|failure notice|Mail delivery failed|Mail System Error|Non-?delivery"
    r"|Message not delivered",
    re.IGNORECASE,
)
_TEXTS = re.compile(
    r"邮件被(?:系统)?退回|被退回(?:来了|邮件)|退信(?:原因|代码|信息)|无法(?:投递|送达|发送到|递送)|(?:投递|发送"
    r"|递送)失败|未能(?:投递|送达)|传递失败"
    r"|could ?n[o']t be delivered|(?:was|were) not delivered|delivery.{0,40}failed|undeliverable|Unable to deliver"
    r"|permanent(?: fatal)? error",
    re.IGNORECASE,
)
_DELAYED = re.compile(
    r"延迟|延误|仍在(?:尝试|重试)|稍后(?:会|将)?(?:再次|继续)?(?:尝试|重试)|delayed|Delay\)|still being retried"
    r"|will (?:be )?retr(?:y|ied)",
    re.IGNORECASE,
)
_ENDED = re.compile(r"无法投递|投递失败|退回|退信|放弃|giving up|failed permanently|Undeliverable", re.IGNORECASE)
_TO = re.compile(
    r"收\s?件\s?人|收信人|无法(?:投递|送达|发送|递送)到|投递到|退信地址|失败地址|Recipient|RCPT TO|\bTo\b|以下地址"
    r"|下列地址",
    re.IGNORECASE,
)
_REASON_LABEL = re.compile(
    r"\s*(?:退信原因|退回原因|失败原因|出错原因|错误(?:信息|原因|描述|代码)|出错信息|原因(?:如下|是|为)?|退信代码"
    r"|英文说明|Reason|Diagnostic(?:-Code)?)"
    r"(?:\s*/)?\s*[:：]?\s*(.*)",
    re.IGNORECASE,
)
#: where the reason ends and advice or the original begins
_ADVICE = re.compile(
    r"建议|解决方案|温馨提示|Proposed|Bounce reason|原邮件|原始?邮件|主\s?题\s*[:：]|-----|收件人\s*[:：]|如有"
    r"|技术信息"
)
_RESPONSE = re.compile(r"(?<![\d.])[45]\d\d[ -](?:[45]\.\d{1,3}\.\d{1,3}|\S)|(?<![\d.])[45]\.\d{1,3}\.\d{1,3}(?![\d.])")
_CHINESE = re.compile(r"[一-鿿]")
_STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_BASIC = re.compile(r"(?<![\d.])([45])\d\d(?![\d.])")
#: the address exists, or nobody knows whether it does: another time or another message may arrive
_FOR_NOW = re.compile(
    r"空间不足|容量(?:不足|已满|超)|(?:邮箱|信箱)(?:已)?满|满了|超出?(?:限额|配额)|配额|quota|mailbox (?:is )?full"
    r"|over ?quota|insufficient (?:disk|storage|system)|exceed"
    r"|频率|过于频繁|频繁|最大.{0,6}量限制|休眠|too (?:many|fast|frequent)|frequency|rate limit|垃圾|spam|反垃圾"
    r"|DT:SPM|黑名单"
    r"|black ?list|block(?:ed|list)|RBL|拒收|拒绝接收|策略|policy|content|内容"
    r"|过大|太大|大小(?:限制|超)|too large|size limit|超时|time[d ]?-?out|timeout|连接失败|无法连接"
    r"|could not connect|connection (?:refused|reset|timed)|temporar|暂时|临时|稍后|try (?:again )?later"
    r"|greylist|灰名单|loop|authenticat|SPF|DKIM|DMARC|认证",
    re.IGNORECASE,
)
#: nobody is there
_FOR_GOOD = re.compile(
    r"(?:收件人|用户|帐号|账号|帐户|账户|邮箱|地址|信箱|域名|域)[^，。；\n]{0,12}(?:不存在|无效|已?(?:被)?(?:注销"
    r"|停用|冻结|禁用|关闭|删除)|有误|错误)|(?:不存在|无效)的?(?:收件人|用户|邮箱|地址|帐号|账号)|查无此人"
    r"|没有(?:这个|此)(?:用户|收件人)|找不到(?:收件人|用户|域名|该?域|主机)"
    r"|user (?:is )?(?:unknown|not found|not exist|does ?n[o']t exist|suspended|disabled)|unknown (?:user"
    r"|recipient|mailbox|address|local)|no such (?:user|recipient|mailbox|address|domain|person)"
    r"|invalid (?:recipient|user|mailbox|address)"
    r"|(?:mailbox|address|account|recipient|domain|host)[^.;\n]{0,40}(?:not found|unavailable|does ?n[o']t exist"
    r"|not exist|unknown|disabled|inactive|rejected: undeliverable)|recipient ?not ?found|Domain not found"
    r"|Host or domain name not found|NXDOMAIN|address rejected: (?:user|no)|not our customer|no mailbox here",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BounceReading:
    """What a mail says of others that did not arrive."""

    is_bounce: bool = False
    bounced: tuple[Bounced, ...] = ()
    #: '' or that it only warns of a delay
    delayed: str = ""
    #: what may be tokens of ours in the message that came back
    returned: tuple[str, ...] = ()


def read_bounce(
    top: Part, raw: bytes, subject: str, text: str, from_address: str, own_addresses: Collection[str]
) -> BounceReading:
    """Read what came back, if anything did. A warning that a message is delayed is none that it came back."""
    reports = [part for part in top.walk() if part.media_type == "message/delivery-status"]
    is_report = bool(reports) and (top.media_type == "multipart/report" or _is_from_a_server(top, from_address))
    if is_report:
        return _by_report(top, reports)
    if not _is_from_a_server(top, from_address):
        return BounceReading()
    own = {without_token(address.lower()) for address in own_addresses} | {from_address}
    seen = text[:_FREE_TEXT]
    if not (_SUBJECTS.search(subject) or _TEXTS.search(seen) or top.first("x-failed-recipients")):
        return BounceReading()
    if _DELAYED.search(subject) or (_DELAYED.search(seen) and not _ENDED.search(subject + seen)):
        return BounceReading(delayed="投递延迟提醒", returned=_returned(top, seen))
    bounced = _by_header(top, seen)
    if not bounced:
        ways = [_by_free_text(subject, seen, own), _by_patterns(top, raw, seen, own)]
        # the library knows no Chinese, and we know less than it of the rest
        bounced = next(filter(None, ways if _CHINESE.search(subject + seen) else reversed(ways)), ())
    return BounceReading(is_bounce=True, bounced=bounced, returned=_returned(top, seen))


def _is_from_a_server(top: Part, from_address: str) -> bool:
    return_path = top.every("return-path")
    return (
        bool(return_path and return_path[0].strip() == b"<>")
        or _SENDERS.match(from_address) is not None
        or _SENDER_NAMES.search(words(top.first("from")[:1_000], Problems())) is not None
        or bool(top.first("x-failed-recipients"))
    )


def _by_report(top: Part, reports: list[Part]) -> BounceReading:
    """RFC 3464: a block of fields per recipient."""
    bounced: dict[str, Bounced] = {}
    delayed = False
    for part in reports:
        for fields in _blocks(part):
            action = fields.get("action", "").lower()
            delayed = delayed or action.startswith("delayed")
            if not action.startswith(("fail", "error")):
                continue
            address = _recipient(fields)
            if address and len(bounced) < ADDRESSES:
                bounced.setdefault(address, _bounced(address, _reason(fields), fields.get("status", "")))
    returned = _returned(top, "")
    if bounced:
        return BounceReading(is_bounce=True, bounced=tuple(bounced.values()), returned=returned)
    return BounceReading(delayed="投递延迟提醒" if delayed else "投递情况报告", returned=returned)


def _blocks(part: Part) -> Iterator[dict[str, str]]:
    data = part.decoded(262_144)
    for block in re.split(rb"\r?\n[ \t]*\r?\n", data)[: ADDRESSES + 1]:
        fields = read_parts(block.lstrip() + b"\n\n", Problems(), only_headers=True).fields
        found: dict[str, str] = {}
        for name, value in fields:
            found.setdefault(name, words(value, Problems()))
        if found:
            yield found


def _recipient(fields: dict[str, str]) -> str:
    for name in ("original-recipient", "final-recipient", "x-actual-recipient"):
        match = _ADDRESS.search(fields.get(name, "")[:_LINE])
        if match:
            return match[0].lower()
    return ""


def _reason(fields: dict[str, str]) -> str:
    said = re.sub(r"^\s*(?:smtp|x-[\w-]{1,30}|dns)\s*;\s*", "", fields.get("diagnostic-code", ""), flags=re.IGNORECASE)
    return said or fields.get("status", "")


def _by_header(top: Part, text: str) -> tuple[Bounced, ...]:
    """Exim and Gmail name the addresses in a field of their own."""
    named = words(top.first("x-failed-recipients"), Problems())
    reason = _free_reason(text.split("\n"))
    return tuple(_bounced(match.lower(), reason) for match in dict.fromkeys(_ADDRESS.findall(named)[:ADDRESSES]))


def _by_free_text(subject: str, text: str, own: Collection[str]) -> tuple[Bounced, ...]:
    """The addresses that stand with a label for recipients, else the first in the text that is not ours."""
    lines = [line[:_LINE] for line in text.split("\n")]
    stop = next((number for number, line in enumerate(lines) if _begins_original(line)), len(lines))
    lines = lines[:stop]
    found: dict[str, None] = {}
    for number, line in enumerate(lines):
        if _TO.search(line):
            addresses = _others(" ".join(lines[number : number + 2]), own)[:5]
            found.update(dict.fromkeys(addresses))
    if not found:
        found = dict.fromkeys(_others("\n".join([*lines, subject]), own)[:1])
    reason = _free_reason(lines)
    return tuple(_bounced(address, reason) for address in list(found)[:ADDRESSES])


def _others(text: str, own: Collection[str]) -> list[str]:
    addresses = [match.lower().rstrip(".") for match in _ADDRESS.findall(text)]
    return [each for each in addresses if without_token(each) not in own and not _SENDERS.match(each)]


def _begins_original(line: str) -> bool:
    return (
        re.match(
            r"\s*(?:Received|Return-Path|Message-ID|DKIM-Signature|MIME-Version)\s*:|[- ]{3,}.*(?:原始?邮件"
            r"|original message|returned message)",
            line,
            re.IGNORECASE,
        )
        is not None
    )


def _free_reason(lines: list[str]) -> str:
    """What stands with a label for it, else the line that has a server's answer, else one that says what is wrong."""
    for number, line in enumerate(lines):
        match = _REASON_LABEL.match(line[:_LINE])
        if match:
            said = [match[1].strip(), *(each.strip()[:_LINE] for each in lines[number + 1 : number + 7])]
            stop = next((place for place, each in enumerate(said) if place and _ADVICE.search(each)), len(said))
            found = " ".join(filter(None, said[:stop]))
            if found:
                return found
    for pattern in (_RESPONSE, _FOR_GOOD, _FOR_NOW):
        for line in lines:
            if pattern.search(line[:_LINE]):
                return line
    return ""


def _by_patterns(top: Part, raw: bytes, text: str, own: Collection[str]) -> tuple[Bounced, ...]:
    """The usual non-standard ones. The library is given little, and its errors are no reason to lose a mail."""
    head = raw[:_HEURISTIC_BYTES]
    if len(top.walk()) > 20 or max(map(len, head.split(b"\n"))) > _HEURISTIC_LINE:
        return ()
    temporary: frozenset[bytes] = frozenset()
    permanent: frozenset[bytes] = frozenset()
    with suppress(Exception):
        temporary, permanent = all_failures(message_from_bytes(head, policy=policy.compat32))
    reason = _free_reason(text.split("\n"))
    found: dict[str, Bounced] = {}
    for addresses, hard in ((permanent, True), (temporary, False)):
        for address in sorted(addresses):
            shown = decoded(address)[0].lower()
            if _ADDRESS.fullmatch(shown) and without_token(shown) not in own and len(found) < ADDRESSES:
                one = _bounced(shown, reason)
                found.setdefault(shown, Bounced(address=shown, hard=one.hard and hard, reason=one.reason))
    return tuple(found.values())


def _bounced(address: str, reason: str, status: str = "") -> Bounced:
    return Bounced(address=address[:320], hard=is_hard(reason, status), reason=one_line(reason, REASON) or "未说明原因")


def is_hard(reason: str, status: str = "") -> bool:
    """Whether an address fails for good: nobody is there. A full mailbox, a policy, a time-out are no proof of that.

    `status` is the code of RFC 3463 in a report; without one it is looked for in the reason.
    """
    code = _STATUS.search(status) or _STATUS.search(reason[:_LINE])
    if code and (code[1] != "5" or (code[2], code[3]) in (("2", "2"), ("2", "3"), ("3", "4"))):
        return False
    if _FOR_GOOD.search(reason[:_LINE]):
        return True
    if code and code[2] == "1":
        return True
    if (code and code[2] in ("3", "7")) or _FOR_NOW.search(reason[:_LINE]):
        return False
    basic = _BASIC.search(reason[:_LINE])
    return bool(code) or bool(basic and basic[1] == "5")


def _returned(top: Part, text: str) -> tuple[str, ...]:
    """Tokens in what came back with it, as a message, as its headers, or within the text."""
    found: dict[str, None] = {}
    parts = [part for part in top.walk() if part.media_type in ("message/rfc822", "text/rfc822-headers")]
    for part in parts[:5]:
        for token in _TOKEN.findall(part.decoded(65_536))[:20]:
            found[token.decode("ascii").lower()] = None
    for token in _TOKEN.findall(text.encode("utf-8", "replace"))[:20]:
        found[token.decode("ascii").lower()] = None
    return tuple(found)
