"""Opens an account with a login name and a one-time activation code; nobody else ever knows its password."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from uuid_utils.compat import uuid7

from app.access.actor import PrincipalKind
from app.access.passwords import digest_of_code, new_activation_code
from app.access.unit import Unit
from app.identity.accounts.rules import FIRST_SIGN_IN_WITHIN
from app.identity.accounts.states import ActivationPurpose

_PRINCIPAL = text("""
    INSERT INTO principal (principal_id, kind, display_name, agency_id, institution_id, created_by)
    VALUES (:principal_id, :kind, :display_name, :agency_id, :institution_id, :created_by)
""")
_LOGIN = text(
    "INSERT INTO password_credential (principal_id, login_name) VALUES (:principal_id, :login_name)"
)
_ACTIVATION = text("""
    INSERT INTO activation (activation_id, principal_id, purpose, code_digest, proposed_by, expires_at)
    VALUES (:activation_id, :principal_id, :purpose, :code_digest, :proposed_by, :expires_at)
""")


@dataclass(frozen=True, slots=True)
class Invitation:
    """An account that waits for its holder; ``activation_code`` is shown once and kept as a digest."""

    principal_id: UUID
    login_name: str
    activation_code: str = field(repr=False)
    expires_at: datetime


async def open_account(
    unit: Unit,
    *,
    kind: PrincipalKind,
    login_name: str,
    display_name: str,
    agency_id: UUID | None = None,
    institution_id: UUID | None = None,
) -> Invitation:
    """The new account. A login name that is taken is refused by ``password_credential_login_key``."""
    principal_id = await open_principal(
        unit, kind=kind, display_name=display_name, agency_id=agency_id, institution_id=institution_id
    )
    await unit.session.execute(_LOGIN, {"principal_id": principal_id, "login_name": login_name})
    code, expires_at = new_activation_code(), unit.now + FIRST_SIGN_IN_WITHIN
    await unit.session.execute(
        _ACTIVATION,
        {
            "activation_id": uuid7(),
            "principal_id": principal_id,
            "purpose": ActivationPurpose.FIRST_SIGN_IN,
            "code_digest": digest_of_code(code),
            "proposed_by": unit.actor.principal_id,
            "expires_at": expires_at,
        },
    )
    return Invitation(principal_id, login_name, code, expires_at)


async def open_principal(
    unit: Unit,
    *,
    kind: PrincipalKind,
    display_name: str,
    agency_id: UUID | None = None,
    institution_id: UUID | None = None,
) -> UUID:
    """A row for somebody who acts, without any credential."""
    principal_id = uuid7()
    await unit.session.execute(
        _PRINCIPAL,
        {
            "principal_id": principal_id,
            "kind": kind,
            "display_name": display_name,
            "agency_id": agency_id,
            "institution_id": institution_id,
            "created_by": unit.actor.principal_id,
        },
    )
    return principal_id
