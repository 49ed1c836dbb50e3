"""Take back the links between two persons who are about to be read apart, in the transaction that ends their merge."""

from uuid import UUID

from sqlalchemy import text

from app.access.unit import Unit
from app.audit.events import announce, record_event

REASON = "person_merge_ended"
"""What the link says of its end; unlike an officer's own unlinking it bars no later link."""
_UNLINK = text("""
    SELECT certificate_id, record_number FROM unlink_parting(:actor, :alias_id) ORDER BY certificate_id
""")


async def unlink_parting(unit: Unit, *, alias_id: UUID) -> int:
    """How many links crossed from the merged person (and its own aliases) to the others.

    Nothing happens unless the end of the merge waits for this officer's confirmation; the database refuses to end a
    merge across which a link lives.
    """
    rows = (
        await unit.session.execute(_UNLINK, {"actor": unit.actor.principal_id, "alias_id": alias_id})
    ).all()
    for row in rows:
        payload = {"certificate_id": str(row.certificate_id), "record_number": row.record_number}
        await record_event(
            unit,
            "certificate:unlinked",
            subject_kind="certificate",
            subject_id=row.certificate_id,
            details={**payload, "reason": REASON},
        )
        await announce(unit, "certificate.unlinked", {**payload, "reason": REASON})
    return len(rows)
