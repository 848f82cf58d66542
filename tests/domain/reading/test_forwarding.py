"""What a circular forwards or issues, never what it only cites."""

from __future__ import annotations

import pytest

from domain.documents import DocumentKind, ForwardedReference
from domain.reading.forwarding import forwarded, kind_and_reference

FORWARDING, ISSUING = DocumentKind.FORWARDING_NOTICE, DocumentKind.ISSUING_NOTICE


@pytest.mark.parametrize(
    ("title", "body", "kind", "number", "name"),
    [
        (
            "关于转发《关于防火的通知》的通知",
            "现将国家林业局《关于防火的通知》（林防发〔2024〕8号）转发给你们，请遵照执行。",
            FORWARDING,
            "林防发〔2024〕8号",
            "关于防火的通知",
        ),
        (
            "关于转发《国家林业局〈关于防火的通知〉》的通知",
            "请遵照执行。",
            FORWARDING,
            None,
            "关于防火的通知",
        ),
        (
            "甲省办公厅转发省林业局关于防火意见的通知",
            "省林业局《关于防火的意见》已经省政府同意，现转发给你们。",
            FORWARDING,
            None,
            "关于防火的意见",
        ),
        ("关于印发《防火办法》的通知", "《防火办法》已经审议通过，现予印发。", ISSUING, None, "防火办法"),
        ("关于印发春季防火方案的通知", "现将《春季防火方案》印发给你们。", ISSUING, None, "春季防火方案"),
        ("关于印发“绿网”建设方案的通知", "请执行。", ISSUING, None, "“绿网”建设方案"),
        (
            "关于组织申报项目的通知",
            "项目申报已经开始，现将省局《关于组织申报项目的通知》（云林字[2024]6号）转发给你们。",
            FORWARDING,
            "云林字〔2024〕6号",
            "关于组织申报项目的通知",
        ),
        (
            None,
            "现将《关于防火的通知》（林防发〔2024〕8号）转发给你们。",
            FORWARDING,
            "林防发〔2024〕8号",
            "关于防火的通知",
        ),
    ],
)
def test_it_finds_what_is_passed_on(
    title: str | None, body: str, kind: DocumentKind, number: str | None, name: str
) -> None:
    assert kind_and_reference(title, body) == (kind, ForwardedReference(document_number=number, title=name))


@pytest.mark.parametrize(
    ("title", "body"),
    [
        ("关于加强防火的通知", "根据《关于防火的通知》（林防发〔2024〕8号）要求，现通知如下。"),
        ("关于加强防火的通知", "省政府印发的《防火规划》提出了新的要求。"),
        ("关于防火工作的函", "我局起草了《防火办法》，请研提意见。"),
        ("关于防火的意见", "为贯彻《森林法》，提出以下意见。"),
    ],
)
def test_it_finds_nothing_where_a_document_is_only_cited(title: str, body: str) -> None:
    assert forwarded(title, body) is None


def test_it_takes_no_number_that_belongs_to_another_title() -> None:
    body = "根据《关于林区供电的通知》（林电发〔2023〕1号），制定了《林区改造方案》，现印发你们。"
    assert forwarded("关于印发《林区改造方案》的通知", body) == ForwardedReference(
        document_number=None, title="林区改造方案"
    )


def test_it_says_nothing_where_the_title_of_the_forwarded_is_not_told() -> None:
    assert kind_and_reference("关于转发上级文件的紧急通知", "现转发给你们。")[0] is FORWARDING


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("防火季将至，请抓紧准备。特此通知。", DocumentKind.NOTICE),
        ("省林业局定于5月召开会议。", DocumentKind.NOTICE),
        ("请贵局支持防火工作。特此函告。", DocumentKind.LETTER),
        ("来函收悉，意见如下。此复。", DocumentKind.LETTER),
        ("现将防火情况报告如下。特此报告。", DocumentKind.REPORT),
        ("《防火方案》已经省政府同意，现印发给你们，请认真执行。", DocumentKind.ISSUING_NOTICE),
        ("现将《防火通知》转发给你们，请认真执行。", DocumentKind.FORWARDING_NOTICE),
    ],
)
def test_it_tells_the_kind_of_an_addressed_circular_that_lost_its_title(body: str, kind: DocumentKind) -> None:
    assert kind_and_reference(None, body, is_addressed=True)[0] is kind


def test_it_takes_what_is_neither_titled_nor_addressed_for_no_notice() -> None:
    assert kind_and_reference(None, "防火季将至。")[0] is DocumentKind.OTHER
