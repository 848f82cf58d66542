"""Look-alike radicals: what a PDF's font may give for 月, 门 or 长, and the characters that are meant."""

from __future__ import annotations

import unicodedata

#: CJK Radicals Supplement (U+2E80-2EFF), which NFKC leaves as it is: sign and the character that looks the same, by
#: Unicode's EquivalentUnifiedIdeograph. Left out is what has none, or has one only as a part of a character
#: (⺈, ⺌, ⺼, ⻏): such a sign in a text is damage.
_SUPPLEMENT = (
    "⺁厂⺂乛⺃乚⺄乙⺅亻⺆冂⺉刂⺊卜⺋㔾⺎兀⺏尣⺐尢⺒巳⺓幺⺔彑⺕彐⺖忄⺗㣺⺘扌⺙攵⺛旡⺜日⺝月⺞歺⺟母⺠民⺡氵⺢氺⺣灬⺤爫⺦丬⺨犭⺩王⺬示⺭礻⺮竹"
    "⺯糹⺰纟⺱罓⺲罒⺹耂⺺肀⺻聿⺽臼⺾艹⺿艹⻀艹⻁虎⻂衤⻃覀⻄西⻅见⻆角⻈讠⻉贝⻋车⻌辶⻍辶⻎辶⻐钅⻑長⻒镸⻓长⻔门⻖阝⻗雨⻘青⻙韦⻚页⻛风⻜飞"
    "⻝食⻟飠⻠饣⻢马⻣骨⻤鬼⻥鱼⻦鸟⻧卤⻨麦⻩黄⻪黾⻫斉⻬齐⻭歯⻮齿⻯竜⻰龙⻱龜⻲亀⻳龟"
)
_KANGXI = range(0x2F00, 0x2FD6)
_COMPATIBILITY = range(0xF900, 0xFB00)


def _repairs() -> dict[int, str]:
    pairs = zip(_SUPPLEMENT[::2], _SUPPLEMENT[1::2], strict=True)
    repairs = {code: unicodedata.normalize("NFKC", chr(code)) for code in (*_KANGXI, *_COMPATIBILITY)}
    repairs |= {ord(radical): character for radical, character in pairs}
    return {code: character for code, character in repairs.items() if ord(character) != code}


#: For `str.translate`: one sign for one, so that no offset moves.
RADICALS = _repairs()


def without_radicals(text: str) -> str:
    """Write every radical and compatibility ideograph as the character that it looks like; the length stays."""
    return text.translate(RADICALS)
