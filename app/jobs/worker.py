"""The worker loop (``registry work``): every job at its pace, one failing job never stops another."""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import structlog

from app.jobs.account_checks import run_account_checks
from app.jobs.attestations import run_attestations, run_token_sweep, run_tokens
from app.jobs.bank_statements import run_bank_statements
from app.jobs.certificate_checks import run_certificate_checks
from app.jobs.certificate_imports import run_certificate_imports
from app.jobs.certificate_links import run_certificate_links
from app.jobs.certificate_sync import run_certificate_sync
from app.jobs.comparisons import run_comparisons
from app.jobs.counting import run_counting
from app.jobs.earlier_imports import run_earlier_imports
from app.jobs.evidence_alarms import run_evidence_alarms
from app.jobs.identity_checks import run_due_checks
from app.jobs.late_records import run_late_records
from app.jobs.listing_checks import run_listing_checks
from app.jobs.messages import run_messages, run_reminders
from app.jobs.notices import run_clearance, run_deadlines
from app.jobs.outbox import run_outbox
from app.jobs.outreach import run_outreach
from app.jobs.payments import run_payments
from app.jobs.purge import run_purge
from app.jobs.sealing import run_sealing
from app.jobs.vouchers import run_voucher_expiry
from app.settings import Settings
from app.web.house import House
from app.web.observability import configure_logging
from app.web.readiness import refuse_unsafe_database

log = structlog.get_logger(__name__)

_LONGEST_PAUSE_S = 300.0


@dataclass(frozen=True, slots=True)
class Job:
    """Work that comes up again and again; ``run`` returns how much of it was done."""

    name: str
    every_seconds: float
    run: Callable[[House], Awaitable[int]]


JOBS = (
    Job("identity_checks", 1.0, run_due_checks),
    Job("late_records", 5.0, run_late_records),
    Job("certificate_checks", 2.0, run_certificate_checks),
    Job("certificate_links", 2.0, run_certificate_links),
    Job("certificate_imports", 2.0, run_certificate_imports),
    Job("certificate_sync", 30.0, run_certificate_sync),
    Job("listing_checks", 2.0, run_listing_checks),
    Job("account_checks", 5.0, run_account_checks),
    Job("earlier_imports", 2.0, run_earlier_imports),
    Job("comparisons", 2.0, run_comparisons),
    Job("sealing", 3.0, run_sealing),
    Job("person_tokens", 2.0, run_tokens),
    Job("token_sweep", 600.0, run_token_sweep),
    Job("attestations", 2.0, run_attestations),
    Job("payments", 2.0, run_payments),
    Job("bank_statements", 3600.0, run_bank_statements),
    Job("evidence_alarms", 2.0, run_evidence_alarms),
    Job("voucher_expiry", 3600.0, run_voucher_expiry),
    Job("clearance", 60.0, run_clearance),
    Job("deadlines", 600.0, run_deadlines),
    Job("outreach", 600.0, run_outreach),
    Job("counting", 60.0, run_counting),
    Job("reminders", 600.0, run_reminders),
    Job("messages", 2.0, run_messages),
    Job("outbox", 2.0, run_outbox),
    Job("purge", 3600.0, run_purge),
)


JOB_NAMES = tuple(job.name for job in JOBS)


async def run_once(parts: House, jobs: Sequence[Job] = JOBS) -> dict[str, int]:
    """Every job once, in order; how much each has done. Raises whatever a job raises."""
    return {job.name: await job.run(parts) for job in jobs}


async def work(settings: Settings, *, once: bool = False, only: Sequence[str] = JOB_NAMES) -> None:
    """Run the jobs named by ``only`` until SIGINT or SIGTERM, or each of them once.

    A process that pays needs the passwords of ``pay_worker`` and ``app_public`` alone; no other needs the former.
    """
    configure_logging()
    jobs = tuple(job for job in JOBS if job.name in only)
    parts = House.of(settings)
    try:
        await refuse_unsafe_database(parts)
        if once:
            log.info("worker done", **await run_once(parts, jobs))
        else:
            await _until_stopped(parts, jobs)
    finally:
        await parts.close()


class Bell:
    """Rung, every job runs now; a job that is running runs once more."""

    def __init__(self) -> None:
        self.next = asyncio.Event()

    def ring(self) -> None:
        """Wake whoever waits for ``next``; the next ring is another event."""
        rung, self.next = self.next, asyncio.Event()
        rung.set()


async def _until_stopped(parts: House, jobs: Sequence[Job]) -> None:
    stopping, bell = asyncio.Event(), Bell()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stopping.set)
    loop.add_signal_handler(signal.SIGUSR1, bell.ring)
    log.info("worker started", jobs=[job.name for job in jobs])
    async with asyncio.TaskGroup() as group:
        for job in jobs:
            group.create_task(repeat(job, parts, stopping, bell), name=job.name)
    log.info("worker stopped")


async def repeat(job: Job, parts: House, stopping: asyncio.Event, bell: Bell | None = None) -> None:
    """Run ``job`` at its pace, and when ``bell`` is rung, until ``stopping``.

    After failures the pause doubles, up to five minutes.
    """
    bell = bell or Bell()
    pause = job.every_seconds
    while not stopping.is_set():
        rung = bell.next
        try:
            parts.keys.refresh()
            await job.run(parts)
            pause = job.every_seconds
        except Exception as failure:  # whatever it is, the other jobs and the next time go on
            pause = min(max(pause, 1.0) * 2, max(_LONGEST_PAUSE_S, job.every_seconds))
            log.exception("job failed", job=job.name, error=type(failure).__name__, next_try_seconds=pause)
        waits = [asyncio.ensure_future(each.wait()) for each in (stopping, rung)]
        await asyncio.wait(waits, timeout=pause, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
