"""What the author of a mail wrote: the text without what mail programs quote below it and add to it."""

from __future__ import annotations

import re
from collections.abc import Sequence

#: no client writes longer lines of these; a longer line is a person's
_LINE = 400
_SPACE = r"[ \t\u3000\xa0]*"
#: a rule of signs, with words for "original message" in it
_ORIGINAL = re.compile(
    rf"{_SPACE}[-_—=*]{{2,60}}{_SPACE}"
    r"(?:(?:回复|转发)的原?(?:邮件|消息)(?:信息)?|(?:原始|原)(?:邮件|消息|信息|郵件)|邮件原件|原始郵件|转发邮件信息"
    r"|转发的(?:消息|邮件)|转发邮件|以下是转发内容"
    r"|Original(?: Message)?|Forwarded message|Replied Message|Forwarded Message|Original Mail|原信)"
    rf"{_SPACE}[-_—=*]{{0,60}}{_SPACE}",
    re.IGNORECASE,
)
_LABELS = {
    "from": ("发件人", "发件者", "发送人", "寄件人", "寄件者", "发信人", "From"),
    "sent": ("发送时间", "发送日期", "发件时间", "寄件日期", "收发日期", "日期", "时间", "Sent", "Date", "Send Time",
             "Sent Time"),
    "to": ("收件人", "收件者", "收信人", "To", "Recipient"),
    "copy": ("抄送人", "抄送", "副本", "Cc"),
    "subject": ("主题", "主旨", "标题", "邮件主题", "Subject"),
}  # fmt: skip


def _spaced(word: str) -> str:
    """Some clients stretch a word to the width of its neighbours: `主　题`, `发 件 人`."""
    return word if word.isascii() else r"[ \u3000\xa0]{0,6}".join(word)


_LABEL = re.compile(
    rf"[*|]{{0,2}}{_SPACE}(?:"
    + "|".join(f"(?P<{name}>{'|'.join(map(_spaced, words))})" for name, words in _LABELS.items())
    + rf"){_SPACE}(?:\*{{0,2}}{_SPACE}[:：]|[|｜])",
    re.IGNORECASE,
)
_RULE = re.compile(rf"{_SPACE}[-_—=─━*]{{3,200}}{_SPACE}")
_CLOCK = r"(?:\d{1,2}[:：]\d{2}|\d{1,2}[时点]|上午|下午|AM|PM)"
_DAY = (
    r"(?:\d{2,4}\s?[-/.年]\s?\d{1,2}\s?[-/.月]\s?\d{1,2}|\d{1,2}月\d{1,2}日|\d{1,2}/\d{1,2}/\d{2,4}"
    r"|[A-Z][a-z]{2}\.? \d{1,2}|\d{1,2} [A-Z][a-z]{2})"
)
_ATTRIBUTION_END = re.compile(r"(?:写道|寫道|写到|wrote|的邮件中写道)\s*[:：]?\s*$", re.IGNORECASE)
_DAYS = re.compile(_DAY)
_CLOCKS = re.compile(_CLOCK)
_ATTRIBUTION_START = re.compile(
    rf"{_SPACE}(?:在|于|At|On)|{_SPACE}{_DAY}|[^。；！？\n]{{0,80}}[<＜(（\[][^\s@]{{1,80}}@"
    rf"|[^。；！？，,\n]{{1,40}}于\s?\d",
    re.IGNORECASE,
)
_PREFIXED = re.compile(rf"{_SPACE}[>＞]")
_SOFT_PREFIX = re.compile(rf"{_SPACE}[>＞]{_SPACE}[=\d]")
#: a line that a program adds below the text
_ADDED = re.compile(
    rf"{_SPACE}(?:"
    r"发(?:送)?自\s?(?:我的|我)?\s?(?:iPhone|iPad|手机|华为|荣耀|小米|红米|OPPO|vivo|魅族|三星|HUAWEI|HONOR|Xiaomi|Redmi"
    r"|Android|安卓|网易|新浪|QQ|企业微信|微信|钉钉|139|189|Foxmail|Outlook|Windows|Mail|邮箱|阿里|Coremail|Mac|苹果)"
    r"[^。；！？\n]{0,30}"
    r"|(?:来自|传自)\s?(?:我的\s?)?(?:iPhone|iPad|Android|安卓|手机)(?:\s?(?:客户端|手机|邮箱|版))?"
    r"|(?:来自|传自)\s?(?:QQ|腾讯|网易|企业微信|新浪|阿里|钉钉|139|189)[^。；，！？\n]{0,20}(?:版|客户端|邮箱|大师)"
    r"|从\s?(?:Windows|Mac|我的|安卓|Android|iOS)[^。；！？\n]{0,20}发送"
    r"|(?:获取|下载)\s?(?:适用于 ?\S{1,12} ?的 ?)?Outlook[^。\n]{0,30}"
    r"|Sent from (?:my |Mail |Yahoo|Outlook|Foxmail|Windows|Samsung)[^.\n]{0,60}\.?|Get Outlook for \S{2,12}"
    r"|(?:本邮件|此邮件)?由\s?(?:Foxmail|网易邮箱大师|QQ邮箱|企业微信)\S{0,10}(?:定制|发送)"
    rf"){_SPACE}",
    re.IGNORECASE,
)
_SIGNATURE = re.compile(r"--[ \xa0]?")
#: lines of a signature below `-- `
_SIGNATURE_LINES = 12


