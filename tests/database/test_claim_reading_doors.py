"""The doors of claims (0023) as the database roles knock at them: who may, what is told, and what is written down."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

import asyncpg
import pytest
from uuid_utils.compat import uuid7

from app.access.actor import Permission
from app.db.roles import DatabaseRole
from tests.builders.claims import Claimant, Office, lay_claimant, lay_office
from tests.builders.decided_claims import officer
from tests.registry_server import Caller, Registry

pytestmark = pytest.mark.anyio

NOBODY = "00000000-0000-7000-8000-00000000dead"
READ = "SELECT * FROM read_claims($1, $2, 'subsidy_review', $3, NULL, $4, ARRAY[$5::uuid])"
CALLS = {
    "read_claims": (
        f"SELECT read_claims('{NOBODY}', '{NOBODY}', 'subsidy_review', NULL, NULL, '11', '{{}}')",
        {"app_agency"},
    ),
    "read_claimable": (
        f"SELECT read_claimable('{NOBODY}', '{NOBODY}', 'subsidy_review', '案件1', NULL, '{{}}')",
        {"app_agency"},
    ),
    "own_claimable": (f"SELECT own_claimable('{NOBODY}', NULL)", {"app_citizen"}),
    "own_claim": (f"SELECT own_claim('{NOBODY}', '{NOBODY}')", {"app_citizen"}),
    "claim_facts_of": ("SELECT claim_facts_of('{}', '{}')", {"worker"}),
    "claim_work_list": ("SELECT claim_work_list('11', '{}', '{}', NULL, NULL, 1)", {"app_agency"}),
    "answer_supplement": (f"SELECT answer_supplement('{NOBODY}', '{NOBODY}', '{{}}')", {"app_agency"}),
    "release_claim_hold": (f"SELECT release_claim_hold('{NOBODY}', '{NOBODY}', '理由')", {"app_agency"}),
    "name_claim_account": (
        f"SELECT name_claim_account('{NOBODY}', '{NOBODY}', '{NOBODY}')",
        {"app_agency", "app_citizen"},
    ),
    "claim_areas": ("SELECT claim_areas('11')", set()),
    "claim_facts": (f"SELECT claim_facts('{NOBODY}', '{NOBODY}')", set()),
    "claim_steps": (f"SELECT claim_steps('{NOBODY}', '{NOBODY}')", set()),
    "claim_history": (f"SELECT claim_history('{NOBODY}')", set()),
}
CHANNELS = sorted(set(DatabaseRole) - {DatabaseRole.MIGRATOR})


@dataclass(slots=True)
class Laid:
    """A claim, its people, and a connection of an agency's session."""

    registry: Registry
    claimant: Claimant
    office: Office
    claim_id: UUID
    agency: asyncpg.Connection

    async def count(self, table: str) -> int:
        owner = await self.registry.owner()
        return int(await owner.fetchval(f"SELECT count(*) FROM {table}"))


async def session(registry: Registry, role: str) -> asyncpg.Connection:
    return await asyncpg.connect(
        registry.cluster.dsn(role, registry.database), server_settings={"search_path": "registry"}
    )


@pytest.fixture
async def laid(registry: Registry) -> AsyncIterator[Laid]:
    claimant, office = await lay_claimant(registry), await lay_office(registry)
    await claimant.account()
    agency = await session(registry, "app_agency")
    yield Laid(registry, claimant, office, UUID(await claimant.submitted()), agency)
    await agency.close()


async def test_each_door_opens_to_its_roles_alone(registry: Registry) -> None:
    for role in CHANNELS:
        knocking = await session(registry, role)
        try:
            for door, (call, admitted) in CALLS.items():
                if role in admitted:
                    await knocking.fetch(call)
                    continue
                with pytest.raises(asyncpg.PostgresError) as refused:
                    await knocking.fetch(call)
                # No right to the function, or to its schema: 42501 in both.
                assert refused.value.sqlstate in {"42501", "42883"}, (role, door)
        finally:
            await knocking.close()


async def test_a_look_leaves_its_row_and_tells_no_number(laid: Laid) -> None:
    actor = laid.office.reviewer.actor
    before = await laid.count("access_event")
    elsewhere = await laid.agency.fetch(
        READ, actor.principal_id, actor.agency_id, "案件1", "31", laid.claim_id
    )
    assert (elsewhere, await laid.count("access_event")) == ([], before)
    (row,) = await laid.agency.fetch(READ, actor.principal_id, actor.agency_id, None, "1101", laid.claim_id)
    assert await laid.count("access_event") == before + 1
    told = row["claim"] + row["steps"] + row["facts"]
    assert laid.claimant.trainee.number not in told
    assert laid.claimant.trainee.name not in told
    assert "sealed" not in row["claim"] and "number_sealed" not in row["facts"]  # noqa: PT018 - one statement


