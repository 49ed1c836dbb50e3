"""Open claims for audit: one access row a person and purpose, stored before anything is read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import text

from app.access.unit import Unit
from app.archive.records.states import Purpose
from app.audit.events import record_event

_OPEN = text(
    "SELECT person_id, claim_id FROM open_audit(:actor, :purpose, :case_number, :request, CAST(:claims AS uuid[]))"
)
_LIST = text("SELECT claim_id FROM list_audited(:actor, :starts_on, :ends_before, :after, :page) AS claim_id")


@dataclass(frozen=True, slots=True)
class Audited:
    """A claim that the auditor may see; that they do is known to the person."""

    person_id: UUID
    claim_id: UUID


async def open_audit(
    unit: Unit, claims: Sequence[UUID], *, purpose: Purpose, case_number: str
) -> list[Audited]:
    """Those of these claims that lie in the auditor's area, in the order asked for."""
    asked = {
        "actor": unit.actor.principal_id,
        "purpose": purpose.value,
        "case_number": case_number,
        "request": unit.actor.request_id,
        "claims": list(claims),
    }
    opened = {
        row.claim_id: Audited(row.person_id, row.claim_id) for row in await unit.session.execute(_OPEN, asked)
    }
    if opened:
        await record_event(
            unit,
            "claim:exported",
            subject_kind="claim",
            subject_id=next(iter(opened)),
            details={"purpose": purpose.value, "case_number": case_number, "claims": len(opened)},
        )
    return [opened[claim] for claim in claims if claim in opened]


async def list_audited(
    unit: Unit, *, starts_on: date, ends_before: date, after: UUID | None, page: int
) -> list[UUID]:
    """Ids of claims of the auditor's area submitted on these days (Asia/Shanghai), in order of id; no person data."""
    asked = {
        "actor": unit.actor.principal_id,
        "starts_on": starts_on,
        "ends_before": ends_before,
        "after": after or UUID(int=0),
        "page": page,
    }
    return [row.claim_id for row in await unit.session.execute(_LIST, asked)]
