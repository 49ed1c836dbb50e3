"""A class on record whose sessions can be attended: laid behind the application's back, attended through it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
from uuid_utils.compat import uuid7

from app.access.actor import Actor, Permission, PrincipalKind
from tests.builders.finished_class import OCCUPATION, Trainee, lay_person
from tests.builders.guards import set_aside
from tests.registry_server import Caller, Registry

DIVISION = "110105"


@dataclass(frozen=True, slots=True)
class Lesson:
    """A planned session; minutes are counted from the present moment of the registry's clock."""

    begins: int = 60
    minutes: int = 90
    delivery: str = "onsite"


@dataclass(slots=True)
class OpenClass:
    """Ids of what was laid. ``sessions`` and ``lines`` in the order they were asked for."""

    registry: Registry
    institution_id: UUID
    opening_id: UUID
    operator: Caller
    second_operator: Caller
    starts: list[datetime]
    sessions: list[UUID] = field(default_factory=list)
    lines: list[UUID] = field(default_factory=list)
    persons: list[UUID] = field(default_factory=list)

    def event(self, event_id: str, kind: str, minute: int, **more: Any) -> dict[str, Any]:
        """An event of the first trainee in the first session, ``minute`` minutes after its start."""
        session, line = more.pop("session", 0), more.pop("line", 0)
        occurred = self.starts[session] + timedelta(minutes=minute)
        return {
            "event_id": event_id,
            "session_id": str(self.sessions[session]),
            "line_id": str(self.lines[line]),
            "kind": kind,
            "occurred_at": occurred.astimezone(UTC).isoformat(),
            **more,
        }

    async def go_to(self, minute: int, session: int = 0) -> None:
        """Move the clock to ``minute`` minutes after the start of a session."""
        wanted = self.starts[session] + timedelta(minutes=minute)
        await self.registry.advance(seconds=(wanted - await self.registry.now()).total_seconds())

    async def presences(self) -> list[Any]:
        owner = await self.registry.owner()
        return await owner.fetch(
            "SELECT * FROM confirmed_presence WHERE opening_id = $1 ORDER BY person_id, during",
            self.opening_id,
        )

    async def state(self) -> str:
        owner = await self.registry.owner()
        return await owner.fetchval("SELECT state FROM course_opening WHERE opening_id = $1", self.opening_id)

    async def set_state(self, state: str) -> None:
        """Put the opening into a state that keeps its constraints."""
        owner = await self.registry.owner()
        if state == "closed":
            at = await owner.fetchval(
                "INSERT INTO opening_closure (opening_id, closed_by) VALUES ($1, $2) RETURNING closed_at",
                self.opening_id,
                self.operator.actor.principal_id,
            )
            await owner.execute(
                "UPDATE course_opening SET state = 'closed', closed_at = $2 WHERE opening_id = $1",
                self.opening_id,
                at,
            )
        else:
            # Back is no lawful way; the test wants the state, not the way.
            async with set_aside(owner, "course_opening", "filing_forward"):
                await owner.execute(
                    "UPDATE course_opening SET state = $2, on_record_at = NULL WHERE opening_id = $1",
                    self.opening_id,
                    state,
                )


async def lay_institution(registry: Registry, division_code: str = DIVISION) -> UUID:
    """An active institution, designated for the occupation of the tests."""
    owner = await registry.owner()
    officer = (await registry.officer(division_code=division_code)).actor.principal_id
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


async def lay_open_class(
    registry: Registry,
    *,
    trainees: int = 1,
    lessons: Sequence[Lesson] = (Lesson(),),
    persons: Sequence[UUID] = (),
    institution_id: UUID | None = None,
    division_code: str = DIVISION,
) -> OpenClass:
    """A class on record whose first session is still to come. ``persons`` enrolls known people besides new ones."""
    owner = await registry.owner()
    institution_id = institution_id or await lay_institution(registry, division_code)
    operator, second = await registry.operator(institution_id), await registry.operator(institution_id)
    now = await registry.now()
    laid = OpenClass(
        registry,
        institution_id,
        uuid7(),
        operator,
        second,
        [now + timedelta(minutes=lesson.begins) for lesson in lessons],
    )
    program_id = await _lay_program(registry, division_code)
    await _lay_opening(registry, laid, program_id, division_code, lessons)
    known = await owner.fetchval("SELECT count(*) FROM person")
    for person_id in persons:
        laid.lines.append(await lay_line(registry, laid, person_id))
    for serial in range(trainees - len(persons)):
        person_id, _ = await lay_person(registry, Trainee(name="张测试", serial=100 + known + serial))
        laid.lines.append(await lay_line(registry, laid, person_id))
    return laid


async def lay_line(registry: Registry, laid: OpenClass, person_id: UUID) -> UUID:
    """Enroll a person: an unverified roster line."""
    owner, keys, line_id = await registry.owner(), registry.house.keys, uuid7()
    laid.persons.append(person_id)
    async with set_aside(owner, "roster_line"):
        await owner.execute(
            "INSERT INTO roster_line (person_id, opening_id, line_id, institution_id, document_kind, name_sealed,"
            " name_digest, name_initials, number_sealed, content_digest, added_by)"
            " VALUES ($1, $2, $3, $4, 'citizen', $5, $6, 'zcs', $7, $6, $8)",
            person_id,
            laid.opening_id,
            line_id,
            laid.institution_id,
            keys.seal("张测试", name="roster_line.name", owner=person_id),
            keys.digest("张测试", purpose="name"),
            keys.seal("110000195001019999", name="roster_line.number", owner=person_id),
            laid.operator.actor.principal_id,
        )
    return line_id


