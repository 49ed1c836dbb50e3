"""Job: compare the lists of agencies, part by part; a worker that dies goes on where the last part was committed."""

import asyncio
import hashlib
from collections.abc import Iterator
from datetime import date
from itertools import islice
from uuid import UUID

import structlog

from app.access.unit import system_unit
from app.db.crypto import SealBroken
from app.db.roles import DatabaseRole
from app.exchange.comparisons.actions.compare_part import Part, compare_part
from app.exchange.comparisons.actions.end_comparison import clear_comparisons, delete_list, end_comparison
from app.exchange.comparisons.actions.receive_list import list_owner, piece_id
from app.exchange.comparisons.queries import Job, next_comparison
from app.exchange.comparisons.rules import (
    PART_LINES,
    Line,
    Verdict,
    cells_of,
    columns_of,
    judge_line,
)
from app.files.line_stream import LineDefect, ListForm, records, text_lines
from app.kernel.errors import InvalidInput, NotFound
from app.reference.divisions import was_in_force
from app.web.house import House

log = structlog.get_logger(__name__)


async def run_comparisons(parts: House) -> int:
    """Work until no comparison waits; returns how many lines were compared."""
    taken = 0
    while True:
        async with system_unit(parts.engines, DatabaseRole.WORKER) as unit:
            job, today = await next_comparison(unit), unit.today
        if job is None:
            break
        comparison_id = job.shown.comparison_id
        try:
            taken += await _compare(parts, job, today)
            failure = None
        except LineDefect as defect:
            failure = f"第{defect.line}行无法读取（{defect.code}）"
        except InvalidInput as invalid:
            failure = "；".join(reason.message for reason in invalid.reasons)
        except _ListChanged:
            failure = "暂存的名单与收到时不一致，没有比对，请重新上传"
        except (NotFound, SealBroken):
            failure = "暂存的名单已无法读取，请重新上传"
        async with system_unit(parts.engines, DatabaseRole.WORKER) as unit:
            await end_comparison(unit, comparison_id, failure=failure)
        await delete_list(parts.documents, comparison_id)
    async with system_unit(parts.engines, DatabaseRole.WORKER) as unit:
        await clear_comparisons(unit, parts.documents)
    return taken


class _ListChanged(Exception):
    """What is stored is not what was counted and paid for when it was received."""


async def _compare(parts: House, job: Job, today: date) -> int:
    """Lines compared, up to the end or to where it was canceled.

    Raises LineDefect, InvalidInput, NotFound, _ListChanged.
    """
    await _require_unchanged(parts, job)
    comparison_id, taken = job.shown.comparison_id, 0
    loop = asyncio.get_running_loop()
    lines = _lines(_pieces(parts, loop, job), job, today)
    await asyncio.to_thread(_skip, lines, job.shown.parts_done * PART_LINES)
    number, ahead = job.shown.parts_done, None
    try:
        part = await asyncio.to_thread(_next, parts, comparison_id, job.shown.parts_done, lines)
        while part.lines:
            if taken + job.shown.lines_done + len(part.lines) > (job.shown.lines_total or 0):
                raise _ListChanged
            # While the database compares this part, the next one is read.
            number += 1
            ahead = asyncio.ensure_future(asyncio.to_thread(_next, parts, comparison_id, number, lines))
            async with system_unit(parts.engines, DatabaseRole.WORKER) as unit:
                if not await compare_part(unit, parts.keys, parts.documents, comparison_id, part):
                    return taken
            taken += len(part.lines)
            log.info("comparison", lines=len(part.lines), part=number)
            part = await ahead
    finally:
        if ahead is not None:
            await asyncio.wait([ahead])
    return taken


def _next(parts: House, comparison_id: UUID, number: int, lines: Iterator[Line | Verdict]) -> Part:
    return Part.of(parts.keys, comparison_id, number, list(islice(lines, PART_LINES)))


def _skip(lines: Iterator[Line | Verdict], count: int) -> None:
    for _ in islice(lines, count):
        pass


async def _require_unchanged(parts: House, job: Job) -> None:
    """Before the first line is looked up: half a gibibyte is read and hashed in about two seconds."""
    digest = hashlib.sha256()
    for number in range(job.pieces):
        await asyncio.to_thread(digest.update, await _piece(parts, job, number))
    if digest.digest() != job.file_sha256:
        raise _ListChanged


async def _piece(parts: House, job: Job, number: int) -> bytes:
    return await parts.documents.get(list_owner(job.shown.comparison_id), piece_id(job.upload_id, number))


def _pieces(parts: House, loop: asyncio.AbstractEventLoop, job: Job) -> Iterator[bytes]:
    """The pieces one after the other, for a thread: none but the present one is held."""
    for number in range(job.pieces):
        yield asyncio.run_coroutine_threadsafe(_piece(parts, job, number), loop).result()


def _lines(pieces: Iterator[bytes], job: Job, today: date) -> Iterator[Line | Verdict]:
    form = ListForm(job.shown.form or ListForm.CSV)
    told = records(text_lines(pieces, job.encoding), form)
    columns = {}
    if form is not ListForm.NDJSON:
        _, heading = next(told, (1, []))
        columns = columns_of(heading if isinstance(heading, list) else [])
    for line, row in told:
        yield judge_line(line, cells_of(row, columns), on=today, area_known=was_in_force)
