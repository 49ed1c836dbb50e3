"""Take the list in while it arrives: sealed piece by piece, its form and encoding told, its lines counted."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID, uuid4, uuid5

import anyio
import anyio.to_thread
import orjson

from app.access.unit import Unit
from app.audit.events import record_event
from app.exchange.comparisons.rules import LINES_MAX
from app.files.limits import COMPARISON_WORKBOOK, MIB
from app.files.line_stream import EncodingProbe, LineCounter, ListForm
from app.files.sheet import cell_text
from app.files.store import DocumentStore, Owner
from app.files.tabular import read_table
from app.kernel.errors import UNSOURCED, Conflict, InvalidInput, NotFound, Reason, TooLarge, TooMany

PIECE_BYTES = 4 * MIB
BYTES_MAX = 512 * MIB
LIST_KIND = "comparison_list"
"""The kind of owner that lists have in the object store."""
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_QUEUE = """
UPDATE comparison SET state = 'queued', form = $2, encoding = $3, pieces = $4, file_sha256 = $5, lines_total = $6,
  upload_id = $8
WHERE comparison_id = $1 AND agency_id = $7 AND state = 'awaiting_file'
"""
_TAKE = """
SELECT taken FROM take_allowance($1, 'comparison', $2, 0, 0, 0, 2147483647, $3, 0)
"""
_WAITS = "SELECT state FROM comparison WHERE comparison_id = $1 AND agency_id = $2"


@dataclass(frozen=True, slots=True)
class ReceivedList:
    """What was stored: sealed pieces ``0 … pieces - 1`` of this upload; ``sha256`` is of what they hold together."""

    upload_id: UUID
    form: ListForm
    encoding: str
    pieces: int
    sha256: bytes
    lines: int


class _Upload:
    """One attempt to send the list of a comparison. Its pieces have names of their own: no other attempt, at the same
    time or later, can put its lines into the place of those that were counted."""

    def __init__(self, documents: DocumentStore, comparison_id: UUID) -> None:
        self.id = uuid4()
        self.pieces = 0
        self._documents = documents
        self._owner = list_owner(comparison_id)

    async def keep(self, piece: bytes) -> None:
        self.pieces += 1
        await self._documents.keep(self._owner, piece_id(self.id, self.pieces - 1), piece)

    async def discard(self) -> None:
        for number in range(self.pieces):
            await self._documents.delete(self._owner, piece_id(self.id, number))


async def require_waiting(unit: Unit, comparison_id: UUID) -> None:
    """Raises NotFound, or Conflict when the comparison has its list already."""
    state = await (await unit.driver()).fetchval(_WAITS, comparison_id, unit.actor.agency())
    if state is None:
        raise NotFound
    if state != "awaiting_file":
        raise _has_list()


@asynccontextmanager
async def receive_list(
    documents: DocumentStore, comparison_id: UUID, stream: AsyncIterator[bytes]
) -> AsyncIterator[ReceivedList]:
    """Store the stream, and give it to the block that queues it. Raises TooLarge or InvalidInput.

    Whatever ends the block otherwise (a refusal, a budget, a sender who hangs up) deletes what was stored at once.
    """
    upload = _Upload(documents, comparison_id)
    try:
        yield await _received(upload, stream)
    except BaseException:
        with anyio.CancelScope(shield=True):
            await upload.discard()
        raise


async def _received(upload: _Upload, stream: AsyncIterator[bytes]) -> ReceivedList:
    pieces = _pieces(stream)
    first = await anext(pieces, b"")
    if not first.strip():
        raise _invalid("list_empty", "名单是空的", "请确认文件已保存完整后重新上传")
    if first.startswith(_WORKBOOKS):
        return await _workbook(upload, first, pieces)
    probe, counter, digest = EncodingProbe(), LineCounter(first), hashlib.sha256()
    size = 0
    async for piece in _chained(first, pieces):
        size += len(piece)
        if size > BYTES_MAX:
            raise TooLarge(
                [_reason("list_too_large", f"名单超过{BYTES_MAX // MIB} MiB", "请分成几个文件分别比对")]
            )
        probe.feed(piece)
        digest.update(piece)
        counter.feed(piece)
        await upload.keep(piece)
    form = ListForm.NDJSON if first.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") else ListForm.CSV
    lines = counter.lines() - (form is ListForm.CSV)
    _require_possible(lines)
    return ReceivedList(upload.id, form, probe.encoding(), upload.pieces, digest.digest(), lines)


async def queue_comparison(
    unit: Unit, comparison_id: UUID, received: ReceivedList, *, lines_per_day: int
) -> None:
    """Hand the stored list to the worker. Raises TooMany beyond the day's budget, Conflict when another was faster."""
    await _spend(unit, received.lines, lines_per_day)
    done = await (await unit.driver()).execute(
        _QUEUE,
        comparison_id,
        received.form.value,
        received.encoding,
        received.pieces,
        received.sha256,
        received.lines,
        unit.actor.agency(),
        received.upload_id,
    )
    if done != "UPDATE 1":
        raise _has_list()
    await record_event(
        unit,
        "comparison:list_received",
        subject_kind="comparison",
        subject_id=comparison_id,
        details={"form": received.form.value, "lines": received.lines},
    )