def written(text: str) -> str:
    """The text above, between and below what is quoted. Text without any mark of quoting comes back unchanged.

    What cannot be told apart, an answer below an original that no sign marks, counts as quoted: the whole text is
    kept beside it for people (docs/rules.md, Mail that comes in).
    """
    lines = text.split("\n")
    kept = _without_added(_kept(lines))
    return text if kept == lines else _trimmed(kept)


def _kept(lines: Sequence[str]) -> list[str]:
    kept: list[str] = []
    number = 0
    while number < len(lines):
        line = lines[number]
        if (len(line) <= _LINE and _ORIGINAL.fullmatch(line)) or _is_header_block(lines, number):
            if _is_followed_by_prefixed(lines, number + 1):
                number += 1
                continue
            return _without_rule(kept)
        taken = _attribution(lines, number)
        if taken:
            if not _is_followed_by_prefixed(lines, number + taken):
                return _without_rule(kept)
            number += taken
            continue
        if _PREFIXED.match(line):
            end = _prefixed_run(lines, number)
            if end > number:
                number = end
                continue
        kept.append(line)
        number += 1
    return kept


def _is_header_block(lines: Sequence[str], number: int) -> bool:
    """A sender's label, and at least two more labels within the lines that follow."""
    match = _label(lines[number])
    if not match or match.lastgroup not in ("from", "sent", "subject"):
        return False
    labels = {match.lastgroup}
    seen = 0
    for line in lines[number + 1 : number + 16]:
        if not line.strip() or _RULE.fullmatch(line):
            continue
        seen += 1
        found = _label(line)
        if found and found.lastgroup:
            labels.add(found.lastgroup)
        if len(labels) >= 3 and "from" in labels:
            return True
        if seen >= 7:
            break
    return False


def _label(line: str) -> re.Match[str] | None:
    return _LABEL.match(line.lstrip(" \t\u3000\xa0")) if len(line) <= 4 * _LINE else None


def _attribution(lines: Sequence[str], number: int) -> int:
    """How many lines the attribution (`在…写道：`) takes that begins here; 0 where none does."""
    first = lines[number]
    if not first.strip() or len(first) > _LINE or not _ATTRIBUTION_START.match(first):
        return 0
    joined = ""
    for taken, line in enumerate(lines[number : number + 4], 1):
        joined = f"{joined} {line.strip()}"
        if len(joined) > _LINE or (taken > 1 and not line.strip()):
            return 0
        if _ATTRIBUTION_END.search(joined):
            names = "@" in joined or re.match(rf"{_SPACE}(?:在|于|On|At)", joined, re.IGNORECASE) or "于" in joined
            return taken if names and _DAYS.search(joined) and _CLOCKS.search(joined) else 0
        if line.rstrip().endswith(("。", "！", "？", "；")):
            return 0
    return 0


def _is_followed_by_prefixed(lines: Sequence[str], number: int) -> bool:
    following = next((line for line in lines[number : number + 4] if line.strip()), "")
    return _PREFIXED.match(following) is not None


def _prefixed_run(lines: Sequence[str], number: int) -> int:
    """Where the quoted lines that begin here end; where they begin if they are a person's (`>60岁 12人`)."""
    end = number
    while end < len(lines) and _PREFIXED.match(lines[end]):
        end += 1
    run = lines[number:end]
    return number if all(_SOFT_PREFIX.match(line) for line in run) else end


def _without_rule(kept: list[str]) -> list[str]:
    """The rule that a client draws above an original is no one's text."""
    while kept and (not kept[-1].strip() or _RULE.fullmatch(kept[-1])):
        kept.pop()
    return kept


def _without_added(lines: list[str]) -> list[str]:
    """Without the signature below `-- `, where it is short and the last, and without what programs add."""
    for number in range(len(lines) - 1, -1, -1):
        if _SIGNATURE.fullmatch(lines[number]):
            if len([line for line in lines[number + 1 :] if line.strip()]) <= _SIGNATURE_LINES:
                lines = lines[:number]
            break
    return [line for line in lines if len(line) > _LINE or not _ADDED.fullmatch(line)]


def _trimmed(lines: list[str]) -> str:
    return "\n".join(lines).strip("\n \t\u3000\xa0")
