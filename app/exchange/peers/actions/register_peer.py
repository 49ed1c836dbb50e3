"""Registers another region's registry (登记外省登记机构): proposed by one administrator, confirmed by another."""

from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Row, text
from uuid_utils.compat import uuid7

from app.access.tokens import PublicKey, StatementKeys
from app.access.unit import Unit
from app.audit.events import record_event
from app.db.crypto import KeyRing
from app.exchange.peers import rules
from app.exchange.peers.queries import TOKEN_SECRET_FIELD, peers
from app.kernel.errors import InvalidInput, NotFound, Reason, Refused
from app.reference.divisions import name_of

_AGENCY = text("""
    INSERT INTO agency (agency_id, name, division_code) VALUES (:agency_id, :name, :division_code)
    ON CONFLICT (name) DO NOTHING
""")
_KNOWN_AGENCY = text("SELECT agency_id FROM agency WHERE name = :name")
_PRINCIPAL = text("""
    INSERT INTO principal (principal_id, kind, display_name, agency_id, created_by)
    VALUES (:principal_id, 'peer_region', :name, :agency_id, :actor)
""")
_PEER = text("""
    INSERT INTO peer_registry (peer_id, name, division_code, issuer, base_url, agency_id, principal_id,
      token_secret_sealed, hourly_budget, proposed_by)
    VALUES (:peer_id, :name, :division_code, :issuer, :base_url, :agency_id, :principal_id, :secret, :budget, :actor)
""")
_CONFIRM = text("SELECT confirm_peer(:actor, :peer_id)")
_END = text("""
    UPDATE peer_registry SET ended_by = :actor, ended_at = registry_now() WHERE peer_id = :peer_id AND ended_at IS NULL
""")
_KEY = text("""
    INSERT INTO peer_key (key_id, peer_id, public_jwk, valid_from, valid_until, proposed_by)
    VALUES (:key_id, :peer_id, CAST(:jwk AS jsonb), :valid_from, :valid_until, :actor)
""")
_CONFIRM_KEY = text("""
    UPDATE peer_key SET confirmed_by = :actor, confirmed_at = registry_now()
    WHERE peer_id = :peer_id AND key_id = :key_id AND confirmed_at IS NULL AND revoked_at IS NULL
""")
_REVOKE_KEY = text("""
    UPDATE peer_key SET revoked_by = :actor, revoked_at = registry_now()
    WHERE peer_id = :peer_id AND key_id = :key_id AND revoked_at IS NULL
""")


async def propose_peer(
    unit: Unit,
    keys: KeyRing,
    *,
    name: str,
    division_code: str,
    issuer: str,
    base_url: str,
    token_secret: bytes,
    hourly_budget: int,
) -> Row[Any]:
    """A peer without effect until confirmed. Raises InvalidInput; ``peer_registry_issuer`` refuses a known one."""
    if name_of(division_code, unit.today) is None:
        raise InvalidInput(
            [
                Reason(
                    code="division_not_in_force",
                    field="division_code",
                    message=f"行政区划代码{division_code}今天不在用",
                    remedy="请填写现行的六位行政区划代码",
                )
            ]
        )
    peer_id, agency_id, principal_id = uuid7(), uuid7(), uuid7()
    actor = unit.actor.principal_id
    await unit.session.execute(
        _AGENCY, {"agency_id": agency_id, "name": name, "division_code": division_code}
    )
    agency_id = (await unit.session.execute(_KNOWN_AGENCY, {"name": name})).scalar_one()
    await unit.session.execute(
        _PRINCIPAL, {"principal_id": principal_id, "name": name, "agency_id": agency_id, "actor": actor}
    )
    await unit.session.execute(
        _PEER,
        {
            "peer_id": peer_id,
            "name": name,
            "division_code": division_code,
            "issuer": issuer,
            "base_url": base_url,
            "agency_id": agency_id,
            "principal_id": principal_id,
            "secret": keys.seal(token_secret.hex(), name=TOKEN_SECRET_FIELD, owner=peer_id),
            "budget": hourly_budget,
            "actor": actor,
        },
    )
    return await _done(unit, "peer:proposed", peer_id)


