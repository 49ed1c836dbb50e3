"""The doors of evidence (0022): whoever knocks names certificates, persons, a listing; what is not proved stays out."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from uuid_utils.compat import uuid7

from app.access.actor import SYSTEM_PRINCIPAL, Permission
from app.archive.records.rules import record_number
from app.db.roles import DatabaseRole
from app.jobs.listing_checks import run_listing_checks
from tests.builders.certificates import closed_class, lay_confirmed, new_number, printed, revoke_entry
from tests.builders.earlier import LINE, lay_earlier
from tests.builders.finished_class import FinishedClass, Trainee, lay_finished_class, lay_person
from tests.builders.identity import officers, propose
from tests.builders.listings import file, lay_employer
from tests.builders.payments import granted
from tests.builders.rosters import Trainee as Listed
from tests.registry_server import Registry

pytestmark = pytest.mark.anyio

ARCHIVE = "SELECT * FROM archive_certificates($1, $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[])"
ATTEND = "SELECT * FROM append_attended_periods($1, $2, $3::uuid[], $4::uuid[], $5::text[])"
DECIDE = "SELECT decide_listing($1, $2, $3, $4, $5::uuid[], $6::text[])"
STORE = "SELECT is_done, answers::text FROM store_earlier_part($1, $2, $3, $4, '{}', '{}', $5)"


@asynccontextmanager
async def channel(registry: Registry, role: DatabaseRole) -> AsyncIterator[asyncpg.Connection]:
    """A connection as one login role, as somebody with its password would have it."""
    connection = await asyncpg.connect(
        registry.cluster.dsn(role, registry.database), server_settings={"search_path": "registry"}
    )
    try:
        yield connection
    finally:
        await connection.close()


async def year(registry: Registry) -> int:
    return int(
        await (await registry.owner()).fetchval("SELECT extract(year FROM law_date(registry_now()))::int")
    )


async def held_certificate(
    registry: Registry, serial: int = 971, *, is_held: bool = True
) -> tuple[UUID, UUID]:
    """Somebody's certificate that the network has confirmed; whose number nobody else has."""
    person_id, _ = await lay_person(registry, Trainee(serial=serial))
    issued_on = (await printed(registry)).issued_on
    certificate_id = await lay_confirmed(registry, person_id, new_number(issued_on), issued_on)
    if is_held:
        owner = await registry.owner()
        await owner.execute(
            "INSERT INTO certificate_holder (number_id, person_id, certificate_id) SELECT number_id, person_id,"
            " certificate_id FROM certificate WHERE certificate_id = $1",
            certificate_id,
        )
    return person_id, certificate_id


async def archive(
    registry: Registry,
    held: tuple[UUID, UUID],
    *,
    role: DatabaseRole = DatabaseRole.WORKER,
    actor: UUID = SYSTEM_PRINCIPAL,
    division: str = "110000",
    numbered: str | None = None,
) -> list[Any]:
    number = record_number(numbered or division, await year(registry), uuid7().int % 10**8)
    async with channel(registry, role) as connection:
        rows: list[Any] = await connection.fetch(
            ARCHIVE, actor, [held[0]], [held[1]], [uuid7()], [number], [division]
        )
    return rows


async def test_a_certificate_makes_one_entry_by_the_registry_alone(registry: Registry) -> None:
    held = await held_certificate(registry)
    officer = (await registry.officer(Permission.REVIEW)).actor.principal_id
    with pytest.raises(asyncpg.CheckViolationError) as refused:
        await archive(registry, held, actor=officer)
    assert refused.value.constraint_name == "record_entry_by_system"
    for role in (DatabaseRole.APP_INST, DatabaseRole.APP_AGENCY, DatabaseRole.APP_CITIZEN):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await archive(registry, held, role=role)
    with pytest.raises(asyncpg.CheckViolationError) as refused:
        await archive(registry, held, numbered="310000")
    assert refused.value.constraint_name == "record_number_of_certificate"
    assert len(await archive(registry, held)) == 1
    assert await archive(registry, held) == [], "a repeat appends nothing"


@pytest.mark.parametrize(
    "undone",
    [
        "UPDATE certificate SET state = 'submitted'",
        "UPDATE certificate SET state = 'expired'",
        "ALTER TABLE identity_check DISABLE TRIGGER ALL; UPDATE identity_check SET outcome = 'unknown'",
        "DELETE FROM certificate_holder",
    ],
)
async def test_what_is_not_matched_held_and_proved_makes_no_entry(registry: Registry, undone: str) -> None:
    held = await held_certificate(registry)
    await (await registry.owner()).execute(undone)
    assert await archive(registry, held) == []


async def test_the_division_is_the_bodys_where_the_directory_has_it(registry: Registry) -> None:
    held = await held_certificate(registry)
    owner = await registry.owner()
    officer = (await registry.officer()).actor.principal_id
    await owner.execute(
        "WITH body AS (INSERT INTO evaluation_body (body_code, kind, name, division_code, registered_by)"
        " VALUES ('B0001', 'social_body', '样例评价机构', '310000', $1) RETURNING body_id)"
        " UPDATE certificate SET body_id = body.body_id FROM body",
        officer,
    )
    with pytest.raises(asyncpg.CheckViolationError):
        await archive(registry, held)
    assert len(await archive(registry, held, division="310000")) == 1


