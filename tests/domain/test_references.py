"""Whether two texts name the same circular: numbers and titles however they are typed."""

from __future__ import annotations

import pytest

from domain.documents import ForwardedReference
from domain.references import is_meant, is_same_title, same_number

TITLE = "江北省扶贫办关于开展住房普查的通知"


@pytest.mark.parametrize(
    "typed",
    [
        "《江北省扶贫办关于开展住房普查的通知》", "江北省扶贫办 关于开展住房普查的\n通知",
        "江北省扶贫办〈关于开展住房普查的通知〉",
        "江北省扶贫办《关于开展“住房普查”的通知》", "关于开展住房普查的通知", "《关于开展住房普查的通知》",
    ],
)  # fmt: skip
def test_it_knows_a_title_however_it_is_quoted(typed: str) -> None:
    assert is_same_title(typed, TITLE)
    assert is_same_title(TITLE, typed)


@pytest.mark.parametrize(
    "other",
    [
        "",
        "江南省扶贫办关于开展住房普查的通知",
        "关于开展住房普查的意见",
        "关于开展住房普查的通知（二）",
        "关于",
        "普查",
    ],
)  # fmt: skip
def test_it_takes_no_other_title_for_it(other: str) -> None:
    assert not is_same_title(other, TITLE)
    assert not is_same_title(TITLE, other)


def test_nothing_is_not_the_same_as_nothing() -> None:
    assert not is_same_title("", "")
    assert not is_same_title("关于", "甲办关于")


@pytest.mark.parametrize(
    "typed", ["江扶办〔2020〕8号", "江扶办[2020]8号", "江扶办（2020） 8号", "江扶办【２０２０】８号"]
)
def test_it_knows_a_number_however_its_brackets_are_typed(typed: str) -> None:
    assert same_number(typed) == "江扶办〔2020〕8号"


@pytest.mark.parametrize(
    ("named", "number", "title", "meant"),
    [
        (("江扶办[2020]8号", None), "江扶办〔2020〕8号", "别的标题", True),
        (("江扶办〔2020〕8号", TITLE), "江扶办〔2019〕8号", TITLE, False),
        (("江扶办〔2020〕8号", TITLE), None, TITLE, True),
        ((None, "关于开展住房普查的通知"), "江扶办〔2020〕8号", TITLE, True),
        ((None, None), "江扶办〔2020〕8号", TITLE, False),
    ],
)
def test_two_numbers_decide_and_else_the_title(
    named: tuple[str | None, str | None], number: str | None, title: str, meant: bool
) -> None:
    reference = ForwardedReference(document_number=named[0], title=named[1])
    assert is_meant(reference, number, title) is meant
