"""An agency reads a class's roster: purpose and case are stored before a line of it leaves."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import text

from app.access.unit import Unit
from app.archive.records.states import Purpose
from app.audit.events import record_event
from app.db.crypto import KeyRing
from app.kernel.errors import NotFound
from app.kernel.masking import mask_number_own_institution
from app.reference.divisions import covers
from app.training.rosters.queries import NAME_FIELD, NUMBER_FIELD

_OPENING = text("SELECT division_code, state FROM course_opening WHERE opening_id = :opening_id")
_READ = text("""
    SELECT line, name_sealed, number_sealed, person_id, elsewhere
    FROM read_roster(:actor, :agency, :purpose, :case_number, :request_id, :opening_id)
""")


@dataclass(frozen=True, slots=True)
class ReadLine:
    """A line as the authority sees it: the full outcome of the check, and other live classes at the same hours."""

    facts: dict[str, Any]
    person_id: UUID
    name: str = field(repr=False)
    masked_number: str
    overlapping_openings: tuple[str, ...]


async def read_roster(
    unit: Unit, keys: KeyRing, *, opening_id: UUID, purpose: Purpose, case_number: str
) -> list[ReadLine]:
    """All lines of an opening in the caller's area, withdrawn ones included.

    The door stores one access row a trainee in the statement that reads, and the trainee can see it (I10).
    Raises NotFound for an opening elsewhere and for one that was never filed.
    """
    opening = (await unit.session.execute(_OPENING, {"opening_id": opening_id})).one_or_none()
    scope = unit.actor.division_code
    if (
        opening is None
        or opening.state == "draft"
        or scope is None
        or not covers(scope, opening.division_code, unit.today)
    ):
        raise NotFound
    rows = (
        await unit.session.execute(
            _READ,
            {
                "actor": unit.actor.principal_id,
                "agency": unit.actor.agency(),
                "purpose": purpose.value,
                "case_number": case_number,
                "request_id": unit.actor.request_id,
                "opening_id": opening_id,
            },
        )
    ).all()
    await record_event(
        unit,
        "roster:read",
        subject_kind="course_opening",
        subject_id=opening_id,
        details={"lines": len(rows), "purpose": purpose.value},
    )
    return [_read_line(keys, row) for row in rows]


def _read_line(keys: KeyRing, row: Any) -> ReadLine:
    number = keys.open(row.number_sealed, name=NUMBER_FIELD, owner=row.person_id)
    return ReadLine(
        facts=row.line,
        person_id=row.person_id,
        name=keys.open(row.name_sealed, name=NAME_FIELD, owner=row.person_id),
        masked_number=mask_number_own_institution(number),
        overlapping_openings=tuple(row.elsewhere),
    )
