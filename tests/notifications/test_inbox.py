"""What a mail says: its headers as Chinese clients write them, its text, what it answers."""

from __future__ import annotations

import tempfile
from base64 import b64encode
from datetime import UTC, datetime

import pytest

from tests.notifications.incoming import OFFICE, OTHER_TOKEN, OWN, TOKEN, mail, multipart, read, text_part

SUBJECT = "回复：关于二〇二〇年工作的通知"


def word(text: str, codec: str, name: str = "", how: str = "B") -> str:
    data = text.encode(codec)
    if how == "B":
        return f"=?{name or codec}?B?{b64encode(data).decode()}?="
    return f"=?{name or codec}?Q?{''.join(f'={byte:02X}' for byte in data)}?="


GBK = SUBJECT.encode("gb18030")
UTF8 = SUBJECT.encode()
BASE64 = b64encode(UTF8).decode()
SUBJECTS: dict[str, str | bytes] = {
    "utf-8": word(SUBJECT, "utf-8"),
    "utf-8, quoted": word(SUBJECT, "utf-8", how="Q"),
    "gb2312, with a character beyond it": word(SUBJECT, "gb18030", "gb2312"),
    "gbk": word(SUBJECT, "gb18030", "GBK"),
    "gb_2312-80": word(SUBJECT, "gb18030", "GB_2312-80"),
    "x-gbk": word(SUBJECT, "gb18030", "x-gbk"),
    "cp936": word(SUBJECT, "gb18030", "cp936"),
    "a charset nobody knows": word(SUBJECT, "gb18030", "x-nonsense"),
    "a wrong charset": word(SUBJECT, "utf-8", "gb18030x"),
    "utf-8 that says gbk is not lost": word(SUBJECT + "。", "utf-8", "us-ascii"),
    "with a language": word(SUBJECT, "utf-8", "utf-8*zh"),
    "raw gbk": GBK,
    "raw utf-8": UTF8,
    "in two words": f"{word(SUBJECT[:5], 'utf-8')}\r\n {word(SUBJECT[5:], 'utf-8')}",
    "broken within a character": (
        f"=?utf-8?B?{b64encode(UTF8[:10]).decode()}?=\r\n =?utf-8?B?{b64encode(UTF8[10:]).decode()}?="
    ),
    "broken within a character, gbk": (
        f"=?gbk?B?{b64encode(GBK[:9]).decode()}?=\r\n\t=?gbk?B?{b64encode(GBK[9:]).decode()}?="
    ),
    "broken within base64": f"=?utf-8?B?{BASE64[:18]}?= =?utf-8?B?{BASE64[18:]}?=",
    "without padding": f"=?utf-8?B?{b64encode(UTF8).decode().rstrip('=')}?=",
    "side by side": f"{word(SUBJECT[:5], 'utf-8')}{word(SUBJECT[5:], 'utf-8')}",
    "in two charsets": f"{word(SUBJECT[:5], 'gb18030', 'gb2312')} {word(SUBJECT[5:], 'utf-8')}",
}


@pytest.mark.parametrize("kind", SUBJECTS)
def test_it_reads_a_subject_however_it_is_written(kind: str) -> None:
    value = SUBJECTS[kind]
    line = b"Subject: " + (value if isinstance(value, bytes) else value.encode())
    assert read(mail("正文", line)).subject.rstrip("。") == SUBJECT


def test_it_reads_raw_big5_in_a_header_where_the_mail_says_so() -> None:
    raw = mail("內文".encode("big5"), b"Subject: " + "關於通知".encode("big5"), charset="big5")
    assert (read(raw).subject, read(raw).text) == ("關於通知", "內文")


CHARSETS = [
    "gb2312", "GBK", "gb_2312-80", "x-gbk", "cp936", "GB18030", "utf-8", "", "x-unknown", "us-ascii", "iso-8859-1",
]  # fmt: skip


