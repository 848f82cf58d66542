"""Where the claims of a draft stand in the clean text of its file."""

from __future__ import annotations

import pytest

from domain.documents import CircularDraft
from domain.reading.draft import read_circular

TYPED = """特急

云河省水务厅文件

云水发 [２０２３] 15 号

云河省水务厅关于做好
2023年度河道清淤工作的紧急通知

各市水务局，厅属各单位：
    请于3月20日前将2023年3月2日的台账报送我厅。

                          云河省水务厅
                                2023 年3月1日
    （此件公开发布）
    （联系人：钱例，联系电话：0999—1234567；邮箱：qian@example.org）

抄送：水利部，省委办公厅。
云河省水务厅办公室                    2023年3月2日印发
"""
COVER = """甲市人民政府办公室关于印发甲市校车管理方案的通知
甲政办发〔2024〕9号
各县人民政府：
现将《甲市校车管理方案》印发给你们，请遵照执行。
甲市人民政府办公室
2024年5月6日
甲市校车管理方案
一、检查。各县教育局于6月10日前完成检查。
"""


@pytest.fixture(scope="module")
def typed() -> CircularDraft:
    return read_circular(TYPED)


def shown(draft: CircularDraft, name: str) -> list[str]:
    return ["".join(draft.page[slice(*span)].split()) for span in draft.spans[name]]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("document_number", ["云水发[2023]15号"]),
        ("title", ["云河省水务厅关于做好2023年度河道清淤工作的紧急通知"]),
        ("issuing_authority", ["云河省水务厅"]),
        ("urgency", ["特急"]),
        ("addressees", ["各市水务局", "厅属各单位"]),
        ("cc_authorities", ["水利部", "省委办公厅"]),
        ("dated_on", ["2023年3月1日"]),
        ("issued_on", ["2023年3月2日"]),
        ("scope", ["此件公开发布"]),
        ("contacts", ["0999—1234567"]),
    ],
)
def test_it_shows_each_claim_where_it_stands(typed: CircularDraft, name: str, words: list[str]) -> None:
    assert shown(typed, name) == words


def test_it_shows_the_issuer_in_the_signature_and_the_number_in_the_head(typed: CircularDraft) -> None:
    assert typed.spans["document_number"][0][1] < typed.spans["addressees"][0][0]
    assert typed.spans["issuing_authority"][0][0] > typed.requirements[0].span[1]
    assert typed.spans["issued_on"][0][0] > typed.spans["dated_on"][0][1]


def test_it_shows_nothing_for_what_the_text_does_not_say(typed: CircularDraft) -> None:
    assert "classification" not in typed.spans
    assert "forwards" not in typed.spans
    assert set(read_circular("请各市于5月1日前报送材料。").spans) <= {"title", "addressees"}


def test_it_shows_an_annexs_claims_in_the_text_of_the_file() -> None:
    cover = read_circular(COVER)
    (annex,) = cover.annexes
    assert cover.spans["forwards"][0] < cover.spans["dated_on"][0] < annex.spans["title"][0]
    assert annex.page == cover.page
    assert shown(annex, "title") == ["甲市校车管理方案"]