async def test_without_a_purpose_nothing_is_told(laid: Laid) -> None:
    actor = laid.office.reviewer.actor
    with pytest.raises(asyncpg.PostgresError) as refused:
        await laid.agency.fetch(
            READ.replace("'subsidy_review'", "'curiosity'"),
            actor.principal_id,
            actor.agency_id,
            "案件1",
            "11",
            laid.claim_id,
        )
    assert refused.value.constraint_name == "access_event_purpose_known"


async def test_own_doors_open_to_the_own_person_only(laid: Laid) -> None:
    stranger = await lay_claimant(laid.registry)
    citizen = await session(laid.registry, "app_citizen")
    try:
        own = laid.claimant.citizen.actor.principal_id
        assert await citizen.fetch("SELECT * FROM own_claim($1, $2)", own, laid.claim_id)
        for other in (stranger.citizen.actor.principal_id, laid.office.reviewer.actor.principal_id):
            assert await citizen.fetch("SELECT * FROM own_claim($1, $2)", other, laid.claim_id) == []
            seen = await citizen.fetch(
                "SELECT * FROM own_claimable($1, ARRAY[$2])", other, laid.claimant.record_number
            )
            assert seen == []
    finally:
        await citizen.close()


async def test_the_work_list_has_no_column_of_a_person(laid: Laid) -> None:
    rows = await laid.agency.fetch(
        "SELECT * FROM claim_work_list('11', '{submitted}', '{skill_upgrade}', NULL, NULL, 9)"
    )
    assert [row["claim_id"] for row in rows] == [laid.claim_id]
    assert not {"person_id", "entry_id", "account_id"} & set(rows[0].keys())


async def release(laid: Laid, hold_id: UUID, by: Caller) -> bool:
    return bool(
        await laid.agency.fetchval(
            "SELECT release_claim_hold($1, $2, '核实')", by.actor.principal_id, hold_id
        )
    )


async def test_a_hold_is_released_by_another_approver_of_the_area(laid: Laid) -> None:
    approver, owner, hold_id = laid.office.approver, await laid.registry.owner(), uuid7()
    await owner.execute(
        "INSERT INTO claim_hold (person_id, hold_id, claim_id, reason_code, reason, placed_by)"
        " VALUES ($1, $2, $3, 'risk', '风险提示', $4)",
        laid.claimant.person_id,
        hold_id,
        laid.claim_id,
        approver.actor.principal_id,
    )
    elsewhere = await officer(laid.registry, Permission.APPROVAL, division_code="310101")
    for wrong in (approver, laid.office.reviewer, elsewhere, laid.claimant.citizen):
        with pytest.raises(asyncpg.PostgresError) as refused:
            await release(laid, hold_id, wrong)
        assert refused.value.constraint_name == "claim_hold_second_person"
    another = await officer(laid.registry, Permission.APPROVAL)
    assert await release(laid, hold_id, another)
    assert not await release(laid, hold_id, another)


async def test_money_is_named_to_own_live_accounts_only(laid: Laid) -> None:
    stranger = await lay_claimant(laid.registry)
    theirs = UUID(await stranger.account("6222000000000010003"))
    own = UUID(await laid.claimant.account("6222000000000020002"))
    name = "SELECT name_claim_account($1, $2, $3)"
    actor = laid.claimant.citizen.actor.principal_id
    citizen = await session(laid.registry, "app_citizen")
    try:
        assert not await citizen.fetchval(name, actor, laid.claim_id, theirs)
        assert not await citizen.fetchval(name, stranger.citizen.actor.principal_id, laid.claim_id, own)
        assert await citizen.fetchval(name, actor, laid.claim_id, own)
    finally:
        await citizen.close()
    await laid.office.steps(str(laid.claim_id), "accept", "review")
    assert not await laid.agency.fetchval(name, laid.office.reviewer.actor.principal_id, laid.claim_id, own)


async def test_nobody_answers_a_supplement_for_another_area(laid: Laid) -> None:
    asked = await laid.office.step(str(laid.claim_id), "request-supplement", items=["请补充劳动合同"])
    assert asked.status_code == 200, asked.text
    answer = "SELECT answer_supplement($1, $2, '{\"answers\": []}')"
    elsewhere = await officer(laid.registry, Permission.REVIEW, division_code="310101")
    with pytest.raises(asyncpg.PostgresError) as refused:
        await laid.agency.fetchval(answer, elsewhere.actor.principal_id, laid.claim_id)
    assert refused.value.constraint_name == "claim_officer_permitted"
    assert await laid.agency.fetchval(answer, laid.office.reviewer.actor.principal_id, laid.claim_id)
    assert not await laid.agency.fetchval(answer, laid.office.reviewer.actor.principal_id, laid.claim_id)