async def test_what_two_officers_revoked_is_not_made_again(registry: Registry) -> None:
    held = await held_certificate(registry)
    await archive(registry, held)
    owner = await registry.owner()
    number = await owner.fetchval("SELECT record_number FROM record_entry WHERE kind = 'certificate'")
    await revoke_entry(registry, number)
    assert await archive(registry, held) == []


async def attend(
    registry: Registry,
    laid: FinishedClass,
    *persons: UUID,
    actor: UUID | None = None,
    division: str = "110105",
) -> list[Any]:
    numbers = [f"R{division}-{await year(registry)}-{uuid7().int % 10**8:08}-X" for _ in persons]
    async with channel(registry, DatabaseRole.APP_INST) as connection:
        rows: list[Any] = await connection.fetch(
            ATTEND,
            actor or laid.operator.actor.principal_id,
            laid.opening_id,
            list(persons),
            [uuid7() for _ in persons],
            numbers,
        )
    return rows


async def test_days_are_counted_by_the_database_and_only_for_who_came(registry: Registry) -> None:
    came, absent = Trainee(serial=931), Trainee(serial=932, credited_minutes=0, outcome="absent")
    laid = await lay_finished_class(registry, [came, absent])
    with pytest.raises(asyncpg.CheckViolationError) as refused:
        await attend(registry, laid, laid.persons[0])
    assert refused.value.constraint_name == "record_entry_closed_class", "nothing before the class is closed"
    await registry.advance(hours=1)
    assert (await laid.operator.post(f"/v1/openings/{laid.opening_id}:close")).status_code == 200
    owner = await registry.owner()
    entry = await owner.fetchrow("SELECT * FROM record_entry WHERE kind = 'attended_period'")
    assert (entry["person_id"], entry["attended_days"], entry["credited_minutes"]) == (
        laid.persons[0],
        1,
        240,
    )
    day = await owner.fetchval("SELECT law_date(starts_at) FROM course_session")
    assert (entry["starts_on"], entry["ends_on"], entry["outcome"]) == (day, day, None)
    assert await attend(registry, laid, laid.persons[0]) == [], "a repeat appends nothing"
    with pytest.raises(asyncpg.CheckViolationError) as refused:
        await attend(registry, laid, laid.persons[1])
    assert refused.value.constraint_name == "record_entry_attended"
    with pytest.raises(asyncpg.CheckViolationError) as refused:
        await attend(registry, laid, laid.persons[0], division="310105")
    assert refused.value.constraint_name == "record_number_of_class"
    stranger = await closed_class(registry, [Trainee(serial=933)])
    with pytest.raises(asyncpg.CheckViolationError) as refused:
        await attend(registry, laid, laid.persons[0], actor=stranger.operator.actor.principal_id)
    assert refused.value.constraint_name == "record_entry_closed_class"


async def filed_listing(registry: Registry) -> UUID:
    person = Listed(serial=981)
    registry.sandbox.register(
        social_security_number=person.identity_number,
        name=person.name,
        card_number="S98100001",
        state="normal",
    )
    answer = await file(await lay_employer(registry), person)
    return UUID(answer.json()["listing_id"])


async def decide_listing(registry: Registry, actor: UUID, listing: UUID, *numbers: str) -> str:
    async with channel(registry, DatabaseRole.APP_AGENCY) as connection:
        outcome: str = await connection.fetchval(
            DECIDE, actor, listing, "confirmed", None, [uuid7() for _ in numbers], list(numbers)
        )
    return outcome


async def test_a_listing_is_confirmed_by_whose_area_it_is_when_all_are_checked(registry: Registry) -> None:
    listing = await filed_listing(registry)
    number = f"R110105-{await year(registry)}-00000077-X"
    officer = (await granted(registry, Permission.FILING)).actor.principal_id
    for stranger in (
        await granted(registry, Permission.FILING, division_code="310000"),
        await granted(registry, Permission.REVIEW),
        await registry.officer(Permission.FILING),
    ):
        assert await decide_listing(registry, stranger.actor.principal_id, listing, number) == "absent"
    assert await decide_listing(registry, officer, listing, number) == "listing_lines_unchecked"
    await run_listing_checks(registry.house)
    assert await decide_listing(registry, officer, listing) == "listing_changed_meanwhile"
    with pytest.raises(asyncpg.CheckViolationError) as refused:
        await decide_listing(registry, officer, listing, "R310105-2026-00000077-X")
    assert refused.value.constraint_name == "record_number_of_listing"
    assert await decide_listing(registry, officer, listing, number) == "confirmed"
    assert await decide_listing(registry, officer, listing, number) == "listing_already_decided"


