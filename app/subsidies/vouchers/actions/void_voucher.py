"""Void a voucher that nobody has used, with a reason."""

from uuid import UUID

from sqlalchemy import text

from app.access.unit import Unit
from app.audit.events import announce, record_event
from app.kernel.errors import NotFound, Refused
from app.subsidies.vouchers.rules import VOID_REASONS

_VOID = text("SELECT void_voucher(:actor, :voucher_id, :reason)")


async def void_voucher(unit: Unit, *, voucher_id: UUID, reason: str) -> None:
    """Raises NotFound outside the area, Refused when it has ended or a claim under way names it."""
    asked = {"actor": unit.actor.principal_id, "voucher_id": voucher_id, "reason": reason}
    outcome: str = (await unit.session.execute(_VOID, asked)).scalar_one()
    if outcome == "voucher_unknown":
        raise NotFound
    if outcome in VOID_REASONS:
        raise Refused([VOID_REASONS[outcome]])
    await record_event(
        unit, "voucher:voided", subject_kind="voucher", subject_id=voucher_id, details={"reason": reason}
    )
    await announce(unit, "voucher.voided", {"voucher_id": str(voucher_id)})
