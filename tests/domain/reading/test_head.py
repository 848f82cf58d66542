"""The head of a document, from clean pages and from text that lost its line breaks."""

from __future__ import annotations

import pytest

from domain.documents import Urgency
from domain.reading.head import Head, read_head
from domain.reading.page import clean

BODY = "为做好春季防火，现将有关要求通知如下。"


def head(text: str) -> Head:
    return read_head(text, 0, len(text))


CLEAN = f"云河省林业局文件\n云林发〔2024〕5号\n关于加强春季防火的通知\n各市林业局，省直各林场：\n{BODY}"
RUN = f"云河省林业局文件云林发〔2024〕5号关于加强春季防火的通知各市林业局，省直各林场:{BODY}"
NUMBER_LAST = f"云河省林业局\n关于加强春季防火的通知\n云林发〔2024〕5号\n各市林业局，省直各林场：\n{BODY}"


@pytest.mark.parametrize("text", [CLEAN, RUN, NUMBER_LAST])
def test_it_reads_number_title_and_addressees_wherever_they_stand(text: str) -> None:
    read = head(text)
    assert read.number == "云林发〔2024〕5号"
    assert read.year == 2024
    assert read.title is not None
    assert read.title.endswith("关于加强春季防火的通知")
    assert read.addressees == ("各市林业局", "省直各林场")
    assert text[read.body :].strip().startswith("为做好")


@pytest.mark.parametrize("text", [CLEAN, RUN])
def test_it_reads_the_red_head(text: str) -> None:
    assert head(text).red_head == ("云河省林业局",)


@pytest.mark.parametrize(
    ("red", "offices"),
    [
        ("云河省林业局云河省财政厅文件", ("云河省林业局", "云河省财政厅")),
        ("云河省林业局\u3000云河省财政厅文件", ("云河省林业局", "云河省财政厅")),
        ("某某集团有限公司部门文件", ("某某集团有限公司",)),
    ],
)
def test_it_reads_a_red_head_of_several_offices(red: str, offices: tuple[str, ...]) -> None:
    assert head(f"{red}\n云林发〔2024〕5号\n关于防火的通知\n各市林业局：\n{BODY}").red_head == offices


def test_it_takes_the_word_for_documents_in_a_title_for_no_red_head() -> None:
    read = head(f"云河省林业局关于清理规范性\n文件的通知\n各市林业局：\n{BODY}")
    assert read.red_head == ()
    assert read.title == "云河省林业局关于清理规范性文件的通知"


@pytest.mark.parametrize(
    ("printed", "number"),
    [
        ("云林发〔2024〕5号", "云林发〔2024〕5号"),
        ("云林发[2024]5号", "云林发〔2024〕5号"),
        ("云林发（2024）5号", "云林发〔2024〕5号"),
        ("云林发〔2024)5号", "云林发〔2024〕5号"),
        ("云林发【2024】 5 号", "云林发〔2024〕5号"),
        ("云林发〔2024〕第5号", "云林发〔2024〕第5号"),
        ("特急·明电云林发〔2024〕5号", "云林发〔2024〕5号"),
    ],
)
def test_it_prints_the_number_in_one_way(printed: str, number: str) -> None:
    assert head(f"{printed}关于防火的通知各市林业局：{BODY}").number == number


def test_it_takes_no_number_that_is_only_cited() -> None:
    read = head(f"关于转发《关于防火的通知》（云林发〔2023〕9号）的通知\n各市林业局：\n{BODY}")
    assert read.number is None


def test_it_takes_no_number_from_the_body() -> None:
    assert head("关于防火的通知\n各市林业局：\n根据云林发〔2023〕9号要求，现通知如下。").number is None


@pytest.mark.parametrize(
    ("line", "urgency"),
    [
        ("特急", Urgency.EXTRA_URGENT),
        ("特提", Urgency.EXTRA_URGENT),
        ("加急", Urgency.URGENT),
        ("平急", Urgency.ROUTINE),
        ("等级 特急·明电", Urgency.EXTRA_URGENT),
        ("云河省林业局", None),
    ],
)
def test_it_reads_the_urgency_above_the_title(line: str, urgency: Urgency | None) -> None:
    assert head(f"{line}\n云林发〔2024〕5号\n关于防火的通知\n各市林业局：\n{BODY}").urgency is urgency


def test_it_reads_an_urgency_marked_in_the_title() -> None:
    assert head(f"【加急】关于防火的通知\n各市林业局：\n{BODY}").urgency is Urgency.URGENT


def test_it_takes_no_urgency_from_the_body() -> None:
    assert head(f"关于防火的通知\n各市林业局：\n{BODY}特急件须当日办理。").urgency is None


def test_it_leaves_copy_number_grade_and_signer_out_of_the_title() -> None:
    red = "000123\n特急\n云河省林业局文件\n云林发〔2024〕5号\u3000\u3000签发人：郑例\n"
    text = f"{red}云河省林业局关于防火的通知\n各市林业局：\n{BODY}"
    read = head(text)
    assert read.title == "云河省林业局关于防火的通知"
    assert read.title_issuers == ("云河省林业局",)


