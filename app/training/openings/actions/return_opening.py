"""Returning a filing (退回补正) with all its defects at once (一次性告知)."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import orjson
from sqlalchemy import text

from app.access.unit import Unit
from app.audit.events import announce, record_event
from app.kernel.errors import Refused
from app.training.openings.actions.revise_draft import next_version
from app.training.openings.queries.filing import read_filing_case
from app.training.openings.queries.lists import last_filing
from app.training.openings.queries.scope import opening_in_sight
from app.training.openings.rules.filing import reasons_against_filing
from app.training.openings.rules.review import reasons_against_review
from app.training.openings.states import OpeningState

_RETURN = text("""
    INSERT INTO opening_return (opening_id, filing_no, reasons, returned_by)
    VALUES (:opening_id, :filing_no, CAST(:reasons AS jsonb), :actor)
""")


@dataclass(frozen=True, slots=True)
class Defect:
    """What an officer found wrong, and with which part."""

    part: str
    code: str
    message: str


async def return_opening(unit: Unit, *, opening_id: UUID, defects: Sequence[Defect]) -> None:
    """Give a filing back. What the rules find wrong by now is added to what the officer found, so that the
    institution is told everything in one answer. Raises NotFound outside the officer's area, Refused unless filed.
    """
    row = await opening_in_sight(unit, opening_id, lock=True)
    refusal = reasons_against_review(OpeningState(row.state))
    if refusal:
        raise Refused(refusal)
    filing = await last_filing(unit.session, row)
    case = await read_filing_case(unit, row, filed_at=filing.filed_at)
    found = [{"part": defect.part, "code": defect.code, "message": defect.message} for defect in defects]
    found += [
        {
            "part": (reason.field or "").split(".")[-1] or "other",
            "code": reason.code,
            "message": reason.message,
        }
        for reason in reasons_against_filing(case.facts)
    ]
    await unit.session.execute(
        _RETURN,
        {
            "opening_id": opening_id,
            "filing_no": filing.filing_no,
            "reasons": orjson.dumps(found).decode(),
            "actor": unit.actor.principal_id,
        },
    )
    await next_version(unit, row, state=OpeningState.RETURNED)
    details = {"filing_no": filing.filing_no, "defects": len(found)}
    await record_event(
        unit, "opening:returned", subject_kind="opening", subject_id=opening_id, details=details
    )
    await announce(unit, "opening:returned", {"opening_id": str(opening_id), **details})
