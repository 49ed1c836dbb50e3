"""Take a share back; from the commit on its code opens nothing."""

from uuid import UUID

from sqlalchemy import text

from app.access.unit import Unit
from app.audit.events import record_event
from app.kernel.errors import NotFound

_REVOKE = text("""
    UPDATE record_share SET revoked_at = :now
    WHERE share_id = :share_id AND revoked_at IS NULL AND person_id IN (SELECT person_group(:person_id))
""")


async def revoke_share(unit: Unit, share_id: UUID) -> None:
    """Raises NotFound when there is none of the person's own that is not taken back yet."""
    revoked = await unit.session.execute(
        _REVOKE, {"now": unit.now, "share_id": share_id, "person_id": unit.actor.person_id}
    )
    if revoked.rowcount != 1:  # type: ignore[attr-defined]
        raise NotFound
    await record_event(unit, "share:revoked", subject_kind="record_share", subject_id=share_id)
