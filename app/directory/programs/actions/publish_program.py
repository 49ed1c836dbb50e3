"""Publishing a program (培训项目发布) with the five fields of 人社部发〔2025〕10号 三(二)."""

from dataclasses import asdict
from uuid import UUID

from sqlalchemy import text

from app.access.unit import Unit
from app.audit.events import announce, record_event
from app.directory.institutions.queries import division_reasons
from app.directory.programs.queries import facts_about
from app.directory.programs.rules import ProgramContent, reasons_against_program
from app.kernel.errors import Refused

_PROGRAM = text("""
    INSERT INTO training_program (created_by, division_code) VALUES (:actor, :division_code) RETURNING program_id
""")
_VERSION = text("""
    INSERT INTO training_program_version
      (program_id, version, name, occupation_edition, occupation_code, skill_level, training_type, training_mode,
       open_positions, skill_requirements, content, theory_hours, practice_hours, safety_hours, in_force, published_by)
    VALUES
      (:program_id, :version, :name, :occupation_edition, :occupation_code, :skill_level, :training_type,
       :training_mode, :open_positions, :skill_requirements, :content, :theory_hours, :practice_hours, :safety_hours,
       daterange(:starts_on, :ends_before), :actor)
""")


async def publish_program(unit: Unit, *, division_code: str, content: ProgramContent) -> UUID:
    """Put a new program into the directory of a division. Raises Refused with every reason."""
    reasons = [
        *division_reasons(unit, division_code, field="division_code"),
        *reasons_against_program(facts_about(content, division_code=division_code, today=unit.today)),
    ]
    if reasons:
        raise Refused(reasons)
    created = await unit.session.execute(
        _PROGRAM, {"actor": unit.actor.principal_id, "division_code": division_code}
    )
    program_id: UUID = created.scalar_one()
    await insert_version(unit, program_id, 1, content)
    await record_event(unit, "program:published", subject_kind="program", subject_id=program_id)
    await announce(unit, "program:published", {"program_id": str(program_id), "version": 1})
    return program_id


async def insert_version(unit: Unit, program_id: UUID, version: int, content: ProgramContent) -> None:
    """Store a version that was judged; two in force at once are refused by the database."""
    written = {**asdict(content), "program_id": program_id, "version": version}
    await unit.session.execute(_VERSION, {**written, "actor": unit.actor.principal_id})