async def merge(registry: Registry, alias: UUID, survivor: UUID) -> None:
    """From now on ``alias`` is read as ``survivor``."""
    owner = await registry.owner()
    proposer, merger = [(await registry.officer(Permission.IDENTITY)).actor.principal_id for _ in range(2)]
    await owner.execute(
        "INSERT INTO person_alias (person_id, survivor_id, reason, case_number, decision_reason, proposed_by,"
        " merged_by, merged_at) VALUES ($1, $2, '同一人', '测试2026-1', '核实', $3, $4, registry_now())",
        alias,
        survivor,
        proposer,
        merger,
    )


async def registered_source(
    registry: Registry, laid: OpenClass, *, kind: str = "device", name: str = "一号教室考勤机"
) -> Caller:
    """A device or platform of the class's institution, proposed and registered over the API."""
    proposed = await laid.operator.post("/v1/attendance-source-proposals", json={"kind": kind, "name": name})
    assert proposed.status_code == 201, proposed.text
    officer = await registry.officer(Permission.FILING, division_code=DIVISION)
    answer = await officer.post(f"/v1/attendance-source-proposals/{proposed.json()['proposal_id']}:register")
    assert answer.status_code == 201, answer.text
    return registry.sign_in(
        Actor(
            principal_id=UUID(answer.json()["source"]["source_id"]),
            kind=PrincipalKind(kind),
            display_name=name,
            institution_id=laid.institution_id,
        )
    )


async def send(source: Caller, *events: dict[str, Any]) -> httpx.Response:
    """Deliver a batch."""
    answer = await source.post("/v1/attendance-events", json={"events": list(events)})
    assert answer.status_code == 200, answer.text
    return answer


async def two_at_once(registry: Registry) -> tuple[OpenClass, OpenClass, Caller]:
    """Two classes at the same time in two institutions, and the first confirmed for the same person."""
    first = await lay_open_class(registry)
    second = await lay_open_class(registry, persons=first.persons)
    device = await registered_source(registry, first)
    await first.go_to(60)
    await send(device, first.event("in", "sign_in", 0), first.event("out", "sign_out", 55))
    return first, second, await registered_source(registry, second)


def results(answer: httpx.Response) -> list[str]:
    """Per event: ``accepted``, ``repeated``, or the codes it was refused for."""
    return [
        "+".join(reason["code"] for reason in each["reasons"]) or each["result"]
        for each in answer.json()["answers"]
    ]


async def _lay_program(registry: Registry, division_code: str) -> UUID:
    owner = await registry.owner()
    officer = (await registry.officer(division_code=division_code)).actor.principal_id
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


async def _lay_opening(
    registry: Registry, laid: OpenClass, program_id: UUID, division_code: str, lessons: Sequence[Lesson]
) -> None:
    owner, filed_by = await registry.owner(), laid.operator.actor.principal_id
    recorded_by = (await registry.officer(division_code=division_code)).actor.principal_id
    teacher_id, filed_at = uuid7(), await registry.now() - timedelta(days=2)
    await owner.execute(
        "INSERT INTO course_opening (opening_id, institution_id, program_id, program_version, division_code, name,"
        " planned_size, venue, created_by) VALUES ($1, $2, $3, 1, $4, '测试班', 30, '测试教室', $5)",
        laid.opening_id,
        laid.institution_id,
        program_id,
        division_code,
        filed_by,
    )
    await owner.execute(
        "INSERT INTO opening_part (opening_id, part, content, saved_by)"
        " VALUES ($1, 'assessment_plan', '{\"pass_score\": 60}', $2)",
        laid.opening_id,
        filed_by,
    )
    await owner.execute(
        "INSERT INTO opening_teacher (opening_id, teacher_id, name, qualification, subject)"
        " VALUES ($1, $2, '测试教师', '高级技师', '实操')",
        laid.opening_id,
        teacher_id,
    )
    for starts_at, lesson in zip(laid.starts, lessons, strict=True):
        laid.sessions.append(
            await owner.fetchval(
                "INSERT INTO course_session (opening_id, teacher_id, starts_at, ends_at, hours_kind, delivery, venue)"
                " VALUES ($1, $2, $3, $4, 'practice', $5, '测试教室') RETURNING session_id",
                laid.opening_id,
                teacher_id,
                starts_at,
                starts_at + timedelta(minutes=lesson.minutes),
                lesson.delivery,
            )
        )
    await owner.execute(
        "INSERT INTO opening_filing (opening_id, filing_no, institution_id, program_id, program_version,"
        " occupation_edition, occupation_code, designated_division_code, filed_at, filed_by, first_session_at,"
        " trainee_count, commitment_version, commitment_digest)"
        " VALUES ($1, 1, $2, $3, 1, $4, $5, $6, $7, $8, $9, 1, '1', '\\x00')",
        laid.opening_id,
        laid.institution_id,
        program_id,
        *OCCUPATION,
        division_code,
        filed_at,
        filed_by,
        min(laid.starts),
    )
    await owner.execute(
        "INSERT INTO opening_record (opening_id, filing_no, filed_at, filed_by, record_number, recorded_at,"
        " recorded_by) VALUES ($1, 1, $2, $3, $4, $2, $5)",
        laid.opening_id,
        filed_at,
        filed_by,
        str(laid.opening_id),
        recorded_by,
    )
    await owner.execute(
        "UPDATE course_opening SET state = 'on_record', filing_no = 1, on_record_at = $2 WHERE opening_id = $1",
        laid.opening_id,
        filed_at,
    )