@pytest.mark.parametrize("charset", CHARSETS)
def test_it_reads_the_zero_that_gb2312_corrupts(charset: str) -> None:
    for codec in ("gb18030", "utf-8"):
        if codec == "gb18030" or charset.lower()[:2] not in ("gb", "x-", "cp"):
            assert read(mail("二〇二〇年三月，镕".encode(codec), charset=charset)).text == "二〇二〇年三月，镕"


def test_it_names_a_charset_that_cannot_be_right_and_goes_on() -> None:
    mixed = read(mail(b"\xff\xfe\xff" + "收到".encode(), charset="utf-8"))
    assert "收到" in mixed.text
    assert any("编码" in problem for problem in mixed.problems)
    lied = read(mail("收到二〇二〇".encode("gb18030"), charset="utf-8"))
    assert (lied.text, lied.problems) == ("收到二〇二〇", ())


def test_it_reads_a_text_in_latin_letters_as_it_says() -> None:
    assert read(mail("Grüße aus Köln".encode("latin-1"), charset="iso-8859-1")).text == "Grüße aus Köln"


SENDERS = [
    (f"From: {OFFICE}", "", OFFICE),
    (f"From: 平安县扶贫办 <{OFFICE}>", "平安县扶贫办", OFFICE),
    (f'From: "{word("平安县扶贫办", "gb18030", "gb2312")}" <{OFFICE}>', "平安县扶贫办", OFFICE),
    (f"From: {word('平安县扶贫办', 'utf-8')} <PingAn@Example.NET>", "平安县扶贫办", OFFICE),
    ("From: 平安县扶贫办".encode("gb18030") + f" <{OFFICE}>".encode(), "平安县扶贫办", OFFICE),
    (f'From: "boss@example.org" <{OFFICE}>', "boss@example.org", OFFICE),
    (f"From: {word('a <boss@example.org>', 'utf-8')} <{OFFICE}>", "a <boss@example.org>", OFFICE),
    (f"From: {word('平安 <boss@example.org>', 'utf-8')}", "", ""),
    (f"From: {OFFICE}, boss@example.org", "", ""),
    ("From: 平安县扶贫办", "", ""),
    ("From: <>", "", ""),
    ("X-Nothing: here", "", ""),
    (f"From: {OFFICE} (平安 (boss@example.org))", "", OFFICE),
]  # fmt: skip


@pytest.mark.parametrize(("line", "name", "address"), SENDERS)
def test_it_takes_the_address_from_what_is_no_encoded_word(line: bytes | str, name: str, address: str) -> None:
    found = read(mail("正文", sender=line))
    assert (found.from_name, found.from_address) == (name, address)


def test_it_names_a_sender_that_is_none_or_several() -> None:
    assert "发件人不止一个" in read(mail("x", sender=f"From: {OFFICE}, b@example.org")).problems
    assert "发件人地址无法辨认" in read(mail("x", sender="From: 平安")).problems


def test_it_holds_no_line_break_in_a_header_whatever_is_encoded_there() -> None:
    evil = word("标题\r\nBcc: a@example.org\x00\u2028\u202e", "utf-8")
    found = read(mail("x", f"Subject: {evil}", "Message-ID: <a\x0b@b>"))
    assert found.subject == "标题 Bcc: a@example.org"
    assert len(read(mail("x", "Subject: " + "长" * 5_000)).subject) == 500


DATES = [
    ("Fri, 14 Feb 2020 09:40:12 +0800", datetime(2020, 2, 14, 1, 40, 12, tzinfo=UTC)),
    ("Fri, 14 Feb 2020 09:40:12 +0800 (CST)", datetime(2020, 2, 14, 1, 40, 12, tzinfo=UTC)),
    ("14 Feb 2020 01:40 -0000", datetime(2020, 2, 14, 1, 40, tzinfo=UTC)),
    ("yesterday", None),
    ("", None),
    ("Fri, 99 Feb 2020 09:40:12 +0800", None),
    ("Fri, 31 Dec 9999 23:59:59 -0800", None),
    ("Fri, 14 Feb 2020 09:40:12 +9999999", None),
]


