"""What a mail says: subject, text and HTML of each kind."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from html.parser import HTMLParser
from itertools import groupby
from typing import Any

import pytest

from notifications.messages import Item, NoticeKind, Tone
from notifications.render import SUBJECT_LENGTH, render
from tests.notifications.letters import NUMBER, TITLE, item, letter, rate

NEEDS_ITEM = [kind for kind in NoticeKind if kind not in (NoticeKind.ALARM, NoticeKind.AUDIT_HEAD, NoticeKind.TEST)]


class Visible(HTMLParser):
    """What a reader sees, and whether the elements nest."""

    VOID = ("meta", "br", "img")

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.open: list[str] = []
        self.rows = 0
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, _attrs: object) -> None:
        if tag not in self.VOID:
            self.open.append(tag)
        self.rows += tag == "tr"

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data.strip())


def visible(html: str) -> str:
    page = Visible(html)
    assert page.open == []
    return "".join(page.words)


@pytest.mark.parametrize("kind", NoticeKind)
def test_it_says_what_until_when_what_to_do_why_and_whom_to_ask(kind: NoticeKind) -> None:
    one = item(NoticeKind.DUE_SOON if kind is NoticeKind.DIGEST else kind)
    rendered = render(letter(one, kind=kind))
    for words in (rendered.text, visible(rendered.html)):
        assert f"{NUMBER}《{TITLE}》" in words
        assert "2020年4月5日（星期日）24时前（北京时间）" in words
        assert "报送外出务工情况（2020年3月）" in words
        assert "现在要做：今日内报送，或申请延期" in words
        assert "收到原因：你是东山县人民政府登记的经办人" in words
        assert "咨询联系：督查处 陈同志，duban@example.org" in words
        assert "DB-2020-000123" in words
        assert words.count("北京时间") == 2
        assert "2020年4月8日 9:05（北京时间）" in words


@pytest.mark.parametrize("kind", NoticeKind)
def test_it_renders_every_kind_with_none_one_or_many_items_and_empty_optional_fields(kind: NoticeKind) -> None:
    bare = item(kind, document_number="", due_text="", period_text="", light_text="", deliver_to="", reference="")
    for items in ((), (bare,), (bare, bare)):
        rendered = render(letter(*items, kind=kind, contact_text="", recipient_name=""))
        assert rendered.subject
        assert visible(rendered.html)
        assert "None" not in rendered.subject + rendered.text + rendered.html


@pytest.mark.parametrize(
    ("kind", "subject"),
    [
        (NoticeKind.CIRCULAR, f"请签收并办理：{NUMBER}《{TITLE}》"),
        (NoticeKind.RECEIPT_REMINDER, f"请尽快签收：{NUMBER}《{TITLE}》"),
        (NoticeKind.DUE_SOON, f"时限临近：报送外出务工情况，2020年4月5日（星期日）24时前（{NUMBER}《{TITLE}》）"),
        (NoticeKind.OVERDUE, f"逾期催办：报送外出务工情况，已逾期 2 个工作日（{NUMBER}《{TITLE}》）"),
        (
            NoticeKind.ESCALATION,
            f"逾期上报：东山县人民政府已逾期 2 个工作日，报送外出务工情况（{NUMBER}《{TITLE}》）",
        ),
        (NoticeKind.WITHDRAWN, f"撤回通知：{NUMBER}《{TITLE}》"),
    ],
)
def test_it_puts_what_matters_into_the_subject(kind: NoticeKind, subject: str) -> None:
    assert render(letter(item(kind))).subject == subject


@pytest.mark.parametrize("tag", ["特急", "加急", "紧急"])
def test_it_begins_an_urgent_subject_with_its_urgency(tag: str) -> None:
    rendered = render(letter(item(), urgency_tag=tag))
    assert rendered.subject.startswith(f"【{tag}】逾期催办")
    assert tag in visible(rendered.html)


@pytest.mark.parametrize("kind", NEEDS_ITEM)
def test_it_keeps_the_document_number_in_a_subject_cut_to_length(kind: NoticeKind) -> None:
    long = item(
        kind,
        circular_title="关于" + "进一步" * 60,
        matter="报送" + "情况" * 60,
        document_number="清人社联发〔2020〕123号",
    )
    subject = render(letter(long, urgency_tag="特急")).subject
    assert len(subject) <= SUBJECT_LENGTH
    assert "清人社联发〔2020〕123号" in subject


def test_it_keeps_line_breaks_and_control_characters_out_of_the_subject() -> None:
    nasty = item(matter="报送\r\nBcc: x@example.org\x00\x85\u2028情况", circular_title="标题\r\n\r\n正文")
    subject = render(letter(nasty)).subject
    assert re.search(r"[\x00-\x1f\x7f\x85\u2028\u2029]", subject) is None
    assert len(subject.splitlines()) == 1


def test_it_tells_two_circulars_of_the_same_title_apart() -> None:
    one, other = (
        render(letter(item(document_number=number))) for number in ("清政办发〔2020〕7号", "清政办发〔2021〕7号")
    )
    assert one.subject != other.subject
    digest = render(letter(item(), item(document_number="清政办发〔2021〕7号")))
    assert {"清政办发〔2020〕7号", "清政办发〔2021〕7号"} <= set(re.findall(r"清政办发〔\d+〕7号", digest.text))
    unnumbered = [render(letter(item(document_number="", reference=number))) for number in ("DB-1", "DB-2")]
    assert unnumbered[0].subject != unnumbered[1].subject


def test_it_names_no_document_where_there_is_none() -> None:
    urgent = item(NoticeKind.URGENT_REPORT, document_number="", circular_title="", matter="首报：山体滑坡")
    rendered = render(letter(urgent, urgency_tag="紧急"))
    assert rendered.subject == "【紧急】紧急信息：东山县人民政府 首报：山体滑坡"
    assert "文件" not in rendered.text


def test_it_shows_no_title_marks_twice() -> None:
    assert "《《" not in render(letter(item(circular_title=f"《{TITLE}》"))).text


def test_it_counts_the_items_and_what_is_overdue_in_a_digest() -> None:
    items = [item(NoticeKind.OVERDUE, document_number="a"), item(NoticeKind.ESCALATION)]
    items += [item(NoticeKind.DUE_SOON)] * 3
    assert render(letter(*items)).subject == "督办提醒：5项（逾期2项）"
    late_receipt = item(NoticeKind.RECEIPT_REMINDER, tone=Tone.RED, document_number="b")
    assert render(letter(late_receipt, item(NoticeKind.DUE_SOON))).subject == "督办提醒：2项（逾期1项）"


def test_it_names_the_document_of_a_list_about_one_document() -> None:
    unsigned = [item(NoticeKind.UNSIGNED_LIST, office_name=f"第{number}县") for number in range(37)]
    subject = render(letter(*unsigned, kind=NoticeKind.UNSIGNED_LIST)).subject
    assert subject == f"未签收清单：37项：{NUMBER}《{TITLE}》"


def test_it_groups_a_digest_by_kind_with_what_is_overdue_first() -> None:
    mixed = [NoticeKind.REPORT_RECEIVED, NoticeKind.DUE_SOON, NoticeKind.OVERDUE, NoticeKind.DUE_SOON]
    rendered = render(letter(*(item(kind) for kind in mixed)))
    for words in (rendered.text, visible(rendered.html)):
        found = re.findall(r"(逾期催办|临期提醒|报送回执)[（】]", words)
        assert [label for label, _ in groupby(found)] == ["逾期催办", "临期提醒", "报送回执"]


def test_it_says_once_what_all_items_of_a_group_share_and_beside_each_what_they_do_not() -> None:
    shared = render(letter(item(), item()))
    assert shared.text.count("收到原因：") == shared.html.count("收到原因：") == 1
    assert shared.text.count("现在要做：") == 1
    apart = render(letter(item(why="你是经办人"), item(why="你代办王某的工作", what_to_do="先签收")))
    for words in (apart.text, visible(apart.html)):
        assert "你是经办人" in words
        assert "你代办王某的工作" in words
        assert words.count("现在要做：") == 2


def test_it_shows_every_one_of_500_items() -> None:
    items = [
        item(NoticeKind.ESCALATION, office_name=f"第{number:03}县", document_number=f"清办〔2020〕{number}号")
        for number in range(500)
    ]
    rendered = render(letter(*items))
    for number in range(500):
        assert f"第{number:03}县" in rendered.text
        assert f"第{number:03}县" in rendered.html
    assert Visible(rendered.html).rows > 500


def test_it_stays_readable_and_bounded_whatever_there_is_to_tell() -> None:
    """After an outage a superior may have thousands of late offices: the first are listed, all are counted."""
    late = [
        item(office_name=f"第{number:04}县", document_number=f"清办〔2020〕{number % 30}号", tone=Tone.RED)
        for number in range(5000)
    ]
    confirmed = [item(NoticeKind.REPORT_RECEIVED, office_name="东山县", document_number="清办〔2020〕1号")] * 3
    rendered = render(letter(*late, *confirmed))
    assert rendered.subject == "督办提醒：5003项（逾期5000项）"
    assert "【逾期催办】5000项" in rendered.text
    assert "【报送回执】3项" in rendered.text
    for words in (rendered.text, visible(rendered.html)):
        assert "第0000县" in words
        assert "第0499县" in words
        assert "第0500县" not in words
        assert "另有4500项未逐一列出" in words
        assert "清办〔2020〕0号" in words
        assert "其他文件：1500项" in words
        assert "另有3项未逐一列出" in words
    assert len(rendered.html) < 600_000
    assert len(rendered.text) < 200_000


def test_it_says_once_why_a_superior_hears_of_many_offices() -> None:
    offices = ["东山县", "西山县", "南山县"]
    items = [item(NoticeKind.ESCALATION, office_name=each, why=f"{each}由贵单位督促") for each in offices]
    for words in (render(letter(*items)).text, visible(render(letter(*items)).html)):
        assert words.count("收到原因：") == 1
        assert "所列单位由贵单位督促" in words
    (alone,) = [render(letter(items[0])).text]
    assert "东山县由贵单位督促" in alone


def test_it_escapes_what_comes_from_outside_in_every_field() -> None:
    evil = "<script>alert(1)</script><img src=x onerror=y>&\"'"
    texts: dict[str, Any] = {name: evil for name in Item.__dataclass_fields__ if name not in ("kind", "tone")}
    for kind in NoticeKind:
        nasty = replace(item(kind), **texts)
        for items in ((nasty,), (nasty, nasty)):
            html = render(
                letter(
                    *items, kind=kind, urgency_tag=evil, recipient_name=evil, recipient_office=evil, sender_office=evil,
                    contact_text=evil, body_text=evil, summary=((evil, evil),),
                )
            ).html  # fmt: skip
            assert "<script" not in html
            assert "<img" not in html


def test_it_loads_nothing_from_anywhere_and_links_to_nothing() -> None:
    for kind in NoticeKind:
        html = render(letter(item(kind), item(kind), kind=kind)).html
        assert re.search(r"(?i)https?://|src=|href=|url\(|<link|@import|blue", html) is None


def test_it_always_says_the_status_in_words_beside_its_colour() -> None:
    for tone in Tone:
        assert "状态词" in visible(render(letter(item(light_text="状态词", tone=tone))).html)


def test_it_keeps_the_paragraphs_of_an_urgent_report() -> None:
    rendered = render(letter(item(NoticeKind.URGENT_REPORT), body_text="第一段。\n\n　　第二段。\n"))
    assert "第一段。\n\n　　第二段。\n" in rendered.text
    assert re.search(r"<p[^>]*>第一段。</p>\s*<p[^>]*>\xa0</p>\s*<p[^>]*>　　第二段。</p>", rendered.html)


def test_it_shows_the_reason_of_a_return_and_the_summary_of_the_audit_head() -> None:
    assert "退回理由：缺少附表" in render(letter(item(NoticeKind.RETURNED, detail="缺少附表"))).text
    head = render(letter(kind=NoticeKind.AUDIT_HEAD, summary=(("序号", "812"), ("哈希", "ab12"))))
    assert "序号：812\n哈希：ab12" in head.text
    assert "哈希ab12" in visible(head.html)


def test_it_names_the_office_only_where_it_is_not_the_recipients_own() -> None:
    assert "单位：" not in render(letter(item(NoticeKind.OVERDUE))).text
    superior = render(letter(item(NoticeKind.ESCALATION), recipient_office="西岭市人民政府"))
    assert "单位：东山县人民政府" in superior.text


def test_it_refuses_a_time_without_a_zone() -> None:
    with pytest.raises(ValueError, match="aware"):
        render(letter(item(), sent_at=datetime(2020, 4, 8, 9, 5)))  # noqa: DTZ001


def test_it_renders_more_than_two_thousand_single_mails_a_second() -> None:
    one = letter(item())
    assert rate(lambda: render(one)) > 2000
