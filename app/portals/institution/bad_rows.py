"""Rows of a delivered roster that were refused, kept sealed for their author until they are mended or dropped.

The whole file need not be sent again: its good rows are on the roster, these are mended on the page.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from app.files.sheet import cell_text
from app.kernel.errors import Citation, Reason
from app.kernel.identifiers.citizen import check_digit_of
from app.training.rosters.rules import ReadRoster, RefusedLine, RosterColumn, RosterEntry, accepted_headers
from app.web.pages.kept import content_kept, forget, keep_content
from app.web.pages.page import Page

COLUMNS = (
    RosterColumn.NAME,
    RosterColumn.DOCUMENT_KIND,
    RosterColumn.IDENTITY_NUMBER,
    RosterColumn.CARD_NUMBER,
    RosterColumn.PHONE,
    RosterColumn.KEY_GROUP,
    RosterColumn.REMARK,
)
"""The columns that are mended on the page."""
_EIGHTEEN = re.compile(r"[0-9]{17}[0-9X]")


@dataclass(frozen=True, slots=True)
class BadRow:
    """A refused row as it was delivered or mended last, with every reason. ``place`` names its sheet and line."""

    line: int
    sheet: str | None
    values: dict[str, str] = field(repr=False)
    reasons: tuple[Reason, ...] = field(repr=False)

    @property
    def place(self) -> str:
        """Where it stands in the file."""
        return f"{self.sheet}，第{self.line}行" if self.sheet else f"第{self.line}行"

    @property
    def is_number_hidden(self) -> bool:
        """Whether its check character holds (GB 11643-1999): such numbers are shown masked, and typed anew if wrong."""
        number = "".join(unicodedata.normalize("NFKC", self.values["identity_number"]).split()).upper()
        return bool(_EIGHTEEN.fullmatch(number)) and check_digit_of(number[:17]) == number[17]

    def mended(self, typed: dict[str, str]) -> "BadRow":
        """With what was typed; a hidden number that was left empty stays."""
        values = {name: typed.get(name, old) for name, old in self.values.items()}
        if self.is_number_hidden and not values["identity_number"]:
            values["identity_number"] = self.values["identity_number"]
        return replace(self, values=values)

    def entry(self) -> RosterEntry:
        """As the rules read it."""
        return RosterEntry(line=self.line, sheet=self.sheet, cells=self.cells(), **self.values)

    def cells(self) -> tuple[str, ...]:
        """In the order of the columns."""
        return tuple(self.values[column.value] for column in COLUMNS)

    def at(self, column: str) -> list[Reason]:
        """The reasons against one cell."""
        return [reason for reason in self.reasons if reason.field == column]

    def elsewhere(self) -> list[Reason]:
        """The reasons that are about no cell shown."""
        shown = {column.value for column in COLUMNS}
        return [reason for reason in self.reasons if reason.field not in shown]


def bad_rows(refused: Iterable[RefusedLine], entries: Sequence[RosterEntry]) -> list[BadRow]:
    """The refused lines with what was delivered in them."""
    delivered = {(entry.sheet, entry.line): entry for entry in entries}
    return [
        BadRow(line.line, line.sheet, _values(delivered[line.sheet, line.line]), line.reasons)
        for line in refused
    ]


def as_refused(rows: Sequence[BadRow]) -> ReadRoster:
    """The rows for the workbook of refused rows."""
    lines = [
        RefusedLine(line=row.line, sheet=row.sheet, reasons=row.reasons, cells=row.cells()) for row in rows
    ]
    return ReadRoster(lines=(), refused=tuple(lines), notices=(), headings=headings())


def headings() -> tuple[str, ...]:
    """The preferred headings of the columns."""
    return tuple(accepted_headers(column)[0] for column in COLUMNS)


async def keep_rows(page: Page, opening_id: UUID, rows: Sequence[BadRow]) -> None:
    """Keep these rows of a class instead of those kept before; none forgets them."""
    await forget(page, f"{_place(opening_id)}/fix")
    if rows:
        await keep_content(page, _place(opening_id), [_stored(row) for row in rows])
    else:
        await forget(page, _place(opening_id))


async def kept_rows(page: Page, opening_id: UUID) -> list[BadRow]:
    """The caller's rows of a class that wait to be mended."""
    return [_opened(stored) for stored in await content_kept(page, _place(opening_id)) or []]


def _place(opening_id: UUID) -> str:
    return f"/institution/openings/{opening_id}/roster"


def _values(entry: RosterEntry) -> dict[str, str]:
    return {column.value: cell_text(getattr(entry, column.value)) for column in COLUMNS}


def _stored(row: BadRow) -> dict[str, Any]:
    reasons = [
        {
            "code": reason.code,
            "message": reason.message,
            "remedy": reason.remedy,
            "field": reason.field,
            "value": reason.value,
            "citation": [reason.citation.document, reason.citation.clause] if reason.citation else None,
        }
        for reason in row.reasons
    ]
    return {"line": row.line, "sheet": row.sheet, "values": row.values, "reasons": reasons}


def _opened(stored: dict[str, Any]) -> BadRow:
    reasons = tuple(
        Reason(**{**told, "citation": Citation(*told["citation"]) if told["citation"] else None})
        for told in stored["reasons"]
    )
    return BadRow(stored["line"], stored["sheet"], stored["values"], reasons)
