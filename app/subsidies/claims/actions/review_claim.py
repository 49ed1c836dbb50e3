"""审核: run the rules on fresh facts and keep them, the edition and every reason; the amount is the rules'."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson
from pydantic import TypeAdapter
from sqlalchemy import text

from app.access.unit import Unit
from app.audit.events import announce, record_event
from app.kernel.errors import Refused
from app.policy.queries import current_edition
from app.subsidies.claims.actions.check_step import check_step
from app.subsidies.claims.actions.evaluate_eligibility import Judged, evaluate_eligibility
from app.subsidies.claims.queries.doors import FoundClaim
from app.subsidies.claims.rules.attesting import Attested
from app.subsidies.claims.rules.steps import reasons_against_reviewing
from app.subsidies.claims.states import Step
from app.subsidies.entitlements.rules.facts import ClaimFacts
from app.subsidies.entitlements.rules.verdict import RuleReason, Verdict

_STORE = text("""
    INSERT INTO claim_review (person_id, claim_id, round, verdict, amount_fen, facts, reasons, edition_id, reviewed_by)
    VALUES (:person_id, :claim_id, :round, :verdict, :amount_fen, CAST(:facts AS jsonb), CAST(:reasons AS jsonb),
      :edition_id, :actor)
""")
_REGISTRIES = text("SELECT claim_registries(:claim_id, '')")
_FACTS = TypeAdapter(ClaimFacts)
_ATTESTED = TypeAdapter(list[Attested])
_REASONS = TypeAdapter(list[RuleReason])


async def review_claim(
    unit: Unit, found: FoundClaim, *, attested: Sequence[Attested] = (), expected_version: int | None = None
) -> Verdict:
    """The verdict that was stored.

    Raises ``Refused`` (``verdict_undecided`` with every missing fact; ``policy_not_published``), ``InvalidInput`` for
    attested facts that cannot stand, ``PreconditionFailed``.
    """
    check_step(unit, Step.REVIEW, found, expected_version=expected_version)
    judged = evaluate_eligibility(
        found.who, found.picture, found.filing(), today=unit.today, attested=attested
    )
    undecided = reasons_against_reviewing(judged.verdict)
    if undecided:
        raise Refused(undecided, code="verdict_undecided", title="尚不能作出审核结论")
    await _store(unit, found, judged, attested, await current_edition(unit))
    verdict = judged.verdict
    await record_event(
        unit,
        "claim:reviewed",
        subject_kind="claim",
        subject_id=found.claim_id,
        details={
            "round": found.round,
            "verdict": verdict.outcome.value,
            "amount_fen": verdict.amount_fen,
            "attested": [each.fact.value for each in attested],
        },
    )
    await announce(unit, "claim.reviewed", {"claim_id": str(found.claim_id), "round": found.round})
    return verdict


def facts_document(judged: Judged, attested: Sequence[Attested]) -> dict[str, Any]:
    """What is stored: the facts as they were judged, and which of them an officer has seen in papers."""
    return {
        "facts": _FACTS.dump_python(judged.facts, mode="json"),
        "attested": _ATTESTED.dump_python(list(attested), mode="json"),
    }


def reasons_document(verdict: Verdict) -> list[dict[str, Any]]:
    """Every reason with clause, version and facts."""
    document: list[dict[str, Any]] = _REASONS.dump_python(list(verdict.reasons), mode="json")
    return document


async def _registries_asked(unit: Unit, claim_id: UUID) -> list[dict[str, Any]]:
    """The registries on the dated list of this day, the clause each stands on, and what each had said by now."""
    found: dict[str, Any] = await unit.session.scalar(_REGISTRIES, {"claim_id": claim_id}) or {}
    said = {each["peer_id"]: each for each in found.get("asked", []) if each["closed_at"] is None}
    return [
        {
            **{name: rule[name] for name in ("name", "document", "clause", "starts_on")},
            "is_confirmed": rule["standing"] is not None,
            **{
                name: said.get(rule["peer_id"], {}).get(name)
                for name in ("outcome", "answered_at", "expires_at")
            },
        }
        for rule in found.get("required", [])
    ]


async def _store(
    unit: Unit, found: FoundClaim, judged: Judged, attested: Sequence[Attested], edition_id: UUID
) -> None:
    await unit.session.execute(
        _STORE,
        {
            "person_id": found.person_id,
            "claim_id": found.claim_id,
            "round": found.round,
            "verdict": judged.verdict.outcome.value,
            "amount_fen": judged.verdict.amount_fen,
            "facts": orjson.dumps(
                {
                    **facts_document(judged, attested),
                    "other_registries": await _registries_asked(unit, found.claim_id),
                }
            ).decode(),
            "reasons": orjson.dumps(reasons_document(judged.verdict)).decode(),
            "edition_id": edition_id,
            "actor": unit.actor.principal_id,
        },
    )
