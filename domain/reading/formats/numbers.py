"""A number as Word writes it in an automatic list: 一, 甲, ①, iv, 第一百零一 …"""

from __future__ import annotations

from collections.abc import Callable

_HAN = "〇一二三四五六七八九"
_UNITS = ("", "十", "百", "千", "万")
_LEGAL = "零壹贰叁肆伍陆柒捌玖"
_LEGAL_UNITS = ("", "拾", "佰", "仟", "万")
_LEGAL_OLD = "零壹貳參肆伍陸柒捌玖"
_STEMS = "甲乙丙丁戊己庚辛壬癸"
_BRANCHES = "子丑寅卯辰巳午未申酉戌亥"
_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"),
    (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip


def written(value: int, kind: str) -> str | None:
    """The number in a format that ECMA-376 (17.18.59, ST_NumberFormat) names; None for a format we do not know.

    Where a format has no sign for a number (① ends at 50, 甲 at 10), it is written in digits, as Word does.
    """
    if kind not in _KINDS:
        return None
    return _KINDS[kind](value) if value > 0 else str(value)


def counted(value: int) -> str:
    """十, 十一, 二十, 一百零一: how people count."""
    text = _with_units(value, "零" + _HAN[1:], _UNITS)
    return text[1:] if text.startswith("一十") else text


def circled(value: int) -> str:
    """① to ㊿."""
    for last, begin in ((20, 0x2460), (35, 0x3251 - 20), (50, 0x32B1 - 35)):
        if value <= last:
            return chr(begin + value - 1)
    return str(value)


def _with_units(value: int, digits: str, units: tuple[str, ...]) -> str:
    text, skipped = "", False
    for place, sign in enumerate(reversed(str(value))):
        if sign != "0":
            text = f"{digits[int(sign)]}{units[place]}{digits[0] if skipped and text else ''}{text}"
        skipped = sign == "0"
    return text


def _by_digit(value: int) -> str:
    return "".join(_HAN[int(sign)] for sign in str(value))


def _counted_below_hundred(value: int) -> str:
    return counted(value) if value < 100 else _by_digit(value)


def _fullwidth(value: int) -> str:
    return "".join(chr(ord(sign) + 0xFEE0) for sign in str(value))


def _letter(value: int) -> str:
    """A to Z, then AA, BB …; Word ends at thirty of one letter."""
    times, index = divmod(value - 1, 26)
    return chr(ord("a") + index) * (times + 1) if times < 30 else str(value)


def _roman(value: int) -> str:
    text = ""
    for worth, sign in _ROMAN if value < 4000 else ():
        text += sign * (value // worth)
        value %= worth
    return text or str(value)


def _sign(signs: str) -> Callable[[int], str]:
    return lambda value: signs[value - 1] if value <= len(signs) else str(value)


def _from(first: int, count: int) -> Callable[[int], str]:
    return _sign("".join(chr(first + place) for place in range(count)))


_KINDS: dict[str, Callable[[int], str]] = {
    "none": lambda _: "",
    "decimal": str,
    "decimalHalfWidth": str,
    "decimalZero": lambda value: f"{value:02}",
    "decimalFullWidth": _fullwidth,
    "decimalFullWidth2": _fullwidth,
    "decimalEnclosedCircle": circled,
    "decimalEnclosedCircleChinese": circled,
    "decimalEnclosedParen": _from(0x2474, 20),
    "decimalEnclosedFullstop": _from(0x2488, 20),
    "numberInDash": lambda value: f"- {value} -",
    "chineseCounting": _counted_below_hundred,
    "taiwaneseCounting": _counted_below_hundred,
    "chineseCountingThousand": counted,
    "taiwaneseCountingThousand": counted,
    "japaneseCounting": counted,
    "ideographDigital": _by_digit,
    "japaneseDigitalTenThousand": _by_digit,
    "taiwaneseDigital": _by_digit,
    "ideographTraditional": _sign(_STEMS),
    "ideographZodiac": _sign(_BRANCHES),
    "ideographZodiacTraditional": lambda value: _STEMS[(value - 1) % 10] + _BRANCHES[(value - 1) % 12],
    "ideographEnclosedCircle": _from(0x3280, 10),
    "chineseLegalSimplified": lambda value: _with_units(value, _LEGAL, _LEGAL_UNITS),
    "ideographLegalTraditional": lambda value: _with_units(value, _LEGAL_OLD, _LEGAL_UNITS),
    "upperLetter": lambda value: _letter(value).upper(),
    "lowerLetter": _letter,
    "upperRoman": lambda value: _roman(value).upper(),
    "lowerRoman": _roman,
}
