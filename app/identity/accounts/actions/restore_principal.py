"""Restores a suspended account (恢复账号); its holder signs in anew."""

from uuid import UUID

from sqlalchemy import update
from sqlmodel import col

from app.access.unit import Unit
from app.audit.events import record_event
from app.identity.accounts.actions.suspend_principal import must_be_another
from app.identity.accounts.tables import PrincipalRow
from app.kernel.errors import Reason, Refused


async def restore_principal(unit: Unit, *, principal_id: UUID, reason: str) -> None:
    """Let the account sign in again, with the permissions it has. Raises NotFound, or Refused when not suspended.

    One security administrator is enough, unlike for a new right or new credentials: restoring grants nothing (each
    permission still rests on two administrators, and can be revoked while suspended; password and second factor are
    the holder's), so it cannot be used to gain anything. Needing a second one would make every mistaken suspension of
    a security administrator, who are few, a lock-out. The audit event names who restored, and nobody the own account.
    """
    await must_be_another(unit, principal_id, "恢复")
    restored = await unit.session.execute(
        update(PrincipalRow)
        .where(col(PrincipalRow.principal_id) == principal_id, col(PrincipalRow.suspended_at).is_not(None))
        .values(suspended_at=None)
    )
    if restored.rowcount != 1:  # type: ignore[attr-defined]
        raise Refused([Reason(code="principal_not_suspended", message="该账号没有停用", remedy="无需恢复")])
    await record_event(
        unit,
        "principal:restored",
        subject_kind="principal",
        subject_id=principal_id,
        details={"reason": reason},
    )
