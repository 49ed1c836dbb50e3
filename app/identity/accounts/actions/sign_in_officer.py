"""Sign-in of officers, operators and administrators (经办人登录): password and second factor, always both."""

from dataclasses import replace
from uuid import UUID

from sqlalchemy import text

from app.access.actor import Actor
from app.access.passwords import password_holds
from app.access.second_factor import step_of
from app.access.unit import Unit, system_unit
from app.audit.events import record_event
from app.db.crypto import KeyRing
from app.db.engine import Engines
from app.db.roles import DatabaseRole
from app.identity.accounts import rules
from app.identity.accounts.actions.guard_sign_in import count_attempt, forgive_attempts
from app.identity.accounts.actions.open_session import OpenedT, Opens
from app.identity.accounts.queries import StoredPassword, find_actor, find_password, wall_clock
from app.kernel.errors import Unauthenticated

SECRET_FIELD = "totp_credential.secret"  # noqa: S105 - the seal's name
_SECRET = text("SELECT secret_sealed FROM totp_credential WHERE principal_id = :principal_id")
_USE_STEP = text("""
    UPDATE totp_credential SET last_used_step = :step WHERE principal_id = :principal_id AND last_used_step < :step
""")


async def sign_in_officer(
    engines: Engines,
    keys: KeyRing,
    opens: Opens[OpenedT],
    *,
    registry: Actor,
    login_name: str,
    password: str,
    totp: str,
) -> OpenedT:
    """What ``opens`` gives (tokens, a browser session) to whoever knows the password and holds the second factor.

    Takes the pools instead of a unit, because three transactions are needed: the attempt stays counted although it is
    refused, and no connection waits while the password is hashed. ``registry`` is the system's actor, carrying the
    request's id. Raises Unauthenticated (``invalid_grant``, the same for every cause) or TooMany.
    """
    typed = login_name.strip().lower()
    async with system_unit(engines, DatabaseRole.APP_ACCESS, registry) as unit:
        await count_attempt(unit, keys, typed)
        stored = await find_password(unit, typed)
    known = await password_holds(stored.password_hash if stored else None, password)
    async with system_unit(engines, DatabaseRole.APP_ACCESS, registry) as unit:
        actor = await _holder(unit, keys, stored, totp) if known and stored else None
        if actor is not None:
            acting = replace(unit, actor=actor)
            await forgive_attempts(unit, keys, typed)
            opened = await opens(acting, actor)
            await record_event(
                acting, "sign_in:succeeded", subject_kind="principal", subject_id=actor.principal_id
            )
            return opened
        await _record_refusal(unit, stored, is_password_right=known)
    raise Unauthenticated([rules.credentials_wrong()])


async def _holder(unit: Unit, keys: KeyRing, stored: StoredPassword, totp: str) -> Actor | None:
    """The principal, if the kind may sign in so and the one-time password holds and was never used."""
    if stored.kind not in rules.PASSWORD_KINDS:
        return None
    if not await second_factor_holds(unit, keys, stored.principal_id, totp):
        return None
    return await find_actor(unit, stored.principal_id)


async def second_factor_holds(unit: Unit, keys: KeyRing, principal_id: UUID, totp: str) -> bool:
    """Whether a one-time password is the principal's and serves for the first time; it is then used up."""
    sealed = (await unit.session.execute(_SECRET, {"principal_id": principal_id})).scalar_one_or_none()
    if sealed is None:
        return False
    secret = keys.open(sealed, name=SECRET_FIELD, owner=principal_id)
    step = step_of(secret, totp, at=await wall_clock(unit))
    if step is None:
        return False
    used = await unit.session.execute(_USE_STEP, {"principal_id": principal_id, "step": step})
    return bool(used.rowcount == 1)  # type: ignore[attr-defined]


async def _record_refusal(unit: Unit, stored: StoredPassword | None, *, is_password_right: bool) -> None:
    # The typed name is not kept: people type passwords into the wrong field.
    await record_event(
        unit,
        "sign_in:refused",
        subject_kind="principal",
        subject_id=stored.principal_id if stored else "unknown",
        details={"failed": "second_factor" if is_password_right else "password"},
    )
