"""Charts as SVG for a page: pygal draws, our style sheet colors; nothing inline, and the finding is their name."""

import sys
from collections.abc import Callable, Sequence
from typing import Any
from xml.etree import ElementTree as Tree

import pygal
from markupsafe import Markup

from app.web.pages.filters import count

# pygal leaves a finder for plug-ins we have none of, in a form that Python warns of at every import that finds nothing.
sys.meta_path[:] = [finder for finder in sys.meta_path if type(finder).__module__ != "pygal"]

_SVG = "{http://www.w3.org/2000/svg}"
_ROW_HEIGHT, _FRAME_HEIGHT, _WIDTH, _HEIGHT = 48, 40, 720, 320
_NOT_SHOWN = {"style", "script", "desc", "title"}
_HEADROOM = 1.12
_EM = 22
# The values stand at the marks themselves; in lying bars pygal calls their axis x.
_LYING, _STANDING = {"show_x_labels": False}, {"show_y_labels": False}
_COMMON: dict[str, Any] = {
    "css": [],
    "js": [],
    "no_prefix": True,
    "disable_xml_declaration": True,
    "show_legend": False,
    "print_values": True,
    "print_values_position": "top",
    "show_x_guides": False,
    "show_y_guides": False,
    "explicit_size": False,
    "include_x_axis": True,
    "margin": 12,
    "width": _WIDTH,
}


def bars(
    finding: str, points: Sequence[tuple[str, float]], *, written: Callable[[float], str] = count
) -> Markup:
    """One bar a name, longest names included, the value written at its end. ``finding`` is what it shows."""
    height = _FRAME_HEIGHT + _ROW_HEIGHT * max(len(points), 1)
    # pygal draws from the bottom; a reader begins at the top.
    room = max((_width_of(name) for name, _ in points), default=0)
    return _drawn(
        pygal.HorizontalBar,
        finding,
        list(reversed(points)),
        written,
        height=height,
        margin_left=room,
        **_LYING,
    )


def columns(
    finding: str, points: Sequence[tuple[str, float]], *, written: Callable[[float], str] = count
) -> Markup:
    """One column a name, for few periods in their order."""
    return _drawn(pygal.Bar, finding, points, written, height=_HEIGHT, **_STANDING)


def line(
    finding: str, points: Sequence[tuple[str, float]], *, written: Callable[[float], str] = count
) -> Markup:
    """A line over many periods."""
    return _drawn(pygal.Line, finding, points, written, height=_HEIGHT, **_STANDING)


def _width_of(name: str) -> int:
    """Pixels of a name, at the size it has on a phone: a Han character is one em wide, a letter about six tenths."""
    return int(sum(_EM if ord(char) > 0x2E7F else _EM * 0.6 for char in name)) + _EM


def _drawn(
    kind: Callable[..., Any],
    finding: str,
    points: Sequence[tuple[str, float]],
    written: Callable[[float], str],
    **shape: int,
) -> Markup:
    drawing = kind(**_COMMON, **shape, formatter=written)
    # Room above the largest for its own value.
    drawing.range = (0, max((value for _, value in points), default=1) * _HEADROOM or 1)
    drawing.x_labels = [name for name, _ in points]
    drawing.add("", [value for _, value in points])
    root: Tree.Element = drawing.render_tree()
    for parent in list(root.iter()):
        parent.attrib.pop("style", None)
        for child in list(parent):
            # Comments have a function for a tag; descriptions repeat coordinates to screen readers.
            if not isinstance(child.tag, str) or child.tag.removeprefix(_SVG) in _NOT_SHOWN:
                parent.remove(child)
    root.attrib.pop("id", None)
    root.set("class", "chart-svg")
    root.set("role", "img")
    root.set("aria-label", finding)
    text = Tree.tostring(root, encoding="unicode", short_empty_elements=True)
    return Markup(text)  # noqa: S704 - serialized from a tree, which escapes every text