async def confirm_peer(unit: Unit, peer_id: UUID) -> Row[Any]:
    """In force: its questions are answered, and every number here gets a token for it. Raises NotFound or Refused."""
    await _require(unit, peer_id)
    if not await unit.session.scalar(_CONFIRM, {"actor": unit.actor.principal_id, "peer_id": peer_id}):
        raise Refused([_not_open("登记")])
    return await _done(unit, "peer:confirmed", peer_id)


async def end_peer(unit: Unit, peer_id: UUID) -> Row[Any]:
    """Neither asked nor answered any more; holds for it stand. One person may: it opens nothing. Raises as above."""
    await _require(unit, peer_id)
    ended = await unit.session.execute(_END, {"actor": unit.actor.principal_id, "peer_id": peer_id})
    if ended.rowcount != 1:  # type: ignore[attr-defined]
        raise Refused([_not_open("登记")])
    return await _done(unit, "peer:ended", peer_id)


async def propose_key(
    unit: Unit, peer_id: UUID, *, public_jwk: dict[str, str], valid_from: datetime, valid_until: datetime
) -> Row[Any]:
    """A public key without effect until confirmed. Raises NotFound, or InvalidInput for what is no public P-256 key."""
    await _require(unit, peer_id)
    reasons = []
    try:
        StatementKeys("", [PublicKey(public_jwk)])
        key_id = public_jwk["kid"]
    except Exception:  # whatever a hostile key provokes is a key that cannot be used
        key_id = ""
        reasons.append(
            Reason(
                code="peer_key_malformed",
                field="public_jwk",
                message="不是带 kid 的 ES256（P-256）公钥",
                remedy="请原样填写对方 /.well-known/jwks.json 中的一项；不要填写私钥",
            )
        )
    if valid_until <= valid_from:
        reasons.append(
            Reason(
                code="validity_backwards",
                field="valid_until",
                message="有效期的终点不晚于起点",
                remedy="请核对起止时间",
            )
        )
    if reasons:
        raise InvalidInput(reasons)
    values = {"peer_id": peer_id, "key_id": key_id, "jwk": orjson.dumps(public_jwk).decode()}
    period = {"valid_from": valid_from, "valid_until": valid_until}
    await unit.session.execute(_KEY, {**values, **period, "actor": unit.actor.principal_id})
    return await _done(unit, "peer:key_proposed", peer_id, key_id)


async def confirm_key(unit: Unit, peer_id: UUID, key_id: str) -> Row[Any]:
    """What it signs counts from now on, within its validity. Raises NotFound or Refused."""
    return await _move_key(unit, _CONFIRM_KEY, "peer:key_confirmed", peer_id, key_id)


async def revoke_key(unit: Unit, peer_id: UUID, key_id: str) -> Row[Any]:
    """What it signed counts no more. One person may: it opens nothing. Raises NotFound or Refused."""
    return await _move_key(unit, _REVOKE_KEY, "peer:key_revoked", peer_id, key_id)


async def _move_key(unit: Unit, change: Any, event: str, peer_id: UUID, key_id: str) -> Row[Any]:
    peer = await _require(unit, peer_id)
    if all(held["key_id"] != key_id for held in peer.keys):
        raise NotFound
    moved: Any = await unit.session.execute(
        change, {"actor": unit.actor.principal_id, "peer_id": peer_id, "key_id": key_id}
    )
    if moved.rowcount != 1:
        raise Refused([_not_open("公钥")])
    return await _done(unit, event, peer_id, key_id)


async def _require(unit: Unit, peer_id: UUID) -> Row[Any]:
    found = await peers(unit, peer_id)
    if not found:
        raise NotFound
    return found[0]


async def _done(unit: Unit, event: str, peer_id: UUID, key_id: str | None = None) -> Row[Any]:
    details = {} if key_id is None else {"key": key_id}
    await record_event(unit, event, subject_kind="peer_registry", subject_id=peer_id, details=details)
    return await _require(unit, peer_id)


def _not_open(what: str) -> Reason:
    return Reason(
        code="peer_not_open",
        message=f"这项{what}已确认、已停用或已作废",
        remedy="请刷新列表；需要重新开始的请另行提出",
        citation=rules.SEPARATION,
    )
