"""Keep what a pass over the archive finds, and forget what earlier passes found."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text
from uuid_utils.compat import uuid7

from app.access.unit import Unit
from app.audit.events import record_event
from app.subsidies.outreach.actions.weigh_entries import Weighed
from app.subsidies.outreach.rules import could_claim

_IS_DUE = text("""
    SELECT NOT EXISTS (SELECT FROM proactive_pass
      WHERE finished_at IS NOT NULL AND law_date(started_at) = law_date(registry_now()))
""")
_BEGIN = text("INSERT INTO proactive_pass (pass_id) VALUES (:pass_id)")
_KEEP = text("""
    INSERT INTO proactive_candidate (person_id, kind, entry_id, pass_id, division_code, amount_fen, last_claim_on)
    VALUES (:person_id, :kind, :entry_id, :pass_id, :division_code, :amount_fen, :last_claim_on)
    ON CONFLICT (person_id, entry_id, kind) DO UPDATE SET pass_id = excluded.pass_id,
      division_code = excluded.division_code, amount_fen = excluded.amount_fen, last_claim_on = excluded.last_claim_on
""")
_FORGET = text("DELETE FROM proactive_candidate WHERE pass_id < :pass_id")
_END = text("""
    UPDATE proactive_pass SET finished_at = registry_now(), entries = :entries, candidates = :candidates
    WHERE pass_id = :pass_id AND finished_at IS NULL
""")


async def is_pass_due(unit: Unit) -> bool:
    """Whether no pass has been finished on this day of law."""
    return bool(await unit.session.scalar(_IS_DUE))


async def begin_pass(unit: Unit) -> UUID:
    """Start a pass; one that a crash cut short stays without an end and does no harm."""
    pass_id = uuid7()
    await unit.session.execute(_BEGIN, {"pass_id": pass_id})
    return pass_id


async def keep_candidates(unit: Unit, pass_id: UUID, weighed: Sequence[Weighed]) -> int:
    """How many of them could be claimed, with the payer known; those are kept."""
    rows = [
        {
            "person_id": each.claimable.who.person_id,
            "kind": each.kind.value,
            "entry_id": each.claimable.entry_id,
            "pass_id": pass_id,
            "division_code": each.division,
            "amount_fen": each.verdict.standard_fen,
            "last_claim_on": each.verdict.last_claim_day,
        }
        for each in weighed
        if each.division is not None and could_claim(each.verdict)
    ]
    if rows:
        await unit.session.execute(_KEEP, rows)
    return len(rows)


async def end_pass(unit: Unit, pass_id: UUID, *, entries: int, candidates: int) -> None:
    """Forget what this pass did not find again; a pass begun later keeps its own, since ids grow with time."""
    await unit.session.execute(_FORGET, {"pass_id": pass_id})
    counts = {"entries": entries, "candidates": candidates}
    await unit.session.execute(_END, {"pass_id": pass_id, **counts})
    await record_event(
        unit, "proactive_pass:finished", subject_kind="proactive_pass", subject_id=pass_id, details=counts
    )
