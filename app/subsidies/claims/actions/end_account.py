"""End an own account: it is paid to no more; what was paid stays on record."""

from uuid import UUID

from sqlalchemy import text

from app.access.unit import Unit
from app.audit.events import record_event
from app.kernel.errors import NotFound

_END = text("""
    UPDATE payee_account SET ended_at = registry_now()
    WHERE account_id = :account_id AND ended_at IS NULL AND person_id IN (SELECT person_group(:person_id))
""")


async def end_account(unit: Unit, *, person_id: UUID, account_id: UUID) -> None:
    """Raises ``NotFound`` for somebody else's account, or one that has ended."""
    ended = await unit.session.execute(_END, {"account_id": account_id, "person_id": person_id})
    if ended.rowcount != 1:  # type: ignore[attr-defined]
        raise NotFound
    await record_event(unit, "payee_account:ended", subject_kind="payee_account", subject_id=account_id)
