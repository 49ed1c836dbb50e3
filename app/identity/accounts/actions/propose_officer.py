"""Opens an officer's account (开设经办人账号), with permissions that a second administrator has yet to confirm."""

from collections.abc import Iterable
from uuid import UUID

from app.access.actor import Permission, PrincipalKind
from app.access.unit import Unit
from app.audit.events import record_event
from app.identity.accounts.actions.open_account import Invitation, open_account
from app.identity.accounts.actions.propose_permission import propose_permission
from app.identity.accounts.queries import get_agency


async def propose_officer(
    unit: Unit, *, agency_id: UUID, login_name: str, display_name: str, permissions: Iterable[Permission]
) -> Invitation:
    """An account that may sign in, and do nothing until its permissions are confirmed. Raises NotFound (agency)."""
    agency = await get_agency(unit, agency_id)
    invitation = await open_account(
        unit,
        kind=PrincipalKind.OFFICER,
        login_name=login_name,
        display_name=display_name,
        agency_id=agency.agency_id,
    )
    await record_event(
        unit,
        "officer:proposed",
        subject_kind="principal",
        subject_id=invitation.principal_id,
        details={"agency": str(agency_id)},
    )
    for permission in sorted(set(permissions)):
        await propose_permission(unit, principal_id=invitation.principal_id, permission=permission)
    return invitation
