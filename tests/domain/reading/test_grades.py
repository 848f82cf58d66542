"""Urgency and classification as marked above a red head, and words of secrets that mark nothing."""

from __future__ import annotations

import pytest

from domain.documents import Urgency
from domain.reading.grades import classification, urgency, without_mark_lines
from domain.reading.head import Head, read_head

BELOW = "云河省林业局文件\n云林发〔2024〕5号\n关于加强春季防火的通知\n各市林业局：\n为做好春季防火，现通知如下。"


def head(text: str) -> Head:
    return read_head(text, 0, len(text))


@pytest.mark.parametrize(
    ("mark", "grade"),
    [
        ("秘密", "秘密"),
        ("秘密★1年", "秘密"),
        ("机密★5年\n特急", "机密"),
        ("机密★长期", "机密"),
        ("机密·特急", "机密"),
        ("机密 加急", "机密"),
        ("绝密级", "绝密"),
        ("绝密★启用前", "绝密"),
        ("密级：秘密", "秘密"),
        ("密级:机密", "机密"),
        ("【机密】", "机密"),
        ("（秘密）", "秘密"),
        ("★秘密", "秘密"),
        ("000012\n机密★1年\n特急", "机密"),
        ("000012机密★1年", "机密"),
        ("秘 密", "秘密"),
        ("机　密", "机密"),
        ("绝   密 ★ 30 年", "绝密"),
        ("秘\n密", "秘密"),
        ("特急 秘密", "秘密"),
    ],
)
def test_it_reads_the_classification_wherever_it_is_printed_in_a_head(mark: str, grade: str) -> None:
    assert classification(mark) == grade
    assert head(f"{mark}\n{BELOW}").classification == grade
    assert head(BELOW.replace("5号\n", f"5号　{mark}\n")).classification == grade
    assert head(BELOW.replace("文件\n", f"文件\n{mark}\n")).classification == grade


def test_it_reads_a_classification_that_ran_into_the_red_head() -> None:
    assert head(f"秘密{BELOW}".replace("\n", "")).classification == "秘密"
    assert head(f"机密★1年{BELOW}".replace("\n", "")).classification == "机密"


@pytest.mark.parametrize(
    "text",
    [
        BELOW,
        BELOW.replace("加强春季防火", "做好国家秘密定密工作"),
        BELOW.replace("加强春季防火", "开展保密宣传月活动"),
        BELOW.replace("加强春季防火", "清退涉密文件、机密级载体"),
        BELOW.replace("云河省林业局文件", "云河省国家保密局文件"),
        BELOW.replace("云河省林业局文件", "中共云河省委保密委员会办公室文件"),
        BELOW.replace("为做好", "要做好保密工作，机密文件专人保管，不得泄露国家秘密。为做好"),
        f"密级：公开\n{BELOW}",
        f"内部明电　加急\n{BELOW}",
        "机密文件管理办法\n第一条 为了保守国家秘密，制定本办法。",
        "各市林业局：\n秘密 级文件请专人送交。",
    ],
)
def test_it_takes_a_word_of_secrets_for_no_classification(text: str) -> None:
    assert head(text).classification is None


@pytest.mark.parametrize("text", [BELOW.replace("加强春季防火", "做好国家秘密定密工作"), f"特 急\n{BELOW}"])
def test_it_keeps_the_title_whole(text: str) -> None:
    title = head(text).title
    assert title is not None
    assert title.startswith("关于")
    assert title.endswith("的通知")


@pytest.mark.parametrize(
    ("mark", "grade"),
    [
        ("特急", Urgency.EXTRA_URGENT),
        ("特 急", Urgency.EXTRA_URGENT),
        ("特急·明电", Urgency.EXTRA_URGENT),
        ("特提", Urgency.EXTRA_URGENT),
        ("加急", Urgency.URGENT),
        ("加  急", Urgency.URGENT),
        ("内部明电　加急", Urgency.URGENT),
        ("平急", Urgency.ROUTINE),
        ("000012", None),
    ],
)
def test_it_reads_the_urgency(mark: str, grade: Urgency | None) -> None:
    assert urgency(mark, None) is grade
    assert head(f"{mark}\n{BELOW}").urgency is grade


def test_it_reads_the_urgency_in_brackets_before_a_title_and_no_other_in_it() -> None:
    assert urgency("", "【特急】关于防火的通知") is Urgency.EXTRA_URGENT
    assert urgency("", "关于规范特急公文的通知") is None


@pytest.mark.parametrize("line", ["机密★1年", "特 急", "000012", "等级 特急·明电", "签发：", ""])
def test_it_leaves_out_lines_of_nothing_but_marks(line: str) -> None:
    assert without_mark_lines(f"甲\n{line}\n乙") == "甲\n乙"


@pytest.mark.parametrize("line", ["关于特急公文的通知", "机密文件", "2024年防火要点"])
def test_it_keeps_lines_that_say_more(line: str) -> None:
    assert without_mark_lines(f"甲\n{line}\n乙") == f"甲\n{line}\n乙"
