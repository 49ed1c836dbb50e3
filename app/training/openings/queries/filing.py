"""What a filing rests on: the opening's parts, its roster, the directories and the policy of its day."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.access.unit import Unit
from app.directory.institutions.queries import designations_of, period_of, qualifications_of, standings_of
from app.directory.institutions.tables import InstitutionRow
from app.directory.programs.tables import ProgramRow, ProgramVersionRow
from app.kernel.clock import law_date
from app.kernel.errors import Reason
from app.policy.values import value_of
from app.reference.divisions import covers
from app.reference.training_kinds import find_training_mode
from app.training.openings.queries.contents import (
    assessment_fact,
    parts_of,
    plan_fact,
    session_fact,
    sessions_of,
    teachers_of,
)
from app.training.openings.rules.commitment import CommitmentText, commitment_for
from app.training.openings.rules.facts import (
    DirectoryFacts,
    FilingFacts,
    FilingLimits,
    Limit,
    RosterFacts,
    Session,
)
from app.training.openings.rules.sessions import teacher_flags
from app.training.openings.states import HoursKind, OpeningState, PartKind
from app.training.openings.tables import OpeningRow, SessionRow, TeacherRow

_ROSTER = text("""
    SELECT count(*) AS lines, count(*) FILTER (WHERE state = 'unverified') AS unverified,
      count(*) FILTER (WHERE state = 'not_matched') AS not_matched,
      array_agg(concat_ws('，', sheet, '第' || sheet_line || '行') ORDER BY sheet, sheet_line)
        FILTER (WHERE state = 'not_matched' AND sheet_line IS NOT NULL) AS places
    FROM roster_line WHERE opening_id = :opening_id AND withdrawn_at IS NULL
