"""Proposes a permission (提出授权): the first of two security administrators."""

from uuid import UUID

from sqlalchemy import insert
from uuid_utils.compat import uuid7

from app.access.actor import Permission, PrincipalKind
from app.access.unit import Unit
from app.audit.events import record_event
from app.identity.accounts.tables import PermissionGrantRow, PrincipalRow
from app.kernel.errors import NotFound, Reason, Refused

_HOLDERS = {PrincipalKind.OFFICER, PrincipalKind.AGENCY_CLIENT}


async def propose_permission(unit: Unit, *, principal_id: UUID, permission: Permission) -> PermissionGrantRow:
    """A proposed grant, without effect until confirmed. Raises NotFound, or Refused for who cannot hold permissions."""
    holder = await unit.session.get(PrincipalRow, principal_id)
    if holder is None:
        raise NotFound
    if holder.kind not in _HOLDERS:
        raise Refused(
            [
                Reason(
                    code="permission_holder_not_agency",
                    field="principal_id",
                    message="业务权限只能授予经办机构的工作人员或系统",
                    remedy="请核对账号；管理员不得持有业务权限（三员分立）",
                )
            ]
        )
    stored = await unit.session.scalars(
        insert(PermissionGrantRow)
        .values(
            grant_id=uuid7(),
            principal_id=principal_id,
            principal_kind=holder.kind,
            permission=permission,
            proposed_by=unit.actor.principal_id,
        )
        .returning(PermissionGrantRow)
    )
    grant = stored.one()
    await record_event(
        unit,
        "permission:proposed",
        subject_kind="principal",
        subject_id=principal_id,
        details={"grant": str(grant.grant_id), "permission": permission},
    )
    return grant
