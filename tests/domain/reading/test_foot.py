"""Signature, scope, copies and imprint at the foot of a document."""

from __future__ import annotations

from datetime import date

import pytest

from domain.reading.foot import (
    copies,
    end_of_document,
    find_imprint,
    find_signature,
    scope_of,
    text_end,
    without_contacts,
)

BODY = "请认真贯彻执行。"
DAY = date(2024, 3, 1)


@pytest.mark.parametrize(
    ("foot", "issuers"),
    [
        ("\n云河省林业局\n2024年3月1日", ("云河省林业局",)),
        ("\n云河省林业局\n二〇二四年三月一日", ("云河省林业局",)),
        ("\n云河省林业局 2024年3月1日\n", ("云河省林业局",)),
        ("\n云河省林业局\n云河省财政厅\n2024年3月1日", ("云河省林业局", "云河省财政厅")),
        ("\n云河省林业局  云河省财政厅\n2024年3月1日", ("云河省林业局", "云河省财政厅")),
        ("\n云河省防火办公室（云河省林业局代章）\n2024年3月1日", ("云河省防火办公室",)),
        ("云河省林业局2024年3月1日", ("云河省林业局",)),
        ("云河省林业局2024年3月1日（此件公开发布）", ("云河省林业局",)),
        ("云河省林业局云河省财政厅2024年3月1日", ("云河省林业局", "云河省财政厅")),
        ("附件：1.值班表2.联络员名单云河省林业局2024年3月1日", ("云河省林业局",)),
        ("电话：0997-1234567云河省林业局2024年3月1日", ("云河省林业局",)),
        ("邮箱：zhou@example.org云河省林业局2024年3月1日附件", ("云河省林业局",)),
    ],
)
def test_it_finds_the_signature(foot: str, issuers: tuple[str, ...]) -> None:
    text = BODY + foot
    found = find_signature(text, 0, len(text), ())
    assert found is not None
    assert (found.issuers, found.dated_on) == (issuers, DAY)


def test_it_knows_the_issuer_of_the_head_in_running_text() -> None:
    text = f"{BODY}附件：入场凭证样式一套云河省林业局2024年3月1日春季防火方案为做好防火"
    found = find_signature(text, 0, len(text), ("云河省林业局",))
    assert found is not None
    assert text[found.start : found.end] == "云河省林业局2024年3月1日"


@pytest.mark.parametrize(
    "text",
    [
        "经省林业局2024年3月1日批准，现予公布。",
        "请于2024年3月1日前报送。",
        "2024年3月1日，省林业局召开会议。",
        "省林业局\n2024年3月1日印发",
        "省林业局2024年3月1日起施行本办法。",
        "会议时间\n2024年3月1日上午9时",
        "没有日期",
        "",
    ],
)
def test_it_takes_no_day_of_a_sentence_for_a_signature(text: str) -> None:
    assert find_signature(text, 0, len(text), ()) is None


def test_it_finds_a_signature_with_a_blank_day() -> None:
    text = f"{BODY}\n云河省林业局\n2024年 月 日"
    found = find_signature(text, 0, len(text), ())
    assert found is not None
    assert (found.issuers, found.dated_on) == (("云河省林业局",), None)


def test_it_says_where_names_and_day_stand() -> None:
    text = f"{BODY}\n云河省林业局\n2024年3月1日\n后文"
    found = find_signature(text, 0, len(text), ())
    assert found is not None
    assert text[found.start : found.end] == "云河省林业局\n2024年3月1日"


@pytest.mark.parametrize(
    "tail",
    [
        "\n（此件公开发布）",
        "\n（此件发至县团级）\n抄送：省委办公厅。\n云河省林业局办公室\n2024年3月2日印发",
        "云河省林业局办公室2024年3月2日印发",
        "\n（联系人：周例，电话：0997-1234567）",
        "\n（联系人：周例，电话：0997-1234567",
        "\n信息公开选项：主动公开\n抄送：省委办公厅。\n云河省林业局办公室 2024年3月2日印发",
        "\n公开方式：主动公开",
        "",
    ],
)
def test_it_ends_the_document_after_scope_copies_and_imprint(tail: str) -> None:
    signed = f"{BODY}\n云河省林业局\n2024年3月1日"
    text = f"{signed}{tail}\n春季防火方案"
    assert text[end_of_document(text, len(signed), len(text)) :].strip() == "春季防火方案"


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("云河省林业局办公室\n2024年3月2日印发", date(2024, 3, 2)),
        ("云河省林业局办公室 2024年3月2日 印发", date(2024, 3, 2)),
        ("云河省林业局办公室二〇二四年三月二日印发", date(2024, 3, 2)),
        ("2024年3月2日印发附件1值班表", date(2024, 3, 2)),
        ("2024年2月1日印发\n2024年3月2日印发", date(2024, 3, 2)),
    ],
)
def test_it_reads_the_day_of_issue(text: str, day: date) -> None:
    found = find_imprint(text, 0, len(text))
    assert found is not None
    assert found.issued_on == day


