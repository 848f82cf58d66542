"""Looking into XML of Office: by local names, for Word writes the same in two namespaces (transitional and strict)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Word itself counts no further.
_MOST = 32_767


def local(element: Any) -> str:
    """The name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]


def children(element: Any, name: str) -> Iterator[Any]:
    """The direct children of that local name; none of None."""
    if element is not None:
        yield from (child for child in element if local(child) == name)


def child(element: Any, *path: str) -> Any:
    """The first element at the end of a path of local names, or None."""
    for name in path:
        element = next(children(element, name), None)
    return element


def attribute(element: Any, name: str = "val") -> str | None:
    """The value of an attribute by its local name; None where it, or the element itself, is missing."""
    if element is None:
        return None
    return next((value for key, value in element.attrib.items() if key.rpartition("}")[2] == name), None)


def whole(text: str | None) -> int | None:
    """A number that Word may count by; None for anything else."""
    if text is None or not text.isascii() or not text.isdigit() or len(text) > 9:
        return None
    return min(int(text), _MOST)


def switched_on(element: Any) -> bool | None:
    """What a switch such as w:vanish says: there without a value means on; None where it is not there."""
    if element is None:
        return None
    return (attribute(element) or "1").lower() not in ("0", "false", "off", "none")


def chosen(alternate: Any) -> Any:
    """Of mc:AlternateContent the first choice, else the fallback: both hold the same, so never both."""
    choice = child(alternate, "Choice")
    return child(alternate, "Fallback") if choice is None else choice
