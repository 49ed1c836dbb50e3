"""Propose an advance (预拨) for a class on record, up to the share that policy allows."""

from uuid import UUID

from sqlalchemy import text
from uuid_utils.compat import uuid7

from app.access.unit import Unit
from app.audit.events import record_event
from app.kernel.errors import Refused
from app.policy.queries import current_edition
from app.subsidies.disbursements.queries.advances import advance_facts
from app.subsidies.disbursements.queries.budgets import read_budget
from app.subsidies.disbursements.rules.advances import cap_of, reasons_against_advancing
from app.subsidies.disbursements.rules.funding import reason_against_source
from app.subsidies.entitlements.states import BenefitKind

_ALONE = text("SELECT pg_advisory_xact_lock(hashtextextended(CAST(:opening_id AS text), 37))")
"""Against claims of the class being filed now (0023): each trainee is counted here, or is told that it is prepaid."""
_INSERT = text("""
    INSERT INTO advance (advance_id, opening_id, institution_id, division_code, budget_id, base_fen, share_bp,
      amount_fen, edition_id, proposed_by)
    VALUES (:advance_id, :opening_id, :institution_id, :division_code, :budget_id, :base_fen, :share_bp, :amount_fen,
      :edition_id, :actor)
""")


async def propose_advance(unit: Unit, *, opening_id: UUID, budget_id: UUID, amount_fen: int | None) -> UUID:
    """Without an amount the most that is allowed. Raises NotFound outside the area, Refused with all reasons."""
    await unit.session.execute(_ALONE, {"opening_id": str(opening_id)})
    facts, institution_id = await advance_facts(unit, opening_id)
    budget = await read_budget(unit, budget_id)
    reasons = list(reasons_against_advancing(facts, amount_fen, unit.today))
    source = reason_against_source(
        BenefitKind.TRAINING, budget.funding_source, on=unit.today, division=facts.division_code
    )
    if source is not None:
        reasons.append(source)
    if reasons:
        raise Refused(reasons)
    cap = cap_of(facts, unit.today)
    advance_id = uuid7()
    await unit.session.execute(
        _INSERT,
        {
            "advance_id": advance_id,
            "opening_id": opening_id,
            "institution_id": institution_id,
            "division_code": facts.division_code,
            "budget_id": budget_id,
            "base_fen": cap.base_fen,
            "share_bp": cap.share_bp,
            "amount_fen": amount_fen or cap.most_fen,
            "edition_id": await current_edition(unit),
            "actor": unit.actor.principal_id,
        },
    )
    await record_event(
        unit,
        "advance:proposed",
        subject_kind="advance",
        subject_id=advance_id,
        details={"opening_id": str(opening_id), "amount_fen": amount_fen or cap.most_fen},
    )
    return advance_id