async def test_nobody_is_slipped_into_a_listing_afterwards(registry: Registry) -> None:
    listing = await filed_listing(registry)
    person_id, _ = await lay_person(registry, Trainee(serial=941))
    async with channel(registry, DatabaseRole.APP_INST) as connection:
        with pytest.raises(asyncpg.RestrictViolationError) as refused:
            await connection.execute(
                "INSERT INTO employer_listing_line (person_id, listing_id, name_sealed, number_sealed, document_kind)"
                " VALUES ($1, $2, '\\x01', '\\x01', 'citizen')",
                person_id,
                listing,
            )
        assert refused.value.constraint_name == "employer_listing_line_filed_together"


async def received(registry: Registry, division: str = "110000") -> UUID:
    owner = await registry.owner()
    import_id: UUID = await owner.fetchval(
        "INSERT INTO earlier_import (division_code, file_sha256, rows_total, received_by)"
        " VALUES ($1, $2, 9, $3) RETURNING import_id",
        division,
        uuid7().bytes,
        SYSTEM_PRINCIPAL,
    )
    return import_id


def earlier_rows(person_id: UUID, **changes: Any) -> str:
    row = {
        "line": 2, "person_id": str(person_id), "kind": "skill_upgrade", "benefit_line": LINE, "level": "level_4",
        "period": "life", "division_code": "110105", "paid_on": "2018-06-01", "dated": "2018-05-01",
        "amount_fen": 150_000, "document": "试发", **changes,
    }  # fmt: skip
    return json.dumps([row])


async def test_earlier_rows_are_of_the_area_and_stored_once(registry: Registry) -> None:
    person_id, _ = await lay_person(registry, Trainee(serial=941))
    import_id = await received(registry)
    async with channel(registry, DatabaseRole.WORKER) as worker:
        with pytest.raises(asyncpg.CheckViolationError) as refused:
            await worker.fetchrow(
                STORE, import_id, "received", 0, 1, earlier_rows(person_id, division_code="310105")
            )
        assert refused.value.constraint_name == "earlier_benefit_of_area"
        async with worker.transaction(isolation="repeatable_read"):
            with pytest.raises(asyncpg.PostgresError) as old:
                await worker.fetchrow(STORE, import_id, "received", 0, 1, earlier_rows(person_id))
            assert old.value.sqlstate == "25001"
        told = await worker.fetchrow(STORE, import_id, "received", 0, 1, earlier_rows(person_id))
        assert (told["is_done"], told["answers"]) == (False, "[]")
        late = await worker.fetchrow(STORE, import_id, "received", 0, 1, earlier_rows(person_id))
        assert late["is_done"] is None, "somebody else has stored the part meanwhile"
    for role in (DatabaseRole.APP_AGENCY, DatabaseRole.APP_INST, DatabaseRole.PAY_WORKER):
        async with channel(registry, role) as stranger:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await stranger.fetchrow(STORE, import_id, "running", 1, 1, earlier_rows(person_id))


async def test_a_key_taken_while_persons_become_one_is_held_by_both(registry: Registry) -> None:
    """Whoever comes first, the other waits and sees it: copied by the merge, or taken for both."""
    maker, checker = await officers(registry)
    for serial in range(920, 926, 2):
        persons = [(await lay_person(registry, Trainee(serial=serial + each)))[0] for each in (0, 1)]
        import_id = await received(registry)
        alias = (await propose(maker, *persons)).json()["alias_id"]

        async def take(import_id: UUID = import_id, person_id: UUID = persons[0]) -> None:
            async with channel(registry, DatabaseRole.WORKER) as worker:
                await worker.fetchrow(STORE, import_id, "received", 0, 1, earlier_rows(person_id))

        verdict = {"decision": "accepted", "reason": "材料已核验"}
        taken, merged = await asyncio.gather(
            take(), checker.post(f"/v1/person-merges/{alias}:decide", json=verdict), return_exceptions=True
        )
        assert merged.status_code == 200, merged.text  # type: ignore[union-attr]
        if isinstance(taken, asyncpg.SerializationError):
            await take()
        else:
            assert taken is None, taken
        owner = await registry.owner()
        live = await owner.fetch(
            "SELECT person_id FROM benefit_key WHERE released_at IS NULL AND person_id = ANY($1)", persons
        )
        assert {row["person_id"] for row in live} == set(persons)


async def test_a_merge_is_not_decided_on_an_old_picture(registry: Registry) -> None:
    persons = [(await lay_person(registry, Trainee(serial=921 + each)))[0] for each in (0, 1)]
    await lay_earlier(registry, persons[0])
    maker, checker = await officers(registry)
    alias = UUID((await propose(maker, *persons)).json()["alias_id"])
    async with channel(registry, DatabaseRole.APP_AGENCY) as agency:
        for isolation in ("repeatable_read", "serializable"):
            async with agency.transaction(isolation=isolation):
                with pytest.raises(asyncpg.PostgresError) as old:
                    await agency.fetchrow(
                        "SELECT * FROM decide_merge($1, $2, $3, true, '材料已核验')",
                        checker.actor.principal_id,
                        persons[0],
                        alias,
                    )
                assert old.value.sqlstate == "25001"
