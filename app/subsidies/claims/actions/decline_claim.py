"""不予受理: with grounds, clause and the ways against it; key and slot are given back."""

from collections.abc import Sequence

import orjson
from sqlalchemy import text

from app.access.unit import Unit
from app.audit.events import announce, record_event
from app.kernel.errors import Reason
from app.subsidies.claims.actions.answer_supplement import answer_supplement
from app.subsidies.claims.actions.check_step import check_step
from app.subsidies.claims.actions.issue_notice import issue_notice
from app.subsidies.claims.queries.doors import FoundClaim
from app.subsidies.claims.rules.notices import of_reasons
from app.subsidies.claims.rules.steps import not_accepted_reasons
from app.subsidies.claims.states import ClaimState, NoticeKind, Step

_STORE = text("""
    INSERT INTO claim_acceptance (person_id, claim_id, outcome, reasons, decided_by)
    VALUES (:person_id, :claim_id, :outcome, CAST(:reasons AS jsonb), :actor)
""")


async def decline_claim(
    unit: Unit,
    found: FoundClaim,
    *,
    grounds: Sequence[str],
    explanation: str,
    expected_version: int | None = None,
) -> str:
    """The notice's number. Raises ``Refused``, ``PreconditionFailed``."""
    check_step(unit, Step.DECLINE, found, expected_version=expected_version)
    if found.claim["state"] == ClaimState.SUPPLEMENT_REQUESTED:
        # The period is over: that nothing came is what is decided on, and the way of the claim shows it.
        await answer_supplement(
            unit, person_id=found.person_id, claim_id=found.claim_id, answers=(), note="逾期未补正"
        )
    return await store_acceptance(
        unit,
        found,
        outcome=ClaimState.NOT_ACCEPTED,
        kind=NoticeKind.NOT_ACCEPTED,
        reasons=not_accepted_reasons(grounds, explanation),
    )


async def store_acceptance(
    unit: Unit, found: FoundClaim, *, outcome: ClaimState, kind: NoticeKind, reasons: Sequence[Reason]
) -> str:
    """The row that moves the claim, its notice and its announcement; the notice's number."""
    said = of_reasons(reasons)
    await unit.session.execute(
        _STORE,
        {
            "person_id": found.person_id,
            "claim_id": found.claim_id,
            "outcome": outcome.value,
            "reasons": orjson.dumps(said).decode(),
            "actor": unit.actor.principal_id,
        },
    )
    number = await issue_notice(
        unit,
        person_id=found.person_id,
        claim_id=found.claim_id,
        division=found.division,
        kind=kind,
        reasons=said,
    )
    await record_event(
        unit,
        f"claim:{outcome.value}",
        subject_kind="claim",
        subject_id=found.claim_id,
        details={"notice": number, "grounds": [reason.code for reason in reasons]},
    )
    await announce(unit, f"claim.{outcome.value}", {"claim_id": str(found.claim_id), "notice_number": number})
    return number
