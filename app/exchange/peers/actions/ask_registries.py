"""Puts the question to every registry on the list that has given no good answer for a claim yet (未申领证明)."""

from typing import Any
from uuid import UUID

from sqlalchemy import text

from app.access.unit import Unit
from app.audit.events import record_event
from app.exchange.peers.queries import registries_of_claim

_ASK = text("SELECT attestation_id, peer_id FROM ask_registries(:actor, :claim_id)")
_FORGOTTEN = text("""
    SELECT claim.claim_id FROM claim
    WHERE claim.state = 'ordered' AND EXISTS (
      SELECT FROM registries_to_ask(claim.kind, claim.division_code, law_date(registry_now())) AS listed
      WHERE NOT EXISTS (SELECT FROM attestation AS own
        LEFT JOIN attestation_answer AS said USING (person_id, attestation_id)
        LEFT JOIN attestation_confirmation AS sure USING (person_id, attestation_id)
        LEFT JOIN attestation_end AS ended USING (person_id, attestation_id)
        WHERE own.person_id = claim.person_id AND own.peer_id = listed.peer_id AND own.key_group = claim.key_group
          AND own.benefit_line = claim.benefit_line AND own.skill_level = claim.skill_level
          AND own.period = claim.period AND own.closed_at IS NULL AND ended.attestation_id IS NULL
          AND (said.outcome IS NULL OR said.outcome <> 'not_claimed' OR said.expires_at > registry_now()
            OR sure.attestation_id IS NOT NULL)))
    ORDER BY claim.state_since LIMIT :limit
""")


async def ask_registries(unit: Unit, claim_id: UUID) -> dict[str, Any]:
    """What stands after asking. Raises NotFound for a claim of another area; the job sends what was asked."""
    await registries_of_claim(unit, claim_id)
    await _put(unit, claim_id)
    return await registries_of_claim(unit, claim_id)


async def ask_for_ordered(unit: Unit, limit: int) -> int:
    """Ask for ordered claims nobody has asked for, or whose answer ran out before the payment; how many."""
    claims = (await unit.session.scalars(_FORGOTTEN, {"limit": limit})).all()
    for claim_id in claims:
        await _put(unit, claim_id)
    return len(claims)


async def _put(unit: Unit, claim_id: UUID) -> None:
    rows = await unit.session.execute(_ASK, {"actor": unit.actor.principal_id, "claim_id": claim_id})
    asked = rows.all()
    if asked:
        await record_event(
            unit,
            "attestation:asked",
            subject_kind="claim",
            subject_id=claim_id,
            details={"attestations": [str(row.attestation_id) for row in asked]},
        )
