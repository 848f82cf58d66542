"""Pages for tests as a printer would set them, written as PDF byte by byte and as OFD part by part."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from io import BytesIO
from itertools import groupby
from math import cos, pi, sin
from zipfile import ZIP_DEFLATED, ZipFile

from domain.reading.draft import draft_as_json, read_document

CIRCULAR = """^青川市水务局文件
^青水发〔2020〕12号
^青川市水务局关于做好农村饮水安全排查整治工作的通知
各县（市、区）水务局，局属各单位：
为做好农村饮水安全工作，保障群众喝上放心水，按照全省水务工作会议部署，经市政府同意，现就有关事项通知如下，请认真抓好落实，不得延误。
一、全面排查
各县（市、区）水务局要对辖区内集中供水工程和分散供水点逐一排查，建立问题台账，明确整改措施、责任单位和完成时限，于2020年3月20日前将排查情况报市水务局。排查情况要经主要负责同志签字，不得漏报瞒报，发现重大隐患随时报告。
二、立即整改
能够立即改的当天改正；需要时间的要挂图作战，逐项销号，做到底数清、情况明、责任实。自4月份起，每月5日前将整改进展报市水务局农水科。
三、加强管护
（一）落实管护人员。每处工程都要有人管、有人护，管护人员名单在村务公开栏公示。
（二）落实管护经费。管护经费要列入年度预算，专款专用，任何单位和个人不得截留挪用。
联系人：某例例　电话：0800-1234567
\t青川市水务局
\t2020年2月20日
"""

WIDTH, HEIGHT = 595.0, 842.0
LEFT, TOP, SIZE, LEADING = 74.0, 760.0, 16.0, 28.0
LINE_SIGNS, PAGE_LINES = 28, 22


@dataclass(frozen=True)
class Text:
    """Signs in a row from a place on (points, upwards), spaced out by `spaced` sizes, turned left by quarters."""

    x: float
    y: float
    text: str
    size: float = SIZE
    turn: float = 0
    spaced: float = 0
    is_hidden: bool = False


@dataclass(frozen=True)
class Stroke:
    """A straight line."""

    x1: float
    y1: float
    x2: float
    y2: float


@dataclass(frozen=True)
class Picture:
    """A grey picture."""

    x: float
    y: float
    width: float
    height: float


Item = Text | Stroke | Picture
Page = Sequence[Item]


def set_pages(text: str, *, signs: int = LINE_SIGNS, size: float = SIZE) -> list[list[Item]]:
    """Set a text as a typist does: paragraphs indented by two signs, short first lines in the middle, page numbers.

    A line that begins with a tab stands at the right.
    """
    lines: list[tuple[float, str]] = []
    for paragraph in text.split("\n"):
        if paragraph.startswith("\t"):
            lines.append(((signs - 4 - _width(paragraph.strip())) * size, paragraph.strip()))
        elif paragraph.startswith("^"):
            rows = _filled(paragraph[1:], signs, signs)
            lines += [((signs - _width(row)) * size / 2, row) for row in rows]
        else:
            indent = 0 if paragraph.endswith("：") else 2
            first, *rest = _filled(paragraph, signs - indent, signs)
            lines += [(indent * size, first), *((0.0, row) for row in rest)]
    pages: list[list[Item]] = []
    for begin in range(0, len(lines), PAGE_LINES):
        page: list[Item] = [
            Text(LEFT + shift, TOP - index * size * LEADING / SIZE, row, size)
            for index, (shift, row) in enumerate(lines[begin : begin + PAGE_LINES])
        ]
        pages.append([*page, Text(WIDTH / 2 - 20, 60, f"— {len(pages) + 1} —", 14)])
    return pages


def table(x: float, y: float, widths: Sequence[float], rows: Sequence[Sequence[str]], size: float = 12) -> list[Item]:
    """A ruled table whose cells break their own lines."""
    items: list[Item] = []
    edges = [x + sum(widths[:index]) for index in range(len(widths) + 1)]
    top = y
    for row in rows:
        broken = [_broken(cell, (width - 8) / size) for cell, width in zip(row, widths, strict=True)]
        height = max(map(len, broken)) * size * 1.3 + 8
        for left, cell_lines in zip(edges, broken, strict=False):
            first = top - 4 - size + (len(cell_lines) * size * 1.3 - height + 8) / 2  # in the middle of its height
            items += [Text(left + 4, first - index * size * 1.3, line, size) for index, line in enumerate(cell_lines)]
        items.append(Stroke(edges[0], top, edges[-1], top))
        items += [Stroke(edge, top, edge, top - height) for edge in edges]
        top -= height
    return [*items, Stroke(edges[0], top, edges[-1], top)]


def _width(text: str) -> float:
    return sum(0.5 if sign < "\x80" else 1.0 for sign in text)


def _filled(text: str, first: float, room: float) -> list[str]:
    """Lines of so many full widths, broken wherever they are full, as typists let numbers be; the first has its own."""
    lines, left = [""], first
    for sign in text:
        if left < _width(sign):
            lines.append("")
            left = room
        lines[-1] += sign
        left -= _width(sign)
    return lines


def _broken(text: str, room: float) -> list[str]:
    """Lines of so many full widths; a number is not broken."""
    lines = [""]
    for word in re.findall(r"[!-~]+|.", text):
        if _width(lines[-1] + word) > room:
            lines.append("")
        lines[-1] += word
    return lines


@dataclass
class Pdf:
    """A PDF in the making: objects by number, in their order."""

    objects: list[bytes] = field(default_factory=list)
    trailer: bytes = b""

    def add(self, content: bytes) -> int:
        """Return the number of a new object."""
        self.objects.append(content)
        return len(self.objects)

    def stream(self, content: bytes, entries: str = "") -> int:
        """Return the number of a new stream."""
        head = f"<< {entries} /Length {len(content)} >>\nstream\n".encode()
        return self.add(head + content + b"\nendstream")

    def written(self, root: int, *, shift: int = 0) -> bytes:
        """The file; `shift` makes its table of places wrong."""
        out = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
        places = []
        for number, content in enumerate(self.objects, 1):
            places.append(len(out))
            out += f"{number} 0 obj\n".encode() + content + b"\nendobj\n"
        at = len(out)
        out += f"xref\n0 {len(self.objects) + 1}\n0000000000 65535 f \n".encode()
        out += b"".join(f"{place + shift:010} 00000 n \n".encode() for place in places)
        out += f"trailer\n<< /Size {len(self.objects) + 1} /Root {root} 0 R ".encode() + self.trailer
        return bytes(out + f">>\nstartxref\n{at + shift}\n%%EOF\n".encode())


def printed(
    pages: Sequence[Page],
    *,
    given: Mapping[str, str] | None = None,
    tells_characters: bool = True,
    catalog: str = "",
    trailer: str = "",
    shift: int = 0,
    rotate: int = 0,
) -> bytes:
    """Print pages with a font of full-width signs (letters and digits of half the width).

    `given` says which text the font gives for a sign, where it is not the sign itself.
    """
    out = Pdf(trailer=trailer.encode())
    signs = sorted({sign for page in pages for item in page if isinstance(item, Text) for sign in item.text})
    codes = {sign: index for index, sign in enumerate(signs, 1)}
    font = _font(out, codes, given or {}, tells_characters=tells_characters)
    picture = out.stream(b"\x80", "/Type /XObject /Subtype /Image /Width 1 /Height 1 /BitsPerComponent 8 "
                                  "/ColorSpace /DeviceGray")  # fmt: skip
    tree = len(out.objects) + len(pages) * 2 + 1
    numbers = []
    for page in pages:
        content = out.stream("\n".join(_drawn(item, codes) for item in page).encode())
        numbers.append(
            out.add(
                f"<< /Type /Page /Parent {tree} 0 R /MediaBox [0 0 {WIDTH} {HEIGHT}] /Rotate {rotate} /Contents"
                f" {content} 0 R /Resources << /Font << /F {font} 0 R >> /XObject << /P {picture} 0 R >> >> >>".encode()
            )
        )
    kids = " ".join(f"{number} 0 R" for number in numbers)
    out.add(f"<< /Type /Pages /Count {len(pages)} /Kids [{kids}] >>".encode())
    return out.written(out.add(f"<< /Type /Catalog /Pages {tree} 0 R {catalog} >>".encode()), shift=shift)


def _font(out: Pdf, codes: Mapping[str, int], given: Mapping[str, str], *, tells_characters: bool) -> int:
    halves = " ".join(f"{code} [500]" for sign, code in codes.items() if ord(sign) < 0x80)
    descriptor = out.add(
        b"<< /Type /FontDescriptor /FontName /Made /Flags 4 /FontBBox [0 -120 1000 880] /ItalicAngle 0 /Ascent 880"
        b" /Descent -120 /CapHeight 700 /StemV 80 >>"
    )
    within = out.add(
        f"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Made /FontDescriptor {descriptor} 0 R /DW 1000 /W [{halves}]"
        " /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> >>".encode()
    )
    told = ""
    if tells_characters:
        rows = [f"<{code:04X}> <{given.get(sign, sign).encode('utf-16-be').hex()}>" for sign, code in codes.items()]
        blocks = [rows[at : at + 100] for at in range(0, len(rows), 100)]
        text = "".join(f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar\n" for block in blocks)
        cmap = out.stream(
            "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /Made def /CMapType 2 def\n"
            f"1 begincodespacerange <0000> <FFFF> endcodespacerange\n{text}endcmap end end".encode()
        )
        told = f"/ToUnicode {cmap} 0 R"
    return out.add(
        f"<< /Type /Font /Subtype /Type0 /BaseFont /Made /Encoding /Identity-H /DescendantFonts [{within} 0 R] {told}"
        " >>".encode()
    )


def _drawn(item: Item, codes: Mapping[str, int]) -> str:
    if isinstance(item, Stroke):
        return f"{item.x1:.2f} {item.y1:.2f} m {item.x2:.2f} {item.y2:.2f} l S"
    if isinstance(item, Picture):
        return f"q {item.width} 0 0 {item.height} {item.x} {item.y} cm /P Do Q"
    cosine, sine = _turned(item.turn)
    code = "".join(f"{codes[sign]:04X}" for sign in item.text)
    return (
        f"BT /F {item.size} Tf {item.spaced * item.size} Tc {3 if item.is_hidden else 0} Tr"
        f" {cosine:.4f} {sine:.4f} {-sine:.4f} {cosine:.4f} {item.x:.2f} {item.y:.2f} Tm <{code}> Tj ET"
    )


def _turned(turn: float) -> tuple[float, float]:
    return cos(turn * pi / 2), sin(turn * pi / 2)


NAMESPACE = "http://www.ofdspec.org/2016"
#: Points in a millimetre
_MILLIMETRE = 72 / 25.4


def ofd(
    pages: Sequence[Page],
    *,
    templates: Sequence[Page] = (),
    order: Sequence[int] | None = None,
    namespace: str = f' xmlns:ofd="{NAMESPACE}"',
    prefix: str = "ofd:",
    steps_are_packed: bool = True,
    documents: int = 1,
    more: Mapping[str, str] | None = None,
    in_document: str = "",
) -> bytes:
    """Print pages as OFD. `order` lists the files of the pages as Document.xml does; every page has every template."""
    files: dict[str, str] = dict(more or {})
    bodies = ""
    for document in range(documents):
        folder = f"Doc_{document}"
        bodies += f"<o:DocBody><o:DocRoot>{folder}/Document.xml</o:DocRoot></o:DocBody>"
        named = "".join(f'<o:Template TemplateID="{900 + at}"/>' for at in range(len(templates)))
        for at, page in enumerate(pages):
            content = "".join(_object(item, packed=steps_are_packed) for item in page)
            files[f"{folder}/Pages/Page_{at}/Content.xml"] = (
                f"<o:Page{{ns}}>{named}<o:Content><o:Layer><o:PageBlock>{content}</o:PageBlock></o:Layer></o:Content>"
                "</o:Page>"
            )
        for at, page in enumerate(templates):
            content = "".join(_object(item, packed=steps_are_packed) for item in page)
            files[f"{folder}/Tpls/Tpl_{at}/Content.xml"] = (
                f"<o:Page{{ns}}><o:Content><o:Layer>{content}</o:Layer></o:Content></o:Page>"
            )
        listed = "".join(
            f'<o:Page ID="{at}" BaseLoc="Pages/Page_{at}/Content.xml"/>' for at in order or range(len(pages))
        )
        places = "".join(
            f'<o:TemplatePage ID="{900 + at}" BaseLoc="Tpls/Tpl_{at}/Content.xml"/>' for at in range(len(templates))
        )
        files[f"{folder}/Document.xml"] = (
            "<o:Document{ns}><o:CommonData><o:PageArea><o:PhysicalBox>0 0 210 297</o:PhysicalBox></o:PageArea>"
            f"{places}</o:CommonData><o:Pages>{listed}</o:Pages>{in_document}</o:Document>"
        )
    files.setdefault("OFD.xml", f"<o:OFD{{ns}}>{bodies}</o:OFD>")
    into = BytesIO()
    with ZipFile(into, "w", ZIP_DEFLATED) as package:
        for name, content in files.items():
            xml = content.replace("{ns}", namespace).replace("<o:", f"<{prefix}").replace("</o:", f"</{prefix}")
            package.writestr(name, f'<?xml version="1.0" encoding="UTF-8"?>\n{xml}')
    return into.getvalue()


def _object(item: Item, *, packed: bool) -> str:
    if isinstance(item, Stroke):
        x1, y1, x2, y2 = (value / _MILLIMETRE for value in (item.x1, HEIGHT - item.y1, item.x2, HEIGHT - item.y2))
        left, top = min(x1, x2), min(y1, y2)
        return (
            f'<o:PathObject Boundary="{left:.3f} {top:.3f} {abs(x2 - x1):.3f} {abs(y2 - y1):.3f}" LineWidth="0.3">'
            f"<o:AbbreviatedData>M {x1 - left:.3f} {y1 - top:.3f} L {x2 - left:.3f} {y2 - top:.3f}</o:AbbreviatedData>"
            "</o:PathObject>"
        )
    if isinstance(item, Picture):
        x, y, width, height = (
            value / _MILLIMETRE for value in (item.x, HEIGHT - item.y - item.height, item.width, item.height)
        )
        return f'<o:ImageObject Boundary="{x:.3f} {y:.3f} {width:.3f} {height:.3f}" ResourceID="7"/>'
    size = item.size / _MILLIMETRE
    x, y = item.x / _MILLIMETRE, (HEIGHT - item.y) / _MILLIMETRE + (size if item.turn else 0)
    steps = [size * ((0.5 if ord(sign) < 0x80 else 1.0) + item.spaced) for sign in item.text][:-1]
    cosine, sine = _turned(item.turn)
    matrix = f'CTM="{cosine:.4f} {-sine:.4f} {sine:.4f} {cosine:.4f} 0 0"' if item.turn else ""
    shown = 'Alpha="0"' if item.is_hidden else ""
    return (
        f'<o:TextObject Boundary="{x:.3f} {y - size:.3f} 100 {size:.3f}" Size="{size:.3f}" Font="4" {matrix} {shown}>'
        f'<o:TextCode X="0" Y="{0 if item.turn else size:.3f}" DeltaX="{_packed(steps) if packed else _plain(steps)}">'
        f"{escape(item.text)}</o:TextCode></o:TextObject>"
    )


def _plain(steps: Sequence[float]) -> str:
    return " ".join(f"{step:.3f}" for step in steps)


def _packed(steps: Sequence[float]) -> str:
    groups = [(step, len([*group])) for step, group in groupby(f"{step:.3f}" for step in steps)]
    return " ".join(f"g {count} {step}" if count > 1 else step for step, count in groups)


def said_by(text: str | bytes) -> dict[str, object]:
    """What reading makes of a text or of a file, without where it stands."""
    data = text.replace("^", "").replace("\t", "").encode() if isinstance(text, str) else text
    said = draft_as_json(read_document(data, "来文"))
    return {name: value for name, value in said.items() if name not in ("text", "span", "spans")} | {
        "requirements": [without_spans(each) for each in said["requirements"]],  # type: ignore[attr-defined]
        "instructions": [without_spans(each) for each in said["instructions"]],  # type: ignore[attr-defined]
    }


def without_spans(value: dict[str, object]) -> dict[str, object]:
    children = value.get("children")
    inner = [without_spans(each) for each in children] if isinstance(children, list) else None
    return {name: each for name, each in value.items() if name != "span"} | ({"children": inner} if inner else {})
