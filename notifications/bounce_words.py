"""The words in which mail servers say that a message came back, to whom, and why; Chinese providers' among them."""

from __future__ import annotations

import re

from domain.refusals import Fault, fault_of

SENDERS = re.compile(
    r"(?:mailer-?daemon|postmaster|mail-?daemon|mdaemon|bounces?|nondelivery|mailsystem)(?:[+.@-]|$)", re.IGNORECASE
)
SENDER_NAMES = re.compile(
    r"系统退信|退信|邮件系统|邮件管理员|系统管理员|Mail Deliver|Postmaster|Mailer-Daemon|Mail System", re.IGNORECASE
)
SUBJECTS = re.compile(
    r"退信|退回|无法投递|无法送达|未送达|未能送达|投递失败|发送失败|递送失败|传递失败|无法传递|Undeliver"
    r"|Deliver(?:y|ing).{0,30}(?:fail|Status|problem)"
    r"|Returned mail|Return(?:ed)? to sender|failure notice|Mail delivery failed|Mail System Error|Non-?delivery"
    r"|Message not delivered",
    re.IGNORECASE,
)
TEXTS = re.compile(
    r"邮件被(?:系统)?退回|被退回(?:来了|邮件)|退信(?:原因|代码|信息)|无法(?:投递|送达|发送到|递送)|(?:投递|发送"
    r"|递送)失败|未能(?:投递|送达)|传递失败"
    r"|could ?n[o']t be delivered|(?:was|were) not delivered|delivery.{0,40}failed|undeliverable|Unable to deliver"
    r"|permanent(?: fatal)? error",
    re.IGNORECASE,
)
DELAYED = re.compile(
    r"延迟|延误|仍在(?:尝试|重试)|稍后(?:会|将)?(?:再次|继续)?(?:尝试|重试)|delayed|Delay\)|still being retried"
    r"|will (?:be )?retr(?:y|ied)|warning message only|still undelivered|will keep trying|not yet been delivered"
    r"|for (?:the )?past \d+ hours",
    re.IGNORECASE,
)
ENDED = re.compile(r"无法投递|投递失败|退回|退信|放弃|giving up|failed permanently|Undeliverable", re.IGNORECASE)
TO = re.compile(
    r"收\s?件\s?人|收信人|无法(?:投递|送达|发送|递送)到|投递到|退信地址|失败地址|Recipient|RCPT TO|\bTo\b|以下地址"
    r"|下列地址",
    re.IGNORECASE,
)
REASON_LABEL = re.compile(
    r"\s*(?:退信原因|退回原因|失败原因|出错原因|错误(?:信息|原因|描述|代码)|出错信息|原因(?:如下|是|为)?|退信代码"
    r"|英文说明|Reason|Diagnostic(?:-Code)?)"
    r"(?:\s*/)?\s*[:：]?\s*(.*)",
    re.IGNORECASE,
)
#: where the reason ends and advice or the original begins
ADVICE = re.compile(
    r"建议|解决方案|温馨提示|Proposed|Bounce reason|原邮件|原始?邮件|主\s?题\s*[:：]|-----|收件人\s*[:：]|如有"
    r"|技术信息"
)
RESPONSE = re.compile(r"(?<![\d.])[45]\d\d[ -](?:[45]\.\d{1,3}\.\d{1,3}|\S)|(?<![\d.])[45]\.\d{1,3}\.\d{1,3}(?![\d.])")
CHINESE = re.compile(r"[一-鿿]")
STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
#: a line that says what is wrong, without a label for it
SAID = re.compile(
    r"不存在|无效|已满|不足|拒收|拒绝|频繁|垃圾邮件|黑名单|超过|超时|无法连接|找不到|unknown|not found|full|quota"
    r"|denied|reject|timed out",
    re.IGNORECASE,
)
#: what only the sender's own server says, of the recipient's domain
_NO_DOMAIN = re.compile(
    r"(?:域名?|主机)[^，。；\n]{0,8}(?:不存在|无效|无法解析)|找不到(?:收件人|对方)?(?:的)?(?:域名?|主机|服务器)"
    r"|domain (?:name )?not found"
    r"|NXDOMAIN|no such (?:domain|host)|unrouteable address|DNS query error",
    re.IGNORECASE,
)


def is_hard(reason: str, status: str = "") -> bool:
    """Whether an address fails for good: nobody is there. A full mailbox, a policy, a time-out are no proof of that.

    `status` is the code of RFC 3463 in a report; without one it is looked for in the reason (docs/rules.md, Ladder 7).
    """
    said = f"{status} {reason[:1_000]}"
    code = STATUS.search(said)
    if code and code[1] != "5":
        return False
    fault = fault_of(said)
    return fault is Fault.ADDRESS or (fault is not Fault.MAILBOX and _NO_DOMAIN.search(said) is not None)
