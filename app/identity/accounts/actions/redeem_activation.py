"""Redeems an activation code (激活账号): the holder chooses a password and gets a new second factor, shown once."""

from dataclasses import dataclass, field, replace
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text

from app.access import second_factor
from app.access.actor import Actor
from app.access.passwords import digest_of_code, hash_password, reasons_against_password
from app.access.unit import Unit, system_unit
from app.audit.events import record_event
from app.db.crypto import KeyRing
from app.db.engine import Engines
from app.db.roles import DatabaseRole
from app.identity.accounts import rules
from app.identity.accounts.actions.end_sessions import end_sessions
from app.identity.accounts.actions.guard_sign_in import forgive_attempts
from app.identity.accounts.actions.sign_in_officer import SECRET_FIELD
from app.identity.accounts.queries import find_actor
from app.kernel.errors import InvalidInput, Refused

_FIND = text("""
    SELECT activation_id, principal_id, login_name, purpose FROM activation
    JOIN password_credential USING (principal_id) JOIN principal USING (principal_id)
    WHERE code_digest = :digest AND used_at IS NULL AND expires_at > :now AND suspended_at IS NULL
""")
_USE = text("UPDATE activation SET used_at = :now WHERE activation_id = :activation_id AND used_at IS NULL")
_PASSWORD = text("""
    UPDATE password_credential SET password_hash = :hash, changed_at = :now WHERE principal_id = :principal_id
""")
_SECOND_FACTOR = text("""
    INSERT INTO totp_credential (principal_id, secret_sealed) VALUES (:principal_id, :sealed)
    ON CONFLICT (principal_id) DO UPDATE
      SET secret_sealed = excluded.secret_sealed, enrolled_at = excluded.enrolled_at, last_used_step = 0
""")


@dataclass(frozen=True, slots=True)
class Enrollment:
    """The second factor to put into an authenticator app; never shown again."""

    login_name: str
    totp_secret: str = field(repr=False)
    otpauth_uri: str = field(repr=False)


class _Activation(NamedTuple):
    activation_id: UUID
    principal_id: UUID
    login_name: str
    purpose: str


async def redeem_activation(
    engines: Engines, keys: KeyRing, *, registry: Actor, code: str, password: str
) -> Enrollment:
    """Set password and second factor; every token and session from before is dead.

    Takes the pools, because the password is hashed between two transactions. Raises Refused (code does not hold) or
    InvalidInput with all that stands against the password; the code can then be used again.
    """
    digest = digest_of_code(code)
    async with system_unit(engines, DatabaseRole.APP_ACCESS, registry) as unit:
        activation = await _open_activation(unit, digest)
    defects = reasons_against_password(password, login_name=activation.login_name)
    if defects:
        raise InvalidInput(defects)
    hashed = await hash_password(password)
    secret = second_factor.new_secret()
    async with system_unit(engines, DatabaseRole.APP_ACCESS, registry) as unit:
        holder = await _spend(unit, activation)
        principal_id = holder.principal_id
        await end_sessions(unit, principal_id)
        await unit.session.execute(_PASSWORD, {"principal_id": principal_id, "hash": hashed, "now": unit.now})
        sealed = keys.seal(secret, name=SECRET_FIELD, owner=principal_id)
        await unit.session.execute(_SECOND_FACTOR, {"principal_id": principal_id, "sealed": sealed})
        await forgive_attempts(unit, keys, activation.login_name)
        await record_event(
            replace(unit, actor=holder),
            "activation:redeemed",
            subject_kind="principal",
            subject_id=principal_id,
            details={"purpose": activation.purpose},
        )
    uri = second_factor.enrollment_uri(secret, login_name=activation.login_name)
    return Enrollment(activation.login_name, secret, uri)


async def _open_activation(unit: Unit, digest: bytes) -> _Activation:
    row = (await unit.session.execute(_FIND, {"digest": digest, "now": unit.now})).one_or_none()
    if row is None:
        raise Refused([rules.activation_wrong()])
    return _Activation(*row)


async def _spend(unit: Unit, activation: _Activation) -> Actor:
    """Use the code up; of two who come at once, one gets it."""
    used = await unit.session.execute(_USE, {"activation_id": activation.activation_id, "now": unit.now})
    holder = await find_actor(unit, activation.principal_id)
    if used.rowcount != 1 or holder is None:  # type: ignore[attr-defined]
        raise Refused([rules.activation_wrong()])
    return holder
