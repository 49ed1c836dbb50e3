"""Escalate what was not answered in time: once, to the agencies above. Time answers nothing by itself."""

from sqlalchemy import text

from app.access.unit import Unit
from app.archive.correction_requests.queries import overdue_requests
from app.audit.events import announce
from app.reference.divisions import divisions

_MARK = text("""
    UPDATE correction_request SET escalated_at = :now WHERE person_id = :person_id AND request_id = :request_id
""")


async def escalate_overdue(unit: Unit, page: int) -> int:
    """How many were escalated, at most ``page``; each is announced with the division that supervises."""
    overdue = await overdue_requests(unit, page)
    for row in overdue:
        await unit.session.execute(
            _MARK, {"now": unit.now, "person_id": row.person_id, "request_id": row.request_id}
        )
        await announce(
            unit,
            "correction_request.escalated",
            {
                "request_id": str(row.request_id),
                "division_code": row.division_code,
                "supervised_by": divisions().get().parent_of(row.division_code, unit.today),
                "due_on": row.due_on.isoformat(),
            },
        )
    return len(overdue)
