"""Reads around commitments: the class to promise for, an institution's credit, the checks that are owed."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from app.access.unit import Unit
from app.kernel.errors import NotFound
from app.kernel.paging import Page, decode_cursor, encode_cursor
from app.reference.divisions import prefix_of
from app.subsidies.commitments.rules import Credit, PromisedClass

_CLASS = text("""
    SELECT class.opening_id::text, class.name AS opening_name, school.name AS institution_name,
      school.unified_social_credit_code AS credit_code, program.training_type, class.division_code,
      (SELECT law_date(max(session.ends_at)) FROM course_session AS session
       WHERE session.opening_id = class.opening_id AND session.canceled_at IS NULL) AS ends_on
    FROM course_opening AS class
    JOIN training_institution AS school ON school.institution_id = class.institution_id
    JOIN training_program_version AS program
      ON program.program_id = class.program_id AND program.version = class.program_version
    WHERE class.opening_id = :opening_id AND class.institution_id = :institution_id AND class.filing_no IS NOT NULL
""")
_CREDIT = text(
    "SELECT active_since, broken_on, recovered_on FROM institution_credit(:actor, :institution_id)"
)
_OWED = text("SELECT * FROM list_post_checks(:prefix, :after_on, :after_id, :page)")
_OWED_ONE = text("SELECT * FROM list_post_checks(:prefix, NULL, NULL, NULL) WHERE claim_id = :claim_id")


async def promised_class(unit: Unit, opening_id: UUID) -> PromisedClass:
    """A class of the caller's institution on record. Raises NotFound."""
    row = (
        await unit.session.execute(
            _CLASS, {"opening_id": opening_id, "institution_id": unit.actor.institution()}
        )
    ).one_or_none()
    if row is None or row.ends_on is None:
        raise NotFound
    return PromisedClass(**row._mapping)


async def read_credit(unit: Unit, institution_id: UUID) -> Credit:
    """An institution's own, or for an officer anybody's; nothing known for others."""
    row = (
        await unit.session.execute(
            _CREDIT, {"actor": unit.actor.principal_id, "institution_id": institution_id}
        )
    ).one_or_none()
    return (
        Credit(active_since=None, broken_on=None, recovered_on=None)
        if row is None
        else Credit(**row._mapping)
    )


async def owed_check(unit: Unit, claim_id: UUID) -> Row[Any]:
    """One check that is owed in the officer's area. Raises NotFound when it is not, or not any more."""
    prefix = prefix_of(unit.actor.division_code or "")
    found = await unit.session.execute(_OWED_ONE, {"prefix": prefix, "claim_id": claim_id})
    row = found.one_or_none()
    if row is None:
        raise NotFound
    return row


async def list_post_checks(unit: Unit, *, cursor: str | None, limit: int) -> Page[Row[Any]]:
    """Checks owed in the officer's area, the earliest due first; no data of persons."""
    after = (None, None) if cursor is None else decode_cursor(cursor, date.fromisoformat, UUID)
    rows: Sequence[Row[Any]] = (
        await unit.session.execute(
            _OWED,
            {
                "prefix": prefix_of(unit.actor.division_code or ""),
                "after_on": after[0],
                "after_id": after[1],
                "page": limit + 1,
            },
        )
    ).all()
    more = None
    if len(rows) > limit:
        more = encode_cursor(rows[limit - 1].check_due_on.isoformat(), rows[limit - 1].claim_id)
    return Page(tuple(rows[:limit]), more)
