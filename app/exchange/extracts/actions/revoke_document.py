"""Take back an extract or a credential; a notice is the agency's and stays."""

from uuid import UUID

from sqlalchemy import text

from app.access.unit import Unit
from app.audit.events import record_event
from app.kernel.errors import NotFound

_REVOKE = text("""
    UPDATE issued_document SET revoked_at = :now
    WHERE document_id = :document_id AND revoked_at IS NULL AND kind <> 'decision_notice'
      AND person_id IN (SELECT person_group(:person_id))
""")


async def revoke_document(unit: Unit, document_id: UUID) -> None:
    """Raises NotFound when there is none of the person's own that can be taken back."""
    asked = {"now": unit.now, "document_id": document_id, "person_id": unit.actor.person_id}
    revoked = await unit.session.execute(_REVOKE, asked)
    if revoked.rowcount != 1:  # type: ignore[attr-defined]
        raise NotFound
    await record_event(unit, "document:revoked", subject_kind="issued_document", subject_id=document_id)
