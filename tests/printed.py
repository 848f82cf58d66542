"""Pages for tests as a printer would set them, written as PDF byte by byte."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import cos, pi, sin

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
            lines.append(((signs - len(paragraph)) * size, paragraph.strip()))
        elif paragraph.startswith("^"):
            row = paragraph[1:]
            while row:
                lines.append(((signs - len(row[:signs])) * size / 2, row[:signs]))
                row = row[signs:]
        else:
            indent = 0 if paragraph.endswith("：") else 2
            lines.append((indent * size, paragraph[: signs - indent]))
            lines += [(0.0, paragraph[begin : begin + signs]) for begin in range(signs - indent, len(paragraph), signs)]
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
        broken = [
            [cell[at : at + int((width - 8) // size)] for at in range(0, len(cell), int((width - 8) // size))]
            for cell, width in zip(row, widths, strict=True)
        ]
        height = max(map(len, broken)) * size * 1.3 + 8
        for left, cell_lines in zip(edges, broken, strict=False):
            first = top - 4 - size + (len(cell_lines) * size * 1.3 - height + 8) / 2  # in the middle of its height
            items += [Text(left + 4, first - index * size * 1.3, line, size) for index, line in enumerate(cell_lines)]
        items.append(Stroke(edges[0], top, edges[-1], top))
        items += [Stroke(edge, top, edge, top - height) for edge in edges]
        top -= height
    return [*items, Stroke(edges[0], top, edges[-1], top)]


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
