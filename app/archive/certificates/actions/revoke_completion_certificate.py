"""Revoke the 培训合格证书 of an entry that was revoked, in the transaction that revokes the entry."""

from uuid import UUID

from sqlalchemy import text

from app.access.unit import Unit
from app.audit.events import announce, record_event

_REVOKE = text("SELECT revoke_completion_certificate(:actor, :correction_id)")


async def revoke_completion_certificate(unit: Unit, *, correction_id: UUID, record_number: str) -> None:
    """Nothing happens when the correction did not revoke a completion, or its certificate is revoked already.

    ``record_number`` is the entry's; it is announced as a revocation by the network would be.
    """
    certificate_id = (
        await unit.session.execute(
            _REVOKE, {"actor": unit.actor.principal_id, "correction_id": correction_id}
        )
    ).scalar_one_or_none()
    if certificate_id is None:
        return
    payload = {"certificate_id": str(certificate_id), "record_numbers": [record_number]}
    await record_event(
        unit,
        "certificate:revoked",
        subject_kind="certificate",
        subject_id=certificate_id,
        details={**payload, "correction_id": str(correction_id)},
    )
    await announce(unit, "certificate.revoked", payload)
