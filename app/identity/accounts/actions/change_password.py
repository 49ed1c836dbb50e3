"""Changes one's own password (修改口令): the present password and a fresh one-time password are asked again."""

from uuid import UUID

from sqlalchemy import text

from app.access.actor import Actor
from app.access.passwords import hash_password, password_holds, reasons_against_password
from app.access.unit import system_unit
from app.audit.events import record_event
from app.db.crypto import KeyRing
from app.db.engine import Engines
from app.db.roles import DatabaseRole
from app.identity.accounts import rules
from app.identity.accounts.actions.end_sessions import end_sessions
from app.identity.accounts.actions.guard_sign_in import count_attempt, forgive_attempts
from app.identity.accounts.actions.sign_in_officer import second_factor_holds
from app.kernel.errors import InvalidInput, NotFound

_OWN = text("SELECT login_name, password_hash FROM password_credential WHERE principal_id = :principal_id")
_CHANGE = text("""
    UPDATE password_credential SET password_hash = :hash, changed_at = :now
    WHERE principal_id = :principal_id AND password_hash = :known
""")


async def change_password(
    engines: Engines, keys: KeyRing, *, actor: Actor, current: str, chosen: str, totp: str
) -> None:
    """Set another password; every token and session of before is dead. Citizens have none: NotFound.

    Takes the pools, because passwords are hashed between the transactions. Raises InvalidInput with all that stands
    against the chosen one or with the doubt about the present one, or TooMany: attempts count as those of a sign-in.
    """
    async with system_unit(engines, DatabaseRole.APP_ACCESS, actor) as unit:
        own = (await unit.session.execute(_OWN, {"principal_id": actor.principal_id})).one_or_none()
    if own is None:
        raise NotFound
    defects = reasons_against_password(chosen, login_name=own.login_name)
    if defects:
        raise InvalidInput(defects)
    async with system_unit(engines, DatabaseRole.APP_ACCESS, actor) as unit:
        await count_attempt(unit, keys, own.login_name)
    is_right = await password_holds(own.password_hash, current)
    hashed = await hash_password(chosen)
    if not is_right or not await _store(
        engines, keys, actor, own.login_name, own.password_hash, hashed, totp
    ):
        raise InvalidInput([rules.own_password_wrong()])


async def _store(
    engines: Engines, keys: KeyRing, actor: Actor, login_name: str, known: str, hashed: str, totp: str
) -> bool:
    principal_id: UUID = actor.principal_id
    async with system_unit(engines, DatabaseRole.APP_ACCESS, actor) as unit:
        if not await second_factor_holds(unit, keys, principal_id, totp):
            return False
        changed = await unit.session.execute(
            _CHANGE, {"principal_id": principal_id, "hash": hashed, "known": known, "now": unit.now}
        )
        if changed.rowcount != 1:  # type: ignore[attr-defined]
            return False
        await end_sessions(unit, principal_id)
        await forgive_attempts(unit, keys, login_name)
        await record_event(unit, "password:changed", subject_kind="principal", subject_id=principal_id)
    return True
