"""Reads of recoveries: by area for officers, the own ones for a citizen."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, text
from sqlmodel import col

from app.access.unit import Unit
from app.kernel.errors import NotFound
from app.kernel.paging import Page, decode_cursor, encode_cursor
from app.reference.divisions import prefix_of
from app.subsidies.recoveries.tables import Recovery

_LIST = text("SELECT * FROM list_recoveries(:prefix, CAST(:asked AS uuid), CAST(:after AS uuid), :limit)")
_CASES = text("SELECT * FROM list_recovery_cases(:prefix, CAST(:after AS uuid), :limit)")
_RESTING = text(
    "SELECT claim_id, division_code, remaining_fen, is_settled FROM entry_benefits(:record_number)"
)
_CLAIMS = text("""
    SELECT held.recovery_id, paid.claim_id FROM recovery AS held
    JOIN benefit AS paid ON paid.person_id = held.person_id AND paid.benefit_id = held.benefit_id
    WHERE held.person_id = ANY (CAST(:persons AS uuid[])) AND held.recovery_id = ANY (CAST(:ids AS uuid[]))
""")
_OWN_GROUP = text("SELECT person_group(:person_id)")


async def list_recoveries(unit: Unit, *, cursor: str | None, limit: int) -> Page[Row[Any]]:
    """Recoveries of the area, the newest first; nothing of the persons."""
    after = None if cursor is None else decode_cursor(cursor, UUID)[0]
    rows = (await unit.session.execute(_LIST, _asked(unit, None, after, limit + 1))).all()
    following = encode_cursor(rows[limit - 1].recovery_id) if len(rows) > limit else None
    return Page(tuple(rows[:limit]), following)


async def read_recovery(unit: Unit, recovery_id: UUID) -> Row[Any]:
    """One recovery of the area with its steps and proposals to write off. Raises NotFound."""
    row = (await unit.session.execute(_LIST, _asked(unit, recovery_id, None, 1))).one_or_none()
    if row is None:
        raise NotFound
    return row


async def list_recovery_cases(unit: Unit, *, cursor: str | None, limit: int) -> Page[Row[Any]]:
    """Money that was paid on evidence which fell away, and about which nobody has decided yet; oldest first."""
    after = None if cursor is None else decode_cursor(cursor, UUID)[0]
    asked = {"prefix": _prefix(unit), "after": after, "limit": limit + 1}
    rows = (await unit.session.execute(_CASES, asked)).all()
    following = encode_cursor(rows[limit - 1].case_id) if len(rows) > limit else None
    return Page(tuple(rows[:limit]), following)


async def benefits_resting_on(unit: Unit, record_number: str) -> Sequence[Row[Any]]:
    """``claim_id, division_code, remaining_fen, is_settled`` of what an entry brought and nobody ordered back."""
    return (await unit.session.execute(_RESTING, {"record_number": record_number})).all()


async def own_recoveries(unit: Unit) -> Sequence[Recovery]:
    """The citizen's own, merged persons included, the newest first."""
    group = (await unit.session.scalars(_OWN_GROUP, {"person_id": unit.actor.person_id})).all()
    found = await unit.session.scalars(
        select(Recovery)
        .where(col(Recovery.person_id).in_(group))
        .order_by(col(Recovery.recovery_id).desc())
        .limit(200)
    )
    return found.all()


async def claims_of_recoveries(unit: Unit, recoveries: Sequence[Recovery]) -> dict[UUID, UUID]:
    """The claim whose benefit each of a citizen's own recoveries asks back."""
    asked = {
        "persons": [row.person_id for row in recoveries],
        "ids": [row.recovery_id for row in recoveries],
    }
    return {row.recovery_id: row.claim_id for row in await unit.session.execute(_CLAIMS, asked)}


def _asked(unit: Unit, asked: UUID | None, after: UUID | None, limit: int) -> dict[str, Any]:
    return {"prefix": _prefix(unit), "asked": asked, "after": after, "limit": limit}


def _prefix(unit: Unit) -> str:
    return prefix_of(unit.actor.division_code or "")
