"""Revoke the 培训合格证书 of an entry that was revoked, in the transaction that revokes the entry."""

from uuid import UUID

from sqlalchemy import text

from app.access.unit import Unit
from app.audit.events import announce, record_event

_REVOKE = text("SELECT revoke_completion_certificate(:actor, :correction_id)")


async def revoke_completion_certificate(unit: Unit, *, correction_id: UUID) -> None:
    """Nothing happens when the correction did not revoke a completion, or its certificate is revoked already."""
    certificate_id = (
        await unit.session.execute(
            _REVOKE, {"actor": unit.actor.principal_id, "correction_id": correction_id}
        )
    ).scalar_one_or_none()
    if certificate_id is None:
        return
    await record_event(
        unit,
        "certificate:revoked",
        subject_kind="certificate",
        subject_id=certificate_id,
        details={"correction_id": str(correction_id)},
    )
    await announce(unit, "certificate.revoked", {"certificate_id": str(certificate_id)})
