"""Job: seal what happened (封存) and publish the log over it, within the promised delay; says so when it could not."""

import asyncio
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import structlog
from anyio import to_thread

from app.access.unit import system_unit
from app.archive.log.actions.note_events import note_events
from app.archive.log.actions.notice_restoration import (
    Sign,
    compare_origin,
    note_log_compared,
    notice_restoration,
)
from app.archive.log.actions.publish_log import LogStopped, Publication, publish_log
from app.archive.log.actions.seal_events import seal_events
from app.archive.log.queries.nodes import latest_head
from app.archive.log.queries.status import log_keys, log_status
from app.archive.log.rules.heads import SIGNS_OF_RESTORATION
from app.archive.log.rules.leaves import ALARM_DELAY_S, PROMISED_DELAY_S
from app.archive.log.rules.notes import Checkpoint, NoteBroken, Verifier, read_checkpoint
from app.db.log_keys import LogKeys
from app.db.roles import DatabaseRole
from app.kernel.errors import UNSOURCED, Reason
from app.settings import Settings
from app.web.house import House

log = structlog.get_logger(__name__)

_BATCH = 2_500
_HEAD_BATCH = 10_000
_BATCHES_A_HEAD = _HEAD_BATCH // _BATCH
_HEADS_AHEAD = 4


async def run_sealing(parts: House) -> int:
    """How many events were sealed and published; each batch is a transaction of its own.

    Raises LogStopped, having logged why, when a tree head is out that the database does not lead to.
    """
    async with system_unit(parts.engines, DatabaseRole.APP_PUBLIC) as unit:
        before = await log_status(unit)
    if before.oldest_waiting_s > PROMISED_DELAY_S:
        tell = log.error if before.oldest_waiting_s > ALARM_DELAY_S else log.warning
        tell("sealing late", oldest_seconds=before.oldest_waiting_s, waiting=before.waiting)
    try:
        publication = await _publication(parts)
        # First, so that nothing more is sealed by a database that is behind what it has published.
        await _publish(parts, publication)
        async with system_unit(parts.engines, DatabaseRole.LOG_SEQUENCER) as unit:
            if await compare_origin(unit):
                log.critical("database lives elsewhere than it did: payments are closed")
            await note_log_compared(unit)
            await note_events(unit, publication.verifiers)
        done = await _seal_and_publish(parts, publication)
    except LogStopped as stopped:
        for reason in stopped.reasons:
            log.critical("log stopped", code=reason.code, message=reason.message, remedy=reason.remedy)
        await _close_payments(parts, stopped)
        raise
    if done:
        log.info("log published", sealed=done, oldest_seconds=before.oldest_waiting_s)
    return done


async def _close_payments(parts: House, stopped: LogStopped) -> None:
    """At once, and not only when the log is late: what it stopped for may be forgotten payments."""
    evidence = {
        reason.code: reason.message for reason in stopped.reasons if reason.code in SIGNS_OF_RESTORATION
    }
    if evidence:
        async with system_unit(parts.engines, DatabaseRole.LOG_SEQUENCER) as unit:
            await notice_restoration(unit, Sign.LOG, evidence)


async def _seal_and_publish(parts: House, publication: Publication) -> int:
    """Until nothing waits; what is sealed is published while the next leaves are sealed, a few tree heads ahead."""
    behind: asyncio.Queue[int] = asyncio.Queue(_HEADS_AHEAD)
    sealing = asyncio.create_task(_seal_all(parts, behind))
    done = 0
    try:
        while sealed := await behind.get():
            done += sealed
            await _publish(parts, publication)
    except BaseException:
        # What is being sealed is rolled back; what was sealed is published when the log goes on.
        sealing.cancel()
        await asyncio.wait({sealing})
        raise
    await sealing
    return done


async def _seal_all(parts: House, behind: asyncio.Queue[int]) -> None:
    """Tell after each tree head's worth of leaves how many they were, and 0 at the end, even when it is an error."""
    try:
        sealed = _HEAD_BATCH
        while sealed == _HEAD_BATCH:
            sealed = await _seal(parts)
            await behind.put(sealed)
    except Exception:
        await behind.put(0)
        raise
    await behind.put(0)


async def _seal(parts: House) -> int:
    sealed = 0
    for _ in range(_BATCHES_A_HEAD):
        async with system_unit(parts.engines, DatabaseRole.LOG_SEQUENCER) as unit:
            batch = await seal_events(unit, _BATCH)
        sealed += batch
        if batch < _BATCH:
            break
    return sealed


async def _publish(parts: House, publication: Publication) -> None:
    held = publication.files.exclusive()
    await to_thread.run_sync(held.__enter__)  # in a thread: it may have to wait for another process
    try:
        covered = True
        while covered:
            async with system_unit(parts.engines, DatabaseRole.LOG_SEQUENCER) as unit:
                covered = await publish_log(unit, publication, _HEAD_BATCH) > 0
    finally:
        held.__exit__(None, None, None)


async def _publication(parts: House) -> Publication:
    settings = parts.settings
    if settings.evaluation and not settings.log_key_file.exists():
        LogKeys.generate().save(settings.log_key_file)
    try:
        keys = LogKeys.load(settings.log_key_file)
    except (OSError, ValueError):
        raise LogStopped([_no_key(settings.log_key_file)]) from None
    async with system_unit(parts.engines, DatabaseRole.APP_PUBLIC) as unit:
        head = await latest_head(unit)
        former = tuple(Verifier.parse(row["verifier"]) for row in await log_keys(unit))
    origin = settings.log_origin or (head.note.partition("\n")[0] if head else origin_of(settings))
    publication = Publication(origin, keys, parts.log_files, former)
    return replace(publication, monitored=_monitored(settings, publication.known))


def origin_of(settings: Settings) -> str:
    """The public address of the log without its scheme (C2SP tlog-checkpoint: the origin)."""
    parts = urlsplit(settings.issuer)
    return f"{parts.netloc}{parts.path}/log"


def _monitored(settings: Settings, verifiers: list[Verifier]) -> Checkpoint | None:
    if settings.log_monitor_file is None or not settings.log_monitor_file.exists():
        return None
    try:
        return read_checkpoint(settings.log_monitor_file.read_text(), verifiers)
    except (NoteBroken, UnicodeDecodeError):
        raise LogStopped([_NOT_MONITORED]) from None


_NOT_MONITORED = Reason(
    code="log_monitor_file_broken",
    message="监测方保存的检查点没有本系统密钥的有效签名，停止封存",
    remedy="请检查 REGISTRY_LOG_MONITOR_FILE 是否为 registry monitor 监测本系统所保存的文件",
    citation=UNSOURCED,
)


def _no_key(path: Path) -> Reason:
    return Reason(
        code="log_key_missing",
        message=f"读不到封存日志的签名密钥 {path}，停止封存",
        remedy="请用 registry log-keys create 生成，或从备份恢复；文件须只有所有者可以读写",
        citation=UNSOURCED,
    )