@pytest.mark.parametrize(
    "text", ["2024年3月2日印发的通知", "2024年3月2日印发《办法》", "2024年3月2日发出", "现印发给你们", ""]
)
def test_it_takes_no_other_day_for_the_day_of_issue(text: str) -> None:
    assert find_imprint(text, 0, len(text)) is None


@pytest.mark.parametrize(
    ("text", "offices"),
    [
        ("抄送：省委办公厅，省人大常委会办公厅。", ("省委办公厅", "省人大常委会办公厅")),
        ("抄送:省委编办。", ("省委编办",)),
        ("抄送：省委编办\n云河省林业局办公室\n2024年3月2日印发", ("省委编办",)),
        ("抄报：省政府。\n抄送：省财政厅。", ("省政府", "省财政厅")),
        ("抄送：各省、自治区、直辖市林业局（厅）、规划院。", ("各省、自治区、直辖市林业局（厅）、规划院",)),
        ("没有抄送机关。", ()),
    ],
)
def test_it_reads_the_copies(text: str, offices: tuple[str, ...]) -> None:
    assert copies(text, 0, len(text)) == offices


@pytest.mark.parametrize(
    ("text", "scope"),
    [
        ("（此件公开发布）", "此件公开发布"),
        ("(此件发至县团级)", "此件发至县团级"),
        ("（本文有删减）", None),
        ("", None),
    ],
)
def test_it_reads_the_scope(text: str, scope: str | None) -> None:
    assert scope_of(text, 0, len(text)) == scope


@pytest.mark.parametrize("below", ["\n附件：1.值班表", "附件:1.值班表", "\n抄送：省财政厅。", ""])
def test_it_ends_the_text_before_annexes_and_copies(below: str) -> None:
    text = f"三、认真执行。{below}"
    assert text[: text_end(text, 0, len(text))].strip() == "三、认真执行。"


def test_it_goes_on_past_an_annex_that_a_bracket_mentions() -> None:
    text = "填写登记表（附件：登记表）后报送。"
    assert text_end(text, 0, len(text)) == len(text)


@pytest.mark.parametrize(
    "below", ["\n联系人：周例", "（联系人：周例）", "联系人及电话：周例", "\n省林业局联系人：周例", ""]
)
def test_it_leaves_the_lines_of_contacts_out(below: str) -> None:
    text = f"认真执行。{below}"
    assert text[: without_contacts(text, 0, len(text))].strip() == "认真执行。"


@pytest.mark.parametrize("below", ["", "\n", "\n附件：防火方案", "\n抄送：省委办公厅。"])
def test_it_reads_a_day_on_the_last_line_that_nobody_signs(below: str) -> None:
    text = f"{BODY}\n        二〇二四年三月一日{below}"
    found = find_signature(text, 0, len(text), ())
    assert found is not None
    assert (found.issuers, found.dated_on) == ((), date(2024, 3, 1))


@pytest.mark.parametrize("text", ["会议时间：\n2024年3月1日\n上午九时。", f"{BODY}\n2024年3月1日\n林场防火要点"])
def test_it_takes_no_other_line_with_a_day_for_a_signature(text: str) -> None:
    assert find_signature(text, 0, len(text), ()) is None


def test_it_takes_a_row_of_a_table_for_no_signature() -> None:
    text = f"1\t完成排查\t云河省林业局\t2024年5月10日\n| 排查 | 云河省林业局 | 2024年5月10日 |\n{BODY}"
    assert find_signature(text, 0, len(text), ()) is None
