"""Reads of advances (预拨): by area, without anything of persons."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, text
from sqlmodel import col

from app.access.unit import Unit
from app.kernel.errors import NotFound
from app.kernel.paging import Page, decode_cursor, encode_cursor
from app.reference.divisions import prefix_of
from app.subsidies.commitments.queries import read_credit
from app.subsidies.commitments.rules import credit_of
from app.subsidies.disbursements.rules.advances import PROJECT, AdvanceFacts
from app.subsidies.disbursements.states import AdvanceState
from app.subsidies.disbursements.tables import Advance

_PREPAYABLE = text("""
    SELECT class.opening_id, class.name, school.name AS institution_name, class.on_record_at, class.state
    FROM course_opening AS class
    JOIN training_institution AS school ON school.institution_id = class.institution_id
    JOIN training_program_version AS program
      ON program.program_id = class.program_id AND program.version = class.program_version
    WHERE class.state IN ('on_record', 'running', 'closed') AND starts_with(class.division_code, :prefix)
      AND (program.training_type = ANY (CAST(:types AS text[])) OR school.kind = 'enterprise')
      AND NOT EXISTS (SELECT FROM advance AS held
        WHERE held.opening_id = class.opening_id AND held.canceled_at IS NULL)
    ORDER BY class.on_record_at DESC LIMIT :limit
""")
_CLASSES = text("""
    SELECT class.opening_id, class.name, school.name AS institution_name FROM course_opening AS class
    JOIN training_institution AS school ON school.institution_id = class.institution_id
    WHERE class.opening_id = ANY (CAST(:ids AS uuid[]))
""")
_BASIS = text("SELECT * FROM advance_basis(:prefix, :opening_id)")


async def advance_facts(unit: Unit, opening_id: UUID) -> tuple[AdvanceFacts, UUID]:
    """The class of the officer's area, and its institution. Raises NotFound."""
    found = await unit.session.execute(_BASIS, {"prefix": _prefix(unit), "opening_id": opening_id})
    row = found.one_or_none()
    if row is None:
        raise NotFound
    credit = await read_credit(unit, row.institution_id)
    facts = AdvanceFacts(
        division_code=row.division_code,
        state=row.state,
        training_type=row.training_type,
        institution_kind=row.institution_kind,
        skill_level=row.skill_level,
        trainees=row.trainees,
        credit=credit_of(credit, unit.today, row.division_code),
    )
    return facts, row.institution_id


async def prepayable_classes(unit: Unit, *, limit: int) -> Sequence[Row[Any]]:
    """Classes on record in the officer's area whose kind may be prepaid and that are not yet, the newest first."""
    asked = {"prefix": _prefix(unit), "types": sorted(PROJECT), "limit": limit}
    return (await unit.session.execute(_PREPAYABLE, asked)).all()


async def classes_of(unit: Unit, advances: Iterable[Advance]) -> dict[UUID, Row[Any]]:
    """``name, institution_name`` of the class of each advance, by opening."""
    rows = await unit.session.execute(_CLASSES, {"ids": [each.opening_id for each in advances]})
    return {row.opening_id: row for row in rows}


async def list_advances(unit: Unit, *, cursor: str | None, limit: int) -> Page[Advance]:
    """Advances of the area, the newest first; an institution sees its own."""
    found = select(Advance).order_by(col(Advance.advance_id).desc()).limit(limit + 1)
    if unit.actor.is_institution:
        found = found.where(col(Advance.institution_id) == unit.actor.institution())
    else:
        found = found.where(col(Advance.division_code).startswith(_prefix(unit)))
    if cursor is not None:
        (before,) = decode_cursor(cursor, UUID)
        found = found.where(col(Advance.advance_id) < before)
    rows = (await unit.session.scalars(found)).all()
    following = encode_cursor(rows[limit - 1].advance_id) if len(rows) > limit else None
    return Page(tuple(rows[:limit]), following)


async def advance_of_class(unit: Unit, opening_id: UUID) -> Advance | None:
    """The advance on a class of the caller's institution that was not canceled, if there is one."""
    return (
        await unit.session.scalars(
            select(Advance).where(
                col(Advance.opening_id) == opening_id,
                col(Advance.institution_id) == unit.actor.institution(),
                col(Advance.canceled_at).is_(None),
            )
        )
    ).one_or_none()


async def read_advance(unit: Unit, advance_id: UUID) -> Advance:
    """One advance as it stands now. Raises NotFound."""
    row = await unit.session.get(Advance, advance_id, populate_existing=True)
    if row is None:
        raise NotFound
    is_theirs = (
        row.institution_id == unit.actor.institution()
        if unit.actor.is_institution
        else row.division_code.startswith(_prefix(unit))
    )
    if not is_theirs:
        raise NotFound
    return row


def state_of(advance: Advance) -> AdvanceState:
    """Derived from which steps have been taken."""
    if advance.canceled_at is not None:
        return AdvanceState.CANCELED
    if advance.settled_at is not None:
        is_used_up = advance.offset_fen + advance.returned_fen == advance.amount_fen
        return AdvanceState.WORKED_OFF if is_used_up else AdvanceState.SETTLED
    if advance.instructed_at is not None:
        return AdvanceState.INSTRUCTED
    if advance.ordered_at is not None:
        return AdvanceState.ORDERED
    return AdvanceState.PROPOSED if advance.approved_at is None else AdvanceState.APPROVED


def _prefix(unit: Unit) -> str:
    return prefix_of(unit.actor.division_code or "")