async def _spend(unit: Unit, lines: int, lines_per_day: int) -> None:
    driver = await unit.driver()
    taken = await driver.fetchval(_TAKE, unit.actor.principal_id, lines, lines_per_day)
    if taken < lines:  # the transaction is rolled back, and with it what was taken
        reason = _reason(
            "compared_lines_spent",
            f"今天可比对的行数（每日{lines_per_day}行）已不够这份名单的{lines}行",
            "请减少行数，或明天再比对",
        )
        raise TooMany([reason], retry_after_seconds=86_400)


async def _pieces(stream: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    held = bytearray()
    async for chunk in stream:
        held += chunk
        while len(held) >= PIECE_BYTES:
            yield bytes(held[:PIECE_BYTES])
            del held[:PIECE_BYTES]
    if held:
        yield bytes(held)


async def _chained(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in rest:
        yield piece


async def _workbook(upload: _Upload, first: bytes, rest: AsyncIterator[bytes]) -> ReceivedList:
    """An Excel list is read behind the guards at once and kept as NDJSON rows of the one visible sheet."""
    data = bytearray(first)
    async for piece in rest:
        data += piece
        if len(data) > COMPARISON_WORKBOOK.max_bytes:
            break
    table = await read_table(bytes(data), limits=COMPARISON_WORKBOOK)
    sheets = [sheet for sheet in table.sheets if sheet.visible and sheet.rows]
    if len(sheets) != 1:
        raise _invalid("sheet_unclear", "须有且只有一个可见的工作表有内容", "请只保留要比对的工作表")
    rows = sheets[0].rows
    texts = ([cell_text(cell) for cell in row] for row in rows)
    heading = next(texts)

    def told() -> bytes:
        return b"\n".join(orjson.dumps(row) for row in (heading, *texts))

    content = await anyio.to_thread.run_sync(told)
    lines = len(rows) - 1
    _require_possible(lines)
    for start in range(0, len(content), PIECE_BYTES):
        await upload.keep(content[start : start + PIECE_BYTES])
    return ReceivedList(
        upload.id, ListForm.ROWS, "utf-8", upload.pieces, hashlib.sha256(content).digest(), lines
    )


def _require_possible(lines: int) -> None:
    if not 1 <= lines <= LINES_MAX:
        raise _invalid(
            "line_count_out_of_range",
            f"名单有{max(lines, 0)}行，须在1至{LINES_MAX}行之间",
            "请分成几个文件分别比对",
        )


def owner_of(comparison_id: UUID) -> Owner:
    """Whose objects the answers are."""
    return Owner("comparison", comparison_id)


def list_owner(comparison_id: UUID) -> Owner:
    """Whose objects the pieces of lists are: apart from the answers, so that all of them can be deleted sooner."""
    return Owner(LIST_KIND, comparison_id)


def piece_id(upload_id: UUID, number: int) -> UUID:
    """The id of a piece of the list, of one upload."""
    return uuid5(upload_id, f"piece {number}")


def part_id(comparison_id: UUID, number: int) -> UUID:
    """The id of a part of the answers."""
    return uuid5(comparison_id, f"part {number}")


def _has_list() -> Conflict:
    return Conflict(
        [
            Reason(
                code="comparison_has_list",
                field="comparison_id",
                message="这次比对已经收到名单，或已取消",
                remedy="请为另一份名单新建一次比对",
            )
        ]
    )


def _invalid(code: str, message: str, remedy: str) -> InvalidInput:
    return InvalidInput([_reason(code, message, remedy)])


def _reason(code: str, message: str, remedy: str) -> Reason:
    return Reason(code=code, message=message, remedy=remedy, field="file", citation=UNSOURCED)
