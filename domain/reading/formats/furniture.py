"""What a site prints around a document: menus and the way above it, links and the site's own imprint below it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from domain.reading.formats.stories import front_lines

_BLANKS = re.compile(r"\s+")
#: Between the document's name and the site's in <title>.
_PARTS = re.compile(r"[_|｜]|\s[-–—]{1,2}\s|--|——(?=[一-鿿]{2,20}$)")
_SHORTEST_NAME = 8
#: A title may be broken into so many lines.
_MOST_LINES = 4
#: Lines of the site between title and text, and how many lines below the title they stand.
_BYLINE = re.compile(
    r"[^。]{0,20}(?:发布(?:时间|日期|机构)|信息来源|来源|字体|字号大小|浏览(?:次数|量)|点击(?:次数|数)|访问量|责任编辑|作者)\s?[：:]"
)
_BYLINES_WITHIN = 4
_LONGEST = 120
#: What only a site prints above a document: the way to it, searches, the table of an index.
_ABOVE = re.compile(
    r"首\s?页|(?:当前|所在|您的|现在的)位置|站内搜索|无障碍|索\s*引\s*号|主题分类|信息分类|发布(?:日期|时间|机构)\s?[：:]"
)
#: What only a site prints below one. A word that a circular may use too (主办单位, 打印) does not show the end.
_BELOW = re.compile(
    r"[【\[]?(?:分享到|扫一扫(?:在手机|分享|打开)|打印(?:本页|此页)|关闭(?:窗口|本页)|上一[篇条]\s?[：:]|下一[篇条]\s?[：:]"
    r"|相关(?:文档|链接|阅读|文章|信息)\s?[：:]?$|版权所有)|[^。]{0,60}(?:ICP备|公网安备|网站标识码)"
)
#: The site's too, where it stands directly above such a line.
_ABOVE_BELOW = re.compile(r"主办|承办|技术支持|联系我们|网站地图|友情链接|关于我们")


def without_furniture(lines: Sequence[str], names: Sequence[str]) -> tuple[list[str], int]:
    """The lines of the document itself, and how many of the site's were left out.

    `names` is what the page calls its document: only a line that is that name, whole, shows where the document is;
    without one nothing is left out. Of what is left out above, a grade of secrecy and a number that the document
    itself has not got stand before it.
    """
    title = _title(lines, names)
    if title is None:
        return list(lines), 0
    begin = next((at + 1 for at in reversed(range(title)) if _ABOVE.search(lines[at])), 0)
    end = next((at for at in range(title + 1, len(lines)) if _is(_BELOW, lines[at])), len(lines))
    while end < len(lines) and end > title + 1 and _is(_ABOVE_BELOW, lines[end - 1]):
        end -= 1
    kept = [
        lines[at] for at in range(begin, end) if not (title < at <= title + _BYLINES_WITHIN and _is(_BYLINE, lines[at]))
    ]
    front, _ = front_lines("".join(kept), lines[:begin][::-1], ())  # nearest first
    return [*front, *kept], len(lines) - len(kept)


def _title(lines: Sequence[str], names: Sequence[str]) -> int | None:
    """The first line that, alone or with those that follow, is one of the names."""
    wanted = {bare for name in names for part in (name, _PARTS.split(name)[0]) if (bare := _BLANKS.sub("", part))}
    wanted = {name for name in wanted if len(name) >= _SHORTEST_NAME}
    longest = max(map(len, wanted), default=0)
    for at in range(len(lines)):
        joined = ""
        for line in lines[at : at + _MOST_LINES]:
            if len(line) > 2 * longest:
                break
            joined += _BLANKS.sub("", line)
            if joined in wanted:
                return at
    return None


def _is(pattern: re.Pattern[str], line: str) -> bool:
    return len(line) <= _LONGEST and pattern.match(line) is not None
