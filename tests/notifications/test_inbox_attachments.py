"""The files that come along: their names as clients write them, what is kept, what is refused, what is never opened."""

from __future__ import annotations

from base64 import b64encode

import pytest

from tests.notifications.incoming import LIMIT, file_part, mail, multipart, read, text_part

NAME = "2020年2月就业帮扶情况.docx"
GBK = NAME.encode("gb18030")


def quoted(data: bytes) -> str:
    return "".join(f"%{byte:02X}" for byte in data)


def encoded(data: bytes, charset: str) -> str:
    return f"=?{charset}?B?{b64encode(data).decode()}?="


NAMES: dict[str, str | bytes] = {
    "rfc 2231": f"filename*=UTF-8''{quoted(NAME.encode())}",
    "rfc 2231, gb2312": f"filename*=gb2312''{quoted(GBK)}",
    "rfc 2231, in pieces": (
        f"filename*0*=UTF-8''{quoted(NAME.encode()[:12])};\r\n filename*1*={quoted(NAME.encode()[12:])}"
    ),
    "rfc 2231, broken within a character": (
        f"filename*0*=gb18030''{quoted(GBK[:5])};\r\n filename*1*={quoted(GBK[5:])}"
    ),
    "rfc 2231 goes before the fallback": f"filename=\"a.doc\"; filename*=UTF-8''{quoted(NAME.encode())}",
    "encoded words (QQ, 163, Foxmail)": f'filename="{encoded(GBK, "gb2312")}"',
    "encoded words, unquoted": f"filename={encoded(NAME.encode(), 'utf-8')}",
    "encoded words, folded": (
        f'filename="{encoded(NAME.encode()[:10], "utf-8")}\r\n\t{encoded(NAME.encode()[10:], "utf-8")}"'
    ),
    "raw gbk": b'filename="' + GBK + b'"',
    "raw utf-8": b'filename="' + NAME.encode() + b'"',
    "raw and bare": b"filename=" + NAME.encode(),
}


@pytest.mark.parametrize("kind", NAMES)
def test_it_reads_a_name_however_it_is_written(kind: str) -> None:
    (found,) = read(multipart(text_part("见附件"), file_part(NAMES[kind], b"words"))).attachments
    assert (found.filename, found.content, found.refused, found.size) == (NAME, b"words", "", 5)


def test_it_reads_a_name_that_stands_on_the_type_only() -> None:
    part = f'Content-Type: application/msword; name="{encoded(GBK, "gbk")}"\r\n\r\nwords'.encode()
    assert read(multipart(text_part("见附件"), part)).attachments[0].filename == NAME


SAFE = [
    ('filename="../../etc/passwd.doc"', "passwd.doc"),
    ('filename="C:\\\\a\\\\b.doc"', "b.doc"),
    ('filename="a\x01b.doc"', "a b.doc"),
    ('filename="a:b*c?.doc"', "a_b_c_.doc"),
    ("filename*=UTF-8''a%E2%80%AEcod.doc", "a cod.doc"),
    ("filename*=UTF-8''a%0D%0AX: y.doc", "a X_ y.doc"),
    (f'filename="{"长" * 200}.doc"', "长" * 36 + ".doc"),
    ('filename="..doc"', "doc.doc"),
]


@pytest.mark.parametrize(("parameter", "name"), SAFE)
def test_it_makes_a_name_safe(parameter: str, name: str) -> None:
    (found,) = read(multipart(text_part("x"), file_part(parameter, media_type="application/msword"))).attachments
    assert found.filename == name


REFUSED = [
    ("a.exe", "application/octet-stream", "程序"),
    ("a.doc.exe", "application/msword", "程序"),
    ("a.exe.", "application/octet-stream", "程序"),
    ("a.exe .", "application/octet-stream", "程序"),
    ("A.JS", "text/plain", "程序"),
    ("a.doc", "application/x-msdownload", "程序"),
    ("a.html", "application/octet-stream", "网页"),
    ("a.svg", "image/svg+xml", "网页"),
    ("a.doc", "text/html", "网页"),
    ("a.zip", "application/zip", "压缩包"),
    ("a.rar", "application/octet-stream", "压缩包"),
    ("a.7z", "application/octet-stream", "压缩包"),
    ("a.docm", "application/octet-stream", "宏"),
    ("a.unknown", "application/octet-stream", "不是可以接收"),
    ("a", "application/octet-stream", "不是可以接收"),
]


