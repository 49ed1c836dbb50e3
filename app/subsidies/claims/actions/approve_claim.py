"""批准: a second person agrees to the reviewed amount; the claim goes to public notice (公示)."""

from sqlalchemy import text

from app.access.unit import Unit
from app.audit.events import announce, record_event
from app.subsidies.claims.actions.check_step import check_step
from app.subsidies.claims.actions.issue_notice import issue_notice
from app.subsidies.claims.queries.doors import FoundClaim
from app.subsidies.claims.rules.notices import of_stored
from app.subsidies.claims.states import NoticeKind, Step

_STORE = text("""
    INSERT INTO claim_approval (person_id, claim_id, round, reviewed_verdict, amount_fen, reviewed_by, decision, reason,
      approved_by)
    VALUES (:person_id, :claim_id, :round, :verdict, :amount_fen, CAST(:reviewed_by AS uuid), :decision, :reason,
      :actor)
""")


async def approve_claim(
    unit: Unit, found: FoundClaim, *, reason: str | None = None, expected_version: int | None = None
) -> str:
    """The notice's number. Raises ``Refused``, ``PreconditionFailed``."""
    check_step(unit, Step.APPROVE, found, expected_version=expected_version)
    return await store_approval(unit, found, Step.APPROVE, reason=reason, notice=NoticeKind.APPROVAL)


async def store_approval(
    unit: Unit, found: FoundClaim, step: Step, *, reason: str | None, notice: NoticeKind
) -> str:
    """The row that moves the claim as its reviewed verdict says, the notice and the announcement; its number."""
    await insert_decision(unit, found, _DECISIONS[step], reason)
    review = found.review
    assert review is not None  # the step was checked against the review
    number = await issue_notice(
        unit,
        person_id=found.person_id,
        claim_id=found.claim_id,
        division=found.division,
        kind=notice,
        reasons=of_stored(review["reasons"], adverse=notice is NoticeKind.REFUSAL),
    )
    await tell(unit, found, _DECISIONS[step], number)
    return number


_DECISIONS = {Step.APPROVE: "approved", Step.REFUSE: "refused"}


async def insert_decision(unit: Unit, found: FoundClaim, decision: str, reason: str | None) -> None:
    """The decision on the review of the present round."""
    review = found.review
    assert review is not None  # the step was checked against the review
    await unit.session.execute(
        _STORE,
        {
            "person_id": found.person_id,
            "claim_id": found.claim_id,
            "round": found.round,
            "verdict": review["verdict"],
            "amount_fen": review["amount_fen"],
            "reviewed_by": review["reviewed_by"],
            "decision": decision,
            "reason": reason,
            "actor": unit.actor.principal_id,
        },
    )


async def tell(unit: Unit, found: FoundClaim, decision: str, notice_number: str | None) -> None:
    """Audit event and announcement of a decision: ids only."""
    await record_event(
        unit,
        f"claim:{decision}",
        subject_kind="claim",
        subject_id=found.claim_id,
        details={"round": found.round, "notice": notice_number},
    )
    await announce(
        unit,
        "claim.decided",
        {"claim_id": str(found.claim_id), "decision": decision, "notice_number": notice_number},
    )
