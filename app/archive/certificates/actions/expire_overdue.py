"""Let certificates expire whose validity is over: a matter of the calendar, not of the network."""

from app.access.unit import Unit
from app.archive.certificates.queries.answering import EXPIRE
from app.audit.events import record_event
from app.audit.states import BATCH


async def expire_overdue(unit: Unit) -> int:
    """How many expired; their last day of validity still counted."""
    driver = await unit.driver()
    status = await driver.execute(EXPIRE, unit.today, unit.now, unit.actor.principal_id)
    expired = int(status.rsplit(" ", 1)[1])
    if expired:
        await record_event(
            unit,
            "certificate:expired",
            subject_kind="certificate",
            subject_id=BATCH,
            details={"expired": expired},
        )
    return expired
