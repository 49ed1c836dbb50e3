"""Proposing a change after filing (变更申请)."""

from uuid import UUID

import orjson
from sqlalchemy import text

from app.access.unit import Unit
from app.audit.events import announce, record_event
from app.kernel.errors import Refused
from app.training.openings.queries.changes import read_change_facts, stored_proposal
from app.training.openings.queries.scope import opening_in_sight
from app.training.openings.rules.changes import Proposal, reasons_against_change

_PROPOSE = text("""
    INSERT INTO opening_change (opening_id, change_no, kind, proposal, reason, proposed_by)
    SELECT :opening_id, coalesce(max(change_no), 0) + 1, :kind, CAST(:proposal AS jsonb), :reason, :actor
    FROM opening_change WHERE opening_id = :opening_id
    RETURNING change_no
""")


async def propose_change(unit: Unit, *, opening_id: UUID, proposal: Proposal, reason: str) -> int:
    """Ask the authority for a change of the caller's class; returns its number within the class.

    Nothing changes before the authority accepts. Raises NotFound, Refused with every reason.
    """
    row = await opening_in_sight(unit, opening_id, lock=True)
    reasons = reasons_against_change(proposal, await read_change_facts(unit, row, proposal))
    if reasons:
        raise Refused(reasons)
    proposed = await unit.session.execute(
        _PROPOSE,
        {
            "opening_id": opening_id,
            "kind": proposal.kind,
            "proposal": orjson.dumps(stored_proposal(proposal)).decode(),
            "reason": reason,
            "actor": unit.actor.principal_id,
        },
    )
    change_no: int = proposed.scalar_one()
    details = {"change_no": change_no, "kind": proposal.kind}
    await record_event(
        unit, "opening:change_proposed", subject_kind="opening", subject_id=opening_id, details=details
    )
    await announce(unit, "opening:change_proposed", {"opening_id": str(opening_id), **details})
    return change_no
