"""Read a table out of an untrusted file: .xlsx, .xls or CSV, recognized by content, behind every guard.

``read_table`` is the only door. It never blocks the event loop, and a file that kills its parser kills a
child process.
"""

from typing import Any

import anyio
import anyio.to_thread

from app.files.guard import guarded_copy
from app.files.limits import ImportLimits
from app.files.parsing import ParserProcess
from app.files.sheet import Area, Cell, Sheet, TableFile
from app.files.sniff import FileKind, kind_of
from app.files.text_table import decoded, read_rows

# Children run beside the event loop; more of them than cores would only take memory from each other.
_PARSERS = anyio.CapacityLimiter(2)


async def read_table(data: bytes, *, limits: ImportLimits) -> TableFile:
    """Read ``data`` under ``limits``.

    Raises ``InvalidInput`` (422) or ``TooLarge`` (413) with one reason whose code is in
    ``app.files.reasons``.
    """
    return await anyio.to_thread.run_sync(lambda: read_table_blocking(data, limits=limits), limiter=_PARSERS)


def read_table_blocking(data: bytes, *, limits: ImportLimits) -> TableFile:
    """``read_table`` for programs without an event loop (``registry roster check``)."""
    kind = kind_of(data, limits)
    if kind is FileKind.CSV:
        text, encoding = decoded(data, limits)
        rows: list[list[Cell]] = [list(row) for row in read_rows(text, limits)]
        return TableFile(kind, encoding, (Sheet("", True, 1, 1, rows),))
    with ParserProcess(limits) as parser:
        workbook = guarded_copy(data, limits) if kind is FileKind.XLSX else data
        return TableFile(kind, None, tuple(_sheet(told) for told in parser.parse(workbook)))


def _sheet(told: dict[str, Any]) -> Sheet:
    return Sheet(
        name=told["name"],
        visible=told["visible"],
        first_line=told["first_line"],
        first_column=told["first_column"],
        rows=told["rows"],
        merged=tuple(Area(*corners) for corners in told["merged"]),
    )
