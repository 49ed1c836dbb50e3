"""What a table is after reading: sheets, rows with the line numbers of Excel, cells. Pure; the rules build
on it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from app.files.sniff import FileKind

Cell = str | int | float | bool
"""A cell as read: blank is ``""``, numbers of Excel are floats, dates are ISO 8601 text."""

_EXACT_DIGITS = 15


@dataclass(frozen=True, slots=True)
class Area:
    """A merged area of a sheet, both corners included, counted from 1 as Excel does."""

    first_line: int
    first_column: int
    last_line: int
    last_column: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """One worksheet. ``rows`` are contiguous from ``first_line``; merged areas are already filled with their
    value.
    """

    name: str
    visible: bool
    first_line: int
    first_column: int
    rows: list[list[Cell]]
    merged: tuple[Area, ...] = ()

    def lines(self) -> Iterator[tuple[int, list[Cell]]]:
        """Rows with the line number that Excel shows."""
        return enumerate(self.rows, start=self.first_line)


@dataclass(frozen=True, slots=True)
class TableFile:
    """A file that could be read: what it is, and its sheets (CSV has one, with an empty name)."""

    kind: FileKind
    encoding: str | None
    sheets: tuple[Sheet, ...]


def cell_text(cell: Cell) -> str:
    """The text a person sees in the cell: whole floats without ``.0``, blanks trimmed.

    A number of more than 15 digits is *not* what was typed (IEEE 754, Excel keeps 15): ask
    ``has_lost_digits`` first.
    """
    if isinstance(cell, str):
        return cell.strip()
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return repr(cell)


def has_lost_digits(cell: Cell) -> bool:
    """Whether the cell is a number so long that Excel cannot have kept all of its digits."""
    return not isinstance(cell, (str, bool)) and abs(cell) >= 10**_EXACT_DIGITS
