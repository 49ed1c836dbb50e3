"""An officer of the directory confirms an institution's account against its 开户许可."""

from uuid import UUID

from sqlalchemy import text

from app.access.unit import Unit
from app.audit.events import record_event
from app.kernel.errors import NotFound
from app.reference.divisions import prefix_of

_CONFIRM = text("""
    UPDATE institution_account AS account SET confirmed_by = :actor, confirmed_at = registry_now()
    FROM training_institution AS held
    WHERE held.institution_id = account.institution_id AND starts_with(held.division_code, :prefix)
      AND account.account_id = :account_id AND account.confirmed_at IS NULL AND account.ended_at IS NULL
""")


async def confirm_institution_account(unit: Unit, *, account_id: UUID) -> None:
    """Raises ``NotFound`` outside the officer's area, or when it is confirmed or has ended."""
    confirmed = await unit.session.execute(
        _CONFIRM,
        {
            "actor": unit.actor.principal_id,
            "account_id": account_id,
            "prefix": prefix_of(unit.actor.division_code or ""),
        },
    )
    if confirmed.rowcount != 1:  # type: ignore[attr-defined]
        raise NotFound
    await record_event(
        unit, "institution_account:confirmed", subject_kind="institution_account", subject_id=account_id
    )
