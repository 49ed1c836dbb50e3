"""An institution ends an account of its own: nothing more is paid to it."""

from uuid import UUID

from sqlalchemy import text

from app.access.unit import Unit
from app.audit.events import record_event
from app.kernel.errors import NotFound

_END = text("""
    UPDATE institution_account SET ended_at = registry_now()
    WHERE account_id = :account_id AND institution_id = :institution_id AND ended_at IS NULL
""")


async def end_institution_account(unit: Unit, *, account_id: UUID) -> None:
    """Raises ``NotFound`` for another institution's account, or one that has ended."""
    ended = await unit.session.execute(
        _END, {"account_id": account_id, "institution_id": unit.actor.institution()}
    )
    if ended.rowcount != 1:  # type: ignore[attr-defined]
        raise NotFound
    await record_event(
        unit, "institution_account:ended", subject_kind="institution_account", subject_id=account_id
    )