def test_it_reads_a_title_over_several_lines() -> None:
    read = head(f"云河省林业局\n关于加强春季\n森林防火的通知\n各市林业局：\n{BODY}")
    assert read.title == "云河省林业局关于加强春季森林防火的通知"


def test_it_reads_past_the_labels_of_a_telegram() -> None:
    text = f"发电单位云河省林业局签发盖章等级特急云林发〔2024〕5号抄报:关于加强防火的通知各市林业局:{BODY}"
    read = head(text)
    assert (read.title, read.addressees) == ("关于加强防火的通知", ("各市林业局",))


def test_it_keeps_a_bracket_at_the_end_of_the_title() -> None:
    assert head(f"关于加强防火的通知（会签稿）\n各市林业局：\n{BODY}").title == "关于加强防火的通知（会签稿）"


def test_it_finds_no_title_where_there_is_none() -> None:
    read = head(f"云林发〔2024〕5号各市林业局：{BODY}")
    assert (read.number, read.title, read.addressees) == ("云林发〔2024〕5号", None, ("各市林业局",))


def test_it_reads_a_title_of_one_word() -> None:
    read = head(f"通知\n各市林业局：\n{BODY}")
    assert (read.title, read.addressees) == ("通知", ("各市林业局",))


@pytest.mark.parametrize("text", ["春季防火方案\n一、总体要求：全面提升。", "会议纪要\n时间：三月五日\n地点：三楼。"])
def test_it_finds_no_addressees_where_none_are_named(text: str) -> None:
    assert head(text).addressees == ()


def test_it_takes_the_colon_of_an_hour_for_no_end_of_addressees() -> None:
    assert head("关于开会的通知\n定于9:00在三楼开会，请准时参加。").addressees == ()


def test_it_knows_a_title_that_the_cover_announced() -> None:
    text = "《春季 防火\n工作方案》为做好防火，制定本方案。"
    assert read_head(text, 0, len(text), known_title="春季防火工作方案").title == "春季防火工作方案"


@pytest.mark.parametrize("text", ["", "\n", "：", "号", "通知", "〔2024〕5号", "》《", "（" * 50])
def test_it_reads_a_head_from_whatever_there_is(text: str) -> None:
    assert head(text).body <= len(text)


PAGE = f"""索 引 号：000001/2024-001
分　　类：林业；防火
发文机关：云河省林业局
标　　题：云河省林业局关于加强春季防火的通知
发文字号：云林发〔2024〕5号
发布日期：2024年3月2日

云河省林业局关于加强春季防火的通知
%s各市林业局，省直各林场：
{BODY}"""


@pytest.mark.parametrize("number", ["", "云林发〔2024〕5号\n", "（云林发〔2024〕5号）\n"])
def test_it_reads_below_what_a_web_page_prints_above(number: str) -> None:
    read = head(clean(PAGE % number).text)
    assert (read.number, read.title) == ("云林发〔2024〕5号", "云河省林业局关于加强春季防火的通知")
    assert read.title_issuers == ("云河省林业局",)
    assert read.addressees == ("各市林业局", "省直各林场")


def test_it_reads_a_number_in_brackets_below_the_title() -> None:
    read = head(f"云河省林业局关于加强春季防火的通知\n（云林发〔2024〕5号）\n各市林业局：\n{BODY}")
    assert (read.number, read.addressees) == ("云林发〔2024〕5号", ("各市林业局",))


def test_it_takes_no_number_in_brackets_beside_a_title_that_is_cited() -> None:
    cited = "根据《防火规定》（云政发〔2023〕1号）"
    assert head(f"关于加强春季防火的通知\n各市林业局：\n{cited}，通知如下。").number is None


@pytest.mark.parametrize("status", ["试行", "征求意见稿"])
def test_it_reads_the_status_below_a_title(status: str) -> None:
    read = head(f"云河省林业局林火预警办法\n（{status}）\n第一条 为了防火，制定本办法。")
    assert read.title == f"云河省林业局林火预警办法（{status}）"


def test_it_leaves_the_telegraph_office_out_of_the_title() -> None:
    read = head(f"等级 特急·明电 云林电〔2024〕5号 云机发 231号\n关于防火的紧急通知\n各市林业局：\n{BODY}")
    assert (read.number, read.title) == ("云林电〔2024〕5号", "关于防火的紧急通知")


def test_it_passes_over_labels_whose_values_stand_below_them() -> None:
    labelled = f"主题：\n关于防火的通知\n时限：\n截止:2024-06-18\n关于防火的通知\n各市林业局：\n{BODY}"
    read = head(labelled)
    assert (read.title, read.addressees) == ("关于防火的通知", ("各市林业局",))


def test_it_leaves_the_end_of_a_title_out_of_the_number_below_it() -> None:
    assert head(f"关于防火的通知云林发〔2024〕5号\n各市林业局：\n{BODY}").number == "云林发〔2024〕5号"
