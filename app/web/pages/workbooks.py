"""Tables of a page as an Excel file: the same rows, with what they are of and as of when above them."""

import io
from collections.abc import Sequence
from dataclasses import dataclass

import xlsxwriter
from starlette.responses import Response

_MEDIA = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_WIDEST = 40
Cell = str | int | float | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """``title`` names the tab (at most 31 characters, none of ``[]:*?/\\``); ``notes`` stand above the table."""

    title: str
    notes: Sequence[str]
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]


def workbook(name: str, sheets: Sequence[Sheet]) -> Response:
    """A download called ``name``.xlsx, which is ASCII and names no person."""
    file = io.BytesIO()
    # No text is ever a formula: what somebody typed is shown, not reckoned.
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(file, options)
    bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    number = book.add_format({"num_format": "#,##0.##"})
    for each in sheets:
        _write(book.add_worksheet(each.title), each, bold, number)
    book.close()
    headers = {"Content-Disposition": f'attachment; filename="{name}.xlsx"'}
    return Response(file.getvalue(), media_type=_MEDIA, headers=headers)


def _write(
    page: xlsxwriter.worksheet.Worksheet,
    sheet: Sheet,
    bold: xlsxwriter.format.Format,
    number: xlsxwriter.format.Format,
) -> None:
    place = 0
    for note in sheet.notes:
        page.write_string(place, 0, note)
        place += 1
    for column, title in enumerate(sheet.columns):
        page.write_string(place, column, title, bold)
        texts = [title, *(str(row[column]) for row in sheet.rows if row[column] is not None)]
        page.set_column(column, column, min(_WIDEST, 2 + max(map(_width, texts))))
    page.freeze_panes(place + 1, 1)
    for offset, row in enumerate(sheet.rows, place + 1):
        for column, value in enumerate(row):
            if isinstance(value, str):
                page.write_string(offset, column, value)
            elif value is not None:
                page.write_number(offset, column, value, number)


def _width(text: str) -> int:
    """A Han character is as wide as two letters."""
    return sum(2 if ord(char) > 0x2E7F else 1 for char in text)
