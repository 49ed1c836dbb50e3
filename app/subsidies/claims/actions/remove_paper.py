"""Taking a paper back before the answer is given (删除补正材料): a row marked; the object goes after the commit."""

from uuid import UUID

from sqlalchemy import text

from app.access.unit import Unit
from app.audit.events import announce, record_event
from app.files.store import Owner
from app.kernel.errors import Conflict, Refused
from app.subsidies.claims.queries.papers import owner_of_papers
from app.subsidies.claims.rules.papers import reasons_against_paper
from app.subsidies.claims.rules.steps import Decided

_REMOVE = text("""
    UPDATE claim_paper SET removed_at = registry_now(), removed_by = :actor
    WHERE person_id = :person_id AND paper_id = :paper_id AND claim_id = :claim_id AND removed_at IS NULL
""")


async def remove_paper(unit: Unit, *, claim: Decided, paper_id: UUID) -> Owner:
    """Mark a paper of the caller's own as removed; returns below whom its object lies, for deleting after the commit.

    Raises Refused once the answer was given, Conflict when it was removed meanwhile.
    """
    reasons = reasons_against_paper(claim.standing, already=0, name="")
    if reasons:
        raise Refused(reasons)
    removed = await unit.session.execute(
        _REMOVE,
        {
            "actor": unit.actor.principal_id,
            "person_id": claim.person_id,
            "paper_id": paper_id,
            "claim_id": claim.claim_id,
        },
    )
    if removed.rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict
    details = {"paper_id": str(paper_id)}
    await record_event(
        unit, "claim:paper_removed", subject_kind="claim", subject_id=claim.claim_id, details=details
    )
    await announce(unit, "claim.paper_removed", {**details, "claim_id": str(claim.claim_id)})
    return owner_of_papers(claim.claim_id)
