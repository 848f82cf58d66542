"""Titles, the kinds they name, and the issuers they begin with."""

from __future__ import annotations

import pytest

from domain.documents import DocumentKind
from domain.reading.titles import annex_title, issuers_of, kind_of, masked, trimmed_title


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("关于加强防火的通知", DocumentKind.NOTICE),
        ("关于加强防火的紧急通知", DocumentKind.NOTICE),
        ("关于转发《关于加强防火的通知》的通知", DocumentKind.FORWARDING_NOTICE),
        ("甲省办公厅转发省林业局关于防火意见的通知", DocumentKind.FORWARDING_NOTICE),
        ("批转省林业局关于防火意见的通知", DocumentKind.FORWARDING_NOTICE),
        ("关于印发《防火办法》的通知", DocumentKind.ISSUING_NOTICE),
        ("关于印发防火方案的通知（试行）", DocumentKind.ISSUING_NOTICE),
        ("关于学习贯彻《关于转发防火意见的通知》的通知", DocumentKind.NOTICE),
        ("关于加强防火的意见", DocumentKind.OPINIONS),
        ("关于加强防火的实施意见（试行）", DocumentKind.OPINIONS),
        ("春季防火实施方案", DocumentKind.PLAN),
        ("防火三年行动计划", DocumentKind.PLAN),
        ("关于商请派员的函", DocumentKind.LETTER),
        ("关于防火工作的报告", DocumentKind.REPORT),
        ("关于防火情况的通报", DocumentKind.OTHER),
        ("防火工作规则", DocumentKind.OTHER),
        (None, DocumentKind.OTHER),
    ],
)
def test_it_tells_the_kind_from_the_title(title: str | None, kind: DocumentKind) -> None:
    assert kind_of(title) is kind


@pytest.mark.parametrize(
    ("title", "issuers"),
    [
        ("云河省林业局关于加强防火的通知", ("云河省林业局",)),
        ("云河省林业局云河省财政厅关于印发《办法》的通知", ("云河省林业局", "云河省财政厅")),
        ("云河省人民政府办公厅转发省林业局关于防火意见的通知", ("云河省人民政府办公厅",)),
        ("关于加强防火的通知", ()),
        ("进一步关于防火的通知", ()),
        ("防火工作规则", ()),
        (None, ()),
    ],
)
def test_it_finds_who_issues_in_the_title(title: str | None, issuers: tuple[str, ...]) -> None:
    assert issuers_of(title) == issuers


@pytest.mark.parametrize(
    ("text", "covered"),
    [
        ("转发《甲的通知》的通知", "转发《□□□□》的通知"),
        ("甲（乙丙）丁", "甲（□□）丁"),
        ("《甲〈乙的意见〉的通知》", "《□□□□□□□□□□》"),
        ("《甲\n乙》", "《□\n□》"),
        ("《没有结束", "《没有结束"),
        ("没有括号", "没有括号"),
    ],
)
def test_it_covers_what_is_enclosed_sign_for_sign(text: str, covered: str) -> None:
    assert masked(text) == covered
    assert len(masked(text)) == len(text)


def test_it_trims_the_title_of_a_drafting_sheet() -> None:
    sheet = "关于印发《预案》的通知各市林业局云河省林业局关于商请会签《预案》的函"
    assert trimmed_title(sheet, ("云河省林业局",)) == "云河省林业局关于商请会签《预案》的函"


@pytest.mark.parametrize("title", ["云河省林业局关于防火的通知", "甲局云河省林业局关于防火的通知", None])
def test_it_trims_no_other_title(title: str | None) -> None:
    assert trimmed_title(title, ("云河省林业局",)) == title


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("春季防火方案\n为做好防火，制定本方案。", "春季防火方案"),
        ("春季防火方案一、总体要求", "春季防火方案"),
        ("春季防火方案为做好防火工作，制定本方案。", "春季防火方案"),
        ("春季防火\n工作方案\n一、总体要求", "春季防火工作方案"),
        ("防火办法（试行）\n第一章 总则", "防火办法（试行）"),
        ("关于防火的意见\n（省林业局）", "关于防火的意见"),
    ],
)
def test_it_finds_the_title_of_an_annex(text: str, title: str) -> None:
    found = annex_title(text, 0, len(text))
    assert found is not None
    assert found[0] == title


@pytest.mark.parametrize(
    "text", ["参会回执", "值班人员名单\n甲 乙", "报告提纲1.基本情况", "为做好防火，制定本方案。", ""]
)
def test_it_finds_no_title_in_a_form_or_list(text: str) -> None:
    assert annex_title(text, 0, len(text)) is None
