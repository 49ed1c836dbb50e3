"""Confirms a permission (确认授权): the second security administrator; it holds at once."""

from uuid import UUID

from sqlalchemy import update
from sqlmodel import col

from app.access.unit import Unit
from app.audit.events import record_event
from app.identity.accounts import rules
from app.identity.accounts.actions.end_sessions import expire_access_tokens
from app.identity.accounts.tables import PermissionGrantRow
from app.kernel.errors import NotFound, Reason, Refused


async def confirm_permission(unit: Unit, *, grant_id: UUID) -> PermissionGrantRow:
    """The grant in force. Raises NotFound, or Refused with every reason."""
    grant = await unit.session.get(PermissionGrantRow, grant_id)
    if grant is None:
        raise NotFound
    me = unit.actor.principal_id
    reasons = []
    if grant.revoked_at is not None or grant.confirmed_at is not None:
        reasons.append(_not_open())
    if grant.proposed_by == me:
        reasons.append(rules.second_person_needed("授权"))
    if reasons:
        raise Refused(reasons)
    await expire_access_tokens(unit, grant.principal_id)
    confirmed = await unit.session.scalars(
        update(PermissionGrantRow)
        .where(
            col(PermissionGrantRow.grant_id) == grant_id,
            col(PermissionGrantRow.confirmed_at).is_(None),
            col(PermissionGrantRow.revoked_at).is_(None),
        )
        .values(confirmed_by=me, confirmed_at=unit.now)
        .returning(PermissionGrantRow)
        .execution_options(populate_existing=True)
    )
    grant = confirmed.one_or_none()
    if grant is None:  # somebody else was quicker
        raise Refused([_not_open()])
    await record_event(
        unit,
        "permission:confirmed",
        subject_kind="principal",
        subject_id=grant.principal_id,
        details={"grant": str(grant_id), "permission": grant.permission},
    )
    return grant


def _not_open() -> Reason:
    return Reason(
        code="permission_grant_not_open",
        message="该授权已确认或已撤销，不能再确认",
        remedy="请刷新授权列表；需要重新授权的请另行提出",
    )
