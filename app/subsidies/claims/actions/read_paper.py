"""An officer opens a paper of a claim: the look is stored for the person, and the paper named in the audit."""

from uuid import UUID

from app.access.unit import Unit
from app.audit.events import record_event
from app.db.crypto import KeyRing
from app.subsidies.claims.queries.doors import read_claim
from app.subsidies.claims.queries.papers import Paper, papers_with_answer, pick


async def read_paper(unit: Unit, keys: KeyRing, *, claim_id: UUID, paper_id: UUID) -> Paper:
    """The paper, for an officer of the claim's area; its content is fetched after the commit. Raises NotFound."""
    paper = pick(papers_with_answer(keys, await read_claim(unit, keys, claim_id)), paper_id)
    await record_event(
        unit,
        "claim:paper_read",
        subject_kind="claim",
        subject_id=claim_id,
        details={"paper_id": str(paper_id)},
    )
    return paper
