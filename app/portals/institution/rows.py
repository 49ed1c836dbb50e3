"""Forms with repeated rows (``modules.0.title``): empty ones left out, stored ones laid out, room for more."""

from collections.abc import Iterable, Mapping
from typing import Any

from app.web.pages.page import Page
from app.web.pages.typed import OURS, Typed

MORE = "_more"
"""The button that asks for more empty rows; nothing is saved by it."""
_ROWS_MAX = 500
_SPARE = 5


def numbered(name: str, rows: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Rows as the fields of a form."""
    return {f"{name}.{number}.{key}": value for number, row in enumerate(rows) for key, value in row.items()}


def rows_in(typed: Typed, name: str) -> list[dict[str, str]]:
    """The rows of a form that hold anything, in their order."""
    found: dict[int, dict[str, str]] = {}
    for field, value in typed.items():
        steps = field.split(".")
        if len(steps) == 3 and steps[0] == name and value and steps[1].isdecimal() and len(steps[1]) < 6:
            found.setdefault(int(steps[1]), {})[steps[2]] = value
    return [found[number] for number in sorted(found)[:_ROWS_MAX]]


def compacted(typed: Typed, name: str) -> Typed:
    """The form without its empty rows, so that what is said of the n-th row stands beside the n-th shown."""
    kept = [(field, value) for field, value in typed.content() if not field.startswith(f"{name}.")]
    ours = [(field, typed[field]) for field in typed if field.startswith(OURS)]
    rows = [(field, str(value)) for field, value in numbered(name, rows_in(typed, name)).items()]
    return Typed([*ours, *kept, *rows])


def room(page: Page, shown: Typed, name: str, *, least: int) -> int:
    """How many rows a form shows: those it has, one to go on with, and more where more were asked for."""
    return max(len(rows_in(shown, name)) + (_SPARE if page.typed[MORE] else 1), least)
