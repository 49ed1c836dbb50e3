"""I7 and I8 in the database: presence needs a held session, evidence and one place at a time, whoever connects."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import pytest

from app.db.roles import DatabaseRole
from tests.builders.attendance import OpenClass, lay_open_class, merge, registered_source, send
from tests.registry_server import Registry, only

pytestmark = pytest.mark.anyio

NOT_OWNERS = [role for role in DatabaseRole if role is not DatabaseRole.MIGRATOR]
HISTORY = [
    "attendance_receipt",
    "attendance_event",
    "refused_presence",
    "presence_correction",
    "check_in_failure",
]

SPAN = "tstzrange('2026-01-01', '2026-01-02')"


async def connect(registry: Registry, role: DatabaseRole) -> asyncpg.Connection:
    return await asyncpg.connect(registry.cluster.dsn(role, registry.database))


async def attended(registry: Registry, laid: OpenClass) -> None:
    """The first trainee is confirmed from minute 0 to 60 of the first session."""
    device = await registered_source(registry, laid)
    await laid.go_to(80)
    await send(device, laid.event("in", "sign_in", 0), laid.event("out", "sign_out", 60))


async def insert_presence(
    owner: asyncpg.Connection,
    laid: OpenClass,
    begins: datetime,
    ends: datetime,
    minutes: int = 1,
    **more: Any,
) -> None:
    await owner.execute(
        "INSERT INTO confirmed_presence (person_id, during, session_id, opening_id, credited_minutes, correction_id)"
        " VALUES ($1, tstzrange($2, $3), $4, $5, $6, $7)",
        more.get("person", laid.persons[0]),
        begins,
        ends,
        laid.sessions[0],
        laid.opening_id,
        minutes,
        more.get("correction_id"),
    )


async def test_two_presences_of_one_person_cannot_overlap(registry: Registry) -> None:
    first = await lay_open_class(registry)
    second = await lay_open_class(registry, persons=first.persons)
    await attended(registry, first)
    owner = await registry.owner()
    await owner.execute(
        "INSERT INTO session_held (session_id, opening_id, starts_at, filed_at)"
        " SELECT session_id, opening_id, starts_at, filed_at FROM course_session JOIN opening_record USING (opening_id)"
        " WHERE session_id = $1",
        second.sessions[0],
    )
    begins = second.starts[0]
    with pytest.raises(asyncpg.ExclusionViolationError) as refused:
        await insert_presence(owner, second, begins + timedelta(minutes=59), begins + timedelta(minutes=70))
    assert refused.value.constraint_name == "confirmed_presence_pkey"
    ended = only(await first.presences())["during"].upper
    await insert_presence(owner, second, ended, ended + timedelta(minutes=5))


async def test_presence_needs_a_held_session(registry: Registry) -> None:
    laid = await lay_open_class(registry)
    owner = await registry.owner()
    with pytest.raises(asyncpg.ForeignKeyViolationError) as refused:
        await insert_presence(owner, laid, laid.starts[0], laid.starts[0] + timedelta(minutes=5))
    assert refused.value.constraint_name == "confirmed_presence_session_fkey"


async def test_a_session_is_held_only_after_its_filing(registry: Registry) -> None:
    laid = await lay_open_class(registry)
    owner = await registry.owner()
    insert = "INSERT INTO session_held (session_id, opening_id, starts_at, filed_at) VALUES ($1, $2, $3, $4)"
    with pytest.raises(asyncpg.CheckViolationError) as backwards:
        await owner.execute(insert, laid.sessions[0], laid.opening_id, laid.starts[0], laid.starts[0])
    assert backwards.value.constraint_name == "session_held_after_filing"
    invented = laid.starts[0] - timedelta(days=1)
    with pytest.raises(asyncpg.ForeignKeyViolationError) as refused:
        await owner.execute(insert, laid.sessions[0], laid.opening_id, laid.starts[0], invented)
    assert refused.value.constraint_name == "session_held_record_fkey"


async def test_no_more_minutes_than_the_span_holds(registry: Registry) -> None:
    laid = await lay_open_class(registry)
    await attended(registry, laid)
    owner = await registry.owner()
    with pytest.raises(asyncpg.CheckViolationError) as refused:
        await owner.execute("UPDATE confirmed_presence SET credited_minutes = 61")
    assert refused.value.constraint_name == "confirmed_presence_minutes_within_span"


async def test_a_corrected_presence_rests_on_an_accepted_correction(registry: Registry) -> None:
    laid = await lay_open_class(registry)
    await attended(registry, laid)
    owner = await registry.owner()
    correction = await owner.fetchval(
        "INSERT INTO presence_correction (person_id, opening_id, session_id, reason, proposed_by)"
        " VALUES ($1, $2, $3, '测试', $4) RETURNING correction_id",
        laid.persons[0],
        laid.opening_id,
        laid.sessions[0],
        laid.operator.actor.principal_id,
    )
    with pytest.raises(asyncpg.ForeignKeyViolationError) as refused:
        await owner.execute("UPDATE confirmed_presence SET correction_id = $1", correction)
    assert refused.value.constraint_name == "confirmed_presence_correction_fkey"
    decide = "UPDATE presence_correction SET decision = $1, decided_at = registry_now(), decided_by = $2"
    with pytest.raises(asyncpg.CheckViolationError) as same:
        await owner.execute(decide, "accepted", laid.operator.actor.principal_id)
    assert same.value.constraint_name == "presence_correction_second_person"
    await owner.execute(decide, "accepted", laid.second_operator.actor.principal_id)
    await owner.execute("UPDATE confirmed_presence SET correction_id = $1", correction)


async def test_one_open_correction_a_trainee_and_session(registry: Registry) -> None:
    laid = await lay_open_class(registry)
    owner = await registry.owner()
    insert = (
        "INSERT INTO presence_correction (person_id, opening_id, session_id, reason, proposed_by)"
        " VALUES ($1, $2, $3, '测试', $4)"
    )
    values = (laid.persons[0], laid.opening_id, laid.sessions[0], laid.operator.actor.principal_id)
    await owner.execute(insert, *values)
    with pytest.raises(asyncpg.UniqueViolationError) as refused:
        await owner.execute(insert, *values)
    assert refused.value.constraint_name == "presence_correction_one_open"


@pytest.mark.parametrize("role", NOT_OWNERS)
async def test_no_role_writes_presence_or_rewrites_its_history(
    registry: Registry, role: DatabaseRole
) -> None:
    laid = await lay_open_class(registry)
    await attended(registry, laid)
    connection = await connect(registry, role)
    attacks = [
        "INSERT INTO confirmed_presence (person_id, during, session_id, opening_id, credited_minutes)"
        f" VALUES (uuidv7(), {SPAN}, uuidv7(), uuidv7(), 1)",
        "UPDATE confirmed_presence SET credited_minutes = 1",
        "DELETE FROM confirmed_presence",
        "INSERT INTO refused_presence (person_id, session_id, opening_id, during)"
        f" VALUES (uuidv7(), uuidv7(), uuidv7(), {SPAN})",
        "INSERT INTO session_held (session_id, opening_id, starts_at, filed_at)"
        " VALUES (uuidv7(), uuidv7(), registry_now(), registry_now())",
        "DELETE FROM session_held",
        *(f"DELETE FROM {table}" for table in HISTORY),
        *(f"TRUNCATE {table}" for table in [*HISTORY, "confirmed_presence"]),
        "UPDATE attendance_event SET occurred_at = registry_now()",
        "UPDATE attendance_receipt SET content_digest = ''",
        "UPDATE presence_correction SET decision = 'accepted'",
    ]
    try:
        for attack in attacks:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(attack)
    finally:
        await connection.close()
    assert only(await laid.presences())["credited_minutes"] == 60


@pytest.mark.parametrize("table", HISTORY)
async def test_history_is_append_only_even_for_its_owner(registry: Registry, table: str) -> None:
    owner = await registry.owner()
    with pytest.raises(asyncpg.PostgresError) as refused:
        await owner.execute(f"TRUNCATE {table} CASCADE")
    assert refused.value.sqlstate == "23001"


@pytest.mark.parametrize("role", NOT_OWNERS)
async def test_doors_open_only_to_whom_they_are_for(registry: Registry, role: DatabaseRole) -> None:
    doors = {
        "hold_sessions(uuid[])": {DatabaseRole.APP_DEVICE, DatabaseRole.APP_CITIZEN},
        "confirm_presence(uuid, uuid, tstzrange, integer)": {
            DatabaseRole.APP_DEVICE,
            DatabaseRole.APP_CITIZEN,
        },
        "lock_persons(uuid[])": {DatabaseRole.APP_DEVICE, DatabaseRole.APP_CITIZEN},
        "is_elsewhere(uuid, uuid, tstzrange)": set(),
        "apply_presence_correction(uuid, uuid, uuid, text, text)": {DatabaseRole.APP_AGENCY},
        "correction_state(uuid, uuid)": {DatabaseRole.APP_AGENCY},
        "read_presence_corrections(uuid, uuid, text, text, text, uuid)": {DatabaseRole.APP_AGENCY},
        "assessment_counts(uuid)": {DatabaseRole.APP_AGENCY, DatabaseRole.APP_INST},
    }
    owner = await registry.owner()
    for door, admitted in doors.items():
        opens = await owner.fetchval(
            "SELECT has_function_privilege($1::text, $2::text, 'EXECUTE')", str(role), f"registry.{door}"
        )
        assert opens == (role in admitted), door


async def test_the_door_confirms_nothing_without_evidence(registry: Registry) -> None:
    laid = await lay_open_class(registry, trainees=2)
    await attended(registry, laid)
    second = await registered_source(registry, laid, name="二号机")
    await send(second, laid.event("left", "sign_out", 30, line=1))
    device = await connect(registry, DatabaseRole.APP_DEVICE)
    ask = "SELECT confirm_presence($1, $2, tstzrange($3, $4), 1)"
    session, begins = laid.sessions[0], laid.starts[0]
    try:
        absent = await device.fetchval(ask, laid.persons[1], session, begins, begins + timedelta(minutes=5))
        outside = await device.fetchval(
            ask, laid.persons[0], session, begins - timedelta(minutes=5), begins + timedelta(minutes=5)
        )
    finally:
        await device.close()
    assert (absent, outside) == ("no_evidence", "no_evidence")
    assert only(await laid.presences())["credited_minutes"] == 60


async def test_a_closed_class_confirms_nothing_more(registry: Registry) -> None:
    laid = await lay_open_class(registry)
    await attended(registry, laid)
    await laid.set_state("closed")
    device = await connect(registry, DatabaseRole.APP_DEVICE)
    try:
        begins = laid.starts[0]
        answer = await device.fetchval(
            "SELECT confirm_presence($1, $2, tstzrange($3, $4), 1)",
            laid.persons[0],
            laid.sessions[0],
            begins,
            begins + timedelta(minutes=90),
        )
    finally:
        await device.close()
    assert answer == "no_evidence"


async def test_sources_that_report_one_person_at_once_confirm_one_place(registry: Registry) -> None:
    first = await lay_open_class(registry)
    second = await lay_open_class(registry)
    await merge(registry, second.persons[0], first.persons[0])
    one, other = await registered_source(registry, first), await registered_source(registry, second)
    await first.go_to(80)
    await asyncio.gather(
        send(one, first.event("in", "sign_in", 0), first.event("out", "sign_out", 60)),
        send(other, second.event("in", "sign_in", 5), second.event("out", "sign_out", 60)),
    )
    assert len(await first.presences()) + len(await second.presences()) == 1
    owner = await registry.owner()
    assert await owner.fetchval("SELECT count(*) FROM refused_presence") == 1


async def test_two_sources_of_one_session_at_once_lose_nothing(registry: Registry) -> None:
    laid = await lay_open_class(registry, trainees=4)
    one = await registered_source(registry, laid)
    other = await registered_source(registry, laid, name="二号机")
    await laid.go_to(80)
    lines = range(4)
    await asyncio.gather(
        send(one, *(laid.event(f"in{line}", "sign_in", 0, line=line) for line in lines)),
        send(other, *(laid.event(f"out{line}", "sign_out", 60, line=line) for line in reversed(lines))),
    )
    assert [row["credited_minutes"] for row in await laid.presences()] == [60] * 4


async def test_a_person_is_decided_about_by_one_at_a_time_under_any_number(registry: Registry) -> None:
    laid, other = await lay_open_class(registry), await lay_open_class(registry)
    await merge(registry, other.persons[0], laid.persons[0])
    stranger = await lay_open_class(registry)
    device = await registered_source(registry, laid)
    await laid.go_to(80)
    holder = await connect(registry, DatabaseRole.APP_DEVICE)
    waiting = await connect(registry, DatabaseRole.APP_DEVICE)
    try:
        async with holder.transaction():
            await holder.execute("SELECT lock_persons(ARRAY[$1::uuid])", other.persons[0])
            await waiting.execute("SET lock_timeout = '100ms'")
            await waiting.execute("SELECT lock_persons(ARRAY[$1::uuid])", stranger.persons[0])
            with pytest.raises(asyncpg.LockNotAvailableError):
                await waiting.execute("SELECT lock_persons(ARRAY[$1::uuid])", laid.persons[0])
            busy = await device.post(
                "/v1/attendance-events", json={"events": [laid.event("in", "sign_in", 0)]}
            )
            assert busy.status_code == 503, "a batch waits for the person before it stores anything"
    finally:
        await holder.close()
        await waiting.close()
    await send(device, laid.event("in", "sign_in", 0))