@pytest.mark.parametrize(("value", "instant"), DATES)
def test_it_reads_the_date_as_an_aware_instant_or_not_at_all(value: str, instant: datetime | None) -> None:
    raw = f"From: {OFFICE}\r\nDate: {value}\r\n\r\nx".encode()
    assert read(raw).dated_at == instant


def test_it_keys_a_mail_by_its_message_id_and_else_by_its_bytes() -> None:
    named = read(mail("x", "Message-ID:\r\n <abc@example.net>"))
    assert (named.key, named.message_id) == ("abc@example.net", "abc@example.net")
    unnamed = read(mail("x"))
    assert unnamed.key == f"sha256:{unnamed.sha256}"
    assert read(mail("y")).key != unnamed.key


def test_it_lists_what_a_mail_answers_oldest_first() -> None:
    found = read(mail("x", "References: <a@x>\r\n <b@x> <c@x>", "In-Reply-To: <d@x>"))
    assert found.references == ("a@x", "b@x", "c@x", "d@x")
    assert read(mail("x", "In-Reply-To: <a@\r\n x>")).references == ("a@x",)
    assert read(mail("x", "References: a@x b@x")).references == ("a@x", "b@x")
    many = "".join(f"<{number}@x>\r\n " for number in range(5_000))
    assert len(read(mail("x", f"References: {many.strip()}")).references) <= 201


@pytest.mark.parametrize("name", ["To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To"])
def test_it_finds_a_token_behind_a_plus(name: str) -> None:
    assert read(mail("x", f"{name}: 督办 <duban+{TOKEN.upper()}@example.org>")).tokens == (TOKEN,)


def test_it_finds_tokens_in_the_answered_message_ids_the_direct_one_first() -> None:
    found = read(mail("x", f"References: <{OTHER_TOKEN}@example.org> <{TOKEN}@example.org>",
                      f"In-Reply-To: <{TOKEN}@example.org>"))  # fmt: skip
    assert found.tokens == (TOKEN, OTHER_TOKEN)
    both = read(mail("x", f"Delivered-To: duban+{OTHER_TOKEN}@example.org", f"In-Reply-To: <{TOKEN}@example.org>"))
    assert both.tokens == (OTHER_TOKEN, TOKEN)


@pytest.mark.parametrize(
    "field",
    ["Subject: 7.0123456789abcdef01234567@x", "To: 7.0123456789abcdef01234567@x", "To: a+7.0123@x",
     "In-Reply-To: <x.7.0123456789abcdef01234567@x>", "Reply-To: a+7.0123456789abcdef01234567@x"],
)  # fmt: skip
def test_it_takes_nothing_else_for_a_token(field: str) -> None:
    assert read(mail("x+7.0123456789abcdef01234567@x", field)).tokens == ()


def test_it_prefers_plain_text_and_falls_back_to_html() -> None:
    both = multipart(text_part("纯文本"), text_part("<p>网页</p>", "html"), kind="alternative")
    assert read(both).text == "纯文本"
    empty = multipart(text_part("\r\n \r\n"), text_part("<p>网页</p>", "html"), kind="alternative")
    assert read(empty).text == "网页"


HTML = """<html><head><title>标题</title><style>p{color:red}</style><script>alert(1)</script></head><body>
<div>已<b>签</b>收<span style="display:none">隐藏</span>。</div><p>第二段<br>第三行</p>
<!-- 注释 --><img src="http://tracker.example.org/x.png" alt="图"><table><tr><td>甲</td><td>乙</td></tr></table>
<div style="font-size:0px">零</div><div hidden>藏</div><object>物</object></body></html>"""


