"""The files that come along with a mail: which are kept, under what name, within what limits. None is opened."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from notifications.compose import short_filename
from notifications.inbound_mail import Attached
from notifications.mail_charsets import decoded
from notifications.mail_headers import one_line, words
from notifications.mail_text import is_file
from notifications.mime import Part
from notifications.mime_fields import Problems

#: files of one mail that are listed
NUMBER = 50
#: what offices send: texts, tables, slides, scans
_ENDINGS = frozenset(
    ("doc", "docx", "xls", "xlsx", "ppt", "pptx", "wps", "et", "dps", "ofd", "pdf", "txt", "csv", "rtf",
     "odt", "ods", "odp", "jpg", "jpeg", "png", "gif", "bmp", "tif", "tiff", "webp", "heic", "eml", "ceb", "gw", "gd")
)  # fmt: skip
_MACROS = frozenset(("docm", "xlsm"))
_ARCHIVES = frozenset(("zip", "rar", "7z", "gz", "tgz", "tar", "bz2", "xz", "cab", "iso", "img", "arj", "z", "lzh"))
_PAGES = frozenset(("htm", "html", "mht", "mhtml", "xhtml", "shtml", "svg", "xml", "url", "webloc", "hta", "chm"))
_PROGRAMS = frozenset(
    ("exe", "com", "scr", "pif", "bat", "cmd", "ps1", "vbs", "vbe", "js", "jse", "wsf", "wsh", "msi", "msp", "dll",
     "jar", "class", "sh", "py", "pl", "rb", "php", "apk", "app", "dmg", "deb", "rpm", "lnk", "reg", "cpl", "inf",
     "sys", "ocx", "scf", "application", "gadget", "msc", "elf", "bin", "so")
)  # fmt: skip
_BY_TYPE = {
    "application/pdf": "pdf",
    "application/msword": "doc",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.ms-excel": "xls",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.ms-powerpoint": "ppt",
    "application/ofd": "ofd",
    "application/rtf": "rtf",
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/gif": "gif",
    "image/bmp": "bmp",
    "image/tiff": "tif",
    "image/webp": "webp",
    "text/plain": "txt",
    "text/csv": "csv",
    "message/rfc822": "eml",
    "application/zip": "zip",
    "application/x-zip-compressed": "zip",
    "application/x-rar-compressed": "rar",
    "application/x-7z-compressed": "7z",
    "application/gzip": "gz",
    "text/html": "html",
    "image/svg+xml": "svg",
    "application/javascript": "js",
    "application/x-msdownload": "exe",
    "application/x-msdos-program": "exe",
    "application/ms-tnef": "dat",
    "application/vnd.ms-tnef": "dat",
}
_TRAILING = re.compile(r"[\s.。]+$")
_TNEF = ("application/ms-tnef", "application/vnd.ms-tnef")


def attachments_of(top: Part, problems: Problems, charset: str = "") -> tuple[Attached, ...]:
    """The files of a mail in order, at most 50. Their sizes are bounded by that of the mail."""
    files = _files(top)
    if len(files) > NUMBER:
        problems.add(f"附件超过 {NUMBER} 个，其余的没有保存")
    return tuple(_attached(part, number, problems, charset) for number, part in enumerate(files[:NUMBER], 1))


def _files(top: Part) -> list[Part]:
    return [part for part in top.walk() if (part is not top or part.disposition == "attachment") and is_file(part)] or (
        [top] if is_file(top) and not top.media_type.startswith("message/") else []
    )


def _attached(part: Part, number: int, problems: Problems, charset: str) -> Attached:
    name = _name(part, problems, charset)
    ending = _ending(name)
    if not ending and part.media_type in _BY_TYPE:
        ending = _BY_TYPE[part.media_type]
        name = f"{name or '附件'}.{ending}"
    if part.media_type in _TNEF or name.lower() == "winmail.dat":
        problems.add("含 winmail.dat（Outlook 专用格式），其中的附件无法读取")
        refused = ""
    else:
        refused = _refusal(ending, part.media_type)
    content = b"" if refused else part.decoded()
    return Attached(
        filename=short_filename(name or f"附件{number}"),
        media_type=part.media_type[:120],
        size=_size(part) if refused else len(content),
        content=content,
        refused=refused or ("" if content else "是空文件"),
        inline=part.media_type.startswith("image/")
        and part.disposition != "attachment"
        and bool(part.first("content-id")),
    )


def _size(part: Part) -> int:
    """About how many bytes it has once decoded, without doing so."""
    sent = part.end - part.start
    if part.first("content-transfer-encoding").strip().lower().startswith(b"base64"):
        return sent * 54 // 74 if sent > 74 else sent * 3 // 4
    return sent


def _name(part: Part, problems: Problems, charset: str) -> str:
    """What the sender calls the file: RFC 2231 first, encoded words and raw bytes as clients send them."""
    for parameters, name in ((part.disposition_parameters, "filename"), (part.parameters, "name")):
        value, said = parameters.get(name, (b"", ""))
        if not value:
            continue
        if said:
            text, problem = decoded(value, said)
            problems.add(problem)
        else:
            text = words(value, problems, charset)
        text = one_line(text)
        if text:
            return text.replace("\\", "/").rpartition("/")[2].lstrip(". ")
    return ""


def _ending(name: str) -> str:
    """What comes after the last dot; dots and blanks at the end, which some systems drop, do not hide it."""
    return PurePosixPath(_TRAILING.sub("", name)).suffix.lower().lstrip(".")


def _refusal(ending: str, media_type: str) -> str:
    """'' for what is kept. Both the name and the declared type must be of a kind that is taken."""
    declared = _BY_TYPE.get(media_type, "")
    for each in (ending, declared):
        if each in _PROGRAMS:
            return "程序或脚本，不予保存"
        if each in _PAGES:
            return "网页文件，不予保存"
        if each in _ARCHIVES:
            return "压缩包，不予保存，请直接附上文件"
    if ending in _MACROS:
        return "含宏的文件，不予保存，请另存为普通格式"
    if ending not in _ENDINGS:
        return "不是可以接收的文件类型"
    return ""
