"""Bytes of a mail to characters: what a charset says, and what its bytes really are."""

from __future__ import annotations

import codecs
from functools import lru_cache

#: What says it is one of these is read as their superset: Python's own gb2312 turns 二〇二〇 into other signs.
_SIMPLIFIED = frozenset(
    ("gb2312", "gb231280", "gbk", "xgbk", "gb", "cp936", "ms936", "936", "windows936", "euccn", "hz", "csgb2312",
     "iso58gb231280", "chinese", "csiso58gb231280", "gb18030", "gb180302000", "xgb18030", "gb18030c")
)  # fmt: skip
_TRADITIONAL = frozenset(("big5", "xbig5", "big5tw", "csbig5", "cp950", "950", "big5hkscs", "cnbig5"))
#: these say nothing of bytes beyond ASCII, or are said by mistake
_SILENT = frozenset(("", "usascii", "ascii", "7bit", "8bit", "unknown8bit", "default", "unknown", "none", "binary"))
#: codecs of Python that are no charsets of mail, and those that may take long or lie
_SINGLE_BYTE = ("iso8859", "latin", "cp125", "koi8", "windows125")


@lru_cache(maxsize=256)
def _codec(charset: str) -> str:
    """The codec a charset name means; '' where it means none."""
    bare = "".join(sign for sign in charset.lower() if sign.isalnum())
    if bare in _SIMPLIFIED:
        return "hz" if bare == "hz" else "gb18030"
    if bare in _TRADITIONAL:
        return "big5hkscs"
    if bare in _SILENT or len(charset) > 40 or not charset.isascii():
        return ""
    try:
        info = codecs.lookup(charset.strip())
    except (LookupError, ValueError):
        return ""
    return info.name if getattr(info, "_is_text_encoding", True) and info.name not in _NOT_OF_MAIL else ""


_NOT_OF_MAIL = frozenset(("idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"))


def decoded(data: bytes, charset: str = "") -> tuple[str, str]:
    """The characters of bytes that are said to be of a charset, and '' or what was wrong with that.

    Where the charset is unknown or cannot be right: strict UTF-8, then strict GB18030 (neither is worth a word, for
    hardly anything is both by chance), then with replacement, which is.
    """
    if data.isascii() and not _shifts(charset):
        return data.decode("ascii"), ""
    codec = _codec(charset)
    if codec and not codec.startswith(_SINGLE_BYTE):
        text = _strictly(data, codec)
        if text is not None:
            return text, ""
    text = _strictly(data, "utf-8")
    if text is None:
        text = _strictly(data, "gb18030")
        # any bytes are text of a charset of single bytes: what says so is believed unless it is plainly Chinese
        if codec.startswith(_SINGLE_BYTE) and (text is None or not _is_plainly_chinese(text)):
            return data.decode(codec, "replace"), ""
    if text is not None:
        return text, ""
    return data.decode(codec or _likelier(data), "replace"), f"文字编码有误（{_shown(charset)}），个别字符可能无法辨认"


def _is_plainly_chinese(text: str) -> bool:
    beyond = [sign for sign in text[:10_000] if not sign.isascii()]
    common = sum(1 for sign in beyond if _strictly_encoded(sign))
    return common * 2 >= len(beyond)


def _strictly_encoded(sign: str) -> bool:
    try:
        sign.encode("gb2312")
    except UnicodeError:
        return False
    return True


def _strictly(data: bytes, codec: str) -> str | None:
    try:
        return data.decode(codec)
    except (UnicodeError, ValueError):
        return None


def _likelier(data: bytes) -> str:
    """The one of the two that loses fewer characters."""
    lost = {codec: data.decode(codec, "replace").count("\ufffd") for codec in ("utf-8", "gb18030")}
    return min(lost, key=lambda codec: lost[codec])


def _shown(charset: str) -> str:
    return "".join(sign for sign in charset if sign.isprintable())[:40] or "未标明"


def _shifts(charset: str) -> bool:
    """Charsets whose bytes are ASCII and mean something else."""
    return "".join(sign for sign in charset.lower() if sign.isalnum())[:7] in ("utf7", "iso2022", "hz", "hzgb231")
