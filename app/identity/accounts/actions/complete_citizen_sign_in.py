"""Completes a citizen's sign-in: the gateway says who it is, the registry finds or registers the person."""

from dataclasses import replace
from uuid import UUID

from sqlalchemy import text
from uuid_utils.compat import uuid7

from app.access.actor import Actor
from app.access.passwords import digest_of_secret
from app.access.unit import Unit, system_unit
from app.audit.events import record_event
from app.db.crypto import KeyRing
from app.db.engine import Engines
from app.db.roles import DatabaseRole
from app.gateways.citizen_identity import CitizenIdentity, CitizenIdentityGateway, SignInAttempt
from app.identity.accounts import rules
from app.identity.accounts.actions.open_session import OpenedT, Opens
from app.identity.accounts.actions.start_citizen_sign_in import VERIFIER_FIELD
from app.identity.accounts.queries import find_actor
from app.identity.persons.actions.prove_identities import ProvedIdentity, prove_identities
from app.identity.persons.actions.register_persons import register_persons
from app.kernel.clock import law_date
from app.kernel.errors import Reason, Unauthenticated, UpstreamUnavailable
from app.kernel.identifiers import IdentityNumber, check_identity_number
from app.kernel.names import normalize_name
from app.reference.divisions import was_in_force

NAME_PURPOSE = "name"
"""Digest purpose of names, the same for claimed and proved ones."""

_TAKE = text("""
    UPDATE citizen_sign_in SET completed_at = :now
    WHERE state_digest = :digest AND completed_at IS NULL AND started_at > :not_before
    RETURNING nonce, verifier_sealed
""")
_IS_PROVED = text("""
    SELECT EXISTS (SELECT FROM identity_check
                   WHERE person_id = :person_id AND outcome = 'matched' AND name_digest = :name_digest)
""")
_FIND = text("SELECT principal_id FROM citizen_principal WHERE person_id = :person_id")
# One statement: of two first sign-ins at once one writes both rows and the other none.
_REGISTER = text("""
    WITH claimed AS (
      INSERT INTO citizen_principal (principal_id, person_id) VALUES (:principal_id, :person_id)
      ON CONFLICT (person_id) DO NOTHING RETURNING principal_id
    )
    INSERT INTO principal (principal_id, kind, display_name, created_by)
    SELECT principal_id, 'citizen', '劳动者', :created_by FROM claimed
""")


async def complete_citizen_sign_in(
    engines: Engines,
    keys: KeyRing,
    opens: Opens[OpenedT],
    gateway: CitizenIdentityGateway,
    *,
    registry: Actor,
    state: str,
    code: str,
    issuer: str,
) -> OpenedT:
    """What ``opens`` gives the citizen. The attempt is used up before the gateway is asked, whatever it answers.

    Takes the pools, because no transaction stays open while the gateway answers. Raises Unauthenticated (the attempt is
    unknown, used or older than ten minutes, or the gateway's answer does not hold) or UpstreamUnavailable.
    """
    async with system_unit(engines, DatabaseRole.APP_ACCESS, registry) as unit:
        attempt = await _take_attempt(unit, keys, state)
    if attempt is None:
        raise Unauthenticated([_outdated()])
    identity = await gateway.exchange(attempt, code=code, state=state, issuer=issuer)
    async with system_unit(engines, DatabaseRole.APP_ACCESS, registry) as unit:
        number = _checked_number(unit, identity)
        (person_id,) = await register_persons(unit, keys, [number])
        if identity.is_card_verified:
            await _keep_proof(unit, keys, person_id, identity)
        actor = await find_actor(unit, await _principal_of(unit, person_id))
        if actor is not None:
            acting = replace(unit, actor=actor)
            opened = await opens(acting, actor)
            await record_event(
                acting, "sign_in:succeeded", subject_kind="principal", subject_id=actor.principal_id
            )
            return opened
    raise Unauthenticated([_suspended()])


async def _take_attempt(unit: Unit, keys: KeyRing, state: str) -> SignInAttempt | None:
    digest = digest_of_secret(state)
    taken = {"digest": digest, "now": unit.now, "not_before": unit.now - rules.CITIZEN_SIGN_IN_MAX}
    row = (await unit.session.execute(_TAKE, taken)).one_or_none()
    if row is None:
        return None
    verifier = keys.open_bytes(row.verifier_sealed, aad=VERIFIER_FIELD + digest).decode()
    return SignInAttempt(state=state, nonce=row.nonce, verifier=verifier)


def _checked_number(unit: Unit, identity: CitizenIdentity) -> IdentityNumber:
    checked = check_identity_number(
        identity.social_security_number, on=law_date(unit.now), area_known=was_in_force
    )
    if checked.value is None:
        raise UpstreamUnavailable(
            [
                Reason(
                    code="citizen_identity_unusable",
                    message="电子社保卡登录服务给出的社会保障号码不符合编码规则",
                    remedy="请持社会保障卡到经办窗口核对个人信息",
                )
            ]
        )
    return checked.value


async def _keep_proof(unit: Unit, keys: KeyRing, person_id: UUID, identity: CitizenIdentity) -> None:
    """A sign-in with a valid card proves number and name; the same name is proved once."""
    name = normalize_name(identity.name)
    digest = keys.digest(name, purpose=NAME_PURPOSE)
    known = {"person_id": person_id, "name_digest": digest}
    if (await unit.session.execute(_IS_PROVED, known)).scalar_one():
        return
    proof = ProvedIdentity(
        person_id=person_id,
        check_id=uuid7(),
        outcome="matched",
        evidence_id=identity.subject,
        checked_at=identity.authenticated_at,
        name=name,
        name_digest=digest,
    )
    await prove_identities(unit, keys, [proof], source="citizen_sign_in")


async def _principal_of(unit: Unit, person_id: UUID) -> UUID:
    await unit.session.execute(
        _REGISTER,
        {"principal_id": uuid7(), "person_id": person_id, "created_by": unit.actor.principal_id},
    )
    found: UUID = (await unit.session.execute(_FIND, {"person_id": person_id})).scalar_one()
    return found


def _outdated() -> Reason:
    return Reason(
        code="citizen_sign_in_outdated",
        message="本次电子社保卡登录已失效，或不是由本浏览器发起",
        remedy="请回到登录页，重新使用电子社保卡登录。",
    )


def _suspended() -> Reason:
    return Reason(
        code="citizen_account_suspended",
        message="您的账号已停用",
        remedy="请持社会保障卡到经办窗口办理",
    )
