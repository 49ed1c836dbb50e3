"""Opens an account for a person of an institution (机构操作员), by an officer of the institution's division."""

from uuid import UUID

from sqlalchemy import text

from app.access.actor import PrincipalKind
from app.access.unit import Unit
from app.audit.events import record_event
from app.identity.accounts.actions.open_account import Invitation, open_account
from app.kernel.errors import NotFound
from app.reference.divisions import covers

_DIVISION = text("SELECT division_code FROM training_institution WHERE institution_id = :institution_id")


async def register_operator(
    unit: Unit, *, institution_id: UUID, login_name: str, display_name: str
) -> Invitation:
    """The operator's account. Raises NotFound for an institution outside the officer's area."""
    await must_answer_for(unit, institution_id)
    invitation = await open_account(
        unit,
        kind=PrincipalKind.INSTITUTION_OPERATOR,
        login_name=login_name,
        display_name=display_name,
        institution_id=institution_id,
    )
    await record_event(
        unit,
        "institution_operator:registered",
        subject_kind="principal",
        subject_id=invitation.principal_id,
        details={"institution": str(institution_id)},
    )
    return invitation


async def must_answer_for(unit: Unit, institution_id: UUID) -> None:
    """Raise NotFound unless the institution lies in the caller's division subtree today."""
    division = (
        await unit.session.execute(_DIVISION, {"institution_id": institution_id})
    ).scalar_one_or_none()
    scope = unit.actor.division_code
    if division is None or scope is None or not covers(scope, division, unit.today):
        raise NotFound
