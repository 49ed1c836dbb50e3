"""Job: store the certificates of issuers' lists, part by part; a worker that dies goes on where it stopped."""

import asyncio
from dataclasses import replace
from datetime import date

import anyio.to_thread
import structlog

from app.access.unit import system_unit
from app.archive.certificates.actions.import_part import import_part
from app.archive.certificates.actions.prepare_part import PreparedPart, prepare_part
from app.archive.certificates.actions.receive_issuer_file import PART_ROWS, owner_of, part_id, unpacked
from app.archive.certificates.queries.imports import ImportJob, next_import
from app.archive.certificates.rules.issuer_file import Yardstick
from app.archive.certificates.rules.issuer_part import judge_part
from app.db.crypto import SealBroken
from app.db.roles import DatabaseRole
from app.kernel.errors import NotFound
from app.reference.divisions import was_in_force
from app.reference.occupations import occupations
from app.web.house import House

log = structlog.get_logger(__name__)

_FAIL = """
UPDATE certificate_import SET state = 'failed', finished_at = registry_now()
WHERE import_id = $1 AND state IN ('received', 'running')
"""


async def run_certificate_imports(parts: House) -> int:
    """Work until no import waits; returns how many rows were taken in."""
    taken = 0
    while True:
        async with system_unit(parts.engines, DatabaseRole.WORKER) as unit:
            job = await next_import(unit)
            today = unit.today
        if job is None:
            return taken
        try:
            taken += await _import(parts, job, today)
        except (NotFound, SealBroken):
            await _fail(parts, job)


async def _import(parts: House, job: ImportJob, today: date) -> int:
    """Rows taken in, up to the end or to where another worker was faster. Raises NotFound, SealBroken."""
    taken = 0
    coming = asyncio.create_task(_prepare(parts, job, today))
    while True:
        ready = await coming
        rows = ready.judged.rows
        after = replace(job, state="running", rows_done=job.rows_done + rows)
        is_last = after.rows_done >= job.rows_total
        if not is_last:
            # Prepared while the database stores the part before it: never more than two parts are in memory.
            coming = asyncio.create_task(_prepare(parts, after, today))
        try:
            async with system_unit(parts.engines, DatabaseRole.WORKER) as unit:
                is_done = await import_part(unit, job, ready)
        except BaseException:
            coming.cancel()
            raise
        if is_done is None:
            coming.cancel()
            return taken
        taken += rows
        log.info("certificate import", rows=rows, refused=len(ready.judged.defects), done=is_done)
        if is_last:
            await _forget(parts, after)
            return taken
        job = after


async def _prepare(parts: House, job: ImportJob, today: date) -> PreparedPart:
    """The part that begins after ``job.rows_done`` rows, judged and ready to be stored."""
    content = await parts.documents.get(owner_of(job.import_id), part_id(job.import_id, job.rows_done))
    yardstick = Yardstick(
        today=today, body_code=job.body_code, area_known=was_in_force, known=occupations().get()
    )
    # In a thread: judging thousands of rows must not keep the other jobs waiting.
    judged = await anyio.to_thread.run_sync(lambda: judge_part(*unpacked(content), yardstick))
    return await prepare_part(parts.engines, parts.keys, judged)


async def _fail(parts: House, job: ImportJob) -> None:
    """The sealed rows are gone or do not open: nobody but the sender can help."""
    log.error("certificate import cannot be read", import_id=str(job.import_id), row=job.rows_done)
    async with system_unit(parts.engines, DatabaseRole.WORKER) as unit:
        driver = await unit.driver()
        await driver.execute(_FAIL, job.import_id)


async def _forget(parts: House, job: ImportJob) -> None:
    for start in range(0, job.rows_total, PART_ROWS):
        await parts.documents.delete(owner_of(job.import_id), part_id(job.import_id, start))
