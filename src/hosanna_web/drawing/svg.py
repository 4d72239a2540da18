"""Writing SVG. All that is said by attributes of its own: a page that lets no style sheet in shows it as it is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

SVG: Final = "image/svg+xml"
FONT: Final = "system-ui, 'Segoe UI', 'Noto Sans', 'DejaVu Sans', Arial, sans-serif"
INK: Final = "#222222"
PALE: Final = "#6b6b6b"
LATE: Final = "#d00000"
_FORBIDDEN: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML cannot hold."""
_ESCAPES: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})


class Markup(str):
    """Text that is SVG already; any other is escaped."""

    __slots__ = ()


def escaped(text: str) -> Markup:
    """Text as it may stand in an element or an attribute.

    >>> escaped('<a href="x">')
    '&lt;a href=&quot;x&quot;&gt;'
    """
    if isinstance(text, Markup):
        return text
    return Markup(_FORBIDDEN.sub("\ufffd", text).translate(_ESCAPES))


def tag(name: str, *children: str, **attributes: object) -> Markup:
    """An element; attributes that are None are left out, `_` in their names means `-`.

    >>> tag("text", "a & b", x=1.25, font_size=9, fill=None)
    '<text x="1.2" font-size="9">a &amp; b</text>'
    """
    given = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escaped(_value(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    inside = "".join(map(escaped, children))
    return Markup(f"<{name}{given}>{inside}</{name}>" if inside else f"<{name}{given}/>")


def _value(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.1f}".removesuffix(".0")
    return str(value)


def said(title: str) -> Markup:
    """What is told of an element to whoever points at it, or listens to the picture."""
    return tag("title", title)


def words(x: float, y: float, text: str, *, size: int = 11, **attributes: object) -> Markup:
    """A line of text."""
    return tag("text", text, **{"x": x, "y": y, "font_size": size, "fill": INK, **attributes})


def line(x1: float, y1: float, x2: float, y2: float, **attributes: object) -> Markup:
    """A line."""
    return tag("line", **{"x1": x1, "y1": y1, "x2": x2, "y2": y2, "stroke": INK, **attributes})


def box(x: float, y: float, width: float, height: float, *children: str, **attributes: object) -> Markup:
    """A rectangle; *children* is what is said of it."""
    return tag("rect", *children, **{"x": x, "y": y, "width": width, "height": height, **attributes})


def picture(width: int, height: int, title: str, description: str, parts: Iterable[str]) -> str:
    """A whole picture on white."""
    body = "\n".join(map(escaped, parts))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" role="img" aria-labelledby="title description" font-family="{FONT}">\n'
        f'<title id="title">{escaped(title)}</title>\n<desc id="description">{escaped(description)}</desc>\n'
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>\n{body}\n</svg>\n'
    )
