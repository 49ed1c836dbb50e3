"""An officer of the directory confirms an institution's account against its 开户许可."""

from uuid import UUID

from sqlalchemy import text

from app.access.unit import Unit
from app.audit.events import record_event
from app.kernel.errors import NotFound, Refused
from app.subsidies.claims.rules.refusals import INSTITUTION_ACCOUNT_REASONS

_CONFIRM = text("SELECT confirm_institution_account(:actor, :account_id)")


async def confirm_institution_account(unit: Unit, *, account_id: UUID) -> None:
    """Raises NotFound outside the officer's area, Refused when somebody confirmed it before or it has ended."""
    asked = {"actor": unit.actor.principal_id, "account_id": account_id}
    outcome: str = (await unit.session.execute(_CONFIRM, asked)).scalar_one()
    if outcome == "account_unknown":
        raise NotFound
    if outcome in INSTITUTION_ACCOUNT_REASONS:
        raise Refused([INSTITUTION_ACCOUNT_REASONS[outcome]])
    await record_event(
        unit, "institution_account:confirmed", subject_kind="institution_account", subject_id=account_id
    )
