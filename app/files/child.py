"""The process in which spreadsheets are parsed: started per file, limited, and free to die.

Run as a script by ``app.files.parsing`` with ``python -I -S`` (no site, no environment), so it starts in a
few milliseconds and sees nothing of the registry. It imports only the parser and orjson from the folders
named on its command line, takes the workbook on standard input and answers one JSON document: ``{"sheets":
[…]}`` or ``{"error": code}``.
"""

import resource
import sys

_FIRST_FOLDER = 6


def main() -> None:
    """Arguments: memory in bytes, processor seconds, most lines, columns and non-blank rows, then import
    folders.
    """
    memory, seconds, max_lines, max_columns, max_rows = map(int, sys.argv[1:_FIRST_FOLDER])
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.path.extend(sys.argv[_FIRST_FOLDER:])
    import orjson  # noqa: PLC0415 - only after the limits hold
    import python_calamine  # noqa: PLC0415

    data = sys.stdin.buffer.read()
    if not data:
        return
    try:
        answer = _workbook(python_calamine, data, max_lines, max_columns, max_rows)
    except python_calamine.PasswordError:
        answer = {"error": "file_encrypted"}
    except MemoryError:
        answer = {"error": "reading_exhausted"}
    except BaseException:  # a Rust panic is no Exception
        answer = {"error": "workbook_damaged"}
    sys.stdout.buffer.write(orjson.dumps(answer, default=_as_text, option=orjson.OPT_PASSTHROUGH_DATETIME))
    sys.stdout.buffer.flush()


def _workbook(calamine, data: bytes, max_lines: int, max_columns: int, max_rows: int) -> dict:  # type: ignore[no-untyped-def,type-arg]
    import io  # noqa: PLC0415

    book = calamine.load_workbook(io.BytesIO(data))
    sheets = []
    for index, meta in enumerate(book.sheets_metadata):
        if meta.typ != calamine.SheetTypeEnum.WorkSheet:
            continue
        sheet = book.get_sheet_by_index(index)
        if sheet.total_height > max_lines:
            return {"error": "too_many_lines", "sheet": meta.name}
        if sheet.total_width > max_columns:
            return {"error": "too_many_columns", "sheet": meta.name}
        rows = sheet.to_python(skip_empty_area=True)
        top, left = sheet.start or (0, 0)
        filled = sum(1 for row in rows if row.count("") != len(row))
        max_rows -= filled
        if max_rows < 0:
            return {"error": "too_many_rows", "sheet": meta.name}
        merged = sheet.merged_cell_ranges or []
        if not _spread(rows, merged, top, left, budget=2 * max_lines * max_columns):
            return {"error": "too_many_cells", "sheet": meta.name}
        sheets.append(
            {
                "name": meta.name,
                "visible": meta.visible == calamine.SheetVisibleEnum.Visible,
                "first_line": top + 1,
                "first_column": left + 1,
                "rows": rows,
                "merged": [(a + 1, b + 1, c + 1, d + 1) for (a, b), (c, d) in merged],
            }
        )
    return {"sheets": sheets}


def _spread(rows: list, merged: list, top: int, left: int, budget: int) -> bool:  # type: ignore[type-arg]
    """Give every blank cell of a merged area the value of its first cell; False when there are absurdly
    many.
    """
    width = len(rows[0]) if rows else 0
    for (top_row, left_column), (bottom_row, right_column) in merged:
        first_row, last_row = top_row - top, min(bottom_row - top, len(rows) - 1)
        first_column, last_column = left_column - left, min(right_column - left, width - 1)
        if first_row < 0 or first_column < 0 or first_row > last_row or first_column > last_column:
            continue
        value = rows[first_row][first_column]
        if value == "":
            continue
        budget -= (last_row - first_row + 1) * (last_column - first_column + 1)
        if budget < 0:
            return False
        for row in rows[first_row : last_row + 1]:
            for column in range(first_column, last_column + 1):
                if row[column] == "":
                    row[column] = value
    return True


def _as_text(value: object) -> str:
    """Dates and times as ISO 8601 text; a date that Excel stores with midnight is a plain date."""
    return str(value.isoformat()).removesuffix("T00:00:00") if hasattr(value, "isoformat") else str(value)


if __name__ == "__main__":
    main()