def test_it_reads_html_as_a_person_sees_it() -> None:
    found = read(mail(HTML, content="Content-Type: text/html; charset=utf-8"))
    assert [line for line in found.text.split("\n") if line] == ["已签收。", "第二段", "第三行", "甲 乙"]


def test_it_reads_html_in_the_charset_its_meta_names() -> None:
    page = '<meta http-equiv="Content-Type" content="text/html; charset=gb2312"><p>二〇二〇</p>'.encode("gb18030")
    assert read(mail(page, content="Content-Type: text/html")).text == "二〇二〇"


def test_it_fetches_nothing_and_expands_no_entity() -> None:
    with tempfile.NamedTemporaryFile("w", suffix=".txt", delete=False) as secret:
        secret.write("secret words")
    page = f'<!DOCTYPE html [<!ENTITY x SYSTEM "file://{secret.name}">]><p>&x; 正文</p>'
    found = read(mail(page, content="Content-Type: text/html; charset=utf-8"))
    assert "secret" not in found.text
    assert "正文" in found.text


@pytest.mark.parametrize(
    "quote",
    ['<blockquote type="cite">原文</blockquote>', '<blockquote class="gmail_quote">原文</blockquote>',
     '<blockquote style="border-left:1px solid #ccc">原文</blockquote>',
     '<blockquote id="isReplyContent">原文</blockquote>',
     "<div>------------------&nbsp;原始邮件&nbsp;------------------</div><div>发件人: a</div><div>原文</div>",
     "<includetail><div>------------------ Original ------------------</div>原文</includetail>",
     "<div><b>发件人:</b>&nbsp;a<br><b>发送时间:</b> 2020年2月14日<br><b>收件人:</b> b<br><b>主题:</b> c</div>原文"],
)  # fmt: skip
def test_it_cuts_what_html_clients_quote(quote: str) -> None:
    found = read(mail(f"<div>已签收。</div>{quote}", content="Content-Type: text/html; charset=utf-8"))
    assert found.written == "已签收。"
    assert "原文" in found.text


def test_it_keeps_what_a_person_only_indented() -> None:
    page = '<div>如下：</div><blockquote style="margin:0 0 0 40px;border:none">一、口罩</blockquote>'
    assert read(mail(page, content="Content-Type: text/html; charset=utf-8")).written == "如下：\n一、口罩"


def test_it_does_not_read_the_text_of_a_message_within() -> None:
    inner = b"Content-Type: message/rfc822\r\n\r\n" + mail("申请延期至3月10日")
    found = read(multipart(text_part("见附件"), inner))
    assert found.text == "见附件"
    assert [each.media_type for each in found.attachments] == ["message/rfc822"]


def test_it_reads_what_bears_no_headers_at_all_or_lone_line_ends() -> None:
    assert read("已签收\n".encode()).text == "已签收\n"
    assert read(f"From: {OFFICE}\rSubject: a\r\r已签收".encode()).text == "已签收"
    assert read(b"From mailer Fri Feb 14\r\n" + mail("已签收")).from_address == OFFICE
    assert read(b"").text == ""


def test_it_reads_only_the_headers_of_what_is_too_large() -> None:
    found = read(mail("长" * 1_000, "Subject: 大", f"To: duban+{TOKEN}@example.org"), limit=1_000)
    assert (found.subject, found.tokens, found.text, found.attachments) == ("大", (TOKEN,), "", ())
    assert any("限制" in problem for problem in found.problems)


def test_it_reads_a_mail_of_ours_that_is_answered() -> None:
    raw = mail(
        f'已签收。\r\n\r\n在 2020-02-14 09:40:12，"督办系统" <{OWN}> 写道：\r\n\r\n请尽快签收'.encode("gb18030"),
        f"In-Reply-To: <{TOKEN}@example.org>",
        charset="gb2312",
    )
    found = read(raw)
    assert (found.written, found.tokens, found.automatic, found.is_loop, found.problems) == (
        "已签收。", (TOKEN,), "", "", (),
    )  # fmt: skip