""")
_ROSTER_COUNTS = text("SELECT lines, unverified, not_matched, overlapping FROM roster_counts(:opening_id)")


@dataclass(frozen=True, slots=True)
class FilingCase:
    """The facts, what the filing row needs besides, and notes for the authority."""

    facts: FilingFacts
    program: ProgramVersionRow
    commitment: CommitmentText
    flags: tuple[Reason, ...]
    overlapping_trainees: int | None


async def read_filing_case(
    unit: Unit, opening: OpeningRow, *, filed_at: datetime | None = None
) -> FilingCase:
    """Everything a filing is judged by; ``filed_at`` is that of the filing under review, now when absent.

    How many trainees overlap with other classes is read for the authority alone: a roster is no oracle.
    """
    session, opening_id = unit.session, opening.opening_id
    filed = filed_at or unit.now
    on = law_date(filed)
    parts = await parts_of(session, opening_id)
    program = await _program(session, opening)
    directory = await _directory(session, opening, *program, on=on, today=unit.today)
    roster, overlapping = await _roster(unit, opening_id)
    plan = parts.get(PartKind.TEACHING_PLAN)
    assessment = parts.get(PartKind.ASSESSMENT_PLAN)
    materials = parts.get(PartKind.TEACHING_MATERIALS)
    facts = FilingFacts(
        now=unit.now,
        filed_at=filed,
        planned_size=opening.planned_size,
        plan=plan_fact(plan.content) if plan else None,
        assessment=assessment_fact(assessment.content) if assessment else None,
        material_count=len(materials.content["items"]) if materials else 0,
        teachers=await teachers_of(session, opening_id),
        sessions=await sessions_of(session, opening_id),
        roster=roster,
        directory=directory,
        limits=limits_on(on, opening.division_code, online=directory.program_is_online),
    )
    names = {teacher.teacher_id: teacher.name for teacher in facts.teachers}
    flags = teacher_flags(facts.sessions, await _taught_elsewhere(session, opening), names)
    return FilingCase(facts, program[1], await _commitment(session, opening), flags, overlapping)


def limits_on(on: date, division_code: str, *, online: bool) -> FilingLimits:
    """The policy values that hold for an opening on a day."""

    def limit(key: str) -> Limit:
        value = value_of(key, on=on, division=division_code)
        return Limit(value.number, value.citation)

    return FilingLimits(
        class_size_min=limit("class_size_min"),
        class_size_max=limit("class_size_max_online" if online else "class_size_max"),
        lead_hours=limit("filing_lead_hours"),
        class_hour_minutes=limit("class_hour_minutes"),
        hours_per_day_max=limit("hours_per_day_max"),
        session_minutes_max=limit("session_minutes_max"),
        safety_required=value_of("safety_content_required", on=on, division=division_code).flag,
    )


async def _program(session: AsyncSession, opening: OpeningRow) -> tuple[str, ProgramVersionRow]:
    found = await session.execute(
        select(col(ProgramRow.division_code), ProgramVersionRow)
        .join(ProgramVersionRow, col(ProgramVersionRow.program_id) == col(ProgramRow.program_id))
        .where(
            col(ProgramVersionRow.program_id) == opening.program_id,
            col(ProgramVersionRow.version) == opening.program_version,
        )
        .execution_options(populate_existing=True)
    )
    division_code, row = found.one()
    return division_code, row


async def _directory(
    session: AsyncSession,
    opening: OpeningRow,
    program_division: str,
    program: ProgramVersionRow,
    *,
    on: date,
    today: date,
) -> DirectoryFacts:
    standings = await standings_of(session, opening.institution_id)
    mode = find_training_mode(program.training_mode, on)
    designated = [
        row.division_code
        for row in await designations_of(session, opening.institution_id, on=on)
        if (row.occupation_edition, row.occupation_code)
        == (program.occupation_edition, program.occupation_code)
        and covers(row.division_code, opening.division_code, on)
    ]
    return DirectoryFacts(
        standing_today=next((known.standing for known in standings if known.in_force.covers(today)), None),
        standing_then=next((known.standing for known in standings if known.in_force.covers(on)), None),
        qualified=bool(await qualifications_of(session, opening.institution_id, on=on)),
        # The nearest division: 110105 before 110100 before 110000.
        designated_division=max(designated, key=lambda code: len(code.rstrip("0")), default=None),
        program_name=program.name,
        program_in_force=period_of(program.in_force).covers(on),
        program_covers_division=covers(program_division, opening.division_code, on),
        program_hours={
            HoursKind.THEORY: program.theory_hours,
            HoursKind.PRACTICE: program.practice_hours,
            HoursKind.SAFETY: program.safety_hours,
        },
        program_is_online=mode is not None and mode.is_online,
    )


async def _roster(unit: Unit, opening_id: UUID) -> tuple[RosterFacts, int | None]:
    if unit.actor.is_institution:
        own = (await unit.session.execute(_ROSTER, {"opening_id": opening_id})).one()
        places = tuple(own.places or ())
        return RosterFacts(
            lines=own.lines, unverified=own.unverified, not_matched=own.not_matched, not_matched_at=places
        ), None
    counted = (await unit.session.execute(_ROSTER_COUNTS, {"opening_id": opening_id})).one()
    roster = RosterFacts(lines=counted.lines, unverified=counted.unverified, not_matched=counted.not_matched)
    return roster, counted.overlapping


async def _taught_elsewhere(session: AsyncSession, opening: OpeningRow) -> list[tuple[str, str, Session]]:
    """Sessions of other live classes of the institution whose teacher bears the name of one of ours."""
    ours = select(col(TeacherRow.name)).where(
        col(TeacherRow.opening_id) == opening.opening_id, col(TeacherRow.removed_at).is_(None)
    )
    first, last = (
        select(bound(col(SessionRow.starts_at)))
        .where(col(SessionRow.opening_id) == opening.opening_id, col(SessionRow.canceled_at).is_(None))
        .scalar_subquery()
        for bound in (func.min, func.max)
    )
    live = (OpeningState.FILED, OpeningState.ON_RECORD, OpeningState.RUNNING)
    rows = await session.execute(
        select(col(TeacherRow.name), col(OpeningRow.name), SessionRow)
        .join(TeacherRow, col(TeacherRow.teacher_id) == col(SessionRow.teacher_id))
        .join(OpeningRow, col(OpeningRow.opening_id) == col(SessionRow.opening_id))
        .where(
            col(OpeningRow.institution_id) == opening.institution_id,
            col(OpeningRow.opening_id) != opening.opening_id,
            col(OpeningRow.state).in_(live),
            col(SessionRow.canceled_at).is_(None),
            col(SessionRow.ends_at) > first,
            col(SessionRow.starts_at) <= last + text("interval '1 day'"),
            col(TeacherRow.name).in_(ours),
        )
        .order_by(col(SessionRow.starts_at))
        .limit(500)
    )
    return [(teacher, other, session_fact(row)) for teacher, other, row in rows]


async def _commitment(session: AsyncSession, opening: OpeningRow) -> CommitmentText:
    found = await session.execute(
        select(col(InstitutionRow.name), col(InstitutionRow.unified_social_credit_code)).where(
            col(InstitutionRow.institution_id) == opening.institution_id
        )
    )
    institution_name, credit_code = found.one()
    return commitment_for(
        institution_name=institution_name,
        credit_code=credit_code,
        opening_name=opening.name,
        opening_id=opening.opening_id,
    )
