"""Revising a program (动态调整): a new version begins where the one before ends; filed classes keep theirs."""

from uuid import UUID

from app.access.unit import Unit
from app.audit.events import announce, record_event
from app.directory.programs.actions.publish_program import insert_version
from app.directory.programs.actions.withdraw_program import end_version, last_version_in_scope
from app.directory.programs.queries import facts_about
from app.directory.programs.rules import ProgramContent, reasons_against_program
from app.kernel.errors import Refused


async def revise_program(unit: Unit, *, program_id: UUID, content: ProgramContent) -> int:
    """Publish the next version from ``content.starts_on`` on; returns its number.

    Raises NotFound outside the agency's area, Refused with every reason. A day on which a filing rested on the
    version before cannot be taken from it (``opening_filing_program_fkey``).
    """
    last = await last_version_in_scope(unit, program_id)
    starts_on, ends_before = last.row.in_force.lower, last.row.in_force.upper
    facts = facts_about(content, division_code=last.division_code, today=unit.today, last_starts_on=starts_on)
    reasons = reasons_against_program(facts)
    if reasons:
        raise Refused(reasons)
    if ends_before is None or content.starts_on < ends_before:
        await end_version(unit, program_id, last.row.version, content.starts_on)
    version = last.row.version + 1
    await insert_version(unit, program_id, version, content)
    await record_event(
        unit, "program:revised", subject_kind="program", subject_id=program_id, details={"version": version}
    )
    await announce(unit, "program:revised", {"program_id": str(program_id), "version": version})
    return version