@pytest.mark.parametrize(("name", "media_type", "why"), REFUSED)
def test_it_lists_what_it_refuses_and_says_why(name: str, media_type: str, why: str) -> None:
    (found,) = read(multipart(text_part("x"), file_part(f'filename="{name}"', b"MZ", media_type))).attachments
    assert why in found.refused
    assert found.content == b""


@pytest.mark.parametrize("ending", ["doc", "docx", "xls", "xlsx", "wps", "et", "ofd", "pdf", "jpg", "PNG", "txt"])
def test_it_keeps_documents_tables_and_pictures(ending: str) -> None:
    (found,) = read(multipart(text_part("x"), file_part(f'filename="a.{ending}"', b"\x00\xff"))).attachments
    assert (found.content, found.refused) == (b"\x00\xff", "")


def test_it_never_opens_what_it_keeps() -> None:
    not_a_document = b"PK\x03\x04 broken \x00" * 10
    (found,) = read(multipart(text_part("x"), file_part('filename="a.docx"', not_a_document))).attachments
    assert found.content == not_a_document


def test_it_names_a_file_without_a_name_by_its_type() -> None:
    part = b"Content-Type: application/pdf\r\nContent-Disposition: attachment\r\n\r\nwords"
    assert read(multipart(text_part("x"), part)).attachments[0].filename == "附件.pdf"


def test_it_tells_a_picture_in_the_text_from_a_file() -> None:
    picture = b"Content-Type: image/png; name=logo.png\r\nContent-ID: <logo>\r\n\r\nPNG"
    html = text_part('<p>正文<img src="cid:logo"></p>', "html")
    found = read(multipart(html, picture, kind="related"))
    assert [(each.filename, each.inline) for each in found.attachments] == [("logo.png", True)]
    assert found.text == "正文"
    assert (
        not read(multipart(text_part("x"), file_part('filename="a.png"', media_type="image/png"))).attachments[0].inline
    )


def test_it_keeps_the_only_part_where_that_is_a_file() -> None:
    raw = mail("words", 'Content-Disposition: attachment; filename="a.pdf"', content="Content-Type: application/pdf")
    assert [each.filename for each in read(raw).attachments] == ["a.pdf"]
    assert read(raw).text == ""


def test_it_names_a_winmail_dat_as_a_problem_and_keeps_it() -> None:
    raw = multipart(text_part("x"), file_part('filename="winmail.dat"', b"\x78\x9f", "application/ms-tnef"))
    (found,) = read(raw).attachments
    assert (found.filename, found.content, found.refused) == ("winmail.dat", b"\x78\x9f", "")
    assert any("winmail.dat" in problem for problem in read(raw).problems)


def test_it_keeps_at_most_fifty_and_names_that_there_were_more() -> None:
    found = read(multipart(*[file_part(f'filename="{number}.doc"') for number in range(60)]))
    assert len(found.attachments) == 50
    assert any("50" in problem for problem in found.problems)


def test_it_keeps_all_files_of_a_mail_within_the_limit_and_none_of_one_beyond_it() -> None:
    many = [file_part(f'filename="{number}.doc"', b"x" * 300_000) for number in range(3)]
    found = read(multipart(*many), limit=LIMIT * 2).attachments
    assert [each.size for each in found] == [300_000, 300_000, 300_000]
    beyond = read(multipart(*many), limit=LIMIT)
    assert beyond.attachments == ()
    assert any("限制" in problem for problem in beyond.problems)


def test_it_says_that_a_file_is_empty() -> None:
    assert read(multipart(file_part('filename="a.doc"', b""))).attachments[0].refused == "是空文件"


def test_it_reads_base64_that_is_broken_as_far_as_it_goes() -> None:
    part = file_part('filename="a.doc"', b"fourteen bytes").rstrip(b"=")
    noisy = part.replace(b"\r\n\r\n", b"\r\n\r\n!!\x00 ")
    assert read(multipart(noisy)).attachments[0].content == b"fourteen bytes"
