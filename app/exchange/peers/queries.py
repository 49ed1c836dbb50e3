"""Reads of peers, their keys, the list of registries to be asked, and what was asked and answered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from app.access.tokens import PublicKey, StatementInvalid, StatementKeys
from app.access.unit import Unit
from app.db.crypto import KeyRing
from app.exchange.peers.states import STATEMENT_TYPE
from app.gateways.peer_registry import Line, Read
from app.kernel.clock import utc_now
from app.kernel.errors import NotFound
from app.kernel.paging import Page, decode_cursor, encode_cursor
from app.reference.divisions import prefix_of

TOKEN_SECRET_FIELD = "peer_registry.token_secret"  # noqa: S105 - a field's name

_PEERS = text("""
    SELECT peer.*, (SELECT coalesce(jsonb_agg(to_jsonb(held) ORDER BY held.proposed_at, held.key_id), '[]')
      FROM peer_key AS held WHERE held.peer_id = peer.peer_id) AS keys
    FROM peer_registry AS peer WHERE CAST(:peer_id AS uuid) IS NULL OR peer.peer_id = :peer_id
    ORDER BY peer.peer_id LIMIT 500
""")
_RULES = text("SELECT * FROM asking_rule ORDER BY rule_id LIMIT 1000")
_BY_KEY = text("""
    SELECT peer.peer_id, peer.name, peer.issuer, peer.base_url, peer.agency_id, peer.principal_id,
      peer.token_secret_sealed, held.key_id, held.public_jwk
    FROM peer_key AS held JOIN peer_registry AS peer USING (peer_id)
    WHERE held.key_id = :key_id AND peer.confirmed_at IS NOT NULL AND peer.ended_at IS NULL
      AND held.confirmed_at IS NOT NULL AND held.revoked_at IS NULL
      AND clock_timestamp() BETWEEN held.valid_from AND held.valid_until
""")
_LIVE = text("""
    SELECT peer.peer_id, peer.name, peer.issuer, peer.base_url, peer.agency_id, peer.principal_id,
      peer.token_secret_sealed, (
      SELECT coalesce(jsonb_agg(held.public_jwk), '[]') FROM peer_key AS held WHERE held.peer_id = peer.peer_id
        AND held.confirmed_at IS NOT NULL AND held.revoked_at IS NULL
        AND clock_timestamp() BETWEEN held.valid_from AND held.valid_until) AS jwks
    FROM peer_registry AS peer
    WHERE peer.confirmed_at IS NOT NULL AND (:with_ended OR peer.ended_at IS NULL) ORDER BY peer.peer_id
""")
_OF_CLAIM = text("SELECT claim_registries(:claim_id, :prefix)")

_CONTRADICTIONS = text("SELECT * FROM peer_contradictions(:prefix, NULL, CAST(:before AS uuid), :page)")


@dataclass(frozen=True, slots=True)
class Peer:
    """A registry we exchange with. ``secret`` makes the tokens of this pair."""

    peer_id: UUID
    name: str
    issuer: str
    base_url: str
    agency_id: UUID
    principal_id: UUID
    secret: bytes = field(repr=False)
    jwks: tuple[Mapping[str, str], ...] = ()

    @property
    def line(self) -> Line:
        """Where it is reached."""
        return Line(str(self.peer_id), self.base_url)

    def reader(self, audience: str) -> Read:
        """Reads its statements to us; None for one that does not hold or was made for somebody else."""
        keys = StatementKeys(self.issuer, [PublicKey(jwk) for jwk in self.jwks])

        def read(statement: str) -> Mapping[str, Any] | None:
            try:
                claims = keys.read(statement, typ=STATEMENT_TYPE, now=utc_now())
            except StatementInvalid:
                return None
            return claims if claims.get("aud") == audience else None

        return read


async def peers(unit: Unit, peer_id: UUID | None = None) -> Sequence[Row[Any]]:
    """All peers with their keys, or one, for administrators."""
    return (await unit.session.execute(_PEERS, {"peer_id": peer_id})).all()


async def asking_rules(unit: Unit) -> Sequence[Row[Any]]:
    """The dated list of registries that must be asked, past and future lines included."""
    return (await unit.session.execute(_RULES)).all()


async def peer_of_key(unit: Unit, keys: KeyRing, key_id: str) -> Peer | None:
    """Whose confirmed key in its time this is; a name that two peers use for a key belongs to neither."""
    rows = (await unit.session.execute(_BY_KEY, {"key_id": key_id})).all()
    if len(rows) != 1:
        return None
    return _peer(rows[0], keys, (rows[0].public_jwk,))


async def live_peers(unit: Unit, keys: KeyRing, *, with_ended: bool = False) -> dict[UUID, Peer]:
    """Every peer that may be asked now; ``with_ended`` also those that were, whose holds may still stand here."""
    rows = await unit.session.execute(_LIVE, {"with_ended": with_ended})
    return {row.peer_id: _peer(row, keys, tuple(row.jwks)) for row in rows}


async def registries_of_claim(unit: Unit, claim_id: UUID) -> dict[str, Any]:
    """Who must be asked before this claim is paid, what was said, and for whom we keep its place. Raises NotFound."""
    found: dict[str, Any] | None = await unit.session.scalar(
        _OF_CLAIM, {"claim_id": claim_id, "prefix": prefix_of(unit.actor.division_code or "")}
    )
    if found is None:
        raise NotFound
    return found


async def peer_contradictions(unit: Unit, *, limit: int, cursor: str | None) -> Page[Row[Any]]:
    """Paid here and, as a peer says, there too, newest first; of the officer's area, nothing of the person."""
    before = decode_cursor(cursor, UUID)[0] if cursor is not None else None
    prefix = prefix_of(unit.actor.division_code or "")
    rows = (
        await unit.session.execute(_CONTRADICTIONS, {"prefix": prefix, "before": before, "page": limit + 1})
    ).all()
    more = encode_cursor(rows[limit - 1].hold_id) if len(rows) > limit else None
    return Page(tuple(rows[:limit]), more)


def _peer(row: Row[Any], keys: KeyRing, jwks: tuple[Mapping[str, str], ...]) -> Peer:
    return Peer(
        peer_id=row.peer_id,
        name=row.name,
        issuer=row.issuer,
        base_url=row.base_url,
        agency_id=row.agency_id,
        principal_id=row.principal_id,
        secret=bytes.fromhex(keys.open(row.token_secret_sealed, name=TOKEN_SECRET_FIELD, owner=row.peer_id)),
        jwks=jwks,
    )
