"""Beginning a draft of an opening (开班草稿)."""

from uuid import UUID

from sqlalchemy import text

from app.access.unit import Unit
from app.audit.events import record_event
from app.directory.programs.queries import find_version
from app.kernel.errors import Refused
from app.reference.divisions import divisions
from app.training.openings.rules.refusals import DIVISION_UNKNOWN, PROGRAM_UNKNOWN

_INSERT = text("""
    INSERT INTO course_opening
      (institution_id, program_id, program_version, division_code, name, planned_size, venue, created_by)
    VALUES (:institution_id, :program_id, :program_version, :division_code, :name, :planned_size, :venue, :actor)
    RETURNING opening_id
""")


async def create_opening(
    unit: Unit,
    *,
    program_id: UUID,
    program_version: int | None,
    division_code: str,
    name: str,
    planned_size: int,
    venue: str,
) -> UUID:
    """Begin a draft of the caller's institution; without ``program_version`` it takes the one in force today.

    Raises Refused with every reason (unknown program, unknown division).
    """
    version = await require_program(unit, program_id, program_version, division_code)
    created = await unit.session.execute(
        _INSERT,
        {
            "institution_id": unit.actor.institution(),
            "program_id": program_id,
            "program_version": version,
            "division_code": division_code,
            "name": name,
            "planned_size": planned_size,
            "venue": venue,
            "actor": unit.actor.principal_id,
        },
    )
    opening_id: UUID = created.scalar_one()
    await record_event(unit, "opening:created", subject_kind="opening", subject_id=opening_id)
    return opening_id


async def require_program(unit: Unit, program_id: UUID, version: int | None, division_code: str) -> int:
    """The program version to draft with. Raises Refused with what is unknown, all of it."""
    known = await find_version(unit.session, program_id, version, on=unit.today)
    reasons = [] if known is not None else [PROGRAM_UNKNOWN]
    if divisions().get().find(division_code, unit.today) is None:
        reasons.append(DIVISION_UNKNOWN)
    if known is None or reasons:
        raise Refused(reasons)
    return known
