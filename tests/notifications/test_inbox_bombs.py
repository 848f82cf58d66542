"""Mails made to exhaust whoever reads them: they are read as far as the limits go, and the limits are named."""

from __future__ import annotations

import tracemalloc

from notifications.html_text import text_of
from notifications.inbox import read_mail
from notifications.mime import DEPTH, FIELDS, PARTS
from tests.notifications.incoming import LIMIT, OFFICE, OWN, file_part, mail, multipart, read, text_part


def named(problems: tuple[str, ...], words: str) -> bool:
    return any(words in problem for problem in problems)


def test_it_stops_at_a_thousand_nested_parts() -> None:
    body = text_part("最里面")
    for level in range(1_000):
        head = f'Content-Type: multipart/mixed; boundary="b{level}"\r\n\r\n--b{level}\r\n'
        body = head.encode() + body + f"\r\n--b{level}--\r\n".encode()
    found = read(f"From: {OFFICE}\r\n".encode() + body)
    assert named(found.problems, f"超过 {DEPTH} 层")
    assert (found.from_address, found.text) == (OFFICE, "")


def test_it_reads_parts_within_the_depth_it_allows() -> None:
    body = text_part("最里面")
    for level in range(DEPTH - 2):
        body = f"Content-Type: multipart/mixed; boundary=b{level}\r\n\r\n--b{level}\r\n".encode() + body
    found = read(f"From: {OFFICE}\r\n".encode() + body)
    assert (found.text, found.problems) == ("最里面", ())


def test_it_stops_at_many_parts() -> None:
    found = read(multipart(*[text_part(str(number)) for number in range(5_000)]))
    assert named(found.problems, f"超过 {PARTS} 段")
    assert found.text.startswith("0\n1\n2\n")


def test_it_stops_at_many_lines_that_look_like_boundaries() -> None:
    content = 'Content-Type: multipart/mixed; boundary="a"'
    found = read(mail(b"--ab\r\n" * 60_000, content=content))
    assert named(found.problems, "分隔标记过多")


def test_it_stops_at_many_headers_and_at_long_ones() -> None:
    many = read(
        b"".join(b"X-%d: y\r\n" % number for number in range(100_000)) + b"Subject: late\r\n\r\nbody", limit=2 * LIMIT
    )
    assert named(many.problems, "邮件头过长") or named(many.problems, f"超过 {FIELDS} 项")
    assert many.text == "body"
    long = read(b"Subject: " + b"a" * 1_000_000 + b"\r\n\r\nbody")
    assert named(long.problems, "过长")
    assert len(long.subject) == 500
    folded = read(b"Subject: a\r\n" + b" b\r\n" * 100_000 + b"\r\nbody")
    assert named(folded.problems, "过长")
    words = read(b"Subject: " + b"=?utf-8?B?5Zue?=" * 20_000 + b"\r\n\r\nbody", limit=LIMIT)
    assert words.subject.startswith("回回")


def test_it_reads_only_the_headers_of_an_attachment_of_two_hundred_megabytes() -> None:
    raw = multipart(text_part("见附件"), b"Content-Type: application/pdf\r\n\r\n" + b"A" * 200_000_000)
    tracemalloc.start()
    found = read_mail(raw, own_addresses=[OWN], max_bytes=25 * LIMIT)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (found.from_address, found.text, found.attachments) == (OFFICE, "", ())
    assert named(found.problems, "只读取了邮件头")
    assert peak < LIMIT


def test_it_takes_no_more_memory_than_a_few_times_the_mail() -> None:
    raw = multipart(text_part("见附件"), file_part('filename="a.pdf"', b"\x00" * 12 * LIMIT))
    tracemalloc.start()
    found = read_mail(raw, own_addresses=[OWN], max_bytes=25 * LIMIT)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found.attachments[0].size == 12 * LIMIT
    assert peak < 4 * len(raw)


def test_it_reads_deep_and_broken_html() -> None:
    deep = "<div>" * 200_000 + "正文"
    assert read(mail(deep, content="Content-Type: text/html; charset=utf-8"), limit=2 * LIMIT).size > LIMIT // 2
    wide = "<p>段</p>" * 50_000
    assert read(mail(wide, content="Content-Type: text/html; charset=utf-8")).text.startswith("段\n")
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + "".join(
        f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9)
    )
    assert len(read(mail(bomb + "]><p>&j;</p>", content="Content-Type: text/html; charset=utf-8")).text) < 1_000


def test_it_reads_long_lines_of_every_kind_that_patterns_look_for() -> None:
    for unit in (
        "<",
        ">",
        "(",
        '"',
        "a@",
        "在",
        "于",
        "发件人",
        "-",
        " ",
        "，",
        "因",
        "&",
        "=?",
        "\u3000",
        "1",
        "[",
        "|",
        "报送",
    ):
        text = unit * (300_000 // len(unit.encode()))
        found = read(mail(text, f"Subject: {text[:60_000]}", f"References: {text[:60_000]}".replace("\u3000", "x")))
        assert found.size > 200_000


def test_it_reads_long_lines_of_a_bounce() -> None:
    for unit in ("a", "a@b", "收件人", "<", "550 ", "退信原因", "5.1.", " "):
        text = unit * (300_000 // len(unit.encode()))
        found = read(mail(text, "Subject: 系统退信", sender="From: postmaster@example.net"))
        assert found.is_bounce


def test_it_reads_a_tag_with_ever_so_many_attributes_and_tags_ever_so_deep() -> None:
    """To make a tree of these would take minutes, and one mail would hold up all others."""
    attributes = " ".join(f"a{number}=1" for number in range(200_000))
    assert text_of(f"<p {attributes}>收悉</p>") == "收悉"
    assert text_of(f"{'<div>' * 100_000}收悉") == "收悉"
