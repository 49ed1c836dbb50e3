"""Keys change while the registry serves: no number is lost, none is registered twice, a stale process is refused."""

import json
from uuid import UUID

import anyio
import asyncpg
import pytest
from typer.testing import CliRunner

from app.access.actor import Permission
from app.access.unit import system_unit
from app.commands.keys import app as key_commands
from app.db.crypto import KeyRing, SealBroken
from app.db.roles import DatabaseRole
from app.identity.persons.actions.register_persons import NUMBER_PURPOSE, register_persons
from app.kernel.identifiers import check_identity_number
from app.reference.divisions import was_in_force
from tests.builders.finished_class import Trainee, lay_person
from tests.registry_server import Caller, Registry

pytestmark = pytest.mark.anyio


@pytest.fixture
async def officer(registry: Registry) -> Caller:
    return await registry.officer(Permission.IDENTITY)


async def command(registry: Registry, *arguments: str) -> tuple[int, str]:
    """Run ``registry keys …`` as an operator would, beside the serving process."""
    settings = registry.house.settings
    environment = {
        "REGISTRY_EVALUATION": "true",
        "REGISTRY_DATA_DIR": str(settings.data_dir),
        "REGISTRY_DATABASE_URL": str(settings.database_base_url),
        "REGISTRY_KEYRING_FILE": str(settings.keyring_file),
        "REGISTRY_ROLE_PASSWORDS": json.dumps({role: f"test-{role}" for role in DatabaseRole}),
    }
    outcome = await anyio.to_thread.run_sync(
        lambda: CliRunner().invoke(key_commands, arguments, env=environment, catch_exceptions=False)
    )
    return outcome.exit_code, outcome.output


async def found(officer: Caller, serial: int) -> str | None:
    answer = await officer.post(
        "/v1/persons:resolve",
        json={
            "identity_number": Trainee(serial=serial).number,
            "purpose": "identity_maintenance",
            "case_number": "测试案件0001",
        },
    )
    return answer.json()["person_id"] if answer.status_code == 200 else None


async def register(registry: Registry, serial: int, keys: KeyRing | None = None) -> UUID:
    async with system_unit(registry.house.engines, DatabaseRole.APP_INST) as unit:
        checked = check_identity_number(
            Trainee(serial=serial).number, on=unit.today, area_known=was_in_force, field="number"
        )
        return (await register_persons(unit, keys or registry.house.keys, [checked.require()]))[0]


async def digests(registry: Registry, person_id: UUID) -> int:
    owner = await registry.owner()
    return await owner.fetchval("SELECT count(*) FROM identifier_key WHERE person_id = $1", person_id)


def ring(registry: Registry) -> KeyRing:
    return KeyRing.load(registry.house.settings.keyring_file)


async def test_a_rotation_from_begin_to_finish(registry: Registry, officer: Caller) -> None:
    before = [(await lay_person(registry, Trainee(serial=901 + n)))[0] for n in range(5)]
    old = ring(registry).digest_key_ids[0]
    assert (await command(registry, "rotate-digests", "begin"))[0] == 0
    assert len(ring(registry).digest_key_ids) == 2
    assert ring(registry).digest_key_ids[1] == old
    # The serving process notices at its next request, finds old numbers and stores new ones under both keys.
    assert await found(officer, 901) == str(before[0])
    assert registry.house.keys.digest_key_ids == ring(registry).digest_key_ids
    during = await register(registry, 930)
    assert await digests(registry, during) == 2
    assert await digests(registry, before[0]) == 1
    code, told = await command(registry, "rotate-digests", "finish")
    assert (code, "fill" in told) == (2, True)
    assert old in ring(registry).digest_keys
    code, told = await command(registry, "rotate-digests", "fill", "--batch", "2")
    assert (code, "已补 5 个" in told) == (0, True)
    assert [await digests(registry, person) for person in before] == [2] * 5
    assert await register(registry, 901) == before[0]
    code, told = await command(registry, "rotate-digests", "finish", "--batch", "2")
    assert (code, "删除旧摘要 6 条" in told) == (0, True)
    assert len(ring(registry).digest_keys) == 1
    for person, serial in zip([*before, during], [901, 902, 903, 904, 905, 930], strict=True):
        assert await digests(registry, person) == 1
        assert await found(officer, serial) == str(person)
    assert registry.house.keys.digest_key_ids == ring(registry).digest_key_ids != (old,)
    assert await register(registry, 902) == before[1]


async def test_each_step_can_be_run_again(registry: Registry, officer: Caller) -> None:
    person, _ = await lay_person(registry, Trainee())
    await command(registry, "rotate-digests", "begin")
    code, told = await command(registry, "rotate-digests", "begin")
    assert (code, "尚未完成" in told) == (2, True)
    for _ in range(2):
        assert (await command(registry, "rotate-digests", "fill"))[0] == 0
    assert await digests(registry, person) == 2
    for _ in range(2):
        assert (await command(registry, "rotate-digests", "finish"))[0] == 0
    assert (await command(registry, "rotate-digests", "fill"))[0] == 2
    assert await found(officer, Trainee().serial) == str(person)


