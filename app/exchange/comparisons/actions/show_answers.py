"""The answers of a comparison as a file: read part by part, never whole."""

import tempfile
from collections.abc import AsyncIterator
from typing import IO, Any

import anyio.to_thread
import orjson
import xlsxwriter

from app.exchange.comparisons.actions.receive_list import owner_of, part_id
from app.exchange.comparisons.queries import Comparison
from app.exchange.comparisons.states import OUTCOME_LABELS, ComparisonState, LineOutcome
from app.files.limits import MIB
from app.files.line_stream import as_csv
from app.files.store import DocumentStore
from app.kernel.errors import Conflict, NotFound, Reason

EXCEL_LINES_MAX = 1_048_575
_HEADING = ["行号", "结果", "结果代码", "原因", "办法"]
_UTF8_MARK = b"\xef\xbb\xbf"
"""Excel reads CSV without it in the code page of the machine."""


def require_answers(shown: Comparison, *, lines_max: int | None) -> None:
    """Raises NotFound when they were deleted, Conflict when they are not there yet or too many for a sheet."""
    if shown.cleared_at is not None:
        raise NotFound(
            [Reason(code="answers_deleted", message="结果已过保留期，已经删除", remedy="需要时请重新比对")]
        )
    if shown.state is not ComparisonState.DONE:
        raise _conflict("comparison_not_done", "比对还没有完成", "请查看进度，完成后再下载")
    if lines_max is not None and shown.lines_done > lines_max:
        raise _conflict(
            "too_many_for_excel", f"结果有{shown.lines_done}行，一张工作表放不下", "请下载 CSV 或 NDJSON"
        )


async def answers_as_ndjson(documents: DocumentStore, shown: Comparison) -> AsyncIterator[bytes]:
    """One JSON object a line."""
    for number in range(shown.parts_done):
        yield await documents.get(owner_of(shown.comparison_id), part_id(shown.comparison_id, number))


async def answers_as_csv(documents: DocumentStore, shown: Comparison) -> AsyncIterator[bytes]:
    """UTF-8 with a mark, so that Excel opens it rightly."""
    yield _UTF8_MARK + as_csv([_HEADING])
    async for part in answers_as_ndjson(documents, shown):
        yield await anyio.to_thread.run_sync(_as_csv, part)


async def answers_as_workbook(documents: DocumentStore, shown: Comparison) -> AsyncIterator[bytes]:
    """An Excel file, written row by row into a file that has no name and ends with the download."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - closed when the download ends
    workbook = xlsxwriter.Workbook(file, {"constant_memory": True, "strings_to_formulas": False})
    sheet = workbook.add_worksheet("比对结果")
    sheet.write_row(0, 0, _HEADING)
    place = 1
    async for part in answers_as_ndjson(documents, shown):
        place = await anyio.to_thread.run_sync(_write, sheet, place, part)
    await anyio.to_thread.run_sync(workbook.close)
    return _pieces_of(file)


def _as_csv(part: bytes) -> bytes:
    return as_csv(map(_row, part.splitlines()))


def _write(sheet: Any, place: int, part: bytes) -> int:
    for line in part.splitlines():
        row = _row(line)
        sheet.write_number(place, 0, int(row[0]))
        for column, cell in enumerate(row[1:], 1):
            sheet.write_string(place, column, cell)
        place += 1
    return place


async def _pieces_of(file: IO[bytes]) -> AsyncIterator[bytes]:
    with file:
        file.seek(0)
        while piece := await anyio.to_thread.run_sync(file.read, MIB):
            yield piece


def _row(line: bytes) -> list[str]:
    told = orjson.loads(line)
    reasons = told["reasons"]
    return [
        str(told["line"]),
        OUTCOME_LABELS[LineOutcome(told["outcome"])],
        told["outcome"],
        "；".join(reason["message"] for reason in reasons),
        "；".join(reason["remedy"] for reason in reasons),
    ]


def _conflict(code: str, message: str, remedy: str) -> Conflict:
    return Conflict([Reason(code=code, message=message, remedy=remedy)])
