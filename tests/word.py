"""DOCX files for tests, part by part as Word writes them."""

from __future__ import annotations

import zipfile
from io import BytesIO

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/wordprocessingml/main"
_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_NAMESPACES = (
    f'xmlns:w="{W}" xmlns:r="{_REL}" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    ' xmlns:v="urn:schemas-microsoft-com:vml" xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"'
    ' xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" xmlns:o="urn:schemas-microsoft-com:office:office"'
    ' xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
)


def run(text: str, properties: str = "") -> str:
    """One run; `properties` is what stands in w:rPr."""
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def paragraph(
    text: str = "", *, inner: str = "", style: str = "", number: tuple[int, int] | None = None, mark: str = ""
) -> str:
    """One paragraph; `number` is its list and level, `inner` its content as XML, `mark` the properties of its end."""
    properties = f'<w:pStyle w:val="{style}"/>' if style else ""
    if number is not None:
        properties += f'<w:numPr><w:ilvl w:val="{number[1]}"/><w:numId w:val="{number[0]}"/></w:numPr>'
    if mark:
        properties += f"<w:rPr>{mark}</w:rPr>"
    return f"<w:p><w:pPr>{properties}</w:pPr>{run(text) if text else ''}{inner}</w:p>"


def cell(*contents: str, properties: str = "") -> str:
    """A cell of paragraphs or tables, as XML; plain words become a paragraph."""
    blocks = "".join(each if each.startswith("<") else paragraph(each) for each in contents or ("",))
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{blocks}</w:tc>"


def table(*rows: tuple[str, ...]) -> str:
    """A table of rows of cells (as XML, or plain words)."""
    lines = ("".join(each if each.startswith("<w:tc>") else cell(each) for each in row) for row in rows)
    return f"<w:tbl>{''.join(f'<w:tr>{line}</w:tr>' for line in lines)}</w:tbl>"


def level(number: int, kind: str, pattern: str, more: str = "", *, start: int = 1) -> str:
    """One level of an abstract list."""
    return (
        f'<w:lvl w:ilvl="{number}"><w:start w:val="{start}"/><w:numFmt w:val="{kind}"/>{more}'
        f'<w:lvlText w:val="{pattern}"/></w:lvl>'
    )


def abstract(number: int, *levels: str) -> str:
    """One abstract list."""
    return f'<w:abstractNum w:abstractNumId="{number}">{"".join(levels)}</w:abstractNum>'


def num(number: int, of: int, more: str = "") -> str:
    """One list, of an abstract list."""
    return f'<w:num w:numId="{number}"><w:abstractNumId w:val="{of}"/>{more}</w:num>'


def style(name: str, *, based_on: str = "", properties: str = "", runs: str = "", kind: str = "paragraph") -> str:
    """One style whose id is its name without blanks."""
    rests = f'<w:basedOn w:val="{based_on}"/>' if based_on else ""
    return (
        f'<w:style w:type="{kind}" w:styleId="{name.replace(" ", "")}"><w:name w:val="{name}"/>{rests}'
        f"<w:pPr>{properties}</w:pPr><w:rPr>{runs}</w:rPr></w:style>"
    )


def docx(body: str, *, main: str = "word/document.xml", namespace: str = W, **parts: str) -> bytes:
    """A DOCX file; `parts` are the contents of styles, numbering, header1, footer1, footnotes and the like."""
    folder, _, name = main.rpartition("/")
    files = {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": _links(("officeDocument", f"/{main}")),
        main: f"<w:document {_NAMESPACES}><w:body>{body}</w:body></w:document>",
        f"{folder}/_rels/{name}.rels": _links(*((part.rstrip("0123456789"), f"{part}.xml") for part in parts)),
        **{f"{folder}/{part}.xml": f"<w:{part} {_NAMESPACES}>{content}</w:{part}>" for part, content in parts.items()},
    }
    into = BytesIO()
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as target:
        for file, content in files.items():
            target.writestr(file, '<?xml version="1.0" encoding="UTF-8"?>' + content.replace(W, namespace))
    return into.getvalue()


def stored(data: bytes) -> bytes:
    """The same archive, nothing packed: a changed byte then changes the XML, and no part packs too well."""
    into = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as packed, zipfile.ZipFile(into, "w") as target:
        for info in packed.infolist():
            target.writestr(info.filename, packed.read(info))
    return into.getvalue()


def _links(*links: tuple[str, str]) -> str:
    return (
        "<Relationships>"
        + "".join(
            f'<Relationship Id="r{place}" Type="{_REL}/{kind}" Target="{target}"/>'
            for place, (kind, target) in enumerate(links)
        )
        + "</Relationships>"
    )