async def test_a_finish_cut_off_after_the_file_goes_on(registry: Registry, officer: Caller) -> None:
    person, _ = await lay_person(registry, Trainee())
    old = ring(registry).digest_key_ids[0]
    await command(registry, "rotate-digests", "begin")
    await command(registry, "rotate-digests", "fill")
    # As if the machine went down between the new file and the commit.
    ring(registry).with_one_digest_key().save(registry.house.settings.keyring_file)
    assert await found(officer, Trainee().serial) == str(person)
    assert await digests(registry, person) == 2
    assert (await command(registry, "rotate-digests", "finish"))[0] == 0
    assert await digests(registry, person) == 1
    owner = await registry.owner()
    assert await owner.fetchval("SELECT array_agg(key_id) FROM retired_digest_key") == [old]


async def test_a_process_with_the_old_keys_registers_nobody(registry: Registry) -> None:
    stale = ring(registry)
    known, _ = await lay_person(registry, Trainee())
    for step in ("begin", "fill", "finish"):
        assert (await command(registry, "rotate-digests", step))[0] == 0
    with pytest.raises(asyncpg.PostgresError) as refused:
        await register(registry, Trainee().serial, stale)
    assert refused.value.constraint_name == "identifier_key_not_retired"
    owner = await registry.owner()
    assert await owner.fetchval("SELECT array_agg(person_id) FROM person") == [known]


async def test_a_number_registered_twice_is_told_and_merged(registry: Registry, officer: Caller) -> None:
    stale = ring(registry)
    await command(registry, "rotate-digests", "begin")
    first = await register(registry, 901, stale)
    fresh = ring(registry)
    second = await register(registry, 901, fresh.with_one_digest_key())
    assert first != second
    code, told = await command(registry, "rotate-digests", "fill")
    assert code == 2
    assert str(first) in told
    assert str(second) in told
    assert Trainee(serial=901).number not in told
    assert (await command(registry, "rotate-digests", "finish"))[0] == 2
    checker = await registry.officer(Permission.IDENTITY)
    body = {"reason": "重复登记", "case_number": "测试案件0002"}
    proposed = await officer.post(
        "/v1/person-merges", json={"person_id": str(first), "survivor_id": str(second), **body}
    )
    alias_id = proposed.json()["alias_id"]
    decision = {"decision": "accepted", "reason": "已核实"}
    await checker.post(f"/v1/person-merges/{alias_id}:decide", json=decision)
    assert (await command(registry, "rotate-digests", "fill"))[0] == 0
    assert (await command(registry, "rotate-digests", "finish"))[0] == 0
    assert await found(officer, 901) == str(second)


async def test_a_number_that_was_never_theirs_gets_no_digest_back(
    registry: Registry, officer: Caller
) -> None:
    person, _ = await lay_person(registry, Trainee())
    owner = await registry.owner()
    held = await owner.fetchval("SELECT identifier_id FROM person_identifier")
    assert await owner.fetchval("SELECT end_identifier($1, $2, 'not_theirs', '误登')", person, held)
    for step in ("begin", "fill", "finish"):
        assert (await command(registry, "rotate-digests", step))[0] == 0
    assert await found(officer, Trainee().serial) is None


async def test_fields_are_sealed_with_the_new_key_and_old_ones_still_open(
    registry: Registry, officer: Caller
) -> None:
    person, _ = await lay_person(registry, Trainee())
    before = ring(registry)
    assert (await command(registry, "rotate-fields"))[0] == 0
    after = ring(registry)
    assert after.current_field_key != before.current_field_key
    assert before.current_field_key in after.field_keys
    assert await found(officer, Trainee().serial) == str(person)
    sealed = registry.house.keys.seal("测试", name="a.b", owner=person)
    assert after.open(sealed, name="a.b", owner=person) == "测试"
    with pytest.raises(SealBroken):
        before.open(sealed, name="a.b", owner=person)


async def test_a_broken_file_leaves_the_keys_at_hand(registry: Registry, officer: Caller) -> None:
    person, _ = await lay_person(registry, Trainee())
    path = registry.house.settings.keyring_file
    kept = path.read_text()
    path.write_text("{")
    assert await found(officer, Trainee().serial) == str(person)
    path.write_text(kept)
    path.chmod(0o644)
    assert not registry.house.keys.refresh()
    code, told = await command(registry, "rotate-fields")
    assert (code, "chmod 600" in told) == (2, True)


async def test_digests_of_two_rings_never_meet(registry: Registry) -> None:
    fresh = ring(registry).with_new_digest_key()
    text = Trainee().number
    (new_id, new), (old_id, old) = fresh.digests(text, purpose=NUMBER_PURPOSE)
    assert new_id != old_id
    assert new != old == ring(registry).digest(text, purpose=NUMBER_PURPOSE)
    with pytest.raises(ValueError, match="under way"):
        fresh.with_new_digest_key()
