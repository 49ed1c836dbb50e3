"""A class that has been taught and assessed, laid behind the application's back, so that closing can be tested."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import asyncpg
from uuid_utils.compat import uuid7

from app.kernel.identifiers.citizen import check_digit_of
from tests.builders.guards import set_aside
from tests.registry_server import Caller, Registry

OCCUPATION = (2015, "6-18-02-04")
SESSION_MINUTES = 240


@dataclass(frozen=True, slots=True)
class Trainee:
    """What one trainee did; the default one earned an entry."""

    name: str = "测试学员"
    serial: int = 901
    credited_minutes: int = SESSION_MINUTES
    outcome: str | None = "pass"
    is_confirmed: bool = True
    state: str = "matched"

    @property
    def number(self) -> str:
        """A visibly synthetic number: province-level area, born on the first of a month in 1950."""
        seventeen = f"11000019500101{self.serial:03}"
        return seventeen + check_digit_of(seventeen)


@dataclass(slots=True)
class FinishedClass:
    """Ids of what was laid."""

    institution_id: UUID
    opening_id: UUID
    operator: Caller
    officer: UUID
    second_operator: UUID
    persons: list[UUID] = field(default_factory=list)


async def lay_person(registry: Registry, trainee: Trainee) -> tuple[UUID, UUID]:
    """A person known by number with a matched check and a proved name: ``(person_id, check_id)``."""
    owner, keys = await registry.owner(), registry.house.keys
    person_id, identifier_id, check_id = uuid7(), uuid7(), uuid7()
    system = await owner.fetchval("SELECT principal_id FROM principal WHERE kind = 'system'")
    await owner.execute("INSERT INTO person (person_id) VALUES ($1)", person_id)
    await owner.execute(
        "INSERT INTO person_identifier (person_id, identifier_id, kind, number_sealed, recorded_by)"
        " VALUES ($1, $2, 'citizen', $3, $4)",
        person_id,
        identifier_id,
        keys.seal(trainee.number, name="person_identifier.number", owner=person_id),
        system,
    )
    for key_id, digest in keys.digests(trainee.number, purpose="identity_number"):
        await owner.execute(
            "INSERT INTO identifier_key (digest, key_id, person_id, identifier_id) VALUES ($1, $2, $3, $4)",
            digest,
            key_id,
            person_id,
            identifier_id,
        )
    await owner.execute(
        "INSERT INTO identity_check (person_id, check_id, outcome, source, evidence_id, name_digest, checked_at)"
        " VALUES ($1, $2, 'matched', 'cardholder_base', 'test-evidence', $3, registry_now())",
        person_id,
        check_id,
        keys.digest(trainee.name, purpose="name"),
    )
    await owner.execute(
        "INSERT INTO person_name (person_id, name_sealed, name_digest, check_id) VALUES ($1, $2, $3, $4)",
        person_id,
        keys.seal(trainee.name, name="person_name.name", owner=person_id),
        keys.digest(trainee.name, purpose="name"),
        check_id,
    )
    return person_id, check_id


async def lay_finished_class(
    registry: Registry, trainees: Sequence[Trainee] = (Trainee(),), *, division_code: str = "110105"
) -> FinishedClass:
    """Institution, program, opening on record and running, one session held, results entered and confirmed."""
    owner = await registry.owner()
    officer = (await registry.officer(division_code=division_code)).actor.principal_id
    institution_id = await _institution(owner, officer, division_code)
    operator = await registry.operator(institution_id)
    second = (await registry.operator(institution_id)).actor.principal_id
    program_id = await _program(owner, officer, division_code)
    opening_id, session_id = await _opening(
        owner,
        institution_id,
        program_id,
        division_code,
        filed_by=operator.actor.principal_id,
        recorded_by=officer,
        size=len(trainees),
    )
    laid = FinishedClass(institution_id, opening_id, operator, officer, second)
    for trainee in trainees:
        laid.persons.append(await _trainee(registry, laid, session_id, trainee))
    return laid


async def _institution(owner: asyncpg.Connection, officer: UUID, division_code: str) -> UUID:
    serial = await owner.fetchval("SELECT count(*) FROM training_institution")
    institution_id = await owner.fetchval(
        "INSERT INTO training_institution (unified_social_credit_code, name, kind, division_code, address,"
        " contact_phone, registered_by) VALUES ($1, $2, 'training_school', $3, '测试路1号', '010-00000000', $4)"
        " RETURNING institution_id",
        f"52110000MJ{serial:08}",
        f"测试职业培训学校{serial}",
        division_code,
        officer,
    )
    since = "daterange('2020-01-01', NULL)"
    await owner.execute(
        f"INSERT INTO institution_standing (institution_id, standing, in_force, reason, decided_by)"
        f" VALUES ($1, 'active', {since}, '测试登记', $2)",
        institution_id,
        officer,
    )
    await owner.execute(
        f"INSERT INTO institution_designation (institution_id, occupation_edition, occupation_code, division_code,"
        f" in_force, document_number, decided_by) VALUES ($1, $2, $3, $4, {since}, '测试文号', $5)",
        institution_id,
        *OCCUPATION,
        division_code,
        officer,
    )
    return institution_id


async def _program(owner: asyncpg.Connection, officer: UUID, division_code: str) -> UUID:
    program_id = await owner.fetchval(
        "INSERT INTO training_program (created_by, division_code) VALUES ($1, $2) RETURNING program_id",
        officer,
        division_code,
    )
    await owner.execute(
        "INSERT INTO training_program_version (program_id, version, name, occupation_edition, occupation_code,"
        " skill_level, training_type, training_mode, open_positions, skill_requirements, content, theory_hours,"
        " practice_hours, safety_hours, in_force, published_by)"
        " SELECT $1, 1, '测试项目', $2, $3, (SELECT code FROM skill_level WHERE rank = 2),"
        " (SELECT min(code) FROM training_type), (SELECT min(code) FROM training_mode), 10, '要求', '内容', 2, 2, 1,"
        " daterange('2020-01-01', NULL), $4",
        program_id,
        *OCCUPATION,
        officer,
    )
    return program_id


async def _opening(
    owner: asyncpg.Connection,
    institution_id: UUID,
    program_id: UUID,
    division_code: str,
    *,
    filed_by: UUID,
    recorded_by: UUID,
    size: int,
) -> tuple[UUID, UUID]:
    now = await owner.fetchval("SELECT registry_now()")
    filed_at, starts_at = now - timedelta(days=9), now - timedelta(days=8)
    opening_id, session_id, teacher_id = uuid7(), uuid7(), uuid7()
    await owner.execute(
        "INSERT INTO course_opening (opening_id, institution_id, program_id, program_version, division_code, name,"
        " planned_size, venue, created_by) VALUES ($1, $2, $3, 1, $4, '测试班', 30, '测试教室', $5)",
        opening_id,
        institution_id,
        program_id,
        division_code,
        filed_by,
    )
    await owner.execute(
        "INSERT INTO opening_part (opening_id, part, content, saved_by)"
        " VALUES ($1, 'assessment_plan', '{\"pass_score\": 60}', $2)",
        opening_id,
        filed_by,
    )
    await owner.execute(
        "INSERT INTO opening_teacher (opening_id, teacher_id, name, qualification, subject)"
        " VALUES ($1, $2, '测试教师', '高级技师', '实操')",
        opening_id,
        teacher_id,
    )
    await owner.execute(
        "INSERT INTO course_session (session_id, opening_id, teacher_id, starts_at, ends_at, hours_kind, delivery,"
        " venue) VALUES ($1, $2, $3, $4, $5, 'practice', 'onsite', '测试教室')",
        session_id,
        opening_id,
        teacher_id,
        starts_at,
        starts_at + timedelta(minutes=SESSION_MINUTES),
    )
    await owner.execute(
        "INSERT INTO opening_filing (opening_id, filing_no, institution_id, program_id, program_version,"
        " occupation_edition, occupation_code, designated_division_code, filed_at, filed_by, first_session_at,"
        " trainee_count, commitment_version, commitment_digest)"
        " VALUES ($1, 1, $2, $3, 1, $4, $5, $6, $7, $8, $9, $10, '1', '\\x00')",
        opening_id,
        institution_id,
        program_id,
        *OCCUPATION,
        division_code,
        filed_at,
        filed_by,
        starts_at,
        size,
    )
    await owner.execute(
        "INSERT INTO opening_record (opening_id, filing_no, filed_at, filed_by, record_number, recorded_at,"
        " recorded_by) VALUES ($1, 1, $2, $3, $4, $2, $5)",
        opening_id,
        filed_at,
        filed_by,
        str(opening_id),
        recorded_by,
    )
    await owner.execute(
        "UPDATE course_opening SET state = 'running', filing_no = 1, on_record_at = $2 WHERE opening_id = $1",
        opening_id,
        filed_at,
    )
    await owner.execute(
        "INSERT INTO session_held (session_id, opening_id, starts_at, filed_at) VALUES ($1, $2, $3, $4)",
        session_id,
        opening_id,
        starts_at,
        filed_at,
    )
    await owner.execute(
        "INSERT INTO completion_assessment (opening_id, attempt, scheduled_at, venue, method, scheduled_by)"
        " VALUES ($1, 1, $2, '测试考场', 'combined', $3)",
        opening_id,
        starts_at + timedelta(days=1),
        filed_by,
    )
    return opening_id, session_id


async def _trainee(registry: Registry, laid: FinishedClass, session_id: UUID, trainee: Trainee) -> UUID:
    owner, keys = await registry.owner(), registry.house.keys
    person_id, check_id = await lay_person(registry, trainee)
    matched = trainee.state == "matched"
    async with set_aside(owner, "roster_line"):
        await owner.execute(
            "INSERT INTO roster_line (person_id, opening_id, institution_id, document_kind, name_sealed, name_digest,"
            " name_initials, number_sealed, content_digest, state, check_id, check_outcome, check_due_at, added_by)"
            " VALUES ($1, $2, $3, 'citizen', $4, $5, 'cs xy', $6, $5, $7, $8, $9, NULL, $10)",
            person_id,
            laid.opening_id,
            laid.institution_id,
            keys.seal(trainee.name, name="roster_line.name", owner=person_id),
            keys.digest(trainee.name, purpose="name"),
            keys.seal(trainee.number, name="roster_line.number", owner=person_id),
            trainee.state,
            check_id if matched else None,
            "matched" if matched else None,
            laid.operator.actor.principal_id,
        )
    if trainee.credited_minutes:
        await owner.execute(
            "INSERT INTO confirmed_presence (person_id, during, session_id, opening_id, credited_minutes)"
            " SELECT $1, tstzrange(starts_at, ends_at), session_id, opening_id, $2 FROM course_session"
            " WHERE session_id = $3",
            person_id,
            trainee.credited_minutes,
            session_id,
        )
    if trainee.outcome is not None:
        await enter_result(registry, laid, person_id, trainee.outcome, is_confirmed=trainee.is_confirmed)
    return person_id


async def enter_result(
    registry: Registry, laid: FinishedClass, person_id: UUID, outcome: str, *, is_confirmed: bool = True
) -> None:
    """A result of attempt 1, entered by the first operator and confirmed by the second."""
    owner, entered_by = await registry.owner(), laid.operator.actor.principal_id
    await owner.execute(
        "INSERT INTO assessment_result (person_id, opening_id, attempt, revision, outcome, score_hundredths,"
        " exemption_reason, entered_by) VALUES ($1, $2, 1, 1, $3, $4, $5, $6)",
        person_id,
        laid.opening_id,
        outcome,
        8800 if outcome in {"pass", "fail"} else None,
        "已持有同等级证书" if outcome == "exempt" else None,
        entered_by,
    )
    if is_confirmed:
        await owner.execute(
            "INSERT INTO assessment_confirmation (person_id, opening_id, attempt, revision, outcome, entered_by,"
            " confirmed_by) VALUES ($1, $2, 1, 1, $3, $4, $5)",
            person_id,
            laid.opening_id,
            outcome,
            entered_by,
            laid.second_operator,
        )
