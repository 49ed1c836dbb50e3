"""A comparison ends: done, canceled by the agency, or failed; and later what it holds of persons is deleted."""

from datetime import timedelta
from uuid import UUID

from app.access.unit import Unit
from app.audit.events import record_event
from app.exchange.comparisons.actions.receive_list import LIST_KIND, list_owner, owner_of
from app.files.store import DocumentStore
from app.kernel.errors import Conflict, NotFound, Reason

ANSWERS_KEPT = timedelta(days=7)
"""How long answers can be downloaded; an operating value of the registry (个人信息保护法 第十九条: 最短时间)."""
ABANDONED_AFTER = timedelta(days=1)
"""A comparison whose list never came."""

_CANCEL = """
UPDATE comparison SET state = 'canceled', finished_at = registry_now()
WHERE comparison_id = $1 AND agency_id = $2 AND state IN ('awaiting_file', 'queued', 'running')
"""
_KNOWN = "SELECT 1 FROM comparison WHERE comparison_id = $1 AND agency_id = $2"
_END = """
UPDATE comparison SET state = $2, failure = $3, finished_at = registry_now(), lines_total = lines_done
WHERE comparison_id = $1 AND state IN ('queued', 'running')
"""
_DUE = """
SELECT comparison_id FROM comparison
WHERE cleared_at IS NULL AND (finished_at < $1 OR state = 'canceled' OR state = 'awaiting_file' AND created_at < $2)
LIMIT 100
"""
_CLEARED = """
UPDATE comparison SET cleared_at = registry_now(),
  state = CASE state WHEN 'awaiting_file' THEN 'canceled' ELSE state END,
  finished_at = coalesce(finished_at, registry_now())
WHERE comparison_id = $1
"""
_OVER = """
SELECT comparison_id FROM comparison
WHERE comparison_id = ANY($1) AND state NOT IN ('awaiting_file', 'queued', 'running')
"""


async def cancel_comparison(unit: Unit, comparison_id: UUID) -> None:
    """Stop it. Raises NotFound, or Conflict when it has ended; the access rows of what was compared stay."""
    driver = await unit.driver()
    if await driver.execute(_CANCEL, comparison_id, unit.actor.agency()) != "UPDATE 1":
        if await driver.fetchval(_KNOWN, comparison_id, unit.actor.agency()) is None:
            raise NotFound
        raise Conflict(
            [
                Reason(
                    code="comparison_ended",
                    field="comparison_id",
                    message="这次比对已经结束",
                    remedy="已完成的比对可以下载结果",
                )
            ]
        )
    await record_event(unit, "comparison:canceled", subject_kind="comparison", subject_id=comparison_id)


async def end_comparison(unit: Unit, comparison_id: UUID, *, failure: str | None = None) -> None:
    """Done, or failed for that reason."""
    state = "done" if failure is None else "failed"
    if await (await unit.driver()).execute(_END, comparison_id, state, failure) == "UPDATE 1":
        await record_event(
            unit,
            f"comparison:{state}",
            subject_kind="comparison",
            subject_id=comparison_id,
            details={"failure": failure} if failure else {},
        )


async def delete_list(documents: DocumentStore, comparison_id: UUID) -> None:
    """Delete all that was ever sent as the list; can be repeated."""
    await documents.delete_all(list_owner(comparison_id))


async def clear_comparisons(unit: Unit, documents: DocumentStore) -> int:
    """Delete lists and answers whose time is over; how many comparisons were cleared."""
    driver = await unit.driver()
    due = await driver.fetch(_DUE, unit.now - ANSWERS_KEPT, unit.now - ABANDONED_AFTER)
    for row in due:
        comparison_id: UUID = row["comparison_id"]
        await delete_list(documents, comparison_id)
        await documents.delete_all(owner_of(comparison_id))
        await driver.execute(_CLEARED, comparison_id)
    # A process that died while it received a list could not delete it, and the comparison may be cleared since.
    for over in await driver.fetch(_OVER, list(await documents.owners(LIST_KIND))):
        await delete_list(documents, over["comparison_id"])
    return len(due)
