"""The facts that reviews rest on, one claim at a time: for judging them anew by another book."""

from collections.abc import AsyncIterator

from pydantic import TypeAdapter
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.subsidies.entitlements.rules.facts import ClaimFacts

_NEWEST = text("""
    SELECT DISTINCT ON (person_id, claim_id) (facts -> 'facts')::text AS facts
    FROM claim_review ORDER BY person_id, claim_id, round DESC
""")
_BATCH = 500
_FACTS = TypeAdapter(ClaimFacts)


async def reviewed_facts(session: AsyncSession) -> AsyncIterator[ClaimFacts]:
    """The facts of the newest review of every claim, streamed; they name nobody."""
    rows = await session.stream(_NEWEST, execution_options={"yield_per": _BATCH})
    async for row in rows:
        yield _FACTS.validate_json(row.facts)
