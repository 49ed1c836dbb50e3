"""Clear claims whose notice is over and to which nobody objects (公示期满无异议): they become payable."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.exc import DBAPIError

from app.access.unit import Unit
from app.audit.events import announce, record_event

_CLEARABLE = text("""
    SELECT person_id, claim_id, round, notice_id, claim_number, kind, division_code
    FROM clearable_claims(:after_person, :after_claim, :page)
""")
_CLEAR = text("""
    INSERT INTO claim_clearance (person_id, claim_id, round, notice_id, cleared_by)
    SELECT line.person_id, line.claim_id, line.round, line.notice_id, :actor
    FROM unnest(CAST(:persons AS uuid[]), CAST(:claims AS uuid[]), CAST(:rounds AS smallint[]),
      CAST(:notices AS uuid[])) AS line (person_id, claim_id, round, notice_id)
""")
FIRST = (UUID(int=0), UUID(int=0))
"""Where a pass begins."""


async def clearable(unit: Unit, after: tuple[UUID, UUID], page: int) -> Sequence[Row[Any]]:
    """Claims that look clear, by person and claim after ``after``; clearing judges each again."""
    parameters = {"after_person": after[0], "after_claim": after[1], "page": page}
    return (await unit.session.execute(_CLEARABLE, parameters)).all()


async def clear_claims(unit: Unit, due: Sequence[Row[Any]]) -> int:
    """How many were cleared. One that somebody objected to, held or withdrew meanwhile is left as it is."""
    cleared = list(due) if await _tried(unit, due) else [each for each in due if await _tried(unit, [each])]
    for each in cleared:
        await record_event(
            unit,
            "claim:cleared",
            subject_kind="claim",
            subject_id=each.claim_id,
            details={"notice_id": str(each.notice_id)},
        )
        await announce(
            unit,
            "claim.payable",
            {
                "claim_id": str(each.claim_id),
                "claim_number": each.claim_number,
                "kind": each.kind,
                "division_code": each.division_code,
            },
        )
    return len(cleared)


async def _tried(unit: Unit, due: Sequence[Row[Any]]) -> bool:
    try:
        async with unit.session.begin_nested():
            await unit.session.execute(
                _CLEAR,
                {
                    "actor": unit.actor.principal_id,
                    "persons": [each.person_id for each in due],
                    "claims": [each.claim_id for each in due],
                    "rounds": [each.round for each in due],
                    "notices": [each.notice_id for each in due],
                },
            )
    except DBAPIError as refusal:
        # 23001: a guard of the step spoke; whatever else went wrong is not for this job to swallow.
        if getattr(refusal.orig, "sqlstate", None) != "23001":
            raise
        return False
    return True
