"""Gives an administrator new credentials without a second administrator (应急重置): the break-glass of the registry.

With two security administrators, one who loses the second factor cannot be helped: the other would have to propose and
confirm. Whoever holds the database can do everything anyway; this way does it by the book, leaves an audit event that
no application role can remove, and never shows or sets a password.
"""

from sqlalchemy import text
from uuid_utils.compat import uuid7

from app.access.passwords import digest_of_code, new_activation_code
from app.access.unit import Unit
from app.audit.events import record_event
from app.identity.accounts.actions.end_sessions import end_sessions
from app.identity.accounts.actions.open_account import Invitation
from app.identity.accounts.rules import SECOND_FACTOR_RESET_WITHIN, reasons_against_break_glass
from app.identity.accounts.states import ActivationPurpose
from app.kernel.errors import Refused

_FIND = text("""
    SELECT principal_id, kind, suspended_at FROM principal JOIN password_credential USING (principal_id)
    WHERE login_name = :login_name
""")
_SUPERSEDE = text("""
    UPDATE activation SET used_at = :now
    WHERE principal_id = :principal_id AND code_digest IS NOT NULL AND used_at IS NULL
""")
_STORE = text("""
    INSERT INTO activation
      (activation_id, principal_id, purpose, code_digest, proposed_by, break_glass_by, created_at, expires_at)
    VALUES (:activation_id, :principal_id, :purpose, :digest, :proposed_by, :account, :now, :expires_at)
""")


async def replace_second_factor(unit: Unit, *, login_name: str, account: str) -> Invitation:
    """A one-time code good for 24 hours; sessions, tokens and codes given before are dead once this commits.

    Runs as the owner of the tables: ``activation.break_glass_by`` is closed to every application role. ``account`` is
    the operating-system account that asked. Raises Refused with every reason.
    """
    found = (await unit.session.execute(_FIND, {"login_name": login_name})).one_or_none()
    reasons = reasons_against_break_glass(
        login_name,
        kind=found.kind if found else None,
        is_suspended=found is not None and found.suspended_at is not None,
    )
    if found is None or reasons:
        raise Refused(reasons)
    principal_id, code = found.principal_id, new_activation_code()
    expires_at = unit.now + SECOND_FACTOR_RESET_WITHIN
    await end_sessions(unit, principal_id)
    await unit.session.execute(_SUPERSEDE, {"principal_id": principal_id, "now": unit.now})
    await unit.session.execute(
        _STORE,
        {
            "activation_id": uuid7(),
            "principal_id": principal_id,
            "purpose": ActivationPurpose.SECOND_FACTOR_LOST,
            "digest": digest_of_code(code),
            "proposed_by": unit.actor.principal_id,
            "account": account,
            "now": unit.now,
            "expires_at": expires_at,
        },
    )
    await record_event(
        unit,
        "second_factor_reset:broken_glass",
        subject_kind="principal",
        subject_id=principal_id,
        details={"by_account": account},
    )
    return Invitation(principal_id, login_name, code, expires_at)
