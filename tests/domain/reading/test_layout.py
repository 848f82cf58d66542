"""The documents of one file: a cover, what it forwards, what is annexed, and what is neither."""

from __future__ import annotations

from datetime import date

import pytest

from domain.reading.layout import MOST_DOCUMENTS, documents

COVER = (
    "云河省林业局关于印发《春季防火方案》的通知\n各市林业局：\n"
    "现将《春季防火方案》印发给你们，请遵照执行。\n云河省林业局\n2024年3月1日\n"
)
PLAN = "春季防火方案\n为做好防火工作，制定本方案。\n一、总体要求\n全面落实责任，确保山林安全，做到万无一失。\n"


def titles(text: str) -> list[str | None]:
    return [document.head.title for document in documents(text)[0]]


def test_it_reads_a_file_of_one_document() -> None:
    (one,), has_more = documents(COVER)
    assert one.start == 0
    assert not has_more


@pytest.mark.parametrize("mark", ["", "附件\n", "附件1\n", "附件：\n", "附件1：", "（此件公开发布）\n附件\n"])
def test_it_parts_a_plan_from_its_cover(mark: str) -> None:
    assert titles(COVER + mark + PLAN) == ["云河省林业局关于印发《春季防火方案》的通知", "春季防火方案"]


def test_it_parts_documents_that_lost_their_line_breaks() -> None:
    assert titles((COVER + PLAN).replace("\n", "")) == ["云河省林业局关于印发《春季防火方案》的通知", "春季防火方案"]


def test_it_parts_a_forwarded_circular_at_its_red_head() -> None:
    text = (
        "云河省林业局文件\n云林发〔2024〕6号\n关于转发《关于防火的通知》的通知\n各市林业局：\n现转发给你们，请遵照执行。\n"
        "附件：《关于防火的通知》\n"
        "国家防火办公室文件\n国防火〔2024〕2号\n关于防火的通知\n各省防火办公室：\n请抓好落实，确保安全，不得出现任何疏漏。\n"
    )
    read, _ = documents(text)
    assert [document.head.number for document in read] == ["云林发〔2024〕6号", "国防火〔2024〕2号"]
    assert read[0].end == read[1].start


def test_it_reads_each_signature_in_its_own_document() -> None:
    read, _ = documents(f"{COVER}{PLAN}云河省防火办公室\n2024年2月20日\n")
    assert [document.signature.dated_on if document.signature else None for document in read] == [
        date(2024, 3, 1),
        date(2024, 2, 20),
    ]


def test_it_reads_the_issuer_and_day_in_brackets_under_a_title() -> None:
    read, _ = documents(
        f"{COVER}关于防火工作的意见\n（省防火办公室　二〇二四年二月八日）\n为做好防火，提出以下意见，请认真贯彻落实。"
    )
    assert read[1].signature is not None
    assert (read[1].signature.issuers, read[1].signature.dated_on) == (("省防火办公室",), date(2024, 2, 8))


@pytest.mark.parametrize(
    "annex",
    [
        "附件1\n值班人员名单\n甲 乙 丙 丁 戊 己 庚 辛 壬 癸 子 丑 寅 卯 辰 巳 午 未",
        "附件2\n报名回执\n单位 姓名 职务 电话 备注 单位 姓名 职务 电话 备注",
    ],
)
def test_it_leaves_out_forms_and_lists(annex: str) -> None:
    assert len(titles(COVER + annex)) == 1


def test_it_takes_a_list_of_annexes_for_no_annex() -> None:
    text = "关于防火的通知\n各市林业局：\n请抓好落实。\n附件：1.春季防火方案\n2.值班表\n云河省林业局\n2024年3月1日\n"
    (one,), _ = documents(text)
    assert one.signature is not None
    assert one.end == len(text.rstrip())


def test_it_gives_the_imprint_at_the_very_foot_to_the_cover() -> None:
    read, _ = documents(f"{COVER}{PLAN}云河省林业局办公室\n2024年3月2日印发")
    imprints = [document.imprint.issued_on for document in read if document.imprint]
    assert imprints == [date(2024, 3, 2)]


def test_it_ends_the_text_before_the_names_under_it() -> None:
    (one,), _ = documents(COVER)
    assert COVER[: one.text_end(COVER)].endswith("请遵照执行。\n")


def test_it_says_so_where_a_file_holds_too_many_documents() -> None:
    read, has_more = documents(COVER * (MOST_DOCUMENTS + 20))
    assert has_more
    assert len(read) <= MOST_DOCUMENTS + 1


@pytest.mark.parametrize("text", ["", "通知", "附件", "附件1\n附件2\n", "\n\n", "2024年3月1日"])
def test_it_reads_whatever_there_is(text: str) -> None:
    read, _ = documents(text)
    assert len(read) >= 1
