"""Withdrawing a program (项目退出): its last version ends; what was filed under it stays provable."""

from datetime import date
from uuid import UUID

from sqlalchemy import text

from app.access.unit import Unit
from app.audit.events import announce, record_event
from app.directory.programs.queries import ProgramVersion, versions_of
from app.directory.programs.rules import reasons_against_start
from app.kernel.clock import day_in_words
from app.kernel.errors import Conflict, NotFound, Reason, Refused
from app.reference.divisions import covers

_END = text("""
    UPDATE training_program_version SET in_force = daterange(lower(in_force), :ends_before)
    WHERE program_id = :program_id AND version = :version AND (upper_inf(in_force) OR upper(in_force) > :ends_before)
""")


async def withdraw_program(unit: Unit, *, program_id: UUID, ends_before: date, reason: str) -> None:
    """End the last version from ``ends_before`` on. Raises NotFound outside the agency's area, Refused for a day that
    is past, already ended, or used by a filing.
    """
    last = await last_version_in_scope(unit, program_id)
    starts_on, ended_before = last.row.in_force.lower, last.row.in_force.upper
    reasons = reasons_against_start(
        ends_before, today=unit.today, last_starts_on=starts_on, field="ends_before"
    )
    if ended_before is not None and ended_before <= ends_before:
        reasons += (_ended(ended_before),)
    if reasons:
        raise Refused(reasons)
    await end_version(unit, program_id, last.row.version, ends_before)
    details = {"version": last.row.version, "ends_before": ends_before.isoformat(), "reason": reason}
    await record_event(
        unit, "program:withdrawn", subject_kind="program", subject_id=program_id, details=details
    )
    await announce(unit, "program:withdrawn", {"program_id": str(program_id), **details})


async def last_version_in_scope(unit: Unit, program_id: UUID) -> ProgramVersion:
    """The newest version. Raises NotFound when the program is not in the area of the caller's agency today."""
    last = (await versions_of(unit.session, program_id))[-1]
    scope = unit.actor.division_code
    if scope is None or not covers(scope, last.division_code, unit.today):
        raise NotFound(
            [Reason(code="program_unknown", message="项目目录中没有这个项目", remedy="请在项目目录中查询")]
        )
    return last


async def end_version(unit: Unit, program_id: UUID, version: int, ends_before: date) -> None:
    """Shorten a version. Raises Conflict when it had ended earlier meanwhile."""
    named = {"program_id": program_id, "version": version}
    ended = await unit.session.execute(_END, {**named, "ends_before": ends_before})
    if ended.rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict


def _ended(ended_before: date) -> Reason:
    return Reason(
        code="program_ended",
        message=f"该项目已于{day_in_words(ended_before)}前终止",
        remedy="请核对项目的施行期",
        field="ends_before",
        value=str(ended_before),
    )
