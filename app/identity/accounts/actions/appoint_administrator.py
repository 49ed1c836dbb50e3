"""Appoints an administrator (设立管理员): an account with an office, by whoever holds the database."""

import re

from sqlalchemy import text

from app.access.actor import AdministratorKind, PrincipalKind
from app.access.unit import Unit
from app.audit.events import record_event
from app.identity.accounts.actions.open_account import Invitation, open_account
from app.identity.accounts.rules import LOGIN_NAME, OFFICE_NAMES, login_name_malformed
from app.kernel.errors import Refused

_ASSIGN = text("INSERT INTO administrator_assignment (principal_id, kind) VALUES (:principal_id, :office)")


async def appoint_administrator(
    unit: Unit, *, login_name: str, office: AdministratorKind, account: str
) -> Invitation:
    """The new account with its one-time code. ``account`` is the operating-system account that asked.

    Runs as the owner of the tables, because no role of the application may make its own administrators. Raises Refused
    for a malformed login name; one that is taken is refused by ``password_credential_login_key``.
    """
    if re.fullmatch(LOGIN_NAME, login_name) is None:
        raise Refused([login_name_malformed(login_name)])
    invitation = await open_account(
        unit, kind=PrincipalKind.ADMINISTRATOR, login_name=login_name, display_name=OFFICE_NAMES[office]
    )
    await unit.session.execute(_ASSIGN, {"principal_id": invitation.principal_id, "office": office})
    await record_event(
        unit,
        "administrator:created",
        subject_kind="principal",
        subject_id=invitation.principal_id,
        details={"office": office, "by_account": account},
    )
    return invitation
