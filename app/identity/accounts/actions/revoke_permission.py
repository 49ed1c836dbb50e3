"""Takes a permission away (撤销授权): one security administrator is enough, and it holds at once."""

from uuid import UUID

from sqlalchemy import update
from sqlmodel import col

from app.access.unit import Unit
from app.audit.events import record_event
from app.identity.accounts.actions.end_sessions import expire_access_tokens
from app.identity.accounts.tables import PermissionGrantRow
from app.kernel.errors import NotFound, Reason, Refused


async def revoke_permission(unit: Unit, *, grant_id: UUID) -> PermissionGrantRow:
    """The grant, ended; a proposal is withdrawn the same way. Raises NotFound, or Refused when it has ended already."""
    grant = await unit.session.get(PermissionGrantRow, grant_id)
    if grant is None:
        raise NotFound
    await expire_access_tokens(unit, grant.principal_id)
    revoked = await unit.session.scalars(
        update(PermissionGrantRow)
        .where(col(PermissionGrantRow.grant_id) == grant_id, col(PermissionGrantRow.revoked_at).is_(None))
        .values(revoked_by=unit.actor.principal_id, revoked_at=unit.now)
        .returning(PermissionGrantRow)
        .execution_options(populate_existing=True)
    )
    ended = revoked.one_or_none()
    if ended is None:
        raise Refused(
            [
                Reason(
                    code="permission_grant_ended",
                    message="该授权已经撤销",
                    remedy="无需重复办理，请刷新授权列表",
                )
            ]
        )
    await record_event(
        unit,
        "permission:revoked",
        subject_kind="principal",
        subject_id=ended.principal_id,
        details={"grant": str(grant_id), "permission": ended.permission},
    )
    return ended
