"""Doors of identity maintenance, attacked: every read leaves a row, merges need two officers, races make no circle."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from app.access.actor import Permission
from app.db.roles import DatabaseRole
from tests.builders.finished_class import Trainee, lay_person
from tests.registry_server import Registry

pytestmark = pytest.mark.anyio

DOORS = {
    "read_person": ("read_person($1, $1, 'inspection', 'case', NULL, '{}', $1)", 1),
    "read_merge": ("read_merge($1, $1, 'case', NULL, $1, $1)", 1),
    "list_merges": ("list_merges(NULL, false, NULL, 10)", 0),
    "read_merge_sides": ("read_merge_sides($1, $1, 'case', NULL, $1, $1, $1)", 1),
    "decide_merge": ("decide_merge($1, $1, $1, true, 'why')", 1),
    "propose_merge_end": ("propose_merge_end($1, $1, $1, 'why', 'case')", 1),
    "end_merge": ("end_merge($1, $1, $1)", 1),
    "add_identifier": (
        "add_identifier($1, $1, $1, 'citizen', '', '{}', '{}', $1, 'evidence', registry_now(), '', '')",
        1,
    ),
    "end_identifier": ("end_identifier($1, $1, 'replaced', 'why')", 1),
}
INSIDE = {
    "person_root": "person_root($1)",
    "merge_collisions": "merge_collisions($1, $1)",
    "lock_person_groups": "lock_person_groups($1, $1)",
}
AROUND = [
    "SELECT person_id FROM person",
    "SELECT number_sealed FROM person_identifier",
    "SELECT digest FROM identifier_key",
    "SELECT person_id FROM person_alias",
    "SELECT name_sealed FROM person_name",
    "INSERT INTO person_identifier (person_id, kind, number_sealed, recorded_by)"
    " VALUES (gen_random_uuid(), 'citizen', '', gen_random_uuid())",
    "INSERT INTO identifier_key VALUES ('', 'k', gen_random_uuid(), gen_random_uuid())",
    "INSERT INTO person_alias (person_id, survivor_id, reason, case_number, proposed_by, merged_by, merged_at)"
    " SELECT gen_random_uuid(), gen_random_uuid(), 'why', 'case', gen_random_uuid(), gen_random_uuid(), now()",
    "UPDATE person_alias SET merged_at = now()",
    "UPDATE person_identifier SET ended_at = now()",
    "DELETE FROM identifier_key",
    "DELETE FROM retired_digest_key",
    "INSERT INTO retired_digest_key (key_id) VALUES ('k')",
]
LOGINS = sorted(set(DatabaseRole) - {DatabaseRole.MIGRATOR})


class People:
    """Officers and persons of a test, and a connection of agencies."""

    def __init__(self, registry: Registry, agency: asyncpg.Connection, officers: list[Any]) -> None:
        self.registry, self.agency = registry, agency
        self.maker, self.checker = (officer.actor.principal_id for officer in officers)
        self.agency_id = officers[0].actor.agency_id
        self._serial = 900

    async def person(self) -> UUID:
        self._serial += 1
        return (await lay_person(self.registry, Trainee(serial=self._serial)))[0]

    async def propose(self, person: UUID, survivor: UUID) -> UUID:
        alias = uuid4()
        await self.agency.execute(
            "INSERT INTO person_alias (person_id, alias_id, survivor_id, reason, case_number, proposed_by)"
            " VALUES ($1, $2, $3, '同一人', '测试案件', $4)",
            person,
            alias,
            survivor,
            self.maker,
        )
        return alias

    async def decide(
        self,
        person: UUID,
        alias: UUID,
        connection: asyncpg.Connection | None = None,
        *,
        is_accepted: bool = True,
    ) -> str:
        return await (connection or self.agency).fetchval(
            "SELECT outcome FROM decide_merge($1, $2, $3, $4, '已核')",
            self.checker,
            person,
            alias,
            is_accepted,
        )

    async def connect(self, role: DatabaseRole = DatabaseRole.APP_AGENCY) -> asyncpg.Connection:
        return await asyncpg.connect(self.registry.cluster.dsn(role, self.registry.database))

    async def group(self, person: UUID) -> set[UUID]:
        owner = await self.registry.owner()
        return {row[0] for row in await owner.fetch("SELECT person_group($1)", person)}


@pytest.fixture
async def people(registry: Registry) -> AsyncIterator[People]:
    officers = [await registry.officer(Permission.IDENTITY) for _ in range(2)]
    agency = await asyncpg.connect(registry.cluster.dsn(DatabaseRole.APP_AGENCY, registry.database))
    yield People(registry, agency, officers)
    await agency.close()


async def test_only_agencies_have_the_keys_to_the_doors(people: People) -> None:
    for role in LOGINS:
        connection = await people.connect(role)
        closed = [(call, 1) for call in INSIDE.values()]
        if role is not DatabaseRole.APP_AGENCY:
            closed += DOORS.values()
        try:
            for call, arguments in closed:
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await connection.fetch(f"SELECT * FROM {call}", *[uuid4()] * arguments)
        finally:
            await connection.close()


@pytest.mark.parametrize("role", [DatabaseRole.APP_AGENCY, DatabaseRole.APP_PUBLIC, DatabaseRole.APP_DEVICE])
async def test_no_way_around_the_doors(people: People, role: DatabaseRole) -> None:
    # Devices find persons by digest, and whether two numbers are one person; that is all they may.
    readable = {"SELECT digest FROM identifier_key", "SELECT person_id FROM person_alias"}
    connection = await people.connect(role)
    try:
        for statement in AROUND:
            if role is DatabaseRole.APP_DEVICE and statement in readable:
                continue
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)
    finally:
        await connection.close()


async def test_reading_and_its_trace_are_one_statement(people: People) -> None:
    anna, bo = await people.person(), await people.person()
    await people.decide(anna, await people.propose(anna, bo))
    owner = await people.registry.owner()
    rows = await people.agency.fetch(
        "SELECT * FROM read_person($1, $2, 'inspection', '测试案件', 'r1', '{}', $3)",
        people.maker,
        people.agency_id,
        anna,
    )
    assert {row["person_id"] for row in rows} == {anna, bo}
    assert {row["root_id"] for row in rows} == {bo}
    seen = "SELECT person_id FROM access_event WHERE subject = 'identity' AND request_id = 'r1'"
    assert {row["person_id"] for row in await owner.fetch(seen)} == {anna, bo}
    # Without a purpose there is no trace, and without a trace there is no answer.
    with pytest.raises(asyncpg.CheckViolationError):
        await people.agency.fetch(
            "SELECT * FROM read_person($1, $2, 'curiosity', '测试案件', 'r2', '{}', $3)",
            people.maker,
            people.agency_id,
            anna,
        )


async def test_asking_before_a_merge_is_a_look_at_both(people: People) -> None:
    anna, bo = await people.person(), await people.person()
    await people.agency.fetch(
        "SELECT * FROM read_merge($1, $2, '测试案件', 'r1', $3, $4)", people.maker, people.agency_id, anna, bo
    )
    owner = await people.registry.owner()
    seen = await owner.fetch("SELECT person_id FROM access_event WHERE request_id = 'r1'")
    assert {row["person_id"] for row in seen} == {anna, bo}


async def test_maker_and_checker_are_two(people: People) -> None:
    anna, bo = await people.person(), await people.person()
    alias = await people.propose(anna, bo)
    for is_accepted in (True, False):
        with pytest.raises(asyncpg.CheckViolationError, match="person_alias_second_person"):
            await people.agency.execute(
                "SELECT decide_merge($1, $2, $3, $4, '已核')", people.maker, anna, alias, is_accepted
            )
    assert await people.decide(anna, alias) == "merged"
    ask = "SELECT propose_merge_end($1, $2, $3, '有误', '测试案件')"
    assert await people.agency.fetchval(ask, people.maker, anna, alias)
    with pytest.raises(asyncpg.CheckViolationError, match="person_alias_end_second_person"):
        await people.agency.execute("SELECT end_merge($1, $2, $3)", people.maker, anna, alias)


async def test_every_step_happens_once_and_in_order(people: People) -> None:
    anna, bo = await people.person(), await people.person()
    alias = await people.propose(anna, bo)
    ask, confirm = "SELECT propose_merge_end($1, $2, $3, '有误', '测试案件')", "SELECT end_merge($1, $2, $3)"
    assert not await people.agency.fetchval(ask, people.maker, anna, alias)
    assert not await people.agency.fetchval(confirm, people.checker, anna, alias)
    assert await people.decide(anna, alias) == "merged"
    assert await people.decide(anna, alias) == "already_decided"
    assert await people.decide(anna, alias, is_accepted=False) == "already_decided"
    assert not await people.agency.fetchval(confirm, people.checker, anna, alias)
    assert await people.agency.fetchval(ask, people.maker, anna, alias)
    assert not await people.agency.fetchval(ask, people.checker, anna, alias)
    assert await people.agency.fetchval(confirm, people.checker, anna, alias)
    assert not await people.agency.fetchval(confirm, people.checker, anna, alias)
    assert await people.group(anna) == {anna}
    assert await people.decide(anna, uuid4()) == "absent"


async def test_one_proposal_at_a_time(people: People) -> None:
    anna, bo, chen = [await people.person() for _ in range(3)]
    refused = await people.propose(anna, bo)
    with pytest.raises(asyncpg.UniqueViolationError, match="person_alias_one_survivor"):
        await people.propose(anna, chen)
    assert await people.decide(anna, refused, is_accepted=False) == "refused"
    assert await people.decide(anna, await people.propose(anna, chen)) == "merged"
    with pytest.raises(asyncpg.UniqueViolationError, match="person_alias_one_survivor"):
        await people.propose(anna, bo)


async def test_what_was_decided_stays(people: People) -> None:
    anna, bo = await people.person(), await people.person()
    alias = await people.propose(anna, bo)
    await people.decide(anna, alias)
    owner = await people.registry.owner()
    for change in (
        "UPDATE person_alias SET merged_at = NULL, merged_by = NULL, decision_reason = NULL",
        "UPDATE person_alias SET survivor_id = gen_random_uuid()",
        "UPDATE person_alias SET case_number = '别的案件'",
        "DELETE FROM person_alias",
        "TRUNCATE person_alias",
        "UPDATE person SET recorded_at = now()",
    ):
        with pytest.raises(asyncpg.RestrictViolationError):
            await owner.execute(change)
    for change, constraint in (
        ("refused_by = survivor_id, refused_at = now()", "person_alias_decided_one_way"),
        ("end_reason = '误'", "person_alias_end_proposed_whole"),
        ("ended_by = proposed_by, ended_at = now()", "person_alias_ended_as_proposed"),
    ):
        with pytest.raises(asyncpg.CheckViolationError, match=constraint):
            await owner.execute(f"UPDATE person_alias SET {change}")
    unmerged = await people.propose(bo, await people.person())
    with pytest.raises(asyncpg.CheckViolationError, match="person_alias_end_after_merge"):
        await owner.execute(
            "UPDATE person_alias SET end_proposed_by = $1, end_proposed_at = now(), end_reason = '误',"
            " end_case_number = '案件' WHERE alias_id = $2",
            people.maker,
            unmerged,
        )


async def test_two_opposite_merges_at_once_leave_one(people: People) -> None:
    for _ in range(5):
        anna, bo = await people.person(), await people.person()
        there, back = await people.propose(anna, bo), await people.propose(bo, anna)
        assert await race(people, [(anna, there), (bo, back)]) == ["already_one", "merged"]
        assert await people.group(anna) == {anna, bo}


async def test_four_merges_in_a_circle_at_once_leave_three(people: People) -> None:
    """A→B and C→D share nobody; only after them would B→C and D→A close the circle, each looking fine alone."""
    for _ in range(3):
        ring = [await people.person() for _ in range(4)]
        steps = [(ring[n], await people.propose(ring[n], ring[(n + 1) % 4])) for n in range(4)]
        assert await race(people, [steps[0], steps[2]]) == ["merged", "merged"]
        assert await race(people, [steps[1], steps[3]]) == ["already_one", "merged"]
        assert await people.group(ring[0]) == set(ring)


@pytest.mark.parametrize(
    "held",
    [
        "SELECT FROM person WHERE person_id = $1 FOR NO KEY UPDATE",  # another merge, another number
        "SELECT lock_persons(ARRAY[$1::uuid])",  # a presence that is being confirmed
    ],
)
async def test_a_decision_waits_for_whoever_decides_about_any_of_them(people: People, held: str) -> None:
    anna, bo, chen = [await people.person() for _ in range(3)]
    await people.decide(bo, await people.propose(bo, chen))
    alias = await people.propose(anna, bo)
    await people.agency.execute("SET lock_timeout = '200ms'")
    owner = await people.registry.owner()
    for member in (anna, bo, chen) if "FOR" in held else (anna, min(bo, chen, key=str)):
        async with owner.transaction():
            await owner.execute(held, member)
            with pytest.raises(asyncpg.LockNotAvailableError):
                await people.decide(anna, alias)
    assert await people.decide(anna, alias) == "merged"


async def race(people: People, steps: list[tuple[UUID, UUID]]) -> list[str]:
    """Decide all at once, each on a connection of its own that holds its decision open for a while."""
    connections = [await people.connect() for _ in steps]

    async def decide(connection: asyncpg.Connection, person: UUID, alias: UUID) -> str:
        while True:
            try:
                async with connection.transaction():
                    outcome = await people.decide(person, alias, connection)
                    await asyncio.sleep(0.05)
            except asyncpg.SerializationError:  # what a caller is asked to do: come again
                continue
            return outcome

    try:
        return sorted(
            await asyncio.gather(
                *(decide(connection, *step) for connection, step in zip(connections, steps, strict=True))
            )
        )
    finally:
        for connection in connections:
            await connection.close()


async def test_a_number_has_one_person_also_in_a_race(people: People) -> None:
    anna, bo = await people.person(), await people.person()
    connections = [await people.connect() for _ in range(2)]

    async def add(connection: asyncpg.Connection, holder: UUID) -> str:
        try:
            async with connection.transaction():
                added = await connection.fetchval(
                    "SELECT add_identifier($1, $2, $3, 'citizen', 'x', '{k}', $4, $5, 'evidence-1', now(), 'n', 'd')",
                    people.maker,
                    holder,
                    uuid4(),
                    [b"7" * 32],
                    uuid4(),
                )
                await asyncio.sleep(0.05)
            return str(added)
        except asyncpg.UniqueViolationError as refused:
            return str(refused.constraint_name)

    try:
        outcomes = await asyncio.gather(add(connections[0], anna), add(connections[1], bo))
    finally:
        for connection in connections:
            await connection.close()
    assert sorted(outcomes) == ["True", "identifier_key_pkey"]
    owner = await people.registry.owner()
    assert await owner.fetchval("SELECT count(*) FROM person_identifier") == 3
    assert await owner.fetchval("SELECT count(*) FROM identity_check") == 3


async def test_an_end_has_its_kind_and_frees_only_a_mistake(people: People) -> None:
    anna = await people.person()
    owner = await people.registry.owner()
    held = await owner.fetchval("SELECT identifier_id FROM person_identifier WHERE person_id = $1", anna)
    end = "SELECT end_identifier($1, $2, $3, '更正')"
    with pytest.raises(asyncpg.CheckViolationError, match="person_identifier_end_kind_known"):
        await people.agency.execute(end, anna, held, "forgotten")
    assert await people.agency.fetchval(end, anna, held, "replaced")
    assert await owner.fetchval("SELECT count(*) FROM identifier_key WHERE person_id = $1", anna) == 1
    assert not await people.agency.fetchval(end, anna, held, "not_theirs")
    assert await owner.fetchval("SELECT count(*) FROM identifier_key WHERE person_id = $1", anna) == 1


async def test_nothing_is_stored_under_a_retired_key(people: People) -> None:
    anna = await people.person()
    owner = await people.registry.owner()
    await owner.execute("INSERT INTO retired_digest_key (key_id) VALUES ('gone')")
    with pytest.raises(asyncpg.RestrictViolationError) as refused:
        await owner.execute(
            "INSERT INTO identifier_key SELECT $1, 'gone', person_id, identifier_id FROM person_identifier"
            " WHERE person_id = $2",
            b"8" * 32,
            anna,
        )
    assert refused.value.constraint_name == "identifier_key_not_retired"
    with pytest.raises(asyncpg.RestrictViolationError):
        await owner.execute("DELETE FROM retired_digest_key")
