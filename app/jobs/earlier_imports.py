"""Job: store lists of benefits paid before the registry, part by part; a worker that dies goes on where it stopped."""

from dataclasses import replace
from datetime import date

import anyio.to_thread
import structlog

from app.access.unit import system_unit
from app.db.crypto import SealBroken
from app.db.roles import DatabaseRole
from app.files.lists import Row
from app.kernel.errors import NotFound, Reason
from app.reference.divisions import prefix_of, was_in_force
from app.reference.occupations import occupations
from app.subsidies.earlier.actions.receive_file import PART_ROWS, owner_of, part_id, unpacked
from app.subsidies.earlier.actions.store_part import store_part
from app.subsidies.earlier.queries import EarlierJob, next_import
from app.subsidies.earlier.rules import EarlierBenefit, Yardstick, judge_row
from app.web.house import House

log = structlog.get_logger(__name__)

_FAIL = """
UPDATE earlier_import SET state = 'failed', finished_at = registry_now()
WHERE import_id = $1 AND state IN ('received', 'running')
"""
_Judged = tuple[list[EarlierBenefit], list[tuple[int, tuple[Reason, ...]]]]


async def run_earlier_imports(parts: House) -> int:
    """Work until no import waits; returns how many rows were taken in hand."""
    taken = 0
    while True:
        async with system_unit(parts.engines, DatabaseRole.WORKER) as unit:
            job, today = await next_import(unit), unit.today
        if job is None:
            return taken
        try:
            taken += await _import(parts, job, today)
        except (NotFound, SealBroken):
            await _fail(parts, job)


async def _import(parts: House, job: EarlierJob, today: date) -> int:
    """Rows taken in hand, up to the end or to where another worker was faster. Raises NotFound, SealBroken."""
    taken = 0
    while job.rows_done < job.rows_total:
        content = await parts.documents.get(owner_of(job.import_id), part_id(job.import_id, job.rows_done))
        rows = unpacked(content)
        judged, refused = await anyio.to_thread.run_sync(_judge, rows, _yardstick(job, today))
        async with system_unit(parts.engines, DatabaseRole.WORKER) as unit:
            is_done = await store_part(unit, parts.keys, job, judged, refused)
        if is_done is None:
            return taken
        taken += len(rows)
        job = replace(job, state="running", rows_done=job.rows_done + len(rows))
        log.info("earlier import", rows=len(rows), refused=len(refused), done=is_done)
    for start in range(0, job.rows_total, PART_ROWS):
        await parts.documents.delete(owner_of(job.import_id), part_id(job.import_id, start))
    return taken


async def _fail(parts: House, job: EarlierJob) -> None:
    """The sealed rows are gone or do not open: nobody but the sender can help."""
    log.error("earlier import cannot be read", import_id=str(job.import_id), row=job.rows_done)
    async with system_unit(parts.engines, DatabaseRole.WORKER) as unit:
        await (await unit.driver()).execute(_FAIL, job.import_id)


def _yardstick(job: EarlierJob, today: date) -> Yardstick:
    return Yardstick(
        today=today,
        division_code=job.division_code,
        division_prefix=prefix_of(job.division_code),
        area_known=was_in_force,
        known=occupations().get(),
    )


def _judge(rows: list[Row], yardstick: Yardstick) -> _Judged:
    judged: list[EarlierBenefit] = []
    refused: list[tuple[int, tuple[Reason, ...]]] = []
    for row in rows:
        found = judge_row(row, yardstick)
        if isinstance(found, EarlierBenefit):
            judged.append(found)
        else:
            refused.append((row[0], found))
    return judged, refused
